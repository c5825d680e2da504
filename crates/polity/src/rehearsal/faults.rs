//! The faults of the matrix: what each one does around one write.

use std::time::Duration;

use polity_model::inventory::Inventory;
use polity_sandbox::{
    Effect, Rule, Scenario, Select, When,
    scenario::{Hand, HandCall, Latency, Pace},
};
use serde_json::{Value, json};

/// Where a fault strikes: at which of the calls that change something, and when that call is made if nothing is wrong.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Counted from 1.
    pub(crate) number: u64,
    pub(crate) at: Duration,
    /// `organizations:CreateAccount`.
    pub(crate) call: String,
}

/// A kind of fault.
pub(crate) struct Kind {
    /// As scenario files name the effect.
    pub(crate) name: &'static str,
    /// What happens, in words.
    pub(crate) words: &'static str,
    effect: Do,
}

#[derive(Clone, Copy)]
enum Do {
    /// This befalls the write itself.
    Write(fn() -> Effect),
    /// This befalls every reading for a while, from the write on.
    Reads(fn() -> Effect, Duration),
    /// This befalls every call for a while, from the write on.
    Calls(fn() -> Effect, Duration),
    /// Somebody changes something by hand just before the write.
    Hand,
}

const MINUTE: Duration = Duration::from_secs(60);

/// All kinds.
pub(crate) const KINDS: [Kind; 21] = [
    kind("throttled", "the call is refused: too many", Do::Write(|| Effect::Throttled)),
    kind("busy", "the call is refused: somebody else changes the same", Do::Write(|| Effect::Busy)),
    kind("broken_before", "the service fails (5xx) and has done nothing", Do::Write(|| Effect::BrokenBefore)),
    kind("broken_after", "the service fails (5xx) and has done everything", Do::Write(|| Effect::BrokenAfter)),
    kind("cut_before", "the connection is cut, nothing was done", Do::Write(|| Effect::CutBefore)),
    kind("cut_after", "the connection is cut, everything was done", Do::Write(|| Effect::CutAfter)),
    kind("silent_before", "no answer ever comes, nothing was done", Do::Write(|| Effect::SilentBefore)),
    kind("silent_after", "no answer ever comes, everything was done", Do::Write(|| Effect::SilentAfter)),
    kind("garbled_before", "a proxy answers instead of the service", Do::Write(|| Effect::GarbledBefore)),
    kind("garbled_after", "a proxy spoils the answer, everything was done", Do::Write(|| Effect::GarbledAfter)),
    kind("halt_before", "Polity is killed before the call", Do::Write(|| Effect::HaltBefore)),
    kind("halt_after", "Polity is killed after the call", Do::Write(|| Effect::HaltAfter)),
    kind("denied", "the permission for the call is missing", Do::Write(|| Effect::Denied)),
    kind("expired", "the credentials run out at the call", Do::Write(|| Effect::Expired)),
    kind("slow", "what the call begins takes twenty minutes", Do::Write(|| Effect::Slow(20 * MINUTE))),
    kind("failing", "what the call begins fails", Do::Write(|| Effect::Failing("INTERNAL_FAILURE".to_owned()))),
    kind(
        "stale",
        "readings show what was there 20 s ago, for a minute",
        Do::Reads(|| Effect::Stale(MINUTE / 3), MINUTE),
    ),
    kind(
        "latency",
        "answers take up to 30 s, for ten minutes",
        Do::Calls(|| Effect::Latency(SLOW), MINUTE.saturating_mul(10)),
    ),
    kind(
        "rate",
        "one call a second is let through, for two minutes",
        Do::Calls(|| Effect::Rate(CRAWL), MINUTE.saturating_mul(2)),
    ),
    kind(
        "small_pages",
        "lists come one by one, after an empty page",
        Do::Reads(|| Effect::SmallPages(1), MINUTE.saturating_mul(60)),
    ),
    kind("tampering", "somebody changes something by hand meanwhile", Do::Hand),
];

const SLOW: Latency = Latency { from: Duration::ZERO, to: Duration::from_secs(30) };
const CRAWL: Pace = Pace { per_second: 1.0, burst: 1 };
/// Answers in between take their time, so that different seeds meet in different orders.
const USUAL: Latency = Latency { from: Duration::from_millis(5), to: Duration::from_millis(90) };

const fn kind(name: &'static str, words: &'static str, effect: Do) -> Kind {
    Kind { name, words, effect }
}

/// A world in which nothing goes wrong.
pub(crate) fn calm(seed: u64) -> Scenario {
    Scenario::calm().seeded(seed).with(Rule::new(Effect::Latency(USUAL)))
}

impl Kind {
    /// The scenario in which this befalls that step.
    pub(crate) fn scenario(&self, step: &Step, seed: u64, hands: &[Hand]) -> Scenario {
        let window = |long: Duration| When { after: Some(step.at), until: Some(step.at + long), ..When::default() };
        let reads = Select { access: Some(polity_sandbox::Access::Read), ..Select::default() };
        let calm = calm(seed);
        match self.effect {
            Do::Write(effect) => calm.with(Rule::new(effect()).at(When::nth_write(step.number))),
            Do::Reads(effect, long) => {
                let scenario = calm.with(Rule::new(effect()).on(reads.clone()).at(window(long)));
                if self.name == "small_pages" {
                    scenario.with(Rule::new(Effect::EmptyPages).on(reads).at(window(long)))
                } else {
                    scenario
                }
            }
            Do::Calls(effect, long) => calm.with(Rule::new(effect()).at(window(long))),
            Do::Hand => {
                let turn = usize::try_from(step.number).unwrap_or_default() % hands.len().max(1);
                match hands.get(turn) {
                    Some(hand) => {
                        calm.with(Rule::new(Effect::Tampering(hand.clone())).at(When::nth_write(step.number)))
                    }
                    None => calm,
                }
            }
        }
    }

    /// Whether something other than Polity changes things under this fault, so that a first apply may leave drift.
    pub(crate) fn is_tampering(&self) -> bool {
        matches!(self.effect, Do::Hand)
    }
}

/// What somebody could change by hand in this world, and Polity would have to put right.
pub(crate) fn hands(inventory: &Inventory) -> Vec<Hand> {
    let ours = |kind: &'static str| {
        inventory.resources.iter().filter(move |one| one.kind == kind && one.vendor.is_none() && one.ended.is_none())
    };
    let text = |one: &polity_model::resource::Observed, name: &str| {
        one.attributes.get(name).and_then(polity_model::Value::as_text).unwrap_or_default().to_owned()
    };
    let mut hands = Vec::new();
    if let Some(one) = ours("policy-attachment").find(|one| !text(one, "policy").starts_with("p-FullAWS")) {
        let input = json!({"PolicyId": text(one, "policy"), "TargetId": text(one, "target")});
        hands.push(hand("organizations", "DetachPolicy", input));
    }
    if let Some(one) = ours("organizational-unit").next_back() {
        let input = json!({"OrganizationalUnitId": one.id, "Name": "renamed by hand"});
        hands.push(hand("organizations", "UpdateOrganizationalUnit", input));
    }
    let mut housed = ours("account").filter(|one| text(one, "parent").starts_with("ou-"));
    for one in [housed.next(), housed.next_back()].into_iter().flatten() {
        let root = "${root}";
        let input = json!({"AccountId": one.id, "SourceParentId": text(one, "parent"), "DestinationParentId": root});
        hands.push(hand("organizations", "MoveAccount", input));
    }
    if let Some(one) = ours("policy").next_back() {
        let input = json!({"PolicyId": one.id, "Description": "changed by hand"});
        hands.push(hand("organizations", "UpdatePolicy", input));
    }
    if let Some(one) = ours("account-assignment").next() {
        let input = json!({
            "InstanceArn": "${instance}", "TargetId": text(one, "account"), "TargetType": "AWS_ACCOUNT",
            "PermissionSetArn": text(one, "permission_set"), "PrincipalType": text(one, "principal_type"),
            "PrincipalId": text(one, "principal"),
        });
        hands.push(hand("sso-admin", "DeleteAccountAssignment", input));
    }
    if let Some(one) = ours("permission-set").next() {
        let input = json!({
            "InstanceArn": "${instance}", "PermissionSetArn": one.id, "SessionDuration": "PT12H",
        });
        hands.push(hand("sso-admin", "UpdatePermissionSet", input));
    }
    hands
}

fn hand(service: &str, operation: &str, input: Value) -> Hand {
    let call =
        HandCall { service: service.to_owned(), operation: operation.to_owned(), input, account: None, region: None };
    Hand { by: "mallory".to_owned(), call }
}

/// The kind of this name.
pub(crate) fn named(name: &str) -> Option<&'static Kind> {
    static ALL: [Kind; 21] = KINDS;
    ALL.iter().find(|kind| kind.name == name)
}

/// All kinds, in the order of the table.
pub(crate) fn all() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter_map(|kind| named(kind.name))
}
