//! Whom a statement is about.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{list, shortened};

/// The principals of a statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Principals {
    /// Accounts, users, roles, as written; `*` for anybody.
    pub(crate) aws: Vec<String>,
    /// Services of AWS.
    pub(crate) services: Vec<String>,
    /// Identity providers.
    pub(crate) federated: Vec<String>,
    /// Accounts by their canonical id.
    pub(crate) canonical: Vec<String>,
    /// All but these.
    pub(crate) inverted: bool,
}

/// The principals of a statement; none where it has none, as in policies of identities.
pub(super) fn read(statement: &Json) -> Result<Principals, String> {
    let (written, inverted) = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(written), _) => (written, false),
        (None, Some(written)) => (written, true),
        (None, None) => return Ok(Principals::default()),
    };
    let mut principals = Principals { inverted, ..Principals::default() };
    match written {
        Json::String(text) => principals.aws.push(text.clone()),
        Json::Object(kinds) => {
            for (kind, who) in kinds {
                let who = list(who)?;
                match kind.as_str() {
                    "AWS" => principals.aws.extend(who),
                    "Service" => principals.services.extend(who),
                    "Federated" => principals.federated.extend(who),
                    "CanonicalUser" => principals.canonical.extend(who),
                    other => return Err(format!("there is no kind of principal `{other}`")),
                }
            }
        }
        other => return Err(format!("this is no principal: {}", shortened(other))),
    }
    Ok(principals)
}

impl Principals {
    /// Whether that is anybody at all. All but some is anybody, too.
    pub(crate) fn anybody(&self) -> bool {
        self.inverted || self.aws.iter().any(|who| is_anybody(who))
    }

    /// The accounts among them that are not this one. Services of AWS are none.
    pub(crate) fn outside(&self, own: &str) -> BTreeSet<String> {
        if self.inverted {
            return BTreeSet::new();
        }
        let accounts = self.aws.iter().filter_map(|who| account(who)).map(str::to_owned);
        accounts.chain(self.canonical.iter().cloned()).filter(|account| account != own).collect()
    }
}

/// Whether a principal stands for anybody.
pub(crate) fn is_anybody(who: &str) -> bool {
    who == "*" || who == "arn:aws:iam::*:root" || who.starts_with("arn:") && who.split(':').nth(4) == Some("*")
}

/// The account of a principal, if it has one.
pub(crate) fn account(who: &str) -> Option<&str> {
    let is_account = |text: &&str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    Some(who).filter(is_account).or_else(|| super::super::answer::account_in(who).filter(is_account))
}
