//! One change from beginning to end: resolve, journal the intent, call, read back, journal the outcome.

use polity_model::{
    Map,
    journal::{Event, Outcome},
    plan::{Action, Change},
    resource::{MARK_ATTRIBUTE, Mark, Observed, Scope},
    schema::{Nature, Ownership, Schema},
};
use polity_provider::{Ask, Error, Kind, Problem, Reader, Writer, WritingProvider};

use super::{End, existing, fences, patience::Patience, run::Run, unclear::is_unclear, warrant::old_half};
use crate::{Progress, journal};

/// Why a change was not done.
pub(super) enum Fault {
    /// It failed; others may go on.
    Failed { message: String, help: Option<String> },
    /// The journal cannot be written: nobody may go on.
    Journal(journal::Error),
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self::Failed { message: message.into(), help: None }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        match self {
            Self::Failed { message, .. } => Self::Failed { message, help: Some(help.into()) },
            journal => journal,
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let next = if is_unclear(&error) {
            Some("it may have been done all the same: plan again, which reads what is there and goes on from that")
        } else if may_pass(&error) {
            Some("nothing was done, and time may heal it: plan again in a while")
        } else {
            None
        };
        Self::Failed { message: error.to_string(), help: error.help.or_else(|| next.map(str::to_owned)) }
    }
}

impl From<journal::Error> for Fault {
    fn from(error: journal::Error) -> Self {
        Self::Journal(error)
    }
}

/// A change that was done: its native id, and whether anything had to be written.
type Done = Result<(String, bool), Fault>;

/// Carries out one change.
pub(super) async fn carry_out(run: &Run<'_>, change: &Change) -> End {
    let (address, action) = (&change.address, change.action);
    run.observer.on(&Progress::ChangeStarted { address, action });
    let result = match Step::prepare(run, change) {
        Ok(step) => step.go().await,
        Err(fault) => Err(fault),
    };
    let (message, help) = match result {
        Ok((id, written)) => {
            run.observer.on(&Progress::ChangeDone { address, action, id: &id, written });
            return End::Done { id, written };
        }
        Err(Fault::Failed { message, help }) => (message, help),
        Err(Fault::Journal(error)) => (error.to_string(), error.help()),
    };
    run.observer.on(&Progress::ChangeFailed { address, action, message: &message, help: help.as_deref() });
    End::Failed { message, help }
}

/// One change with all that it takes to make it.
pub(super) struct Step<'r> {
    pub(super) run: &'r Run<'r>,
    pub(super) change: &'r Change,
    pub(super) kind: &'r dyn Kind,
    pub(super) scope: Scope,
    /// What it should hold, references resolved.
    pub(super) after: Map,
    pub(super) mark: Mark,
    /// Native id of what is replaced.
    pub(super) replaced: Option<String>,
    provider: &'r dyn WritingProvider,
    /// The scope was born in this run: the way in may not be open yet.
    newborn: bool,
    /// Something that it points at was made in this run: the cloud may not know it everywhere yet.
    fresh: bool,
}

impl<'r> Step<'r> {
    fn prepare(run: &'r Run<'r>, change: &'r Change) -> Result<Self, Fault> {
        let address = &change.address;
        let not_connected = || Fault::new(format!("the platform `{}` is not connected", address.platform));
        let provider = run.provider(&address.platform).ok_or_else(not_connected)?;
        let kind = provider.kinds().iter().find(|kind| kind.schema().kind == address.kind);
        let kind = kind.ok_or_else(|| Fault::new(format!("`{}` is not a kind of this platform", address.kind)))?;
        let scope = run.scope_now(provider, &change.scope).filter(|scope| scope.entry.is_some());
        let scope = scope.ok_or_else(|| {
            Fault::new(format!("there is no way into `{}` yet", change.scope))
                .help("apply again once its tenant is there")
        })?;
        let written = run.desired(address).map(|desired| &desired.attributes);
        // The manifest's own values, not those of the plan: a saved plan does not hold secrets.
        let asked: Map = change
            .after
            .iter()
            .map(|(name, value)| (name.clone(), written.and_then(|all| all.get(name)).unwrap_or(value).clone()))
            .collect();
        let after = run.known().resolve(&asked).map_err(|open| {
            Fault::new(format!("it needs `{}` of `{}`, which is not known", open.attribute, open.address))
        })?;
        let mut ends = change.needs.clone();
        asked.values().for_each(|value| value.references(&mut |open| ends.push(open.address.clone())));
        let replaced = (change.action == Action::Replace)
            .then(|| change.id.clone().or_else(|| run.known().ids().remove(address)))
            .flatten();
        Ok(Self {
            run,
            change,
            kind: kind.as_ref(),
            replaced,
            newborn: run.scope_as_read(&change.scope).is_none_or(|scope| scope.entry.is_none()),
            fresh: run.known().is_any_fresh(ends.iter()),
            scope,
            after,
            mark: Mark { organization: run.input.organization.name.clone(), address: address.clone() },
            provider,
        })
    }

    async fn go(&self) -> Done {
        if fences::takes_off(self.change, self.schema()) {
            fences::hold(self.run, self.provider, self.change, self.schema()).await?;
        }
        let mut patience = Patience::new(&self.run.input.pace);
        match self.change.action {
            Action::Create | Action::Replace => self.make(&mut patience).await,
            Action::Update | Action::Move | Action::Adopt => self.alter(&mut patience).await,
            Action::Delete => self.end(&mut patience).await,
            Action::Forget => self.forget(&mut patience).await,
        }
    }

    pub(super) fn schema(&self) -> &Schema {
        self.kind.schema()
    }

    pub(super) fn is_marked_kind(&self) -> bool {
        self.schema().ownership == Ownership::Tag
    }

    async fn writer(&self, patience: &mut Patience) -> Result<Writer, Fault> {
        Ok(self.attempt(patience, || self.run.writer(self.provider, &self.scope)).await?)
    }

    async fn make(&self, patience: &mut Patience) -> Done {
        let writer = self.writer(patience).await?;
        if self.newborn
            && let Some(found) = existing::in_newborn_scope(self, &writer, patience).await?
        {
            return self.settle_in(&writer, patience, found).await;
        }
        let mut events = Vec::new();
        if let Some(old) = &self.replaced {
            // Kept under a name of its own, so that it is not lost if we never get to end it.
            let address = old_half(&self.change.address);
            let (scope, attributes) = (self.scope.name.clone(), self.change.before.clone());
            events.push(Event::Recorded { address, scope, id: old.clone(), attributes });
        }
        events.push(self.intent(self.replaced.as_deref()));
        self.run.journal(events)?;
        let made = self.create(&writer, patience).await;
        self.outcome(made, true)
    }

    /// Something that was there already when its scope was born: left as it is, or changed to what is asked for.
    async fn settle_in(&self, writer: &Writer, patience: &mut Patience, found: Observed) -> Done {
        let changed = self.lacking(&found);
        if changed.is_empty() {
            return self.record(&found.id, &found.attributes);
        }
        self.run.journal(vec![self.intent(Some(&found.id))])?;
        let ask = self.ask(Some(&found.id), &found.attributes, &changed, self.mark_for(&changed));
        let made = self.update(writer, patience, &ask, &found.id).await;
        self.outcome(made, true)
    }

    async fn alter(&self, patience: &mut Patience) -> Done {
        let id = self.id()?;
        let changed: Vec<String> = self.change.diff.iter().map(|difference| difference.attribute.clone()).collect();
        if changed.is_empty() {
            return self.record(id, &self.change.before);
        }
        let writer = self.writer(patience).await?;
        self.run.journal(vec![self.intent(Some(id))])?;
        let ask = self.ask(Some(id), &self.change.before, &changed, self.mark_for(&changed));
        let made = self.update(&writer, patience, &ask, id).await;
        self.outcome(made, false)
    }

    async fn end(&self, patience: &mut Patience) -> Done {
        let id = self.id()?;
        let writer = self.writer(patience).await?;
        self.run.journal(vec![self.intent(Some(id))])?;
        let nothing = Map::new();
        let ask = Ask { after: &nothing, ..self.ask(Some(id), &self.change.before, &[], None) };
        let ended = self.delete(&writer, patience, id, &ask).await;
        self.run.known().remove(&self.change.address);
        let result = ended.map(|()| (Map::new(), Vec::new()));
        self.close(id, result)
    }

    /// Waits until it is gone. A setting is never gone: it is back at the vendor's default.
    pub(super) async fn gone(&self, reader: &Reader, id: &str, patience: &mut Patience) -> Result<(), Fault> {
        if self.schema().nature == Nature::Setting {
            return Ok(());
        }
        loop {
            match self.kind.read(reader, id).await {
                Ok(None) => return Ok(()),
                Ok(Some(found)) if found.ended.is_some() => return Ok(()),
                Ok(Some(_)) => {}
                Err(error) if error.is(Problem::NotFound) => return Ok(()),
                Err(error) if may_pass(&error) => {}
                Err(error) => return Err(unread(&error)),
            }
            self.wait(patience, "the cloud still shows it").await?;
        }
    }

    async fn forget(&self, patience: &mut Patience) -> Done {
        let id = self.id()?;
        let (address, id_text) = (self.change.address.clone(), id.to_owned());
        let forgotten = Event::Forgotten { address, id: id_text };
        if !self.change.diff.iter().any(|difference| difference.attribute == MARK_ATTRIBUTE) {
            self.run.journal(vec![forgotten])?;
            return Ok((id.to_owned(), false));
        }
        let writer = self.writer(patience).await?;
        self.run.journal(vec![self.intent(Some(id))])?;
        let changed = [MARK_ATTRIBUTE.to_owned()];
        let ask = Ask { after: &self.change.before, ..self.ask(Some(id), &self.change.before, &changed, None) };
        let result = match self.attempt(patience, || self.kind.update(&writer, &ask)).await {
            Ok(()) => self.unmarked(writer.reader(), id, patience).await,
            Err(error) => Err(error.into()),
        };
        self.close(id, result.map(|attributes| (attributes, vec![forgotten])))
    }

    async fn unmarked(&self, reader: &Reader, id: &str, patience: &mut Patience) -> Result<Map, Fault> {
        let ours = |mark: &Mark| mark.organization == self.mark.organization;
        loop {
            match self.kind.read(reader, id).await {
                Ok(None) => return Ok(Map::new()),
                Ok(Some(found)) if !found.mark.as_ref().is_some_and(ours) => return Ok(found.attributes),
                Ok(Some(_)) => {}
                Err(error) if may_pass(&error) => {}
                Err(error) => return Err(unread(&error)),
            }
            self.wait(patience, "the cloud still shows our mark").await?;
        }
    }

    /// Reads until the cloud shows what was asked for. That it is not there yet does not mean that it is gone.
    pub(super) async fn seen(&self, reader: &Reader, id: &str, patience: &mut Patience) -> Result<Observed, Fault> {
        loop {
            let why = match self.kind.read(reader, id).await {
                Ok(Some(found)) => {
                    let lacking = self.lacking(&found);
                    if lacking.is_empty() {
                        return Ok(found);
                    }
                    format!("the cloud does not show the new `{}` yet", lacking.join("`, `"))
                }
                Ok(None) => "the cloud does not show it yet".to_owned(),
                Err(error) if may_pass(&error) || error.is(Problem::NotFound) => error.to_string(),
                // What it lies in was made a moment ago, and not every part of the cloud knows that yet.
                Err(error) if error.is(Problem::Denied) && (self.fresh || self.newborn) => error.to_string(),
                Err(error) => return Err(unread(&error)),
            };
            self.wait(patience, &why).await?;
        }
    }

    /// Names of the attributes in which an object is not what was asked for.
    pub(super) fn lacking(&self, found: &Observed) -> Vec<String> {
        let differences = polity_planner::differences(self.schema(), &self.after, &found.attributes);
        let mut lacking: Vec<String> = differences.into_iter().map(|difference| difference.attribute).collect();
        let writes_mark = match self.change.action {
            Action::Create | Action::Replace => true,
            _ => self.change.diff.iter().any(|difference| difference.attribute == MARK_ATTRIBUTE),
        };
        if self.is_marked_kind() && writes_mark && found.mark.as_ref() != Some(&self.mark) {
            lacking.push(MARK_ATTRIBUTE.to_owned());
        }
        lacking
    }

    async fn wait(&self, patience: &mut Patience, why: &str) -> Result<(), Fault> {
        self.run.observer.on(&Progress::ChangeRetrying { address: &self.change.address, reason: why });
        if patience.wait().await {
            return Ok(());
        }
        let waited = self.run.input.pace.patience;
        Err(Fault::new(format!("it was written, but after {waited:?} {why}")).help("plan again in a while"))
    }

    /// Calls until it succeeds, or fails in a way that time does not heal.
    pub(super) async fn attempt<T, F, C>(&self, patience: &mut Patience, call: C) -> Result<T, Error>
    where
        C: Fn() -> F,
        F: Future<Output = Result<T, Error>>,
    {
        loop {
            let error = match call().await {
                Ok(value) => {
                    // The call may have taken long; what comes after it deserves a patience of its own.
                    *patience = Patience::new(&self.run.input.pace);
                    return Ok(value);
                }
                Err(error) => error,
            };
            let heals = match error.problem {
                Problem::Busy => true,
                Problem::NotFound => self.fresh || self.newborn,
                // A new tenant lets us in only after a while.
                Problem::Denied | Problem::Credentials => self.newborn,
                _ => false,
            };
            let ends = self.change.action == Action::Delete && error.is(Problem::NotFound);
            if !heals || ends {
                return Err(error);
            }
            let reason = error.to_string();
            self.run.observer.on(&Progress::ChangeRetrying { address: &self.change.address, reason: &reason });
            if !patience.wait().await {
                return Err(error);
            }
        }
    }

    pub(super) fn ask<'s>(
        &'s self,
        id: Option<&'s str>,
        before: &'s Map,
        changed: &'s [String],
        mark: Option<&'s Mark>,
    ) -> Ask<'s> {
        Ask { address: &self.change.address, scope: &self.scope, id, before, after: &self.after, changed, mark }
    }

    /// Our mark, if it is among what is changed.
    pub(super) fn mark_for(&self, changed: &[String]) -> Option<&Mark> {
        changed.iter().any(|name| name == MARK_ATTRIBUTE).then_some(&self.mark)
    }

    fn id(&self) -> Result<&str, Fault> {
        self.change.id.as_deref().ok_or_else(|| Fault::new("its native id is not known"))
    }

    fn intent(&self, id: Option<&str>) -> Event {
        Event::Intent {
            address: self.change.address.clone(),
            action: self.change.action,
            scope: self.scope.name.clone(),
            id: id.map(ToOwned::to_owned),
            after: if self.change.action == Action::Delete { Map::new() } else { self.after.clone() },
        }
    }

    /// Journals that it is in order without a write.
    fn record(&self, id: &str, attributes: &Map) -> Done {
        let mut events = vec![Event::Recorded {
            address: self.change.address.clone(),
            scope: self.scope.name.clone(),
            id: id.to_owned(),
            attributes: attributes.clone(),
        }];
        events.extend(self.renamed(id));
        self.run.journal(events)?;
        self.run.known().insert(&self.change.address, id, attributes.clone(), false);
        Ok((id.to_owned(), false))
    }

    fn renamed(&self, id: &str) -> Option<Event> {
        let address = self.change.renamed_from.clone()?;
        Some(Event::Forgotten { address, id: id.to_owned() })
    }

    fn outcome(&self, made: Result<Observed, Fault>, fresh: bool) -> Done {
        if let Ok(found) = &made {
            self.run.known().insert(&self.change.address, &found.id, found.attributes.clone(), fresh);
        }
        let id = made.as_ref().map(|found| found.id.clone()).unwrap_or_default();
        let renamed: Vec<Event> = self.renamed(&id).into_iter().collect();
        self.close(&id, made.map(|found| (found.attributes, renamed)))
    }

    /// Journals how the write ended, and what else follows from it.
    fn close(&self, id: &str, result: Result<(Map, Vec<Event>), Fault>) -> Done {
        let (outcome, further, fault) = match result {
            Ok((attributes, further)) => {
                (Outcome::Done { scope: self.scope.name.clone(), id: id.to_owned(), attributes }, further, None)
            }
            Err(Fault::Failed { message, help }) => {
                (Outcome::Failed { message: message.clone() }, Vec::new(), Some(Fault::Failed { message, help }))
            }
            Err(journal) => return Err(journal),
        };
        let (address, action) = (self.change.address.clone(), self.change.action);
        let mut events = vec![Event::Outcome { address, action, result: outcome }];
        events.extend(further);
        self.run.journal(events)?;
        fault.map_or_else(|| Ok((id.to_owned(), true)), Err)
    }
}

/// Whether a failed reading may succeed a little later.
fn may_pass(error: &Error) -> bool {
    matches!(error.problem, Problem::Throttled | Problem::Busy | Problem::Transient | Problem::Unreachable)
}

fn unread(error: &Error) -> Fault {
    let fault = Fault::new(format!("it was written, but could not be read back: {error}"));
    match &error.help {
        Some(help) => fault.help(help.clone()),
        None => fault,
    }
}
