//! The scopes that an organization reaches into: the domain in Keystone, and the projects of all tenants as the other services see
//! them. Nothing is read there but what is asked for, or was once.

use std::collections::BTreeMap;

use polity_model::{
    Address, Value,
    organization::{LifeState, Organization},
    resource::Scope,
};

use crate::kinds::{domain, project};

/// Level of Keystone itself: the domain and all in it.
pub(crate) const DOMAIN: &str = "domain";
/// Level of one project, as the other services see it.
pub(crate) const PROJECT: &str = "project";

/// How people get into Keystone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Users {
    /// Polity makes them.
    Managed,
    /// They come from a directory: Polity finds them by name.
    Existing,
}

/// Who keeps the quotas of tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quotas {
    /// Each service its own.
    Services,
    /// Keystone, as unified limits.
    Unified,
}

/// What a platform's own fields say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    /// Entry of `clouds.yaml`.
    pub(crate) cloud: Option<String>,
    /// Name of the domain that is managed.
    pub(crate) domain: String,
    pub(crate) users: Users,
    /// Identity provider and protocol by which the people sign in.
    pub(crate) federation: Option<(String, String)>,
    pub(crate) quotas: Quotas,
    /// Whether the domain ends, and all in it.
    pub(crate) retired: bool,
}

impl Fields {
    pub(crate) fn of(native: &Value) -> Self {
        let text = |name: &str| native.get(name).and_then(Value::as_text).map(str::to_owned);
        let protocol = text("protocol").unwrap_or_else(|| "openid".to_owned());
        Self {
            cloud: text("cloud"),
            domain: text("domain").unwrap_or_else(|| "Default".to_owned()),
            users: if text("users").as_deref() == Some("existing") { Users::Existing } else { Users::Managed },
            federation: text("identity_provider").map(|provider| (provider, protocol)),
            quotas: if text("quotas").as_deref() == Some("unified") { Quotas::Unified } else { Quotas::Services },
            retired: native.get("retired").is_some(),
        }
    }
}

/// All scopes on this platform. The scope of a tenant whose project is not known has no entry: it is not born yet.
pub(crate) fn scopes(
    platform: &str,
    fields: &Fields,
    organization: &Organization,
    known: &BTreeMap<Address, String>,
) -> Vec<Scope> {
    let mut top = top(platform, fields);
    let recorded = known.get(&domain::address(platform)).map(|id| (domain::RECORDED.to_owned(), id.clone()));
    top.entry.get_or_insert_default().extend(recorded);
    let mut scopes = vec![top];
    for tenant in organization.tenants_on(platform).filter(|_| !fields.retired) {
        if matches!(tenant.state, LifeState::Retired { .. }) {
            continue;
        }
        let id = known.get(&project::address(platform, &tenant.name)).or(tenant.id.as_ref());
        scopes.push(Scope {
            name: format!("{platform}/{}", tenant.name),
            platform: platform.to_owned(),
            level: PROJECT.to_owned(),
            tenant: Some(tenant.name.clone()),
            entry: id.map(|id| BTreeMap::from([("project_id".to_owned(), id.clone())])),
        });
    }
    scopes
}

/// The scope of the platform itself.
pub(crate) fn top(platform: &str, fields: &Fields) -> Scope {
    Scope {
        name: platform.to_owned(),
        platform: platform.to_owned(),
        level: DOMAIN.to_owned(),
        tenant: None,
        entry: Some(BTreeMap::from([("domain".to_owned(), fields.domain.clone())])),
    }
}
