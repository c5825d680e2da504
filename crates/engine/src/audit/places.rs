//! Where resources lie, as rows that assertions can read: tenant, project, unit and landing zone, made of the manifest.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use polity_controls::Place;
use polity_model::{
    facet::{Datum, Facet, Row, places},
    finding::Whereabouts,
    organization::{LifeState, Mode, Named, Organization, Project, Tenant, Unit},
};
use serde::{Deserialize, Serialize};

/// All places, by manifest name of the tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Places(pub BTreeMap<String, Facts>);

/// What the manifest says of a tenant and of what it belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// For people.
    pub whereabouts: Arc<Whereabouts>,
    /// Type of its platform.
    pub platform_type: String,
    /// Rows for tenant, project, unit and landing zone; `None` where there is none.
    pub rows: Vec<Option<Row>>,
}

impl Facts {
    /// As assertions ask for it.
    pub(super) fn places(&self) -> [Place<'_>; 4] {
        let at = |index: usize| self.rows.get(index).and_then(Option::as_ref).map_or(Place::Absent, Place::Known);
        [at(0), at(1), at(2), at(3)]
    }
}

impl Places {
    /// The places of all tenants of an organization, whose native ids are these.
    pub fn of(organization: &Organization, ids: &BTreeMap<String, String>) -> Self {
        let tenants = organization.tenants.values();
        Self(tenants.map(|tenant| (tenant.name.clone(), facts(organization, tenant, ids.get(&tenant.name)))).collect())
    }
}

fn facts(organization: &Organization, tenant: &Tenant, id: Option<&String>) -> Facts {
    let project = organization.projects.get(&tenant.project);
    let chain = project.map(|project| organization.unit_chain(&project.unit.name)).unwrap_or_default();
    // Nearest first: a unit without an owner is answered for by the owner of the unit above.
    let owner = chain.iter().find_map(|unit| unit.owner.as_ref()).map(|owner| owner.name.clone());
    let kind = organization.platforms.get(&tenant.platform.name).map(|platform| platform.kind.clone());
    let platform_type = kind.unwrap_or_default();
    let whereabouts = Whereabouts {
        platform: Some(tenant.platform.name.clone()),
        platform_type: Some(platform_type.clone()),
        tenant: Some(tenant.name.clone()),
        tenant_id: id.cloned(),
        project: project.map(|project| project.name.clone()),
        unit: chain.first().map(|unit| unit.name.clone()),
        landing_zone: tenant.landing_zone.as_ref().map(|zone| zone.name.clone()),
        owner,
    };
    let rows = [
        row(0, |facet| tenant_row(facet, organization, tenant, id, &platform_type)),
        project.and_then(|project| row(1, |facet| project_row(facet, project))),
        chain.first().and_then(|unit| row(2, |facet| unit_row(facet, unit, &chain))),
        tenant.landing_zone.as_ref().and_then(|_| row(3, |facet| zone_row(facet, organization, tenant))),
    ];
    Facts { whereabouts: Arc::new(whereabouts), platform_type, rows: rows.into() }
}

fn row(index: usize, make: impl FnOnce(&'static Facet) -> Option<Row>) -> Option<Row> {
    make(places().get(index)?)
}

fn tenant_row(
    facet: &'static Facet,
    organization: &Organization,
    tenant: &Tenant,
    id: Option<&String>,
    platform_type: &str,
) -> Option<Row> {
    let state = match tenant.state {
        LifeState::Active => "active",
        LifeState::Quarantined { .. } => "quarantined",
        LifeState::Retired { .. } => "retired",
    };
    // Budgets are far from where whole hundredths could not be told apart any more.
    #[allow(clippy::cast_precision_loss)]
    let budget = tenant.budget.as_ref().map(|budget| budget.monthly.cents as f64 / 100.0);
    Row::of(facet)
        .set("name", tenant.name.as_str())
        .set("id", Datum::maybe(id.map(String::as_str)))
        .set("platform", tenant.platform.name.as_str())
        .set("platform_type", platform_type)
        .set("state", state)
        .set("tags", Datum::texts(tenant.tags.clone()))
        .set("guardrails", texts(guardrails(organization, tenant)))
        .set("monthly_budget", Datum::maybe(budget))
        .set("email", Datum::maybe(tenant.email.as_deref()))
        .finish()
        .ok()
}

fn project_row(facet: &'static Facet, project: &Project) -> Option<Row> {
    Row::of(facet)
        .set("name", project.name.as_str())
        .set("title", Datum::maybe(project.title.as_deref()))
        .set("tags", Datum::texts(project.tags.clone()))
        .finish()
        .ok()
}

fn unit_row(facet: &'static Facet, unit: &Unit, chain: &[&Unit]) -> Option<Row> {
    Row::of(facet)
        .set("name", unit.name.as_str())
        .set("title", Datum::maybe(unit.title.as_deref()))
        .set("owner", Datum::maybe(unit.owner.as_ref().map(|owner| owner.name.as_str())))
        .set("path", texts(chain.iter().rev().map(|unit| unit.name.clone())))
        .set("tags", Datum::texts(unit.tags.clone()))
        .finish()
        .ok()
}

fn zone_row(facet: &'static Facet, organization: &Organization, tenant: &Tenant) -> Option<Row> {
    let name = tenant.landing_zone.as_ref().map(|zone| zone.name.as_str());
    let chain = organization.landing_zone_chain(name);
    let zone = chain.first()?;
    let mode = match organization.mode_at(&tenant.platform.name, name) {
        Mode::Observe => "observe",
        Mode::Adopt => "adopt",
        Mode::Own => "own",
    };
    let above = chain.iter().flat_map(|zone| &zone.guardrails).chain(&organization.guardrails);
    Row::of(facet)
        .set("name", zone.name.as_str())
        .set("path", texts(chain.iter().rev().map(|zone| zone.name.clone())))
        .set("mode", mode)
        .set("guardrails", texts(names(above)))
        .set("tags", Datum::texts(zone.tags.clone()))
        .finish()
        .ok()
}

/// Names of the guardrails on a tenant, inherited ones included.
pub(super) fn guardrails(organization: &Organization, tenant: &Tenant) -> BTreeSet<String> {
    let chain = organization.landing_zone_chain(tenant.landing_zone.as_ref().map(|zone| zone.name.as_str()));
    let above = chain.iter().flat_map(|zone| &zone.guardrails).chain(&organization.guardrails);
    names(above.chain(&tenant.guardrails))
}

fn names<'a>(named: impl Iterator<Item = &'a Named>) -> BTreeSet<String> {
    named.map(|named| named.name.clone()).collect()
}

fn texts(items: impl IntoIterator<Item = String>) -> Datum {
    Datum::List(items.into_iter().map(Datum::from).collect())
}
