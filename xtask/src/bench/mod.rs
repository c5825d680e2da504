//! Measurements. Figures are printed as tables for `docs/benchmarks.md`, with the commands that made them.

mod clusters;
mod compile;
mod controls;
mod openstack;
mod plan;
mod sandbox;

use std::{path::Path, process::Command};

use serde_json::Value;

use crate::{
    cloud,
    shell::{Failure, Outcome, fail, read, root},
};

/// Which measurements.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    All,
    Check,
    Clusters,
    Controls,
    OpenStack,
    Plan,
    Sandbox,
}

/// The task.
pub(crate) fn run(what: What) -> Outcome {
    if what != What::Sandbox {
        crate::servers::install()?;
    }
    if what == What::Controls {
        return controls::run();
    }
    // Another build can be measured, to compare.
    let polity = match std::env::var_os("POLITY_BENCH_BINARY") {
        Some(path) => path.into(),
        None => crate::shell::build_polity(true)?,
    };
    if matches!(what, What::All | What::Check) {
        compile::run(&polity)?;
    }
    if matches!(what, What::All | What::Plan) {
        plan::run(&polity)?;
    }
    if matches!(what, What::All | What::Clusters) {
        clusters::run(&polity)?;
    }
    if matches!(what, What::All | What::OpenStack) {
        openstack::run(&polity)?;
    }
    if matches!(what, What::All | What::Sandbox) {
        sandbox::run(&polity)?;
    }
    if what == What::All {
        controls::run()?;
    }
    Ok(())
}

/// What one run of a command cost.
#[derive(Clone, Copy, Debug)]
struct Cost {
    wall: f64,
    cpu: f64,
    rss_mib: f64,
}

/// A Python program beside this task.
fn script(name: &str) -> Command {
    let mut command = Command::new(cloud::tool("python"));
    command.arg(root().join("xtask/bench").join(name));
    command
}

/// Runs a command and measures it; `prepare` sets its environment. What it prints is kept in `output`.
fn measure(words: &[&str], output: &Path, code: i64, prepare: impl Fn(&mut Command)) -> Outcome<Cost> {
    let mut command = script("measure.py");
    command.args(words).env("MEASURE_OUT", output);
    prepare(&mut command);
    let cost: Value = serde_json::from_str(&read(&mut command)?)?;
    let number = |name: &str| cost.get(name).and_then(Value::as_f64);
    if cost.get("code").and_then(Value::as_i64) != Some(code) {
        let said = std::fs::read_to_string(output).unwrap_or_default();
        let said: String = said.lines().rev().take(20).collect::<Vec<_>>().join("\n");
        return fail(format!("`{}` should have ended with {code}: {cost}\n{said}", words.join(" ")));
    }
    match (number("wall"), number("cpu"), number("rss_mib")) {
        (Some(wall), Some(cpu), Some(rss_mib)) => Ok(Cost { wall, cpu, rss_mib }),
        _ => fail(format!("measure.py answered {cost}")),
    }
}

/// The run with the median wall time.
fn median(mut costs: Vec<Cost>) -> Outcome<Cost> {
    costs.sort_by(|one, other| one.wall.total_cmp(&other.wall));
    costs.get(costs.len() / 2).copied().ok_or_else(|| Failure("nothing was measured".into()))
}
