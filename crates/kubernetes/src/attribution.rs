//! Who last changed an object: the server keeps for each object which program wrote which of its fields, and when. It does
//! not keep on whose behalf: that is in the cluster's audit log, which no API reads.

use polity_model::{resource::Observed, units::Timestamp};
use polity_provider::{Attribution, Reader};
use serde_json::Value as Json;

use crate::{
    client::{self, Target, text},
    names, operations,
};

/// The last change of an object by somebody else, as far as the server tells.
pub(crate) async fn last_change(reader: &Reader, object: &Observed) -> Option<Attribution> {
    let id = object.id.split('#').next().unwrap_or(&object.id);
    let resource = match id.split_once('/') {
        None if object.kind == "namespace" => &operations::NAMESPACES,
        // The labels of a Pod Security standard stand on the namespace.
        Some(("pod-security", _)) => &operations::NAMESPACES,
        Some((plural, _)) => operations::all().into_iter().find(|resource| resource.plural == plural)?,
        None => return None,
    };
    let id = id.strip_prefix("pod-security/").unwrap_or(id);
    let (namespace, name) = names::parts_of(resource, id);
    let found = client::get(reader, &Target { resource, namespace, name }).await.ok()??;
    latest(&found)
}

fn latest(object: &Json) -> Option<Attribution> {
    let managers = object.pointer("/metadata/managedFields")?.as_array()?;
    let others = managers.iter().filter_map(|entry| {
        let manager = text(entry, "/manager").filter(|manager| !manager.starts_with(client::FIELD_MANAGER))?;
        Some((text(entry, "/time")?, manager, text(entry, "/operation").unwrap_or("Update")))
    });
    // Controllers write states all the time; the time is in a form that sorts.
    let (at, manager, operation) = others.filter(|(_, manager, _)| !manager.starts_with("kube-")).max()?;
    Some(Attribution {
        actor: format!("field manager `{manager}`"),
        at: at.parse::<Timestamp>().ok()?,
        operation: operation.to_owned(),
        event: text(object, "/metadata/resourceVersion").unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_other_hand_is_told() {
        let entry = |manager: &str, time: &str| json!({"manager": manager, "operation": "Update", "time": time});
        let object = json!({"metadata": {"resourceVersion": "42", "managedFields": [
            entry("polity", "2026-11-22T12:00:00Z"),
            entry("kubectl-label", "2026-11-22T11:00:00Z"),
            entry("kubectl-edit", "2026-11-22T10:00:00Z"),
            entry("kube-controller-manager", "2026-11-22T13:00:00Z"),
        ]}});
        let found = latest(&object).unwrap();
        assert_eq!(found.actor, "field manager `kubectl-label`");
        assert_eq!((found.operation.as_str(), found.event.as_str()), ("Update", "42"));
        assert_eq!(latest(&json!({"metadata": {}})), None);
    }
}
