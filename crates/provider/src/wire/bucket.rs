//! Token buckets: one per rate family and place. They slow down when the platform throttles, and recover by and by.

use std::{collections::BTreeMap, time::Duration};

use polity_model::resource::Scope;
use tokio::time::Instant;

/// Least rate that throttling can bring a family down to, in calls a second.
const SLOWEST: f64 = 1.0;
/// Who called less than this in a second was throttled for what others called: the pause between tries is enough then.
const MODEST: f64 = 10.0;
/// A family without a documented rate is let through at this one: faster than one process can call.
const FREE: Rate = Rate { family: "", per_second: 2000.0, burst: 2000, per: Per::Platform };

/// How often calls of one family may be made, as far as the platform documents it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// The family, as in [`crate::Operation::family`].
    pub family: &'static str,
    /// Calls a second, in the long run.
    pub per_second: f64,
    /// Calls that may be made at once after a rest.
    pub burst: u32,
    /// What shares the rate.
    pub per: Per,
}

/// What shares a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// All calls on the platform.
    Platform,
    /// All calls in one scope.
    Scope,
}

/// All buckets.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    rates: BTreeMap<(String, &'static str), Rate>,
    buckets: BTreeMap<(String, &'static str), Bucket>,
}

impl Buckets {
    pub(super) fn set_rates(&mut self, platform: &str, rates: &[Rate]) {
        for rate in rates {
            self.rates.insert((platform.to_owned(), rate.family), *rate);
        }
        self.buckets.clear();
    }

    /// Takes a token, and says how long to wait until it is there.
    pub(super) fn take(&mut self, scope: &Scope, family: &'static str, now: Instant) -> Duration {
        self.bucket(scope, family, now).take(now)
    }

    pub(super) fn throttled(&mut self, scope: &Scope, family: &'static str, now: Instant) {
        self.bucket(scope, family, now).throttled(now);
    }

    pub(super) fn succeeded(&mut self, scope: &Scope, family: &'static str) {
        self.bucket(scope, family, Instant::now()).succeeded();
    }

    fn bucket(&mut self, scope: &Scope, family: &'static str, now: Instant) -> &mut Bucket {
        let rate = self.rates.get(&(scope.platform.clone(), family)).copied().unwrap_or(FREE);
        // No scope has the bare name of another platform, so the two kinds of place share one map.
        let place = match rate.per {
            Per::Platform => &scope.platform,
            Per::Scope => &scope.name,
        };
        self.buckets.entry((place.clone(), family)).or_insert_with(|| Bucket::new(rate, now))
    }
}

/// One bucket. Tokens may be owed: whoever takes one that is not there yet waits until it has dripped in.
#[derive(Debug)]
struct Bucket {
    full: Rate,
    per_second: f64,
    tokens: f64,
    filled: Instant,
    slowed: Option<Instant>,
    /// Tokens taken in the current second and in the one before: what throttling has to be measured against.
    second: (Instant, u32, u32),
}

impl Bucket {
    fn new(full: Rate, now: Instant) -> Self {
        let tokens = f64::from(full.burst);
        Self { full, per_second: full.per_second, tokens, filled: now, slowed: None, second: (now, 0, 0) }
    }

    fn take(&mut self, now: Instant) -> Duration {
        self.fill(now);
        self.count(now);
        self.tokens -= 1.0;
        if self.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-self.tokens / self.per_second) }
    }

    /// Halves the rate - or what was really called, when that is less - once a second: the answers to calls that
    /// were on their way together are one piece of news, not many.
    fn throttled(&mut self, now: Instant) {
        self.fill(now);
        if self.slowed.is_some_and(|slowed| now.duration_since(slowed) < Duration::from_secs(1)) {
            return;
        }
        let called = f64::from(self.second.1.max(self.second.2)).max(MODEST);
        self.per_second = (self.per_second.min(called) / 2.0).max(SLOWEST.min(self.full.per_second));
        self.tokens = self.tokens.min(0.0);
        self.slowed = Some(now);
    }

    fn succeeded(&mut self) {
        if self.slowed.is_some() {
            self.per_second = (self.per_second * 1.05).min(self.full.per_second);
        }
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        // While slowed down there is no saving up for a burst: that is what was throttled.
        let most = if self.per_second < self.full.per_second { 1.0 } else { f64::from(self.full.burst) };
        self.tokens = (self.tokens + passed * self.per_second).min(most.max(self.tokens.min(most)));
        self.filled = now;
    }

    fn count(&mut self, now: Instant) {
        let (began, current, _) = self.second;
        match now.saturating_duration_since(began).as_secs() {
            0 => self.second.1 += 1,
            1 => self.second = (began + Duration::from_secs(1), 1, current),
            _ => self.second = (now, 1, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(per_second: f64, burst: u32) -> (Bucket, Instant) {
        let now = Instant::now();
        (Bucket::new(Rate { family: "list", per_second, burst, per: Per::Platform }, now), now)
    }

    #[test]
    fn a_burst_is_free_and_then_the_rate_holds() {
        let (mut bucket, now) = bucket(10.0, 3);
        let waits: Vec<u128> = (0..6).map(|_| bucket.take(now).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 100, 200, 300]);
        // What was owed is paid back before anything is free again.
        assert_eq!(bucket.take(now + Duration::from_millis(300)).as_millis(), 100);
        assert_eq!(bucket.take(now + Duration::from_secs(5)).as_millis(), 0);
    }

    #[test]
    fn throttling_halves_once_for_all_calls_that_were_on_their_way() {
        let (mut bucket, now) = bucket(10.0, 20);
        for _ in 0..20 {
            bucket.take(now);
        }
        for _ in 0..20 {
            bucket.throttled(now);
        }
        assert!((bucket.per_second - 5.0).abs() < 1e-9, "{}", bucket.per_second);
        bucket.throttled(now + Duration::from_secs(2));
        assert!((bucket.per_second - 2.5).abs() < 1e-9, "{}", bucket.per_second);
        for second in 3..20 {
            bucket.throttled(now + Duration::from_secs(second));
        }
        assert!((bucket.per_second - SLOWEST).abs() < 1e-9, "{}", bucket.per_second);
    }

    #[test]
    fn success_recovers_up_to_the_documented_rate_and_no_further() {
        let (mut bucket, now) = bucket(10.0, 20);
        bucket.take(now);
        bucket.throttled(now);
        assert!((bucket.per_second - 5.0).abs() < 1e-9, "{}", bucket.per_second);
        for _ in 0..200 {
            bucket.succeeded();
        }
        assert!((bucket.per_second - 10.0).abs() < 1e-9, "{}", bucket.per_second);
    }

    #[test]
    fn a_family_without_a_rate_slows_to_half_of_what_was_called() {
        let now = Instant::now();
        let mut bucket = Bucket::new(FREE, now);
        for _ in 0..40 {
            assert!(bucket.take(now).is_zero());
        }
        bucket.throttled(now);
        assert!((bucket.per_second - 20.0).abs() < 1e-9, "{}", bucket.per_second);
        assert!(bucket.take(now) > Duration::ZERO);
    }

    #[test]
    fn scopes_share_a_bucket_only_where_the_rate_says_so() {
        let scope = |name: &str| Scope {
            name: name.to_owned(),
            platform: "nimbus".to_owned(),
            level: "account".to_owned(),
            tenant: None,
            entry: None,
        };
        let rate = |family, per| Rate { family, per_second: 1.0, burst: 1, per };
        let (mut buckets, now) = (Buckets::default(), Instant::now());
        buckets.set_rates("nimbus", &[rate("shared", Per::Platform), rate("own", Per::Scope)]);
        let waits = |buckets: &mut Buckets, family| {
            [buckets.take(&scope("nimbus/a"), family, now), buckets.take(&scope("nimbus/b"), family, now)]
        };
        assert_eq!(waits(&mut buckets, "shared"), [Duration::ZERO, Duration::from_secs(1)]);
        assert_eq!(waits(&mut buckets, "own"), [Duration::ZERO, Duration::ZERO]);
    }
}
