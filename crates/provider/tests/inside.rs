//! The wire to a server inside this process, on a clock that jumps.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use polity_model::resource::Scope;
use polity_provider::{
    Error, Operation, Problem, Rate, Reply, Request, Session, Settings, Wire,
    wire::{Hangup, Inside, Per},
};
use tokio::time::Instant;

const LIST: Operation =
    Operation { service: "nimbus", name: "List", permission: "nimbus:List", family: "list", repeatable: true };
const CREATE: Operation = Operation { name: "Create", repeatable: false, ..LIST };

/// Does as it is told, call by call; the last order holds for ever.
struct Nimbus {
    orders: &'static [Order],
    calls: AtomicU32,
}

#[derive(Clone, Copy)]
enum Order {
    Answer(u16),
    Hang,
    Silence,
}

#[async_trait]
impl Inside for Nimbus {
    async fn answer(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Bytes>, Hangup> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) as usize;
        match self.orders[call.min(self.orders.len() - 1)] {
            Order::Answer(status) => {
                let body = Bytes::from(request.into_body());
                Ok(http::Response::builder().status(status).header("x-call", call).body(body).unwrap())
            }
            Order::Hang => Err(Hangup),
            Order::Silence => std::future::pending().await,
        }
    }
}

struct Open;

#[async_trait]
impl Session for Open {
    async fn prepare(&self, _: &Operation, request: &Request) -> Result<http::Request<Vec<u8>>, Error> {
        Ok(http::Request::new(request.body.clone()))
    }

    fn judge(&self, _: &Operation, reply: &Reply) -> Option<Error> {
        (reply.status >= 500).then(|| Error::new(Problem::Transient, "nimbus", "it broke"))
    }

    async fn renew(&self) -> bool {
        false
    }
}

async fn call(operation: &Operation, orders: &'static [Order], settings: Settings) -> (Result<Reply, Error>, u32) {
    let server = Arc::new(Nimbus { orders, calls: AtomicU32::new(0) });
    let wire = Wire::inside(settings, Arc::clone(&server) as Arc<dyn Inside>);
    let request = Request { body: b"{\"page\":1}".to_vec(), ..Request::default() };
    let result = wire.send(&Open, &scope(), operation, request).await;
    (result, server.calls.load(Ordering::SeqCst))
}

fn scope() -> Scope {
    let name = "nimbus/one".to_owned();
    Scope { name, platform: "nimbus".to_owned(), level: "account".to_owned(), tenant: None, entry: None }
}

#[tokio::test(start_paused = true)]
async fn an_answer_comes_back_whole() {
    let (reply, calls) = call(&LIST, &[Order::Answer(200)], Settings::default()).await;
    let reply = reply.unwrap();
    assert_eq!((reply.status, reply.header("x-call"), calls), (200, Some("0"), 1));
    assert_eq!(reply.body, "{\"page\":1}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_asked_for_again_only_where_it_may_happen_twice() {
    let orders = &[Order::Hang, Order::Answer(503), Order::Silence, Order::Answer(200)];
    let began = Instant::now();
    let (reply, calls) = call(&LIST, orders, Settings::default()).await;
    assert_eq!((reply.unwrap().status, calls), (200, 4));
    assert!(began.elapsed() >= Settings::default().timeout, "silence lasts as long as the wire waits");

    let (reply, calls) = call(&CREATE, &[Order::Hang], Settings::default()).await;
    let error = reply.unwrap_err();
    assert!(error.is(Problem::Transient), "{error}");
    assert_eq!((calls, error.operation.as_str()), (1, "nimbus:Create"));
    assert!(error.to_string().contains("ended before the answer"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn silence_ends_with_the_wires_own_timeout() {
    let began = Instant::now();
    let (reply, _) = call(&CREATE, &[Order::Silence], Settings::default()).await;
    assert!(reply.unwrap_err().to_string().contains("timed out"));
    assert_eq!(began.elapsed(), Settings::default().timeout);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_too_large_is_not_taken() {
    let settings = Settings { reply_max: 4, ..Settings::default() };
    let (reply, _) = call(&LIST, &[Order::Answer(200)], settings).await;
    assert!(reply.unwrap_err().is(Problem::Unexpected));
}

#[tokio::test(start_paused = true)]
async fn rates_run_by_the_same_clock() {
    let server = Arc::new(Nimbus { orders: &[Order::Answer(200)], calls: AtomicU32::new(0) });
    let wire = Wire::inside(Settings::default(), server);
    wire.set_rates("nimbus", &[Rate { family: "list", per_second: 0.5, burst: 1, per: Per::Platform }]);
    let began = Instant::now();
    for _ in 0..101 {
        wire.send(&Open, &scope(), &LIST, Request::default()).await.unwrap();
    }
    let passed = began.elapsed();
    assert!(passed >= Duration::from_secs(200) && passed < Duration::from_secs(201), "{passed:?}");
}
