//! AWS's error answers, in the house's few words.

use polity_provider::{Error, Operation, Problem, Reply};
use serde_json::Value as Json;

use super::xml;

/// What an error answer says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fault {
    code: String,
    message: String,
    reason: String,
}

/// Judges an answer: `None` when it is a success.
pub(crate) fn judge(operation: &Operation, reply: &Reply) -> Option<Error> {
    if reply.status < 400 {
        return None;
    }
    let name = format!("{}:{}", operation.service, operation.name);
    if is_html(reply) {
        return Some(web_page(&name, reply.status));
    }
    let fault = read(reply);
    let problem = problem(reply.status, &fault);
    let mut error = Error::new(problem, name, message(&fault, reply.status));
    error.permission = Some(operation.permission.to_owned());
    error.code = Some(if fault.code.is_empty() { format!("HTTP {}", reply.status) } else { fault.code.clone() });
    error.help = help(problem, &fault, operation).map(str::to_owned);
    Some(error)
}

/// AWS's id of the request.
pub(crate) fn request_id(reply: &Reply) -> Option<String> {
    ["x-amzn-requestid", "x-amz-request-id"].iter().find_map(|name| reply.header(name)).map(str::to_owned)
}

fn is_html(reply: &Reply) -> bool {
    let start: String =
        String::from_utf8_lossy(reply.body.get(..64).unwrap_or(&reply.body)).trim_start().to_lowercase();
    reply.header("content-type").is_some_and(|kind| kind.starts_with("text/html"))
        && !start.starts_with("<?xml")
        && !start.starts_with('{')
        || start.starts_with("<!doctype html")
        || start.starts_with("<html")
}

/// No AWS API answers with a web page: it comes from a gateway in between, or from an endpoint that is not AWS and does not
/// know the operation.
fn web_page(name: &str, status: u16) -> Error {
    let (problem, why) = match status {
        502..=504 => (Problem::Transient, "a gateway in between has no answer"),
        // Whoever refuses does not say that there is nothing: what is not read must never pass for empty.
        401 | 403 | 407 => (Problem::Denied, "something in between, such as a proxy, refuses it"),
        429 => (Problem::Throttled, "something in between, such as a proxy, wants fewer calls"),
        _ => (Problem::Unsupported, "it does not know this operation"),
    };
    let mut error = Error::new(problem, name, format!("the endpoint answered with a web page: {why}"));
    error.code = Some(format!("HTTP {status}"));
    error
}

fn read(reply: &Reply) -> Fault {
    let text = String::from_utf8_lossy(&reply.body);
    let mut fault = match serde_json::from_str::<Json>(&text) {
        Ok(body) => from_json(&body),
        Err(_) => from_xml(&text),
    };
    if let Some(kind) = reply.header("x-amzn-errortype") {
        fault.code = kind.to_owned();
    }
    // `com.amazonaws.organizations#PolicyNotFoundException:http://internal/`
    let plain = fault.code.rsplit('#').next().unwrap_or_default();
    fault.code = plain.split(':').next().unwrap_or_default().trim().to_owned();
    fault
}

fn from_json(body: &Json) -> Fault {
    let text = |names: &[&str]| {
        names.iter().find_map(|name| body.get(*name).and_then(Json::as_str)).unwrap_or_default().to_owned()
    };
    Fault {
        code: text(&["__type", "code", "Code"]),
        message: text(&["message", "Message", "errorMessage"]),
        reason: text(&["Reason", "reason"]),
    }
}

fn from_xml(text: &str) -> Fault {
    let Ok(tree) = xml::tree(text) else {
        return Fault { message: text.chars().take(300).collect(), ..Fault::default() };
    };
    // Query: `Error`; the EC2 flavour: `Errors/Error`; REST: the root itself.
    let error =
        tree.get("Error").or_else(|| tree.get("Errors").and_then(|errors| errors.get("Error"))).unwrap_or(&tree);
    let member = |name: &str| error.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    Fault { code: member("Code"), message: member("Message"), reason: String::new() }
}

fn message(fault: &Fault, status: u16) -> String {
    let message = match (fault.message.is_empty(), fault.reason.is_empty()) {
        (true, true) => format!("HTTP status {status} without a reason"),
        (true, false) => fault.reason.clone(),
        (false, true) => fault.message.clone(),
        (false, false) => format!("{} ({})", fault.message, fault.reason),
    };
    message.trim_end_matches('.').to_owned()
}

/// Codes whose end or middle does not say what they are.
const BY_NAME: &[(&str, Problem)] = &[
    ("RequestLimitExceeded", Problem::Throttled),
    ("SlowDown", Problem::Throttled),
    ("PriorRequestNotComplete", Problem::Throttled),
    ("ConcurrentModification", Problem::Busy),
    ("ConcurrentModificationException", Problem::Busy),
    ("EntityTemporarilyUnmodifiable", Problem::Busy),
    ("FinalizingOrganizationException", Problem::Busy),
    ("PolicyChangesInProgressException", Problem::Busy),
    ("UnauthorizedOperation", Problem::Denied),
    ("OptInRequired", Problem::Denied),
    ("AWSOrganizationsNotInUseException", Problem::NotFound),
    // Security Hub on an account that has not turned it on.
    ("InvalidAccessException", Problem::NotFound),
    ("AuthFailure", Problem::Credentials),
    ("ExpiredToken", Problem::Credentials),
    ("ExpiredTokenException", Problem::Credentials),
    ("IncompleteSignature", Problem::Credentials),
    ("InvalidAccessKeyId", Problem::Credentials),
    ("InvalidClientTokenId", Problem::Credentials),
    ("InvalidSignatureException", Problem::Credentials),
    ("MissingAuthenticationToken", Problem::Credentials),
    ("MissingAuthenticationTokenException", Problem::Credentials),
    ("RequestExpired", Problem::Credentials),
    ("RequestTimeTooSkewed", Problem::Credentials),
    ("SignatureDoesNotMatch", Problem::Credentials),
    ("TokenRefreshRequired", Problem::Credentials),
    ("UnrecognizedClientException", Problem::Credentials),
    ("InternalError", Problem::Transient),
    ("InternalFailure", Problem::Transient),
    ("InternalServerException", Problem::Transient),
    ("RequestTimeout", Problem::Transient),
    ("RequestTimeoutException", Problem::Transient),
    ("ServiceException", Problem::Transient),
    ("ServiceFailure", Problem::Transient),
    ("ServiceUnavailable", Problem::Transient),
    ("ServiceUnavailableException", Problem::Transient),
    ("Unavailable", Problem::Transient),
    ("InvalidAction", Problem::Unsupported),
    ("NotImplemented", Problem::Unsupported),
    ("UnknownOperationException", Problem::Unsupported),
    ("UnsupportedAPIEndpointException", Problem::Unsupported),
];

/// Parts of codes that say what they are, the more telling first.
const BY_PART: &[(&str, Problem)] = &[
    ("Throttl", Problem::Throttled),
    ("TooManyRequests", Problem::Throttled),
    ("AccessDenied", Problem::Denied),
    ("NotAuthorized", Problem::Denied),
    ("NotFound", Problem::NotFound),
    ("NoSuch", Problem::NotFound),
    ("DoesNotExist", Problem::NotFound),
    ("Duplicate", Problem::AlreadyExists),
    ("Already", Problem::AlreadyExists),
    ("LimitExceeded", Problem::Limit),
    ("QuotaExceeded", Problem::Limit),
];

fn problem(status: u16, fault: &Fault) -> Problem {
    let Fault { code, message, reason } = fault;
    match code.as_str() {
        // The last write has not reached the host that answers, or two writers met; unless the name is simply taken.
        "ConflictException" => {
            let message = message.to_lowercase();
            let there = ["already exist", "already attached", "already associated", "already has"];
            let taken = reason.contains("UNIQUENESS") || there.iter().any(|words| message.contains(words));
            return if taken { Problem::AlreadyExists } else { Problem::Busy };
        }
        "ConstraintViolationException" if reason == "ACCOUNT_CREATION_NOT_COMPLETE" => return Problem::Busy,
        "ConstraintViolationException" if reason.contains("LIMIT_EXCEEDED") => return Problem::Limit,
        "ConstraintViolationException" => return Problem::Invalid,
        _ => {}
    }
    let by_name = BY_NAME.iter().find(|(name, _)| name == code);
    if let Some((_, problem)) = by_name.or_else(|| BY_PART.iter().find(|(part, _)| code.contains(part))) {
        return *problem;
    }
    match status {
        401 => Problem::Credentials,
        403 => Problem::Denied,
        404 if code.is_empty() => Problem::NotFound,
        429 => Problem::Throttled,
        501 => Problem::Unsupported,
        500.. => Problem::Transient,
        _ => Problem::Invalid,
    }
}

fn help(problem: Problem, fault: &Fault, operation: &Operation) -> Option<&'static str> {
    match (problem, fault.code.as_str()) {
        (Problem::Credentials, "RequestExpired" | "RequestTimeTooSkewed" | "SignatureDoesNotMatch") => {
            Some("check the secret access key, and that this machine's clock is right")
        }
        (Problem::Credentials, "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired") => {
            Some("log in again (`aws sso login`, or fresh keys), then repeat the command")
        }
        (Problem::Credentials, _) => {
            Some("check `AWS_PROFILE` or `AWS_ACCESS_KEY_ID`, and that the region is enabled in the account")
        }
        (Problem::Denied, "OptInRequired") => Some("enable the region in this account first (`regions_opt_in`)"),
        (Problem::Denied, _) if fault.message.contains("explicit deny") => {
            Some("a policy denies this on purpose: exempt Polity's role from that policy, or let this be")
        }
        (Problem::Denied, _) => Some("`polity permissions aws --read|--write` prints the policy that Polity needs"),
        (Problem::NotFound, "AWSOrganizationsNotInUseException") => Some(
            "this account is not in an organization: use the management account, or let Polity create the organization",
        ),
        (Problem::Limit, _) if operation.service == "organizations" => {
            Some("some quotas can be raised in the Service Quotas console, in us-east-1, from the management account")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATION: Operation = crate::operations::organizations::CREATE_POLICY.0;

    fn judged(status: u16, headers: &[(&str, &str)], body: &str) -> Error {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let reply = Reply { status, headers, body: body.to_owned().into() };
        judge(&OPERATION, &reply).unwrap()
    }

    #[test]
    fn codes_become_problems_in_every_protocol() {
        let query = "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>not there</Message></Error></ErrorResponse>";
        let ec2 = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>";
        let rest = "<?xml version='1.0'?><Error><Code>NoSuchPublicAccessBlockConfiguration</Code><Message>none</Message></Error>";
        let cases: &[(u16, &str, Problem)] = &[
            (400, r#"{"__type":"TooManyRequestsException","message":"slow"}"#, Problem::Throttled),
            (400, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#, Problem::Throttled),
            (400, r#"{"__type":"com.amazonaws#ConcurrentModificationException"}"#, Problem::Busy),
            (400, r#"{"__type":"AccessDeniedException","Message":"You don't have permissions"}"#, Problem::Denied),
            (400, r#"{"__type":"UnrecognizedClientException","message":"token"}"#, Problem::Credentials),
            (400, r#"{"__type":"ExpiredTokenException","message":"old"}"#, Problem::Credentials),
            (400, r#"{"__type":"PolicyNotFoundException"}"#, Problem::NotFound),
            (400, r#"{"__type":"DuplicatePolicyException"}"#, Problem::AlreadyExists),
            (400, r#"{"__type":"PolicyTypeAlreadyEnabledException"}"#, Problem::AlreadyExists),
            (
                400,
                r#"{"__type":"ConstraintViolationException","Reason":"POLICY_NUMBER_LIMIT_EXCEEDED"}"#,
                Problem::Limit,
            ),
            (
                400,
                r#"{"__type":"ConstraintViolationException","Reason":"ACCOUNT_CANNOT_LEAVE_ORGANIZATION"}"#,
                Problem::Invalid,
            ),
            (400, r#"{"__type":"MalformedPolicyDocumentException"}"#, Problem::Invalid),
            (
                409,
                r#"{"__type":"ConflictException","Message":"PermissionSet with name admin already exists."}"#,
                Problem::AlreadyExists,
            ),
            (
                400,
                r#"{"__type":"ConflictException","Message":"Managed policy is already attached to the PermissionSet."}"#,
                Problem::AlreadyExists,
            ),
            (400, r#"{"__type":"ConflictException","Message":"A request is already in progress"}"#, Problem::Busy),
            (400, r#"{"__type":"ConflictException","Message":"try later"}"#, Problem::Busy),
            (500, r#"{"__type":"ServiceException"}"#, Problem::Transient),
            (503, "", Problem::Transient),
            (404, query, Problem::NotFound),
            (403, ec2, Problem::Denied),
            (404, rest, Problem::NotFound),
            (500, "<!DOCTYPE HTML>\n<title>500 Internal Server Error</title>", Problem::Unsupported),
            (404, "<html><body>nothing here</body></html>", Problem::Unsupported),
            (503, "<html><body>gateway</body></html>", Problem::Transient),
            (403, "<html><body>blocked by the proxy</body></html>", Problem::Denied),
            (429, "<html><body>slow down</body></html>", Problem::Throttled),
        ];
        for (status, body, expected) in cases {
            assert_eq!(judged(*status, &[], body).problem, *expected, "{status} {body}");
        }
    }

    #[test]
    fn the_header_names_the_error_where_the_body_does_not() {
        let error = judged(
            400,
            &[("x-amzn-errortype", "ValidationException:http://internal.example/")],
            r#"{"message":"bad."}"#,
        );
        assert_eq!(error.to_string(), "`organizations:CreatePolicy` failed (ValidationException): bad");
    }

    #[test]
    fn a_denial_names_permission_and_what_to_do() {
        let error = judged(400, &[], r#"{"__type":"AccessDeniedException","Message":"no"}"#);
        assert_eq!(
            error.to_string(),
            "`organizations:CreatePolicy` was denied (AccessDeniedException): no; it takes the permission `organizations:CreatePolicy`"
        );
        assert!(error.help.unwrap().contains("polity permissions aws"));
    }

    #[test]
    fn success_is_no_fault() {
        assert_eq!(
            judge(&OPERATION, &Reply { status: 200, headers: vec![], body: "{}".into() }).map(|e| e.problem),
            None
        );
    }
}
