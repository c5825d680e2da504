//! What a simulated cloud is: it understands a request, answers it, lets time pass, and words a refusal its own way.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    faults::Fault,
    scenario::{Hand, Pace},
};

/// A request, whole.
pub type Request = http::Request<Bytes>;
/// An answer, whole.
pub type Reply = http::Response<Bytes>;

/// Whether a call changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// It does not.
    Read,
    /// It does.
    Write,
}

/// A request as a cloud understood it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) service: &'static str,
    pub(crate) operation: String,
    pub(crate) access: Access,
    /// Calls of one family share a documented rate.
    pub(crate) family: &'static str,
    /// The account, project or cluster that the call is made in.
    pub(crate) place: String,
    pub(crate) region: String,
    /// Who calls: the name of the credential in use.
    pub(crate) credential: String,
    /// What is asked for, with the names of the cloud's own interface.
    pub(crate) input: Value,
}

/// How a cloud behaves where the scenario may choose, in place of what is documented.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tuning {
    /// How long an asynchronous operation takes, by `service:operation`.
    pub(crate) takes: BTreeMap<String, Duration>,
    /// Asynchronous operations begun from now on fail, with this reason; by `service:operation`.
    pub(crate) fails: BTreeMap<String, String>,
    /// Pages hold so many items at most.
    pub(crate) page_max: Option<usize>,
    /// Each list begins with a page that holds nothing but a token, as AWS sometimes answers.
    pub(crate) empty_pages: bool,
    /// Credentials that are given out last so long at most.
    pub(crate) session_max: Option<Duration>,
}

/// The documented rate of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rate {
    pub(crate) pace: Pace,
    /// Whether all calls of the family take from one bucket; else each operation has its own.
    pub(crate) shared: bool,
    pub(crate) per: Per,
}

/// Which calls share a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Per {
    /// Those made in one account.
    Account,
    /// Those made in one account and one region.
    Region,
}

/// What a hand did, or could not do.
#[derive(Clone, Debug)]
pub(crate) struct Handled {
    pub(crate) service: &'static str,
    pub(crate) access: Access,
    pub(crate) place: String,
    pub(crate) region: String,
    /// Why it came to nothing, with the cloud's own code if the cloud refused it.
    pub(crate) failed: Option<String>,
}

/// One simulated cloud.
pub(crate) trait Cloud: Send {
    /// Its name, as platform types are called.
    fn name(&self) -> &'static str;

    /// Understands a request that is meant for this cloud; `None` for those that are not.
    fn hear(&self, request: &Request) -> Option<Call>;

    /// The documented rate of a call, for scenarios that throttle as documented.
    fn rate(&self, call: &Call) -> Option<Rate>;

    /// The name of an account, project or cluster.
    fn name_of(&self, place: &str) -> Option<String>;

    /// Whether something that was begun is due.
    fn is_due(&self, now: Timestamp) -> bool;

    /// What was begun and is due happens now.
    fn settle(&mut self, now: Timestamp);

    /// Carries a call out.
    fn answer(&mut self, call: &Call, request: &Request, tuning: &Tuning, now: Timestamp) -> Reply;

    /// Words a refusal that the scenario demands. What follows is the reply to a call that was (perhaps) carried out.
    fn refuse(&mut self, call: &Call, fault: Fault) -> Reply;

    /// Does what somebody does by hand; `None` when it is no service of this cloud.
    fn tamper(&mut self, hand: &Hand, now: Timestamp) -> Option<Handled>;

    /// Remembers how things are, for as long as reads may see it: something is about to change.
    fn remember(&mut self, now: Timestamp, window: Duration);

    /// The cloud as it was, for this read to see; `None` where nothing has changed since, or where the read must not see
    /// anything but the present.
    fn recall(&self, call: &Call, moment: Timestamp) -> Option<Box<dyn Cloud>>;

    /// The guardrails in force, by account, project or cluster, but for what has ended.
    fn guardrails(&self) -> BTreeMap<String, BTreeSet<String>>;

    /// A copy that lives a life of its own.
    fn fork(&self) -> Box<dyn Cloud>;

    /// Everything, to write down.
    fn save(&self) -> Value;
}
