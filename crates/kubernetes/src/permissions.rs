//! The least-privilege role, generated from the table of operations: what is not called is not asked for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::operations::{self, Resource};

/// A cluster role that `kubectl apply -f` takes. Reading is what `check`, `plan` and `drift` do; writing is what only
/// `apply` does.
pub fn cluster_role(read: bool, write: bool) -> Json {
    let mut verbs: BTreeMap<(&str, BTreeSet<&str>), BTreeSet<&str>> = BTreeMap::new();
    for resource in operations::all() {
        let wanted = verbs_of(resource, read, write);
        if !wanted.is_empty() {
            verbs.entry((resource.group, wanted)).or_default().insert(resource.plural);
        }
    }
    let mut rules: Vec<Json> = verbs
        .into_iter()
        .map(|((group, verbs), resources)| json!({"apiGroups": [group], "resources": resources, "verbs": verbs}))
        .collect();
    if read {
        rules.push(json!({
            "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"], "verbs": ["create"],
        }));
    }
    let name = match (read, write) {
        (true, true) => "polity",
        (_, true) => "polity-write",
        _ => "polity-read",
    };
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": rules,
    })
}

fn verbs_of(resource: &Resource, read: bool, write: bool) -> BTreeSet<&'static str> {
    let verb = |permission: &'static str| permission.split(' ').next().unwrap_or_default();
    let mut verbs = BTreeSet::new();
    if read {
        verbs.extend([&resource.list.0, &resource.get.0].map(|operation| verb(operation.permission)));
    }
    if write {
        let written = [&resource.create.0, &resource.apply.0, &resource.delete.0];
        verbs.extend(written.map(|operation| verb(operation.permission)));
        match resource.kind {
            // Subjects are taken out of bindings that others made.
            "RoleBinding" | "ClusterRoleBinding" => drop(verbs.insert(verb(resource.replace.0.permission))),
            // Who gives a role away, or defines one, needs all that it allows, or these.
            "ClusterRole" => verbs.extend(["bind", "escalate"]),
            _ => {}
        }
    }
    verbs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_asks_for_what_is_called_and_no_more() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&cluster_role(true, true)).unwrap());
    }

    #[test]
    fn reading_writes_nothing() {
        let role = cluster_role(true, false);
        for rule in role["rules"].as_array().unwrap() {
            if rule["resources"] != json!(["selfsubjectreviews"]) {
                assert_eq!(rule["verbs"], json!(["get", "list"]), "{rule}");
            }
        }
    }
}
