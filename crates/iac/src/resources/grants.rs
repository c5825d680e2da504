//! Policies that give something to users, roles and groups: written into them, or attached.

use polity_model::facet::{Datum, Reason};

use super::{Facts, identities::EVERYTHING};
use crate::{
    Found,
    native::{Native, World},
    policy::{Policy, policy as read},
    tree::{Known, OPEN},
};

const ATTACHMENTS: &[&str] =
    &["aws_iam_user_policy_attachment", "aws_iam_role_policy_attachment", "aws_iam_group_policy_attachment"];

/// A policy of its own is a grant once it is attached; where nothing here attaches it, it is judged as what it could give.
pub(super) fn policy(world: &World, native: &Native) -> Vec<Found> {
    let attached = ATTACHMENTS.iter().any(|kind| {
        let joined = world.joined(kind, "policy_arn", native, &["arn"]);
        !joined.sure.is_empty()
    });
    if attached {
        return Vec::new();
    }
    grant(world, native, &read(world, native, "policy"))
        .all([("role", native.tree.text("name").unwritten(OPEN)), ("inline", false.into())])
        .rows()
}

pub(super) fn inline(world: &World, native: &Native) -> Vec<Found> {
    let (principal, kind) = holder(native);
    grant(world, native, &read(world, native, "policy"))
        .all([
            ("principal", principal),
            ("principal_kind", kind.into()),
            ("direct", (kind != "team").into()),
            ("role", native.tree.text("name").unwritten(OPEN)),
            ("inline", true.into()),
        ])
        .rows()
}

pub(super) fn attachment(world: &World, native: &Native) -> Vec<Found> {
    let (principal, kind) = holder(native);
    let arn = native.tree.at("policy_arn");
    let made = world.named(native, arn, &["aws_iam_policy"], &["arn"]);
    let mut facts = grant(world, native, &made.map_or(Policy::Open, |made| read(world, made, "policy")));
    if made.is_none() {
        facts = elsewhere(facts, arn.text().as_deref());
    }
    facts
        .all([
            ("principal", principal),
            ("principal_kind", kind.into()),
            ("direct", (kind != "team").into()),
            ("role", native.tree.text("policy_arn").unwritten(OPEN)),
            ("inline", false.into()),
        ])
        .rows()
}

/// What a policy gives that is not written here: known only by its name, and only where everybody knows it.
fn elsewhere(facts: Facts, arn: Option<&str>) -> Facts {
    let unread = || Datum::Unknown(Reason::NotCollected);
    let Some(arn) = arn else { return facts };
    let all = arn.ends_with(EVERYTHING);
    let own = !arn.contains(":aws:policy/");
    let list = |all: bool| if all { Datum::from(vec!["*"]) } else { unread() };
    facts.all([
        ("admin", if own { unread() } else { all.into() }),
        ("escalates", if all { true.into() } else { unread() }),
        ("actions", list(all)),
        ("resources", list(all)),
        ("conditional", if all { false.into() } else { unread() }),
        ("key_admin", if all { true.into() } else { unread() }),
        ("key_use", if all { true.into() } else { unread() }),
    ])
}

fn grant(world: &World, native: &Native, policy: &Policy) -> Facts {
    Facts::of("grant", world, native).all([
        ("region", Datum::Absent),
        ("principal", OPEN),
        ("public", false.into()),
        ("external", false.into()),
        ("place", OPEN),
        ("admin", policy.admin()),
        ("escalates", policy.escalates()),
        ("actions", policy.actions()),
        ("resources", policy.resources()),
        ("conditional", policy.conditional()),
        ("key_admin", policy.key_admin()),
        ("key_use", policy.key_use()),
        ("expires_at", Datum::Absent),
    ])
}

/// Whom it is given to, and what that is.
fn holder(native: &Native) -> (Datum, &'static str) {
    for (path, kind) in [("user", "person"), ("group", "team"), ("role", "machine")] {
        if native.kind.contains(&format!("iam_{path}_")) {
            return (native.tree.text(path).unwritten(OPEN), kind);
        }
    }
    (OPEN, "machine")
}
