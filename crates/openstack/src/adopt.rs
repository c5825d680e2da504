//! Adoption: the manifest folder that a living domain would have been made from. A plan over that folder is empty, because
//! its projects carry their native ids, its people are found by name, and the platform's mode is `observe`.
//!
//! A project with projects below it becomes a landing zone, every other one a tenant. `adopt/cast.rs` decides who is taken
//! over and under which name; here documents are written.
//!
//! **Never here:** a call, a file, or anything that depends on the order of the inventory.

mod cast;

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{Map, Value, document::Document, inventory::Inventory, organization::Platform, resource::Observed};

use self::cast::{Cast, text};
use crate::kinds::{TYPE, group, project, role, role_assignment, user};

/// All documents of the folder. What cannot be taken over without a change is left out, and a comment in the first
/// document says so.
pub fn documents(organization: &str, platform: &Platform, inventory: &Inventory) -> Vec<Document> {
    let mut cast = Cast::new(organization, platform, inventory);
    let access = Access::of(&mut cast);
    let mut all = vec![first(&cast, inventory), unit(organization), connected(&cast, platform)];
    all.extend(landing_zones(&cast, &access));
    all.extend(people(&cast));
    all.extend(teams(&cast));
    all.extend(roles(&cast));
    all.extend(projects(&cast, &access));
    all
}

fn first(cast: &Cast<'_>, inventory: &Inventory) -> Document {
    let mut lines = vec!["Written by `polity adopt`. Nothing in it asks for a change as it stands.".to_owned()];
    if !cast.left_out.is_empty() {
        lines.extend([String::new(), "Left out, because it could not be taken over as it is:".to_owned()]);
        lines.extend(cast.left_out.iter().map(|line| format!("- {line}")));
    }
    if !inventory.gaps.is_empty() {
        lines.extend([String::new(), "Could not be read:".to_owned()]);
        lines.extend(inventory.gaps.iter().map(|gap| {
            let kind = gap.kind.as_ref().map(|kind| format!(" {kind}")).unwrap_or_default();
            format!("- {}{kind}: {}", gap.scope, gap.reason)
        }));
    }
    let mut document = document("organization.yaml", "organization", cast.organization);
    document.comment = Some(lines.join("\n"));
    put(&mut document, "version", Some("polity/v1".into()));
    document
}

fn unit(organization: &str) -> Document {
    let mut document = document("units.yaml", "unit", organization);
    document.comment = Some("The business tree: split it into those who own and pay.".to_owned());
    document
}

fn connected(cast: &Cast<'_>, platform: &Platform) -> Document {
    let mut document = document("platform.yaml", "platform", &platform.name);
    document.comment = Some("`mode: adopt` lets Polity mark what the manifest names as its own.".to_owned());
    put(&mut document, "type", Some(TYPE.into()));
    put(&mut document, "mode", Some("observe".into()));
    for (name, value) in platform.native.as_map().into_iter().flatten().filter(|(name, _)| *name != "users") {
        put(&mut document, name, Some(value.clone()));
    }
    if !cast.managed {
        put(&mut document, "users", Some("existing".into()));
    }
    document
}

/// Who has which role where, by native id of the project: on it, or on all below it.
#[derive(Default)]
struct Access(BTreeMap<(String, bool), BTreeSet<Value>>);

impl Access {
    fn of(cast: &mut Cast<'_>) -> Self {
        let mut access = Self::default();
        let all: Vec<&Observed> = cast.all(role_assignment::KIND).collect();
        for assignment in all {
            let part = |name: &str| text(assignment, name).unwrap_or_default();
            let inherited = assignment.attributes.get("inherited").and_then(Value::as_bool).unwrap_or(false);
            let (noun, kind) =
                if part("principal_type") == "group" { ("team", group::KIND) } else { ("person", user::KIND) };
            let names = (cast.name_of(kind, part("principal")), cast.name_of(role::KIND, part("role")));
            let place = part("place");
            let why = match (names, cast.zone(place)) {
                ((None, _), _) => "who has it is left out",
                ((_, None), _) => "its role is left out",
                (_, None) if cast.name_of(project::KIND, place).is_none() => {
                    "it is given on the domain, or on a project that is left out"
                }
                (_, Some(_)) if !inherited => {
                    "it holds on the project of a landing zone itself, and only what holds below can be written"
                }
                (_, None) if inherited => "it holds below a project that has none below it",
                ((Some(principal), Some(role)), _) => {
                    let one = [(noun.to_owned(), principal.into()), ("role".to_owned(), role.into())];
                    access.0.entry((place.to_owned(), inherited)).or_default().insert(Value::Map(one.into()));
                    continue;
                }
            };
            cast.left_out.insert(format!("access `{}`: {why}", assignment.name));
        }
        access
    }

    fn on(&self, project: &str, inherited: bool) -> Option<Value> {
        let found = self.0.get(&(project.to_owned(), inherited))?;
        Some(Value::List(found.iter().cloned().collect()))
    }
}

fn landing_zones(cast: &Cast<'_>, access: &Access) -> Vec<Document> {
    let zones = cast.zones();
    let documents = zones.into_iter().map(|(name, project)| {
        let mut zone = document("landing-zones.yaml", "landing_zone", name);
        put(&mut zone, "title", Some(project.name.as_str()).filter(|title| *title != name).map(Value::text));
        put(&mut zone, "parent", cast.above(project).map(Value::text));
        put(&mut zone, "id", Some(project.id.as_str().into()));
        put(&mut zone, "tags", tags(project));
        put(&mut zone, "access", access.on(&project.id, true));
        zone
    });
    documents.collect()
}

fn projects(cast: &Cast<'_>, access: &Access) -> Vec<Document> {
    let documents = cast.tenants().into_iter().map(|(name, found)| {
        let mut tenant = Map::from([
            ("platform".to_owned(), cast.platform.into()),
            ("name".to_owned(), name.into()),
            ("id".to_owned(), found.id.as_str().into()),
        ]);
        let mut field = |name: &str, value: Option<Value>| tenant.extend(value.map(|value| (name.to_owned(), value)));
        field("title", Some(found.name.as_str()).filter(|title| *title != name).map(Value::text));
        field("landing_zone", cast.above(found).map(Value::text));
        field("tags", tags(found));
        field("access", access.on(&found.id, false));
        if found.attributes.get("enabled").and_then(Value::as_bool) == Some(false) {
            field("state", Some("quarantined".into()));
            field("reason", Some("it was disabled when it was found".into()));
        }
        let mut project = document(format!("projects/{name}.yaml"), "project", name);
        put(&mut project, "unit", Some(cast.organization.into()));
        put(&mut project, "tenants", Some(Value::List(vec![Value::Map(tenant)])));
        project
    });
    documents.collect()
}

fn tags(project: &Observed) -> Option<Value> {
    project.attributes.get("tags").filter(|tags| tags.as_map().is_some_and(|tags| !tags.is_empty())).cloned()
}

fn people(cast: &Cast<'_>) -> Vec<Document> {
    let documents = cast.taken(user::KIND).into_iter().map(|(name, user)| {
        let mut person = document("people.yaml", "person", name);
        let (given, family) = cast::names(user);
        put(&mut person, "given_name", Some(given.into()));
        put(&mut person, "family_name", Some(family.into()));
        let email = cast::email(user).unwrap_or_default();
        put(&mut person, "email", Some(email.into()));
        put(&mut person, "user_name", Some(user.name.as_str()).filter(|login| *login != email).map(Value::text));
        put(&mut person, "id", Some(user.id.as_str().into()));
        person
    });
    documents.collect()
}

fn teams(cast: &Cast<'_>) -> Vec<Document> {
    let documents = cast.taken(group::KIND).into_iter().map(|(name, group)| {
        let members = cast.all("group-membership").filter(|one| text(one, "group") == Some(&group.id));
        let people: BTreeSet<&str> = members.filter_map(|one| cast.name_of(user::KIND, text(one, "member")?)).collect();
        let mut team = document("teams.yaml", "team", name);
        put(&mut team, "title", Some(group.name.as_str()).filter(|title| *title != name).map(Value::text));
        put(&mut team, "description", text(group, "description").map(Value::text));
        let people: Vec<Value> = people.into_iter().map(Value::text).collect();
        put(&mut team, "people", Some(people).filter(|people| !people.is_empty()).map(Value::List));
        put(&mut team, "id", Some(group.id.as_str().into()));
        team
    });
    documents.collect()
}

fn roles(cast: &Cast<'_>) -> Vec<Document> {
    let documents = cast.taken(role::KIND).into_iter().map(|(name, found)| {
        let mut role = document("roles.yaml", "role", name);
        if found.name == "admin" {
            put(&mut role, "admin", Some(true.into()));
        }
        put(&mut role, "description", text(found, "description").map(Value::text));
        let mut section = Map::from([("role".to_owned(), found.name.as_str().into())]);
        if found.vendor.is_none() {
            put(&mut role, "id", Some(found.id.as_str().into()));
            let implies = found.attributes.get("implies").and_then(Value::as_list).unwrap_or_default();
            let names: Vec<Value> =
                implies.iter().filter_map(|id| cast.name_of(role::KIND, id.as_text()?)).map(Value::text).collect();
            if !names.is_empty() {
                section.insert("implies".to_owned(), Value::List(names));
            }
        }
        put(&mut role, TYPE, Some(Value::Map(section)));
        role
    });
    documents.collect()
}

/// A document with its first two fields.
fn document(path: impl Into<String>, kind: &str, name: &str) -> Document {
    let fields = vec![("kind".to_owned(), kind.into()), ("name".to_owned(), name.into())];
    Document { path: path.into(), comment: None, fields }
}

fn put(document: &mut Document, name: &str, value: Option<Value>) {
    document.fields.extend(value.map(|value| (name.to_owned(), value)));
}
