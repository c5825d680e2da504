//! A scenario that is being played: it sees every call and says what befalls it.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{Effect, Hand, Latency, Rule, Scenario, bucket::Bucket};
use crate::{
    cloud::{Access, Call, Cloud, Per, Tuning},
    faults::{Fault, Stage},
    ids::Ids,
};

/// What befalls one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Verdict {
    /// How much longer the answer takes.
    pub(crate) late: Duration,
    /// It reads what was there so long ago.
    pub(crate) stale: Option<Duration>,
    /// Why nothing is done.
    pub(crate) before: Option<Fault>,
    /// What befalls the reply.
    pub(crate) after: Option<Fault>,
    /// How the cloud behaves meanwhile.
    pub(crate) tuning: Tuning,
    /// What other hands do just before it.
    pub(crate) hands: Vec<Hand>,
    /// Names of the effects of all rules that had a part in it.
    pub(crate) names: Vec<&'static str>,
}

/// A scenario that is being played.
#[derive(Debug)]
pub(crate) struct Director {
    began: Timestamp,
    seed: u64,
    rules: Vec<Playing>,
    /// Hands that move when their time has come, the last one first.
    scheduled: Vec<(Timestamp, Hand)>,
    /// Calls so far that change something.
    writes: u64,
    /// Calls so far by what is asked and where: so that a lot is the same whatever others ask in between.
    asked: BTreeMap<String, u64>,
    draws: bool,
}

#[derive(Debug)]
struct Playing {
    rule: Rule,
    /// Calls that it selected while its time had come.
    selected: u64,
    /// By family, operation, account and region, as far as calls share a rate.
    buckets: BTreeMap<(&'static str, String, String, String), Bucket>,
}

impl Director {
    pub(crate) fn new(scenario: &Scenario, began: Timestamp) -> Self {
        let is_scheduled = |rule: &&Rule| matches!(rule.effect, Effect::Tampering(_)) && !rule.when.counts();
        let mut scheduled: Vec<(Timestamp, Hand)> = Vec::new();
        for rule in scenario.rules.iter().filter(is_scheduled) {
            if let Effect::Tampering(hand) = &rule.effect {
                scheduled.push((later(began, rule.when.after.unwrap_or_default()), hand.clone()));
            }
        }
        scheduled.sort_by_key(|(due, _)| *due);
        scheduled.reverse();
        let others = scenario.rules.iter().filter(|rule| !is_scheduled(rule));
        let draws = |rule: &Rule| {
            rule.when.share.is_some() || matches!(rule.effect, Effect::Latency(Latency { from, to }) if from != to)
        };
        Self {
            began,
            seed: scenario.seed,
            rules: others.map(|rule| Playing { rule: rule.clone(), selected: 0, buckets: BTreeMap::new() }).collect(),
            scheduled,
            writes: 0,
            asked: BTreeMap::new(),
            draws: scenario.rules.iter().any(draws),
        }
    }

    /// How far back reads may see.
    pub(crate) fn stale_for(&self) -> Option<Duration> {
        let windows = self.rules.iter().filter_map(|playing| match playing.rule.effect {
            Effect::Stale(by) => Some(by),
            _ => None,
        });
        windows.max()
    }

    /// The next of the hands that move by now, and when it moves.
    pub(crate) fn due(&mut self, now: Timestamp) -> Option<(Timestamp, Hand)> {
        self.scheduled.pop_if(|(due, _)| *due <= now)
    }

    /// What befalls this call.
    pub(crate) fn judge(&mut self, call: &Call, cloud: &dyn Cloud, now: Timestamp) -> Verdict {
        let mut verdict = Verdict::default();
        if call.access == Access::Write {
            self.writes += 1;
        }
        if self.rules.is_empty() {
            return verdict;
        }
        let lots = Lots { seed: self.seed, call: self.count_call(call) };
        let since = Duration::try_from(now.duration_since(self.began)).unwrap_or_default();
        let mut rates = Vec::new();
        for (index, playing) in self.rules.iter_mut().enumerate() {
            if !playing.holds(call, cloud, since, self.writes, &lots, index) {
                continue;
            }
            match &playing.rule.effect {
                // Whether a bucket is asked at all depends on all the other rules.
                Effect::DocumentedRates | Effect::Rate(_) => rates.push(playing),
                effect => verdict.add(effect, call, || lots.draw(index, "latency")),
            }
        }
        let arrives = verdict.before.is_none_or(|fault| fault.stage() != Stage::Way);
        for playing in rates.into_iter().filter(|_| arrives) {
            if !playing.take(call, cloud, now) {
                verdict.names.push(playing.rule.effect.name());
                verdict.before.get_or_insert(Fault::Throttled);
            }
        }
        verdict
    }

    /// What is asked and where, and how often it was asked before.
    fn count_call(&mut self, call: &Call) -> (String, u64) {
        if !self.draws {
            return (String::new(), 0);
        }
        let key = format!("{}:{}:{}:{}", call.service, call.operation, call.place, call.region);
        let times = self.asked.entry(key.clone()).or_default();
        *times += 1;
        (key, *times)
    }
}

impl Playing {
    /// Whether the rule is about this call, now.
    fn holds(
        &mut self,
        call: &Call,
        cloud: &dyn Cloud,
        since: Duration,
        writes: u64,
        lots: &Lots,
        index: usize,
    ) -> bool {
        let when = &self.rule.when;
        let in_time = when.after.is_none_or(|after| since >= after) && when.until.is_none_or(|until| since < until);
        if !in_time || !self.rule.select.selects(call, || cloud.name_of(&call.place)) {
            return false;
        }
        self.selected += 1;
        when.nth.is_none_or(|nth| self.selected == nth)
            && when.nth_write.is_none_or(|nth| call.access == Access::Write && writes == nth)
            && when.every.is_none_or(|every| every != 0 && self.selected.is_multiple_of(every))
            && when.first.is_none_or(|first| self.selected <= first)
            && when.share.is_none_or(|share| lots.draw(index, "share") < share)
    }

    /// Takes a token for this call; `false` when there is none.
    fn take(&mut self, call: &Call, cloud: &dyn Cloud, now: Timestamp) -> bool {
        let (key, pace) = match self.rule.effect {
            Effect::Rate(pace) => (("", String::new(), String::new(), String::new()), pace),
            _ => {
                let Some(rate) = cloud.rate(call) else { return true };
                let operation = if rate.shared { String::new() } else { call.operation.clone() };
                let region = if rate.per == Per::Region { call.region.clone() } else { String::new() };
                ((call.family, operation, call.place.clone(), region), rate.pace)
            }
        };
        self.buckets.entry(key).or_insert_with(|| Bucket::new(pace, now)).take(now)
    }
}

impl Verdict {
    /// Whether the caller dies of it: a call that is lost on its way has no reply that the caller could die before.
    pub(crate) fn is_fatal(&self) -> bool {
        match self.before {
            Some(fault) if fault.stage() == Stage::Way => fault.is_halt(),
            _ => self.after.is_some_and(Fault::is_halt),
        }
    }

    fn add(&mut self, effect: &Effect, call: &Call, lot: impl FnOnce() -> f64) {
        let work = || format!("{}:{}", call.service, call.operation);
        match effect {
            Effect::Latency(latency) => {
                self.late += latency.from + (latency.to.saturating_sub(latency.from)).mul_f64(lot());
            }
            Effect::Stale(by) if call.access == Access::Read => self.stale = self.stale.max(Some(*by)),
            Effect::Stale(_) => return,
            Effect::Slow(by) => drop(self.tuning.takes.insert(work(), *by)),
            Effect::Failing(reason) => drop(self.tuning.fails.insert(work(), reason.clone())),
            Effect::SmallPages(most) => self.tuning.page_max = Some((*most).max(1)),
            Effect::EmptyPages => self.tuning.empty_pages = true,
            Effect::ShortSessions(most) => self.tuning.session_max = Some(*most),
            Effect::Tampering(hand) => self.hands.push(hand.clone()),
            _ => {
                if let Some(fault) = Fault::of(effect) {
                    self.fault(fault);
                }
            }
        }
        self.names.push(effect.name());
    }

    /// Of two faults of one stage, the earlier rule's stays. What befalls a call on its way befalls it before the
    /// service could refuse it.
    fn fault(&mut self, fault: Fault) {
        let place = if fault.stage() == Stage::After { &mut self.after } else { &mut self.before };
        if place.as_ref().is_none_or(|known| fault.stage() < known.stage()) {
            *place = Some(fault);
        }
    }
}

/// What is left to chance about one call.
struct Lots {
    seed: u64,
    call: (String, u64),
}

impl Lots {
    /// A number from 0 up to 1, for one rule and one purpose.
    fn draw(&self, rule: usize, purpose: &str) -> f64 {
        let (key, times) = &self.call;
        let text = format!("{rule}:{purpose}:{key}:{times}");
        // FNV-1a makes a number of the text, the generator of ids an even one of that.
        let hash = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let number = Ids::new(self.seed ^ hash).number();
        // The upper 53 bits are what a float can hold exactly.
        (number >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn later(begin: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    begin.checked_add(by).unwrap_or(Timestamp::MAX)
}
