//! A proxy between the binary and its cloud: it writes down every call, and can answer in the cloud's place with the
//! failures, delays and stale readings that AWS has and a test server has not.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// One call, as it came from the binary.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Operation: of the target header, of the `Action` in the body, or method and path.
    pub(crate) operation: String,
    /// Headers, names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// Body.
    pub(crate) body: String,
}

/// An answer in the cloud's place.
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// JSON body.
    pub(crate) body: String,
}

impl Answer {
    /// An error of the JSON protocols.
    pub(crate) fn error(code: &str, message: &str) -> Self {
        Self { status: 400, body: format!(r#"{{"__type": "{code}", "message": "{message}"}}"#) }
    }
}

/// Decides about a call, given how many calls of its operation came before: `None` lets it through.
pub(crate) type Rule = Box<dyn Fn(&Call, usize) -> Option<Answer> + Send + Sync>;

/// A running proxy.
pub(crate) struct Proxy {
    state: Arc<State>,
    port: u16,
}

struct State {
    upstream: String,
    rule: Rule,
    /// How long after a write readings still show what was before.
    lag: Duration,
    calls: Mutex<Vec<Call>>,
    before: Mutex<BTreeMap<String, Vec<u8>>>,
    written: Mutex<Option<Instant>>,
    stop: AtomicBool,
}

impl Proxy {
    /// A proxy that only writes down.
    pub(crate) fn watch(endpoint: &str) -> Self {
        Self::start(endpoint, Duration::ZERO, Box::new(|_, _| None))
    }

    /// A proxy with a rule.
    pub(crate) fn with(endpoint: &str, rule: impl Fn(&Call, usize) -> Option<Answer> + Send + Sync + 'static) -> Self {
        Self::start(endpoint, Duration::ZERO, Box::new(rule))
    }

    /// A proxy that answers every repeated reading with its former answer for a while after each write.
    pub(crate) fn lagging(endpoint: &str, lag: Duration) -> Self {
        Self::start(endpoint, lag, Box::new(|_, _| None))
    }

    fn start(endpoint: &str, lag: Duration, rule: Rule) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            upstream: endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned(),
            rule,
            lag,
            calls: Mutex::default(),
            before: Mutex::default(),
            written: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if shared.stop.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&shared);
                thread::spawn(move || {
                    let _ = state.serve(client);
                });
            }
        });
        Self { state, port }
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// All calls so far, in the order in which they arrived.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.state.calls.lock().unwrap().clone()
    }

    /// Calls of these operations, in the order in which they arrived.
    pub(crate) fn of(&self, operations: &[&str]) -> Vec<Call> {
        self.calls().into_iter().filter(|call| operations.contains(&call.operation.as_str())).collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl State {
    fn serve(&self, client: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(client.try_clone()?);
        let (mut head, mut first) = (String::new(), String::new());
        reader.read_line(&mut first)?;
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            let (name, value) = (name.to_lowercase(), value.trim().to_owned());
            if name != "connection" {
                head.push_str(&line);
            }
            headers.insert(name, value);
        }
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let text = String::from_utf8_lossy(&body).into_owned();
        let call = Call { operation: operation(&first, &headers, &text), headers, body: text };
        let earlier = self.note(&call);
        let reply = match (self.rule)(&call, earlier) {
            Some(answer) => plain(&answer),
            None => self.forward(&call, format!("{first}{head}Connection: close\r\n\r\n").as_bytes(), &body)?,
        };
        let mut client = client;
        client.write_all(&reply)?;
        client.shutdown(Shutdown::Write)
    }

    /// Writes the call down and says how many of its operation came before.
    fn note(&self, call: &Call) -> usize {
        let mut calls = self.calls.lock().unwrap();
        let earlier = calls.iter().filter(|other| other.operation == call.operation).count();
        calls.push(call.clone());
        earlier
    }

    fn forward(&self, call: &Call, head: &[u8], body: &[u8]) -> std::io::Result<Vec<u8>> {
        let reads = ["List", "Describe", "Get", "Assume", "GET "].iter().any(|verb| call.operation.starts_with(verb));
        let key = format!("{} {} {:?}", call.operation, call.body, call.headers.get("x-amz-security-token"));
        if reads
            && self.written.lock().unwrap().is_some_and(|written| written.elapsed() < self.lag)
            && let Some(before) = self.before.lock().unwrap().get(&key)
        {
            return Ok(before.clone());
        }
        let mut upstream = TcpStream::connect(&self.upstream)?;
        upstream.write_all(head)?;
        upstream.write_all(body)?;
        let mut reply = Vec::new();
        upstream.read_to_end(&mut reply)?;
        if reads {
            self.before.lock().unwrap().insert(key, reply.clone());
        } else {
            *self.written.lock().unwrap() = Some(Instant::now());
        }
        Ok(reply)
    }
}

fn operation(first: &str, headers: &BTreeMap<String, String>, body: &str) -> String {
    if let Some(target) = headers.get("x-amz-target") {
        return target.rsplit('.').next().unwrap_or(target).to_owned();
    }
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    action.map_or_else(|| first.split(" HTTP/").next().unwrap_or(first).to_owned(), str::to_owned)
}

fn plain(answer: &Answer) -> Vec<u8> {
    format!(
        "HTTP/1.1 {} Answer\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
        answer.status,
        answer.body.len(),
        answer.body
    )
    .into_bytes()
}
