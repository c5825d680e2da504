//! A plan without changes over a living organization, beside `terraform plan` where that is installed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Cost, measure, median, script};
use crate::{
    cloud::{ACCOUNT, Cloud},
    shell::{Failure, Outcome, exists, read, say, target},
};

const ACCOUNTS: &str = "1000";
const UNITS: &str = "100";
const POLICIES: &str = "200";
const RUNS: usize = 3;

/// Measures and prints a table.
pub(super) fn run(polity: &Path) -> Outcome {
    let place = target().join("bench");
    fs::create_dir_all(&place)?;
    let cloud = Cloud::start()?;
    read(cloud.enter(script("organization.py").args([ACCOUNTS, UNITS, POLICIES])))?;
    let polity = polity.display().to_string();
    say(format_args!(
        "\n## plan without changes: {ACCOUNTS} accounts, {UNITS} units, {POLICIES} policies, each attached once; median of {RUNS} runs\n\n\
         | tool | wall s | own CPU s | peak MiB | API calls |\n|---|---|---|---|---|"
    ));
    let folder = adopt(&polity, &place, &cloud)?;
    let journal = place.join("plan.db").display().to_string();
    let words = [polity.as_str(), "plan", folder.as_str(), "--journal", journal.as_str(), "--no-blame"];
    row("polity plan", &cloud, &words, &place.join("plan.txt"), |_| ())?;
    match terraform(&place, &cloud)? {
        Some((folder, settings)) => {
            let chdir = format!("-chdir={}", folder.display());
            let words = ["terraform", chdir.as_str(), "plan", "-detailed-exitcode", "-no-color", "-input=false"];
            row("terraform plan", &cloud, &words, &place.join("terraform.txt"), |command| {
                command.env("TF_CLI_CONFIG_FILE", &settings);
            })
        }
        None => {
            say("| terraform plan | not installed here | | | |");
            Ok(())
        }
    }
}

fn row(name: &str, cloud: &Cloud, words: &[&str], output: &Path, prepare: impl Fn(&mut Command)) -> Outcome {
    let (mut costs, mut calls): (Vec<Cost>, u64) = (Vec::new(), 0);
    for _ in 0..RUNS {
        let before = cloud.calls();
        costs.push(measure(words, output, 0, |command| {
            cloud.enter(command);
            prepare(command);
        })?);
        calls = cloud.calls() - before;
    }
    let cost = median(costs)?;
    say(format_args!("| {name} | {:.2} | {:.2} | {:.0} | {calls} |", cost.wall, cost.cpu, cost.rss_mib));
    Ok(())
}

/// Polity writes the manifest itself.
fn adopt(polity: &str, place: &Path, cloud: &Cloud) -> Outcome<String> {
    let folder = place.join("adopted");
    for old in [folder.clone(), place.join("plan.db")] {
        if old.is_dir() {
            fs::remove_dir_all(old)?;
        } else if old.exists() {
            fs::remove_file(old)?;
        }
    }
    let mut command = Command::new(polity);
    command.args(["adopt", "aws", "--name", "bench", "--management-account", ACCOUNT, "--into"]).arg(&folder);
    read(cloud.enter(&mut command))?;
    Ok(folder.display().to_string())
}

/// Terraform with everything imported, if it and its provider are here: its folder and its settings.
fn terraform(place: &Path, cloud: &Cloud) -> Outcome<Option<(PathBuf, PathBuf)>> {
    if !exists("terraform") {
        return Ok(None);
    }
    let folder = place.join("terraform");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    read(cloud.enter(script("terraform.py").arg(&folder).arg(cloud.endpoint())))?;
    let settings = place.join("terraform.rc");
    // A mirror on disk, where one is named; the registry otherwise.
    let mirror = std::env::var("POLITY_TERRAFORM_MIRROR").unwrap_or_default();
    let methods = match mirror.as_str() {
        "" => "direct {}".to_owned(),
        path => format!("filesystem_mirror {{ path = \"{path}\" }}"),
    };
    fs::write(&settings, format!("provider_installation {{ {methods} }}\n"))?;
    let go = |words: &[&str]| {
        let mut command = Command::new("terraform");
        command.arg(format!("-chdir={}", folder.display())).args(words).env("TF_CLI_CONFIG_FILE", &settings);
        read(cloud.enter(&mut command))
    };
    if let Err(Failure(why)) = go(&["init", "-no-color", "-input=false"]) {
        let first = why.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        say(format_args!("(terraform cannot get the provider; POLITY_TERRAFORM_MIRROR names a folder of it: {first})"));
        return Ok(None);
    }
    go(&["apply", "-auto-approve", "-no-color", "-input=false"])?;
    fs::remove_file(folder.join("imports.tf.json"))?;
    Ok(Some((folder, settings)))
}
