//! The scopes that an organization reaches into: the AWS organization, its Identity Center, and the member accounts and
//! regions for which something is asked.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{
    Address, Value,
    organization::{LifeState, Organization, Tenant},
    resource::Scope,
};

/// Level of the AWS organization itself.
pub(crate) const ORGANIZATION: &str = "organization";
/// Level of its Identity Center.
pub(crate) const IDENTITY: &str = "identity";
/// Level of a member account.
pub(crate) const ACCOUNT: &str = "account";
/// Level of a region in a member account.
pub(crate) const REGION: &str = "region";

/// Settings that are the same in all regions of an account.
const ACCOUNT_SETTINGS: &[&str] = &["s3_public_access_block", "password_policy", "account_alias", "regions_opt_in"];
/// Settings that each region of an account has for itself.
const REGION_SETTINGS: &[&str] = &["ebs_encryption", "imds", "snapshot_public_access", "image_public_access"];

/// What a platform's own fields say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) management_account: String,
    /// Where Identity Center lives, and what stands for the partition.
    pub(crate) region: String,
    /// Regions in which member accounts are set up.
    pub(crate) regions: Vec<String>,
    pub(crate) identity_center: bool,
    pub(crate) assume_role: String,
}

impl Fields {
    pub(crate) fn of(native: &Value) -> Self {
        let text = |name: &str| native.get(name).and_then(Value::as_text).map(str::to_owned);
        let region = text("region").unwrap_or_else(|| "us-east-1".to_owned());
        let regions = native.get("regions").map(texts).unwrap_or_default();
        Self {
            management_account: text("management_account").unwrap_or_default(),
            regions: if regions.is_empty() { vec![region.clone()] } else { regions },
            region,
            identity_center: native.get("identity_center").and_then(Value::as_bool).unwrap_or(true),
            assume_role: text("assume_role").unwrap_or_else(|| "OrganizationAccountAccessRole".to_owned()),
        }
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_list().unwrap_or_default().iter().filter_map(Value::as_text).map(str::to_owned).collect()
}

/// All scopes on this platform. The scopes of a tenant whose account is not known have no entry: they are not born yet.
pub(crate) fn scopes(
    platform: &str,
    fields: &Fields,
    organization: &Organization,
    known: &BTreeMap<Address, String>,
) -> Vec<Scope> {
    let place = BTreeMap::from([
        ("account_id".to_owned(), fields.management_account.clone()),
        ("region".to_owned(), fields.region.clone()),
    ]);
    let top = |name: String, level: &str| Scope {
        name,
        platform: platform.to_owned(),
        level: level.to_owned(),
        tenant: None,
        entry: Some(place.clone()),
    };
    let mut scopes = vec![top(platform.to_owned(), ORGANIZATION)];
    if fields.identity_center {
        scopes.push(top(format!("{platform}/identity"), IDENTITY));
    }
    for tenant in organization.tenants_on(platform) {
        let account = known.get(&Address::new(platform, "account", &tenant.name)).or(tenant.id.as_ref());
        scopes.extend(of_tenant(platform, fields, organization, tenant, account));
    }
    scopes
}

fn of_tenant(
    platform: &str,
    fields: &Fields,
    organization: &Organization,
    tenant: &Tenant,
    account: Option<&String>,
) -> Vec<Scope> {
    // A closing account lets nobody in, and nothing is asked of it any more.
    if matches!(tenant.state, LifeState::Retired { .. }) {
        return Vec::new();
    }
    let settings = organization.settings_of(tenant);
    let asks = |names: &[&str]| names.iter().any(|name| settings.contains_key(name));
    let scope = |name: String, level: &str, region: &str| Scope {
        name,
        platform: platform.to_owned(),
        level: level.to_owned(),
        tenant: Some(tenant.name.clone()),
        entry: account.map(|account| {
            BTreeMap::from([("account_id".to_owned(), account.clone()), ("region".to_owned(), region.to_owned())])
        }),
    };
    let mut scopes = Vec::new();
    if asks(ACCOUNT_SETTINGS) {
        scopes.push(scope(format!("{platform}/{}", tenant.name), ACCOUNT, &fields.region));
    }
    if asks(REGION_SETTINGS) {
        let named = settings.get("regions").map(|(regions, _)| texts(regions)).filter(|regions| !regions.is_empty());
        let regions: BTreeSet<String> = named.unwrap_or_else(|| fields.regions.clone()).into_iter().collect();
        scopes.extend(regions.iter().map(|name| scope(format!("{platform}/{}/{name}", tenant.name), REGION, name)));
    }
    scopes
}
