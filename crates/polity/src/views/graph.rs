//! The two trees of an organization, who and where, and their drawing as text and Mermaid. SVG has a room of its own.

use std::collections::BTreeMap;

use polity_model::organization::{LandingZone, LifeState, Mode, Organization, Project, Tenant, Unit};
use serde_json::{Value, json};

use super::{clean, count};
use crate::terminal::{BOLD, DIM, paint};

/// A node of a tree that is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// The noun: `unit`, `project`, `tenant` ...
    pub(crate) noun: &'static str,
    /// Manifest name.
    pub(crate) name: String,
    /// What else is worth a word; may be empty.
    pub(crate) detail: String,
    /// What is below.
    pub(crate) children: Vec<Node>,
}

/// Where: platforms, landing zones and the tenants in them.
pub(crate) fn landing_zones(organization: &Organization) -> Node {
    let mut below: BTreeMap<(&str, Option<&str>), Vec<&Tenant>> = BTreeMap::new();
    for tenant in organization.tenants.values() {
        let zone = tenant.landing_zone.as_ref().map(|zone| zone.name.as_str());
        below.entry((tenant.platform.name.as_str(), zone)).or_default().push(tenant);
    }
    let platforms = organization.platforms.values().map(|platform| {
        let zones: Vec<&LandingZone> = organization.landing_zones_on(&platform.name).collect();
        let tenants = |zone: Option<&str>| {
            let found = below.get(&(platform.name.as_str(), zone));
            found.into_iter().flatten().map(|tenant| leaf(tenant, &tenant.project)).collect::<Vec<_>>()
        };
        let mut children = zones_below(None, &zones, &tenants);
        children.extend(tenants(None));
        let detail = format!("{}, mode {}", platform.kind, mode(platform.mode));
        Node { noun: "platform", name: platform.name.clone(), detail, children }
    });
    root(organization, platforms.collect())
}

fn zones_below(
    parent: Option<&str>,
    zones: &[&LandingZone],
    tenants: &impl Fn(Option<&str>) -> Vec<Node>,
) -> Vec<Node> {
    let mut nodes = Vec::new();
    for zone in zones.iter().filter(|zone| zone.parent.as_ref().map(|parent| parent.name.as_str()) == parent) {
        let mut children = zones_below(Some(&zone.name), zones, tenants);
        children.extend(tenants(Some(&zone.name)));
        let mut details = Vec::new();
        if !zone.guardrails.is_empty() {
            let names: Vec<&str> = zone.guardrails.iter().map(|named| named.name.as_str()).collect();
            details.push(format!("{}: {}", count(names.len(), "guardrail"), names.join(", ")));
        }
        details.extend(zone.mode.map(|zone| format!("mode {}", mode(zone))));
        details.extend(state(&zone.state));
        nodes.push(Node { noun: "landing zone", name: zone.name.clone(), detail: details.join("; "), children });
    }
    nodes
}

/// Who: units, their projects, and the tenants of those.
pub(crate) fn units(organization: &Organization) -> Node {
    root(organization, units_below(None, organization))
}

fn units_below(parent: Option<&str>, organization: &Organization) -> Vec<Node> {
    let of_parent = |unit: &&Unit| unit.parent.as_ref().map(|parent| parent.name.as_str()) == parent;
    let mut nodes = Vec::new();
    for unit in organization.units.values().filter(of_parent) {
        let mut children = units_below(Some(&unit.name), organization);
        children.extend(
            organization.projects.values().filter(|it| it.unit.name == unit.name).map(|it| project(it, organization)),
        );
        let detail = unit.owner.as_ref().map_or_else(String::new, |owner| format!("owner {}", owner.name));
        nodes.push(Node { noun: "unit", name: unit.name.clone(), detail, children });
    }
    nodes
}

fn project(project: &Project, organization: &Organization) -> Node {
    let tenants = project.tenants.iter().filter_map(|name| organization.tenants.get(name));
    let children = tenants.map(|tenant| {
        let zone = tenant.landing_zone.as_ref().map_or("no landing zone", |zone| zone.name.as_str());
        leaf(tenant, &format!("{} / {zone}", tenant.platform.name))
    });
    let tags: Vec<String> = project.tags.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Node { noun: "project", name: project.name.clone(), detail: tags.join(", "), children: children.collect() }
}

fn leaf(tenant: &Tenant, place: &str) -> Node {
    let mut details = vec![place.to_owned()];
    details.extend(tenant.budget.as_ref().map(|budget| format!("{} a month", budget.monthly)));
    details.extend(state(&tenant.state));
    Node { noun: "tenant", name: tenant.name.clone(), detail: details.join("; "), children: Vec::new() }
}

fn root(organization: &Organization, children: Vec<Node>) -> Node {
    let detail = organization.title.clone().unwrap_or_default();
    Node { noun: "organization", name: organization.name.clone(), detail, children }
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Observe => "observe",
        Mode::Adopt => "adopt",
        Mode::Own => "own",
    }
}

fn state(state: &LifeState) -> Option<String> {
    match state {
        LifeState::Active => None,
        LifeState::Quarantined { reason } => Some(format!("quarantined: {reason}")),
        LifeState::Retired { reason } => Some(format!("retired: {reason}")),
    }
}

/// The tree with lines, for a terminal.
pub(crate) fn text(node: &Node) -> String {
    let mut text = format!("{}\n", title(node));
    below(node, "", &mut text);
    text
}

fn title(node: &Node) -> String {
    let detail = if node.detail.is_empty() { String::new() } else { format!("  {}", paint(DIM, clean(&node.detail))) };
    format!("{} {}{detail}", paint(DIM, node.noun), paint(BOLD, clean(&node.name)))
}

fn below(node: &Node, indent: &str, text: &mut String) {
    for (number, child) in node.children.iter().enumerate() {
        let last = number + 1 == node.children.len();
        let (branch, further) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        text.push_str(&format!("{}{}\n", paint(DIM, format!("{indent}{branch}")), title(child)));
        below(child, &format!("{indent}{further}"), text);
    }
}

/// A Mermaid flowchart. Nodes are numbered, since names may hold what Mermaid takes for syntax.
pub(crate) fn mermaid(node: &Node) -> String {
    let mut text = String::from("flowchart LR\n");
    let mut number = 0;
    mermaid_node(node, None, &mut number, &mut text);
    for (noun, fill) in COLORS {
        text.push_str(&format!("  classDef {} fill:{fill},stroke:#64748b,color:#0f172a\n", noun.replace(' ', "_")));
    }
    text
}

/// A colour for every noun, in Mermaid as in SVG.
pub(crate) const COLORS: [(&str, &str); 6] = [
    ("organization", "#e2e8f0"),
    ("platform", "#ddd6fe"),
    ("landing zone", "#bfdbfe"),
    ("unit", "#fde68a"),
    ("project", "#fed7aa"),
    ("tenant", "#bbf7d0"),
];

fn mermaid_node(node: &Node, parent: Option<usize>, number: &mut usize, text: &mut String) {
    let id = *number;
    *number += 1;
    let escape = |text: &str| clean(text).replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let noun = node.noun.replace(' ', "_");
    text.push_str(&format!("  n{id}[\"{}<br/><small>{}</small>\"]:::{noun}\n", escape(&node.name), node.noun));
    if let Some(parent) = parent {
        text.push_str(&format!("  n{parent} --> n{id}\n"));
    }
    for child in &node.children {
        mermaid_node(child, Some(id), number, text);
    }
}

/// The tree as JSON.
pub(crate) fn json(node: &Node) -> Value {
    json!({
        "noun": node.noun,
        "name": node.name,
        "detail": node.detail,
        "children": node.children.iter().map(json).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::views::plain;

    /// A small tree with names that try to break out.
    pub(crate) fn sample() -> Node {
        let node = |noun, name: &str, detail: &str, children| Node {
            noun,
            name: name.to_owned(),
            detail: detail.to_owned(),
            children,
        };
        let tenants = vec![
            node("tenant", "checkout-prod", "checkout; 5000 EUR a month", vec![]),
            node("tenant", "search-prod", "search", vec![]),
        ];
        let prod = node("landing zone", "prod", "1 guardrail: regions", tenants);
        let odd = node("landing zone", "a \"b\" <c> & d", "", vec![node("tenant", "zürich", "", vec![])]);
        let workloads = node("landing zone", "workloads", "mode own", vec![prod, odd]);
        let platform =
            node("platform", "nimbus", "nimbus, mode observe", vec![workloads, node("tenant", "root", "core", vec![])]);
        node("organization", "acme", "Acme", vec![platform])
    }

    #[test]
    fn draws_the_tree_as_text() {
        insta::assert_snapshot!(plain(&text(&sample())));
    }

    #[test]
    fn draws_the_tree_as_mermaid() {
        insta::assert_snapshot!(mermaid(&sample()));
    }

    #[test]
    fn json_keeps_the_shape() {
        assert_eq!(json(&sample())["children"][0]["children"][0]["children"][0]["name"], "prod");
    }
}
