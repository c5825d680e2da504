//! Who may call what: the management account everything, delegated administrators what reads, others next to nothing.

use crate::aws::{refusal::Refusal, service::Turn};

/// Whom AWS lets an operation be called by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Every account of the organization.
    Member,
    /// The management account, delegated administrators, and whom the resource policy names.
    Reader,
    /// The management account, and whom the resource policy names.
    Delegate,
    /// The management account.
    Management,
}

/// Whether the caller may call this operation.
pub(super) fn admit(turn: &Turn<'_>, who: Who) -> Result<(), Refusal> {
    let organizations = &turn.world.organizations;
    let caller = turn.caller.account.as_str();
    if !organizations.accounts.contains_key(caller) {
        return Err(Refusal::new(
            "AWSOrganizationsNotInUseException",
            "Your account isn't a member of an organization. Use the credentials of an account that is.",
        ));
    }
    if who == Who::Member || organizations.is_management(caller) {
        return Ok(());
    }
    let named = || {
        let policy = organizations.resource_policy.as_ref();
        policy.is_some_and(|policy| policy.allows(caller, &turn.call.operation))
    };
    let admitted = match who {
        Who::Member => true,
        Who::Reader => organizations.delegated.contains_key(caller) || named(),
        Who::Delegate => named(),
        Who::Management => false,
    };
    if admitted { Ok(()) } else { Err(denied()) }
}

/// The error for callers who may not.
pub(super) fn denied() -> Refusal {
    Refusal::new("AccessDeniedException", "You don't have permissions to access this resource.")
}
