//! Accounts that are created: a request, a while, an outcome.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    access::{Who, admit},
    handshakes,
    organization::arn,
    shape::{self, invalid, moment, paged, violation, with},
    state::{Account, Life, Organizations, Work},
};
use crate::aws::{
    input::Input,
    refusal::Refusal,
    service::{Answer, Turn},
    world::World,
};

/// Requests that are under way at the same time, at most.
const AT_A_TIME: usize = 5;
/// Accounts of an organization, at most. AWS begins with 10 and grants up to this many.
pub(super) const ACCOUNTS_MOST: usize = 50_000;
/// How long creating an account takes, and how long it takes AWS to see that it can't be.
const TAKES: SignedDuration = SignedDuration::from_secs(20);
const TAKES_TO_FAIL: SignedDuration = SignedDuration::from_secs(2);

/// What a scenario calls it. Reasons that AWS answers at once, in place of a failure later, are answered at once.
const CREATE: &str = "organizations:CreateAccount";

/// A request to create an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Creation {
    id: String,
    name: String,
    email: String,
    role: String,
    tags: BTreeMap<String, String>,
    requested: Timestamp,
    completed: Option<Timestamp>,
    outcome: Outcome,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Outcome {
    /// Not known yet; fails if a reason was given beforehand.
    Open(Option<String>),
    Account(String),
    Failed(String),
}

impl Creation {
    fn state(&self) -> &'static str {
        match self.outcome {
            Outcome::Open(_) => "IN_PROGRESS",
            Outcome::Account(_) => "SUCCEEDED",
            Outcome::Failed(_) => "FAILED",
        }
    }

    fn render(&self) -> Value {
        let shown = json!({
            "Id": self.id,
            "AccountName": self.name,
            "State": self.state(),
            "RequestedTimestamp": moment(self.requested),
        });
        let shown = match self.completed {
            Some(at) => with(shown, "CompletedTimestamp", moment(at)),
            None => shown,
        };
        match &self.outcome {
            Outcome::Open(_) => shown,
            Outcome::Account(id) => with(shown, "AccountId", id.as_str()),
            Outcome::Failed(reason) => with(shown, "FailureReason", reason.as_str()),
        }
    }
}

/// `CreateAccount`.
pub(super) fn create(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let request = read(turn, input)?;
    check_quotas(turn)?;
    let usual =
        if turn.world.organizations.emails.contains(&request.email.to_lowercase()) { TAKES_TO_FAIL } else { TAKES };
    let due = turn.due(usual);
    let id = format!("car-{}", turn.world.ids.lower(32));
    let request = Creation { id: id.clone(), ..request };
    let shown = request.render();
    let organizations = turn.world.organizations_mut();
    organizations.creations.insert(id.clone(), request);
    organizations.work.insert((due, Work::Create(id)));
    Ok(json!({"CreateAccountStatus": shown}))
}

fn read(turn: &Turn<'_>, input: &Input<'_>) -> Result<Creation, Refusal> {
    let email = shape::text(input, "Email", 6, 64)?;
    if !shape::is_email(email) {
        return Err(invalid("INVALID_PATTERN", "You provided a value for Email that is no e-mail address."));
    }
    let name = shape::text(input, "AccountName", 1, 50)?;
    if !name.chars().all(|c| (' '..='~').contains(&c)) {
        return Err(invalid(
            "INVALID_PATTERN",
            "You provided a value for AccountName with other than ASCII characters.",
        ));
    }
    let role = shape::maybe_text(input, "RoleName", 1, 64)?.unwrap_or("OrganizationAccountAccessRole");
    if !shape::is_principal(role) || role.starts_with("AWSServiceRoleFor") {
        return Err(invalid("INVALID_ROLE_NAME", "You provided a role name that isn't valid."));
    }
    if input.get("IamUserAccessToBilling").is_some() {
        shape::one_of(input, "IamUserAccessToBilling", &["ALLOW", "DENY"])?;
    }
    Ok(Creation {
        id: String::new(),
        name: name.to_owned(),
        email: email.to_owned(),
        role: role.to_owned(),
        tags: shape::tags(input)?,
        requested: turn.now,
        completed: None,
        outcome: Outcome::Open(turn.tuning.fails.get(CREATE).cloned()),
    })
}

fn check_quotas(turn: &Turn<'_>) -> Result<(), Refusal> {
    let organizations = &turn.world.organizations;
    let told = turn.tuning.fails.get(CREATE).map(String::as_str);
    let ready = organizations.organization.as_ref().is_none_or(|organization| turn.now >= organization.ready);
    if !ready || told == Some("FINALIZING_ORGANIZATION") {
        let message = "Your organization is still being initialized. Try again in an hour.";
        return Err(Refusal::new("FinalizingOrganizationException", message));
    }
    let under_way = organizations.under_way();
    let all = organizations.accounts.len() + under_way + handshakes::open_invitations(organizations);
    if all >= ACCOUNTS_MOST || told == Some("ACCOUNT_NUMBER_LIMIT_EXCEEDED") {
        return Err(violation("ACCOUNT_NUMBER_LIMIT_EXCEEDED", too_many_accounts()));
    }
    if under_way >= AT_A_TIME {
        let message = format!("You have {AT_A_TIME} requests to create an account under way. Try again later.");
        return Err(Refusal::new("TooManyRequestsException", message).with("Type", "CreateAccount"));
    }
    Ok(())
}

/// What is said of an organization that can't have more accounts.
pub(super) fn too_many_accounts() -> String {
    format!("You have exceeded the allowed number of AWS accounts: {ACCOUNTS_MOST}.")
}

impl Organizations {
    /// Requests to create an account that are under way.
    fn under_way(&self) -> usize {
        self.work.iter().filter(|(_, work)| matches!(work, Work::Create(_))).count()
    }
}

/// A request is done: there is an account, or a reason why there is none.
pub(super) fn finish(world: &mut World, id: &str, at: Timestamp) {
    let Some(request) = world.organizations.creations.get(id).cloned() else { return };
    let taken = world.organizations.emails.contains(&request.email.to_lowercase());
    let outcome = match request.outcome {
        Outcome::Open(Some(reason)) => Outcome::Failed(reason),
        Outcome::Open(None) if taken => Outcome::Failed("EMAIL_ALREADY_EXISTS".to_owned()),
        Outcome::Open(None) => Outcome::Account(welcome(world, &request, at)),
        done => done,
    };
    if let Some(request) = world.organizations_mut().creations.get_mut(id) {
        request.outcome = outcome;
        request.completed = Some(at);
    }
}

fn welcome(world: &mut World, request: &Creation, at: Timestamp) -> String {
    let id = fresh_number(world);
    let account = Account {
        arn: arn(world, "account", &id),
        id: id.clone(),
        name: request.name.clone(),
        email: request.email.clone(),
        state: Life::Active,
        created: true,
        joined: at,
        parent: String::new(),
    };
    join(world, account, request.tags.clone());
    let management = world.organizations.organization.as_ref().map(|known| known.management.clone());
    world.inside_mut(&id).iam.add_role(&request.role, &management.unwrap_or_default());
    id
}

/// An account becomes a member, right below the root.
pub(super) fn join(world: &mut World, mut account: Account, tags: BTreeMap<String, String>) {
    let organizations = world.organizations_mut();
    let Some(organization) = &organizations.organization else { return };
    let (id, root) = (account.id.clone(), organization.root.clone());
    account.parent.clone_from(&root);
    organizations.emails.insert(account.email.to_lowercase());
    organizations.accounts.insert(id.clone(), account);
    organizations.settle_in(&id, &root);
    organizations.set_tags(&id, tags);
}

fn fresh_number(world: &mut World) -> String {
    loop {
        let id = world.ids.digits(12);
        if !world.accounts.contains_key(&id) && !world.organizations.accounts.contains_key(&id) {
            return id;
        }
    }
}

/// `DescribeCreateAccountStatus`.
pub(super) fn describe(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let id = shape::id(input, "CreateAccountRequestId", shape::is_creation)?;
    let Some(request) = turn.world.organizations.creations.get(id) else {
        let message = "We can't find a create account request with the CreateAccountRequestId that you specified.";
        return Err(Refusal::new("CreateAccountStatusNotFoundException", message));
    };
    Ok(json!({"CreateAccountStatus": request.render()}))
}

/// `ListCreateAccountStatus`.
pub(super) fn list(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    let states: Vec<&str> = input.list("States").filter_map(Value::as_str).collect();
    if states.iter().any(|state| !["IN_PROGRESS", "SUCCEEDED", "FAILED"].contains(state)) {
        return Err(invalid("INVALID_ENUM", "You specified an invalid value for States."));
    }
    let found: Vec<&Creation> = turn
        .world
        .organizations
        .creations
        .values()
        .filter(|request| states.is_empty() || states.contains(&request.state()))
        .collect();
    paged(turn, "CreateAccountStatuses", found.into_iter(), Creation::render)
}
