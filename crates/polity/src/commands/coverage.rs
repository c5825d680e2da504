//! `polity coverage`: what each control does on each platform type, and why not the rest.

use std::collections::BTreeMap;

use polity_controls::coverage;

use super::{Home, pretty};
use crate::{
    args::{Coverage, CoverageOutput},
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
        types.entry(platform.kind.clone()).or_insert_with(BTreeMap::new);
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
    terminal::out(&match arguments.output {
        CoverageOutput::Human => control::coverage::human(&covers),
        CoverageOutput::Json => pretty(&control::coverage::json(&covers)),
        CoverageOutput::Markdown => control::coverage::markdown(&covers),
    })?;
    Ok(Exit::Done)
}
