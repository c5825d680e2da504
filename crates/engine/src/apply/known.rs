//! Native ids and attributes of everything that is born, for resolving references. Grows while changes are made.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polity_model::{Address, Map, Reference, Value};

use crate::Observation;

/// What is born.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    objects: BTreeMap<Address, (String, Map)>,
    /// Made in this run: the cloud may not know them everywhere yet.
    fresh: BTreeSet<Address>,
}

impl Known {
    /// What a reading paired.
    pub(super) fn of(observation: &Observation) -> Self {
        let at: HashMap<(&str, &str, &str), &Map> = observation
            .inventory
            .resources
            .iter()
            .map(|object| ((object.scope.as_str(), object.kind.as_str(), object.id.as_str()), &object.attributes))
            .collect();
        let object = |desired: &polity_model::resource::Desired| {
            let id = observation.known.get(&desired.address)?;
            let attributes = at.get(&(desired.scope.as_str(), desired.address.kind.as_str(), id.as_str()));
            Some((desired.address.clone(), (id.clone(), attributes.copied().cloned().unwrap_or_default())))
        };
        Self { objects: observation.desired.iter().filter_map(object).collect(), fresh: BTreeSet::new() }
    }

    /// An object was made, changed or met.
    pub(super) fn insert(&mut self, address: &Address, id: &str, attributes: Map, fresh: bool) {
        self.objects.insert(address.clone(), (id.to_owned(), attributes));
        if fresh {
            self.fresh.insert(address.clone());
        }
    }

    /// An object has ended.
    pub(super) fn remove(&mut self, address: &Address) {
        self.objects.remove(address);
    }

    /// Native ids by address.
    pub(super) fn ids(&self) -> BTreeMap<Address, String> {
        self.objects.iter().map(|(address, (id, _))| (address.clone(), id.clone())).collect()
    }

    /// All of a kind: address, native id, attributes.
    pub(super) fn of_kind(&self, platform: &str, kind: &str) -> Vec<(Address, String, Map)> {
        let of = |address: &Address| address.platform == platform && address.kind == kind;
        let those = self.objects.iter().filter(|(address, _)| of(address));
        those.map(|(address, (id, attributes))| (address.clone(), id.clone(), attributes.clone())).collect()
    }

    /// Whether one of these was made in this run.
    pub(super) fn is_any_fresh<'a>(&self, mut addresses: impl Iterator<Item = &'a Address>) -> bool {
        addresses.any(|address| self.fresh.contains(address))
    }

    /// The attributes with all references resolved, or the first reference that cannot be.
    pub(super) fn resolve(&self, attributes: &Map) -> Result<Map, Reference> {
        let resolved: Map =
            attributes.iter().map(|(name, value)| (name.clone(), value.resolve(&|open| self.value(open)))).collect();
        let mut unknown = None;
        for value in resolved.values() {
            value.references(&mut |open| {
                unknown.get_or_insert_with(|| open.clone());
            });
        }
        unknown.map_or(Ok(resolved), Err)
    }

    /// One value with as many references resolved as can be.
    pub(super) fn resolve_value(&self, value: &Value) -> Value {
        value.resolve(&|open| self.value(open))
    }

    fn value(&self, open: &Reference) -> Option<Value> {
        let (id, attributes) = self.objects.get(&open.address)?;
        if open.attribute == "id" { Some(Value::text(id.as_str())) } else { attributes.get(&open.attribute).cloned() }
    }
}
