//! What passwords have to be like in an account.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::no_such;
use crate::aws::{
    input::{Input, misfit},
    refusal::Refusal,
    service::{Answer, Turn},
};

/// An account's rules for passwords.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PasswordPolicy {
    length: i64,
    symbols: bool,
    numbers: bool,
    uppercase: bool,
    lowercase: bool,
    own_change: bool,
    days: Option<i64>,
    remembered: Option<i64>,
    hard_expiry: bool,
}

impl PasswordPolicy {
    /// What is not said falls back to AWS's default: an update never keeps anything.
    fn from(input: &Input<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            length: input.within("MinimumPasswordLength", 6, 128)?.unwrap_or(6),
            symbols: truth(input, "RequireSymbols")?,
            numbers: truth(input, "RequireNumbers")?,
            uppercase: truth(input, "RequireUppercaseCharacters")?,
            lowercase: truth(input, "RequireLowercaseCharacters")?,
            own_change: truth(input, "AllowUsersToChangePassword")?,
            days: input.within("MaxPasswordAge", 1, 1095)?,
            remembered: input.within("PasswordReusePrevention", 1, 24)?,
            hard_expiry: truth(input, "HardExpiry")?,
        })
    }

    fn render(&self) -> Value {
        json!({
            "MinimumPasswordLength": self.length,
            "RequireSymbols": self.symbols,
            "RequireNumbers": self.numbers,
            "RequireUppercaseCharacters": self.uppercase,
            "RequireLowercaseCharacters": self.lowercase,
            "AllowUsersToChangePassword": self.own_change,
            "ExpirePasswords": self.days.is_some(),
            "MaxPasswordAge": self.days,
            "PasswordReusePrevention": self.remembered,
            "HardExpiry": self.hard_expiry,
        })
    }
}

fn truth(input: &Input<'_>, name: &str) -> Result<bool, Refusal> {
    let Some(given) = input.text(name) else { return Ok(false) };
    input.truth(name).ok_or_else(|| misfit(name, given, "Member must be true or false"))
}

pub(super) fn get_account_password_policy(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    let account = turn.caller.account.as_str();
    let policy = turn.world.inside(account).and_then(|inside| inside.iam.password.as_ref());
    policy.map(|policy| json!({"PasswordPolicy": policy.render()})).ok_or_else(|| none(account))
}

pub(super) fn update_account_password_policy(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let policy = PasswordPolicy::from(input)?;
    let account = turn.caller.account.clone();
    turn.world.inside_mut(&account).iam.password = Some(policy);
    Ok(json!({}))
}

pub(super) fn delete_account_password_policy(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    let account = turn.caller.account.clone();
    let gone = turn.world.inside_mut(&account).iam.password.take();
    gone.map(|_| json!({})).ok_or_else(|| none(&account))
}

fn none(account: &str) -> Refusal {
    no_such(format!("The Password Policy with domain name {account} cannot be found."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::aws::testing::Bench;

    #[test]
    fn an_update_is_whole_and_leaves_nothing_of_the_one_before() {
        let mut bench = Bench::new();
        assert_eq!(bench.refused("iam", "GetAccountPasswordPolicy", json!({})), "NoSuchEntity");
        let strict = json!({"MinimumPasswordLength": 14, "RequireSymbols": true, "MaxPasswordAge": 90,
            "PasswordReusePrevention": 24, "HardExpiry": false});
        bench.ok("iam", "UpdateAccountPasswordPolicy", strict);
        let seen = bench.ok("iam", "GetAccountPasswordPolicy", json!({}));
        let policy = seen.pointer("/GetAccountPasswordPolicyResult/PasswordPolicy").unwrap().clone();
        assert_eq!((&policy["MinimumPasswordLength"], &policy["MaxPasswordAge"]), (&json!("14"), &json!("90")));
        assert_eq!((&policy["RequireSymbols"], &policy["ExpirePasswords"]), (&json!("true"), &json!("true")));

        bench.ok("iam", "UpdateAccountPasswordPolicy", json!({"RequireNumbers": true}));
        let seen = bench.ok("iam", "GetAccountPasswordPolicy", json!({}));
        let policy = seen.pointer("/GetAccountPasswordPolicyResult/PasswordPolicy").unwrap().clone();
        assert_eq!((&policy["MinimumPasswordLength"], &policy["RequireSymbols"]), (&json!("6"), &json!("false")));
        assert_eq!((policy.get("MaxPasswordAge"), &policy["ExpirePasswords"]), (None, &json!("false")));

        bench.ok("iam", "DeleteAccountPasswordPolicy", json!({}));
        assert_eq!(bench.refused("iam", "DeleteAccountPasswordPolicy", json!({})), "NoSuchEntity");
    }

    #[test]
    fn numbers_have_limits() {
        let mut bench = Bench::new();
        for bad in [
            json!({"MinimumPasswordLength": 5}),
            json!({"MinimumPasswordLength": 129}),
            json!({"MaxPasswordAge": 0}),
            json!({"MaxPasswordAge": 1096}),
            json!({"PasswordReusePrevention": 25}),
            json!({"PasswordReusePrevention": "many"}),
            json!({"RequireNumbers": "perhaps"}),
        ] {
            assert_eq!(bench.refused("iam", "UpdateAccountPasswordPolicy", bad.clone()), "ValidationError", "{bad}");
        }
        assert_eq!(bench.refused("iam", "GetAccountPasswordPolicy", json!({})), "NoSuchEntity");
    }
}
