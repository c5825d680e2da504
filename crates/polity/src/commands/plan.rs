//! `polity plan`: shows what would change, and why. Writes nothing but the plan file that was asked for.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use polity_engine::{Observation, Planned};
use polity_model::{
    Address,
    organization::Organization,
    plan::{Plan, VERSION},
};

use super::{Home, pretty, write_file};
use crate::{
    args::PlanOutput,
    blame,
    clouds::Clouds,
    exit::{Ended, Exit, Failure},
    folder,
    progress::Watcher,
    terminal,
    views::{
        names::Names,
        plan::{self, Context},
    },
};

/// Plan files above this size are refused before they are read.
const LARGEST: u64 = 512 * 1024 * 1024;

/// The arguments of `plan`.
pub(super) struct Options {
    pub(super) out: Option<PathBuf>,
    pub(super) output: PlanOutput,
    pub(super) max_size: usize,
    pub(super) no_blame: bool,
}

pub(super) async fn plan(home: &Home, options: &Options) -> Ended {
    let (organization, digest) = home.organization()?;
    let past = home.past(&organization)?;
    let clouds = Clouds::connect(&organization).await?;
    let ground = home.ground(&clouds, &organization, &digest)?;
    let watcher = Watcher::new(home.globals.verbose);
    let planned = polity_engine::plan(&ground, &past, &watcher).await;
    watcher.finish();
    home.tell_stats(&clouds);
    let Planned { plan, observation } = planned?;
    if let Some(path) = &options.out {
        save(path, &plan)?;
    }
    let mut context = context(home, &plan, &observation, options.no_blame);
    context.controls = controls(&organization, &plan);
    context.saved = options.out.as_ref().map(|path| path.display().to_string());
    terminal::out(&match options.output {
        PlanOutput::Human => plan::human::human(&plan, &context),
        PlanOutput::Json => pretty(&plan::json::json(&plan, &context)),
        PlanOutput::Markdown => plan::markdown::markdown(&plan, &context, options.max_size),
    })?;
    Ok(exit(&plan, &observation))
}

/// How a command that only plans ends.
pub(super) fn exit(plan: &Plan, observation: &Observation) -> Exit {
    match (plan.is_refused(), plan.is_empty()) {
        (true, _) => Exit::Refused,
        (false, false) => Exit::Changes,
        // Of a platform that nobody could look at it is not known that nothing is to be done there.
        (false, true) if !observation.unreached.is_empty() => Exit::PartlyApplied,
        (false, true) => Exit::Done,
    }
}

/// The controls that changed guardrails, and what attaches them, are made of.
pub(super) fn controls(organization: &Organization, plan: &Plan) -> BTreeMap<Address, Vec<String>> {
    let of = |address: &Address| {
        // What attaches a guardrail is called after it and its place.
        let name = address.name.split('@').next()?;
        let guardrail = organization.guardrail_documents.get(name).filter(|_| address.kind.starts_with("policy"))?;
        let controls: Vec<String> = guardrail.controls.iter().map(|named| named.name.clone()).collect();
        (!controls.is_empty()).then_some(controls)
    };
    plan.changes.iter().filter_map(|change| Some((change.address.clone(), of(&change.address)?))).collect()
}

/// What the views know beyond the plan: commits, and names for native ids.
pub(super) fn context(home: &Home, plan: &Plan, observation: &Observation, no_blame: bool) -> Context {
    Context {
        commits: if no_blame { blame::Commits::new() } else { blame::of_plan(&home.folder, plan) },
        names: Names::of(&observation.inventory.resources, &observation.known, &observation.schemas),
        all: home.globals.verbose > 0,
        folder: home.named(),
        ..Context::default()
    }
}

/// Writes a plan down, for whoever approves it later.
pub(super) fn save(path: &Path, plan: &Plan) -> Result<(), Failure> {
    let mut text = serde_json::to_vec_pretty(plan)
        .map_err(|error| Failure::new(format!("the plan cannot be written down: {error}")))?;
    text.push(b'\n');
    write_file(path, &text)
}

/// Reads a plan that was saved.
pub(super) fn load(path: &Path) -> Result<Plan, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(format!("the plan `{}` cannot be read: {}", path.display(), folder::plain(&error)))
            .help("make one with `polity plan --out FILE`")
    };
    let facts = std::fs::metadata(path).map_err(unreadable)?;
    if facts.is_dir() {
        return Err(Failure::new(format!("`{}` is a folder, not a saved plan", path.display()))
            .help("name the manifest folder with `--folder DIR`"));
    }
    if facts.len() > LARGEST {
        return Err(Failure::new(format!("`{}` is too large to be a plan", path.display())));
    }
    parse(&std::fs::read(path).map_err(unreadable)?).map_err(|reason| {
        Failure::new(format!("`{}` is not a plan that this version can apply: {reason}", path.display()))
            .help("make a new one with `polity plan --out FILE`")
    })
}

fn parse(bytes: &[u8]) -> Result<Plan, String> {
    // The version first: what else is in a plan of another version is not ours to judge.
    let json: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    match json.get("version").and_then(serde_json::Value::as_str) {
        Some(VERSION) => serde_json::from_value(json).map_err(|error| error.to_string()),
        Some(other) => Err(format!("it has the version `{other}`, this is `{VERSION}`")),
        None => Err("it has no version".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::plan::tests::{change, plan};

    #[test]
    fn a_saved_plan_comes_back_with_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("next.plan");
        let made = plan(vec![change(polity_model::plan::Action::Create, "team", "payments")]);
        save(&path, &made).unwrap();
        let read = load(&path).unwrap();
        assert_eq!(read, made);
        assert_eq!(read.digest(), made.digest());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_plan_is_refused_with_a_reason() {
        let fails = |text: &str| parse(text.as_bytes()).unwrap_err();
        assert_eq!(fails("{}"), "it has no version");
        assert!(fails("not json").contains("expected"));
        assert!(fails(r#"{"version": "polity.plan/v9"}"#).contains("`polity.plan/v9`"));
        assert!(fails(r#"{"version": "polity.plan/v1", "surprise": 1}"#).contains("unknown field"));
    }

    #[test]
    fn brakes_weigh_more_than_changes() {
        let mut plan = plan(vec![]);
        let mut observation = Observation::default();
        assert_eq!(exit(&plan, &observation), Exit::Done);
        observation.unreached.insert("sky".to_owned(), "no credentials".to_owned());
        assert_eq!(exit(&plan, &observation), Exit::PartlyApplied);
        plan.changes.push(change(polity_model::plan::Action::Create, "team", "payments"));
        assert_eq!(exit(&plan, &observation), Exit::Changes);
        plan.brakes.push(polity_model::plan::Brake {
            name: "removals".to_owned(),
            message: String::new(),
            help: String::new(),
            by: vec![],
        });
        assert_eq!(exit(&plan, &observation), Exit::Refused);
    }
}
