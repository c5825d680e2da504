//! One organization on three clouds: accounts on moto, projects on a real Keystone, namespaces on a real API server. One plan for
//! all of them, and a cloud that is down stops nothing on the others.

use std::process::Command;

use serde_json::{Value as Json, json};

use crate::support::{Ended, On, Story, cluster::Cluster, ended, keystone::Keystone, root};

/// A story about the example organization of three clouds.
struct Everywhere {
    story: Story,
    keystone: Keystone,
    cluster: Cluster,
}

impl Everywhere {
    fn new() -> Self {
        Self {
            story: Story::about(On::Moto, &root().join("examples/meridian")),
            keystone: Keystone::start().unwrap(),
            cluster: Cluster::start().unwrap(),
        }
    }

    /// The binary with these words, and a way into all three.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.story.command(words);
        self.keystone.enter(&mut command);
        self.cluster.enter(&mut command);
        command
    }

    fn polity(&self, words: &[&str]) -> Ended {
        ended(&mut self.command(words))
    }

    /// The same with a Keystone that nobody answers for: the port was free a moment ago.
    fn without_sky(&self, words: &[&str]) -> Ended {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        ended(self.command(words).env("OS_AUTH_URL", format!("http://{free}/v3")))
    }

    fn kubectl(&self, words: &[&str]) -> Json {
        let text = self.cluster.kubectl(&[words, &["-o", "json"]].concat(), "").unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Projects of our domain: name and id.
    fn projects(&self) -> Vec<(String, String)> {
        let all = self.keystone.ask(&[("GET", "/domains?name=meridian", Json::Null)]).unwrap();
        let domain = all[0]["domains"][0]["id"].as_str().unwrap();
        let path = format!("/projects?domain_id={domain}");
        let all = self.keystone.ask(&[("GET", &path, Json::Null)]).unwrap();
        let text = |project: &Json, field: &str| project[field].as_str().unwrap().to_owned();
        all[0]["projects"].as_array().unwrap().iter().map(|one| (text(one, "name"), text(one, "id"))).collect()
    }
}

/// Addresses of what `drift` shows.
fn drifted(drift: &Json) -> Vec<String> {
    let shown = drift["drifted"].as_array().unwrap().iter();
    shown.map(|entry| entry["change"]["address"].as_str().or(entry["address"].as_str()).unwrap().to_owned()).collect()
}

#[test]
fn three_clouds_are_one_plan_and_one_that_is_down_stops_no_other() {
    let all = Everywhere::new();
    twenty_tenants_from_nothing(&all);
    what_hands_change_is_put_right_where_somebody_answers(&all);
}

fn twenty_tenants_from_nothing(all: &Everywhere) {
    all.polity(&["check"]).expect(0);
    all.polity(&["plan"]).expect(2);
    all.polity(&["apply", "--auto-approve"]).expect(0);
    let plan = all.polity(&["plan"]).expect(0);
    assert!(plan.out.contains("no changes"), "{}", plan.out);
    all.polity(&["journal", "verify"]).expect(0);

    let held = all.story.held();
    let accounts = held["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 8, "seven tenants and the management account: {held:#}");
    let projects = all.projects();
    assert_eq!(projects.len(), 3 + 7, "three landing zones and seven tenants: {projects:?}");
    let namespaces = all.kubectl(&["get", "namespaces", "-l", "app.kubernetes.io/managed-by=polity"]);
    assert_eq!(namespaces["items"].as_array().unwrap().len(), 6, "{namespaces:#}");
    let bound = all.kubectl(&["get", "rolebindings", "-n", "currents-dev"]);
    let subjects: Vec<&str> =
        bound["items"].as_array().unwrap().iter().filter_map(|one| one["subjects"][0]["name"].as_str()).collect();
    assert!(
        subjects.contains(&"oidc:ocean"),
        "the team that has accounts and projects has the namespace: {subjects:?}"
    );
}

fn what_hands_change_is_put_right_where_somebody_answers(all: &Everywhere) {
    let projects = all.projects();
    let (_, tides) = projects.iter().find(|(name, _)| name == "tides-model").unwrap();
    all.story.tamper(&[json!(["tag-account", "tides-archive", "env", "dev"])]);
    let off = json!({"project": {"enabled": false}});
    all.keystone.ask(&[("PATCH", &format!("/projects/{tides}"), off)]).unwrap();
    all.cluster.kubectl(&["delete", "resourcequota", "--all", "-n", "ice-prod"], "").unwrap();

    let drift = all.without_sky(&["drift", "-o", "json"]).expect(2).json();
    let shown = drifted(&drift);
    assert!(shown.iter().any(|one| one == "aws/account/tides-archive"), "{shown:?}");
    assert!(shown.iter().any(|one| one.starts_with("cluster/resource-quota/")), "{shown:?}");
    assert!(!shown.iter().any(|one| one.starts_with("sky/")), "nobody looked there: {shown:?}");
    let run = all.without_sky(&["apply", "--auto-approve"]).expect(4);
    assert!(run.out.contains("sky"), "{}", run.out);

    let drift = all.polity(&["drift", "-o", "json"]).expect(2).json();
    assert_eq!(drifted(&drift), ["sky/project/tides-model"]);
    all.polity(&["apply", "--auto-approve"]).expect(0);
    all.polity(&["plan"]).expect(0);
    all.polity(&["drift"]).expect(0);
}
