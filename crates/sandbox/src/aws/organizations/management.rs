//! What other services ask of the organization before they act on its members, and what they change of a member.

use jiff::Timestamp;

use super::Organizations;

impl Organizations {
    /// Whether the organization has more than common bills.
    pub(crate) fn has_all_features(&self) -> bool {
        self.organization.as_ref().is_some_and(|organization| organization.all_features)
    }

    /// Whether a service may act in the organization's accounts.
    pub(crate) fn trusts_service(&self, service: &str) -> bool {
        self.trusted.contains_key(service)
    }

    /// When an account came into the organization.
    pub(crate) fn joined(&self, account: &str) -> Option<Timestamp> {
        self.accounts.get(account).map(|account| account.joined)
    }

    /// Whether an e-mail address has, or had, an account.
    pub(crate) fn has_email(&self, email: &str) -> bool {
        self.emails.contains(&email.to_lowercase())
    }

    /// Gives an account another e-mail address, which nobody has had; the old one is free again.
    pub(crate) fn change_email(&mut self, id: &str, email: &str) -> bool {
        if self.has_email(email) {
            return false;
        }
        let Some(account) = self.accounts.get_mut(id) else { return false };
        self.emails.remove(&account.email.to_lowercase());
        self.emails.insert(email.to_lowercase());
        email.clone_into(&mut account.email);
        true
    }
}
