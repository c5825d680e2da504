//! An organizational unit: what a landing zone is on AWS.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use polity_model::{
    Value,
    organization::{LandingZone, LifeState, Organization, Platform},
    resource::{Desired, Group, Key, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::{
    support::{
        LANE, ORGANIZATION, address, attributes, found, has_code, is_absent, observed, place_of, platform, present,
        text,
    },
    tags::{self, Tags},
    tree::{self, Branch, Shared},
};
use crate::{
    client::{Caller as _, pages},
    operations::organizations::{
        CREATE_ORGANIZATIONAL_UNIT, DELETE_ORGANIZATIONAL_UNIT, DESCRIBE_ORGANIZATIONAL_UNIT, LIST_CHILDREN,
        LIST_PARENTS, UPDATE_ORGANIZATIONAL_UNIT,
    },
};

const KIND: &str = "organizational-unit";

/// The kind.
pub(crate) struct OrganizationalUnit {
    schema: Schema,
    shared: Arc<Shared>,
}

impl OrganizationalUnit {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        let schema = Schema {
            kind: KIND,
            title: "organizational unit",
            level: ORGANIZATION,
            nature: Nature::Container,
            ownership: Ownership::Tag,
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("name", "native name, unique under its parent"),
                Attribute::new("parent", "the unit above, or the root; AWS cannot move a unit").change(Change::Replace),
                Attribute::new("tags", "native tags"),
            ],
            lane: LANE,
            irreversible: false,
        };
        Self { schema, shared: Arc::clone(shared) }
    }

    async fn list(&self, reader: &Reader) -> Result<Vec<Observed>, Error> {
        let tree = tree::tree(reader, &self.shared).await?;
        let ids: Vec<String> = tree.branches.iter().map(|branch| branch.id.clone()).collect();
        let tags = tags::of_all(reader, &self.shared, &ids).await?;
        let untagged = Tags::new();
        Ok(tree
            .branches
            .iter()
            .map(|one| observe(reader.scope(), one, tags.get(&one.id).unwrap_or(&untagged)))
            .collect())
    }
}

fn observe(scope: &Scope, branch: &Branch, tags: &Tags) -> Observed {
    let (name, parent) = (branch.name.as_str(), branch.parent.as_str());
    let mut found = observed(
        KIND,
        scope,
        &branch.id,
        name,
        attributes([("name", name.into()), ("parent", parent.into()), ("tags", tags::attribute(tags))]),
    );
    found.keys = vec![key(parent.into(), name)];
    found.mark = tags::mark(tags);
    found
}

fn key(parent: Value, name: &str) -> Key {
    Key::new("parent+name", vec![parent, name.into()])
}

fn want(organization: &Organization, platform: &Platform, scope: &Scope, zone: &LandingZone) -> Desired {
    let name = zone.title.as_deref().unwrap_or(&zone.name);
    let parent = place_of(organization, platform, zone.parent.as_ref().map(|parent| parent.name.as_str()));
    let mut desired = Desired::new(address(platform, KIND, &zone.name), &scope.name, &zone.origin);
    desired.attributes =
        attributes([("name", name.into()), ("parent", parent.clone()), ("tags", tags::wanted(&zone.tags))]);
    desired.keys = vec![key(parent, name)];
    desired.adopt = zone.ids.get(&platform.name).cloned();
    desired.renamed_from = zone.renamed_from.iter().map(|old| address(platform, KIND, old)).collect();
    desired.mode = organization.mode_at(&platform.name, Some(&zone.name));
    if let LifeState::Retired { reason } = &zone.state {
        desired.retired = Some(reason.clone());
    }
    desired.group = Group { landing_zone: Some(zone.name.clone()), ..Group::default() };
    desired
}

#[async_trait]
impl Kind for OrganizationalUnit {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        organization.landing_zones_on(&platform.name).map(|zone| want(organization, platform, scope, zone)).collect()
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        found(self.list(reader).await)
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let described = reader.json(&DESCRIBE_ORGANIZATIONAL_UNIT, json!({"OrganizationalUnitId": id})).await;
        let Some(answer) = present(described)? else { return Ok(None) };
        let Some(parent) = present(parent_of(reader, id).await)? else { return Ok(None) };
        let unit = answer.get("OrganizationalUnit").unwrap_or(&answer);
        let branch = Branch { id: id.to_owned(), name: text(unit, "Name")?.to_owned(), parent };
        Ok(Some(observe(reader.scope(), &branch, &tags::of_one(reader, id).await?)))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let (parent, name) = (ask.text("parent")?, ask.text("name")?);
        let body = json!({"ParentId": parent, "Name": name, "Tags": tags::at_birth(ask)});
        let answer = writer.json(&CREATE_ORGANIZATIONAL_UNIT, body).await.map_err(|error| duplicate(error, name))?;
        Ok(text(answer.get("OrganizationalUnit").unwrap_or(&answer), "Id")?.to_owned())
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        if ask.changes("name") {
            let name = ask.text("name")?;
            let body = json!({"OrganizationalUnitId": ask.id()?, "Name": name});
            writer.json(&UPDATE_ORGANIZATIONAL_UNIT, body).await.map_err(|error| duplicate(error, name))?;
        }
        tags::write(writer, ask).await
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let id = ask.id()?;
        let mut inside: BTreeMap<&str, usize> = BTreeMap::new();
        for (kind, word) in [("ACCOUNT", "accounts"), ("ORGANIZATIONAL_UNIT", "organizational units")] {
            let body = json!({"ParentId": id, "ChildType": kind});
            let children = present(pages(writer.reader(), &LIST_CHILDREN, body, "Children").await)?;
            inside.insert(word, children.map_or(0, |children| children.len()));
        }
        if inside.values().any(|count| *count > 0) {
            return Err(not_empty(ask, &inside));
        }
        match writer.json(&DELETE_ORGANIZATIONAL_UNIT, json!({"OrganizationalUnitId": id})).await {
            Err(error) if is_absent(&error) => Ok(()),
            Err(error) if has_code(&error, "OrganizationalUnitNotEmptyException") => Err(not_empty(ask, &inside)),
            deleted => deleted.map(drop),
        }
    }
}

fn duplicate(mut error: Error, name: &str) -> Error {
    if !has_code(&error, "DuplicateOrganizationalUnitException") {
        return error;
    }
    error.problem = Problem::AlreadyExists;
    error.message = format!("there is an organizational unit `{name}` under this parent already");
    error.help("plan again to see it; adopt it with `id:`, or give the landing zone another `title`")
}

fn not_empty(ask: &Ask<'_>, inside: &BTreeMap<&str, usize>) -> Error {
    let counts: Vec<String> = inside.iter().map(|(word, count)| format!("{count} {word}")).collect();
    let message = format!("the organizational unit is not empty: it holds {}", counts.join(" and "));
    Error::new(Problem::Invalid, ask.address.to_string(), message)
        .help("move or close what is in it first; closed accounts leave it after 90 days")
}

/// Native id of what an account or an organizational unit stands under.
pub(crate) async fn parent_of(reader: &Reader, id: &str) -> Result<String, Error> {
    let parents: Vec<Json> = pages(reader, &LIST_PARENTS, json!({"ChildId": id}), "Parents").await?;
    let parent = parents.first().ok_or_else(|| {
        Error::new(Problem::NotFound, "organizations:ListParents", format!("`{id}` stands under nothing"))
    })?;
    Ok(text(parent, "Id")?.to_owned())
}
