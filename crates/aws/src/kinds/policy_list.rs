//! The lists of policies, read once for the policies and for their attachments.

use std::{collections::BTreeSet, sync::Arc};

use polity_provider::{Error, Problem, Reader};
use serde_json::{Value as Json, json};

use super::{
    policy_type::{self, TYPES},
    support::{each, is_unborn, optional},
    tree::{self, Shared},
};
use crate::{client::pages, operations::organizations::LIST_POLICIES};

/// Policies as the lists give them.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Summaries of all policies of all types.
    pub(crate) summaries: Vec<Json>,
    /// Types that are on.
    pub(crate) on: BTreeSet<String>,
    /// Types that are on, but that the endpoint does not list.
    pub(crate) untold: Vec<String>,
}

/// Lists the policies of all types: those that are off may have policies, too.
pub(crate) async fn list(reader: &Reader, shared: &Shared) -> Result<Arc<Listed>, Error> {
    shared.policies.join(read_all(reader, shared)).await
}

async fn read_all(reader: &Reader, shared: &Shared) -> Result<Arc<Listed>, Error> {
    let root = tree::root(reader, shared).await?;
    let on = policy_type::states(&root);
    // A type that is newer than this build can be on: its policies are foreign, but they are seen.
    let newer = on.keys().copied().filter(|kind| TYPES.iter().all(|(_, native)| native != kind));
    let kinds: Vec<&str> = TYPES.iter().map(|(_, native)| *native).chain(newer).collect();
    let lists = each(kinds, |kind| async move {
        let listed = pages(reader, &LIST_POLICIES, json!({"Filter": kind}), "Policies").await;
        Ok((
            kind,
            match listed {
                // An endpoint or partition that does not know a type has no policies of it.
                Err(error) if is_unknown_type(&error) => None,
                listed => Some(listed?),
            },
        ))
    });
    let on_now = on.keys().map(|kind| (*kind).to_owned()).collect();
    let mut all = Listed { on: on_now, ..Listed::default() };
    for (kind, listed) in lists.await? {
        match listed {
            Some(summaries) => all.summaries.extend(summaries),
            None if on.contains_key(kind) => all.untold.push(kind.to_owned()),
            None => {}
        }
    }
    Ok(Arc::new(all))
}

fn is_unknown_type(error: &Error) -> bool {
    matches!(error.problem, Problem::Unsupported | Problem::Invalid) && !is_unborn(error)
}

/// Who made a policy, if it was not a person.
pub(crate) fn vendor(summary: &Json) -> Option<&'static str> {
    if summary.get("AwsManaged").and_then(Json::as_bool) == Some(true) {
        return Some("managed by AWS");
    }
    optional(summary, "Name").filter(|name| name.starts_with("aws-guardrails-")).map(|_| "AWS Control Tower")
}
