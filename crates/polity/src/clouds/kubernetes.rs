//! Kubernetes in the registry.

use std::sync::Arc;

use async_trait::async_trait;
use polity_kubernetes::{KubernetesProvider, Login, adopt, permissions, vocabulary};
use polity_model::{Value, document::Document, inventory::Inventory, organization::Platform, vocabulary::PlatformType};
use polity_provider::{Error, Offline, Wire, WritingProvider};

use super::{Cloud, Needed, Way};
use crate::exit::Failure;

/// Where the API server of a sandbox within this process is.
const INSIDE: &str = "http://sandbox.invalid";

/// Kubernetes.
pub(crate) struct Kubernetes;

#[async_trait]
impl Cloud for Kubernetes {
    fn name(&self) -> &'static str {
        "kubernetes"
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
        match way {
            Way::Out(_) => Ok(Arc::new(KubernetesProvider::connect(platform, wire)?)),
            Way::Inside(_) => {
                Ok(Arc::new(KubernetesProvider::with_login(platform, wire, Login::fixed(INSIDE, "sandbox", None))?))
            }
        }
    }

    fn offline(&self, platform: &Platform, error: Error) -> Offline {
        KubernetesProvider::offline(platform, error)
    }

    fn adopt(&self, organization: &str, platform: &Platform, inventory: &Inventory) -> Vec<Document> {
        let context = platform.native.get("context").and_then(Value::as_text);
        adopt::documents(&adopt::Subject { organization, platform: &platform.name, context }, inventory)
    }

    fn permissions(&self, needed: Needed) -> Result<serde_json::Value, Failure> {
        if needed.remediate {
            return Err(Failure::new("nothing is put right in clusters yet, so nothing is needed for it"));
        }
        if needed.member {
            return Err(Failure::new("a cluster has one role for Polity: its namespaces have none of their own")
                .help("leave `--member` out"));
        }
        Ok(permissions::cluster_role(needed.read, needed.write))
    }
}
