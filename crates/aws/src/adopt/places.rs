//! Landing zones, guardrails, and what the platform itself says.

use std::collections::BTreeSet;

use polity_model::{Map, Value, document::Document};

use super::{
    cast::{Cast, text},
    document, push_list, push_text,
};
use crate::kinds::policy_type;

/// One document for each organizational unit, those above before those below.
pub(super) fn landing_zones(cast: &Cast<'_>) -> Vec<Document> {
    let mut units = cast.taken("organizational-unit");
    let depth = |parent: Option<&str>| {
        let (mut depth, mut next) = (0_usize, parent);
        while let (Some(id), true) = (next, depth < 16) {
            let above = cast.all("organizational-unit").find(|unit| unit.id == id);
            next = above.and_then(|unit| text(unit, "parent"));
            depth += 1;
        }
        depth
    };
    units.sort_by_key(|(name, unit)| (depth(text(unit, "parent")), *name));
    let documents = units.into_iter().map(|(name, unit)| {
        let mut zone = document("landing-zones.yaml", "landing_zone", name);
        push_text(&mut zone, "title", Some(unit.name.as_str()).filter(|title| *title != name));
        let parent = text(unit, "parent").and_then(|parent| cast.name_of("organizational-unit", parent));
        push_text(&mut zone, "parent", parent);
        push_list(&mut zone, "guardrails", attached(cast, &unit.id));
        if let Some(tags) = unit.attributes.get("tags").and_then(Value::as_map).filter(|tags| !tags.is_empty()) {
            zone.fields.push(("tags".to_owned(), Value::Map(tags.clone())));
        }
        push_text(&mut zone, "id", Some(&unit.id));
        zone
    });
    documents.collect()
}

/// One document for each policy.
pub(super) fn guardrails(cast: &Cast<'_>) -> Vec<Document> {
    let documents = cast.taken("policy").into_iter().map(|(name, policy)| {
        let mut guardrail = document(format!("guardrails/{name}.yaml"), "guardrail", name);
        push_text(&mut guardrail, "title", Some(policy.name.as_str()).filter(|title| *title != name));
        push_text(&mut guardrail, "description", text(policy, "description"));
        push_text(&mut guardrail, "id", Some(&policy.id));
        let kind = policy_type::short(text(policy, "type").unwrap_or_default());
        let content = policy.attributes.get("document").cloned().unwrap_or_default();
        let section = Map::from([("type".to_owned(), kind.into()), ("document".to_owned(), content)]);
        guardrail.fields.push(("aws".to_owned(), Value::Map(section)));
        guardrail
    });
    documents.collect()
}

/// Names of the guardrails that are attached to this root, unit or account, sorted.
pub(super) fn attached(cast: &Cast<'_>, target: &str) -> Vec<Value> {
    let names: BTreeSet<&str> = cast
        .all("policy-attachment")
        .filter(|attachment| text(attachment, "target") == Some(target))
        .filter_map(|attachment| cast.name_of("policy", text(attachment, "policy")?))
        .collect();
    names.into_iter().map(Value::text).collect()
}

/// Names of the guardrails that are attached to the root.
pub(super) fn attached_to_root(cast: &Cast<'_>) -> Vec<Value> {
    cast.root().map(|root| attached(cast, root)).unwrap_or_default()
}

/// Trusted services, and accounts that administer one.
pub(super) fn services(cast: &mut Cast<'_>) -> (Vec<Value>, Vec<Value>) {
    let mut strange = Vec::new();
    let mut trusted = BTreeSet::new();
    // What AWS's own services switched on for themselves is theirs to keep.
    for access in cast.all("trusted-access").filter(|access| access.vendor.is_none()) {
        match text(access, "service") {
            Some(service) if is_service(service) => {
                trusted.insert(service);
            }
            service => strange.push(format!("trusted access of `{}`: not a service principal", service.unwrap_or("?"))),
        }
    }
    let mut delegated = BTreeSet::new();
    for delegation in cast.all("delegated-administrator").filter(|delegation| delegation.vendor.is_none()) {
        let (service, account) = (text(delegation, "service"), text(delegation, "account"));
        let tenant = account.and_then(|account| cast.name_of("account", account));
        match (service.filter(|service| is_service(service)), tenant) {
            (Some(service), Some(tenant)) => {
                let one = [("service".to_owned(), service.into()), ("tenant".to_owned(), tenant.into())];
                delegated.insert(Value::Map(Map::from(one)));
            }
            _ => strange.push(format!("delegated administrator `{}`: its account is left out", delegation.name)),
        }
    }
    cast.left_out.extend(strange);
    (trusted.into_iter().map(Value::text).collect(), delegated.into_iter().collect())
}

fn is_service(text: &str) -> bool {
    let name = text.strip_suffix(".cn").unwrap_or(text).strip_suffix(".amazonaws.com").unwrap_or_default();
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte))
}
