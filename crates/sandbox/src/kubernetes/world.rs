//! What a cluster holds, and what happens to it in time.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    fields,
    route::{Resource, find},
    rules,
};
use crate::ids::Ids;

/// How long the namespace controller takes to empty a namespace that ends.
pub(super) const ENDING: Duration = Duration::from_secs(5);
/// Namespaces that a control plane makes for itself.
pub(super) const OWN_NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Group and plural of a resource, namespace (empty where there is none), name.
type Key = (String, String, String, String);

/// A cluster.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) name: String,
    pub(super) ids: Ids,
    /// Counts writes: each object carries the number of its last one.
    version: u64,
    /// Shared until something changes: copies are made at every fork and for every past that reads may see.
    objects: Arc<BTreeMap<Key, Arc<Value>>>,
}

impl World {
    pub(super) fn new(name: &str, seed: u64, now: Timestamp) -> Self {
        let mut world = Self { name: name.to_owned(), ids: Ids::new(seed), version: 1, objects: Arc::default() };
        for namespace in OWN_NAMESPACES {
            world.bear(now, &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
        }
        for object in rules::bootstrap() {
            world.bear(now, &object);
        }
        world
    }

    /// Makes something that the control plane makes by itself.
    fn bear(&mut self, now: Timestamp, object: &Value) {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let group = text("/apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
        let resource = super::route::RESOURCES.iter().find(|known| known.group == group && known.kind == text("/kind"));
        if let Some(resource) = resource {
            let born = self.born(resource, object.clone(), now);
            self.put(resource, born);
        }
    }

    /// What the server gives every new object, and what the API fills in.
    pub(super) fn born(&mut self, resource: &Resource, mut object: Value, now: Timestamp) -> Value {
        rules::complete(resource, &mut object);
        let (uid, born) = (self.ids.uuid(), fields::moment(now));
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("uid".to_owned(), uid.into());
            metadata.insert("creationTimestamp".to_owned(), born.into());
        }
        object
    }

    /// All objects of a resource, in the order of namespaces and names.
    pub(super) fn all<'w>(&'w self, group: &str, plural: &str) -> impl Iterator<Item = &'w Value> {
        let from = (group.to_owned(), plural.to_owned(), String::new(), String::new());
        let same = (group.to_owned(), plural.to_owned());
        let range = self.objects.range(from..);
        range.take_while(move |((group, plural, _, _), _)| (group, plural) == (&same.0, &same.1)).map(|(_, one)| &**one)
    }

    pub(super) fn get(&self, resource: &Resource, namespace: Option<&str>, name: &str) -> Option<&Value> {
        self.objects.get(&key(resource, namespace, name)).map(|object| &**object)
    }

    /// Writes an object, which is numbered anew unless it is as it was.
    pub(super) fn put(&mut self, resource: &Resource, mut object: Value) -> Value {
        let key = key_of(resource, &object);
        let before = self.objects.get(&key);
        if before.is_some_and(|before| fields::same(before, &object) && managed(before) == managed(&object)) {
            return before.map(|before| (**before).clone()).unwrap_or_default();
        }
        self.version += 1;
        let version = self.version.to_string();
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("resourceVersion".to_owned(), version.into());
        }
        let (namespace, name) = (key.2.clone(), key.3.clone());
        Arc::make_mut(&mut self.objects).insert(key, Arc::new(object.clone()));
        if resource.kind == "Namespace"
            && !self.has_account(&name)
            && object.pointer("/metadata/deletionTimestamp").is_none()
        {
            self.account(&name, &object);
        }
        debug_assert!(resource.namespaced != namespace.is_empty(), "{} {namespace}/{name}", resource.plural);
        object
    }

    pub(super) fn remove(&mut self, resource: &Resource, namespace: Option<&str>, name: &str) {
        self.version += 1;
        Arc::make_mut(&mut self.objects).remove(&key(resource, namespace, name));
    }

    /// The number of the last write.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Every namespace has an account that its workloads run as unless they name another.
    fn account(&mut self, namespace: &str, of: &Value) {
        let Some(resource) = find("", "serviceaccounts") else { return };
        let born = of.pointer("/metadata/creationTimestamp").cloned().unwrap_or_default();
        let metadata = json!({
            "name": "default", "namespace": namespace, "uid": self.ids.uuid(), "creationTimestamp": born,
        });
        self.put(resource, json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}));
    }

    fn has_account(&self, namespace: &str) -> bool {
        find("", "serviceaccounts").is_some_and(|resource| self.get(resource, Some(namespace), "default").is_some())
    }

    /// Namespaces whose emptying is due.
    fn due(&self, now: Timestamp) -> Vec<String> {
        let ending = self.all("", "namespaces").filter(|one| {
            let began = one.pointer("/metadata/deletionTimestamp").and_then(Value::as_str);
            let began = began.and_then(|text| text.parse::<Timestamp>().ok());
            let after = SignedDuration::try_from(ENDING).unwrap_or_default();
            began.and_then(|began| began.checked_add(after).ok()).is_some_and(|due| due <= now)
        });
        let names = ending.filter_map(|one| one.pointer("/metadata/name").and_then(Value::as_str));
        names.filter(|name| self.can_go_on(name)).map(str::to_owned).collect()
    }

    /// Whether emptying it would change anything: one that hangs on a finalizer is told once.
    fn can_go_on(&self, namespace: &str) -> bool {
        let (held, within) = (self.held(namespace).len(), self.within(namespace).len());
        let object = find("", "namespaces").and_then(|resource| self.get(resource, None, namespace));
        let told = object.is_some_and(|object| object.pointer("/status/conditions").is_some());
        let own = object.is_some_and(has_finalizers);
        within > held || (held == 0 && !own) || (held > 0 && !told)
    }

    fn within(&self, namespace: &str) -> Vec<Key> {
        self.objects.keys().filter(|(_, _, of, _)| of == namespace).cloned().collect()
    }

    /// What is in it that somebody's finalizer holds: the finalizer of each.
    fn held(&self, namespace: &str) -> Vec<(Key, String)> {
        let holds = |key: Key| {
            let finalizers = self.objects.get(&key)?.pointer("/metadata/finalizers")?.as_array()?;
            Some((key.clone(), finalizers.first()?.as_str()?.to_owned()))
        };
        self.within(namespace).into_iter().filter_map(holds).collect()
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        !self.due(now).is_empty()
    }

    /// Namespaces that end are emptied, and gone when they are empty. What a finalizer holds is said in their conditions.
    pub(super) fn settle(&mut self, now: Timestamp) {
        let Some(namespaces) = find("", "namespaces") else { return };
        for name in self.due(now) {
            let held = self.held(&name);
            for key in self.within(&name) {
                if !held.iter().any(|(other, _)| *other == key) {
                    self.version += 1;
                    Arc::make_mut(&mut self.objects).remove(&key);
                }
            }
            let Some(object) = self.get(namespaces, None, &name) else { continue };
            if held.is_empty() && !has_finalizers(object) {
                self.remove(namespaces, None, &name);
                continue;
            }
            let mut object = object.clone();
            if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
                status.insert("conditions".to_owned(), conditions(&held, now));
            }
            self.put(namespaces, object);
        }
    }

    pub(super) fn save(&self) -> Value {
        let objects: Vec<&Value> = self.objects.values().map(|object| &**object).collect();
        json!({"name": self.name, "ids": self.ids, "version": self.version, "objects": objects})
    }

    pub(super) fn load(saved: &Value) -> Result<Self, serde_json::Error> {
        #[derive(serde::Deserialize)]
        struct Saved {
            name: String,
            ids: Ids,
            version: u64,
            objects: Vec<Value>,
        }
        let Saved { name, ids, version, objects } = serde::Deserialize::deserialize(saved)?;
        let mut kept = BTreeMap::new();
        for object in objects {
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let group = text("/apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
            let known =
                super::route::RESOURCES.iter().find(|known| known.group == group && known.kind == text("/kind"));
            let Some(resource) = known else {
                let what = format!("an object of the kind `{}`, which is not simulated", text("/kind"));
                return Err(serde::de::Error::custom(what));
            };
            kept.insert(key_of(resource, &object), Arc::new(object));
        }
        Ok(Self { name, ids, version, objects: Arc::new(kept) })
    }
}

/// Whether somebody holds its end up.
pub(super) fn has_finalizers(object: &Value) -> bool {
    object.pointer("/metadata/finalizers").and_then(Value::as_array).is_some_and(|held| !held.is_empty())
}

fn managed(object: &Value) -> Option<&Value> {
    object.pointer("/metadata/managedFields")
}

fn key(resource: &Resource, namespace: Option<&str>, name: &str) -> Key {
    let namespace = namespace.filter(|_| resource.namespaced).unwrap_or_default();
    (resource.group.to_owned(), resource.plural.to_owned(), namespace.to_owned(), name.to_owned())
}

fn key_of(resource: &Resource, object: &Value) -> Key {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    key(resource, text("/metadata/namespace"), text("/metadata/name").unwrap_or_default())
}

fn conditions(held: &[(Key, String)], now: Timestamp) -> Value {
    let condition = |kind: &str, reason: &str, message: String| json!({"type": kind, "status": "True", "lastTransitionTime": fields::moment(now), "reason": reason, "message": message});
    let mut by_finalizer: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_resource: BTreeMap<String, usize> = BTreeMap::new();
    for ((group, plural, _, _), finalizer) in held {
        *by_finalizer.entry(finalizer).or_default() += 1;
        let qualified = if group.is_empty() { format!("{plural}.") } else { format!("{plural}.{group}") };
        *by_resource.entry(qualified).or_default() += 1;
    }
    let finalizers: Vec<String> =
        by_finalizer.iter().map(|(name, count)| format!("{name} in {count} resource instances")).collect();
    let resources: Vec<String> =
        by_resource.iter().map(|(name, count)| format!("{name} has {count} resource instances")).collect();
    if held.is_empty() {
        return json!([]);
    }
    json!([
        condition(
            "NamespaceContentRemaining",
            "SomeResourcesRemain",
            format!("Some resources are remaining: {}", resources.join(", "))
        ),
        condition(
            "NamespaceFinalizersRemaining",
            "SomeFinalizersRemain",
            format!("Some content in the namespace has finalizers remaining: {}", finalizers.join(", "))
        ),
    ])
}
