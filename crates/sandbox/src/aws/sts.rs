//! AWS STS: who somebody is, and becoming somebody else.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    input::{Input, invalid},
    refusal::Refusal,
    service::{Answer, Operation, Protocol, Service, Turn, read},
    wire::Caller,
    world::World,
};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "sts",
    signing: "sts",
    protocol: Protocol::Query("https://sts.amazonaws.com/doc/2011-06-15/"),
    operations: OPERATIONS,
};

const OPERATIONS: &[Operation] = &[
    read("AssumeRole", "sts", assume_role),
    read("GetAccessKeyInfo", "sts", get_access_key_info),
    read("GetCallerIdentity", "sts", get_caller_identity),
];

/// A session that was begun from another session lasts an hour at most, whatever the role allows.
const CHAINED_MOST: i64 = 3600;

/// Credentials that were given out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sessions {
    sessions: BTreeMap<String, Session>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Session {
    account: String,
    arn: String,
    user_id: String,
    token: String,
    expires: Timestamp,
}

impl Sessions {
    /// The account that a key belongs to, if it was given out here or is an account's number.
    pub(crate) fn account_of<'a>(&'a self, access_key: &'a str) -> Option<&'a str> {
        let number = Some(access_key).filter(|key| is_number(key));
        number.or_else(|| self.sessions.get(access_key).map(|session| session.account.as_str()))
    }

    /// Who somebody with this key is. A key that is an account's number is that account's own; any other that was not given
    /// out here is one of the management account's: whoever runs the sandbox has no user to make first.
    pub(crate) fn caller(
        &self,
        world: &World,
        access_key: &str,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<Caller, Refusal> {
        let Some(session) = self.sessions.get(access_key) else {
            if access_key.starts_with("ASIA") {
                return Err(Refusal::new(
                    "InvalidClientTokenId",
                    "The security token included in the request is invalid.",
                )
                .status(403));
            }
            let account = if is_number(access_key) { access_key } else { &world.management };
            return Ok(Caller {
                account: account.to_owned(),
                arn: format!("arn:{}:iam::{account}:user/admin", world.partition),
                user_id: "AIDASANDBOXADMIN".to_owned(),
                access_key: access_key.to_owned(),
            });
        };
        if token != Some(session.token.as_str()) {
            return Err(Refusal::new("InvalidClientTokenId", "The security token included in the request is invalid.")
                .status(403));
        }
        if session.expires <= now {
            return Err(Refusal::new("ExpiredTokenException", "The security token included in the request is expired")
                .status(403));
        }
        Ok(Caller {
            account: session.account.clone(),
            arn: session.arn.clone(),
            user_id: session.user_id.clone(),
            access_key: access_key.to_owned(),
        })
    }
}

fn is_number(key: &str) -> bool {
    key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit())
}

fn get_caller_identity(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    Ok(json!({"Account": turn.caller.account, "Arn": turn.caller.arn, "UserId": turn.caller.user_id}))
}

/// Which account a key belongs to. Long-lived keys are all the management account's.
fn get_access_key_info(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let key = input.spelled("AccessKeyId", 16, 128, |letter| letter.is_ascii_alphanumeric() || letter == '_')?;
    let account = turn.world.sessions.account_of(key).or_else(|| {
        let lasting = key.starts_with("AKIA");
        lasting.then_some(turn.world.management.as_str())
    });
    account.map(|account| json!({"Account": account})).ok_or_else(|| invalid(format!("no such access key: {key}")))
}

/// What a caller asks for when it assumes a role.
struct Asked<'a> {
    arn: &'a str,
    session: &'a str,
    seconds: i64,
    external_id: Option<&'a str>,
    source: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn read(input: &Input<'a>) -> Result<Self, Refusal> {
        let arn = input.sized("RoleArn", 20, 2048)?;
        let named = |input: &Input<'a>, name| {
            input.spelled(name, 2, 64, |letter| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter))
        };
        let asked = Self {
            arn,
            session: named(input, "RoleSessionName")?,
            seconds: input.within("DurationSeconds", 900, 43_200)?.unwrap_or(3600),
            external_id: input.maybe("ExternalId", |input| input.sized("ExternalId", 2, 1224))?,
            source: input.maybe("SourceIdentity", |input| named(input, "SourceIdentity"))?,
        };
        if !arn.starts_with("arn:") {
            return Err(invalid(format!("{arn} is invalid")));
        }
        Ok(asked)
    }

    /// Account, path and name of the role.
    fn role(&self) -> Option<(&'a str, &'a str, &'a str)> {
        let mut parts = self.arn.splitn(6, ':').skip(4);
        let (account, path) = (parts.next()?, parts.next()?.strip_prefix("role")?);
        let (path, name) = path.split_at(path.rfind('/')? + 1);
        Some((account, path, name))
    }
}

fn assume_role(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let asked = Asked::read(input)?;
    let (account, name, role_id, longest) = admitted(turn, &asked).ok_or_else(|| {
        let (who, arn) = (turn.caller.arn.as_str(), asked.arn);
        let message = format!("User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}");
        Refusal::new("AccessDenied", message).status(403)
    })?;
    if asked.seconds > longest {
        return Err(invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
    }
    let chained = turn.world.sessions.account_of(&turn.caller.access_key).is_some();
    if chained && asked.seconds > CHAINED_MOST {
        let message =
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return Err(invalid(message));
    }
    let ids = &mut turn.world.ids;
    let access_key = format!("ASIA{}", ids.text(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"));
    let (secret, token) = (ids.lower(40), ids.lower(120));
    let most = turn.tuning.session_max.and_then(|most| SignedDuration::try_from(most).ok());
    let lasts = SignedDuration::from_secs(asked.seconds).min(most.unwrap_or(SignedDuration::MAX));
    let expires = turn.now.checked_add(lasts).unwrap_or(Timestamp::MAX);
    let session = Session {
        arn: format!("arn:{}:sts::{account}:assumed-role/{name}/{}", turn.world.partition, asked.session),
        user_id: format!("{role_id}:{}", asked.session),
        token: token.clone(),
        account,
        expires,
    };
    let assumed = json!({"AssumedRoleId": session.user_id, "Arn": session.arn});
    Arc::make_mut(&mut turn.world.sessions).sessions.insert(access_key.clone(), session);
    let shown = expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    Ok(json!({
        "Credentials": {"AccessKeyId": access_key, "SecretAccessKey": secret, "SessionToken": token, "Expiration": shown},
        "AssumedRoleUser": assumed,
        "SourceIdentity": asked.source,
    }))
}

/// Account, name, id and longest session of the role that is asked for, if its account is alive and it lets the caller
/// in. AWS does not say which of these is not so, lest somebody learn what roles there are.
fn admitted(turn: &Turn<'_>, asked: &Asked<'_>) -> Option<(String, String, String, i64)> {
    let (account, path, name) = asked.role()?;
    let inside = turn.world.inside(account)?;
    if turn.world.organizations.account(account).is_some_and(|account| !account.is_active()) {
        return None;
    }
    let role = inside.iam.trusts(name, path, &turn.caller, asked.external_id)?;
    Some((account.to_owned(), name.to_owned(), role.id(account, name), role.session))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use crate::aws::testing::{Bench, Key, MANAGEMENT};

    const MEMBER: &str = "222222222222";

    fn with_member() -> Bench {
        let mut bench = Bench::new();
        bench.aws.world.inside_mut(MEMBER).iam.add_role("OrganizationAccountAccessRole", MANAGEMENT);
        bench
    }

    fn asked(account: &str, role: &str) -> serde_json::Value {
        json!({"RoleArn": format!("arn:aws:iam::{account}:role/{role}"), "RoleSessionName": "test"})
    }

    #[test]
    fn a_role_is_somebody_else() {
        let mut bench = with_member();
        let member = bench.assume(MEMBER);
        let seen = bench.ok_as(&member, "sts", "GetCallerIdentity", json!({}))["GetCallerIdentityResult"].clone();
        assert_eq!(seen["Account"], json!(MEMBER));
        assert_eq!(seen["Arn"], json!("arn:aws:sts::222222222222:assumed-role/OrganizationAccountAccessRole/test"));
        // Every session of one role has the role's id.
        let again = bench.assume(MEMBER);
        let other = bench.ok_as(&again, "sts", "GetCallerIdentity", json!({}));
        assert_eq!(other["GetCallerIdentityResult"]["UserId"], seen["UserId"]);
        let info = bench.ok("sts", "GetAccessKeyInfo", json!({"AccessKeyId": member.id}));
        assert_eq!(info["GetAccessKeyInfoResult"]["Account"], json!(MEMBER));
    }

    #[test]
    fn nobody_gets_in_who_is_not_trusted_and_nowhere_that_is_not_there() {
        let mut bench = with_member();
        assert_eq!(bench.refused("sts", "AssumeRole", asked("333333333333", "Admin")), "AccessDenied");
        assert_eq!(bench.refused("sts", "AssumeRole", asked(MEMBER, "Admin")), "AccessDenied");
        let elsewhere = asked(MEMBER, "path/OrganizationAccountAccessRole");
        assert_eq!(bench.refused("sts", "AssumeRole", elsewhere), "AccessDenied");
        let member = bench.assume(MEMBER);
        let back = asked(MANAGEMENT, "OrganizationAccountAccessRole");
        assert_eq!(bench.refused_as(&member, "sts", "AssumeRole", back), "AccessDenied");
        let mut bad = asked(MEMBER, "OrganizationAccountAccessRole");
        bad["RoleSessionName"] = json!("two words");
        assert_eq!(bench.refused("sts", "AssumeRole", bad), "ValidationError");
    }

    #[test]
    fn sessions_end_and_need_their_token() {
        let mut bench = with_member();
        let member = bench.assume(MEMBER);
        let bare = Key { id: member.id.clone(), token: None };
        assert_eq!(bench.refused_as(&bare, "sts", "GetCallerIdentity", json!({})), "InvalidClientTokenId");
        bench.pass(Duration::from_secs(3599));
        bench.ok_as(&member, "sts", "GetCallerIdentity", json!({}));
        bench.pass(Duration::from_secs(1));
        assert_eq!(bench.refused_as(&member, "sts", "GetCallerIdentity", json!({})), "ExpiredToken");
        assert_eq!(bench.refused_as(&member, "ec2", "DescribeRegions", json!({})), "RequestExpired");
        assert_eq!(bench.refused_as(&member, "budgets", "DescribeBudgets", json!({})), "ExpiredTokenException");
    }

    #[test]
    fn a_session_lasts_as_long_as_the_role_allows_and_a_chained_one_an_hour() {
        let mut bench = with_member();
        let mut long = asked(MEMBER, "OrganizationAccountAccessRole");
        long["DurationSeconds"] = json!(7200);
        assert_eq!(bench.refused("sts", "AssumeRole", long.clone()), "ValidationError");
        let member = bench.assume(MEMBER);
        let session = json!({"RoleName": "OrganizationAccountAccessRole", "MaxSessionDuration": 43200});
        bench.ok_as(&member, "iam", "UpdateRole", session);
        bench.ok("sts", "AssumeRole", long.clone());
        let open = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"AWS": [MANAGEMENT, MEMBER]}, "Action": "sts:AssumeRole"}});
        let open = json!({"RoleName": "OrganizationAccountAccessRole", "PolicyDocument": open.to_string()});
        bench.ok_as(&member, "iam", "UpdateAssumeRolePolicy", open);
        assert_eq!(bench.refused_as(&member, "sts", "AssumeRole", long.clone()), "ValidationError");
        long["DurationSeconds"] = json!(3600);
        bench.ok_as(&member, "sts", "AssumeRole", long);
    }

    #[test]
    fn a_document_may_ask_for_an_external_id() {
        let mut bench = Bench::new();
        let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": MANAGEMENT},
            "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "word"}}}});
        let role = json!({"RoleName": "Guarded", "AssumeRolePolicyDocument": trust.to_string()});
        bench.ok("iam", "CreateRole", role);
        let mut ask = asked(MANAGEMENT, "Guarded");
        assert_eq!(bench.refused("sts", "AssumeRole", ask.clone()), "AccessDenied");
        ask["ExternalId"] = json!("word");
        bench.ok("sts", "AssumeRole", ask);
    }
}
