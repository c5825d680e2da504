//! The input, indexed once: everything behind this file asks by address, id, mark or key and never searches.

use std::collections::{BTreeMap, HashMap, HashSet};

use polity_model::{
    Address, Reference, Value,
    inventory::Gap,
    journal::Recorded,
    resource::{Desired, Key, Observed, Scope},
    schema::{Nature, Ownership, Schema},
};

use crate::Input;

/// What the name of the old half of a replacement ends in.
pub(crate) const REPLACED: &str = " (replaced)";

/// An observed object with what is known about its kind.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) object: &'a Observed,
    pub(crate) platform: &'a str,
    pub(crate) schema: &'a Schema,
}

/// A desired resource with what is known about its kind.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) desired: &'a Desired,
    pub(crate) schema: &'a Schema,
}

/// By scope, kind, name of the key, and value.
type KeyIndex<'a> = Nest<'a, Nest<'a, Nest<'a, BTreeMap<&'a Value, Vec<usize>>>>>;
type Nest<'a, T> = HashMap<&'a str, T>;

/// The indexed input. Desired resources are in order of addresses, observed ones in order of scope, kind and id;
/// both are spoken of by their number.
pub(crate) struct World<'a> {
    pub(crate) input: &'a Input<'a>,
    pub(crate) desired: Vec<Wanted<'a>>,
    pub(crate) observed: Vec<Seen<'a>>,
    /// Addresses that the manifest's kinds ask for twice, with different content.
    pub(crate) doubles: Vec<&'a Address>,
    at: HashMap<&'a Address, usize>,
    by_id: HashMap<(&'a str, &'a str, &'a str), usize>,
    by_native: Nest<'a, Nest<'a, Vec<usize>>>,
    by_mark: HashMap<&'a Address, Vec<usize>>,
    by_key: KeyIndex<'a>,
    scopes: HashMap<&'a str, &'a Scope>,
    gaps: HashMap<(&'a str, Option<&'a str>), &'a Gap>,
    recorded: HashMap<(&'a str, &'a str, &'a str), Vec<&'a Address>>,
    tenants: HashMap<(&'a str, &'a str), usize>,
}

impl<'a> World<'a> {
    pub(crate) fn new(input: &'a Input<'a>) -> Self {
        let schemas: HashMap<(&str, &str), &Schema> = input
            .schemas
            .iter()
            .map(|((platform, kind), schema)| ((platform.as_str(), kind.as_str()), schema))
            .collect();
        let scopes: HashMap<&str, &Scope> =
            input.inventory.scopes.iter().map(|scope| (scope.name.as_str(), scope)).collect();
        let (desired, doubles) = sort_desired(input, &schemas);
        let mut world = World {
            input,
            desired,
            observed: sort_observed(input, &schemas, &scopes),
            doubles,
            at: HashMap::new(),
            by_id: HashMap::new(),
            by_native: HashMap::new(),
            by_mark: HashMap::new(),
            by_key: HashMap::new(),
            scopes,
            gaps: HashMap::new(),
            recorded: HashMap::new(),
            tenants: HashMap::new(),
        };
        world.index();
        world
    }

    fn index(&mut self) {
        for (number, Wanted { desired, schema }) in self.desired.iter().enumerate() {
            self.at.insert(&desired.address, number);
            let tenant = desired.group.tenant.as_deref();
            if schema.nature == Nature::Container && tenant == Some(desired.address.name.as_str()) {
                self.tenants.insert((&desired.address.platform, &desired.address.name), number);
            }
        }
        for (number, Seen { object, platform, schema }) in self.observed.iter().enumerate() {
            self.by_id.entry((&object.scope, &object.kind, &object.id)).or_insert(number);
            if matches!(schema.nature, Nature::Container | Nature::Identity | Nature::Definition) {
                self.by_native.entry(platform).or_default().entry(&object.id).or_default().push(number);
            }
            if let Some(mark) = &object.mark
                && mark.organization == self.input.organization.name
            {
                self.by_mark.entry(&mark.address).or_default().push(number);
            }
            for key in &object.keys {
                let kinds = self.by_key.entry(&object.scope).or_default();
                let values = kinds.entry(&object.kind).or_default().entry(&key.name).or_default();
                values.entry(&key.value).or_default().push(number);
            }
        }
        for gap in &self.input.inventory.gaps {
            let slot = self.gaps.entry((&gap.scope, gap.kind.as_deref())).or_insert(gap);
            *slot = (*slot).min(gap);
        }
        for (address, recorded) in self.input.last {
            self.recorded.entry((&address.platform, &address.kind, &recorded.id)).or_default().push(address);
        }
    }

    /// The desired resource at this address.
    pub(crate) fn desired_at(&self, address: &Address) -> Option<usize> {
        self.at.get(address).copied()
    }

    /// The desired resource with this number. Numbers are only ever made here, so there is one.
    pub(crate) fn wanted(&self, number: usize) -> Option<Wanted<'a>> {
        self.desired.get(number).copied()
    }

    /// The observed object with this number.
    pub(crate) fn seen(&self, number: usize) -> Option<Seen<'a>> {
        self.observed.get(number).copied()
    }

    /// The observed object with this native id.
    pub(crate) fn by_id(&self, scope: &str, kind: &str, id: &str) -> Option<usize> {
        self.by_id.get(&(scope, kind, id)).copied()
    }

    /// The objects that links may point at with this native id.
    pub(crate) fn by_native(&self, platform: &str, id: &str) -> &[usize] {
        self.by_native.get(platform).and_then(|ids| ids.get(id)).map_or(&[], Vec::as_slice)
    }

    /// The objects of this desired resource's kind and scope that carry our mark for an address.
    pub(crate) fn marked(&self, desired: &Desired, address: &Address) -> Vec<usize> {
        let marked = self.by_mark.get(address).map_or(&[][..], Vec::as_slice);
        let fits = |number: &usize| {
            self.seen(*number)
                .is_some_and(|seen| seen.object.kind == desired.address.kind && seen.object.scope == desired.scope)
        };
        marked.iter().copied().filter(fits).collect()
    }

    /// The objects with this natural key.
    pub(crate) fn keyed(&self, scope: &str, kind: &str, key: &Key) -> &[usize] {
        let names = self.by_key.get(scope).and_then(|kinds| kinds.get(kind));
        let values = names.and_then(|names| names.get(key.name.as_str()));
        values.and_then(|values| values.get(&key.value)).map_or(&[], Vec::as_slice)
    }

    /// The gap that covers this scope and kind.
    pub(crate) fn gap(&self, scope: &str, kind: &str) -> Option<&'a Gap> {
        self.gaps.get(&(scope, None)).or_else(|| self.gaps.get(&(scope, Some(kind)))).copied()
    }

    /// The scope with this name, if it was read or tried.
    pub(crate) fn scope(&self, name: &str) -> Option<&'a Scope> {
        self.scopes.get(name).copied()
    }

    /// The addresses under which the journal knows this object. The name of a scope follows manifest names and may
    /// have changed since, so it counts only where the address still lives in it or is gone.
    pub(crate) fn recorded(&self, seen: Seen<'a>) -> impl Iterator<Item = &'a Address> {
        let all = self.recorded.get(&(seen.platform, &seen.object.kind, &seen.object.id));
        let scope = seen.object.scope.as_str();
        all.map_or(&[][..], Vec::as_slice).iter().copied().filter(move |address| {
            let here = |recorded: &Recorded| recorded.scope == scope;
            let wanted = self.desired_at(address).and_then(|number| self.wanted(number));
            wanted.is_some_and(|wanted| wanted.desired.scope == scope)
                || self.input.last.get(*address).is_some_and(here)
        })
    }

    /// The native id of the old half of a replacement of this address that was begun.
    pub(crate) fn old_half(&self, address: &Address) -> Option<&'a str> {
        let mut half = address.clone();
        half.name.push_str(REPLACED);
        self.input.last.get(&half).map(|recorded| recorded.id.as_str())
    }

    /// What the journal last knew at this address or a former one of it.
    pub(crate) fn last(&self, desired: &Desired) -> Option<&'a Recorded> {
        let former = || desired.renamed_from.iter().find_map(|address| self.input.last.get(address));
        self.input.last.get(&desired.address).or_else(former)
    }

    /// The desired tenant in which a scope lies, if it lies in one.
    pub(crate) fn tenant_of_scope(&self, scope: &str) -> Option<usize> {
        let scope = self.scope(scope)?;
        self.tenants.get(&(scope.platform.as_str(), scope.tenant.as_deref()?)).copied()
    }

    /// Whether our own mark or the journal says that an object is ours; says nothing about what it hangs on.
    pub(crate) fn is_known_ours(&self, seen: Seen<'a>) -> bool {
        let marked = seen.object.mark.as_ref().is_some_and(|mark| mark.organization == self.input.organization.name);
        (marked && seen.schema.ownership == Ownership::Tag) || self.recorded(seen).next().is_some()
    }

    /// All addresses that a desired resource points at, its tenant's included; may name one more than once.
    pub(crate) fn ends_of(&self, desired: &'a Desired) -> Vec<&'a Address> {
        let mut ends = Vec::new();
        let mut add = |reference: &'a Reference| ends.push(&reference.address);
        desired.attributes.values().for_each(|value| value.references(&mut add));
        desired.keys.iter().for_each(|key| key.value.references(&mut add));
        ends.extend(&desired.needs);
        let tenant = self.tenant_of_scope(&desired.scope).and_then(|number| self.wanted(number));
        ends.extend(tenant.map(|tenant| &tenant.desired.address));
        ends.retain(|end| **end != desired.address);
        ends
    }

    /// Numbers of the desired resources, each behind those it points at; a circle is cut where it is entered.
    pub(crate) fn by_dependence(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.desired.len());
        let mut entered = HashSet::new();
        for start in 0..self.desired.len() {
            if !entered.insert(start) {
                continue;
            }
            let mut open = vec![(start, self.ends_numbers(start).into_iter())];
            while let Some((number, ends)) = open.last_mut() {
                match ends.find(|end| entered.insert(*end)) {
                    Some(end) => open.push((end, self.ends_numbers(end).into_iter())),
                    None => {
                        order.push(*number);
                        open.pop();
                    }
                }
            }
        }
        order
    }

    fn ends_numbers(&self, number: usize) -> Vec<usize> {
        let Some(wanted) = self.wanted(number) else { return Vec::new() };
        self.ends_of(wanted.desired).into_iter().filter_map(|end| self.desired_at(end)).collect()
    }
}

fn sort_desired<'a>(
    input: &'a Input<'a>,
    schemas: &HashMap<(&str, &str), &'a Schema>,
) -> (Vec<Wanted<'a>>, Vec<&'a Address>) {
    let mut all: Vec<Wanted<'a>> = Vec::with_capacity(input.desired.len());
    for desired in &input.desired {
        if let Some(schema) = schemas.get(&(desired.address.platform.as_str(), desired.address.kind.as_str())) {
            all.push(Wanted { desired, schema });
        }
    }
    // Two of one address are a defect of a kind; which of them comes first must not depend on the input's order.
    let tie = |wanted: &Wanted<'_>| format!("{:?}", wanted.desired);
    all.sort_by(|a, b| a.desired.address.cmp(&b.desired.address).then_with(|| tie(a).cmp(&tie(b))));
    let mut doubles = Vec::new();
    all.dedup_by(|later, first| {
        let same = later.desired.address == first.desired.address;
        if same && later.desired != first.desired {
            doubles.push(&later.desired.address);
        }
        same
    });
    (all, doubles)
}

fn sort_observed<'a>(
    input: &'a Input<'a>,
    schemas: &HashMap<(&str, &str), &'a Schema>,
    scopes: &HashMap<&str, &'a Scope>,
) -> Vec<Seen<'a>> {
    let mut all: Vec<Seen<'a>> = Vec::with_capacity(input.inventory.resources.len());
    for object in &input.inventory.resources {
        // Names of scopes begin with the platform's; the list of scopes is asked first all the same.
        let begin = object.scope.split('/').next().unwrap_or_default();
        let platform = scopes.get(object.scope.as_str()).map_or(begin, |scope| scope.platform.as_str());
        if let Some(schema) = schemas.get(&(platform, object.kind.as_str())) {
            all.push(Seen { object, platform, schema });
        }
    }
    all.sort_by(|a, b| a.object.cmp(b.object));
    all.sort_by(|a, b| {
        let key = |seen: &Seen<'a>| (seen.object.scope.as_str(), seen.object.kind.as_str(), seen.object.id.as_str());
        key(a).cmp(&key(b))
    });
    all.dedup_by(|later, first| later.object == first.object);
    all
}
