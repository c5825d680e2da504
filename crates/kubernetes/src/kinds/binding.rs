//! What both sorts of bindings share. A native binding gives one role to many subjects; here each subject is a resource of
//! its own, because access is one principal, one role, one place. What we make has one subject.
//!
//! The role of a binding can never be changed: a new binding is made first, and the old one goes after it.

use std::collections::BTreeSet;

use async_trait::async_trait;
use polity_model::{
    Digest, Map, Value,
    organization::Organization,
    resource::{Desired, Key, Mark, Observed, Scope},
    schema::{Attribute, Change, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Problem, Reader, Writer};
use serde_json::{Value as Json, json};

use super::object::{CLUSTER, NAMESPACE, blank, merge};
use crate::{
    client::{self, CHANGED, Target, text},
    names::{self, MANAGED_BY, MARK, subject_text},
    operations::{CLUSTER_ROLES, Resource},
};

/// Whose a binding is that gives something to a service account and was not made by us.
const OF_A_WORKLOAD: &str = "a workload's own";
/// Whose a binding is that lets us in, and was not made by us: taking it back would lock us out.
const OUR_OWN: &str = "what lets Polity in";
/// How often a change of somebody else's binding is tried anew while others change it too.
const TRIES: usize = 5;
/// Names that are tried for a new binding, where somebody has taken the plain one.
const NAMES: usize = 9;
/// Longest name that is made, in characters.
const NAME_MAX: usize = 200;

/// What differs between bindings in namespaces and in the whole cluster.
pub(crate) struct Sort {
    pub(crate) kind: &'static str,
    pub(crate) title: &'static str,
    pub(crate) resource: &'static Resource,
    /// The attribute with the place.
    pub(crate) place: &'static str,
    /// The kind of the place.
    pub(crate) of: &'static str,
    pub(crate) wanted: fn(&Organization, &Scope) -> Vec<Desired>,
}

/// A kind of bindings.
pub(crate) struct Binding {
    schema: Schema,
    sort: Sort,
}

impl Binding {
    pub(crate) fn new(sort: Sort) -> Self {
        let fixed = |name, doc| Attribute::new(name, doc).change(Change::Replace);
        let schema = Schema {
            kind: sort.kind,
            title: sort.title,
            level: CLUSTER,
            nature: Nature::Link,
            ownership: Ownership::Through { kind: sort.of, attribute: sort.place },
            effect: Effect::Grants { principal: "principal", role: "role", place: sort.place, below: None },
            attributes: vec![
                fixed("principal", "the subject: `User:`, `Group:` or `ServiceAccount:` and its name"),
                fixed("role", "the cluster role"),
                fixed(sort.place, "where it holds"),
            ],
            lane: None,
            irreversible: false,
        };
        Self { schema, sort }
    }

    /// The subjects of a native binding, each as a resource.
    fn observed(&self, reader: &Reader, binding: &Json) -> Vec<Observed> {
        let Some(name) = text(binding, "/metadata/name") else { return Vec::new() };
        let namespace = text(binding, "/metadata/namespace");
        let place =
            namespace.map(str::to_owned).or_else(|| reader.fact("cluster_id").map(str::to_owned)).unwrap_or_default();
        let role = role_of(binding, namespace);
        let whole = names::id_of(self.sort.resource, namespace, name);
        let ours = names::mark_of(binding).is_some();
        let subjects = binding.get("subjects").and_then(Json::as_array).into_iter().flatten();
        let each = subjects.filter_map(|subject| subject_text(subject, namespace)).map(|principal| {
            let values = [place.as_str(), role.as_str(), principal.as_str()].map(Value::text);
            let names = [self.sort.place, "role", "principal"];
            let attributes: Map = names.into_iter().map(str::to_owned).zip(values.clone()).collect();
            let mut seen = blank(self.sort.kind, reader.scope(), format!("{whole}#{principal}"), attributes);
            seen.name = format!(
                "{principal} in {}",
                whole.trim_start_matches(self.sort.resource.plural).trim_start_matches('/')
            );
            seen.keys = vec![key(values)];
            let whose = vendor(binding, &principal, ours);
            seen.vendor = whose.or_else(|| lets_us_in(reader, &principal, namespace, ours).then(|| OUR_OWN.to_owned()));
            seen
        });
        each.collect()
    }

    fn target<'i>(&self, id: &'i str) -> (Target<'i>, &'i str) {
        let (whole, principal) = id.split_once('#').unwrap_or((id, ""));
        let (namespace, name) = names::parts_of(self.sort.resource, whole);
        (Target { resource: self.sort.resource, namespace, name }, principal)
    }

    /// Takes one subject out of a binding, and ends one that is left without any.
    async fn without(&self, writer: &Writer, target: &Target<'_>, principal: &str) -> Result<(), Error> {
        let Some(mut binding) = client::get(writer.reader(), target).await? else { return Ok(()) };
        let Some(subjects) = binding.get_mut("subjects").and_then(Json::as_array_mut) else { return Ok(()) };
        let before = subjects.len();
        subjects.retain(|subject| subject_text(subject, target.namespace).as_deref() != Some(principal));
        match (subjects.len(), before) {
            (after, before) if after == before => Ok(()),
            // Whoever adds a subject meanwhile keeps it.
            (0, _) => client::delete(writer, target, &binding, true).await,
            _ => client::replace(writer, target, &binding).await,
        }
    }
}

#[async_trait]
impl Kind for Binding {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        (self.sort.wanted)(organization, scope)
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let mut bindings = client::list(reader, self.sort.resource).await?;
        bindings.sort_by_cached_key(|binding| {
            let part = |name: &str| text(binding, name).unwrap_or_default().to_owned();
            (names::mark_of(binding).is_none(), part("/metadata/namespace"), part("/metadata/name"))
        });
        let seen = bindings.iter().flat_map(|binding| self.observed(reader, binding));
        Ok(told_apart(seen).into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let (target, _) = self.target(id);
        let binding = client::get(reader, &target).await?;
        Ok(binding.and_then(|binding| self.observed(reader, &binding).into_iter().find(|one| one.id == id)))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let (role, principal) = (ask.text("role")?, ask.text("principal")?);
        let namespace = if self.sort.resource.namespaced { Some(ask.text(NAMESPACE)?) } else { None };
        let plain = name_for(role, principal);
        for number in 1..=NAMES {
            let name = if number == 1 { plain.clone() } else { format!("{plain}:{number}") };
            let target = Target { resource: self.sort.resource, namespace, name: &name };
            match client::create(writer, &target, &body(&target, ask, role, principal)).await {
                // Somebody has taken the name: perhaps what is to be replaced, whose role cannot be changed.
                Err(error) if error.is(Problem::AlreadyExists) && number < NAMES => {
                    if let Some(id) = self.same(writer.reader(), &target, role, principal).await? {
                        return Ok(id);
                    }
                }
                made => {
                    return made.map(|()| format!("{}#{principal}", names::id_of(target.resource, namespace, &name)));
                }
            }
        }
        Err(Error::new(
            Problem::AlreadyExists,
            ask.address.to_string(),
            format!("bindings called `{plain}` are there already"),
        ))
    }

    async fn update(&self, _writer: &Writer, _ask: &Ask<'_>) -> Result<(), Error> {
        Ok(()) // all attributes are its identity: another value is another binding
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let (target, principal) = self.target(ask.id()?);
        for _ in 1..TRIES {
            match self.without(writer, &target, principal).await {
                Err(error) if error.code.as_deref() == Some(CHANGED) => {}
                ended => return ended,
            }
        }
        self.without(writer, &target, principal).await
    }
}

impl Binding {
    /// The id of a binding of this name, if it gives just this: a run that was cut off may have made it.
    async fn same(
        &self,
        reader: &Reader,
        target: &Target<'_>,
        role: &str,
        principal: &str,
    ) -> Result<Option<String>, Error> {
        let Some(binding) = client::get(reader, target).await? else { return Ok(None) };
        let holds = |one: &Observed| {
            one.attributes.get("role").and_then(Value::as_text) == Some(role)
                && one.attributes.get("principal").and_then(Value::as_text) == Some(principal)
        };
        Ok(self.observed(reader, &binding).into_iter().find(holds).map(|one| one.id))
    }
}

/// What identifies a binding: place, role and principal.
pub(crate) fn key(values: [Value; 3]) -> Key {
    Key::new("place, role and principal", values.to_vec())
}

/// The same access given twice is one access: the first of them (ours, where there is one) stands for it, and the others are
/// what nobody asks for. A subject that a binding names twice is one subject.
fn told_apart(seen: impl Iterator<Item = Observed>) -> Vec<Observed> {
    let (mut ids, mut keys) = (BTreeSet::new(), BTreeSet::new());
    let mut found: Vec<Observed> = seen.filter(|one| ids.insert(one.id.clone())).collect();
    for one in &mut found {
        one.keys.retain(|key| keys.insert(key.clone()));
    }
    found
}

/// Whose a subject of a binding is, where it is nobody's of the manifest. A binding that everybody finds in a new cluster may
/// have got further subjects by hand, and any name may be taken for one: of people and groups only those are Kubernetes'
/// own that it made, and what lets everybody in only where Kubernetes itself did.
fn vendor(binding: &Json, principal: &str, ours: bool) -> Option<String> {
    let (kind, name) = principal.split_once(':').unwrap_or_default();
    let kubernetes = || Some(names::KUBERNETES.to_owned());
    if ours {
        return None;
    }
    match (names::vendor_of(binding).is_some(), kind) {
        (true, "ServiceAccount") => kubernetes(),
        (false, "ServiceAccount") => Some(OF_A_WORKLOAD.to_owned()),
        (true, _) if names::is_theirs(name) || names::is_within_the_system(binding) => kubernetes(),
        (false, _) if name.starts_with("system:serviceaccounts:") => Some(OF_A_WORKLOAD.to_owned()),
        (false, _) if names::is_theirs(name) && !is_everybody(name) => kubernetes(),
        _ => None,
    }
}

/// Groups and users that anybody is.
fn is_everybody(name: &str) -> bool {
    ["system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccounts"].contains(&name)
}

/// Whether we are this subject. What we gave ourselves by the manifest is taken back by it, and a brake watches over the
/// people in it; over an account that we run as, none does. What lets everybody in is not how we get in, though we are one of them.
fn lets_us_in(reader: &Reader, principal: &str, namespace: Option<&str>, ours: bool) -> bool {
    if principal.split_once(':').is_some_and(|(_, name)| is_everybody(name)) {
        return false;
    }
    let whole = match (principal.split_once(':'), namespace) {
        (Some(("ServiceAccount", name)), Some(namespace)) if !name.contains('/') => {
            format!("ServiceAccount:{namespace}/{name}")
        }
        _ => principal.to_owned(),
    };
    let ourselves = reader.fact("ourselves").unwrap_or_default().lines().any(|subject| subject == whole);
    ourselves && (!ours || whole.starts_with("ServiceAccount:"))
}

/// Native id of the role that a binding gives.
fn role_of(binding: &Json, namespace: Option<&str>) -> String {
    let name = text(binding, "/roleRef/name").unwrap_or_default();
    match (text(binding, "/roleRef/kind"), namespace) {
        (Some("Role"), Some(namespace)) => format!("roles/{namespace}/{name}"),
        _ => names::id_of(&CLUSTER_ROLES, None, name),
    }
}

/// A name that tells people what the binding gives to whom.
fn name_for(role: &str, principal: &str) -> String {
    let role = names::parts_of(&CLUSTER_ROLES, role).1;
    let (kind, name) = principal.split_once(':').unwrap_or(("", principal));
    let plain = format!("polity:{role}:{}:{name}", kind.to_lowercase()).replace(['/', '%'], "-");
    if plain.chars().count() <= NAME_MAX {
        return plain;
    }
    let head: String = plain.chars().take(NAME_MAX).collect();
    let digest = Digest::of(plain.as_bytes()).to_string();
    let tail: String = digest.chars().rev().take(12).collect();
    format!("{head}:{tail}")
}

fn body(target: &Target<'_>, ask: &Ask<'_>, role: &str, principal: &str) -> Json {
    let (kind, name) = principal.split_once(':').unwrap_or(("User", principal));
    let subject = match (kind, target.namespace) {
        ("ServiceAccount", namespace) => match name.split_once('/') {
            Some((namespace, name)) => json!({"kind": kind, "name": name, "namespace": namespace}),
            None => json!({"kind": kind, "name": name, "namespace": namespace}),
        },
        _ => json!({"kind": kind, "name": name, "apiGroup": "rbac.authorization.k8s.io"}),
    };
    let role = names::parts_of(&CLUSTER_ROLES, role).1;
    let mut body = target.head();
    let (label, ours) = MANAGED_BY;
    merge(
        &mut body,
        json!({
            "metadata": {"labels": {(label): ours}, "annotations": {(MARK): marked(ask)}},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [subject],
        }),
    );
    body
}

/// Bindings are known by what they give; the mark is there for people, and tells ours from a workload's own.
fn marked(ask: &Ask<'_>) -> String {
    ask.mark.map_or_else(|| format!("polity:{}", ask.address), Mark::written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_given_to_whom() {
        assert_eq!(name_for("clusterroles/edit", "Group:payments"), "polity:edit:group:payments");
        assert_eq!(name_for("clusterroles/edit", "User:https://id/ada"), "polity:edit:user:https:--id-ada");
        let (one, other) = (name_for("clusterroles/a", &"x".repeat(300)), name_for("clusterroles/a", &"x".repeat(301)));
        assert!(one != other && one.len() < 253);
    }

    #[test]
    fn what_belongs_to_workloads_and_to_kubernetes_is_theirs() {
        let plain = json!({"metadata": {"name": "a"}});
        assert_eq!(vendor(&plain, "User:ada", false), None);
        assert_eq!(vendor(&plain, "ServiceAccount:ci", true), None);
        assert_eq!(vendor(&plain, "ServiceAccount:ci", false).as_deref(), Some(OF_A_WORKLOAD));
        assert_eq!(vendor(&plain, "Group:system:masters", false).as_deref(), Some(names::KUBERNETES));
        assert_eq!(vendor(&plain, "Group:system:serviceaccounts:ci", false).as_deref(), Some(OF_A_WORKLOAD));
    }

    #[test]
    fn what_hands_add_to_what_a_cluster_is_born_with_is_not_its_own() {
        let born =
            json!({"metadata": {"name": "cluster-admin", "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}});
        assert_eq!(vendor(&born, "Group:system:masters", false).as_deref(), Some(names::KUBERNETES));
        assert_eq!(vendor(&born, "User:eve", false), None);
        assert_eq!(
            vendor(&json!({"metadata": {"name": "system:mine"}}), "User:eve", false),
            None,
            "a name proves nothing"
        );
        let within = json!({"metadata": {"name": "a", "namespace": "kube-system"}});
        assert!(vendor(&within, "User:eve", false).is_some(), "the cluster's own namespaces are left alone");
    }

    #[test]
    fn what_lets_everybody_in_is_seen() {
        let plain = json!({"metadata": {"name": "open-house"}});
        let born = json!({"metadata": {"name": "system:discovery"}});
        for everybody in ["Group:system:authenticated", "Group:system:unauthenticated", "User:system:anonymous"] {
            assert_eq!(vendor(&plain, everybody, false), None, "{everybody}");
            assert!(vendor(&born, everybody, false).is_some(), "{everybody}");
        }
    }

    #[test]
    fn access_that_is_given_twice_is_one_access() {
        let one = |id: &str| {
            let name = "cluster".to_owned();
            let scope = Scope { platform: name.clone(), level: name.clone(), name, tenant: None, entry: None };
            let mut seen = blank("role-binding", &scope, id.to_owned(), Map::new());
            seen.keys = vec![key(["shop", "clusterroles/edit", "Group:a"].map(Value::text))];
            seen
        };
        let found = told_apart(
            ["rolebindings/shop/a#1", "rolebindings/shop/b#1", "rolebindings/shop/a#1"].map(one).into_iter(),
        );
        let keyed: Vec<(&str, usize)> = found.iter().map(|one| (one.id.as_str(), one.keys.len())).collect();
        assert_eq!(keyed, [("rolebindings/shop/a#1", 1), ("rolebindings/shop/b#1", 0)]);
    }
}
