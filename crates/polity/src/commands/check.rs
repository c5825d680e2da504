//! `polity check`: reads the manifest and tells all of its mistakes at once.

use super::{Home, pretty};
use crate::{
    args::CheckOutput,
    exit::{Ended, Exit},
    terminal,
    views::{diagnostics, organization, sarif},
};

pub(super) fn check(home: &Home, output: CheckOutput) -> Ended {
    let manifest = home.read()?;
    let (found, files) = (&manifest.diagnostics, manifest.files.len());
    let text = match output {
        CheckOutput::Human => {
            let sources = diagnostics::sources(&manifest.files);
            let summary = manifest.organization.as_ref().map(organization::summary);
            let told = diagnostics::human(found, &sources, &home.prefix(), home.globals.verbose > 0);
            format!("{told}{}", diagnostics::summary(found, files, summary.as_deref()))
        }
        CheckOutput::Json => pretty(&diagnostics::json(found, files)),
        CheckOutput::Sarif => pretty(&sarif::sarif(found, &home.prefix())),
        CheckOutput::Github => diagnostics::github(found, &home.prefix()),
    };
    terminal::out(&text)?;
    Ok(if manifest.organization.is_some() { Exit::Done } else { Exit::Error })
}
