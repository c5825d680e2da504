//! The one wire: every call of every provider goes out here. Rate limits, retries, evidence, redaction and tapes
//! exist once.
//!
//! One call runs through these steps: wait for a token of its rate family ([`bucket`]), let the session address and
//! sign the request anew, send it ([`line`]), let the session judge the answer, and try again where that is safe
//! ([`patience`]). What happened is counted ([`stats`]) and can be kept on a tape ([`tape`]) with all secrets taken
//! out ([`redact`]).

mod bucket;
mod inside;
mod line;
mod patience;
pub mod redact;
mod stats;
mod tape;
mod trust;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use polity_model::resource::Scope;
use tokio::{sync::Semaphore, time::Instant};

use self::{
    bucket::Buckets,
    line::{Broken, Line},
    patience::Next,
    stats::Counter,
    tape::Tape,
};
pub use self::{
    bucket::{Per, Rate},
    inside::{Hangup, Inside},
    patience::Patience,
    stats::{Evidence, OperationStats, Stats},
    tape::Taped,
    trust::Trust,
};
use crate::{Error, Operation, Problem, Reply, Request};

/// Credentials and addressing of one platform in one scope.
#[async_trait]
pub trait Session: Send + Sync {
    /// Gives the request its address and its signature. Called anew for each try, so that no stale token is reused.
    async fn prepare(&self, operation: &Operation, request: &Request) -> Result<http::Request<Vec<u8>>, Error>;

    /// Judges an answer: `None` when it is a success.
    fn judge(&self, operation: &Operation, reply: &Reply) -> Option<Error>;

    /// Drops cached credentials, because the platform called them expired. Answers whether fresh ones can be had.
    async fn renew(&self) -> bool;

    /// The platform's id of the request that this answers, for evidence.
    fn request_id(&self, _reply: &Reply) -> Option<String> {
        None
    }
}

/// How a wire behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Calls that are on their way at the same time.
    pub concurrency: usize,
    /// Longest time to open a connection.
    pub connect_timeout: Duration,
    /// Longest time for one answer, from the first byte sent to the last received.
    pub timeout: Duration,
    /// Largest answer that is read, in bytes.
    pub reply_max: usize,
    /// How long and how often a call is tried again.
    pub patience: Patience,
    /// What we call ourselves.
    pub user_agent: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: 32,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            reply_max: 64 << 20,
            patience: Patience::default(),
            user_agent: concat!("polity/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// The wire.
pub struct Wire {
    settings: Settings,
    line: Arc<Line>,
    /// Lines of platforms whose servers the machine's own authorities do not vouch for.
    own_lines: Mutex<BTreeMap<String, Arc<Line>>>,
    tape: Option<Tape>,
    permits: Semaphore,
    buckets: Mutex<Buckets>,
    counter: Mutex<Counter>,
}

impl Wire {
    /// A wire to the outside.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let line = Line::live(&settings)?;
        Ok(Self::over(settings, line, None))
    }

    /// A wire to the outside that keeps every call and its answer on a tape: a file with one JSON object per line.
    /// Tokens, signatures and secrets do not get onto it.
    pub fn recording(settings: Settings, path: &Path) -> Result<Self, Error> {
        let line = Line::live(&settings)?;
        Ok(Self::over(settings, line, Some(Tape::create(path)?)))
    }

    /// A wire that answers from a tape and opens no connection.
    pub fn replaying(settings: Settings, path: &Path) -> Result<Self, Error> {
        Ok(Self::over(settings, Line::Cut, Some(Tape::open(path)?)))
    }

    /// A wire to a server inside this process; it opens no connection.
    pub fn inside(settings: Settings, server: Arc<dyn Inside>) -> Self {
        let line = Line::Inside(server, settings.timeout);
        Self::over(settings, line, None)
    }

    fn over(settings: Settings, line: Line, tape: Option<Tape>) -> Self {
        let permits = Semaphore::new(settings.concurrency.max(1));
        Self {
            settings,
            line: Arc::new(line),
            own_lines: Mutex::default(),
            tape,
            permits,
            buckets: Mutex::default(),
            counter: Mutex::default(),
        }
    }

    /// The rates that a platform documents for its families. A family without one is only slowed down when the
    /// platform throttles it.
    pub fn set_rates(&self, platform: &str, rates: &[Rate]) {
        lock(&self.buckets).set_rates(platform, rates);
    }

    /// What holds for the servers of a platform from now on. A wire that leads to no server has nobody to trust.
    pub fn set_trust(&self, platform: &str, trust: &Trust) -> Result<(), Error> {
        if !self.line.is_live() {
            return Ok(());
        }
        let line =
            if trust.is_empty() { Arc::clone(&self.line) } else { Line::trusting(&self.settings, trust)?.into() };
        lock(&self.own_lines).insert(platform.to_owned(), line);
        Ok(())
    }

    fn line_of(&self, platform: &str) -> Arc<Line> {
        lock(&self.own_lines).get(platform).map_or_else(|| Arc::clone(&self.line), Arc::clone)
    }

    /// What went over the wire so far.
    pub fn stats(&self) -> Stats {
        lock(&self.counter).snapshot()
    }

    /// What is left on the tape that is replayed: a test that did not make all the calls it promised is not done.
    pub fn unplayed(&self) -> Vec<Taped> {
        self.tape.as_ref().map(Tape::unplayed).unwrap_or_default()
    }

    /// Sends one call, with retries where they are safe.
    pub async fn send(
        &self,
        session: &dyn Session,
        scope: &Scope,
        operation: &Operation,
        request: Request,
    ) -> Result<Reply, Error> {
        let began = Instant::now();
        lock(&self.counter).began(operation);
        let (mut tries, mut renewed) = (0_u32, false);
        loop {
            tries += 1;
            let (error, wait) = match self.attempt(session, scope, operation, &request).await {
                Ok(reply) => {
                    lock(&self.buckets).succeeded(scope, operation.family);
                    lock(&self.counter).succeeded(operation, began.elapsed());
                    return Ok(reply);
                }
                Err(failed) => failed,
            };
            if error.is(Problem::Throttled) {
                lock(&self.buckets).throttled(scope, operation.family, Instant::now());
            }
            let next = self.settings.patience.after(&error, operation, tries, began.elapsed(), wait);
            lock(&self.counter).failed(operation, &error);
            match next {
                Next::Again(pause) => {
                    tracing::debug!(%operation.service, %operation.name, scope = %scope.name, tries, ?pause, problem = ?error.problem, "again");
                    tokio::time::sleep(pause).await;
                }
                Next::Renew if !renewed => {
                    renewed = true;
                    if !session.renew().await {
                        return Err(self.give_up(error, operation, began));
                    }
                }
                Next::Renew | Next::Never => return Err(self.give_up(error, operation, began)),
            }
        }
    }

    /// Sends a request that is no call of an operation - a credential service, a metadata service - as it is, once.
    pub async fn send_plain(&self, request: http::Request<Vec<u8>>) -> Result<Reply, Error> {
        let what = format!("{} {}", request.method(), redact::uri(request.uri()));
        let _permit = self.permit(&what).await?;
        self.line.send(request, self.settings.reply_max).await.map_err(|broken| broken.into_error(&what))
    }

    /// One try: token, signature, sending, judging. With an error comes the wait that the answer itself asks for.
    async fn attempt(
        &self,
        session: &dyn Session,
        scope: &Scope,
        operation: &Operation,
        request: &Request,
    ) -> Result<Reply, (Error, Option<Duration>)> {
        let pause = lock(&self.buckets).take(scope, operation.family, Instant::now());
        if !pause.is_zero() {
            lock(&self.counter).waited(pause);
            tokio::time::sleep(pause).await;
        }
        let what = format!("{}:{}", operation.service, operation.name);
        // Signed before a place on the line is taken: signing may itself have to send a call, for credentials.
        let prepared = session.prepare(operation, request).await.map_err(|error| (error, None))?;
        let sent = prepared.body().len();
        let permit = self.permit(&what).await.map_err(|error| (error, None))?;
        let line = self.line_of(&scope.platform);
        let answer = match &self.tape {
            Some(tape) if line.is_cut() => tape.play(operation, scope, &prepared),
            Some(tape) => {
                let answer = line.send(prepared.clone(), self.settings.reply_max).await;
                if let Ok(reply) = &answer {
                    tape.keep(operation, scope, &prepared, reply).map_err(|error| (error, None))?;
                }
                answer
            }
            None => line.send(prepared, self.settings.reply_max).await,
        };
        drop(permit);
        let located = |mut error: Error| {
            error.operation.clone_from(&what);
            error.scope.clone_from(&scope.name);
            error.permission.get_or_insert_with(|| operation.permission.to_owned());
            error
        };
        let reply = answer.map_err(|broken: Broken| (located(broken.into_error(&what)), None))?;
        let request_id = session.request_id(&reply);
        lock(&self.counter).exchanged(operation, scope, sent, &reply, request_id.clone());
        tracing::debug!(%operation.service, %operation.name, scope = %scope.name, status = reply.status, ?request_id, "answered");
        match session.judge(operation, &reply) {
            None => Ok(reply),
            Some(mut error) => {
                error.request_id = error.request_id.or(request_id);
                let wait = reply.header("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs);
                Err((located(error), wait))
            }
        }
    }

    async fn permit(&self, what: &str) -> Result<tokio::sync::SemaphorePermit<'_>, Error> {
        self.permits.acquire().await.map_err(|_| Error::new(Problem::Unexpected, what, "the wire was closed"))
    }

    fn give_up(&self, error: Error, operation: &Operation, began: Instant) -> Error {
        lock(&self.counter).gave_up(operation, began.elapsed());
        error
    }
}

/// A panic elsewhere cannot leave counters in a state that matters, so a poisoned lock is taken all the same.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A reply as the rest of the house knows it.
fn reply(status: u16, headers: &http::HeaderMap, body: Bytes) -> Reply {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    Reply { status, headers, body }
}
