//! The paths below `/_polity/`, by which tests and scripts look into a sandbox behind a port and move it.

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    answer::Sandbox,
    cloud::{Reply, Request},
    log::Entry,
    scenario::{Hand, Scenario, duration},
    snapshot,
};

/// Where these paths begin: no cloud has any there.
const PREFIX: &str = "/_polity/";

/// The answer to a request that is for the sandbox itself; `None` for those that are for a cloud.
pub(crate) fn answer(sandbox: &Sandbox, request: &Request) -> Option<Reply> {
    let path = request.uri().path().strip_prefix(PREFIX)?;
    let answered = match (request.method(), path) {
        (&Method::GET, "calls") => Ok(calls(sandbox)),
        (&Method::GET, "clock") => Ok(clock(sandbox)),
        (&Method::POST, "clock") => skip(sandbox, request.uri().query().unwrap_or_default()),
        (&Method::GET, "kubeconfig") => return Some(kubeconfig(request)),
        (&Method::GET, "snapshot") => Ok(snapshot::document(sandbox)),
        (&Method::POST, "tamper") => tamper(sandbox, request.body()),
        (&Method::POST, "scenario") => play(sandbox, request.body()),
        _ => Err((StatusCode::NOT_FOUND, format!("there is no {} {PREFIX}{path}", request.method()))),
    };
    Some(match answered {
        Ok(value) => reply(StatusCode::OK, &value),
        Err((status, error)) => reply(status, &json!({ "error": error })),
    })
}

type Answered = Result<Value, (StatusCode, String)>;

fn calls(sandbox: &Sandbox) -> Value {
    let counts = sandbox.counts();
    let total: u64 = counts.values().sum();
    let calls =
        counts.into_iter().map(|((service, operation), count)| (format!("{service}:{operation}"), count.into()));
    json!({"total": total, "calls": Value::Object(calls.collect())})
}

fn clock(sandbox: &Sandbox) -> Value {
    json!({"now": sandbox.clock().now().to_string()})
}

/// What `KUBECONFIG` names: the cluster at the address by which whoever asks has found us. It lets everybody in.
fn kubeconfig(request: &Request) -> Reply {
    let host = request.headers().get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "sandbox",
        "clusters": [{"name": "sandbox", "cluster": {"server": format!("http://{host}")}}],
        "users": [{"name": "sandbox", "user": {}}],
        "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "sandbox"}}],
    });
    reply(StatusCode::OK, &config)
}

fn skip(sandbox: &Sandbox, query: &str) -> Answered {
    let bad = |error: String| (StatusCode::BAD_REQUEST, error);
    let asked = query.split('&').find_map(|pair| pair.strip_prefix("skip="));
    let asked = asked.ok_or_else(|| bad("say how far: `POST /_polity/clock?skip=90d`".to_owned()))?;
    let asked = percent_encoding::percent_decode_str(&asked.replace('+', " ")).decode_utf8_lossy().into_owned();
    sandbox.clock().skip(duration(&asked).map_err(bad)?);
    sandbox.settle();
    Ok(clock(sandbox))
}

fn tamper(sandbox: &Sandbox, body: &Bytes) -> Answered {
    let wrong = |error: &dyn std::fmt::Display| {
        let message = format!(
            "this is no hand: {error}; write `{{\"by\": .., \"call\": {{\"service\": .., \"operation\": ..}}}}`"
        );
        (StatusCode::BAD_REQUEST, message)
    };
    let hand: Hand = serde_json::from_slice(body).map_err(|error| wrong(&error))?;
    let Entry { service, operation, error, place, .. } = sandbox.tamper(&hand);
    match error {
        Some(error) => Err((StatusCode::CONFLICT, error)),
        None => Ok(json!({"by": hand.by, "service": service, "operation": operation, "account": place})),
    }
}

fn play(sandbox: &Sandbox, body: &Bytes) -> Answered {
    let scenario = Scenario::parse("scenario", body).map_err(|wrong| {
        let lines: Vec<String> = wrong.iter().map(|one| format!("{}: {}", one.at.origin, one.message)).collect();
        (StatusCode::BAD_REQUEST, lines.join("\n"))
    })?;
    sandbox.play(&scenario);
    Ok(json!({"seed": scenario.seed, "rules": scenario.rules.len()}))
}

fn reply(status: StatusCode, value: &Value) -> Reply {
    let mut reply = Reply::new(Bytes::from(format!("{value}\n")));
    *reply.status_mut() = status;
    reply.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    reply
}
