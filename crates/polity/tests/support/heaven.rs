//! A story of OpenStack on a real Keystone and on the sandbox, told by the same hands and read back by the same client.

use std::{fs, path::PathBuf, process::Command};

use polity_sandbox::openstack::{ADMIN, PASSWORD};
use serde_json::Value as Json;
use tempfile::TempDir;

use super::{Ended, Simulated, agree, cloud, copy, ended, keystone::Keystone, root};

/// What a story is told on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Under {
    /// Our own simulated cloud.
    Sandbox,
    /// The real one.
    Keystone,
}

/// One story: the example organization, on one of the two.
pub(crate) struct Heaven<'k> {
    /// The real one; its environment has the client in it.
    keystone: &'k Keystone,
    sandbox: Option<Simulated>,
    place: TempDir,
}

/// Name of the domain that the example is about.
const DOMAIN: &str = "observatory";
/// Runs a script as if other variables had been set: its environment is made for the real server.
const ELSEWHERE: &str = "import os, runpy, sys\nos.environ.update(pair.split('=', 1) for pair in sys.argv[1].split('\\n'))\n\
                         sys.argv = sys.argv[2:]\nsys.path.insert(0, os.path.dirname(sys.argv[0]))\n\
                         runpy.run_path(sys.argv[0], run_name='__main__')";

/// Tells a story on the sandbox and on a real Keystone. Both must end in the same state, as an independent client reads it.
#[track_caller]
pub(crate) fn under_both(tell: impl Fn(&Heaven<'_>)) {
    let keystone = Keystone::start().unwrap();
    agree([Under::Sandbox, Under::Keystone], |under| {
        let sandbox = (under == Under::Sandbox).then(Simulated::untaped);
        let heaven = Heaven { keystone: &keystone, sandbox, place: tempfile::tempdir().unwrap() };
        copy(&root().join("examples/observatory"), &heaven.folder());
        tell(&heaven);
        heaven.held()
    });
}

impl Heaven<'_> {
    fn folder(&self) -> PathBuf {
        self.place.path().join("folder")
    }

    /// Replaces text in a file of the manifest; the text must be there.
    #[track_caller]
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.folder().join(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} does not say `{from}`");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    /// What leads to the sandbox, where the story is told on it.
    fn variables(&self) -> Vec<(&'static str, String)> {
        let Some(sandbox) = &self.sandbox else { return Vec::new() };
        vec![
            ("OS_AUTH_URL", format!("{}/identity/v3", sandbox.endpoint())),
            ("OS_USERNAME", ADMIN.to_owned()),
            ("OS_PASSWORD", PASSWORD.to_owned()),
            ("OS_PROJECT_NAME", ADMIN.to_owned()),
        ]
    }

    /// Runs the binary.
    pub(crate) fn polity(&self, words: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_polity"));
        command
            .args(words)
            .arg("--folder")
            .arg(self.folder())
            .arg("--journal")
            .arg(self.place.path().join("journal.db"));
        self.keystone.enter(&mut command).envs(self.variables()).current_dir(self.place.path());
        ended(command.env("NO_COLOR", "1").env("POLITY_TODAY", "2026-11-22").env_remove("POLITY_APPLIER"))
    }

    /// Applies everything without asking, after which there is nothing more to do.
    #[track_caller]
    pub(crate) fn apply(&self) {
        self.polity(&["apply", "--auto-approve"]).expect(0);
        self.polity(&["plan"]).expect(0);
    }

    /// Runs one of the scripts for OpenStack beside this file.
    #[track_caller]
    fn script(&self, name: &str, words: &[&str]) -> String {
        let script = cloud::support().join("openstack").join(name).display().to_string();
        let variables = self.variables().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let variables = variables.join("\n");
        let beginning: &[&str] = if variables.is_empty() { &[] } else { &["-c", ELSEWHERE, &variables] };
        self.keystone.run("python", &[beginning, &[&script, DOMAIN], words].concat()).unwrap()
    }

    /// Changes the cloud behind Polity's back.
    #[track_caller]
    pub(crate) fn tamper(&self, tampers: &[Json]) {
        let lines: Vec<String> = tampers.iter().map(Json::to_string).collect();
        self.script("tamper.py", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// What the domain holds, as an independent client reads it.
    #[track_caller]
    pub(crate) fn held(&self) -> Json {
        serde_json::from_str(&self.script("readback.py", &[])).unwrap()
    }
}
