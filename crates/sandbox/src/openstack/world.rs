//! What an OpenStack holds. Objects are kept as Keystone shows them, with whatever further members it was given; each part
//! is shared until it changes, so that copies cost little.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::ids::Ids;

/// The administrator that it is born with.
pub const ADMIN: &str = "admin";
/// The administrator's password.
pub const PASSWORD: &str = "sandbox";

/// Somebody's role somewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Grant {
    /// `projects`, `domains`, or `system`.
    pub(super) place: String,
    pub(super) target: String,
    /// `users` or `groups`.
    pub(super) actors: String,
    pub(super) actor: String,
    pub(super) role: String,
    /// On all projects below, rather than here.
    pub(super) inherited: bool,
}

/// What a token was given for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) user: String,
    /// `projects`, `domains` or `system`, and which; nothing for one that is good for nothing but another token.
    pub(super) scope: Option<(String, String)>,
    pub(super) issued: Timestamp,
    pub(super) expires: Timestamp,
}

/// A secret, and since when it has been good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Password {
    pub(super) text: String,
    pub(super) since: Option<Timestamp>,
}

/// The world.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct World {
    pub(super) ids: Ids,
    /// By collection (`projects`) and id.
    objects: BTreeMap<String, Arc<BTreeMap<String, Value>>>,
    /// Group and user.
    pub(super) members: Arc<BTreeSet<(String, String)>>,
    /// A role, and one that whoever has it has too.
    pub(super) implied: Arc<BTreeSet<(String, String)>>,
    pub(super) grants: Arc<BTreeSet<Grant>>,
    /// By service and project: what was written over the defaults.
    pub(super) quotas: BTreeMap<String, BTreeMap<String, Map<String, Value>>>,
    pub(super) passwords: Arc<BTreeMap<String, Password>>,
    pub(super) tokens: Arc<BTreeMap<String, Token>>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut world = Self {
            ids: Ids::new(seed),
            objects: BTreeMap::new(),
            members: Arc::default(),
            implied: Arc::default(),
            grants: Arc::default(),
            quotas: BTreeMap::new(),
            passwords: Arc::default(),
            tokens: Arc::default(),
        };
        world.bootstrap();
        world
    }

    /// What a fresh installation has.
    fn bootstrap(&mut self) {
        let domain = json!({
            "id": "default", "name": "Default", "description": "The default domain", "enabled": true, "tags": [], "options": {},
        });
        self.put("domains", domain);
        let project = self.born(
            "projects",
            json!({
                "name": ADMIN, "domain_id": "default", "parent_id": "default", "is_domain": false, "enabled": true,
                "description": "Bootstrap project for initializing the cloud.", "tags": [], "options": {},
            }),
        );
        let user = json!({
            "name": ADMIN, "domain_id": "default", "enabled": true, "options": {}, "password_expires_at": null,
        });
        let user = self.born("users", user);
        self.set_password(&user, PASSWORD, None);
        let role = |world: &mut Self, name: &str| {
            let options = if name == "service" { json!({}) } else { json!({"immutable": true}) };
            world.born("roles", json!({"name": name, "domain_id": null, "description": null, "options": options}))
        };
        let roles = ["reader", "member", "manager", ADMIN].map(|name| role(self, name));
        role(self, "service");
        for pair in roles.windows(2) {
            if let [lower, upper] = pair {
                Arc::make_mut(&mut self.implied).insert((upper.clone(), lower.clone()));
            }
        }
        let admin = roles.last().cloned().unwrap_or_default();
        for (place, target) in [("projects", project.as_str()), ("system", "all")] {
            self.grant(place, target, "users", &user, &admin, false);
        }
        self.install(&project);
    }

    /// The services, what is registered for them, and the network that leads out.
    fn install(&mut self, project: &str) {
        self.born(
            "networks",
            json!({"name": "public", "project_id": project, "tenant_id": project, "shared": false, "status": "ACTIVE", "router:external": true}),
        );
        for (kind, name) in
            [("identity", "keystone"), ("compute", "nova"), ("network", "neutron"), ("block-storage", "cinder")]
        {
            let service =
                self.born("services", json!({"type": kind, "name": name, "description": "", "enabled": true}));
            if kind == "compute" {
                for (resource, amount) in [("class:VCPU", 20), ("class:MEMORY_MB", 51_200), ("servers", 10)] {
                    self.born("registered_limits", json!({
                        "service_id": service, "region_id": null, "resource_name": resource, "default_limit": amount,
                        "description": null,
                    }));
                }
            }
        }
    }

    /// Gives an object its id, keeps it, and returns the id.
    pub(super) fn born(&mut self, collection: &str, mut object: Value) -> String {
        let id = self.ids.hex(32);
        if let Some(members) = object.as_object_mut() {
            members.insert("id".to_owned(), id.as_str().into());
        }
        self.put(collection, object);
        id
    }

    /// Keeps an object.
    pub(super) fn put(&mut self, collection: &str, object: Value) {
        let id = text(&object, "id").to_owned();
        Arc::make_mut(self.objects.entry(collection.to_owned()).or_default()).insert(id, object);
    }

    pub(super) fn remove(&mut self, collection: &str, id: &str) {
        if let Some(objects) = self.objects.get_mut(collection) {
            Arc::make_mut(objects).remove(id);
        }
    }

    pub(super) fn get(&self, collection: &str, id: &str) -> Option<&Value> {
        self.objects.get(collection)?.get(id)
    }

    /// All objects of a collection, in the order of their ids.
    pub(super) fn all(&self, collection: &str) -> impl Iterator<Item = &Value> {
        self.objects.get(collection).into_iter().flat_map(|objects| objects.values())
    }

    /// Ids of the objects of a collection that have this value for a member.
    pub(super) fn ids_where(&self, collection: &str, member: &str, value: &str) -> Vec<String> {
        self.all(collection)
            .filter(|object| text(object, member) == value)
            .map(|one| text(one, "id").to_owned())
            .collect()
    }

    /// The id of the object of this name, within a domain where it has one.
    pub(super) fn named(&self, collection: &str, name: &str, domain: Option<&str>) -> Option<&str> {
        let fits = |object: &&Value| {
            text(object, "name") == name && domain.is_none_or(|domain| text(object, "domain_id") == domain)
        };
        self.all(collection).find(fits).map(|object| text(object, "id"))
    }

    pub(super) fn set_password(&mut self, user: &str, password: &str, since: Option<Timestamp>) {
        let password = Password { text: password.to_owned(), since };
        Arc::make_mut(&mut self.passwords).insert(user.to_owned(), password);
    }

    pub(super) fn grant(&mut self, place: &str, target: &str, actors: &str, actor: &str, role: &str, inherited: bool) {
        let [place, target, actors, actor, role] = [place, target, actors, actor, role].map(str::to_owned);
        Arc::make_mut(&mut self.grants).insert(Grant { place, target, actors, actor, role, inherited });
    }

    /// Takes everything away that is about an object that ends.
    pub(super) fn forget(&mut self, collection: &str, id: &str) {
        let gone = |grant: &Grant| match collection {
            "roles" => grant.role == id,
            "users" | "groups" => grant.actors == collection && grant.actor == id,
            _ => grant.place == collection && grant.target == id,
        };
        if self.grants.iter().any(gone) {
            Arc::make_mut(&mut self.grants).retain(|grant| !gone(grant));
        }
        match collection {
            "roles" => Arc::make_mut(&mut self.implied).retain(|(prior, other)| prior != id && other != id),
            "users" => {
                Arc::make_mut(&mut self.members).retain(|(_, user)| user != id);
                Arc::make_mut(&mut self.passwords).remove(id);
                for credential in self.ids_where("application_credentials", "user_id", id) {
                    self.remove("application_credentials", &credential);
                }
            }
            "groups" => Arc::make_mut(&mut self.members).retain(|(group, _)| group != id),
            "projects" => {
                for (what, member) in [
                    ("limits", "project_id"),
                    ("application_credentials", "project_id"),
                    ("rbac_policies", "target_tenant"),
                ] {
                    for gone in self.ids_where(what, member, id) {
                        self.remove(what, &gone);
                    }
                }
            }
            _ => {}
        }
        self.remove(collection, id);
    }

    /// What a project stands under, nearest first, down to its domain.
    pub(super) fn above<'a>(&'a self, project: &'a str) -> Vec<&'a str> {
        let (mut above, mut at) = (Vec::new(), project);
        while let Some(object) = self.get("projects", at) {
            at = text(object, "parent_id");
            above.push(at);
        }
        above
    }

    /// The roles that somebody has somewhere, whoever gave them: groups, landing places above, other roles.
    pub(super) fn roles_of(&self, user: &str, place: &str, target: &str) -> BTreeSet<String> {
        let groups: BTreeSet<&str> =
            self.members.iter().filter(|(_, member)| member == user).map(|(group, _)| group.as_str()).collect();
        let above = if place == "projects" { self.above(target) } else { Vec::new() };
        let theirs = |grant: &&Grant| match grant.actors.as_str() {
            "users" => grant.actor == user,
            _ => groups.contains(grant.actor.as_str()),
        };
        let here = |grant: &&Grant| {
            if grant.inherited {
                above.contains(&grant.target.as_str())
            } else {
                grant.place == place && grant.target == target
            }
        };
        let mut open: Vec<&str> =
            self.grants.iter().filter(theirs).filter(here).map(|grant| grant.role.as_str()).collect();
        let mut roles = BTreeSet::new();
        while let Some(role) = open.pop() {
            if roles.insert(role.to_owned()) {
                open.extend(self.implied.iter().filter(|(prior, _)| prior == role).map(|(_, other)| other.as_str()));
            }
        }
        roles
    }

    /// Whether somebody or something is switched on, and all that it stands in.
    pub(super) fn is_on(&self, collection: &str, id: &str) -> bool {
        let Some(object) = self.get(collection, id) else { return false };
        let domain = text(object, "domain_id");
        object.get("enabled") != Some(&Value::Bool(false)) && (domain.is_empty() || self.is_on("domains", domain))
    }
}

/// A text member of an object; empty where there is none.
pub(super) fn text<'v>(object: &'v Value, member: &str) -> &'v str {
    object.get(member).and_then(Value::as_str).unwrap_or_default()
}
