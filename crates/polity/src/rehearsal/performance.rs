//! One rehearsal: the plan is applied while the scenario has its way, and what happened is kept, step by step.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::SignedDuration;
use polity_engine::{
    Error, Journal, Observation, Observer, Past, Planned, Progress, Report, Silent, journal::Verification,
};
use polity_model::{
    Address,
    inventory::Inventory,
    plan::{Action, Plan},
    units::Timestamp,
};
use polity_provider::wire::Stats;
use polity_sandbox::{Access, Clock, Counts, Entry, Sandbox, Scenario};

use super::stage::{Stage, ground, input, owner};
use crate::{exit::Failure, inside};

/// How an apply ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// It told what became of every change.
    Told(Box<Report>),
    /// It could not do its work at all, and said why.
    Refused(Error),
    /// The scenario let it die.
    Died,
    /// It was still at work after so long that nobody would have waited.
    Endless,
}

/// Something that happened, and when, counted from the beginning.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Duration,
    pub(crate) what: What,
}

/// What happened.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A change was done.
    Done { address: Address, action: Action, written: bool, waits: usize },
    /// A change failed.
    Failed { address: Address, action: Action, message: String, help: Option<String>, waits: usize },
    /// A change was not tried.
    Skipped { address: Address, action: Action, reason: String },
    /// A further round began.
    Round { round: usize, changes: usize },
    /// What an interrupted run left open was settled.
    Settled { address: Address, finding: String },
    /// The scenario did something to a call.
    Fault { call: String, faults: Vec<&'static str>, hand: Option<String> },
}

/// How one apply went.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) ending: Ending,
    pub(crate) moments: Vec<Moment>,
    pub(crate) took: Duration,
    pub(crate) stats: Stats,
    /// The calls so far that take longest at the documented rates, and how long they take at least.
    pub(crate) narrowest: Option<(String, Duration)>,
}

/// A whole rehearsal.
#[derive(Debug)]
pub(crate) struct Performance {
    /// The apply under the scenario.
    pub(crate) first: Act,
    /// Applies after it, once the scenario was over; empty where nothing was left to do.
    pub(crate) further: Vec<Act>,
    /// What is left to do in the end.
    pub(crate) left: Plan,
    /// What was left to do right after the first apply.
    pub(crate) left_first: Plan,
    /// What is there in the end.
    pub(crate) inventory: Inventory,
    /// Whether the journal is whole in the end.
    pub(crate) journal: Verification,
    /// Calls by service and operation.
    pub(crate) counts: Counts,
    /// The calls that changed something, in order, with the time of each.
    pub(crate) writes: Vec<(Duration, String)>,
}

/// Nobody waits longer than this for an apply.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// Whoever reads what an apply stopped for comes back after so long, and what went on in the background has ended.
const BREAK: Duration = Duration::from_secs(3600);
/// Applies after the first: more than these are not needed, or it does not converge.
const FURTHER: usize = 3;

/// Hears of every call after it was answered.
pub(crate) type Ear = Box<dyn Fn(&Sandbox, &Entry) + Send + Sync>;

/// Plays the stage's plan once under a scenario, and goes on without it until nothing is left to do.
pub(crate) async fn perform(stage: &Stage, scenario: &Scenario, ear: Option<Ear>) -> Result<Performance, Failure> {
    let clock = Clock::from(stage.epoch);
    let log = Arc::new(Log { began: stage.epoch, clock: clock.clone(), kept: Mutex::default() });
    let silent = stage.sandbox.fork(clock.clone(), scenario);
    let (heard, deaf) = (Arc::clone(&log), silent.clone());
    let sandbox = silent.heard_by(Arc::new(move |entry| {
        heard.call(entry);
        if let Some(ear) = &ear {
            ear(&deaf, entry);
        }
    }));
    let journal = Arc::new(stage.journal(&clock)?);
    // The reading is worth something only beside the journal as it was then.
    let observation = Some(stage.observation.clone());
    let first = act(stage, &sandbox, &journal, &log, &stage.plan, observation).await?;
    sandbox.resume();
    sandbox.play(&Scenario::calm());
    let (mut further, mut left_first) = (Vec::new(), None);
    loop {
        let clouds = inside::connect(&stage.script.organization, &sandbox).await?;
        let ground = ground(&stage.script, &clouds, &sandbox);
        let settled = polity_engine::settle(&ground, &journal, &owner(), log.as_ref()).await;
        let planned = match settled {
            Ok(_) => polity_engine::plan(&ground, &Past::of(&journal)?, &Silent).await,
            Err(error) => Err(error),
        };
        let Planned { plan, observation } = planned?;
        left_first.get_or_insert_with(|| plan.clone());
        if plan.is_empty() || further.len() == FURTHER {
            let writes = std::mem::take(&mut log.kept().writes);
            return Ok(Performance {
                first,
                further,
                left_first: left_first.unwrap_or_else(|| plan.clone()),
                left: plan,
                inventory: observation.inventory,
                journal: journal.verify()?,
                counts: sandbox.counts(),
                writes,
            });
        }
        // Who died is started again at once.
        if !further.is_empty() || !matches!(first.ending, Ending::Died) {
            sandbox.clock().skip(BREAK);
        }
        further.push(act(stage, &sandbox, &journal, &log, &plan, Some(observation)).await?);
    }
}

async fn act(
    stage: &Stage,
    sandbox: &Sandbox,
    journal: &Arc<Journal>,
    log: &Arc<Log>,
    plan: &Plan,
    observation: Option<Observation>,
) -> Result<Act, Failure> {
    let clouds = inside::connect(&stage.script.organization, sandbox).await?;
    let began = sandbox.clock().now();
    let input = input(&stage.script, &clouds, journal, plan, observation);
    let ending = tokio::select! {
        // Death comes first: a dead caller must not take another step.
        biased;
        () = sandbox.halted() => Ending::Died,
        () = tokio::time::sleep(LONGEST) => Ending::Endless,
        ended = polity_engine::apply(&input, log.as_ref()) => match ended {
            Ok(report) => Ending::Told(Box::new(report)),
            Err(error) => Ending::Refused(error),
        },
    };
    let took = passed(began, sandbox.clock().now());
    let moments = std::mem::take(&mut log.kept().moments);
    Ok(Act { ending, moments, took, stats: clouds.stats(), narrowest: sandbox.narrowest() })
}

fn passed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// Keeps what happens.
struct Log {
    began: Timestamp,
    clock: Clock,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    moments: Vec<Moment>,
    waits: BTreeMap<Address, usize>,
    writes: Vec<(Duration, String)>,
}

impl Log {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(&self, entry: &Entry) {
        let call = format!("{}:{}", entry.service, entry.operation);
        let at = passed(self.began, entry.at);
        let mut kept = self.kept();
        if entry.access == Access::Write && entry.hand.is_none() {
            kept.writes.push((at, call.clone()));
        }
        // That the whole wire is slow or counted is no news about one call.
        let faults: Vec<_> = entry.faults.iter().copied().filter(|name| !matches!(*name, "latency")).collect();
        if !faults.is_empty() {
            kept.moments.push(Moment { at, what: What::Fault { call, faults, hand: entry.hand.clone() } });
        }
    }

    fn since(&self) -> Duration {
        let passed: SignedDuration = self.clock.now().duration_since(self.began);
        Duration::try_from(passed).unwrap_or_default()
    }
}

impl Observer for Log {
    fn on(&self, progress: &Progress<'_>) {
        let at = self.since();
        let mut kept = self.kept();
        let what = match progress {
            Progress::ChangeRetrying { address, .. } => {
                *kept.waits.entry((*address).clone()).or_default() += 1;
                return;
            }
            Progress::ChangeDone { address, action, written, .. } => What::Done {
                waits: kept.waits.remove(*address).unwrap_or_default(),
                address: (*address).clone(),
                action: *action,
                written: *written,
            },
            Progress::ChangeFailed { address, action, message, help } => What::Failed {
                waits: kept.waits.remove(*address).unwrap_or_default(),
                address: (*address).clone(),
                action: *action,
                message: (*message).to_owned(),
                help: help.map(ToOwned::to_owned),
            },
            Progress::ChangeSkipped { address, action, reason } => {
                What::Skipped { address: (*address).clone(), action: *action, reason: (*reason).to_owned() }
            }
            Progress::RoundStarted { round, plan } => What::Round { round: *round, changes: plan.changes.len() },
            Progress::Settled { address, finding } => {
                What::Settled { address: (*address).clone(), finding: (*finding).to_owned() }
            }
            _ => return,
        };
        kept.moments.push(Moment { at, what });
    }
}
