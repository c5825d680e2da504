//! Token buckets, filled by the sandbox's own clock.

use jiff::Timestamp;

use super::Pace;

/// A bucket of tokens; each call takes one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    pace: Pace,
    tokens: f64,
    at: Timestamp,
}

impl Bucket {
    /// A full one.
    pub(super) fn new(pace: Pace, now: Timestamp) -> Self {
        Self { pace, tokens: f64::from(pace.burst), at: now }
    }

    /// Takes a token; `false` when there is none, and then nothing is taken.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let passed = now.duration_since(self.at).as_secs_f64().max(0.0);
        self.tokens = (self.tokens + passed * self.pace.per_second).min(f64::from(self.pace.burst));
        self.at = now;
        // Sums of many small fills may fall short of a whole token by what a fraction cannot say.
        let enough = self.tokens >= 1.0 - 1e-9;
        if enough {
            self.tokens = (self.tokens - 1.0).max(0.0);
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_its_rate_from_then_on() {
        let start: Timestamp = "2026-06-01T08:00:00Z".parse().unwrap();
        let mut bucket = Bucket::new(Pace { per_second: 5.0, burst: 3 }, start);
        let given = |bucket: &mut Bucket, millis: i64| {
            let now = start.checked_add(SignedDuration::from_millis(millis)).unwrap();
            (0..100).take_while(|_| bucket.take(now)).count()
        };
        assert_eq!(given(&mut bucket, 0), 3);
        assert_eq!(given(&mut bucket, 100), 0);
        assert_eq!(given(&mut bucket, 200), 1, "a fifth of a second is one call");
        assert_eq!(given(&mut bucket, 60_000), 3, "never more than the burst");
        let steady: usize = (1..=1000).map(|step| given(&mut bucket, 60_000 + step * 10)).sum();
        assert_eq!(steady, 50, "ten seconds at five a second, however often somebody asks");
    }
}
