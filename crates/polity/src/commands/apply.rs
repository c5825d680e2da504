//! `polity apply`: makes the clouds match the manifest, once somebody said yes to the plan.

use std::sync::Arc;

use polity_engine::{
    ApplyInput, Cancel, Ground, Journal, Observation, Pace, Past, Planned, SystemClock,
    journal::{Abort, Moment, Owner},
};
use polity_model::plan::Plan;

use super::{Home, plan, pretty};
use crate::{
    args::{Apply, Output},
    clouds::Clouds,
    exit::{Ended, Exit, Failure},
    folder,
    progress::Watcher,
    terminal,
    views::{self, run},
};

pub(super) async fn apply(home: &Home, arguments: &Apply) -> Ended {
    let saved = arguments.plan.as_deref().map(plan::load).transpose()?;
    let (organization, digest) = home.organization()?;
    let journal = Arc::new(open(home, &organization.name)?);
    let clouds = Clouds::connect(&organization).await?;
    let ground = home.ground(&clouds, &organization, &digest)?;
    let owner = owner();
    let watcher = Watcher::new(home.globals.verbose);
    let prepared = prepare(&ground, &journal, &owner, saved, &watcher).await;
    watcher.finish();
    let (plan, observation) = prepared?;
    let empty = Observation::default();
    let mut context = plan::context(home, &plan, observation.as_ref().unwrap_or(&empty), arguments.no_blame);
    context.applies = true;
    context.controls = plan::controls(&organization, &plan);
    // In the JSON form, standard output holds the result alone.
    let shown = views::plan::human::human(&plan, &context);
    match arguments.output {
        Output::Human => terminal::out(&shown)?,
        Output::Json => terminal::err(shown.trim_end()),
    }
    if plan.is_refused() {
        return Ok(Exit::Refused);
    }
    let approved_by = approve(&plan, arguments)?;
    let input = ApplyInput {
        providers: &clouds.writing,
        organization: &organization,
        manifest: digest.clone(),
        applier: ground.applier.clone(),
        plan: &plan,
        approved: plan.digest(),
        approved_by,
        observation,
        journal: &journal,
        owner,
        pace: Pace { parallel: usize::from(arguments.parallel), ..Pace::default() },
        cancel: on_interrupt(),
    };
    perform(home, &clouds, &input, arguments.output).await
}

/// Applies what was approved, and tells what came of it.
pub(super) async fn perform(home: &Home, clouds: &Clouds, input: &ApplyInput<'_>, output: Output) -> Ended {
    let watcher = Watcher::new(home.globals.verbose);
    let report = polity_engine::apply(input, &watcher).await;
    watcher.finish();
    home.tell_stats(clouds);
    let report = report?;
    terminal::out(&match output {
        Output::Human => run::human(&report, home.named().as_deref()),
        Output::Json => pretty(&run::json(&report, input.plan)),
    })?;
    Ok(report.exit())
}

/// Settles what an interrupted run left open, and makes the plan unless one was saved.
pub(super) async fn prepare(
    ground: &Ground<'_>,
    journal: &Journal,
    owner: &Owner,
    saved: Option<Plan>,
    watcher: &Watcher,
) -> Result<(Plan, Option<Observation>), Failure> {
    polity_engine::settle(ground, journal, owner, watcher).await?;
    if let Some(plan) = saved {
        return Ok((plan, None));
    }
    let Planned { plan, observation } = polity_engine::plan(ground, &Past::of(journal)?, watcher).await?;
    Ok((plan, Some(observation)))
}

pub(super) fn open(home: &Home, organization: &str) -> Result<Journal, Failure> {
    let path = home.journal_path();
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|error| {
            Failure::new(format!(
                "the journal's folder `{}` cannot be made: {}",
                parent.display(),
                folder::plain(&error)
            ))
            .help("nothing is written to a cloud without a journal; name another place with `--journal FILE`")
        })?;
        ignore(parent);
    }
    let journal = Journal::open(&path, organization, Arc::new(SystemClock))?;
    journal.abort_at(abort());
    Ok(journal)
}

/// A test aid: the entry of the journal before which this process ends itself, without any cleaning up.
fn abort() -> Option<Abort> {
    let at = std::env::var("POLITY_TEST_ABORT_BEFORE").ok()?.parse().ok()?;
    Some(Abort { at, moment: Moment::Before, how: || std::process::abort() })
}

/// A journal is no part of the manifest: git shall leave it alone where it stands in our own folder.
fn ignore(parent: &std::path::Path) {
    let file = parent.join(".gitignore");
    if parent.file_name().is_some_and(|name| name == ".polity") && !file.exists() {
        // Convenience only: a folder that cannot be written fails with the journal, in better words.
        let _ = std::fs::write(file, "*\n");
    }
}

/// How the plan was approved; a failure if it was not.
pub(super) fn approve(plan: &Plan, arguments: &Apply) -> Result<String, Failure> {
    let digest = plan.digest();
    if let Some(named) = &arguments.approve {
        let bare = named.trim().trim_start_matches("sha256:");
        let whole = digest.as_str().trim_start_matches("sha256:");
        if bare.len() >= digest.short().len() && whole.starts_with(&bare.to_ascii_lowercase()) {
            return Ok("--approve".to_owned());
        }
        return Err(Failure::new(format!(
            "the approval is for the plan `{bare}`, but this plan is `{}`",
            digest.short()
        ))
        .help("look at the plan above and approve that one, or apply the plan file that was approved"));
    }
    if arguments.auto_approve {
        return Ok(polity_engine::apply::AUTO_APPROVE.to_owned());
    }
    if plan.is_empty() {
        return Ok("nothing to approve".to_owned());
    }
    if !terminal::is_interactive() {
        return Err(Failure::new("nobody is here to approve the plan")
            .help(format!("approve it with `--approve {}`, or any plan with `--auto-approve`", digest.short())));
    }
    let question = format!("\nApply this? Type `yes` or the digest {}; anything else stops here: ", digest.short());
    match terminal::ask(&question).as_deref() {
        Some(answer) if answer == "yes" || answer == digest.short() => Ok("prompt".to_owned()),
        _ => Err(Failure::new("the plan was not approved; nothing was changed")),
    }
}

/// The first interrupt asks for a stop, the second one ends the process; the journal knows what was under way.
pub(super) fn on_interrupt() -> Cancel {
    let cancel = Cancel::default();
    let asked = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        asked.ask();
        terminal::err("stopping; what is under way is finished first (once more to end at once)");
        if tokio::signal::ctrl_c().await.is_ok() {
            terminal::err("ended; the next `polity apply` settles what was under way");
            std::process::exit(i32::from(Exit::PartlyApplied.code()));
        }
    });
    cancel
}

pub(super) fn owner() -> Owner {
    let first =
        |names: &[&str]| names.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let name = first(&["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME", "USERNAME"]);
    let host = first(&["HOSTNAME", "COMPUTERNAME"])
        .or_else(|| std::fs::read_to_string("/proc/sys/kernel/hostname").ok())
        .map(|host| host.trim().to_owned());
    Owner {
        name: name.unwrap_or_else(|| "somebody".to_owned()),
        host: host.unwrap_or_else(|| "this machine".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::plan::tests::{change, plan};

    fn arguments(approve: Option<&str>) -> Apply {
        Apply {
            plan: None,
            approve: approve.map(str::to_owned),
            auto_approve: false,
            output: Output::Human,
            no_blame: true,
            parallel: 1,
        }
    }

    #[test]
    fn only_the_digest_of_this_plan_approves_it() {
        let plan = plan(vec![change(polity_model::plan::Action::Create, "team", "payments")]);
        let digest = plan.digest();
        for right in [digest.short(), digest.as_str(), &digest.short().to_uppercase()] {
            assert_eq!(approve(&plan, &arguments(Some(right))).unwrap(), "--approve", "{right}");
        }
        let short = digest.short().get(..6).unwrap();
        for wrong in ["", "000000000000", short, "yes"] {
            let failure = approve(&plan, &arguments(Some(wrong))).unwrap_err();
            assert!(failure.message.contains(digest.short()), "{failure}");
        }
    }
}
