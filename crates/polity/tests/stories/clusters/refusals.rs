//! What a cluster refuses, or does not know, is told so that it helps, and keeps nothing else from being done.

use crate::support::{ended, harbor::Harbor};

pub(super) fn what_may_not_be_read_is_a_gap_and_who_is_nobody_is_told_so(harbor: &Harbor) {
    harbor.apply();
    // Alice may look at most of it, but not at who may do what.
    let looked_at = "--resource=namespaces,resourcequotas,limitranges,serviceaccounts,networkpolicies";
    harbor.kubectl(&["create", "clusterrole", "looker", "--verb=get,list", looked_at]);
    harbor.kubectl(&["create", "clusterrolebinding", "looker", "--clusterrole=looker", "--user=alice"]);
    harbor.edit("organization.yaml", "access: [{team: builders, role: developer}]\n", "");
    harbor.edit("organization.yaml", "type: kubernetes", "type: kubernetes, context: alice");
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
    for (old, context) in [("nowhere", "program"), ("program", "token"), ("token", "certificate")] {
        harbor.edit("organization.yaml", &format!("context: {old}"), &format!("context: {context}"));
        harbor.polity(&["plan"]).expect(2);
    }
    let mut elsewhere = harbor.command(&["plan"]);
    let gone = ended(elsewhere.env("KUBECONFIG", "/nonexistent/config")).expect(1);
    assert!(gone.err.contains("kubeconfig"), "{}", gone.err);
    harbor.kubectl(&["delete", "clusterrolebinding", "looker"]);
    harbor.kubectl(&["delete", "clusterrole", "looker"]);
    harbor.apply();
}

/// This server has never heard of admission policies.
pub(super) fn what_the_server_is_too_old_for_keeps_nothing_else_from_being_done(harbor: &Harbor) {
    harbor.edit("organization.yaml", "version: polity/v1\n", "version: polity/v1\nguardrails: [no-latest]\n");
    harbor.edit("organization.yaml", "quota: {pods: 5}", "quota: {pods: 6}");
    harbor.write(
        "guardrail.yaml",
        "kind: guardrail\nname: no-latest\nkubernetes:\n  resources: [{resources: [pods]}]\n  validations: [{expression: 'true'}]\n",
    );
    let plan = harbor.polity(&["plan"]);
    let told = plan.out + &plan.err;
    for said in [
        "this server does not know `validatingadmissionpolicies.admissionregistration.k8s.io`",
        "this server does not know `validatingadmissionpolicybindings.admissionregistration.k8s.io`",
    ] {
        assert!(told.contains(said), "{told}");
    }
    harbor.polity(&["apply", "--auto-approve"]);
    let quota = harbor.read(&["get", "quota", "polity", "-n", "shop"]);
    assert_eq!(quota["spec"]["hard"]["pods"], "6", "what the server knows is done");
    std::fs::remove_file(harbor.folder().join("guardrail.yaml")).unwrap();
    harbor.edit("organization.yaml", "guardrails: [no-latest]\n", "");
    harbor.settled();
}

/// A webhook that does not answer refuses by being silent.
pub(super) fn what_a_webhook_refuses_is_told_with_its_name(harbor: &Harbor) {
    let hook = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: gatekeeper}
webhooks:
- name: quotas.gatekeeper.example
  clientConfig: {url: 'https://127.0.0.1:1/no'}
  rules: [{apiGroups: [''], apiVersions: [v1], resources: [resourcequotas], operations: ['*']}]
  failurePolicy: Fail
  sideEffects: None
  timeoutSeconds: 1
  admissionReviewVersions: [v1]
";
    harbor.put(hook);
    harbor.edit("organization.yaml", "quota: {pods: 6}", "quota: {pods: 7}");
    harbor.edit("organization.yaml", "enforce: restricted", "enforce: baseline");
    let refused = harbor.polity(&["apply", "--auto-approve"]).expect(4);
    let told = refused.out + &refused.err;
    assert!(told.contains("quotas.gatekeeper.example") && told.contains("whoever runs it must repair"), "{told}");
    let namespace = harbor.read(&["get", "namespace", "shop"]);
    assert_eq!(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "baseline", "the rest is done");
    harbor.kubectl(&["delete", "validatingwebhookconfiguration", "gatekeeper"]);
    harbor.apply();
    harbor.settled();
}
