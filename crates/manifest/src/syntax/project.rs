//! `project`: what a unit works on, with its tenants.

use polity_model::{
    organization::{Named, Project},
    shape::{Field, Shape},
};

use super::{
    Body, Draft, Noun,
    common::{UNIT, access, controls, settings, tags, title},
    tenant,
};
use crate::check::Sections;

pub(super) fn noun() -> Noun {
    Noun {
        name: "project",
        doc: "What a unit works on, and its tenants: one per landing zone and platform.",
        fields: vec![
            title("Name for people."),
            Field::required("unit", Shape::Reference(UNIT), "The unit that works on it."),
            tags("Tags of all of its tenants."),
            access("Access to all of its tenants."),
            controls("Controls for all of its tenants."),
            settings("Settings of all of its tenants."),
            Field::new("tenants", Shape::List(Box::new(Shape::Record(tenant::fields()))), "Its tenants."),
        ],
        sections: Sections::None,
        read,
    }
}

fn read(mut body: Body<'_>, draft: &mut Draft) {
    if !draft.declare("project", &body.name, &body.origin, false) {
        return;
    }
    let mut tenants = Vec::new();
    for node in body.list("tenants") {
        let inner = body.inner(node);
        tenants.extend(tenant::read(inner, &body.name, draft));
    }
    let project = Project {
        title: body.text("title"),
        unit: body.named("unit").unwrap_or_else(|| Named { name: String::new(), origin: body.origin.clone() }),
        tags: body.tags(draft, true),
        access: body.access(draft),
        controls: body.controls(draft),
        settings: body.settings(),
        tenants,
        name: body.name,
        origin: body.origin,
    };
    draft.organization.projects.insert(project.name.clone(), project);
}
