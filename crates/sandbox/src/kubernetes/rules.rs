//! What the server fills in, and what it refuses: the rules of the resources that are simulated.

use serde_json::{Value, json};

use super::{refusal::Refusal, route::Resource};

const RBAC: &str = "rbac.authorization.k8s.io";

/// Puts a default where nothing stands.
fn default(object: &mut Value, pointer: &[&str], value: Value) {
    let Some((name, rest)) = pointer.split_first() else { return };
    let Some(entries) = object.as_object_mut() else { return };
    if rest.is_empty() {
        let slot = entries.entry((*name).to_owned()).or_insert(Value::Null);
        if slot.is_null() {
            *slot = value;
        }
    } else {
        default(entries.entry((*name).to_owned()).or_insert_with(|| json!({})), rest, value);
    }
}

/// Fills in what the API fills in.
pub(super) fn complete(resource: &Resource, object: &mut Value) {
    default(object, &["apiVersion"], resource.version().into());
    default(object, &["kind"], resource.kind.into());
    match resource.kind {
        "Namespace" => {
            let name = object.pointer("/metadata/name").cloned().unwrap_or_default();
            default(object, &["metadata", "labels", "kubernetes.io/metadata.name"], name);
            default(object, &["spec", "finalizers"], json!(["kubernetes"]));
            default(object, &["status", "phase"], "Active".into());
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            for subject in object.get_mut("subjects").and_then(Value::as_array_mut).into_iter().flatten() {
                if matches!(subject.get("kind").and_then(Value::as_str), Some("User" | "Group")) {
                    default(subject, &["apiGroup"], RBAC.into());
                }
            }
        }
        "NetworkPolicy" => {
            default(object, &["spec", "podSelector"], json!({}));
            let types = if object.pointer("/spec/egress").is_some() {
                json!(["Ingress", "Egress"])
            } else {
                json!(["Ingress"])
            };
            default(object, &["spec", "policyTypes"], types);
        }
        "ResourceQuota" => default(object, &["status"], json!({})),
        "ValidatingAdmissionPolicy" => {
            default(object, &["spec", "failurePolicy"], "Fail".into());
            if object.pointer("/spec/matchConstraints").is_some() {
                for (field, value) in [
                    ("matchPolicy", "Equivalent".into()),
                    ("namespaceSelector", json!({})),
                    ("objectSelector", json!({})),
                ] {
                    default(object, &["spec", "matchConstraints", field], value);
                }
            }
            let rules = object.pointer_mut("/spec/matchConstraints/resourceRules").and_then(Value::as_array_mut);
            for rule in rules.into_iter().flatten() {
                default(rule, &["scope"], "*".into());
            }
            default(object, &["status"], json!({}));
        }
        _ => {}
    }
}

/// Whether an object can be as it is.
pub(super) fn check(resource: &Resource, object: &Value) -> Result<(), Refusal> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let name = text("/metadata/name").unwrap_or_default();
    let invalid = |field: &str, why: &str| Refusal::invalid(resource, name, field, why);
    if let Some(why) = bad_name(resource, name) {
        return Err(invalid("metadata.name", &format!("Invalid value: \"{name}\": {why}")));
    }
    for (key, value) in object.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten() {
        let value = value.as_str().ok_or_else(|| invalid("metadata.labels", "a label must be text"))?;
        if !is_label(value) {
            let why = format!(
                "Invalid value: \"{value}\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
            );
            return Err(invalid("metadata.labels", &why));
        }
        if key.rsplit('/').next().is_none_or(|name| name.is_empty() || !is_label(name)) {
            return Err(invalid(
                "metadata.labels",
                &format!(
                    "Invalid value: \"{key}\": name part must consist of alphanumeric characters, '-', '_' or '.'"
                ),
            ));
        }
    }
    match resource.kind {
        "RoleBinding" | "ClusterRoleBinding" => {
            if text("/roleRef/name").is_none_or(str::is_empty) {
                return Err(invalid("roleRef.name", "Required value"));
            }
            if resource.kind == "ClusterRoleBinding" && text("/roleRef/kind") != Some("ClusterRole") {
                return Err(invalid("roleRef.kind", "Unsupported value: supported values: \"ClusterRole\""));
            }
        }
        "ValidatingAdmissionPolicy" => {
            let validations = object.pointer("/spec/validations").and_then(Value::as_array);
            if validations.is_none_or(Vec::is_empty) && object.pointer("/spec/auditAnnotations").is_none() {
                return Err(invalid(
                    "spec.validations",
                    "Required value: validations or auditAnnotations must contain at least one item",
                ));
            }
            if object.pointer("/spec/matchConstraints/resourceRules").is_none() {
                return Err(invalid("spec.matchConstraints.resourceRules", "Required value"));
            }
        }
        "ValidatingAdmissionPolicyBinding" => {
            if text("/spec/policyName").is_none_or(str::is_empty) {
                return Err(invalid("spec.policyName", "Required value"));
            }
            if object.pointer("/spec/validationActions").and_then(Value::as_array).is_none_or(Vec::is_empty) {
                return Err(invalid("spec.validationActions", "Required value"));
            }
        }
        "ResourceQuota" => {
            for (item, amount) in object.pointer("/spec/hard").and_then(Value::as_object).into_iter().flatten() {
                if !is_quantity(amount) {
                    return Err(invalid(
                        &format!("spec.hard[{item}]"),
                        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
                    ));
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whether one may become the other: a binding keeps its role, and every object its name.
pub(super) fn check_change(resource: &Resource, before: &Value, after: &Value) -> Result<(), Refusal> {
    let name = before.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    if matches!(resource.kind, "RoleBinding" | "ClusterRoleBinding") && before.get("roleRef") != after.get("roleRef") {
        let given = after.get("roleRef").cloned().unwrap_or_default();
        return Err(Refusal::invalid(
            resource,
            name,
            "roleRef",
            &format!("Invalid value: {given}: cannot change roleRef"),
        ));
    }
    Ok(())
}

fn bad_name(resource: &Resource, name: &str) -> Option<&'static str> {
    let lower = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let ends = |part: &str| part.bytes().next().is_some_and(plain) && part.bytes().last().is_some_and(plain);
        ends(name) && name.bytes().all(|byte| plain(byte) || byte == b'-')
    };
    match resource.group {
        // Names of roles and bindings may hold nearly anything that a path may hold.
        RBAC => (name.is_empty() || name.contains(['/', '%']) || name == "." || name == "..").then_some("may not contain '/' or '%'"),
        _ if resource.kind == "Namespace" => (name.len() > 63 || !lower(name)).then_some(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
        ),
        _ => (name.len() > 253 || !name.split('.').all(lower)).then_some(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        ),
    }
}

fn is_label(text: &str) -> bool {
    let ends = |text: &str| {
        let alphanumeric = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        alphanumeric(text.bytes().next()) && alphanumeric(text.bytes().last())
    };
    text.is_empty()
        || (text.len() <= 63
            && ends(text)
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')))
}

fn is_quantity(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return value.is_number() };
    let number = text.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    let unit = text.get(number.len()..).unwrap_or_default();
    let digits = number.trim_start_matches(['+', '-']);
    !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && matches!(
            unit,
            "" | "n" | "u" | "m" | "k" | "K" | "Ki" | "M" | "Mi" | "G" | "Gi" | "T" | "Ti" | "P" | "Pi" | "E" | "Ei"
        )
}

/// What every cluster is born with, as far as it matters to those who govern it.
pub(super) fn bootstrap() -> Vec<Value> {
    let labels = json!({"kubernetes.io/bootstrapping": "rbac-defaults"});
    let annotations = json!({"rbac.authorization.kubernetes.io/autoupdate": "true"});
    let role = |name: &str, groups: &[&str], resources: &[&str], verbs: &[&str]| {
        json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "ClusterRole",
            "metadata": {"name": name, "labels": labels, "annotations": annotations},
            "rules": [{"apiGroups": groups, "resources": resources, "verbs": verbs}],
        })
    };
    let reads = ["get", "list", "watch"];
    let writes = ["get", "list", "watch", "create", "delete", "patch", "update"];
    vec![
        role("cluster-admin", &["*"], &["*"], &["*"]),
        role(
            "admin",
            &["", "apps", RBAC],
            &["configmaps", "pods", "secrets", "services", "deployments", "roles", "rolebindings"],
            &writes,
        ),
        role("edit", &["", "apps"], &["configmaps", "pods", "secrets", "services", "deployments"], &writes),
        role("view", &["", "apps"], &["configmaps", "pods", "services", "deployments"], &reads),
        json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "ClusterRoleBinding",
            "metadata": {"name": "cluster-admin", "labels": labels, "annotations": annotations},
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": RBAC, "kind": "Group", "name": "system:masters"}],
        }),
    ]
}
