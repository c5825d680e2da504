//! AWS's documented limits and rates, as data. A plan that would break a limit is refused with the sum spelled out; the wire
//! keeps to the rates, and slows down further when AWS says so.

use polity_model::limit::{Limit, Measure};
use polity_provider::wire::{Per, Rate};

const ORGANIZATIONS_QUOTAS: &str =
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html";
const ORGANIZATIONS_API: &str = "https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html";
const IDENTITY_CENTER_QUOTAS: &str = "https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html";
const IDENTITY_CENTER_API: &str = "https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_Operations.html";
const IDENTITY_STORE_API: &str =
    "https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_Operations.html";
const BUDGETS_API: &str =
    "https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Operations_AWS_Budgets.html";

/// Limits of one policy type.
struct PolicyType {
    native: &'static str,
    /// As in "service control policies".
    title: &'static str,
    /// How many may be attached to one root, organizational unit or account.
    per_target: u64,
    /// Greatest size of a document.
    size: u64,
    /// How many an organization may hold.
    count: u64,
}

const fn policy_type(native: &'static str, title: &'static str, per_target: u64, size: u64, count: u64) -> PolicyType {
    PolicyType { native, title, per_target, size, count }
}

/// In the partition `aws` since May 2026.
static SERVICE_CONTROL: PolicyType =
    policy_type("SERVICE_CONTROL_POLICY", "service control policies", 10, 10_240, 10_000);
/// In the other partitions, and before.
static SERVICE_CONTROL_ELSEWHERE: PolicyType =
    policy_type("SERVICE_CONTROL_POLICY", "service control policies", 5, 5_120, 1_000);

/// The same in all partitions. Types whose quotas AWS does not document have none here: AWS decides.
static POLICY_TYPES: [PolicyType; 7] = [
    policy_type("RESOURCE_CONTROL_POLICY", "resource control policies", 5, 5_120, 1_000),
    policy_type("TAG_POLICY", "tag policies", 10, 10_000, 1_000),
    policy_type("BACKUP_POLICY", "backup policies", 10, 10_000, 1_000),
    policy_type("AISERVICES_OPT_OUT_POLICY", "AI services opt-out policies", 5, 2_500, 1_000),
    policy_type("CHATBOT_POLICY", "chat applications policies", 5, 10_000, 1_000),
    policy_type("DECLARATIVE_POLICY_EC2", "declarative policies for EC2", 10, 10_000, 1_000),
    policy_type("SECURITYHUB_POLICY", "Security Hub policies", 10, 10_000, 1_000),
];

/// The limits of a policy type, by the manifest's word for it; none where AWS documents none.
fn limits_of(kind: &str, partition: &str) -> Option<&'static PolicyType> {
    let native = crate::kinds::policy_type::native(kind);
    let service_control = if partition == "aws" { &SERVICE_CONTROL } else { &SERVICE_CONTROL_ELSEWHERE };
    [service_control].into_iter().chain(&POLICY_TYPES).find(|one| one.native == native)
}

/// Greatest size of one document.
pub(crate) fn policy_size(kind: &str, partition: &str) -> Option<u64> {
    limits_of(kind, partition).map(|one| one.size)
}

/// How many may be attached to one target.
pub(crate) fn policies_per_target(kind: &str, partition: &str) -> Option<u64> {
    limits_of(kind, partition).map(|one| one.per_target)
}

/// All limits that hold in a partition.
pub(crate) fn of(platform: &str, partition: &str) -> Vec<Limit> {
    let mut limits = Vec::new();
    let service_control = if partition == "aws" { &SERVICE_CONTROL } else { &SERVICE_CONTROL_ELSEWHERE };
    for kind in [service_control].into_iter().chain(&POLICY_TYPES) {
        let mut add = |on: &str, measure, max, what: String| {
            let only = Some(("type".to_owned(), kind.native.to_owned()));
            let (platform, on, source) = (platform.to_owned(), on.to_owned(), ORGANIZATIONS_QUOTAS.to_owned());
            limits.push(Limit { platform, kind: on, only, measure, max, what, source });
        };
        let per_target = Measure::CountPer("target".to_owned());
        add("policy-attachment", per_target, kind.per_target, format!("{} per target", kind.title));
        let size = Measure::Bytes("document".to_owned());
        add("policy", size, kind.size, format!("characters of one document among the {}", kind.title));
        add("policy", Measure::Count, kind.count, format!("{} in an organization", kind.title));
    }
    limits.extend(OTHERS.iter().map(|other| Limit {
        platform: platform.to_owned(),
        kind: other.kind.to_owned(),
        only: None,
        measure: other.measure.measure(),
        max: other.max,
        what: other.what.to_owned(),
        source: other.source.to_owned(),
    }));
    limits
}

/// A limit that has nothing to do with policy types.
struct Other {
    kind: &'static str,
    measure: By,
    max: u64,
    what: &'static str,
    source: &'static str,
}

/// What is measured, as far as a constant can hold it.
enum By {
    Count,
    CountPer(&'static str),
    Characters(&'static str),
    Bytes(&'static str),
    Items(&'static str),
}

impl By {
    fn measure(&self) -> Measure {
        match self {
            Self::Count => Measure::Count,
            Self::CountPer(name) => Measure::CountPer((*name).to_owned()),
            Self::Characters(name) => Measure::Characters((*name).to_owned()),
            Self::Bytes(name) => Measure::Bytes((*name).to_owned()),
            Self::Items(name) => Measure::Items((*name).to_owned()),
        }
    }
}

const fn other(kind: &'static str, measure: By, max: u64, what: &'static str, source: &'static str) -> Other {
    Other { kind, measure, max, what, source }
}

const OTHERS: [Other; 21] = [
    other("organizational-unit", By::Count, 2_000, "organizational units in an organization", ORGANIZATIONS_QUOTAS),
    other("organizational-unit", By::Characters("name"), 128, "characters of a unit's name", ORGANIZATIONS_API),
    other("account", By::Characters("name"), 50, "characters of an account's name", ORGANIZATIONS_API),
    other("account", By::Characters("email"), 64, "characters of an account's e-mail address", ORGANIZATIONS_API),
    other("policy", By::Characters("name"), 128, "characters of a policy's name", ORGANIZATIONS_API),
    other("policy", By::Characters("description"), 512, "characters of a policy's description", ORGANIZATIONS_API),
    other("budget", By::Characters("name"), 100, "characters of a budget's name", BUDGETS_API),
    other("budget", By::Items("alerts"), 10, "alerts of one budget", BUDGETS_API),
    other("budget", By::Items("notify"), 10, "e-mail addresses of one alert", BUDGETS_API),
    other("user", By::Count, 100_000, "users in Identity Center", IDENTITY_CENTER_QUOTAS),
    other("user", By::Characters("user_name"), 128, "characters of a user name", IDENTITY_STORE_API),
    other("group", By::Count, 100_000, "groups in Identity Center", IDENTITY_CENTER_QUOTAS),
    other("group", By::Characters("display_name"), 1_024, "characters of a group's name", IDENTITY_STORE_API),
    other("group-membership", By::CountPer("member"), 1_000, "groups of one user", IDENTITY_CENTER_QUOTAS),
    other("permission-set", By::Count, 2_000, "permission sets in Identity Center", IDENTITY_CENTER_QUOTAS),
    other("permission-set", By::Characters("name"), 32, "characters of a permission set's name", IDENTITY_CENTER_API),
    other(
        "permission-set",
        By::Characters("description"),
        700,
        "characters of a permission set's description",
        IDENTITY_CENTER_API,
    ),
    other(
        "permission-set",
        By::Bytes("inline_policy"),
        32_768,
        "bytes of a permission set's inline policy",
        IDENTITY_CENTER_QUOTAS,
    ),
    other(
        "permission-set",
        By::Items("managed_policies"),
        20,
        "managed policies of one permission set",
        IDENTITY_CENTER_QUOTAS,
    ),
    other(
        "permission-set",
        By::Items("customer_managed_policies"),
        20,
        "customer managed policies of one permission set",
        IDENTITY_CENTER_QUOTAS,
    ),
    other("account-alias", By::Characters("alias"), 63, "characters of an account alias", IAM_QUOTAS),
];

const IAM_QUOTAS: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html";

const fn shared(family: &'static str, per_second: f64, burst: u32) -> Rate {
    Rate { family, per_second, burst, per: Per::Platform }
}

const fn each(family: &'static str, per_second: f64, burst: u32) -> Rate {
    Rate { family, per_second, burst, per: Per::Scope }
}

/// Rates of the families in the tables of operations. Documented where AWS documents them (Account Management, Identity
/// Center, CloudTrail); careful where it does not: other tools in the same account want their share too.
pub(crate) const RATES: &[Rate] = &[
    shared("organizations-read", 15.0, 20),
    shared("organizations-list", 8.0, 12),
    shared("organizations-write", 4.0, 6),
    shared("organizations-create-account", 0.1, 3),
    shared("tagging", 10.0, 10),
    shared("account", 3.0, 5),
    shared("budgets", 5.0, 5),
    // Identity Center allows 20 calls a second in all, and 15 assignments or provisionings in progress.
    shared("sso-admin-list", 5.0, 5),
    shared("sso-admin-read", 8.0, 10),
    shared("sso-admin-write", 4.0, 5),
    shared("sso-admin-assign", 2.0, 10),
    shared("identity-store-read", 8.0, 10),
    shared("identity-store-write", 8.0, 10),
    shared("sts", 50.0, 100),
    shared("cloudtrail-lookup", 1.8, 2),
    each("access-analyzer-read", 5.0, 10),
    each("backup-read", 5.0, 10),
    each("cloudtrail-read", 8.0, 10),
    each("config-read", 5.0, 10),
    each("ecr-read", 5.0, 10),
    each("guardduty-read", 5.0, 10),
    each("inspector-read", 5.0, 10),
    each("kms-read", 25.0, 50),
    each("lambda-read", 12.0, 15),
    each("logs-read", 5.0, 10),
    each("macie-read", 5.0, 10),
    each("rds-read", 10.0, 20),
    each("s3-read", 50.0, 100),
    each("secrets-read", 20.0, 40),
    each("securityhub-read", 5.0, 10),
    each("ssm-read", 5.0, 10),
    each("iam-read", 10.0, 15),
    each("iam-write", 3.0, 5),
    each("ec2-read", 10.0, 20),
    each("ec2-write", 3.0, 5),
    each("cloudtrail-write", 1.0, 2),
    each("kms-write", 3.0, 5),
    each("logs-write", 3.0, 5),
    each("rds-write", 2.0, 5),
    each("s3-write", 5.0, 10),
    each("s3-control-read", 5.0, 10),
    each("s3-control-write", 2.0, 5),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_what_aws_documents() {
        insta::assert_snapshot!(lines("aws"));
    }

    #[test]
    fn service_control_policies_are_smaller_and_fewer_in_other_partitions() {
        for partition in ["aws-cn", "aws-us-gov"] {
            let limits = lines(partition);
            assert!(limits.contains("policy-attachment SERVICE_CONTROL_POLICY CountPer(\"target\") <= 5"), "{limits}");
            assert!(limits.contains("policy SERVICE_CONTROL_POLICY Bytes(\"document\") <= 5120"), "{limits}");
        }
    }

    fn lines(partition: &str) -> String {
        let line = |limit: &Limit| {
            let only = limit.only.as_ref().map_or("", |(_, value)| value.as_str());
            format!("{} {only} {:?} <= {}: {}", limit.kind, limit.measure, limit.max, limit.what)
        };
        of("aws", partition).iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_family_has_a_rate_and_every_rate_a_family() {
        let reads = crate::operations::reads().into_iter().map(|operation| operation.0.family);
        let writes = crate::operations::writes().into_iter().map(|operation| operation.0.family);
        let corrections = crate::corrections::families();
        let families: std::collections::BTreeSet<&str> = reads.chain(writes).chain(corrections).collect();
        let rates: std::collections::BTreeSet<&str> = RATES.iter().map(|rate| rate.family).collect();
        assert_eq!(families, rates);
    }
}
