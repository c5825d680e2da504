//! Fields that several nouns share.

use polity_model::{
    organization::quota::{Item, Measure},
    shape::{Field, Shape},
};

/// Greatest number in a quota: no cloud counts further than that, and more is a slip.
const MOST_OBJECTS: i64 = 1_000_000_000;

pub(super) const LANDING_ZONE: &[&str] = &["landing_zone"];
pub(super) const PLATFORM: &[&str] = &["platform"];
pub(super) const PERSON: &[&str] = &["person"];
pub(super) const TEAM: &[&str] = &["team"];
pub(super) const WORKLOAD: &[&str] = &["workload"];
pub(super) const ROLE: &[&str] = &["role"];
pub(super) const UNIT: &[&str] = &["unit"];
pub(super) const GUARDRAIL: &[&str] = &["guardrail"];
pub(super) const PROJECT: &[&str] = &["project"];
pub(super) const TENANT: &[&str] = &["tenant"];

pub(super) fn title(doc: &'static str) -> Field {
    Field::new("title", Shape::Text, doc)
}

pub(super) fn description() -> Field {
    Field::new("description", Shape::Text, "One sentence for people.")
}

/// `state` and `reason` of what can end.
pub(super) fn state(words: &'static [&'static str]) -> [Field; 2] {
    [
        Field::new(
            "state",
            Shape::OneOf(words),
            "`active` unless written. `retired` asks for its end: removing the text alone never ends it.",
        ),
        Field::new("reason", Shape::Text, "Why it is not active; needed with any other state."),
    ]
}

/// `id` and `renamed_from` of what has a native object on several platforms.
pub(super) fn identity() -> [Field; 2] {
    [
        Field::new(
            "id",
            Shape::Either(vec![Shape::Text, Shape::Map(Box::new(Shape::Text))]),
            "Native id of an existing object to take over; by platform name where there are several platforms.",
        ),
        renamed_from(),
    ]
}

pub(super) fn renamed_from() -> Field {
    Field::new(
        "renamed_from",
        Shape::Set(Box::new(Shape::Name)),
        "Former names, so that a new name keeps the native object.",
    )
}

pub(super) fn tags(doc: &'static str) -> Field {
    Field::new("tags", Shape::Map(Box::new(Shape::Text)), doc)
}

/// `quota`: one field for each item, measured as the item is.
pub(super) fn quota(doc: &'static str) -> Field {
    let field = |item: Item| {
        let shape = match item.measure() {
            Measure::Cores => Shape::Cores,
            Measure::Size => Shape::Size,
            Measure::Count => Shape::Int { min: 0, max: MOST_OBJECTS },
        };
        Field::new(item.name(), shape, item.doc())
    };
    Field::new("quota", Shape::Record(Item::ALL.into_iter().map(field).collect()), doc)
}

pub(super) fn settings(doc: &'static str) -> Field {
    Field::new("settings", Shape::Settings, doc)
}

pub(super) fn guardrails(doc: &'static str) -> Field {
    Field::new("guardrails", Shape::Set(Box::new(Shape::Reference(GUARDRAIL))), doc)
}

/// `controls`, a list of controls and baselines.
pub(super) fn controls(doc: &'static str) -> Field {
    let attachment = vec![
        Field::new(
            "control",
            Shape::Name,
            "A control of the catalog or of this folder. Its parameters stand beside it.",
        ),
        Field::new(
            "baseline",
            Shape::Name,
            "A named set of controls; what stands beside it goes to those that have it.",
        ),
        Field::new("enforce", Shape::OneOf(ENFORCE), "How far it goes; as above, or `enforce`, unless written."),
        Field::new(
            "correct",
            Shape::OneOf(CORRECT),
            "Whether `polity remediate` may put right what fails; as above, or `approve`, unless written.",
        ),
    ];
    Field::new("controls", Shape::List(Box::new(Shape::Either(vec![Shape::Name, Shape::Open(attachment)]))), doc)
}

/// `access`, a list of who may do what.
pub(super) fn access(doc: &'static str) -> Field {
    let fields = vec![
        Field::new("person", Shape::Reference(PERSON), "Who: a person. Exactly one of person, team and workload."),
        Field::new("team", Shape::Reference(TEAM), "Who: a team, with the people of the teams within."),
        Field::new("workload", Shape::Reference(WORKLOAD), "Who: a machine principal."),
        Field::required("role", Shape::Reference(ROLE), "What they may do."),
        Field::new("until", Shape::Date, "Last day on which it holds."),
        Field::new("reason", Shape::Text, "Why, for whoever reviews it."),
    ];
    Field::new("access", Shape::List(Box::new(Shape::Record(fields))), doc)
}

pub(super) const MODES: &[&str] = &["observe", "adopt", "own"];
pub(super) const STATES: &[&str] = &["active", "retired"];
pub(super) const TENANT_STATES: &[&str] = &["active", "quarantined", "retired"];
pub(super) const ENFORCE: &[&str] = &["off", "audit", "enforce"];
pub(super) const CORRECT: &[&str] = &["never", "approve", "auto"];
