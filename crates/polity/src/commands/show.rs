//! `polity show`: the resolved organization, or who may do what where.

use polity_model::organization::Organization;
use serde_json::json;

use super::{Home, pretty};
use crate::{
    args::{Output, Show, Shown},
    exit::{Ended, Exit, Failure},
    terminal,
    views::{access, organization, some_of},
};

pub(super) fn show(home: &Home, arguments: &Show) -> Ended {
    let (organization, _) = home.organization()?;
    let filter = access::Filter {
        person: arguments.person.clone(),
        team: arguments.team.clone(),
        role: arguments.role.clone(),
        tenant: arguments.tenant.clone(),
    };
    let filtered = [&filter.person, &filter.team, &filter.role, &filter.tenant].into_iter().any(Option::is_some);
    // `show --person ada` can only mean access.
    let text = if arguments.what == Shown::Access || filtered {
        known(&organization, &filter)?;
        let rows = access::rows(&organization, &filter);
        match arguments.output {
            Output::Human => access::human(&rows),
            Output::Json => pretty(&json!({"version": access::VERSION, "access": rows})),
        }
    } else {
        match arguments.output {
            Output::Human => organization::human(&organization),
            Output::Json => pretty(&organization::json(&organization)),
        }
    };
    terminal::out(&text)?;
    Ok(Exit::Done)
}

/// A name that nobody has is a slip, not an empty answer.
fn known(organization: &Organization, filter: &access::Filter) -> Result<(), Failure> {
    let asked = [
        ("person", &filter.person, organization.people.keys().collect::<Vec<_>>()),
        ("team", &filter.team, organization.teams.keys().collect()),
        ("role", &filter.role, organization.roles.keys().collect()),
        ("tenant", &filter.tenant, organization.tenants.keys().collect()),
    ];
    for (noun, name, names) in asked {
        let Some(name) = name else { continue };
        if !names.contains(&name) {
            return Err(Failure::new(format!("there is no {noun} `{name}` in the manifest"))
                .help(format!("known: {}", some_of(&names, 12))));
        }
    }
    Ok(())
}
