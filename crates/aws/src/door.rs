//! The ways into AWS: the management account with our own credentials, every other account with a role that is assumed
//! there. Readers are made here and nowhere else.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use polity_model::resource::Scope;
use polity_provider::{Error, Problem, Reader, Wire};

use crate::{
    auth::{Keys, Role},
    scopes::{self, Fields},
    services::{Endpoints, Partition},
    session::AwsSession,
};

/// All ways into one AWS organization.
pub(crate) struct Door {
    pub(crate) platform: String,
    pub(crate) fields: Fields,
    pub(crate) partition: &'static Partition,
    pub(crate) wire: Arc<Wire>,
    pub(crate) base: Arc<Keys>,
    pub(crate) endpoints: Arc<Endpoints>,
    pub(crate) members: Mutex<BTreeMap<String, Arc<Keys>>>,
}

impl Door {
    /// A scope of the platform itself.
    pub(crate) fn top(&self, level: &str, name: String) -> Scope {
        Scope { name, platform: self.platform.clone(), level: level.to_owned(), tenant: None, entry: None }
    }

    /// The scope of the whole organization.
    pub(crate) fn organization_scope(&self) -> Scope {
        self.top(scopes::ORGANIZATION, self.platform.clone())
    }

    /// A reader in the management account, in this region.
    pub(crate) fn at_home(&self, scope: &Scope, region: &str, facts: BTreeMap<String, String>) -> Reader {
        let session = self.session(Arc::clone(&self.base), region, &self.fields.management_account);
        Reader::new(Arc::clone(&self.wire), session, scope.clone(), facts)
    }

    /// A reader for AWS Organizations.
    pub(crate) fn at_hub(&self) -> Reader {
        self.at_home(&self.organization_scope(), self.partition.hub, BTreeMap::new())
    }

    /// A reader in a member account. Its role is assumed at once: an account that lets us not in is one gap, not one
    /// for each of its kinds.
    pub(crate) async fn in_member(&self, scope: &Scope) -> Result<Reader, Error> {
        let entry = scope.entry.as_ref();
        let part = |name: &str| entry.and_then(|entry| entry.get(name)).map(String::as_str);
        let Some(account) = part("account_id") else {
            let mut error = Error::new(Problem::NotFound, "entering an account", "the account does not exist yet");
            error.scope.clone_from(&scope.name);
            return Err(error);
        };
        let region = part("region").unwrap_or(&self.fields.region);
        let keys = if account == self.fields.management_account {
            Arc::clone(&self.base)
        } else {
            self.member_keys(account, scope)
        };
        keys.get().await?;
        let facts = BTreeMap::from([
            ("account_id".to_owned(), account.to_owned()),
            ("region".to_owned(), region.to_owned()),
            ("partition".to_owned(), self.partition.name.to_owned()),
        ]);
        Ok(Reader::new(Arc::clone(&self.wire), self.session(keys, region, account), scope.clone(), facts))
    }

    /// A reader for the same account in another region; what it reads belongs to the same scope.
    pub(crate) async fn elsewhere(&self, reader: &Reader, region: &str) -> Result<Reader, Error> {
        if reader.fact("region") == Some(region) {
            return Ok(reader.clone());
        }
        let mut scope = reader.scope().clone();
        let mut entry = scope.entry.take().unwrap_or_default();
        entry.insert("region".to_owned(), region.to_owned());
        scope.entry = Some(entry);
        self.in_member(&scope).await
    }

    fn session(&self, keys: Arc<Keys>, region: &str, account: &str) -> Arc<AwsSession> {
        Arc::new(AwsSession {
            keys,
            endpoints: Arc::clone(&self.endpoints),
            region: region.to_owned(),
            account: Some(account.to_owned()),
        })
    }

    /// The keys of a member account: one set for all of its regions.
    fn member_keys(&self, account: &str, scope: &Scope) -> Arc<Keys> {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = members.entry(account.to_owned()).or_insert_with(|| {
            let partition = self.partition.name;
            Arc::new(Keys::of_role(Role {
                base: Arc::clone(&self.base),
                wire: Arc::clone(&self.wire),
                endpoints: Arc::clone(&self.endpoints),
                region: self.fields.region.clone(),
                arn: format!("arn:{partition}:iam::{account}:role/{}", self.fields.assume_role),
                scope: scope.clone(),
            }))
        });
        Arc::clone(keys)
    }
}
