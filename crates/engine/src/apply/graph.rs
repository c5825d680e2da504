//! The order of work: each change as soon as those that it needs are done, several at once, no more in a lane than it holds.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{FuturesUnordered, StreamExt};
use polity_model::{
    Address,
    plan::{Change, Plan},
    schema::Lane,
};

use super::{ChangeResult, End, change, run::Run};
use crate::Progress;

/// Changes of a plan on their way.
struct Graph<'p> {
    changes: &'p [Change],
    /// Numbers of the changes that wait for this one.
    followers: Vec<Vec<usize>>,
    /// How many changes this one still waits for.
    waits: Vec<usize>,
    ready: BTreeSet<usize>,
    /// How many are at work in each lane.
    busy: BTreeMap<(String, &'static str), usize>,
    ends: BTreeMap<usize, End>,
}

/// Carries out all changes of a plan. One result per change, in the plan's order.
pub(super) async fn execute(run: &Run<'_>, plan: &Plan) -> Vec<ChangeResult> {
    let mut graph = Graph::new(&plan.changes);
    let mut running = FuturesUnordered::new();
    let mut said = false;
    loop {
        while !stopping(run, &mut said)
            && running.len() < run.input.pace.parallel.max(1)
            && let Some((number, change)) = graph.next(run)
        {
            running.push(async move { (number, change::carry_out(run, change).await) });
        }
        let Some((number, end)) = running.next().await else { break };
        graph.ended(run, number, end);
    }
    graph.leave(run);
    let end = |number: usize| graph.ends.get(&number).cloned();
    let results = plan.changes.iter().enumerate().filter_map(|(number, change)| {
        Some(ChangeResult { address: change.address.clone(), action: change.action, end: end(number)? })
    });
    results.collect()
}

fn stopping(run: &Run<'_>, said: &mut bool) -> bool {
    let asked = run.input.cancel.is_asked();
    if asked && !*said {
        *said = true;
        run.observer.on(&Progress::Stopping);
    }
    asked || run.stopped().is_some()
}

impl<'p> Graph<'p> {
    fn new(changes: &'p [Change]) -> Self {
        let at: BTreeMap<&Address, usize> =
            changes.iter().enumerate().map(|(number, change)| (&change.address, number)).collect();
        let mut graph = Self {
            changes,
            followers: vec![Vec::new(); changes.len()],
            waits: vec![0; changes.len()],
            ready: BTreeSet::new(),
            busy: BTreeMap::new(),
            ends: BTreeMap::new(),
        };
        for (number, change) in changes.iter().enumerate() {
            // What is needed and not among the changes is in order already.
            let needs: BTreeSet<usize> = change.needs.iter().filter_map(|need| at.get(need).copied()).collect();
            for need in &needs {
                if let Some(followers) = graph.followers.get_mut(*need) {
                    followers.push(number);
                }
            }
            if let Some(waits) = graph.waits.get_mut(number) {
                *waits = needs.len();
            }
            if needs.is_empty() {
                graph.ready.insert(number);
            }
        }
        graph
    }

    /// The first change that can begin now. It takes a place in its lane until it ends.
    fn next(&mut self, run: &Run<'_>) -> Option<(usize, &'p Change)> {
        let number = *self.ready.iter().find(|number| {
            let lane = self.changes.get(**number).and_then(|change| lane(run, change));
            lane.is_none_or(|(at, width)| self.busy.get(&at).copied().unwrap_or(0) < width.max(1))
        })?;
        let change = self.changes.get(number)?;
        self.ready.remove(&number);
        if let Some((at, _)) = lane(run, change) {
            *self.busy.entry(at).or_default() += 1;
        }
        Some((number, change))
    }

    fn ended(&mut self, run: &Run<'_>, number: usize, end: End) {
        let Some(change) = self.changes.get(number) else { return };
        if let Some(busy) = lane(run, change).and_then(|(at, _)| self.busy.get_mut(&at)) {
            *busy = busy.saturating_sub(1);
        }
        let done = matches!(end, End::Done { .. });
        self.ends.insert(number, end);
        if !done {
            return self.skip_followers(run, number, &format!("`{}` failed, and this needs it", change.address));
        }
        for follower in self.followers.get(number).cloned().unwrap_or_default() {
            if let Some(waits) = self.waits.get_mut(follower) {
                *waits -= 1;
                if *waits == 0 && !self.ends.contains_key(&follower) {
                    self.ready.insert(follower);
                }
            }
        }
    }

    fn skip_followers(&mut self, run: &Run<'_>, number: usize, reason: &str) {
        let mut open = self.followers.get(number).cloned().unwrap_or_default();
        while let Some(follower) = open.pop() {
            if !self.ends.contains_key(&follower) {
                self.skip(run, follower, reason);
                open.extend(self.followers.get(follower).cloned().unwrap_or_default());
            }
        }
    }

    fn skip(&mut self, run: &Run<'_>, number: usize, reason: &str) {
        let Some(change) = self.changes.get(number) else { return };
        self.ready.remove(&number);
        run.observer.on(&Progress::ChangeSkipped { address: &change.address, action: change.action, reason });
        self.ends.insert(number, End::Skipped { reason: reason.to_owned() });
    }

    /// Says of all that never began why not.
    fn leave(&mut self, run: &Run<'_>) {
        let reason = match run.stopped() {
            Some(_) => "the journal cannot be written",
            None if run.input.cancel.is_asked() => "a stop was asked for",
            None => "it waits for a change that waits for it",
        };
        for number in 0..self.changes.len() {
            if !self.ends.contains_key(&number) {
                self.skip(run, number, reason);
            }
        }
    }
}

/// Where a change has to take a place, and how many there are.
fn lane(run: &Run<'_>, change: &Change) -> Option<((String, &'static str), usize)> {
    let Lane { name, width } = run.observation.schema(&change.address)?.lane?;
    Some(((change.address.platform.clone(), name), width))
}
