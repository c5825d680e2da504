//! From a request to its outcome: understand it, let the scenario interfere, carry it out, note it down.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{
    aws::Aws,
    clock::Clock,
    cloud::{Access, Call, Cloud, Reply, Request},
    faults::Fault,
    log::{Counts, Entry, Listener},
    scenario::{Director, Scenario},
    tape::Tape,
};

/// What a caller gets.
#[derive(Debug)]
pub enum Outcome {
    /// An answer.
    Reply(Reply),
    /// A connection that ends without one.
    Cut,
    /// Nothing, for ever.
    Silent,
}

/// The simulated clouds behind one door. Clones are the same sandbox; [`Sandbox::fork`] makes another.
#[derive(Clone)]
pub struct Sandbox {
    clock: Clock,
    state: Arc<Mutex<State>>,
    listener: Option<Listener>,
    tape: Option<Tape>,
}

struct State {
    clouds: Vec<Box<dyn Cloud>>,
    /// Earlier states, oldest first, as long as the scenario lets reads see them.
    past: VecDeque<(Timestamp, Vec<Box<dyn Cloud>>)>,
    director: Director,
    counts: Counts,
    number: u64,
}

impl Sandbox {
    /// An AWS that nobody has used yet: one account without an organization.
    #[must_use]
    pub fn new(clock: Clock, scenario: &Scenario, aws: Aws) -> Self {
        let clouds: Vec<Box<dyn Cloud>> = vec![Box::new(aws)];
        let director = Director::new(scenario, clock.now());
        let state = State { clouds, past: VecDeque::new(), director, counts: Counts::new(), number: 0 };
        Self { clock, state: Arc::new(Mutex::new(state)), listener: None, tape: None }
    }

    /// The same sandbox, with somebody who hears of every call.
    #[must_use]
    pub fn heard_by(mut self, listener: Listener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// The same sandbox, with a tape of every request and reply.
    #[must_use]
    pub fn taped(mut self, tape: Tape) -> Self {
        self.tape = Some(tape);
        self
    }

    /// Another sandbox that begins where this one is, under a scenario of its own.
    #[must_use]
    pub fn fork(&self, clock: Clock, scenario: &Scenario) -> Self {
        let clouds = self.lock().clouds.iter().map(|cloud| cloud.fork()).collect();
        let director = Director::new(scenario, clock.now());
        let state = State { clouds, past: VecDeque::new(), director, counts: Counts::new(), number: 0 };
        Self { clock, state: Arc::new(Mutex::new(state)), listener: None, tape: None }
    }

    /// The sandbox's clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Calls answered so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.lock().counts.clone()
    }

    /// Everything it holds, to be written down.
    #[must_use]
    pub fn save(&self) -> Value {
        let mut state = self.lock();
        let now = self.clock.now();
        let saved = state.clouds.iter_mut().map(|cloud| {
            cloud.settle(now);
            (cloud.name().to_owned(), cloud.save())
        });
        Value::Object(saved.collect())
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request) -> Outcome {
        let (heard, faults, late) = self.before(&request);
        if !late.is_zero() {
            tokio::time::sleep(late).await;
        }
        let Some((index, call)) = heard else {
            return Outcome::Reply(unheard(&request));
        };
        let (outcome, entry) = self.carry_out(index, &call, &request, &faults);
        if let Some(listener) = &self.listener {
            listener(&entry);
        }
        if let Some(tape) = &self.tape {
            tape.note(&request, &outcome);
        }
        outcome
    }

    /// Who understands it, and what will befall it.
    fn before(&self, request: &Request) -> (Option<(usize, Call)>, Vec<Fault>, Duration) {
        let mut state = self.lock();
        let now = self.clock.now();
        let heard = state.clouds.iter().enumerate().find_map(|(index, cloud)| Some((index, cloud.hear(request)?)));
        let Some((index, call)) = heard else { return (None, Vec::new(), Duration::ZERO) };
        let rates = state.clouds.get(index).map(|cloud| cloud.rates()).unwrap_or_default();
        let faults = state.director.judge(&call, rates, now);
        let late = faults.iter().map(|fault| if let Fault::Late(by) = fault { *by } else { Duration::ZERO }).sum();
        (Some((index, call)), faults, late)
    }

    fn carry_out(&self, index: usize, call: &Call, request: &Request, faults: &[Fault]) -> (Outcome, Entry) {
        let mut state = self.lock();
        let state = &mut *state;
        let now = self.clock.now();
        state.keep_past(now);
        state.tamper(now);
        for cloud in &mut state.clouds {
            cloud.settle(now);
        }
        state.number += 1;
        *state.counts.entry((call.service, call.operation.clone())).or_default() += 1;
        let tuning = state.director.tuning(now);
        let fault = faults.iter().find(|fault| !matches!(fault, Fault::Late(_)));
        let stale = match fault {
            Some(Fault::Stale(by)) if call.access == Access::Read => state.as_of(now, *by, index),
            _ => None,
        };
        let outcome = match (stale, state.clouds.get_mut(index)) {
            (Some(mut cloud), _) => Outcome::Reply(cloud.answer(call, request, &tuning, now)),
            (None, Some(cloud)) => match fault {
                None | Some(Fault::Stale(_) | Fault::Late(_)) => {
                    Outcome::Reply(cloud.answer(call, request, &tuning, now))
                }
                Some(fault) => interfere(cloud.as_mut(), fault, call, || (request, &tuning, now)),
            },
            (None, None) => Outcome::Reply(unheard(request)),
        };
        let entry = entry(state.number, now, call, &outcome, fault);
        (outcome, entry)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic in one answer is a defect, but no reason to answer nobody any more.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Remembers how things were, where the scenario lets reads see it.
    fn keep_past(&mut self, now: Timestamp) {
        let Some(window) = self.director.stale_for() else { return };
        let clouds = self.clouds.iter().map(|cloud| cloud.fork()).collect();
        self.past.push_back((now, clouds));
        let oldest = earlier(now, window);
        // The newest of those that are too old is how things were at the window's far end.
        while self.past.get(1).is_some_and(|(at, _)| *at <= oldest) {
            self.past.pop_front();
        }
    }

    /// How one cloud was so long ago; `None` when nothing has changed since, as far as is known.
    fn as_of(&self, now: Timestamp, by: Duration, index: usize) -> Option<Box<dyn Cloud>> {
        let moment = earlier(now, by);
        // A state is remembered when the next call begins: it held until then.
        let (_, clouds) = self.past.iter().find(|(at, _)| *at >= moment)?;
        clouds.get(index).map(|cloud| cloud.fork())
    }

    /// What other hands do is done as calls, by the same rules.
    fn tamper(&mut self, now: Timestamp) {
        for request in self.director.due(now) {
            let tuning = self.director.tuning(now);
            for cloud in &mut self.clouds {
                if let Some(call) = cloud.hear(&request) {
                    cloud.settle(now);
                    cloud.answer(&call, &request, &tuning, now);
                    break;
                }
            }
        }
    }
}

fn interfere<'a>(
    cloud: &mut dyn Cloud,
    fault: &Fault,
    call: &Call,
    with: impl FnOnce() -> (&'a Request, &'a crate::cloud::Tuning, Timestamp),
) -> Outcome {
    if matches!(fault, Fault::BrokenAfter | Fault::CutAfter | Fault::SilentAfter) {
        let (request, tuning, now) = with();
        cloud.answer(call, request, tuning, now);
    }
    match fault {
        Fault::CutBefore | Fault::CutAfter => Outcome::Cut,
        Fault::SilentBefore | Fault::SilentAfter => Outcome::Silent,
        Fault::Garbled => Outcome::Reply(garbled()),
        _ => Outcome::Reply(cloud.refuse(call, fault)),
    }
}

fn entry(number: u64, at: Timestamp, call: &Call, outcome: &Outcome, fault: Option<&Fault>) -> Entry {
    let status = if let Outcome::Reply(reply) = outcome { reply.status().as_u16() } else { 0 };
    let error = match outcome {
        Outcome::Reply(reply) => reply.extensions().get::<ErrorCode>().map(|code| code.0.clone()),
        _ => None,
    };
    Entry {
        number,
        at,
        service: call.service,
        operation: call.operation.clone(),
        access: call.access,
        place: call.place.clone(),
        region: call.region.clone(),
        status,
        error,
        fault: fault.map(Fault::name),
    }
}

/// The cloud's own code of an error, beside the reply, for the log.
#[derive(Clone, Debug)]
pub(crate) struct ErrorCode(pub(crate) String);

fn earlier(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_sub(by).unwrap_or(Timestamp::MIN)
}

fn garbled() -> Reply {
    page(502, "<html><head><title>502 Bad Gateway</title></head><body>upstream sent no valid header</body></html>")
}

/// The answer to what no cloud understands.
fn unheard(request: &Request) -> Reply {
    let path = request.uri().path();
    page(404, &format!("the sandbox has no cloud that answers {} {path}\n", request.method()))
}

fn page(status: u16, text: &str) -> Reply {
    let mut reply = Reply::new(Bytes::from(text.to_owned()));
    *reply.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    reply
}
