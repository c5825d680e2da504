//! What an account is called, and the e-mail address that it belongs to.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{conflict, field, member, not_found, subject};
use crate::aws::{
    input::{Input, invalid, misfit},
    refusal::Refusal,
    service::{Answer, Turn},
};

/// An address that waits for the code which was sent to it. The sandbox sends no mail: the code is in what it saves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct NewEmail {
    email: String,
    pub(super) code: String,
}

pub(super) fn get_account_information(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let id = subject(turn, input)?;
    let organizations = &turn.world.organizations;
    let own = turn.world.inside(&id).and_then(|inside| inside.contacts.name.clone());
    Ok(match organizations.account(&id) {
        Some(account) => json!({
            "AccountId": id,
            "AccountName": account.name,
            "AccountState": if account.is_active() { "ACTIVE" } else { "SUSPENDED" },
            "AccountCreatedDate": organizations.joined(&id).map(|joined| joined.to_string()),
        }),
        None => json!({"AccountId": id, "AccountName": own.unwrap_or_else(|| id.clone()), "AccountState": "ACTIVE"}),
    })
}

pub(super) fn put_account_name(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let name = "AccountName";
    // Any printable character but the angle brackets.
    let plain = |letter: char| (' '..='~').contains(&letter) && letter != '<' && letter != '>';
    let given = input.spelled(name, 1, 50, plain).map_err(|refusal| field(refusal, name))?;
    let account = subject(turn, input)?;
    if turn.world.organizations.account(&account).is_some() {
        turn.world.organizations_mut().rename_account(&account, given);
    }
    turn.world.inside_mut(&account).contacts.name = Some(given.to_owned());
    Ok(json!({}))
}

pub(super) fn get_primary_email(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = member(turn, input)?;
    let email = turn.world.organizations.account(&account).map(|account| account.email.clone());
    Ok(json!({"PrimaryEmail": email}))
}

pub(super) fn start_primary_email_update(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let email = email(input)?.to_owned();
    let account = member(turn, input)?;
    if turn.world.organizations.has_email(&email) {
        return Err(conflict("The e-mail address already belongs to an account."));
    }
    let code = turn.world.ids.text(6, "0123456789");
    turn.world.inside_mut(&account).contacts.new_email = Some(NewEmail { email, code });
    Ok(json!({"Status": "PENDING"}))
}

pub(super) fn accept_primary_email_update(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let email = email(input)?.to_owned();
    let code = input.spelled("Otp", 6, 6, |letter| letter.is_ascii_alphanumeric())?;
    let account = member(turn, input)?;
    let waiting = turn.world.inside(&account).and_then(|inside| inside.contacts.new_email.as_ref());
    let Some(waiting) = waiting.filter(|waiting| waiting.email == email) else {
        return Err(not_found("No update of the primary e-mail address to this address has been started."));
    };
    if waiting.code != code {
        return Err(field(invalid("The code is not the one that was sent."), "otp"));
    }
    // Somebody else may have come first.
    if !turn.world.organizations_mut().change_email(&account, &email) {
        return Err(conflict("The e-mail address already belongs to an account."));
    }
    turn.world.inside_mut(&account).contacts.new_email = None;
    Ok(json!({"Status": "ACCEPTED"}))
}

fn email<'a>(input: &Input<'a>) -> Result<&'a str, Refusal> {
    let name = "PrimaryEmail";
    let email = input.sized(name, 5, 64).map_err(|refusal| field(refusal, name))?;
    match email.split_once('@') {
        Some((local, host)) if !local.is_empty() && host.contains('.') && !host.contains('@') => Ok(email),
        _ => Err(field(misfit(name, email, "Member must be an e-mail address"), name)),
    }
}
