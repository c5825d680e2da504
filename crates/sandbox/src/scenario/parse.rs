//! Scenario files: YAML -> a scenario, or what is wrong with it and where.

use polity_model::{Diagnostic, Origin};
use serde::Deserialize;
use serde_saphyr::{Error, Location, Spanned};

use super::{Effect, Rule, Scenario, VERSION, words};
use crate::aws;

/// More than this is no scenario.
const MAX_BYTES: usize = 1_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: Spanned<String>,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    rules: Vec<Spanned<Rule>>,
}

/// Code, message and help of something that is wrong.
type Wrong = (&'static str, String, String);

pub(super) fn parse(path: &str, bytes: &[u8]) -> Result<Scenario, Vec<Diagnostic>> {
    let whole = Origin::file(path);
    if bytes.len() > MAX_BYTES {
        let message = format!("this file is too large: {} bytes, where at most {MAX_BYTES} are read", bytes.len());
        return Err(vec![Diagnostic::error("file-too-large", &whole, message).help("is this a scenario?")]);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        let help = "save the file with the encoding UTF-8";
        return Err(vec![Diagnostic::error("not-utf8", &whole, "this file is not UTF-8 text").help(help)]);
    };
    let document: Document = serde_saphyr::from_str(text).map_err(|error| vec![explain(path, &error)])?;
    let mut wrong = Vec::new();
    if document.version.value != VERSION {
        let message = format!("the version `{}` is not one that this build reads", document.version.value);
        let diagnostic = Diagnostic::error("unknown-version", &origin(path, document.version.referenced), message);
        wrong.push(diagnostic.help(format!("write `version: {VERSION}`")));
    }
    for rule in &document.rules {
        let at = origin(path, rule.referenced);
        let found = check(&rule.value).into_iter();
        wrong.extend(found.map(|(code, message, help)| Diagnostic::error(code, &at, message).help(help)));
    }
    if wrong.is_empty() {
        let rules = document.rules.into_iter().map(|rule| rule.value).collect();
        return Ok(Scenario { seed: document.seed, rules });
    }
    Err(wrong)
}

/// What the reader of YAML complains about, in our words.
fn explain(path: &str, error: &Error) -> Diagnostic {
    let error = error.without_snippet();
    let at = error.location().map_or_else(|| Origin::file(path), |location| origin(path, location));
    let (code, message, help) = match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            ("unknown-field", format!("there is no field `{field}` here"), choose(field, expected))
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => (
            "unknown-word",
            format!("`{variant}` is not one of the words that can stand here"),
            choose(variant, expected),
        ),
        Error::SerdeMissingField { field, .. } => {
            ("missing-field", format!("the field `{field}` is missing"), missing(field))
        }
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or_default();
            ("duplicate-key", format!("the key `{key}` is written twice"), "keep one of them".to_owned())
        }
        Error::MultipleDocuments { .. } => {
            let help = "put all rules into one list, and leave `---` out";
            ("several-documents", "a scenario is one document".to_owned(), help.to_owned())
        }
        Error::UnexpectedValueForUnitEnumVariant { .. } => {
            let help = "write its name alone: `effect: throttled`";
            ("wrong-value", "this effect takes no value".to_owned(), help.to_owned())
        }
        Error::Unexpected { expected: "mapping start", .. } => {
            let help = "write `name: value`, or `{name: value}` on one line";
            ("wrong-value", "here is one word where fields with values belong".to_owned(), help.to_owned())
        }
        Error::Unexpected { expected: "string scalar", .. } => {
            let help = "write it behind its name: `effect: {latency: 40ms}`";
            ("wrong-value", "a value is missing here, or is no plain word".to_owned(), help.to_owned())
        }
        Error::Eof { .. } => ("empty", "the file is empty".to_owned(), missing("version")),
        Error::Message { msg, .. } => {
            ("wrong-value", msg.clone(), "see docs/sandbox.md for what can stand here".into())
        }
        Error::InvalidScalar { ty, .. } => (
            "wrong-value",
            format!("this is not {}", kind(ty)),
            "see docs/sandbox.md for what can stand here".to_owned(),
        ),
        other => {
            let told = other.to_string();
            let told = told.split(" at line ").next().unwrap_or_default().trim_end_matches('.');
            let help = "check the indentation and the quotes of this line and the one above";
            ("yaml", format!("this cannot be read: {told}"), help.to_owned())
        }
    };
    Diagnostic::error(code, &at, message).help(help)
}

fn missing(field: &str) -> String {
    match field {
        "version" => format!("begin the file with `version: {VERSION}`"),
        "effect" => "say what befalls the calls: `effect: cut_after`".to_owned(),
        "by" => "say whose hand it is: `by: mallory`".to_owned(),
        _ => format!("add `{field}:`"),
    }
}

/// What a number is called by those who do not write programs.
fn kind(kind: &str) -> &'static str {
    match kind {
        _ if kind.starts_with('f') => "a number",
        _ if kind.starts_with(['u', 'i']) => "a whole number of a possible size",
        "bool" => "`true` or `false`",
        _ => "what can stand here",
    }
}

/// The word that was most likely meant, or all that there are.
fn choose(given: &str, expected: &[&str]) -> String {
    let near = expected.iter().map(|word| (strsim::damerau_levenshtein(given, word), word)).min();
    match near {
        Some((distance, word)) if distance <= 1 + given.chars().count() / 4 => format!("did you mean `{word}`?"),
        _ => {
            let words: Vec<String> = expected.iter().map(|word| format!("`{word}`")).collect();
            format!("write one of {}", words.join(", "))
        }
    }
}

/// What is well written and still cannot be meant.
fn check(rule: &Rule) -> Vec<Wrong> {
    let mut wrong = numbers(rule);
    wrong.extend(rule.select.service.iter().filter_map(|service| unknown_service(service)));
    if let [service] = rule.select.service.as_slice() {
        wrong.extend(rule.select.operation.iter().filter_map(|operation| unknown_operation(service, operation)));
    }
    if let Effect::Tampering(hand) = &rule.effect {
        let call = &hand.call;
        wrong.extend(unknown_service(&call.service).or_else(|| unknown_operation(&call.service, &call.operation)));
    }
    wrong
}

fn numbers(rule: &Rule) -> Vec<Wrong> {
    let mut wrong: Vec<Wrong> = Vec::new();
    let mut never = |message: &str, help: &str| wrong.push(("never", message.to_owned(), help.to_owned()));
    let when = &rule.when;
    if [when.nth, when.nth_write, when.every].contains(&Some(0)) {
        never("calls are counted from 1: this rule never holds", "write 1 for the first one");
    }
    if when.share.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
        never("a share lies between 0 and 1", "write 0.05 for one call in twenty");
    }
    if when.until.is_some_and(|until| until <= when.after.unwrap_or_default()) {
        never("`until` is not later than `after`: this rule never holds", "both count from the sandbox's beginning");
    }
    match &rule.effect {
        Effect::Rate(pace) if !(pace.per_second > 0.0 && pace.burst > 0) => {
            never("a rate of nothing lets no call through", "write `denied` if that is what is meant");
        }
        Effect::Stale(_) if rule.select.access == Some(crate::Access::Write) => {
            never("only reads can see the past, and this rule selects what changes something", "leave `access` out");
        }
        _ => {}
    }
    wrong
}

fn unknown_service(pattern: &str) -> Option<Wrong> {
    let services: Vec<&str> = aws::services().collect();
    if services.iter().any(|service| words::fits(pattern, service)) {
        return None;
    }
    let help = choose(pattern, &services);
    Some(("unknown-service", format!("the sandbox has no service `{pattern}`"), help))
}

fn unknown_operation(service: &str, pattern: &str) -> Option<Wrong> {
    let operations: Vec<&str> = aws::operations(service).collect();
    if operations.is_empty() || operations.iter().any(|operation| words::fits(pattern, operation)) {
        return None;
    }
    let near = operations.iter().map(|word| (strsim::damerau_levenshtein(pattern, word), word)).min();
    let help = near.map_or_else(String::new, |(_, word)| format!("did you mean `{word}`?"));
    Some(("unknown-operation", format!("the sandbox does not simulate `{service}:{pattern}`"), help))
}

fn origin(path: &str, location: Location) -> Origin {
    let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let span = location.span();
    let start = span.byte_offset().unwrap_or_default();
    let end = start.saturating_add(span.byte_len().unwrap_or_default());
    Origin {
        line: narrow(location.line()).max(1),
        column: narrow(location.column()).max(1),
        start: narrow(start),
        end: narrow(end),
        ..Origin::file(path)
    }
}
