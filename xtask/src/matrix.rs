//! Every kind of fault at every write of a plan of two hundred changes, each rehearsed from the same beginning: the test
//! suite plays a sample, this plays all of it. What may never happen must not have happened in any run.

use crate::shell::{Outcome, cargo, root, run as perform, target};

/// Where the organization stands, before and after.
const FOLDER: &str = "crates/polity/tests/reorganization";
/// The day that it is rehearsed on, so that every run of this task is the same.
const TODAY: &str = "2026-06-01";

/// Plays so many runs; without a number, one for each fault and write.
pub(crate) fn run(runs: Option<u64>) -> Outcome {
    let mut build = cargo();
    perform(build.args(["build", "--locked", "--profile", "matrix", "--package", "polity"]))?;
    let folder = root().join(FOLDER);
    let mut command = std::process::Command::new(target().join("matrix").join("polity"));
    command
        .args(["rehearse", "--matrix", "--today", TODAY])
        .arg("--folder")
        .arg(folder.join("after"))
        .arg("--from")
        .arg(folder.join("before"));
    if let Some(runs) = runs {
        command.args(["--runs", &runs.to_string()]);
    }
    perform(&mut command)
}
