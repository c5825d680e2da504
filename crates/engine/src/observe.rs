//! The verb `observe`: what is asked for and what is there, read in parallel, with a gap for all that cannot be read.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::future::join_all;
use polity_model::{
    Address, Digest,
    inventory::{Gap, Inventory},
    journal::LastApplied,
    limit::Limit,
    organization::{Organization, Principal},
    resource::{Desired, Scope},
    schema::{Nature, Schema},
    units::Timestamp,
};
use polity_provider::{Found, Identity, Kind, Problem, Provider, Reader};
use tokio::sync::Semaphore;

use crate::{Error, Observer, Progress};

/// Readings at once; the wire's rate limits do the rest.
const READS_AT_ONCE: usize = 32;

/// What every verb stands on.
#[derive(Clone)]
pub struct Ground<'a> {
    /// The connected platforms.
    pub providers: &'a [Arc<dyn Provider>],
    /// The resolved manifest.
    pub organization: &'a Organization,
    /// Digest of the manifest files.
    pub manifest: Digest,
    /// Manifest name of the person who applies, if known: no plan may lock them out.
    pub applier: Option<String>,
    /// Now, for the inventory.
    pub now: Option<Timestamp>,
}

impl<'a> Ground<'a> {
    /// The provider of a platform.
    pub fn provider(&self, platform: &str) -> Option<&'a dyn Provider> {
        self.providers.iter().find(|provider| provider.platform() == platform).map(AsRef::as_ref)
    }
}

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Only what lies outside of tenants: enough to find them.
    Tenants,
    /// What a plan needs: settings only where one is asked for or was set by us.
    Asked,
    /// Everything, for an inventory.
    Everything,
}

/// One reading, beside what was asked for.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// What was read, and what could not be.
    pub inventory: Inventory,
    /// What the manifest asks for, over all scopes.
    pub desired: Vec<Desired>,
    /// Which desired resource is which native object.
    pub known: BTreeMap<Address, String>,
    /// Which native organization each platform is, and who we are there.
    pub identities: BTreeMap<String, Identity>,
    /// Principals of the manifest that a platform knows by name alone, by (platform, native id).
    pub names: BTreeMap<(String, String), Principal>,
    /// Schemas by (platform, kind).
    pub schemas: BTreeMap<(String, String), Schema>,
    /// The platforms' limits.
    pub limits: Vec<Limit>,
    /// Platforms that could not be identified, or of which nothing at all could be read then, and why. All of their scopes are gaps.
    pub unreached: BTreeMap<String, String>,
    /// What was not read although the platform has it, because nothing needs it; sentences for people.
    pub notes: Vec<String>,
    /// Settings that were not read because nothing asks for them: scopes by kind.
    pub unread: BTreeMap<String, BTreeSet<String>>,
    /// The last entry of the journal when this was read, if it was read beside one.
    pub head: Option<(u64, Digest)>,
}

/// The planner's input for a reading.
pub fn input<'a>(
    ground: &'a Ground<'_>,
    observation: &'a Observation,
    last: &'a LastApplied,
) -> polity_planner::Input<'a> {
    polity_planner::Input {
        organization: ground.organization,
        manifest: ground.manifest.clone(),
        platforms: observation
            .identities
            .iter()
            .map(|(platform, identity)| (platform.clone(), identity.organization.clone()))
            .collect(),
        names: observation.names.clone(),
        schemas: &observation.schemas,
        desired: observation.desired.clone(),
        inventory: &observation.inventory,
        last,
        limits: &observation.limits,
        applier: ground.applier.clone(),
    }
}

/// All that the manifest asks for in these scopes, sorted by address.
pub fn desire(ground: &Ground<'_>, scopes: &[Scope]) -> Vec<Desired> {
    let mut desired = Vec::new();
    for scope in scopes {
        let Some(provider) = ground.provider(&scope.platform) else { continue };
        for kind in provider.kinds().iter().filter(|kind| kind.schema().level == scope.level) {
            desired.extend(kind.wanted(ground.organization, scope));
        }
    }
    desired.sort_by(|one, other| one.address.cmp(&other.address));
    desired
}

/// Reads the platforms, in stages: what is read without an entry of a tenant first, then, with the ids found there,
/// the scopes within tenants.
///
/// What cannot be read becomes a gap. It is an error only if no platform can be identified at all.
pub async fn observe(
    ground: &Ground<'_>,
    last: &LastApplied,
    reach: Reach,
    observer: &dyn Observer,
) -> Result<Observation, Error> {
    observe_also(ground, last, &BTreeSet::new(), reach, observer).await
}

/// As [`observe`]; what is in these (scope, kind)s counts as asked for, too.
pub(crate) async fn observe_also(
    ground: &Ground<'_>,
    last: &LastApplied,
    also: &BTreeSet<(String, String)>,
    reach: Reach,
    observer: &dyn Observer,
) -> Result<Observation, Error> {
    let mut observation = Observation::default();
    observation.inventory.taken_at = ground.now;
    let mut unidentified = identify(ground, &mut observation).await?;
    for provider in ground.providers {
        let known = provider.known_by_name(ground.organization).into_iter();
        observation.names.extend(known.map(|(id, principal)| ((provider.platform().to_owned(), id), principal)));
        for kind in provider.kinds() {
            let at = (provider.platform().to_owned(), kind.schema().kind.to_owned());
            observation.schemas.insert(at, kind.schema().clone());
        }
    }
    let mut read: BTreeSet<String> = BTreeSet::new();
    let mut lost: BTreeMap<String, Lost> = BTreeMap::new();
    loop {
        let scopes = scopes(ground, &observation.known);
        observation.desired = desire(ground, &scopes);
        observation.inventory.scopes.clone_from(&scopes);
        let mut asked = asked(&observation.desired, last);
        asked.extend(also.iter().cloned());
        let next: Vec<&Scope> = scopes
            .iter()
            .filter(|scope| scope.entry.is_some() && !unidentified.contains_key(&scope.platform))
            .filter(|scope| reach != Reach::Tenants || scope.tenant.is_none())
            .filter(|scope| !read.contains(&scope.name))
            .collect();
        if next.is_empty() {
            break;
        }
        read.extend(next.iter().map(|scope| scope.name.clone()));
        let found = Reading { ground, asked: &asked, reach, observer, at_once: Semaphore::new(READS_AT_ONCE) }
            .scopes(next)
            .await;
        found.iter().for_each(|share| lost.entry(share.platform.clone()).or_default().count(share));
        observation.take(found);
        observation.inventory.normalize();
        observation.known = polity_planner::pair(&input(ground, &observation, last));
    }
    // A server that ends after its first answer is as far away as one that never gave any.
    let lost = lost.into_iter().filter(|(_, lost)| lost.read == 0);
    unidentified.extend(lost.filter_map(|(platform, lost)| Some((platform, lost.why?))));
    for scope in observation.inventory.scopes.clone() {
        if let Some(error) = unidentified.get(&scope.platform) {
            observation.inventory.gaps.retain(|gap| gap.scope != scope.name);
            observation.inventory.gaps.push(gap(&scope, None, error));
        }
    }
    observation.unreached =
        unidentified.iter().map(|(platform, error)| (platform.clone(), error.to_string())).collect();
    observation.inventory.normalize();
    for provider in ground.providers {
        observation.limits.extend(provider.limits(&observation.inventory));
    }
    observation.notes.extend(unread(&observation.unread));
    observation.notes.sort();
    Ok(observation)
}

/// Finds out which native organizations these are. Answers the platforms for which that failed.
async fn identify(
    ground: &Ground<'_>,
    observation: &mut Observation,
) -> Result<BTreeMap<String, polity_provider::Error>, Error> {
    let mut failed = BTreeMap::new();
    let asked = ground.providers.iter().map(|provider| async move { (provider.platform(), provider.identify().await) });
    for (platform, identity) in join_all(asked).await {
        match identity {
            Ok(identity) => {
                observation.identities.insert(platform.to_owned(), identity);
            }
            Err(error) => {
                failed.insert(platform.to_owned(), error);
            }
        }
    }
    match failed.pop_first() {
        Some((_, error)) if observation.identities.is_empty() => Err(error.into()),
        Some((platform, error)) => {
            failed.insert(platform, error);
            Ok(failed)
        }
        None => Ok(failed),
    }
}

fn scopes(ground: &Ground<'_>, known: &BTreeMap<Address, String>) -> Vec<Scope> {
    let mut scopes: Vec<Scope> =
        ground.providers.iter().flat_map(|provider| provider.scopes(ground.organization, known)).collect();
    scopes.sort();
    scopes
}

/// The (scope, kind)s in which something is asked for, or was recorded by us.
fn asked(desired: &[Desired], last: &LastApplied) -> BTreeSet<(String, String)> {
    let desired = desired.iter().map(|desired| (desired.scope.clone(), desired.address.kind.clone()));
    desired.chain(last.iter().map(|(address, recorded)| (recorded.scope.clone(), address.kind.clone()))).collect()
}

/// One stage of a reading.
struct Reading<'a> {
    ground: &'a Ground<'a>,
    asked: &'a BTreeSet<(String, String)>,
    reach: Reach,
    observer: &'a dyn Observer,
    at_once: Semaphore,
}

/// What a stage found.
#[derive(Default)]
struct Share {
    platform: String,
    found: Found,
    notes: Vec<String>,
    unread: Vec<(String, String)>,
    lost: Lost,
}

/// How much of a platform could be read.
#[derive(Default)]
struct Lost {
    /// Kinds that were read.
    read: usize,
    /// Why one was not, unless that is because we may not.
    why: Option<polity_provider::Error>,
}

impl Lost {
    fn count(&mut self, share: &Share) {
        self.read += share.lost.read;
        self.why = self.why.take().or_else(|| share.lost.why.clone());
    }

    fn fail(&mut self, error: &polity_provider::Error) {
        if !error.is(Problem::Denied) {
            self.why.get_or_insert_with(|| error.clone());
        }
    }
}

impl Reading<'_> {
    async fn scopes(&self, scopes: Vec<&Scope>) -> Vec<Share> {
        join_all(scopes.into_iter().map(|scope| self.scope(scope))).await
    }

    async fn scope(&self, scope: &Scope) -> Share {
        let mut share = Share { platform: scope.platform.clone(), ..Share::default() };
        let Some(provider) = self.ground.provider(&scope.platform) else { return share };
        let mut kinds = Vec::new();
        for kind in provider.kinds().iter().filter(|kind| kind.schema().level == scope.level) {
            let schema = kind.schema();
            let needed = schema.nature != Nature::Setting || self.is_asked(scope, schema.kind);
            if needed || self.reach == Reach::Everything {
                kinds.push(kind.as_ref());
            } else {
                share.unread.push((schema.kind.to_owned(), scope.name.clone()));
            }
        }
        if kinds.is_empty() {
            return share;
        }
        self.observer.on(&Progress::ScopeStarted { scope: &scope.name, kinds: kinds.len() });
        match self.reader(provider, scope).await {
            Ok(reader) => {
                for one in join_all(kinds.into_iter().map(|kind| self.kind(scope, kind, &reader))).await {
                    share.lost.count(&one);
                    share.found.resources.extend(one.found.resources);
                    share.found.gaps.extend(one.found.gaps);
                    share.notes.extend(one.notes);
                }
            }
            Err(error) => {
                share.lost.fail(&error);
                share.found.gaps.push(gap(scope, None, &error));
            }
        }
        self.observer.on(&Progress::ScopeDone { scope: &scope.name });
        share
    }

    async fn reader(&self, provider: &dyn Provider, scope: &Scope) -> Result<Reader, polity_provider::Error> {
        let _turn = self.at_once.acquire().await;
        provider.reader(scope).await
    }

    async fn kind(&self, scope: &Scope, kind: &dyn Kind, reader: &Reader) -> Share {
        let turn = self.at_once.acquire().await;
        let name = kind.schema().kind;
        let mut share = Share::default();
        match kind.present(reader).await {
            Ok(found) => {
                share.found = found;
                share.lost.read = 1;
            }
            // Nothing asks for it and nothing of ours is there: worth a sentence, but nothing is kept from working.
            Err(error) if error.is(Problem::Unsupported) && !self.is_asked(scope, name) => {
                share
                    .notes
                    .push(format!("`{name}` in `{}` was not read, and nothing asks for it: {error}", scope.name));
            }
            Err(error) => {
                share.lost.fail(&error);
                share.found.gaps.push(gap(scope, Some(name), &error));
            }
        }
        drop(turn);
        let (scope, resources) = (&scope.name, share.found.resources.len());
        self.observer.on(&Progress::KindRead { scope, kind: name, found: resources, gaps: &share.found.gaps });
        share
    }

    fn is_asked(&self, scope: &Scope, kind: &str) -> bool {
        self.asked.contains(&(scope.name.clone(), kind.to_owned()))
    }
}

impl Observation {
    fn take(&mut self, shares: Vec<Share>) {
        for share in shares {
            self.inventory.resources.extend(share.found.resources);
            self.inventory.gaps.extend(share.found.gaps);
            self.notes.extend(share.notes);
            for (kind, scope) in share.unread {
                self.unread.entry(kind).or_default().insert(scope);
            }
        }
    }

    /// The schema of the kind of an address.
    pub fn schema(&self, address: &Address) -> Option<&Schema> {
        self.schemas.get(&(address.platform.clone(), address.kind.clone()))
    }
}

fn gap(scope: &Scope, kind: Option<&str>, error: &polity_provider::Error) -> Gap {
    Gap {
        scope: scope.name.clone(),
        kind: kind.map(ToOwned::to_owned),
        reason: error.to_string(),
        permission: error.permission.clone().filter(|_| error.is(Problem::Denied)),
        help: error.help.clone(),
    }
}

fn unread(unread: &BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    if unread.is_empty() {
        return None;
    }
    let each: Vec<String> = unread
        .iter()
        .map(|(kind, scopes)| match (scopes.len(), scopes.first()) {
            (1, Some(scope)) => format!("`{kind}` in `{scope}`"),
            (count, _) => format!("`{kind}` in {count} scopes"),
        })
        .collect();
    Some(format!("settings were not read where nothing asks for them: {}", each.join(", ")))
}
