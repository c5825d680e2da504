//! A plan without changes over a living domain of a real Keystone.

use std::{fs, path::Path, process::Command};

use super::{Cost, measure, median};
use crate::{
    keystone::Keystone,
    shell::{Failure, Outcome, read, root, say, target},
};

const PROJECTS: &str = "500";
const ASSIGNMENTS: &str = "5000";
const RUNS: usize = 3;

/// Measures and prints a table.
pub(super) fn run(polity: &Path) -> Outcome {
    let place = target().join("bench/openstack");
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::create_dir_all(&place)?;
    let keystone = Keystone::start().map_err(Failure)?;
    let seed = root().join("crates/polity/tests/support/openstack/seed.py").display().to_string();
    keystone.run("python", &[&seed, "found", PROJECTS, ASSIGNMENTS]).map_err(Failure)?;
    let folder = place.join("adopted").display().to_string();
    let mut adopt = Command::new(polity);
    adopt.args([
        "adopt",
        "openstack",
        "--name",
        "bench",
        "--platform-name",
        "sky",
        "--set",
        "domain=found",
        "--into",
        &folder,
    ]);
    read(keystone.enter(&mut adopt))?;
    say(format_args!(
        "\n## plan without changes: a real Keystone, {PROJECTS} projects, {ASSIGNMENTS} role assignments; median of {RUNS} runs\n\n\
         | tool | wall s | own CPU s | peak MiB | API calls |\n|---|---|---|---|---|"
    ));
    let (polity, journal) = (polity.display().to_string(), place.join("plan.db").display().to_string());
    let words = [polity.as_str(), "plan", &folder, "--journal", &journal, "--no-blame"];
    let (mut costs, mut calls): (Vec<Cost>, u64) = (Vec::new(), 0);
    for _ in 0..RUNS {
        let before = keystone.calls();
        costs.push(measure(&words, &place.join("plan.txt"), 0, |command| {
            keystone.enter(command);
        })?);
        calls = keystone.calls() - before;
    }
    let cost = median(costs)?;
    say(format_args!("| polity plan | {:.2} | {:.2} | {:.0} | {calls} |", cost.wall, cost.cpu, cost.rss_mib));
    Ok(())
}
