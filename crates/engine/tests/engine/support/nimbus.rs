//! Nimbus as a provider.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use polity_model::{
    Address, Map, Value,
    inventory::Inventory,
    limit::Limit,
    organization::Organization,
    resource::{Desired, MARK_ATTRIBUTE, Observed, Scope},
    schema::Schema,
    units::Timestamp,
};
use polity_provider::{
    Ask, Attribution, Error, Found, Identity, Kind, Notebook, Operation, Problem, Provider, Reader, Reply, Request,
    Session, Wire, Writer, WritingProvider, wire::Settings,
};

use super::{
    schemas,
    world::{Side, World},
};

/// The platform.
pub struct Nimbus {
    name: &'static str,
    world: World,
    kinds: Vec<Box<dyn Kind>>,
}

impl Nimbus {
    /// With this manifest name.
    pub fn named(name: &'static str, world: &World) -> Self {
        Self { name, world: world.clone(), kinds: kinds(world) }
    }
}

/// All kinds of a world.
pub fn kinds(world: &World) -> Vec<Box<dyn Kind>> {
    let kind = |schema| Box::new(NimbusKind { schema, world: world.clone() }) as Box<dyn Kind>;
    schemas::all().into_iter().map(kind).collect()
}

struct NoSession;

#[async_trait]
impl Session for NoSession {
    async fn prepare(&self, _: &Operation, _: &Request) -> Result<http::Request<Vec<u8>>, Error> {
        Err(Error::new(Problem::Unsupported, "nimbus", "nothing goes over the wire"))
    }
    fn judge(&self, _: &Operation, _: &Reply) -> Option<Error> {
        None
    }
    async fn renew(&self) -> bool {
        false
    }
}

/// A wire that is cut: nimbus is in memory.
fn wire() -> Arc<Wire> {
    static WIRE: OnceLock<Arc<Wire>> = OnceLock::new();
    let cut = || {
        let tape = tempfile::NamedTempFile::new().unwrap();
        Arc::new(Wire::replaying(Settings::default(), tape.path()).unwrap())
    };
    Arc::clone(WIRE.get_or_init(cut))
}

#[async_trait]
impl Provider for Nimbus {
    fn platform(&self) -> &str {
        self.name
    }

    fn kinds(&self) -> &[Box<dyn Kind>] {
        &self.kinds
    }

    fn scopes(&self, _organization: &Organization, known: &BTreeMap<Address, String>) -> Vec<Scope> {
        let scope = |name: &str, level: &str, tenant: Option<&str>, entry| Scope {
            name: name.to_owned(),
            platform: self.name.to_owned(),
            level: level.to_owned(),
            tenant: tenant.map(ToOwned::to_owned),
            entry,
        };
        let mut scopes = vec![scope(self.name, "platform", None, Some(BTreeMap::new()))];
        let state = self.world.state();
        for desired in state.desired.iter().filter(|desired| desired.address.kind == "cell") {
            let name = &desired.address.name;
            let entry = known.get(&desired.address).map(|id| BTreeMap::from([("cell".to_owned(), id.clone())]));
            scopes.push(scope(&format!("{}/{name}", self.name), "cell", Some(name), entry));
        }
        scopes
    }

    fn limits(&self, _inventory: &Inventory) -> Vec<Limit> {
        Vec::new()
    }

    async fn identify(&self) -> Result<Identity, Error> {
        let mut state = self.world.state();
        state.due("identify", self.name, Side::Before)?;
        let organization = state.identity.clone().unwrap_or_else(|| "n-1".to_owned());
        Ok(Identity { organization, actor: "tester".to_owned() })
    }

    async fn reader(&self, scope: &Scope) -> Result<Reader, Error> {
        self.world.state().due("reader", &scope.name, Side::Before)?;
        Ok(Reader::new(wire(), Arc::new(NoSession), scope.clone(), BTreeMap::new()))
    }

    async fn who_changed(&self, _scope: &Scope, object: &Observed) -> Result<Option<Attribution>, Error> {
        self.world.state().due("who", &object.kind, Side::Before)?;
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        let (operation, event) = ("nimbus:Change".to_owned(), format!("event of {}", object.id));
        Ok(Some(Attribution { actor: "mallory".to_owned(), at, operation, event }))
    }
}

#[async_trait]
impl WritingProvider for Nimbus {
    async fn writer(&self, scope: &Scope, notebook: Arc<dyn Notebook>) -> Result<Writer, Error> {
        self.world.state().due("writer", &scope.name, Side::Before)?;
        let reader = Reader::new(wire(), Arc::new(NoSession), scope.clone(), BTreeMap::new());
        Ok(Writer::new(reader, notebook))
    }
}

struct NimbusKind {
    schema: Schema,
    world: World,
}

impl NimbusKind {
    /// The name under which the world keeps what is in a scope: within a cell, that cell's id.
    fn place(scope: &Scope) -> String {
        let cell = scope.entry.as_ref().and_then(|entry| entry.get("cell"));
        cell.map_or_else(|| scope.name.clone(), |cell| format!("nimbus/{cell}"))
    }

    fn shown(scope: &Scope, mut object: Observed) -> Observed {
        object.scope.clone_from(&scope.name);
        object
    }

    /// Begins a write: counts it, takes time, fails if it is due.
    async fn begin(&self, verb: &str, ask: &Ask<'_>) -> Result<Busy, Error> {
        let busy = {
            let mut state = self.world.state();
            state.must_be_intended(ask.address);
            state.writes.push(format!("{verb} {} {}", self.schema.kind, ask.address.name));
            Busy::new(&mut state, self.world.clone(), self.schema.lane.is_some())
        };
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.world.state().due(verb, self.schema.kind, Side::Before)?;
        Ok(busy)
    }

    fn missing(&self, what: &str) -> Error {
        Error::new(Problem::NotFound, format!("nimbus:{}", self.schema.kind), format!("`{what}` is not there"))
    }
}

#[async_trait]
impl Kind for NimbusKind {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn wanted(&self, _organization: &Organization, scope: &Scope) -> Vec<Desired> {
        let state = self.world.state();
        let here = |desired: &&Desired| desired.scope == scope.name && desired.address.kind == self.schema.kind;
        state.desired.iter().filter(here).cloned().collect()
    }

    async fn present(&self, reader: &Reader) -> Result<Found, Error> {
        tokio::task::yield_now().await;
        let mut state = self.world.state();
        state.due("present", self.schema.kind, Side::Before)?;
        let found = state.list(&Self::place(reader.scope()), self.schema.kind);
        Ok(found.into_iter().map(|object| Self::shown(reader.scope(), object)).collect::<Vec<_>>().into())
    }

    async fn read(&self, reader: &Reader, id: &str) -> Result<Option<Observed>, Error> {
        tokio::task::yield_now().await;
        let mut state = self.world.state();
        state.due("read", self.schema.kind, Side::Before)?;
        let shown = state.show(&Self::place(reader.scope()), self.schema.kind, id);
        Ok(shown.map(|object| Self::shown(reader.scope(), object)))
    }

    async fn create(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let _busy = self.begin("create", ask).await?;
        if self.schema.kind == "cell" {
            return self.order(writer, ask).await;
        }
        let mut state = self.world.state();
        let place = Self::place(ask.scope);
        if state.taken(&place, self.schema.kind, ask.after) {
            return Err(Error::new(Problem::AlreadyExists, "nimbus:create", "it is there already"));
        }
        for end in ["parent", "rule", "target", "zone"] {
            if let Some(id) = ask.after.get(end).and_then(Value::as_text)
                && !state.has(&[id])
            {
                return Err(self.missing(id));
            }
        }
        let id = state.make(&place, self.schema.kind, ask.after.clone(), ask.mark.cloned());
        state.due("create", self.schema.kind, Side::After)?;
        Ok(id)
    }

    async fn update(&self, _writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let _busy = self.begin("update", ask).await?;
        let mut state = self.world.state();
        let marks = ask.changes(MARK_ATTRIBUTE);
        let done = state.change(&Self::place(ask.scope), self.schema.kind, ask.id()?, |object| {
            for name in ask.changed.iter().filter(|name| *name != MARK_ATTRIBUTE) {
                object.attributes.insert(name.clone(), ask.after.get(name).cloned().unwrap_or_default());
            }
            if marks || ask.mark.is_some() {
                object.mark = ask.mark.cloned();
            }
        });
        if !done {
            return Err(self.missing(ask.id()?));
        }
        state.due("update", self.schema.kind, Side::After)
    }

    async fn delete(&self, _writer: &Writer, ask: &Ask<'_>) -> Result<(), Error> {
        let _busy = self.begin("delete", ask).await?;
        let mut state = self.world.state();
        let (place, id) = (Self::place(ask.scope), ask.id()?);
        if self.schema.kind == "shield" {
            state.change(&place, "shield", id, |shield| {
                shield.attributes = Map::from([("raised".to_owned(), Value::Bool(false))]);
            });
        } else {
            state.end(&place, self.schema.kind, id);
        }
        state.due("delete", self.schema.kind, Side::After)
    }
}

impl NimbusKind {
    /// A cell is ordered, and there a while later; the order outlives whoever placed it.
    async fn order(&self, writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
        let request = match writer.notebook().noted(ask.address, "order") {
            Some(request) => request,
            None => {
                let request = {
                    let mut state = self.world.state();
                    if state.taken("nimbus", "cell", ask.after) {
                        return Err(Error::new(Problem::AlreadyExists, "nimbus:create", "its mail is taken"));
                    }
                    state.order("nimbus", ask.after.clone(), ask.mark.cloned())
                };
                writer.notebook().note(ask.address, "order", &request)?;
                request
            }
        };
        loop {
            let there = self.world.state().ordered(&request);
            if let Some(id) = there {
                self.world.state().due("create", "cell", Side::After)?;
                return Ok(id);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Counts writes that are on their way.
struct Busy {
    world: World,
    lane: bool,
}

impl Busy {
    fn new(state: &mut super::world::State, world: World, lane: bool) -> Self {
        for place in 0..=usize::from(lane) {
            state.busy[place] += 1;
            state.most[place] = state.most[place].max(state.busy[place]);
        }
        Self { world, lane }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.world.state();
        for place in 0..=usize::from(self.lane) {
            state.busy[place] -= 1;
        }
    }
}
