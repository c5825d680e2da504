//! `unit`: a node of the business tree.

use polity_model::{
    organization::Unit,
    shape::{Field, Shape},
};

use super::{
    Body, Draft, Noun,
    common::{PERSON, UNIT, access, controls, tags, title},
};
use crate::check::Sections;

pub(super) fn noun() -> Noun {
    Noun {
        name: "unit",
        doc: "A node of the business tree: who owns and pays. Nests.",
        fields: vec![
            title("Name for people."),
            Field::new("parent", Shape::Reference(UNIT), "The unit above."),
            Field::new(
                "owner",
                Shape::Reference(PERSON),
                "The person who answers for it, and is told about its costs.",
            ),
            tags("Tags that its projects and their tenants inherit."),
            access("Access to all tenants of all projects of this unit and those below."),
            controls("Controls for all tenants of all projects of this unit and those below."),
        ],
        sections: Sections::None,
        read,
    }
}

fn read(mut body: Body<'_>, draft: &mut Draft) {
    if !draft.declare("unit", &body.name, &body.origin, false) {
        return;
    }
    let unit = Unit {
        title: body.text("title"),
        parent: body.named("parent"),
        owner: body.named("owner"),
        tags: body.tags(draft, true),
        access: body.access(draft),
        controls: body.controls(draft),
        name: body.name,
        origin: body.origin,
    };
    draft.organization.units.insert(unit.name.clone(), unit);
}
