//! A real Keystone of one's own, on a free port, which ends with its value. `cargo xtask servers` installs it and makes the
//! state that every start begins with a copy of.

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

/// The administrator that every Keystone here is born with.
pub(crate) const ADMIN: &str = "admin";
/// The administrator's password.
pub(crate) const PASSWORD: &str = "s3cret";
/// Address that the kept state was made for.
const BORN_AT: &str = "http://127.0.0.1:5000";

/// A running server.
pub(crate) struct Keystone {
    server: Child,
    folder: PathBuf,
    port: u16,
    calls: Arc<AtomicU64>,
}

impl Keystone {
    /// Starts one as it was born: the administrator, the domain `Default`, and the roles of its birth.
    pub(crate) fn start() -> Result<Self, String> {
        Self::with("")
    }

    /// Starts one with further lines of configuration.
    pub(crate) fn with(configuration: &str) -> Result<Self, String> {
        let kept = state();
        if !kept.join("keystone.db").is_file() {
            return Err(format!("there is no Keystone in `{}`: `cargo xtask servers` installs it", kept.display()));
        }
        let mut last = String::new();
        // Somebody else may take the port between our look and the server's.
        for _ in 0..3 {
            match Self::attempt(&kept, configuration) {
                Ok(started) => return Ok(started),
                Err(why) => last = why,
            }
        }
        Err(last)
    }

    fn attempt(kept: &Path, configuration: &str) -> Result<Self, String> {
        let port = free_port()?;
        let folder = std::env::temp_dir().join(format!("polity-keystone-{}-{port}", std::process::id()));
        let failed = |error: std::io::Error| error.to_string();
        copy(kept, &folder).map_err(failed)?;
        configure(&folder, port, configuration).map_err(failed)?;
        move_endpoints(&folder, port)?;
        let mut server = Command::new(tool("uwsgi"))
            .args(["--http-socket", &format!("127.0.0.1:{port}"), "--enable-threads", "--single-interpreter"])
            .args(["--die-on-term", "--need-app", "--add-header", "Connection: close", "--module", "keystone.wsgi.api:application"])
            .arg("--virtualenv")
            .arg(environment())
            .env("OS_KEYSTONE_CONFIG_FILES", folder.join("keystone.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("`uwsgi` could not be started ({error}): `cargo xtask servers` installs it"))?;
        let stderr = server.stderr.take().map(BufReader::new).ok_or("the server has no error output")?;
        let calls = Arc::<AtomicU64>::default();
        let counter = Arc::clone(&calls);
        thread::spawn(move || {
            // One line for each request. Whoever does not read them makes the server stop once the pipe is full.
            for line in stderr.lines().map_while(Result::ok).filter(|line| line.contains("=> generated")) {
                if line.contains("/v3") {
                    counter.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        let mut keystone = Self { server, folder, port, calls };
        keystone.wait()?;
        Ok(keystone)
    }

    /// Waits until it answers.
    fn wait(&mut self) -> Result<(), String> {
        let until = Instant::now() + Duration::from_secs(120);
        while Instant::now() < until {
            if let Ok(Some(status)) = self.server.try_wait() {
                return Err(format!("Keystone ended before it answered: {status}"));
            }
            if answers(self.port) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err("Keystone did not answer for two minutes".to_owned())
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How many requests it has answered.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Gives a command what it needs to be the administrator there, and nothing of the caller's own settings.
    pub(crate) fn enter<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OS_")) {
            command.env_remove(name);
        }
        command
            .env("OS_AUTH_URL", format!("{}/v3", self.endpoint()))
            .env("OS_USERNAME", ADMIN)
            .env("OS_PASSWORD", PASSWORD)
            .env("OS_PROJECT_NAME", ADMIN)
            .env("OS_USER_DOMAIN_NAME", "Default")
            .env("OS_PROJECT_DOMAIN_NAME", "Default")
            .env("OS_IDENTITY_API_VERSION", "3")
    }

    /// Runs a program of the environment as the administrator, with this on its input, and returns what it printed.
    pub(crate) fn run(&self, program: &str, words: &[&str]) -> Result<String, String> {
        let mut command = Command::new(tool(program));
        command.args(words).stdin(Stdio::null());
        printed(self.enter(&mut command))
    }
}

impl Drop for Keystone {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Makes the state that every start begins with a copy of.
pub(crate) fn bootstrap() -> Result<(), String> {
    let state = state();
    let failed = |error: std::io::Error| error.to_string();
    if state.exists() {
        fs::remove_dir_all(&state).map_err(failed)?;
    }
    for keys in ["fernet", "credential"] {
        fs::create_dir_all(state.join(keys)).map_err(failed)?;
    }
    configure(&state, 5000, "").map_err(failed)?;
    let file = state.join("keystone.conf");
    let manage = |words: &[&str]| {
        printed(Command::new(tool("keystone-manage")).arg("--config-file").arg(&file).args(words)).map(drop)
    };
    let whoami = printed(Command::new("id").arg("-un"))?;
    let group = printed(Command::new("id").arg("-gn"))?;
    let owner = ["--keystone-user", whoami.trim(), "--keystone-group", group.trim()];
    manage(&["db_sync"])?;
    manage(&[&["fernet_setup"], &owner[..]].concat())?;
    manage(&[&["credential_setup"], &owner[..]].concat())?;
    let url = format!("{BORN_AT}/v3");
    manage(&[
        "bootstrap",
        "--bootstrap-password",
        PASSWORD,
        "--bootstrap-username",
        ADMIN,
        "--bootstrap-project-name",
        ADMIN,
        "--bootstrap-region-id",
        "RegionOne",
        "--bootstrap-public-url",
        &url,
        "--bootstrap-internal-url",
        &url,
        "--bootstrap-admin-url",
        &url,
    ])
}

/// The state that every start begins with a copy of.
pub(crate) fn state() -> PathBuf {
    target().join("keystone-state")
}

/// A program of the virtual environment.
pub(crate) fn tool(name: &str) -> PathBuf {
    environment().join("bin").join(name)
}

fn environment() -> PathBuf {
    target().join("venv-keystone")
}

/// The checkout's `target`, whatever `CARGO_TARGET_DIR` says.
fn target() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = if here.ends_with("xtask") { here.join("..") } else { here.join("../..") };
    root.canonicalize().unwrap_or(root).join("target")
}

fn configure(folder: &Path, port: u16, further: &str) -> std::io::Result<()> {
    let at = folder.display();
    let text = format!(
        "[DEFAULT]\nlog_file = {at}/keystone.log\nuse_stderr = false\npublic_endpoint = http://127.0.0.1:{port}\n\
         [database]\nconnection = sqlite:///{at}/keystone.db\n\
         [fernet_tokens]\nkey_repository = {at}/fernet\n\
         [credential]\nkey_repository = {at}/credential\n\
         [cache]\nenabled = true\nbackend = dogpile.cache.memory\n\
         [identity]\npassword_hash_rounds = 4\n\
         [oslo_policy]\nenforce_scope = true\nenforce_new_defaults = true\n{further}\n"
    );
    fs::write(folder.join("keystone.conf"), text)
}

/// The catalog names addresses as a whole.
fn move_endpoints(folder: &Path, port: u16) -> Result<(), String> {
    let script = "import sqlite3, sys\nfound = sqlite3.connect(sys.argv[1])\n\
                  found.execute('update endpoint set url = replace(url, ?, ?)', (sys.argv[2], sys.argv[3]))\nfound.commit()";
    let mut command = Command::new(tool("python"));
    command.args(["-c", script]).arg(folder.join("keystone.db")).arg(BORN_AT).arg(format!("http://127.0.0.1:{port}"));
    printed(&mut command).map(drop)
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let asked = stream.write_all(b"GET /v3 HTTP/1.0\r\nHost: localhost\r\n\r\n");
    let mut begin = [0_u8; 12];
    asked.is_ok() && stream.read_exact(&mut begin).is_ok() && begin.ends_with(b"200")
}

fn printed(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| {
        format!("`{}` could not be started ({error}): `cargo xtask servers` installs it", command.get_program().display())
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
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
