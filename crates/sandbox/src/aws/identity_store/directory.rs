//! What the store holds, and how things in it are found.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::aws::{service::Turn, sso_admin::shape};

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct User {
    /// All attributes, by the names of the wire.
    pub(super) attributes: Map<String, Value>,
    /// Told to those only who ask for them.
    pub(super) extensions: Map<String, Value>,
    pub(super) history: History,
}

/// A group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) history: History,
}

/// That somebody is in a group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Membership {
    pub(super) group: String,
    pub(super) user: String,
    pub(super) history: History,
}

/// Who made something, and who changed it last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct History {
    created: (Timestamp, String),
    updated: (Timestamp, String),
}

impl History {
    /// Made now.
    pub(super) fn begin(turn: &Turn<'_>) -> Self {
        let now = (turn.now, turn.caller.arn.clone());
        Self { created: now.clone(), updated: now }
    }

    /// Changed now.
    pub(super) fn go_on(&mut self, now: Timestamp, by: &str) {
        self.updated = (now, by.to_owned());
    }

    /// Adds its members to what is told of a thing.
    pub(super) fn show(&self, members: &mut Map<String, Value>) {
        for (prefix, (at, by)) in [("Created", &self.created), ("Updated", &self.updated)] {
            members.insert(format!("{prefix}At"), shape::epoch(*at));
            members.insert(format!("{prefix}By"), by.clone().into());
        }
    }
}

/// Users, groups and memberships by their ids, and the ways to find them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Written")]
pub(in crate::aws) struct Directory {
    users: BTreeMap<String, User>,
    groups: BTreeMap<String, Group>,
    memberships: BTreeMap<String, Membership>,
    #[serde(skip)]
    found: Found,
}

/// Where things are, by what they are found by. Names are the same in whatever case.
#[derive(Clone, Debug, Default)]
struct Found {
    user_names: BTreeMap<String, String>,
    emails: BTreeMap<String, String>,
    group_names: BTreeMap<String, String>,
    /// Memberships by group, by user.
    members: BTreeMap<String, BTreeMap<String, String>>,
    /// Memberships by user, by group.
    groups: BTreeMap<String, BTreeMap<String, String>>,
}

/// What is written down: the rest follows from it.
#[derive(Deserialize)]
struct Written {
    users: BTreeMap<String, User>,
    groups: BTreeMap<String, Group>,
    memberships: BTreeMap<String, Membership>,
}

impl From<Written> for Directory {
    fn from(written: Written) -> Self {
        let mut directory = Self::default();
        written.users.into_iter().for_each(|(id, user)| directory.put_user(id, user));
        written.groups.into_iter().for_each(|(id, group)| directory.put_group(id, group));
        written.memberships.into_iter().for_each(|(id, membership)| directory.put_membership(id, membership));
        directory
    }
}

impl User {
    pub(super) fn name(&self) -> &str {
        self.attributes.get("UserName").and_then(Value::as_str).unwrap_or_default()
    }

    /// The address, of which there is one at most.
    pub(super) fn email(&self) -> Option<&str> {
        self.attributes.get("Emails")?.get(0)?.get("Value")?.as_str()
    }
}

fn fold(name: &str) -> String {
    name.to_lowercase()
}

impl Directory {
    /// Whether there is such a user.
    pub(in crate::aws) fn has_user(&self, id: &str) -> bool {
        self.users.contains_key(id)
    }

    /// Whether there is such a group.
    pub(in crate::aws) fn has_group(&self, id: &str) -> bool {
        self.groups.contains_key(id)
    }

    /// The groups that a user is in.
    pub(in crate::aws) fn groups_of(&self, user: &str) -> impl ExactSizeIterator<Item = &String> {
        self.memberships_of(user).map(|(group, _)| group)
    }

    pub(super) fn users(&self) -> &BTreeMap<String, User> {
        &self.users
    }

    pub(super) fn groups(&self) -> &BTreeMap<String, Group> {
        &self.groups
    }

    pub(super) fn memberships(&self) -> &BTreeMap<String, Membership> {
        &self.memberships
    }

    pub(super) fn user_named(&self, name: &str) -> Option<&String> {
        self.found.user_names.get(&fold(name))
    }

    pub(super) fn user_at(&self, email: &str) -> Option<&String> {
        self.found.emails.get(&fold(email))
    }

    pub(super) fn group_named(&self, name: &str) -> Option<&String> {
        self.found.group_names.get(&fold(name))
    }

    /// The members of a group: user and membership.
    pub(super) fn members(&self, group: &str) -> impl ExactSizeIterator<Item = (&String, &String)> {
        const NONE: &BTreeMap<String, String> = &BTreeMap::new();
        self.found.members.get(group).unwrap_or(NONE).iter()
    }

    /// The memberships of a user: group and membership.
    pub(super) fn memberships_of(&self, user: &str) -> impl ExactSizeIterator<Item = (&String, &String)> {
        const NONE: &BTreeMap<String, String> = &BTreeMap::new();
        self.found.groups.get(user).unwrap_or(NONE).iter()
    }

    pub(super) fn membership_of(&self, group: &str, user: &str) -> Option<&String> {
        self.found.members.get(group)?.get(user)
    }

    /// Adds a user, or puts it in the place of the one of this id.
    pub(super) fn put_user(&mut self, id: String, user: User) {
        self.forget_user(&id);
        self.found.user_names.insert(fold(user.name()), id.clone());
        if let Some(email) = user.email() {
            self.found.emails.insert(fold(email), id.clone());
        }
        self.users.insert(id, user);
    }

    /// Adds a group, or puts it in the place of the one of this id.
    pub(super) fn put_group(&mut self, id: String, group: Group) {
        self.forget_group(&id);
        self.found.group_names.insert(fold(&group.name), id.clone());
        self.groups.insert(id, group);
    }

    pub(super) fn put_membership(&mut self, id: String, membership: Membership) {
        let Membership { group, user, .. } = &membership;
        self.found.members.entry(group.clone()).or_default().insert(user.clone(), id.clone());
        self.found.groups.entry(user.clone()).or_default().insert(group.clone(), id.clone());
        self.memberships.insert(id, membership);
    }

    /// Takes a user away, and out of all groups. Assignments stay: AWS leaves them behind too.
    pub(super) fn remove_user(&mut self, id: &str) {
        self.forget_user(id);
        let ids: Vec<String> = self.memberships_of(id).map(|(_, membership)| membership.clone()).collect();
        ids.iter().for_each(|membership| self.remove_membership(membership));
    }

    /// Takes a group away, and all out of it. Assignments stay: AWS leaves them behind too.
    pub(super) fn remove_group(&mut self, id: &str) {
        self.forget_group(id);
        let ids: Vec<String> = self.members(id).map(|(_, membership)| membership.clone()).collect();
        ids.iter().for_each(|membership| self.remove_membership(membership));
    }

    pub(super) fn remove_membership(&mut self, id: &str) {
        let Some(Membership { group, user, .. }) = self.memberships.remove(id) else { return };
        for (found, key, item) in [(&mut self.found.members, &group, &user), (&mut self.found.groups, &user, &group)] {
            if let Some(inner) = found.get_mut(key) {
                inner.remove(item);
                if inner.is_empty() {
                    found.remove(key);
                }
            }
        }
    }

    fn forget_user(&mut self, id: &str) {
        if let Some(user) = self.users.remove(id) {
            self.found.user_names.remove(&fold(user.name()));
            if let Some(email) = user.email() {
                self.found.emails.remove(&fold(email));
            }
        }
    }

    fn forget_group(&mut self, id: &str) {
        if let Some(group) = self.groups.remove(id) {
            self.found.group_names.remove(&fold(&group.name));
        }
    }
}
