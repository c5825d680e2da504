//! From a request to its outcome: understand it, let the scenario interfere, carry it out, note it down.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;

use crate::{
    aws::Aws,
    bound::Bounds,
    clock::Clock,
    cloud::{Access, Call, Cloud, Reply, Request},
    faults::Fault,
    kubernetes::Kubernetes,
    log::{Counts, Entry, Listener},
    openstack::OpenStack,
    past::earlier,
    scenario::{Director, Hand, Scenario, Verdict},
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
    /// Whether the scenario lets the caller be dead.
    halted: watch::Sender<bool>,
    listener: Option<Listener>,
    tape: Option<Tape>,
}

/// A cloud beside AWS.
pub struct Neighbour(Box<dyn Cloud>);

impl From<Kubernetes> for Neighbour {
    fn from(cluster: Kubernetes) -> Self {
        Self(Box::new(cluster))
    }
}

impl From<OpenStack> for Neighbour {
    fn from(sky: OpenStack) -> Self {
        Self(Box::new(sky))
    }
}

struct State {
    clouds: Vec<Box<dyn Cloud>>,
    director: Director,
    counts: Counts,
    bounds: Bounds,
    number: u64,
}

impl Sandbox {
    /// An AWS that nobody has used yet: one account without an organization.
    #[must_use]
    pub fn new(clock: Clock, scenario: &Scenario, aws: Aws) -> Self {
        Self::of(clock, scenario, vec![Box::new(aws)])
    }

    fn of(clock: Clock, scenario: &Scenario, clouds: Vec<Box<dyn Cloud>>) -> Self {
        let director = Director::new(scenario, clock.now());
        let state = Arc::new(Mutex::new(State {
            clouds,
            director,
            counts: Counts::new(),
            bounds: Bounds::default(),
            number: 0,
        }));
        Self { clock, state, halted: watch::Sender::new(false), listener: None, tape: None }
    }

    /// The same sandbox, with another cloud beside AWS.
    #[must_use]
    pub fn beside(self, neighbour: impl Into<Neighbour>) -> Self {
        self.lock().clouds.push(neighbour.into().0);
        self
    }

    /// Whether it holds a cloud of this name, as platform types are called.
    #[must_use]
    pub fn holds(&self, cloud: &str) -> bool {
        self.lock().clouds.iter().any(|held| held.name() == cloud)
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
        Self::of(clock, scenario, clouds)
    }

    /// Plays another scenario from now on; its times count from now.
    pub fn play(&self, scenario: &Scenario) {
        self.lock().director = Director::new(scenario, self.clock.now());
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

    /// The calls so far that take longest at the documented rates, and how long they take at least.
    #[must_use]
    pub fn narrowest(&self) -> Option<(String, Duration)> {
        self.lock().bounds.narrowest()
    }

    /// The guardrails in force right now, inherited ones included, by account, project or cluster, but for what has
    /// ended: for whoever watches over a rehearsal.
    #[must_use]
    pub fn guardrails(&self) -> BTreeMap<String, BTreeSet<String>> {
        self.lock().clouds.iter().flat_map(|cloud| cloud.guardrails()).collect()
    }

    /// Everything it holds, to be written down.
    #[must_use]
    pub fn save(&self) -> Value {
        self.settle();
        let state = self.lock();
        Value::Object(state.clouds.iter().map(|cloud| (cloud.name().to_owned(), cloud.save())).collect())
    }

    /// Lets everything happen that is due by now. Nobody has to call this: every call sees what was due before it.
    pub fn settle(&self) {
        let mut heard = Vec::new();
        self.lock().settle(self.clock.now(), &mut heard);
        self.tell(&heard);
    }

    /// Somebody changes something by hand, now. The entry of the log tells what came of it.
    #[must_use]
    pub fn tamper(&self, hand: &Hand) -> Entry {
        let mut heard = Vec::new();
        let entry = {
            let mut state = self.lock();
            let now = self.clock.now();
            state.settle(now, &mut heard);
            state.remember(now);
            state.tamper(hand, now)
        };
        heard.push(entry.clone());
        self.tell(&heard);
        entry
    }

    /// Ends when the scenario has let the caller die: who plays the caller stops all of its work then. Nobody is answered
    /// any more until [`Sandbox::resume`].
    pub async fn halted(&self) {
        // The sender lives as long as this sandbox does.
        let _ = self.halted.subscribe().wait_for(|halted| *halted).await;
    }

    /// A new caller comes in the dead one's place.
    pub fn resume(&self) {
        self.halted.send_replace(false);
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request) -> Outcome {
        if *self.halted.borrow() {
            return Outcome::Silent;
        }
        let Some((index, call, verdict)) = self.judge(&request) else {
            return Outcome::Reply(unheard(&request));
        };
        if !verdict.late.is_zero() {
            tokio::time::sleep(verdict.late).await;
            // What a dead caller's machine had not sent yet never arrives.
            if *self.halted.borrow() {
                return Outcome::Silent;
            }
        }
        let mut heard = Vec::new();
        let outcome = self.carry_out(index, &call, &request, verdict, &mut heard);
        self.tell(&heard);
        if let Some(tape) = &self.tape {
            tape.note(&request, &outcome);
        }
        outcome
    }

    /// Who understands it, and what will befall it.
    fn judge(&self, request: &Request) -> Option<(usize, Call, Verdict)> {
        let mut state = self.lock();
        let state = &mut *state;
        let now = self.clock.now();
        let heard =
            state.clouds.iter().enumerate().find_map(|(index, cloud)| Some((index, cloud, cloud.hear(request)?)));
        let (index, cloud, call) = heard?;
        let verdict = state.director.judge(&call, cloud.as_ref(), now);
        Some((index, call, verdict))
    }

    fn carry_out(
        &self,
        index: usize,
        call: &Call,
        request: &Request,
        verdict: Verdict,
        heard: &mut Vec<Entry>,
    ) -> Outcome {
        let mut state = self.lock();
        let state = &mut *state;
        let now = self.clock.now();
        state.settle(now, heard);
        for hand in &verdict.hands {
            state.remember(now);
            heard.push(state.tamper(hand, now));
        }
        if call.access == Access::Write {
            state.remember(now);
        }
        state.number += 1;
        *state.counts.entry((call.service, call.operation.clone())).or_default() += 1;
        if let Some(cloud) = state.clouds.get(index) {
            state.bounds.count(call, cloud.rate(call));
        }
        let outcome = match state.clouds.get_mut(index) {
            Some(cloud) => befall(cloud.as_mut(), call, request, &verdict, now),
            None => Outcome::Reply(unheard(request)),
        };
        if verdict.is_fatal() {
            self.halted.send_replace(true);
        }
        heard.push(entry(state.number, now, call, &outcome, verdict));
        outcome
    }

    fn tell(&self, heard: &[Entry]) {
        if let Some(listener) = &self.listener {
            heard.iter().for_each(|entry| listener(entry));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic in one answer is a defect, but no reason to answer nobody any more.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What is due happens: hands move in the order of their times, and the clouds go on in between.
    fn settle(&mut self, now: Timestamp, heard: &mut Vec<Entry>) {
        while let Some((due, hand)) = self.director.due(now) {
            self.settle_clouds(due);
            self.remember(due);
            heard.push(self.tamper(&hand, due));
        }
        self.settle_clouds(now);
    }

    fn settle_clouds(&mut self, now: Timestamp) {
        if self.clouds.iter().any(|cloud| cloud.is_due(now)) {
            self.remember(now);
        }
        for cloud in &mut self.clouds {
            cloud.settle(now);
        }
    }

    /// Something is about to change: where the scenario lets reads see the past, this moment is where it ends.
    fn remember(&mut self, now: Timestamp) {
        let Some(window) = self.director.stale_for() else { return };
        for cloud in &mut self.clouds {
            cloud.remember(now, window);
        }
    }

    /// What somebody does by hand, by the same rules as everybody's calls.
    fn tamper(&mut self, hand: &Hand, now: Timestamp) -> Entry {
        let handled = self.clouds.iter_mut().find_map(|cloud| cloud.tamper(hand, now));
        let unknown = || format!("the sandbox has no service `{}`", hand.call.service);
        Entry {
            number: 0,
            at: now,
            service: handled.as_ref().map_or("", |handled| handled.service),
            operation: hand.call.operation.clone(),
            access: handled.as_ref().map_or(Access::Write, |handled| handled.access),
            place: handled.as_ref().map(|handled| handled.place.clone()).unwrap_or_default(),
            region: handled.as_ref().map(|handled| handled.region.clone()).unwrap_or_default(),
            status: 0,
            error: handled.map_or_else(|| Some(unknown()), |handled| handled.failed),
            faults: vec!["tampering"],
            late: Duration::ZERO,
            hand: Some(hand.by.clone()),
        }
    }
}

/// What comes of a call that all of this befalls.
fn befall(cloud: &mut dyn Cloud, call: &Call, request: &Request, verdict: &Verdict, now: Timestamp) -> Outcome {
    let reply = match verdict.before {
        Some(Fault::CutBefore) => return Outcome::Cut,
        Some(Fault::SilentBefore | Fault::HaltBefore) => return Outcome::Silent,
        Some(Fault::GarbledBefore) => return Outcome::Reply(garbled(502)),
        Some(fault) => cloud.refuse(call, fault),
        None => {
            let past = verdict.stale.and_then(|by| cloud.recall(call, earlier(now, by)));
            match past {
                Some(mut past) => past.answer(call, request, &verdict.tuning, now),
                None => cloud.answer(call, request, &verdict.tuning, now),
            }
        }
    };
    match verdict.after {
        None => Outcome::Reply(reply),
        Some(Fault::CutAfter) => Outcome::Cut,
        Some(Fault::SilentAfter | Fault::HaltAfter) => Outcome::Silent,
        Some(Fault::GarbledAfter) => Outcome::Reply(garbled(200)),
        // A service that refuses does not break over it.
        Some(_) if verdict.before.is_some() => Outcome::Reply(reply),
        Some(fault) => Outcome::Reply(cloud.refuse(call, fault)),
    }
}

fn entry(number: u64, at: Timestamp, call: &Call, outcome: &Outcome, verdict: Verdict) -> Entry {
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
        faults: verdict.names,
        late: verdict.late,
        hand: None,
    }
}

/// The cloud's own code of an error, beside the reply, for the log.
#[derive(Clone, Debug)]
pub(crate) struct ErrorCode(pub(crate) String);

fn garbled(status: u16) -> Reply {
    let title = "<html><head><title>Proxy</title></head>";
    let mut reply =
        page(status, &format!("{title}<body>the answer of the server behind could not be read</body></html>"));
    reply.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/html"));
    reply
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
