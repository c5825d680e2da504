//! What all surveys need: rows in the making, what is known of an answer and why not, gaps, bounded parallel calls.

use std::future::Future;

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use polity_model::{
    facet::{self, Datum, Draft, Misfit, Reason, Row},
    inventory::Gap,
};
use polity_provider::{Error, Problem, Reader, Surveyed};

use crate::kinds::support::{has_code, is_absent};

/// Calls that one survey makes at once. The wire's rate limits decide how fast they really go.
const PARALLEL: usize = 16;

/// What was read, or why it was not.
pub(crate) type Known<T> = Result<T, Reason>;

/// Turns answers into what is known.
pub(crate) trait Answered<T> {
    /// The answer, or why there is none.
    fn known(self) -> Known<T>;
    /// As [`Answered::known`]; nothing where the service says that there is no such thing.
    fn known_or_none(self) -> Known<Option<T>>;
}

impl<T> Answered<T> for Result<T, Error> {
    fn known(self) -> Known<T> {
        self.map_err(|error| reason(&error))
    }

    fn known_or_none(self) -> Known<Option<T>> {
        match self {
            Ok(answer) => Ok(Some(answer)),
            // The resource itself is gone, which says nothing about its parts.
            Err(error) if has_code(&error, "NoSuchBucket") => Err(reason(&error)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(reason(&error)),
        }
    }
}

/// Why nothing is known after this error.
pub(crate) fn reason(error: &Error) -> Reason {
    match error.problem {
        Problem::Denied => {
            let permission = error.permission.clone().unwrap_or_else(|| error.operation.clone());
            Reason::Denied { permission }
        }
        Problem::Unsupported => Reason::NotCollected,
        _ => Reason::Undefined(error.to_string()),
    }
}

/// A value of a row: what is known, or why not.
pub(crate) fn datum<T: Into<Datum>>(known: Known<T>) -> Datum {
    known.map_or_else(Datum::Unknown, Into::into)
}

/// Where the rows of one reader lie.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) account: String,
    /// `None` for what is everywhere.
    pub(crate) region: Option<String>,
    pub(crate) partition: String,
}

impl Place {
    /// The account of this reader, everywhere.
    pub(crate) fn account(reader: &Reader) -> Self {
        let fact = |name: &str| reader.fact(name).unwrap_or_default().to_owned();
        Self { account: fact("account_id"), region: None, partition: fact("partition") }
    }

    /// The region of this reader.
    pub(crate) fn region(reader: &Reader) -> Self {
        Self { region: reader.fact("region").map(str::to_owned), ..Self::account(reader) }
    }

    /// The ARN of something here.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        let region = self.region.as_deref().unwrap_or_default();
        format!("arn:{}:{service}:{region}:{}:{resource}", self.partition, self.account)
    }

    /// Begins a row of something here.
    pub(crate) fn row(&self, facet: &str, id: &str, name: &str) -> Result<Draft<'static>, Error> {
        let found = facet::find(facet);
        let found = found.ok_or_else(|| Error::new(Problem::Unexpected, facet, "there is no facet of this name"))?;
        Ok(Row::of(found)
            .set("id", id)
            .set("name", if name.is_empty() { id } else { name })
            .set("account", self.account.as_str())
            .set("region", Datum::maybe(self.region.as_deref())))
    }
}

/// The finished row.
pub(crate) fn finish(draft: Draft<'_>) -> Result<Row, Error> {
    draft.finish().map_err(|misfit: Misfit| {
        let why = format!("a value does not fit its field at `{}`: {misfit}", misfit.path.join("/"));
        Error::new(Problem::Unexpected, "reading a resource", why)
    })
}

/// How data at rest is encrypted: whether, and the key if it is a customer's own.
pub(crate) fn encryption<'f>(
    draft: Draft<'f>,
    place: &Place,
    encrypted: Datum,
    key: Known<Option<String>>,
) -> Draft<'f> {
    let key = key.map(|key| key.filter(|key| !key.contains(":alias/aws/") && !key.starts_with("alias/aws/")));
    let account =
        key.clone().map(|key| key.map(|key| super::answer::account_in(&key).unwrap_or(&place.account).to_owned()));
    draft
        .set("encrypted", encrypted)
        .set("encryption_key", datum(key.map(Datum::maybe)))
        .set("encryption_key_account", datum(account.map(Datum::maybe)))
}

/// What could not be listed is a gap for each of these facets; only missing credentials end a survey.
pub(crate) fn gaps(reader: &Reader, facets: &[&str], error: Error) -> Result<Surveyed, Error> {
    if matches!(error.problem, Problem::Credentials | Problem::Unreachable) {
        return Err(error);
    }
    let gap = |facet: &&str| Gap {
        scope: reader.scope().name.clone(),
        kind: Some((*facet).to_owned()),
        reason: error.to_string(),
        permission: error.permission.clone().filter(|_| error.is(Problem::Denied)),
        help: error.help.clone(),
    };
    Ok(Surveyed { rows: Vec::new(), gaps: facets.iter().map(gap).collect() })
}

/// What could not be listed for this reason, while the rest of the survey could be read.
pub(crate) fn gap(reader: &Reader, facet: &str, reason: &Reason) -> Gap {
    let permission = match reason {
        Reason::Denied { permission } => Some(permission.clone()),
        _ => None,
    };
    let help =
        permission.as_ref().map(|_| "`polity permissions aws --read` prints the policy that Polity needs".to_owned());
    Gap {
        scope: reader.scope().name.clone(),
        kind: Some(facet.to_owned()),
        reason: reason.to_string(),
        permission,
        help,
    }
}

/// Makes one call per item, several at once, and keeps the order of the items.
pub(crate) fn each<'a, I, T, F>(items: impl IntoIterator<Item = I>, call: impl FnMut(I) -> F) -> BoxFuture<'a, Vec<T>>
where
    T: Send + 'a,
    F: Future<Output = T> + Send + 'a,
{
    let calls: Vec<F> = items.into_iter().map(call).collect();
    stream::iter(calls).buffered(PARALLEL).collect().boxed()
}

/// Three-valued and: one false is false, one unknown among truths is unknown.
pub(crate) fn all_of(values: impl IntoIterator<Item = Known<bool>>) -> Known<bool> {
    let mut unknown = None;
    for value in values {
        match value {
            Ok(false) => return Ok(false),
            Ok(true) => {}
            Err(reason) => unknown = unknown.or(Some(reason)),
        }
    }
    unknown.map_or(Ok(true), Err)
}

/// Three-valued or.
pub(crate) fn any_of(values: impl IntoIterator<Item = Known<bool>>) -> Known<bool> {
    all_of(values.into_iter().map(not)).map(|none| !none)
}

/// Three-valued not.
pub(crate) fn not(value: Known<bool>) -> Known<bool> {
    value.map(|value| !value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknowns_are_neither_true_nor_false() {
        let unknown = || Err(Reason::NotCollected);
        assert_eq!(all_of([Ok(true), unknown()]), unknown());
        assert_eq!(all_of([unknown(), Ok(false)]), Ok(false));
        assert_eq!(any_of([unknown(), Ok(true)]), Ok(true));
        assert_eq!(any_of([Ok(false), unknown()]), unknown());
        assert_eq!((all_of([]), any_of([])), (Ok(true), Ok(false)));
    }

    #[test]
    fn a_denied_call_names_its_permission_and_an_unknown_operation_is_not_collected() {
        let mut denied = Error::new(Problem::Denied, "s3:GetBucketEncryption", "no");
        denied.permission = Some("s3:GetEncryptionConfiguration".to_owned());
        assert_eq!(reason(&denied), Reason::Denied { permission: "s3:GetEncryptionConfiguration".to_owned() });
        assert_eq!(reason(&Error::new(Problem::Unsupported, "x:Y", "no")), Reason::NotCollected);
        let gone = Err::<(), _>(Error::new(Problem::NotFound, "x:Y", "no"));
        assert_eq!(gone.known_or_none(), Ok(None));
    }
}
