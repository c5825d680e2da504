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
        let mut documents = adopt::documents(&subject, inventory);
        // How it is connected was said by the arguments alone, and is needed by the plan that follows.
        let given = platform.native.as_map().into_iter().flatten();
        if let Some(document) = documents.iter_mut().find(|document| is_platform(document)) {
            for (field, value) in given {
                if !document.fields.iter().any(|(written, _)| written == field) {
                    document.fields.push((field.clone(), value.clone()));
                }
            }
        }
        documents
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

fn is_platform(document: &Document) -> bool {
    document.fields.iter().any(|(field, value)| field == "kind" && value.as_text() == Some("platform"))
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

#[cfg(test)]
mod tests {
    use polity_manifest::File;

    use super::*;

    #[test]
    fn what_was_said_of_the_connection_is_written_down() {
        let text = "kind: organization\nname: acme\nversion: polity/v1\n---\nkind: platform\nname: cloud\ntype: aws\n\
                    management_account: \"111111111111\"\nprofile: prod\nregions: [eu-central-1]\n";
        let file = File { path: "arguments.yaml".to_owned(), bytes: text.as_bytes().to_vec() };
        let reading = polity_manifest::read(&[file], &crate::clouds::vocabulary(), "2026-01-01".parse().unwrap());
        let organization = reading.organization.unwrap();
        let documents = Aws.adopt("acme", &organization.platforms["cloud"], &Inventory::default());
        let platform = documents.iter().find(|document| is_platform(document)).unwrap();
        let of = |name: &str| platform.fields.iter().filter(|(field, _)| field == name).count();
        assert_eq!((of("profile"), of("regions"), of("management_account")), (1, 1, 1));
    }
}
