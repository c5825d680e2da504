//! Native ids and former names: each belongs to one document.

use std::collections::HashMap;

use polity_model::{Diagnostic, Origin};

use crate::{check::spoken, syntax::Draft};

/// An id without a platform belongs to the only platform there is.
pub(super) fn distribute(draft: &mut Draft, diagnostics: &mut Vec<Diagnostic>) {
    for (noun, name, id, origin) in std::mem::take(&mut draft.single_ids) {
        let organization = &mut draft.organization;
        let zone_platforms = organization.landing_zones.get(&name).filter(|_| noun == "landing_zone");
        let mut platforms: Vec<String> = match zone_platforms {
            Some(zone) if !zone.platforms.is_empty() => zone.platforms.iter().map(|named| named.name.clone()).collect(),
            _ => organization.platforms.keys().cloned().collect(),
        };
        let platform = match (platforms.pop(), platforms.is_empty()) {
            (Some(platform), true) => platform,
            (None, _) => continue,
            (Some(platform), false) => {
                let message = format!("there are several platforms: on which one is `{id}`?");
                diagnostics.push(
                    Diagnostic::error("id-without-platform", &origin, message)
                        .help(format!("write `id: {{{platform}: \"{id}\"}}`")),
                );
                continue;
            }
        };
        let ids = match noun {
            "landing_zone" => organization.landing_zones.get_mut(&name).map(|zone| &mut zone.ids),
            "person" => organization.people.get_mut(&name).map(|person| &mut person.ids),
            "team" => organization.teams.get_mut(&name).map(|team| &mut team.ids),
            "role" => organization.roles.get_mut(&name).map(|role| &mut role.ids),
            _ => organization.guardrail_documents.get_mut(&name).map(|guardrail| &mut guardrail.ids),
        };
        if let Some(ids) = ids {
            ids.insert(platform.clone(), id.clone());
            draft.native_ids.push((noun, platform, id, origin));
        }
    }
}

/// No two documents of a noun take over the same native object.
pub(super) fn check(draft: &Draft, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<(&str, &str, &str), &Origin> = HashMap::with_capacity(draft.native_ids.len());
    for (noun, platform, id, origin) in &draft.native_ids {
        match seen.get(&(*noun, platform.as_str(), id.as_str())) {
            Some(first) => {
                let message = format!("two {}s take over the same native object `{id}`", spoken(noun));
                diagnostics.push(
                    Diagnostic::error("duplicate-id", origin, message)
                        .related(first, "first taken over here")
                        .help("each native object belongs to one document: correct one of the ids"),
                );
            }
            None => drop(seen.insert((noun, platform, id), origin)),
        }
    }
}

/// A former name belongs to nobody who lives, and to one successor.
pub(super) fn renames(draft: &Draft, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<(&str, &str), &Origin> = HashMap::new();
    for (noun, old, new) in &draft.renames {
        if old.name == *new {
            diagnostics.push(
                Diagnostic::error("renamed-from-itself", &old.origin, format!("`{new}` cannot be renamed from itself"))
                    .help("write the former name, or remove it"),
            );
        } else if let Some(living) = draft.find(noun, &old.name) {
            let message = format!("`{new}` is renamed from `{}`, but a {} `{0}` still exists", old.name, spoken(noun));
            diagnostics.push(
                Diagnostic::error("renamed-from-living", &old.origin, message)
                    .related(&living.origin, "still declared here")
                    .help("remove the old document, or the former name"),
            );
        }
        match seen.get(&(*noun, old.name.as_str())) {
            Some(first) => diagnostics.push(
                Diagnostic::error(
                    "renamed-twice",
                    &old.origin,
                    format!("two {}s were once `{}`", spoken(noun), old.name),
                )
                .related(first, "the other one")
                .help("only one of them can keep the native object"),
            ),
            None => drop(seen.insert((noun, &old.name), &old.origin)),
        }
    }
}
