//! What all corrections share: a kind that reads and writes exactly what it is asked to put right.

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    organization::{Mode, Organization},
    resource::{Desired, Key, Scope},
    schema::{Attribute, Effect, Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Found, Kind, Reader, Target, Writer};

use crate::kinds::{setting, support};

/// What differs from one correction to the next.
#[async_trait]
pub(super) trait Correction: Send + Sync {
    /// Its schema.
    fn schema(&self) -> &Schema;

    /// The call that a control names: `kms:EnableKeyRotation`.
    fn call(&self) -> &'static str;

    /// Its attributes, and where in the parameters of that call their values stand.
    fn parts(&self) -> &'static [(&'static str, &'static str)];

    /// Attributes that the call itself stands for.
    fn always(&self) -> Map {
        Map::new()
    }

    /// The attributes that values of those parameters come to. What is stricter is greater: true rather than false.
    fn asked(&self, values: Map) -> Map {
        values
    }

    /// Whether these parameters are for this one.
    fn understands(&self, _with: &Value) -> bool {
        true
    }

    /// Whether it goes by the native name, not by the id.
    fn by_name(&self) -> bool {
        false
    }

    /// What it holds; nothing where it is not there any more.
    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error>;

    /// Gives it this value; all attributes are there.
    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error>;
}

/// The schema of a correction.
pub(super) fn schema(
    kind: &'static str,
    title: &'static str,
    level: &'static str,
    attributes: Vec<Attribute>,
) -> Schema {
    Schema {
        kind,
        title,
        level,
        // Something that is always there and has a value; what nobody asks for is not read.
        nature: Nature::Setting,
        ownership: Ownership::Journal,
        effect: Effect::Restricts,
        attributes,
        lane: None,
        irreversible: false,
    }
}

/// A number as a word, where fewer are not less strict.
pub(super) fn worded(value: Value) -> Value {
    match value {
        Value::Int(number) => Value::Text(number.to_string()),
        other => other,
    }
}

/// A correction with its targets.
pub(super) struct CorrectionKind {
    correction: Box<dyn Correction>,
    targets: Vec<Target>,
}

impl CorrectionKind {
    pub(super) fn new(correction: Box<dyn Correction>, targets: &[Target]) -> Self {
        let kind = correction.schema().kind;
        let targets = targets.iter().filter(|target| target.kind == kind).cloned().collect();
        Self { correction, targets }
    }

    fn name(scope: &str, id: &str) -> String {
        // The platform is part of the address already.
        let place = scope.split_once('/').map_or(scope, |(_, place)| place);
        format!("{place}/{id}")
    }
}

fn key(id: &str) -> Key {
    Key::new("id", id)
}

#[async_trait]
impl Kind for CorrectionKind {
    fn schema(&self) -> &Schema {
        self.correction.schema()
    }

    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let here = self.targets.iter().filter(|target| target.scope == scope.name);
        let desired = |target: &Target| {
            let name = Self::name(&scope.name, &target.id);
            let address = Address::new(&scope.platform, self.schema().kind, &name);
            let mut desired = Desired::new(address, &scope.name, &target.origin);
            desired.attributes.clone_from(&target.attributes);
            desired.keys = vec![key(&target.id)];
            desired.mode = Mode::Adopt;
            desired.group =
                scope.tenant.as_ref().map(|tenant| setting::group(organization, tenant)).unwrap_or_default();
            desired
        };
        here.map(desired).collect()
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        let mut found = Vec::new();
        for target in self.targets.iter().filter(|target| target.scope == reader.scope().name) {
            found.extend(self.read(reader, &target.id).await?);
        }
        Ok(found.into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<polity_model::resource::Observed>, Error> {
        let Some(attributes) = self.correction.get(reader, id).await? else { return Ok(None) };
        let name = Self::name(&reader.scope().name, id);
        let mut seen = support::observed(self.schema().kind, reader.scope(), id, &name, attributes);
        seen.keys = vec![key(id)];
        Ok(Some(seen))
    }

    /// Nothing is ever made to be put right: what is gone meanwhile needs no correction.
    async fn create(&self, _: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let why = "it is not there any more, so there is nothing to put right";
        Err(Error::new(polity_provider::Problem::NotFound, ask.address.to_string(), why).help("audit again"))
    }

    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let mut value = ask.before.clone();
        value.extend(ask.after.iter().map(|(name, value)| (name.clone(), value.clone())));
        self.correction.set(writer, ask.id()?, &value).await
    }

    /// A correction is not taken back by silence: its inverse is a plan of its own.
    async fn delete(&self, _: &Writer, _: &Ask<'_>) -> Result<(), Error> {
        Ok(())
    }
}
