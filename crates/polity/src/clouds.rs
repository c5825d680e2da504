//! The registry of clouds: what each platform type adds to the language, and how it is connected. A further one is a file
//! beside `clouds/aws.rs` and one line in [`CLOUDS`]; nothing else here or in a command knows any of them by name.

pub(crate) mod aws;
mod kubernetes;
mod openstack;

use std::{
    collections::BTreeMap,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use futures::future::join_all;
use polity_controls::{control::Control, coverage::Surveyed, rules::Rules};
use polity_model::{
    Diagnostic, Value,
    document::Document,
    inventory::Inventory,
    organization::{Organization, Platform},
    units::Timestamp,
    vocabulary::{PlatformType, Vocabulary},
};
use polity_provider::{
    Error, Offline, Provider, Remedy, Target, Wire, WritingProvider,
    wire::{Settings, Stats},
};

use crate::exit::Failure;

/// All platform types that this build knows, one line each.
static CLOUDS: &[&dyn Cloud] = &[&aws::Aws, &kubernetes::Kubernetes, &openstack::OpenStack];

/// Where the wire leads to.
#[derive(Clone, Copy)]
pub(crate) enum Way<'a> {
    /// To the cloud, with the user's credentials; these are to be put right besides.
    Out(&'a [Target]),
    /// To a sandbox within this process, where it is this time now.
    Inside(SystemTime),
}

impl Way<'_> {
    /// The way inside.
    pub(crate) fn inside(now: Timestamp) -> Self {
        Way::Inside(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now.as_second()).unwrap_or_default()))
    }
}

/// What permissions are asked about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needed {
    /// What planning needs.
    pub(crate) read: bool,
    /// What applying needs beyond that.
    pub(crate) write: bool,
    /// What putting right takes beyond that, which is done within tenants.
    pub(crate) remediate: bool,
    /// Within each tenant, rather than for the platform itself.
    pub(crate) member: bool,
}

/// One platform type.
#[async_trait]
pub(crate) trait Cloud: Sync {
    /// Its name, as in `type:` of a platform.
    fn name(&self) -> &'static str;

    /// What it adds to the language.
    fn platform_type(&self) -> PlatformType;

    /// Connects a platform. Calls nothing yet beyond what finding credentials takes.
    async fn connect(
        &self,
        platform: &Platform,
        wire: Arc<Wire>,
        way: Way<'_>,
    ) -> Result<Arc<dyn WritingProvider>, Error>;

    /// A platform that could not be connected, and why: its kinds and scopes, so that a plan knows what it cannot judge.
    fn offline(&self, platform: &Platform, error: Error) -> Offline;

    /// The manifest that what was read would have been made from; `platform` is as the arguments of `adopt` describe it.
    fn adopt(&self, organization: &str, platform: &Platform, inventory: &Inventory) -> Vec<Document>;

    /// The least permissions, in the platform's own words.
    fn permissions(&self, needed: Needed) -> Result<serde_json::Value, Failure>;

    /// What it knows of controls, if it does.
    fn controls(&self) -> Option<&dyn Enforces> {
        None
    }
}

/// What a platform type knows of controls.
pub(crate) trait Enforces: Sync {
    /// What is read for them: facets and their fields.
    fn surveyed(&self) -> Surveyed;

    /// The same as Markdown, with the calls that are made.
    fn facets(&self) -> String;

    /// All that is wrong with what a control says in the words of this type.
    fn check(&self, control: &Control) -> Vec<Diagnostic>;

    /// The organization with the guardrails and settings that controls come to on platforms of this type.
    fn compile(&self, organization: &Organization, rules: &Rules) -> Compiled;

    /// What a control says about putting right, made out for one resource; why it is left to people otherwise.
    fn remedy(&self, words: &Value, wrong: Wrong<'_>) -> Result<Remedy, String>;

    /// Whether a kind is one that puts right.
    fn is_correction(&self, kind: &str) -> bool;
}

/// The resource that something is wrong with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wrong<'f> {
    /// Native id.
    pub(crate) id: &'f str,
    /// Native name.
    pub(crate) name: &'f str,
    /// Parameters of the control.
    pub(crate) params: &'f BTreeMap<String, Value>,
}

/// What came of rules.
pub(crate) struct Compiled {
    pub(crate) organization: Organization,
    pub(crate) trace: Trace,
    /// What is wrong, or cannot be done. With an error among them the organization must not be used.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Which guardrails and settings enforce a control on a tenant, by the tenant's and the control's name.
type Prevents = dyn Fn(&str, &str) -> Vec<String> + Send + Sync;

/// Which guardrails and settings enforce which controls, on all platforms.
#[derive(Clone, Default)]
pub(crate) struct Trace(Vec<Arc<Prevents>>);

impl Trace {
    /// What one platform type traced.
    pub(crate) fn of(prevents: impl Fn(&str, &str) -> Vec<String> + Send + Sync + 'static) -> Self {
        Self(vec![Arc::new(prevents)])
    }

    /// The guardrails and settings that enforce a control on a tenant; none if nothing prevents there what it forbids.
    pub(crate) fn prevents(&self, tenant: &str, control: &str) -> Vec<String> {
        self.0.iter().flat_map(|prevents| prevents(tenant, control)).collect()
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trace of {} platform types", self.0.len())
    }
}

/// The names of all platform types.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    CLOUDS.iter().map(|cloud| cloud.name())
}

/// The platform type with this name.
pub(crate) fn named(name: &str) -> Option<&'static dyn Cloud> {
    CLOUDS.iter().copied().find(|cloud| cloud.name() == name)
}

/// The platform type that an argument names.
pub(crate) fn typed(name: &str) -> Result<&'static dyn Cloud, Failure> {
    named(name).ok_or_else(|| {
        let known: Vec<&str> = names().collect();
        Failure::new(format!("there is no platform type `{name}`")).help(format!("known: {}", known.join(", ")))
    })
}

fn enforcing() -> impl Iterator<Item = (&'static str, &'static dyn Enforces)> {
    CLOUDS.iter().filter_map(|cloud| Some((cloud.name(), cloud.controls()?)))
}

/// What is read of the clouds for controls, as Markdown.
pub(crate) fn facets() -> String {
    enforcing().map(|(_, controls)| controls.facets()).collect::<Vec<_>>().join("\n")
}

/// All platform types that this build knows.
pub(crate) fn vocabulary() -> Vocabulary {
    Vocabulary { types: CLOUDS.iter().map(|cloud| (cloud.name().to_owned(), cloud.platform_type())).collect() }
}

/// What is read for controls on each platform type: facets and their fields.
pub(crate) fn surveyed() -> BTreeMap<String, Surveyed> {
    enforcing().map(|(name, controls)| (name.to_owned(), controls.surveyed())).collect()
}

/// All that is wrong with what a control says in the words of platforms.
pub(crate) fn check(control: &Control) -> Vec<Diagnostic> {
    enforcing().flat_map(|(_, controls)| controls.check(control)).collect()
}

/// The organization with the guardrails and settings that its controls come to on its platforms.
pub(crate) fn compile(organization: &Organization, rules: &Rules) -> Compiled {
    let nothing = Compiled { organization: organization.clone(), trace: Trace::default(), diagnostics: Vec::new() };
    enforcing().fold(nothing, |mut so_far, (_, controls)| {
        let Compiled { organization, trace, diagnostics } = controls.compile(&so_far.organization, rules);
        so_far.organization = organization;
        so_far.trace.0.extend(trace.0);
        so_far.diagnostics.extend(diagnostics);
        so_far
    })
}

/// What a control says about putting right on a platform type, made out for one resource; why it is left to people otherwise.
pub(crate) fn remedy(platform_type: &str, words: &Value, wrong: Wrong<'_>) -> Result<Remedy, String> {
    match named(platform_type).and_then(|cloud| cloud.controls()) {
        Some(controls) => controls.remedy(words, wrong),
        None => Err(format!("nothing is put right on platforms of the type `{platform_type}` yet")),
    }
}

/// Whether a kind is one that puts right.
pub(crate) fn is_correction(kind: &str) -> bool {
    enforcing().any(|(_, controls)| controls.is_correction(kind))
}

/// The connected platforms of an organization, over one wire.
pub(crate) struct Clouds {
    /// For reading and writing.
    pub(crate) writing: Vec<Arc<dyn WritingProvider>>,
    /// The same, for reading only.
    pub(crate) reading: Vec<Arc<dyn Provider>>,
    /// Platforms of types that the sandbox does not have, and why. Nothing is asked of them there.
    pub(crate) left_out: BTreeMap<String, String>,
    wire: Arc<Wire>,
}

impl Clouds {
    /// Connects every platform of the manifest. Calls nothing yet beyond what finding credentials takes.
    pub(crate) async fn connect(organization: &Organization) -> Result<Self, Failure> {
        Self::correcting(organization, &[]).await
    }

    /// The same, where these targets are asked for besides. A platform for which there are no credentials is known all
    /// the same, and lets nobody in: the others are no worse for it.
    pub(crate) async fn correcting(organization: &Organization, targets: &[Target]) -> Result<Self, Failure> {
        let wire = Arc::new(Wire::new(Settings::default())?);
        let mut own: BTreeMap<&str, Vec<Target>> = BTreeMap::new();
        for target in targets {
            let (platform, _) = target.scope.split_once('/').unwrap_or((&target.scope, ""));
            own.entry(platform).or_default().push(target.clone());
        }
        let way = |platform: &Platform| Way::Out(own.get(platform.name.as_str()).map_or(&[][..], Vec::as_slice));
        let writing = connected(organization, &wire, way).await?;
        Ok(Self::over(wire, writing))
    }

    /// Connects every platform over a wire that leads to a sandbox, where it is this time now. One of a type that the sandbox
    /// does not have is left out: it is not down, and nothing is to be said of it there.
    pub(crate) async fn inside(
        organization: &Organization,
        wire: Arc<Wire>,
        now: Timestamp,
        has: impl Fn(&str) -> bool,
    ) -> Result<Self, Failure> {
        let (mut writing, mut left_out) = (Vec::new(), BTreeMap::new());
        for platform in organization.platforms.values() {
            let cloud = of(platform)?;
            if !has(&platform.kind) {
                left_out
                    .insert(platform.name.clone(), format!("there is nothing of the type `{}` here", platform.kind));
                continue;
            }
            match cloud.connect(platform, Arc::clone(&wire), Way::inside(now)).await {
                Ok(connected) => writing.push(connected),
                Err(error) => drop(left_out.insert(platform.name.clone(), error.message)),
            }
        }
        Ok(Self { left_out, ..Self::over(wire, writing) })
    }

    /// These platforms, which share this wire.
    fn over(wire: Arc<Wire>, writing: Vec<Arc<dyn WritingProvider>>) -> Self {
        let reading = writing.iter().map(|provider| Arc::clone(provider) as Arc<dyn Provider>).collect();
        Self { writing, reading, left_out: BTreeMap::new(), wire }
    }

    /// What went over the wire.
    pub(crate) fn stats(&self) -> Stats {
        self.wire.stats()
    }
}

/// Every platform, side by side: looking for credentials may take a while.
async fn connected<'w>(
    organization: &Organization,
    wire: &Arc<Wire>,
    way: impl Fn(&Platform) -> Way<'w>,
) -> Result<Vec<Arc<dyn WritingProvider>>, Failure> {
    let each = organization.platforms.values().map(|platform| {
        let way = way(platform);
        async move {
            let cloud = of(platform)?;
            Ok(match cloud.connect(platform, Arc::clone(wire), way).await {
                Ok(connected) => connected,
                Err(error) => Arc::new(cloud.offline(platform, error)) as Arc<dyn WritingProvider>,
            })
        }
    });
    join_all(each).await.into_iter().collect()
}

/// The type of a platform.
fn of(platform: &Platform) -> Result<&'static dyn Cloud, Failure> {
    named(&platform.kind).ok_or_else(|| {
        Failure::new(format!(
            "the platform `{}` is of the type `{}`, which cannot be connected yet",
            platform.name, platform.kind
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_answers_for_every_noun_and_field() {
        let coverage = polity_manifest::coverage(&vocabulary());
        for name in names() {
            assert_eq!(coverage.mistakes(name), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn answers_are_sentences_that_fit_into_a_message() {
        for (name, kind) in vocabulary().types {
            for answer in kind.coverage {
                for text in [answer.says, answer.instead] {
                    assert!(!text.ends_with('.') && !text.contains('\n'), "{name}, {}: {text}", answer.field);
                }
                let told = answer.extent == polity_model::coverage::Extent::NotExpressible;
                assert_eq!(told, !answer.instead.is_empty(), "{name}, {}: what to do instead", answer.field);
                assert!(!answer.says.is_empty(), "{name}, {}", answer.field);
            }
        }
    }

    #[test]
    fn every_type_has_one_name() {
        let unique: std::collections::BTreeSet<&str> = names().collect();
        assert_eq!(unique.len(), CLOUDS.len());
        assert!(names().all(|name| named(name).is_some_and(|cloud| cloud.name() == name)));
        assert!(named("stratus").is_none());
    }
}
