//! Cluster roles: what a role is in a cluster. One that has rules in the manifest is made; any other is there already, and
//! only pointed at.

use polity_model::{
    Address, Map, Value,
    organization::{Mode, Organization, Role},
    resource::{Desired, Observed, Scope},
    schema::{Attribute, Change, Compare, Effect, Nature, Schema},
    shape::{Field, Shape},
};
use polity_provider::{Ask, Error};
use serde_json::{Value as Json, json};

use super::{
    object::{self, Form, ObjectKind},
    rules,
};
use crate::{
    names::{self, TYPE},
    operations::{CLUSTER_ROLES, Resource},
};

/// Name of the kind.
pub(crate) const KIND: &str = "cluster-role";
/// The part of a role that has the server fill it from others.
const AGGREGATION: &str = "aggregationRule";

/// The kind.
pub(crate) fn kind() -> ObjectKind<ClusterRole> {
    let attributes = vec![
        Attribute::new("name", "name that it is born with").change(Change::ReadOnly),
        Attribute::new("allows", "all that it allows: one line for each verb on each resource").compare(Compare::Set),
        Attribute::new("shape", "`as made`, or `aggregated` where somebody has the server fill it from other roles"),
        object::takes_over_attribute(),
    ];
    ObjectKind(ClusterRole {
        schema: object::schema(KIND, "cluster role", Nature::Definition, Effect::Defines, attributes),
    })
}

pub(crate) struct ClusterRole {
    schema: Schema,
}

/// Address of a role's cluster role.
pub(crate) fn address(platform: &str, role: &str) -> Address {
    Address::new(platform, KIND, role)
}

/// Fields of the section in a `role`.
pub(crate) fn fields() -> Vec<Field> {
    let words = || Shape::Set(Box::new(Shape::Text));
    let rule = Shape::Record(vec![
        Field::new("api_groups", words(), "API groups of the resources; the core group unless written"),
        Field::new("resources", words(), "resources, such as `pods` or `deployments/scale`"),
        Field::new("resource_names", words(), "only those with these names"),
        Field::new("non_resource_urls", words(), "addresses of the server that are no resources"),
        Field::required("verbs", words(), "what may be done"),
    ]);
    vec![
        Field::new(
            "cluster_role",
            Shape::Text,
            "name of the cluster role; the role's own unless written. Without `rules` it must be there already, as `view` is",
        ),
        Field::new("rules", Shape::List(Box::new(rule)), "what the cluster role allows, which then is made"),
        Field::new(
            "whole_cluster",
            Shape::Bool,
            "whether access that is written at the organization holds in the whole cluster, rather than in its tenants",
        ),
    ]
}

/// The section of a role for our platforms.
pub(crate) fn section(role: &Role) -> Option<&Value> {
    role.native.get(TYPE).map(|section| &section.value)
}

impl Form for ClusterRole {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resource(&self) -> &'static Resource {
        &CLUSTER_ROLES
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = names::platform(organization, &scope.platform) else { return Vec::new() };
        let mode = organization.mode_at(&platform.name, None);
        organization.roles.values().filter_map(|role| desired(scope, role, mode)).collect()
    }

    fn held(&self, role: &Json) -> Map {
        let aggregated = role.get(AGGREGATION).is_some_and(|rule| !rule.is_null());
        let shape = if aggregated { "aggregated" } else { object::AS_MADE };
        Map::from([("allows".to_owned(), rules::of_native(role)), ("shape".to_owned(), shape.into())])
    }

    /// Rules that the server gathers from other roles would come back whenever they are taken away.
    fn whole(&self) -> Option<&'static str> {
        Some(AGGREGATION)
    }

    fn name(&self, ask: &Ask<'_>) -> Result<String, Error> {
        // What is asked for is named by its key: the address holds the manifest's name.
        ask.text("name").map(str::to_owned)
    }

    fn body(&self, ask: &Ask<'_>) -> Result<Json, Error> {
        Ok(json!({"rules": rules::to_native(ask.after("allows").unwrap_or(&Value::Null))}))
    }
}

fn desired(scope: &Scope, role: &Role, mode: Mode) -> Option<Desired> {
    let section = section(role)?;
    let mut desired = Desired::new(address(&scope.platform, &role.name), &scope.name, &role.origin);
    let name = name(role, section);
    desired.keys = vec![object::key(None, &name)];
    desired.renamed_from = role.renamed_from.iter().map(|old| address(&scope.platform, old)).collect();
    let id = |name: &str| names::id_of(&CLUSTER_ROLES, None, names::parts_of(&CLUSTER_ROLES, name).1);
    match section.get("rules") {
        Some(rules) => {
            desired.attributes.insert("allows".to_owned(), rules::of_written(rules));
            desired.attributes.insert("name".to_owned(), name.into());
            desired.attributes.insert("shape".to_owned(), object::AS_MADE.into());
            desired.adopt = role.ids.get(&scope.platform).map(|written| id(written));
            object::with_mode(&mut desired, mode);
        }
        None => desired.adopt = Some(id(&name)),
    }
    Some(desired)
}

fn name(role: &Role, section: &Value) -> String {
    let written = section.get("cluster_role").and_then(Value::as_text).map(str::to_owned);
    written.or_else(|| role.title.clone()).unwrap_or_else(|| role.name.clone())
}

/// The rules that a role has, as a manifest writes them.
pub(crate) fn written_rules(role: &Observed) -> Value {
    rules::to_written(role.attributes.get("allows").unwrap_or(&Value::Null))
}
