//! Stories about OpenStack: a real Keystone, a manifest folder that may be edited, the binary, and keystoneauth.

use std::{fs, path::PathBuf, process::Command, rc::Rc};

use serde_json::Value as Json;
use tempfile::TempDir;

use super::{Ended, cloud, copy, ended, keystone::Keystone, root, services::Services};

/// One story about a domain of a Keystone.
pub(crate) struct Sky {
    /// The test cloud.
    pub(crate) keystone: Rc<Keystone>,
    /// The other services, where the story is about them.
    services: Option<Services>,
    /// Name of the domain that it is about.
    domain: &'static str,
    place: TempDir,
}

impl Sky {
    /// A story about the example organization.
    pub(crate) fn example() -> Self {
        let sky = Self::empty("observatory");
        copy(&root().join("examples/observatory"), &sky.folder());
        sky
    }

    /// A story about one manifest file.
    pub(crate) fn of(domain: &'static str, manifest: &str) -> Self {
        let sky = Self::empty(domain);
        sky.write("organization.yaml", manifest);
        sky
    }

    /// A story about a domain, without a manifest folder yet.
    pub(crate) fn empty(domain: &'static str) -> Self {
        Self::on(Rc::new(Keystone::start().unwrap()), domain)
    }

    /// Another story on the same Keystone, which takes longer to start than to tell one.
    pub(crate) fn beside(&self, domain: &'static str) -> Self {
        Self::on(Rc::clone(&self.keystone), domain)
    }

    fn on(keystone: Rc<Keystone>, domain: &'static str) -> Self {
        Self { keystone, services: None, domain, place: tempfile::tempdir().unwrap() }
    }

    /// The same story with Nova, Neutron and Cinder.
    pub(crate) fn with_services(self) -> Self {
        let services = Some(Services::start(&self.keystone).unwrap());
        Self { services, ..self }
    }

    /// Writes a file of the manifest.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.folder()).unwrap();
        fs::write(self.folder().join(name), text).unwrap();
    }

    /// The manifest folder.
    pub(crate) fn folder(&self) -> PathBuf {
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

    /// Lets plans remove as much as a story needs.
    pub(crate) fn release_brakes(&self) {
        self.edit("organization.yaml", "removals: {max: 10, percent: 20}", "removals: {max: 500, percent: 100}");
        self.edit("organization.yaml", "people_losing_access: 5", "people_losing_access: 500\n  tenants_retired: 9");
        self.edit("organization.yaml", "minimum_admins: 1", "minimum_admins: 0");
        self.edit("organization.yaml", "break_glass: {person: vera, role: admin}\n", "");
    }

    /// The binary with these words, ready to run.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let binary = std::env::var_os("POLITY_STORY_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_polity").into());
        let mut command = Command::new(binary);
        command
            .args(words)
            .arg("--folder")
            .arg(self.folder())
            .arg("--journal")
            .arg(self.place.path().join("journal.db"));
        self.keystone.enter(&mut command).current_dir(self.place.path());
        command.env("NO_COLOR", "1").env("POLITY_TODAY", "2026-11-22").env_remove("POLITY_APPLIER");
        command
    }

    /// Runs the binary.
    pub(crate) fn polity(&self, words: &[&str]) -> Ended {
        ended(&mut self.command(words))
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

    /// Back to a Keystone as it was born, without a journal.
    #[track_caller]
    pub(crate) fn start_over(&self) {
        self.script("wipe.py", &[]);
        for entry in fs::read_dir(self.place.path()).unwrap().flatten().filter(|entry| entry.path().is_file()) {
            fs::remove_file(entry.path()).unwrap();
        }
    }

    /// Runs one of the scripts for OpenStack beside this file.
    #[track_caller]
    pub(crate) fn script(&self, name: &str, words: &[&str]) -> String {
        let script = cloud::support().join("openstack").join(name).display().to_string();
        self.keystone.run("python", &[&[script.as_str(), self.domain], words].concat()).unwrap()
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
