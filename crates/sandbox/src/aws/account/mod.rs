//! AWS Account Management: whom to write to, which regions are open, what an account is called.

mod contacts;
mod names;
mod opt_in;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use self::{contacts::Alternate, names::NewEmail};
use super::{
    input::{Input, misfit},
    refusal::Refusal,
    service::{Operation, Protocol, Service, Turn, read, write},
    slow::Slow,
};

pub(crate) use self::opt_in::is_open;

/// The service.
pub(crate) static SERVICE: Service =
    Service { name: "account", signing: "account", protocol: Protocol::RestJson, operations: OPERATIONS };

const OPERATIONS: &[Operation] = &[
    write("AcceptPrimaryEmailUpdate", "account", names::accept_primary_email_update)
        .at("POST", "/acceptPrimaryEmailUpdate"),
    write("DeleteAlternateContact", "account", contacts::delete_alternate_contact)
        .at("POST", "/deleteAlternateContact"),
    write("DisableRegion", "account", opt_in::disable_region).at("POST", "/disableRegion"),
    write("EnableRegion", "account", opt_in::enable_region).at("POST", "/enableRegion"),
    read("GetAccountInformation", "account", names::get_account_information).at("POST", "/getAccountInformation"),
    read("GetAlternateContact", "account", contacts::get_alternate_contact).at("POST", "/getAlternateContact"),
    read("GetContactInformation", "account", contacts::get_contact_information).at("POST", "/getContactInformation"),
    read("GetPrimaryEmail", "account", names::get_primary_email).at("POST", "/getPrimaryEmail"),
    read("GetRegionOptStatus", "account", opt_in::get_region_opt_status).at("POST", "/getRegionOptStatus"),
    read("ListRegions", "account", opt_in::list_regions).at("POST", "/listRegions"),
    write("PutAccountName", "account", names::put_account_name).at("POST", "/putAccountName"),
    write("PutAlternateContact", "account", contacts::put_alternate_contact).at("POST", "/putAlternateContact"),
    write("PutContactInformation", "account", contacts::put_contact_information).at("POST", "/putContactInformation"),
    write("StartPrimaryEmailUpdate", "account", names::start_primary_email_update)
        .at("POST", "/startPrimaryEmailUpdate"),
];

/// As AWS Organizations calls the service.
const PRINCIPAL: &str = "account.amazonaws.com";

/// What it holds of one account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Contacts {
    /// By type: `BILLING`, `OPERATIONS`, `SECURITY`.
    alternates: BTreeMap<String, Alternate>,
    /// Members of the primary contact, by AWS's names.
    primary: Option<BTreeMap<String, String>>,
    /// Regions that were ever asked for.
    regions: BTreeMap<String, Slow<bool>>,
    /// Name of an account that has no organization to keep it.
    name: Option<String>,
    new_email: Option<NewEmail>,
}

/// The account that a call is about: the caller's own where none is named, else a member of the caller's organization.
fn subject(turn: &Turn<'_>, input: &Input<'_>) -> Result<String, Refusal> {
    match input.get("AccountId") {
        None => Ok(turn.caller.account.clone()),
        Some(_) => member(turn, input),
    }
}

/// A member account that the caller may manage for the organization.
fn member(turn: &Turn<'_>, input: &Input<'_>) -> Result<String, Refusal> {
    let id = input.need("AccountId")?;
    if id.len() != 12 || !id.chars().all(|letter| letter.is_ascii_digit()) {
        return Err(field(
            misfit("AccountId", id, "Member must satisfy regular expression pattern: \\d{12}"),
            "accountId",
        ));
    }
    let organizations = &turn.world.organizations;
    let caller = turn.caller.account.as_str();
    let management = organizations.is_management(caller);
    if !organizations.exists() || !(management || organizations.is_delegated(caller, PRINCIPAL)) {
        return Err(denied(
            turn,
            "only an organization's management account, or its delegate, may name another account",
        ));
    }
    if organizations.is_management(id) {
        return Err(denied(turn, "the management account is managed by its own calls, that name no account"));
    }
    if !organizations.has_all_features() || !organizations.trusts_service(PRINCIPAL) {
        return Err(denied(turn, "the organization must first enable trusted access for AWS Account Management"));
    }
    if organizations.account(id).is_none() {
        return Err(denied(turn, "the account is not in the caller's organization"));
    }
    Ok(id.to_owned())
}

fn denied(turn: &Turn<'_>, why: &str) -> Refusal {
    let (who, operation) = (turn.caller.arn.as_str(), turn.call.operation.as_str());
    let message = format!("User: {who} is not authorized to perform: account:{operation} ({why})");
    Refusal::new("AccessDeniedException", message).status(403)
}

fn not_found(message: impl Into<String>) -> Refusal {
    Refusal::new("ResourceNotFoundException", message).status(404)
}

fn conflict(message: impl Into<String>) -> Refusal {
    Refusal::new("ConflictException", message).status(409)
}

/// A refusal that names the field to blame, as this service does.
fn field(refusal: Refusal, name: &str) -> Refusal {
    let list = json!([{"name": name, "message": refusal.message}]);
    refusal.with("reason", "fieldValidationFailed").with("fieldList", list)
}

#[cfg(test)]
mod tests;
