//! The registry of clouds: what each platform type adds to the language, and how it is connected. The one place that
//! grows with every further cloud.

use std::{collections::BTreeMap, sync::Arc};

pub(crate) use polity_aws::corrections::{Remedy as Remedied, Target};
pub(crate) use polity_aws::prevent::Trace;
use polity_aws::{
    corrections,
    prevent::{self, Compiled},
};
use polity_controls::coverage::Surveyed;
use polity_controls::{control::Control, rules::Rules};
use polity_model::{Diagnostic, Value, organization::Organization, vocabulary::Vocabulary};
use polity_provider::{
    Provider, Wire, WritingProvider,
    wire::{Settings, Stats},
};

use crate::exit::Failure;

/// The type name of AWS, as in `type:` of a platform.
pub(crate) const AWS: &str = "aws";
/// The type name of Kubernetes.
pub(crate) const KUBERNETES: &str = "kubernetes";

/// What is read of the clouds for controls, as Markdown.
pub(crate) fn facets() -> String {
    polity_aws::surveys::reference()
}

/// All platform types that this build knows.
pub(crate) fn vocabulary() -> Vocabulary {
    let types = [
        (AWS.to_owned(), polity_aws::vocabulary::platform_type()),
        (KUBERNETES.to_owned(), polity_kubernetes::vocabulary::platform_type()),
    ];
    Vocabulary { types: types.into() }
}

/// What is read for controls on each platform type: facets and their fields.
pub(crate) fn surveyed() -> BTreeMap<String, Surveyed> {
    let mut facets = Surveyed::new();
    for source in polity_aws::surveys::sources() {
        let fields = source.fields.iter().map(|field| (*field).to_owned());
        facets.entry(source.facet.to_owned()).or_default().extend(fields);
    }
    BTreeMap::from([(AWS.to_owned(), facets)])
}

/// All that is wrong with what a control says in the words of platforms.
pub(crate) fn check(control: &Control) -> Vec<Diagnostic> {
    prevent::check(control)
}

/// The organization with the guardrails and settings that its controls come to on its platforms.
pub(crate) fn compile(organization: &Organization, rules: &Rules) -> Compiled {
    prevent::compile(organization, rules)
}

/// What a control says about putting right on a platform type, made out for one resource; why it is left to people otherwise.
pub(crate) fn remedy(
    platform_type: &str,
    words: &Value,
    id: &str,
    name: &str,
    params: &BTreeMap<String, Value>,
) -> Result<Remedied, String> {
    match platform_type {
        AWS => corrections::remedy(words, &corrections::Wrong { id, name, params }),
        other => Err(format!("nothing is put right on platforms of the type `{other}` yet")),
    }
}

/// Whether a kind is one that puts right.
pub(crate) fn is_correction(kind: &str) -> bool {
    corrections::is_correction(kind)
}

/// The connected platforms of an organization, over one wire.
pub(crate) struct Clouds {
    /// For reading and writing.
    pub(crate) writing: Vec<Arc<dyn WritingProvider>>,
    /// The same, for reading only.
    pub(crate) reading: Vec<Arc<dyn Provider>>,
    wire: Arc<Wire>,
}

impl Clouds {
    /// The same, where these targets are asked for besides.
    pub(crate) async fn correcting(organization: &Organization, targets: &[Target]) -> Result<Self, Failure> {
        let wire = Arc::new(Wire::new(Settings::default())?);
        let mut writing: Vec<Arc<dyn WritingProvider>> = Vec::new();
        for platform in organization.platforms.values() {
            let connected = match platform.kind.as_str() {
                AWS => polity_aws::AwsProvider::connect(platform, Arc::clone(&wire)).await?,
                other => return Err(cannot_connect(&platform.name, other)),
            };
            let prefix = format!("{}/", platform.name);
            let own: Vec<Target> = targets.iter().filter(|target| target.scope.starts_with(&prefix)).cloned().collect();
            writing.push(Arc::new(connected.correcting(&own)));
        }
        Ok(Self::over(wire, writing))
    }

    /// Connects every platform of the manifest. Calls nothing yet beyond what finding credentials takes.
    pub(crate) async fn connect(organization: &Organization) -> Result<Self, Failure> {
        let wire = Arc::new(Wire::new(Settings::default())?);
        let mut writing: Vec<Arc<dyn WritingProvider>> = Vec::new();
        for platform in organization.platforms.values() {
            writing.push(match platform.kind.as_str() {
                AWS => Arc::new(polity_aws::AwsProvider::connect(platform, Arc::clone(&wire)).await?),
                KUBERNETES => Arc::new(polity_kubernetes::KubernetesProvider::connect(platform, Arc::clone(&wire))?),
                other => return Err(cannot_connect(&platform.name, other)),
            });
        }
        Ok(Self::over(wire, writing))
    }

    /// These platforms, which share this wire.
    pub(crate) fn over(wire: Arc<Wire>, writing: Vec<Arc<dyn WritingProvider>>) -> Self {
        let reading = writing.iter().map(|provider| Arc::clone(provider) as Arc<dyn Provider>).collect();
        Self { writing, reading, wire }
    }

    /// What went over the wire.
    pub(crate) fn stats(&self) -> Stats {
        self.wire.stats()
    }
}

/// A platform of a type that this build does not know.
pub(crate) fn cannot_connect(platform: &str, kind: &str) -> Failure {
    Failure::new(format!("the platform `{platform}` is of the type `{kind}`, which cannot be connected yet"))
}
