//! Kubernetes manifests: one row for each thing that a facet is there for.

mod access;
mod networks;
mod workloads;

use std::collections::BTreeMap;

use polity_model::{
    Diagnostic, Origin,
    facet::Datum,
    written::{Content, Written},
};

use crate::{
    Found, Reading,
    facts::Facts,
    format::called,
    resources::no_facet,
    tree::{Known, OPEN, Tree},
};

/// One object of a manifest.
pub(crate) struct Object {
    kind: String,
    tree: Tree,
    origin: Origin,
}

impl Object {
    fn name(&self) -> Option<String> {
        self.tree.known("metadata.name")
    }

    fn namespace(&self) -> Option<String> {
        self.tree.known("metadata.namespace")
    }

    fn address(&self) -> String {
        let name = self.name().or_else(|| self.tree.known("metadata.generateName")).unwrap_or_default();
        match self.namespace() {
            Some(namespace) => format!("{}/{namespace}/{name}", self.kind),
            None => format!("{}/{name}", self.kind),
        }
    }

    /// A row with what all objects have. The namespace is the tenant.
    fn facts(&self, facet: &str) -> Facts {
        Facts::at(facet, self.address(), &self.kind, &self.origin)
            .set("id", OPEN)
            .set("name", self.tree.text("metadata.name").unwritten(OPEN))
            .set("account", self.tree.text("metadata.namespace").unwritten(OPEN))
            .set("region", Datum::Absent)
            .set("created_at", OPEN)
            .set("tags", self.tree.tags("metadata.labels"))
    }
}

pub(crate) fn read(documents: &[Written]) -> Reading {
    let mut diagnostics = Vec::new();
    let mut objects = Vec::new();
    for document in documents {
        gather(document, 0, &mut objects, &mut diagnostics);
    }
    let mut found: Vec<Found> = Vec::new();
    let mut faceless: BTreeMap<&str, (usize, &Object)> = BTreeMap::new();
    for object in &objects {
        match object.kind.as_str() {
            "ServiceAccount" => found.extend(access::identity(object).row()),
            "RoleBinding" | "ClusterRoleBinding" => found.extend(access::grants(object, &objects)),
            // What they allow is judged where it is given to somebody.
            "Role" | "ClusterRole" => {}
            "Secret" => {
                found.extend(access::secret(object).row());
                diagnostics.extend(access::written_secret(object));
            }
            "NetworkPolicy" => found.extend(networks::policy(object)),
            "Service" => found.extend(networks::service(object)),
            _ => match workloads::pod(object) {
                Some((kind, pod)) => found.extend(workloads::workload(object, kind, pod, &objects).row()),
                None => faceless.entry(&object.kind).or_insert((0, object)).0 += 1,
            },
        }
    }
    diagnostics.extend(faceless.into_iter().map(|(kind, (count, object))| no_facet(kind, count, &object.origin)));
    Reading { format: None, found, diagnostics }
}

fn gather(document: &Written, depth: usize, objects: &mut Vec<Object>, diagnostics: &mut Vec<Diagnostic>) {
    let kind = document.get("kind").and_then(|kind| kind.value.text());
    let Some(kind) = kind else {
        let message = match document.entries() {
            Some(_) => "this document has no `kind`".to_owned(),
            None => format!("a manifest is a mapping, and here is {}", called(&document.content)),
        };
        let help = "write `apiVersion: ...` and `kind: ...`; a template must be filled in first";
        diagnostics.push(Diagnostic::error("no-kind", &document.origin, message).help(help));
        return;
    };
    if kind.ends_with("List")
        && depth < 4
        && let Some(Content::List(items)) = document.get("items").map(|items| &items.value.content)
    {
        items.iter().for_each(|item| gather(item, depth + 1, objects, diagnostics));
        return;
    }
    let name = document.get("metadata").and_then(|metadata| metadata.value.get("name"));
    let origin = name.map_or(&document.origin, |name| &name.value.origin).clone();
    objects.push(Object { kind: kind.to_owned(), tree: Tree::of(document), origin });
}
