//! A test cloud of one's own: a moto server on a free port, stopped when it is dropped.

use std::{
    io::{BufRead, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// The account that the server takes us for.
pub(crate) const ACCOUNT: &str = "123456789012";

/// A running server.
pub(crate) struct Cloud {
    server: Child,
    endpoint: String,
    calls: Arc<AtomicU64>,
}

impl Cloud {
    /// Starts a server. Every unknown credential stands for the account [`ACCOUNT`] there.
    pub(crate) fn start() -> Result<Self, String> {
        let program = tool("python");
        let mut server = Command::new(&program)
            .arg(support().join("serve.py"))
            .env("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                format!("`{}` could not be started ({error}): `cargo xtask servers` installs it", program.display())
            })?;
        let stderr = server.stderr.take().map(BufReader::new);
        let mut cloud = Self { server, endpoint: String::new(), calls: Arc::default() };
        cloud.endpoint = cloud.listen(stderr)?;
        Ok(cloud)
    }

    /// Where the server listens.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// How many requests it has answered.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    /// As [`enter`].
    pub(crate) fn enter<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        enter(&self.endpoint, command)
    }

    /// As [`script`].
    pub(crate) fn script(&self, name: &str, arguments: &[&str]) -> Result<String, String> {
        script(&self.endpoint, name, arguments)
    }

    /// Waits for the line that names the port, then counts one line per request.
    fn listen(&self, stderr: Option<BufReader<ChildStderr>>) -> Result<String, String> {
        let mut lines = stderr.ok_or("the server has no error output")?.lines();
        let mut endpoint = None;
        let mut said = String::new();
        for line in lines.by_ref().map_while(Result::ok) {
            if let Some((_, address)) = line.split_once("Running on ") {
                endpoint = Some(address.trim().to_owned());
                break;
            }
            said = line;
        }
        let calls = Arc::clone(&self.calls);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if line.contains("HTTP/1.1\" ") {
                    calls.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        endpoint.ok_or_else(|| format!("the server ended before it listened: {said}"))
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Gives a command what it needs to reach a server as the account [`ACCOUNT`], and nothing of the caller's own settings.
pub(crate) fn enter<'a>(endpoint: &str, command: &'a mut Command) -> &'a mut Command {
    for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"] {
        command.env_remove(name);
    }
    command
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00")
        .env("AWS_SECRET_ACCESS_KEY", "test")
}

/// Runs one of the Python scripts beside this file against a server and returns what it printed.
pub(crate) fn script(endpoint: &str, name: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(tool("python"));
    command.arg(support().join(name)).args(arguments).stdin(Stdio::null());
    let output = enter(endpoint, &mut command).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{name} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// An independent client that reads what a server holds, as often as it is asked to.
pub(crate) struct Reader {
    process: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Reader {
    /// Starts it.
    pub(crate) fn start(endpoint: &str) -> Result<Self, String> {
        let mut command = Command::new(tool("python"));
        command.arg(support().join("readback.py")).arg("--serve").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = enter(endpoint, &mut command).spawn().map_err(|error| error.to_string())?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (asked, answers) = pipes.ok_or("the reader has no pipes")?;
        Ok(Self { process, asked, answers: BufReader::new(answers) })
    }

    /// Reads `all`, or what is `shallow`: JSON.
    pub(crate) fn read(&mut self, what: &str) -> Result<String, String> {
        let mut answer = String::new();
        let answered = writeln!(self.asked, "{what}")
            .and_then(|()| self.asked.flush())
            .and_then(|()| self.answers.read_line(&mut answer));
        match answered {
            Ok(length) if length > 0 => Ok(answer),
            Ok(_) => Err("the reader ended; it said why on its error output".to_owned()),
            Err(error) => Err(format!("the reader does not answer: {error}")),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A program of the virtual environment that `cargo xtask servers` makes.
pub(crate) fn tool(name: &str) -> PathBuf {
    let root = support().join("../../../..");
    let root = root.canonicalize().unwrap_or(root);
    if cfg!(windows) {
        root.join("target/venv/Scripts").join(format!("{name}.exe"))
    } else {
        root.join("target/venv/bin").join(name)
    }
}

/// The folder of this file.
pub(crate) fn support() -> PathBuf {
    // Whoever includes this file, as a test of `polity` or as a task, sits two folders below the root or one.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = if here.ends_with("xtask") { here.join("..") } else { here.join("../..") };
    root.join("crates/polity/tests/support")
}
