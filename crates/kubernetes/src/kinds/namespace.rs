//! Namespaces: what a tenant is in a cluster. Tags are labels, and annotations where a label cannot hold them.

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    organization::{LifeState, Mode, Organization, Tenant},
    resource::{Desired, Scope},
    schema::{Attribute, Change, Effect, Nature, Schema},
};
use polity_provider::{Ask, Error, Problem, Reader};
use serde_json::{Value as Json, json};

use super::object::{self, Form, ObjectKind, json_after};
use crate::{
    client::{self, FIELD_MANAGER, Target, text},
    names::{self, MANAGED_BY, MARK, is_label_name, is_label_value},
    operations::{NAMESPACES, Resource},
};

/// Name of the kind.
pub(crate) const KIND: &str = "namespace";
/// Prefix of labels and annotations that are ours alone.
const OURS: &str = "polity/";
/// How long the end of a namespace is waited for: it is empty by then, or something holds it.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(500);

/// The kind.
pub(crate) fn kind() -> ObjectKind<Namespace> {
    let attributes = vec![
        Attribute::new("name", "native name, where one is written: it can never be changed").change(Change::Fixed),
        Attribute::new("labels", "labels that we hold, tags among them").empties(),
        Attribute::new("annotations", "annotations that we hold: tags that no label can hold").empties(),
        object::takes_over_attribute(),
    ];
    let schema = object::schema(KIND, "namespace", Nature::Container, Effect::Neutral, attributes);
    ObjectKind(Namespace { schema: Schema { irreversible: true, ..schema } })
}

pub(crate) struct Namespace {
    schema: Schema,
}

/// Address of a tenant's namespace.
pub(crate) fn address(platform: &str, tenant: &str) -> Address {
    Address::new(platform, KIND, tenant)
}

#[async_trait]
impl Form for Namespace {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resource(&self) -> &'static Resource {
        &NAMESPACES
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        if names::platform(organization, &scope.platform).is_none() {
            return Vec::new();
        }
        organization.tenants_on(&scope.platform).map(|tenant| desired(organization, scope, tenant)).collect()
    }

    fn held(&self, namespace: &Json) -> Map {
        let entries = |section: &str| Value::Map(entries(namespace, section));
        Map::from([
            ("name".to_owned(), text(namespace, "/metadata/name").unwrap_or_default().into()),
            ("labels".to_owned(), entries("labels")),
            ("annotations".to_owned(), entries("annotations")),
        ])
    }

    fn name(&self, ask: &Ask<'_>) -> Result<String, Error> {
        Ok(ask.text("name").map_or_else(|_| names::dns_label(&ask.address.name), str::to_owned))
    }

    fn body(&self, ask: &Ask<'_>) -> Result<Json, Error> {
        for (name, value) in ask.after("labels").and_then(Value::as_map).into_iter().flatten() {
            let why = refused_label(name, value.as_text().unwrap_or_default());
            if let Some(why) = why {
                return Err(Error::new(Problem::Invalid, ask.address.to_string(), format!("the label `{name}` {why}"))
                    .help("correct `labels:` in the `settings` of the tenant or of what is above it"));
            }
        }
        Ok(json!({"metadata": {"labels": json_after(ask, "labels"), "annotations": json_after(ask, "annotations")}}))
    }

    fn vendor(&self, namespace: &Json) -> Option<String> {
        let name = text(namespace, "/metadata/name").unwrap_or_default();
        names::is_system_namespace(name).then(|| names::KUBERNETES.to_owned())
    }

    fn ended(&self, namespace: &Json) -> Option<String> {
        (text(namespace, "/status/phase") == Some("Terminating")).then(|| match holders(namespace).as_slice() {
            [] => "being deleted".to_owned(),
            some => format!("being deleted, held by {}", some.join("; ")),
        })
    }

    /// Deleting asks for the end and no more: what is in the namespace goes first, and a finalizer may hold it for ever.
    async fn end(&self, reader: &Reader, target: &Target<'_>) -> Result<(), Error> {
        let began = tokio::time::Instant::now();
        loop {
            let Some(namespace) = client::get(reader, target).await? else { return Ok(()) };
            let held = holders(&namespace);
            if began.elapsed() > PATIENCE / 6 && !held.is_empty() {
                let why = format!("the namespace `{}` does not end: held by {}", target.name, held.join("; "));
                return Err(Error::new(Problem::Invalid, "kubernetes:delete namespaces", why).help(
                    "whoever set the finalizer must finish its work, or be gone for good before you take the finalizer off \
                     by hand; the namespace ends by itself then",
                ));
            }
            if began.elapsed() > PATIENCE {
                return Ok(()); // It ends in its own time, and is told as ending until then.
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn desired(organization: &Organization, scope: &Scope, tenant: &Tenant) -> Desired {
    let mut desired = Desired::new(address(&scope.platform, &tenant.name), &scope.name, &tenant.origin);
    let mode = object::mode_of(organization, tenant);
    let (labels, annotations) = said(organization, tenant, mode);
    desired.attributes.insert("labels".to_owned(), Value::Map(labels));
    if !annotations.is_empty() {
        desired.attributes.insert("annotations".to_owned(), Value::Map(annotations));
    }
    if tenant.title.is_some() && tenant.id.is_none() {
        desired.attributes.insert("name".to_owned(), names::namespace_of(tenant).into());
    }
    desired.keys = vec![object::key(None, &names::namespace_of(tenant))];
    desired.adopt = tenant.id.clone();
    desired.renamed_from = tenant.renamed_from.iter().map(|old| address(&scope.platform, old)).collect();
    if let LifeState::Retired { reason } = &tenant.state {
        desired.retired = Some(reason.clone());
    }
    desired.group = object::group_of(tenant);
    object::with_mode(&mut desired, mode);
    desired
}

/// Labels and annotations that are asked for.
fn said(organization: &Organization, tenant: &Tenant, mode: Mode) -> (Map, Map) {
    let (mut labels, mut annotations) = (Map::new(), Map::new());
    for (key, value) in &tenant.tags {
        if is_label_name(key) && is_label_value(value) {
            labels.insert(key.clone(), value.as_str().into());
        } else {
            annotations.insert(annotation_name(key), value.as_str().into());
        }
    }
    // A namespace that is only looked at is not written to for our sake.
    if tenant.id.is_none() || mode != Mode::Observe {
        let place =
            [("project", Some(&tenant.project)), ("landing-zone", tenant.landing_zone.as_ref().map(|zone| &zone.name))];
        for (name, value) in place {
            labels.extend(
                value
                    .filter(|value| is_label_value(value))
                    .map(|value| (format!("{OURS}{name}"), value.as_str().into())),
            );
        }
    }
    if let Some((Value::Map(more), _)) = organization.settings_of(tenant).get("labels") {
        labels.extend(more.clone());
    }
    (labels, annotations)
}

/// Why a label cannot be asked for, if it cannot.
fn refused_label(name: &str, value: &str) -> Option<String> {
    const POD_SECURITY: &str = "pod-security.kubernetes.io/";
    let plain = name.rsplit_once('/').map_or(name, |(_, plain)| plain);
    let place = |label: &str| label.strip_prefix(OURS).is_some_and(|rest| rest == "project" || rest == "landing-zone");
    if name == MANAGED_BY.0 || name == "kubernetes.io/metadata.name" || (name.starts_with(OURS) && !place(name)) {
        Some("is kept by Polity or by the server itself".to_owned())
    } else if name.starts_with(POD_SECURITY) {
        Some("is a standard of Pod Security: write `pod_security:` instead".to_owned())
    } else if !is_label_name(plain) {
        Some("is no name of a label: letters, digits, `-`, `_` and `.`, at most 63 of them".to_owned())
    } else if !is_label_value(value) {
        Some(format!("cannot have the value `{value}`: letters, digits, `-`, `_` and `.`, at most 63 of them"))
    } else {
        None
    }
}

/// Where a tag stands that no label can hold.
fn annotation_name(tag: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    let name: String = tag.chars().map(plain).take(50).collect();
    let name = name.trim_matches('-');
    // Two tags must not end up in one place.
    let apart = if name == tag { String::new() } else { format!(".{}", names::short_digest(tag)) };
    format!("{OURS}tag.{name}{apart}")
}

/// Labels or annotations as far as they are ours to say: what we hold as a field manager and, on a namespace that is not
/// ours, what people wrote without a prefix. Others keep theirs beside it.
fn entries(namespace: &Json, section: &str) -> Map {
    let held = held_keys(namespace, FIELD_MANAGER, section);
    let plain = section == "labels" && names::mark_of(namespace).is_none();
    let all = namespace.pointer("/metadata").and_then(|metadata| metadata.get(section)).and_then(Json::as_object);
    let ours = |key: &str| key != MARK && key != MANAGED_BY.0 && (held.contains(key) || (plain && !key.contains('/')));
    let entries = all.into_iter().flatten().filter(|(key, _)| ours(key));
    entries.map(|(key, value)| (key.clone(), Value::from_json(value))).collect()
}

/// The keys of labels or annotations that a field manager holds.
fn held_keys<'n>(namespace: &'n Json, manager: &str, section: &str) -> BTreeSet<&'n str> {
    let managers = namespace.pointer("/metadata/managedFields").and_then(Json::as_array).into_iter().flatten();
    let ours = managers.filter(|entry| text(entry, "/manager") == Some(manager));
    let path = format!("/fieldsV1/f:metadata/f:{section}");
    let fields = ours.filter_map(|entry| entry.pointer(&path)?.as_object());
    fields.flat_map(|fields| fields.keys()).filter_map(|key| key.strip_prefix("f:")).collect()
}

/// What keeps a namespace from ending, in words: its own finalizers, and those of what is in it.
fn holders(namespace: &Json) -> Vec<String> {
    let own = namespace.pointer("/metadata/finalizers").and_then(Json::as_array).into_iter().flatten();
    let mut held: Vec<String> =
        own.filter_map(Json::as_str).map(|finalizer| format!("the finalizer `{finalizer}` on it")).collect();
    let conditions = namespace.pointer("/status/conditions").and_then(Json::as_array).into_iter().flatten();
    for condition in conditions.filter(|condition| text(condition, "/status") == Some("True")) {
        let said = text(condition, "/message").unwrap_or_default();
        match text(condition, "/type") {
            Some("NamespaceFinalizersRemaining") => {
                let said =
                    said.strip_prefix("Some content in the namespace has finalizers remaining: ").unwrap_or(said);
                held.push(format!("finalizers of what is in it ({said})"));
            }
            Some("NamespaceDeletionContentFailure" | "NamespaceDeletionDiscoveryFailure") => held.push(said.to_owned()),
            _ => {}
        }
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    fn namespace(marked: bool) -> Json {
        let mut namespace = json!({"metadata": {
            "name": "shop",
            "labels": {"env": "prod", "team": "a", "istio-injection": "enabled", "example.com/x": "1",
                       "app.kubernetes.io/managed-by": "polity"},
            "managedFields": [
                {"manager": "polity", "fieldsV1": {"f:metadata": {"f:labels": {
                    "f:env": {}, "f:app.kubernetes.io/managed-by": {}}}}},
                {"manager": "kubectl-label", "fieldsV1": {"f:metadata": {"f:labels": {"f:team": {}}}}},
            ],
        }});
        if marked {
            namespace["metadata"]["annotations"] = json!({(MARK): "acme:cluster/namespace/shop"});
        }
        namespace
    }

    fn labels(namespace: &Json) -> Vec<String> {
        entries(namespace, "labels").into_keys().collect()
    }

    #[test]
    fn of_labels_only_those_that_we_hold_are_ours_to_say() {
        assert_eq!(labels(&namespace(true)), ["env"]);
        assert_eq!(labels(&namespace(false)), ["env", "istio-injection", "team"]);
    }

    #[test]
    fn labels_of_others_are_refused_before_the_server_is_asked() {
        for (name, value, said) in [
            ("app.kubernetes.io/managed-by", "helm", "kept by"),
            ("polity/address", "x", "kept by"),
            ("pod-security.kubernetes.io/enforce", "privileged", "`pod_security:`"),
            ("a b", "x", "no name"),
            ("team", "two words", "`two words`"),
        ] {
            assert!(refused_label(name, value).is_some_and(|why| why.contains(said)), "{name}");
        }
        for right in ["team", "istio-injection", "example.com/x", "polity/project"] {
            assert_eq!(refused_label(right, "on"), None, "{right}");
        }
    }

    #[test]
    fn tags_that_differ_stand_in_different_places() {
        assert_eq!(annotation_name("purpose"), "polity/tag.purpose");
        assert_ne!(annotation_name("größe"), annotation_name("grüße"));
    }

    #[test]
    fn a_namespace_that_hangs_names_what_holds_it() {
        let mut hanging = namespace(true);
        let ended = |namespace: &Json| kind().0.ended(namespace);
        assert_eq!(ended(&hanging), None);
        hanging["status"] = json!({"phase": "Terminating"});
        assert_eq!(ended(&hanging).as_deref(), Some("being deleted"));
        hanging["status"]["conditions"] = json!([{
            "type": "NamespaceFinalizersRemaining", "status": "True",
            "message": "Some content in the namespace has finalizers remaining: example.com/guard in 1 resource instances",
        }]);
        assert_eq!(
            ended(&hanging).as_deref(),
            Some("being deleted, held by finalizers of what is in it (example.com/guard in 1 resource instances)")
        );
    }
}
