//! `polity coverage`: what each control does on each platform type, and why not the rest.

use polity_controls::{
    catalog::Catalog,
    coverage::{self, Cover},
};

use super::{Home, pretty};
use crate::{
    args::control::{Coverage, CoverageOutput},
    clouds,
    exit::{Ended, Exit, Failure},
    terminal,
    views::{control, some_of},
};

pub(super) fn coverage(home: &Home, arguments: &Coverage) -> Ended {
    let (controls, organization) = home.controls()?;
    let mut types = clouds::surveyed();
    // A type that nothing is read on is not left out for that.
    for platform in organization.iter().flat_map(|organization| organization.platforms.values()) {
        types.entry(platform.kind.clone()).or_default();
    }
    if let Some(wanted) = &arguments.platform {
        let known: Vec<String> = types.keys().cloned().collect();
        types.retain(|kind, _| kind == wanted);
        if types.is_empty() {
            return Err(Failure::new(format!("there is no platform type `{wanted}`"))
                .help(format!("known: {}", some_of(&known, 12))));
        }
    }
    let mut covers = coverage::coverage(&controls.catalog, &types);
    if arguments.attached {
        let attached = control::list::attached(&controls.rules);
        covers.retain(|cover| attached.contains_key(&cover.control));
    }
    if let Some(name) = &arguments.framework {
        return requirements(&controls.catalog, name, &covers, arguments.output);
    }
    terminal::out(&match arguments.output {
        CoverageOutput::Human => control::coverage::human(&covers),
        CoverageOutput::Json => pretty(&control::coverage::json(&covers)),
        CoverageOutput::Markdown => control::coverage::markdown(&covers),
    })?;
    Ok(Exit::Done)
}

/// The lines of one framework, as these covers meet them.
fn requirements(catalog: &Catalog, name: &str, covers: &[Cover], output: CoverageOutput) -> Ended {
    let Some(framework) = catalog.frameworks.get(name) else {
        let known: Vec<&String> = catalog.frameworks.keys().collect();
        return Err(
            Failure::new(format!("there is no framework `{name}`")).help(format!("known: {}", some_of(&known, 12)))
        );
    };
    let lines = catalog.met(framework, covers);
    terminal::out(&match output {
        CoverageOutput::Human => control::requirements::human(framework, &lines),
        CoverageOutput::Json => pretty(&control::requirements::json(framework, &lines)),
        CoverageOutput::Markdown => control::requirements::markdown(framework, &lines),
    })?;
    Ok(Exit::Done)
}
