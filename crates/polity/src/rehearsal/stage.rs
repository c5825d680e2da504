//! Where every rehearsal of a plan begins: a simulated cloud, a journal and a plan that fit each other.

use std::{collections::BTreeMap, sync::Arc};

use jiff::SignedDuration;
use polity_engine::{
    ApplyInput, Cancel, End, Ground, Journal, Observation, Pace, Past, Planned, Silent, apply::AUTO_APPROVE,
    journal::Owner,
};
use polity_model::{Digest, organization::Organization, plan::Plan, units::Timestamp};
use polity_sandbox::{Clock, Sandbox, Scenario, aws::Aws, kubernetes::Kubernetes, openstack::OpenStack};

use super::{Rehearsed, on_virtual_time};
use crate::{
    clouds::{Clouds, aws},
    exit::Failure,
    inside,
};

/// A manifest, and who applies it.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) organization: Organization,
    pub(crate) digest: Digest,
    pub(crate) applier: Option<String>,
}

/// What a rehearsal begins with.
pub(crate) enum Beginning {
    /// A cloud that nobody has used yet.
    Nothing,
    /// A cloud that holds what this manifest asks for, and a journal of how it came there.
    Manifest(Box<Script>),
    /// A cloud that holds what was read, and a copy of the journal that goes with it.
    Twin(Box<Aws>, Option<Box<Journal>>),
}

/// The management account where nothing says another one.
pub(crate) const MANAGEMENT: &str = "111111111111";
/// Name of a sandbox's cluster, for the log.
pub(crate) const CLUSTER: &str = "sandbox";
/// Applications of the beginning's own manifest until it asks for nothing more.
const ROUNDS: usize = 4;

/// Where every rehearsal of a plan begins. It is never played on itself: each performance has a copy.
pub(crate) struct Stage {
    pub(crate) script: Script,
    pub(crate) sandbox: Sandbox,
    pub(crate) journal: Journal,
    /// The time at which performances begin.
    pub(crate) epoch: Timestamp,
    pub(crate) plan: Plan,
    /// The reading that the plan was made of, where it was made here.
    pub(crate) observation: Observation,
    /// Platforms that the sandbox does not have, and why: nothing of them is rehearsed.
    pub(crate) left_out: BTreeMap<String, String>,
}

impl Stage {
    /// Sets the stage for a plan: the one that was saved, or the one that follows from the manifest.
    pub(crate) fn set(
        script: Script,
        beginning: Beginning,
        saved: Option<Plan>,
        epoch: Timestamp,
        seed: u64,
    ) -> Result<Self, Failure> {
        on_virtual_time(Self::set_here(script, beginning, saved, epoch, seed))?
    }

    async fn set_here(
        script: Script,
        beginning: Beginning,
        saved: Option<Plan>,
        epoch: Timestamp,
        seed: u64,
    ) -> Result<Self, Failure> {
        let clock = Clock::from(epoch);
        let calm = Scenario::calm().seeded(seed);
        let time: Arc<dyn polity_engine::Clock> = Arc::new(Rehearsed(clock.clone()));
        let unused = || {
            let aws = Aws::new(&way_in(&script.organization)?.0, seed);
            let sandbox = Sandbox::new(clock.clone(), &calm, aws).beside(OpenStack::new(seed));
            Ok::<_, Failure>(sandbox.beside(Kubernetes::new(CLUSTER, seed, epoch)))
        };
        let (sandbox, known, before) = match beginning {
            Beginning::Nothing => (unused()?, None, None),
            Beginning::Manifest(before) => (unused()?, None, Some(before)),
            // A twin is made of what was read of AWS: the others would be empty, and no likeness of anything.
            Beginning::Twin(aws, journal) => (Sandbox::new(clock.clone(), &calm, *aws), journal, None),
        };
        let mut journal = match known {
            Some(journal) => journal.copy(time)?,
            None => Journal::in_memory(&script.organization.name, time)?,
        };
        if let Some(before) = before {
            journal = build(&before, &sandbox, journal).await?;
        }
        // What goes on behind the back of the last call has ended by then.
        clock.skip(std::time::Duration::from_secs(3600));
        sandbox.settle();
        let clouds = inside::connect(&script.organization, &sandbox).await?;
        let ground = ground(&script, &clouds, &sandbox);
        polity_engine::settle(&ground, &journal, &owner(), &Silent).await?;
        let Planned { plan, observation } = polity_engine::plan(&ground, &Past::of(&journal)?, &Silent).await?;
        let epoch = clock.now().checked_add(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MAX);
        let plan = saved.unwrap_or(plan);
        let left_out = clouds.left_out;
        Ok(Self { script, sandbox, journal, epoch, plan, observation, left_out })
    }

    /// A copy of the journal by this clock.
    pub(crate) fn journal(&self, clock: &Clock) -> Result<Journal, Failure> {
        Ok(self.journal.copy(Arc::new(Rehearsed(clock.clone())))?)
    }
}

/// Makes a cloud what this manifest asks for.
async fn build(before: &Script, sandbox: &Sandbox, journal: Journal) -> Result<Journal, Failure> {
    let journal = Arc::new(journal);
    for _ in 0..ROUNDS {
        let clouds = inside::connect(&before.organization, sandbox).await?;
        let ground = ground(before, &clouds, sandbox);
        let Planned { plan, observation } = polity_engine::plan(&ground, &Past::of(&journal)?, &Silent).await?;
        if plan.is_empty() {
            drop(clouds);
            return Arc::into_inner(journal).ok_or_else(|| Failure::new("the rehearsal's journal is still in use"));
        }
        let input = input(before, &clouds, &journal, &plan, Some(observation));
        let report = polity_engine::apply(&input, &Silent).await?;
        if report.exit() != polity_engine::Exit::Done {
            let (done, failed, skipped) = report.counts();
            let why = report.results.iter().find_map(|result| match &result.end {
                End::Failed { message, .. } => Some(format!("{}: {message}", result.address)),
                _ => None,
            });
            return Err(Failure::new(format!(
                "the rehearsal cannot begin with this manifest: {done} done, {failed} failed, {skipped} not tried; {}",
                why.unwrap_or_default()
            ))
            .help("rehearse it with `--from-nothing` to see every step"));
        }
    }
    Err(Failure::new("the rehearsal cannot begin with this manifest: applied again and again, it asks for more")
        .help("begin with a manifest whose plan is empty once it is applied"))
}

/// What the engine's verbs stand on here.
pub(super) fn ground<'a>(script: &'a Script, clouds: &'a Clouds, sandbox: &Sandbox) -> Ground<'a> {
    Ground {
        providers: &clouds.reading,
        organization: &script.organization,
        manifest: script.digest.clone(),
        applier: script.applier.clone(),
        now: Some(sandbox.clock().now()),
    }
}

/// An apply that nobody has to approve.
pub(super) fn input<'a>(
    script: &'a Script,
    clouds: &'a Clouds,
    journal: &'a Arc<Journal>,
    plan: &'a Plan,
    observation: Option<Observation>,
) -> ApplyInput<'a> {
    ApplyInput {
        providers: &clouds.writing,
        organization: &script.organization,
        manifest: script.digest.clone(),
        applier: script.applier.clone(),
        plan,
        approved: plan.digest(),
        approved_by: AUTO_APPROVE.to_owned(),
        observation,
        journal,
        owner: owner(),
        pace: Pace::default(),
        cancel: Cancel::default(),
    }
}

pub(super) fn owner() -> Owner {
    Owner { name: "rehearsal".to_owned(), host: "this process".to_owned() }
}

/// Number of the management account, and name of the role by which it enters others; those that nobody named where the
/// manifest has no AWS.
pub(crate) fn way_in(organization: &Organization) -> Result<(String, String), Failure> {
    let mut platforms = organization.platforms.values().filter(|platform| platform.kind == aws::NAME);
    let (platform, other) = (platforms.next(), platforms.next());
    if other.is_some() {
        return Err(Failure::new("the manifest has several platforms of the type `aws`, and the sandbox holds one"));
    }
    let text = |field: &str| platform.and_then(|platform| platform.native.get(field)?.as_text()).map(str::to_owned);
    let account = text("management_account").unwrap_or_else(|| MANAGEMENT.to_owned());
    Ok((account, text("assume_role").unwrap_or_else(|| "OrganizationAccountAccessRole".to_owned())))
}

/// Refuses a manifest of which no twin can be made.
pub(crate) fn has_twin(organization: &Organization) -> Result<(), Failure> {
    if organization.platforms.values().any(|platform| platform.kind == aws::NAME) {
        return Ok(());
    }
    Err(Failure::new("the manifest has no platform that a twin can be made of")
        .help("twins are made of the type `aws`; rehearse with `--from-nothing`, or with `--from` the manifest that holds now"))
}
