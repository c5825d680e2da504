//! `polity remediate`: puts right what an audit found wrong, by a plan like any other: shown, saved, approved, applied and journaled by
//! the same engine. What people have to do themselves is told.

mod targets;

use std::{fs, path::Path, sync::Arc};

use polity_engine::{ApplyInput, Observation, Pace, audit::Choice};
use polity_model::{
    finding::{self, Audit},
    plan::Plan,
};
use polity_provider::Target;

use super::{
    Home, Sound,
    apply::{approve, on_interrupt, open, owner, perform, prepare},
    audit, plan,
};
use crate::{
    args::{Apply, Output, remediate::Remediate},
    clouds::{self, Clouds},
    exit::{Ended, Exit, Failure},
    folder,
    progress::Watcher,
    terminal,
    views::{self, clean, count},
};

/// Who approved what nobody has to approve.
const BY_MANIFEST: &str = "the manifest (`correct: auto`)";

pub(super) async fn remediate(home: &Home, arguments: &Remediate) -> Ended {
    let sound = home.sound()?;
    let saved = arguments.plan.as_deref().map(plan::load).transpose()?;
    let (targets, unseen) = match &saved {
        Some(plan) => (targets::of_plan(plan, arguments.undo), false),
        None => {
            let (audit, unseen) = findings(home, &sound, arguments).await?;
            let (targets, by_hand) = targets::of_findings(&sound, arguments, &audit);
            by_hand.iter().for_each(|line| terminal::err(line));
            (targets, unseen)
        }
    };
    if targets.is_empty() && unseen {
        terminal::out(
            "nothing to put right where anybody could look: `polity audit` tells which platform could not be reached",
        )?;
        return Ok(Exit::PartlyApplied);
    }
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
    let prepared = prepare(&ground, &journal, &owner, saved, &watcher).await;
    watcher.finish();
    let (plan, observation) = prepared?;
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
        return Ok(plan::exit(&plan, observation.as_ref().unwrap_or(&empty)));
    }
    let approved_by = match arguments.auto {
        true => BY_MANIFEST.to_owned(),
        false => approve(&plan, &approval(arguments))?,
    };
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
    let exit = perform(home, &clouds, &input, arguments.output).await?;
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
        let platform = target.scope.split('/').next().unwrap_or_default();
        let why = match plan.platforms.contains_key(platform) {
            true => "it is right by now, is gone, or lies where this manifest reaches nothing",
            false => "its platform could not be reached",
        };
        terminal::err(&format!("note: `{id}` in `{scope}` is not in the plan: {why}"));
    }
}

/// What does not hold, and whether a platform could not be reached, of which nothing is known.
async fn findings(home: &Home, sound: &Sound, arguments: &Remediate) -> Result<(Audit, bool), Failure> {
    if let Some(path) = &arguments.findings {
        return Ok((kept(sound, path)?, false));
    }
    let choice = Choice { controls: arguments.controls.clone(), tenants: arguments.tenants.clone() };
    let facets = audit::asked(sound, &choice);
    let collected = audit::collected(home, sound, None, Some(&facets)).await?;
    let unseen = audit::unseen(sound, &choice, &collected);
    Ok((audit::judge(home, sound, collected, &choice, false, &audit::Keeping::Nothing)?.audit, unseen))
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
