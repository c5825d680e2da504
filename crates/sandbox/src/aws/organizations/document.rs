//! Whether a text is a policy document of its type, as far as AWS documents what that is.

use serde_json::{Map, Value};

use super::kinds::Kind;

/// What is wrong with it, if anything is.
pub(super) fn check(kind: &Kind, content: &str) -> Result<(), String> {
    let document: Value = serde_json::from_str(content).map_err(|error| format!("it is no JSON ({error})"))?;
    let Value::Object(document) = document else { return Err("it is no JSON object".to_owned()) };
    if kind.authorizes() {
        return statements(&document, kind.name == "RESOURCE_CONTROL_POLICY");
    }
    if let Some(member) = kind.member {
        // An empty document is one that asks for nothing.
        if document.keys().any(|name| name != member) {
            return Err(format!("its one member is `{member}`"));
        }
    }
    document.values().try_for_each(|value| operators(value, 0))
}

fn statements(document: &Map<String, Value>, on_resources: bool) -> Result<(), String> {
    if let Some(name) = document.keys().find(|name| !["Version", "Id", "Statement"].contains(&name.as_str())) {
        return Err(format!("no policy has a member `{name}`"));
    }
    if document.get("Version").is_some_and(|version| !(version == "2012-10-17" || version == "2008-10-17")) {
        return Err("its Version is none".to_owned());
    }
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) if !statements.is_empty() => statements.as_slice(),
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => return Err("it has no Statement".to_owned()),
    };
    let mut names = std::collections::BTreeSet::new();
    for statement in statements {
        let Value::Object(statement) = statement else { return Err("a statement is no JSON object".to_owned()) };
        check_statement(statement, on_resources)?;
        if let Some(name) = statement.get("Sid").and_then(Value::as_str).filter(|name| !name.is_empty())
            && !names.insert(name)
        {
            return Err(format!("two statements have the Sid `{name}`"));
        }
    }
    Ok(())
}

const MEMBERS: [&str; 8] =
    ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal"];

fn check_statement(statement: &Map<String, Value>, on_resources: bool) -> Result<(), String> {
    if let Some(name) = statement.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(format!("a statement has no member `{name}`"));
    }
    let effect = statement.get("Effect").and_then(Value::as_str);
    if !matches!(effect, Some("Allow" | "Deny")) {
        return Err("the Effect of a statement is `Allow` or `Deny`".to_owned());
    }
    one_of(statement, "Action", "NotAction")?;
    one_of(statement, "Resource", "NotResource")?;
    if statement.get("Condition").is_some_and(|condition| !condition.is_object()) {
        return Err("a Condition is a JSON object".to_owned());
    }
    match (on_resources, statement.get("Principal")) {
        (false, None) => actions(statement),
        (false, Some(_)) => Err("a service control policy names no Principal".to_owned()),
        (true, _) if effect == Some("Allow") => Err("a resource control policy only denies".to_owned()),
        (true, Some(principal)) if *principal == "*" || *principal == serde_json::json!({"AWS": "*"}) => {
            if statement.contains_key("NotAction") || words(statement, "Action").any(|action| action == "*") {
                return Err("a resource control policy names the actions that it denies".to_owned());
            }
            actions(statement)
        }
        (true, _) => Err("the Principal of a resource control policy is `*`".to_owned()),
    }
}

fn one_of(statement: &Map<String, Value>, name: &str, other: &str) -> Result<(), String> {
    let given: Vec<&Value> = [name, other].iter().filter_map(|name| statement.get(*name)).collect();
    let [value] = given.as_slice() else { return Err(format!("a statement has either {name} or {other}")) };
    let fits = match value {
        Value::String(_) => true,
        Value::Array(list) => !list.is_empty() && list.iter().all(Value::is_string),
        _ => false,
    };
    if fits { Ok(()) } else { Err(format!("{name} is a text or a list of texts")) }
}

fn actions(statement: &Map<String, Value>) -> Result<(), String> {
    let named = words(statement, "Action").chain(words(statement, "NotAction"));
    for action in named.filter(|action| *action != "*") {
        let parts = action.split_once(':').filter(|(service, name)| !service.is_empty() && !name.is_empty());
        let spelled = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-_*?".contains(c));
        if !parts.is_some_and(|(service, name)| spelled(service) && spelled(name)) {
            return Err(format!("`{action}` is no action"));
        }
    }
    Ok(())
}

fn words<'a>(statement: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    let value = statement.get(name);
    let one = value.and_then(Value::as_str);
    one.into_iter().chain(value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str))
}

const OPERATORS: [&str; 4] = ["@@assign", "@@append", "@@remove", "@@operators_allowed_for_child_policies"];

/// Members that begin with `@@` are operators, and there are but four of them.
fn operators(value: &Value, depth: usize) -> Result<(), String> {
    if depth > 32 {
        return Err("it is nested too deep".to_owned());
    }
    let Value::Object(members) = value else { return Ok(()) };
    for (name, inner) in members {
        if name.starts_with("@@") && !OPERATORS.contains(&name.as_str()) {
            return Err(format!("there is no operator `{name}`"));
        }
        if matches!(name.as_str(), "@@append" | "@@remove") && !inner.is_array() {
            return Err(format!("`{name}` takes a list"));
        }
        if name == "@@operators_allowed_for_child_policies" {
            let known = ["@@all", "@@none", "@@assign", "@@append", "@@remove"];
            let names =
                inner.as_array().filter(|names| names.iter().all(|name| known.iter().any(|known| name == known)));
            names.ok_or_else(|| format!("`{name}` is a list of operators"))?;
        }
        operators(inner, depth + 1)?;
    }
    Ok(())
}
