//! What the kinds of Identity Center share: where it is, our mark within a description, and waiting for what AWS does
//! in the background.

use std::{collections::BTreeMap, future::Future, time::Duration};

use polity_model::{Address, resource::Mark};
use polity_provider::{Error, Problem, Reader};
use serde_json::Value as Json;

/// ARN of the Identity Center.
pub(crate) fn instance(reader: &Reader) -> Result<&str, Error> {
    fact(reader, "instance_arn")
}

/// Id of its Identity Store.
pub(crate) fn store(reader: &Reader) -> Result<&str, Error> {
    fact(reader, "identity_store_id")
}

fn fact<'r>(reader: &'r Reader, name: &str) -> Result<&'r str, Error> {
    reader.fact(name).ok_or_else(|| {
        let mut error = Error::new(Problem::NotFound, "sso-admin:ListInstances", "there is no Identity Center here")
            .help("enable IAM Identity Center for the organization, or set `identity_center: false` on the platform");
        error.scope.clone_from(&reader.scope().name);
        error
    })
}

/// Text of a JSON member, if there is any.
pub(crate) fn text<'j>(object: &'j Json, name: &str) -> Option<&'j str> {
    object.get(name).and_then(Json::as_str).filter(|text| !text.is_empty())
}

/// Text of a JSON member that every answer of this operation has.
pub(crate) fn expected<'j>(object: &'j Json, name: &str, operation: &str) -> Result<&'j str, Error> {
    text(object, name).ok_or_else(|| Error::new(Problem::Unexpected, operation, format!("the answer has no `{name}`")))
}

/// Former addresses of an object of this kind.
pub(crate) fn former(platform: &str, kind: &str, names: &[String]) -> Vec<Address> {
    names.iter().map(|name| Address::new(platform, kind, name)).collect()
}

/// The native id that the manifest gives for this platform.
pub(crate) fn adopted(ids: &BTreeMap<String, String>, platform: &str) -> Option<String> {
    ids.get(platform).cloned()
}

/// A description with our mark behind it, for objects that can carry no tag.
pub(crate) fn marked(text: &str, mark: Option<&Mark>) -> String {
    match mark {
        Some(mark) if text.is_empty() => format!("[polity {}]", mark.written()),
        Some(mark) => format!("{text} [polity {}]", mark.written()),
        None => text.to_owned(),
    }
}

/// A description without our mark, and the mark.
pub(crate) fn unmarked(text: &str) -> (&str, Option<Mark>) {
    let found = text.strip_suffix(']').and_then(|inner| inner.rsplit_once("[polity "));
    match found.and_then(|(before, written)| Some((before.trim_end(), Mark::read(written)?))) {
        Some((before, mark)) => (before, Some(mark)),
        None => (text, None),
    }
}

/// How a request that AWS works on in the background stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Not done yet.
    Running,
    /// Done.
    Done,
    /// Failed, with AWS's reason.
    Failed(String),
}

impl Progress {
    /// Reads the `Status` and `FailureReason` of a status object.
    pub(crate) fn of(status: &Json) -> Self {
        match text(status, "Status") {
            Some("FAILED") => Self::Failed(text(status, "FailureReason").unwrap_or("AWS gives no reason").to_owned()),
            Some("IN_PROGRESS") => Self::Running,
            // An answer without a status speaks of a request that is known and not under way.
            _ => Self::Done,
        }
    }
}

/// How long AWS may deny to know a request that it has just taken.
const LAG: Duration = Duration::from_secs(60);

/// Asks until a background request has ended: quickly at first, then every five seconds, for ten minutes at most.
pub(crate) async fn settle<F>(operation: &str, first: Progress, mut ask: impl FnMut() -> F) -> Result<(), Error>
where
    F: Future<Output = Result<Progress, Error>>,
{
    let (mut now, mut pause, mut waited) = (first, Duration::from_millis(200), Duration::ZERO);
    loop {
        match now {
            Progress::Done => return Ok(()),
            Progress::Failed(reason) => return Err(Error::new(Problem::Invalid, operation, reason)),
            Progress::Running if waited > Duration::from_secs(600) => {
                return Err(Error::new(Problem::Transient, operation, "AWS is not done after ten minutes")
                    .help("run `apply` again: it takes up the same request"));
            }
            Progress::Running => {}
        }
        tokio::time::sleep(pause).await;
        waited += pause;
        pause = (pause * 2).min(Duration::from_secs(5));
        now = match ask().await {
            // AWS may not know its own newest request everywhere yet.
            Err(error) if error.is(Problem::NotFound) && waited < LAG => Progress::Running,
            asked => asked?,
        };
    }
}

/// Groups that AWS Control Tower makes in Identity Center.
const CONTROL_TOWER_GROUPS: [&str; 8] = [
    "AWSAccountFactory",
    "AWSAuditAccountAdmins",
    "AWSControlTowerAdmins",
    "AWSLogArchiveAdmins",
    "AWSLogArchiveViewers",
    "AWSSecurityAuditPowerUsers",
    "AWSSecurityAuditors",
    "AWSServiceCatalogAdmins",
];

/// Permission sets that AWS Control Tower makes.
const CONTROL_TOWER_PERMISSION_SETS: [&str; 6] = [
    "AWSAdministratorAccess",
    "AWSOrganizationsFullAccess",
    "AWSPowerUserAccess",
    "AWSReadOnlyAccess",
    "AWSServiceCatalogAdminFullAccess",
    "AWSServiceCatalogEndUserAccess",
];

/// Who made a group of this name, where that is AWS.
pub(crate) fn vendor_of_group(name: &str) -> Option<String> {
    CONTROL_TOWER_GROUPS.contains(&name).then(|| "AWS Control Tower".to_owned())
}

/// Who made a permission set of this name, where that is AWS.
pub(crate) fn vendor_of_permission_set(name: &str) -> Option<String> {
    CONTROL_TOWER_PERMISSION_SETS.contains(&name).then(|| "AWS Control Tower".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark() -> Mark {
        Mark { organization: "acme".to_owned(), address: Address::new("aws", "group", "payments") }
    }

    #[test]
    fn a_mark_in_a_description_reads_back() {
        for text in ["", "people who pay", "ends with ]", "[polity] fans", "a [polity b] c"] {
            let (bare, found) =
                (unmarked(&marked(text, Some(&mark()))).0.to_owned(), unmarked(&marked(text, Some(&mark()))).1);
            assert_eq!((bare.as_str(), found), (text, Some(mark())));
            assert_eq!(unmarked(text), (text, None));
        }
    }

    #[test]
    fn states_of_requests_are_read() {
        let status = |json: Json| Progress::of(&json);
        assert_eq!(status(serde_json::json!({"Status": "IN_PROGRESS"})), Progress::Running);
        assert_eq!(status(serde_json::json!({"Status": "SUCCEEDED"})), Progress::Done);
        assert_eq!(
            status(serde_json::json!({"Status": "FAILED", "FailureReason": "no"})),
            Progress::Failed("no".into())
        );
    }

    #[tokio::test]
    async fn waiting_ends_with_the_reason_of_a_failure() {
        let mut states = vec![Progress::Failed("role is in use".to_owned()), Progress::Running];
        let error = settle("sso-admin:X", Progress::Running, || {
            let next = states.pop().unwrap();
            async move { Ok(next) }
        })
        .await
        .unwrap_err();
        assert!(error.to_string().contains("role is in use"), "{error}");
        assert!(states.is_empty());
    }
}
