//! The account as a whole: its alias, its sums, its report of credentials, and the users that it has not.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{exists, listed, no_such};
use crate::aws::{
    input::{Input, misfit},
    refusal::Refusal,
    service::{Answer, Turn},
};

/// A report is good for so long; until then no new one is made.
const REPORT_LASTS: SignedDuration = SignedDuration::from_hours(4);

pub(super) fn create_account_alias(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let alias = alias(input)?.to_owned();
    // An alias is part of a sign-in address, so it is nobody else's in the whole of AWS.
    if turn.world.accounts.values().any(|inside| inside.iam.alias.as_deref() == Some(alias.as_str())) {
        return Err(exists(format!("The account alias {alias} already exists.")));
    }
    let account = turn.caller.account.clone();
    turn.world.inside_mut(&account).iam.alias = Some(alias);
    Ok(json!({}))
}

pub(super) fn delete_account_alias(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let alias = alias(input)?;
    let account = turn.caller.account.clone();
    let iam = &mut turn.world.inside_mut(&account).iam;
    if iam.alias.as_deref() != Some(alias) {
        return Err(no_such(format!("The account alias {alias} cannot be found.")));
    }
    iam.alias = None;
    Ok(json!({}))
}

pub(super) fn list_account_aliases(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    let inside = turn.world.inside(&turn.caller.account);
    let aliases: Vec<&String> = inside.and_then(|inside| inside.iam.alias.as_ref()).into_iter().collect();
    listed(turn, "AccountAliases", aliases.into_iter(), |alias| json!(alias))
}

fn alias<'a>(input: &Input<'a>) -> Result<&'a str, Refusal> {
    let name = "AccountAlias";
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let alias = input.spelled(name, 3, 63, plain)?;
    if alias.starts_with('-') || alias.ends_with('-') || alias.contains("--") {
        return Err(misfit(name, alias, "Member must satisfy regular expression pattern"));
    }
    Ok(alias)
}

pub(super) fn get_account_summary(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    let roles = turn.world.inside(&turn.caller.account).map_or(0, |inside| inside.iam.roles.len());
    // Quotas are those that AWS gives every account to begin with.
    let sums = BTreeMap::from([
        ("AccessKeysPerUserQuota", 2),
        ("AccountAccessKeysPresent", 0),
        ("AccountMFAEnabled", 0),
        ("AccountPasswordPresent", 0),
        ("AccountSigningCertificatesPresent", 0),
        ("AssumeRolePolicySizeQuota", 2048),
        ("AttachedPoliciesPerGroupQuota", 10),
        ("AttachedPoliciesPerRoleQuota", 10),
        ("AttachedPoliciesPerUserQuota", 10),
        ("GlobalEndpointTokenVersion", 1),
        ("GroupPolicySizeQuota", 5120),
        ("Groups", 0),
        ("GroupsPerUserQuota", 10),
        ("GroupsQuota", 300),
        ("InstanceProfiles", 0),
        ("InstanceProfilesQuota", 1000),
        ("MFADevices", 0),
        ("MFADevicesInUse", 0),
        ("Policies", 0),
        ("PoliciesQuota", 1500),
        ("PolicySizeQuota", 6144),
        ("PolicyVersionsInUse", 0),
        ("PolicyVersionsInUseQuota", 10_000),
        ("Providers", 0),
        ("RolePolicySizeQuota", 10_240),
        ("Roles", roles),
        ("RolesQuota", 1000),
        ("ServerCertificates", 0),
        ("ServerCertificatesQuota", 20),
        ("SigningCertificatesPerUserQuota", 2),
        ("UserPolicySizeQuota", 2048),
        ("Users", 0),
        ("UsersQuota", 5000),
        ("VersionsPerPolicyQuota", 5),
    ]);
    let entries: Vec<Value> = sums.into_iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    Ok(json!({"SummaryMap": {"entry": entries}}))
}

pub(super) fn list_users(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    listed(turn, "Users", std::iter::empty::<Value>(), |user| user)
}

pub(super) fn list_groups(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    listed(turn, "Groups", std::iter::empty::<Value>(), |group| group)
}

pub(super) fn get_user(_: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    match user(input)? {
        Some(name) => Err(no_such(format!("The user with name {name} cannot be found."))),
        None => Err(nameless()),
    }
}

pub(super) fn list_access_keys(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    of_nobody(turn, input, "AccessKeyMetadata")
}

pub(super) fn list_mfa_devices(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    of_nobody(turn, input, "MFADevices")
}

fn of_nobody(turn: &Turn<'_>, input: &Input<'_>, key: &str) -> Answer {
    match user(input)? {
        Some(name) => Err(no_such(format!("The user with name {name} cannot be found."))),
        // Without a name it is about whoever signs; a role has nothing of the kind.
        None if turn.world.sessions.account_of(&turn.caller.access_key).is_some() => Err(nameless()),
        None => listed(turn, key, std::iter::empty::<Value>(), |item| item),
    }
}

fn user<'a>(input: &Input<'a>) -> Result<Option<&'a str>, Refusal> {
    input.maybe("UserName", |input| input.spelled("UserName", 1, 128, super::roles::is_name_letter))
}

fn nameless() -> Refusal {
    crate::aws::input::invalid("Must specify userName when calling with non-User credentials")
}

pub(super) fn generate_credential_report(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    let account = turn.caller.account.clone();
    let now = turn.now;
    let report = &mut turn.world.inside_mut(&account).iam.report;
    if report.is_some_and(|made| is_fresh(made, now)) {
        return Ok(json!({"State": "COMPLETE"}));
    }
    *report = Some(now);
    Ok(json!({"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}))
}

pub(super) fn get_credential_report(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    let account = turn.caller.account.as_str();
    let Some(made) = turn.world.inside(account).and_then(|inside| inside.iam.report) else {
        return Err(Refusal::new("ReportNotPresent", "No report exists.").status(410));
    };
    if !is_fresh(made, turn.now) {
        return Err(Refusal::new("ReportExpired", "The report has expired.").status(410));
    }
    let columns = [
        ("user", "<root_account>".to_owned()),
        ("arn", format!("arn:{}:iam::{account}:root", turn.world.partition)),
        ("user_creation_time", "not_supported".to_owned()),
        ("password_enabled", "not_supported".to_owned()),
        ("mfa_active", "false".to_owned()),
        ("access_key_1_active", "false".to_owned()),
        ("access_key_2_active", "false".to_owned()),
    ];
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let values: Vec<&str> = columns.iter().map(|(_, value)| value.as_str()).collect();
    let table = format!("{}\n{}", names.join(","), values.join(","));
    Ok(json!({"Content": base64(table.as_bytes()), "ReportFormat": "text/csv", "GeneratedTime": made.to_string()}))
}

fn is_fresh(made: Timestamp, now: Timestamp) -> bool {
    now.duration_since(made) < REPORT_LASTS
}

/// As XML carries bytes (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = usize::try_from(bits >> (18 - 6 * place) & 63).unwrap_or_default();
            let letter = alphabet.get(digit).filter(|_| place <= chunk.len());
            out.push(letter.map_or('=', |letter| char::from(*letter)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::base64;
    use crate::aws::testing::Bench;

    #[test]
    fn an_alias_is_one_of_a_kind() {
        let mut bench = Bench::new();
        let list = |bench: &mut Bench| {
            bench.ok("iam", "ListAccountAliases", json!({}))["ListAccountAliasesResult"]["AccountAliases"].clone()
        };
        assert_eq!(list(&mut bench), json!(""));
        bench.aws.world.inside_mut("222222222222").iam.alias = Some("taken".to_owned());
        assert_eq!(bench.refused("iam", "CreateAccountAlias", json!({"AccountAlias": "taken"})), "EntityAlreadyExists");
        bench.ok("iam", "CreateAccountAlias", json!({"AccountAlias": "first"}));
        // An account has one alias: another takes its place.
        bench.ok("iam", "CreateAccountAlias", json!({"AccountAlias": "second"}));
        assert_eq!(
            bench.refused("iam", "CreateAccountAlias", json!({"AccountAlias": "second"})),
            "EntityAlreadyExists"
        );
        assert_eq!(list(&mut bench), json!(["second"]));
        assert_eq!(bench.refused("iam", "DeleteAccountAlias", json!({"AccountAlias": "first"})), "NoSuchEntity");
        bench.ok("iam", "DeleteAccountAlias", json!({"AccountAlias": "second"}));
        assert_eq!(list(&mut bench), json!(""));
    }

    #[test]
    fn an_alias_has_a_form() {
        let mut bench = Bench::new();
        for bad in ["ab", "-abc", "abc-", "a--b", "Abc", "a.c", ""] {
            assert_eq!(
                bench.refused("iam", "CreateAccountAlias", json!({"AccountAlias": bad})),
                "ValidationError",
                "{bad}"
            );
        }
    }

    #[test]
    fn sums_are_a_map() {
        let mut bench = Bench::new();
        bench.aws.world.inside_mut("111111111111").iam.add_role("one", "111111111111");
        let request = bench.request(&crate::aws::testing::Key::management(), "iam", "GetAccountSummary", &json!({}));
        let call = crate::cloud::Cloud::hear(&bench.aws, &request).unwrap();
        let reply = crate::cloud::Cloud::answer(&mut bench.aws, &call, &request, &bench.tuning, bench.now);
        let text = String::from_utf8(reply.body().to_vec()).unwrap();
        assert!(text.contains("<entry><key>Roles</key><value>1</value></entry>"), "{text}");
    }

    #[test]
    fn a_report_is_made_and_grows_old() {
        let mut bench = Bench::new();
        assert_eq!(bench.refused("iam", "GetCredentialReport", json!({})), "ReportNotPresent");
        bench.ok("iam", "GenerateCredentialReport", json!({}));
        let report = bench.ok("iam", "GetCredentialReport", json!({}));
        assert_eq!(report["GetCredentialReportResult"]["GeneratedTime"], json!("2026-06-01T08:00:00Z"));
        bench.pass(Duration::from_secs(4 * 3600));
        assert_eq!(bench.refused("iam", "GetCredentialReport", json!({})), "ReportExpired");
    }

    #[test]
    fn bytes_are_written_as_the_standard_says() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn there_are_no_users() {
        let mut bench = Bench::new();
        assert_eq!(bench.ok("iam", "ListUsers", json!({}))["ListUsersResult"]["IsTruncated"], json!("false"));
        bench.ok("iam", "ListAccessKeys", json!({}));
        assert_eq!(bench.refused("iam", "ListAccessKeys", json!({"UserName": "ada"})), "NoSuchEntity");
        assert_eq!(bench.refused("iam", "GetUser", json!({"UserName": "ada"})), "NoSuchEntity");
    }
}
