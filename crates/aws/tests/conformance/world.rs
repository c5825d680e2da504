//! What both kinds of tests stand on: a provider, readers and writers, values of fixtures.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use polity_aws::{AwsProvider, Login};
use polity_model::{
    Address, Map, Origin, Value,
    organization::{Mode, Platform},
    resource::{Mark, Observed, Scope},
    schema::{Compare, Schema},
};
use polity_provider::{Error, Kind, Notebook, Provider, Reader, Wire, Writer, WritingProvider};
use serde_json::Value as Json;

/// The management account of all fixtures, which is moto's own default.
pub(crate) const MANAGEMENT: &str = "123456789012";

/// What a crash would not lose.
#[derive(Default)]
pub(crate) struct Pages(Mutex<BTreeMap<String, String>>);

impl Notebook for Pages {
    fn note(&self, address: &Address, name: &str, value: &str) -> Result<(), Error> {
        self.0.lock().unwrap().insert(format!("{address} {name}"), value.to_owned());
        Ok(())
    }
    fn noted(&self, address: &Address, name: &str) -> Option<String> {
        self.0.lock().unwrap().get(&format!("{address} {name}")).cloned()
    }
}

pub(crate) struct World {
    provider: AwsProvider,
    pub(crate) notebook: Arc<Pages>,
}

impl World {
    pub(crate) fn new(wire: Wire, endpoint: &str) -> Self {
        let native = Value::from_json(&serde_json::json!({"management_account": MANAGEMENT}));
        let platform = Platform {
            name: "aws".to_owned(),
            kind: "aws".to_owned(),
            mode: Mode::Observe,
            native,
            origin: Origin::file("aws.yaml"),
        };
        let login = Login::fixed("test", "test", None, endpoint);
        Self { provider: AwsProvider::with_login(&platform, Arc::new(wire), login), notebook: Arc::default() }
    }

    pub(crate) fn kind(&self, name: &str) -> &dyn Kind {
        self.provider.kinds().iter().find(|kind| kind.schema().kind == name).expect("a kind of this name").as_ref()
    }

    pub(crate) async fn reader(&self, scope: &Scope) -> Result<Reader, String> {
        self.provider.reader(scope).await.map_err(|error| error.to_string())
    }

    pub(crate) async fn writer(&self, scope: &Scope) -> Result<Writer, String> {
        let notebook: Arc<dyn Notebook> = self.notebook.clone();
        self.provider.writer(scope, notebook).await.map_err(|error| error.to_string())
    }

    pub(crate) fn calls_left(&self) -> Vec<String> {
        self.provider.wire().unplayed().into_iter().map(|call| call.operation).collect()
    }
}

/// The scope that a kind of this level is read in; `account` and `region` are those of the fixture.
pub(crate) fn scope(schema: &Schema, account: &str, region: &str) -> Scope {
    let (name, tenant) = match schema.level {
        "organization" => ("aws".to_owned(), None),
        "identity" => ("aws/identity".to_owned(), None),
        "account" => ("aws/shop".to_owned(), Some("shop".to_owned())),
        _ => (format!("aws/shop/{region}"), Some("shop".to_owned())),
    };
    let entry = [("account_id", account), ("region", region)];
    Scope {
        name,
        platform: "aws".to_owned(),
        level: schema.level.to_owned(),
        tenant,
        entry: Some(entry.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()),
    }
}

pub(crate) fn address(kind: &str) -> Address {
    Address::new("aws", kind, "sample")
}

pub(crate) fn mark(kind: &str) -> Mark {
    Mark { organization: "acme".to_owned(), address: address(kind) }
}

/// Values learned on the way, by name: `$ou.id`, `$organization.root_id`. They stand anywhere in a text of a fixture.
#[derive(Default)]
pub(crate) struct Learned(BTreeMap<String, String>);

impl Learned {
    pub(crate) fn learn(&mut self, name: &str, object: &Observed) {
        self.0.insert(format!("${name}.id"), object.id.clone());
        for (attribute, value) in &object.attributes {
            if let Value::Text(text) = value {
                self.0.insert(format!("${name}.{attribute}"), text.clone());
            }
        }
    }

    pub(crate) fn insert(&mut self, name: &str, value: &str) {
        self.0.insert(format!("${name}"), value.to_owned());
    }

    /// The value with all that was learned put in. Longer names go first, so that none is taken for another's start.
    pub(crate) fn fill(&self, value: &Json) -> Json {
        let mut text = value.to_string();
        for (name, value) in self.0.iter().rev() {
            text = text.replace(name, value);
        }
        serde_json::from_str(&text).expect("a fixture stays JSON")
    }

    pub(crate) fn map(&self, value: &Json) -> Map {
        Value::from_json(&self.fill(value)).as_map().cloned().unwrap_or_default()
    }
}

/// Names of the attributes in which an object is not what was asked for.
pub(crate) fn differing(schema: &Schema, wanted: &Map, found: &Map) -> Vec<String> {
    let mut names = Vec::new();
    for (name, value) in wanted {
        let attribute = schema.attribute(name).unwrap_or_else(|| panic!("`{name}` is no attribute of {}", schema.kind));
        if attribute.change == polity_model::schema::Change::ReadOnly {
            continue;
        }
        let there = found.get(name).unwrap_or(&Value::Null);
        if canonical(attribute.compare, value) != canonical(attribute.compare, there) {
            names.push(name.clone());
        }
    }
    names
}

fn canonical(compare: Compare, value: &Value) -> Value {
    match (compare, value) {
        (Compare::Set, Value::List(items)) => {
            let mut items = items.clone();
            items.sort();
            if items.is_empty() { Value::Null } else { Value::List(items) }
        }
        (Compare::CaseInsensitive, Value::Text(text)) => Value::text(text.to_lowercase()),
        _ => value.clone(),
    }
}
