//! Service accounts, what is given to whom, and secrets.

use std::collections::BTreeSet;

use polity_model::{
    Diagnostic,
    facet::{Datum, Reason},
};

use super::Object;
use crate::{
    Found,
    facts::Facts,
    tree::{OPEN, Tree},
};

/// Verbs by which one can give oneself more.
const ESCALATING: [&str; 3] = ["escalate", "bind", "impersonate"];
/// Groups that anybody is in.
const EVERYBODY: [&str; 3] = ["system:unauthenticated", "system:anonymous", "system:authenticated"];

pub(super) fn identity(object: &Object) -> Facts {
    object.facts("identity").all([
        ("kind", "machine".into()),
        ("enabled", true.into()),
        ("federated", false.into()),
        ("console", false.into()),
        ("active_keys", OPEN),
        ("password_changed_at", Datum::Absent),
        ("last_used_at", OPEN),
        ("default", (object.name().as_deref() == Some("default")).into()),
        ("boundary", false.into()),
        ("trusts", Datum::List(Vec::new())),
    ])
}

/// What a role allows; nothing is known of one that is not in the file.
struct Allowed {
    actions: Vec<String>,
    resources: BTreeSet<String>,
    admin: bool,
    escalates: bool,
}

pub(super) fn grants(object: &Object, objects: &[Object]) -> Vec<Found> {
    let tree = &object.tree;
    let role = tree.known("roleRef.name").unwrap_or_default();
    let kind = tree.known("roleRef.kind").unwrap_or_else(|| "ClusterRole".to_owned());
    let namespace = object.namespace();
    let named = |known: &&Object| {
        known.kind == kind
            && known.name().as_deref() == Some(&role)
            && (kind == "ClusterRole" || known.namespace() == namespace)
    };
    let allowed = match (objects.iter().find(named), role.as_str()) {
        (Some(known), _) => Some(allowed(&known.tree)),
        // Every cluster has this one.
        (None, "cluster-admin") => Some(Allowed {
            actions: vec!["*".to_owned()],
            resources: BTreeSet::from(["*".to_owned()]),
            admin: true,
            escalates: true,
        }),
        (None, _) => None,
    };
    let everywhere = object.kind == "ClusterRoleBinding";
    let place = if everywhere { "cluster".into() } else { namespace.clone().map_or(OPEN, Into::into) };
    let subjects = tree.items("subjects").unwrap_or_default();
    subjects.iter().filter_map(|subject| one(object, &role, place.clone(), subject, allowed.as_ref())).collect()
}

fn one(object: &Object, role: &str, place: Datum, subject: &Tree, allowed: Option<&Allowed>) -> Option<Found> {
    let name = subject.known("name").unwrap_or_default();
    let kind = subject.known("kind").unwrap_or_default();
    let public = EVERYBODY.contains(&name.as_str());
    let (word, principal) = match kind.as_str() {
        _ if public => ("everyone", name.clone()),
        "ServiceAccount" => {
            let namespace = subject.known("namespace").or_else(|| object.namespace()).unwrap_or_default();
            ("machine", format!("{namespace}/{name}"))
        }
        "Group" => ("team", name.clone()),
        _ => ("person", name.clone()),
    };
    let unread = || Datum::Unknown(Reason::NotCollected);
    let fact = |read: &dyn Fn(&Allowed) -> Datum| allowed.map_or_else(unread, read);
    let mut facts = object.facts("grant").all([
        ("principal", principal.as_str().into()),
        ("principal_kind", word.into()),
        ("public", public.into()),
        ("external", unread()),
        ("role", role.into()),
        ("place", place),
        ("direct", (kind != "Group").into()),
        ("inline", false.into()),
        ("admin", fact(&|allowed| allowed.admin.into())),
        ("escalates", fact(&|allowed| allowed.escalates.into())),
        ("actions", fact(&|allowed| allowed.actions.clone().into())),
        ("resources", fact(&|allowed| allowed.resources.iter().cloned().collect::<Vec<_>>().into())),
        ("conditional", false.into()),
        ("key_admin", false.into()),
        ("key_use", false.into()),
        ("expires_at", Datum::Absent),
    ]);
    facts.address = format!("{} {principal}", facts.address);
    facts.origin = subject.origin.clone();
    facts.row()
}

fn allowed(role: &Tree) -> Allowed {
    let mut allowed = Allowed { actions: Vec::new(), resources: BTreeSet::new(), admin: false, escalates: false };
    for rule in role.items("rules").unwrap_or_default() {
        let list = |path: &str| -> Vec<String> {
            rule.items(path).unwrap_or_default().iter().filter_map(|item| item.node.text()).collect()
        };
        let (verbs, resources, groups) = (list("verbs"), list("resources"), list("apiGroups"));
        let all = |words: &[String]| words.iter().any(|word| word == "*");
        allowed.admin |= all(&verbs) && all(&resources) && all(&groups);
        allowed.escalates |=
            all(&verbs) && all(&resources) || verbs.iter().any(|verb| ESCALATING.contains(&verb.as_str()));
        for resource in &resources {
            allowed.actions.extend(verbs.iter().map(|verb| {
                if verb == "*" && resource == "*" { "*".to_owned() } else { format!("{verb}:{resource}") }
            }));
        }
        let names = list("resourceNames");
        allowed.resources.extend(if names.is_empty() { vec!["*".to_owned()] } else { names });
    }
    allowed.actions.sort_unstable();
    allowed.actions.dedup();
    allowed
}

pub(super) fn secret(object: &Object) -> Facts {
    object.facts("secret").all([
        ("public", false.into()),
        ("last_used_at", OPEN),
        ("rotated_at", OPEN),
        ("expires_at", Datum::Absent),
        ("pending_deletion", false.into()),
    ])
}

/// A secret whose content stands in the file is none any more.
pub(super) fn written_secret(object: &Object) -> Option<Diagnostic> {
    let there =
        ["data", "stringData"].iter().any(|path| object.tree.find(path).is_some_and(|data| !data.entries().is_empty()));
    // What a sealing tool left there is not the secret itself, but such objects are of another kind.
    there.then(|| {
        let message = format!("`{}` holds its content: whoever reads this file has the secret", object.address());
        let help = "change the secret, and have it brought in by an operator (external secrets, sealed secrets)";
        Diagnostic::warning("written-secret", &object.origin, message).help(help)
    })
}
