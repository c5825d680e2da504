//! Projects and their tenants: one tenant for each account, and a project for all accounts that carry the same
//! `project` tag, or for one account without it.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{Map, Value, document::Document, resource::Observed, resource::UNREAD_ATTRIBUTE, units::Money};
use polity_provider::naming::{is_email, slug};

use super::{
    cast::{Cast, text},
    document, places, push_list,
};

/// One document for each project.
pub(super) fn projects(cast: &Cast<'_>) -> Vec<Document> {
    let access = access(cast);
    let mut projects: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, account) in cast.taken("account") {
        let tag = account.attributes.get("tags").and_then(|tags| tags.get("project").or(tags.get("Project")));
        let project = tag.and_then(Value::as_text).map(slug).filter(|project| !project.is_empty());
        let tenants = projects.entry(project.unwrap_or_else(|| name.to_owned())).or_default();
        tenants.push(Value::Map(tenant(cast, name, account, access.get(account.id.as_str()))));
    }
    let documents = projects.into_iter().map(|(name, tenants)| {
        let mut project = document(format!("projects/{name}.yaml"), "project", &name);
        project.fields.push(("unit".to_owned(), cast.subject.organization.into()));
        push_list(&mut project, "tenants", tenants);
        project
    });
    documents.collect()
}

fn tenant(cast: &Cast<'_>, name: &str, account: &Observed, access: Option<&BTreeSet<Value>>) -> Map {
    let mut tenant = Map::from([
        ("platform".to_owned(), cast.subject.platform.into()),
        ("name".to_owned(), name.into()),
        ("id".to_owned(), account.id.as_str().into()),
    ]);
    let mut put = |field: &str, value: Option<Value>| {
        tenant.extend(value.map(|value| (field.to_owned(), value)));
    };
    let zone = text(account, "parent").and_then(|parent| cast.name_of("organizational-unit", parent));
    put("landing_zone", zone.map(Value::text));
    put("title", Some(account.name.as_str()).filter(|title| *title != name).map(Value::text));
    put("email", email(cast, account).map(Value::text));
    let tags = account.attributes.get("tags").filter(|tags| tags.as_map().is_some_and(|tags| !tags.is_empty()));
    put("tags", tags.cloned());
    put("budget", budget(cast, name, account));
    put("access", access.map(|access| Value::List(access.iter().cloned().collect())));
    let guardrails = places::attached(cast, &account.id);
    put("guardrails", Some(guardrails).filter(|list| !list.is_empty()).map(Value::List));
    let contacts = contacts(cast, account);
    let settings = |contacts| Map::from([("alternate_contacts".to_owned(), Value::Map(contacts))]);
    let section = |contacts| Value::Map(Map::from([("aws".to_owned(), Value::Map(settings(contacts)))]));
    put("settings", Some(contacts).filter(|contacts| !contacts.is_empty()).map(section));
    tenant
}

/// The address of an account, if it is one, and no other account has it: the language takes no others.
fn email<'a>(cast: &Cast<'_>, account: &'a Observed) -> Option<&'a str> {
    let email = text(account, "email").filter(|email| is_email(email))?;
    let same = |other: &&Observed| text(other, "email").is_some_and(|other| other.eq_ignore_ascii_case(email));
    (cast.all("account").filter(same).count() == 1).then_some(email)
}

/// Access by account: who is assigned which permission set there. What points at anything that is left out is, too.
fn access<'a>(cast: &Cast<'a>) -> BTreeMap<&'a str, BTreeSet<Value>> {
    let mut access: BTreeMap<&str, BTreeSet<Value>> = BTreeMap::new();
    for assignment in cast.all("account-assignment").filter(|one| one.vendor.is_none()) {
        let part = |name: &str| text(assignment, name);
        let (Some(account), Some(set), Some(principal)) = (part("account"), part("permission_set"), part("principal"))
        else {
            continue;
        };
        let (noun, kind) = if part("principal_type") == Some("GROUP") { ("team", "group") } else { ("person", "user") };
        let names = (cast.name_of(kind, principal), cast.name_of("permission-set", set));
        if let (Some(principal), Some(role)) = names {
            let one = [(noun.to_owned(), principal.into()), ("role".to_owned(), role.into())];
            access.entry(account).or_default().insert(Value::Map(Map::from(one)));
        }
    }
    access
}

/// A budget that has the name under which this tenant's budget is kept, if the language can say all of it.
fn budget(cast: &Cast<'_>, tenant: &str, account: &Observed) -> Option<Value> {
    let name = format!("polity-{tenant}");
    let budget = cast.all("budget").find(|budget| budget.id == name)?;
    if text(budget, "account") != Some(&account.id) || budget.attributes.contains_key(UNREAD_ATTRIBUTE) {
        return None;
    }
    let (amount, currency) = (text(budget, "amount")?, text(budget, "currency")?);
    let money: Money = format!("{amount} {currency}").parse().ok()?;
    let list = |name: &str| budget.attributes.get(name).and_then(Value::as_list).unwrap_or_default().to_vec();
    let (alerts, notify) = (list("alerts"), list("notify"));
    let addresses = notify.iter().all(|address| address.as_text().is_some_and(is_email));
    let known = crate::vocabulary::CURRENCIES.contains(&money.currency.as_str());
    if !known || money.amount() != amount || !addresses || alerts.is_empty() != notify.is_empty() {
        return None;
    }
    Some(Value::Map(Map::from([
        ("monthly".to_owned(), Value::Text(money.to_string())),
        ("alert_at".to_owned(), Value::List(alerts)),
        ("notify".to_owned(), Value::List(notify)),
    ])))
}

/// Alternate contacts of an account that are complete.
fn contacts(cast: &Cast<'_>, account: &Observed) -> Map {
    let mut contacts = Map::new();
    for contact in cast.all("alternate-contact").filter(|one| text(one, "account") == Some(&account.id)) {
        let fields = [("contact_name", "name"), ("title", "title"), ("email", "email"), ("phone", "phone")];
        let known: Map = fields
            .iter()
            .filter_map(|(attribute, field)| Some(((*field).to_owned(), text(contact, attribute)?.into())))
            .collect();
        let kind = text(contact, "type").map(str::to_lowercase);
        let is_known = kind.as_deref().is_some_and(|kind| ["security", "billing", "operations"].contains(&kind));
        let has_email = text(contact, "email").is_some_and(is_email);
        if let (Some(kind), true) = (kind, is_known && has_email && known.len() == fields.len()) {
            contacts.insert(kind, Value::Map(known));
        }
    }
    contacts
}
