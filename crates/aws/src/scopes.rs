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
    /// Profile of AWS's own configuration that holds the login; the environment's without one.
    pub(crate) profile: Option<String>,
    /// Where Identity Center lives, and what stands for the partition.
    pub(crate) region: String,
    /// Regions in which member accounts are set up.
    pub(crate) regions: Vec<String>,
    pub(crate) identity_center: bool,
    pub(crate) assume_role: String,
    /// Policies of others for which each place keeps room.
    pub(crate) reserved_policies: u64,
}

impl Fields {
    pub(crate) fn of(native: &Value) -> Self {
        let text = |name: &str| native.get(name).and_then(Value::as_text).map(str::to_owned);
        let region = text("region").unwrap_or_else(|| "us-east-1".to_owned());
        let regions = native.get("regions").map(texts).unwrap_or_default();
        Self {
            management_account: text("management_account").unwrap_or_default(),
            profile: text("profile"),
            regions: if regions.is_empty() { vec![region.clone()] } else { regions },
            region,
            identity_center: native.get("identity_center").and_then(Value::as_bool).unwrap_or(true),
            assume_role: text("assume_role").unwrap_or_else(|| "OrganizationAccountAccessRole".to_owned()),
            reserved_policies: native
                .get("reserved_policies")
                .and_then(Value::as_int)
                .and_then(|number| u64::try_from(number).ok())
                .unwrap_or(0),
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
        scopes.push(top(format!("{platform}/{IDENTITY}"), IDENTITY));
    }
    for tenant in organization.tenants_on(platform) {
        let account = known.get(&Address::new(platform, "account", &tenant.name)).or(tenant.id.as_ref());
        scopes.extend(of_tenant(platform, fields, organization, tenant, account));
    }
    scopes
}

/// All scopes that are read for controls: each account and its regions, whether or not something is asked of it. The
/// management account is one of them, also where no tenant stands for it.
pub(crate) fn of_surveys(
    platform: &str,
    fields: &Fields,
    organization: &Organization,
    known: &BTreeMap<Address, String>,
) -> Vec<Scope> {
    let mut scopes = Vec::new();
    let mut home = false;
    for tenant in organization.tenants_on(platform) {
        if matches!(tenant.state, LifeState::Retired { .. }) {
            continue;
        }
        let account = known.get(&Address::new(platform, "account", &tenant.name)).or(tenant.id.as_ref());
        home |= account == Some(&fields.management_account);
        let settings = organization.settings_of(tenant);
        let named = settings.get("regions").map(|(regions, _)| texts(regions)).filter(|regions| !regions.is_empty());
        let regions = named.unwrap_or_else(|| fields.regions.clone());
        scopes.extend(inside(platform, fields, &place(platform, &tenant.name), Some(&tenant.name), account, &regions));
    }
    if !home {
        let account = &fields.management_account;
        let name = format!("{platform}/account:{account}");
        scopes.extend(inside(platform, fields, &name, None, Some(account), &fields.regions));
    }
    scopes
}

/// An account and these regions of it.
fn inside(
    platform: &str,
    fields: &Fields,
    name: &str,
    tenant: Option<&String>,
    account: Option<&String>,
    regions: &[String],
) -> Vec<Scope> {
    let scope = |name: String, level: &str, region: &str| Scope {
        name,
        platform: platform.to_owned(),
        level: level.to_owned(),
        tenant: tenant.cloned(),
        entry: account.map(|account| {
            BTreeMap::from([("account_id".to_owned(), account.clone()), ("region".to_owned(), region.to_owned())])
        }),
    };
    let regions: BTreeSet<&String> = regions.iter().collect();
    let mut scopes = vec![scope(name.to_owned(), ACCOUNT, &fields.region)];
    scopes.extend(regions.iter().map(|region| scope(format!("{name}/{region}"), REGION, region)));
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
    let place = place(platform, &tenant.name);
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
        scopes.push(scope(place.clone(), ACCOUNT, &fields.region));
    }
    if asks(REGION_SETTINGS) {
        let named = settings.get("regions").map(|(regions, _)| texts(regions)).filter(|regions| !regions.is_empty());
        let regions: BTreeSet<String> = named.unwrap_or_else(|| fields.regions.clone()).into_iter().collect();
        scopes.extend(regions.iter().map(|name| scope(format!("{place}/{name}"), REGION, name)));
    }
    scopes
}

/// Name of a tenant's scope. A tenant that is called as Identity Center's scope is must not be taken for it: what is
/// written in there is written in the management account.
fn place(platform: &str, tenant: &str) -> String {
    if tenant == IDENTITY { format!("{platform}/tenant:{tenant}") } else { format!("{platform}/{tenant}") }
}

#[cfg(test)]
mod tests {
    use polity_model::{
        Origin,
        organization::{Brakes, Mode, Named, NativeSection, Platform},
    };

    use super::*;

    fn native(settings: &[(&str, Value)]) -> BTreeMap<String, NativeSection> {
        let entries = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let section = NativeSection { value: Value::Map(entries), origin: Origin::file("polity.yaml") };
        BTreeMap::from([("aws".to_owned(), section)])
    }

    fn tenant(name: &str, settings: &[(&str, Value)]) -> Tenant {
        Tenant {
            name: name.to_owned(),
            title: None,
            project: "checkout".to_owned(),
            platform: Named { name: "aws".to_owned(), origin: Origin::file("polity.yaml") },
            landing_zone: None,
            email: None,
            tags: BTreeMap::new(),
            budget: None,
            quota: None,
            access: Vec::new(),
            guardrails: Vec::new(),
            controls: Vec::new(),
            settings: native(settings),
            state: LifeState::Active,
            id: None,
            renamed_from: Vec::new(),
            origin: Origin::file("polity.yaml"),
        }
    }

    fn organization(tenants: Vec<Tenant>) -> Organization {
        let platform = Platform {
            name: "aws".to_owned(),
            kind: "aws".to_owned(),
            mode: Mode::Own,
            native: Value::Null,
            origin: Origin::file("polity.yaml"),
        };
        Organization {
            name: "acme".to_owned(),
            title: None,
            origin: Origin::file("polity.yaml"),
            today: polity_model::units::Date::constant(2026, 11, 22),
            tag_rules: BTreeMap::new(),
            brakes: Brakes::default(),
            break_glass: None,
            access: Vec::new(),
            guardrails: Vec::new(),
            controls: Vec::new(),
            settings: BTreeMap::new(),
            units: BTreeMap::new(),
            people: BTreeMap::new(),
            teams: BTreeMap::new(),
            workloads: BTreeMap::new(),
            roles: BTreeMap::new(),
            platforms: BTreeMap::from([("aws".to_owned(), platform)]),
            landing_zones: BTreeMap::new(),
            guardrail_documents: BTreeMap::new(),
            control_documents: Vec::new(),
            exemptions: BTreeMap::new(),
            projects: BTreeMap::new(),
            tenants: tenants.into_iter().map(|tenant| (tenant.name.clone(), tenant)).collect(),
        }
    }

    fn fields(entries: &[(&str, Value)]) -> Fields {
        let mut native = BTreeMap::from([("management_account".to_owned(), Value::text("111111111111"))]);
        native.extend(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Fields::of(&Value::Map(native))
    }

    fn lines(fields: &Fields, organization: &Organization, known: &[(&str, &str)]) -> Vec<String> {
        let known =
            known.iter().map(|(tenant, id)| (Address::new("aws", "account", *tenant), (*id).to_owned())).collect();
        scopes("aws", fields, organization, &known)
            .into_iter()
            .map(|scope| {
                let entry = scope.entry.map_or("not born".to_owned(), |entry| {
                    entry.values().map(String::as_str).collect::<Vec<_>>().join(" ")
                });
                format!("{} ({}): {entry}", scope.name, scope.level)
            })
            .collect()
    }

    #[test]
    fn an_account_is_entered_only_where_something_is_asked_of_it() {
        let tenants = vec![
            tenant("idle", &[]),
            tenant("both", &[("password_policy", Value::Null), ("imds", Value::text("required"))]),
            tenant("wide", &[("ebs_encryption", true.into()), ("regions", vec!["eu-west-1", "eu-central-1"].into())]),
        ];
        let lines = lines(&fields(&[]), &organization(tenants), &[("both", "222222222222")]);
        assert_eq!(
            lines,
            [
                "aws (organization): 111111111111 us-east-1",
                "aws/identity (identity): 111111111111 us-east-1",
                "aws/both (account): 222222222222 us-east-1",
                "aws/both/us-east-1 (region): 222222222222 us-east-1",
                "aws/wide/eu-central-1 (region): not born",
                "aws/wide/eu-west-1 (region): not born",
            ]
        );
    }

    #[test]
    fn a_tenant_called_identity_is_not_taken_for_identity_center() {
        let tenants = vec![tenant("identity", &[("password_policy", Value::Null), ("imds", Value::text("required"))])];
        let lines = lines(&fields(&[]), &organization(tenants), &[("identity", "222222222222")]);
        assert_eq!(
            lines,
            [
                "aws (organization): 111111111111 us-east-1",
                "aws/identity (identity): 111111111111 us-east-1",
                "aws/tenant:identity (account): 222222222222 us-east-1",
                "aws/tenant:identity/us-east-1 (region): 222222222222 us-east-1",
            ]
        );
    }

    #[test]
    fn surveys_enter_every_account_and_the_management_account() {
        let mut closed = tenant("gone", &[]);
        closed.state = LifeState::Retired { reason: "sold".to_owned() };
        let names = |tenants: Vec<Tenant>| -> Vec<String> {
            let known = BTreeMap::from([(Address::new("aws", "account", "idle"), "222222222222".to_owned())]);
            let scopes = of_surveys("aws", &fields(&[]), &organization(tenants), &known);
            scopes.into_iter().map(|scope| scope.name).collect()
        };
        assert_eq!(
            names(vec![tenant("idle", &[]), closed]),
            ["aws/idle", "aws/idle/us-east-1", "aws/account:111111111111", "aws/account:111111111111/us-east-1"]
        );
        let mut home = tenant("house", &[("regions", vec!["eu-west-1"].into())]);
        home.id = Some("111111111111".to_owned());
        assert_eq!(names(vec![home]), ["aws/house", "aws/house/eu-west-1"]);
    }

    #[test]
    fn regions_come_from_the_tenant_then_the_platform_then_its_home() {
        let asks = || vec![tenant("one", &[("ebs_encryption", true.into())])];
        let own = vec![tenant("one", &[("ebs_encryption", true.into()), ("regions", vec!["eu-north-1"].into())])];
        let platform = fields(&[("region", "eu-central-1".into()), ("regions", vec!["eu-west-3"].into())]);
        let last = |fields: &Fields, tenants| lines(fields, &organization(tenants), &[]).pop().unwrap();
        assert_eq!(last(&platform, own), "aws/one/eu-north-1 (region): not born");
        assert_eq!(last(&platform, asks()), "aws/one/eu-west-3 (region): not born");
        assert_eq!(
            last(&fields(&[("region", "eu-central-1".into())]), asks()),
            "aws/one/eu-central-1 (region): not born"
        );
    }

    #[test]
    fn a_retired_tenant_and_an_unused_identity_center_have_no_scope() {
        let mut retired = tenant("gone", &[("password_policy", Value::Null)]);
        retired.state = LifeState::Retired { reason: "sold".to_owned() };
        let fields = fields(&[("identity_center", false.into())]);
        assert_eq!(lines(&fields, &organization(vec![retired]), &[]).len(), 1);
    }

    #[test]
    fn a_written_id_is_good_enough_until_the_account_was_read() {
        let mut adopted = tenant("old", &[("password_policy", Value::Null)]);
        adopted.id = Some("333333333333".to_owned());
        let lines = lines(&fields(&[]), &organization(vec![adopted]), &[]);
        assert_eq!(lines.last().unwrap(), "aws/old (account): 333333333333 us-east-1");
    }
}
