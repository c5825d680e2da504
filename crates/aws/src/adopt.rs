//! Adoption: the manifest folder that a living AWS organization would have been made from. A plan over that folder is
//! empty, because everything in it carries its native id and the platform's mode is `observe`.
//!
//! `adopt/cast.rs` decides what is taken over and under which name; the other files write documents: `places` (landing
//! zones and guardrails), `people` (people, teams and roles), `projects` (projects and tenants).
//!
//! **Never here:** a call, a file, or anything that depends on the order of the inventory.

mod cast;
mod people;
mod places;
mod projects;

use polity_model::{Value, document::Document, inventory::Inventory};

use self::cast::Cast;

/// What adoption must be told, because no inventory says it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Manifest name that the organization gets.
    pub organization: &'a str,
    /// Manifest name of the platform, as in the inventory.
    pub platform: &'a str,
    /// Number of the management account.
    pub management_account: &'a str,
    /// Region of Identity Center.
    pub region: &'a str,
}

/// All documents of the folder. What cannot be taken over without a change is left out, and a comment in the first
/// document says so.
pub fn documents(subject: &Subject<'_>, inventory: &Inventory) -> Vec<Document> {
    let mut cast = Cast::new(subject, inventory);
    let landing_zones = places::landing_zones(&cast);
    let guardrails = places::guardrails(&cast);
    let people = people::people(&cast);
    let teams = people::teams(&cast);
    let roles = people::roles(&cast);
    let projects = projects::projects(&cast);
    let platform = platform(&mut cast, inventory);
    let mut all = vec![organization(&cast, inventory), unit(subject), platform];
    for documents in [landing_zones, guardrails, people, teams, roles, projects] {
        all.extend(documents);
    }
    all
}

fn organization(cast: &Cast<'_>, inventory: &Inventory) -> Document {
    let mut lines = vec!["Written by `polity adopt`. Nothing in it asks for a change as it stands.".to_owned()];
    if !cast.left_out.is_empty() {
        lines.push(String::new());
        lines.push("Left out, because it could not be taken over as it is:".to_owned());
        lines.extend(cast.left_out.iter().map(|line| format!("- {line}")));
    }
    if !inventory.gaps.is_empty() {
        lines.push(String::new());
        lines.push("Could not be read:".to_owned());
        lines.extend(inventory.gaps.iter().map(|gap| {
            let kind = gap.kind.as_ref().map(|kind| format!(" {kind}")).unwrap_or_default();
            format!("- {}{kind}: {}", gap.scope, gap.reason)
        }));
    }
    let mut document = document("organization.yaml", "organization", cast.subject.organization);
    document.comment = Some(lines.join("\n"));
    document.fields.push(("version".to_owned(), "polity/v1".into()));
    push_list(&mut document, "guardrails", places::attached_to_root(cast));
    document
}

fn unit(subject: &Subject<'_>) -> Document {
    let mut document = document("units.yaml", "unit", subject.organization);
    document.comment = Some("The business tree: split it into those who own and pay.".to_owned());
    document
}

fn platform(cast: &mut Cast<'_>, inventory: &Inventory) -> Document {
    let subject = cast.subject;
    let mut document = document("platform.yaml", "platform", subject.platform);
    document.comment = Some("`mode: adopt` lets Polity mark what the manifest names as its own.".to_owned());
    let identity = format!("{}/identity", subject.platform);
    let unread = inventory.gaps.iter().any(|gap| gap.scope == identity && gap.kind.is_none());
    let has_identity_center = inventory.scopes.iter().any(|scope| scope.name == identity) && !unread;
    let mut field = |name: &str, value: Value| document.fields.push((name.to_owned(), value));
    field("type", "aws".into());
    field("mode", "observe".into());
    field("management_account", subject.management_account.into());
    field("region", subject.region.into());
    if !has_identity_center {
        field("identity_center", false.into());
    }
    let (trusted, delegated) = places::services(cast);
    push_list(&mut document, "trusted_access", trusted);
    push_list(&mut document, "delegated_administrators", delegated);
    document
}

/// A document with its first two fields.
fn document(path: impl Into<String>, kind: &str, name: &str) -> Document {
    let fields = vec![("kind".to_owned(), kind.into()), ("name".to_owned(), name.into())];
    Document { path: path.into(), comment: None, fields }
}

/// Adds a text, unless it is empty.
fn push_text(document: &mut Document, name: &str, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        document.fields.push((name.to_owned(), text.into()));
    }
}

/// Adds a list, unless it is empty.
fn push_list(document: &mut Document, name: &str, items: Vec<Value>) {
    if !items.is_empty() {
        document.fields.push((name.to_owned(), Value::List(items)));
    }
}

#[cfg(test)]
mod tests;
