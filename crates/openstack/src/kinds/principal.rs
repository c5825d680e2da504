//! People, teams and workloads as Keystone knows them: users and groups of the domain.

use polity_model::{
    Address, Value,
    organization::{LifeState, Organization, Principal},
};

use super::{group, user};

/// One principal of an access, as an assignment names it.
pub(crate) struct Holder<'a> {
    /// `user` or `group`.
    pub(crate) noun: &'static str,
    /// Address of the user or group.
    pub(crate) address: Address,
    /// Former manifest names.
    pub(crate) former: &'a [String],
}

/// The holder of an access; `None` where the principal has ended.
pub(crate) fn holder<'a>(organization: &'a Organization, platform: &str, principal: &Principal) -> Option<Holder<'a>> {
    let alive = |state: &LifeState| *state == LifeState::Active;
    match principal {
        Principal::Person(name) => {
            let person = organization.people.get(name).filter(|person| alive(&person.state))?;
            Some(Holder { noun: "user", address: user::address(platform, name), former: &person.renamed_from })
        }
        Principal::Team(name) => {
            let team = organization.teams.get(name).filter(|team| alive(&team.state))?;
            Some(Holder { noun: "group", address: group::address(platform, name), former: &team.renamed_from })
        }
        Principal::Workload(name) => {
            organization.workloads.get(name)?;
            Some(Holder { noun: "user", address: user::workload_address(platform, name), former: &[] })
        }
    }
}

impl Holder<'_> {
    /// A reference to it.
    pub(crate) fn id(&self) -> Value {
        Value::id_of(self.address.clone())
    }
}
