//! What an answer that is no success means. The services put their reasons into different places; OpenStack's statuses
//! mean nearly the same everywhere.

use polity_provider::{Error, Operation, Problem, Reply};
use serde_json::Value as Json;

use crate::versions;

/// Judges an answer of an operation.
pub(crate) fn judge(operation: &Operation, reply: &Reply) -> Option<Error> {
    let mut error = judge_status(&format!("{}:{}", operation.service, operation.name), reply)?;
    // The policies of Nova and Cinder do not name the rule that was not kept; our table does.
    error.permission.get_or_insert_with(|| operation.permission.to_owned());
    if let (406, Some(version)) = (reply.status, versions::micro_version(operation.service)) {
        error.problem = Problem::Unsupported;
        error.help = Some(format!(
            "Polity asks for the micro-version `{version}`, which every release since Queens (2018) has: update the service, or write \
             nothing that needs it"
        ));
    }
    Some(error)
}

/// Judges an answer.
pub(crate) fn judge_status(operation: &str, reply: &Reply) -> Option<Error> {
    if (200..300).contains(&reply.status) {
        return None;
    }
    let said = said(reply);
    let problem = problem(reply.status, &said);
    let mut error = Error::new(problem, operation, said.message.clone().unwrap_or_else(|| silent(reply)));
    error.code = Some(said.code.unwrap_or_else(|| reply.status.to_string()));
    Some(error)
}

/// What a service says of its refusal.
#[derive(Debug, Default)]
struct Said {
    message: Option<String>,
    code: Option<String>,
    /// Whether it was the service that answered, and not something before it or its router.
    whole: bool,
}

/// Keystone says `{"error": {..}}`, Neutron `{"NeutronError": {..}}`, Nova and Cinder `{"forbidden": {..}}` and the like.
fn said(reply: &Reply) -> Said {
    let Ok(Json::Object(body)) = serde_json::from_slice::<Json>(&reply.body) else { return Said::default() };
    let Some((_, inner)) = body.iter().find(|(_, value)| value.is_object()) else {
        let message = body.get("message").or_else(|| body.get("NeutronError")).and_then(Json::as_str);
        return Said { message: message.map(tidy), ..Said::default() };
    };
    let text = |name: &str| inner.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
    Said {
        message: text("message").map(tidy),
        // Keystone's title only repeats the status; Neutron's type says more.
        code: text("type").map(str::to_owned),
        whole: true,
    }
}

/// One line, without the full stop: it becomes the end of a sentence of ours.
fn tidy(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.trim_end_matches('.').to_owned()
}

fn silent(reply: &Reply) -> String {
    let text = String::from_utf8_lossy(&reply.body);
    let text = text.trim_start();
    let first: String = text.lines().next().unwrap_or_default().chars().take(120).collect();
    match first.is_empty() || first.starts_with('<') {
        true => format!("the answer has the status {} and says no reason", reply.status),
        false => tidy(&first),
    }
}

fn problem(status: u16, said: &Said) -> Problem {
    let message = said.message.as_deref().unwrap_or_default();
    match status {
        400 if message.contains("Quota") && message.contains("exceed") => Problem::Limit,
        401 => Problem::Credentials,
        // Keystone says `403` also for what nobody may do: a move of a project, one level too many.
        403 if is_about_policy(message) => Problem::Denied,
        403 => Problem::Invalid,
        404 if said.whole => Problem::NotFound,
        404 | 405 | 501 => Problem::Unsupported,
        409 if said.code.as_deref() == Some("OverQuota") => Problem::Limit,
        409 => Problem::AlreadyExists,
        413 | 429 => Problem::Throttled,
        503 => Problem::Busy,
        500..600 => Problem::Transient,
        300 | 400..500 => Problem::Invalid,
        _ => Problem::Unexpected,
    }
}

/// Whether a `403` says that this principal may not, and not that nobody may.
fn is_about_policy(message: &str) -> bool {
    let action = message.split_once("not authorized to perform the requested action: ").map(|(_, action)| action);
    match action {
        // `identity:create_project` is a rule of the policy, a sentence is a reason.
        Some(action) => action.starts_with("identity:") || !action.contains(' '),
        None => message.is_empty() || message.contains("olicy") || message.contains("disallowed by"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> (Problem, String) {
        let reply = Reply { status, headers: Vec::new(), body: body.to_owned().into() };
        let error = judge_status("identity:do", &reply).unwrap();
        (error.problem, error.message)
    }

    #[test]
    fn a_service_that_is_too_old_is_told_by_the_version_that_is_asked_for() {
        let body = r#"{"computeFault": {"code": 406, "message": "Version 2.57 is not supported by the API."}}"#;
        let reply = Reply { status: 406, headers: Vec::new(), body: body.to_owned().into() };
        let error = judge(&crate::operations::compute::GET_QUOTA_SET.0, &reply).unwrap();
        assert!(error.is(Problem::Unsupported) && error.help.unwrap().contains("compute 2.57"));
    }

    #[test]
    fn the_reasons_of_all_services_are_found() {
        let cases = [
            (
                401,
                r#"{"error": {"code": 401, "message": "The request you have made requires authentication.", "title": "Unauthorized"}}"#,
            ),
            (
                403,
                r#"{"error": {"code": 403, "message": "You are not authorized to perform the requested action: identity:create_project.", "title": "Forbidden"}}"#,
            ),
            (
                403,
                r#"{"error": {"code": 403, "message": "You are not authorized to perform the requested action: Update of `parent_id` is not allowed.", "title": "Forbidden"}}"#,
            ),
            (404, r#"{"error": {"code": 404, "message": "Could not find project: x.", "title": "Not Found"}}"#),
            (404, "<html><body>nothing here</body></html>"),
            (404, "404 page not found"),
            (
                409,
                r#"{"NeutronError": {"type": "OverQuota", "message": "Quota exceeded for resources: ['network'].", "detail": ""}}"#,
            ),
            (
                409,
                r#"{"error": {"code": 409, "message": "Conflict occurred attempting to store group", "title": "Conflict"}}"#,
            ),
            (
                403,
                r#"{"forbidden": {"code": 403, "message": "Policy doesn't allow os_compute_api:os-quota-sets:update to be performed."}}"#,
            ),
            (
                500,
                r#"{"error": {"code": 500, "message": "An unexpected error prevented the server from fulfilling your request."}}"#,
            ),
            (503, ""),
        ];
        let told: Vec<String> = cases
            .iter()
            .map(|(status, body)| {
                let (problem, message) = judged(*status, body);
                format!("{status} {problem:?}: {message}")
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
