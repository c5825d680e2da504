//! The verb `plan`: read, and compare with what the manifest asks for.

use std::collections::BTreeMap;

use polity_model::{
    Digest,
    journal::LastApplied,
    plan::{Notice, Plan},
};

use crate::{Error, Ground, Journal, Observation, Observer, Reach, observe};

/// What the journal knows of former runs. Empty where there is no journal yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// What is ours, and what it held when we last wrote or read it.
    pub last: LastApplied,
    /// Native identity of each platform in the last run.
    pub platforms: BTreeMap<String, String>,
    /// The last entry when this was looked up; nothing where there is no journal yet.
    pub head: Option<(u64, Digest)>,
}

impl Past {
    /// All that this journal knows.
    pub fn of(journal: &Journal) -> Result<Self, Error> {
        // The head first: should somebody write meanwhile, what follows is newer than the head says, never older.
        let head = Some(journal.head()?);
        Ok(Self { last: journal.last_applied()?, platforms: journal.platforms()?, head })
    }
}

/// A plan and the reading that it was made of.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The reading.
    pub observation: Observation,
}

/// Reads the platforms and makes the plan.
pub async fn plan(ground: &Ground<'_>, past: &Past, observer: &dyn Observer) -> Result<Planned, Error> {
    let mut observation = observe::observe(ground, &past.last, Reach::Asked, observer).await?;
    observation.head.clone_from(&past.head);
    same_platforms(&observation, &past.platforms, "the journal")?;
    Ok(Planned { plan: plan_from(ground, &observation, &past.last), observation })
}

/// The plan that follows from a reading.
pub fn plan_from(ground: &Ground<'_>, observation: &Observation, last: &LastApplied) -> Plan {
    let mut plan = polity_planner::plan(&observe::input(ground, observation, last));
    for message in &observation.notes {
        plan.notices.push(Notice::Note { message: message.clone(), origins: Vec::new() });
    }
    for (platform, reason) in &observation.unreached {
        let message = format!("the platform `{platform}` could not be reached, and nothing is changed there: {reason}");
        let origins = ground.organization.platforms.get(platform).map(|platform| platform.origin.clone());
        plan.notices.push(Notice::Note { message, origins: origins.into_iter().collect() });
    }
    plan.notices.sort();
    plan
}

/// Refuses native organizations other than those that are expected: ids of one mean nothing in another.
pub(crate) fn same_platforms(
    observation: &Observation,
    expected: &BTreeMap<String, String>,
    by: &'static str,
) -> Result<(), Error> {
    for (platform, identity) in &observation.identities {
        if let Some(expected) = expected.get(platform)
            && *expected != identity.organization
        {
            return Err(Error::OtherPlatform {
                platform: platform.clone(),
                found: identity.organization.clone(),
                expected: expected.clone(),
                by,
            });
        }
    }
    Ok(())
}
