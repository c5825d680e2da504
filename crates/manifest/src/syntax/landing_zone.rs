//! `landing_zone`: a node of the platform tree.

use polity_model::{
    organization::{LandingZone, LifeState},
    shape::{Field, Shape},
};

use super::{
    Body, Draft, Noun,
    common::{
        LANDING_ZONE, MODES, PLATFORM, STATES, access, controls, guardrails, identity, quota, settings, state, tags,
        title,
    },
};
use crate::check::Sections;

pub(super) fn noun() -> Noun {
    let mut fields = vec![
        title("Native name; the manifest name unless written."),
        Field::new(
            "parent",
            Shape::Reference(LANDING_ZONE),
            "The landing zone above; the platform's root without one.",
        ),
        Field::new(
            "platforms",
            Shape::Set(Box::new(Shape::Reference(PLATFORM))),
            "Platforms on which it exists; all unless written.",
        ),
        Field::new("mode", Shape::OneOf(MODES), "Overrides the mode of the platform here and below."),
        guardrails("Guardrails attached here; they hold here and below."),
        controls("Controls that hold here and below."),
        settings("Settings of the tenants here and below."),
        quota("Quota of each of the tenants here and below; the nearest line wins, item by item."),
        access("Access to the tenants here and below."),
        tags("Native tags of the landing zone itself."),
    ];
    fields.extend(state(STATES));
    fields.extend(identity());
    Noun {
        name: "landing_zone",
        doc: "A node of the platform tree: where a tenant sits, and under which guardrails. Nests.",
        fields,
        sections: Sections::None,
        read,
    }
}

fn read(mut body: Body<'_>, draft: &mut Draft) {
    let state = body.state(draft);
    if !draft.declare("landing_zone", &body.name, &body.origin, matches!(state, LifeState::Retired { .. })) {
        return;
    }
    let zone = LandingZone {
        title: body.text("title"),
        parent: body.named("parent"),
        platforms: body.names("platforms"),
        mode: body.mode(),
        guardrails: body.names("guardrails"),
        controls: body.controls(draft),
        settings: body.settings(),
        quota: body.quota(),
        access: body.access(draft),
        tags: body.tags(draft, false),
        state,
        ids: body.ids("landing_zone", draft),
        renamed_from: body.renamed_from("landing_zone", draft),
        name: body.name,
        origin: body.origin,
    };
    draft.organization.landing_zones.insert(zone.name.clone(), zone);
}
