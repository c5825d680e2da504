//! Roles of an account.

use polity_model::facet::{Datum, Reason, Row};
use polity_provider::Error;
use serde_json::Value as Json;

use super::{
    IDENTITY,
    trust::{self, Trust},
};
use crate::surveys::{
    amid::Amid,
    answer::{self, list, moment, text, wrapped},
    authorizations::Authorizations,
    support::{Known, Place, datum, finish},
};

pub(super) async fn rows(amid: &Amid, place: &Place, found: &Authorizations) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    for role in &found.roles {
        rows.push(row(amid, place, found, role).await?);
    }
    Ok(rows)
}

async fn row(amid: &Amid, place: &Place, found: &Authorizations, role: &Json) -> Result<Row, Error> {
    let arn = text(role, "Arn").unwrap_or_default();
    let trusts = trust::of(role);
    // What such a role may do is given to whoever the identity provider lets in, which is a group and not one person.
    let grants = match kind(&trusts) {
        Ok("person") => Vec::new(),
        _ => found.given(role).into_iter().map(|given| given.id).collect(),
    };
    let told = match &trusts {
        Ok(trusts) => {
            let mut told = Vec::new();
            for trust in trusts {
                told.push(trust.record(amid, &place.account).await);
            }
            Datum::List(told)
        }
        Err(reason) => reason.clone().into(),
    };
    finish(
        place
            .row(IDENTITY, arn, text(role, "RoleName").unwrap_or_default())?
            .set("tags", answer::tags(&wrapped(role, "Tags"), "Key", "Value"))
            .set("created_at", moment(role, "CreateDate"))
            .set("kind", datum(kind(&trusts)))
            .set("enabled", true)
            .set("federated", datum(trusts.clone().map(|trusts| trusts.iter().any(Trust::federated))))
            .set("console", false)
            // Whoever takes a role has signed in somewhere else.
            .set("mfa", Reason::NotInApi)
            .set("mfa_phishing_resistant", Reason::NotInApi)
            .set("active_keys", 0_i64)
            .set("password_changed_at", Datum::Absent)
            .set("last_used_at", moment(role, "RoleLastUsed/LastUsedDate"))
            .set("admin", datum(found.is_admin(role)))
            .set("default", false)
            .set("boundary", answer::at(role, "PermissionsBoundary").is_some())
            .set("teams", Datum::List(Vec::new()))
            .set("direct_grants", list(grants))
            .set("trusts", told),
    )
}

/// Person or machine, by whether an identity provider of people vouches for it.
pub(super) fn kind(trusts: &Known<Vec<Trust>>) -> Known<&'static str> {
    let trusts = trusts.as_ref().map_err(Reason::clone)?;
    Ok(if trusts.iter().any(Trust::people) { "person" } else { "machine" })
}
