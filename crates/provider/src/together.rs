//! Calls made together: many at once but not too many, one that several need, one that is made again while a service lags.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, future::BoxFuture, stream};
use tokio::sync::OnceCell;

use crate::Error;

/// Calls that are made at once by one reading of one kind. The wire's rate limits decide how fast they really go.
const PARALLEL: usize = 8;

/// Makes one call per item, several at once, and keeps the order of the items.
pub fn each<'a, I, T, F>(
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
pub async fn patiently<T, F>(mut attempt: impl FnMut() -> F, lags: impl Fn(&Error) -> bool) -> Result<T, Error>
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
pub struct Flight<T>(Mutex<Weak<OnceCell<T>>>);

impl<T> Default for Flight<T> {
    fn default() -> Self {
        Self(Mutex::new(Weak::new()))
    }
}

impl<T: Clone> Flight<T> {
    /// Joins the reading that is under way, or begins it.
    pub async fn join(&self, read: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
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
    use crate::Problem;

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
