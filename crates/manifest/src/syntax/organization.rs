//! `organization`: the one document that a folder must have.

use std::collections::BTreeMap;

use polity_model::{
    Diagnostic,
    organization::{Brakes, BreakGlass, Limit, TagRule},
    shape::{Field, Shape},
};
use regex::Regex;

use super::{
    Body, Draft, Noun,
    common::{PERSON, ROLE, access, controls, guardrails, settings, title},
};
use crate::{
    check::Sections,
    yaml::{Content, Node},
};

/// The one version of the language that this build reads.
pub(crate) const VERSION: &str = "polity/v1";
const COUNT: Shape = Shape::Int { min: 0, max: 1_000_000 };

pub(super) fn noun() -> Noun {
    let rule = Shape::Record(vec![
        Field::new("required", Shape::Bool, "Whether every tenant must have it, itself or from its project or unit."),
        Field::new("pattern", Shape::Text, "Regular expression that its value must match."),
        Field::new("values", Shape::Set(Box::new(Shape::Text)), "The values it may have."),
    ]);
    let break_glass = Shape::Record(vec![
        Field::required("person", Shape::Reference(PERSON), "The person who gets in when all else is broken."),
        Field::required("role", Shape::Reference(ROLE), "The role that they must keep."),
    ]);
    Noun {
        name: "organization",
        doc: "The whole: exactly one such document in a folder.",
        fields: vec![
            Field::required("version", Shape::OneOf(&[VERSION]), "Version of the language."),
            title("Name for people."),
            Field::new("tags", Shape::Map(Box::new(rule)), "Rules that the tags of projects and tenants must satisfy."),
            access("Access to every tenant."),
            guardrails("Guardrails at the root of every platform for which they have a section."),
            controls("Controls that hold everywhere."),
            settings("Settings of every tenant."),
            Field::new("brakes", Shape::Record(brake_fields()), "Limits that stop a plan before anything is written."),
            Field::new("break_glass", break_glass, "The principal that no plan may lock out."),
        ],
        sections: Sections::None,
        read,
    }
}

fn brake_fields() -> Vec<Field> {
    let limit = || {
        Shape::Record(vec![
            Field::new("max", COUNT, "At most this many."),
            Field::new("percent", Shape::Int { min: 0, max: 100 }, "At most this share of what is there now."),
        ])
    };
    let count = || Shape::Either(vec![COUNT, limit()]);
    let removals = Shape::Either(vec![COUNT, limit(), Shape::Map(Box::new(count()))]);
    vec![
        Field::new("removals", removals, "Removals per kind of native object: one limit for all, or by kind."),
        Field::new("people_losing_access", count(), "People who lose a role somewhere."),
        Field::new("guardrails_removed", count(), "Guardrails detached, loosened or deleted."),
        Field::new("tenants_retired", count(), "Tenants closed in one plan."),
        Field::new("minimum_admins", COUNT, "People who must keep an admin role on each tenant."),
    ]
}

fn read(mut body: Body<'_>, draft: &mut Draft) {
    draft.roots.push(body.origin.clone());
    if draft.roots.len() > 1 {
        return; // said once all files are read
    }
    draft.organization.name = body.name.clone();
    draft.organization.origin = body.origin.clone();
    draft.organization.title = body.text("title");
    draft.organization.tag_rules = tag_rules(&mut body, draft);
    draft.organization.access = body.access(draft);
    draft.organization.guardrails = body.names("guardrails");
    draft.organization.controls = body.controls(draft);
    draft.organization.settings = body.settings();
    if let Some(node) = body.take("brakes") {
        draft.organization.brakes = brakes(body.inner(node));
    }
    if let Some(node) = body.take("break_glass") {
        let mut inner = body.inner(node);
        if let (Some(person), Some(role)) = (inner.text("person"), inner.text("role")) {
            draft.organization.break_glass = Some(BreakGlass { person, role, origin: inner.origin });
        }
    }
}

fn tag_rules(body: &mut Body<'_>, draft: &mut Draft) -> BTreeMap<String, TagRule> {
    let Some(Node { content: Content::Map(entries), .. }) = body.take("tags") else { return BTreeMap::new() };
    let mut rules = BTreeMap::new();
    for entry in entries {
        let origin = body.origin_of(entry.key_span);
        let mut inner = body.inner(entry.node);
        let mut pattern = None;
        if let Some(node) = inner.take("pattern")
            && let Some(text) = node.text()
        {
            match Regex::new(text) {
                Ok(_) => pattern = Some(text.to_owned()),
                Err(error) => {
                    let said = error.to_string();
                    let reason = said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                    let message = format!("`{text}` is not a regular expression: {reason}");
                    draft.diagnostics.push(
                        Diagnostic::error("bad-value", &body.origin_of(node.span), message)
                            .help("write it in single quotes, for example `'^[0-9]{4}$'`"),
                    );
                }
            }
        }
        let required = inner.bool("required").unwrap_or(false);
        let values = inner.texts("values");
        rules.insert(entry.key, TagRule { required, pattern, values, origin });
    }
    rules
}

fn brakes(mut body: Body<'_>) -> Brakes {
    let mut brakes = Brakes { origin: Some(body.origin.clone()), ..Brakes::default() };
    if let Some(node) = body.take("removals") {
        match limit(&body, node.clone()) {
            Some(all) => brakes.removals = BTreeMap::from([("*".to_owned(), all)]),
            None => {
                if let Content::Map(entries) = node.content {
                    let by_kind = entries.into_iter().filter_map(|entry| Some((entry.key, limit(&body, entry.node)?)));
                    brakes.removals.extend(by_kind);
                }
            }
        }
    }
    for (field, place) in [
        ("people_losing_access", &mut brakes.people_losing_access),
        ("guardrails_removed", &mut brakes.guardrails_removed),
        ("tenants_retired", &mut brakes.tenants_retired),
    ] {
        if let Some(node) = body.take(field)
            && let Some(limit) = limit(&body, node)
        {
            *place = limit;
        }
    }
    brakes.minimum_admins = body.number("minimum_admins").unwrap_or(brakes.minimum_admins);
    brakes
}

/// A number, or a record of bounds; `None` for a table of limits by kind.
fn limit(body: &Body<'_>, node: Node) -> Option<Limit> {
    match &node.content {
        Content::Int(number) => Some(Limit { max: u64::try_from(*number).ok(), percent: None }),
        Content::Map(entries) if entries.iter().all(|entry| matches!(entry.key.as_str(), "max" | "percent")) => {
            let mut inner = body.inner(node);
            Some(Limit { max: inner.number("max"), percent: inner.number("percent") })
        }
        _ => None,
    }
}
