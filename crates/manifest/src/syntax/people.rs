//! `person`, `team` and `workload`: the three principals.

use polity_model::{
    organization::{LifeState, Person, Team, Workload},
    shape::{Field, Shape},
};

use super::{
    Body, Draft, Noun,
    common::{PERSON, STATES, TEAM, UNIT, description, identity, state, title},
};
use crate::check::Sections;

pub(super) fn person() -> Noun {
    let mut fields = vec![
        Field::required("given_name", Shape::Text, "Given name."),
        Field::required("family_name", Shape::Text, "Family name."),
        Field::required("email", Shape::Email, "Primary e-mail address."),
        Field::new("user_name", Shape::Text, "Login name; the e-mail address unless written."),
        Field::new("display_name", Shape::Text, "Name as shown; given and family name unless written."),
    ];
    fields.extend(state(STATES));
    fields.extend(identity());
    Noun { name: "person", doc: "A human being.", fields, sections: Sections::None, read: read_person }
}

fn read_person(mut body: Body<'_>, draft: &mut Draft) {
    let state = body.state(draft);
    if !draft.declare("person", &body.name, &body.origin, matches!(state, LifeState::Retired { .. })) {
        return;
    }
    let given_name = body.text("given_name").unwrap_or_default();
    let family_name = body.text("family_name").unwrap_or_default();
    let email = body.text("email").unwrap_or_default();
    let person = Person {
        display_name: body.text("display_name").unwrap_or_else(|| format!("{given_name} {family_name}")),
        user_name: body.text("user_name").unwrap_or_else(|| email.clone()),
        given_name,
        family_name,
        email,
        state,
        ids: body.ids("person", draft),
        renamed_from: body.renamed_from("person", draft),
        name: body.name,
        origin: body.origin,
    };
    draft.organization.people.insert(person.name.clone(), person);
}

pub(super) fn team() -> Noun {
    let mut fields = vec![
        title("Native name; the manifest name unless written."),
        description(),
        Field::new("people", Shape::Set(Box::new(Shape::Reference(PERSON))), "People, directly."),
        Field::new(
            "teams",
            Shape::Set(Box::new(Shape::Reference(TEAM))),
            "Teams within; their people are members too.",
        ),
        Field::new("unit", Shape::Reference(UNIT), "The unit it belongs to."),
    ];
    fields.extend(state(STATES));
    fields.extend(identity());
    Noun { name: "team", doc: "People and further teams.", fields, sections: Sections::None, read: read_team }
}

fn read_team(mut body: Body<'_>, draft: &mut Draft) {
    let state = body.state(draft);
    if !draft.declare("team", &body.name, &body.origin, matches!(state, LifeState::Retired { .. })) {
        return;
    }
    let team = Team {
        title: body.text("title"),
        description: body.text("description"),
        people: body.names("people"),
        teams: body.names("teams"),
        unit: body.named("unit"),
        state,
        ids: body.ids("team", draft),
        renamed_from: body.renamed_from("team", draft),
        name: body.name,
        origin: body.origin,
    };
    draft.organization.teams.insert(team.name.clone(), team);
}

pub(super) fn workload() -> Noun {
    Noun {
        name: "workload",
        doc: "A machine principal: a pipeline, a service. A section named like a platform type says what it is there.",
        fields: vec![
            description(),
            Field::new("owner", Shape::Reference(&["person", "team"]), "The person or team who answers for it."),
        ],
        sections: Sections::Workload,
        read: read_workload,
    }
}

fn read_workload(mut body: Body<'_>, draft: &mut Draft) {
    if !draft.declare("workload", &body.name, &body.origin, false) {
        return;
    }
    let workload = Workload {
        description: body.text("description"),
        owner: body.named("owner"),
        native: body.sections(&draft.vocabulary),
        name: body.name,
        origin: body.origin,
    };
    draft.organization.workloads.insert(workload.name.clone(), workload);
}
