//! `platform`: one cloud, connected.

use polity_model::{
    Value,
    organization::{Mode, Platform},
    shape::{Field, Shape},
};

use super::{Body, Draft, Noun, common::MODES};
use crate::check::Sections;

pub(super) fn noun() -> Noun {
    Noun {
        name: "platform",
        doc: "One cloud, connected. Its type brings further fields.",
        fields: vec![
            Field::required("type", Shape::Text, "Type of the platform."),
            Field::new(
                "mode",
                Shape::OneOf(MODES),
                "What to do with objects that the manifest does not name: `observe` (the default) reports them, `adopt` \
                 takes over those that it names, `own` also takes away foreign access, attachments and settings.",
            ),
        ],
        sections: Sections::None,
        read,
    }
}

fn read(mut body: Body<'_>, draft: &mut Draft) {
    if !draft.declare("platform", &body.name, &body.origin, false) {
        return;
    }
    let platform = Platform {
        name: body.name.clone(),
        kind: body.text("type").unwrap_or_default(),
        mode: body.mode().unwrap_or(Mode::Observe),
        native: Value::Map(body.rest()),
        origin: body.origin,
    };
    draft.organization.platforms.insert(platform.name.clone(), platform);
}
