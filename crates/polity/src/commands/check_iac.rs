//! `polity check-iac`: judges infrastructure code by the controls, before anything is made of it.

use std::{collections::BTreeMap, sync::Arc};

use polity_controls::{catalog::Catalog, rules::Rule};
use polity_engine::audit::Places;
use polity_iac::Format;
use polity_model::{
    facet::Row,
    finding::Severity,
    organization::{Organization, Place},
    units::Timestamp,
};

use super::{Home, pretty};
use crate::{
    args::code::{CheckIac, CodeOutput, Type},
    code::{self, Asked, Files},
    exit::{Ended, Exit, Failure},
    terminal,
    views::{code as view, some_of},
};

/// What code is judged by where nothing is named.
const STANDARD: &str = "standard";

pub(super) fn check_iac(home: &Home, arguments: &CheckIac) -> Ended {
    let (asked, places) = asked(home, arguments)?;
    let format = arguments.kind.map(|kind| match kind {
        Type::Terraform => Format::Terraform,
        Type::CloudFormation => Format::CloudFormation,
        Type::Kubernetes => Format::Kubernetes,
        Type::Dockerfile => Format::Dockerfile,
    });
    let files = code::read(&arguments.files, format, arguments.source.as_deref())?;
    let outcome = code::judge(&files.readings, &asked, &places, Timestamp::now());
    let all = home.globals.verbose > 0;
    match arguments.output {
        CodeOutput::Human => terminal::out(&view::human(&files, &outcome, all))?,
        CodeOutput::Json => terminal::out(&pretty(&view::json(&files, &outcome)))?,
        CodeOutput::Sarif => terminal::out(&pretty(&view::sarif(&files, &outcome)))?,
        CodeOutput::Github => terminal::out(&view::github(&files, &outcome))?,
        CodeOutput::Junit => terminal::out(&view::junit(&files, &outcome))?,
    }
    refused(&files)?;
    let least = Severity::from(arguments.fail_on);
    let fails = outcome.controls.values().any(|(control, counts)| control.severity >= least && counts.fail > 0);
    let unknown = arguments.unknown_fails && outcome.counts().unknown > 0;
    Ok(if fails || unknown { Exit::Changes } else { Exit::Done })
}

/// What could not be read was not judged: that is no success.
fn refused(files: &Files) -> Result<(), Failure> {
    let errors = files.readings.iter().flat_map(|reading| &reading.diagnostics).filter(|it| it.is_error()).count();
    if errors > 0 {
        let message = format!("not all could be read: {}", crate::views::count(errors, "mistake"));
        return Err(Failure::new(message).help("correct what is named above: what cannot be read is not judged"));
    }
    if files.readings.is_empty() {
        let help = "name Terraform plans (`terraform show -json`), templates, manifests or Dockerfiles";
        return Err(Failure::new("there is no infrastructure code among these files").help(help));
    }
    Ok(())
}

/// The controls that are asked, and where what is judged will lie.
fn asked(home: &Home, arguments: &CheckIac) -> Result<(Vec<Asked>, Vec<Option<Row>>), Failure> {
    let place = match (&arguments.tenant, &arguments.landing_zone) {
        (Some(tenant), _) => Some(Place::Tenant(tenant.clone())),
        (None, Some(zone)) => Some(Place::LandingZone(zone.clone())),
        (None, None) => None,
    };
    let (mut asked, places) = match place {
        Some(place) => of_place(home, &place)?,
        None => (of_baseline(home, arguments.baseline.as_deref().unwrap_or(STANDARD))?, Vec::new()),
    };
    let known: Vec<String> = asked.iter().map(|one| one.control.name.clone()).collect();
    if let Some(name) = arguments.controls.iter().find(|name| !known.contains(name)) {
        let help = "`polity control list` shows all controls, and `--baseline` names another set of them";
        return Err(Failure::new(format!("the control `{name}` is not among those that are asked here")).help(help));
    }
    asked.retain(|one| arguments.controls.is_empty() || arguments.controls.contains(&one.control.name));
    Ok((asked, places))
}

fn of_place(home: &Home, place: &Place) -> Result<(Vec<Asked>, Vec<Option<Row>>), Failure> {
    let sound = home.sound()?;
    let organization = &sound.organization;
    known(organization, place)?;
    let rules = sound.controls.rules.of_place(place);
    if rules.is_empty() {
        return Err(Failure::new("no control is attached there or above, so there is nothing to judge by")
            .help("attach a baseline, or judge by one of the catalog: `--baseline standard`"));
    }
    let today = home.today();
    let of = |rule: &Rule| Asked {
        control: Arc::clone(&rule.control),
        bound: Arc::clone(&rule.bound),
        exemptions: rule.exemptions.iter().filter(|exemption| !exemption.expired(today)).cloned().collect(),
    };
    let asked = rules.iter().filter(|rule| rule.is_on()).map(of).collect();
    let Place::Tenant(tenant) = place else { return Ok((asked, Vec::new())) };
    let places = Places::of(organization, &BTreeMap::new());
    let rows = places.0.get(tenant).map(|facts| facts.rows.clone()).unwrap_or_default();
    Ok((asked, rows))
}

fn known(organization: &Organization, place: &Place) -> Result<(), Failure> {
    let (what, name, there) = match place {
        Place::Tenant(name) => ("tenant", name, organization.tenants.contains_key(name)),
        Place::LandingZone(name) => ("landing zone", name, organization.landing_zones.contains_key(name)),
        _ => return Ok(()),
    };
    if there {
        return Ok(());
    }
    Err(Failure::new(format!("there is no {what} `{name}` in the manifest")).help("`polity graph` draws what there is"))
}

fn of_baseline(home: &Home, baseline: &str) -> Result<Vec<Asked>, Failure> {
    let catalog: Catalog = home.controls()?.0.catalog;
    let included = catalog.controls_of(baseline);
    if included.is_empty() {
        let names: Vec<&String> = catalog.baselines.keys().collect();
        let help = format!("there are {}", some_of(&names, 10));
        return Err(Failure::new(format!("there is no baseline `{baseline}`")).help(help));
    }
    let mut asked = Vec::new();
    for (name, included) in included {
        let Some(control) = catalog.controls.get(&name) else { continue };
        let params = control.params(&included.params).ok().and_then(|params| control.bind(&params).ok());
        // A parameter without a default that the baseline leaves to whoever attaches it.
        let Some(bound) = params else { continue };
        asked.push(Asked { control: Arc::clone(control), bound: Arc::new(bound), exemptions: Vec::new() });
    }
    Ok(asked)
}
