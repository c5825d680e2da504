//! Reading what controls are judged on: all surveys in all of their scopes, side by side. What cannot be read is a gap.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use polity_model::{
    Address, Value,
    facet::Row,
    inventory::Gap,
    journal::LastApplied,
    resource::Scope,
    schema::{Effect, Nature},
    units::Timestamp,
};
use polity_provider::{Error as Failed, Problem, Provider, Reader, Survey, Surveyed, Witness};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::{Error, Ground, Observation, Observer, Progress, Reach, observe};

/// Version of a saved collection.
pub const VERSION: &str = "polity.rows/v1";

/// Surveys at once; the wire's rate limits do the rest.
const SURVEYS_AT_ONCE: usize = 32;

/// All that was read to be judged. Can be saved, and judged again without a cloud.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collected {
    /// [`VERSION`].
    pub version: String,
    /// Name of the organization.
    pub organization: String,
    /// When the reading began.
    pub at: Option<Timestamp>,
    /// Native identity of each platform that could be identified, by manifest name.
    pub platforms: BTreeMap<String, String>,
    /// Who read, as the platforms know them.
    pub actors: BTreeMap<String, String>,
    /// Facets of the surveys that each platform has.
    pub facets: BTreeMap<String, BTreeSet<String>>,
    /// Native ids of the tenants, by manifest name.
    pub tenants: BTreeMap<String, String>,
    /// Tenants of the manifest that are not born yet.
    pub unborn: BTreeSet<String>,
    /// Guardrails of the manifest that are known to be attached wherever it wants them, and settings that were applied:
    /// `setting name@tenant`.
    pub in_force: BTreeSet<String>,
    /// What was read: one for each scope and survey, in this order.
    pub batches: Vec<Batch>,
    /// What else must be said; sentences for people.
    pub notices: Vec<String>,
}

/// What one survey read in one scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Where.
    pub source: Source,
    /// Rows.
    pub rows: Vec<Row>,
    /// What could not be listed.
    pub gaps: Vec<Gap>,
}

/// Where a batch comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// Manifest name of the platform.
    pub platform: String,
    /// Name of the scope.
    pub scope: String,
    /// Manifest name of the tenant that the scope lies in; none where it lies in no tenant of the manifest.
    pub tenant: Option<String>,
    /// Name of the survey.
    pub survey: String,
    /// Facets that it gives rows of.
    pub facets: Vec<String>,
    /// How many replies were read.
    pub replies: u64,
    /// How many bytes they had.
    pub bytes: u64,
    /// Digest of the replies.
    pub digest: polity_model::Digest,
}

/// Reads what controls are judged on: by those surveys that give rows of these facets, or by all of them. It is an error only
/// if no platform can be identified at all.
pub async fn collect(
    ground: &Ground<'_>,
    last: &LastApplied,
    facets: Option<&BTreeSet<String>>,
    observer: &dyn Observer,
) -> Result<Collected, Error> {
    let outside = observe::observe(ground, last, Reach::Tenants, observer).await?;
    let mut collected = empty(ground, &outside, last);
    let mut scopes: Vec<Scope> = Vec::new();
    for provider in ground.providers {
        scopes.extend(provider.survey_scopes(ground.organization, &outside.known));
    }
    scopes.sort();
    scopes.dedup();
    let unread = unreadable(ground, &outside);
    let turns = Semaphore::new(SURVEYS_AT_ONCE);
    let reading = Reading { ground, facets, unreached: &outside.unreached, turns, observer };
    let found = join_all(scopes.iter().map(|scope| reading.scope(scope, unread.get(&scope.platform)))).await;
    for (scope, batches) in scopes.iter().zip(found) {
        match batches {
            Some(batches) => collected.batches.extend(batches),
            None => collected.unborn.extend(scope.tenant.clone()),
        }
    }
    collected.batches.sort_by(|one, other| one.source.cmp(&other.source));
    Ok(collected)
}

/// Nothing read yet, but for what the platforms are.
fn empty(ground: &Ground<'_>, outside: &Observation, last: &LastApplied) -> Collected {
    let identities = || outside.identities.iter();
    let facets = ground.providers.iter().map(|provider| {
        let facets = provider.surveys().iter().flat_map(|survey| survey.facets()).map(|facet| (*facet).to_owned());
        (provider.platform().to_owned(), facets.collect())
    });
    Collected {
        version: VERSION.to_owned(),
        organization: ground.organization.name.clone(),
        at: ground.now,
        platforms: identities().map(|(name, identity)| (name.clone(), identity.organization.clone())).collect(),
        actors: identities().map(|(name, identity)| (name.clone(), identity.actor.clone())).collect(),
        facets: facets.collect(),
        tenants: native_ids(ground, outside),
        unborn: BTreeSet::new(),
        in_force: in_force(ground, outside, last),
        batches: Vec::new(),
        notices: outside.unreached.iter().map(unreached).collect(),
    }
}

fn unreached((platform, reason): (&String, &String)) -> String {
    format!("the platform `{platform}` could not be reached, and nothing is known of its tenants: {reason}")
}

/// Native ids of the tenants: those of the containers that the manifest asks for under their names.
fn native_ids(ground: &Ground<'_>, outside: &Observation) -> BTreeMap<String, String> {
    let known = |address: &Address| {
        let container = outside.schema(address).is_some_and(|schema| schema.nature == Nature::Container);
        outside.known.get(address).filter(|_| container)
    };
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for desired in &outside.desired {
        if let (Some(tenant), Some(id)) = (&desired.group.tenant, known(&desired.address))
            && *tenant == desired.address.name
        {
            ids.insert(tenant.clone(), id.clone());
        }
    }
    for tenant in ground.organization.tenants.values() {
        if let Some(id) = &tenant.id {
            ids.entry(tenant.name.clone()).or_insert_with(|| id.clone());
        }
    }
    ids
}

/// Guardrails that are there, and on all that the manifest attaches them to; settings that the journal knows.
fn in_force(ground: &Ground<'_>, outside: &Observation, last: &LastApplied) -> BTreeSet<String> {
    let documents = &ground.organization.guardrail_documents;
    let (mut there, mut lacking) = (BTreeSet::new(), BTreeSet::new());
    for desired in &outside.desired {
        let known = outside.known.contains_key(&desired.address);
        let guardrail = match outside.schema(&desired.address).map(|schema| &schema.effect) {
            Some(Effect::Restricts) => Some(&desired.address.name),
            Some(Effect::Attaches { guardrail, .. }) => match desired.attributes.get(*guardrail) {
                Some(Value::Reference(reference)) => Some(&reference.address.name),
                _ => None,
            },
            _ => None,
        };
        let Some(name) = guardrail.filter(|name| documents.contains_key(*name)) else { continue };
        if known {
            there.insert(name.clone())
        } else {
            lacking.insert(name.clone())
        };
    }
    let mut in_force = &there - &lacking;
    for (address, recorded) in last {
        let setting = outside.schema(address).is_some_and(|schema| schema.nature == Nature::Setting);
        let scope = outside.inventory.scopes.iter().find(|scope| scope.name == recorded.scope);
        if let (true, Some(tenant)) = (setting, scope.and_then(|scope| scope.tenant.as_ref())) {
            in_force.insert(format!("setting {}@{tenant}", address.kind.replace('-', "_")));
        }
    }
    in_force
}

/// Why tenants of a platform cannot be told from those that are not born: by platform.
fn unreadable(ground: &Ground<'_>, outside: &Observation) -> BTreeMap<String, Gap> {
    let mut unreadable = BTreeMap::new();
    for provider in ground.providers {
        let platform = provider.platform();
        let containers: BTreeSet<&str> = provider
            .kinds()
            .iter()
            .filter(|kind| kind.schema().nature == Nature::Container)
            .map(|kind| kind.schema().kind)
            .collect();
        let of_platform = |gap: &&Gap| {
            outside.inventory.scopes.iter().any(|scope| scope.name == gap.scope && scope.platform == platform)
        };
        let hides = |gap: &&Gap| gap.kind.as_deref().is_none_or(|kind| containers.contains(kind));
        if let Some(gap) = outside.inventory.gaps.iter().filter(of_platform).find(hides) {
            unreadable.insert(platform.to_owned(), gap.clone());
        }
    }
    unreadable
}

struct Reading<'a> {
    ground: &'a Ground<'a>,
    facets: Option<&'a BTreeSet<String>>,
    /// Platforms that could not be identified: what their credentials let see may be somebody else's.
    unreached: &'a BTreeMap<String, String>,
    turns: Semaphore,
    observer: &'a dyn Observer,
}

impl Reading<'_> {
    /// All surveys of a scope; `None` for a tenant that is not born yet.
    async fn scope(&self, scope: &Scope, unreadable: Option<&Gap>) -> Option<Vec<Batch>> {
        let Some(provider) = self.ground.provider(&scope.platform) else { return Some(Vec::new()) };
        let asked = |survey: &&dyn Survey| {
            self.facets.is_none_or(|asked| survey.facets().iter().any(|facet| asked.contains(*facet)))
        };
        let of_level = provider.surveys().iter().map(AsRef::as_ref).filter(|survey| survey.level() == scope.level);
        let surveys: Vec<&dyn Survey> = of_level.filter(asked).collect();
        if scope.entry.is_none() || self.unreached.contains_key(&scope.platform) {
            let gap = unreadable?;
            let nothing = |survey: &&dyn Survey| Surveyed { rows: Vec::new(), gaps: vec![within(scope, *survey, gap)] };
            return Some(
                surveys.iter().map(|survey| batch(scope, *survey, nothing(survey), &Witness::default())).collect(),
            );
        }
        if surveys.is_empty() {
            return Some(Vec::new());
        }
        self.observer.on(&Progress::ScopeStarted { scope: &scope.name, kinds: surveys.len() });
        let batches = match self.reader(provider, scope).await {
            Ok(reader) => join_all(surveys.iter().map(|survey| self.survey(scope, *survey, &reader))).await,
            Err(error) => {
                let failed =
                    |survey: &&dyn Survey| Surveyed { rows: Vec::new(), gaps: vec![gap(scope, *survey, &error)] };
                surveys.iter().map(|survey| batch(scope, *survey, failed(survey), &Witness::default())).collect()
            }
        };
        self.observer.on(&Progress::ScopeDone { scope: &scope.name });
        Some(batches)
    }

    async fn reader(&self, provider: &dyn Provider, scope: &Scope) -> Result<Reader, Failed> {
        let _turn = self.turns.acquire().await;
        provider.reader(scope).await
    }

    async fn survey(&self, scope: &Scope, survey: &dyn Survey, reader: &Reader) -> Batch {
        let turn = self.turns.acquire().await;
        let witness = Witness::default();
        let found = match survey.rows(&reader.before(&witness)).await {
            Ok(found) => found,
            Err(error) => Surveyed { rows: Vec::new(), gaps: vec![gap(scope, survey, &error)] },
        };
        drop(turn);
        let batch = batch(scope, survey, found, &witness);
        let (scope, found) = (&scope.name, batch.rows.len());
        self.observer.on(&Progress::KindRead { scope, kind: survey.name(), found, gaps: &batch.gaps });
        batch
    }
}

fn batch(scope: &Scope, survey: &dyn Survey, found: Surveyed, witness: &Witness) -> Batch {
    let seen = witness.testimony();
    let source = Source {
        platform: scope.platform.clone(),
        scope: scope.name.clone(),
        tenant: scope.tenant.clone(),
        survey: survey.name().to_owned(),
        facets: survey.facets().iter().map(|facet| (*facet).to_owned()).collect(),
        replies: seen.replies,
        bytes: seen.bytes,
        digest: seen.digest,
    };
    let Surveyed { mut rows, mut gaps } = found;
    // Replies come in any order; rows of equal ids stay as they are.
    rows.sort_by(|one, other| (&one.facet, id_of(one)).cmp(&(&other.facet, id_of(other))));
    gaps.sort();
    gaps.dedup();
    Batch { source, rows, gaps }
}

/// The native id, which every facet has as its first field.
fn id_of(row: &Row) -> Option<&str> {
    match row.values.first() {
        Some(polity_model::facet::Datum::Text(id)) => Some(id),
        _ => None,
    }
}

fn gap(scope: &Scope, survey: &dyn Survey, error: &Failed) -> Gap {
    Gap {
        scope: scope.name.clone(),
        kind: Some(survey.name().to_owned()),
        reason: error.to_string(),
        permission: error.permission.clone().filter(|_| error.is(Problem::Denied)),
        help: error.help.clone(),
    }
}

/// What kept the tenants from being found, for one of them.
fn within(scope: &Scope, survey: &dyn Survey, gap: &Gap) -> Gap {
    Gap { scope: scope.name.clone(), kind: Some(survey.name().to_owned()), ..gap.clone() }
}
