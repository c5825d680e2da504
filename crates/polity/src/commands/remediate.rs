//! `polity remediate`: puts right what an audit found wrong, by a plan like any other: shown, saved, approved, applied and journaled by
//! the same engine. What people have to do themselves is told.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use polity_engine::{ApplyInput, Observation, Pace, Past, Planned, audit::Choice};
use polity_model::{
    Origin, Value,
    finding::{self, Audit, Finding, Status},
    plan::{Because, Change, Plan},
};
use polity_provider::{Remedy, Target};

use super::{
    Home, Sound,
    apply::{approve, on_interrupt, open, owner},
    audit, plan, pretty,
};
use crate::{
    args::{Apply, Output, remediate::Remediate},
    clouds::{self, Clouds, Wrong},
    exit::{Ended, Exit, Failure},
    folder,
    progress::Watcher,
    terminal,
    views::{self, clean, count, run},
};

pub(super) async fn remediate(home: &Home, arguments: &Remediate) -> Ended {
    let sound = home.sound()?;
    let saved = arguments.plan.as_deref().map(plan::load).transpose()?;
    let targets = match &saved {
        Some(plan) => of_plan(plan, arguments.undo),
        None => {
            let (targets, by_hand) = of_findings(&sound, arguments, &findings(home, &sound, arguments).await?);
            by_hand.iter().for_each(|line| terminal::err(line));
            targets
        }
    };
    if targets.is_empty() {
        terminal::out("nothing to put right")?;
        return Ok(Exit::Done);
    }
    // What is to be put back is another plan than the one that was saved.
    let saved = saved.filter(|_| !arguments.undo);
    carry_out(home, &sound, arguments, &targets, saved).await
}

/// Makes the plan of these targets, shows it, and applies it once somebody said yes.
async fn carry_out(
    home: &Home,
    sound: &Sound,
    arguments: &Remediate,
    targets: &[Target],
    saved: Option<Plan>,
) -> Ended {
    let organization = &sound.organization;
    let journal = Arc::new(open(home, &organization.name)?);
    let clouds = Clouds::correcting(organization, targets).await?;
    let ground = home.ground(&clouds, organization, &sound.digest)?;
    let owner = owner();
    let watcher = Watcher::new(home.globals.verbose);
    polity_engine::settle(&ground, &journal, &owner, &watcher).await?;
    let planned = match saved {
        Some(plan) => Ok((plan, None)),
        None => polity_engine::plan(&ground, &Past::of(&journal)?, &watcher)
            .await
            .map(|Planned { plan, observation }| (plan, Some(observation))),
    };
    watcher.finish();
    let (plan, observation) = planned?;
    only_corrections(&plan)?;
    tell_unplanned(&plan, targets);
    let empty = Observation::default();
    let mut context = plan::context(home, &plan, observation.as_ref().unwrap_or(&empty), true);
    // What comes next is not `polity apply`.
    context.applies = true;
    let shown = views::plan::human::human(&plan, &context);
    match arguments.output {
        Output::Human => terminal::out(&shown)?,
        Output::Json => terminal::err(shown.trim_end()),
    }
    if let Some(path) = &arguments.out {
        plan::save(path, &plan)?;
        let (path, digest) = (path.display(), plan.digest());
        terminal::err(&format!(
            "saved: `polity remediate {path} --approve {}` applies exactly this plan",
            digest.short()
        ));
        return Ok(plan::exit(&plan, observation.as_ref().unwrap_or(&empty)));
    }
    if plan.is_refused() {
        return Ok(Exit::Refused);
    }
    if plan.is_empty() {
        return Ok(Exit::Done);
    }
    let approved_by = approve(&plan, &approval(arguments))?;
    let input = ApplyInput {
        providers: &clouds.writing,
        organization,
        manifest: sound.digest.clone(),
        applier: ground.applier.clone(),
        plan: &plan,
        approved: plan.digest(),
        approved_by,
        observation,
        journal: &journal,
        owner,
        pace: Pace::default(),
        cancel: on_interrupt(),
    };
    let watcher = Watcher::new(home.globals.verbose);
    let report = polity_engine::apply(&input, &watcher).await;
    watcher.finish();
    home.tell_stats(&clouds);
    let report = report?;
    terminal::out(&match arguments.output {
        Output::Human => run::human(&report, home.named().as_deref()),
        Output::Json => pretty(&run::json(&report, &plan)),
    })?;
    let exit = report.exit();
    if exit != Exit::Done {
        terminal::err(
            "note: what is left is put right by `polity remediate` again; `polity apply` knows nothing of it",
        );
    }
    Ok(exit)
}

fn approval(arguments: &Remediate) -> Apply {
    Apply {
        plan: None,
        approve: arguments.approve.clone(),
        auto_approve: arguments.auto_approve,
        output: arguments.output,
        no_blame: true,
        parallel: 16,
    }
}

/// Corrections stand on what the manifest asks for. While that is not applied, nobody can say what a correction would come to.
fn only_corrections(plan: &Plan) -> Result<(), Failure> {
    let others = plan.changes.iter().filter(|change| !clouds::is_correction(&change.address.kind)).count();
    if others == 0 {
        return Ok(());
    }
    Err(Failure::new(format!("the manifest asks for {} that are not applied yet", count(others, "change")))
        .help("`polity plan` shows them: apply them first, then put right what is left"))
}

/// What is right already, or cannot be reached, is not in the plan: that is no success by itself.
fn tell_unplanned(plan: &Plan, targets: &[Target]) {
    let planned = |target: &&Target| {
        plan.changes.iter().any(|change| change.id.as_deref() == Some(&target.id) && change.address.kind == target.kind)
    };
    for target in targets.iter().filter(|target| !planned(target)) {
        let (id, scope) = (clean(&target.id), clean(&target.scope));
        let why = "it is right by now, is gone, or lies where this manifest reaches nothing";
        terminal::err(&format!("note: `{id}` in `{scope}` is not in the plan: {why}"));
    }
}

/// The targets that a saved plan is about, with what it gives them, or with what they held before.
fn of_plan(plan: &Plan, undo: bool) -> Vec<Target> {
    let target = |change: &Change| {
        let side = |difference: &polity_model::plan::Difference| {
            let value = if undo { &difference.before } else { &difference.after };
            (difference.attribute.clone(), value.clone())
        };
        let attributes = if undo { change.diff.iter().map(side).collect() } else { change.after.clone() };
        Some(Target {
            scope: change.scope.clone(),
            kind: change.address.kind.clone(),
            id: change.id.clone()?,
            attributes,
            origin: origin(&change.because),
        })
    };
    plan.changes.iter().filter(|change| clouds::is_correction(&change.address.kind)).filter_map(target).collect()
}

fn origin(because: &Because) -> Origin {
    match because {
        Because::Written(origins) | Because::Drifted(origins) => origins.first().cloned(),
        Because::Retired { origin, .. } => origin.first().cloned(),
        Because::Removed | Because::Foreign => None,
    }
    .unwrap_or_else(|| Origin::file("organization.yaml"))
}

async fn findings(home: &Home, sound: &Sound, arguments: &Remediate) -> Result<Audit, Failure> {
    if let Some(path) = &arguments.findings {
        return kept(sound, path);
    }
    let choice = Choice { controls: arguments.controls.clone(), tenants: arguments.tenants.clone() };
    let facets = audit::asked(sound, &choice);
    let collected = audit::collected(home, sound, None, Some(&facets)).await?;
    Ok(audit::judge(home, sound, collected, &choice, false, &audit::Keeping::Nothing)?.audit)
}

/// What `polity audit -o json` wrote.
fn kept(sound: &Sound, path: &Path) -> Result<Audit, Failure> {
    let name = path.display();
    let help = "name a file that `polity audit -o json` wrote";
    let bytes = fs::read(path)
        .map_err(|error| Failure::new(format!("`{name}` cannot be read: {}", folder::plain(&error))).help(help))?;
    let audit: Audit = serde_json::from_slice(&bytes)
        .map_err(|error| Failure::new(format!("`{name}` holds no findings: {error}")).help(help))?;
    if audit.version != finding::VERSION || audit.organization != sound.organization.name {
        let message = format!("`{name}` is of `{}`, in the form `{}`", audit.organization, audit.version);
        return Err(Failure::new(message).help(help));
    }
    Ok(audit)
}

/// What can be put right from here, and what people have to do, as lines.
fn of_findings(sound: &Sound, arguments: &Remediate, audit: &Audit) -> (Vec<Target>, Vec<String>) {
    let mut targets: Vec<Target> = Vec::new();
    let mut by_hand: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let chosen = |finding: &&Finding| {
        finding.status == Status::Fail
            && (arguments.controls.is_empty() || arguments.controls.iter().any(|name| **name == *finding.control))
            && (arguments.tenants.is_empty()
                || arguments.tenants.iter().any(|name| Some(name) == finding.place.tenant.as_ref()))
    };
    for finding in audit.findings.iter().filter(chosen) {
        match target(sound, audit, finding) {
            Ok(target) => {
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
            Err(why) => {
                by_hand
                    .entry((finding.control.to_string(), why))
                    .or_default()
                    .push(finding.resource.called().to_owned());
            }
        }
    }
    let line = |((control, why), resources): (&(String, String), &Vec<String>)| {
        format!("by hand: {} ({}): {}", clean(control), views::some_of(resources, 3), clean(why))
    };
    let lines = by_hand.iter().map(line).collect();
    (merged(targets), lines)
}

/// Several controls may ask something of the same resource: that is one change.
fn merged(targets: Vec<Target>) -> Vec<Target> {
    let mut by_place: BTreeMap<(String, String, String), Target> = BTreeMap::new();
    for target in targets {
        let key = (target.scope.clone(), target.kind.clone(), target.id.clone());
        by_place.entry(key).and_modify(|known| known.attributes.extend(target.attributes.clone())).or_insert(target);
    }
    by_place.into_values().collect()
}

fn target(sound: &Sound, audit: &Audit, finding: &Finding) -> Result<Target, String> {
    let none = || "the control does not say how".to_owned();
    let (place, resource) = (&finding.place, &finding.resource);
    let kind = place.platform_type.as_deref().ok_or_else(none)?;
    let control = sound.controls.catalog.controls.get(&*finding.control).ok_or_else(none)?;
    let words = control.correct.get(kind).ok_or_else(none)?;
    let tenant = place.tenant.as_deref().ok_or("it lies in no tenant of the manifest")?;
    let platform = place.platform.as_deref().ok_or_else(none)?;
    let judgement = audit.controls.get(&*finding.control).and_then(|judged| judged.tenants.get(tenant));
    let params: BTreeMap<String, Value> = judgement
        .map(|judgement| judgement.params.iter().map(|(name, value)| (name.clone(), Value::from_json(value))).collect())
        .unwrap_or_default();
    let id = resource.id.as_deref().ok_or("it could not even be listed")?;
    let name = resource.name.as_deref().unwrap_or(id);
    let wrong = Wrong { id, name, params: &params };
    let Remedy { kind, id, attributes, regional } = clouds::remedy(kind, words, wrong)?;
    let scope = match (&resource.region, regional) {
        (Some(region), true) => format!("{platform}/{tenant}/{region}"),
        (None, true) => return Err("its region is not known".to_owned()),
        (_, false) => format!("{platform}/{tenant}"),
    };
    Ok(Target { scope, kind: kind.to_owned(), id, attributes, origin: finding.attached.origin.clone() })
}
