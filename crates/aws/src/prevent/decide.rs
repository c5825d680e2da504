//! What a policy document says to one request, read from the document itself: it shares nothing with what packs documents or
//! proves them equal, so that the one can check the other. It also replays what really happened.
//!
//! What is not known of a request is neither there nor absent: the answer is then that it cannot be told, for these keys.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::Value;

use super::{
    condition::{Family, Operator, Relation, Set},
    values::{moment, number, within},
};

/// A request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// Its action: `s3:PutObject`.
    pub(crate) action: String,
    /// Its resource, if that is known.
    pub(crate) resource: Option<String>,
    /// Values of condition keys, by key in lower case; none for a key that is absent.
    pub(crate) facts: BTreeMap<String, Vec<String>>,
    /// Whether keys without a value here are absent; otherwise they are not known.
    pub(crate) whole: bool,
}

/// Whether something holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    No,
    Yes,
    /// It cannot be told without these keys; `resource` is one of them.
    Unknown(BTreeSet<String>),
}

impl From<bool> for Answer {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

impl Answer {
    fn not_known(key: &str) -> Self {
        Self::Unknown(BTreeSet::from([key.to_owned()]))
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, other) | (other, Self::Yes) => other,
            (Self::Unknown(one), Self::Unknown(other)) => Self::Unknown(one.union(&other).cloned().collect()),
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, other) | (other, Self::No) => other,
            (Self::Unknown(one), Self::Unknown(other)) => Self::Unknown(one.union(&other).cloned().collect()),
        }
    }

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Yes => Self::No,
            unknown => unknown,
        }
    }
}

/// Whether a document denies a request.
pub(crate) fn denies(document: &Value, request: &Request) -> Answer {
    let statements = document.get("Statement").map(many).unwrap_or_default();
    let denials = statements.iter().filter(|one| one.get("Effect").and_then(Value::as_text) == Some("Deny"));
    denials.fold(Answer::No, |answer, statement| answer.or(applies(statement, request)))
}

fn applies(statement: &Value, request: &Request) -> Answer {
    let action = request.action.to_ascii_lowercase();
    let fits_action = |pattern: &Value| like(&text(pattern).to_ascii_lowercase(), &action).into();
    let mut answer = matter(statement, "Action", "NotAction", fits_action);
    let resource = |pattern: &Value| match (&request.resource, text(pattern)) {
        (_, pattern) if pattern == "*" => Answer::Yes,
        (None, _) => Answer::not_known("resource"),
        (Some(resource), pattern) => with_variables(&pattern, request, |pattern| like(pattern, resource)),
    };
    // What is not even about this action needs no resource.
    if answer == Answer::No {
        return answer;
    }
    answer = answer.and(matter(statement, "Resource", "NotResource", resource));
    for (operator, block) in statement.get("Condition").and_then(Value::as_map).into_iter().flatten() {
        for (key, values) in block.as_map().into_iter().flatten() {
            answer = answer.and(test(operator, key, &many(values), request));
        }
    }
    answer
}

fn matter(statement: &Value, only: &str, except: &str, fits: impl Fn(&Value) -> Answer) -> Answer {
    let any = |patterns: &Value| many(patterns).iter().fold(Answer::No, |answer, one| answer.or(fits(one)));
    match (statement.get(only), statement.get(except)) {
        (Some(patterns), _) => any(patterns),
        (None, Some(patterns)) => any(patterns).not(),
        (None, None) => Answer::No,
    }
}

/// One test of a condition.
fn test(operator: &str, key: &str, wanted: &[&Value], request: &Request) -> Answer {
    let Some(operator) = Operator::of(operator) else { return Answer::not_known(operator) };
    let facts = match request.facts.get(&key.to_ascii_lowercase()) {
        Some(facts) => facts.as_slice(),
        None if request.whole => &[],
        None => return Answer::not_known(key),
    };
    if operator.family == Family::Null {
        let absent = facts.is_empty().to_string();
        return wanted.iter().any(|value| text(value) == absent).into();
    }
    if facts.is_empty() {
        return match (operator.if_exists, operator.set) {
            (true, _) | (_, Set::All) => Answer::Yes,
            (_, Set::Any) => Answer::No,
            (_, Set::Single) => (operator.relation == Relation::IsNot).into(),
        };
    }
    let one = |fact: &String| {
        let fits = wanted.iter().fold(Answer::No, |answer, wanted| {
            answer.or(with_variables(&text(wanted), request, |wanted| compare(operator, wanted, fact)))
        });
        if operator.relation == Relation::IsNot { fits.not() } else { fits }
    };
    match operator.set {
        Set::All => facts.iter().fold(Answer::Yes, |answer, fact| answer.and(one(fact))),
        Set::Single | Set::Any => facts.iter().fold(Answer::No, |answer, fact| answer.or(one(fact))),
    }
}

/// Whether a value of a request fits a wanted one, negation apart.
fn compare(operator: Operator, wanted: &str, fact: &str) -> bool {
    let ordered = |one: Option<f64>, other: Option<f64>| {
        one.zip(other).is_some_and(|(wanted, fact)| match operator.relation {
            Relation::Is | Relation::IsNot => fact == wanted,
            Relation::Less => fact < wanted,
            Relation::LessOrEqual => fact <= wanted,
            Relation::Greater => fact > wanted,
            Relation::GreaterOrEqual => fact >= wanted,
        })
    };
    match operator.family {
        Family::Text | Family::Binary => wanted == fact,
        Family::TextNoCase => wanted.eq_ignore_ascii_case(fact),
        Family::Bool | Family::Null => wanted.eq_ignore_ascii_case(fact),
        Family::Pattern => like(wanted, fact),
        Family::Number => ordered(number(wanted), number(fact)),
        Family::Date => ordered(moment(wanted), moment(fact)),
        Family::Address => within(wanted, fact).unwrap_or(false),
        Family::Arn => {
            let parts = |text: &str| text.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
            let (wanted, fact) = (parts(wanted), parts(fact));
            wanted == ["*"]
                || wanted.len() == fact.len() && wanted.iter().zip(&fact).all(|(wanted, fact)| like(wanted, fact))
        }
    }
}

/// Asks with AWS's policy variables (`${aws:username}`) in their places.
fn with_variables(wanted: &str, request: &Request, ask: impl Fn(&str) -> bool) -> Answer {
    let (mut filled, mut rest) = (String::new(), wanted);
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else { break };
        filled.push_str(before);
        match (name, request.facts.get(&name.to_ascii_lowercase()).and_then(|facts| facts.first())) {
            ("*" | "?" | "$", _) => filled.push_str(name),
            (_, Some(fact)) => filled.push_str(fact),
            (_, None) if request.whole => return Answer::No,
            (_, None) => return Answer::not_known(name),
        }
        rest = behind;
    }
    filled.push_str(rest);
    ask(&filled).into()
}

/// Whether a text fits a pattern: from the front, and back to the last star where that fails.
fn like(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text, mut star) = (pattern.chars(), text.chars(), None);
    loop {
        let (wanted, fact) = (pattern.clone().next(), text.clone().next());
        match (wanted, fact) {
            (None, None) => return true,
            (Some('*'), _) => {
                pattern.next();
                star = Some((pattern.clone(), text.clone()));
            }
            (Some(wanted), Some(fact)) if wanted == '?' || wanted == fact => {
                pattern.next();
                text.next();
            }
            _ => {
                // The star takes one more letter, if there is one.
                let Some((behind, mut taken)) = star else { return false };
                if taken.next().is_none() {
                    return false;
                }
                (pattern, text) = (behind.clone(), taken.clone());
                star = Some((behind, taken));
            }
        }
    }
}

fn many(value: &Value) -> Vec<&Value> {
    value.as_list().map_or_else(|| vec![value], |items| items.iter().collect())
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(digits) => digits.clone(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn ask(statement: Json, facts: &[(&str, &[&str])], whole: bool) -> Answer {
        let mut deny = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"});
        deny.as_object_mut().unwrap().extend(statement.as_object().unwrap().clone());
        let list = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        let request = Request {
            action: "s3:PutObject".to_owned(),
            resource: Some("arn:aws:s3:::logs/a".to_owned()),
            facts: facts.iter().map(|(key, values)| (key.to_ascii_lowercase(), list(values))).collect(),
            whole,
        };
        denies(&Value::from_json(&json!({"Statement": deny})), &request)
    }

    #[test]
    fn actions_and_resources() {
        for (statement, expected) in [
            (json!({}), true),
            (json!({"Action": ["ec2:*", "S3:PUT*"]}), true),
            (json!({"Action": "s3:Get*"}), false),
            (json!({"Resource": "arn:aws:s3:::logs/*"}), true),
            (json!({"Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::other/*"]}), false),
            (json!({"Effect": "Allow"}), false),
        ] {
            assert_eq!(ask(statement.clone(), &[], true), expected.into(), "{statement}");
        }
    }

    #[test]
    fn tests_of_conditions() {
        let with = |operator: &str, key: &str, values: Json| json!({"Condition": {operator: {key: values}}});
        let region: (&str, &[&str]) = ("aws:RequestedRegion", &["eu-west-1"]);
        let tags: (&str, &[&str]) = ("aws:TagKeys", &["env", "owner"]);
        for (statement, facts, expected) in [
            (with("StringEquals", "aws:requestedregion", json!(["eu-west-1", "eu-central-1"])), &[region][..], true),
            (with("StringNotEquals", "aws:RequestedRegion", json!(["eu-west-1"])), &[region], false),
            (with("StringNotEquals", "aws:RequestedRegion", json!("eu-west-1")), &[], true),
            (with("StringEqualsIfExists", "aws:RequestedRegion", json!("x")), &[], true),
            (with("Null", "aws:RequestedRegion", json!("true")), &[region], false),
            (with("ForAllValues:StringLike", "aws:TagKeys", json!(["env", "own*"])), &[tags], true),
            (with("ForAnyValue:StringNotEquals", "aws:TagKeys", json!("env")), &[tags], true),
            (with("ForAnyValue:StringNotEquals", "aws:TagKeys", json!("env")), &[], false),
            (with("Bool", "aws:SecureTransport", json!(false)), &[("aws:SecureTransport", &["false"])], true),
            (with("NumericLessThan", "s3:max-keys", json!(10)), &[("s3:max-keys", &["9"])], true),
            (with("NotIpAddress", "aws:SourceIp", json!("10.0.0.0/8")), &[("aws:SourceIp", &["10.1.2.3"])], false),
            (
                with("ArnNotLike", "aws:PrincipalArn", json!("arn:*:iam::*:role/x")),
                &[("aws:PrincipalArn", &["arn:aws:iam::1:role/x"])],
                false,
            ),
            (
                with("DateGreaterThan", "aws:CurrentTime", json!("2026-01-01T00:00:00Z")),
                &[("aws:CurrentTime", &["2026-01-02T00:00:00Z"])],
                true,
            ),
            (
                with("StringEquals", "s3:prefix", json!("${aws:username}")),
                &[("s3:prefix", &["ada"]), ("aws:username", &["ada"])],
                true,
            ),
        ] {
            assert_eq!(ask(statement.clone(), facts, true), expected.into(), "{statement}");
        }
    }

    #[test]
    fn what_is_not_known_is_told() {
        let statement = json!({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}, "Bool": {"aws:SecureTransport": "false"}}});
        let unknown = |keys: &[&str]| Answer::Unknown(keys.iter().map(|key| (*key).to_owned()).collect());
        assert_eq!(ask(statement.clone(), &[], false), unknown(&["aws:PrincipalOrgID", "aws:SecureTransport"]));
        assert_eq!(ask(statement.clone(), &[("aws:SecureTransport", &["true"])], false), Answer::No);
        assert_eq!(ask(statement, &[("aws:SecureTransport", &["false"])], false), unknown(&["aws:PrincipalOrgID"]));
    }
}
