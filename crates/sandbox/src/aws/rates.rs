//! The rates that AWS documents for its operations: tokens that come back each second, and the most that a bucket holds.
//!
//! Sources: the pages "Quotas and service limits for AWS Organizations", "Quotas for AWS Account Management", "IAM
//! Identity Center quotas", "IAM and AWS STS quotas", "Request throttling for the Amazon EC2 API" and the reference of
//! `LookupEvents`. Where a page gives a rate without a burst, the burst is one second's worth. AWS says nothing of the
//! rates of IAM, Budgets, S3 Control and tagging: what stands here is a careful guess, on the slow side of what people
//! report. The rates of a whole organization, for calls from many of its accounts, are left out: whoever governs an
//! organization calls from one.

use crate::cloud::{Call, Per, Rate};
use crate::scenario::Pace;

/// Operations and their rate.
struct Row {
    family: &'static str,
    /// Each of these has a bucket of its own; nothing means all others of the family.
    operations: &'static [&'static str],
    shared: bool,
    per: Per,
    pace: Pace,
}

/// Each of these operations has a bucket of its own.
const fn each(family: &'static str, operations: &'static [&'static str], per_second: f64, burst: u32) -> Row {
    Row { family, operations, shared: false, per: Per::Account, pace: Pace { per_second, burst } }
}

/// All other operations of a family share one bucket.
const fn rest(family: &'static str, per_second: f64, burst: u32) -> Row {
    Row { family, operations: &[], shared: true, per: Per::Account, pace: Pace { per_second, burst } }
}

impl Row {
    /// One bucket for each region.
    const fn by_region(mut self) -> Self {
        self.per = Per::Region;
        self
    }
}

const ORGANIZATIONS: &str = "organizations";
const ACCOUNT: &str = "account";

/// The first row that fits an operation holds.
const ROWS: &[Row] = &[
    // Accounts.
    each(ORGANIZATIONS, &["CloseAccount"], 0.05, 1),
    each(ORGANIZATIONS, &["CreateAccount", "CreateGovCloudAccount"], 0.1, 3),
    each(ORGANIZATIONS, &["DescribeAccount"], 20.0, 30),
    each(ORGANIZATIONS, &["DescribeCreateAccountStatus"], 2.0, 2),
    each(ORGANIZATIONS, &["LeaveOrganization"], 1.0, 1),
    each(ORGANIZATIONS, &["ListCreateAccountStatus"], 5.0, 8),
    // Handshakes.
    each(ORGANIZATIONS, &["AcceptHandshake", "DescribeHandshake"], 1.0, 2),
    each(ORGANIZATIONS, &["CancelHandshake"], 2.0, 3),
    each(ORGANIZATIONS, &["DeclineHandshake"], 1.0, 1),
    each(ORGANIZATIONS, &["InviteAccountToOrganization"], 3.0, 5),
    each(ORGANIZATIONS, &["ListHandshakesForAccount", "ListHandshakesForOrganization"], 5.0, 8),
    // The tree.
    each(ORGANIZATIONS, &["CreateOrganization", "DeleteOrganization", "EnableAllFeatures"], 1.0, 1),
    each(ORGANIZATIONS, &["CreateOrganizationalUnit", "DescribeOrganization"], 1.0, 2),
    each(ORGANIZATIONS, &["MoveAccount", "UpdateOrganizationalUnit", "DeleteOrganizationalUnit"], 2.0, 3),
    each(ORGANIZATIONS, &["DescribeOrganizationalUnit"], 2.0, 2),
    each(ORGANIZATIONS, &["ListAccounts"], 8.0, 12),
    each(ORGANIZATIONS, &["ListChildren"], 6.0, 10),
    each(ORGANIZATIONS, &["ListParents", "ListAccountsForParent", "ListOrganizationalUnitsForParent"], 5.0, 8),
    each(ORGANIZATIONS, &["ListRoots"], 1.0, 2),
    each(ORGANIZATIONS, &["ListTagsForResource"], 10.0, 15),
    each(ORGANIZATIONS, &["RemoveAccountFromOrganization"], 2.0, 2),
    each(ORGANIZATIONS, &["TagResource", "UntagResource"], 4.0, 6),
    // Policies.
    each(ORGANIZATIONS, &["CreatePolicy", "UpdatePolicy", "DeletePolicy", "AttachPolicy", "DetachPolicy"], 2.0, 3),
    each(ORGANIZATIONS, &["DescribePolicy"], 2.0, 2),
    each(ORGANIZATIONS, &["EnablePolicyType", "DisablePolicyType"], 1.0, 1),
    each(ORGANIZATIONS, &["ListPolicies", "ListPoliciesForTarget", "ListTargetsForPolicy"], 5.0, 8),
    // Services.
    each(ORGANIZATIONS, &["EnableAWSServiceAccess", "DisableAWSServiceAccess"], 1.0, 2),
    each(ORGANIZATIONS, &["ListAWSServiceAccessForOrganization", "ListDelegatedServicesForAccount"], 1.0, 3),
    each(ORGANIZATIONS, &["ListDelegatedAdministrators"], 5.0, 8),
    each(ORGANIZATIONS, &["RegisterDelegatedAdministrator", "DeregisterDelegatedAdministrator"], 1.0, 2),
    // What the page does not name.
    rest(ORGANIZATIONS, 1.0, 2),
    each(ACCOUNT, &["DeleteAlternateContact"], 1.0, 6),
    each(ACCOUNT, &["PutAlternateContact", "PutContactInformation"], 5.0, 8),
    each(ACCOUNT, &["GetAlternateContact", "GetContactInformation"], 10.0, 15),
    each(ACCOUNT, &["EnableRegion", "DisableRegion", "PutAccountName"], 1.0, 1),
    each(ACCOUNT, &["StartPrimaryEmailUpdate", "AcceptPrimaryEmailUpdate"], 1.0, 1),
    each(ACCOUNT, &["GetRegionOptStatus", "ListRegions"], 5.0, 5),
    each(ACCOUNT, &["GetAccountInformation", "GetPrimaryEmail"], 3.0, 3),
    rest(ACCOUNT, 1.0, 1),
    rest("sso-admin", 20.0, 20).by_region(),
    each("identitystore", &[], 20.0, 20).by_region(),
    rest("sts", 600.0, 600).by_region(),
    rest("iam", 15.0, 30),
    each("ec2-read", &[], 20.0, 100).by_region(),
    each("ec2-write", &[], 5.0, 50).by_region(),
    rest("cloudtrail", 2.0, 2).by_region(),
    rest("budgets", 5.0, 10),
    rest("s3-control", 10.0, 20).by_region(),
    each("tagging", &[], 5.0, 15).by_region(),
];

/// The rate of a call.
pub(super) fn rate(call: &Call) -> Option<Rate> {
    let fits = |row: &&Row| {
        row.family == call.family && (row.operations.is_empty() || row.operations.contains(&call.operation.as_str()))
    };
    let row = ROWS.iter().find(fits)?;
    Some(Rate { pace: row.pace, shared: row.shared, per: row.per })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{aws::service::SERVICES, cloud::Access};

    #[test]
    fn every_operation_has_a_rate_and_every_family_is_one() {
        let mut known = Vec::new();
        for service in SERVICES {
            for operation in service.operations {
                known.push(operation.family);
                let call = Call {
                    service: service.name,
                    operation: operation.name.to_owned(),
                    access: Access::Read,
                    family: operation.family,
                    place: String::new(),
                    region: String::new(),
                    credential: String::new(),
                    input: Value::Null,
                };
                let rate = rate(&call).unwrap_or_else(|| panic!("{}:{} has no rate", service.name, operation.name));
                assert!(rate.pace.per_second > 0.0 && rate.pace.burst > 0);
            }
        }
        for row in ROWS {
            assert!(known.contains(&row.family), "no operation is of the family `{}`", row.family);
        }
    }
}
