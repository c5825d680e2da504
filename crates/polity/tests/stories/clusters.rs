//! An organization in a Kubernetes cluster: a real API server, read back by `kubectl`.

use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::support::{ended, harbor::Harbor};

fn names(list: &Json) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
}

#[test]
fn from_nothing_to_the_example_and_to_no_change() {
    let harbor = Harbor::example();
    harbor.polity(&["check"]).expect(0);
    harbor.polity(&["plan"]).expect(2);
    harbor.apply();
    harbor.settled();
    harbor.polity(&["drift"]).expect(0);
    harbor.polity(&["journal", "verify"]).expect(0);

    let ours = harbor.read(&["get", "namespaces", "-l", "app.kubernetes.io/managed-by=polity"]);
    assert_eq!(names(&ours).len(), 20);
    let production = harbor.read(&["get", "namespace", "booking-production"]);
    assert_eq!(production["metadata"]["labels"]["cost_center"], "2100");
    assert_eq!(production["metadata"]["labels"]["polity/landing-zone"], "production");
    let quota = harbor.read(&["get", "quota", "polity", "-n", "monitoring"]);
    assert_eq!(quota["spec"]["hard"]["requests.cpu"], "32");
    assert_eq!(
        quota["spec"]["hard"]["requests.memory"], "64Gi",
        "what the tenant is silent about its landing zone says"
    );
    let may = |words: &[&str]| harbor.cluster.kubectl(&[&["auth", "can-i"], words].concat(), "").is_ok();
    assert!(may(&["create", "deployments", "-n", "booking-development", "--as=x", "--as-group=oidc:freight"]));
    assert!(!may(&["create", "deployments", "-n", "tariffs-development", "--as=x", "--as-group=oidc:freight"]));
    assert!(may(&["delete", "nodes", "--as=x", "--as-group=oidc:operators"]));
    assert!(may(&[
        "patch",
        "deployments.apps",
        "-n",
        "cranes-production",
        "--as=system:serviceaccount:cranes-production:pipeline"
    ]));
    assert!(!may(&["get", "secrets", "-n", "cranes-production", "--as=x", "--as-group=oidc:auditors"]));
}

/// What hands do in a cluster, and what the plan must then speak of.
const TAMPERS: &[(&[&str], &str)] = &[
    (&["label", "namespace", "booking-development", "env=hacked", "--overwrite"], "namespace/booking-development"),
    (&["label", "namespace", "berths-production", "cost_center-"], "namespace/berths-production"),
    (&["annotate", "namespace", "cranes-production", "polity/address-"], "namespace/cranes-production"),
    (
        &["label", "namespace", "tracking-production", "pod-security.kubernetes.io/enforce=privileged", "--overwrite"],
        "pod-security/tracking-production",
    ),
    (&["label", "namespace", "logging", "pod-security.kubernetes.io/enforce-"], "pod-security/logging"),
    (&["delete", "quota", "polity", "-n", "booking-production"], "resource-quota/booking-production"),
    (
        &[
            "patch",
            "quota",
            "polity",
            "-n",
            "cranes-development",
            "--type=merge",
            "-p",
            "{\"spec\":{\"hard\":{\"pods\":\"999\"}}}",
        ],
        "resource-quota/cranes-development",
    ),
    (
        &[
            "patch",
            "quota",
            "polity",
            "-n",
            "sandbox",
            "--type=merge",
            "-p",
            "{\"spec\":{\"hard\":{\"services\":\"1\"}}}",
        ],
        "resource-quota/sandbox",
    ),
    (&["delete", "limits", "polity", "-n", "tariffs-development"], "limit-range/tariffs-development"),
    (
        &[
            "patch",
            "limits",
            "polity",
            "-n",
            "ingress",
            "--type=merge",
            "-p",
            "{\"spec\":{\"limits\":[{\"type\":\"Container\",\"default\":{\"memory\":\"64Gi\"}}]}}",
        ],
        "limit-range/ingress",
    ),
    (&["delete", "networkpolicy", "polity-default-deny", "-n", "monitoring"], "network-policy/monitoring"),
    (
        &[
            "patch",
            "networkpolicy",
            "polity-default-deny",
            "-n",
            "berths-development",
            "--type=merge",
            "-p",
            "{\"spec\":{\"ingress\":[{}]}}",
        ],
        "network-policy/berths-development",
    ),
    (
        &[
            "patch",
            "networkpolicy",
            "polity-default-deny",
            "-n",
            "tariffs-production",
            "--type=merge",
            "-p",
            "{\"spec\":{\"policyTypes\":[\"Ingress\"],\"egress\":null}}",
        ],
        "network-policy/tariffs-production",
    ),
    (
        &[
            "patch",
            "networkpolicy",
            "polity-default-deny",
            "-n",
            "inspections-production",
            "--type=merge",
            "-p",
            "{\"spec\":{\"podSelector\":{\"matchLabels\":{\"a\":\"b\"}}}}",
        ],
        "network-policy/inspections-production",
    ),
    (
        &["delete", "serviceaccount", "pipeline", "-n", "invoicing-production"],
        "service-account/pipeline@invoicing-production",
    ),
    (
        &[
            "patch",
            "clusterrole",
            "harbor-deployer",
            "--type=json",
            "-p",
            "[{\"op\":\"add\",\"path\":\"/rules/-\",\"value\":{\"apiGroups\":[\"\"],\"resources\":[\"secrets\"],\"verbs\":[\"*\"]}}]",
        ],
        "cluster-role/deployer",
    ),
    (
        &["delete", "rolebinding", "polity:edit:group:oidc:customs", "-n", "declarations-development"],
        "role-binding/team:customs/developer@declarations-development",
    ),
    (
        &["create", "rolebinding", "back-door", "--clusterrole=admin", "--user=eve", "-n", "invoicing-production"],
        "rolebindings/invoicing-production/back-door",
    ),
    (
        &[
            "patch",
            "rolebinding",
            "polity:view:group:oidc:auditors",
            "-n",
            "tracking-development",
            "--type=json",
            "-p",
            "[{\"op\":\"add\",\"path\":\"/subjects/-\",\"value\":{\"kind\":\"User\",\"name\":\"eve\",\"apiGroup\":\"rbac.authorization.k8s.io\"}}]",
        ],
        "User:eve",
    ),
    (&["create", "clusterrolebinding", "too-much", "--clusterrole=cluster-admin", "--user=mallory"], "too-much"),
    (
        &["delete", "clusterrolebinding", "polity:cluster-admin:group:oidc:operators"],
        "cluster-role-binding/team:operators",
    ),
];

#[test]
fn what_hands_change_is_shown_and_put_right() {
    let harbor = Harbor::example();
    // Repairs of fences and much taken back at once: this story is not about brakes.
    harbor.edit("organization.yaml", "removals: {max: 10, percent: 20}", "removals: {max: 100, percent: 100}");
    harbor.edit("organization.yaml", "guardrails_removed: 0", "guardrails_removed: 100");
    harbor.apply();
    let before = harbor.held();
    assert!(TAMPERS.len() >= 20);
    std::thread::scope(|scope| {
        let hands: Vec<_> = TAMPERS.iter().map(|(words, _)| scope.spawn(|| harbor.kubectl(words))).collect();
        hands.into_iter().for_each(|hand| drop(hand.join().unwrap()));
    });
    let plan = harbor.polity(&["plan", "-o", "json"]).expect(2);
    for (_, address) in TAMPERS {
        assert!(plan.out.contains(address), "{address} is not in the plan: {}", plan.out);
    }
    harbor.polity(&["drift"]).expect(2);
    harbor.apply();
    harbor.settled();
    let after = harbor.held();
    let lines =
        |held: &[Json]| held.iter().map(|one| serde_json::to_string_pretty(one).unwrap() + "\n").collect::<String>();
    let (before, after) = (lines(&before), lines(&after));
    if before != after {
        let diff = similar::TextDiff::from_lines(&before, &after);
        panic!("{}", diff.unified_diff().header("as applied", "as repaired"));
    }
}

/// A cluster that people have used for a while, by hand.
fn seed(harbor: &Harbor, namespaces: usize) {
    let mut objects = String::new();
    for number in 0..namespaces {
        let _ = write!(
            objects,
            "{{apiVersion: v1, kind: Namespace, metadata: {{name: ns-{number}, labels: {{env: dev, owner: team-{}}}}}}}\n---\n",
            number % 7
        );
        for (name, role, subject) in [
            (
                "builders",
                "edit",
                format!("{{kind: Group, name: team-{}, apiGroup: rbac.authorization.k8s.io}}", number % 7),
            ),
            (
                "reader",
                "view",
                "{kind: User, name: ada.byron@found.example, apiGroup: rbac.authorization.k8s.io}".to_owned(),
            ),
            ("machine", "edit", format!("{{kind: ServiceAccount, name: default, namespace: ns-{number}}}")),
        ] {
            let _ = write!(
                objects,
                "{{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {{name: {name}, namespace: ns-{number}}}, \
                 roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}, subjects: [{subject}]}}\n---\n"
            );
        }
    }
    harbor.put(&objects);
    harbor.kubectl(&["create", "quota", "by-hand", "--hard=pods=5", "-n", "ns-0"]);
}

#[test]
fn a_living_cluster_becomes_a_manifest_that_plans_to_no_changes() {
    let harbor = Harbor::empty();
    seed(&harbor, 30);
    let before = harbor.held();
    harbor.polity(&["adopt", "kubernetes", "--into", &harbor.adopted(), "--name", "found"]).expect(0);
    harbor.polity(&["check"]).expect(0);
    harbor.polity(&["fmt", "--check"]).expect(0);
    harbor.settled();
    assert_eq!(harbor.held(), before, "adopting writes nothing to the cluster");
    let told = std::fs::read_to_string(harbor.folder().join("projects/ns-3.yaml")).unwrap();
    assert!(told.contains("team: team-3") && told.contains("person: ada-byron"), "{told}");
}

const SMALL: &str = "kind: organization
name: tiny
version: polity/v1
access: [{team: builders, role: developer}]
brakes: {removals: {max: 100, percent: 100}, people_losing_access: 100, guardrails_removed: 100, tenants_retired: 9}
---
{kind: platform, name: cluster, type: kubernetes}
---
{kind: person, name: ada, given_name: Ada, family_name: Lovelace, email: ada@tiny.example}
---
{kind: unit, name: all, owner: ada}
---
{kind: team, name: builders, people: [ada]}
---
{kind: role, name: developer, kubernetes: {cluster_role: edit}}
---
{kind: role, name: reader, kubernetes: {cluster_role: our-reader, rules: [{resources: [pods], verbs: [get]}]}}
---
{kind: workload, name: robot, owner: person/ada}
---
kind: project
name: shop
unit: all
tenants:
  - platform: cluster
    name: shop
    quota: {pods: 5}
    access: [{workload: robot, role: reader}]
    settings:
      kubernetes:
        pod_security: {enforce: restricted}
        network: {deny: [ingress, egress]}
        containers: {limits: {cpu: 1}}
";

#[test]
fn another_role_is_bound_before_the_old_binding_goes() {
    let harbor = Harbor::of(SMALL);
    harbor.apply();
    harbor.edit("organization.yaml", "cluster_role: edit", "cluster_role: view");
    let plan = harbor.polity(&["plan", "-o", "json"]).expect(2).json();
    let changes: Vec<(&str, &str)> = plan["plan"]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (change["address"].as_str().unwrap(), change["action"].as_str().unwrap()))
        .collect();
    let at = |end: &str| {
        changes.iter().position(|(address, _)| address.ends_with(end)).unwrap_or_else(|| panic!("{changes:?}"))
    };
    assert!(at("developer@shop") < at("developer@shop (replaced)"), "{changes:?}");
    harbor.apply();
    harbor.settled();
    let bindings = harbor.read(&["get", "rolebindings", "-n", "shop"]);
    assert_eq!(names(&bindings), ["polity:our-reader:serviceaccount:robot", "polity:view:group:builders"]);
}

#[test]
fn a_tenant_keeps_its_namespace_through_a_rename_and_ends_by_a_tombstone_alone() {
    let harbor = Harbor::of(SMALL);
    harbor.apply();
    let uid = |harbor: &Harbor| harbor.read(&["get", "namespace", "shop"])["metadata"]["uid"].clone();
    let born = uid(&harbor);
    harbor.edit("organization.yaml", "    name: shop\n", "    name: store\n    renamed_from: [shop]\n");
    harbor.apply();
    harbor.settled();
    assert_eq!(uid(&harbor), born);

    harbor.edit(
        "organization.yaml",
        "    renamed_from: [shop]\n",
        "    renamed_from: [shop]\n    state: retired\n    reason: sold\n",
    );
    let guarded =
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: guard, namespace: shop, finalizers: [example.com/guard]}}";
    harbor.cluster.kubectl(&["create", "-f", "-"], guarded).unwrap();
    let stuck = harbor.polity(&["apply", "--auto-approve"]).expect(4);
    assert!((stuck.out + &stuck.err).contains("example.com/guard"), "the finalizer is named");
    let words =
        ["patch", "configmap", "guard", "-n", "shop", "--type=merge", "-p", "{\"metadata\":{\"finalizers\":null}}"];
    harbor.kubectl(&words);
    harbor.kubectl(&["wait", "--for=delete", "namespace/shop", "--timeout=60s"]);
    harbor.settled();
}

#[test]
fn what_may_not_be_read_is_a_gap_and_who_is_nobody_is_told_so() {
    let harbor = Harbor::of(SMALL);
    harbor.apply();
    // Alice may look at most of it, but not at who may do what.
    let words = [
        "create",
        "clusterrole",
        "looker",
        "--verb=get,list",
        "--resource=namespaces,resourcequotas,limitranges,serviceaccounts,networkpolicies",
    ];
    harbor.kubectl(&words);
    harbor.kubectl(&["create", "clusterrolebinding", "looker", "--clusterrole=looker", "--user=alice"]);
    harbor.edit("organization.yaml", "access: [{team: builders, role: developer}]\n", "");
    let act_as =
        |who: &str| harbor.edit("organization.yaml", "type: kubernetes", &format!("type: kubernetes, context: {who}"));
    act_as("alice");
    let plan = harbor.polity(&["plan", "-o", "json"]);
    assert!(
        plan.out.contains("list rolebindings.rbac.authorization.k8s.io"),
        "the missing permission is named: {}",
        plan.out
    );
    assert!(
        !plan.out.contains("\"action\":\"delete\"") && !plan.out.contains("\"action\": \"delete\""),
        "{}",
        plan.out
    );

    harbor.edit("organization.yaml", "context: alice", "context: stranger");
    let refused = harbor.polity(&["plan"]).expect(1);
    assert!(refused.err.contains("Unauthorized") && refused.err.contains("kubectl auth can-i"), "{}", refused.err);
    harbor.edit("organization.yaml", "context: stranger", "context: nowhere");
    let unknown = harbor.polity(&["plan"]).expect(1);
    assert!(unknown.err.contains("`nowhere`") && unknown.err.contains("`alice`"), "{}", unknown.err);
    for context in ["program", "token", "certificate"] {
        let old = if context == "program" {
            "nowhere"
        } else if context == "token" {
            "program"
        } else {
            "token"
        };
        harbor.edit("organization.yaml", &format!("context: {old}"), &format!("context: {context}"));
        harbor.polity(&["plan"]).expect(2);
    }
    let mut elsewhere = harbor.command(&["plan"]);
    let gone = ended(elsewhere.env("KUBECONFIG", "/nonexistent/config")).expect(1);
    assert!(gone.err.contains("kubeconfig"), "{}", gone.err);
}

#[test]
fn killed_at_a_sample_of_steps_it_converges() {
    let harbor = Harbor::of(SMALL);
    harbor.apply();
    let expected = harbor.held();
    let log = harbor.polity(&["journal", "log", "-o", "json"]).expect(0).out;
    let entries = log.lines().filter(|line| line.starts_with('{')).count();
    assert!(entries > 20, "{log}");
    for step in (3..=entries).step_by(entries / 4) {
        harbor.start_over();
        let died =
            ended(harbor.command(&["apply", "--auto-approve"]).env("POLITY_TEST_ABORT_BEFORE", step.to_string()));
        assert!([-1, 0].contains(&died.code), "step {step}: {died:?}");
        harbor.polity(&["apply", "--auto-approve"]).expect(0);
        harbor.settled();
        assert_eq!(harbor.held(), expected, "step {step}");
        harbor.polity(&["journal", "verify"]).expect(0);
    }
}
