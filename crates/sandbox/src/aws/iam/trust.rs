//! Policy documents: whether one is well made, and whom a role's trust lets in.

use serde_json::Value;

use super::malformed;
use crate::aws::{refusal::Refusal, wire::Caller};

/// A document as JSON, if its outline is that of a policy.
pub(super) fn parse(document: &str) -> Result<Value, Refusal> {
    let policy: Value = serde_json::from_str(document).map_err(|_| malformed("This policy contains invalid Json"))?;
    let version = policy.get("Version").and_then(Value::as_str);
    if !policy.is_object() || version.is_some_and(|version| !["2012-10-17", "2008-10-17"].contains(&version)) {
        return Err(malformed("Syntax errors in policy."));
    }
    let statements = list(policy.get("Statement"));
    if statements.is_empty() {
        return Err(malformed("The policy must contain at least one statement."));
    }
    for statement in &statements {
        let effect = statement.get("Effect").and_then(Value::as_str);
        if !matches!(effect, Some("Allow" | "Deny")) {
            return Err(malformed("Each statement needs the effect Allow or Deny."));
        }
        if statement.get("Action").or_else(|| statement.get("NotAction")).is_none() {
            return Err(malformed("Policy statement must contain actions."));
        }
    }
    Ok(policy)
}

/// A document that says what may be done.
pub(super) fn check_permissions(document: &str) -> Result<(), Refusal> {
    for statement in list(parse(document)?.get("Statement")) {
        if statement.get("Principal").or_else(|| statement.get("NotPrincipal")).is_some() {
            return Err(malformed("Policy document should not specify a principal."));
        }
        if statement.get("Resource").or_else(|| statement.get("NotResource")).is_none() {
            return Err(malformed("Policy statement must contain resources."));
        }
    }
    Ok(())
}

/// A document that says who may assume a role.
pub(super) fn check_trust(document: &str) -> Result<(), Refusal> {
    for statement in list(parse(document)?.get("Statement")) {
        if statement.get("Resource").or_else(|| statement.get("NotResource")).is_some() {
            return Err(malformed("Has prohibited field Resource"));
        }
        let principals = match statement.get("Principal") {
            None => return Err(malformed("Missing required field Principal")),
            Some(Value::Object(kinds)) => list(kinds.get("AWS")),
            Some(other) => vec![other],
        };
        if let Some(odd) = principals.into_iter().find(|principal| !is_principal(principal)) {
            return Err(malformed(format!("Invalid principal in policy: \"AWS\":{odd}")));
        }
        let actions = list(statement.get("Action"));
        if let Some(odd) = actions.into_iter().find(|action| !action.as_str().is_some_and(is_of_sts)) {
            return Err(malformed(format!("AssumeRole policy may only specify STS AssumeRole actions, not {odd}")));
        }
    }
    Ok(())
}

fn is_of_sts(action: &str) -> bool {
    action == "*" || action.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sts:"))
}

fn is_principal(principal: &Value) -> bool {
    let Some(text) = principal.as_str() else { return false };
    text == "*" || is_account(text) || is_arn(text)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.chars().all(|letter| letter.is_ascii_digit())
}

fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", _, "iam" | "sts", "", account, rest] if is_account(account) && !rest.is_empty())
}

/// Whether a trust policy lets this caller assume its role. What a condition asks is known of the external id alone;
/// every other condition is taken to speak against the caller, so that nobody gets in here whom AWS would keep out.
pub(super) fn lets_in(trust: &str, caller: &Caller, external_id: Option<&str>) -> bool {
    let Ok(policy) = serde_json::from_str::<Value>(trust) else { return false };
    let (mut allowed, mut denied) = (false, false);
    for statement in list(policy.get("Statement")) {
        if !is_about_assuming(statement) || !names(statement.get("Principal"), caller) {
            continue;
        }
        let met = conditions_met(statement.get("Condition"), external_id);
        match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => allowed |= met == Some(true),
            _ => denied |= met != Some(false),
        }
    }
    allowed && !denied
}

fn is_about_assuming(statement: &Value) -> bool {
    list(statement.get("Action"))
        .into_iter()
        .filter_map(Value::as_str)
        .any(|action| ["*", "sts:*", "sts:assumerole", "sts:assume*"].contains(&action.to_ascii_lowercase().as_str()))
}

fn names(principal: Option<&Value>, caller: &Caller) -> bool {
    let named = match principal {
        Some(Value::Object(kinds)) => list(kinds.get("AWS")),
        Some(other) => vec![other],
        None => return false,
    };
    named.into_iter().filter_map(Value::as_str).any(|name| {
        name == "*"
            || name == caller.account
            || name == caller.arn
            || is_root_of(name, &caller.account)
            || role_behind(&caller.arn).is_some_and(|(account, role)| is_role(name, account, role))
    })
}

fn is_root_of(name: &str, account: &str) -> bool {
    name.strip_suffix(":root").and_then(|rest| rest.rsplit(':').next()).is_some_and(|named| named == account)
}

/// `arn:aws:sts::<account>:assumed-role/<role>/<session>`
fn role_behind(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':').skip(4);
    let (account, rest) = (parts.next()?, parts.next()?);
    let role = rest.strip_prefix("assumed-role/")?.split('/').next()?;
    Some((account, role))
}

fn is_role(name: &str, account: &str, role: &str) -> bool {
    let mut parts = name.splitn(6, ':').skip(4);
    parts.next() == Some(account)
        && parts.next().is_some_and(|rest| rest.starts_with("role/") && rest.rsplit('/').next() == Some(role))
}

/// Whether conditions hold; `None` where that is not known here.
fn conditions_met(conditions: Option<&Value>, external_id: Option<&str>) -> Option<bool> {
    let Some(operators) = conditions.and_then(Value::as_object) else { return Some(true) };
    for (operator, keys) in operators {
        for (key, wanted) in keys.as_object()? {
            if operator != "StringEquals" || !key.eq_ignore_ascii_case("sts:ExternalId") {
                return None;
            }
            let wanted = list(Some(wanted));
            if !wanted.into_iter().filter_map(Value::as_str).any(|wanted| Some(wanted) == external_id) {
                return Some(false);
            }
        }
    }
    Some(true)
}

/// Policies write one thing where they mean a list of one.
fn list(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(other) => vec![other],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn caller(arn: &str) -> Caller {
        let account = arn.split(':').nth(4).unwrap().to_owned();
        Caller { account, arn: arn.to_owned(), user_id: String::new(), access_key: String::new() }
    }

    fn open_to(principal: &Value) -> Value {
        json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})
    }

    fn lets(statements: &Value, arn: &str, external_id: Option<&str>) -> bool {
        lets_in(&json!({"Statement": statements}).to_string(), &caller(arn), external_id)
    }

    const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/ci/run-7";

    #[test]
    fn accounts_roles_sessions_and_everybody_can_be_named() {
        for principal in [
            json!("*"),
            json!({"AWS": "*"}),
            json!({"AWS": "111111111111"}),
            json!({"AWS": ["222222222222", "arn:aws:iam::111111111111:root"]}),
            json!({"AWS": "arn:aws:iam::111111111111:role/deep/path/ci"}),
            json!({"AWS": SESSION}),
        ] {
            assert!(lets(&open_to(&principal), SESSION, None), "{principal}");
            assert!(!lets(&json!([{"Effect": "Allow"}]), SESSION, None));
        }
        for principal in [
            json!({"AWS": "222222222222"}),
            json!({"AWS": "arn:aws:iam::111111111111:role/cd"}),
            json!({"AWS": "arn:aws:iam::111111111111:user/ci"}),
            json!({"Service": "ec2.amazonaws.com"}),
        ] {
            assert!(!lets(&open_to(&principal), SESSION, None), "{principal}");
        }
    }

    #[test]
    fn a_denial_wins_and_an_unknown_condition_never_helps() {
        let open = open_to(&json!("*"));
        let deny = json!({"Effect": "Deny", "Action": "sts:*", "Principal": {"AWS": "111111111111"}});
        assert!(!lets(&json!([open, deny]), SESSION, None));
        let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
        let mut with_mfa = open.clone();
        with_mfa["Condition"] = mfa;
        assert!(!lets(&json!([with_mfa]), SESSION, None));
    }

    #[test]
    fn an_external_id_is_asked_for() {
        let mut open = open_to(&json!("*"));
        open["Condition"] = json!({"StringEquals": {"sts:ExternalId": ["a", "b"]}});
        assert!(lets(&open, SESSION, Some("b")));
        assert!(!lets(&open, SESSION, Some("c")));
        assert!(!lets(&open, SESSION, None));
    }

    #[test]
    fn documents_that_are_no_policies_are_refused() {
        let good = json!({"Version": "2012-10-17", "Statement": [open_to(&json!({"AWS": "111111111111"}))]});
        check_trust(&good.to_string()).unwrap();
        for bad in [
            "{".to_owned(),
            "[]".to_owned(),
            json!({"Version": "2012-10-17"}).to_string(),
            json!({"Version": "2020-01-01", "Statement": good["Statement"]}).to_string(),
            json!({"Statement": [{"Effect": "allow", "Action": "sts:AssumeRole", "Principal": "*"}]}).to_string(),
            json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}).to_string(),
            json!({"Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Principal": "*"}]}).to_string(),
            json!({"Statement": open_to(&json!({"AWS": "somebody"}))}).to_string(),
            json!({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*", "Resource": "*"}})
                .to_string(),
        ] {
            assert_eq!(check_trust(&bad).unwrap_err().code, "MalformedPolicyDocument", "{bad}");
        }
        assert!(check_permissions(&good.to_string()).is_err());
        check_permissions(&json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}).to_string())
            .unwrap();
    }
}
