//! The root identity of an account: its line of the credential report, and what the account's summary says where there is
//! none.

use polity_model::facet::{Datum, Reason, Row};
use polity_provider::{Error, Reader};
use serde_json::Value as Json;

use super::{
    IDENTITY,
    report::{self, ROOT, Report, USES},
};
use crate::{
    client::{Caller as _, query_pages},
    operations::iam,
    surveys::{
        answer::{number, text, wrapped},
        support::{Answered as _, Known, Place, any_of, datum, finish},
    },
};

/// What is known of the root.
pub(in crate::surveys) struct Root {
    pub(in crate::surveys) keys: Known<i64>,
    pub(in crate::surveys) mfa: Known<bool>,
    /// Whether its second factor is a piece of hardware.
    pub(in crate::surveys) hardware: Known<bool>,
    pub(in crate::surveys) password: Known<bool>,
    pub(in crate::surveys) used: Datum,
    created: Datum,
}

/// Reads what is known of the root.
pub(in crate::surveys) async fn read(reader: &Reader) -> Root {
    of(reader, &report::read(reader).await).await
}

async fn of(reader: &Reader, report: &Known<Report>) -> Root {
    let summary = reader.query(&iam::GET_ACCOUNT_SUMMARY, &[]).await.known();
    let summed = |name: &str| summary.clone().and_then(|summary| entry(&summary, name).ok_or(Reason::NotInApi));
    let line = report::line(report, ROOT);
    let mfa = summed("AccountMFAEnabled").map(|count| count > 0);
    let hardware = match mfa {
        Ok(true) => has_virtual(reader).await.map(|virtual_one| !virtual_one),
        ref other => other.clone(),
    };
    let unread = |reason: &Reason| Datum::Unknown(reason.clone());
    Root {
        keys: line.clone().and_then(|line| line.active_keys()).or_else(|_| summed("AccountAccessKeysPresent")),
        hardware,
        mfa,
        password: summed("AccountPasswordPresent")
            .map(|count| count > 0)
            .or_else(|reason| line.clone().and_then(|line| line.flag("password_enabled")).map_err(|_| reason)),
        used: line.as_ref().map_or_else(unread, |line| line.latest(USES)),
        created: line.as_ref().map_or_else(unread, |line| line.moment("user_creation_time")),
    }
}

/// An entry of the account's summary.
fn entry(summary: &Json, name: &str) -> Option<i64> {
    let entries = wrapped(summary, "SummaryMap");
    entries.into_iter().find(|entry| text(entry, "key") == Some(name)).and_then(|entry| number(entry, "value"))
}

/// Whether the root has a second factor that is an app.
async fn has_virtual(reader: &Reader) -> Known<bool> {
    let asked = [("AssignmentStatus", "Assigned".to_owned())];
    let pages = query_pages(reader, &iam::LIST_VIRTUAL_MFA_DEVICES, &asked, ("Marker", "Marker")).await.known()?;
    let mut devices = pages.iter().flat_map(|page| wrapped(page, "VirtualMFADevices"));
    Ok(devices.any(|device| {
        text(device, "User/Arn").is_some_and(|arn| arn.ends_with(":root"))
            || text(device, "SerialNumber").is_some_and(|serial| serial.ends_with(":mfa/root-account-mfa-device"))
    }))
}

/// The row of the root.
pub(super) async fn row(reader: &Reader, report: &Known<Report>) -> Result<Row, Error> {
    let root = of(reader, report).await;
    let place = Place::account(reader);
    let arn = format!("arn:{}:iam::{}:root", place.partition, place.account);
    let none = || Datum::List(Vec::new());
    let resistant = match (&root.mfa, &root.hardware) {
        (Ok(false), _) | (_, Ok(false)) => Ok(false),
        // Hardware may be a security key or a clock that shows digits: AWS does not say which.
        (Ok(true), Ok(true)) => Err(Reason::NotInApi),
        (Err(reason), _) | (_, Err(reason)) => Err(reason.clone()),
    };
    finish(
        place
            .row(IDENTITY, &arn, "root")?
            .set("tags", Datum::Map(std::collections::BTreeMap::new()))
            .set("created_at", root.created)
            .set("kind", "root")
            .set("enabled", datum(any_of([root.password.clone(), root.keys.clone().map(|keys| keys > 0)])))
            .set("federated", false)
            .set("console", datum(root.password))
            .set("mfa", datum(root.mfa))
            .set("mfa_phishing_resistant", datum(resistant))
            .set("active_keys", datum(root.keys))
            .set(
                "password_changed_at",
                report::line(report, ROOT).map_or_else(Datum::Unknown, |line| line.moment("password_last_changed")),
            )
            .set("last_used_at", root.used)
            .set("admin", true)
            .set("default", false)
            .set("boundary", false)
            .set("teams", none())
            .set("direct_grants", none())
            .set("trusts", none()),
    )
}
