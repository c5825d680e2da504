//! Every kind of fault at every write of a plan, each played from the same beginning.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use polity_sandbox::scenario::Hand;

use super::{
    Stage,
    faults::{self, Kind, Step},
    judge::{self, Guardrails, Model, Verdict, Watchman},
    on_virtual_time,
    performance::{self, Ending, Performance},
};
use crate::exit::Failure;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Kinds of fault by name; all when there are none.
    pub(crate) faults: Vec<String>,
    /// As many runs, picked evenly; one for each kind and write without it.
    pub(crate) runs: Option<usize>,
    /// Only at this write.
    pub(crate) step: Option<u64>,
    pub(crate) seed: u64,
}

/// One run of the matrix.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) fault: &'static str,
    pub(crate) step: u64,
    pub(crate) call: String,
    pub(crate) seed: u64,
    pub(crate) verdict: Verdict,
}

/// What came of all runs.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// Changes of the plan.
    pub(crate) changes: usize,
    /// Calls that change something, where nothing goes wrong.
    pub(crate) writes: usize,
    /// In the order of the table.
    pub(crate) runs: Vec<Run>,
}

impl Outcome {
    /// Runs in which something happened that must not happen.
    pub(crate) fn wrong(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(|run| matches!(run.verdict, Verdict::Wrong(_)))
    }

    /// Runs, converged, stopped and wrong, by fault.
    pub(crate) fn table(&self) -> Vec<(&'static Kind, [usize; 4])> {
        let mut rows: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
        for run in &self.runs {
            let [runs, converged, stopped, wrong] = rows.entry(run.fault).or_default();
            *runs += 1;
            match run.verdict {
                Verdict::Converged => *converged += 1,
                Verdict::Stopped(_) => *stopped += 1,
                Verdict::Wrong(_) => *wrong += 1,
            }
        }
        faults::all().filter_map(|kind| Some((kind, rows.get(kind.name).copied()?))).collect()
    }
}

/// What all runs share.
struct Common<'a> {
    stage: &'a Stage,
    model: Model,
    before: Guardrails,
    hands: Vec<Hand>,
}

/// Plays the matrix on all cores.
pub(crate) fn play(stage: &Stage, asked: &Asked, done: &(dyn Fn(usize, usize) + Sync)) -> Result<Outcome, Failure> {
    let before = stage.sandbox.guardrails();
    let (clean, after) = rehearse_cleanly(stage, asked.seed)?;
    let steps: Vec<Step> =
        clean.writes.iter().zip(1..).map(|((at, call), number)| Step { number, at: *at, call: call.clone() }).collect();
    let common = Common {
        stage,
        model: Model::of(&before, &after, &clean),
        before,
        hands: faults::hands(&stage.observation.inventory),
    };
    let jobs = jobs(asked, &steps)?;
    let (next, results) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((kind, step, seed)) = jobs.get(index) else { return };
                    let run = common.run(kind, step, *seed);
                    let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                    results.insert(index, run);
                    done(results.len(), jobs.len());
                }
            });
        }
    });
    let runs = results.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect();
    Ok(Outcome { changes: stage.plan.changes.len(), writes: steps.len(), runs })
}

/// The rehearsal in which nothing goes wrong, and the guardrails after it.
fn rehearse_cleanly(stage: &Stage, seed: u64) -> Result<(Performance, Guardrails), Failure> {
    let last = std::sync::Arc::new(Mutex::new(stage.sandbox.guardrails()));
    let kept = std::sync::Arc::clone(&last);
    let ear: performance::Ear = Box::new(move |sandbox, _| {
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = sandbox.guardrails();
    });
    fastrand::seed(seed);
    let clean = on_virtual_time(performance::perform(stage, &faults::calm(seed), Some(ear)))??;
    let told = matches!(&clean.first.ending, Ending::Told(report) if report.exit() == polity_engine::Exit::Done);
    if !told || !clean.left_first.is_empty() {
        let why = judge::account(&clean.first);
        let left = crate::views::plan::summary(&clean.left_first);
        return Err(Failure::new(format!(
            "the plan does not come to its end even where nothing goes wrong: {why}; left: {left}"
        ))
        .help("rehearse it alone first, without `--matrix`"));
    }
    let after = last.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok((clean, after))
}

/// Every kind at every step; as many of them as were asked for, picked evenly, and again with other seeds where more were.
fn jobs<'s>(asked: &Asked, steps: &'s [Step]) -> Result<Vec<(&'static Kind, &'s Step, u64)>, Failure> {
    let mut kinds = Vec::new();
    for name in &asked.faults {
        kinds.push(faults::named(name).ok_or_else(|| unknown(name))?);
    }
    if kinds.is_empty() {
        kinds.extend(faults::all());
    }
    let steps: Vec<&Step> = steps.iter().filter(|step| asked.step.is_none_or(|only| only == step.number)).collect();
    let all: Vec<(&Kind, &Step)> = kinds.iter().flat_map(|kind| steps.iter().map(|step| (*kind, *step))).collect();
    if all.is_empty() {
        return Err(Failure::new("there is nothing to rehearse: the plan makes no such call"));
    }
    let runs = asked.runs.unwrap_or(all.len());
    let picked = |index: usize| if runs < all.len() { index * all.len() / runs } else { index % all.len() };
    let jobs = (0..runs).filter_map(|index| {
        let (kind, step) = all.get(picked(index))?;
        let again = u64::try_from(index / all.len()).unwrap_or_default();
        Some((*kind, *step, asked.seed.wrapping_add(again)))
    });
    let mut jobs: Vec<_> = jobs.collect();
    jobs.sort_by_key(|(kind, ..)| faults::all().position(|one| one.name == kind.name));
    Ok(jobs)
}

fn unknown(name: &str) -> Failure {
    let known: Vec<&str> = faults::all().map(|kind| kind.name).collect();
    Failure::new(format!("`{name}` is no fault of the matrix")).help(format!("one of: {}", known.join(", ")))
}

impl Common<'_> {
    fn run(&self, kind: &'static Kind, step: &Step, seed: u64) -> Run {
        let watchman = Watchman::new(&self.model, &self.before);
        let scenario = kind.scenario(step, seed, &self.hands);
        // Jitter is drawn from the thread's own generator.
        fastrand::seed(seed ^ step.number);
        let played = on_virtual_time(performance::perform(self.stage, &scenario, Some(watchman.ear())));
        let verdict = match played {
            Ok(Ok(played)) => judge::judge(&played, &self.model, &watchman, kind.is_tampering()),
            Ok(Err(failure)) | Err(failure) => Verdict::Wrong(format!("it cannot go on: {}", failure.message)),
        };
        Run { fault: kind.name, step: step.number, call: step.call.clone(), seed, verdict }
    }
}
