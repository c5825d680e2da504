//! AWS in the registry.

use std::sync::Arc;

use async_trait::async_trait;
use polity_aws::{AwsProvider, Login, adopt, corrections, permissions, prevent, surveys, vocabulary};
use polity_controls::{control::Control, coverage::Surveyed, rules::Rules};
use polity_model::{
    Diagnostic, Value,
    document::Document,
    inventory::Inventory,
    organization::{Organization, Platform},
    vocabulary::PlatformType,
};
use polity_provider::{Error, Offline, Remedy, Wire, WritingProvider};

use super::{Cloud, Compiled, Enforces, Needed, Trace, Way, Wrong};
use crate::exit::Failure;

/// The type name of AWS, for what only AWS has: its starters, its trail of events.
pub(crate) const NAME: &str = "aws";

/// AWS.
pub(crate) struct Aws;

#[async_trait]
impl Cloud for Aws {
    fn name(&self) -> &'static str {
        NAME
    }

    fn platform_type(&self) -> PlatformType {
        vocabulary::platform_type()
    }

    async fn connect(
        &self,
        platform: &Platform,
        wire: Arc<Wire>,
        way: Way<'_>,
    ) -> Result<Arc<dyn WritingProvider>, Error> {
        let connected = match way {
            Way::Out(_) => AwsProvider::connect(platform, wire).await?,
            Way::Inside(now) => AwsProvider::with_login(platform, wire, Login::rehearsed(now)),
        };
        Ok(match way {
            Way::Out(targets) if !targets.is_empty() => Arc::new(connected.correcting(targets)),
            _ => Arc::new(connected),
        })
    }

    fn offline(&self, platform: &Platform, error: Error) -> Offline {
        AwsProvider::offline(platform, error)
    }

    fn adopt(&self, organization: &str, platform: &Platform, inventory: &Inventory) -> Vec<Document> {
        let text = |field: &str| platform.native.get(field).and_then(Value::as_text);
        let subject = adopt::Subject {
            organization,
            platform: &platform.name,
            management_account: text("management_account").unwrap_or_default(),
            region: text("region").unwrap_or("us-east-1"),
        };
        adopt::documents(&subject, inventory)
    }

    fn permissions(&self, needed: Needed) -> Result<serde_json::Value, Failure> {
        let Needed { read, write, remediate, member } = needed;
        let policies = permissions::policy(permissions::Uses { read, write, remediate });
        let part = if member || remediate { "member" } else { "management" };
        policies.get(part).cloned().ok_or_else(|| Failure::new(format!("there is no policy for the {part} account")))
    }

    fn controls(&self) -> Option<&dyn Enforces> {
        Some(self)
    }
}

impl Enforces for Aws {
    fn surveyed(&self) -> Surveyed {
        let mut facets = Surveyed::new();
        for source in surveys::sources() {
            let fields = source.fields.iter().map(|field| (*field).to_owned());
            facets.entry(source.facet.to_owned()).or_default().extend(fields);
        }
        facets
    }

    fn facets(&self) -> String {
        surveys::reference()
    }

    fn check(&self, control: &Control) -> Vec<Diagnostic> {
        prevent::check(control)
    }

    fn compile(&self, organization: &Organization, rules: &Rules) -> Compiled {
        let prevent::Compiled { organization, trace, diagnostics } = prevent::compile(organization, rules);
        let trace = Trace::of(move |tenant, control| trace.prevents(tenant, control));
        Compiled { organization, trace, diagnostics }
    }

    fn remedy(&self, words: &Value, Wrong { id, name, params }: Wrong<'_>) -> Result<Remedy, String> {
        corrections::remedy(words, &corrections::Wrong { id, name, params })
    }

    fn is_correction(&self, kind: &str) -> bool {
        corrections::is_correction(kind)
    }
}
