//! A checked document or record, from which its noun takes what it knows.

use std::collections::BTreeMap;

use polity_model::{
    Diagnostic, Origin,
    organization::{
        Access, LifeState, Mode, Named, Native, NativeSection, Principal,
        quota::{Ceiling, Item, Quota},
    },
    vocabulary::Vocabulary,
    written::{self, Written},
};

use super::Draft;
use crate::{
    written::entry_of,
    yaml::{Content, Entry, Node, Source, Span},
};

/// A mapping whose values fit their shapes; values that did not fit are empty.
pub(crate) struct Body<'s> {
    pub(crate) source: &'s Source<'s>,
    /// Manifest name.
    pub(crate) name: String,
    /// Where it is declared: the place of its name.
    pub(crate) origin: Origin,
    entries: Vec<Entry>,
}

impl<'s> Body<'s> {
    pub(crate) fn new(source: &'s Source<'s>, name: String, origin: Origin, entries: Vec<Entry>) -> Self {
        Self { source, name, origin, entries }
    }

    /// A record within this document.
    pub(crate) fn inner(&self, node: Node) -> Body<'s> {
        let origin = self.source.origin(node.head());
        let entries = if let Content::Map(entries) = node.content { entries } else { Vec::new() };
        Body { source: self.source, name: String::new(), origin, entries }
    }

    /// Whether a field is written, even if its value does not fit.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == field)
    }

    /// Takes the value of a field out.
    pub(crate) fn take(&mut self, field: &str) -> Option<Node> {
        let at = self.entries.iter().position(|entry| entry.key == field)?;
        let entry = self.entries.swap_remove(at);
        (entry.node.content != Content::Null).then_some(entry.node)
    }

    pub(crate) fn origin_of(&self, span: Span) -> Origin {
        self.source.origin(span)
    }

    pub(crate) fn text(&mut self, field: &str) -> Option<String> {
        match self.take(field)?.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn bool(&mut self, field: &str) -> Option<bool> {
        match self.take(field)?.content {
            Content::Bool(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn number(&mut self, field: &str) -> Option<u64> {
        match self.take(field)?.content {
            Content::Int(number) => u64::try_from(number).ok(),
            _ => None,
        }
    }

    pub(crate) fn list(&mut self, field: &str) -> Vec<Node> {
        match self.take(field).map(|node| node.content) {
            Some(Content::List(items)) => items,
            _ => Vec::new(),
        }
    }

    pub(crate) fn texts(&mut self, field: &str) -> Vec<String> {
        self.list(field).into_iter().filter_map(|node| node.text().map(str::to_owned)).collect()
    }

    fn name_at(&self, node: Node) -> Option<Named> {
        let origin = self.source.origin(node.span);
        if let Content::Text(name) = node.content { Some(Named { name, origin }) } else { None }
    }

    pub(crate) fn named(&mut self, field: &str) -> Option<Named> {
        let node = self.take(field)?;
        self.name_at(node)
    }

    pub(crate) fn names(&mut self, field: &str) -> Vec<Named> {
        let items = self.list(field);
        items.into_iter().filter_map(|node| self.name_at(node)).collect()
    }

    pub(crate) fn mode(&mut self) -> Option<Mode> {
        match self.text("mode")?.as_str() {
            "adopt" => Some(Mode::Adopt),
            "own" => Some(Mode::Own),
            _ => Some(Mode::Observe),
        }
    }

    /// Free names to text, with the place of each value told to `seen`.
    pub(crate) fn tags(&mut self, draft: &mut Draft, ruled: bool) -> BTreeMap<String, String> {
        let Some(Node { content: Content::Map(entries), .. }) = self.take("tags") else { return BTreeMap::new() };
        let mut tags = BTreeMap::new();
        for entry in entries {
            let origin = self.source.origin(entry.key_span);
            if entry.key.starts_with("polity:") {
                draft.diagnostics.push(
                    Diagnostic::error("reserved-tag", &origin, format!("the tag `{}` is reserved", entry.key))
                        .help("tags that start with `polity:` mark what Polity owns; choose another name"),
                );
            }
            if let Content::Text(value) = entry.node.content {
                if ruled {
                    draft.tags.push((entry.key.clone(), value.clone(), self.source.origin(entry.node.span)));
                }
                tags.insert(entry.key, value);
            }
        }
        tags
    }

    /// Native sections: the entries named like platform types.
    pub(crate) fn sections(&mut self, vocabulary: &Vocabulary) -> Native {
        let (sections, rest) = std::mem::take(&mut self.entries)
            .into_iter()
            .partition(|entry| vocabulary.types.contains_key(&entry.key) && entry.node.content != Content::Null);
        self.entries = rest;
        self.native(sections)
    }

    /// `settings:` by platform type.
    pub(crate) fn settings(&mut self) -> Native {
        match self.take("settings").map(|node| node.content) {
            Some(Content::Map(entries)) => self.native(entries),
            _ => Native::new(),
        }
    }

    /// `quota:`, each ceiling with its place.
    pub(crate) fn quota(&mut self) -> Option<Quota> {
        let Content::Map(entries) = self.take("quota")?.content else { return None };
        let ceiling = |entry: &Entry| {
            let item = Item::ALL.into_iter().find(|item| item.name() == entry.key)?;
            let Content::Int(amount) = entry.node.content else { return None };
            Some((item, Ceiling { amount, origin: self.source.origin(entry.node.span) }))
        };
        Some(Quota { ceilings: entries.iter().filter_map(ceiling).collect() })
    }

    fn native(&self, entries: Vec<Entry>) -> Native {
        entries
            .into_iter()
            .map(|entry| {
                let origin = self.source.origin(entry.key_span);
                (entry.key, NativeSection { value: entry.node.into_value(), origin })
            })
            .collect()
    }

    /// What is left, as one canonical map: the further fields of a platform.
    pub(crate) fn rest(&mut self) -> polity_model::Map {
        crate::yaml::into_map(std::mem::take(&mut self.entries))
    }

    pub(crate) fn access(&mut self, draft: &mut Draft) -> Vec<Access> {
        let items = self.list("access");
        items.into_iter().filter_map(|node| self.inner(node).one_access(draft)).collect()
    }

    fn one_access(mut self, draft: &mut Draft) -> Option<Access> {
        let written: Vec<&str> =
            ["person", "team", "workload"].into_iter().filter(|principal| self.has(principal)).collect();
        if written.len() != 1 {
            let message = if written.is_empty() {
                "this access does not say who gets it".to_owned()
            } else {
                format!("this access names several principals: {}", written.join(", "))
            };
            draft.diagnostics.push(
                Diagnostic::error("one-principal", &self.origin, message)
                    .help("write exactly one of `person`, `team` and `workload`, and one line for each principal"),
            );
            return None;
        }
        let principal = self
            .text("person")
            .map(Principal::Person)
            .or_else(|| self.text("team").map(Principal::Team))
            .or_else(|| self.text("workload").map(Principal::Workload))?;
        let role = self.text("role")?;
        let until = self.text("until").and_then(|text| text.parse().ok());
        let reason = self.text("reason");
        Some(Access { principal, role, until, reason, origin: self.origin })
    }

    /// All of this document as it is written, for those who know what it means; its place is that of its name.
    pub(crate) fn into_written(self, noun: &str) -> Written {
        let head = |key: &str, text: &str| written::Entry {
            key: key.to_owned(),
            key_origin: self.origin.clone(),
            value: Written { origin: self.origin.clone(), content: written::Content::Text(text.to_owned()) },
        };
        let mut entries = vec![head("kind", noun), head("name", &self.name)];
        entries.extend(self.entries.into_iter().map(|entry| entry_of(self.source, entry)));
        Written { origin: self.origin, content: written::Content::Map(entries) }
    }

    /// What is left, as it is written.
    pub(crate) fn rest_written(&mut self) -> Written {
        let entries = std::mem::take(&mut self.entries).into_iter().map(|entry| entry_of(self.source, entry)).collect();
        Written { origin: self.origin.clone(), content: written::Content::Map(entries) }
    }

    /// The keys that are left.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }

    /// `state` with its `reason`.
    pub(crate) fn state(&mut self, draft: &mut Draft) -> LifeState {
        let at =
            self.entries.iter().find(|entry| entry.key == "state").map(|entry| self.source.origin(entry.node.span));
        let reason_written = self.has("reason");
        let (state, reason) = (self.text("state"), self.text("reason"));
        let Some(state) = state.filter(|state| state != "active") else {
            if reason_written {
                let origin = at.as_ref().unwrap_or(&self.origin);
                draft.diagnostics.push(
                    Diagnostic::warning("reason-without-state", origin, "a reason is given, but the state is active")
                        .help("write `state: retired`, or remove `reason`"),
                );
            }
            return LifeState::Active;
        };
        if reason.is_none() && !reason_written {
            let origin = at.as_ref().unwrap_or(&self.origin);
            draft.diagnostics.push(
                Diagnostic::error("missing-reason", origin, format!("`state: {state}` needs a reason"))
                    .help("write `reason: ...`: it is kept in the journal beside what was ended"),
            );
        }
        let reason = reason.unwrap_or_default();
        if state == "quarantined" { LifeState::Quarantined { reason } } else { LifeState::Retired { reason } }
    }

    /// Native ids by platform. An id without a platform is kept in the draft until the platforms are known.
    pub(crate) fn ids(&mut self, noun: &'static str, draft: &mut Draft) -> BTreeMap<String, String> {
        let Some(node) = self.take("id") else { return BTreeMap::new() };
        match node.content {
            Content::Text(id) => {
                let origin = self.source.origin(node.span);
                draft.single_ids.push((noun, self.name.clone(), id, origin));
                BTreeMap::new()
            }
            Content::Map(entries) => {
                let mut ids = BTreeMap::new();
                for entry in entries {
                    let origin = self.source.origin(entry.key_span);
                    draft.platform_names.push((entry.key.clone(), origin));
                    if let Content::Text(id) = entry.node.content {
                        let origin = self.source.origin(entry.node.span);
                        draft.native_ids.push((noun, entry.key.clone(), id.clone(), origin));
                        ids.insert(entry.key, id);
                    }
                }
                ids
            }
            _ => BTreeMap::new(),
        }
    }

    pub(crate) fn renamed_from(&mut self, noun: &'static str, draft: &mut Draft) -> Vec<String> {
        let names = self.names("renamed_from");
        for old in &names {
            draft.renames.push((noun, old.clone(), self.name.clone()));
        }
        names.into_iter().map(|old| old.name).collect()
    }
}
