//! What surveys stand amid: the ways into AWS, and the organization's other accounts, read once for all surveys.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use polity_model::facet::Reason;
use polity_provider::{Error, Reader};
use serde_json::{Value as Json, json};
use tokio::sync::OnceCell;

use super::{
    answer,
    authorizations::{self, Authorizations},
    guardrails::{self, Guardrails},
    policy_document::Policy,
    support::{Answered as _, Known},
};
use crate::{
    client::{Caller as _, pages},
    door::Door,
    kinds::support::{Flight, is_unborn},
    operations::organizations,
};

/// What all surveys share.
pub(crate) struct Amid {
    pub(crate) door: Arc<Door>,
    neighbours: OnceCell<Known<Neighbours>>,
    guardrails: OnceCell<Known<Guardrails>>,
    /// One reading per account that is under way.
    authorizations: Mutex<BTreeMap<String, Arc<Flight<Arc<Authorizations>>>>>,
    /// AWS's own policies by ARN: the same in all accounts.
    vendor_policies: Mutex<BTreeMap<String, Arc<Policy>>>,
}

/// Who belongs to the organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Neighbours {
    /// Its id; none where there is no organization.
    pub(crate) organization: Option<String>,
    /// Its accounts, by id, with their names.
    pub(crate) accounts: BTreeMap<String, String>,
}

impl Neighbours {
    /// Whether this account, organization or canonical id is outside.
    pub(crate) fn is_outside(&self, who: &str) -> bool {
        self.organization.as_deref() != Some(who) && !self.accounts.contains_key(who)
    }
}

impl Amid {
    pub(crate) fn new(door: &Arc<Door>) -> Self {
        Self {
            door: Arc::clone(door),
            neighbours: OnceCell::new(),
            guardrails: OnceCell::new(),
            authorizations: Mutex::default(),
            vendor_policies: Mutex::default(),
        }
    }

    /// Who there is in the reader's account: whoever asks while it is being read shares the reading.
    pub(super) async fn authorizations(&self, reader: &Reader) -> Result<Arc<Authorizations>, Error> {
        let account = reader.fact("account_id").unwrap_or_default().to_owned();
        let flight = Arc::clone(lock(&self.authorizations).entry(account).or_default());
        flight.join(authorizations::read(self, reader)).await
    }

    /// The document of one of AWS's own policies.
    pub(super) async fn vendor_policy(&self, reader: &Reader, arn: &str) -> Known<Arc<Policy>> {
        let kept = lock(&self.vendor_policies).get(arn).cloned();
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let read = authorizations::vendor_document(reader, arn).await?;
        lock(&self.vendor_policies).insert(arn.to_owned(), Arc::clone(&read));
        Ok(read)
    }

    /// The organization's accounts. Read once: who belongs to it does not change under an audit.
    pub(crate) async fn neighbours(&self) -> Known<&Neighbours> {
        let read = self.neighbours.get_or_init(|| async { self.read_neighbours().await.known() }).await;
        read.as_ref().map_err(Reason::clone)
    }

    /// The organization's guardrails; none where there is no organization. Read once, like its accounts.
    pub(super) async fn guardrails(&self) -> Known<&Guardrails> {
        let read = async {
            match guardrails::read(&self.door.at_hub()).await {
                Err(error) if is_unborn(&error) => Ok(Guardrails::default()),
                other => other.known(),
            }
        };
        self.guardrails.get_or_init(|| read).await.as_ref().map_err(Reason::clone)
    }

    async fn read_neighbours(&self) -> Result<Neighbours, Error> {
        let hub = self.door.at_hub();
        let alone = || Neighbours {
            organization: None,
            accounts: BTreeMap::from([(self.door.fields.management_account.clone(), String::new())]),
        };
        let described = match hub.json(&organizations::DESCRIBE_ORGANIZATION, json!({})).await {
            Ok(described) => described,
            Err(error) if is_unborn(&error) => return Ok(alone()),
            Err(error) => return Err(error),
        };
        let accounts = pages(&hub, &organizations::LIST_ACCOUNTS, json!({}), "Accounts").await?;
        let entry = |account: &Json| {
            Some((
                answer::text(account, "Id")?.to_owned(),
                answer::text(account, "Name").unwrap_or_default().to_owned(),
            ))
        };
        Ok(Neighbours {
            organization: answer::text(&described, "Organization/Id").map(str::to_owned),
            accounts: accounts.iter().filter_map(entry).collect(),
        })
    }

    /// Whether any of these is outside the organization.
    pub(crate) async fn outside(&self, who: &BTreeSet<String>) -> Known<bool> {
        if who.is_empty() {
            return Ok(false);
        }
        self.neighbours().await.map(|neighbours| who.iter().any(|one| neighbours.is_outside(one)))
    }

    /// A reader for the same account in another region.
    pub(crate) async fn elsewhere(&self, reader: &Reader, region: &str) -> Result<Reader, Error> {
        self.door.elsewhere(reader, region).await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
