//! All that was read, by scope and kind, and what could not be.

use std::collections::BTreeMap;

use polity_model::inventory::Inventory;
use serde_json::{Value, json};

use super::{
    clean, count,
    names::Names,
    plan::{gap_lines, human::push},
    some_of,
};
use crate::terminal::{BOLD, paint};

/// Version of the JSON form.
pub(crate) const VERSION: &str = "polity.inventory/v1";

/// A line per scope and kind; `all` shows every object with its id.
pub(crate) fn human(inventory: &Inventory, all: bool) -> String {
    let known = Names::of(&inventory.resources, &BTreeMap::new(), &BTreeMap::new());
    let mut scopes: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for object in &inventory.resources {
        let name = known.readable(if object.name.is_empty() { &object.id } else { &object.name });
        let name = if all { format!("{} ({})", clean(&name), clean(&object.id)) } else { clean(&name) };
        scopes.entry(&object.scope).or_default().entry(&object.kind).or_default().push(name);
    }
    let mut text = String::new();
    for (scope, kinds) in &scopes {
        text.push_str(&format!("{}\n", paint(BOLD, clean(scope))));
        for (kind, names) in kinds {
            let most = if all { usize::MAX - 1 } else { 6 };
            text.push_str(&format!("  {}: {}\n", count(names.len(), kind), some_of(names, most)));
        }
    }
    if !inventory.gaps.is_empty() {
        text.push_str(&format!("\n{}\n", paint(BOLD, "could not be read")));
        push(&mut text, &gap_lines(&inventory.gaps, all));
    }
    text.push_str(&format!(
        "\n{} in {}{}\n",
        count(inventory.resources.len(), "object"),
        count(scopes.len(), "scope"),
        if inventory.gaps.is_empty() { String::new() } else { format!(", {}", count(inventory.gaps.len(), "gap")) }
    ));
    text
}

/// Everything with its attributes.
pub(crate) fn json(inventory: &Inventory) -> Value {
    json!({"version": VERSION, "inventory": inventory})
}

#[cfg(test)]
mod tests {
    use polity_model::{inventory::Gap, resource::Observed};

    use super::*;
    use crate::views::plain;

    #[test]
    fn objects_and_gaps_are_counted() {
        let object = |scope: &str, kind: &str, id: &str, name: &str| Observed {
            kind: kind.to_owned(),
            scope: scope.to_owned(),
            id: id.to_owned(),
            name: name.to_owned(),
            attributes: [].into(),
            keys: vec![],
            mark: None,
            vendor: None,
            ended: None,
        };
        let gap = Gap {
            scope: "nimbus/old".to_owned(),
            kind: None,
            reason: "the role cannot be assumed".to_owned(),
            permission: None,
            help: None,
        };
        let resources = vec![
            object("nimbus", "account", "1", "prod"),
            object("nimbus", "account", "2", ""),
            object("nimbus/prod", "alias", "a", "a"),
        ];
        let inventory = Inventory { resources, gaps: vec![gap], ..Inventory::default() };
        insta::assert_snapshot!(plain(&human(&inventory, false)));
        assert!(plain(&human(&inventory, true)).contains("prod (1)"));
        assert_eq!(json(&inventory)["version"], VERSION);
    }
}
