//! What the stories share: a cloud of their own, a folder, the binary, and an independent reader.

#[allow(dead_code, reason = "tasks count calls, tests do not")]
pub(crate) mod cloud;
#[allow(dead_code, reason = "only stories about clusters start one")]
#[path = "../../../kubernetes/tests/support/cluster.rs"]
pub(crate) mod cluster;
#[allow(dead_code, reason = "only stories about clusters are told on one")]
pub(crate) mod harbor;
#[allow(dead_code, reason = "only stories about OpenStack are told there")]
pub(crate) mod heaven;
#[allow(dead_code, reason = "only stories about OpenStack start one")]
#[path = "../../../openstack/tests/support/keystone.rs"]
pub(crate) mod keystone;
mod proxy;
#[allow(dead_code, reason = "not every test counts calls or puts clocks forward")]
mod sandbox;
#[allow(dead_code, reason = "tasks install them, stories start them")]
#[path = "../../../openstack/tests/support/server.rs"]
mod server;
#[allow(dead_code, reason = "tasks install them, stories start them")]
#[path = "../../../openstack/tests/support/services.rs"]
pub(crate) mod services;
#[allow(dead_code, reason = "only stories about OpenStack are told on one")]
pub(crate) mod sky;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

use serde_json::Value as Json;
use tempfile::TempDir;

pub(crate) use cloud::{ACCOUNT, Cloud};
pub(crate) use proxy::{Answer, Proxy};
pub(crate) use sandbox::Simulated;

/// What a story is told on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// Our own simulated cloud.
    Sandbox,
    /// A server that somebody else wrote.
    Moto,
}

/// A running server of either sort.
pub(crate) enum Server {
    /// Our own.
    Sandbox(Box<Simulated>),
    /// Somebody else's.
    Moto(Cloud),
}

impl Server {
    /// Starts one.
    pub(crate) fn start(on: On) -> Self {
        match on {
            On::Sandbox => Self::Sandbox(Box::new(Simulated::start())),
            On::Moto => Self::Moto(Cloud::start().unwrap()),
        }
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> &str {
        match self {
            Self::Sandbox(sandbox) => sandbox.endpoint(),
            Self::Moto(moto) => moto.endpoint(),
        }
    }

    /// The sandbox, where it is one.
    pub(crate) fn sandbox(&self) -> &Simulated {
        let Self::Sandbox(sandbox) = self else { panic!("this story is not told on the sandbox") };
        sandbox
    }

    /// Gives a command what it needs to reach the server.
    pub(crate) fn enter<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        cloud::enter(self.endpoint(), command)
    }

    /// Runs one of the Python scripts beside this file.
    pub(crate) fn script(&self, name: &str, arguments: &[&str]) -> Result<String, String> {
        cloud::script(self.endpoint(), name, arguments)
    }
}

/// One story: a cloud, a manifest folder that may be edited, and a journal.
pub(crate) struct Story {
    /// The test cloud.
    pub(crate) cloud: Server,
    reader: Mutex<Option<cloud::Reader>>,
    place: TempDir,
}

/// Tells a story on the sandbox and on moto. Both must end in the same state, as an independent client reads it.
#[track_caller]
pub(crate) fn on_both(tell: impl Fn(On) -> Story) {
    agree([On::Sandbox, On::Moto], |on| without_marks_in_text(tell(on).held()));
}

/// Tells a story on the sandbox and on somebody else's server, and compares what is held there in the end.
#[track_caller]
#[allow(clippy::print_stdout, reason = "whoever reads of a failure must know on which of the two")]
pub(crate) fn agree<T: Copy + std::fmt::Debug>(both: [T; 2], held: impl Fn(T) -> Json) {
    let [ours, theirs] = both.map(|on| {
        println!("on {on:?}:");
        serde_json::to_string_pretty(&held(on)).unwrap()
    });
    if ours != theirs {
        let diff = similar::TextDiff::from_lines(&theirs, &ours);
        panic!("{}", diff.unified_diff().header(&format!("{:?}", both[1]), "sandbox"));
    }
}

/// Where a server keeps no tags of permission sets, moto for one, our mark stands at the end of their descriptions.
fn without_marks_in_text(mut held: Json) -> Json {
    for set in held["permission_sets"].as_array_mut().into_iter().flatten() {
        let text = set["description"].as_str().unwrap_or_default();
        set["description"] = text.split("[polity ").next().unwrap_or_default().trim_end().into();
    }
    held
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Exit code; -1 for a signal.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Error output.
    pub(crate) err: String,
}

impl Ended {
    /// Fails the test unless the command ended with this code; returns itself for more.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.out, self.err))
    }
}

impl Story {
    /// A story about the example organization.
    pub(crate) fn acme(on: On) -> Self {
        Self::about(on, &root().join("examples/acme"))
    }

    /// A story about a copy of this folder.
    pub(crate) fn about(on: On, folder: &Path) -> Self {
        let story = Self::empty(on);
        copy(folder, &story.folder());
        story
    }

    /// A story about one manifest file.
    pub(crate) fn of(on: On, manifest: &str) -> Self {
        let story = Self::empty(on);
        story.write("organization.yaml", manifest);
        story
    }

    /// A story without a manifest yet.
    pub(crate) fn empty(on: On) -> Self {
        let cloud = Server::start(on);
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("folder")).unwrap();
        Self { cloud, reader: Mutex::default(), place }
    }

    /// Back to an empty cloud without a journal.
    pub(crate) fn start_over(&self) {
        match &self.cloud {
            Server::Sandbox(sandbox) => sandbox.start_over(),
            Server::Moto(_) => drop(self.cloud.script("reset.py", &[]).unwrap()),
        }
        for entry in fs::read_dir(self.place.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::remove_file(path).unwrap();
            }
        }
    }

    /// The manifest folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.place.path().join("folder")
    }

    /// The journal.
    pub(crate) fn journal(&self) -> PathBuf {
        self.place.path().join("journal.db")
    }

    /// Any other file of the story.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Writes a file of the manifest.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.folder().join(name), text).unwrap();
    }

    /// Replaces text in a file of the manifest; the text must be there.
    #[track_caller]
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.folder().join(name)).unwrap();
        assert!(text.contains(from), "{name} does not say `{from}`");
        self.write(name, &text.replace(from, to));
    }

    /// Lets plans remove as much as a story needs.
    pub(crate) fn release_brakes(&self) {
        self.edit("organization.yaml", "removals: {max: 10, percent: 20}", "removals: {max: 500, percent: 100}");
        self.edit("organization.yaml", "people_losing_access: 5", "people_losing_access: 500");
        self.edit("organization.yaml", "guardrails_removed: 0", "guardrails_removed: 500");
        self.edit("organization.yaml", "minimum_admins: 1", "minimum_admins: 0");
        self.edit("organization.yaml", "break_glass: {person: grace, role: admin}", "");
    }

    /// The binary with these words, the story's folder and journal, ready to run against its cloud.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        // Long loops are run with an optimized build.
        let binary = std::env::var_os("POLITY_STORY_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_polity").into());
        let mut command = Command::new(binary);
        command.args(words).arg("--folder").arg(self.folder()).arg("--journal").arg(self.journal());
        self.cloud.enter(&mut command).current_dir(self.place.path());
        command.env("NO_COLOR", "1").env("POLITY_TODAY", "2026-11-22").env_remove("POLITY_APPLIER");
        command
    }

    /// Runs the binary.
    pub(crate) fn polity(&self, words: &[&str]) -> Ended {
        ended(&mut self.command(words))
    }

    /// Runs the binary through a proxy.
    pub(crate) fn polity_through(&self, proxy: &Proxy, words: &[&str]) -> Ended {
        ended(self.command(words).env("AWS_ENDPOINT_URL", proxy.endpoint()))
    }

    /// Applies everything without asking.
    #[track_caller]
    pub(crate) fn apply(&self) -> Ended {
        self.polity(&["apply", "--auto-approve"]).expect(0)
    }

    /// A plan must find nothing to do.
    #[track_caller]
    pub(crate) fn settled(&self) {
        self.polity(&["plan"]).expect(0);
    }

    /// Changes the cloud behind Polity's back.
    #[track_caller]
    pub(crate) fn tamper(&self, tampers: &[Json]) {
        let lines: Vec<String> = tampers.iter().map(Json::to_string).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        self.cloud.script("tamper.py", &lines).unwrap();
    }

    /// What the cloud holds, as an independent client reads it.
    #[track_caller]
    pub(crate) fn held(&self) -> Json {
        self.read("all")
    }

    /// The same without what is inside of accounts.
    #[track_caller]
    pub(crate) fn held_outside(&self) -> Json {
        self.read("shallow")
    }

    #[track_caller]
    fn read(&self, what: &str) -> Json {
        let mut reader = self.reader.lock().unwrap();
        let reader = reader.get_or_insert_with(|| cloud::Reader::start(self.cloud.endpoint()).unwrap());
        serde_json::from_str(&reader.read(what).unwrap()).unwrap()
    }
}

/// Runs a command to its end.
pub(crate) fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
