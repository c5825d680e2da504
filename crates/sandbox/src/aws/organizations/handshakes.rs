//! Handshakes: an account is asked to join, or to agree that the organization takes all features.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    access::{Who, admit, denied},
    creation::{join, too_many_accounts},
    organization::arn,
    shape::{self, invalid, moment, paged},
    state::{Account, Life, Organizations, Outsider, Work},
};
use crate::aws::{
    input::Input,
    refusal::Refusal,
    service::{Answer, Turn},
    world::World,
};

/// How long an invitation is good for, and a request to take all features.
const INVITATION: SignedDuration = SignedDuration::from_hours(15 * 24);
const FEATURES: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How long a handshake that ended is shown.
const AFTER_END: SignedDuration = SignedDuration::from_hours(30 * 24);

const INVITE: &str = "INVITE";
/// Asks a member that was invited once; and the whole undertaking, which has no parent.
const ENABLE: &str = "ENABLE_ALL_FEATURES";
/// Tells the management account that everybody agreed.
const APPROVE: &str = "APPROVE_ALL_FEATURES";

/// A handshake.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Handshake {
    id: String,
    arn: String,
    action: String,
    /// Whom it was sent to: an account's number, or an e-mail address.
    to: String,
    by_email: bool,
    state: State,
    requested: Timestamp,
    expires: Timestamp,
    notes: Option<String>,
    tags: BTreeMap<String, String>,
    parent: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    Requested,
    Open,
    Canceled,
    Accepted,
    Declined,
    Expired,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Requested => "REQUESTED",
            Self::Open => "OPEN",
            Self::Canceled => "CANCELED",
            Self::Accepted => "ACCEPTED",
            Self::Declined => "DECLINED",
            Self::Expired => "EXPIRED",
        }
    }

    fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Open)
    }
}

/// Invitations that nobody has answered. They count as accounts.
pub(super) fn open_invitations(organizations: &Organizations) -> usize {
    organizations
        .handshakes
        .values()
        .filter(|handshake| handshake.action == INVITE && handshake.state.is_open())
        .count()
}

/// `InviteAccountToOrganization`.
pub(super) fn invite(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let target = input.inner("Target").ok_or_else(|| pattern("Target"))?;
    let kind = target.text("Type").filter(|kind| ["ACCOUNT", "EMAIL"].contains(kind));
    let kind = kind.ok_or_else(|| {
        invalid("INVALID_PARTY_TYPE_TARGET", "You specified an invalid party type as the target parameter.")
    })?;
    let to = target.text("Id").unwrap_or_default();
    let by_email = kind == "EMAIL";
    if by_email && !shape::is_email(to) {
        let message = "You specified an invalid email address for the invited account owner.";
        return Err(invalid("INVALID_EMAIL_ADDRESS_TARGET", message));
    }
    if !by_email && !shape::is_account(to) {
        return Err(pattern("Target"));
    }
    let notes = shape::maybe_text(input, "Notes", 0, 1024)?.map(ToOwned::to_owned);
    let tags = shape::tags(input)?;
    check_invitation(turn, to)?;
    if !by_email {
        remember(turn.world, to);
    }
    let handshake = Handshake { by_email, notes, tags, state: State::Open, ..begin(turn, INVITE, to, INVITATION) };
    Ok(send(turn, handshake))
}

fn check_invitation(turn: &Turn<'_>, to: &str) -> Result<(), Refusal> {
    let organizations = &turn.world.organizations;
    let violation = |reason: &str, message: &str| {
        Refusal::new("HandshakeConstraintViolationException", message).with("Reason", reason)
    };
    if organizations.accounts.values().any(|account| account.id == to || account.email.eq_ignore_ascii_case(to)) {
        return Err(violation("ALREADY_IN_AN_ORGANIZATION", "The account is already a member of an organization."));
    }
    let mut open = organizations.handshakes.values().filter(|handshake| handshake.state.is_open());
    if open.clone().any(|handshake| handshake.action != INVITE) {
        let message = "You can't invite accounts while all features are being enabled.";
        return Err(violation("INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES", message));
    }
    if open.any(|handshake| handshake.to == to) {
        let message = "A handshake with the same parameters exists already: cancel it first.";
        return Err(Refusal::new("DuplicateHandshakeException", message));
    }
    if organizations.accounts.len() + open_invitations(organizations) >= super::creation::ACCOUNTS_MOST {
        return Err(violation("ACCOUNT_NUMBER_LIMIT_EXCEEDED", &too_many_accounts()));
    }
    Ok(())
}

/// The world has more accounts than the sandbox knows of; one that is named is there.
fn remember(world: &mut World, id: &str) {
    let outside = &mut world.organizations_mut().outside;
    outside
        .entry(id.to_owned())
        .or_insert_with(|| Outsider { name: format!("account {id}"), email: format!("account+{id}@example.com") });
    world.inside_mut(id);
}

fn begin(turn: &mut Turn<'_>, action: &str, to: &str, lasts: SignedDuration) -> Handshake {
    let id = format!("h-{}", turn.world.ids.lower(16));
    Handshake {
        arn: arn(turn.world, "handshake", &format!("{}/{id}", action.to_lowercase())),
        id,
        action: action.to_owned(),
        to: to.to_owned(),
        by_email: false,
        state: State::Requested,
        requested: turn.now,
        expires: turn.now.checked_add(lasts).unwrap_or(Timestamp::MAX),
        notes: None,
        tags: BTreeMap::new(),
        parent: None,
    }
}

fn send(turn: &mut Turn<'_>, handshake: Handshake) -> Value {
    let shown = json!({"Handshake": render(&turn.world.organizations, &handshake)});
    let organizations = turn.world.organizations_mut();
    organizations.work.insert((handshake.expires, Work::Expire(handshake.id.clone())));
    organizations.handshakes.insert(handshake.id.clone(), handshake);
    shown
}

/// `EnableAllFeatures`: everybody who was invited has to agree.
pub(super) fn enable_all_features(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    admit(turn, Who::Management)?;
    let organizations = &turn.world.organizations;
    let violation = |reason: &str, message: &str| {
        Refusal::new("HandshakeConstraintViolationException", message).with("Reason", reason)
    };
    if organizations.organization.as_ref().is_some_and(|organization| organization.all_features) {
        let message = "All features are already enabled on this organization.";
        return Err(violation("ORGANIZATION_ALREADY_HAS_ALL_FEATURES", message));
    }
    if organizations.handshakes.values().any(|handshake| handshake.action != INVITE && handshake.state.is_open()) {
        let message = "The organization has already begun to enable all features.";
        return Err(violation("ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION", message));
    }
    let management = turn.caller.account.clone();
    let asked: Vec<String> = organizations
        .accounts
        .values()
        .filter(|account| !account.created && account.is_active() && account.id != management)
        .map(|account| account.id.clone())
        .collect();
    let whole = begin(turn, ENABLE, &management, FEATURES);
    let parent = Some(whole.id.clone());
    let shown = send(turn, whole);
    for account in asked {
        let handshake =
            Handshake { parent: parent.clone(), state: State::Open, ..begin(turn, ENABLE, &account, FEATURES) };
        send(turn, handshake);
    }
    ask_to_approve(turn, parent.as_deref());
    Ok(shown)
}

/// When nobody is left who has to agree, the management account is asked for the last word.
fn ask_to_approve(turn: &mut Turn<'_>, whole: Option<&str>) {
    let organizations = &turn.world.organizations;
    let mut asked = organizations.handshakes.values().filter(|handshake| handshake.parent.as_deref() == whole);
    if asked.any(|handshake| handshake.state != State::Accepted) {
        return;
    }
    let Some(management) = organizations.organization.as_ref().map(|known| known.management.clone()) else { return };
    let parent = whole.map(ToOwned::to_owned);
    let handshake = Handshake { parent, state: State::Open, ..begin(turn, APPROVE, &management, FEATURES) };
    send(turn, handshake);
}

/// `AcceptHandshake`.
pub(super) fn accept(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let handshake = answerable(turn, input, State::Accepted)?;
    if !is_sent_to(&turn.world.organizations, &handshake, &turn.caller.account) {
        return Err(denied());
    }
    match (handshake.action.as_str(), &handshake.parent) {
        (INVITE, _) => accept_invitation(turn, &handshake)?,
        (ENABLE, None) => return Err(denied()),
        (APPROVE, whole) => {
            end(turn, whole.as_deref().unwrap_or_default(), State::Accepted);
            if let Some(organization) = &mut turn.world.organizations_mut().organization {
                organization.all_features = true;
            }
        }
        _ => {}
    }
    let shown = end(turn, &handshake.id, State::Accepted);
    if handshake.action == ENABLE {
        ask_to_approve(turn, handshake.parent.as_deref());
    }
    Ok(shown)
}

fn accept_invitation(turn: &mut Turn<'_>, handshake: &Handshake) -> Result<(), Refusal> {
    let id = turn.caller.account.clone();
    if turn.world.organizations.account(&id).is_some() {
        let message = "The account is already a member of an organization.";
        let refusal = Refusal::new("HandshakeConstraintViolationException", message);
        return Err(refusal.with("Reason", "ALREADY_IN_AN_ORGANIZATION"));
    }
    let known = turn.world.organizations_mut().outside.remove(&id).ok_or_else(denied)?;
    let account = Account {
        arn: arn(turn.world, "account", &id),
        id,
        name: known.name,
        email: known.email,
        state: Life::Active,
        created: false,
        joined: turn.now,
        parent: String::new(),
    };
    join(turn.world, account, handshake.tags.clone());
    Ok(())
}

/// `DeclineHandshake`.
pub(super) fn decline(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let handshake = answerable(turn, input, State::Declined)?;
    if !is_sent_to(&turn.world.organizations, &handshake, &turn.caller.account) {
        return Err(denied());
    }
    Ok(end(turn, &handshake.id, State::Declined))
}

/// `CancelHandshake`.
pub(super) fn cancel(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let handshake = answerable(turn, input, State::Canceled)?;
    admit(turn, Who::Management)?;
    for other in turn.world.organizations.handshakes.clone().into_values() {
        if other.parent.as_deref() == Some(handshake.id.as_str()) && other.state.is_open() {
            end(turn, &other.id, State::Canceled);
        }
    }
    Ok(end(turn, &handshake.id, State::Canceled))
}

/// A handshake that the caller is party to and that can still come to this.
fn answerable(turn: &Turn<'_>, input: &Input<'_>, wanted: State) -> Result<Handshake, Refusal> {
    let handshake = party_to(turn, input)?;
    if handshake.state == wanted {
        let message = "The specified handshake is already in the requested state.";
        return Err(Refusal::new("HandshakeAlreadyInStateException", message));
    }
    if !handshake.state.is_open() {
        let message = format!("The specified handshake is {}: it can't come to this any more.", handshake.state.name());
        return Err(Refusal::new("InvalidHandshakeTransitionException", message));
    }
    Ok(handshake.clone())
}

fn party_to<'t>(turn: &'t Turn<'_>, input: &Input<'_>) -> Result<&'t Handshake, Refusal> {
    let id = shape::id(input, "HandshakeId", shape::is_handshake)?;
    let organizations = &turn.world.organizations;
    let handshake = organizations
        .handshakes
        .get(id)
        .ok_or_else(|| Refusal::new("HandshakeNotFoundException", "You specified a handshake that doesn't exist."))?;
    let caller = turn.caller.account.as_str();
    if organizations.is_management(caller) || is_sent_to(organizations, handshake, caller) {
        return Ok(handshake);
    }
    Err(denied())
}

fn is_sent_to(organizations: &Organizations, handshake: &Handshake, account: &str) -> bool {
    if !handshake.by_email {
        return handshake.to == account;
    }
    let outside = organizations.outside.get(account).map(|known| known.email.as_str());
    let email = outside.or_else(|| organizations.account(account).map(|known| known.email.as_str()));
    email.is_some_and(|email| email.eq_ignore_ascii_case(&handshake.to))
}

fn end(turn: &mut Turn<'_>, id: &str, state: State) -> Value {
    conclude(turn.world, id, state, turn.now);
    let organizations = &turn.world.organizations;
    let shown = organizations.handshakes.get(id).map(|handshake| render(organizations, handshake));
    json!({"Handshake": shown})
}

fn conclude(world: &mut World, id: &str, state: State, at: Timestamp) {
    let organizations = world.organizations_mut();
    let Some(handshake) = organizations.handshakes.get_mut(id) else { return };
    handshake.state = state;
    organizations.work.remove(&(handshake.expires, Work::Expire(id.to_owned())));
    let gone = at.checked_add(AFTER_END).unwrap_or(Timestamp::MAX);
    organizations.work.insert((gone, Work::Forget(id.to_owned())));
}

/// Nobody answered in time.
pub(super) fn expire(world: &mut World, id: &str, at: Timestamp) {
    conclude(world, id, State::Expired, at);
}

/// `DescribeHandshake`.
pub(super) fn describe(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let handshake = party_to(turn, input)?;
    Ok(json!({"Handshake": render(&turn.world.organizations, handshake)}))
}

/// `ListHandshakesForAccount`.
pub(super) fn list_for_account(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let organizations = &turn.world.organizations;
    list(turn, input, |handshake| is_sent_to(organizations, handshake, &turn.caller.account))
}

/// `ListHandshakesForOrganization`.
pub(super) fn list_for_organization(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    admit(turn, Who::Reader)?;
    list(turn, input, |_| true)
}

fn list(turn: &Turn<'_>, input: &Input<'_>, is_meant: impl Fn(&Handshake) -> bool) -> Answer {
    let filter = input.inner("Filter");
    let actions = [INVITE, ENABLE, APPROVE, "ADD_ORGANIZATIONS_SERVICE_LINKED_ROLE", "TRANSFER_RESPONSIBILITY"];
    let action = filter.and_then(|filter| filter.text("ActionType"));
    let parent = filter.and_then(|filter| filter.text("ParentHandshakeId"));
    if action.is_some() && parent.is_some() {
        return Err(invalid("MAX_LIMIT_EXCEEDED_FILTER", "You specified too many filter parameters."));
    }
    if action.is_some_and(|action| !actions.contains(&action)) {
        return Err(invalid("INVALID_ENUM", "You specified an invalid value for Filter."));
    }
    let organizations = &turn.world.organizations;
    let found: Vec<&Handshake> = organizations
        .handshakes
        .values()
        .filter(|handshake| action.is_none_or(|action| handshake.action == action))
        .filter(|handshake| parent.is_none_or(|parent| handshake.parent.as_deref() == Some(parent)))
        .filter(|handshake| is_meant(handshake))
        .collect();
    paged(turn, "Handshakes", found.into_iter(), |handshake| render(organizations, handshake))
}

fn pattern(name: &str) -> Refusal {
    invalid("INVALID_PATTERN", format!("You provided a value for {name} that does not match the required pattern."))
}

fn render(organizations: &Organizations, handshake: &Handshake) -> Value {
    let Some(organization) = &organizations.organization else { return Value::Null };
    let management = organizations.account(&organization.management);
    let kind = if handshake.by_email { "EMAIL" } else { "ACCOUNT" };
    let features = if organization.all_features { "ALL" } else { "CONSOLIDATED_BILLING" };
    let mut resources = vec![json!({"Type": "ORGANIZATION", "Value": organization.id, "Resources": [
        {"Type": "MASTER_EMAIL", "Value": management.map(|account| account.email.as_str())},
        {"Type": "MASTER_NAME", "Value": management.map(|account| account.name.as_str())},
        {"Type": "ORGANIZATION_FEATURE_SET", "Value": features},
    ]})];
    if handshake.action == INVITE {
        resources.push(json!({"Type": kind, "Value": handshake.to}));
    }
    resources.extend(handshake.notes.iter().map(|notes| json!({"Type": "NOTES", "Value": notes})));
    resources.extend(handshake.parent.iter().map(|parent| json!({"Type": "PARENT_HANDSHAKE", "Value": parent})));
    json!({
        "Id": handshake.id,
        "Arn": handshake.arn,
        "Parties": [
            {"Id": organization.id.trim_start_matches("o-"), "Type": "ORGANIZATION"},
            {"Id": handshake.to, "Type": kind},
        ],
        "State": handshake.state.name(),
        "RequestedTimestamp": moment(handshake.requested),
        "ExpirationTimestamp": moment(handshake.expires),
        "Action": handshake.action,
        "Resources": resources,
    })
}
