//! How the services refuse. Keystone puts `code`, `title` and `message` under `error`; Neutron says a type; Nova and Cinder
//! name the status. Only what the caller may tell apart by is worded as theirs is.

use serde_json::{Value, json};

use super::{BLOCK_STORAGE, COMPUTE, IDENTITY, NETWORK};
use crate::{cloud::Call, faults::Fault};

/// One refusal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: String,
    service: &'static str,
    /// Neutron's word for it.
    kind: &'static str,
}

impl Refusal {
    /// A refusal of Keystone's.
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), service: IDENTITY, kind: "HTTPBadRequest" }
    }

    /// The same, from another service.
    pub(super) fn of(mut self, service: &'static str) -> Self {
        self.service = service;
        self
    }

    /// The same, with Neutron's word for it.
    pub(super) fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    pub(super) fn bad(why: impl Into<String>) -> Self {
        Self::new(400, why)
    }

    /// Somebody unknown, or a token that is no good any more. Every service says it in Keystone's words.
    pub(super) fn unauthenticated() -> Self {
        Self::new(401, "The request you have made requires authentication.")
    }

    /// What a role of the caller would have to allow.
    pub(super) fn denied(service: &'static str, operation: &str) -> Self {
        let message = match service {
            IDENTITY => format!("You are not authorized to perform the requested action: identity:{operation}."),
            _ => format!("Policy doesn't allow {service}:{operation} to be performed."),
        };
        Self::new(403, message).of(service).kind("PolicyNotAuthorized")
    }

    /// What nobody may do: Keystone says it with the same words, and a sentence in place of the action.
    pub(super) fn never(why: &str) -> Self {
        Self::new(403, format!("You are not authorized to perform the requested action: {why}"))
    }

    pub(super) fn not_found(noun: &str, id: &str) -> Self {
        Self::new(404, format!("Could not find {}: {id}.", noun.replace('_', " ")))
    }

    pub(super) fn duplicate(noun: &str, why: &str) -> Self {
        Self::new(409, format!("Conflict occurred attempting to store {noun} - {why}."))
    }

    pub(super) fn immutable(noun: &str, id: &str, what: &str) -> Self {
        let help = "Set resource option 'immutable' to false first.";
        Self::new(403, format!("Unable to {what} immutable {noun} resource: `{id}`. {help}"))
    }

    pub(super) fn no_such_path(service: &'static str, path: &str) -> Self {
        Self::new(404, format!("The resource could not be found: {path}")).of(service).kind("HTTPNotFound")
    }

    /// What the sandbox does not have.
    pub(super) fn unknown(service: &'static str, what: &str) -> Self {
        let message = format!("the sandbox does not simulate `{what}` of the service `{service}`");
        Self::new(501, message).of(service).kind("NotImplemented")
    }

    /// What the scenario demands.
    pub(super) fn injected(call: &Call, fault: Fault) -> Self {
        match fault {
            Fault::Throttled => Self::new(429, "Too many requests: try again later."),
            Fault::Denied => return Self::denied(call.service, &call.operation),
            Fault::Expired => return Self::unauthenticated(),
            Fault::Busy => Self::new(503, "The service is currently unavailable, its database is busy."),
            _ => Self::new(500, "An unexpected error prevented the server from fulfilling your request."),
        }
        .of(call.service)
        .kind("HTTPInternalServerError")
    }

    fn title(&self) -> &'static str {
        match self.status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            409 => "Conflict",
            429 => "Too Many Requests",
            501 => "Not Implemented",
            503 => "Service Unavailable",
            _ => "Internal Server Error",
        }
    }

    /// What the log calls it.
    pub(super) fn code(&self) -> String {
        if self.service == NETWORK { self.kind.to_owned() } else { self.title().to_owned() }
    }

    /// As the service writes it.
    pub(super) fn body(&self) -> Value {
        let of_middleware = self.status == 401;
        match self.service {
            NETWORK if !of_middleware => {
                json!({"NeutronError": {"type": self.kind, "message": self.message, "detail": ""}})
            }
            COMPUTE | BLOCK_STORAGE if !of_middleware => {
                let name = match self.status {
                    400 => "badRequest",
                    403 => "forbidden",
                    404 => "itemNotFound",
                    409 => "conflictingRequest",
                    429 => "overLimit",
                    501 => "notImplemented",
                    503 => "serviceUnavailable",
                    _ => "computeFault",
                };
                json!({name: {"code": self.status, "message": self.message}})
            }
            _ => json!({"error": {"code": self.status, "message": self.message, "title": self.title()}}),
        }
    }
}
