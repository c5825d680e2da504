//! Credentials of users and of the root: access keys, passwords, signing certificates. Never their secret parts.

use polity_model::facet::{Datum, Reason, Row};
use polity_provider::{Error, Reader, Surveyed};
use serde_json::Value as Json;

use super::{
    CREDENTIAL,
    report::{self, Line, ROOT, Report},
    user_kind,
};
use crate::{
    client::{Caller as _, query_pages},
    operations::iam,
    surveys::{
        answer::{moment, text, wrapped},
        authorizations::Authorizations,
        support::{Known, Place, datum, each, finish, gap, gaps, reason},
    },
};

/// Whose credential it is.
struct Owner<'r> {
    arn: String,
    name: String,
    kind: Known<&'static str>,
    line: Known<&'r Line>,
}

/// What differs from one credential to the next.
struct Facts {
    id: String,
    name: String,
    kind: &'static str,
    active: Known<bool>,
    rotated: Datum,
    used: Datum,
    expires: Datum,
}

pub(super) async fn read(
    reader: &Reader,
    place: &Place,
    found: &Authorizations,
    report: &Known<Report>,
) -> Result<Surveyed, Error> {
    let mut surveyed = Surveyed::default();
    let owners: Vec<Owner<'_>> = found.users.iter().map(|user| owner(report, user)).collect();
    for (owner, keys) in owners.iter().zip(each(&owners, |owner| keys(reader, owner)).await) {
        match keys {
            Ok(keys) => {
                surveyed.rows.extend(keys.into_iter().map(|key| row(place, owner, key)).collect::<Result<Vec<_>, _>>()?)
            }
            Err(error) => surveyed.gaps.extend(gaps(reader, &[CREDENTIAL], error)?.gaps),
        }
        surveyed
            .rows
            .extend(others(owner).into_iter().map(|one| row(place, owner, one)).collect::<Result<Vec<_>, _>>()?);
    }
    let root = Owner {
        arn: format!("arn:{}:iam::{}:root", place.partition, place.account),
        name: "root".to_owned(),
        kind: Ok("root"),
        line: report::line(report, ROOT),
    };
    let of_root = reported_keys(&root).into_iter().chain(others(&root));
    surveyed.rows.extend(of_root.map(|one| row(place, &root, one)).collect::<Result<Vec<_>, _>>()?);
    // Passwords and certificates are listed nowhere but in the report.
    surveyed.gaps.extend(report.as_ref().err().map(|reason| gap(reader, CREDENTIAL, reason)));
    surveyed.gaps.sort();
    surveyed.gaps.dedup();
    Ok(surveyed)
}

fn owner<'r>(report: &'r Known<Report>, user: &Json) -> Owner<'r> {
    let arn = text(user, "Arn").unwrap_or_default().to_owned();
    Owner {
        name: text(user, "UserName").unwrap_or_default().to_owned(),
        kind: user_kind(report, &arn),
        line: report::line(report, &arn),
        arn,
    }
}

/// The access keys of a user. Whoever never had one, as the report says, is not asked.
async fn keys(reader: &Reader, owner: &Owner<'_>) -> Result<Vec<Facts>, Error> {
    if owner.line.as_ref().is_ok_and(|line| !line.has_keys()) {
        return Ok(Vec::new());
    }
    let asked = [("UserName", owner.name.clone())];
    let pages = query_pages(reader, &iam::LIST_ACCESS_KEYS, &asked, ("Marker", "Marker")).await?;
    let mut facts = Vec::new();
    for key in pages.iter().flat_map(|page| wrapped(page, "AccessKeyMetadata")) {
        let id = text(key, "AccessKeyId").unwrap_or_default();
        let used = reader.query(&iam::GET_ACCESS_KEY_LAST_USED, &[("AccessKeyId", id.to_owned())]).await;
        facts.push(Facts {
            id: id.to_owned(),
            name: id.to_owned(),
            kind: "key",
            active: match text(key, "Status") {
                Some("Active") => Ok(true),
                Some(_) => Ok(false),
                None => Err(Reason::NotInApi),
            },
            rotated: moment(key, "CreateDate"),
            used: used.map_or_else(|error| reason(&error).into(), |used| last_used(&used)),
            expires: Datum::Absent,
        });
    }
    Ok(facts)
}

/// When a key was last used; what was never used has no date, or says so in words.
fn last_used(answer: &Json) -> Datum {
    match text(answer, "AccessKeyLastUsed/LastUsedDate") {
        Some("N/A") => Datum::Absent,
        _ => moment(answer, "AccessKeyLastUsed/LastUsedDate"),
    }
}

/// Access keys as the report tells of them, which knows no ids.
fn reported_keys(owner: &Owner<'_>) -> Vec<Facts> {
    let Ok(line) = owner.line else { return Vec::new() };
    let there = (1..=2).filter(|slot| line.text(&format!("access_key_{slot}_last_rotated")).is_some());
    there
        .map(|slot| Facts {
            id: format!("{}/access-key-{slot}", owner.arn),
            name: format!("access key {slot} of {}", owner.name),
            kind: "key",
            active: line.flag(&format!("access_key_{slot}_active")),
            rotated: line.moment(&format!("access_key_{slot}_last_rotated")),
            used: line.moment(&format!("access_key_{slot}_last_used_date")),
            expires: Datum::Absent,
        })
        .collect()
}

/// The password and the signing certificates that the report tells of.
fn others(owner: &Owner<'_>) -> Vec<Facts> {
    let Ok(line) = owner.line else { return Vec::new() };
    let mut facts = Vec::new();
    if line.flag("password_enabled") == Ok(true) {
        facts.push(Facts {
            id: format!("{}/password", owner.arn),
            name: format!("password of {}", owner.name),
            kind: "password",
            active: Ok(true),
            rotated: line.moment("password_last_changed"),
            used: line.moment("password_last_used"),
            expires: line.moment("password_next_rotation"),
        });
    }
    for slot in 1..=2 {
        let rotated = line.moment(&format!("cert_{slot}_last_rotated"));
        if rotated == Datum::Absent {
            continue;
        }
        facts.push(Facts {
            id: format!("{}/certificate-{slot}", owner.arn),
            name: format!("signing certificate {slot} of {}", owner.name),
            kind: "certificate",
            active: line.flag(&format!("cert_{slot}_active")),
            rotated,
            used: Reason::NotInApi.into(),
            expires: Reason::NotInApi.into(),
        });
    }
    facts
}

fn row(place: &Place, owner: &Owner<'_>, facts: Facts) -> Result<Row, Error> {
    let lasting: Datum = match &facts.expires {
        Datum::Unknown(reason) => reason.clone().into(),
        expires => (*expires == Datum::Absent).into(),
    };
    let rotated = if facts.rotated == Datum::Absent { Reason::NotInApi.into() } else { facts.rotated };
    finish(
        place
            .row(CREDENTIAL, &facts.id, &facts.name)?
            .set("tags", Datum::Map(std::collections::BTreeMap::new()))
            .set("created_at", if facts.kind == "key" { rotated.clone() } else { Datum::Absent })
            .set("kind", facts.kind)
            .set("identity", owner.arn.as_str())
            .set("identity_kind", datum(owner.kind.clone()))
            .set("active", datum(facts.active))
            .set("long_lived", lasting)
            .set("rotated_at", rotated)
            .set("last_used_at", facts.used)
            .set("expires_at", facts.expires),
    )
}
