//! Adoption: the manifest folder that a living cluster would have been made from. A plan over that folder is empty, because
//! its tenants carry the names of their namespaces and the platform's mode is `observe`.
//!
//! Taken over are namespaces, their quotas, and who is given which cluster role in them. A cluster knows people by their
//! login names alone: only those whose login is an e-mail address become people of the manifest.
//!
//! **Never here:** a call, a file, or anything that depends on the order of the inventory.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{
    Map, Value,
    document::Document,
    inventory::Inventory,
    organization::quota::{Item, Measure},
    resource::Observed,
};
use polity_provider::naming::{Wish, distinct, is_email, slug};

use crate::{
    kinds::{cluster_role, namespace, object::NAMESPACE, resource_quota},
    names::{self, TYPE},
    operations::CLUSTER_ROLES,
};

/// What adoption must be told, because no inventory says it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Manifest name that the organization gets.
    pub organization: &'a str,
    /// Manifest name of the platform, as in the inventory.
    pub platform: &'a str,
    /// Context of the kubeconfig, where it is not the current one.
    pub context: Option<&'a str>,
}

/// All documents of the folder. What cannot be taken over without a change is left out, and a comment in the first
/// document says so.
pub fn documents(subject: &Subject<'_>, inventory: &Inventory) -> Vec<Document> {
    let mut cast = Cast::new(subject, inventory);
    let projects = cast.projects();
    let mut all = vec![cast.organization(inventory), cast.unit(), cast.platform()];
    all.extend(cast.people());
    all.extend(cast.teams());
    all.extend(cast.roles());
    all.extend(projects);
    all
}

/// Who and what is taken over, and under which name.
struct Cast<'a> {
    subject: &'a Subject<'a>,
    all: Vec<&'a Observed>,
    /// Manifest names of namespaces, by native name.
    tenants: BTreeMap<String, String>,
    /// Manifest names of people, by login.
    people: BTreeMap<String, String>,
    /// Manifest names of teams, by group.
    teams: BTreeMap<String, String>,
    /// Manifest names of roles, by name of the cluster role.
    roles: BTreeMap<String, String>,
    left_out: BTreeSet<String>,
}

impl<'a> Cast<'a> {
    fn new(subject: &'a Subject<'a>, inventory: &'a Inventory) -> Self {
        let all: Vec<&Observed> = inventory.resources.iter().filter(|one| one.scope == subject.platform).collect();
        let mut cast = Self {
            subject,
            all,
            tenants: BTreeMap::new(),
            people: BTreeMap::new(),
            teams: BTreeMap::new(),
            roles: BTreeMap::new(),
            left_out: BTreeSet::new(),
        };
        cast.name_tenants();
        cast.name_principals();
        cast.say_what_is_left();
        cast
    }

    /// Objects of a kind that are neither the cluster's own nor a workload's nor ending.
    fn free(&self, kind: &str) -> impl Iterator<Item = &'a Observed> + use<'a> {
        let found = self.all.iter().filter(|one| one.kind == kind && one.vendor.is_none() && one.ended.is_none());
        found.copied().collect::<Vec<_>>().into_iter()
    }

    fn name_tenants(&mut self) {
        let mut wishes = Vec::new();
        for namespace in self.free(namespace::KIND) {
            // Every cluster is born with it; it is a tenant where somebody has put something into it.
            let used =
                || self.all.iter().any(|one| one.vendor.is_none() && text(one, NAMESPACE) == Some(&namespace.id));
            match &namespace.mark {
                Some(mark) if mark.organization != self.subject.organization => {
                    let line = format!("namespace `{}`: it carries the mark `{}`", namespace.id, mark.written());
                    self.left_out.insert(line);
                }
                _ if namespace.id == "default" && !used() => {}
                // A name that our own mark remembers is the best of all.
                mark => {
                    let remembered = mark.as_ref().map(|mark| mark.address.name.clone());
                    wishes.push(Wish::new(
                        &namespace.id,
                        "tenant",
                        remembered.into_iter().chain([slug(&namespace.id)]),
                    ));
                }
            }
        }
        self.tenants = distinct(&wishes);
    }

    /// Those who are given something in a namespace that is taken over.
    fn name_principals(&mut self) {
        let (mut people, mut teams, mut roles) = (Vec::new(), Vec::new(), Vec::new());
        let bindings: Vec<(&Observed, &str, &str)> = self.bindings().collect();
        for (binding, role, principal) in bindings {
            let Some(role) = role.strip_prefix("clusterroles/") else {
                let line =
                    format!("access of `{principal}` in `{}`: `{role}` holds in one namespace only", place(binding));
                self.left_out.insert(line);
                continue;
            };
            match principal.split_once(':') {
                // Who everybody is no manifest says.
                Some((_, name)) if name.starts_with("system:") => {
                    let line = format!("access of `{principal}` in `{}`: that is no team", place(binding));
                    self.left_out.insert(line);
                    continue;
                }
                Some(("Group", name)) => teams.push(Wish::new(name, "team", [slug(name)])),
                Some(("User", login)) if is_email(login) => {
                    let name = slug(login.split('@').next().unwrap_or(login));
                    people.push(Wish::new(login, "person", [name, slug(login)]));
                }
                _ => {
                    let line = format!("access of `{principal}`: no e-mail address says who that is");
                    self.left_out.insert(line);
                    continue;
                }
            }
            roles.push(Wish::new(role, "role", [slug(role)]));
        }
        self.people = distinct(&once(people));
        self.teams = distinct(&once(teams));
        self.roles = distinct(&once(roles));
    }

    /// Bindings in namespaces that are taken over, with role and principal.
    fn bindings(&self) -> impl Iterator<Item = (&'a Observed, &'a str, &'a str)> {
        let here: Vec<_> = self
            .free("role-binding")
            .filter(|binding| self.tenants.contains_key(place(binding)))
            .filter_map(|binding| Some((binding, text(binding, "role")?, text(binding, "principal")?)))
            .collect();
        here.into_iter()
    }

    fn say_what_is_left(&mut self) {
        for kind in ["cluster-role-binding", "limit-range", "network-policy"] {
            let count = self.free(kind).count();
            if count > 0 {
                self.left_out
                    .insert(format!("{count} of the kind {kind}: they stay as they are, and are told as foreign"));
            }
        }
    }

    fn organization(&self, inventory: &Inventory) -> Document {
        let mut lines = vec!["Written by `polity adopt`. Nothing in it asks for a change as it stands.".to_owned()];
        let mut tell = |title: &str, items: Vec<String>| {
            if !items.is_empty() {
                lines.extend([String::new(), title.to_owned()]);
                lines.extend(items.iter().map(|item| format!("- {item}")));
            }
        };
        tell("Left out, because it could not be taken over as it is:", self.left_out.iter().cloned().collect());
        let gaps = inventory.gaps.iter().map(|gap| {
            let kind = gap.kind.as_ref().map(|kind| format!(" {kind}")).unwrap_or_default();
            format!("{}{kind}: {}", gap.scope, gap.reason)
        });
        tell("Could not be read:", gaps.collect());
        let mut document = document("organization.yaml", "organization", self.subject.organization);
        document.comment = Some(lines.join("\n"));
        document.fields.push(("version".to_owned(), "polity/v1".into()));
        document
    }

    fn unit(&self) -> Document {
        let mut document = document("units.yaml", "unit", self.subject.organization);
        document.comment = Some("The business tree: split it into those who own and pay.".to_owned());
        document
    }

    fn platform(&self) -> Document {
        let mut document = document("platform.yaml", "platform", self.subject.platform);
        document.comment = Some("`mode: adopt` lets Polity mark what the manifest names as its own.".to_owned());
        let cluster = self.all.iter().find(|one| one.kind == "cluster").map(|one| one.id.as_str());
        let fields = [
            ("type", Some(TYPE)),
            ("mode", Some("observe")),
            ("context", self.subject.context),
            ("cluster_id", cluster),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
        document.fields.extend(fields);
        document
    }

    fn people(&self) -> Vec<Document> {
        let people = self.people.iter().enumerate().map(|(number, (login, name))| {
            let (local, _) = login.split_once('@').unwrap_or((login, ""));
            let (given, family) = local.split_once('.').unwrap_or((local, local));
            let mut person = document("people.yaml", "person", name);
            person.comment =
                (number == 0).then(|| "A cluster knows logins alone: the names are made of them.".to_owned());
            let fields = [("given_name", capital(given)), ("family_name", capital(family)), ("email", login.clone())];
            person.fields.extend(fields.map(|(field, value)| (field.to_owned(), value.into())));
            person
        });
        people.collect()
    }

    fn teams(&self) -> Vec<Document> {
        let teams = self.teams.iter().map(|(group, name)| {
            let mut team = document("teams.yaml", "team", name);
            if group != name {
                team.fields.push(("title".to_owned(), group.as_str().into()));
            }
            team.fields.push(("id".to_owned(), group.as_str().into()));
            team
        });
        teams.collect()
    }

    fn roles(&self) -> Vec<Document> {
        let roles = self.roles.iter().map(|(native, name)| {
            let mut role = document("roles.yaml", "role", name);
            if native == "cluster-admin" {
                role.fields.push(("admin".to_owned(), true.into()));
            }
            let mut section = Map::from([("cluster_role".to_owned(), native.as_str().into())]);
            section.extend(self.own_rules(native).map(|rules| ("rules".to_owned(), rules)));
            role.fields.push((TYPE.to_owned(), Value::Map(section)));
            role
        });
        roles.collect()
    }

    /// The rules of a role that was ours before: without them in the manifest they would not be ours any more.
    fn own_rules(&self, native: &str) -> Option<Value> {
        let id = names::id_of(&CLUSTER_ROLES, None, native);
        let role = self.free(cluster_role::KIND).find(|role| role.id == id)?;
        let mark = role.mark.as_ref().filter(|mark| mark.organization == self.subject.organization)?;
        (mark.address.kind == cluster_role::KIND).then(|| cluster_role::written_rules(role))
    }

    /// A project for each namespace: which of them belong together nobody but people can tell.
    fn projects(&mut self) -> Vec<Document> {
        let mut documents = Vec::new();
        let mut access: BTreeMap<&str, BTreeSet<Value>> = BTreeMap::new();
        for (binding, role, principal) in self.bindings() {
            let role = role.strip_prefix("clusterroles/").and_then(|role| self.roles.get(role));
            let (noun, name) = match principal.split_once(':') {
                Some(("Group", name)) => ("team", self.teams.get(name)),
                Some(("User", login)) => ("person", self.people.get(login)),
                _ => continue,
            };
            if let (Some(role), Some(name)) = (role, name) {
                let one = [(noun.to_owned(), name.as_str().into()), ("role".to_owned(), role.as_str().into())];
                access.entry(place(binding)).or_default().insert(Value::Map(Map::from(one)));
            }
        }
        let mut strange = Vec::new();
        for namespace in self.free(namespace::KIND) {
            let Some(name) = self.tenants.get(&namespace.id) else { continue };
            let mut tenant = Map::from([
                ("platform".to_owned(), self.subject.platform.into()),
                ("name".to_owned(), name.as_str().into()),
                ("id".to_owned(), namespace.id.as_str().into()),
            ]);
            let labels = namespace.attributes.get("labels").and_then(Value::as_map).cloned().unwrap_or_default();
            if !labels.is_empty() {
                tenant.insert("tags".to_owned(), Value::Map(labels));
            }
            match self.quota(namespace) {
                Ok(quota) => tenant.extend(quota.map(|quota| ("quota".to_owned(), Value::Map(quota)))),
                Err(why) => strange.push(why),
            }
            if let Some(access) = access.get(namespace.id.as_str()) {
                tenant.insert("access".to_owned(), Value::List(access.iter().cloned().collect()));
            }
            let mut project = document(&format!("projects/{name}.yaml"), "project", name);
            project.fields.push(("unit".to_owned(), self.subject.organization.into()));
            project.fields.push(("tenants".to_owned(), Value::List(vec![Value::Map(tenant)])));
            documents.push(project);
        }
        self.left_out.extend(strange);
        documents
    }

    /// The quota of a namespace, if it is the one that we would keep and the language can say all of it.
    fn quota(&self, namespace: &Observed) -> Result<Option<Map>, String> {
        let here = self.free(resource_quota::KIND).filter(|quota| text(quota, NAMESPACE) == Some(&namespace.id));
        let (ours, others): (Vec<_>, Vec<_>) = here.partition(|quota| quota.mark.is_some());
        if let Some(other) = others.first() {
            return Err(format!("resource quota `{}`: it stays as it is, and is told as foreign", other.name));
        }
        let Some(quota) = ours.first() else { return Ok(None) };
        let hard = quota.attributes.get("hard").and_then(Value::as_map).cloned().unwrap_or_default();
        let mut written = Map::new();
        for (native, amount) in &hard {
            let amount = amount.as_text().unwrap_or_default();
            let item = resource_quota::ITEMS.iter().find(|(_, name)| name == native).map(|(item, _)| *item);
            let said = item.and_then(|item| Some((item.name().to_owned(), said(item, amount)?)));
            let Some((name, value)) = said else {
                return Err(format!(
                    "resource quota `{}`: `{native}: {amount}` has no word in the language",
                    quota.name
                ));
            };
            written.insert(name, value);
        }
        Ok(Some(written))
    }
}

/// A native amount in the manifest's words.
fn said(item: Item, amount: &str) -> Option<Value> {
    match item.measure() {
        Measure::Cores => amount.trim_end_matches('m').parse::<i64>().ok().map(|_| amount.into()),
        Measure::Count => amount.parse::<i64>().ok().map(Value::Int),
        Measure::Size => {
            let size = ["Mi", "Gi", "Ti"].into_iter().find_map(|unit| Some((amount.strip_suffix(unit)?, unit)));
            let (number, unit) = size.filter(|(number, _)| number.parse::<i64>().is_ok())?;
            Some(Value::Text(format!("{number} {unit}B")))
        }
    }
}

/// Wishes, one for each id.
fn once(mut wishes: Vec<Wish<'_>>) -> Vec<Wish<'_>> {
    wishes.sort_by(|one, other| one.id.cmp(other.id));
    wishes.dedup_by(|one, other| one.id == other.id);
    wishes
}

fn place(binding: &Observed) -> &str {
    text(binding, NAMESPACE).unwrap_or_default()
}

fn text<'o>(object: &'o Observed, name: &str) -> Option<&'o str> {
    object.attributes.get(name).and_then(Value::as_text).filter(|text| !text.is_empty())
}

fn document(path: &str, kind: &str, name: &str) -> Document {
    let fields = vec![("kind".to_owned(), kind.into()), ("name".to_owned(), name.into())];
    Document { path: path.to_owned(), comment: None, fields }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
