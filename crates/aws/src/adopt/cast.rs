//! Who is taken over, and under which name. An object that could not stay as it is is left out, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{Value, inventory::Inventory, resource::Observed};
use polity_provider::naming::{Wish, distinct, is_email, join, slug};

use super::Subject;
use crate::{kinds::policy_type, vocabulary::POLICY_TYPES};

/// The objects that are taken over, by kind, with their manifest names.
pub(super) struct Cast<'a> {
    pub(super) subject: &'a Subject<'a>,
    /// What is left out and why, one sentence each.
    pub(super) left_out: BTreeSet<String>,
    /// All that was read, by kind and id: links are looked up here.
    all: BTreeMap<&'a str, BTreeMap<&'a str, &'a Observed>>,
    /// Manifest names by kind and native id; who has none is left out.
    names: BTreeMap<&'static str, BTreeMap<String, String>>,
}

impl<'a> Cast<'a> {
    pub(super) fn new(subject: &'a Subject<'a>, inventory: &'a Inventory) -> Self {
        let mut all: BTreeMap<&str, BTreeMap<&str, &Observed>> = BTreeMap::new();
        for object in &inventory.resources {
            let here = object.scope == subject.platform || object.scope.starts_with(&format!("{}/", subject.platform));
            if here {
                all.entry(object.kind.as_str()).or_default().insert(object.id.as_str(), object);
            }
        }
        let mut cast = Self { subject, left_out: BTreeSet::new(), all, names: BTreeMap::new() };
        cast.name_landing_zones();
        cast.name_accounts();
        cast.name_policies();
        cast.name_people();
        let teams = cast.chosen("group", |group| group.name.to_lowercase(), |_| None);
        cast.name("group", "team", &teams, |group| vec![slug(&group.name)]);
        let roles = cast.chosen("permission-set", |set| set.name.to_lowercase(), |_| None);
        cast.name("permission-set", "role", &roles, |set| vec![slug(&set.name)]);
        cast
    }

    /// All objects of a kind, by id.
    pub(super) fn all(&self, kind: &str) -> impl Iterator<Item = &'a Observed> + use<'a> {
        self.all.get(kind).cloned().unwrap_or_default().into_values()
    }

    /// Objects of a kind that are taken over, with their names, sorted by name.
    pub(super) fn taken(&self, kind: &str) -> Vec<(&str, &'a Observed)> {
        let mut taken: Vec<_> =
            self.all(kind).filter_map(|object| Some((self.name_of(kind, &object.id)?, object))).collect();
        taken.sort_by_key(|(name, _)| *name);
        taken
    }

    /// The manifest name of an object, if it is taken over.
    pub(super) fn name_of(&self, kind: &str, id: &str) -> Option<&str> {
        self.names.get(kind)?.get(id).map(String::as_str)
    }

    /// Native id of the root, under which everything stands.
    pub(super) fn root(&self) -> Option<&'a str> {
        self.all("organization").find_map(|organization| text(organization, "root_id"))
    }

    fn is_root(&self, id: &str) -> bool {
        self.root().map_or_else(|| id.starts_with("r-"), |root| root == id)
    }

    /// Objects of a kind that can be taken over as they are. `unfit` gives further reasons against it; of those that
    /// `alike` cannot tell apart, neither can the language, and only the first is taken.
    fn chosen(
        &mut self,
        kind: &str,
        alike: impl Fn(&Observed) -> String,
        unfit: impl Fn(&Observed) -> Option<String>,
    ) -> Vec<&'a Observed> {
        let mut chosen = Vec::new();
        let mut known: BTreeMap<String, &str> = BTreeMap::new();
        for object in self.all(kind) {
            let mut why = self.foreign(object).or_else(|| unfit(object));
            if why.is_none() {
                let first = *known.entry(alike(object)).or_insert(&object.id);
                why = (first != object.id).then(|| format!("`{first}` has the same name"));
            }
            match why {
                None => chosen.push(object),
                // What the vendor keeps in every organization is not worth a line.
                Some(_) if object.vendor.as_deref() == Some("managed by AWS") => {}
                Some(why) => {
                    self.left_out.insert(format!("{kind} `{}` ({}): {why}", object.name, object.id));
                }
            }
        }
        chosen
    }

    /// Why an object is somebody else's, or nobody's any more.
    fn foreign(&self, object: &Observed) -> Option<String> {
        if let Some(vendor) = &object.vendor {
            return Some(if vendor.contains(' ') && vendor.starts_with("managed") {
                vendor.clone()
            } else {
                format!("made by {vendor}")
            });
        }
        if let Some(state) = &object.ended {
            return Some(format!("its state is {state}"));
        }
        let mark = object.mark.as_ref()?;
        let ours = mark.organization == self.subject.organization && mark.address.platform == self.subject.platform;
        (!ours).then(|| format!("it carries the mark `{}`", mark.written()))
    }

    fn name(
        &mut self,
        kind: &'static str,
        noun: &str,
        objects: &[&'a Observed],
        wishes: impl Fn(&Observed) -> Vec<String>,
    ) {
        let wishes: Vec<Wish<'_>> = objects
            .iter()
            .map(|object| {
                // A name that our own mark remembers is the best of all.
                let remembered = object.mark.as_ref().filter(|mark| mark.address.kind == kind);
                let remembered = remembered.map(|mark| mark.address.name.clone()).filter(|name| is_name(name));
                Wish::new(&object.id, noun, remembered.into_iter().chain(wishes(object)))
            })
            .collect();
        let names = distinct(&wishes);
        self.names.insert(kind, names);
    }

    /// A unit can only be taken over with all units above it.
    fn name_landing_zones(&mut self) {
        let place = |unit: &Observed| format!("{} {}", text(unit, "parent").unwrap_or_default(), unit.name);
        let mut chosen = self.chosen("organizational-unit", place, |_| None);
        loop {
            let ids: BTreeSet<&str> = chosen.iter().map(|unit| unit.id.as_str()).collect();
            let (stay, go): (Vec<_>, Vec<_>) = chosen.iter().copied().partition(|unit| {
                text(unit, "parent").is_some_and(|parent| self.is_root(parent) || ids.contains(parent))
            });
            for unit in &go {
                let line = format!("organizational-unit `{}` ({}): the unit above it is left out", unit.name, unit.id);
                self.left_out.insert(line);
            }
            chosen = stay;
            if go.is_empty() {
                break;
            }
        }
        let by_id: BTreeMap<&str, &Observed> = chosen.iter().map(|unit| (unit.id.as_str(), *unit)).collect();
        self.name("organizational-unit", "zone", &chosen, |unit| {
            let mut names = vec![slug(&unit.name)];
            let mut above = text(unit, "parent").and_then(|parent| by_id.get(parent));
            while let (Some(parent), true) = (above, names.len() < 8) {
                let longer = join(&[&slug(&parent.name), names.last().map_or("", String::as_str)]);
                names.push(longer);
                above = text(parent, "parent").and_then(|parent| by_id.get(parent));
            }
            names
        });
    }

    fn name_accounts(&mut self) {
        let chosen = self.chosen("account", |account| account.id.clone(), |_| None);
        let (chosen, lost): (Vec<_>, Vec<_>) = chosen.into_iter().partition(|account| {
            text(account, "parent")
                .is_some_and(|parent| self.is_root(parent) || self.name_of("organizational-unit", parent).is_some())
        });
        for account in lost {
            let line = format!("account `{}` ({}): the unit it stands in is left out", account.name, account.id);
            self.left_out.insert(line);
        }
        let zones = self.names.get("organizational-unit").cloned().unwrap_or_default();
        self.name("account", "tenant", &chosen, |account| {
            let name = slug(&account.name);
            let zone = text(account, "parent").and_then(|parent| zones.get(parent));
            let placed = zone.map(|zone| join(&[zone, &name])).unwrap_or_default();
            vec![name, placed]
        });
    }

    fn name_policies(&mut self) {
        let on: BTreeSet<String> = self
            .all("policy-type")
            .filter(|kind| text(kind, "status") == Some("ENABLED"))
            .filter_map(|kind| text(kind, "type").map(str::to_owned))
            .collect();
        let alike = |policy: &Observed| format!("{} {}", text(policy, "type").unwrap_or_default(), policy.name);
        let chosen = self.chosen("policy", alike, |policy| {
            let kind = text(policy, "type").unwrap_or_default();
            if !POLICY_TYPES.contains(&policy_type::short(kind)) {
                return Some(format!("the policy type `{kind}` is newer than this build of Polity"));
            }
            if !on.contains(kind) {
                return Some(format!("its type `{kind}` is not enabled"));
            }
            let is_document = matches!(policy.attributes.get("document"), Some(Value::Map(_)));
            (!is_document).then(|| "its document is not a JSON object".to_owned())
        });
        self.name("policy", "guardrail", &chosen, |policy| {
            let name = slug(&policy.name);
            let kind = policy_type::short(text(policy, "type").unwrap_or_default());
            let longer = join(&[&name, kind]);
            vec![name, longer]
        });
    }

    fn name_people(&mut self) {
        let login = |user: &Observed| text(user, "user_name").unwrap_or(&user.name).to_lowercase();
        let chosen = self.chosen("user", login, |user| {
            let missing = ["given_name", "family_name"].iter().find(|name| text(user, name).is_none());
            if let Some(missing) = missing {
                return Some(format!("it has no {}", missing.replace('_', " ")));
            }
            match text(user, "email") {
                None => Some("it has no e-mail address".to_owned()),
                Some(email) if !is_email(email) => Some(format!("`{email}` is not an e-mail address")),
                Some(_) => None,
            }
        });
        self.name("user", "person", &chosen, |user| {
            let login = text(user, "user_name").unwrap_or(&user.name);
            vec![slug(login.split('@').next().unwrap_or(login)), slug(login)]
        });
    }
}

/// A text attribute that says something.
pub(super) fn text<'o>(object: &'o Observed, name: &str) -> Option<&'o str> {
    object.attributes.get(name).and_then(Value::as_text).filter(|text| !text.is_empty())
}

/// Whether the language takes this as a name.
fn is_name(text: &str) -> bool {
    text.len() <= 100
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
