//! `polity coverage`: what each platform type makes of the manifest and of each control, and why not the rest.

use polity_controls::{
    catalog::Catalog,
    coverage::{self, Cover},
};
use serde_json::json;

use super::{Home, pretty};
use crate::{
    args::control::{Coverage, CoverageOf, CoverageOutput},
    clouds,
    exit::{Ended, Exit, Failure},
    terminal,
    views::{self, control, some_of},
};

pub(super) fn coverage(home: &Home, arguments: &Coverage) -> Ended {
    let about_controls = arguments.attached || arguments.framework.is_some();
    let of = if about_controls { Some(CoverageOf::Controls) } else { arguments.of };
    if about_controls && arguments.of == Some(CoverageOf::Manifest) {
        return Err(Failure::new("`--attached` and `--framework` are about controls, not about the manifest")
            .help("leave out `manifest`, or the option"));
    }
    let controls = if of == Some(CoverageOf::Manifest) { None } else { Some(covers(home, arguments)?) };
    if let (Some((catalog, covers)), Some(name)) = (&controls, &arguments.framework) {
        return requirements(catalog, name, covers, arguments.output);
    }
    let manifest = if of == Some(CoverageOf::Controls) { None } else { Some(types(arguments)?) };
    let table = polity_manifest::coverage(&clouds::vocabulary());
    let mut texts = Vec::new();
    let mut whole = json!({"version": control::coverage::VERSION});
    if let Some(types) = &manifest {
        match arguments.output {
            CoverageOutput::Human => texts.push(views::coverage::human(&table, types)),
            CoverageOutput::Markdown => texts.push(views::coverage::markdown(&table, types)),
            CoverageOutput::Json => put(&mut whole, "manifest", views::coverage::json(&table, types)),
        }
    }
    if let Some((_, covers)) = &controls {
        match arguments.output {
            CoverageOutput::Human => texts.push(control::coverage::human(covers)),
            CoverageOutput::Markdown => texts.push(control::coverage::markdown(covers)),
            CoverageOutput::Json => put(&mut whole, "controls", json!(covers)),
        }
    }
    let json = arguments.output == CoverageOutput::Json;
    terminal::out(&if json { pretty(&whole) } else { texts.join("\n") })?;
    Ok(Exit::Done)
}

fn put(whole: &mut serde_json::Value, name: &str, part: serde_json::Value) {
    if let Some(whole) = whole.as_object_mut() {
        whole.insert(name.to_owned(), part);
    }
}

/// The platform types that are asked for, with their titles.
fn types(arguments: &Coverage) -> Result<views::coverage::Types, Failure> {
    let vocabulary = clouds::vocabulary();
    let all = vocabulary.types.iter().map(|(name, kind)| (name.clone(), kind.title.to_owned()));
    let mut types: views::coverage::Types = all.collect();
    if let Some(wanted) = &arguments.platform {
        types.retain(|kind, _| kind == wanted);
        if types.is_empty() {
            return Err(unknown_type(wanted, &vocabulary.types.into_keys().collect::<Vec<_>>()));
        }
    }
    Ok(types)
}

/// What the controls cover on the platform types that are asked for, and the catalog that they are from.
fn covers(home: &Home, arguments: &Coverage) -> Result<(Catalog, Vec<Cover>), Failure> {
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
            return Err(unknown_type(wanted, &known));
        }
    }
    let mut covers = coverage::coverage(&controls.catalog, &types);
    if arguments.attached {
        let attached = control::list::attached(&controls.rules);
        covers.retain(|cover| attached.contains_key(&cover.control));
    }
    Ok((controls.catalog, covers))
}

fn unknown_type(wanted: &str, known: &[String]) -> Failure {
    Failure::new(format!("there is no platform type `{wanted}`")).help(format!("known: {}", some_of(known, 12)))
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
