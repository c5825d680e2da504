//! A plan without changes over a large Kubernetes cluster.

use std::{fmt::Write as _, fs, path::Path, process::Command};

use super::{Cost, measure, median};
use crate::{
    cluster::Cluster,
    shell::{Failure, Outcome, fail, read, say, target},
};

const NAMESPACES: usize = 500;
/// Bindings in each of them.
const BINDINGS: usize = 4;
const RUNS: usize = 3;

/// Measures and prints a table.
pub(super) fn run(polity: &Path) -> Outcome {
    let place = target().join("bench").join("clusters");
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::create_dir_all(&place)?;
    let cluster = Cluster::start().map_err(Failure)?;
    cluster.kubectl(&["create", "-f", "-"], &objects()).map_err(Failure)?;
    let polity = polity.display().to_string();
    let folder = place.join("adopted").display().to_string();
    let mut adopt = Command::new(&polity);
    adopt.args(["adopt", "kubernetes", "--name", "bench", "--into", &folder]);
    read(cluster.enter(&mut adopt))?;
    let journal = place.join("plan.db").display().to_string();
    let words = [polity.as_str(), "plan", folder.as_str(), "--journal", journal.as_str(), "--no-blame", "--stats"];
    let output = place.join("plan.txt");
    let mut costs: Vec<Cost> = Vec::new();
    for _ in 0..RUNS {
        costs.push(measure(&words, &output, 0, |command| {
            cluster.enter(command);
        })?);
    }
    let cost = median(costs)?;
    say(format_args!(
        "\n## plan without changes: {NAMESPACES} namespaces, {} bindings; median of {RUNS} runs\n\n\
         | tool | wall s | own CPU s | peak MiB | API calls |\n|---|---|---|---|---|\n\
         | polity plan | {:.2} | {:.2} | {:.0} | {} |",
        NAMESPACES * BINDINGS,
        cost.wall,
        cost.cpu,
        cost.rss_mib,
        calls(&fs::read_to_string(&output)?)?
    ));
    Ok(())
}

/// The calls that `--stats` counted: `12 calls, 12 requests, ...`.
fn calls(said: &str) -> Outcome<String> {
    let line = said.lines().find_map(|line| line.split_once(" calls, ").map(|(number, _)| number.trim().to_owned()));
    line.map_or_else(|| fail(format!("`--stats` told no number of calls:\n{said}")), Ok)
}

/// Namespaces, and in each a few groups that are given one of two roles.
fn objects() -> String {
    let mut text = String::new();
    for number in 0..NAMESPACES {
        let _ = write!(
            text,
            "{{apiVersion: v1, kind: Namespace, metadata: {{name: ns-{number:03}, labels: {{env: dev, cost: \"{}\"}}}}}}\n---\n",
            number % 40
        );
    }
    for number in 0..NAMESPACES * BINDINGS {
        let namespace = number % NAMESPACES;
        let role = if number % 3 == 0 { "view" } else { "edit" };
        let group = number / NAMESPACES * 25 + namespace % 25;
        let _ = write!(
            text,
            "{{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {{name: b-{number}, namespace: ns-{namespace:03}}}, \
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}, \
             subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: Group, name: team-{group}}}]}}\n---\n"
        );
    }
    text
}
