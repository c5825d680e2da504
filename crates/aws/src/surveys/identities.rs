//! Identities, their credentials, and what is granted to them, in one account. All of it comes from two bulk reads: the
//! authorization details and the credential report, which IAM makes anew every four hours at most.
//!
//! A user with a password is a person, one without is a machine. A role that an identity provider of people vouches for
//! stands for persons, every other one for a machine.

mod credentials;
mod grants;
mod people;
mod report;
mod roles;
pub(super) mod root;
mod trust;

use std::collections::BTreeSet;

use futures::{FutureExt as _, future::BoxFuture};
use polity_provider::{Error, Reader, Surveyed};

use self::report::Report;
use super::{
    amid::Amid,
    sources::Source,
    support::{Known, Place, gaps},
};
use crate::operations::iam;

const FACETS: &[&str] = &["identity", "credential", "grant"];
const IDENTITY: &str = "identity";
const CREDENTIAL: &str = "credential";
const GRANT: &str = "grant";

/// Which calls fill which fields.
pub(super) const SOURCES: &[Source] = &[
    Source { facet: IDENTITY, fields: &["account", "region", "default"], calls: &[] },
    Source {
        facet: IDENTITY,
        fields: &["id", "name", "tags", "created_at", "boundary", "teams", "direct_grants"],
        calls: &[&iam::GET_ACCOUNT_AUTHORIZATION_DETAILS],
    },
    Source {
        facet: IDENTITY,
        fields: &["kind", "federated"],
        calls: &[&iam::GET_ACCOUNT_AUTHORIZATION_DETAILS, &iam::GET_CREDENTIAL_REPORT],
    },
    Source {
        facet: IDENTITY,
        fields: &["enabled", "console", "mfa", "active_keys", "password_changed_at", "last_used_at"],
        calls: &[&iam::GENERATE_CREDENTIAL_REPORT, &iam::GET_CREDENTIAL_REPORT, &iam::GET_ACCOUNT_SUMMARY],
    },
    Source {
        facet: IDENTITY,
        fields: &["mfa_phishing_resistant"],
        calls: &[&iam::LIST_MFA_DEVICES, &iam::LIST_VIRTUAL_MFA_DEVICES],
    },
    Source {
        facet: IDENTITY,
        fields: &["admin"],
        calls: &[&iam::GET_ACCOUNT_AUTHORIZATION_DETAILS, &iam::GET_POLICY, &iam::GET_POLICY_VERSION],
    },
    Source {
        facet: IDENTITY,
        fields: &["trusts"],
        calls: &[&iam::GET_ACCOUNT_AUTHORIZATION_DETAILS, &crate::operations::organizations::LIST_ACCOUNTS],
    },
    Source { facet: CREDENTIAL, fields: &["account", "region", "tags", "kind", "long_lived"], calls: &[] },
    Source {
        facet: CREDENTIAL,
        fields: &["id", "name", "identity", "identity_kind", "active", "created_at", "rotated_at"],
        calls: &[&iam::LIST_ACCESS_KEYS, &iam::GET_CREDENTIAL_REPORT],
    },
    Source {
        facet: CREDENTIAL,
        fields: &["last_used_at"],
        calls: &[&iam::GET_ACCESS_KEY_LAST_USED, &iam::GET_CREDENTIAL_REPORT],
    },
    Source { facet: CREDENTIAL, fields: &["expires_at"], calls: &[&iam::GET_CREDENTIAL_REPORT] },
    Source { facet: GRANT, fields: &["account", "region", "tags", "created_at", "place", "expires_at"], calls: &[] },
    Source {
        facet: GRANT,
        fields: &["id", "name", "principal", "principal_kind", "role", "public", "external", "direct", "inline"],
        calls: &[&iam::GET_ACCOUNT_AUTHORIZATION_DETAILS],
    },
    Source {
        facet: GRANT,
        fields: &["admin", "escalates", "actions", "resources", "conditional", "key_admin", "key_use"],
        calls: &[&iam::GET_ACCOUNT_AUTHORIZATION_DETAILS, &iam::GET_POLICY, &iam::GET_POLICY_VERSION],
    },
];

pub(super) fn read<'r>(amid: &'r Amid, reader: &'r Reader) -> BoxFuture<'r, Result<Surveyed, Error>> {
    rows(amid, reader).boxed()
}

async fn rows(amid: &Amid, reader: &Reader) -> Result<Surveyed, Error> {
    let (found, report) = tokio::join!(amid.authorizations(reader), report::read(reader));
    let root = root::row(reader, &report).await?;
    let place = Place::account(reader);
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            let mut surveyed = gaps(reader, FACETS, error)?;
            surveyed.rows.push(root);
            return Ok(surveyed);
        }
    };
    let mut surveyed = Surveyed { rows: vec![root], gaps: Vec::new() };
    surveyed.rows.extend(people::rows(reader, &place, &found, &report).await?);
    surveyed.rows.extend(roles::rows(amid, &place, &found).await?);
    surveyed.rows.extend(grants::rows(amid, &place, &found, &report).await?);
    let credentials = credentials::read(reader, &place, &found, &report).await?;
    surveyed.rows.extend(credentials.rows);
    surveyed.gaps.extend(credentials.gaps);
    Ok(surveyed)
}

/// Person or machine, by whether the user has a password.
fn user_kind(report: &Known<Report>, arn: &str) -> Known<&'static str> {
    let line = report::line(report, arn)?;
    let password = line.flag("password_enabled")?;
    Ok(if password { "person" } else { "machine" })
}

/// Whether any of these accounts and organizations is outside ours.
async fn outside(amid: &Amid, who: &BTreeSet<String>) -> Known<bool> {
    amid.outside(who).await
}
