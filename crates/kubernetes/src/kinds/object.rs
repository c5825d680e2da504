//! What all kinds share that are objects of the API with fields of their own: listing, reading, applying, ending, and our
//! mark, which is an annotation. A kind says in a [`Form`] what is asked for and what an object holds.

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    organization::{LifeState, Mode, Organization, Tenant},
    resource::{Desired, Group, Key, MARK_ATTRIBUTE, Mark, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::namespace;
use crate::{
    client::{self, FIELD_MANAGER, Target, text},
    names::{self, MANAGED_BY, MARK},
    operations::Resource,
};

/// Level of the one scope of a cluster.
pub(crate) const CLUSTER: &str = "cluster";
/// The attribute that says in which namespace something stands.
pub(crate) const NAMESPACE: &str = "namespace";
/// The attribute that says that fields of other managers are taken over.
pub(crate) const TAKES_OVER: &str = "takes_over";

/// What the shape of an object is where nobody but us wrote it.
pub(crate) const AS_MADE: &str = "as made";
/// What it is otherwise.
pub(crate) const ALTERED: &str = "altered";

/// What differs from one kind of object to the next.
#[async_trait]
pub(crate) trait Form: Send + Sync {
    /// Its schema.
    fn schema(&self) -> &Schema;

    /// Its place in the API.
    fn resource(&self) -> &'static Resource;

    /// What is asked for.
    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired>;

    /// What an object holds.
    fn held(&self, object: &Json) -> Map;

    /// The name that a new one gets.
    fn name(&self, ask: &Ask<'_>) -> Result<String, Error>;

    /// What is applied, beside name and mark.
    fn body(&self, ask: &Ask<'_>) -> Result<Json, Error>;

    /// The part of an object that is ours alone, so that nothing stays in it which we did not apply.
    fn whole(&self) -> Option<&'static str> {
        None
    }

    /// Whether an object holds something that no update can take out of it: it is made anew then.
    fn is_frozen(&self, _object: &Json) -> bool {
        false
    }

    /// Who made it, where that was the cluster itself.
    fn vendor(&self, object: &Json) -> Option<String> {
        names::vendor_of(object)
    }

    /// Its state in words, if it is ending.
    fn ended(&self, _object: &Json) -> Option<String> {
        None
    }

    /// What is still to be waited for once its end was asked for.
    async fn end(&self, _reader: &Reader, _target: &Target<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// Makes a kind of a form.
pub(crate) struct ObjectKind<F>(pub(crate) F);

impl<F: Form> ObjectKind<F> {
    fn observed(&self, scope: &Scope, object: &Json) -> Option<Observed> {
        let resource = self.0.resource();
        let name = text(object, "/metadata/name")?;
        let namespace = text(object, "/metadata/namespace");
        let mut attributes = self.0.held(object);
        attributes.extend(namespace.map(|namespace| (NAMESPACE.to_owned(), Value::text(namespace))));
        let mut seen = blank(self.0.schema().kind, scope, names::id_of(resource, namespace, name), attributes);
        seen.name = namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"));
        seen.keys = vec![key(namespace.map(Value::text), name)];
        seen.mark = names::mark_of(object);
        seen.vendor = self.0.vendor(object);
        seen.ended = self.0.ended(object);
        Some(seen)
    }

    fn target<'i>(&self, id: &'i str) -> Target<'i> {
        let (namespace, name) = names::parts_of(self.0.resource(), id);
        Target { resource: self.0.resource(), namespace, name }
    }

    /// Applies all that is asked for, with this mark, to an object as it was before or to none. What we held and do not name
    /// any more is taken away by the server itself; what others added to a part that is ours alone is taken away first,
    /// where we may, and told as theirs where we may not.
    async fn apply(
        &self,
        writer: &Writer,
        ask: &Ask<'_>,
        target: &Target<'_>,
        mark: Option<&Mark>,
        before: Option<&Json>,
    ) -> Result<(), Error> {
        let mut body = target.head();
        merge(&mut body, self.0.body(ask)?);
        if let Some(mark) = mark {
            merge(&mut body, marked(mark));
        }
        let (Some(part), Some(before)) = (self.0.whole(), before) else {
            return client::apply(writer, target, FIELD_MANAGER, takes_over(ask), &body).await;
        };
        if let Some(surplus) = surplus_of(before, &body, part).filter(|_| takes_over(ask)) {
            client::take_away(writer, target, &json!({(part): surplus})).await?;
        }
        client::apply(writer, target, FIELD_MANAGER, takes_over(ask), &body).await?;
        if takes_over(ask) {
            return Ok(());
        }
        let Some(object) = client::get(writer.reader(), target).await? else { return Ok(()) };
        match surplus_of(&object, &body, part) {
            Some(surplus) => Err(held_by_others(ask, &object, part, &surplus)),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl<F: Form> Kind for ObjectKind<F> {
    fn schema(&self) -> &Schema {
        self.0.schema()
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        self.0.wanted(organization, scope)
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let objects = client::list(reader, self.0.resource()).await?;
        Ok(objects.iter().filter_map(|object| self.observed(reader.scope(), object)).collect::<Vec<_>>().into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let object = client::get(reader, &self.target(id)).await?;
        Ok(object.and_then(|object| self.observed(reader.scope(), &object)))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let name = self.0.name(ask)?;
        let resource = self.0.resource();
        let namespace = if resource.namespaced { Some(ask.text(NAMESPACE)?) } else { None };
        let target = Target { resource, namespace, name: &name };
        // Applying to what is there already would quietly take a part of it over.
        if let Some(object) = client::get(writer.reader(), &target).await? {
            let ending = self.0.ended(&object).map(|ended| format!("; it is {ended}")).unwrap_or_default();
            let why = format!("the {} `{name}` is there already{ending}", self.0.schema().title);
            return Err(Error::new(Problem::AlreadyExists, ask.address.to_string(), why)
                .help("plan again: it was made since the plan was"));
        }
        self.apply(writer, ask, &target, ask.mark, None).await?;
        Ok(names::id_of(resource, namespace, &name))
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let target = self.target(ask.id()?);
        let object = standing(writer.reader(), ask, &target).await?;
        let kept = match ask.mark {
            Some(mark) => Some(mark.clone()),
            None if ask.changes(MARK_ATTRIBUTE) => None,
            // Whatever is not applied again is taken away: the mark is applied again.
            None => names::mark_of(&object),
        };
        let frozen = takes_over(ask) && self.0.is_frozen(&object);
        if frozen {
            client::delete(writer, &target, &object, false).await?;
        }
        self.apply(writer, ask, &target, kept.as_ref(), Some(&object).filter(|_| !frozen)).await
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let target = self.target(ask.id()?);
        let Some(object) = client::get(writer.reader(), &target).await? else { return Ok(()) };
        if let Some(whose) = self.0.vendor(&object) {
            let why = format!("the {} `{}` is {whose}: it is not ended from here", self.0.schema().title, target.name);
            return Err(Error::new(Problem::Invalid, ask.address.to_string(), why).help("plan again"));
        }
        client::delete(writer, &target, &object, false).await?;
        self.0.end(writer.reader(), &target).await
    }
}

/// The object that is to be changed. Applying to one that is gone would make it anew, without what else it was.
pub(crate) async fn standing(reader: &Reader, ask: &Ask<'_>, target: &Target<'_>) -> Result<Json, Error> {
    let found = client::get(reader, target).await?;
    found.ok_or_else(|| {
        let kind = target.resource.kind.to_lowercase();
        let why = format!("the {kind} `{}` is not there any more", target.name);
        Error::new(Problem::NotFound, ask.address.to_string(), why).help("plan again: it ended since the plan was")
    })
}

/// An object that was read, with nothing but what identifies it and what it holds.
pub(crate) fn blank(kind: &str, scope: &Scope, id: String, attributes: Map) -> Observed {
    Observed {
        kind: kind.to_owned(),
        scope: scope.name.clone(),
        name: id.clone(),
        id,
        attributes,
        keys: Vec::new(),
        mark: None,
        vendor: None,
        ended: None,
    }
}

/// The schema of a kind whose objects carry our mark.
pub(crate) fn schema(
    kind: &'static str,
    title: &'static str,
    nature: Nature,
    effect: Effect,
    attributes: Vec<Attribute>,
) -> Schema {
    Schema {
        kind,
        title,
        level: CLUSTER,
        nature,
        ownership: Ownership::Tag,
        effect,
        attributes,
        lane: None,
        irreversible: false,
    }
}

/// The attribute that says in which namespace something stands.
pub(crate) fn namespace_attribute() -> Attribute {
    Attribute::new(NAMESPACE, "the namespace it stands in").change(Change::Replace)
}

/// The attribute that says that fields of other managers are taken over.
pub(crate) fn takes_over_attribute() -> Attribute {
    Attribute::new(TAKES_OVER, "whether fields that another field manager holds are taken over: in `mode: own` alone")
        .change(Change::ReadOnly)
}

/// Whether fields of other managers are taken over in this write.
pub(crate) fn takes_over(ask: &Ask<'_>) -> bool {
    ask.after(TAKES_OVER).and_then(Value::as_bool).unwrap_or(false)
}

/// What identifies an object: its name, with its namespace where it stands in one.
pub(crate) fn key(namespace: Option<Value>, name: &str) -> Key {
    match namespace {
        Some(namespace) => Key::new("namespace and name", vec![namespace, Value::text(name)]),
        None => Key::new("name", name),
    }
}

/// Tenants on the platform of a scope that have not ended and are not to end.
pub(crate) fn tenants<'o>(organization: &'o Organization, scope: &'o Scope) -> Vec<&'o Tenant> {
    if names::platform(organization, &scope.platform).is_none() {
        return Vec::new();
    }
    let ends = |tenant: &Tenant| matches!(tenant.state, LifeState::Retired { .. });
    organization.tenants_on(&scope.platform).filter(|tenant| !ends(tenant)).collect()
}

/// The mode that holds for a tenant.
pub(crate) fn mode_of(organization: &Organization, tenant: &Tenant) -> Mode {
    organization.mode_at(&tenant.platform.name, tenant.landing_zone.as_ref().map(|zone| zone.name.as_str()))
}

/// Where what belongs to a tenant is shown.
pub(crate) fn group_of(tenant: &Tenant) -> Group {
    Group {
        landing_zone: tenant.landing_zone.as_ref().map(|zone| zone.name.clone()),
        project: Some(tenant.project.clone()),
        tenant: Some(tenant.name.clone()),
    }
}

/// Something of this native name that is asked for in the namespace of a tenant, at the address `name` of which the
/// tenant's name is a part.
pub(crate) fn in_tenant(
    organization: &Organization,
    scope: &Scope,
    tenant: &Tenant,
    kind: &str,
    native: &str,
    name: impl Fn(&str) -> String,
) -> Desired {
    let address = |tenant: &str| Address::new(&scope.platform, kind, name(tenant));
    let mut desired = Desired::new(address(&tenant.name), &scope.name, &tenant.origin);
    let namespace = Value::id_of(namespace::address(&scope.platform, &tenant.name));
    desired.keys = vec![key(Some(namespace.clone()), native)];
    desired.attributes.insert(NAMESPACE.to_owned(), namespace);
    desired.renamed_from = tenant.renamed_from.iter().map(|old| address(old)).collect();
    desired.group = group_of(tenant);
    with_mode(&mut desired, mode_of(organization, tenant));
    desired
}

/// Sets the mode of something that is asked for, and what it means for fields of others.
pub(crate) fn with_mode(desired: &mut Desired, mode: Mode) {
    desired.mode = mode;
    if mode == Mode::Own {
        desired.attributes.insert(TAKES_OVER.to_owned(), true.into());
    }
}

/// The part of a body that marks an object as ours.
fn marked(mark: &Mark) -> Json {
    let (label, value) = MANAGED_BY;
    json!({"metadata": {"annotations": {(MARK): mark.written()}, "labels": {(label): value}}})
}

/// Lays one object over another, member by member.
pub(crate) fn merge(into: &mut Json, from: Json) {
    match (into, from) {
        (Json::Object(into), Json::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Json::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// Adds a member where it is missing.
pub(crate) fn merge_missing(into: &mut Json, name: &str, value: Json) {
    if let Some(into) = into.as_object_mut() {
        into.entry(name).or_insert(value);
    }
}

/// What has to be patched in a part of an object so that nothing is left in it but what a body says.
fn surplus_of(object: &Json, body: &Json, part: &str) -> Option<Json> {
    match (object.get(part), body.get(part)) {
        (None | Some(Json::Null), _) => None,
        (Some(_), None) => Some(Json::Null),
        (Some(there), Some(ours)) => surplus(there, ours),
    }
}

/// What has to be patched so that nothing is left that is not in `ours`: `null` for each member that is too much.
fn surplus(there: &Json, ours: &Json) -> Option<Json> {
    let (there, ours) = (there.as_object()?, ours.as_object()?);
    let mut patch = serde_json::Map::new();
    for (name, value) in there {
        match ours.get(name) {
            None if value.is_null() => {}
            None => drop(patch.insert(name.clone(), Json::Null)),
            Some(own) => patch.extend(surplus(value, own).map(|deeper| (name.clone(), deeper))),
        }
    }
    (!patch.is_empty()).then_some(Json::Object(patch))
}

fn held_by_others(ask: &Ask<'_>, object: &Json, part: &str, surplus: &Json) -> Error {
    let managers = object.pointer("/metadata/managedFields").and_then(Json::as_array).into_iter().flatten();
    let others =
        managers.filter(|entry| entry.pointer("/fieldsV1").and_then(|all| all.get(format!("f:{part}"))).is_some());
    let mut others: Vec<&str> =
        others.filter_map(|entry| text(entry, "/manager")).filter(|name| *name != FIELD_MANAGER).collect();
    others.sort_unstable();
    others.dedup();
    let named: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
    let mut fields: Vec<String> = Vec::new();
    paths(surplus, part, &mut fields);
    let why = format!("`{}` belongs to the field manager {}", fields.join("`, `"), named.join(" or "));
    let mut error = Error::new(Problem::Invalid, ask.address.to_string(), why)
        .help("take it away there, or set `mode: own` here to have it taken away");
    error.code = Some(client::FOREIGN_FIELDS.to_owned());
    error
}

/// The paths of all that is `null`.
fn paths(patch: &Json, at: &str, found: &mut Vec<String>) {
    match patch.as_object() {
        Some(members) => members.iter().for_each(|(name, inner)| paths(inner, &format!("{at}.{name}"), found)),
        None => found.push(at.to_owned()),
    }
}

/// An attribute as JSON; `null` where it is not known.
pub(crate) fn json_after(ask: &Ask<'_>, name: &str) -> Json {
    ask.after(name).map(Value::to_json).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_added_is_taken_away_and_nothing_else() {
        let there = json!({"hard": {"pods": "5", "services": "9"}, "scopes": ["x"]});
        let ours = json!({"hard": {"pods": "6"}});
        let patch = surplus(&there, &ours).unwrap();
        assert_eq!(patch, json!({"hard": {"services": null}, "scopes": null}));
        let mut named = Vec::new();
        paths(&patch, "spec", &mut named);
        assert_eq!(named, ["spec.hard.services", "spec.scopes"]);
        assert_eq!(surplus(&ours, &there), None);
    }

    #[test]
    fn bodies_are_laid_over_each_other() {
        let mut body = json!({"metadata": {"name": "a", "labels": {"x": "1"}}});
        merge(&mut body, json!({"metadata": {"labels": {"y": "2"}}, "spec": {"hard": {}}}));
        assert_eq!(body, json!({"metadata": {"name": "a", "labels": {"x": "1", "y": "2"}}, "spec": {"hard": {}}}));
    }
}
