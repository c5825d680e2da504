//! Who is taken over, and under which name. An object that could not stay as it is is left out, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{Value, inventory::Inventory, organization::Platform, resource::Observed};
use polity_provider::naming::{Wish, distinct, is_email, join, slug};

use crate::kinds::{group, project, role, role_assignment, user};

/// The objects that are taken over, by kind, with their manifest names.
pub(super) struct Cast<'a> {
    pub(super) organization: &'a str,
    pub(super) platform: &'a str,
    /// Whether Polity made the people, so that it may go on to do so.
    pub(super) managed: bool,
    /// What is left out and why, one sentence each.
    pub(super) left_out: BTreeSet<String>,
    all: BTreeMap<&'a str, BTreeMap<&'a str, &'a Observed>>,
    /// Ids of the projects that have projects below them.
    parents: BTreeSet<&'a str>,
    names: BTreeMap<&'static str, BTreeMap<String, String>>,
}

impl<'a> Cast<'a> {
    pub(super) fn new(organization: &'a str, platform: &'a Platform, inventory: &'a Inventory) -> Self {
        let mut all: BTreeMap<&str, BTreeMap<&str, &Observed>> = BTreeMap::new();
        for object in inventory.resources.iter().filter(|object| object.scope == platform.name) {
            all.entry(object.kind.as_str()).or_default().insert(object.id.as_str(), object);
        }
        let projects = all.get(project::KIND).into_iter().flatten();
        let zone = |object: &Observed| object.mark.as_ref().is_some_and(|mark| mark.address.name.starts_with("zone:"));
        let parents = projects.clone().filter_map(|(_, one)| text(one, "parent"));
        let parents = parents.chain(projects.clone().filter(|(_, one)| zone(one)).map(|(id, _)| *id)).collect();
        let mut cast = Self {
            organization,
            platform: &platform.name,
            managed: false,
            left_out: BTreeSet::new(),
            all,
            parents,
            names: BTreeMap::new(),
        };
        let users: Vec<&Observed> = cast.all(user::KIND).collect();
        cast.managed = !users.is_empty() && users.iter().all(|user| cast.is_ours(user));
        cast.name_projects();
        cast.name_people();
        cast.name_roles();
        cast
    }

    /// All objects of a kind, by id.
    pub(super) fn all(&self, kind: &str) -> impl Iterator<Item = &'a Observed> + use<'a> {
        self.all.get(kind).cloned().unwrap_or_default().into_values()
    }

    /// Objects of a kind that are taken over, with their names, sorted by name.
    pub(super) fn taken(&self, kind: &str) -> Vec<(&str, &'a Observed)> {
        let named = |object: &'a Observed| Some((self.name_of(kind, &object.id)?, object));
        let mut taken: Vec<_> = self.all(kind).filter_map(named).collect();
        taken.sort_by_key(|(name, _)| *name);
        taken
    }

    /// The manifest name of an object, if it is taken over.
    pub(super) fn name_of(&self, kind: &str, id: &str) -> Option<&str> {
        self.names.get(kind)?.get(id).map(String::as_str)
    }

    /// Projects that become landing zones.
    pub(super) fn zones(&self) -> Vec<(&str, &'a Observed)> {
        let mut taken = self.taken(project::KIND);
        taken.retain(|(_, one)| self.parents.contains(one.id.as_str()));
        taken
    }

    /// Projects that become tenants.
    pub(super) fn tenants(&self) -> Vec<(&str, &'a Observed)> {
        let mut taken = self.taken(project::KIND);
        taken.retain(|(_, one)| !self.parents.contains(one.id.as_str()));
        taken
    }

    /// The name of the landing zone that a project becomes, if it becomes one.
    pub(super) fn zone(&self, id: &str) -> Option<&str> {
        self.name_of(project::KIND, id).filter(|_| self.parents.contains(id))
    }

    /// The landing zone that a project stands under.
    pub(super) fn above(&self, object: &Observed) -> Option<&str> {
        self.zone(text(object, "parent")?)
    }

    fn is_ours(&self, object: &Observed) -> bool {
        let mark = object.mark.as_ref();
        mark.is_some_and(|mark| mark.organization == self.organization && mark.address.platform == self.platform)
    }

    fn foreign(&self, object: &Observed) -> Option<String> {
        let mark = object.mark.as_ref().filter(|_| !self.is_ours(object))?;
        Some(format!("it carries the mark `{}`", mark.written()))
    }

    /// Objects that nothing speaks against; the others are told.
    fn fit(&mut self, kind: &str, unfit: impl Fn(&Self, &Observed) -> Option<String>) -> Vec<&'a Observed> {
        let (mut fit, mut told) = (Vec::new(), Vec::new());
        for object in self.all(kind) {
            match self.foreign(object).or_else(|| unfit(self, object)) {
                None => fit.push(object),
                Some(why) => told.push(format!("{kind} `{}` ({}): {why}", object.name, object.id)),
            }
        }
        self.left_out.extend(told);
        fit
    }

    fn name(
        &mut self,
        kind: &'static str,
        noun: &str,
        objects: &[&'a Observed],
        wishes: impl Fn(&Observed) -> Vec<String>,
    ) {
        let wish = |object: &&'a Observed| {
            // A name that our own mark remembers is the best of all.
            let remembered = object.mark.as_ref().map(|mark| mark.address.name.trim_start_matches("zone:").to_owned());
            Wish::new(&object.id, noun, remembered.into_iter().chain(wishes(object)))
        };
        let wishes: Vec<Wish<'_>> = objects.iter().map(wish).collect();
        self.names.insert(kind, distinct(&wishes));
    }

    /// A project can only be taken over with all projects above it.
    fn name_projects(&mut self) {
        let mut chosen = self.fit(project::KIND, |cast, one| {
            let off = one.attributes.get("enabled").and_then(Value::as_bool) == Some(false);
            let zone = cast.parents.contains(one.id.as_str());
            (off && zone).then(|| "it is disabled, and has projects below it".to_owned())
        });
        loop {
            let ids: BTreeSet<&str> = chosen.iter().map(|one| one.id.as_str()).collect();
            let stands = |one: &&&Observed| {
                let parent = text(one, "parent").unwrap_or_default();
                ids.contains(parent) || text(one, "domain") == Some(parent)
            };
            let (stay, go): (Vec<_>, Vec<_>) = chosen.iter().partition(stands);
            let told = go.iter().map(|one: &&Observed| {
                format!("project `{}` ({}): the project above it is left out", one.name, one.id)
            });
            self.left_out.extend(told);
            let done = go.is_empty();
            chosen = stay;
            if done {
                break;
            }
        }
        let by_id: BTreeMap<&str, &Observed> = chosen.iter().map(|one| (one.id.as_str(), *one)).collect();
        self.name(project::KIND, "project", &chosen, |one| {
            let name = slug(&one.name);
            let above = text(one, "parent").and_then(|parent| by_id.get(parent));
            let longer = above.map(|above| join(&[&slug(&above.name), &name])).unwrap_or_default();
            vec![name, longer]
        });
    }

    fn name_people(&mut self) {
        let users = self.fit(user::KIND, |cast, user| {
            let ours = user.mark.as_ref().is_some_and(|mark| mark.address.name.starts_with("workload:"));
            match (ours, email(user), cast.managed) {
                (true, ..) => Some("it is a workload: write it as one".to_owned()),
                (_, None, _) => Some("it has no e-mail address, which a person needs".to_owned()),
                _ => None,
            }
        });
        let mut emails = BTreeSet::new();
        let (users, doubles): (Vec<_>, Vec<_>) =
            users.into_iter().partition(|user| emails.insert(email(user).unwrap_or_default().to_lowercase()));
        for user in doubles {
            let line = format!("user `{}` ({}): another user has the same e-mail address", user.name, user.id);
            self.left_out.insert(line);
        }
        let local = |name: &str| slug(name.split('@').next().unwrap_or(name));
        self.name(user::KIND, "person", &users, |user| vec![local(&user.name), slug(&user.name)]);
        let groups = self.fit(group::KIND, |_, _| None);
        self.name(group::KIND, "team", &groups, |group| vec![slug(&group.name)]);
    }

    /// Roles of people's own making, those that are given to somebody, and those that come with them.
    fn name_roles(&mut self) {
        let used: BTreeSet<&str> = self.all(role_assignment::KIND).filter_map(|one| text(one, "role")).collect();
        let mut wanted: BTreeSet<&str> = self
            .all(role::KIND)
            .filter(|role| role.vendor.is_none() || used.contains(role.id.as_str()))
            .map(|role| role.id.as_str())
            .collect();
        for role in self.all(role::KIND).filter(|role| role.vendor.is_none()) {
            let implies = role.attributes.get("implies").and_then(Value::as_list).unwrap_or_default();
            wanted.extend(implies.iter().filter_map(Value::as_text));
        }
        let mut roles = self.fit(role::KIND, |_, _| None);
        roles.retain(|role| wanted.contains(role.id.as_str()));
        self.name(role::KIND, "role", &roles, |role| vec![slug(&role.name)]);
    }
}

/// A text attribute that says something.
pub(super) fn text<'a>(object: &'a Observed, name: &str) -> Option<&'a str> {
    object.attributes.get(name).and_then(Value::as_text).filter(|text| !text.is_empty())
}

/// The address of a user: Keystone has a member for it, and often the name is one.
pub(super) fn email(user: &Observed) -> Option<&str> {
    text(user, "email").or(Some(&user.name)).filter(|email| is_email(email))
}

/// Given and family name as far as they can be told: Keystone has neither.
pub(super) fn names(user: &Observed) -> (String, String) {
    let shown = text(user, "description").filter(|text| text.chars().count() < 80);
    if let Some((given, family)) = shown.and_then(|shown| shown.rsplit_once(' ')) {
        return (given.trim().to_owned(), family.to_owned());
    }
    let local = user.name.split('@').next().unwrap_or(&user.name);
    let (given, family) = local.split_once(['.', '_', '-']).unwrap_or((local, local));
    (given.to_owned(), family.to_owned())
}
