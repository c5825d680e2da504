//! The resolved organization: both trees, teams, roles and guardrails, and all of it as JSON.

use polity_model::organization::{
    Attached, Attachment, Exemption, LifeState, Organization, Place,
    quota::{Ceiling, Item, Quota},
};
use serde_json::{Map, Value, json};

use super::{access, clean, count, graph, some_of};
use crate::terminal::{BOLD, DIM, paint};

/// Version of the JSON form.
pub(crate) const VERSION: &str = "polity.organization/v1";

/// `3 platforms, 12 tenants, 6 teams ...`: what there is, in a line.
pub(crate) fn summary(organization: &Organization) -> String {
    let parts = [
        (organization.platforms.len(), "platform"),
        (organization.landing_zones.len(), "landing zone"),
        (organization.tenants.len(), "tenant"),
        (organization.units.len(), "unit"),
        (organization.projects.len(), "project"),
        (organization.people.len(), "person"),
        (organization.teams.len(), "team"),
        (organization.roles.len(), "role"),
        (organization.guardrail_documents.len(), "guardrail"),
        (organization.exemptions.len(), "exemption"),
    ];
    let words: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(*number, noun).replace("persons", "people"))
        .collect();
    words.join(", ")
}

/// The organization for a person.
pub(crate) fn human(organization: &Organization) -> String {
    let mut text = format!("{}\n", paint(BOLD, "where: landing zones and their tenants"));
    text.push_str(&graph::text(&graph::landing_zones(organization)));
    text.push_str(&format!("\n{}\n", paint(BOLD, "who: units, projects and their tenants")));
    text.push_str(&graph::text(&graph::units(organization)));
    let teams = organization.teams.values().map(|team| {
        let people: Vec<&str> = organization.people_of_team(&team.name).into_iter().collect();
        (team.name.as_str(), format!("{}: {}", count(people.len(), "member"), some_of(&people, 12)))
    });
    list(&mut text, "teams", teams);
    let roles = organization.roles.values().map(|role| {
        let admin = role.admin.then(|| "an admin role".to_owned());
        let words: Vec<String> = admin.into_iter().chain(role.description.clone()).collect();
        (role.name.as_str(), words.join("; "))
    });
    list(&mut text, "roles", roles);
    let guardrails = organization
        .guardrail_documents
        .values()
        .map(|guardrail| (guardrail.name.as_str(), guardrail.description.clone().unwrap_or_default()));
    list(&mut text, "guardrails", guardrails);
    let places: Vec<(String, String)> =
        organization.places().iter().filter_map(|place| attached(organization, place)).collect();
    list(&mut text, "controls", places.iter().map(|(place, controls)| (place.as_str(), controls.clone())));
    let exemptions = organization.exemptions.values().map(|exemption| {
        let controls = some_of(&names(&exemption.controls), 4);
        let detail = format!("{controls}, until {} ({}): {}", exemption.until, exemption.owner.name, exemption.reason);
        (exemption.name.as_str(), detail)
    });
    list(&mut text, "exemptions", exemptions);
    text.push_str(&format!("\n{}\n", summary(organization)));
    text
}

/// What is attached at a place, in the words in which it is written.
fn attached(organization: &Organization, place: &Place) -> Option<(String, String)> {
    let items: Vec<String> = organization
        .controls_at(place)
        .iter()
        .map(|attachment| {
            let baseline = if matches!(attachment.what, Attached::Baseline(_)) { "baseline " } else { "" };
            let enforce = attachment.enforce.map_or_else(String::new, |enforce| format!(": {}", enforce.word()));
            let correct = attachment.correct.map_or_else(String::new, |it| format!(", correct: {}", it.word()));
            format!("{baseline}{}{enforce}{correct}", attachment.what.named().name)
        })
        .collect();
    let (noun, name) = place.parts();
    (!items.is_empty()).then(|| (format!("{noun} {name}").trim_end().to_owned(), some_of(&items, 6)))
}

/// What is attached, for a machine.
fn attachments(attachments: &[Attachment]) -> Value {
    let item = |attachment: &Attachment| {
        let (kind, named) = match &attachment.what {
            Attached::Control(named) => ("control", named),
            Attached::Baseline(named) => ("baseline", named),
        };
        json!({
            kind: named.name,
            "enforce": attachment.enforce,
            "correct": attachment.correct,
            "params": attachment.params.value().to_json(),
            "origin": attachment.origin.to_string(),
        })
    };
    attachments.iter().map(item).collect()
}

/// A quota as it is written, each ceiling with its place: its own line, or that of the landing zone it comes from.
fn quota(quota: &Quota) -> Value {
    let ceiling = |(item, ceiling): (&Item, &Ceiling)| {
        let value = json!({"value": item.written(ceiling.amount).to_json(), "origin": ceiling.origin.to_string()});
        (item.name().to_owned(), value)
    };
    Value::Object(quota.ceilings.iter().map(ceiling).collect())
}

fn exemption(exemption: &Exemption) -> Value {
    json!({
        "controls": names(&exemption.controls),
        "tenants": names(&exemption.tenants),
        "projects": names(&exemption.projects),
        "landing_zones": names(&exemption.landing_zones),
        "resources": names(&exemption.resources),
        "owner": exemption.owner.name,
        "reason": exemption.reason,
        "compensating": exemption.compensating.as_ref().map(|named| &named.name),
        "until": exemption.until.to_string(),
        "origin": exemption.origin.to_string(),
    })
}

fn list<'a>(text: &mut String, title: &str, entries: impl Iterator<Item = (&'a str, String)>) {
    let entries: Vec<(&str, String)> = entries.collect();
    let Some(widest) = entries.iter().map(|(name, _)| name.chars().count()).max() else { return };
    text.push_str(&format!("\n{}\n", paint(BOLD, title)));
    for (name, detail) in entries {
        let detail = if detail.is_empty() { detail } else { paint(DIM, clean(&detail)) };
        text.push_str(format!("  {:<widest$}  {detail}", clean(name)).trim_end());
        text.push('\n');
    }
}

/// The organization for a machine. Origins are `file:line`.
pub(crate) fn json(organization: &Organization) -> Value {
    let tenants = organization.tenants.values().map(|tenant| {
        let settings: Map<String, Value> = organization
            .settings_of(tenant)
            .into_iter()
            .map(|(name, (value, origin))| (name.to_owned(), json!({"value": value, "origin": origin.to_string()})))
            .collect();
        let value = json!({
            "project": tenant.project,
            "platform": tenant.platform.name,
            "landing_zone": tenant.landing_zone.as_ref().map(|zone| &zone.name),
            "email": tenant.email,
            "tags": tenant.tags,
            "state": state(&tenant.state),
            "budget": tenant.budget.as_ref().map(|budget| json!({
                "monthly": budget.monthly.to_string(), "alert_at": budget.alert_at, "notify": budget.notify,
            })),
            "quota": tenant.quota.as_ref().map(quota),
            "guardrails": names(&tenant.guardrails),
            "controls": attachments(&tenant.controls),
            "settings": settings,
            "access": access::rows_of(organization, tenant),
            "origin": tenant.origin.to_string(),
        });
        (tenant.name.clone(), value)
    });
    json!({
        "version": VERSION,
        "name": organization.name,
        "title": organization.title,
        "today": organization.today.to_string(),
        "controls": attachments(&organization.controls),
        "exemptions": organization.exemptions.values().map(|one| (one.name.clone(), exemption(one))).collect::<Map<_, _>>(),
        "platforms": organization.platforms.values().map(|platform| (platform.name.clone(), json!({
            "type": platform.kind, "mode": platform.mode, "origin": platform.origin.to_string(),
        }))).collect::<Map<_, _>>(),
        "landing_zones": organization.landing_zones.values().map(|zone| (zone.name.clone(), json!({
            "parent": zone.parent.as_ref().map(|parent| &parent.name),
            "mode": zone.mode,
            "guardrails": names(&zone.guardrails),
            "controls": attachments(&zone.controls),
            "tags": zone.tags,
            "state": state(&zone.state),
            "origin": zone.origin.to_string(),
        }))).collect::<Map<_, _>>(),
        "units": organization.units.values().map(|unit| (unit.name.clone(), json!({
            "parent": unit.parent.as_ref().map(|parent| &parent.name),
            "owner": unit.owner.as_ref().map(|owner| &owner.name),
            "controls": attachments(&unit.controls),
            "origin": unit.origin.to_string(),
        }))).collect::<Map<_, _>>(),
        "projects": organization.projects.values().map(|project| (project.name.clone(), json!({
            "unit": project.unit.name,
            "tags": project.tags,
            "controls": attachments(&project.controls),
            "tenants": project.tenants,
            "origin": project.origin.to_string(),
        }))).collect::<Map<_, _>>(),
        "people": organization.people.values().map(|person| (person.name.clone(), json!({
            "name": person.display_name, "email": person.email, "state": state(&person.state),
            "origin": person.origin.to_string(),
        }))).collect::<Map<_, _>>(),
        "teams": organization.teams.values().map(|team| (team.name.clone(), json!({
            "members": organization.people_of_team(&team.name), "origin": team.origin.to_string(),
        }))).collect::<Map<_, _>>(),
        "roles": organization.roles.values().map(|role| (role.name.clone(), json!({
            "admin": role.admin, "description": role.description, "origin": role.origin.to_string(),
        }))).collect::<Map<_, _>>(),
        "guardrails": organization.guardrail_documents.values().map(|guardrail| (guardrail.name.clone(), json!({
            "description": guardrail.description, "origin": guardrail.origin.to_string(),
        }))).collect::<Map<_, _>>(),
        "tenants": tenants.collect::<Map<_, _>>(),
    })
}

fn names(named: &[polity_model::organization::Named]) -> Vec<&str> {
    named.iter().map(|named| named.name.as_str()).collect()
}

fn state(state: &LifeState) -> Value {
    match state {
        LifeState::Active => json!("active"),
        LifeState::Quarantined { reason } => json!({"quarantined": reason}),
        LifeState::Retired { reason } => json!({"retired": reason}),
    }
}
