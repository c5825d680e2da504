//! Users, roles and their keys.

use polity_model::facet::{Datum, Reason};

use super::Facts;
use crate::{
    Found,
    native::{Native, World},
    policy::{Policy, policy},
    tree::{Known, OPEN, any},
};

/// Managed policies that allow everything.
pub(super) const EVERYTHING: &str = ":policy/AdministratorAccess";

pub(super) fn user(world: &World, native: &Native) -> Vec<Found> {
    let named = |kind: &str| world.joined(kind, "user", native, &["name", "id"]);
    let keys = named("aws_iam_access_key");
    let active = keys.sure.iter().filter(|key| key.tree.text("status").is_one_of(&["Inactive"]) == Datum::Bool(false));
    let active = i64::try_from(active.count()).unwrap_or(i64::MAX);
    let profiles = named("aws_iam_user_login_profile");
    let attached = named("aws_iam_user_policy_attachment");
    let inline = named("aws_iam_user_policy");
    let direct = direct(&attached.sure, "policy_arn", attached.more || inline.more, &inline.sure);
    Facts::of("identity", world, native)
        .all([
            ("kind", "person".into()),
            ("enabled", true.into()),
            ("federated", false.into()),
            ("console", profiles.fact(|_| true.into(), false)),
            ("active_keys", if keys.more { OPEN } else { active.into() }),
            ("password_changed_at", profiles.fact(|_| OPEN, Datum::Absent)),
            ("last_used_at", OPEN),
            ("admin", admin(world, &attached.sure, &inline.sure, attached.more || inline.more)),
            ("default", false.into()),
            ("boundary", native.tree.has("permissions_boundary").into()),
            ("direct_grants", direct),
            ("trusts", Datum::List(Vec::new())),
        ])
        .rows()
}

pub(super) fn role(world: &World, native: &Native) -> Vec<Found> {
    let named = |kind: &str| world.joined(kind, "role", native, &["name", "id"]);
    let attached = named("aws_iam_role_policy_attachment");
    let inline = named("aws_iam_role_policy");
    let trusts = policy(world, native, "assume_role_policy");
    Facts::of("identity", world, native)
        .all([
            ("kind", "machine".into()),
            ("enabled", true.into()),
            ("federated", false.into()),
            ("console", false.into()),
            ("active_keys", 0.into()),
            ("password_changed_at", Datum::Absent),
            ("last_used_at", OPEN),
            ("admin", admin(world, &attached.sure, &inline.sure, attached.more || inline.more)),
            ("default", false.into()),
            ("boundary", native.tree.has("permissions_boundary").into()),
            ("direct_grants", direct(&attached.sure, "policy_arn", attached.more || inline.more, &inline.sure)),
            ("trusts", trust(&trusts)),
        ])
        .rows()
}

fn direct(attached: &[&Native], path: &str, more: bool, inline: &[&Native]) -> Datum {
    if more {
        return OPEN;
    }
    let attached = attached.iter().map(|part| part.tree.text(path).unwritten(OPEN));
    Datum::List(attached.chain(inline.iter().map(|part| part.tree.text("name").unwritten(OPEN))).collect())
}

/// Whether one of these policies allows everything. What allows that is not always written here: a policy that somebody else
/// made is known by its name alone.
fn admin(world: &World, attached: &[&Native], inline: &[&Native], more: bool) -> Datum {
    let elsewhere = || Datum::Unknown(Reason::NotCollected);
    let by_attachment = attached.iter().map(|part| {
        let node = part.tree.at("policy_arn");
        match world.named(part, node, &["aws_iam_policy"], &["arn"]) {
            Some(known) => policy(world, known, "policy").admin(),
            None => match node.text() {
                Some(arn) if arn.ends_with(EVERYTHING) => true.into(),
                Some(arn) if arn.contains(":aws:policy/") => false.into(),
                Some(_) => elsewhere(),
                None => OPEN,
            },
        }
    });
    let by_text = inline.iter().map(|part| policy(world, part, "policy").admin());
    any(by_attachment.chain(by_text).chain(more.then_some(OPEN)))
}

/// Who may act as this role.
fn trust(policy: &Policy) -> Datum {
    let Some(statements) = policy.allowing() else { return OPEN };
    let mut trusts = Vec::new();
    for statement in statements {
        let list = |ending: &str| statement.condition(ending);
        let external_id = match list("sts:ExternalId") {
            Datum::List(ids) => (!ids.is_empty()).into(),
            other => other,
        };
        for (kind, id) in &statement.principals {
            let federated = kind == "Federated";
            let service = kind == "Service";
            let everybody = id.as_deref().map_or(OPEN, |id| (id == "*").into());
            let id = id.as_deref().map_or(OPEN, Into::into);
            trusts.push(Datum::Record(vec![
                id.clone(),
                if service || federated { false.into() } else { everybody },
                // Whose account that is, nothing here says.
                if service { false.into() } else { OPEN },
                service.into(),
                if federated { id } else { Datum::Absent },
                list(":aud"),
                list(":sub"),
                external_id.clone(),
            ]));
        }
    }
    Datum::List(trusts)
}

pub(super) fn access_key(world: &World, native: &Native) -> Vec<Found> {
    Facts::of("credential", world, native)
        .all([
            ("name", OPEN),
            ("kind", "key".into()),
            ("identity", native.tree.text("user").unwritten(OPEN)),
            ("identity_kind", "person".into()),
            ("active", native.tree.text("status").unwritten("Active").is_one_of(&["Active"])),
            ("long_lived", true.into()),
            ("rotated_at", OPEN),
            ("last_used_at", OPEN),
            ("expires_at", Datum::Absent),
        ])
        .rows()
}
