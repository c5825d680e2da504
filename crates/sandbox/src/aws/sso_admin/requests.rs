//! Requests that take time: what was begun, what came of it, and how to ask.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Center, PAGES,
    assignments::{Kind, Principal},
    open, shape,
};
use crate::aws::{
    input::Input,
    paging::page,
    service::{Answer, Turn},
};

/// Managed policies that IAM lets a role have when nobody asked for more. A permission set takes more than that, and
/// the account then does not.
const POLICIES_PER_ROLE: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Work {
    Create,
    Delete,
    Provision,
}

/// One request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Request {
    id: String,
    work: Work,
    set: String,
    /// The account; none where a set is brought to all that it is in.
    account: Option<String>,
    principal: Option<Principal>,
    /// The accounts that a set is brought to.
    targets: BTreeSet<String>,
    /// What is brought there.
    revision: u64,
    begun: Timestamp,
    due: Timestamp,
    /// The scenario lets it come to nothing.
    doomed: Option<String>,
    outcome: Option<Outcome>,
}

/// What came of a request: nothing, for this reason, or what it asked for.
pub(super) type Outcome = Result<(), String>;

impl Request {
    /// A request that begins now.
    pub(super) fn begin(turn: &mut Turn<'_>, work: Work, set: &str, usual: SignedDuration) -> Self {
        let doomed = turn.tuning.fails.get(&format!("{}:{}", turn.call.service, turn.call.operation)).cloned();
        Self {
            id: turn.world.ids.uuid(),
            work,
            set: set.to_owned(),
            account: None,
            principal: None,
            targets: BTreeSet::new(),
            revision: turn.world.center.sets.get(set).map_or(0, |set| set.revision),
            begun: turn.now,
            due: turn.due(usual),
            doomed,
            outcome: None,
        }
    }

    /// In an account.
    pub(super) fn at(mut self, account: String) -> Self {
        self.targets = [account.clone()].into();
        self.account = Some(account);
        self
    }

    /// For somebody.
    pub(super) fn of(mut self, principal: Principal) -> Self {
        self.principal = Some(principal);
        self
    }

    /// In all these accounts.
    pub(super) fn everywhere(mut self, targets: BTreeSet<String>) -> Self {
        self.targets = targets;
        self
    }

    /// Writes it down, to be carried out when it is due.
    pub(super) fn keep(self, center: &mut Center) {
        Arc::make_mut(&mut center.requests).keep(self);
    }

    /// Does what was asked for. The reasons are worded as AWS words them.
    pub(super) fn carry_out(&self, center: &mut Center) -> Outcome {
        if let Some(reason) = &self.doomed {
            return Err(reason.clone());
        }
        let policies = center.sets.get(&self.set).map_or(0, |set| set.policies());
        if self.work != Work::Delete && policies > POLICIES_PER_ROLE && !self.targets.is_empty() {
            let quota = format!("Cannot exceed quota for PoliciesPerRole: {POLICIES_PER_ROLE}");
            return Err(format!("Received a 409 status error: {quota}"));
        }
        match (self.work, &self.principal, &self.account) {
            (Work::Create, Some(principal), Some(account)) => {
                if !is_known(center, principal) {
                    let (kind, id) = (principal.kind.name(), &principal.id);
                    let place = format!("the {kind} assignee {id} was not found in directory {}", center.store);
                    return Err(format!("Received a 404 status error: {place}"));
                }
                Arc::make_mut(&mut center.assignments).add(&self.set, account, principal.clone(), self.revision);
                Ok(())
            }
            (Work::Delete, Some(principal), Some(account)) => {
                if Arc::make_mut(&mut center.assignments).remove(&self.set, account, principal) {
                    return Ok(());
                }
                Err("Received a 404 status error: EntitlementItem doesn't exist with the given entitlement key"
                    .to_owned())
            }
            _ => self.provision(center),
        }
    }

    /// Accounts that the set has left in the meantime are no matter where all were meant, but one that was named is.
    fn provision(&self, center: &mut Center) -> Outcome {
        let assignments = Arc::make_mut(&mut center.assignments);
        for account in &self.targets {
            if !assignments.renew(&self.set, account, self.revision) && self.account.is_some() {
                return Err("Received a 404 status error: Assignment not found.".to_owned());
            }
        }
        Ok(())
    }

    fn status(&self) -> &'static str {
        match self.outcome {
            None => "IN_PROGRESS",
            Some(Ok(())) => "SUCCEEDED",
            Some(Err(_)) => "FAILED",
        }
    }

    /// How its status is told to who asks for this one.
    pub(super) fn shown(&self, center: &Center) -> Value {
        let mut shown = self.shown_in_list();
        let Some(members) = shown.as_object_mut() else { return shown };
        members.insert("PermissionSetArn".to_owned(), center.set_arn(&self.set).into());
        if let Some(Err(reason)) = &self.outcome {
            members.insert("FailureReason".to_owned(), reason.clone().into());
        }
        if let Some(account) = &self.account {
            if self.work == Work::Provision {
                members.insert("AccountId".to_owned(), account.clone().into());
            } else {
                members.insert("TargetId".to_owned(), account.clone().into());
                members.insert("TargetType".to_owned(), "AWS_ACCOUNT".into());
            }
        }
        if let Some(principal) = &self.principal {
            members.insert("PrincipalType".to_owned(), principal.kind.name().into());
            members.insert("PrincipalId".to_owned(), principal.id.clone().into());
        }
        shown
    }

    fn shown_in_list(&self) -> Value {
        json!({"Status": self.status(), "RequestId": self.id, "CreatedDate": shape::epoch(self.begun)})
    }
}

fn is_known(center: &Center, principal: &Principal) -> bool {
    match principal.kind {
        Kind::User => center.directory().has_user(&principal.id),
        Kind::Group => center.directory().has_group(&principal.id),
    }
}

/// All requests: done ones stay to be asked about.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Request>", into = "Vec<Request>")]
pub(super) struct Requests {
    /// In the order in which they were made.
    all: Vec<Request>,
    by_id: BTreeMap<String, usize>,
    by_work: BTreeMap<Work, Vec<usize>>,
    open: BTreeSet<(Timestamp, usize)>,
}

impl From<Vec<Request>> for Requests {
    fn from(all: Vec<Request>) -> Self {
        let mut requests = Self::default();
        for request in all {
            requests.keep(request);
        }
        requests
    }
}

impl From<Requests> for Vec<Request> {
    fn from(requests: Requests) -> Self {
        requests.all
    }
}

impl Requests {
    fn keep(&mut self, request: Request) {
        let index = self.all.len();
        self.by_id.insert(request.id.clone(), index);
        self.by_work.entry(request.work).or_default().push(index);
        if request.outcome.is_none() {
            self.open.insert((request.due, index));
        }
        self.all.push(request);
    }

    /// Whether one is due.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.open.first().is_some_and(|(due, _)| *due <= now)
    }

    /// The next that is due. It is no longer open, and has to be ended.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<Request> {
        if !self.is_due(now) {
            return None;
        }
        let (_, index) = self.open.pop_first()?;
        self.all.get(index).cloned()
    }

    /// Writes down what came of one.
    pub(super) fn end(&mut self, request: &Request, outcome: Outcome) {
        let index = self.by_id.get(&request.id);
        if let Some(known) = index.and_then(|index| self.all.get_mut(*index)) {
            known.outcome = Some(outcome);
        }
    }

    /// How many of a kind are not done.
    pub(super) fn in_progress(&self, work: Work) -> usize {
        self.still_open().filter(|request| request.work == work).count()
    }

    /// Whether one that is not done is about a set.
    pub(super) fn touches(&self, set: &str) -> bool {
        self.still_open().any(|request| request.set == set)
    }

    /// Whether one that is not done is about this very assignment.
    pub(super) fn is_changing(&self, set: &str, account: &str, principal: &Principal) -> bool {
        self.still_open().any(|request| {
            request.set == set
                && request.account.as_deref() == Some(account)
                && request.principal.as_ref() == Some(principal)
        })
    }

    /// Whether one that is not done brings a set to one of these accounts.
    pub(super) fn is_provisioning(&self, set: &str, targets: &BTreeSet<String>) -> bool {
        let mut provisioning =
            self.still_open().filter(|request| request.work == Work::Provision && request.set == set);
        provisioning.any(|request| !request.targets.is_disjoint(targets))
    }

    fn still_open(&self) -> impl Iterator<Item = &Request> {
        self.open.iter().filter_map(|(_, index)| self.all.get(*index))
    }

    fn find(&self, work: Work, id: &str) -> Option<&Request> {
        self.all.get(*self.by_id.get(id)?).filter(|request| request.work == work)
    }
}

pub(super) fn describe_creation(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    describe(turn, input, Work::Create, "AccountAssignmentCreationRequestId", "AccountAssignmentCreationStatus")
}

pub(super) fn describe_deletion(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    describe(turn, input, Work::Delete, "AccountAssignmentDeletionRequestId", "AccountAssignmentDeletionStatus")
}

pub(super) fn describe_provisioning(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    describe(turn, input, Work::Provision, "ProvisionPermissionSetRequestId", "PermissionSetProvisioningStatus")
}

fn describe(turn: &Turn<'_>, input: &Input<'_>, work: Work, member: &str, key: &str) -> Answer {
    let id = shape::uuid(input, member)?;
    open(turn, input)?;
    let center = &turn.world.center;
    let found = center.requests.find(work, id);
    let request = found.ok_or_else(|| shape::missing(format!("Request {id} was not found")))?;
    Ok(json!({key: request.shown(center)}))
}

pub(super) fn list_creations(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    list(turn, input, Work::Create, "AccountAssignmentsCreationStatus")
}

pub(super) fn list_deletions(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    list(turn, input, Work::Delete, "AccountAssignmentsDeletionStatus")
}

pub(super) fn list_provisionings(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    list(turn, input, Work::Provision, "PermissionSetsProvisioningStatus")
}

/// The newest first.
fn list(turn: &Turn<'_>, input: &Input<'_>, work: Work, key: &str) -> Answer {
    let null = Value::Null;
    let filter = input.inner("Filter").unwrap_or(Input::new(&null));
    let status = filter.maybe("Status", |filter| filter.one_of("Status", &["IN_PROGRESS", "FAILED", "SUCCEEDED"]))?;
    open(turn, input)?;
    let requests = &turn.world.center.requests;
    let of_work = requests.by_work.get(&work).map(Vec::as_slice).unwrap_or_default().iter().rev();
    let Some(status) = status else {
        return page(turn, PAGES, key, of_work, |index| requests.all.get(*index).map(Request::shown_in_list).into());
    };
    let known = of_work.filter_map(|index| requests.all.get(*index));
    let fitting: Vec<&Request> = known.filter(|request| request.status() == status).collect();
    page(turn, PAGES, key, fitting.into_iter(), Request::shown_in_list)
}
