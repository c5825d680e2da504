//! OpenStack in the registry.

use std::sync::Arc;

use async_trait::async_trait;
use polity_model::{document::Document, inventory::Inventory, organization::Platform, vocabulary::PlatformType};
use polity_openstack::{Login, OpenStackProvider, adopt, permissions, vocabulary};
use polity_provider::{Error, Offline, Wire, WritingProvider};
use polity_sandbox::openstack as sandbox;

use super::{Cloud, Needed, Way};
use crate::exit::Failure;

/// Where the Keystone of a sandbox within this process is.
const INSIDE: &str = "http://sandbox.invalid/identity";

/// OpenStack.
pub(crate) struct OpenStack;

#[async_trait]
impl Cloud for OpenStack {
    fn name(&self) -> &'static str {
        "openstack"
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
            Way::Out(_) => Ok(Arc::new(OpenStackProvider::connect(platform, wire)?)),
            Way::Inside(_) => {
                let login = Login::password(INSIDE, sandbox::ADMIN, sandbox::PASSWORD, sandbox::ADMIN, "Default");
                Ok(Arc::new(OpenStackProvider::with_login(platform, wire, login)))
            }
        }
    }

    fn offline(&self, platform: &Platform, error: Error) -> Offline {
        OpenStackProvider::offline(platform, error)
    }

    fn adopt(&self, organization: &str, platform: &Platform, inventory: &Inventory) -> Vec<Document> {
        adopt::documents(organization, platform, inventory)
    }

    fn permissions(&self, needed: Needed) -> Result<serde_json::Value, Failure> {
        if needed.remediate {
            return Err(Failure::new("nothing is put right in OpenStack yet, so nothing is needed for it"));
        }
        if needed.member {
            return Err(Failure::new("a domain has one set of rules for Polity: its projects have none of their own")
                .help("leave `--member` out"));
        }
        Ok(permissions::policy(needed.write))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use polity_openstack::operations;

    use super::*;

    #[test]
    fn whatever_is_called_there_the_sandbox_answers() {
        let simulated: BTreeSet<_> = sandbox::operations().collect();
        let reads = operations::reads().into_iter().map(|operation| &operation.0);
        let called = reads.chain(operations::writes().into_iter().map(|operation| &operation.0));
        let missing: Vec<_> = called
            .map(|operation| (operation.service, operation.name))
            .filter(|operation| !simulated.contains(operation))
            .collect();
        assert_eq!(missing, []);
    }
}
