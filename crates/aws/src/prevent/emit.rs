//! Guardrails out of what was lowered: named, described, attached, and refused with the sum spelled out where they do not fit.

use std::collections::{BTreeMap, BTreeSet};

use polity_model::{
    Diagnostic, Map, Origin, Value,
    organization::{Guardrail, LifeState, Named, NativeSection, Organization},
    written::{Content, Entry, Written},
};

use super::{
    lower::{Share, Shares},
    pack::{Bin, Full, Room, pack},
    statement::{Layer, Statement, document},
    tree::{Node, Tree},
};
use crate::{kinds, limits, scopes::Fields, services::Partition};

/// Characters of a policy's description, at most.
const DESCRIPTION: usize = 512;

/// Makes guardrails and attaches them.
pub(crate) struct Emitter<'a> {
    pub(crate) organization: &'a mut Organization,
    pub(crate) tree: &'a Tree,
    pub(crate) shares: &'a Shares,
    pub(crate) diagnostics: &'a mut Vec<Diagnostic>,
    /// Names of guardrails by place and control.
    pub(crate) made: BTreeMap<(Node, String), BTreeSet<String>>,
    /// Documents with statements, for the proof.
    pub(crate) documents: BTreeMap<(Node, Layer), Vec<Value>>,
}

impl Emitter<'_> {
    /// Packs the statements of one place and layer.
    pub(crate) fn statements(&mut self, node: &Node, layer: Layer, controls: &BTreeMap<String, Vec<Statement>>) {
        let controls: BTreeMap<&str, &[Statement]> =
            controls.iter().map(|(name, statements)| (name.as_str(), statements.as_slice())).collect();
        if controls.is_empty() {
            return;
        }
        let room = self.room(node, layer.kind());
        match pack(layer, &controls, room.left) {
            Ok(bins) => {
                for (number, bin) in bins {
                    self.bin(node, layer, number, &bin);
                }
            }
            Err(full) => self.refuse(node, layer.kind(), &full, &room, controls.keys().copied()),
        }
    }

    fn bin(&mut self, node: &Node, layer: Layer, number: u64, bin: &Bin) {
        let document = document(layer, &bin.statements);
        let infix = if layer == Layer::Principals { "" } else { "-rcp" };
        let name = format!("polity-{}{infix}-{number}", called(node));
        self.documents.entry((node.clone(), layer)).or_default().push(document.clone());
        self.guardrail(node, &name, layer.kind(), document, &bin.controls);
    }

    /// One document of another policy type, out of the parts that controls ask for.
    pub(crate) fn documents(&mut self, node: &Node) {
        let Some(shares) = self.shares.get(node) else { return };
        let mut kinds: BTreeMap<&'static str, Vec<(&str, &Written)>> = BTreeMap::new();
        for (control, share) in shares {
            for (kind, parts) in &share.documents {
                let above = self.tree.fences(node).iter().any(|above| {
                    let above = self.shares.get(above).and_then(|shares| shares.get(control));
                    above.and_then(|above| above.documents.get(kind)) == Some(parts)
                });
                if above {
                    continue;
                }
                kinds.entry(kind).or_default().extend(parts.iter().map(|part| (control.as_str(), part)));
            }
        }
        for (kind, parts) in kinds {
            let mut all: Option<(Written, &str)> = None;
            let mut controls: BTreeSet<String> = BTreeSet::new();
            for (control, part) in parts {
                controls.insert(control.to_owned());
                match &mut all {
                    None => all = Some((part.clone(), control)),
                    Some((all, first)) => join(all, part, &[first, control], kind, self.diagnostics),
                }
            }
            let Some((document, _)) = all else { continue };
            let document = document.value();
            let size = super::statement::size(&document);
            let room = self.room(node, kind);
            let controls: Vec<String> = controls.into_iter().collect();
            if size > room.left.size || room.left.slots == 0 {
                let full = Full::Together { needed: 1, size };
                self.refuse(node, kind, &full, &room, controls.iter().map(String::as_str));
                continue;
            }
            self.guardrail(node, &format!("polity-{}-{kind}", called(node)), kind, document, &controls);
        }
    }

    fn guardrail(&mut self, node: &Node, name: &str, kind: &str, document: Value, controls: &[String]) {
        let shares = self.shares.get(node);
        let at =
            |control: &String| shares.and_then(|shares| shares.get(control)).and_then(|share| share.origins.first());
        // What was lifted here is attached below.
        let anywhere = |control: &String| {
            let mut shares = self.shares.values().filter_map(|shares| shares.get(control));
            shares.find_map(|share: &Share| share.origins.first())
        };
        let named: Vec<Named> = controls
            .iter()
            .filter_map(|control| {
                Some(Named { name: control.clone(), origin: at(control).or_else(|| anywhere(control))?.clone() })
            })
            .collect();
        let Some(origin) = named.iter().map(|named| named.origin.clone()).min() else { return };
        if let Some(known) = self.organization.guardrail_documents.get(name) {
            let message = format!("the name `{name}` belongs to what is made of controls");
            let diagnostic = Diagnostic::error("name-taken", &known.origin, message).related(&origin, "attached here");
            self.diagnostics.push(diagnostic.help("give the guardrail, or the place it is named after, another name"));
            return;
        }
        for control in controls {
            self.made.entry((node.clone(), control.clone())).or_default().insert(name.to_owned());
        }
        let value = Map::from([("type".to_owned(), kind.into()), ("document".to_owned(), document)]);
        let section = NativeSection { value: Value::Map(value), origin: origin.clone() };
        let guardrail = Guardrail {
            name: name.to_owned(),
            title: None,
            description: Some(description(controls)),
            controls: named,
            native: BTreeMap::from([(kinds::TYPE.to_owned(), section)]),
            state: LifeState::Active,
            ids: BTreeMap::new(),
            renamed_from: Vec::new(),
            origin: origin.clone(),
        };
        self.organization.guardrail_documents.insert(name.to_owned(), guardrail);
        let attached = Named { name: name.to_owned(), origin };
        match node {
            Node::Root => self.organization.guardrails.push(attached),
            Node::Zone(zone) => {
                if let Some(zone) = self.organization.landing_zones.get_mut(zone) {
                    zone.guardrails.push(attached);
                }
            }
            Node::Tenant(tenant) => {
                if let Some(tenant) = self.organization.tenants.get_mut(tenant) {
                    tenant.guardrails.push(attached);
                }
            }
        }
    }

    fn room(&self, node: &Node, kind: &str) -> Left {
        let platforms = self.tree.spot(node).into_iter().flat_map(|spot| &spot.platforms);
        let fields: Vec<Fields> = platforms
            .filter_map(|name| self.organization.platforms.get(name))
            .map(|platform| Fields::of(&platform.native))
            .collect();
        let partitions = || fields.iter().map(|fields| Partition::of(&fields.region).name);
        // A type whose limits AWS does not tell has none here.
        let slots = partitions().filter_map(|name| limits::policies_per_target(kind, name)).min().unwrap_or(u64::MAX);
        let size = partitions().filter_map(|name| limits::policy_size(kind, name)).min().unwrap_or(u64::MAX);
        let with_statements = Layer::ALL.iter().any(|layer| layer.kind() == kind);
        let reserved = fields.iter().map(|fields| fields.reserved_policies).max().unwrap_or(0);
        let vendor = u64::from(with_statements);
        let kept = if with_statements { reserved } else { 0 };
        let written = match node {
            Node::Root => Some(&self.organization.guardrails),
            Node::Zone(name) => self.organization.landing_zones.get(name).map(|zone| &zone.guardrails),
            Node::Tenant(name) => self.organization.tenants.get(name).map(|tenant| &tenant.guardrails),
        };
        let is_one = |named: &&Named| {
            let guardrail = self.organization.guardrail_documents.get(&named.name);
            guardrail.is_some_and(|guardrail| {
                let section = guardrail.native.get(kinds::TYPE);
                guardrail.controls.is_empty()
                    && section.and_then(|section| section.value.get("type")).and_then(Value::as_text) == Some(kind)
            })
        };
        let own = written.into_iter().flatten().filter(is_one).count() as u64;
        let left = Room { slots: slots.saturating_sub(vendor + own + kept), size };
        Left { left, slots, vendor, own, kept }
    }

    fn refuse<'c>(
        &mut self,
        node: &Node,
        kind: &str,
        full: &Full,
        room: &Left,
        controls: impl Iterator<Item = &'c str>,
    ) {
        let shares = self.shares.get(node);
        let origins = controls.filter_map(|control| shares.and_then(|shares| shares.get(control))?.origins.first());
        let Some(origin) = origins.min().cloned().or_else(|| Some(self.organization.origin.clone())) else { return };
        let most = room.left.size;
        let message = match full {
            Full::Alone { control, size } => format!(
                "what prevents in the control `{control}` has {size} characters as a policy of the type `{kind}`; AWS takes {most}"
            ),
            Full::Together { needed, size } => format!(
                "the controls at {} need {needed} policies of the type `{kind}` with {size} characters together; there is room for {} \
                 of {most} each: {} less {} of AWS's own, {} of the manifest and {} kept free",
                place(node),
                room.left.slots,
                room.slots,
                room.vendor,
                room.own,
                room.kept
            ),
        };
        let help = "attach some of them to the landing zones above or below, which have room of their own";
        self.diagnostics.push(Diagnostic::error("guardrails-too-large", &origin, message).help(help));
    }
}

/// What is left at a place, and why no more.
struct Left {
    left: Room,
    slots: u64,
    vendor: u64,
    own: u64,
    kept: u64,
}

/// A place in the names of guardrails.
fn called(node: &Node) -> String {
    match node {
        Node::Root => "organization".to_owned(),
        Node::Zone(name) => name.clone(),
        Node::Tenant(name) => format!("tenant-{name}"),
    }
}

fn place(node: &Node) -> String {
    match node {
        Node::Root => "the organization".to_owned(),
        Node::Zone(name) => format!("the landing zone `{name}`"),
        Node::Tenant(name) => format!("the tenant `{name}`"),
    }
}

/// Which controls a policy enforces, as far as AWS has room for it.
fn description(controls: &[String]) -> String {
    let start = "enforces ";
    let whole = format!("{start}{}", controls.join(", "));
    if whole.len() <= DESCRIPTION {
        return whole;
    }
    let mut text = start.to_owned();
    for (place, control) in controls.iter().enumerate() {
        let rest = format!("and {} more", controls.len() - place);
        if text.len() + control.len() + 2 + rest.len() > DESCRIPTION {
            return text + &rest;
        }
        text.push_str(&format!("{control}, "));
    }
    text
}

/// Joins a part into a document. Lists become one, and two values of one name are a contradiction.
fn join(all: &mut Written, part: &Written, controls: &[&str; 2], kind: &str, wrong: &mut Vec<Diagnostic>) {
    let same = all.value() == part.value();
    match (&mut all.content, &part.content) {
        (Content::Map(entries), Content::Map(more)) => {
            for entry in more {
                match entries.iter_mut().find(|known| known.key == entry.key) {
                    Some(known) => join_entry(known, entry, controls, kind, wrong),
                    None => entries.push(entry.clone()),
                }
            }
        }
        (Content::List(items), Content::List(more)) => {
            let known: Vec<Value> = items.iter().map(Written::value).collect();
            items.extend(more.iter().filter(|item| !known.contains(&item.value())).cloned());
        }
        _ if same => {}
        _ => contradict(&part.origin, &all.origin.clone(), controls, kind, wrong),
    }
}

fn join_entry(known: &mut Entry, entry: &Entry, controls: &[&str; 2], kind: &str, wrong: &mut Vec<Diagnostic>) {
    join(&mut known.value, &entry.value, controls, kind, wrong);
}

fn contradict(at: &Origin, other: &Origin, controls: &[&str; 2], kind: &str, wrong: &mut Vec<Diagnostic>) {
    let [one, two] = controls;
    let message = format!("`{one}` and `{two}` ask for different things in the same policy of the type `{kind}`");
    let diagnostic = Diagnostic::error("contradiction", at, message).related(other, "the other one");
    wrong.push(diagnostic.help("attach one of them, or give both the same parameters"));
}
