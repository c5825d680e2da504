//! The sandbox behind a port: connections that end early, answers that nobody waits for any more, the control paths.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::{sync::Arc, time::Duration};

use polity_sandbox::{Clock, Effect, Entry, Rule, Sandbox, Scenario, When, aws::Aws, serve};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A served sandbox, and something that each open answer holds on to.
async fn served(scenario: &Scenario) -> (String, Arc<()>) {
    let held = Arc::new(());
    let hold = Arc::clone(&held);
    let clock = Clock::from("2026-06-01T08:00:00Z".parse().unwrap());
    let sandbox = Sandbox::new(clock, scenario, Aws::new("111111111111", 7))
        .heard_by(Arc::new(move |_: &Entry| drop(Arc::clone(&hold))));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(serve(sandbox, listener));
    (address, held)
}

async fn send(address: &str, head: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request =
        format!("{head} HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    let target = "x-amz-target: AWSOrganizationsV20161128.CreateOrganization\r\nauthorization: AWS4-HMAC-SHA256 \
        Credential=sandbox/20260601/us-east-1/organizations/aws4_request, SignedHeaders=host, Signature=00\r\n";
    stream.write_all(format!("{request}{target}\r\n{body}").as_bytes()).await.unwrap();
    stream
}

/// Status and body of the whole answer.
async fn answer(mut stream: TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

async fn json(address: &str, head: &str, body: &str) -> (u16, Value) {
    let (status, body) = answer(send(address, head, body).await).await;
    (status, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{head}: {error}: {body}")))
}

#[tokio::test]
async fn a_cut_ends_the_connection_without_a_word() {
    let (address, _) = served(&Scenario::calm().with(Rule::new(Effect::CutAfter).at(When::nth(1)))).await;
    let mut bytes = Vec::new();
    // Whether the end comes as an end or as a reset is the system's choice.
    let _ = send(&address, "POST /", "{}").await.read_to_end(&mut bytes).await;
    assert!(bytes.is_empty(), "{}", String::from_utf8_lossy(&bytes));
    let (status, body) = answer(send(&address, "POST /", "{}").await).await;
    assert_eq!(status, 400);
    assert!(body.contains("AlreadyInOrganizationException"), "it was done: {body}");
}

#[tokio::test]
async fn a_silent_answer_ends_when_whoever_waited_goes_away() {
    let (address, _) = served(&Scenario::calm().with(Rule::new(Effect::SilentBefore))).await;
    let mut stream = send(&address, "POST /", "{}").await;
    let mut byte = [0];
    let waited = tokio::time::timeout(Duration::from_millis(300), stream.read(&mut byte)).await;
    assert!(waited.is_err(), "there is no answer, and no end");
    assert_eq!(open(&address), 1);
    drop(stream);
    for _ in 0..100 {
        if open(&address) == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the server still holds the connection");
}

/// Connections that the server's side holds open, as the system sees them.
fn open(address: &str) -> usize {
    let port: u16 = address.rsplit(':').next().unwrap().parse().unwrap();
    let local = format!("0100007F:{port:04X}");
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    // The second column is our end; 01 is an established connection, 08 one whose other end has gone.
    table
        .lines()
        .skip(1)
        .filter(|line| {
            let mut columns = line.split_whitespace().skip(1);
            columns.next() == Some(&local) && matches!(columns.nth(1), Some("01" | "08"))
        })
        .count()
}

#[tokio::test]
async fn the_control_paths_look_in_and_move_things() {
    let (address, _) = served(&Scenario::calm()).await;
    answer(send(&address, "POST /", "{}").await).await;
    let (_, calls) = json(&address, "GET /_polity/calls", "").await;
    assert_eq!(calls, serde_json::json!({"total": 1, "calls": {"organizations:CreateOrganization": 1}}));

    let (_, clock) = json(&address, "POST /_polity/clock?skip=90d", "").await;
    assert!(clock["now"].as_str().unwrap().starts_with("2026-08-30T08:00:0"), "{clock}");
    let (status, told) = json(&address, "POST /_polity/clock?skip=soon", "").await;
    assert_eq!((status, told["error"].as_str().unwrap().contains("`soon` is no duration")), (400, true));

    let hand = r#"{"by": "mallory", "call": {"service": "organizations", "operation": "CreateOrganizationalUnit",
        "input": {"ParentId": "${root}", "Name": "Shadow"}}}"#;
    assert_eq!(json(&address, "POST /_polity/tamper", hand).await.0, 200);
    let (status, told) = json(&address, "POST /_polity/tamper", hand).await;
    assert_eq!(status, 409, "twice is once too often: {told}");
    assert_eq!(json(&address, "POST /_polity/tamper", "{}").await.0, 400);

    let (_, snapshot) = json(&address, "GET /_polity/snapshot", "").await;
    assert!(snapshot.to_string().contains("Shadow"));

    let denied = "version: polity/sandbox/v1\nrules:\n  - effect: denied\n";
    assert_eq!(
        json(&address, "POST /_polity/scenario", denied).await,
        (200, serde_json::json!({"seed": 0, "rules": 1}))
    );
    let (status, body) = answer(send(&address, "POST /", "{}").await).await;
    assert!(status == 400 && body.contains("AccessDeniedException"), "{body}");
    let (status, told) = json(&address, "POST /_polity/scenario", "rules: []").await;
    assert_eq!((status, told["error"].as_str().unwrap()), (400, "scenario:1: the field `version` is missing"));
    assert_eq!(json(&address, "GET /_polity/nothing", "").await.0, 404);
}

#[tokio::test]
async fn many_connections_are_answered_at_once() {
    let (address, held) = served(&Scenario::calm()).await;
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let address = address.clone();
        asked.spawn(async move { answer(send(&address, "POST /", "{}").await).await.0 });
    }
    let mut statuses = asked.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[1], statuses[49]), (200, 400, 400), "one creates it, all others come too late");
    assert_eq!(Arc::strong_count(&held), 2, "nothing is kept of what was answered");
}
