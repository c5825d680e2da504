//! Policy documents of AWS: who may do what to what, and under which conditions. The one room in which they are read.
//!
//! A document is judged as AWS judges it: names of actions and condition keys have no case, one condition that pins down the
//! caller is enough for a statement not to be public, and a form of "unless it is missing" pins down nobody.
//!
//! **Never here:** a document that cannot be read and is taken for an empty one.

mod condition;
mod power;
mod principal;

use std::collections::BTreeSet;

use polity_model::facet::Reason;
use serde_json::Value as Json;

use self::{condition::Condition, principal::Principals};
pub(crate) use self::{
    power::Power,
    principal::{account as account_of, is_anybody},
};

/// A policy document.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Policy {
    pub(crate) statements: Vec<Statement>,
}

/// One statement of a policy document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement {
    pub(crate) allow: bool,
    pub(crate) principals: Principals,
    pub(crate) actions: Names,
    pub(crate) resources: Names,
    pub(crate) conditions: Vec<Condition>,
}

/// What a statement is about: these, or all but these.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Names {
    pub(crate) names: Vec<String>,
    /// All but these.
    pub(crate) inverted: bool,
}

/// Who may reach something through a policy on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Whether that is anybody at all.
    pub(crate) public: bool,
    /// Accounts and organizations outside the own account.
    pub(crate) others: BTreeSet<String>,
}

/// Reads a document, percent-encoded or not.
pub(crate) fn parse(text: &str) -> Result<Policy, Reason> {
    let wrong = |why: &dyn std::fmt::Display| Reason::Undefined(format!("the policy document cannot be read: {why}"));
    let plain = if text.trim_start().starts_with('%') {
        percent_encoding::percent_decode_str(text).decode_utf8().map_err(|error| wrong(&error))?
    } else {
        text.into()
    };
    let document: Json = serde_json::from_str(&plain).map_err(|error| wrong(&error))?;
    let Some(written) = document.get("Statement") else { return Err(wrong(&"it has no statement")) };
    let statements = match written {
        Json::Array(list) => list.iter().map(statement).collect(),
        one => statement(one).map(|one| vec![one]),
    };
    statements.map(|statements| Policy { statements }).map_err(|why| wrong(&why))
}

fn statement(written: &Json) -> Result<Statement, String> {
    let allow = match written.get("Effect").and_then(Json::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err("a statement has no effect".to_owned()),
    };
    Ok(Statement {
        allow,
        principals: principal::read(written)?,
        actions: names(written, "Action", "NotAction")?,
        resources: names(written, "Resource", "NotResource")?,
        conditions: condition::read(written.get("Condition"))?,
    })
}

fn names(written: &Json, plain: &str, inverted: &str) -> Result<Names, String> {
    let (found, is_inverted) = match (written.get(plain), written.get(inverted)) {
        (Some(found), _) => (Some(found), false),
        (None, Some(found)) => (Some(found), true),
        // Policies on a resource may leave out the resource, those on who may assume a role always do.
        (None, None) => (None, true),
    };
    Ok(Names { names: found.map_or(Ok(Vec::new()), list)?, inverted: is_inverted })
}

/// One text or a list of texts; numbers and truths stand for their own text.
fn list(written: &Json) -> Result<Vec<String>, String> {
    let one = |item: &Json| match item {
        Json::String(text) => Ok(text.clone()),
        Json::Number(_) | Json::Bool(_) => Ok(item.to_string()),
        _ => Err(format!("this is neither a text nor a list of texts: {}", shortened(item))),
    };
    match written {
        Json::Array(items) => items.iter().map(one).collect(),
        other => one(other).map(|text| vec![text]),
    }
}

fn shortened(value: &Json) -> String {
    value.to_string().chars().take(80).collect()
}

/// Whether a pattern with `*` and `?` matches a text, without regard to case. In time of the product of their lengths.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.to_lowercase().chars().collect(), text.to_lowercase().chars().collect());
    let (mut at, mut place, mut star) = (0, 0, None);
    while place < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(letter) if *letter == '?' || text.get(place) == Some(letter) => {
                at += 1;
                place += 1;
            }
            _ => match star {
                Some((began, from)) => {
                    star = Some((began, from + 1));
                    (at, place) = (began + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|letter| *letter == '*'))
}

impl Names {
    /// Whether this is everything.
    pub(crate) fn all(&self) -> bool {
        match self.inverted {
            true => self.names.is_empty(),
            false => self.names.iter().any(|name| name.split(':').all(|part| part == "*")),
        }
    }

    /// Whether this name is among them.
    pub(crate) fn covers(&self, name: &str) -> bool {
        self.names.iter().any(|pattern| matches(pattern, name)) != self.inverted
    }
}

impl Statement {
    /// The accounts and organizations to which its conditions pin down the callers; nothing where they do not.
    pub(crate) fn pinned(&self) -> Option<BTreeSet<String>> {
        condition::pinned(&self.conditions)
    }

    /// The values that the caller's own values must fit, for keys (in lower case) that are asked for.
    pub(crate) fn values(&self, key: impl Fn(&str) -> bool) -> impl Iterator<Item = &String> {
        let asks = |condition: &&Condition| condition.holds();
        self.conditions
            .iter()
            .filter(asks)
            .filter(move |condition| key(&condition.key))
            .flat_map(|condition| &condition.values)
    }

    /// The regions outside which this refuses, if that is its one condition (exempt principals do not count).
    pub(crate) fn held_to_regions(&self) -> Option<BTreeSet<String>> {
        let place = |one: &&Condition| {
            one.key == "aws:requestedregion" && matches!(one.operator.as_str(), "stringnotequals" | "stringnotlike")
        };
        let exempt = |one: &Condition| one.key == "aws:principalarn" && one.operator.contains("not");
        let found = self.conditions.iter().find(place)?;
        let alone = self.conditions.iter().all(|one| one == found || exempt(one));
        (alone && !found.values.iter().any(|value| value.contains('*'))).then(|| found.values.iter().cloned().collect())
    }

    /// Who may do something through this statement, if it allows anything.
    pub(crate) fn reach(&self, own: &str) -> Reach {
        if !self.allow {
            return Reach::default();
        }
        let pinned = self.pinned();
        let mut others = self.principals.outside(own);
        let mut public = false;
        if self.principals.anybody() {
            match pinned {
                None => public = true,
                // Everybody, of these alone.
                Some(pinned) => others.extend(pinned.into_iter().filter(|who| who != own)),
            }
        }
        Reach { public, others }
    }
}

impl Policy {
    /// Who may do something through this policy on a resource, as far as statements allow it for which `which` holds.
    pub(crate) fn reach(&self, own: &str, which: impl Fn(&Statement) -> bool) -> Reach {
        let mut whole = Reach::default();
        for statement in self.statements.iter().filter(|statement| which(statement)) {
            let reach = statement.reach(own);
            whole.public |= reach.public;
            whole.others.extend(reach.others);
        }
        whole
    }

    /// Whether nobody gets in without encryption: all are refused whatever they do, unless the connection is encrypted.
    pub(crate) fn requires_tls(&self) -> bool {
        self.refusals().any(|statement| {
            matches!(statement.conditions.as_slice(), [only] if only.is("bool", "aws:securetransport", |value| value.eq_ignore_ascii_case("false")))
        })
    }

    /// The oldest version of TLS that all are not refused for.
    pub(crate) fn min_tls(&self) -> Option<f64> {
        let versions = self.refusals().filter_map(|statement| match statement.conditions.as_slice() {
            [only] if only.is("numericlessthan", "s3:tlsversion", |_| true) => {
                only.values.iter().filter_map(|value| value.parse::<f64>().ok()).reduce(f64::max)
            }
            _ => None,
        });
        versions.filter(|version| version.is_finite()).reduce(f64::max)
    }

    /// Statements that refuse everybody everything.
    fn refusals(&self) -> impl Iterator<Item = &Statement> {
        let everything =
            |names: &Names| names.all() || (!names.inverted && names.names.iter().any(|name| name.ends_with(":*")));
        self.statements.iter().filter(move |statement| {
            !statement.allow && statement.principals.anybody() && everything(&statement.actions)
        })
    }
}

#[cfg(test)]
mod tests;
