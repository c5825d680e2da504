//! `polity check` of very large organizations.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use super::{measure, median};
use crate::shell::{Outcome, say, target};

const TENANTS: &[usize] = &[1_000, 10_000, 100_000];
const RUNS: usize = 5;

/// Measures and prints a table.
pub(super) fn run(polity: &Path) -> Outcome {
    say(format_args!(
        "\n## check, median of {RUNS} runs\n\n| tenants | files | MB | wall s | CPU s | peak MiB |\n|---|---|---|---|---|---|"
    ));
    for tenants in TENANTS {
        let folder = target().join("bench").join(format!("check-{tenants}"));
        let (files, bytes) = write(&folder, *tenants)?;
        let (program, place) = (polity.display().to_string(), folder.display().to_string());
        let output = folder.with_extension("txt");
        let mut costs = Vec::new();
        for _ in 0..RUNS {
            costs.push(measure(&[&program, "check", &place], &output, 0, |_| ())?);
        }
        let cost = median(costs)?;
        let megabytes = bytes as f64 / 1e6;
        say(format_args!(
            "| {tenants} | {files} | {megabytes:.1} | {:.2} | {:.2} | {:.0} |",
            cost.wall, cost.cpu, cost.rss_mib
        ));
    }
    Ok(())
}

/// Writes an organization: five tenants a project, a hundred projects a file, with tags, budgets and access.
fn write(folder: &PathBuf, tenants: usize) -> Outcome<(usize, usize)> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder.join("projects"))?;
    let mut files = vec![("organization.yaml".to_owned(), frame(tenants))];
    let projects = tenants.div_ceil(5);
    for (number, first) in (0..projects).step_by(100).enumerate() {
        let last = (first + 100).min(projects);
        let text: Vec<String> = (first..last).map(project).collect();
        files.push((format!("projects/{number:04}.yaml"), text.join("---\n")));
    }
    let mut bytes = 0;
    for (name, text) in &files {
        bytes += text.len();
        fs::write(folder.join(name), text)?;
    }
    Ok((files.len(), bytes))
}

/// Everything but projects; people and units grow with the tenants, at a fiftieth.
fn frame(tenants: usize) -> String {
    let mut text = String::from(
        "kind: organization\nname: large\nversion: polity/v1\ntags: {cost_center: {required: true, pattern: '^\\d{4}$'}}\n---\n\
         kind: platform\nname: aws\ntype: aws\nmanagement_account: \"123456789012\"\ntenant_email: \"aws+{tenant}@large.example\"\n---\n\
         {kind: role, name: developer, aws: {managed_policies: [\"arn:aws:iam::aws:policy/PowerUserAccess\"]}}\n",
    );
    for zone in 0..20 {
        let _ = writeln!(text, "---\n{{kind: landing_zone, name: zone-{zone}}}");
        for part in ["prod", "dev"] {
            let _ = writeln!(text, "---\n{{kind: landing_zone, name: zone-{zone}-{part}, parent: zone-{zone}}}");
        }
    }
    for number in 0..people(tenants) {
        let _ = writeln!(
            text,
            "---\nkind: person\nname: person-{number}\ngiven_name: Person\nfamily_name: \"{number}\"\nemail: person-{number}@large.example\n---\n\
             kind: team\nname: team-{number}\npeople: [person-{number}]\n---\n\
             kind: unit\nname: unit-{number}\nowner: person-{number}\ntags: {{cost_center: \"{:04}\"}}",
            number % 10_000
        );
    }
    text
}

fn people(tenants: usize) -> usize {
    (tenants / 50).max(1)
}

fn project(number: usize) -> String {
    // Every size of organization has projects over its whole range of people.
    let owner = number % 20;
    let mut text = format!(
        "kind: project\nname: project-{number}\nunit: unit-{owner}\naccess:\n  - {{team: team-{owner}, role: developer, reason: runs it}}\ntenants:\n"
    );
    for tenant in 0..5 {
        let (zone, part) = ((number + tenant) % 20, if tenant % 2 == 0 { "prod" } else { "dev" });
        let _ = writeln!(
            text,
            "  - platform: aws\n    landing_zone: zone-{zone}-{part}\n    name: t-{number}-{tenant}\n    budget: {{monthly: 500 USD, alert_at: [80, 100]}}"
        );
    }
    text
}
