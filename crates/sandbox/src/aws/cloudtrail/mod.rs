//! AWS CloudTrail: who changed what, by every service's writing calls. There is one trail of the whole world, kept
//! cheap: newest events only, in chunks that copies of the world share.

mod lookup;
mod record;

use std::{collections::VecDeque, sync::Arc};

use serde::{Deserialize, Serialize};

use self::record::Event;
use super::service::{Answer, Operation, Protocol, Service, Turn, read};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "cloudtrail",
    signing: "cloudtrail",
    protocol: Protocol::Json("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"),
    operations: OPERATIONS,
};

const OPERATIONS: &[Operation] = &[read("LookupEvents", "cloudtrail", lookup::lookup_events)];

/// As many events are kept, in chunks of so many.
const KEPT: usize = 100_000;
const CHUNK: usize = 256;

/// All events of all accounts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Trail {
    /// Oldest first; only the last is not full.
    chunks: VecDeque<Arc<Vec<Arc<Event>>>>,
    /// Events are counted from 1.
    noted: u64,
}

impl Trail {
    fn push(&mut self, make: impl FnOnce(u64) -> Event) {
        self.noted += 1;
        let event = Arc::new(make(self.noted));
        match self.chunks.back_mut().filter(|last| last.len() < CHUNK) {
            Some(last) => Arc::make_mut(last).push(event),
            None => self.chunks.push_back(Arc::new(vec![event])),
        }
        if self.chunks.len() > KEPT / CHUNK {
            self.chunks.pop_front();
        }
    }

    /// Newest first.
    fn newest(&self) -> impl Iterator<Item = &Event> {
        self.chunks.iter().rev().flat_map(|chunk| chunk.iter().rev()).map(Arc::as_ref)
    }
}

/// Notes a call that (would have) changed something.
pub(crate) fn note(turn: &mut Turn<'_>, answer: &Answer) {
    let trail = Arc::make_mut(&mut turn.world.trail);
    trail.push(|number| Event::of(number, turn.call, &turn.caller, turn.now, answer));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::testing::Bench;

    #[test]
    fn the_newest_are_kept_and_copies_share_them() {
        let mut bench = Bench::new();
        bench.ok("iam", "CreateAccountAlias", json!({"AccountAlias": "seed"}));
        let event = bench.aws.world.trail.newest().next().unwrap().clone();
        let numbered = |number| {
            let mut copy = event.clone();
            copy.number = number;
            copy
        };
        let mut trail = Trail::default();
        for _ in 0..KEPT + 3 * CHUNK {
            trail.push(numbered);
        }
        let copy = trail.clone();
        trail.push(numbered);
        assert_eq!(copy.newest().next().unwrap().number + 1, trail.newest().next().unwrap().number);
        assert!(Arc::ptr_eq(copy.chunks.front().unwrap(), trail.chunks.front().unwrap()));
        let held = trail.newest().count();
        assert!(held <= KEPT && held > KEPT - 2 * CHUNK, "{held}");
    }
}
