//! Who may do what where, after inheritance: for one person, one team, one role, one tenant, or all.

use polity_model::organization::{EffectiveAccess, Organization, Place, Principal, Tenant};
use serde::Serialize;

use super::{clean, count};
use crate::terminal::{BOLD, DIM, paint};

/// Version of the JSON form.
pub(crate) const VERSION: &str = "polity.access/v1";

/// Which access is asked for; nothing set means all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Of this person, directly or through teams.
    pub(crate) person: Option<String>,
    /// Of this team.
    pub(crate) team: Option<String>,
    /// With this role.
    pub(crate) role: Option<String>,
    /// On this tenant.
    pub(crate) tenant: Option<String>,
}

/// One access as it reaches a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Row {
    /// Tenant.
    pub(crate) tenant: String,
    /// `person ada`, `team payments`.
    pub(crate) who: String,
    /// Role.
    pub(crate) role: String,
    /// Where it was written: `organization`, `landing zone prod`.
    pub(crate) from: String,
    /// Last day.
    pub(crate) until: Option<String>,
    /// Why.
    pub(crate) reason: Option<String>,
    /// `file:line`.
    pub(crate) origin: String,
}

/// All access on one tenant.
pub(crate) fn rows_of(organization: &Organization, tenant: &Tenant) -> Vec<Row> {
    organization.access_on(tenant).iter().map(|effective| row(tenant, effective)).collect()
}

/// All access that a filter lets through, sorted by tenant.
pub(crate) fn rows(organization: &Organization, filter: &Filter) -> Vec<Row> {
    let is = |asked: &Option<String>, name: &str| asked.as_ref().is_none_or(|asked| asked == name);
    let has_person = |principal: &Principal, person: &str| match principal {
        Principal::Person(name) => name == person,
        Principal::Team(name) => organization.people_of_team(name).contains(person),
        Principal::Workload(_) => false,
    };
    let mut rows = Vec::new();
    for tenant in organization.tenants.values().filter(|tenant| is(&filter.tenant, &tenant.name)) {
        for effective in organization.access_on(tenant) {
            let principal = &effective.access.principal;
            let team = filter.team.as_ref().is_none_or(|team| *principal == Principal::Team(team.clone()));
            let person = filter.person.as_ref().is_none_or(|person| has_person(principal, person));
            if team && person && is(&filter.role, &effective.access.role) {
                rows.push(row(tenant, &effective));
            }
        }
    }
    rows.sort();
    rows
}

fn row(tenant: &Tenant, effective: &EffectiveAccess<'_>) -> Row {
    let (noun, name) = effective.access.principal.parts();
    let from = match &effective.place {
        Place::Organization => "organization".to_owned(),
        Place::Unit(name) => format!("unit {name}"),
        Place::LandingZone(name) => format!("landing zone {name}"),
        Place::Project(name) => format!("project {name}"),
        Place::Tenant(name) => format!("tenant {name}"),
    };
    Row {
        tenant: tenant.name.clone(),
        who: format!("{noun} {name}"),
        role: effective.access.role.clone(),
        from,
        until: effective.access.until.map(|day| day.to_string()),
        reason: effective.access.reason.clone(),
        origin: effective.access.origin.to_string(),
    }
}

/// A table, one tenant after the other.
pub(crate) fn human(rows: &[Row]) -> String {
    let widest = |of: fn(&Row) -> &str| rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
    let (who, role, from) = (widest(|row| &row.who), widest(|row| &row.role), widest(|row| &row.from));
    let (mut text, mut tenant) = (String::new(), None);
    for row in rows {
        if tenant != Some(&row.tenant) {
            let space = if tenant.is_some() { "\n" } else { "" };
            text.push_str(&format!("{space}{}\n", paint(BOLD, clean(&row.tenant))));
            tenant = Some(&row.tenant);
        }
        let until = row.until.as_ref().map_or_else(String::new, |day| format!(", until {day}"));
        let reason = row.reason.as_ref().map_or_else(String::new, |reason| format!(", {}", clean(reason)));
        let origin = paint(DIM, format!("{}{until}{reason}", clean(&row.origin)));
        text.push_str(&format!(
            "  {:<who$}  {:<role$}  from {:<from$}  {origin}\n",
            clean(&row.who),
            clean(&row.role),
            clean(&row.from)
        ));
    }
    let mut tenants: Vec<&str> = rows.iter().map(|row| row.tenant.as_str()).collect();
    tenants.dedup();
    let sum = match rows.len() {
        0 => "nobody has such access".to_owned(),
        number => format!("\n{} on {}", count(number, "access"), count(tenants.len(), "tenant")),
    };
    format!("{text}{sum}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::plain;

    #[test]
    fn the_table_lines_up() {
        let row = |tenant: &str, who: &str, until: Option<&str>| Row {
            tenant: tenant.to_owned(),
            who: who.to_owned(),
            role: "developer".to_owned(),
            from: "landing zone prod".to_owned(),
            until: until.map(str::to_owned),
            reason: until.map(|_| "cut-over".to_owned()),
            origin: "access.yaml:3".to_owned(),
        };
        let rows =
            [row("a", "person ada", Some("2027-01-31")), row("a", "team payments", None), row("b", "team x", None)];
        insta::assert_snapshot!(plain(&human(&rows)));
        assert_eq!(human(&[]), "nobody has such access\n");
    }
}
