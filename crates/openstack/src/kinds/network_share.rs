//! Networks of others that a tenant may use: one RBAC rule of Neutron for each network and project.
//!
//! The networks themselves are workload, made by whoever runs the network: they are found by name, and never written. Rules for
//! everybody, and rules for projects of other domains, are other people's.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use polity_model::{
    Address, Value,
    organization::{LifeState, Organization},
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
    shape::{Field, Shape},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    project,
    quota::contents::regions_of,
    support::{all_of_domain, attributes, expected, gone, observed, path, platform, retiring, text},
};
use crate::{
    client::{Caller as _, get, list},
    operations::{
        identity::LIST_PROJECTS,
        network::{
            CREATE_RBAC_POLICY, DELETE_RBAC_POLICY, GET_NETWORK, GET_RBAC_POLICY, LIST_NETWORKS, LIST_RBAC_POLICIES,
        },
    },
    scopes::DOMAIN,
};

const KIND: &str = "network-share";

/// Neutron's words for a rule that lets a project use a network.
const RULE: [(&str, &str); 2] = [("object_type", "network"), ("action", "access_as_shared")];

/// The kind.
pub(crate) struct NetworkShare {
    schema: Schema,
}

impl NetworkShare {
    pub(crate) fn new() -> Self {
        let part = |name, doc| Attribute::new(name, doc).change(Change::Replace);
        let schema = Schema {
            kind: KIND,
            title: "shared network",
            level: DOMAIN,
            nature: Nature::Link,
            ownership: Ownership::Through { kind: project::KIND, attribute: "project" },
            effect: Effect::Neutral,
            attributes: vec![part("network", "name of the network"), part("project", "the project that may use it")],
            lane: None,
            irreversible: false,
        };
        Self { schema }
    }
}

/// The field of `settings`.
pub(crate) fn setting() -> Field {
    let doc = "networks of others that the project may use, by name: Neutron shares them with it";
    Field::new("networks", Shape::Set(Box::new(Shape::Text)), doc)
}

fn attributes_of(network: &str, project: Value) -> polity_model::Map {
    attributes([("network", network.into()), ("project", project)])
}

fn observe(scope: &Scope, rule: &Json, network: &str) -> Option<Observed> {
    let (id, project) = (text(rule, "id")?, text(rule, "target_tenant").or_else(|| text(rule, "target_project"))?);
    let values = attributes_of(network, project.into());
    let mut seen = observed(KIND, scope, id, &format!("{network} for {project}"), values);
    seen.keys = vec![Key::new("share", vec![network, project])];
    Some(seen)
}

#[async_trait]
impl Kind for NetworkShare {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let living = platform(organization, scope).filter(|platform| retiring(platform).is_none());
        let Some(platform) = living else { return Vec::new() };
        let mut all = Vec::new();
        for tenant in organization.tenants_on(&platform.name).filter(|tenant| tenant.state == LifeState::Active) {
            let settings = organization.settings_of(tenant);
            let Some((networks, origin)) = settings.get("networks") else { continue };
            for network in networks.as_list().unwrap_or_default().iter().filter_map(Value::as_text) {
                let name = |tenant: &str| Address::new(&platform.name, KIND, format!("{tenant}/{network}"));
                let mut desired = Desired::new(name(&tenant.name), &scope.name, origin);
                let project = Value::id_of(project::address(&platform.name, &tenant.name));
                desired.attributes = attributes_of(network, project.clone());
                desired.keys = vec![Key::new("share", vec![network.into(), project])];
                desired.renamed_from = tenant.renamed_from.iter().map(|old| name(old)).collect();
                let zone = tenant.landing_zone.as_ref().map(|zone| zone.name.as_str());
                desired.mode = organization.mode_at(&platform.name, zone);
                desired.group = project::group(tenant);
                all.push(desired);
            }
        }
        all
    }

    /// All at once: one list of the rules and one of the networks, whatever there is.
    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        // Where the catalog has no Neutron there is nothing to share.
        if reader.fact(&regions_of("network")).is_none() {
            return Ok(Found::default());
        }
        let projects = all_of_domain(reader, &LIST_PROJECTS, "projects").await?;
        let ours: BTreeSet<&str> = projects.iter().filter_map(|project| text(project, "id")).collect();
        let rules = list(reader, &LIST_RBAC_POLICIES, "/rbac-policies", &RULE, "rbac_policies").await?;
        let is_ours = |rule: &&Json| {
            RULE.iter().all(|(name, value)| text(rule, name) == Some(value))
                && text(rule, "target_tenant").is_some_and(|project| ours.contains(project))
        };
        let rules: Vec<&Json> = rules.iter().filter(is_ours).collect();
        if rules.is_empty() {
            return Ok(Found::default());
        }
        let networks =
            list(reader, &LIST_NETWORKS, "/networks", &[("fields", "id"), ("fields", "name")], "networks").await?;
        let names: BTreeMap<&str, &str> =
            networks.iter().filter_map(|one| Some((text(one, "id")?, text(one, "name")?))).collect();
        let shown = |rule: &&Json| {
            let id = text(rule, "object_id")?;
            observe(reader.scope(), rule, names.get(id).unwrap_or(&id))
        };
        Ok(rules.iter().filter_map(shown).collect::<Vec<_>>().into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let rule = get(reader, &GET_RBAC_POLICY, &path("rbac-policies", id), "rbac_policy").await?;
        let Some(rule) = rule else { return Ok(None) };
        let network = expected(&rule, "object_id", KIND)?;
        let found = get(reader, &GET_NETWORK, &path("networks", network), "network").await?;
        let name = found.as_ref().and_then(|found| text(found, "name")).unwrap_or(network);
        Ok(observe(reader.scope(), &rule, name))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let (name, project) = (ask.text("network")?, ask.text("project")?);
        let found = list(writer.reader(), &LIST_NETWORKS, "/networks", &[("name", name)], "networks").await?;
        let network = match found.as_slice() {
            [network] => expected(network, "id", KIND)?,
            [] => return Err(unclear(ask, format!("Neutron has no network `{name}`"))),
            several => return Err(unclear(ask, format!("{} networks of Neutron are called `{name}`", several.len()))),
        };
        let mut rule = json!({ "object_id": network, "target_tenant": project });
        if let Some(members) = rule.as_object_mut() {
            members.extend(RULE.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
        }
        let answer = writer.send(&CREATE_RBAC_POLICY, "POST", "/rbac-policies", json!({ "rbac_policy": rule })).await?;
        Ok(expected(answer.get("rbac_policy").unwrap_or(&answer), "id", KIND)?.to_owned())
    }

    async fn update(&self, _writer: &Writer, _ask: &Ask<'_>) -> Result<(), Error> {
        Ok(()) // both attributes are its identity: another value is another rule
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let deleted = writer.send(&DELETE_RBAC_POLICY, "DELETE", &path("rbac-policies", ask.id()?), Json::Null).await;
        gone(deleted).map_err(|error| match error.code.as_deref() {
            Some("RbacPolicyInUse") => {
                error.help("something of the project is on that network still: take it off (`openstack port list --network`), then apply again")
            }
            _ => error,
        })
    }
}

fn unclear(ask: &Ask<'_>, message: String) -> Error {
    Error::new(Problem::Invalid, ask.address.to_string(), message)
        .help("write the name of one network under `networks` of `settings` (`openstack network list` shows them)")
}
