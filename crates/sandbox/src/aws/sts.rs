//! AWS STS: who somebody is, and becoming somebody else.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    input::Input,
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

const OPERATIONS: &[Operation] =
    &[read("AssumeRole", "sts", assume_role), read("GetCallerIdentity", "sts", get_caller_identity)];

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
    /// The account that a key belongs to, if it was given out here.
    pub(crate) fn account_of(&self, access_key: &str) -> Option<&str> {
        self.sessions.get(access_key).map(|session| session.account.as_str())
    }

    /// Who somebody with this key is. A key that was not given out here is one of the management account's own: whoever
    /// runs the sandbox has no user to make first.
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
            return Ok(Caller {
                account: world.management.clone(),
                arn: format!("arn:{}:iam::{}:user/admin", world.partition, world.management),
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

fn get_caller_identity(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    Ok(json!({"Account": turn.caller.account, "Arn": turn.caller.arn, "UserId": turn.caller.user_id}))
}

fn assume_role(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let arn = input.sized("RoleArn", 20, 2048)?;
    let name = input.sized("RoleSessionName", 2, 64)?;
    let seconds = input.number("DurationSeconds").unwrap_or(3600);
    if !(900..=43_200).contains(&seconds) {
        return Err(super::input::invalid("DurationSeconds must be between 900 and 43200"));
    }
    let denied = || {
        let message =
            format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}", turn.caller.arn);
        Refusal::new("AccessDenied", message).status(403)
    };
    let mut parts = arn.splitn(6, ':').skip(4);
    let (Some(account), Some(role)) = (parts.next(), parts.next().and_then(|rest| rest.strip_prefix("role/"))) else {
        return Err(denied());
    };
    let role = role.rsplit('/').next().unwrap_or(role);
    if !turn.world.inside(account).is_some_and(|inside| inside.iam.trusts(role, &turn.caller.account)) {
        return Err(denied());
    }
    let (account, role) = (account.to_owned(), role.to_owned());
    let ids = &mut turn.world.ids;
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (access_key, role_id) = (format!("ASIA{}", ids.text(16, alphabet)), format!("AROA{}", ids.text(17, alphabet)));
    let (secret, token) = (ids.lower(40), ids.lower(120));
    let expires = turn.now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    let session = Session {
        arn: format!("arn:{}:sts::{account}:assumed-role/{role}/{name}", turn.world.partition),
        user_id: format!("{role_id}:{name}"),
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
    }))
}
