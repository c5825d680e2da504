//! The verb `drift`: what differs, told apart by why, and who did it.

use futures::stream::{self, StreamExt};
use polity_model::{
    inventory::Gap,
    plan::{Because, Change, Notice, Risk},
    resource::{Observed, Scope},
};
use polity_provider::{Attribution, Provider};

use crate::{Error, Exit, Ground, Observer, Past, Planned, planning};

/// Look-ups in audit trails at once: platforms allow few of them.
const LOOKUPS_AT_ONCE: usize = 4;

/// What differs between the manifest and the platforms.
#[derive(Clone, Debug)]
pub struct Drift {
    /// Written in the manifest (or taken out of it) and not applied yet.
    pub unapplied: Vec<Change>,
    /// Applied once, and changed by somebody since.
    pub drifted: Vec<Drifted>,
    /// Not ours, left alone.
    pub foreign: Vec<Notice>,
    /// The vendor's, left alone.
    pub vendor: Vec<Notice>,
    /// Conflicts, what they block, and whatever else must be said.
    pub notices: Vec<Notice>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// The whole plan that would repair it, and its reading.
    pub planned: Planned,
}

/// One change that no line of the manifest explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drifted {
    /// The change that would undo it.
    pub change: Change,
    /// What could go wrong by what was done, for as long as it lasts.
    pub risks: Vec<Risk>,
    /// Who did it, as far as the platform's audit trail tells.
    pub by: Option<Attribution>,
    /// Why nobody can be named, where the audit trail could not be read.
    pub unattributed: Option<String>,
}

impl Drift {
    /// How the command ends.
    pub fn exit(&self) -> Exit {
        let known = if self.planned.observation.unreached.is_empty() { Exit::Done } else { Exit::PartlyApplied };
        if self.unapplied.is_empty() && self.drifted.is_empty() { known } else { Exit::Changes }
    }
}

/// Reads the platforms and says what differs, and why.
pub async fn drift(ground: &Ground<'_>, past: &Past, observer: &dyn Observer) -> Result<Drift, Error> {
    let planned = planning::plan(ground, past, observer).await?;
    let by_others = |change: &Change| matches!(change.because, Because::Drifted(_) | Because::Foreign);
    let (drifted, unapplied): (Vec<Change>, Vec<Change>) = planned.plan.changes.iter().cloned().partition(by_others);
    let drifted: Vec<Drifted> = stream::iter(drifted)
        .map(|change| attribute(ground, past, &planned, change))
        .buffered(LOOKUPS_AT_ONCE)
        .collect()
        .await;
    let (mut foreign, mut vendor, mut notices) = (Vec::new(), Vec::new(), Vec::new());
    for notice in planned.plan.notices.iter().cloned() {
        match notice {
            Notice::Foreign { .. } => foreign.push(notice),
            Notice::Vendor { .. } => vendor.push(notice),
            _ => notices.push(notice),
        }
    }
    let gaps = planned.plan.gaps.clone();
    Ok(Drift { unapplied, drifted, foreign, vendor, notices, gaps, planned })
}

async fn attribute(ground: &Ground<'_>, past: &Past, planned: &Planned, change: Change) -> Drifted {
    let found = match culprit(ground, past, planned, &change) {
        Some((provider, scope, object)) => provider.who_changed(scope, &object).await,
        None => Ok(None),
    };
    let schema = planned.observation.schema(&change.address);
    let risks = schema.map(|schema| polity_planner::risks_of_undone(&change, schema)).unwrap_or_default();
    match found {
        Ok(by) => Drifted { change, risks, by, unattributed: None },
        Err(error) => Drifted { change, risks, by: None, unattributed: Some(error.to_string()) },
    }
}

/// The object to look up in the audit trail: as it was read, or, when it is gone, as the journal remembers it.
fn culprit<'a>(
    ground: &'a Ground<'_>,
    past: &Past,
    planned: &'a Planned,
    change: &Change,
) -> Option<(&'a dyn Provider, &'a Scope, Observed)> {
    let provider = ground.provider(&change.address.platform)?;
    let inventory = &planned.observation.inventory;
    let scope = inventory.scopes.iter().find(|scope| scope.name == change.scope)?;
    let read = change.id.as_ref().and_then(|id| {
        inventory
            .resources
            .iter()
            .find(|object| object.kind == change.address.kind && object.scope == change.scope && object.id == *id)
    });
    let object = read.cloned().or_else(|| {
        past.last.get(&change.address).map(|recorded| Observed {
            kind: change.address.kind.clone(),
            scope: recorded.scope.clone(),
            id: recorded.id.clone(),
            name: change.address.name.clone(),
            attributes: recorded.attributes.clone(),
            keys: Vec::new(),
            mark: None,
            vendor: None,
            ended: None,
        })
    })?;
    Some((provider, scope, object))
}
