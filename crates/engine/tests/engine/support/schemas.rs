//! The kinds of nimbus, one of each nature, as data.

use polity_model::{
    Map, Value,
    resource::Key,
    schema::{Attribute, Change, Compare, Effect, Lane, Nature, Ownership, Schema},
};

/// All kinds, each behind those it refers to.
pub fn all() -> Vec<Schema> {
    vec![
        Schema {
            kind: "zone",
            title: "zone",
            level: "platform",
            nature: Nature::Container,
            ownership: Ownership::Tag,
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("name", "Its name."),
                Attribute::new("parent", "The zone above.").change(Change::Replace),
            ],
            lane: Some(Lane { name: "tree", width: 1 }),
            irreversible: false,
        },
        Schema {
            kind: "cell",
            title: "cell",
            level: "platform",
            nature: Nature::Container,
            ownership: Ownership::Tag,
            effect: Effect::Neutral,
            attributes: vec![
                Attribute::new("name", "Its name."),
                Attribute::new("mail", "Its address.").change(Change::Fixed).compare(Compare::CaseInsensitive),
                Attribute::new("zone", "The zone it is in.").change(Change::Move),
                Attribute::new("root", "Id of its root.").change(Change::ReadOnly),
            ],
            lane: Some(Lane { name: "cells", width: 2 }),
            irreversible: true,
        },
        Schema {
            kind: "member",
            title: "member",
            level: "platform",
            nature: Nature::Identity,
            ownership: Ownership::Journal,
            effect: Effect::Neutral,
            attributes: vec![Attribute::new("name", "Login name."), Attribute::new("title", "For people.")],
            lane: None,
            irreversible: false,
        },
        Schema {
            kind: "rule",
            title: "rule",
            level: "platform",
            nature: Nature::Definition,
            ownership: Ownership::Tag,
            effect: Effect::Restricts,
            attributes: vec![
                Attribute::new("name", "Its name."),
                Attribute::new("body", "What it says.").compare(Compare::Document),
            ],
            lane: None,
            irreversible: false,
        },
        Schema {
            kind: "rule-binding",
            title: "binding of a rule",
            level: "platform",
            nature: Nature::Link,
            ownership: Ownership::Through { kind: "rule", attribute: "rule" },
            effect: Effect::Attaches { guardrail: "rule", target: "target" },
            attributes: vec![
                Attribute::new("rule", "The rule.").change(Change::Replace),
                Attribute::new("target", "What it binds.").change(Change::Replace),
            ],
            lane: None,
            irreversible: false,
        },
        Schema {
            kind: "shield",
            title: "shield",
            level: "cell",
            nature: Nature::Setting,
            ownership: Ownership::Journal,
            effect: Effect::Restricts,
            attributes: vec![Attribute::new("raised", "Whether it is up.")],
            lane: None,
            irreversible: false,
        },
    ]
}

/// The natural keys of an object that holds these attributes.
pub fn keys(kind: &str, attributes: &Map) -> Vec<Key> {
    let get = |name: &str| attributes.get(name).cloned().unwrap_or_default();
    match kind {
        "zone" => vec![Key::new("parent+name", Value::List(vec![get("parent"), get("name")]))],
        "cell" => vec![Key::new("mail", get("mail").as_text().unwrap_or_default().to_lowercase())],
        "rule-binding" => vec![Key::new("rule+target", Value::List(vec![get("rule"), get("target")]))],
        "shield" => vec![Key::new("self", "self")],
        _ => vec![Key::new("name", get("name"))],
    }
}
