//! What a role allows, in a form in which two roles that allow the same are the same: one line for each verb on each
//! resource, however the rules were put together.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::Value;
use serde_json::{Value as Json, json};

/// All that these rules allow, sorted: `get pods`, `update deployments/scale.apps`, `get secrets (tls)`, `get /metrics`.
/// `names` are the members of a rule, in the order groups, resources, verbs, resource names, addresses.
fn permissions(rules: &[Json], names: [&str; 5]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for rule in rules {
        let [groups, resources, verbs, named, addresses] = names.map(|name| texts(rule, name));
        for verb in &verbs {
            found.extend(addresses.iter().map(|address| format!("{verb} {address}")));
            for resource in &resources {
                for group in if groups.is_empty() { &[""][..] } else { &groups[..] } {
                    let suffix = if group.is_empty() { String::new() } else { format!(".{group}") };
                    let all = format!("{verb} {resource}{suffix}");
                    match named.is_empty() {
                        true => drop(found.insert(all)),
                        false => found.extend(named.iter().map(|name| format!("{all} ({name})"))),
                    }
                }
            }
        }
    }
    found.into_iter().collect()
}

/// What a native role allows.
pub(super) fn of_native(role: &Json) -> Value {
    let rules = role.get("rules").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    permissions(rules, ["apiGroups", "resources", "verbs", "resourceNames", "nonResourceURLs"]).into()
}

/// What the rules of a manifest allow.
pub(super) fn of_written(rules: &Value) -> Value {
    let rules: Vec<Json> = rules.as_list().unwrap_or_default().iter().map(Value::to_json).collect();
    permissions(&rules, ["api_groups", "resources", "verbs", "resource_names", "non_resource_urls"]).into()
}

fn texts<'r>(rule: &'r Json, name: &str) -> Vec<&'r str> {
    let items = rule.get(name).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Json::as_str).collect()
}

/// Native rules that allow exactly this, few and sorted.
pub(super) fn to_native(allowed: &Value) -> Json {
    /// Group, resource and name that verbs are about.
    type About<'a> = (&'a str, &'a str, Option<&'a str>);
    let mut on: BTreeMap<About<'_>, BTreeSet<&str>> = BTreeMap::new();
    let mut addresses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in allowed.as_list().unwrap_or_default().iter().filter_map(Value::as_text) {
        let Some((verb, what)) = line.split_once(' ') else { continue };
        if what.starts_with('/') {
            addresses.entry(what).or_default().insert(verb);
            continue;
        }
        let (what, name) = match what.strip_suffix(')').and_then(|what| what.split_once(" (")) {
            Some((what, name)) => (what, Some(name)),
            None => (what, None),
        };
        let (resource, group) = what.split_once('.').unwrap_or((what, ""));
        on.entry((group, resource, name)).or_default().insert(verb);
    }
    /// Group, name of one object, verbs.
    type Shared<'a> = (&'a str, Option<&'a str>, BTreeSet<&'a str>);
    // Resources of one group with the same verbs share a rule.
    let mut rules: BTreeMap<Shared<'_>, BTreeSet<&str>> = BTreeMap::new();
    for ((group, resource, name), verbs) in on {
        rules.entry((group, name, verbs)).or_default().insert(resource);
    }
    let mut native: Vec<Json> = Vec::new();
    for ((group, name, verbs), resources) in rules {
        let mut rule = json!({"apiGroups": [group], "resources": resources, "verbs": verbs});
        if let (Some(name), Some(rule)) = (name, rule.as_object_mut()) {
            rule.insert("resourceNames".to_owned(), json!([name]));
        }
        native.push(rule);
    }
    native.extend(addresses.into_iter().map(|(address, verbs)| json!({"nonResourceURLs": [address], "verbs": verbs})));
    Json::Array(native)
}

/// Rules of a manifest that allow exactly this.
pub(super) fn to_written(allowed: &Value) -> Value {
    let names = [
        ("apiGroups", "api_groups"),
        ("resources", "resources"),
        ("verbs", "verbs"),
        ("resourceNames", "resource_names"),
        ("nonResourceURLs", "non_resource_urls"),
    ];
    let rule = |rule: &Json| {
        let members =
            names.iter().filter_map(|(native, ours)| Some(((*ours).to_owned(), Value::from_json(rule.get(*native)?))));
        Value::Map(members.collect())
    };
    Value::List(to_native(allowed).as_array().into_iter().flatten().map(rule).collect())
}

#[cfg(test)]
mod tests {
    use proptest::{collection::btree_set, prelude::*};

    use super::*;

    #[test]
    fn how_rules_are_put_together_does_not_matter() {
        let one = json!({"rules": [{"apiGroups": ["", "apps"], "resources": ["pods", "deployments"], "verbs": ["get", "list"]}]});
        let other = json!({"rules": [
            {"apiGroups": ["apps"], "resources": ["deployments", "pods"], "verbs": ["list", "get"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
            {"apiGroups": [""], "resources": ["deployments"], "verbs": ["get", "list"]},
        ]});
        assert_eq!(of_native(&one), of_native(&other));
    }

    #[test]
    fn names_and_addresses_are_kept() {
        let role = json!({"rules": [
            {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["tls"], "verbs": ["get"]},
            {"apiGroups": ["apps"], "resources": ["deployments/scale"], "verbs": ["update"]},
            {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
        ]});
        let allowed: Value = vec!["get /metrics", "get secrets (tls)", "update deployments/scale.apps"].into();
        assert_eq!(of_native(&role), allowed);
        assert_eq!(of_native(&json!({"rules": to_native(&allowed)})), allowed);
    }

    proptest! {
        #[test]
        fn native_rules_allow_what_they_were_made_of(
            lines in btree_set("(get|list|\\*) (pods|pods/log|\\*|secrets)(\\.apps|\\.a\\.b|\\.\\*)?( \\(x\\))?", 0..20),
        ) {
            let allowed: Value = lines.into_iter().collect::<Vec<_>>().into();
            prop_assert_eq!(of_native(&json!({"rules": to_native(&allowed)})), allowed);
        }
    }
}
