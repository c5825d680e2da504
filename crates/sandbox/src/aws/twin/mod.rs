//! A twin: a simulated AWS that holds what was read of a real one, under the same native ids.
//!
//! It is built as anybody would build it, by calls, in the order in which AWS lets things be made; so it keeps all of
//! the sandbox's rules. Then every id that was drawn here is renamed to the real one, everywhere at once. What cannot
//! be built is told, never left out in silence.

mod identity;
mod organization;
mod rename;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use polity_model::{
    Value as Attribute,
    inventory::Inventory,
    resource::{MARK_ATTRIBUTE, Observed, Scope},
};
use serde_json::{Value, json};

use super::{Aws, refusal::Refusal, tamper, world::World};
use crate::past::Past;

/// Builds the twin of what was read. `role` is the role that the management account enters others with. The second
/// answer is what the twin lacks, in sentences.
#[must_use]
pub fn twin(inventory: &Inventory, management: &str, role: &str, seed: u64) -> (Aws, Vec<String>) {
    let mut builder = Builder::new(inventory, management, role, seed);
    builder.gaps();
    organization::build(&mut builder);
    identity::build(&mut builder);
    settings::build(&mut builder);
    builder.unknown_kinds();
    let (world, mut lost) = (builder.world, builder.lost);
    let world = rename::rename(&world, &builder.ids, &builder.texts).unwrap_or_else(|error| {
        lost.push(format!("the real ids: {error}"));
        world
    });
    (Aws { world, past: Past::default() }, lost)
}

/// The kinds that a twin can hold.
const KINDS: [&str; 23] = [
    "organization",
    "policy-type",
    "organizational-unit",
    "account",
    "policy",
    "policy-attachment",
    "trusted-access",
    "delegated-administrator",
    "alternate-contact",
    "budget",
    "region-opt-in",
    "user",
    "group",
    "group-membership",
    "permission-set",
    "account-assignment",
    "account-alias",
    "password-policy",
    "s3-public-access-block",
    "ebs-encryption-default",
    "imds-defaults",
    "snapshot-public-access-block",
    "image-public-access-block",
];

/// The region that global services are called in.
const HUB: &str = "us-east-1";

/// A twin that is being built.
struct Builder<'a> {
    inventory: &'a Inventory,
    world: World,
    management: String,
    role: String,
    now: Timestamp,
    /// The id that was drawn here, by the real one.
    here: BTreeMap<String, String>,
    /// The real id, by the one that was drawn here.
    ids: BTreeMap<String, String>,
    /// Whole texts that no call can set: how they are here, and how they are really.
    texts: BTreeMap<String, String>,
    lost: Vec<String>,
}

impl<'a> Builder<'a> {
    fn new(inventory: &'a Inventory, management: &str, role: &str, seed: u64) -> Self {
        // Everything is older than the first rehearsal, and old enough to be closed or changed.
        let now = inventory.taken_at.unwrap_or(Timestamp::UNIX_EPOCH);
        let now = now.checked_sub(SignedDuration::from_hours(24 * 365)).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            inventory,
            world: World::new(management, seed),
            management: management.to_owned(),
            role: role.to_owned(),
            now,
            here: BTreeMap::new(),
            ids: BTreeMap::new(),
            texts: BTreeMap::new(),
            lost: Vec::new(),
        }
    }

    /// Everything of a kind that is not the vendor's own.
    fn all(&self, kind: &'static str) -> Vec<&'a Observed> {
        let inventory = self.inventory;
        inventory.resources.iter().filter(|one| one.kind == kind && one.vendor.is_none()).collect()
    }

    /// A call of the management account.
    fn call(&mut self, service: &'static str, operation: &str, input: Value) -> Result<Value, Refusal> {
        let management = self.management.clone();
        self.call_in(&management, HUB, service, operation, input)
    }

    /// A call made within an account.
    fn call_in(
        &mut self,
        account: &str,
        region: &str,
        service: &'static str,
        operation: &str,
        input: Value,
    ) -> Result<Value, Refusal> {
        let call = tamper::call(service, operation, account, region, input);
        let answer = tamper::run(&mut self.world, "twin", &call, self.now);
        // What it began has ended before the next call: nobody waits while a twin is built.
        self.now = self.now.checked_add(SignedDuration::from_mins(20)).unwrap_or(self.now);
        self.world.settle(self.now);
        answer
    }

    /// A call for an object; what is refused is told.
    fn make(&mut self, one: &Observed, service: &'static str, operation: &str, input: Value) -> Option<Value> {
        let made = self.call(service, operation, input);
        self.told(one, made)
    }

    fn told(&mut self, one: &Observed, made: Result<Value, Refusal>) -> Option<Value> {
        match made {
            Ok(answer) => Some(answer),
            Err(refusal) => {
                let name = if one.name.is_empty() { &one.id } else { &one.name };
                self.lose(format!("{} `{name}` in `{}`: {}: {}", one.kind, one.scope, refusal.code, refusal.message));
                None
            }
        }
    }

    fn lose(&mut self, sentence: String) {
        self.lost.push(sentence);
    }

    /// The real id of what was drawn here.
    fn bind(&mut self, real: &str, here: &str) {
        self.here.insert(real.to_owned(), here.to_owned());
        self.ids.insert(here.to_owned(), real.to_owned());
    }

    /// The id here of what has this id really.
    fn id(&self, real: &str) -> String {
        self.here.get(real).cloned().unwrap_or_else(|| real.to_owned())
    }

    fn id_in(&self, one: &Observed, attribute: &str) -> String {
        self.id(&text(one, attribute))
    }

    /// The scope that something was read in.
    fn scope(&self, one: &Observed) -> Option<&'a Scope> {
        let inventory = self.inventory;
        inventory.scopes.iter().find(|scope| scope.name == one.scope)
    }

    /// What could not be read is not there.
    fn gaps(&mut self) {
        for gap in &self.inventory.gaps {
            let what = gap.kind.as_deref().unwrap_or("everything");
            self.lost.push(format!("{what} in `{}`, which could not be read: {}", gap.scope, gap.reason));
        }
    }

    fn unknown_kinds(&mut self) {
        let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
        for one in self.inventory.resources.iter().filter(|one| !KINDS.contains(&one.kind.as_str())) {
            *unknown.entry(&one.kind).or_default() += 1;
        }
        for (kind, number) in unknown {
            self.lost.push(format!("{number} of the kind `{kind}`, which the sandbox does not know"));
        }
    }

    /// Accounts that could not be entered when they were read.
    fn closed_doors(&self) -> BTreeSet<&'a str> {
        let shut = self.inventory.gaps.iter().filter(|gap| gap.kind.is_none());
        let shut: BTreeSet<&str> = shut.map(|gap| gap.scope.as_str()).collect();
        let inventory = self.inventory;
        let scopes = inventory.scopes.iter().filter(|scope| shut.contains(scope.name.as_str()));
        scopes.filter_map(|scope| scope.entry.as_ref()?.get("account_id").map(String::as_str)).collect()
    }
}

fn text(one: &Observed, attribute: &str) -> String {
    one.attributes.get(attribute).and_then(Attribute::as_text).unwrap_or_default().to_owned()
}

fn texts(one: &Observed, attribute: &str) -> Vec<String> {
    let list = one.attributes.get(attribute).and_then(Attribute::as_list).unwrap_or_default();
    list.iter().filter_map(Attribute::as_text).map(str::to_owned).collect()
}

/// An attribute as the wire has it; `null` where it has no value.
fn value(one: &Observed, attribute: &str) -> Value {
    one.attributes.get(attribute).map(Attribute::to_json).unwrap_or_default()
}

/// Tags with our mark among them.
fn tags(one: &Observed) -> Value {
    let tags = one.attributes.get("tags").and_then(Attribute::as_map);
    let own = tags.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_text().unwrap_or_default()));
    let mut list: Vec<Value> = own.map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    if let Some(mark) = &one.mark {
        list.push(json!({"Key": MARK_ATTRIBUTE, "Value": mark.written()}));
    }
    Value::Array(list)
}

/// A description with our mark behind it, where there are no tags.
fn marked(one: &Observed) -> String {
    let description = text(one, "description");
    match &one.mark {
        Some(mark) if description.is_empty() => format!("[polity {}]", mark.written()),
        Some(mark) => format!("{description} [polity {}]", mark.written()),
        None => description,
    }
}

/// Takes members without a value out.
fn sparse(mut input: Value) -> Value {
    if let Some(members) = input.as_object_mut() {
        members.retain(|_, value| !value.is_null() && value.as_str() != Some(""));
    }
    input
}
