//! Controls: what a place attaches, a control of one's own, and an exemption.

use polity_model::{
    Diagnostic,
    organization::{Attached, Attachment, Correct, Enforce, Exemption, Named},
    shape::{Field, Shape},
    written::{self, Written},
};

use super::{
    Body, Draft, Noun,
    common::{LANDING_ZONE, PROJECT, TENANT},
};
use crate::{
    check::{Sections, did_you_mean},
    yaml::Content,
};

/// A control of one's own. What its fields mean is known to those who read controls, and checked there.
pub(super) fn noun() -> Noun {
    let texts = || Shape::List(Box::new(Shape::Text));
    let any = || Shape::List(Box::new(Shape::Any));
    Noun {
        name: "control",
        doc: "One security rule of your own, beside those of the catalog: see docs/controls-language.md.",
        fields: vec![
            Field::required("title", Shape::Text, "A few words."),
            Field::required("statement", Shape::Text, "What an auditor reads: one sentence in plain words."),
            Field::new("rationale", Shape::Text, "Why it is asked."),
            Field::required("severity", Shape::OneOf(&["low", "medium", "high", "critical"]), "How bad a failure is."),
            Field::new("stage", Shape::OneOf(&["basic", "standard", "advanced"]), "When to have it."),
            Field::new("params", Shape::Map(Box::new(Shape::Any)), "Parameters by name: `type`, `default`, bounds."),
            Field::new(
                "prevent",
                Shape::Map(Box::new(Shape::Any)),
                "What prevents, by platform type, or `impossible:`.",
            ),
            Field::new("detect", Shape::Any, "What is asked of resources: `on`, `when`, `assert`; one, or a list."),
            Field::new("correct", Shape::Map(Box::new(Shape::Any)), "How it is put right, by platform type."),
            Field::new("satisfies", texts(), "Requirements that it helps to meet: `framework/id`."),
            Field::new("cases", any(), "Its own cases: `pass`, `fail`, `unknown` or `not_applicable`."),
        ],
        sections: Sections::Foreign,
        read: |body, draft| draft.organization.control_documents.push(body.into_written("control")),
    }
}

/// A baseline of one's own.
pub(super) fn baseline() -> Noun {
    Noun {
        name: "baseline",
        doc: "A named set of controls with parameters, beside those of the catalog.",
        fields: vec![
            Field::required("title", Shape::Text, "A few words."),
            Field::required("statement", Shape::Text, "For whom it is: one sentence in plain words."),
            Field::new("includes", Shape::List(Box::new(Shape::Text)), "Baselines whose controls are in this one too."),
            Field::new(
                "controls",
                Shape::List(Box::new(Shape::Any)),
                "Controls, or `{control: name, parameter: value}`.",
            ),
        ],
        sections: Sections::Foreign,
        read: |body, draft| draft.organization.control_documents.push(body.into_written("baseline")),
    }
}

/// A framework of one's own.
pub(super) fn framework() -> Noun {
    Noun {
        name: "framework",
        doc: "A list of requirements, such as rules of the house, that controls say they satisfy.",
        fields: vec![
            Field::required("title", Shape::Text, "What it is called."),
            Field::new("version", Shape::Text, "Which of its editions this is."),
            Field::new("publisher", Shape::Text, "Who writes it."),
            Field::new("source", Shape::Text, "Where it can be had."),
            Field::new("complete", Shape::Bool, "Whether all of its lines are listed; `true` unless written."),
            Field::new("note", Shape::Text, "What a reader should know about the lines."),
            Field::required("lines", Shape::List(Box::new(Shape::Any)), "Its lines: `id` and `title`."),
        ],
        sections: Sections::Foreign,
        read: |body, draft| draft.organization.control_documents.push(body.into_written("framework")),
    }
}

/// An accepted deviation.
pub(super) fn exemption() -> Noun {
    let names = |nouns| Shape::Set(Box::new(Shape::Reference(nouns)));
    Noun {
        name: "exemption",
        doc: "An accepted deviation from controls: what need not hold where, who answers for it, why, and until when. \
              Without `tenants`, `projects` and `landing_zones` it holds everywhere.",
        fields: vec![
            Field::required("controls", Shape::Set(Box::new(Shape::Name)), "The controls that need not hold."),
            Field::new("tenants", names(TENANT), "Where: these tenants."),
            Field::new("projects", names(PROJECT), "Where: all tenants of these projects."),
            Field::new("landing_zones", names(LANDING_ZONE), "Where: all tenants in these landing zones and below."),
            Field::new(
                "resources",
                Shape::Set(Box::new(Shape::Glob)),
                "Which resources: patterns over native ids, with `*` and `?`; all unless written.",
            ),
            Field::required("owner", Shape::Reference(&["person", "team"]), "The person or team who answers for it."),
            Field::required("reason", Shape::Text, "Why, for whoever reviews it."),
            Field::new("compensating", Shape::Name, "The control that stands in meanwhile."),
            Field::required("until", Shape::Date, "Last day on which it holds."),
        ],
        sections: Sections::None,
        read: read_exemption,
    }
}

fn read_exemption(mut body: Body<'_>, draft: &mut Draft) {
    if !draft.declare("exemption", &body.name, &body.origin, false) {
        return;
    }
    let (controls, until) = (body.names("controls"), body.text("until").and_then(|text| text.parse().ok()));
    let (Some(owner), Some(reason), Some(until)) = (body.named("owner"), body.text("reason"), until) else {
        return; // what is missing has been said
    };
    if controls.is_empty() {
        let message = format!("the exemption `{}` names no control", body.name);
        let help = "write `controls: [name]`, or remove the exemption";
        draft.diagnostics.push(Diagnostic::error("empty-exemption", &body.origin, message).help(help));
    }
    let exemption = Exemption {
        controls,
        tenants: body.names("tenants"),
        projects: body.names("projects"),
        landing_zones: body.names("landing_zones"),
        resources: body.names("resources"),
        owner,
        reason,
        compensating: body.named("compensating"),
        until,
        name: body.name,
        origin: body.origin,
    };
    draft.organization.exemptions.insert(exemption.name.clone(), exemption);
}

impl Body<'_> {
    /// `controls:` of a place.
    pub(super) fn controls(&mut self, draft: &mut Draft) -> Vec<Attachment> {
        let mut attachments = Vec::new();
        for node in self.list("controls") {
            if let Content::Text(name) = node.content {
                let origin = self.origin_of(node.span);
                let params = Written { origin: origin.clone(), content: written::Content::Map(Vec::new()) };
                let what = Attached::Control(Named { name, origin: origin.clone() });
                attachments.push(Attachment { what, params, enforce: None, correct: None, origin });
            } else {
                attachments.extend(self.inner(node).one_attachment(draft));
            }
        }
        attachments
    }

    fn one_attachment(mut self, draft: &mut Draft) -> Option<Attachment> {
        let (control, baseline) = (self.named("control"), self.named("baseline"));
        let what = match (control, baseline) {
            (Some(control), None) => Attached::Control(control),
            (None, Some(baseline)) => Attached::Baseline(baseline),
            (control, _) => {
                let message = match control {
                    Some(_) => "this item names a control and a baseline",
                    None => "this item names no control",
                };
                let meant = self.keys().find_map(|key| did_you_mean(key, ["control", "baseline"]));
                let help = match meant {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "write `control: name` or `baseline: name`, with its parameters beside it".to_owned(),
                };
                draft.diagnostics.push(Diagnostic::error("one-control", &self.origin, message).help(help));
                return None;
            }
        };
        let enforce = self.text("enforce").and_then(|word| Enforce::ALL.into_iter().find(|known| known.word() == word));
        let correct = self.text("correct").and_then(|word| Correct::ALL.into_iter().find(|known| known.word() == word));
        Some(Attachment { what, params: self.rest_written(), enforce, correct, origin: self.origin })
    }
}
