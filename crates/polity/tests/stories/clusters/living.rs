//! What becomes of one tenant: another role, another name, its end; and of those who may not be locked out.

use super::names;
use crate::support::harbor::Harbor;

pub(super) fn another_role_is_bound_before_the_old_binding_goes(harbor: &Harbor) {
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

pub(super) fn a_tenant_keeps_its_namespace_through_a_rename_and_ends_by_a_tombstone_alone(harbor: &Harbor) {
    harbor.apply();
    let uid = |harbor: &Harbor| harbor.read(&["get", "namespace", "shop"])["metadata"]["uid"].clone();
    let born = uid(harbor);
    harbor.edit("organization.yaml", "    name: shop\n", "    name: store\n    renamed_from: [shop]\n");
    harbor.apply();
    harbor.settled();
    assert_eq!(uid(harbor), born);

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

/// Somebody who is an administrator by a binding that no manifest knows applies where everything else of that sort is taken
/// back. This server does not tell who asks.
pub(super) fn who_lets_us_in_is_not_locked_out(harbor: &Harbor) {
    harbor.kubectl(&["create", "clusterrolebinding", "our-way-in", "--clusterrole=cluster-admin", "--group=people"]);
    harbor.edit("organization.yaml", "type: kubernetes", "type: kubernetes, mode: own, context: alice");
    let plan = harbor.polity(&["plan"]).expect(2);
    assert!(
        plan.out.contains("what lets Polity in: 1 cluster-role-binding: Group:people in our-way-in"),
        "{}",
        plan.out
    );
    harbor.apply();
    harbor.settled();
    let left = harbor.read(&["get", "clusterrolebinding", "our-way-in"]);
    assert_eq!(left["subjects"][0]["name"], "people");
    harbor.kubectl(&["delete", "clusterrolebinding", "our-way-in"]);
}
