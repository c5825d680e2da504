//! How an API server refuses: an object of the kind `Status`, with a reason for programs and a message for people.

use serde_json::{Value, json};

use super::route::Resource;
use crate::{cloud::Call, faults::Fault};

/// One refusal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) details: Value,
}

/// An answer: status and object, or a refusal.
pub(super) type Answer = Result<(u16, Value), Refusal>;

impl Refusal {
    fn new(status: u16, reason: &str, message: impl Into<String>) -> Self {
        Self { status, reason: reason.to_owned(), message: message.into(), details: json!({}) }
    }

    /// About an object, whose name and resource stand in the details.
    fn about(status: u16, reason: &str, resource: &Resource, name: &str, message: String) -> Self {
        let details = json!({"name": name, "group": resource.group, "kind": resource.plural});
        Self { details, ..Self::new(status, reason, message) }
    }

    fn causes(mut self, causes: Vec<Value>) -> Self {
        if let Some(details) = self.details.as_object_mut() {
            details.insert("causes".to_owned(), Value::Array(causes));
        }
        self
    }

    pub(super) fn bad_request(why: &str) -> Self {
        Self::new(400, "BadRequest", why)
    }

    pub(super) fn no_such_path(path: &str) -> Self {
        let mut refusal = Self::new(404, "NotFound", "the server could not find the requested resource");
        refusal.details = json!({"causes": [{"reason": "UnexpectedServerResponse", "message": path}]});
        refusal
    }

    pub(super) fn not_found(resource: &Resource, name: &str) -> Self {
        Self::about(404, "NotFound", resource, name, format!("{} \"{name}\" not found", resource.qualified()))
    }

    pub(super) fn already_exists(resource: &Resource, name: &str) -> Self {
        Self::about(409, "AlreadyExists", resource, name, format!("{} \"{name}\" already exists", resource.qualified()))
    }

    /// Somebody wrote since it was read.
    pub(super) fn modified(resource: &Resource, name: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": the object has been modified; please apply your changes to the \
             latest version and try again",
            resource.qualified()
        );
        Self::about(409, "Conflict", resource, name, message)
    }

    /// Fields that other managers own: manager and path of each.
    pub(super) fn foreign_fields(conflicts: &[(String, String)]) -> Self {
        let number =
            if conflicts.len() == 1 { "1 conflict".to_owned() } else { format!("{} conflicts", conflicts.len()) };
        let each: Vec<String> =
            conflicts.iter().map(|(manager, field)| format!("conflict with \"{manager}\": {field}")).collect();
        let causes = conflicts.iter().map(|(manager, field)| {
            let message = format!("conflict with \"{manager}\"");
            json!({"reason": "FieldManagerConflict", "message": message, "field": field})
        });
        let causes = causes.collect();
        Self::new(409, "Conflict", format!("Apply failed with {number}: {}", each.join("\n"))).causes(causes)
    }

    /// A value that cannot be.
    pub(super) fn invalid(resource: &Resource, name: &str, field: &str, why: &str) -> Self {
        let message = format!("{} \"{name}\" is invalid: {field}: {why}", resource.kind_qualified());
        let cause = json!({"reason": "FieldValueInvalid", "message": why, "field": field});
        let mut refusal = Self::about(422, "Invalid", resource, name, message);
        if let Some(details) = refusal.details.as_object_mut() {
            details.insert("kind".to_owned(), json!(resource.kind));
        }
        refusal.causes(vec![cause])
    }

    /// Nothing begins in a namespace that ends.
    pub(super) fn terminating(resource: &Resource, name: &str, namespace: &str) -> Self {
        let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
        let message = format!("{} \"{name}\" is forbidden: {why}", resource.qualified());
        let cause = format!("namespace {namespace} is being terminated");
        let cause = json!({"reason": "NamespaceTerminating", "message": cause, "field": "metadata.namespace"});
        Self::about(403, "Forbidden", resource, name, message).causes(vec![cause])
    }

    pub(super) fn forbidden(resource: &Resource, name: &str, why: &str) -> Self {
        let message = format!("{} \"{name}\" is forbidden: {why}", resource.qualified());
        Self::about(403, "Forbidden", resource, name, message)
    }

    pub(super) fn method(verb: &str) -> Self {
        Self::new(
            405,
            "MethodNotAllowed",
            format!("the server does not allow this method on the requested resource: {verb}"),
        )
    }

    pub(super) fn media_type(given: &str) -> Self {
        Self::new(415, "UnsupportedMediaType", format!("the body of the request was in an unknown format: {given}"))
    }

    /// A patch that fits what was sent, but not the object.
    pub(super) fn unfit(why: &str) -> Self {
        Self::new(422, "Invalid", format!("the server rejected our request due to an error in our request: {why}"))
    }

    /// The state that a list began with is not kept any more.
    pub(super) fn gone() -> Self {
        Self::new(410, "Expired", "The provided continue parameter is too old to display a consistent list result.")
    }

    /// What the scenario demands, in the words of an API server.
    pub(super) fn injected(call: &Call, fault: Fault) -> Self {
        match fault {
            Fault::Throttled => Self::new(
                429,
                "TooManyRequests",
                "the server has received too many requests and has asked us to try again later",
            ),
            Fault::Denied => {
                let message = format!(
                    "{} is forbidden: User \"{}\" cannot do that in this cluster",
                    call.operation, call.credential
                );
                Self::new(403, "Forbidden", message)
            }
            Fault::Expired => Self::new(401, "Unauthorized", "Unauthorized"),
            Fault::Busy => Self::new(
                409,
                "Conflict",
                "the object has been modified; please apply your changes to the latest version and try again",
            ),
            _ => Self::new(500, "InternalError", "Internal error occurred: etcdserver: request timed out"),
        }
    }
}
