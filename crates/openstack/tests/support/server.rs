//! Servers of OpenStack in a process of their own each, in the virtual environment that `cargo xtask servers` makes.

use std::{
    fs,
    io::{BufRead, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// What a server is told beside its address: where its application is, its command line, and variables.
pub(crate) struct Told {
    pub(crate) application: &'static str,
    pub(crate) words: Vec<String>,
    pub(crate) variables: Vec<(String, PathBuf)>,
}

/// A running server; it ends with this value, and its folder goes with it.
pub(crate) struct Server {
    child: Child,
    port: u16,
    folder: PathBuf,
    calls: Arc<AtomicU64>,
}

impl Server {
    /// Starts a server in a copy of the state that is kept for it, and waits until it answers. `configure` writes its
    /// configuration for the folder and the port, and answers what the server must be told.
    pub(crate) fn start(
        name: &str,
        path: &str,
        configure: &dyn Fn(&Path, u16) -> Result<Told, String>,
    ) -> Result<Self, String> {
        let kept = state(name);
        if !kept.join("polity-stamp").is_file() {
            return Err(format!("there is no state of {name} in `{}`: `cargo xtask servers` makes it", kept.display()));
        }
        let mut last = String::new();
        // Somebody else may take the port between our look and the server's.
        for _ in 0..3 {
            match Self::attempt(name, path, &kept, configure) {
                Ok(started) => return Ok(started),
                Err(why) => last = why,
            }
        }
        Err(last)
    }

    fn attempt(
        name: &str,
        path: &str,
        kept: &Path,
        configure: &dyn Fn(&Path, u16) -> Result<Told, String>,
    ) -> Result<Self, String> {
        let port = free_port()?;
        let folder = std::env::temp_dir().join(format!("polity-{name}-{}-{port}", std::process::id()));
        copy(kept, &folder).map_err(|error| error.to_string())?;
        let told = configure(&folder, port)?;
        let mut child = Command::new(tool("python"))
            .arg(support("serve.py"))
            .args([&port.to_string(), told.application])
            .args(told.words)
            .envs(told.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name} could not be started ({error}): `cargo xtask servers` installs it"))?;
        let stderr = child.stderr.take().map(BufReader::new).ok_or("the server has no error output")?;
        let calls = Arc::<AtomicU64>::default();
        let counter = Arc::clone(&calls);
        thread::spawn(move || {
            // One line for each request. Whoever does not read them makes the server stop once the pipe is full.
            for line in stderr.lines().map_while(Result::ok) {
                if line.starts_with("answered /v") {
                    counter.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        let mut server = Self { child, port, folder, calls };
        server.wait(name, path)?;
        Ok(server)
    }

    fn wait(&mut self, name: &str, path: &str) -> Result<(), String> {
        let until = Instant::now() + Duration::from_secs(180);
        while Instant::now() < until {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("{name} ended before it answered: {status}"));
            }
            if answers(self.port, path) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err(format!("{name} did not answer for three minutes"))
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How many requests it has answered.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The state that every start begins with a copy of.
pub(crate) fn state(name: &str) -> PathBuf {
    target().join(format!("{name}-state"))
}

/// Makes that state anew: an empty folder, filled by `fill`, and stamped when it is whole.
pub(crate) fn prepare(name: &str, stamp: &str, fill: &dyn Fn(&Path) -> Result<(), String>) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    let state = state(name);
    if state.exists() {
        fs::remove_dir_all(&state).map_err(failed)?;
    }
    fs::create_dir_all(&state).map_err(failed)?;
    fill(&state)?;
    fs::write(state.join("polity-stamp"), stamp).map_err(failed)
}

/// Name of the virtual environment of all of them, under `target`.
pub(crate) const ENVIRONMENT: &str = "venv-openstack";

/// A program of the virtual environment.
pub(crate) fn tool(program: &str) -> PathBuf {
    target().join(ENVIRONMENT).join("bin").join(program)
}

/// The checkout.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = if here.ends_with("xtask") { here.join("..") } else { here.join("../..") };
    root.canonicalize().unwrap_or(root)
}

/// A script beside this file.
pub(crate) fn support(script: &str) -> PathBuf {
    root().join("crates/openstack/tests/support").join(script)
}

/// Its `target`, whatever `CARGO_TARGET_DIR` says.
fn target() -> PathBuf {
    root().join("target")
}

/// Runs a command to its end and returns what it printed.
pub(crate) fn printed(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| {
        let program = command.get_program().display();
        format!("`{program}` could not be started ({error}): `cargo xtask servers` installs it")
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

/// Whether a server answers there at all: a list of versions may come with 200 or 300.
fn answers(port: u16, path: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let asked = stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes());
    let mut begin = [0_u8; 12];
    asked.is_ok() && stream.read_exact(&mut begin).is_ok() && matches!(&begin[9..], b"200" | b"300")
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
