//! `polity sandbox serve`: the binary behind a port, from its first line to its last.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

const SCENARIO: &str = "\
version: polity/sandbox/v1
rules:
  - select: {operation: CreatePolicy}
    effect: broken_after
";

/// A served sandbox; it ends with the test.
struct Served {
    child: Child,
    out: BufReader<ChildStdout>,
    address: String,
    welcome: String,
}

impl Served {
    fn start(within: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_polity"))
            .args(["sandbox", "serve"])
            .args(arguments)
            .current_dir(within)
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut welcome = String::new();
        while !welcome.contains("Ctrl-C") {
            if out.read_line(&mut welcome).unwrap() == 0 {
                let mut told = String::new();
                child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
                panic!("it ended: {welcome}{told}");
            }
        }
        let address = welcome.split("http://").nth(1).unwrap().lines().next().unwrap().to_owned();
        Self { child, out, address, welcome }
    }

    /// Body of the answer to a call of AWS Organizations, or to a path of the sandbox itself.
    fn ask(&self, head: &str, operation: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let lines = [
            format!("{head} HTTP/1.1"),
            format!("host: sandbox\r\nconnection: close\r\ncontent-length: {length}"),
            format!("x-amz-target: AWSOrganizationsV20161128.{operation}"),
            "authorization: AWS4-HMAC-SHA256 Credential=sandbox/20260601/us-east-1/organizations/aws4_request, a=b"
                .into(),
        ];
        stream.write_all(format!("{}\r\n\r\n{body}", lines.join("\r\n")).as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
    }

    /// Asks it to stop, and reads what it still says.
    fn stop(mut self) -> String {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success());
        rest
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Already ended where all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text without the times, which are those of the day.
fn timeless(text: &str) -> String {
    let line = |line: &str| match line.get(..12) {
        Some(time) if time.get(2..3) == Some(":") && time.get(8..9) == Some(".") => {
            format!("[time]      {}", line.get(12..).unwrap_or_default())
        }
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn it_says_how_to_reach_it_logs_each_call_and_keeps_what_it_held() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("scenario.yaml"), SCENARIO).unwrap();
    let arguments = ["--scenario", "scenario.yaml", "--snapshot", "snapshot.json", "--tape", "tape.jsonl"];
    let served = Served::start(place.path(), &arguments);
    assert!(served.welcome.contains(&format!("export AWS_ENDPOINT_URL=http://{}", served.address)));
    assert!(served.ask("POST /", "CreateOrganization", "{}").contains("o-"));
    let policy = r#"{"Name": "p", "Description": "", "Type": "SERVICE_CONTROL_POLICY", "Content": "{\"Version\": \"2012-10-17\", \"Statement\": []}"}"#;
    assert!(served.ask("POST /", "CreatePolicy", policy).contains("ServiceException"));
    let hand = r#"{"by": "mallory", "call": {"service": "organizations", "operation": "CreateOrganizationalUnit", "input": {"ParentId": "${root}", "Name": "Shadow"}}}"#;
    assert!(served.ask("POST /_polity/tamper", "", hand).contains("mallory"));
    insta::assert_snapshot!(timeless(&served.stop()));
    assert_eq!(fs::read_to_string(place.path().join("tape.jsonl")).unwrap().lines().count(), 2);

    let again = Served::start(place.path(), &["--snapshot", "snapshot.json", "--quiet"]);
    assert!(again.welcome.contains("it goes on from `snapshot.json`"), "{}", again.welcome);
    assert!(again.ask("POST /", "CreateOrganization", "{}").contains("AlreadyInOrganizationException"));
    let rest = again.stop();
    assert!(rest.contains("1 call, 1 refused or lost") && !rest.contains('#'), "{rest}");
}

#[test]
fn it_begins_with_what_a_manifest_asks_for() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme");
    let served = Served::start(&example, &["--seed", "."]);
    let accounts = served.ask("POST /", "ListAccounts", "{}");
    let accounts: serde_json::Value = serde_json::from_str(&accounts).unwrap();
    assert!(accounts["Accounts"].as_array().unwrap().len() > 3, "{accounts}");
    assert!(served.stop().contains("1 call"), "building it is no call of anybody's");
}

#[test]
fn what_cannot_be_used_is_told_before_anything_listens() {
    let place = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| fs::write(place.path().join(name), text).unwrap();
    file("old.json", r#"{"format": "polity/sandbox-snapshot", "version": 0}"#);
    file("other.json", "{}");
    file("half.json", r#"{"format": "polity/sandbox"#);
    file("typo.yaml", "version: polity/sandbox/v1\nrules:\n  - effect: cut_aftr\n");
    let mut told = String::new();
    for arguments in [
        &["--snapshot", "old.json"][..],
        &["--snapshot", "other.json"],
        &["--snapshot", "half.json"],
        &["--snapshot", "missing/snapshot.json", "--twin", "missing.json", "--management-account", "111111111111"],
        &["--scenario", "typo.yaml"],
        &["--scenario", "missing.yaml"],
        &["--listen", "0.0.0.0:0"],
        &["--management-account", "12"],
        &["--tape", "missing/tape.jsonl"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_polity"))
            .args(["sandbox", "serve"])
            .args(arguments)
            .current_dir(place.path())
            .env_clear()
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        told.push_str(&format!("$ {}\n{}\n", arguments.join(" "), String::from_utf8(output.stderr).unwrap()));
    }
    insta::assert_snapshot!(told);
}
