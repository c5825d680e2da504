//! Errors as AWS words them.

use serde_json::{Map, Value};

use crate::{cloud::Call, faults::Fault};

/// An error answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Further members of the error's shape, such as `Reason`.
    pub(crate) more: Map<String, Value>,
}

impl Refusal {
    /// An error that the caller has to mend: status 400.
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: message.into(), more: Map::new() }
    }

    /// With another HTTP status.
    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// With one more member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// The same error under the code that this service has for it. Rooms and the wire call what every service refuses by
    /// one name: members that do not fit, keys that nobody gave out, credentials that have run out.
    pub(crate) fn worded_by(mut self, service: &str) -> Self {
        let code = match (self.code.as_str(), service) {
            ("ValidationException", "iam" | "sts") => "ValidationError",
            ("ValidationException", "ec2") => "InvalidParameterValue",
            ("ValidationException", "budgets") => "InvalidParameterException",
            ("ValidationException", "s3-control") => "InvalidRequest",
            ("InvalidClientTokenId", "ec2") => "AuthFailure",
            ("InvalidClientTokenId", "s3-control") => "InvalidAccessKeyId",
            ("InvalidClientTokenId", "iam" | "sts") => return self,
            ("InvalidClientTokenId", _) => "UnrecognizedClientException",
            ("ExpiredTokenException", "ec2") => "RequestExpired",
            ("ExpiredTokenException", "iam" | "sts" | "s3-control") => "ExpiredToken",
            _ => return self,
        };
        code.clone_into(&mut self.code);
        self
    }

    /// An operation that the sandbox does not simulate. No SDK repeats it.
    pub(crate) fn unknown_operation(call: &Call) -> Self {
        let message = format!("the sandbox does not simulate {}:{}", call.service, call.operation);
        Self::new("UnknownOperationException", message).status(501)
    }

    /// What the scenario demands, in the words of the service.
    pub(crate) fn injected(call: &Call, fault: Fault) -> Self {
        match fault {
            Fault::Throttled => match call.service {
                "organizations" | "account" => Self::new("TooManyRequestsException", "You have sent too many requests in too short a period of time.")
                    .status(if call.service == "account" { 429 } else { 400 }),
                "iam" | "sts" => Self::new("Throttling", "Rate exceeded"),
                "ec2" => Self::new("RequestLimitExceeded", "Request limit exceeded.").status(503),
                "s3-control" => Self::new("SlowDown", "Please reduce your request rate.").status(503),
                _ => Self::new("ThrottlingException", "Rate exceeded"),
            },
            Fault::Denied => {
                let message = format!("User: {} is not authorized to perform: {}:{}", call.credential, call.service, call.operation);
                match call.service {
                    "iam" | "sts" => Self::new("AccessDenied", message).status(403),
                    "ec2" => Self::new("UnauthorizedOperation", message).status(403),
                    "s3-control" => Self::new("AccessDenied", message).status(403),
                    "account" => Self::new("AccessDeniedException", message).status(403),
                    _ => Self::new("AccessDeniedException", message),
                }
            }
            Fault::Expired => match call.service {
                "iam" | "sts" => Self::new("ExpiredToken", "The security token included in the request is expired").status(403),
                "ec2" => Self::new("RequestExpired", "Request has expired."),
                "s3-control" => Self::new("ExpiredToken", "The provided token has expired."),
                _ => Self::new("ExpiredTokenException", "The security token included in the request is expired"),
            },
            Fault::Busy => match call.service {
                "organizations" => Self::new("ConcurrentModificationException", "AWS Organizations can't complete your request because it conflicts with another attempt to modify the same entity. Try again later."),
                "iam" => Self::new("ConcurrentModification", "The request was rejected because multiple requests to change this object were submitted simultaneously.").status(409),
                "s3-control" => Self::new("OperationAborted", "A conflicting conditional action is currently in progress against this resource.").status(409),
                _ => Self::new("ConflictException", "The request conflicts with another change that is being made."),
            },
            _ => match call.service {
                "organizations" => Self::new("ServiceException", "AWS Organizations can't complete your request because of an internal service error. Try again later.").status(500),
                "iam" => Self::new("ServiceFailure", "The request processing has failed because of an unknown error.").status(500),
                "ec2" => Self::new("InternalError", "An internal error has occurred.").status(500),
                "s3-control" => Self::new("InternalError", "We encountered an internal error. Please try again.").status(500),
                _ => Self::new("InternalServerException", "An internal error occurred.").status(500),
            },
        }
    }
}
