//! A run: checks, the approved plan, and further rounds for what could only be seen once something was born.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use polity_model::{
    Address,
    journal::{Event, LastApplied},
    plan::Plan,
};
use polity_provider::Provider;

use super::{AUTO_APPROVE, ApplyInput, End, Report, graph, record, run::Run, settle, warrant::Warrant};
use crate::{Error, Ground, Observation, Observer, Past, Progress, planning};

/// Carries out a plan.
///
/// Refuses when the plan was not approved, a brake is on, somebody else is at work, the manifest or the cloud has
/// changed since, or an interrupted run cannot be settled. What fails for one change only is in the report.
pub async fn apply(input: &ApplyInput<'_>, observer: &dyn Observer) -> Result<Report, Error> {
    approved(input)?;
    let _lock = input.journal.lock(&input.owner)?;
    let providers: Vec<Arc<dyn Provider>> =
        input.providers.iter().map(|provider| Arc::clone(provider) as Arc<dyn Provider>).collect();
    let ground = Ground {
        providers: &providers,
        organization: input.organization,
        manifest: input.manifest.clone(),
        applier: input.applier.clone(),
        now: None,
    };
    let observation = settled(input, &ground, observer).await?;
    let fresh = planning::plan_from(&ground, &observation, &input.journal.last_applied()?);
    let stale = polity_planner::stale(input.plan, &fresh);
    if !stale.is_empty() {
        return Err(Error::Stale(stale));
    }
    if fresh.is_refused() {
        return Err(Error::Braked(fresh.brakes));
    }
    let name = format!("run-{}", input.journal.head()?.0 + 1);
    let mut work = Work {
        input,
        ground: &ground,
        observer,
        report: Report { run: name.clone(), unreached: observation.unreached.clone(), ..Report::default() },
        run: Run::new(input, observer, name, observation),
        tried: BTreeSet::new(),
    };
    work.rounds().await?;
    work.finish().await
}

/// Whether this plan may be carried out at all.
fn approved(input: &ApplyInput<'_>) -> Result<(), Error> {
    let given = input.plan.digest();
    if input.approved != given {
        return Err(Error::NotApproved {
            approved: input.approved.short().to_owned(),
            given: given.short().to_owned(),
        });
    }
    if input.plan.organization != input.organization.name {
        let (made, now) = (&input.plan.organization, &input.organization.name);
        return Err(Error::Stale(vec![format!("it was made for the organization `{made}`, and this is `{now}`")]));
    }
    if input.plan.manifest != input.manifest {
        return Err(Error::Stale(vec!["the manifest has changed since it was made".to_owned()]));
    }
    if input.plan.is_refused() {
        return Err(Error::Braked(input.plan.brakes.clone()));
    }
    Ok(())
}

/// A reading in which nothing is left open by an interrupted run.
async fn settled(input: &ApplyInput<'_>, ground: &Ground<'_>, observer: &dyn Observer) -> Result<Observation, Error> {
    let open = input.journal.open_intents()?;
    let past = Past::of(input.journal)?;
    let observation = match &input.observation {
        Some(observation) if open.is_empty() && is_current(input, observation, &past) => observation.clone(),
        _ => settle::read(ground, &past.last, &open, observer).await?,
    };
    planning::same_platforms(&observation, &past.platforms, "the journal")?;
    planning::same_platforms(&observation, &input.plan.platforms, "the plan")?;
    settle::settle_with(ground, &observation, input.journal, &open, observer)?;
    Ok(observation)
}

/// Whether a reading made before the lock was taken still serves. While a person thinks, the cloud goes on; and where
/// somebody else has written, it was before they did. Where nothing is written, nothing can go wrong by it.
fn is_current(input: &ApplyInput<'_>, observation: &Observation, past: &Past) -> bool {
    let waited = input.approved_by != AUTO_APPROVE && !input.plan.is_empty();
    !waited && past.head.is_some() && observation.head == past.head
}

/// A run at work.
struct Work<'a> {
    input: &'a ApplyInput<'a>,
    ground: &'a Ground<'a>,
    observer: &'a dyn Observer,
    run: Run<'a>,
    report: Report,
    /// Addresses that a change was made at, or was to be.
    tried: BTreeSet<Address>,
}

impl Work<'_> {
    async fn rounds(&mut self) -> Result<(), Error> {
        let mut plan = self.input.plan.clone();
        let mut warrant = Warrant::of(&plan, self.report.unreached.keys());
        loop {
            self.begin(&plan)?;
            let results = graph::execute(&self.run, &plan).await;
            self.tried.extend(results.iter().map(|result| result.address.clone()));
            warrant.learn(&results, self.run.born_scopes());
            let written = results.iter().any(|result| matches!(result.end, End::Done { written: true, .. }));
            self.report.results.extend(results);
            self.report.cancelled = self.input.cancel.is_asked();
            self.report.stopped = self.run.stopped();
            let more = written && !warrant.is_empty();
            let over = self.report.cancelled || self.report.stopped.is_some();
            if over || !more || self.report.rounds >= self.input.pace.rounds {
                return Ok(());
            }
            plan = warrant.part_of(self.read_again().await?);
            // One that went down meanwhile may have had a part in this round, which nobody can tell now.
            self.report.unreached.extend(self.run.observation.unreached.clone());
            if plan.is_empty() {
                return Ok(());
            }
            self.observer.on(&Progress::RoundStarted { round: self.report.rounds + 1, plan: &plan });
            if plan.is_refused() {
                self.report.refused = Some(plan);
                return Ok(());
            }
        }
    }

    /// Journals the beginning of a round.
    fn begin(&mut self, plan: &Plan) -> Result<(), Error> {
        self.report.rounds += 1;
        let identities = &self.run.observation.identities;
        let of = |pick: fn(&polity_provider::Identity) -> &String| -> BTreeMap<String, String> {
            identities.iter().map(|(platform, identity)| (platform.clone(), pick(identity).clone())).collect()
        };
        let first = self.report.rounds == 1;
        let approved_by = if first { self.input.approved_by.clone() } else { format!("round {}", self.report.rounds) };
        self.run.journal(vec![Event::RunStarted {
            organization: self.input.organization.name.clone(),
            platforms: of(|identity| &identity.organization),
            manifest: self.input.manifest.clone(),
            plan: plan.digest(),
            approved_by,
            actors: of(|identity| &identity.actor),
        }])?;
        if first {
            self.observer.on(&Progress::RunStarted { run: &self.run.name, changes: plan.changes.len() });
        }
        Ok(())
    }

    /// Reads the platforms again and plans.
    async fn read_again(&mut self) -> Result<Plan, Error> {
        let last = self.input.journal.last_applied()?;
        let observation = crate::observe::observe(self.ground, &last, crate::Reach::Asked, self.observer).await?;
        let plan = planning::plan_from(self.ground, &observation, &last);
        self.run.read_again(observation);
        Ok(plan)
    }

    async fn finish(mut self) -> Result<Report, Error> {
        if self.report.stopped.is_some() {
            return Ok(self.report);
        }
        let last = self.input.journal.last_applied()?;
        let plan = planning::plan_from(self.ground, &self.run.observation, &last);
        let mut events = self.in_order(&plan, &last);
        if self.input.pace.verify && !self.report.cancelled {
            let remaining = self.read_again().await?;
            events = self.in_order(&remaining, &last);
            self.report.remaining = Some(remaining);
        }
        let (done, failed, skipped) = self.report.counts();
        events.push(Event::RunFinished { done: done as u64, failed: failed as u64, skipped: skipped as u64 });
        self.run.journal(events)?;
        self.observer.on(&Progress::RunFinished { done, failed, skipped });
        Ok(self.report)
    }

    fn in_order(&self, plan: &Plan, last: &LastApplied) -> Vec<Event> {
        record::in_order(&self.run.observation, plan, &self.tried, last)
    }
}
