//! Role assignments: access x role x tenant.
//!
//! Access that is written at a landing zone is one inherited assignment on its project, which holds for all projects below
//! and not for that one itself. Access that is written for the whole organization is given so on the uppermost landing zones,
//! never on the domain: other people's projects may be in it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    organization::{EffectiveAccess, Organization, Place, Tenant},
    resource::{Desired, Group, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::Value as Json;

use super::{
    TYPE, principal, project, role,
    support::{OWN_LINK, domain_id, gone, is_absent, observed, own, platform, retiring, text},
};
use crate::{
    client::{Caller as _, list},
    operations::identity::{CHECK_GRANT, CREATE_GRANT, LIST_ROLE_ASSIGNMENTS, REVOKE_GRANT},
    scopes::DOMAIN,
};

/// Name of the kind.
pub(crate) const KIND: &str = "role-assignment";

/// The attributes that are its identity, in the order of its key and of its id.
const PARTS: [&str; 5] = ["role", "principal_type", "principal", "place", "inherited"];

/// The kind.
pub(crate) struct RoleAssignment {
    schema: Schema,
}

impl RoleAssignment {
    pub(crate) fn new() -> Self {
        let part = |name, doc| Attribute::new(name, doc).change(Change::Replace);
        let schema = Schema {
            kind: KIND,
            title: "role assignment",
            level: DOMAIN,
            nature: Nature::Link,
            ownership: Ownership::Through { kind: project::KIND, attribute: "place" },
            effect: Effect::Grants { principal: "principal", role: "role", place: "place", below: Some("inherited") },
            attributes: vec![
                part("principal", "the user or group"),
                part("principal_type", "`user` or `group`"),
                part("role", "the role"),
                part("place", "the project, or the domain"),
                part("inherited", "whether it holds for all projects below instead of this place itself"),
            ],
            lane: None,
            irreversible: false,
        };
        Self { schema }
    }
}

/// Where an access becomes an assignment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    Tenant(String),
    /// On a landing zone's project, for all below.
    Zone(String),
}

impl Spot {
    /// The highest place that means the same: everything below it is asked for.
    fn of(organization: &Organization, platform: &str, tenant: &Tenant, place: &Place) -> Self {
        let chain = organization.landing_zone_chain(tenant.landing_zone.as_ref().map(|zone| zone.name.as_str()));
        let mut here = chain.iter().filter(|zone| project::is_on(zone, platform));
        let zone = match place {
            Place::LandingZone(name) => here.find(|zone| zone.name == *name),
            Place::Organization => here.next_back(),
            _ => None,
        };
        zone.map_or_else(|| Self::Tenant(tenant.name.clone()), |zone| Self::Zone(zone.name.clone()))
    }

    fn name(&self) -> String {
        match self {
            Self::Tenant(name) => name.clone(),
            Self::Zone(name) => format!("zone:{name}"),
        }
    }

    fn former(&self, organization: &Organization) -> Vec<String> {
        match self {
            Self::Tenant(name) => {
                organization.tenants.get(name).map(|tenant| tenant.renamed_from.clone()).unwrap_or_default()
            }
            Self::Zone(name) => {
                let former = organization.landing_zones.get(name).map(|zone| zone.renamed_from.as_slice());
                former.unwrap_or_default().iter().map(|old| format!("zone:{old}")).collect()
            }
        }
    }
}

fn want(
    organization: &Organization,
    scope: &Scope,
    tenant: &Tenant,
    spot: &Spot,
    access: &EffectiveAccess<'_>,
) -> Option<Desired> {
    let (platform, access) = (scope.platform.as_str(), access.access);
    let role = organization.roles.get(&access.role).filter(|role| role.native.contains_key(TYPE))?;
    let holder = principal::holder(organization, platform, &access.principal)?;
    let (noun, name) = access.principal.parts();
    let place = spot.name();
    let address =
        |who: &str, role: &str, place: &str| Address::new(platform, KIND, format!("{noun}:{who}/{role}@{place}"));
    let mut desired = Desired::new(address(name, &role.name, &place), &scope.name, &access.origin);
    let values = [
        Value::id_of(role::address(platform, &role.name)),
        Value::text(holder.noun),
        holder.id(),
        Value::id_of(Address::new(platform, project::KIND, &place)),
        matches!(spot, Spot::Zone(_)).into(),
    ];
    desired.keys = vec![Key::new("assignment", values.to_vec())];
    desired.attributes = PARTS.iter().map(|part| (*part).to_owned()).zip(values).collect();
    let people = holder.former.iter().map(|old| address(old, &role.name, &place));
    let roles = role.renamed_from.iter().map(|old| address(name, old, &place));
    let places = spot.former(organization);
    let places = places.iter().map(|old| address(name, &role.name, old));
    desired.renamed_from = people.chain(roles).chain(places).collect();
    let zone = match spot {
        Spot::Tenant(_) => tenant.landing_zone.as_ref().map(|zone| zone.name.as_str()),
        Spot::Zone(name) => Some(name.as_str()),
    };
    desired.mode = organization.mode_at(platform, zone);
    desired.group = match spot {
        Spot::Tenant(_) => project::group(tenant),
        Spot::Zone(name) => Group { landing_zone: Some(name.clone()), ..Group::default() },
    };
    Some(desired)
}

/// Name and id of one end of an assignment; names are there because we ask for them.
fn end<'a>(assignment: &'a Json, path: &[&str]) -> Option<(&'a str, &'a str)> {
    let end = path.iter().try_fold(assignment, |object, name| object.get(name))?;
    Some((text(end, "id")?, text(end, "name").unwrap_or_default()))
}

/// Reads one assignment; `None` where it is about another domain, or the whole system.
fn observe(scope: &Scope, domain: &str, assignment: &Json) -> Option<Observed> {
    let (role, role_name) = end(assignment, &["role"])?;
    let (noun, (principal, who)) = match end(assignment, &["user"]) {
        Some(user) => ("user", user),
        None => ("group", end(assignment, &["group"])?),
    };
    let (place, place_name) = match end(assignment, &["scope", "project"]) {
        Some(found) => {
            let (of, _) = end(assignment, &["scope", "project", "domain"])?;
            (of == domain).then_some(found)?
        }
        None => end(assignment, &["scope", "domain"]).filter(|(id, _)| *id == domain)?,
    };
    let inherited = assignment.get("scope").and_then(|scope| text(scope, "OS-INHERIT:inherited_to")).is_some();
    let values: [Value; 5] = [role.into(), noun.into(), principal.into(), place.into(), inherited.into()];
    let below = if inherited { "all below " } else { "" };
    let name = format!("{noun} {who} is {role_name} on {below}{place_name}");
    let project = end(assignment, &["scope", "project"]).is_some();
    let attributes: Map = PARTS.iter().map(|part| (*part).to_owned()).zip(values.clone()).collect();
    let mut seen = observed(KIND, scope, &id(role, noun, principal, place, project, inherited), &name, attributes);
    seen.keys = vec![Key::new("assignment", values.to_vec())];
    Some(seen)
}

/// Our id of an assignment, which has none of its own: the path by which Keystone knows it.
fn id(role: &str, noun: &str, principal: &str, place: &str, project: bool, inherited: bool) -> String {
    let place = format!("{}/{place}", if project { "projects" } else { "domains" });
    let (begin, end) = if inherited { ("OS-INHERIT/", "/inherited_to_projects") } else { ("", "") };
    format!("{begin}{place}/{noun}s/{principal}/roles/{role}{end}")
}

#[async_trait]
impl Kind for RoleAssignment {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let living = platform(organization, scope).filter(|platform| retiring(platform).is_none());
        let Some(platform) = living else { return Vec::new() };
        let mut all: BTreeMap<Address, Desired> = BTreeMap::new();
        for tenant in organization.tenants_on(&platform.name) {
            for access in organization.access_on(tenant) {
                let spot = Spot::of(organization, &platform.name, tenant, &access.place);
                if let Some(desired) = want(organization, scope, tenant, &spot, &access) {
                    all.entry(desired.address.clone()).or_insert(desired);
                }
            }
        }
        all.into_values().collect()
    }

    /// All at once: one call, whatever there is.
    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let Some(domain) = domain_id(reader) else { return Ok(Found::default()) };
        let query = [("include_names", "true")];
        let all = list(reader, &LIST_ROLE_ASSIGNMENTS, "/role_assignments", &query, "role_assignments").await?;
        let mut found: Vec<_> = all.iter().filter_map(|one| observe(reader.scope(), domain, one)).collect();
        for seen in &mut found {
            let is = |name: &str, fact: &str| seen.attributes.get(name).and_then(Value::as_text) == reader.fact(fact);
            // Also where we own: whoever takes this one back is shut out in the middle of the work.
            seen.vendor = (is("principal", own::USER) && is("place", own::PLACE)).then(|| OWN_LINK.to_owned());
        }
        Ok(found.into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        match reader.send(&CHECK_GRANT, "HEAD", &format!("/{id}"), Json::Null).await {
            Ok(_) => parse(reader.scope(), id).map(Some),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let inherited = ask.after("inherited").and_then(Value::as_bool).unwrap_or(false);
        let (role, noun, principal) = (ask.text("role")?, ask.text("principal_type")?, ask.text("principal")?);
        let id = id(role, noun, principal, ask.text("place")?, true, inherited);
        writer.send(&CREATE_GRANT, "PUT", &format!("/{id}"), Json::Null).await?;
        Ok(id)
    }

    async fn update(&self, _writer: &Writer, _ask: &Ask<'_>) -> Result<(), Error> {
        Ok(()) // all attributes are its identity: another value is another assignment
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        gone(writer.send(&REVOKE_GRANT, "DELETE", &format!("/{}", ask.id()?), Json::Null).await)
    }
}

/// An assignment from its id alone.
fn parse(scope: &Scope, id: &str) -> Result<Observed, Error> {
    let (bare, inherited) =
        match id.strip_prefix("OS-INHERIT/").and_then(|id| id.strip_suffix("/inherited_to_projects")) {
            Some(bare) => (bare, true),
            None => (id, false),
        };
    let [_, place, nouns, principal, _, role] = bare.split('/').collect::<Vec<_>>()[..] else {
        return Err(Error::new(Problem::Unexpected, KIND, format!("`{id}` is not the id of a role assignment")));
    };
    let noun = nouns.trim_end_matches('s');
    let values: [Value; 5] = [role.into(), noun.into(), principal.into(), place.into(), inherited.into()];
    let attributes: Map = PARTS.iter().map(|part| (*part).to_owned()).zip(values.clone()).collect();
    let mut seen = observed(KIND, scope, id, &format!("{noun} {principal} in {place}"), attributes);
    seen.keys = vec![Key::new("assignment", values.to_vec())];
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use polity_provider::found::attributes;
    use serde_json::json;

    use super::*;

    fn scope() -> Scope {
        Scope { name: "os".into(), platform: "os".into(), level: DOMAIN.into(), tenant: None, entry: None }
    }

    fn assignment(place: Json) -> Json {
        json!({"role": {"id": "r", "name": "member"}, "group": {"id": "g", "name": "payments"}, "scope": place})
    }

    #[test]
    fn an_assignment_is_known_by_its_path_and_read_from_it() {
        let project = json!({"project": {"id": "p", "name": "shop", "domain": {"id": "d"}}});
        let inherited = json!({"domain": {"id": "d", "name": "corp"}, "OS-INHERIT:inherited_to": "projects"});
        for (place, id) in [
            (project, "projects/p/groups/g/roles/r"),
            (inherited, "OS-INHERIT/domains/d/groups/g/roles/r/inherited_to_projects"),
        ] {
            let seen = observe(&scope(), "d", &assignment(place)).unwrap();
            assert_eq!(seen.id, id);
            let parsed = parse(&scope(), id).unwrap();
            assert_eq!((parsed.attributes, parsed.keys), (seen.attributes, seen.keys));
        }
        assert!(parse(&scope(), "projects/p").is_err());
        assert_ne!(attributes([]), parse(&scope(), "projects/p/groups/g/roles/r").unwrap().attributes);
    }

    #[test]
    fn what_is_elsewhere_is_not_ours_to_see() {
        let elsewhere = json!({"project": {"id": "p", "domain": {"id": "other"}}});
        for place in [elsewhere, json!({"system": {"all": true}}), json!({"domain": {"id": "other"}})] {
            assert_eq!(observe(&scope(), "d", &assignment(place)), None);
        }
    }
}
