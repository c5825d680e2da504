//! Pod Security: which pods the server admits to a namespace. The standard is a label of the namespace, held under a field
//! manager of its own, so that it comes and goes without the namespace's other labels.

use async_trait::async_trait;
use polity_model::{
    Map, Value,
    organization::Organization,
    resource::{Desired, Key, Observed, Scope},
    schema::{Attribute, Effect, Nature, Ownership, Schema},
    shape::{Field, Shape},
};
use polity_provider::{Ask, Error, Found, Kind, Reader, Writer};
use serde_json::{Value as Json, json};

use super::object::{self, CLUSTER, NAMESPACE, blank, merge};
use crate::{
    client::{self, Target, text},
    names,
    operations::NAMESPACES,
};

/// Name of the kind.
pub(crate) const KIND: &str = "pod-security";
/// Its field in the `settings` of a manifest.
const FIELD: &str = "pod_security";
/// The field manager that holds its labels.
const MANAGER: &str = "polity-pod-security";
const PREFIX: &str = "pod-security.kubernetes.io/";
/// Attributes, and the labels that they are.
const PARTS: [(&str, &str); 4] =
    [("enforce", "enforce"), ("version", "enforce-version"), ("audit", "audit"), ("warn", "warn")];

/// The kind.
pub(crate) fn kind() -> PodSecurity {
    PodSecurity {
        schema: Schema {
            kind: KIND,
            title: "Pod Security standard",
            level: CLUSTER,
            nature: Nature::Setting,
            ownership: Ownership::Journal,
            effect: Effect::Restricts,
            attributes: vec![
                object::namespace_attribute(),
                Attribute::new("enforce", "standard that pods must meet to be admitted"),
                Attribute::new("version", "version of Kubernetes whose standard is meant"),
                Attribute::new("audit", "standard whose breach is noted in the audit log"),
                Attribute::new("warn", "standard whose breach people are warned of"),
                object::takes_over_attribute(),
            ],
            lane: None,
            irreversible: false,
        },
    }
}

/// Its field in `settings`.
pub(crate) fn field() -> Field {
    const STANDARDS: &[&str] = &["privileged", "baseline", "restricted"];
    let parts = vec![
        Field::new("enforce", Shape::OneOf(STANDARDS), "standard that pods must meet to be admitted"),
        Field::new(
            "version",
            Shape::Pattern { regex: r"latest|v1\.[0-9]+", called: "`latest` or a version such as `v1.33`" },
            "version of Kubernetes whose standard is enforced",
        ),
        Field::new("audit", Shape::OneOf(STANDARDS), "standard whose breach is noted in the audit log"),
        Field::new("warn", Shape::OneOf(STANDARDS), "standard whose breach people are warned of"),
    ];
    Field::new(FIELD, Shape::Record(parts), "Pod Security standard of the namespace; kept by servers since 1.25")
}

pub(crate) struct PodSecurity {
    schema: Schema,
}

#[async_trait]
impl Kind for PodSecurity {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let mut wanted = Vec::new();
        for tenant in object::tenants(organization, scope) {
            let settings = organization.settings_of(tenant);
            let Some((written, origin)) = settings.get(FIELD) else { continue };
            let mut desired = object::in_tenant(organization, scope, tenant, KIND, "", str::to_owned);
            desired.origins = vec![(*origin).clone()];
            desired.keys = desired.attributes.get(NAMESPACE).cloned().map(key).into_iter().collect();
            for (name, _) in PARTS {
                desired.attributes.extend(written.get(name).map(|value| (name.to_owned(), value.clone())));
            }
            wanted.push(desired);
        }
        wanted
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let namespaces = client::list(reader, &NAMESPACES).await?;
        Ok(namespaces.iter().filter_map(|namespace| observed(reader.scope(), namespace)).collect::<Vec<_>>().into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        let namespace = client::get(reader, &target(id)).await?;
        Ok(namespace.and_then(|namespace| observed(reader.scope(), &namespace)))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let namespace = ask.text(NAMESPACE)?;
        object::standing(writer.reader(), ask, &target(namespace)).await?;
        apply(writer, &target(namespace), ask, ask.after).await?;
        Ok(format!("{KIND}/{namespace}"))
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let target = target(ask.id()?);
        object::standing(writer.reader(), ask, &target).await?;
        apply(writer, &target, ask, ask.after).await
    }

    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let target = target(ask.id()?);
        // Applying to a namespace that is gone would make it anew.
        match client::get(writer.reader(), &target).await? {
            Some(_) => apply(writer, &target, ask, &Map::new()).await,
            None => Ok(()),
        }
    }
}

fn key(namespace: Value) -> Key {
    Key::new("namespace", namespace)
}

fn target(id: &str) -> Target<'_> {
    let name = id.strip_prefix(KIND).and_then(|rest| rest.strip_prefix('/')).unwrap_or(id);
    Target { resource: &NAMESPACES, namespace: None, name }
}

/// Holds just these labels.
async fn apply(writer: &Writer, target: &Target<'_>, ask: &Ask<'_>, asked: &Map) -> Result<(), Error> {
    let labels = PARTS.iter().filter_map(|(name, label)| {
        Some((format!("{PREFIX}{label}"), Json::from(asked.get(*name).and_then(Value::as_text)?)))
    });
    let mut body = target.head();
    let labels: serde_json::Map<String, Json> = labels.collect();
    if !labels.is_empty() {
        merge(&mut body, json!({"metadata": {"labels": labels}}));
    }
    client::apply(writer, target, MANAGER, object::takes_over(ask), &body).await
}

fn observed(scope: &Scope, namespace: &Json) -> Option<Observed> {
    let name = text(namespace, "/metadata/name")?;
    let label = |label: &str| {
        let labels = namespace.pointer("/metadata/labels")?;
        labels.get(format!("{PREFIX}{label}"))?.as_str().map(Value::text)
    };
    let mut attributes: Map =
        PARTS.iter().filter_map(|(name, part)| Some(((*name).to_owned(), label(part)?))).collect();
    attributes.insert(NAMESPACE.to_owned(), name.into());
    let mut seen = blank(KIND, scope, format!("{KIND}/{name}"), attributes);
    seen.name = name.to_owned();
    seen.keys = vec![key(name.into())];
    seen.vendor = names::is_system_namespace(name).then(|| names::KUBERNETES.to_owned());
    Some(seen)
}
