//! What is granted in an account: each policy that somebody has, and each role that somebody from outside may take.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::facet::{Datum, Reason, Row};
use polity_provider::Error;
use serde_json::Value as Json;

use super::{GRANT, outside, report::Report, roles, trust, user_kind};
use crate::surveys::{
    amid::Amid,
    answer::{list, text},
    authorizations::{Authorizations, Given},
    policy_document::Power,
    support::{Known, Place, any_of, datum, finish},
};

/// Who holds a policy.
struct Holder<'h> {
    entry: &'h Json,
    kind: Known<&'static str>,
    /// Whether it is a single identity.
    single: Known<bool>,
}

pub(super) async fn rows(
    amid: &Amid,
    place: &Place,
    found: &Authorizations,
    report: &Known<Report>,
) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    for holder in holders(found, report) {
        for given in found.given(holder.entry) {
            rows.push(policy(place, &holder, given)?);
        }
    }
    for role in &found.roles {
        rows.extend(taken_from_outside(amid, place, found, role).await?);
    }
    Ok(rows)
}

fn holders<'h>(found: &'h Authorizations, report: &Known<Report>) -> Vec<Holder<'h>> {
    let user = |entry: &'h Json| Holder {
        kind: user_kind(report, text(entry, "Arn").unwrap_or_default()),
        single: Ok(true),
        entry,
    };
    let group = |entry| Holder { entry, kind: Ok("team"), single: Ok(false) };
    let role = |entry| {
        let kind = roles::kind(&trust::of(entry));
        Holder { entry, single: kind.clone().map(|kind| kind == "machine"), kind }
    };
    let users = found.users.iter().map(user);
    users.chain(found.groups.iter().map(group)).chain(found.roles.iter().map(role)).collect()
}

fn policy(place: &Place, holder: &Holder<'_>, given: Given) -> Result<Row, Error> {
    let principal = text(holder.entry, "Arn").unwrap_or_default();
    let power = given.power;
    let of = |pick: fn(&Power) -> bool| datum(power.as_ref().map(pick).map_err(Reason::clone));
    let names = |pick: fn(&Power) -> &BTreeSet<String>| {
        power.as_ref().map_or_else(|reason| reason.clone().into(), |power| list(pick(power)))
    };
    finish(
        place
            .row(GRANT, &format!("{principal} {}", given.id), &given.name)?
            .set("tags", Datum::Map(BTreeMap::new()))
            .set("created_at", Datum::Absent)
            .set("principal", principal)
            .set("principal_kind", datum(holder.kind.clone()))
            .set("public", false)
            .set("external", false)
            .set("role", given.id)
            .set("place", place.account.as_str())
            .set("direct", datum(holder.single.clone()))
            .set("inline", given.inline)
            .set("admin", of(|power| power.admin))
            .set("escalates", of(|power| power.escalates))
            .set("actions", names(|power| &power.actions))
            .set("resources", names(|power| &power.resources))
            .set("conditional", of(|power| power.conditional))
            .set("key_admin", of(|power| power.key_admin))
            .set("key_use", of(|power| power.key_use))
            .set("expires_at", Datum::Absent),
    )
}

/// One grant for each principal outside the account that may take this role.
async fn taken_from_outside(
    amid: &Amid,
    place: &Place,
    found: &Authorizations,
    role: &Json,
) -> Result<Vec<Row>, Error> {
    let arn = text(role, "Arn").unwrap_or_default();
    let mut rows = Vec::new();
    // A trust that cannot be read is unknown in the role's own row.
    for trust in trust::of(role).unwrap_or_default() {
        let others = trust.others(&place.account);
        if !trust.public && others.is_empty() {
            continue;
        }
        let external = if trust.public { Ok(true) } else { outside(amid, &others).await };
        let powers: Vec<Known<Power>> = found.given(role).into_iter().map(|given| given.power).collect();
        let of = |pick: fn(&Power) -> bool| {
            datum(any_of(powers.iter().map(|power| power.as_ref().map(pick).map_err(Reason::clone))))
        };
        rows.push(finish(
            place
                .row(GRANT, &format!("{} {arn}", trust.principal), text(role, "RoleName").unwrap_or_default())?
                .set("tags", Datum::Map(BTreeMap::new()))
                .set("created_at", Datum::Absent)
                .set("principal", trust.principal.as_str())
                .set("principal_kind", if trust.public { "everyone" } else { "tenant" })
                .set("public", trust.public)
                .set("external", datum(external))
                .set("role", arn)
                .set("place", place.account.as_str())
                .set("direct", true)
                .set("inline", false)
                .set("admin", of(|power| power.admin))
                .set("escalates", of(|power| power.escalates))
                .set("actions", list(["sts:AssumeRole"]))
                .set("resources", list([arn]))
                .set("conditional", trust.conditional)
                .set("key_admin", of(|power| power.key_admin))
                .set("key_use", of(|power| power.key_use))
                .set("expires_at", Datum::Absent),
        )?);
    }
    Ok(rows)
}
