//! Pods, and whatever makes pods.

use polity_model::facet::Datum;

use super::Object;
use crate::{
    facts::Facts,
    images, secrets,
    tree::{Known, Tree, any},
};

/// The description of the pod that an object is or makes, and what sort of workload that is.
pub(super) fn pod(object: &Object) -> Option<(&'static str, &Tree)> {
    let (kind, path) = match object.kind.as_str() {
        "Pod" => ("pod", "spec"),
        "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController" => ("service", "spec.template.spec"),
        "DaemonSet" => ("agent", "spec.template.spec"),
        "Job" => ("job", "spec.template.spec"),
        "CronJob" => ("job", "spec.jobTemplate.spec.template.spec"),
        _ => ("other", "spec.template.spec"),
    };
    let pod = object.tree.find(path)?;
    (kind != "other" || pod.has("containers")).then_some((kind, pod))
}

pub(super) fn workload(object: &Object, kind: &'static str, pod: &Tree, objects: &[Object]) -> Facts {
    let items = |path: &str| pod.items(path).unwrap_or_default();
    let (setup, main) = (items("initContainers"), items("containers"));
    let containers: Vec<(&Tree, bool)> = setup
        .into_iter()
        .map(|container| (container, true))
        .chain(main.into_iter().map(|container| (container, false)))
        .collect();
    let images = containers.iter().filter_map(|(container, _)| container.known("image")).map(Datum::from).collect();
    let paths =
        items("volumes").into_iter().filter_map(|volume| volume.known("hostPath.path")).map(Datum::from).collect();
    let flag = |path: &str| pod.flag(path).unwritten(false);
    let identity = pod.known("serviceAccountName").or_else(|| pod.known("serviceAccount"));
    object.facts("workload").all([
        ("kind", kind.into()),
        ("images", Datum::List(images)),
        ("containers", Datum::List(containers.into_iter().map(|(tree, setup)| container(tree, setup, pod)).collect())),
        ("host_network", flag("hostNetwork")),
        ("host_processes", flag("hostPID")),
        ("host_memory", flag("hostIPC")),
        ("host_paths", Datum::List(paths)),
        ("identity", Datum::maybe(identity.clone())),
        ("identity_default", identity.as_deref().is_none_or(|name| name == "default").into()),
        ("identity_token", token(object, pod, identity.as_deref(), objects)),
        ("user_namespace", pod.flag("hostUsers").unwritten(true).not()),
    ])
}

/// Mounted if nobody says otherwise: the pod, or else its service account.
fn token(object: &Object, pod: &Tree, identity: Option<&str>, objects: &[Object]) -> Datum {
    let own = pod.flag("automountServiceAccountToken");
    if own != Datum::Absent {
        return own;
    }
    let named = |account: &&Object| {
        account.kind == "ServiceAccount"
            && account.name().as_deref() == Some(identity.unwrap_or("default"))
            && account.namespace() == object.namespace()
    };
    let account = objects.iter().find(named);
    account.map_or(Datum::Absent, |account| account.tree.flag("automountServiceAccountToken")).unwritten(true)
}

fn container(tree: &Tree, setup: bool, pod: &Tree) -> Datum {
    let image = tree.known("image").unwrap_or_default();
    // What a container says goes before what its pod says.
    let either = |name: &str| match tree.find(&format!("securityContext.{name}")) {
        Some(own) => own.clone(),
        None => pod
            .find(&format!("securityContext.{name}"))
            .cloned()
            .unwrap_or_else(|| Tree::new(&pod.origin, crate::tree::Node::Null)),
    };
    let user = Datum::from(either("runAsUser").node.text().is_some_and(|user| user != "0"));
    let own = |path: &str| tree.flag(&format!("securityContext.{path}"));
    let privileged = own("privileged").unwritten(false);
    let escalation = any([own("allowPrivilegeEscalation").unwritten(true), privileged.clone()]);
    let dropped = match tree.texts("securityContext.capabilities.drop") {
        Datum::List(words) => any(words.iter().map(|word| word.is_one_of(&["ALL"]))),
        other => other,
    };
    let profile = either("seccompProfile").text("type").is_one_of(&["RuntimeDefault", "Localhost"]);
    let host_ports = tree.items("ports").unwrap_or_default();
    let host_ports = host_ports.into_iter().filter_map(|port| port.known("hostPort")).map(Datum::from).collect();
    let limit = |name: &str| Datum::from(tree.has(&format!("resources.limits.{name}")));
    Datum::Record(vec![
        tree.text("name").unwritten(""),
        image.as_str().into(),
        images::is_pinned(&image).into(),
        images::is_latest(&image).into(),
        setup.into(),
        privileged,
        any([either("runAsNonRoot").node.flag().unwritten(false), user]),
        escalation,
        own("readOnlyRootFilesystem").unwritten(false),
        tree.texts("securityContext.capabilities.add"),
        dropped,
        profile,
        limit("memory"),
        limit("cpu"),
        tree.has("livenessProbe").into(),
        tree.has("readinessProbe").into(),
        Datum::List(host_ports),
        in_environment(tree).into(),
    ])
}

fn in_environment(tree: &Tree) -> i64 {
    let variables = tree.items("env").unwrap_or_default();
    let secret = |variable: &&&Tree| {
        let name = variable.known("name").unwrap_or_default();
        variable.known("value").is_some_and(|value| secrets::is_one(&name, &value))
    };
    i64::try_from(variables.iter().filter(secret).count()).unwrap_or(i64::MAX)
}
