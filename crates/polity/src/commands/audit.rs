//! `polity audit`: judges what is there by the controls of the manifest, and keeps the evidence.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use polity_engine::{
    Journal, Past, SystemClock,
    audit::{
        self, Case, Choice, Collected, Judging,
        evidence::{self, Evidence, Former},
    },
};
use polity_model::{finding, units::Timestamp};

use super::{Home, Sound, pretty, write_file};
use crate::{
    args::audit::{Audit, AuditOutput},
    clouds::Clouds,
    exit::{Ended, Exit, Failure},
    folder,
    progress::Watcher,
    terminal,
    views::audit as view,
};

pub(super) async fn audit(home: &Home, arguments: &Audit) -> Ended {
    let sound = home.sound()?;
    let choice = choice(&sound, arguments)?;
    // What is saved may be judged by other controls.
    let facets = arguments.save.is_none().then(|| asked(&sound, &choice));
    let collected = collected(home, &sound, arguments.inventory.as_deref(), facets.as_ref()).await?;
    if let Some(path) = &arguments.save {
        let bytes = serde_json::to_vec(&collected).map_err(|error| Failure::new(error.to_string()))?;
        write_file(path, &bytes)?;
    }
    let unseen = unseen(&sound, &choice, &collected);
    let judged = judge(home, &sound, collected, &choice, arguments.passes, &keeping(arguments))?;
    let text = told(home, &sound, arguments, &judged);
    match &arguments.out {
        Some(path) => {
            write_file(path, text.as_bytes())?;
            terminal::err(&format!("{}; written to `{}`", view::summary(&judged.audit), path.display()));
        }
        None => terminal::out(&text)?,
    }
    let unknown = arguments.fail_on_unknown && judged.audit.counts().unknown > 0;
    let fails = judged.audit.fails_at(finding::Severity::from(arguments.fail_on));
    Ok(match fails || unknown {
        true => Exit::Changes,
        false if unseen => Exit::PartlyApplied,
        false => Exit::Done,
    })
}

/// Whether a platform that was asked about could not be reached: of what nobody could look at, nobody may say that it holds.
pub(super) fn unseen(sound: &Sound, choice: &Choice, collected: &Collected) -> bool {
    let organization = &sound.organization;
    let asked = |platform: &String| {
        let mut named = choice.tenants.iter().filter_map(|name| organization.tenants.get(name));
        choice.tenants.is_empty() || named.any(|tenant| tenant.platform.name == *platform)
    };
    organization.platforms.keys().any(|platform| asked(platform) && !collected.platforms.contains_key(platform))
}

/// What was judged, and what former audits came to.
pub(super) struct Judged {
    pub(super) audit: finding::Audit,
    pub(super) former: Vec<Former>,
}

/// Where evidence is kept.
pub(super) enum Keeping {
    /// Nowhere.
    Nothing,
    /// In the journal.
    Journal,
}

fn keeping(arguments: &Audit) -> Keeping {
    // What a file says was read at some time by somebody: the journal cannot vouch for it.
    if arguments.inventory.is_some() || arguments.no_evidence { Keeping::Nothing } else { Keeping::Journal }
}

/// Judges what was collected.
pub(super) fn judge(
    home: &Home,
    sound: &Sound,
    collected: Collected,
    choice: &Choice,
    passes: bool,
    keeping: &Keeping,
) -> Result<Judged, Failure> {
    let today = home.today();
    let preventing = |tenant: &str, control: &str| sound.controls.trace.prevents(tenant, control);
    let case = Case::new(collected, &sound.organization, &sound.digest, &sound.controls.rules, choice, &preventing);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let how = Judging { today, passes, cores };
    let journal = match keeping {
        Keeping::Journal => Some(Journal::open(&home.journal_path(), &sound.organization.name, Arc::new(SystemClock))?),
        Keeping::Nothing => {
            Journal::open_if_there(&home.journal_path(), &sound.organization.name, Arc::new(SystemClock))?
        }
    };
    let former = journal.as_ref().map(evidence::former).transpose()?.unwrap_or_default();
    let taken = matches!(keeping, Keeping::Journal).then(|| Evidence::of(&case, choice, today));
    let audit = case.judge(&how);
    if let (Some(journal), Some(evidence)) = (&journal, taken) {
        evidence.keep(journal, &audit)?;
    }
    Ok(Judged { audit, former })
}

/// What is read from the platforms, or from a file.
pub(super) async fn collected(
    home: &Home,
    sound: &Sound,
    file: Option<&Path>,
    facets: Option<&BTreeSet<String>>,
) -> Result<Collected, Failure> {
    if let Some(path) = file {
        return saved(sound, path);
    }
    let Past { last, .. } = home.past(&sound.organization)?;
    let clouds = Clouds::connect(&sound.organization).await?;
    let mut ground = home.ground(&clouds, &sound.organization, &sound.digest)?;
    ground.now = Some(Timestamp::now());
    let watcher = Watcher::new(home.globals.verbose);
    let collected = audit::collect(&ground, &last, facets, &watcher).await;
    watcher.finish();
    home.tell_stats(&clouds);
    Ok(collected?)
}

/// What `--save` wrote.
fn saved(sound: &Sound, path: &Path) -> Result<Collected, Failure> {
    let name = path.display();
    let help = "name a file that `polity audit --save` wrote";
    let bytes = fs::read(path)
        .map_err(|error| Failure::new(format!("`{name}` cannot be read: {}", folder::plain(&error))).help(help))?;
    let wrong = |why: String| Failure::new(format!("`{name}` holds no rows that can be judged: {why}")).help(help);
    let version: Option<String> = serde_json::from_slice::<serde_json::Value>(&bytes)
        .map_err(|error| wrong(error.to_string()))?
        .get("version")
        .and_then(|version| version.as_str().map(str::to_owned));
    if version.as_deref() != Some(audit::ROWS_VERSION) {
        let found = version.unwrap_or_else(|| "no version".to_owned());
        return Err(wrong(format!("it is of `{found}`, and this version of Polity reads `{}`", audit::ROWS_VERSION)));
    }
    let collected: Collected = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    if collected.organization != sound.organization.name {
        let (found, own) = (&collected.organization, &sound.organization.name);
        return Err(wrong(format!("it is of the organization `{found}`, not of `{own}`")));
    }
    Ok(collected)
}

/// The controls and tenants that were named; what nobody knows is an error, for it would come to nothing.
fn choice(sound: &Sound, arguments: &Audit) -> Result<Choice, Failure> {
    let rules = &sound.controls.rules;
    if rules.is_empty() {
        return Err(Failure::new("no control is attached anywhere, so there is nothing to judge").help(
            "attach a baseline, for example `controls: [{baseline: starter}]` in the document of the organization",
        ));
    }
    let attached = |name: &String| {
        rules.places().any(|(_, rules)| rules.iter().any(|rule| rule.control.name == *name && rule.is_on()))
    };
    if let Some(name) = arguments.controls.iter().find(|name| !attached(name)) {
        return Err(Failure::new(format!("the control `{name}` is attached nowhere"))
            .help("`polity control list` shows what there is, and `polity control show` where it is attached"));
    }
    if let Some(name) = arguments.tenants.iter().find(|name| !sound.organization.tenants.contains_key(*name)) {
        return Err(Failure::new(format!("there is no tenant `{name}` in the manifest"))
            .help("`polity show` lists the tenants"));
    }
    Ok(Choice { controls: arguments.controls.clone(), tenants: arguments.tenants.clone() })
}

/// Facets that something is asked on.
pub(super) fn asked(sound: &Sound, choice: &Choice) -> BTreeSet<String> {
    let rules = sound.controls.rules.places().flat_map(|(_, rules)| rules);
    let chosen = rules
        .filter(|rule| rule.is_on() && (choice.controls.is_empty() || choice.controls.contains(&rule.control.name)));
    chosen.flat_map(|rule| &rule.control.detect).map(|detect| detect.on.name.to_owned()).collect()
}

fn told(home: &Home, sound: &Sound, arguments: &Audit, judged: &Judged) -> String {
    let audit = &judged.audit;
    match arguments.output {
        AuditOutput::Human => view::human::human(audit, arguments.by, home.globals.verbose > 0),
        AuditOutput::Json => pretty(&view::json(audit)),
        AuditOutput::Csv => view::csv::csv(audit),
        AuditOutput::Junit => view::junit::junit(audit),
        AuditOutput::Sarif => pretty(&view::sarif::sarif(audit, &home.prefix())),
        AuditOutput::Ocsf => pretty(&view::ocsf::ocsf(audit)),
        AuditOutput::Markdown => view::markdown::markdown(audit, arguments.by),
        AuditOutput::Html => {
            let frameworks = &sound.controls.catalog.frameworks;
            view::html::html(&view::html::Report { audit, frameworks, former: &judged.former })
        }
    }
}
