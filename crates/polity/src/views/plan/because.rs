//! Why a change is made: file and line, the commit and author behind them, or drift and who did it.

use polity_model::{
    Origin,
    plan::{Because, Change},
};

use super::Context;
use crate::views::{clean, cut};

/// The reason in one sentence.
pub(super) fn sentence(change: &Change, context: &Context) -> String {
    match &change.because {
        Because::Written(origins) => match place(origins, context) {
            Some(place) => format!("because {place}"),
            None => "because the manifest asks for it".to_owned(),
        },
        Because::Drifted(origins) => {
            let actor = match context.actors.get(&change.address) {
                Some(actor) => format!("changed in the cloud by {}", clean(actor)),
                None => "changed in the cloud since it was applied".to_owned(),
            };
            match place(origins, context) {
                Some(place) => format!("drift: {actor}; wanted by {place}"),
                None => format!("drift: {actor}; the manifest does not ask for it"),
            }
        }
        Because::Removed => "because the manifest does not ask for it any more".to_owned(),
        Because::Retired { origin, reason } => {
            let reason = clean(reason);
            match place(origin, context) {
                Some(place) => format!("retired: \"{reason}\" at {place}"),
                None => format!("retired: \"{reason}\""),
            }
        }
        Because::Foreign => {
            let actor = context.actors.get(&change.address);
            let actor = actor.map_or_else(String::new, |actor| format!(", made by {}", clean(actor)));
            format!("because nothing in the manifest asks for it{actor}, and the mode here is `own`")
        }
    }
}

/// `tenants.yaml:12 (3f2a1bc4, Ada Lovelace, 2026-11-02: "Add checkout")`.
pub(super) fn place(origins: &[Origin], context: &Context) -> Option<String> {
    let origin = origins.first()?;
    let mut text = clean(&origin.to_string());
    if let Some(commit) = context.commit(origin) {
        let line = if commit.line == origin.line { String::new() } else { format!("line {}: ", commit.line) };
        match &commit.id {
            Some(id) => text.push_str(&format!(
                " ({line}{}, {}, {}: \"{}\")",
                id.get(..8).unwrap_or(id),
                clean(&commit.author),
                commit.date,
                cut(&clean(&commit.summary), 60)
            )),
            None => text.push_str(&format!(" ({line}not committed yet)")),
        }
    }
    Some(text)
}
