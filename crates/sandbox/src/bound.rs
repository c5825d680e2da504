//! How long the calls that were made take at least, by the rates that are documented: however fast a client is, it cannot
//! be faster, and whoever is not much slower wastes nothing.

use std::{collections::BTreeMap, time::Duration};

use crate::cloud::{Call, Per, Rate};

/// Calls so far by bucket: what is called, the account, the region.
#[derive(Debug, Default)]
pub(crate) struct Bounds {
    buckets: BTreeMap<(String, String, String), (u64, Rate)>,
}

impl Bounds {
    /// One more call.
    pub(crate) fn count(&mut self, call: &Call, rate: Option<Rate>) {
        let Some(rate) = rate else { return };
        let what = if rate.shared { call.family.to_owned() } else { format!("{}:{}", call.service, call.operation) };
        let region = if rate.per == Per::Region { call.region.clone() } else { String::new() };
        self.buckets.entry((what, call.place.clone(), region)).or_insert((0, rate)).0 += 1;
    }

    /// The calls that take longest, and how long they take.
    pub(crate) fn narrowest(&self) -> Option<(String, Duration)> {
        let all = self.buckets.iter().map(|((what, ..), (calls, rate))| {
            let beyond = calls.saturating_sub(u64::from(rate.pace.burst));
            (what.clone(), Duration::from_secs_f64(beyond as f64 / rate.pace.per_second))
        });
        all.max_by_key(|(_, least)| *least).filter(|(_, least)| !least.is_zero())
    }
}
