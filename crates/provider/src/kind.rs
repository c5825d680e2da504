//! The contract of a kind: two questions and three verbs. Everything else - diff, order, risk, brakes, display,
//! prune, adopt, documentation - exists once, outside, and is driven by the schema.

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    inventory::Gap,
    organization::Organization,
    resource::{Desired, Mark, Observed, Scope},
    schema::Schema,
};

use crate::{Error, Reader, Writer};

/// One type of native object.
#[async_trait]
pub trait Kind: Send + Sync {
    /// What it is made of and what its changes mean.
    fn schema(&self) -> &Schema;

    /// Pure: what does the organization ask for in this scope?
    fn wanted(&self, organization: &Organization, scope: &Scope) -> Vec<Desired>;

    /// What is there in the reader's scope? By list calls wherever the cloud has them.
    async fn present(&self, reader: &Reader) -> Result<Found, Error>;

    /// What is this one object now? `None` when it is not there. Used to read back a write.
    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error>;

    /// Native ids of those that stand in this container now, not deeper, for a kind that can be moved: see [`Schema::place`]. A platform that
    /// can be asked for them has a cheaper way than this one, which looks at all.
    async fn within(&self, reader: &Reader, container: &str) -> Result<Vec<String>, Error> {
        let Some(place) = self.schema().place() else { return Ok(Vec::new()) };
        let found = self.present(reader).await?;
        if let Some(gap) = found.gaps.first() {
            let why = format!("nobody can tell what stands in `{container}`: {}", gap.reason);
            return Err(Error::new(crate::Problem::Unexpected, self.schema().title, why));
        }
        let here = |one: &Observed| one.attributes.get(place).and_then(Value::as_text) == Some(container);
        Ok(found.resources.into_iter().filter(here).map(|one| one.id).collect())
    }

    /// Makes it, with our mark if it can carry one; answers its native id. If it turns out to be there already, with
    /// the same natural key, this is [`crate::Problem::AlreadyExists`].
    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error>;

    /// Changes the attributes named in `ask.changed`, and (re)writes our mark if `ask.mark` is given.
    async fn update(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error>;

    /// Ends it; something that is not there any more has ended. A setting is set back to the vendor's default.
    async fn delete(&self, writer: &Writer, ask: &Ask<'_>) -> Result<(), Error>;
}

/// What a reading found, and what it could not read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Objects.
    pub resources: Vec<Observed>,
    /// Gaps.
    pub gaps: Vec<Gap>,
}

impl From<Vec<Observed>> for Found {
    fn from(resources: Vec<Observed>) -> Self {
        Self { resources, gaps: Vec::new() }
    }
}

/// One write that is asked of a kind. All references are resolved.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Of what.
    pub address: &'a Address,
    /// Where.
    pub scope: &'a Scope,
    /// Native id; `None` when it is to be made.
    pub id: Option<&'a str>,
    /// What it holds now; empty when it is to be made.
    pub before: &'a Map,
    /// What it should hold; empty when it is to end.
    pub after: &'a Map,
    /// Names of the attributes that differ; empty when it is to be made.
    pub changed: &'a [String],
    /// Our mark, when it must be written. `None` with [`polity_model::resource::MARK_ATTRIBUTE`] among `changed`: take it off.
    pub mark: Option<&'a Mark>,
}

impl Ask<'_> {
    /// The desired value of an attribute.
    pub fn after(&self, name: &str) -> Option<&Value> {
        self.after.get(name)
    }

    /// The desired text of an attribute; an error names the attribute when it is not there or not text.
    pub fn text(&self, name: &str) -> Result<&str, Error> {
        text_of(self.after, self.address, name)
    }

    /// The text an attribute holds now.
    pub fn text_before(&self, name: &str) -> Result<&str, Error> {
        text_of(self.before, self.address, name)
    }

    /// The native id; an error when there is none.
    pub fn id(&self) -> Result<&str, Error> {
        self.id.ok_or_else(|| {
            Error::new(crate::Problem::Unexpected, self.address.to_string(), "the native id is not known")
        })
    }

    /// Whether this attribute is to be changed.
    pub fn changes(&self, name: &str) -> bool {
        self.changed.iter().any(|changed| changed == name)
    }
}

fn text_of<'m>(map: &'m Map, address: &Address, name: &str) -> Result<&'m str, Error> {
    map.get(name).and_then(Value::as_text).ok_or_else(|| {
        Error::new(crate::Problem::Unexpected, address.to_string(), format!("the attribute `{name}` is not known"))
    })
}
