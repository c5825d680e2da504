//! What somebody does by hand on a bad day, in each of the clouds: calls of their own interfaces, made in her name.

use polity_sandbox::scenario::{Hand, HandCall};
use serde_json::{Value, json};

/// Who does it.
const BY: &str = "mallory";

/// One thing that somebody does.
pub(crate) struct Deed {
    /// In words.
    pub(crate) words: &'static str,
    /// As she types it.
    pub(crate) typed: &'static str,
    /// As the call that comes of it.
    pub(crate) hand: Hand,
}

/// All of them.
pub(crate) fn deeds() -> Vec<Deed> {
    vec![
        deed(
            "on AWS, detaches the guardrail that keeps the public at the front door",
            "aws organizations detach-policy --policy-id <no-second-entrance> --target-id <Production/Web>",
            ("organizations", "DetachPolicy"),
            json!({"PolicyId": "${policy:no-second-entrance}", "TargetId": "${ou:Production/Web}"}),
        ),
        deed(
            "on OpenStack, makes a cartographer administrator of the render farm",
            "openstack role add --user abel@mercator.example --project atlas-render admin",
            (
                "identity",
                "PUT /projects/${project:atlas-render}/users/${user:abel@mercator.example}/roles/${role:admin}",
            ),
            Value::Null,
        ),
        deed(
            "on OpenStack, lets the laboratory use all the cores there are",
            "openstack quota set --cores 9999 survey-lab",
            ("compute", "PUT /os-quota-sets/${project:survey-lab}"),
            json!({"quota_set": {"cores": 9999}}),
        ),
        deed(
            "on Kubernetes, opens the portal to every neighbour in the cluster",
            "kubectl delete networkpolicy polity-default-deny --namespace atlas-portal",
            ("kubernetes", "delete networkpolicies"),
            json!({"namespace": "atlas-portal", "name": "polity-default-deny"}),
        ),
        deed(
            "on Kubernetes, makes herself administrator of the whole cluster",
            "kubectl create clusterrolebinding helpful --clusterrole=cluster-admin --user=mallory",
            ("kubernetes", "create clusterrolebindings"),
            json!({"body": {
                "metadata": {"name": "helpful"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
                "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": BY}],
            }}),
        ),
    ]
}

fn deed(words: &'static str, typed: &'static str, (service, operation): (&str, &str), input: Value) -> Deed {
    let (service, operation) = (service.to_owned(), operation.to_owned());
    Deed {
        words,
        typed,
        hand: Hand { by: BY.to_owned(), call: HandCall { service, operation, input, account: None, region: None } },
    }
}
