//! The security group `default` of a tenant: what Neutron puts everything in that names no other group.
//!
//! Neutron makes one for each project, and lets everybody in it talk to each other and to the whole world. Each direction that the
//! manifest speaks of is held to exactly its rules; one that it does not speak of stays as it is.

mod rule;

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use polity_model::{
    Address, Value,
    organization::Organization,
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Effect, Nature, Ownership, Schema},
    shape::{Field, Shape},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer, together::Flight};
use serde_json::{Value as Json, json};

use self::rule::{DIRECTIONS, Rule};
use super::{
    project,
    support::{attributes, expected, gone, is_absent, observed, path, tenant, text},
};
use crate::{
    client::{Caller as _, get, list},
    operations::network::{
        CREATE_SECURITY_GROUP_RULE, DELETE_SECURITY_GROUP_RULE, GET_SECURITY_GROUP, LIST_DEFAULT_RULES,
        LIST_SECURITY_GROUPS,
    },
    scopes::PROJECT,
};

const KIND: &str = "default-security-group";

/// The field of `settings`.
const SETTING: &str = "default_security_group";

/// What Neutron calls it, and lets nobody rename.
const NAME: &str = "default";

/// The kind.
pub(crate) struct DefaultGroup {
    schema: Schema,
    /// The groups of all projects, which the scopes of all tenants need at the same time.
    all: Flight<Arc<Vec<Json>>>,
}

impl DefaultGroup {
    pub(crate) fn new() -> Self {
        let schema = Schema {
            kind: KIND,
            title: "default security group",
            level: PROJECT,
            nature: Nature::Setting,
            ownership: Ownership::Journal,
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("ingress", "what may come in"),
                Attribute::new("egress", "what may go out"),
            ],
            lane: None,
            irreversible: false,
        };
        Self { schema, all: Flight::default() }
    }
}

/// The field of `settings`.
pub(crate) fn setting() -> Field {
    let rules = |regex, called| Shape::Set(Box::new(Shape::Pattern { regex, called }));
    let fields = vec![
        Field::new(
            "ingress",
            rules(rule::INGRESS, rule::INGRESS_CALLED),
            "all that may come in; nothing, where the list is empty",
        ),
        Field::new(
            "egress",
            rules(rule::EGRESS, rule::EGRESS_CALLED),
            "all that may go out; nothing, where the list is empty",
        ),
    ];
    let doc = "rules of the security group `default` of the project, which everything is in that names no other; a direction that is \
               not written stays as it is";
    Field::new(SETTING, Shape::Record(fields), doc)
}

/// The group of the project, if it is among these. A server that does not heed a filter must not give us other people's.
fn pick<'g>(reader: &Reader, groups: &'g [Json]) -> Option<&'g Json> {
    let project = reader.fact("project_id")?;
    groups.iter().find(|group| owner(group) == Some(project) && text(group, "name") == Some(NAME))
}

async fn groups(reader: &Reader, query: &[(&str, &str)]) -> Result<Vec<Json>, Error> {
    list(reader, &LIST_SECURITY_GROUPS, "/security-groups", query, "security_groups").await
}

/// The project that a group is of.
fn owner(group: &Json) -> Option<&str> {
    text(group, "project_id").or_else(|| text(group, "tenant_id"))
}

fn observe(scope: &Scope, group: &Json) -> Result<Observed, Error> {
    let id = expected(group, "id", KIND)?;
    let rules = Rule::all(group)?;
    let of = |direction: &str| -> Value {
        let lines: BTreeSet<String> =
            rules.iter().filter(|(_, rule)| rule.direction == direction).map(|(_, rule)| rule.to_string()).collect();
        Value::List(lines.into_iter().map(Value::from).collect())
    };
    let values = attributes(DIRECTIONS.map(|direction| (direction, of(direction))));
    let mut seen = observed(KIND, scope, id, "security group `default`", values);
    seen.keys = vec![key()];
    Ok(seen)
}

fn key() -> Key {
    Key::new("scope", "self")
}

#[async_trait]
impl Kind for DefaultGroup {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(tenant) = tenant(organization, scope) else { return Vec::new() };
        let settings = organization.settings_of(tenant);
        let Some((written, origin)) = settings.get(SETTING) else { return Vec::new() };
        let name = |tenant: &str| Address::new(&scope.platform, KIND, tenant);
        let mut desired = Desired::new(name(&tenant.name), &scope.name, origin);
        for direction in DIRECTIONS {
            let Some(rules) = written.get(direction).and_then(Value::as_list) else { continue };
            let lines: BTreeSet<String> = rules
                .iter()
                .filter_map(Value::as_text)
                .flat_map(|text| Rule::written(direction, text))
                .map(|rule| rule.to_string())
                .collect();
            let lines = Value::List(lines.into_iter().map(Value::from).collect());
            desired.attributes.insert(direction.to_owned(), lines);
        }
        if desired.attributes.is_empty() {
            return Vec::new();
        }
        desired.keys = vec![key()];
        let zone = tenant.landing_zone.as_ref().map(|zone| zone.name.as_str());
        desired.mode = organization.mode_at(&scope.platform, zone);
        desired.renamed_from = tenant.renamed_from.iter().map(|old| name(old)).collect();
        desired.needs = vec![project::address(&scope.platform, &tenant.name)];
        desired.group = project::group(tenant);
        vec![desired]
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        // Asked for the groups of one project, Neutron would make it: whoever only looks must not do that.
        let all = self.all.join(async { groups(reader, &[("name", NAME)]).await.map(Arc::new) }).await?;
        let found = pick(reader, &all).map(|group| observe(reader.scope(), group)).transpose()?;
        Ok(found.into_iter().collect::<Vec<_>>().into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let found = get(reader, &GET_SECURITY_GROUP, &path("security-groups", id), "security_group").await?;
        found.map(|group| observe(reader.scope(), &group)).transpose()
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let reader = writer.reader();
        let project = reader.fact("project_id").unwrap_or_default();
        // Neutron makes it when it is first asked for the groups of a project.
        let found = groups(reader, &[("project_id", project), ("name", NAME)]).await?;
        let Some(group) = pick(reader, &found) else {
            let why = "Neutron shows no security group `default` of the project";
            return Err(Error::new(Problem::NotFound, ask.address.to_string(), why).help(
                "it makes one when it is first asked for them: let whoever Polity logs in as see those of all projects \
                 (`get_security_group`), or make one with `openstack security group list --project` as a member",
            ));
        };
        write(writer, group, ask, |_| true).await?;
        Ok(expected(group, "id", KIND)?.to_owned())
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let found =
            get(writer.reader(), &GET_SECURITY_GROUP, &path("security-groups", ask.id()?), "security_group").await?;
        let group = found.ok_or_else(|| {
            Error::new(Problem::NotFound, ask.address.to_string(), "the security group is gone").help("plan again")
        })?;
        write(writer, &group, ask, |direction| ask.changes(direction)).await
    }

    /// Back to the rules that Neutron gives every such group.
    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let path = path("security-groups", ask.id()?);
        let Some(group) = get(writer.reader(), &GET_SECURITY_GROUP, &path, "security_group").await? else {
            return Ok(());
        };
        let rules = at_birth(writer.reader()).await?;
        for direction in DIRECTIONS {
            let wanted = rules.iter().filter(|rule| rule.direction == direction).cloned().collect();
            hold(writer, &group, direction, wanted).await?;
        }
        Ok(())
    }
}

/// What Neutron puts into every such group. Before its release of 2023 nobody could ask, because nobody could change it.
async fn at_birth(reader: &Reader) -> Result<Vec<Rule>, Error> {
    let query = [("used_in_default_sg", "true")];
    let path = "/default-security-group-rules";
    match list(reader, &LIST_DEFAULT_RULES, path, &query, "default_security_group_rules").await {
        Ok(rules) => rules.iter().map(|rule| Rule::seen(rule, rule::ITSELF)).collect(),
        Err(error) if is_absent(&error) || error.is(Problem::Unsupported) => {
            let classic = [("ingress", "any from members"), ("egress", "any")];
            Ok(classic.into_iter().flat_map(|(direction, text)| Rule::written(direction, text)).collect())
        }
        Err(error) => Err(error),
    }
}

/// Holds those directions to what is asked for that it speaks of, and that are to be written.
async fn write(writer: &Writer, group: &Json, ask: &Ask<'_>, is_written: impl Fn(&str) -> bool) -> Result<(), Error> {
    for direction in DIRECTIONS.into_iter().filter(|direction| is_written(direction)) {
        let Some(lines) = ask.after(direction).and_then(Value::as_list) else { continue };
        let rules = lines.iter().filter_map(Value::as_text).filter_map(Rule::parse).collect();
        hold(writer, group, direction, rules).await?;
    }
    Ok(())
}

/// Makes the rules of one direction be these. What is missing comes before what is too much goes, so that nothing is cut off that
/// may go on.
async fn hold(writer: &Writer, group: &Json, direction: &str, wanted: Vec<Rule>) -> Result<(), Error> {
    let id = expected(group, "id", KIND)?;
    let there = Rule::all(group)?;
    for rule in &wanted {
        if there.iter().any(|(_, other)| other == rule) {
            continue;
        }
        let mut body = json!({ "security_group_rule": rule.body(id) });
        // Else it would belong to the project that we log in at.
        if let (Some(project), Some(rule)) =
            (owner(group), body.pointer_mut("/security_group_rule").and_then(Json::as_object_mut))
        {
            rule.insert("project_id".to_owned(), project.into());
        }
        match writer.send(&CREATE_SECURITY_GROUP_RULE, "POST", "/security-group-rules", body).await {
            // Somebody was faster, or an answer was lost.
            Err(error) if error.is(Problem::AlreadyExists) => {}
            made => drop(made?),
        }
    }
    let surplus = there.iter().filter(|(_, rule)| rule.direction == direction && !wanted.contains(rule));
    for (id, _) in surplus {
        let path = path("security-group-rules", id);
        gone(writer.send(&DELETE_SECURITY_GROUP_RULE, "DELETE", &path, Json::Null).await)?;
    }
    Ok(())
}
