//! `nimbus`, a cloud that does not exist: a model in memory with one kind of each nature, which refuses what a real
//! one would refuse. Plans are applied to it change by change.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(dead_code)] // each test binary uses its part

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{
    Address, Digest, Map, Origin, Reference, Value,
    inventory::Inventory,
    journal::{LastApplied, Recorded},
    limit::Limit,
    organization::{Brakes, Limit as Bound, Mode, Organization, Principal, Role},
    plan::{Action, Change, Plan},
    resource::{Desired, Key, MARK_ATTRIBUTE, Mark, Observed, Scope},
    schema::{Attribute, Change as On, Compare, Effect, Nature, Ownership, Schema},
    units::Date,
};
use polity_planner::Input;

pub(crate) const PLATFORM: &str = "nimbus";
pub(crate) type Schemas = BTreeMap<(String, String), Schema>;

/// The kinds of nimbus. Zones either move, or must be replaced, as clouds differ in this.
pub(crate) fn schemas(zones_move: bool) -> Schemas {
    let kind = |kind, title, nature, ownership, effect, attributes| Schema {
        kind,
        title,
        level: "organization",
        nature,
        ownership,
        effect,
        attributes,
        lane: None,
        irreversible: false,
    };
    let through = |kind, attribute| Ownership::Through { kind, attribute };
    let text = |name| Attribute::new(name, "");
    let fixed = |name| text(name).change(On::Replace);
    let parent = text("parent").change(if zones_move { On::Move } else { On::Replace });
    let (tag, journal) = (Ownership::Tag, Ownership::Journal);
    let mut tenant = kind(
        "tenant",
        "tenant",
        Nature::Container,
        tag.clone(),
        Effect::Neutral,
        vec![
            text("name"),
            text("email").compare(Compare::CaseInsensitive).change(On::Fixed),
            text("parent").change(On::Move),
            text("labels").empties(),
            text("born").change(On::ReadOnly),
        ],
    );
    tenant.irreversible = true;
    let attaches = Effect::Attaches { guardrail: "fence", target: "target" };
    let grants = Effect::Grants { principal: "principal", role: "role", place: "place", below: Some("below") };
    let joins = Effect::Joins { member: "member", group: "team" };
    let mut lock =
        kind("lock", "lock", Nature::Setting, journal.clone(), Effect::Restricts, vec![text("on"), text("word")]);
    lock.level = "tenant";
    let all = [
        kind(
            "root",
            "root",
            Nature::Container,
            journal.clone(),
            Effect::Neutral,
            vec![text("top").change(On::ReadOnly)],
        ),
        kind("zone", "zone", Nature::Container, tag.clone(), Effect::Neutral, vec![text("name"), parent]),
        tenant,
        kind(
            "person",
            "person",
            Nature::Identity,
            journal.clone(),
            Effect::Neutral,
            vec![text("login"), text("shown")],
        ),
        kind("team", "team", Nature::Identity, tag.clone(), Effect::Neutral, vec![text("title")]),
        kind(
            "membership",
            "membership",
            Nature::Link,
            through("team", "team"),
            joins,
            vec![fixed("team"), fixed("member")],
        ),
        kind(
            "role",
            "role",
            Nature::Definition,
            tag.clone(),
            Effect::Defines,
            vec![
                fixed("title"),
                text("abilities").compare(Compare::Set).empties(),
                text("document").compare(Compare::Document).empties(),
                text("boundary").empties(),
                text("key").compare(Compare::Secret),
            ],
        ),
        kind(
            "access",
            "access",
            Nature::Link,
            through("role", "role"),
            grants,
            vec![fixed("principal"), fixed("role"), fixed("place"), fixed("below")],
        ),
        kind(
            "fence",
            "fence",
            Nature::Definition,
            tag,
            Effect::Restricts,
            vec![text("title"), fixed("type"), text("document").compare(Compare::Document)],
        ),
        kind(
            "attachment",
            "attachment",
            Nature::Link,
            through("fence", "fence"),
            attaches,
            vec![fixed("fence"), fixed("target"), text("type").change(On::ReadOnly)],
        ),
        kind("budget", "budget", Nature::Definition, journal, Effect::Neutral, vec![text("name"), text("amount")]),
        lock,
    ];
    all.into_iter().map(|schema| ((PLATFORM.to_owned(), schema.kind.to_owned()), schema)).collect()
}

/// An organization of no content: brakes off, the given roles being admin roles.
pub(crate) fn organization(admin_roles: &[&str]) -> Organization {
    let origin = Origin::file("org.yaml");
    let role = |name: &&str| Role {
        name: (*name).to_owned(),
        title: None,
        description: None,
        admin: true,
        native: BTreeMap::new(),
        ids: BTreeMap::new(),
        renamed_from: Vec::new(),
        origin: origin.clone(),
    };
    Organization {
        name: "acme".to_owned(),
        title: None,
        origin: origin.clone(),
        today: Date::constant(2026, 11, 22),
        tag_rules: BTreeMap::new(),
        brakes: Brakes {
            removals: BTreeMap::new(),
            people_losing_access: Bound::default(),
            guardrails_removed: Bound::default(),
            tenants_retired: Bound::default(),
            minimum_admins: 0,
            origin: None,
        },
        break_glass: None,
        access: Vec::new(),
        guardrails: Vec::new(),
        controls: Vec::new(),
        settings: BTreeMap::new(),
        units: BTreeMap::new(),
        people: BTreeMap::new(),
        teams: BTreeMap::new(),
        workloads: BTreeMap::new(),
        roles: admin_roles.iter().map(|name| ((*name).to_owned(), role(name))).collect(),
        platforms: BTreeMap::new(),
        landing_zones: BTreeMap::new(),
        guardrail_documents: BTreeMap::new(),
        control_documents: Vec::new(),
        exemptions: BTreeMap::new(),
        projects: BTreeMap::new(),
        tenants: BTreeMap::new(),
    }
}

pub(crate) fn at(kind: &str, name: &str) -> Address {
    Address::new(PLATFORM, kind, name)
}

pub(crate) fn id_of(kind: &str, name: &str) -> Value {
    if kind == "root" { Value::attribute_of(at("root", "nimbus"), "top") } else { Value::id_of(at(kind, name)) }
}

/// What the wishes below have in common.
pub(crate) struct Asking {
    pub(crate) all: Vec<Desired>,
    pub(crate) mode: Mode,
    pub(crate) line: u32,
}

impl Asking {
    pub(crate) fn new(mode: Mode) -> Self {
        let mut asking = Self { all: Vec::new(), mode, line: 0 };
        asking.add("root", "nimbus", &[], &[("self", "self".into())]);
        asking
    }

    /// Asks for a resource; answers it for further touches.
    pub(crate) fn add(
        &mut self,
        kind: &str,
        name: &str,
        attributes: &[(&str, Value)],
        keys: &[(&str, Value)],
    ) -> &mut Desired {
        self.line += 1;
        let mut origin = Origin::file("org.yaml");
        origin.line = self.line;
        let mut desired = Desired::new(at(kind, name), PLATFORM, &origin);
        desired.attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        desired.keys = keys.iter().map(|(name, value)| Key::new(name, value.clone())).collect();
        desired.mode = self.mode;
        self.all.push(desired);
        self.all.last_mut().unwrap()
    }

    pub(crate) fn zone(&mut self, name: &str, parent: Option<&str>) -> &mut Desired {
        let parent = parent.map_or_else(|| id_of("root", ""), |parent| id_of("zone", parent));
        let key = Value::List(vec![parent.clone(), name.into()]);
        let zone = self.add("zone", name, &[("name", name.into()), ("parent", parent)], &[("parent+name", key)]);
        zone.group.landing_zone = Some(name.to_owned());
        zone
    }

    pub(crate) fn tenant(&mut self, name: &str, zone: Option<&str>) -> &mut Desired {
        let parent = zone.map_or_else(|| id_of("root", ""), |zone| id_of("zone", zone));
        let email = format!("{name}@acme.example");
        let attributes = [("name", name.into()), ("email", email.clone().into()), ("parent", parent)];
        let tenant = self.add("tenant", name, &attributes, &[("email", email.into())]);
        tenant.group.tenant = Some(name.to_owned());
        tenant.group.landing_zone = zone.map(str::to_owned);
        tenant
    }

    pub(crate) fn person(&mut self, name: &str) -> &mut Desired {
        self.add("person", name, &[("login", name.into()), ("shown", name.into())], &[("login", name.into())])
    }

    pub(crate) fn team(&mut self, name: &str, people: &[&str]) -> &mut Desired {
        for person in people {
            let (member, team) = (id_of("person", person), id_of("team", name));
            let key = Value::List(vec![member.clone(), team.clone()]);
            self.add(
                "membership",
                &format!("{person}@{name}"),
                &[("member", member), ("team", team)],
                &[("ends", key)],
            );
        }
        self.add("team", name, &[("title", name.into())], &[("title", name.into())])
    }

    pub(crate) fn role(&mut self, name: &str, abilities: &[&str]) -> &mut Desired {
        let abilities = Value::from(abilities.to_vec());
        self.add("role", name, &[("title", name.into()), ("abilities", abilities)], &[("title", name.into())])
    }

    pub(crate) fn access(&mut self, principal: (&str, &str), role: &str, tenant: &str) -> &mut Desired {
        let name = format!("{}:{}/{role}@{tenant}", principal.0, principal.1);
        let ends = [id_of(principal.0, principal.1), id_of("role", role), id_of("tenant", tenant)];
        let key = Value::List(ends.to_vec());
        let [principal, role, place] = ends;
        self.add("access", &name, &[("principal", principal), ("role", role), ("place", place)], &[("ends", key)])
    }

    /// A role in all that is below a zone, and not in the zone itself.
    pub(crate) fn access_below(&mut self, principal: (&str, &str), role: &str, zone: &str) -> &mut Desired {
        let name = format!("{}:{}/{role}@below:{zone}", principal.0, principal.1);
        let ends = [id_of(principal.0, principal.1), id_of("role", role), id_of("zone", zone)];
        let key = Value::List(ends.to_vec());
        let [principal, role, place] = ends;
        let attributes = [("principal", principal), ("role", role), ("place", place), ("below", true.into())];
        self.add("access", &name, &attributes, &[("ends", key)])
    }

    pub(crate) fn fence(&mut self, name: &str, kind: &str, denies: &[&str]) -> &mut Desired {
        let statement = |what: &&str| format!(r#"{{"Effect": "Deny", "Action": "{what}"}}"#);
        let statements: Vec<String> = denies.iter().map(statement).collect();
        let document = Value::text(format!(r#"{{"Statement": [{}]}}"#, statements.join(", ")));
        let attributes = [("title", name.into()), ("type", kind.into()), ("document", document)];
        self.add("fence", name, &attributes, &[("title", Value::List(vec![kind.into(), name.into()]))])
    }

    /// Attaches a fence to `root`, `zone:x` or `tenant:x`.
    pub(crate) fn attach(&mut self, fence: &str, place: &str) -> &mut Desired {
        let (kind, name) = place.split_once(':').unwrap_or(("root", ""));
        let ends = [id_of("fence", fence), id_of(kind, name)];
        let key = Value::List(ends.to_vec());
        let [guardrail, target] = ends;
        let name = format!("{fence}@{place}");
        self.add("attachment", &name, &[("fence", guardrail), ("target", target)], &[("ends", key)])
    }

    pub(crate) fn budget(&mut self, name: &str, amount: &str) -> &mut Desired {
        self.add("budget", name, &[("name", name.into()), ("amount", amount.into())], &[("name", name.into())])
    }

    pub(crate) fn lock(&mut self, tenant: &str, on: bool) -> &mut Desired {
        let lock = self.add("lock", tenant, &[("on", on.into())], &[("self", "self".into())]);
        lock.scope = format!("{PLATFORM}/{tenant}");
        lock
    }
}

/// The cloud.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Nimbus {
    /// By kind and id.
    pub(crate) objects: BTreeMap<(String, String), Observed>,
    pub(crate) last: LastApplied,
    counter: usize,
}

impl Nimbus {
    pub(crate) fn new() -> Self {
        let mut cloud = Self::default();
        cloud.put("root", "root-0", &[("top", "top-0".into())]);
        cloud
    }

    /// Puts an object there by hand.
    pub(crate) fn put(&mut self, kind: &str, id: &str, attributes: &[(&str, Value)]) -> &mut Observed {
        let attributes: Map = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let name = ["title", "name", "login"].iter().find_map(|name| attributes.get(*name)?.as_text());
        let object = Observed {
            kind: kind.to_owned(),
            scope: PLATFORM.to_owned(),
            id: id.to_owned(),
            name: name.unwrap_or(id).to_owned(),
            keys: keys(kind, &attributes),
            attributes,
            mark: None,
            vendor: None,
            ended: None,
        };
        self.objects.entry((kind.to_owned(), id.to_owned())).insert_entry(object).into_mut()
    }

    /// Id of the object that the journal knows at an address.
    pub(crate) fn id(&self, kind: &str, name: &str) -> String {
        self.last.get(&at(kind, name)).unwrap_or_else(|| panic!("nothing at {kind}/{name}")).id.clone()
    }

    /// The object that the journal knows at an address.
    pub(crate) fn object(&mut self, kind: &str, name: &str) -> &mut Observed {
        let id = self.id(kind, name);
        self.objects.get_mut(&(kind.to_owned(), id)).unwrap()
    }

    /// What a reading finds: the settings of a tenant are in a scope of its own, which is born with it.
    pub(crate) fn inventory(&self, desired: &[Desired]) -> Inventory {
        let mut inventory = Inventory { resources: self.objects.values().cloned().collect(), ..Inventory::default() };
        let scope = |name: &str, tenant: Option<&str>, entry: Option<String>| Scope {
            name: name.to_owned(),
            platform: PLATFORM.to_owned(),
            level: if tenant.is_some() { "tenant" } else { "organization" }.to_owned(),
            tenant: tenant.map(str::to_owned),
            entry: entry.map(|id| BTreeMap::from([("id".to_owned(), id)])),
        };
        inventory.scopes.push(scope(PLATFORM, None, Some("top-0".to_owned())));
        let lower = |value: &Value| value.as_text().map(str::to_lowercase);
        let emails: BTreeMap<String, &Observed> = self
            .objects
            .values()
            .filter(|object| object.kind == "tenant")
            .filter_map(|object| Some((object.attributes.get("email").and_then(lower)?, object)))
            .collect();
        for tenant in desired.iter().filter(|desired| desired.address.kind == "tenant") {
            let name = &tenant.address.name;
            let born = tenant.attributes.get("email").and_then(lower).and_then(|email| emails.get(&email));
            let path = format!("{PLATFORM}/{name}");
            inventory.scopes.push(scope(&path, Some(name), born.map(|object| object.id.clone())));
            if let Some(object) = born {
                let state = object.attributes.get("lock").cloned().unwrap_or(Value::Bool(false));
                let word = object.attributes.get("word").cloned().unwrap_or_default();
                inventory.resources.push(Observed {
                    kind: "lock".to_owned(),
                    scope: path,
                    id: object.id.clone(),
                    name: "lock".to_owned(),
                    attributes: Map::from([("on".to_owned(), state), ("word".to_owned(), word)]),
                    keys: vec![Key::new("self", "self")],
                    mark: None,
                    vendor: None,
                    ended: None,
                });
            }
        }
        inventory.normalize();
        inventory
    }

    /// Applies a whole plan, and records what was found in order, as the engine does.
    pub(crate) fn apply(&mut self, schemas: &Schemas, plan: &Plan) {
        plan.changes.iter().for_each(|change| self.apply_one(schemas, change));
    }

    /// Applies one change; panics where a real cloud would refuse.
    pub(crate) fn apply_one(&mut self, schemas: &Schemas, change: &Change) {
        let schema = &schemas[&(PLATFORM.to_owned(), change.address.kind.clone())];
        for need in change.after.values() {
            need.references(&mut |reference| {
                assert!(self.known(reference).is_some(), "{} comes before {}", change.address, reference.address);
            });
        }
        let after: Map = change
            .after
            .iter()
            .map(|(name, value)| (name.clone(), value.resolve(&|reference| self.known(reference))))
            .collect();
        if schema.nature == Nature::Setting {
            return self.set(change, &after);
        }
        if change.action == Action::Replace {
            // As the engine does, so that the old one is not lost if a crash comes.
            let mut half = change.address.clone();
            half.name.push_str(" (replaced)");
            let old = self.last.get(&change.address).cloned();
            self.last.extend(old.map(|old| (half, old)));
        }
        match change.action {
            Action::Create | Action::Replace => self.create(schema, change, after),
            Action::Update | Action::Move | Action::Adopt => self.update(schema, change, after),
            Action::Delete => self.delete(change),
            Action::Forget => {
                self.objects.get_mut(&key_of(change)).unwrap().mark = None;
                self.last.remove(&change.address);
            }
        }
    }

    /// Applies a plan that only creates, without looking for twins: fast enough for large ones.
    pub(crate) fn grow(&mut self, plan: &Plan) {
        for change in &plan.changes {
            assert_eq!(change.action, Action::Create);
            let known = |reference: &Reference| self.known(reference);
            let after: Map = change.after.iter().map(|(name, value)| (name.clone(), value.resolve(&known))).collect();
            if change.address.kind == "lock" {
                let tenant = self.id("tenant", &change.address.name);
                let object = self.objects.get_mut(&("tenant".to_owned(), tenant)).unwrap();
                object.attributes.insert("lock".to_owned(), after["on"].clone());
                continue;
            }
            let id = format!("{}-{}", change.address.kind, change.address.name);
            let attributes: Vec<(&str, Value)> =
                after.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            self.put(&change.address.kind, &id, &attributes).mark = Some(mark(&change.address));
            self.last.insert(change.address.clone(), Recorded { scope: PLATFORM.to_owned(), id, attributes: after });
        }
    }

    fn create(&mut self, schema: &Schema, change: &Change, after: Map) {
        self.counter += 1;
        let id = format!("{}-{}", change.address.kind, self.counter);
        for key in keys(&change.address.kind, &after) {
            let twin =
                self.objects.values().find(|other| other.kind == change.address.kind && other.keys.contains(&key));
            assert!(twin.is_none(), "{} is there already: {twin:?}", change.address);
        }
        let attributes: Vec<(&str, Value)> = after.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let object = self.put(&change.address.kind, &id, &attributes);
        if schema.ownership == Ownership::Tag {
            object.mark = Some(mark(&change.address));
        }
        let recorded = Recorded { scope: PLATFORM.to_owned(), id, attributes: after };
        self.last.insert(change.address.clone(), recorded);
    }

    fn update(&mut self, schema: &Schema, change: &Change, after: Map) {
        let object = self.objects.get_mut(&key_of(change)).unwrap();
        assert!(object.ended.is_none() && object.vendor.is_none(), "{} takes no change", change.address);
        for difference in &change.diff {
            if difference.attribute == MARK_ATTRIBUTE {
                assert_eq!(schema.ownership, Ownership::Tag);
                object.mark = Some(mark(&change.address));
                continue;
            }
            assert_ne!(schema.attribute(&difference.attribute).unwrap().change, On::Fixed);
            match after.get(&difference.attribute) {
                Some(value) => object.attributes.insert(difference.attribute.clone(), value.clone()),
                None => object.attributes.remove(&difference.attribute),
            };
        }
        object.keys = keys(&object.kind, &object.attributes);
        let (id, attributes) = (object.id.clone(), object.attributes.clone());
        change.renamed_from.iter().for_each(|old| drop(self.last.remove(old)));
        self.last.insert(change.address.clone(), Recorded { scope: PLATFORM.to_owned(), id, attributes });
    }

    fn delete(&mut self, change: &Change) {
        let key = key_of(change);
        // A tenant ends with its guardrails still on it.
        let stays = |other: &Observed| key.0 == "tenant" && other.kind == "attachment";
        let hanging = self.objects.values().find(|other| {
            other.ended.is_none()
                && !stays(other)
                && other.attributes.values().any(|value| value.as_text() == Some(key.1.as_str()))
        });
        assert!(hanging.is_none(), "{} still has {hanging:?}", change.address);
        if key.0 == "tenant" {
            self.objects.get_mut(&key).unwrap().ended = Some("being closed".to_owned());
        } else {
            self.objects.remove(&key).unwrap_or_else(|| panic!("{} is not there", change.address));
        }
        self.last
            .retain(|address, recorded| *address != change.address && !(address.kind == key.0 && recorded.id == key.1));
    }

    fn set(&mut self, change: &Change, after: &Map) {
        let tenant = change.scope.rsplit('/').next().unwrap();
        let email = Value::text(format!("{tenant}@acme.example"));
        let mut tenants = self.objects.values_mut().filter(|object| object.kind == "tenant");
        let object = tenants.find(|object| object.attributes["email"] == email).unwrap();
        let id = object.id.clone();
        let value = after.get("on").cloned().unwrap_or(Value::Bool(false));
        object.attributes.insert("lock".to_owned(), value);
        if change.action == Action::Delete {
            self.last.remove(&change.address);
        } else {
            let recorded = Recorded { scope: change.scope.clone(), id, attributes: after.clone() };
            self.last.insert(change.address.clone(), recorded);
        }
    }

    fn known(&self, reference: &Reference) -> Option<Value> {
        let recorded = self.last.get(&reference.address)?;
        let object = self.objects.get(&(reference.address.kind.clone(), recorded.id.clone()))?;
        if reference.attribute == "id" {
            return Some(object.id.clone().into());
        }
        object.attributes.get(&reference.attribute).cloned()
    }

    /// Fences in force on a node and on all above it, by the titles of their objects, and what they deny.
    pub(crate) fn in_force(&self, id: &str) -> BTreeSet<String> {
        let mut fences = BTreeSet::new();
        let mut next = Some(id.to_owned());
        while let Some(node) = next {
            for attachment in self.objects.values().filter(|object| object.kind == "attachment") {
                if attachment.attributes["target"].as_text() == Some(&node) {
                    let fence = attachment.attributes["fence"].as_text().unwrap().to_owned();
                    let Some(fence) = self.objects.get(&("fence".to_owned(), fence)) else { continue };
                    fences.insert(fence.name.clone());
                    let document = fence.attributes["document"].as_text().unwrap();
                    fences.extend(
                        document
                            .split('"')
                            .filter(|word| ["x", "y", "z"].contains(word))
                            .map(|what| format!("deny {what}")),
                    );
                }
            }
            let object = self.objects.values().find(|object| object.id == node);
            next = object.and_then(|object| object.attributes.get("parent")?.as_text()).map(str::to_owned);
        }
        fences
    }
}

fn key_of(change: &Change) -> (String, String) {
    (change.address.kind.clone(), change.id.clone().expect("a change of what is there has its id"))
}

pub(crate) fn mark(address: &Address) -> Mark {
    Mark { organization: "acme".to_owned(), address: address.clone() }
}

fn keys(kind: &str, attributes: &Map) -> Vec<Key> {
    let value = |name: &str| attributes.get(name).cloned().unwrap_or_default();
    let list = |names: &[&str]| Value::List(names.iter().map(|name| value(name)).collect());
    vec![match kind {
        "root" => Key::new("self", "self"),
        "zone" => Key::new("parent+name", list(&["parent", "name"])),
        "tenant" => Key::new("email", value("email").as_text().unwrap_or_default().to_lowercase()),
        "person" => Key::new("login", value("login")),
        "membership" => Key::new("ends", list(&["member", "team"])),
        "access" => Key::new("ends", list(&["principal", "role", "place"])),
        "attachment" => Key::new("ends", list(&["fence", "target"])),
        "budget" => Key::new("name", value("name")),
        "fence" => Key::new("title", list(&["type", "title"])),
        _ => Key::new("title", value("title")),
    }]
}

/// Everything that a plan is made of, kept alive for the planner to borrow.
pub(crate) struct Case {
    pub(crate) organization: Organization,
    pub(crate) schemas: Schemas,
    pub(crate) desired: Vec<Desired>,
    pub(crate) inventory: Inventory,
    pub(crate) last: LastApplied,
    pub(crate) limits: Vec<Limit>,
    pub(crate) applier: Option<String>,
    pub(crate) names: BTreeMap<(String, String), Principal>,
}

impl Case {
    pub(crate) fn new(desired: Vec<Desired>, cloud: &Nimbus) -> Self {
        Self {
            organization: organization(&["admin"]),
            schemas: schemas(false),
            inventory: cloud.inventory(&desired),
            desired,
            last: cloud.last.clone(),
            limits: Vec::new(),
            applier: None,
            names: BTreeMap::new(),
        }
    }

    pub(crate) fn plan(&self) -> Plan {
        polity_planner::plan(&self.input())
    }

    pub(crate) fn input(&self) -> Input<'_> {
        Input {
            names: self.names.clone(),
            organization: &self.organization,
            manifest: Digest::of(b"manifest"),
            platforms: BTreeMap::from([(PLATFORM.to_owned(), "top-0".to_owned())]),
            schemas: &self.schemas,
            desired: self.desired.clone(),
            inventory: &self.inventory,
            last: &self.last,
            limits: &self.limits,
            applier: self.applier.clone(),
        }
    }
}

/// The cloud after a first apply of what is asked for.
pub(crate) fn grown(asking: &Asking) -> Nimbus {
    let mut cloud = Nimbus::new();
    let case = Case::new(asking.all.clone(), &cloud);
    let plan = case.plan();
    assert!(plan.brakes.is_empty(), "{:#?}", plan.brakes);
    cloud.apply(&case.schemas, &plan);
    record(&mut cloud, &case);
    cloud
}

/// Records what was found in order, as the engine does after a run.
pub(crate) fn record(cloud: &mut Nimbus, case: &Case) {
    let again = Case::new(case.desired.clone(), cloud);
    for (address, id) in polity_planner::pair(&again.input()) {
        let found =
            again.inventory.resources.iter().find(|object| object.kind == address.kind && object.id == id).unwrap();
        let recorded = Recorded { scope: found.scope.clone(), id, attributes: found.attributes.clone() };
        cloud.last.insert(address, recorded);
    }
}
