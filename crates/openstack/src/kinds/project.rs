//! Projects: a tenant is a project, and a landing zone is the project above the projects of its tenants.
//!
//! Keystone never moves a project, and takes only so many levels. Names are unique in the whole domain.

use async_trait::async_trait;
use polity_model::{
    Address, Value,
    organization::{LandingZone, LifeState, Organization, Platform, Tenant},
    resource::{Desired, Group, Key, MARK_ATTRIBUTE, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
    shape::{Field, Shape},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Map as Members, Value as Json, json};

use super::{
    default_group, marks, network_share,
    support::{
        all_of_domain, attributes, domain_of, expected, gone, observed, own, path, platform, retiring, spare_own, text,
    },
};
use crate::{
    client::{Caller as _, get, list},
    depth,
    kinds::quota::contents,
    operations::identity::{
        CREATE_PROJECT, DELETE_PROJECT, GET_PROJECT, LIST_PROJECTS, UPDATE_PROJECT, UPDATE_PROJECT_TAGS,
    },
    scopes::DOMAIN,
};

/// Name of the kind.
pub(crate) const KIND: &str = "project";

/// The kind.
pub(crate) struct Project {
    schema: Schema,
}

impl Project {
    pub(crate) fn new() -> Self {
        let schema = Schema {
            kind: KIND,
            title: "project",
            level: DOMAIN,
            nature: Nature::Container,
            ownership: Ownership::Tag,
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("name", "native name, unique in the domain"),
                Attribute::new("domain", "the domain it is in").change(Change::Fixed),
                Attribute::new("parent", "the project above it, or the domain; Keystone cannot move a project")
                    .change(Change::Fixed)
                    .instead(depth::INSTEAD),
                Attribute::new("enabled", "whether it can be used; quarantine switches it off"),
                Attribute::new("description", "one sentence"),
                Attribute::new("immutable", "whether Keystone refuses every other change of it and its deletion"),
                Attribute::new("tags", "native tags, written `key=value`"),
            ],
            lane: None,
            irreversible: true,
        };
        Self { schema }
    }
}

/// Fields of `settings` of a tenant.
pub(crate) fn settings() -> Vec<Field> {
    let doc = "whether Keystone itself refuses to change or delete the project, whoever asks";
    vec![Field::new("immutable", Shape::Bool, doc), network_share::setting(), default_group::setting()]
}

/// Address of a tenant's project.
pub(crate) fn address(platform: &str, tenant: &str) -> Address {
    Address::new(platform, KIND, tenant)
}

/// Address of a landing zone's project. Tenants and landing zones may have the same name.
pub(crate) fn zone_address(platform: &str, zone: &str) -> Address {
    Address::new(platform, KIND, format!("zone:{zone}"))
}

/// The nearest of these landing zones that is on the platform: one of other platforms only does not interrupt the tree.
pub(crate) fn zone_on<'a>(
    organization: &'a Organization,
    platform: &str,
    zone: Option<&str>,
) -> Option<&'a LandingZone> {
    let chain = organization.landing_zone_chain(zone).into_iter();
    chain.into_iter().find(|zone| is_on(zone, platform))
}

/// Whether a landing zone is on the platform.
pub(crate) fn is_on(zone: &LandingZone, platform: &str) -> bool {
    zone.platforms.is_empty() || zone.platforms.iter().any(|named| named.name == platform)
}

/// What a project stands under: its landing zone's project, or the domain.
fn parent(organization: &Organization, platform: &Platform, zone: Option<&str>) -> Value {
    match zone_on(organization, &platform.name, zone) {
        Some(zone) => Value::id_of(zone_address(&platform.name, &zone.name)),
        None => domain_of(&platform.name),
    }
}

fn want_zone(organization: &Organization, platform: &Platform, scope: &Scope, zone: &LandingZone) -> Desired {
    let mut desired = Desired::new(zone_address(&platform.name, &zone.name), &scope.name, &zone.origin);
    let name = zone.title.as_deref().unwrap_or(&zone.name);
    let above = zone.parent.as_ref().map(|parent| parent.name.as_str());
    desired.attributes = attributes([
        ("name", name.into()),
        ("domain", domain_of(&platform.name)),
        ("parent", parent(organization, platform, above)),
        ("enabled", true.into()),
        ("tags", marks::wanted(&zone.tags)),
    ]);
    desired.keys = vec![Key::new("name", name)];
    desired.adopt = zone.ids.get(&platform.name).cloned();
    desired.renamed_from = zone.renamed_from.iter().map(|old| zone_address(&platform.name, old)).collect();
    desired.mode = organization.mode_at(&platform.name, Some(&zone.name));
    if let LifeState::Retired { reason } = &zone.state {
        desired.retired = Some(reason.clone());
    }
    desired.group = Group { landing_zone: Some(zone.name.clone()), ..Group::default() };
    desired
}

fn want_tenant(organization: &Organization, platform: &Platform, scope: &Scope, tenant: &Tenant) -> Desired {
    let zone = tenant.landing_zone.as_ref().map(|zone| zone.name.as_str());
    let mut desired = Desired::new(address(&platform.name, &tenant.name), &scope.name, &tenant.origin);
    let name = tenant.title.as_deref().unwrap_or(&tenant.name);
    desired.attributes = attributes([
        ("name", name.into()),
        ("domain", domain_of(&platform.name)),
        ("parent", parent(organization, platform, zone)),
        ("enabled", (tenant.state == LifeState::Active).into()),
        ("tags", marks::wanted(&tenant.tags)),
    ]);
    if let Some((immutable, origin)) = organization.settings_of(tenant).get("immutable") {
        desired.attributes.insert("immutable".to_owned(), (*immutable).clone());
        desired.origins.push((*origin).clone());
    }
    desired.keys = vec![Key::new("name", name)];
    desired.adopt = tenant.id.clone();
    desired.renamed_from = tenant.renamed_from.iter().map(|old| address(&platform.name, old)).collect();
    desired.mode = organization.mode_at(&platform.name, zone);
    if let LifeState::Retired { reason } = &tenant.state {
        desired.retired = Some(reason.clone());
    }
    desired.group = group(tenant);
    desired
}

/// Where what belongs to a tenant is shown.
pub(crate) fn group(tenant: &Tenant) -> Group {
    Group {
        landing_zone: tenant.landing_zone.as_ref().map(|zone| zone.name.clone()),
        project: Some(tenant.project.clone()),
        tenant: Some(tenant.name.clone()),
    }
}

fn observe(scope: &Scope, project: &Json) -> Result<Observed, Error> {
    let (id, name) = (expected(project, "id", KIND)?, text(project, "name").unwrap_or_default());
    let domain = text(project, "domain_id").unwrap_or_default();
    let (tags, mark) = marks::of_tags(project);
    let option = project.get("options").and_then(|options| options.get("immutable")).and_then(Json::as_bool);
    let mut seen = observed(
        KIND,
        scope,
        id,
        name,
        attributes([
            ("name", name.into()),
            ("domain", domain.into()),
            ("parent", text(project, "parent_id").unwrap_or(domain).into()),
            ("enabled", project.get("enabled").and_then(Json::as_bool).unwrap_or(true).into()),
            ("description", text(project, "description").unwrap_or_default().into()),
            ("immutable", option.unwrap_or(false).into()),
            ("tags", tags),
        ]),
    );
    seen.keys = vec![Key::new("name", name)];
    seen.mark = mark;
    Ok(seen)
}

#[async_trait]
impl Kind for Project {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let Some(platform) = platform(organization, scope) else { return Vec::new() };
        let zones = organization.landing_zones_on(&platform.name);
        let mut all: Vec<_> = zones.map(|zone| want_zone(organization, platform, scope, zone)).collect();
        let tenants = organization.tenants_on(&platform.name);
        all.extend(tenants.map(|tenant| want_tenant(organization, platform, scope, tenant)));
        for desired in &mut all {
            desired.retired = desired.retired.take().or_else(|| retiring(platform));
        }
        all
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let all = all_of_domain(reader, &LIST_PROJECTS, "projects").await?;
        Ok(all.iter().map(|project| observe(reader.scope(), project)).collect::<Result<Vec<_>, _>>()?.into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let found = get(reader, &GET_PROJECT, &path("projects", id), "project").await?;
        found.map(|project| observe(reader.scope(), &project)).transpose()
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let name = ask.text("name")?;
        let mut project = json!({
            "name": name,
            "domain_id": ask.text("domain")?,
            "parent_id": ask.text("parent")?,
            "enabled": ask.after("enabled").and_then(Value::as_bool).unwrap_or(true),
            "tags": marks::tags(ask.after("tags"), ask.mark),
        });
        if let (Some(Value::Bool(true)), Some(members)) = (ask.after("immutable"), project.as_object_mut()) {
            members.insert("options".to_owned(), json!({ "immutable": true }));
        }
        let made = writer.send(&CREATE_PROJECT, "POST", "/projects", json!({ "project": project })).await;
        let answer = made.map_err(|error| depth::explain(taken(error, name), ask))?;
        Ok(expected(answer.get("project").unwrap_or(&answer), "id", KIND)?.to_owned())
    }

    /// Keystone takes no other change of what is immutable: it is made open for the moment.
    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let id = ask.id()?;
        if ask.changes("enabled") && ask.after("enabled").and_then(Value::as_bool) == Some(false) {
            spare_own(writer.reader(), ask, own::PLACE, KIND)?;
        }
        let locked = is_locked(ask);
        let lock = ask.after("immutable").and_then(Value::as_bool);
        let others = ask.changed.iter().any(|name| name != "immutable");
        let open = locked && (others || lock == Some(false));
        if open {
            make_immutable(writer, id, false).await?;
        }
        match write(writer, ask).await {
            Ok(()) if lock.unwrap_or(locked) && (open || !locked) => make_immutable(writer, id, true).await,
            Ok(()) => Ok(()),
            Err(error) => Err(close_again(writer, id, open, error).await),
        }
    }

    /// Only an empty one: what the other services keep for a project would be left without an owner.
    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let id = ask.id()?;
        spare_own(writer.reader(), ask, own::PLACE, KIND)?;
        let children = list(writer.reader(), &LIST_PROJECTS, "/projects", &[("parent_id", id)], "projects").await?;
        let mut inside = contents::of(writer.reader(), id).await?;
        if !children.is_empty() {
            inside.push(format!("{} projects", children.len()));
        }
        if !inside.is_empty() {
            let message = format!("the project is not empty: it holds {}", inside.join(", "));
            return Err(Error::new(Problem::Invalid, ask.address.to_string(), message)
                .help("end or move what is in it first: it would be left without an owner"));
        }
        let open = is_locked(ask);
        if open {
            gone(make_immutable(writer, id, false).await.map(|()| Json::Null))?;
        }
        match gone(writer.send(&DELETE_PROJECT, "DELETE", &path("projects", id), Json::Null).await) {
            Err(error) => Err(close_again(writer, id, open, error).await),
            deleted => deleted,
        }
    }
}

fn is_locked(ask: &Ask<'_>) -> bool {
    ask.before.get("immutable").and_then(Value::as_bool) == Some(true)
}

/// Whatever was refused: what was opened for it is not left open.
async fn close_again(writer: &Writer, id: &str, open: bool, mut error: Error) -> Error {
    if open && let Err(second) = make_immutable(writer, id, true).await {
        error.message = format!(
            "{}; it was opened for this, and could not be made immutable again: {}",
            error.message, second.message
        );
    }
    error
}

async fn write(writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
    let mut members = Members::new();
    for name in ["name", "enabled", "description"] {
        if let (true, Some(value)) = (ask.changes(name), ask.after(name)) {
            members.insert(name.to_owned(), value.to_json());
        }
    }
    if !members.is_empty() {
        let body = json!({ "project": members });
        let name = ask.text("name").unwrap_or_default();
        let patched = writer.send(&UPDATE_PROJECT, "PATCH", &path("projects", ask.id()?), body).await;
        patched.map_err(|error| branches(taken(error, name)))?;
    }
    if ask.changes("tags") || ask.changes(MARK_ATTRIBUTE) || ask.mark.is_some() {
        write_tags(writer, ask).await?;
    }
    Ok(())
}

async fn make_immutable(writer: &Writer, id: &str, immutable: bool) -> Result<(), Error> {
    let body = json!({ "project": { "options": { "immutable": immutable } } });
    writer.send(&UPDATE_PROJECT, "PATCH", &path("projects", id), body).await.map(drop)
}

/// Tags are written as a whole: where the manifest is silent, those that are there stay.
async fn write_tags(writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
    let id = ask.id()?;
    let mark = match (ask.mark, ask.changes(MARK_ATTRIBUTE)) {
        (Some(mark), _) => Some(mark.clone()),
        (None, true) => None,
        // The mark is not at issue, but would be lost with the other tags.
        (None, false) => {
            let found = get(writer.reader(), &GET_PROJECT, &path("projects", id), "project").await?;
            found.and_then(|project| marks::of_tags(&project).1)
        }
    };
    let tags = marks::tags(ask.after("tags").or_else(|| ask.before.get("tags")), mark.as_ref());
    let body = marks::tags_body(&tags);
    writer.send(&UPDATE_PROJECT_TAGS, "PUT", &format!("{}/tags", path("projects", id)), body).await.map(drop)
}

fn taken(error: Error, name: &str) -> Error {
    if !error.is(Problem::AlreadyExists) {
        return error;
    }
    error.help(format!(
        "names of projects are unique in a domain, and there is a `{name}` already: plan again to see it, adopt it with `id:`, or \
         write another `title`"
    ))
}

/// A branch of the tree is switched on from above and off from below.
fn branches(error: Error) -> Error {
    let said = error.message.to_lowercase();
    if error.is(Problem::Invalid) && (said.contains("subtree") || said.contains("hierarchy") || said.contains("parent"))
    {
        return error.help(
            "Keystone switches a project off only when all below it are off, and on only when all above it are on",
        );
    }
    error
}
