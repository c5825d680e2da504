//! The birth of an account: one asynchronous request, which a crash must not repeat.

use std::time::Duration;

use polity_model::Value;
use polity_provider::{Ask, Error, Problem, Writer};
use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::{
    support::{is_absent, optional, text},
    tags,
};
use crate::{
    client::{Caller as _, pages},
    operations::organizations::{
        CREATE_ACCOUNT, DESCRIBE_ACCOUNT, DESCRIBE_CREATE_ACCOUNT_STATUS, LIST_ACCOUNTS, LIST_CREATE_ACCOUNT_STATUS,
    },
};

/// The role that the management account enters members with, unless the platform says otherwise.
pub(crate) const ROLE: &str = "OrganizationAccountAccessRole";

/// Name under which the request's id is kept.
const REQUEST: &str = "create_request";

/// AWS speaks of minutes; after this time a person should look.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// How long AWS may deny to know a request that it has just taken.
const LAG: Duration = Duration::from_secs(60);

/// How a request ended.
enum Ending {
    /// The account's id.
    Born(String),
    /// AWS's reason.
    Failed(String),
    /// The request is not known (any more).
    Unknown,
}

/// The id of the account that is asked for, born now or by a request of an earlier, interrupted run.
pub(crate) async fn born(writer: &Writer, ask: &Ask<'_>) -> Result<String, Error> {
    if let Some(id) = resumed(writer, ask).await? {
        return Ok(id);
    }
    let role = ask.after("access_role").and_then(Value::as_text).unwrap_or(ROLE);
    let body = json!({
        "Email": ask.text("email")?,
        "AccountName": ask.text("name")?,
        "RoleName": role,
        "Tags": tags::at_birth(ask),
    });
    let answer = writer.json(&CREATE_ACCOUNT, body).await?;
    let status = answer.get("CreateAccountStatus").unwrap_or(&answer);
    let request = text(status, "Id")?;
    writer.notebook().note(ask.address, REQUEST, request)?;
    match settled(status)? {
        Some(Ending::Born(id)) => Ok(id),
        Some(Ending::Failed(reason)) => Err(refused(writer, ask, &reason).await?),
        Some(Ending::Unknown) | None => match wait(writer, request).await? {
            Ending::Born(id) => Ok(id),
            Ending::Failed(reason) => Err(refused(writer, ask, &reason).await?),
            Ending::Unknown => Err(Error::new(
                Problem::Unexpected,
                "organizations:DescribeCreateAccountStatus",
                format!("AWS does not know its own request `{request}`"),
            )),
        },
    }
}

/// The account that an interrupted run has asked for, if there is such a request and it came to a good end.
async fn resumed(writer: &Writer, ask: &Ask<'_>) -> Result<Option<String>, Error> {
    if let Some(request) = writer.notebook().noted(ask.address, REQUEST)
        && let Ending::Born(id) = wait(writer, &request).await?
    {
        return Ok(Some(id));
    }
    // A crash between the call and the note leaves nothing but the request itself. Requests carry no e-mail address, so
    // that is compared once the account is there.
    let running = json!({"States": ["IN_PROGRESS"]});
    let running = pages(writer.reader(), &LIST_CREATE_ACCOUNT_STATUS, running, "CreateAccountStatuses").await?;
    let name = ask.text("name")?;
    for status in running.iter().filter(|status| optional(status, "AccountName") == Some(name)) {
        if let Ending::Born(id) = wait(writer, text(status, "Id")?).await?
            && email_of(writer, &id).await?.eq_ignore_ascii_case(ask.text("email")?)
        {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

async fn email_of(writer: &Writer, id: &str) -> Result<String, Error> {
    let answer = writer.reader().json(&DESCRIBE_ACCOUNT, json!({"AccountId": id})).await?;
    Ok(text(answer.get("Account").unwrap_or(&answer), "Email")?.to_owned())
}

/// Waits until a request has ended.
async fn wait(writer: &Writer, request: &str) -> Result<Ending, Error> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(500);
    while begun.elapsed() < PATIENCE {
        let body = json!({"CreateAccountRequestId": request});
        match writer.reader().json(&DESCRIBE_CREATE_ACCOUNT_STATUS, body).await {
            // The newest request may not be known everywhere yet.
            Err(error) if is_absent(&error) && begun.elapsed() < LAG => {}
            Err(error) if is_absent(&error) => return Ok(Ending::Unknown),
            Err(error) => return Err(error),
            Ok(answer) => {
                if let Some(ending) = settled(answer.get("CreateAccountStatus").unwrap_or(&answer))? {
                    return Ok(ending);
                }
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(10));
    }
    let message = format!("request `{request}` has been in progress for {} minutes", PATIENCE.as_secs() / 60);
    Err(Error::new(Problem::Transient, "organizations:CreateAccount", message)
        .help("run `polity apply` again: it goes on waiting for this request and makes no second account"))
}

fn settled(status: &Json) -> Result<Option<Ending>, Error> {
    Ok(match optional(status, "State") {
        Some("SUCCEEDED") => Some(Ending::Born(text(status, "AccountId")?.to_owned())),
        Some("FAILED") => {
            Some(Ending::Failed(optional(status, "FailureReason").unwrap_or("no reason given").to_owned()))
        }
        _ => None,
    })
}

/// Why AWS made no account, and what to do about it.
async fn refused(writer: &Writer, ask: &Ask<'_>, reason: &str) -> Result<Error, Error> {
    let email = ask.text("email")?;
    if reason == "EMAIL_ALREADY_EXISTS" {
        return taken(writer, email).await;
    }
    let (problem, message, help) = match reason {
        "ACCOUNT_LIMIT_EXCEEDED" => (
            Problem::Limit,
            "the organization has as many accounts as AWS allows it".to_owned(),
            "ask AWS support or Service Quotas for more accounts; closed accounts count for 90 days",
        ),
        "INVALID_EMAIL" => {
            (Problem::Invalid, format!("AWS does not accept the e-mail address `{email}`"), "write another `email`")
        }
        "INVALID_ADDRESS" | "MISSING_PAYMENT_INSTRUMENT" | "INVALID_PAYMENT_INSTRUMENT" => (
            Problem::Invalid,
            "the management account's address or means of payment is missing or not valid".to_owned(),
            "complete the billing details of the management account",
        ),
        "CONCURRENT_ACCOUNT_MODIFICATION" | "INTERNAL_FAILURE" => {
            (Problem::Transient, "AWS was busy or failed within".to_owned(), "run `polity apply` again")
        }
        "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED" => (
            Problem::Invalid,
            "the organization's resource policy does not allow tags at creation".to_owned(),
            "allow `organizations:TagResource` in the organization's resource policy",
        ),
        _ if reason.ends_with("BUSINESS_VALIDATION") => (
            Problem::Invalid,
            "AWS has not validated the business of the management account".to_owned(),
            "finish the validation with AWS support",
        ),
        _ => (
            Problem::Unexpected,
            "AWS could not create the account".to_owned(),
            "look the reason up in the AWS documentation",
        ),
    };
    let mut error = Error::new(problem, "organizations:CreateAccount", message).help(help);
    error.code = Some(reason.to_owned());
    Ok(error)
}

/// Who has the e-mail address: an account of this organization, or one outside.
async fn taken(writer: &Writer, email: &str) -> Result<Error, Error> {
    let accounts = pages(writer.reader(), &LIST_ACCOUNTS, json!({}), "Accounts").await?;
    let ours =
        accounts.iter().find(|one| optional(one, "Email").is_some_and(|other| other.eq_ignore_ascii_case(email)));
    let mut error = match ours {
        Some(account) => {
            let id = text(account, "Id")?;
            let message = format!("account `{id}` of this organization has the e-mail address `{email}` already");
            Error::new(Problem::AlreadyExists, "organizations:CreateAccount", message)
                .help(format!("adopt it with `id: \"{id}\"`, or write another `email`"))
        }
        None => {
            let message = format!("an account outside of this organization has the e-mail address `{email}` already");
            Error::new(Problem::Invalid, "organizations:CreateAccount", message).help(
                "write another `email`, or invite that account into the organization and adopt it with `id:`; \
                 a closed account keeps its address",
            )
        }
    };
    error.code = Some("EMAIL_ALREADY_EXISTS".to_owned());
    Ok(error)
}
