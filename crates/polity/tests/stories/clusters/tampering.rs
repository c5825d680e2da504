//! Hands change a cluster, in every way that a cluster has; each is shown with the right word, and put right.

use serde_json::Value as Json;

use crate::support::harbor::Harbor;

/// One change by hand (words of `kubectl`, in turn), and the change that undoes it: its action and its address.
struct Tamper {
    by_hand: &'static [&'static [&'static str]],
    action: &'static str,
    address: &'static str,
}

const fn tamper(by_hand: &'static [&'static [&'static str]], action: &'static str, address: &'static str) -> Tamper {
    Tamper { by_hand, action, address }
}

const TAMPERS: &[Tamper] = &[
    // Namespaces: a label changed, a label taken away, our mark taken away.
    tamper(
        &[&["label", "namespace", "booking-development", "env=hacked", "--overwrite"]],
        "update",
        "namespace/booking-development",
    ),
    tamper(&[&["label", "namespace", "berths-production", "cost_center-"]], "update", "namespace/berths-production"),
    tamper(
        &[&["annotate", "namespace", "cranes-production", "polity/address-"]],
        "update",
        "namespace/cranes-production",
    ),
    // Standards of Pod Security: loosened, taken away.
    tamper(
        &[&[
            "label",
            "namespace",
            "tracking-production",
            "pod-security.kubernetes.io/enforce=privileged",
            "--overwrite",
        ]],
        "update",
        "pod-security/tracking-production",
    ),
    tamper(
        &[&["label", "namespace", "logging", "pod-security.kubernetes.io/enforce-"]],
        "update",
        "pod-security/logging",
    ),
    // Quotas: deleted, raised, made longer, and made to count hardly anything.
    tamper(
        &[&["delete", "quota", "polity", "-n", "booking-production"]],
        "create",
        "resource-quota/booking-production",
    ),
    tamper(
        &[&[
            "patch",
            "quota",
            "polity",
            "-n",
            "cranes-development",
            "--type=merge",
            "-p",
            r#"{"spec":{"hard":{"pods":"999"}}}"#,
        ]],
        "update",
        "resource-quota/cranes-development",
    ),
    tamper(
        &[&[
            "patch",
            "quota",
            "polity",
            "-n",
            "sandbox",
            "--type=merge",
            "-p",
            r#"{"spec":{"hard":{"services":"1"}}}"#,
        ]],
        "update",
        "resource-quota/sandbox",
    ),
    tamper(
        &[
            &["delete", "quota", "polity", "-n", "berths-development"],
            &["create", "quota", "polity", "-n", "berths-development", "--hard=pods=40", "--scopes=BestEffort"],
        ],
        "update",
        "resource-quota/berths-development",
    ),
    // Limit ranges: deleted, loosened, and bounds of another sort beside them.
    tamper(
        &[&["delete", "limits", "polity", "-n", "tariffs-development"]],
        "create",
        "limit-range/tariffs-development",
    ),
    tamper(
        &[&[
            "patch",
            "limits",
            "polity",
            "-n",
            "ingress",
            "--type=merge",
            "-p",
            r#"{"spec":{"limits":[{"type":"Container","default":{"memory":"64Gi"}}]}}"#,
        ]],
        "update",
        "limit-range/ingress",
    ),
    tamper(
        &[&[
            "patch",
            "limits",
            "polity",
            "-n",
            "logging",
            "--type=json",
            "-p",
            r#"[{"op":"add","path":"/spec/limits/-","value":{"type":"Pod","max":{"cpu":"1m"}}}]"#,
        ]],
        "update",
        "limit-range/logging",
    ),
    // Fences: taken down, a hole, one direction less, around some pods only.
    tamper(
        &[&["delete", "networkpolicy", "polity-default-deny", "-n", "monitoring"]],
        "create",
        "network-policy/monitoring",
    ),
    tamper(
        &[&[
            "patch",
            "networkpolicy",
            "polity-default-deny",
            "-n",
            "berths-development",
            "--type=merge",
            "-p",
            r#"{"spec":{"ingress":[{}]}}"#,
        ]],
        "update",
        "network-policy/berths-development",
    ),
    tamper(
        &[&[
            "patch",
            "networkpolicy",
            "polity-default-deny",
            "-n",
            "tariffs-production",
            "--type=merge",
            "-p",
            r#"{"spec":{"policyTypes":["Ingress"],"egress":null}}"#,
        ]],
        "update",
        "network-policy/tariffs-production",
    ),
    tamper(
        &[&[
            "patch",
            "networkpolicy",
            "polity-default-deny",
            "-n",
            "inspections-production",
            "--type=merge",
            "-p",
            r#"{"spec":{"podSelector":{"matchLabels":{"a":"b"}}}}"#,
        ]],
        "update",
        "network-policy/inspections-production",
    ),
    tamper(
        &[&["delete", "serviceaccount", "pipeline", "-n", "invoicing-production"]],
        "create",
        "service-account/pipeline@invoicing-production",
    ),
    // A role that the server fills with all that any other allows.
    tamper(
        &[&[
            "patch",
            "clusterrole",
            "harbor-deployer",
            "--type=merge",
            "-p",
            r#"{"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"kubernetes.io/bootstrapping":"rbac-defaults"}}]}}"#,
        ]],
        "update",
        "cluster-role/deployer",
    ),
    // Access: taken away, given by hand, given to one more, given a second time.
    tamper(
        &[&["delete", "rolebinding", "polity:edit:group:oidc:customs", "-n", "declarations-development"]],
        "create",
        "role-binding/team:customs/developer@declarations-development",
    ),
    tamper(
        &[&["create", "rolebinding", "back-door", "--clusterrole=admin", "--user=eve", "-n", "invoicing-production"]],
        "delete",
        "role-binding/rolebindings/invoicing-production/back-door#User:eve",
    ),
    tamper(
        &[&[
            "patch",
            "rolebinding",
            "polity:view:group:oidc:auditors",
            "-n",
            "tracking-development",
            "--type=json",
            "-p",
            r#"[{"op":"add","path":"/subjects/-","value":{"kind":"User","name":"eve","apiGroup":"rbac.authorization.k8s.io"}}]"#,
        ]],
        "delete",
        "role-binding/rolebindings/tracking-development/polity:view:group:oidc:auditors#User:eve",
    ),
    tamper(
        &[&[
            "create",
            "rolebinding",
            "once-more",
            "--clusterrole=edit",
            "--group=oidc:freight",
            "-n",
            "booking-development",
        ]],
        "delete",
        "role-binding/rolebindings/booking-development/once-more#Group:oidc:freight",
    ),
    // Access to the whole cluster: taken away, given by hand, given to everybody, given beside what the cluster is born with.
    tamper(
        &[&["delete", "clusterrolebinding", "polity:cluster-admin:group:oidc:operators"]],
        "create",
        "cluster-role-binding/team:operators/cluster-operator@cluster",
    ),
    tamper(
        &[&["create", "clusterrolebinding", "too-much", "--clusterrole=cluster-admin", "--user=mallory"]],
        "delete",
        "cluster-role-binding/clusterrolebindings/too-much#User:mallory",
    ),
    tamper(
        &[&["create", "clusterrolebinding", "open-house", "--clusterrole=view", "--group=system:authenticated"]],
        "delete",
        "cluster-role-binding/clusterrolebindings/open-house#Group:system:authenticated",
    ),
    tamper(
        &[&[
            "patch",
            "clusterrolebinding",
            "cluster-admin",
            "--type=json",
            "-p",
            r#"[{"op":"add","path":"/subjects/-","value":{"kind":"User","name":"eve","apiGroup":"rbac.authorization.k8s.io"}}]"#,
        ]],
        "delete",
        "cluster-role-binding/clusterrolebindings/cluster-admin#User:eve",
    ),
];

pub(super) fn what_hands_change_is_shown_and_put_right(harbor: &Harbor) {
    // Repairs of fences and much taken back at once: this story is not about brakes.
    harbor.edit("organization.yaml", "removals: {max: 10, percent: 20}", "removals: {max: 100, percent: 100}");
    harbor.edit("organization.yaml", "guardrails_removed: 0", "guardrails_removed: 100");
    let before = harbor.held();
    assert!(TAMPERS.len() >= 20);
    std::thread::scope(|scope| {
        for half in TAMPERS.chunks(TAMPERS.len().div_ceil(2)) {
            scope.spawn(move || {
                half.iter().flat_map(|tamper| tamper.by_hand).for_each(|words| drop(harbor.kubectl(words)))
            });
        }
    });
    let drift = harbor.polity(&["drift", "-o", "json"]).expect(2).json();
    assert_eq!(drift["unapplied"].as_array().unwrap().len(), 0, "{:#}", drift["unapplied"]);
    let drifted = drift["drifted"].as_array().unwrap();
    let shown = |tamper: &Tamper| {
        let address = format!("cluster/{}", tamper.address);
        drifted.iter().find(|entry| entry["change"]["address"] == *address)
    };
    for tamper in TAMPERS {
        let entry = shown(tamper).unwrap_or_else(|| panic!("{} is not told: {drift:#}", tamper.address));
        assert_eq!(entry["change"]["action"], tamper.action, "{entry:#}");
    }
    assert_eq!(drifted.len(), TAMPERS.len(), "and nothing else: {drift:#}");
    assert_eq!(shown(&TAMPERS[0]).unwrap()["by"]["actor"], "field manager `kubectl-label`");
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
    let born = harbor.read(&["get", "clusterrolebinding", "cluster-admin"]);
    assert_eq!(born["subjects"].as_array().unwrap().len(), 1, "{born:#}");
}
