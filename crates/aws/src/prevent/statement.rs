//! Statements of service control and resource control policies, and their documents.

use std::{cmp::Ordering, collections::BTreeSet};

use polity_model::{Map, Value};

use super::{
    condition::{Condition, Operator},
    glob,
};

/// Which of the two kinds of policies that hold statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    /// Service control: what principals of our accounts may do.
    Principals,
    /// Resource control: what anybody may do with resources of our accounts.
    Resources,
}

impl Layer {
    pub(crate) const ALL: [Self; 2] = [Self::Principals, Self::Resources];

    /// The policy type, in the manifest's word.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Principals => "service-control",
            Self::Resources => "resource-control",
        }
    }
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// An action or a resource, perhaps with wildcards. Equal ones mean the same, however they are written.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    /// As it is written.
    pub(crate) text: String,
    /// What is compared: canonical, and of actions in lower case.
    pub(crate) key: String,
}

impl Pattern {
    /// The case of an action means nothing.
    pub(crate) fn action(text: &str) -> Self {
        Self { text: glob::canonical(text), key: glob::canonical(&text.to_ascii_lowercase()) }
    }

    pub(crate) fn resource(text: &str) -> Self {
        let key = glob::canonical(text);
        Self { text: key.clone(), key }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Pattern {}

impl PartialOrd for Pattern {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pattern {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

/// Which actions, or which resources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Matter {
    /// These.
    Only(BTreeSet<Pattern>),
    /// All but these.
    Except(BTreeSet<Pattern>),
}

impl Matter {
    /// All there are.
    pub(crate) fn all() -> Self {
        Self::Only(BTreeSet::from([Pattern::resource("*")]))
    }

    pub(crate) fn patterns(&self) -> &BTreeSet<Pattern> {
        match self {
            Self::Only(patterns) | Self::Except(patterns) => patterns,
        }
    }
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Statement {
    pub(crate) effect: Effect,
    pub(crate) actions: Matter,
    pub(crate) resources: Matter,
    pub(crate) condition: Condition,
}

/// The document of these statements: without a character too many.
pub(crate) fn document(layer: Layer, statements: &[Statement]) -> Value {
    let statements = statements.iter().map(|statement| value(layer, statement)).collect();
    map([("Version", "2012-10-17".into()), ("Statement", Value::List(statements))])
}

/// How long the document is that AWS is sent.
pub(crate) fn size(document: &Value) -> u64 {
    document.to_json().to_string().len() as u64
}

fn value(layer: Layer, statement: &Statement) -> Value {
    let mut value = map([(
        "Effect",
        match statement.effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        }
        .into(),
    )]);
    let Value::Map(entries) = &mut value else { return value };
    if layer == Layer::Resources {
        entries.insert("Principal".to_owned(), "*".into());
    }
    for (matter, only, except) in
        [(&statement.actions, "Action", "NotAction"), (&statement.resources, "Resource", "NotResource")]
    {
        let name = if matches!(matter, Matter::Only(_)) { only } else { except };
        let patterns = matter.patterns().iter().map(|pattern| pattern.text.as_str());
        entries.insert(name.to_owned(), one_or_many(patterns));
    }
    let mut tests = Map::new();
    for (operator, key, values) in statement.condition.tests() {
        let block = tests.entry(operator.to_string()).or_insert_with(|| Value::Map(Map::new()));
        if let Value::Map(block) = block {
            block.insert(key.to_owned(), one_or_many(values.iter().map(String::as_str)));
        }
    }
    if !tests.is_empty() {
        entries.insert("Condition".to_owned(), Value::Map(tests));
    }
    value
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// One text is written as itself.
fn one_or_many<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    let mut texts: Vec<Value> = texts.map(Value::from).collect();
    if texts.len() == 1 { texts.pop().unwrap_or_default() } else { Value::List(texts) }
}

/// The statements of a document, read as AWS does. What is not understood is told, never passed over.
pub(crate) fn parse(layer: Layer, document: &Value) -> Result<Vec<Statement>, String> {
    let document = document.as_map().ok_or("it is no mapping")?;
    for name in document.keys() {
        if !["Version", "Id", "Statement"].contains(&name.as_str()) {
            return Err(format!("`{name}` is not known in it"));
        }
    }
    match document.get("Statement") {
        Some(Value::List(items)) => items.iter().map(|item| read(layer, item)).collect(),
        Some(one) => Ok(vec![read(layer, one)?]),
        None => Err("it has no `Statement`".to_owned()),
    }
}

fn read(layer: Layer, value: &Value) -> Result<Statement, String> {
    let entries = value.as_map().ok_or("a statement is no mapping")?;
    let mut condition = Condition::default();
    for name in entries.keys() {
        let known = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
        if !(known.contains(&name.as_str()) || layer == Layer::Resources && name == "Principal") {
            return Err(format!("`{name}` is not known in a statement"));
        }
    }
    if layer == Layer::Resources && entries.get("Principal").and_then(Value::as_text) != Some("*") {
        return Err("a statement about resources is not about all principals".to_owned());
    }
    for (operator, block) in entries.get("Condition").and_then(Value::as_map).into_iter().flatten() {
        let operator = Operator::of(operator).ok_or_else(|| format!("`{operator}` is no condition operator"))?;
        for (key, values) in block.as_map().ok_or("a condition is no mapping")? {
            let values = texts(values)?.into_iter().collect();
            condition.and(operator, key, &values).map_err(|_| format!("`{key}` is asked twice"))?;
        }
    }
    Ok(Statement {
        effect: match entries.get("Effect").and_then(Value::as_text) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err("a statement has no effect".to_owned()),
        },
        actions: matter(entries, "Action", "NotAction", Pattern::action)?,
        resources: matter(entries, "Resource", "NotResource", Pattern::resource)?,
        condition,
    })
}

fn matter(entries: &Map, only: &str, except: &str, pattern: fn(&str) -> Pattern) -> Result<Matter, String> {
    let patterns = |value: &Value| Ok::<_, String>(texts(value)?.iter().map(|text| pattern(text)).collect());
    match (entries.get(only), entries.get(except)) {
        (Some(value), None) => Ok(Matter::Only(patterns(value)?)),
        (None, Some(value)) => Ok(Matter::Except(patterns(value)?)),
        _ => Err(format!("a statement has either `{only}` or `{except}`")),
    }
}

fn texts(value: &Value) -> Result<Vec<String>, String> {
    let text = |value: &Value| match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Int(number) => Ok(number.to_string()),
        Value::Decimal(digits) => Ok(digits.clone()),
        other => Err(format!("{} is no text", other.to_json())),
    };
    match value {
        Value::List(items) => items.iter().map(text).collect(),
        one => Ok(vec![text(one)?]),
    }
}
