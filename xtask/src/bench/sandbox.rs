//! The sandbox: how many requests it answers, and how near an apply comes to the least time that AWS's rates allow.

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Read, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::shell::{Failure, Outcome, fail, read, say, target};

/// Tenants of the organization that is rehearsed and served.
const TENANTS: usize = 1_000;
/// How long one kind of request is sent.
const TIME: Duration = Duration::from_secs(10);
/// Connections that send at the same time: as many as a client with some patience opens.
const CONNECTIONS: usize = 8;
const DAY: &str = "2026-06-01";

/// The task.
pub(crate) fn run(polity: &Path) -> Outcome {
    let folder = target().join("bench").join("sandbox");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let tenants = folder.join("tenants");
    write(&tenants, 4)?;
    rehearse(polity, &tenants)?;
    let large = folder.join("assignments");
    write(&large, 100)?;
    serve(polity, &large)
}

/// An organization of a thousand tenants, with so many assignments on each.
fn write(folder: &Path, assignments: usize) -> Outcome {
    std::fs::create_dir_all(folder)?;
    let (teams, roles) = if assignments > 10 { (10, assignments / 10) } else { (assignments, 1) };
    let mut text = "kind: organization\nname: large\nversion: polity/v1\n\
                    brakes: {removals: {max: 100000, percent: 100}, minimum_admins: 0}\n\
                    settings:\n  aws: {s3_public_access_block: true}\naccess:\n"
        .to_owned();
    for team in 0..teams {
        for role in 0..roles {
            let _ = writeln!(text, "  - {{team: team-{team}, role: role-{role}}}");
        }
    }
    text.push_str(
        "---\nkind: platform\nname: aws\ntype: aws\nmanagement_account: \"111111111111\"\n\
         tenant_email: \"aws+{tenant}@large.example\"\nregion: us-east-1\nregions: [us-east-1]\n\
         ---\nkind: person\nname: ada\ngiven_name: Ada\nfamily_name: Lovelace\nemail: ada@large.example\n\
         ---\nkind: unit\nname: all\nowner: ada\n",
    );
    for zone in 0..20 {
        let _ = write!(text, "---\nkind: landing_zone\nname: zone-{zone}\n");
    }
    for team in 0..teams {
        let _ = write!(text, "---\nkind: team\nname: team-{team}\nunit: all\npeople: [ada]\n");
    }
    for role in 0..roles {
        let policy = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        let _ = write!(
            text,
            "---\nkind: role\nname: role-{role}\ndescription: Reads\naws: {{managed_policies: [{policy}], session: 1h}}\n"
        );
    }
    text.push_str("---\nkind: project\nname: everything\nunit: all\ntenants:\n");
    for tenant in 0..TENANTS {
        let zone = tenant % 20;
        let _ = writeln!(text, "  - {{platform: aws, landing_zone: zone-{zone}, name: tenant-{tenant:04}}}");
    }
    Ok(std::fs::write(folder.join("organization.yaml"), text)?)
}

/// A whole apply from nothing, on the clock that nobody waits for.
fn rehearse(polity: &Path, folder: &Path) -> Outcome {
    let began = Instant::now();
    let mut command = Command::new(polity);
    command.args(["rehearse", "--from-nothing", "--today", DAY, "-o", "json", "--folder"]).arg(folder);
    let told: Value = serde_json::from_str(&read(&mut command)?)?;
    let first = told.pointer("/applies/0").cloned().unwrap_or_default();
    let seconds = |name: &str| first.get(name).and_then(Value::as_f64).unwrap_or_default() / 1000.0;
    let (took, bound) = (seconds("took_ms"), seconds("rates_ask_for_ms"));
    let requests = first.get("requests").and_then(Value::as_u64).unwrap_or_default();
    if told.get("converged") != Some(&Value::Bool(true)) || bound <= 0.0 {
        return fail("the rehearsal of a thousand tenants did not converge");
    }
    say(format!(
        "| apply of {TENANTS} tenants | requests | simulated | least by the rates | times | real |\n|---|---|---|---|---|---|\n\
         | from nothing | {requests} | {took:.0} s | {bound:.0} s ({}) | {:.2} | {:.0} s |\n",
        first.get("narrowest").and_then(Value::as_str).unwrap_or_default(),
        took / bound,
        began.elapsed().as_secs_f64(),
    ));
    Ok(())
}

/// Requests a second over HTTP.
fn serve(polity: &Path, folder: &Path) -> Outcome {
    let began = Instant::now();
    let server = Server::start(polity, folder)?;
    let ready = began.elapsed().as_secs_f64();
    let assignments = TENANTS * 100;
    say(format!("{TENANTS} accounts and {assignments} assignments were served after {ready:.0} s\n"));
    say(format!("| request, {CONNECTIONS} connections | answered | a second |\n|---|---|---|"));
    let account = server.first("organizations", "AWSOrganizationsV20161128.ListAccounts", "{}", "Id")?;
    let instance = server.first("sso", "SWBExternalService.ListInstances", "{}", "InstanceArn")?;
    let of_instance = format!("{{\"InstanceArn\":\"{instance}\"}}");
    let set = server.words("sso", "SWBExternalService.ListPermissionSets", &of_instance)?;
    let set =
        set.split('"').find(|word| word.starts_with("arn:aws:sso:::permissionSet/")).unwrap_or_default().to_owned();
    let assigned =
        format!("{{\"InstanceArn\":\"{instance}\",\"AccountId\":\"{account}\",\"PermissionSetArn\":\"{set}\"}}");
    let requests = [
        ("organizations:ListAccounts", "organizations", "AWSOrganizationsV20161128.ListAccounts", "{}".to_owned()),
        (
            "organizations:DescribeAccount",
            "organizations",
            "AWSOrganizationsV20161128.DescribeAccount",
            format!("{{\"AccountId\":\"{account}\"}}"),
        ),
        ("sso-admin:ListPermissionSets", "sso", "SWBExternalService.ListPermissionSets", of_instance),
        ("sso-admin:ListAccountAssignments", "sso", "SWBExternalService.ListAccountAssignments", assigned),
    ];
    for (name, signing, operation, body) in requests {
        let answered = server.hammer(signing, operation, &body)?;
        say(format!("| {name} | {answered} | {:.0} |", answered as f64 / TIME.as_secs_f64()));
    }
    Ok(())
}

/// A sandbox that serves; it ends with this value.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(polity: &Path, folder: &Path) -> Outcome<Self> {
        let mut process = Command::new(polity)
            .args(["sandbox", "serve", "--quiet", "--listen", "127.0.0.1:0", "--seed"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let Some(output) = process.stdout.take() else { return fail("the sandbox has no output") };
        let mut lines = BufReader::new(output).lines();
        while let Some(Ok(line)) = lines.next() {
            if let Some((_, rest)) = line.split_once("http://") {
                let address = rest.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':')).next();
                let address = address.unwrap_or_default().to_owned();
                // Whoever does not read what a server writes makes it stop once the pipe is full.
                thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
                return Ok(Self { process, address });
            }
        }
        fail("the sandbox ended before it listened")
    }

    fn request(signing: &str, operation: &str, body: &str) -> String {
        format!(
            "POST / HTTP/1.1\r\nhost: sandbox\r\nx-amz-target: {operation}\r\ncontent-type: application/x-amz-json-1.1\r\n\
             authorization: AWS4-HMAC-SHA256 Credential=AKIABENCH/20260601/us-east-1/{signing}/aws4_request, \
             SignedHeaders=host, Signature=00\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    fn words(&self, signing: &str, operation: &str, body: &str) -> Outcome<String> {
        let mut line = Line::open(&self.address)?;
        line.ask(&Self::request(signing, operation, body))
    }

    /// The first value of a member, anywhere in an answer.
    fn first(&self, signing: &str, operation: &str, body: &str, member: &str) -> Outcome<String> {
        let answer = self.words(signing, operation, body)?;
        let found = answer.split_once(&format!("\"{member}\":\"")).and_then(|(_, rest)| rest.split('"').next());
        found.map(str::to_owned).ok_or_else(|| Failure(format!("{operation} answered {answer}")))
    }

    /// How many of these requests are answered well while the time lasts.
    fn hammer(&self, signing: &str, operation: &str, body: &str) -> Outcome<u64> {
        let request = Self::request(signing, operation, body);
        let until = Instant::now() + TIME;
        thread::scope(|scope| {
            let senders: Vec<_> = (0..CONNECTIONS)
                .map(|_| {
                    scope.spawn(|| {
                        let (mut line, mut answered) = (Line::open(&self.address)?, 0_u64);
                        while Instant::now() < until {
                            line.ask(&request)?;
                            answered += 1;
                        }
                        Ok::<_, Failure>(answered)
                    })
                })
                .collect();
            senders.into_iter().map(|sender| sender.join().unwrap_or_else(|_| fail("a sender failed"))).sum()
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It holds nothing that is worth an orderly end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One connection that stays open: sending takes as little as possible from what is measured.
struct Line(BufReader<TcpStream>);

impl Line {
    fn open(address: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// The body of the answer, which must be a success.
    fn ask(&mut self, request: &str) -> Outcome<String> {
        self.0.get_mut().write_all(request.as_bytes())?;
        let (mut head, mut length, mut ok) = (String::new(), 0, false);
        loop {
            head.clear();
            if self.0.read_line(&mut head)? == 0 {
                return fail("the sandbox hung up");
            }
            let line = head.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            ok |= line.starts_with("http/1.1 200");
            if let Some(number) = line.strip_prefix("content-length:") {
                length = number.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        if ok { Ok(body) } else { fail(format!("the sandbox answered {body}")) }
    }
}
