//! What the server's refusals mean. It explains each in a `Status` object; whoever stands before it (a proxy, a balancer)
//! does not.

use polity_provider::{Error, Operation, Problem, Reply};
use serde_json::Value as Json;

/// Code of a refusal because a field belongs to another manager.
pub(crate) const FOREIGN_FIELDS: &str = "FieldManagerConflict";
/// Code of a refusal because the object changed since it was read.
pub(crate) const CHANGED: &str = "Conflict";
/// Code of a refusal because a list is too old to go on with.
pub(crate) const EXPIRED: &str = "Expired";

/// Judges an answer: `None` when it is a success.
pub(super) fn judge(operation: &Operation, reply: &Reply) -> Option<Error> {
    if (200..300).contains(&reply.status) {
        return None;
    }
    let status: Json = serde_json::from_slice(&reply.body).unwrap_or(Json::Null);
    let reason = status.get("reason").and_then(Json::as_str).unwrap_or_default();
    let said = status.get("message").and_then(Json::as_str);
    let said = said.map_or_else(|| plain(reply), str::to_owned);
    let mut error = Error::new(problem(operation, reply.status, reason, &said, &status), "", said);
    error.code = Some(match (reply.status, reason) {
        (410, _) => EXPIRED.to_owned(),
        (status, "") => status.to_string(),
        (_, reason) => reason.to_owned(),
    });
    Some(explained(error, operation, &status))
}

/// The first words of an answer that is no `Status`.
fn plain(reply: &Reply) -> String {
    let text = String::from_utf8_lossy(&reply.body);
    let text: String = text.trim().chars().take(200).collect();
    if text.is_empty() { format!("the server answered {} without a word", reply.status) } else { text }
}

fn problem(operation: &Operation, status: u16, reason: &str, said: &str, details: &Json) -> Problem {
    match (status, reason) {
        (401, _) => Problem::Credentials,
        // A webhook chooses the number that its refusal has: a 404 of one does not say that an object is gone.
        _ if is_admission(said) => Problem::Invalid,
        (403, _) if said.contains("exceeded quota") => Problem::Limit,
        (403, _) if is_ending(details, said) => Problem::Invalid,
        (403, _) => Problem::Denied,
        (404, _) if is_unknown_resource(details, said) => Problem::Unsupported,
        (404, _) => Problem::NotFound,
        (409, "AlreadyExists") => Problem::AlreadyExists,
        // We named no state of the object, so nobody is ahead of us: the server's own writers were in each other's way.
        (409, CHANGED) if is_without_state(operation) && foreign_fields(details).is_empty() => Problem::Busy,
        (429, _) => Problem::Throttled,
        (500 | 502 | 503 | 504, _) => Problem::Transient,
        (405 | 406 | 415, _) => Problem::Unsupported,
        _ => Problem::Invalid,
    }
}

/// Whether an operation writes whatever state an object is in: what replaces or ends one says which state was read.
fn is_without_state(operation: &Operation) -> bool {
    ["apply ", "create "].iter().any(|verb| operation.name.starts_with(verb))
}

fn is_admission(said: &str) -> bool {
    said.contains("denied the request") || said.contains("denied request")
}

fn is_ending(status: &Json, said: &str) -> bool {
    causes(status).any(|cause| cause.get("reason").and_then(Json::as_str) == Some("NamespaceTerminating"))
        || said.contains("because it is being terminated")
}

/// A resource that this server does not have, rather than an object that is not there: it then names no object.
fn is_unknown_resource(status: &Json, said: &str) -> bool {
    let named = status.pointer("/details/name").and_then(Json::as_str).is_some_and(|name| !name.is_empty());
    !named && (status.is_null() || said.contains("could not find the requested resource"))
}

fn causes(status: &Json) -> impl Iterator<Item = &Json> {
    status.pointer("/details/causes").and_then(Json::as_array).into_iter().flatten()
}

fn foreign_fields(status: &Json) -> Vec<String> {
    causes(status).filter_map(foreign_field).collect()
}

fn explained(mut error: Error, operation: &Operation, status: &Json) -> Error {
    let foreign = foreign_fields(status);
    if !foreign.is_empty() {
        error.code = Some(FOREIGN_FIELDS.to_owned());
        error.message = foreign.join("; ");
        return error.help(
            "leave these fields to whoever manages them by taking them out of the manifest, or set `mode: own` here to take \
             them over",
        );
    }
    let help = match error.problem {
        Problem::Credentials => Some(
            "the token or certificate has ended or is not known there: log in again, and try it with `kubectl auth can-i \
             list namespaces`",
        ),
        Problem::Unsupported => {
            error.message =
                format!("this server does not know `{}`: {}", operation.permission_resource(), error.message);
            Some("update the cluster, or take out of the manifest what needs it")
        }
        Problem::Denied if error.message.contains("attempting to grant RBAC permissions not currently held") => Some(
            "who gives a role away must have all that it gives, or the verbs `bind` and `escalate`: see `polity permissions \
             kubernetes --write`",
        ),
        Problem::Transient if error.message.contains("failed calling webhook") => {
            Some("an admission webhook does not answer: whoever runs it must repair or remove it")
        }
        Problem::Invalid if is_admission(&error.message) => {
            Some("ask whoever runs this admission policy or webhook, or write what it wants")
        }
        Problem::Invalid if is_ending(status, &error.message) => {
            Some("wait until the namespace is gone; one that hangs names its finalizer in its status")
        }
        Problem::Invalid if error.message.contains("cannot change roleRef") => Some(
            "the role of a binding is fixed: plan again, so that a new binding is made and the old one goes after it",
        ),
        Problem::Invalid if error.code.as_deref() == Some(EXPIRED) => {
            Some("the cluster changes faster than it can be listed: run it again, at a quieter time")
        }
        Problem::Invalid if error.code.as_deref() == Some(CHANGED) => {
            Some("somebody changed it since it was read: plan again")
        }
        Problem::Limit => Some("the namespace's own quota is used up: raise it, or free something"),
        _ => None,
    };
    match help {
        Some(help) => error.help(help),
        None => error,
    }
}

/// `conflict with "kubectl-label" using v1` on `.metadata.labels.env`, in our words.
fn foreign_field(cause: &Json) -> Option<String> {
    let part = |name: &str| cause.get(name).and_then(Json::as_str);
    if part("reason") != Some(FOREIGN_FIELDS) {
        return None;
    }
    let manager = part("message")?.split('"').nth(1).unwrap_or("somebody else");
    Some(format!("`{}` belongs to the field manager `{manager}`", part("field")?.trim_start_matches('.')))
}

/// What an operation is about, as permissions name it.
trait About {
    fn permission_resource(&self) -> &str;
}

impl About for Operation {
    fn permission_resource(&self) -> &str {
        self.permission.split_once(' ').map_or(self.permission, |(_, resource)| resource)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::operations::{ADMISSION_POLICIES, NAMESPACES, ROLE_BINDINGS};

    fn judged_at(operation: &Operation, status: u16, body: &Json) -> Error {
        let reply = Reply { status, headers: Vec::new(), body: body.to_string().into_bytes().into() };
        judge(operation, &reply).unwrap()
    }

    fn judged(status: u16, body: &Json) -> Error {
        judged_at(&NAMESPACES.apply.0, status, body)
    }

    fn status(reason: &str, message: &str, details: &Json) -> Json {
        json!({"kind": "Status", "reason": reason, "message": message, "details": details})
    }

    #[test]
    fn refusals_are_told_apart() {
        use Problem::{AlreadyExists, Credentials, Denied, Invalid, Limit, NotFound, Throttled, Transient};
        let none = json!({});
        for (code, reason, message, problem) in [
            (401, "Unauthorized", "Unauthorized", Credentials),
            (403, "Forbidden", "User \"eve\" cannot patch resource", Denied),
            (403, "Forbidden", "pods \"a\" is forbidden: exceeded quota: q", Limit),
            (403, "Forbidden", "unable to create new content in namespace a because it is being terminated", Invalid),
            (409, "AlreadyExists", "namespaces \"a\" already exists", AlreadyExists),
            (409, "Conflict", "the object has been modified", Problem::Busy),
            (422, "Invalid", "cannot change roleRef", Invalid),
            (429, "TooManyRequests", "too many requests", Throttled),
            (400, "BadRequest", "admission webhook \"w\" denied the request: no", Invalid),
            (404, "NotFound", "admission webhook \"w\" denied the request: no", Invalid),
            (503, "", "admission webhook \"w\" denied the request: no", Invalid),
            (500, "InternalError", "failed calling webhook \"w\": timeout", Transient),
            (503, "ServiceUnavailable", "apiserver is shutting down", Transient),
        ] {
            assert_eq!(judged(code, &status(reason, message, &none)).problem, problem, "{message}");
        }
        let gone = judged(404, &status("NotFound", "namespaces \"a\" not found", &json!({"name": "a"})));
        assert_eq!(gone.problem, NotFound);
    }

    #[test]
    fn who_named_a_state_must_read_anew_and_who_named_none_tries_again() {
        let changed = status("Conflict", "the object has been modified", &json!({}));
        for (operation, problem) in [
            (&ROLE_BINDINGS.replace.0, Problem::Invalid),
            (&ROLE_BINDINGS.delete.0, Problem::Invalid),
            (&ROLE_BINDINGS.create.0, Problem::Busy),
        ] {
            let error = judged_at(operation, 409, &changed);
            assert_eq!((error.problem, error.code.as_deref()), (problem, Some(CHANGED)), "{}", operation.name);
        }
        let gone = judged_at(&NAMESPACES.list.0, 410, &status("Gone", "too old", &json!({})));
        assert_eq!(gone.code.as_deref(), Some(EXPIRED));
    }

    #[test]
    fn a_fixed_role_says_what_is_made_instead() {
        let said = "RoleBinding \"a\" is invalid: roleRef: Invalid value: cannot change roleRef";
        let error = judged(422, &status("Invalid", said, &json!({"name": "a"})));
        assert!(error.is(Problem::Invalid) && error.help.unwrap().contains("a new binding is made"));
    }

    #[test]
    fn a_field_of_another_manager_is_named_with_it() {
        let causes = json!({"causes": [{
            "reason": "FieldManagerConflict",
            "message": "conflict with \"kubectl-label\" using v1",
            "field": ".metadata.labels.env",
        }]});
        let error = judged(409, &status("Conflict", "Apply failed with 1 conflict", &causes));
        assert_eq!(error.message, "`metadata.labels.env` belongs to the field manager `kubectl-label`");
        assert_eq!(error.code.as_deref(), Some(FOREIGN_FIELDS));
        assert!(error.help.unwrap().contains("mode: own"));
    }

    #[test]
    fn a_resource_that_the_server_lacks_is_not_an_object_that_is_gone() {
        let lacking = Reply { status: 404, headers: Vec::new(), body: b"404 page not found\n".to_vec().into() };
        let error = judge(&ADMISSION_POLICIES.list.0, &lacking).unwrap();
        assert_eq!(error.problem, Problem::Unsupported);
        assert!(
            error.message.contains("`validatingadmissionpolicies.admissionregistration.k8s.io`"),
            "{}",
            error.message
        );
        let refused = status("NotFound", "the server could not find the requested resource", &json!({}));
        assert_eq!(judged(404, &refused).problem, Problem::Unsupported);
    }

    #[test]
    fn a_proxy_that_knows_no_status_is_quoted() {
        let reply = Reply { status: 502, headers: Vec::new(), body: b"<html>Bad Gateway</html>".to_vec().into() };
        let error = judge(&NAMESPACES.list.0, &reply).unwrap();
        assert!(error.is(Problem::Transient) && error.message.contains("Bad Gateway"), "{error}");
    }
}
