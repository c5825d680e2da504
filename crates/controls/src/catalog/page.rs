//! The catalog as one page of Markdown: every control by domain, what it does on each platform type, and what it is for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use super::Catalog;
use crate::control::{Control, Prevent};

const OPENING: &str = "\
# The catalog of controls

Made from the files in `catalog/` by `cargo xtask generate`. `polity control show NAME` tells all that a control says.

A control *prevents* with what the platform itself has for it, *detects* by asking the facets of what is there, and *corrects*
by a call, a setting, or by hand. Where it cannot, it says why.

";

/// The page.
pub(super) fn page(catalog: &Catalog) -> String {
    let mut page = OPENING.to_owned();
    baselines(&mut page, catalog);
    frameworks(&mut page, catalog);
    let mut domains: BTreeMap<&str, Vec<&Control>> = BTreeMap::new();
    for control in catalog.controls.values() {
        domains.entry(domain(control)).or_default().push(control);
    }
    let platforms: BTreeSet<&str> =
        catalog.controls.values().flat_map(|control| control.prevent.keys().map(String::as_str)).collect();
    for (domain, controls) in domains {
        let _ = writeln!(page, "## {domain}\n");
        table(&mut page, &controls, &platforms);
        reasons(&mut page, &controls);
    }
    page
}

/// The folder that a control lies in.
pub(super) fn domain(control: &Control) -> &str {
    let mut parts = control.origin.file.rsplit('/');
    parts.next();
    parts.next().unwrap_or("own")
}

fn baselines(page: &mut String, catalog: &Catalog) {
    page.push_str("## Baselines\n\n| baseline | for | includes | controls |\n|---|---|---|---|\n");
    for baseline in catalog.baselines.values() {
        let includes: Vec<String> = baseline.includes.iter().map(|(name, _)| format!("`{name}`")).collect();
        let count = catalog.controls_of(&baseline.name).len();
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {count} |",
            baseline.name,
            cell(&baseline.statement),
            includes.join(", ")
        );
    }
    let open: Vec<String> = catalog
        .controls
        .values()
        .filter(|control| control.params.values().any(|param| param.default.is_none()))
        .map(|control| format!("`{}`", control.name))
        .collect();
    if !open.is_empty() {
        let _ =
            writeln!(page, "\nIn no baseline, because they need a parameter that only you know: {}.", open.join(", "));
    }
    page.push('\n');
}

fn frameworks(page: &mut String, catalog: &Catalog) {
    page.push_str(
        "## Frameworks\n\n| framework | title | version | lines that controls help to meet | of lines listed |\n",
    );
    page.push_str("|---|---|---|---|---|\n");
    for framework in catalog.frameworks.values() {
        let met: BTreeSet<&str> = catalog
            .controls
            .values()
            .flat_map(|control| &control.satisfies)
            .filter(|one| one.framework == framework.name && framework.lines.contains_key(&one.id))
            .map(|one| one.id.as_str())
            .collect();
        let all = if framework.complete { "" } else { ", a part" };
        let version = framework.version.as_deref().unwrap_or_default();
        let (name, title, lines) = (&framework.name, cell(&framework.title), framework.lines.len());
        let _ = writeln!(page, "| `{name}` | {title} | {version} | {} | {lines}{all} |", met.len());
    }
    page.push('\n');
}

fn table(page: &mut String, controls: &[&Control], platforms: &BTreeSet<&str>) {
    page.push_str("| control | what it says | severity | stage |");
    for platform in platforms {
        let _ = write!(page, " prevents on {platform} |");
    }
    page.push_str(" asks |");
    for platform in platforms {
        let _ = write!(page, " corrects on {platform} |");
    }
    page.push_str(" requirements |\n|---|---|---|---|");
    page.push_str(&"---|".repeat(2 * platforms.len() + 2));
    page.push('\n');
    for control in controls {
        let (severity, stage) = (control.severity.word(), control.stage.word());
        let _ = write!(page, "| `{}` | {} | {severity} | {stage} |", control.name, cell(&control.statement));
        for platform in platforms {
            let _ = write!(page, " {} |", prevents(control, platform));
        }
        let facets: BTreeSet<&str> = control.detect.iter().map(|detect| detect.on.name).collect();
        let facets: Vec<String> = facets.into_iter().map(|name| format!("`{name}`")).collect();
        let _ = write!(page, " {} |", if facets.is_empty() { "-".to_owned() } else { facets.join(", ") });
        for platform in platforms {
            let _ = write!(page, " {} |", corrects(control, platform));
        }
        let _ = writeln!(page, " {} |", requirements(control));
    }
    page.push('\n');
}

/// The names of the measures.
fn prevents(control: &Control, platform: &str) -> String {
    match control.prevent.get(platform) {
        Some(Prevent::Native(written)) => {
            let items = match &written.content {
                polity_model::written::Content::List(items) => items.as_slice(),
                _ => std::slice::from_ref(written),
            };
            let names: BTreeSet<String> =
                items.iter().filter_map(|item| Some(format!("`{}`", item.entries()?.first()?.key))).collect();
            names.into_iter().collect::<Vec<_>>().join(", ")
        }
        Some(Prevent::Impossible { .. }) | None => "-".to_owned(),
    }
}

fn corrects(control: &Control, platform: &str) -> String {
    let Some(written) = control.correct.get(platform) else { return "-".to_owned() };
    let said = |field: &str| written.get(field).and_then(|value| value.as_text());
    match (said("call"), said("setting")) {
        (Some(call), _) => format!("`{call}`"),
        (None, Some(setting)) => format!("setting `{setting}`"),
        (None, None) => "by hand".to_owned(),
    }
}

fn requirements(control: &Control) -> String {
    let mut by_framework: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in &control.satisfies {
        by_framework.entry(&one.framework).or_default().push(&one.id);
    }
    by_framework.into_iter().map(|(name, ids)| format!("{name}: {}", ids.join(", "))).collect::<Vec<_>>().join("; ")
}

/// Why controls do not prevent or detect.
fn reasons(page: &mut String, controls: &[&Control]) {
    let mut lines = Vec::new();
    for control in controls {
        for (platform, prevent) in &control.prevent {
            if let Prevent::Impossible { reason } = prevent {
                lines.push(format!("- `{}` does not prevent on {platform}: {reason}.", control.name));
            }
        }
        if let Some(reason) = &control.undetected {
            lines.push(format!("- `{}` does not detect: {reason}.", control.name));
        }
    }
    if !lines.is_empty() {
        let _ = writeln!(page, "{}\n", lines.join("\n"));
    }
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
