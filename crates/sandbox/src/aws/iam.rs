//! AWS IAM, as far as an account is governed with it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::service::{Protocol, Service};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "iam",
    signing: "iam",
    protocol: Protocol::Query("https://iam.amazonaws.com/doc/2010-05-08/"),
    operations: &[],
};

/// What it holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Iam {
    /// By name.
    roles: BTreeMap<String, Role>,
}

/// A role.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Role {
    /// Accounts that may assume it; `*` is everybody.
    trusted: BTreeSet<String>,
}

impl Iam {
    /// Puts a role there that an account may assume, as AWS Organizations does in each account that it creates.
    pub(crate) fn add_role(&mut self, name: &str, trusted_account: &str) {
        let trusted = BTreeSet::from([trusted_account.to_owned()]);
        self.roles.insert(name.to_owned(), Role { trusted });
    }

    /// Whether a role of this name is there and lets this account in.
    pub(crate) fn trusts(&self, role: &str, account: &str) -> bool {
        self.roles.get(role).is_some_and(|role| role.trusted.contains(account) || role.trusted.contains("*"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_lets_in_whom_it_trusts_and_nobody_else() {
        let mut iam = Iam::default();
        iam.add_role("Door", "111111111111");
        assert!(iam.trusts("Door", "111111111111"));
        assert!(!iam.trusts("Door", "222222222222"));
        assert!(!iam.trusts("Window", "111111111111"));
    }
}
