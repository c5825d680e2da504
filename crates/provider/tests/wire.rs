//! The wire against a real HTTP server on this machine: what is repeated, what is not, and what is kept.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use polity_model::resource::Scope;
use polity_provider::{
    Error, Operation, Problem, Rate, Reply, Request, Session, Settings, Wire,
    wire::{Patience, Per, Taped},
};
use tokio::{io::AsyncReadExt, net::TcpListener};
use wiremock::{
    Mock, MockServer, Request as Received, ResponseTemplate,
    matchers::{method, path},
};

const LIST: Operation =
    Operation { service: "nimbus", name: "List", permission: "nimbus:List", family: "list", repeatable: true };
const CREATE: Operation = Operation { name: "Create", permission: "nimbus:Create", repeatable: false, ..LIST };

/// A session of an invented platform: it signs with a counter, so that a signature that is used twice can be seen.
struct Nimbus {
    base: String,
    signed: AtomicU32,
    renewed: AtomicU32,
    renewable: bool,
}

impl Nimbus {
    fn at(base: &str) -> Self {
        Self { base: base.to_owned(), signed: AtomicU32::new(0), renewed: AtomicU32::new(0), renewable: true }
    }
}

#[async_trait]
impl Session for Nimbus {
    async fn prepare(&self, _: &Operation, request: &Request) -> Result<http::Request<Vec<u8>>, Error> {
        let number = self.signed.fetch_add(1, Ordering::SeqCst) + 1;
        let token = self.renewed.load(Ordering::SeqCst);
        http::Request::builder()
            .method("POST")
            .uri(format!("{}/call?page_token=7&session_token=hush", self.base))
            .header("authorization", format!("signature-{number} token-{token}"))
            .body(request.body.clone())
            .map_err(|error| Error::new(Problem::Invalid, "nimbus", error.to_string()))
    }

    fn judge(&self, _: &Operation, reply: &Reply) -> Option<Error> {
        let problem = match reply.status {
            200 => return None,
            401 => Problem::Credentials,
            409 => Problem::Busy,
            429 => Problem::Throttled,
            500 if reply.header("content-type") == Some("text/html") => Problem::Unsupported,
            500.. => Problem::Transient,
            _ => Problem::Invalid,
        };
        Some(Error::new(problem, "nimbus", String::from_utf8_lossy(&reply.body)))
    }

    async fn renew(&self) -> bool {
        self.renewed.fetch_add(1, Ordering::SeqCst);
        self.renewable
    }

    fn request_id(&self, reply: &Reply) -> Option<String> {
        reply.header("x-request-id").map(str::to_owned)
    }
}

fn scope() -> Scope {
    Scope {
        name: "nimbus/one".to_owned(),
        platform: "nimbus".to_owned(),
        level: "account".to_owned(),
        tenant: None,
        entry: None,
    }
}

fn settings() -> Settings {
    Settings {
        patience: Patience {
            deadline: Duration::from_secs(5),
            pause: Duration::from_millis(2),
            pause_max: Duration::from_millis(10),
            tries: 4,
        },
        connect_timeout: Duration::from_secs(1),
        timeout: Duration::from_secs(2),
        ..Settings::default()
    }
}

fn request(body: &str) -> Request {
    Request { body: body.as_bytes().to_vec(), ..Request::default() }
}

/// Answers these statuses one after the other, the last one for ever.
async fn answers(statuses: &'static [u16]) -> (MockServer, Arc<Mutex<Vec<String>>>) {
    let server = MockServer::start().await;
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&seen);
    let respond = move |received: &Received| {
        let mut kept = kept.lock().unwrap();
        let status = statuses[kept.len().min(statuses.len() - 1)];
        kept.push(received.headers["authorization"].to_str().unwrap().to_owned());
        ResponseTemplate::new(status)
            .insert_header("x-request-id", format!("r-{}", kept.len()))
            .set_body_string(format!("answer {status}"))
    };
    Mock::given(method("POST")).and(path("/call")).respond_with(respond).mount(&server).await;
    (server, seen)
}

/// What comes of a call when the server answers like this: the result, and the signatures it saw.
async fn call(operation: &Operation, statuses: &'static [u16]) -> (Result<Reply, Error>, Vec<String>, Nimbus, Wire) {
    let (server, seen) = answers(statuses).await;
    let (session, wire) = (Nimbus::at(&server.uri()), Wire::new(settings()).unwrap());
    let result = wire.send(&session, &scope(), operation, request("{}")).await;
    let seen = seen.lock().unwrap().clone();
    (result, seen, session, wire)
}

#[tokio::test]
async fn throttled_and_busy_calls_are_repeated_with_a_new_signature_each() {
    for operation in [LIST, CREATE] {
        let (result, seen, _, wire) = call(&operation, &[429, 409, 429, 200]).await;
        assert_eq!(result.unwrap().body, "answer 200");
        assert_eq!(seen, ["signature-1 token-0", "signature-2 token-0", "signature-3 token-0", "signature-4 token-0"]);
        let stats = wire.stats();
        assert_eq!((stats.calls, stats.requests, stats.throttled, stats.failed), (1, 4, 2, 0));
    }
}

#[tokio::test]
async fn a_broken_service_is_asked_again_only_for_what_may_happen_twice() {
    let (result, seen, ..) = call(&LIST, &[500, 503, 200]).await;
    assert_eq!((result.unwrap().status, seen.len()), (200, 3));
    let (result, seen, _, wire) = call(&CREATE, &[500, 200]).await;
    let error = result.unwrap_err();
    assert_eq!((error.problem, seen.len()), (Problem::Transient, 1));
    assert_eq!((error.operation.as_str(), error.scope.as_str()), ("nimbus:Create", "nimbus/one"));
    assert_eq!(error.request_id.as_deref(), Some("r-1"));
    assert_eq!(wire.stats().operations["nimbus:Create"].failed, 1);
}

#[tokio::test]
async fn a_service_that_stays_broken_is_given_up() {
    let (result, seen, ..) = call(&LIST, &[500]).await;
    assert_eq!((result.unwrap_err().problem, seen.len()), (Problem::Transient, 4));
}

#[tokio::test]
async fn expired_credentials_are_renewed_once_and_the_stale_token_is_not_used_again() {
    let (result, seen, session, _) = call(&CREATE, &[401, 200]).await;
    assert!(result.is_ok());
    assert_eq!(seen, ["signature-1 token-0", "signature-2 token-1"]);
    assert_eq!(session.renewed.load(Ordering::SeqCst), 1);

    let (result, seen, session, _) = call(&CREATE, &[401]).await;
    assert_eq!((result.unwrap_err().problem, seen.len()), (Problem::Credentials, 2));
    assert_eq!(session.renewed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn credentials_that_cannot_be_renewed_are_not_tried_again() {
    let (server, seen) = answers(&[401]).await;
    let session = Nimbus { renewable: false, ..Nimbus::at(&server.uri()) };
    let wire = Wire::new(settings()).unwrap();
    let error = wire.send(&session, &scope(), &LIST, request("{}")).await.unwrap_err();
    assert_eq!((error.problem, seen.lock().unwrap().len()), (Problem::Credentials, 1));
}

#[tokio::test]
async fn what_the_endpoint_does_not_know_is_asked_once() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(500).set_body_raw("<html>500</html>", "text/html");
    Mock::given(method("POST")).respond_with(page).expect(1).mount(&server).await;
    let wire = Wire::new(settings()).unwrap();
    let error = wire.send(&Nimbus::at(&server.uri()), &scope(), &LIST, request("{}")).await.unwrap_err();
    assert_eq!(error.problem, Problem::Unsupported);
}

/// A server that reads a request and hangs up.
async fn hangs_up() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 1024]).await;
        }
    });
    (address, count)
}

#[tokio::test]
async fn a_dropped_connection_is_tried_again_only_for_what_may_happen_twice() {
    for (operation, tries) in [(LIST, 4), (CREATE, 1)] {
        let (address, count) = hangs_up().await;
        let wire = Wire::new(settings()).unwrap();
        let error = wire.send(&Nimbus::at(&address), &scope(), &operation, request("{}")).await.unwrap_err();
        assert_eq!((error.problem, count.load(Ordering::SeqCst)), (Problem::Transient, tries), "{error}");
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_said_so_with_what_to_check() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let wire = Wire::new(settings()).unwrap();
    let session = Nimbus::at(&format!("http://{nobody}"));
    let error = wire.send(&session, &scope(), &CREATE, request("{}")).await.unwrap_err();
    assert_eq!(error.problem, Problem::Unreachable, "{error}");
    assert!(error.help.unwrap().contains("proxy"));
    assert_eq!(session.signed.load(Ordering::SeqCst), 3, "nothing was sent, so it may be tried again");
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_cut_off() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_string("x".repeat(100_000));
    Mock::given(method("POST")).respond_with(answer).expect(1).mount(&server).await;
    let wire = Wire::new(Settings { reply_max: 50_000, ..settings() }).unwrap();
    let error = wire.send(&Nimbus::at(&server.uri()), &scope(), &LIST, request("{}")).await.unwrap_err();
    assert_eq!(error.to_string(), "`nimbus:List` in `nimbus/one` failed: the answer is larger than 50000 bytes");
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_our_signature() {
    let server = MockServer::start().await;
    let away = ResponseTemplate::new(307).insert_header("location", "http://127.0.0.1:1/elsewhere");
    Mock::given(method("POST")).respond_with(away).expect(1).mount(&server).await;
    let wire = Wire::new(settings()).unwrap();
    let error = wire.send(&Nimbus::at(&server.uri()), &scope(), &LIST, request("{}")).await.unwrap_err();
    assert_eq!(error.problem, Problem::Invalid);
}

#[tokio::test]
async fn no_more_calls_are_on_their_way_than_allowed() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_millis(30));
    Mock::given(method("POST")).respond_with(slow).mount(&server).await;
    let wire = Arc::new(Wire::new(Settings { concurrency: 2, ..settings() }).unwrap());
    let session = Arc::new(Nimbus::at(&server.uri()));
    let began = std::time::Instant::now();
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let (wire, session) = (Arc::clone(&wire), Arc::clone(&session));
            tokio::spawn(async move { wire.send(session.as_ref(), &scope(), &LIST, request("{}")).await.unwrap() })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    assert!(began.elapsed() >= Duration::from_millis(115), "{:?}", began.elapsed());
}

#[tokio::test]
async fn documented_rates_are_kept() {
    let (server, _) = answers(&[200]).await;
    let wire = Wire::new(settings()).unwrap();
    wire.set_rates("nimbus", &[Rate { family: "list", per_second: 50.0, burst: 2, per: Per::Platform }]);
    let session = Nimbus::at(&server.uri());
    let began = std::time::Instant::now();
    for _ in 0..7 {
        wire.send(&session, &scope(), &LIST, request("{}")).await.unwrap();
    }
    assert!(began.elapsed() >= Duration::from_millis(95), "{:?}", began.elapsed());
    assert!(wire.stats().waited_ms > 0);
}

#[tokio::test]
async fn a_tape_holds_no_secret_and_answers_like_the_server() {
    let server = MockServer::start().await;
    let body = r#"{"NextToken":"n-1","Credentials":{"AccessKeyId":"AK","SecretAccessKey":"hush"}}"#;
    let answer =
        ResponseTemplate::new(200).insert_header("set-cookie", "hush=1").set_body_raw(body, "application/json");
    Mock::given(method("POST")).respond_with(answer).mount(&server).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tape.jsonl");
    let session = Nimbus::at(&server.uri());
    let wire = Wire::recording(settings(), &path).unwrap();
    wire.send(&session, &scope(), &LIST, request(r#"{"page":1,"password":"hush"}"#)).await.unwrap();
    drop(wire);
    let tape = std::fs::read_to_string(&path).unwrap();
    assert!(!tape.contains("hush") && !tape.contains("signature-1"), "{tape}");
    assert!(tape.contains("page_token=7"), "{tape}");

    let wire = Wire::replaying(settings(), &path).unwrap();
    let reply = wire.send(&session, &scope(), &LIST, request(r#"{"password":"hush","page":1}"#)).await.unwrap();
    let json: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(json["NextToken"], "n-1");
    assert_eq!(wire.unplayed(), Vec::<Taped>::new());
    // Each entry answers once: a fixture cannot hide an endless loop.
    let error = wire.send(&session, &scope(), &LIST, request(r#"{"password":"hush","page":1}"#)).await.unwrap_err();
    assert!(error.to_string().contains("no further answer"), "{error}");
    assert!(!error.to_string().contains("hush"), "{error}");
}

#[tokio::test]
async fn a_written_tape_matches_by_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tape.jsonl");
    std::fs::write(
        &path,
        "{\"operation\":\"nimbus:List\",\"request\":{\"page\":2},\"status\":200,\"reply\":\"two\"}\n\n\
         {\"operation\":\"nimbus:List\",\"status\":429}\n\
         {\"operation\":\"nimbus:List\",\"status\":200,\"reply\":{\"page\":1}}\n",
    )
    .unwrap();
    let (wire, session) = (Wire::replaying(settings(), &path).unwrap(), Nimbus::at("http://nimbus.example"));
    let first = wire.send(&session, &scope(), &LIST, request(r#"{"page":1}"#)).await.unwrap();
    assert_eq!(first.body, r#"{"page":1}"#, "after it was throttled once");
    assert_eq!(wire.unplayed().len(), 1);
    let second = wire.send(&session, &scope(), &LIST, request(r#"{"page":2}"#)).await.unwrap();
    assert_eq!(second.body, "two");
}

#[tokio::test]
async fn a_tape_that_cannot_be_read_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tape.jsonl");
    assert!(Wire::replaying(settings(), &path).is_err());
    std::fs::write(&path, "{\"operation\":\"nimbus:List\",\"status\":200}\nnonsense\n").unwrap();
    let error = Wire::replaying(settings(), &path).err().unwrap();
    assert!(error.to_string().contains("line 2"), "{error}");
}

#[tokio::test]
async fn evidence_names_request_ids_and_is_bounded() {
    let (server, _) = answers(&[200]).await;
    let (wire, session) = (Wire::new(settings()).unwrap(), Nimbus::at(&server.uri()));
    for _ in 0..70 {
        wire.send(&session, &scope(), &LIST, request("{}")).await.unwrap();
    }
    let stats = wire.stats();
    assert_eq!((stats.calls, stats.evidence.len()), (70, 64));
    assert_eq!(stats.evidence.last().unwrap().request_id.as_deref(), Some("r-70"));
    assert_eq!((stats.bytes_sent, stats.bytes_received), (140, 700));
}
