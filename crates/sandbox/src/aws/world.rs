//! Everything that the simulated AWS holds. Each service keeps its part in a type of its own room; parts are shared
//! until they change, so that a copy of the world costs little.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    account::Contacts, budgets::Budgets, cloudtrail::Trail, ec2::Regional, iam::Iam, organizations::Organizations,
    s3_control::S3, sso_admin::Center, sts::Sessions,
};
use crate::ids::Ids;

/// The world.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct World {
    /// As in ARNs: `aws`.
    pub(crate) partition: String,
    /// The account that credentials which nobody gave out belong to.
    pub(crate) management: String,
    pub(crate) ids: Ids,
    pub(crate) organizations: Arc<Organizations>,
    pub(crate) center: Arc<Center>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) trail: Arc<Trail>,
    /// What is inside each account, by its number. Closed accounts stay.
    pub(crate) accounts: BTreeMap<String, Arc<Inside>>,
}

/// The inside of one account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Inside {
    pub(crate) contacts: Contacts,
    pub(crate) iam: Iam,
    pub(crate) s3: S3,
    pub(crate) budgets: Budgets,
    /// Settings of EC2 by region.
    pub(crate) ec2: BTreeMap<String, Regional>,
}

impl World {
    pub(crate) fn new(management: &str, seed: u64) -> Self {
        let mut world = Self {
            partition: "aws".to_owned(),
            management: management.to_owned(),
            ids: Ids::new(seed),
            organizations: Arc::default(),
            center: Arc::default(),
            sessions: Arc::default(),
            trail: Arc::default(),
            accounts: BTreeMap::new(),
        };
        world.accounts.insert(management.to_owned(), Arc::new(Inside::default()));
        Arc::make_mut(&mut world.center).begin(&mut world.ids);
        world
    }

    /// The organization's part, to change it.
    pub(crate) fn organizations_mut(&mut self) -> &mut Organizations {
        Arc::make_mut(&mut self.organizations)
    }

    /// Identity Center's part, to change it.
    pub(crate) fn center_mut(&mut self) -> &mut Center {
        Arc::make_mut(&mut self.center)
    }

    /// The inside of an account, to change it; it is there from the first look on.
    pub(crate) fn inside_mut(&mut self, account: &str) -> &mut Inside {
        Arc::make_mut(self.accounts.entry(account.to_owned()).or_default())
    }

    /// The inside of an account.
    pub(crate) fn inside(&self, account: &str) -> Option<&Inside> {
        self.accounts.get(account).map(Arc::as_ref)
    }

    /// What was begun and is due by now happens.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        if self.organizations.is_due(now) {
            super::organizations::settle(self, now);
        }
        if self.center.is_due(now) {
            super::sso_admin::settle(self, now);
        }
    }
}
