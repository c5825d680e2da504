//! What several kinds need: addresses, answers of the service, bounded parallel calls, patience, shared reads.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, future::BoxFuture, stream};
use polity_model::{
    Address, Map, Value,
    organization::{Mode, Organization, Platform},
    resource::{Observed, Scope},
    schema::Lane,
};
use polity_provider::{Error, Found, Problem};
use serde_json::Value as Json;
use tokio::sync::OnceCell;

/// The type of our platforms, as the manifest writes it.
pub(crate) const TYPE: &str = "aws";

/// Level of the scope in which the management account is read.
pub(crate) const ORGANIZATION: &str = "organization";

/// The lane of all writers to AWS Organizations: it refuses a second change while one is at work.
pub(crate) const LANE: Option<Lane> = Some(Lane { name: "organizations", width: 1 });

/// The lane of accounts: AWS makes five at a time, and each takes a while.
pub(crate) const ACCOUNTS: Option<Lane> = Some(Lane { name: "accounts", width: 5 });

/// Calls that are made at once by one reading of one kind. The wire's rate limits decide how fast they really go.
const PARALLEL: usize = 8;

/// The platform of an organization-level scope, if it is one of ours.
pub(crate) fn platform<'a>(organization: &'a Organization, scope: &Scope) -> Option<&'a Platform> {
    let platform = organization.platforms.get(&scope.platform)?;
    (scope.level == ORGANIZATION && platform.kind == TYPE).then_some(platform)
}

/// The address of something on a platform.
pub(crate) fn address(platform: &Platform, kind: &str, name: &str) -> Address {
    Address::new(&platform.name, kind, name)
}

/// A reference to the root of a platform's organization.
pub(crate) fn root_of(platform: &Platform) -> Value {
    Value::attribute_of(address(platform, "organization", &platform.name), "root_id")
}

/// A reference to the organizational unit of the nearest of these landing zones that is on the platform, or to the
/// root: a landing zone of other platforms only does not interrupt the tree.
pub(crate) fn place_of(organization: &Organization, platform: &Platform, landing_zone: Option<&str>) -> Value {
    organization
        .landing_zone_chain(landing_zone)
        .into_iter()
        .find(|zone| zone.platforms.is_empty() || zone.platforms.iter().any(|named| named.name == platform.name))
        .map_or_else(|| root_of(platform), |zone| Value::id_of(address(platform, "organizational-unit", &zone.name)))
}

/// A reference to a tenant's account.
pub(crate) fn account_of(platform: &Platform, tenant: &str) -> Value {
    Value::id_of(address(platform, "account", tenant))
}

/// The mode that holds for what stands in no landing zone.
pub(crate) fn mode_of(organization: &Organization, platform: &Platform) -> Mode {
    organization.mode_at(&platform.name, None)
}

/// An object that was read, still without attributes.
pub(crate) fn observed(kind: &str, scope: &Scope, id: &str, name: &str, attributes: Map) -> Observed {
    Observed {
        kind: kind.to_owned(),
        scope: scope.name.clone(),
        id: id.to_owned(),
        name: name.to_owned(),
        attributes,
        keys: Vec::new(),
        mark: None,
        vendor: None,
        ended: None,
    }
}

/// Attributes from pairs.
pub(crate) fn attributes<const N: usize>(pairs: [(&str, Value); N]) -> Map {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A text member of an answer; an error when the service left it out.
pub(crate) fn text<'a>(answer: &'a Json, member: &str) -> Result<&'a str, Error> {
    optional(answer, member).ok_or_else(|| {
        Error::new(Problem::Unexpected, "an answer of AWS", format!("the member `{member}` is missing: {answer}"))
    })
}

/// A text member of an answer, if it is there.
pub(crate) fn optional<'a>(answer: &'a Json, member: &str) -> Option<&'a str> {
    answer.get(member).and_then(Json::as_str)
}

/// Whether the service gave this code.
pub(crate) fn has_code(error: &Error, code: &str) -> bool {
    error.code.as_deref() == Some(code)
}

/// Whether what was asked for is not there.
pub(crate) fn is_absent(error: &Error) -> bool {
    error.is(Problem::NotFound) || error.code.as_deref().is_some_and(|code| code.ends_with("NotFoundException"))
}

/// Whether the account is in no organization yet, so that nothing of one can be there.
pub(crate) fn is_unborn(error: &Error) -> bool {
    has_code(error, "AWSOrganizationsNotInUseException")
}

/// What was found; nothing where there is no organization yet.
pub(crate) fn found(read: Result<Vec<Observed>, Error>) -> Result<Found, Error> {
    match read {
        Ok(resources) => Ok(resources.into()),
        Err(error) if is_unborn(&error) => Ok(Found::default()),
        Err(error) => Err(error),
    }
}

/// One object; `None` where it is not there.
pub(crate) fn present<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Ok(object) => Ok(Some(object)),
        Err(error) if is_absent(&error) || is_unborn(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Success also where one of these codes says that the wished-for state is there already.
pub(crate) fn already<T: Default>(written: Result<T, Error>, codes: &[&str]) -> Result<T, Error> {
    match written {
        Err(error) if codes.iter().any(|code| has_code(&error, code)) => Ok(T::default()),
        other => other,
    }
}

/// Makes one call per item, several at once, and keeps the order of the items.
pub(crate) fn each<'a, I, T, F>(
    items: impl IntoIterator<Item = I>,
    call: impl FnMut(I) -> F,
) -> BoxFuture<'a, Result<Vec<T>, Error>>
where
    T: Send + 'a,
    F: Future<Output = Result<T, Error>> + Send + 'a,
{
    let calls: Vec<F> = items.into_iter().map(call).collect();
    stream::iter(calls).buffered(PARALLEL).try_collect().boxed()
}

/// Tries again, half a minute at most, while the service merely lags behind what was just written.
pub(crate) async fn patiently<T, F>(mut attempt: impl FnMut() -> F, lags: impl Fn(&Error) -> bool) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut pause = Duration::from_millis(250);
    loop {
        match attempt().await {
            Err(error) if lags(&error) && pause < Duration::from_secs(16) => tokio::time::sleep(pause).await,
            settled => return settled,
        }
        pause *= 2;
    }
}

/// One reading that several kinds need at the same time: whoever comes while it is under way shares its result;
/// whoever comes later reads anew, so that nothing old is ever taken for the present.
pub(crate) struct Flight<T>(Mutex<Weak<OnceCell<T>>>);

impl<T> Default for Flight<T> {
    fn default() -> Self {
        Self(Mutex::new(Weak::new()))
    }
}

impl<T: Clone> Flight<T> {
    /// Joins the reading that is under way, or begins it.
    pub(crate) async fn join(&self, read: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let cell = self.cell();
        cell.get_or_try_init(|| read).await.cloned()
    }

    fn cell(&self) -> Arc<OnceCell<T>> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.upgrade().unwrap_or_else(|| {
            let cell = Arc::new(OnceCell::new());
            *slot = Arc::downgrade(&cell);
            cell
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    async fn count(calls: &AtomicU32) -> Result<u32, Error> {
        tokio::task::yield_now().await;
        Ok(calls.fetch_add(1, Ordering::SeqCst) + 1)
    }

    #[tokio::test]
    async fn those_who_come_together_share_a_reading_and_those_who_come_later_read_anew() {
        let (flight, calls) = (Flight::default(), AtomicU32::new(0));
        let (one, other) = tokio::join!(flight.join(count(&calls)), flight.join(count(&calls)));
        assert_eq!((one.unwrap(), other.unwrap()), (1, 1));
        assert_eq!(flight.join(count(&calls)).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_failed_reading_is_not_shared() {
        let flight: Flight<u32> = Flight::default();
        let failed = async { Err(Error::new(Problem::Transient, "reading", "broken")) };
        let calls = AtomicU32::new(0);
        let (one, other) = tokio::join!(flight.join(failed), flight.join(count(&calls)));
        assert!(one.is_err());
        assert_eq!(other.unwrap(), 1);
    }

    #[tokio::test]
    async fn calls_come_back_in_the_order_of_their_items() {
        let doubled = each(0..50, |number| async move {
            for _ in 0..(50 - number) {
                tokio::task::yield_now().await;
            }
            Ok(number * 2)
        });
        assert_eq!(doubled.await.unwrap(), (0..50).map(|number| number * 2).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn patience_is_for_what_lags_alone() {
        let tries = AtomicU32::new(0);
        let attempt = || async {
            let problem = if tries.fetch_add(1, Ordering::SeqCst) == 0 { Problem::Busy } else { Problem::Invalid };
            Err::<(), Error>(Error::new(problem, "waiting", "not yet"))
        };
        assert!(
            patiently(attempt, |error| error.is(Problem::Busy)).await.is_err_and(|error| error.is(Problem::Invalid))
        );
        assert_eq!(tries.load(Ordering::SeqCst), 2);
    }
}
