//! Stories about a cluster: a real API server, a manifest folder that may be edited, the binary, and `kubectl`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::{Ended, Simulated, cluster::Cluster, copy, ended, root};

/// What a story is told on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// Our own simulated cluster.
    Sandbox,
    /// The real server.
    Server,
}

/// One story on a cluster of its own.
pub(crate) struct Harbor {
    /// The test cluster.
    pub(crate) cluster: Cluster,
    _sandbox: Option<Simulated>,
    place: TempDir,
}

/// What Polity writes in a cluster, as `kubectl` calls it.
const RESOURCES: &str = "namespaces,resourcequotas,limitranges,networkpolicies,serviceaccounts,rolebindings,clusterroles,clusterrolebindings";

impl Harbor {
    /// A story about the example organization of a cluster.
    pub(crate) fn example(on: On) -> Self {
        let harbor = match on {
            On::Server => Self::empty(),
            On::Sandbox => Self::simulated(),
        };
        fs::create_dir(harbor.folder()).unwrap();
        copy(&root().join("examples/harbor"), &harbor.folder());
        harbor
    }

    /// A story about one manifest file.
    pub(crate) fn of(manifest: &str) -> Self {
        let harbor = Self::empty();
        fs::create_dir(harbor.folder()).unwrap();
        harbor.write("organization.yaml", manifest);
        harbor
    }

    /// A story without a manifest folder yet.
    pub(crate) fn empty() -> Self {
        Self { cluster: Cluster::start().unwrap(), _sandbox: None, place: tempfile::tempdir().unwrap() }
    }

    /// The same on the sandbox.
    fn simulated() -> Self {
        let sandbox = Simulated::untaped();
        let cluster = Cluster::elsewhere(sandbox.endpoint()).unwrap();
        Self { cluster, _sandbox: Some(sandbox), place: tempfile::tempdir().unwrap() }
    }

    /// The manifest folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.place.path().join("folder")
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

    /// The binary with these words, ready to run.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_polity"));
        command.args(words).arg("--folder").arg(self.folder()).arg("--journal").arg(self.file("journal.db"));
        self.cluster.enter(&mut command).current_dir(self.place.path());
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

    /// Runs `kubectl`.
    #[track_caller]
    pub(crate) fn kubectl(&self, words: &[&str]) -> String {
        self.cluster.kubectl(words, "").unwrap()
    }

    /// Gives `kubectl` objects to make or change.
    #[track_caller]
    pub(crate) fn put(&self, objects: &str) {
        self.cluster
            .kubectl(&["apply", "--server-side", "--force-conflicts", "--field-manager=hand", "-f", "-"], objects)
            .unwrap();
    }

    /// Objects as `kubectl` reads them.
    #[track_caller]
    pub(crate) fn read(&self, words: &[&str]) -> Json {
        serde_json::from_str(&self.kubectl(&[words, &["-o", "json"]].concat())).unwrap()
    }

    /// All that stands in the cluster and was not there from its birth: what it holds, without what the server counts.
    #[track_caller]
    pub(crate) fn held(&self) -> Vec<Json> {
        let all = self.read(&["get", RESOURCES, "--all-namespaces"]);
        let mut held: Vec<Json> =
            all["items"].as_array().unwrap().iter().filter(|object| ours(object)).map(plain).collect();
        held.sort_by_key(Json::to_string);
        held
    }

    /// Another story on the same cluster, which begins with nothing.
    pub(crate) fn begin(&self, manifest: &str) {
        self.start_over();
        let _ = fs::remove_dir_all(self.folder());
        fs::create_dir(self.folder()).unwrap();
        self.write("organization.yaml", manifest);
    }

    /// Back to an empty cluster without a journal.
    pub(crate) fn start_over(&self) {
        let selector = "--selector=app.kubernetes.io/managed-by=polity";
        self.kubectl(&["delete", "namespaces,clusterroles,clusterrolebindings", selector, "--wait=true"]);
        let _ = fs::remove_file(self.file("journal.db"));
        for entry in fs::read_dir(self.place.path()).unwrap().flatten().filter(|entry| entry.path().is_file()) {
            fs::remove_file(entry.path()).unwrap();
        }
    }

    /// Where `adopt` writes to.
    pub(crate) fn adopted(&self) -> String {
        self.folder().display().to_string()
    }

    /// The folder of the story, for files beside the manifest.
    pub(crate) fn place(&self) -> &Path {
        self.place.path()
    }
}

fn ours(object: &Json) -> bool {
    let part = |name: &str| object["metadata"][name].as_str().unwrap_or_default();
    let bootstrapped = object["metadata"]["labels"]["kubernetes.io/bootstrapping"].is_string();
    let born = ["default", "system:", "kube-"].iter().any(|start| part("name").starts_with(start));
    !bootstrapped && !born && !part("namespace").starts_with("kube-")
}

fn plain(object: &Json) -> Json {
    let metadata = &object["metadata"];
    let (mut labels, mut spec) = (metadata["labels"].clone(), object["spec"].clone());
    // Servers since 1.21 write it themselves.
    labels.as_object_mut().map(|labels| labels.remove("kubernetes.io/metadata.name"));
    // A list that is empty is as good as none, and not every server keeps it.
    if let Some(spec) = spec.as_object_mut() {
        spec.retain(|_, value| value != &json!([]));
    }
    json!({
        "kind": object["kind"], "name": metadata["name"], "namespace": metadata["namespace"],
        "labels": labels, "annotations": metadata["annotations"],
        "spec": spec, "rules": object["rules"], "roleRef": object["roleRef"], "subjects": object["subjects"],
    })
}
