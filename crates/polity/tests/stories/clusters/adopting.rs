//! A cluster that people have used for a while becomes a manifest.

use std::fmt::Write as _;

use crate::support::harbor::Harbor;

/// A cluster that people have used for a while, by hand.
fn seed(harbor: &Harbor, namespaces: usize) {
    let mut objects = String::new();
    for number in 0..namespaces {
        let team = number % 7;
        let _ = write!(
            objects,
            "{{apiVersion: v1, kind: Namespace, metadata: {{name: ns-{number}, labels: {{env: dev, owner: team-{team}, \
             example.com/x: \"1\"}}}}}}\n---\n"
        );
        let group = format!("{{kind: Group, name: team-{team}, apiGroup: rbac.authorization.k8s.io}}");
        for (name, role, subject) in [
            ("builders", "edit", group.clone()),
            // The same again, by another name, as many a chart does it.
            ("builders-again", "edit", format!("{group}, {group}")),
            (
                "reader",
                "view",
                "{kind: User, name: ada.byron@found.example, apiGroup: rbac.authorization.k8s.io}".to_owned(),
            ),
            ("machine", "edit", format!("{{kind: ServiceAccount, name: default, namespace: ns-{number}}}")),
            (
                "all",
                "view",
                "{kind: Group, name: 'system:authenticated', apiGroup: rbac.authorization.k8s.io}".to_owned(),
            ),
        ] {
            let _ = write!(
                objects,
                "{{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {{name: {name}, namespace: ns-{number}}}, \
                 roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}, subjects: [{subject}]}}\n---\n"
            );
        }
    }
    harbor.cluster.kubectl(&["create", "-f", "-"], &objects).unwrap();
    harbor.kubectl(&["create", "quota", "by-hand", "--hard=pods=5", "-n", "ns-0"]);
}

pub(super) fn a_living_cluster_becomes_a_manifest_that_plans_to_no_changes(harbor: &Harbor) {
    std::fs::remove_dir_all(harbor.folder()).unwrap();
    seed(harbor, 8);
    let before = harbor.held();
    harbor.polity(&["adopt", "kubernetes", "--into", &harbor.adopted(), "--name", "found"]).expect(0);
    harbor.polity(&["check"]).expect(0);
    harbor.polity(&["fmt", "--check"]).expect(0);
    harbor.settled();
    assert_eq!(harbor.held(), before, "adopting writes nothing to the cluster");
    let told = std::fs::read_to_string(harbor.folder().join("projects/ns-3.yaml")).unwrap();
    assert!(told.contains("team: team-3") && told.contains("person: ada-byron"), "{told}");
    let left_out = std::fs::read_to_string(harbor.folder().join("organization.yaml")).unwrap();
    assert!(left_out.contains("`Group:system:authenticated`") && left_out.contains("`ns-0/by-hand`"), "{left_out}");

    // That the plan is empty says something only if the manifest asks for what is there.
    harbor.kubectl(&["delete", "rolebinding", "reader", "-n", "ns-3"]);
    harbor.kubectl(&["delete", "rolebinding", "builders", "-n", "ns-4"]);
    harbor.kubectl(&["label", "namespace", "ns-5", "env=prod", "--overwrite"]);
    let plan = harbor.polity(&["plan", "-o", "json"]).expect(2).json();
    let mut changes: Vec<&str> =
        plan["plan"]["changes"].as_array().unwrap().iter().map(|change| change["address"].as_str().unwrap()).collect();
    changes.sort_unstable();
    assert_eq!(
        changes,
        ["kubernetes/namespace/ns-5", "kubernetes/role-binding/person:ada-byron/view@ns-3"],
        "who has the same access by another binding has it still"
    );
}
