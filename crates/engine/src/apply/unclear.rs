//! Writes whose end is not known: the connection broke, or the service failed. The cloud is asked what came of them, and
//! what was not done is asked for again, as long as that cannot make anything twice.

use polity_model::{Map, resource::Observed, schema::Nature};
use polity_provider::{Ask, Error, Problem, Writer};

use super::{
    change::{Fault, Step},
    existing,
    patience::Patience,
};
use crate::Progress;

/// How often a write is made at most while its end is not known and a reading shows that it was not done.
const TRIES: u32 = 4;

/// Whether a failed write may have been made all the same.
pub(super) fn is_unclear(error: &Error) -> bool {
    matches!(error.problem, Problem::Transient | Problem::Unexpected | Problem::Unreachable)
}

impl Step<'_> {
    /// Creates and reads back. What may have been made is looked for; a link or a setting, of which there cannot be two,
    /// is asked for again where it is not found.
    pub(super) async fn create(&self, writer: &Writer, patience: &mut Patience) -> Result<Observed, Fault> {
        let nothing = Map::new();
        let ask = self.ask(None, &nothing, &[], self.is_marked_kind().then_some(&self.mark));
        let single = matches!(self.schema().nature, Nature::Link | Nature::Setting);
        let mut tries = 1;
        loop {
            let error = match self.attempt(patience, || self.kind.create(writer, &ask)).await {
                Ok(id) => return self.seen(writer.reader(), &id, patience).await,
                Err(error) if error.is(Problem::AlreadyExists) || is_unclear(&error) => error,
                Err(error) => return Err(error.into()),
            };
            let unclear = is_unclear(&error).then(|| error.clone());
            match (existing::take_over(self, writer, patience, error).await, unclear) {
                (Err(Fault::Failed { .. }), Some(error)) if single && tries < TRIES => {
                    tries += 1;
                    self.again(patience, &error).await?;
                }
                (made, _) => return made,
            }
        }
    }

    /// Updates and reads back.
    pub(super) async fn update(
        &self,
        writer: &Writer,
        patience: &mut Patience,
        ask: &Ask<'_>,
        id: &str,
    ) -> Result<Observed, Fault> {
        let mut error = match self.attempt(patience, || self.kind.update(writer, ask)).await {
            Ok(()) => return self.seen(writer.reader(), id, patience).await,
            Err(error) => error,
        };
        for tries in 1.. {
            if !is_unclear(&error) {
                break;
            }
            // It may have been done, or half of it: the cloud tells, and what is lacking is asked for again.
            let Ok(Some(found)) = self.kind.read(writer.reader(), id).await else { break };
            let lacking = self.lacking(&found);
            if lacking.is_empty() {
                return Ok(found);
            }
            if tries == TRIES {
                break;
            }
            self.again(patience, &error).await?;
            let ask = self.ask(Some(id), &found.attributes, &lacking, self.mark_for(&lacking));
            match self.attempt(patience, || self.kind.update(writer, &ask)).await {
                Ok(()) => return self.seen(writer.reader(), id, patience).await,
                Err(next) => error = next,
            }
        }
        Err(error.into())
    }

    /// Deletes, and waits until it is gone. What may have been deleted and is still there is asked to end again.
    pub(super) async fn delete(
        &self,
        writer: &Writer,
        patience: &mut Patience,
        id: &str,
        ask: &Ask<'_>,
    ) -> Result<(), Fault> {
        let mut tries = 1;
        loop {
            let error = match self.attempt(patience, || self.kind.delete(writer, ask)).await {
                Ok(()) => return self.gone(writer.reader(), id, patience).await,
                Err(error) if error.is(Problem::NotFound) => return Ok(()),
                Err(error) if is_unclear(&error) => error,
                Err(error) => return Err(error.into()),
            };
            match self.kind.read(writer.reader(), id).await {
                Ok(None) => return Ok(()),
                Ok(Some(found)) if found.ended.is_some() => return Ok(()),
                Ok(Some(_)) if tries < TRIES => {
                    tries += 1;
                    self.again(patience, &error).await?;
                }
                _ => return Err(error.into()),
            }
        }
    }

    /// Waits before a write whose end is not known is made again; fails with its error when patience has ended.
    async fn again(&self, patience: &mut Patience, error: &Error) -> Result<(), Fault> {
        let reason = error.to_string();
        self.run.observer.on(&Progress::ChangeRetrying { address: &self.change.address, reason: &reason });
        if patience.wait().await { Ok(()) } else { Err(error.clone().into()) }
    }
}
