//! Who has which permission set in which account. Found by set and account, by account, and by principal.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    PAGES, open_set, open_set_to_change,
    requests::{Request, Work},
    shape,
};
use crate::aws::{
    input::Input,
    paging::page,
    refusal::Refusal,
    service::{Answer, Turn},
};

/// Permission sets in an account at most.
const SETS_IN_ACCOUNT: usize = 500;

/// Assignments that may be in the making at one time.
const IN_THE_MAKING: usize = 10;

/// How long an assignment takes to come or to go.
const USUAL: SignedDuration = SignedDuration::from_secs(3);

/// A user or a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Principal {
    pub(super) kind: Kind,
    pub(super) id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Kind {
    User,
    Group,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Group => "GROUP",
        }
    }
}

/// A permission set in an account: it is there as long as somebody has it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Place {
    /// The set's revision that the account's role was made from.
    pub(super) revision: u64,
    principals: BTreeSet<Principal>,
}

/// All assignments.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Written")]
pub(super) struct Assignments {
    /// By set, by account.
    places: BTreeMap<String, BTreeMap<String, Place>>,
    #[serde(skip)]
    sets: BTreeMap<String, BTreeSet<String>>,
    /// Account and set of each.
    #[serde(skip)]
    held: BTreeMap<Principal, BTreeSet<(String, String)>>,
}

/// What is written down: the rest follows from it.
#[derive(Deserialize)]
struct Written {
    places: BTreeMap<String, BTreeMap<String, Place>>,
}

impl From<Written> for Assignments {
    fn from(written: Written) -> Self {
        let mut all = Self::default();
        for (set, accounts) in written.places {
            for (account, place) in accounts {
                for principal in &place.principals {
                    all.add(&set, &account, principal.clone(), place.revision);
                }
            }
        }
        all
    }
}

impl Assignments {
    /// Makes an assignment, and brings the set to the account as it is in this revision.
    pub(super) fn add(&mut self, set: &str, account: &str, principal: Principal, revision: u64) {
        let place = self.places.entry(set.to_owned()).or_default().entry(account.to_owned()).or_default();
        place.revision = revision;
        place.principals.insert(principal.clone());
        self.sets.entry(account.to_owned()).or_default().insert(set.to_owned());
        self.held.entry(principal).or_default().insert((account.to_owned(), set.to_owned()));
    }

    /// Takes an assignment away, and with the last one the set from the account. Says whether there was one.
    pub(super) fn remove(&mut self, set: &str, account: &str, principal: &Principal) -> bool {
        let Some(accounts) = self.places.get_mut(set) else { return false };
        let Some(place) = accounts.get_mut(account) else { return false };
        if !place.principals.remove(principal) {
            return false;
        }
        if place.principals.is_empty() {
            accounts.remove(account);
            if accounts.is_empty() {
                self.places.remove(set);
            }
            drop_from(&mut self.sets, &account.to_owned(), &set.to_owned());
        }
        drop_from(&mut self.held, principal, &(account.to_owned(), set.to_owned()));
        true
    }

    /// Brings a set to an account again, in this revision. Says whether it was there.
    pub(super) fn renew(&mut self, set: &str, account: &str, revision: u64) -> bool {
        let place = self.places.get_mut(set).and_then(|accounts| accounts.get_mut(account));
        place.map(|place| place.revision = revision).is_some()
    }

    /// A set in an account.
    pub(super) fn place(&self, set: &str, account: &str) -> Option<&Place> {
        self.places.get(set)?.get(account)
    }

    /// The accounts that a set is in.
    pub(super) fn accounts(&self, set: &str) -> impl ExactSizeIterator<Item = (&String, &Place)> {
        const NONE: &BTreeMap<String, Place> = &BTreeMap::new();
        self.places.get(set).unwrap_or(NONE).iter()
    }

    /// The sets that are in an account.
    pub(super) fn sets(&self, account: &str) -> impl ExactSizeIterator<Item = &String> {
        const NONE: &BTreeSet<String> = &BTreeSet::new();
        self.sets.get(account).unwrap_or(NONE).iter()
    }

    /// What somebody has: account and set.
    pub(super) fn held(&self, principal: &Principal) -> impl ExactSizeIterator<Item = &(String, String)> {
        const NONE: &BTreeSet<(String, String)> = &BTreeSet::new();
        self.held.get(principal).unwrap_or(NONE).iter()
    }
}

/// Takes an item out of the set under a key, and the key with the last one.
fn drop_from<Key: Ord, Item: Ord>(sets: &mut BTreeMap<Key, BTreeSet<Item>>, key: &Key, item: &Item) {
    if let Some(set) = sets.get_mut(key) {
        set.remove(item);
        if set.is_empty() {
            sets.remove(key);
        }
    }
}

/// Whom an assignment is to be made or taken away for, and where.
struct Wanted {
    set: String,
    account: String,
    principal: Principal,
}

fn wanted(turn: &Turn<'_>, input: &Input<'_>) -> Result<Wanted, Refusal> {
    let account = shape::account(input, "TargetId")?.to_owned();
    input.one_of("TargetType", &["AWS_ACCOUNT"])?;
    let principal = principal(input)?;
    let set = open_set_to_change(turn, input)?;
    if account == turn.world.management && turn.caller.account != account {
        return Err(shape::denied(turn));
    }
    if turn.world.center.requests.is_changing(&set, &account, &principal) {
        return Err(shape::conflict("A request for this assignment is still in progress."));
    }
    Ok(Wanted { set, account, principal })
}

fn principal(input: &Input<'_>) -> Result<Principal, Refusal> {
    let kind = match input.one_of("PrincipalType", &["USER", "GROUP"])? {
        "USER" => Kind::User,
        _ => Kind::Group,
    };
    Ok(Principal { kind, id: shape::resource_id(input, "PrincipalId")?.to_owned() })
}

/// An assignment that is there already is made again: AWS does not mind, and brings the set to the account anew.
pub(super) fn create(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let Wanted { set, account, principal } = wanted(turn, input)?;
    if !super::is_open(turn.world, &account) {
        return Err(shape::missing(format!("Account {account} was not found in the organization")));
    }
    let center = &turn.world.center;
    if center.requests.in_progress(Work::Create) >= IN_THE_MAKING {
        let message = format!("There are {IN_THE_MAKING} account assignments in the making. Try again later.");
        return Err(Refusal::new("ThrottlingException", message));
    }
    if center.assignments.place(&set, &account).is_none() && center.assignments.sets(&account).len() >= SETS_IN_ACCOUNT
    {
        return Err(shape::quota(format!("An account has {SETS_IN_ACCOUNT} permission sets at most")));
    }
    let begun = Request::begin(turn, Work::Create, &set, USUAL).at(account).of(principal);
    let status = begun.shown(&turn.world.center);
    begun.keep(turn.world.center_mut());
    Ok(json!({"AccountAssignmentCreationStatus": status}))
}

/// One that is not there is noticed late: the request fails, see [`Request::carry_out`].
pub(super) fn delete(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let Wanted { set, account, principal } = wanted(turn, input)?;
    let begun = Request::begin(turn, Work::Delete, &set, USUAL).at(account).of(principal);
    let status = begun.shown(&turn.world.center);
    begun.keep(turn.world.center_mut());
    Ok(json!({"AccountAssignmentDeletionStatus": status}))
}

pub(super) fn list(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let account = shape::account(input, "AccountId")?;
    let set = open_set(turn, input)?;
    let center = &turn.world.center;
    let nobody = BTreeSet::new();
    let principals = center.assignments.place(&set, account).map_or(&nobody, |place| &place.principals);
    let arn = center.set_arn(&set);
    page(turn, PAGES, "AccountAssignments", principals.iter(), |principal| assignment(account, &arn, principal))
}

/// What a user has includes what the user's groups have.
pub(super) fn list_for_principal(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let asked = principal(input)?;
    let filter = input.inner("Filter").unwrap_or(Input::new(&Value::Null));
    let account = filter.maybe("AccountId", |filter| shape::account(filter, "AccountId"))?;
    super::open(turn, input)?;
    let center = &turn.world.center;
    let groups: Vec<Principal> = match asked.kind {
        Kind::User => center
            .directory()
            .groups_of(&asked.id)
            .map(|group| Principal { kind: Kind::Group, id: group.clone() })
            .collect(),
        Kind::Group => Vec::new(),
    };
    // What one principal has is in order already; thousands of them need not be sorted again for every page.
    if groups.is_empty() && account.is_none() {
        let held = center.assignments.held(&asked);
        return page(turn, PAGES, "AccountAssignments", held, |(account, set)| {
            assignment(account, &center.set_arn(set), &asked)
        });
    }
    let mut held: Vec<(&String, &String, &Principal)> = std::iter::once(&asked)
        .chain(&groups)
        .flat_map(|principal| center.assignments.held(principal).map(move |(account, set)| (account, set, principal)))
        .filter(|(held_in, ..)| account.is_none_or(|account| *held_in == account))
        .collect();
    held.sort();
    page(turn, PAGES, "AccountAssignments", held.into_iter(), |(account, set, principal)| {
        assignment(account, &center.set_arn(set), principal)
    })
}

fn assignment(account: &str, set_arn: &str, principal: &Principal) -> Value {
    json!({
        "AccountId": account, "PermissionSetArn": set_arn, "PrincipalType": principal.kind.name(),
        "PrincipalId": principal.id,
    })
}
