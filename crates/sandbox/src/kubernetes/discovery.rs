//! What the API has, and who is asking: what a client looks up before it asks for anything.

use serde_json::{Value, json};

use super::{
    refusal::{Answer, Refusal},
    route::RESOURCES,
};

/// Who is asking: everybody is the one who set the cluster up.
pub(super) fn myself() -> Value {
    json!({
        "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {},
        "status": {"userInfo": {"username": "kubernetes-admin", "groups": ["system:masters", "system:authenticated"]}},
    })
}

/// Answers what the API has.
pub(super) fn answer(parts: &[String]) -> Answer {
    let group = |name: &str| {
        let version = json!({"groupVersion": format!("{name}/v1"), "version": "v1"});
        json!({"name": name, "versions": [version], "preferredVersion": version})
    };
    let mut groups: Vec<&str> =
        RESOURCES.iter().map(|resource| resource.group).filter(|group| !group.is_empty()).collect();
    groups.dedup();
    let resources = |of: &str| -> Vec<Value> {
        let known = RESOURCES.iter().filter(|resource| resource.group == of);
        let verbs = ["create", "delete", "get", "list", "patch", "update"];
        known
            .map(|resource| {
                json!({
                    "name": resource.plural, "singularName": resource.kind.to_ascii_lowercase(), "kind": resource.kind,
                    "namespaced": resource.namespaced, "verbs": verbs, "shortNames": resource.short,
                })
            })
            .collect()
    };
    let list = |version: String, of: &str| json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources(of)});
    let words: Vec<&str> = parts.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["version"] => {
            Ok((200, json!({"major": "1", "minor": "33", "gitVersion": "v1.33.0", "platform": "linux/amd64"})))
        }
        ["api"] => Ok((200, json!({"kind": "APIVersions", "versions": ["v1"]}))),
        ["apis"] => {
            let groups: Vec<Value> = groups.iter().map(|name| group(name)).collect();
            Ok((200, json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})))
        }
        ["api", "v1"] => Ok((200, list("v1".to_owned(), ""))),
        ["apis", name] if groups.contains(name) => Ok((200, group(name))),
        ["apis", name, "v1"] if groups.contains(name) => Ok((200, list(format!("{name}/v1"), name))),
        ["healthz" | "readyz" | "livez"] => Ok((200, json!("ok"))),
        _ => Err(Refusal::no_such_path(&words.join("/"))),
    }
}
