//! What things are called in a cluster: namespaces, subjects, native ids, and our mark.

use std::collections::BTreeMap;

use polity_model::{
    Digest, Value,
    organization::{LifeState, Organization, Platform, Principal, Tenant},
    resource::Mark,
};
use serde_json::Value as Json;

use crate::{client::text, operations::Resource};

/// The type of our platforms, as the manifest writes it.
pub(crate) const TYPE: &str = "kubernetes";
/// The annotation that holds our mark.
pub(crate) const MARK: &str = "polity/address";
/// The label that goes with it, for those who look with `kubectl -l`.
pub(crate) const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "polity");
/// Whose something is that every cluster has.
pub(crate) const KUBERNETES: &str = "part of Kubernetes";
/// What the names of objects begin with that Kubernetes or who runs it for others makes.
const THEIRS: &[&str] = &["system:", "kubeadm:", "eks:", "gce:", "gke:", "aks:"];
/// Longest name of a namespace.
pub(crate) const LABEL_MAX: usize = 63;

/// What a platform's own fields say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) context: Option<String>,
    pub(crate) cluster_id: Option<String>,
    pub(crate) user_prefix: String,
    pub(crate) group_prefix: String,
}

impl Fields {
    pub(crate) fn of(native: &Value) -> Self {
        let text = |name: &str| native.get(name).and_then(Value::as_text).map(str::to_owned);
        Self {
            context: text("context"),
            cluster_id: text("cluster_id"),
            user_prefix: text("user_prefix").unwrap_or_default(),
            group_prefix: text("group_prefix").unwrap_or_default(),
        }
    }
}

/// The platform of a scope, if it is one of ours.
pub(crate) fn platform<'a>(organization: &'a Organization, name: &str) -> Option<&'a Platform> {
    organization.platforms.get(name).filter(|platform| platform.kind == TYPE)
}

/// The native name that a tenant's namespace is born with.
pub(crate) fn namespace_of(tenant: &Tenant) -> String {
    match &tenant.id {
        Some(id) => id.clone(),
        None => dns_label(tenant.title.as_ref().unwrap_or(&tenant.name)),
    }
}

/// A text as the name of a namespace: lower case, letters, digits and `-`.
pub(crate) fn dns_label(text: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let label: String = text.chars().map(plain).take(LABEL_MAX).collect();
    match label.trim_matches('-') {
        // Nothing of it can stand in a name: what stands for it is at least its own.
        "" => format!("x-{}", short_digest(text)),
        label => label.to_owned(),
    }
}

/// A few letters that hardly any other text has.
pub(crate) fn short_digest(text: &str) -> String {
    let digest = Digest::of(text.as_bytes()).to_string();
    digest.chars().rev().take(8).collect()
}

/// Whether Kubernetes takes this as the value of a label.
pub(crate) fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_label_name(text)
}

/// Whether Kubernetes takes this as a label's name without a prefix.
pub(crate) fn is_label_name(text: &str) -> bool {
    let edge = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    text.len() <= LABEL_MAX
        && edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// The subject that a principal is in a binding, as [`subject_text`] writes it: `User:ada@acme.example`, `Group:payments`,
/// `ServiceAccount:deployer` (of the binding's own namespace). Nobody where its end is asked for.
pub(crate) fn subject_of(organization: &Organization, platform: &Platform, principal: &Principal) -> Option<String> {
    let fields = Fields::of(&platform.native);
    let alive = |state: &LifeState| *state == LifeState::Active;
    match principal {
        Principal::Person(name) => {
            let person = organization.people.get(name).filter(|person| alive(&person.state))?;
            let known = person.ids.get(&platform.name);
            let written = || format!("{}{}", fields.user_prefix, person.user_name);
            Some(format!("User:{}", known.cloned().unwrap_or_else(written)))
        }
        Principal::Team(name) => {
            let team = organization.teams.get(name).filter(|team| alive(&team.state))?;
            let known = team.ids.get(&platform.name);
            let written = || format!("{}{}", fields.group_prefix, team.name);
            Some(format!("Group:{}", known.cloned().unwrap_or_else(written)))
        }
        Principal::Workload(name) => {
            organization.workloads.get(name)?;
            Some(format!("ServiceAccount:{}", dns_label(name)))
        }
    }
}

/// All people and teams of the manifest, by the subjects that they are in bindings of a platform.
pub(crate) fn principals(organization: &Organization, name: &str) -> BTreeMap<String, Principal> {
    let Some(platform) = platform(organization, name) else { return BTreeMap::new() };
    let people = organization.people.keys().cloned().map(Principal::Person);
    let teams = organization.teams.keys().cloned().map(Principal::Team);
    people.chain(teams).filter_map(|one| Some((subject_of(organization, platform, &one)?, one))).collect()
}

/// A subject of a binding in one text. A service account of another namespace than the binding's is written with it.
pub(crate) fn subject_text(subject: &Json, namespace: Option<&str>) -> Option<String> {
    let (kind, name) = (text(subject, "/kind")?, text(subject, "/name")?);
    match text(subject, "/namespace") {
        Some(other) if kind == "ServiceAccount" && Some(other) != namespace => Some(format!("{kind}:{other}/{name}")),
        _ => Some(format!("{kind}:{name}")),
    }
}

/// Native id: what `kubectl get` takes, with the namespace within; a namespace is its own name.
pub(crate) fn id_of(resource: &Resource, namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{}/{namespace}/{name}", resource.plural),
        None if resource.plural == "namespaces" => name.to_owned(),
        None => format!("{}/{name}", resource.plural),
    }
}

/// Namespace and name of a native id.
pub(crate) fn parts_of<'i>(resource: &Resource, id: &'i str) -> (Option<&'i str>, &'i str) {
    let rest = id.strip_prefix(resource.plural).and_then(|rest| rest.strip_prefix('/')).unwrap_or(id);
    match rest.split_once('/') {
        Some((namespace, name)) if resource.namespaced => (Some(namespace), name),
        _ => (None, rest),
    }
}

/// Our mark on an object.
pub(crate) fn mark_of(object: &Json) -> Option<Mark> {
    object.pointer("/metadata/annotations")?.get(MARK)?.as_str().and_then(Mark::read)
}

/// What names of namespaces begin with that belong to the cluster itself.
pub(crate) const SYSTEM: &str = "kube-";

/// Whether a namespace belongs to the cluster itself.
pub(crate) fn is_system_namespace(name: &str) -> bool {
    name.starts_with(SYSTEM)
}

/// Whether an object stands in one of the cluster's own namespaces.
pub(crate) fn is_within_the_system(object: &Json) -> bool {
    text(object, "/metadata/namespace").is_some_and(is_system_namespace)
}

/// Whether a name is one that Kubernetes, or who runs it for others, keeps for itself.
pub(crate) fn is_theirs(name: &str) -> bool {
    THEIRS.iter().any(|start| name.starts_with(start))
}

/// Who made an object, where that was the cluster itself.
pub(crate) fn vendor_of(object: &Json) -> Option<String> {
    let name = text(object, "/metadata/name").unwrap_or_default();
    let bootstrapped = object.pointer("/metadata/labels").is_some_and(|labels| {
        labels.get("kubernetes.io/bootstrapping").is_some() || labels.get("kubernetes.io/cluster-service").is_some()
    });
    (bootstrapped || is_within_the_system(object) || is_theirs(name)).then(|| KUBERNETES.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::operations::{CLUSTER_ROLES, NAMESPACES, RESOURCE_QUOTAS};

    #[test]
    fn names_of_namespaces_are_plain() {
        for (text, label) in
            [("checkout-dev", "checkout-dev"), ("Checkout_Dev.2", "checkout-dev-2"), ("-x-", "x"), ("größe", "gr--e")]
        {
            assert_eq!(dns_label(text), label);
        }
        assert_eq!(dns_label(&"a".repeat(80)).len(), LABEL_MAX);
        let (one, other) = (dns_label("港"), dns_label("船"));
        assert!(one.starts_with("x-") && one != other, "{one} {other}");
    }

    #[test]
    fn labels_take_less_than_tags_do() {
        for right in ["", "prod", "4711", "a.b_c-d", "A1"] {
            assert!(is_label_value(right), "{right}");
        }
        for wrong in ["a b", "-a", "a/", "größe", &"x".repeat(64)] {
            assert!(!is_label_value(wrong), "{wrong}");
        }
        assert!(!is_label_name(""));
    }

    #[test]
    fn ids_come_apart_again() {
        for (resource, namespace, name) in
            [(&NAMESPACES, None, "shop"), (&CLUSTER_ROLES, None, "edit"), (&RESOURCE_QUOTAS, Some("shop"), "polity")]
        {
            let id = id_of(resource, namespace, name);
            assert_eq!(parts_of(resource, &id), (namespace, name), "{id}");
        }
        assert_eq!(parts_of(&CLUSTER_ROLES, "edit"), (None, "edit"), "as people write it");
    }

    #[test]
    fn subjects_are_told_apart() {
        let of = |subject: Json| subject_text(&subject, Some("shop"));
        assert_eq!(of(json!({"kind": "Group", "name": "payments"})).as_deref(), Some("Group:payments"));
        let account = |namespace: &str| json!({"kind": "ServiceAccount", "name": "ci", "namespace": namespace});
        assert_eq!(of(account("shop")).as_deref(), Some("ServiceAccount:ci"));
        assert_eq!(of(account("tools")).as_deref(), Some("ServiceAccount:tools/ci"));
    }
}
