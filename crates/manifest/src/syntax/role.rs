//! `role`: a named bundle of permissions.

use polity_model::{
    organization::Role,
    shape::{Field, Shape},
};

use super::{
    Body, Draft, Noun,
    common::{description, identity, title},
};
use crate::check::Sections;

pub(super) fn noun() -> Noun {
    let mut fields = vec![
        title("Native name; the manifest name unless written."),
        description(),
        Field::new("admin", Shape::Bool, "Whether it can change everything: the brakes count who holds it."),
    ];
    fields.extend(identity());
    Noun {
        name: "role",
        doc: "A named bundle of permissions. A section named like a platform type says what it is there.",
        fields,
        sections: Sections::Role,
        read,
    }
}

fn read(mut body: Body<'_>, draft: &mut Draft) {
    if !draft.declare("role", &body.name, &body.origin, false) {
        return;
    }
    let role = Role {
        title: body.text("title"),
        description: body.text("description"),
        admin: body.bool("admin").unwrap_or(false),
        native: body.sections(&draft.vocabulary),
        ids: body.ids("role", draft),
        renamed_from: body.renamed_from("role", draft),
        name: body.name,
        origin: body.origin,
    };
    draft.organization.roles.insert(role.name.clone(), role);
}
