//! Users of an account.

use polity_model::facet::{Datum, Row};
use polity_provider::{Error, Reader};
use serde_json::Value as Json;

use super::{
    IDENTITY,
    report::{self, Report, USES},
    user_kind,
};
use crate::{
    client::query_pages,
    operations::iam,
    surveys::{
        answer::{self, list, moment, text, wrapped},
        authorizations::Authorizations,
        support::{Answered as _, Known, Place, any_of, datum, each, finish},
    },
};

pub(super) async fn rows(
    reader: &Reader,
    place: &Place,
    found: &Authorizations,
    report: &Known<Report>,
) -> Result<Vec<Row>, Error> {
    let rows = each(&found.users, |user| row(reader, place, found, report, user)).await;
    rows.into_iter().collect()
}

async fn row(
    reader: &Reader,
    place: &Place,
    found: &Authorizations,
    report: &Known<Report>,
    user: &Json,
) -> Result<Row, Error> {
    let (arn, name) = (text(user, "Arn").unwrap_or_default(), text(user, "UserName").unwrap_or_default());
    let line = report::line(report, arn);
    let ask = |column: &str| line.clone().and_then(|line| line.flag(column));
    let keys = line.clone().and_then(|line| line.active_keys());
    let mfa = ask("mfa_active");
    let resistant = match &mfa {
        Ok(false) => Ok(false),
        _ => phishing_resistant(reader, name).await,
    };
    let changed = match ask("password_enabled") {
        Ok(false) => Datum::Absent,
        _ => line.clone().map_or_else(Datum::Unknown, |line| line.moment("password_last_changed")),
    };
    let given = found.given(user);
    finish(
        place
            .row(IDENTITY, arn, name)?
            .set("tags", answer::tags(&wrapped(user, "Tags"), "Key", "Value"))
            .set("created_at", moment(user, "CreateDate"))
            .set("kind", datum(user_kind(report, arn)))
            .set("enabled", datum(any_of([ask("password_enabled"), keys.clone().map(|keys| keys > 0)])))
            .set("federated", false)
            .set("console", datum(ask("password_enabled")))
            .set("mfa", datum(mfa))
            .set("mfa_phishing_resistant", datum(resistant))
            .set("active_keys", datum(keys))
            .set("password_changed_at", changed)
            .set("last_used_at", line.clone().map_or_else(Datum::Unknown, |line| line.latest(USES)))
            .set("admin", datum(found.is_admin(user)))
            .set("default", false)
            .set("boundary", answer::at(user, "PermissionsBoundary").is_some())
            .set("teams", list(found.teams(user)))
            .set("direct_grants", list(given.into_iter().map(|given| given.id)))
            .set("trusts", Datum::List(Vec::new())),
    )
}

/// Whether all second factors of a user are security keys: one that can be phished is enough to be phished.
async fn phishing_resistant(reader: &Reader, user: &str) -> Known<bool> {
    let asked = [("UserName", user.to_owned())];
    let pages = query_pages(reader, &iam::LIST_MFA_DEVICES, &asked, ("Marker", "Marker")).await.known()?;
    let devices: Vec<&Json> = pages.iter().flat_map(|page| wrapped(page, "MFADevices")).collect();
    let key = |device: &&Json| text(device, "SerialNumber").is_some_and(|serial| serial.contains(":u2f/"));
    Ok(!devices.is_empty() && devices.iter().all(key))
}
