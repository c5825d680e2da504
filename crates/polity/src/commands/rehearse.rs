//! `polity rehearse`: applies a plan to a simulated cloud and tells what happened. Never writes to a real one, nor to
//! the journal.

use std::{path::Path, sync::Arc, time::Duration};

use jiff::tz::TimeZone;
use polity_engine::{Journal, Past, Reach, SystemClock};
use polity_model::{inventory::Inventory, units::Timestamp};
use polity_sandbox::{Effect, Rule, Scenario, aws, scenario::Latency};

use super::{Home, plan, pretty, wait};
use crate::{
    args::{Output, Rehearse},
    clouds::Clouds,
    exit::{Ended, Exit, Failure},
    folder,
    progress::Watcher,
    rehearsal::{Beginning, Script, Stage, has_twin, matrix, on_virtual_time, performance, way_in},
    terminal,
    views::{self, diagnostics, rehearse as view},
};

/// How long AWS takes to answer, as those know who wait for it.
const USUAL: Latency = Latency { from: Duration::from_millis(60), to: Duration::from_millis(300) };

pub(super) fn rehearse(home: &Home, arguments: &Rehearse) -> Ended {
    let saved = arguments.plan.as_deref().map(plan::load).transpose()?;
    let script = script(home)?;
    let beginning = match &arguments.from {
        Some(before) => {
            let before = Home { globals: home.globals.clone(), folder: before.clone() };
            Beginning::Manifest(Box::new(self::script(&before)?))
        }
        None if arguments.from_nothing => Beginning::Nothing,
        None => twin(home, &script, arguments)?,
    };
    let scenario = match &arguments.scenario {
        Some(path) => read_scenario(path, arguments.seed)?,
        None => real(arguments.seed),
    };
    let stage = Stage::set(script, beginning, saved, morning(home)?, arguments.seed)?;
    for (platform, why) in &stage.left_out {
        terminal::err(&format!("{} `{platform}`: {why}", terminal::paint(terminal::YELLOW, "not rehearsed:")));
    }
    if let Some(platform) = stage.left_out.keys().find(|platform| stage.plan.platforms.contains_key(*platform)) {
        return Err(Failure::new(format!(
            "the saved plan is for the platform `{platform}`, too, which cannot be rehearsed"
        ))
        .help("leave the plan out: one for the other platforms is made on the simulated cloud"));
    }
    if stage.plan.is_refused() {
        let context = plan::context(home, &stage.plan, &stage.observation, true);
        terminal::out(&views::plan::human::human(&stage.plan, &context))?;
        return Ok(Exit::Refused);
    }
    if arguments.matrix {
        return all(&stage, arguments);
    }
    fastrand::seed(arguments.seed);
    let played = on_virtual_time(performance::perform(&stage, &scenario, None))??;
    terminal::out(&match arguments.output {
        Output::Human => view::human(&played, home.globals.verbose > 0),
        Output::Json => pretty(&view::json(&played, &stage.plan)),
    })?;
    Ok(view::exit(&played))
}

fn all(stage: &Stage, arguments: &Rehearse) -> Ended {
    let asked = matrix::Asked {
        faults: arguments.faults.clone(),
        runs: arguments.runs,
        step: arguments.step,
        seed: arguments.seed,
    };
    let began = std::time::Instant::now();
    let outcome = matrix::play(stage, &asked, &|done, of| {
        if done.is_multiple_of(500) && done < of {
            terminal::err(&terminal::paint(terminal::DIM, format!("{done} of {of} runs")));
        }
    })?;
    terminal::out(&match arguments.output {
        Output::Human => view::table(&outcome, began.elapsed()),
        Output::Json => pretty(&view::table_json(&outcome)),
    })?;
    Ok(if outcome.wrong().next().is_none() { Exit::Done } else { Exit::Error })
}

pub(super) fn script(home: &Home) -> Result<Script, Failure> {
    let (organization, digest) = home.organization()?;
    let applier = home.applier(&organization)?;
    Ok(Script { organization, digest, applier })
}

/// Rehearsals of one day are alike: they begin with it.
fn morning(home: &Home) -> Result<Timestamp, Failure> {
    let midnight = home.today().to_zoned(TimeZone::UTC);
    midnight.map(|at| at.timestamp()).map_err(|error| Failure::new(format!("there is no such day: {error}")))
}

/// The usual latency, and AWS's own rates.
fn real(seed: u64) -> Scenario {
    Scenario::calm().seeded(seed).with(Rule::new(Effect::DocumentedRates)).with(Rule::new(Effect::Latency(USUAL)))
}

pub(super) fn read_scenario(path: &Path, seed: u64) -> Result<Scenario, Failure> {
    let named = path.display().to_string();
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::new(format!("the scenario `{named}` cannot be read: {}", folder::plain(&error))))?;
    match Scenario::parse(&named, &bytes) {
        Ok(scenario) => Ok(if scenario.seed == 0 { scenario.seeded(seed) } else { scenario }),
        Err(mistakes) => {
            let file = polity_manifest::File { path: named.clone(), bytes };
            let sources = diagnostics::sources(std::slice::from_ref(&file));
            terminal::err(diagnostics::human(&mistakes, &sources, "", true).trim_end());
            Err(Failure::new(format!("the scenario `{named}` has {}", views::count(mistakes.len(), "error"))))
        }
    }
}

/// A copy of what is really there, with the journal's copy beside.
fn twin(home: &Home, script: &Script, arguments: &Rehearse) -> Result<Beginning, Failure> {
    has_twin(&script.organization)?;
    let inventory = match &arguments.inventory {
        Some(path) => load(path)?,
        None => wait(read(home, script))?,
    };
    let (management, role) = way_in(&script.organization)?;
    let (aws, lost) = aws::twin(&inventory, &management, &role, arguments.seed);
    for sentence in &lost {
        terminal::err(&format!("{} {}", terminal::paint(terminal::YELLOW, "not in the twin:"), views::clean(sentence)));
    }
    let journal = Journal::open_if_there(&home.journal_path(), &script.organization.name, Arc::new(SystemClock))?;
    Ok(Beginning::Twin(Box::new(aws), journal.map(Box::new)))
}

/// Reads the platforms, as `polity inventory` does.
async fn read(home: &Home, script: &Script) -> Result<Inventory, Failure> {
    let Past { last, .. } = home.past(&script.organization)?;
    let clouds = Clouds::connect(&script.organization).await?;
    let ground = home.ground(&clouds, &script.organization, &script.digest)?;
    let watcher = Watcher::new(home.globals.verbose);
    let observation = polity_engine::observe(&ground, &last, Reach::Everything, &watcher).await;
    watcher.finish();
    home.tell_stats(&clouds);
    let observation = observation?;
    // A twin of what nobody could look at would be empty, and the rehearsal one of making it all anew.
    let twinned = |name: &str| {
        script.organization.platforms.get(name).is_some_and(|platform| platform.kind == crate::clouds::aws::NAME)
    };
    match observation.unreached.iter().find(|(name, _)| twinned(name)) {
        None => Ok(observation.inventory),
        Some((platform, why)) => Err(Failure::new(format!(
            "there is no twin of the platform `{platform}`, which could not be reached: {why}"
        ))
        .help("rehearse from what was read before (`--inventory FILE`), or with `--from-nothing`")),
    }
}

/// An inventory that `polity inventory -o json` wrote.
pub(super) fn load(path: &Path) -> Result<Inventory, Failure> {
    let named = path.display();
    let wrong = |why: String| {
        Failure::new(format!("`{named}` is no inventory that this version reads: {why}"))
            .help("write one with `polity inventory -o json > FILE`")
    };
    let bytes = std::fs::read(path).map_err(|error| wrong(folder::plain(&error)))?;
    let mut json: serde_json::Value = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    match json.get("version").and_then(serde_json::Value::as_str) {
        Some(views::inventory::VERSION) => {}
        other => return Err(wrong(format!("its version is `{}`", other.unwrap_or("none")))),
    }
    let inventory = json.get_mut("inventory").map(serde_json::Value::take).unwrap_or_default();
    serde_json::from_value(inventory).map_err(|error| wrong(error.to_string()))
}
