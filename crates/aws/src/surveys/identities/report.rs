//! The credential report: one line per user and one for the root, made by IAM on request.

use std::collections::BTreeMap;

use polity_model::facet::{Datum, Reason};
use polity_provider::{Error, Problem, Reader};

use crate::{
    client::Caller as _,
    kinds::support::{has_code, is_absent, patiently},
    operations::iam,
    surveys::{
        answer::{moment_in, text},
        support::{Answered as _, Known},
    },
};

/// How IAM calls the line of the root.
pub(super) const ROOT: &str = "<root_account>";

/// All lines, by ARN; the root's by its name too.
#[derive(Debug, Default)]
pub(super) struct Report(BTreeMap<String, Line>);

/// One line: values by column.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(BTreeMap<String, String>);

/// Has the report made, waits for it, and reads it.
pub(super) async fn read(reader: &Reader) -> Known<Report> {
    reader.query(&iam::GENERATE_CREDENTIAL_REPORT, &[]).await.known()?;
    let ask = || async { reader.query(&iam::GET_CREDENTIAL_REPORT, &[]).await };
    let pending = |error: &Error| {
        let waits = ["ReportInProgress", "ReportNotPresent", "ReportExpired"];
        is_absent(error) || waits.iter().any(|code| has_code(error, code)) || error.is(Problem::Busy)
    };
    let found = patiently(ask, pending).await.known()?;
    let wrong = |why: &str| Reason::Undefined(format!("the credential report cannot be read: {why}"));
    let content: String = text(&found, "Content").unwrap_or_default().split_whitespace().collect();
    let bytes = aws_smithy_types::base64::decode(&content).map_err(|_| wrong("it is not base64"))?;
    let table = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8"))?;
    parse(&table).ok_or_else(|| wrong("it has no column `arn`"))
}

fn parse(table: &str) -> Option<Report> {
    let mut lines = table.lines().map(cells);
    let header = lines.next()?;
    header.iter().find(|name| *name == "arn")?;
    let mut report = Report::default();
    for cells in lines {
        let line = Line(header.iter().cloned().zip(cells).collect());
        if line.text("user") == Some(ROOT) {
            report.0.insert(ROOT.to_owned(), line.clone());
        }
        if let Some(arn) = line.text("arn").map(str::to_owned) {
            report.0.insert(arn, line);
        }
    }
    Some(report)
}

/// The cells of a line of comma-separated values. Names of users may have commas in them.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    cells.push(cell);
    cells
}

/// The line of this identity.
pub(super) fn line<'r>(report: &'r Known<Report>, arn: &str) -> Known<&'r Line> {
    let found = report.as_ref().map_err(Reason::clone)?.0.get(arn);
    // Whoever was made after the report is not in it.
    found.ok_or_else(|| {
        Reason::Undefined("IAM's credential report, which may be hours old, has no line for it".to_owned())
    })
}

impl Line {
    /// A value, unless it stands for none.
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        let value = self.0.get(column)?.as_str();
        (!matches!(value, "" | "N/A" | "no_information" | "not_supported")).then_some(value)
    }

    /// A truth value.
    pub(super) fn flag(&self, column: &str) -> Known<bool> {
        match self.text(column).map(str::to_ascii_lowercase).as_deref() {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            _ => Err(Reason::NotInApi),
        }
    }

    /// A moment, absent where there is none.
    pub(super) fn moment(&self, column: &str) -> Datum {
        let unreadable = |text: &str| Reason::Undefined(format!("IAM told a moment that is none: `{text}`"));
        match self.text(column) {
            None => Datum::Absent,
            Some(text) => moment_in(text).map_or_else(|| unreadable(text).into(), Datum::from),
        }
    }

    /// The latest of these moments.
    pub(super) fn latest(&self, columns: &[&str]) -> Datum {
        let mut latest = Datum::Absent;
        for column in columns {
            match (self.moment(column), &latest) {
                (Datum::Timestamp(at), Datum::Timestamp(before)) if at <= *before => {}
                (Datum::Absent, _) => {}
                (unknown @ Datum::Unknown(_), _) => return unknown,
                (later, _) => latest = later,
            }
        }
        latest
    }

    /// How many access keys can be used.
    pub(super) fn active_keys(&self) -> Known<i64> {
        Ok(i64::from(self.flag("access_key_1_active")?) + i64::from(self.flag("access_key_2_active")?))
    }

    /// Whether there is or was an access key.
    pub(super) fn has_keys(&self) -> bool {
        (1..=2).any(|slot| {
            self.text(&format!("access_key_{slot}_last_rotated")).is_some()
                || self.flag(&format!("access_key_{slot}_active")) == Ok(true)
        })
    }
}

/// When a user was last used, in any way.
pub(super) const USES: &[&str] = &["password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date"];

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "user,arn,password_enabled,password_last_used,access_key_1_active,access_key_1_last_used_date\n\
        <root_account>,arn:aws:iam::111111111111:root,not_supported,no_information,false,N/A\n\
        \"ann,b\",arn:aws:iam::111111111111:user/ann,true,2026-01-01T00:00:00+00:00,true,2026-02-01T00:00:00+00:00\n\
        eve,arn:aws:iam::111111111111:user/eve,TRUE,yesterday,false,N/A\n";

    #[test]
    fn lines_are_found_and_what_they_do_not_say_is_not_guessed() {
        let report = Ok(parse(TABLE).unwrap());
        let root = line(&report, ROOT).unwrap();
        assert_eq!(
            (root.flag("password_enabled"), root.moment("password_last_used")),
            (Err(Reason::NotInApi), Datum::Absent)
        );
        let ann = line(&report, "arn:aws:iam::111111111111:user/ann").unwrap();
        assert_eq!(ann.text("user"), Some("ann,b"));
        assert_eq!(ann.latest(USES), ann.moment("access_key_1_last_used_date"));
        assert!(ann.has_keys() && !root.has_keys());
        assert_eq!(ann.active_keys(), Err(Reason::NotInApi), "there is no column of the second key");
        let eve = line(&report, "arn:aws:iam::111111111111:user/eve").unwrap();
        assert!(matches!(eve.latest(USES), Datum::Unknown(Reason::Undefined(_))));
        assert!(line(&report, "arn:aws:iam::111111111111:user/new").is_err());
        assert!(parse("").is_none() && parse("<html>").is_none());
    }
}
