//! `guardrail`: a native preventive document.

use polity_model::organization::{Guardrail, LifeState};

use super::{
    Body, Draft, Noun,
    common::{STATES, description, identity, state, title},
};
use crate::check::Sections;

pub(super) fn noun() -> Noun {
    let mut fields = vec![title("Native name; the manifest name unless written."), description()];
    fields.extend(state(STATES));
    fields.extend(identity());
    Noun {
        name: "guardrail",
        doc: "A native preventive document, attached by name to the organization, landing zones and tenants. A section \
              named like a platform type holds the document for that type.",
        fields,
        sections: Sections::Guardrail,
        read,
    }
}

fn read(mut body: Body<'_>, draft: &mut Draft) {
    let state = body.state(draft);
    if !draft.declare("guardrail", &body.name, &body.origin, matches!(state, LifeState::Retired { .. })) {
        return;
    }
    let guardrail = Guardrail {
        title: body.text("title"),
        description: body.text("description"),
        controls: Vec::new(),
        native: body.sections(&draft.vocabulary),
        state,
        ids: body.ids("guardrail", draft),
        renamed_from: body.renamed_from("guardrail", draft),
        name: body.name,
        origin: body.origin,
    };
    draft.organization.guardrail_documents.insert(guardrail.name.clone(), guardrail);
}
