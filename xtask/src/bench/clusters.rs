//! A plan without changes over a large Kubernetes cluster.

use std::{fs, path::Path, process::Command, thread};

use super::{Cost, measure, median};
use crate::{
    cluster::Cluster,
    shell::{Failure, Outcome, fail, read, say, target},
};

const NAMESPACES: usize = 500;
/// Bindings in each of them.
const BINDINGS: usize = 4;
const RUNS: usize = 3;
/// How many fill the cluster at the same time.
const HANDS: usize = 16;

/// Measures and prints a table.
pub(super) fn run(polity: &Path) -> Outcome {
    let place = target().join("bench").join("clusters");
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::create_dir_all(&place)?;
    let cluster = Cluster::start().map_err(Failure)?;
    fill(&cluster)?;
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

/// Fills a cluster. `kubectl` holds itself to a few calls a second, so several of them share the work.
fn fill(cluster: &Cluster) -> Outcome {
    for objects in [namespaces(), bindings()] {
        let share = objects.len().div_ceil(HANDS);
        thread::scope(|scope| {
            let hands: Vec<_> = objects
                .chunks(share)
                .map(|share| scope.spawn(|| cluster.kubectl(&["create", "-f", "-"], &share.join("---\n"))))
                .collect();
            hands.into_iter().try_for_each(|hand| match hand.join() {
                Ok(done) => done.map(drop).map_err(Failure),
                Err(_) => fail("a hand that filled the cluster failed"),
            })
        })?;
    }
    Ok(())
}

fn namespaces() -> Vec<String> {
    let namespace = |number: usize| {
        let cost = number % 40;
        format!(
            "{{apiVersion: v1, kind: Namespace, metadata: {{name: ns-{number:03}, labels: {{env: dev, cost: \"{cost}\"}}}}}}\n"
        )
    };
    (0..NAMESPACES).map(namespace).collect()
}

/// In each namespace a few groups that are given one of two roles.
fn bindings() -> Vec<String> {
    let binding = |number: usize| {
        let namespace = number % NAMESPACES;
        let role = if number.is_multiple_of(3) { "view" } else { "edit" };
        let group = number / NAMESPACES * 25 + namespace % 25;
        format!(
            "{{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {{name: b-{number}, namespace: ns-{namespace:03}}}, \
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}, \
             subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: Group, name: team-{group}}}]}}\n"
        )
    };
    (0..NAMESPACES * BINDINGS).map(binding).collect()
}
