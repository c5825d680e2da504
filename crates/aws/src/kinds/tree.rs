//! The tree of an AWS organization: its root and its organizational units, read once for all kinds that need them.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicBool},
};

use polity_provider::{Error, Problem, Reader};
use serde_json::{Value as Json, json};

use super::{
    policy_list::Listed,
    support::{Flight, each, is_absent, text},
    tags::Tags,
};
use crate::{
    client::pages,
    operations::organizations::{LIST_ORGANIZATIONAL_UNITS, LIST_ROOTS},
};

/// Readings that the kinds of one provider share while they are under way.
#[derive(Default)]
pub(crate) struct Shared {
    root: Flight<Json>,
    tree: Flight<Arc<Tree>>,
    /// All policies of the organization, as the lists give them.
    pub(crate) policies: Flight<Arc<Listed>>,
    /// All tags that the tagging API knows, by id.
    pub(crate) tags: Flight<Arc<BTreeMap<String, Tags>>>,
    /// Set once the tagging API has shown that it does not answer for organizations.
    pub(crate) untold: AtomicBool,
}

/// The root and all that branches off it, but for the accounts.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Native id of the root.
    pub(crate) root: String,
    /// All organizational units, those above before those below.
    pub(crate) branches: Vec<Branch>,
}

/// One organizational unit.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    /// Native id.
    pub(crate) id: String,
    /// Native name.
    pub(crate) name: String,
    /// Native id of the unit above, or of the root.
    pub(crate) parent: String,
}

/// The root of the organization. AWS has exactly one.
pub(crate) async fn root(reader: &Reader, shared: &Shared) -> Result<Json, Error> {
    shared.root.join(read_root(reader)).await
}

/// The root, read anew.
pub(crate) async fn read_root(reader: &Reader) -> Result<Json, Error> {
    let roots = pages(reader, &LIST_ROOTS, json!({}), "Roots").await?;
    roots
        .into_iter()
        .next()
        .ok_or_else(|| Error::new(Problem::Unexpected, "organizations:ListRoots", "there is no root"))
}

/// The whole tree.
pub(crate) async fn tree(reader: &Reader, shared: &Shared) -> Result<Arc<Tree>, Error> {
    shared.tree.join(read_tree(reader, shared)).await
}

async fn read_tree(reader: &Reader, shared: &Shared) -> Result<Arc<Tree>, Error> {
    let root = root(reader, shared).await?;
    let mut tree = Tree { root: text(&root, "Id")?.to_owned(), branches: Vec::new() };
    let mut level = vec![tree.root.clone()];
    while !level.is_empty() {
        let below: Vec<Branch> = each(level, |parent| children(reader, parent)).await?.into_iter().flatten().collect();
        level = below.iter().map(|branch| branch.id.clone()).collect();
        tree.branches.extend(below);
    }
    Ok(Arc::new(tree))
}

async fn children(reader: &Reader, parent: String) -> Result<Vec<Branch>, Error> {
    let listed = pages(reader, &LIST_ORGANIZATIONAL_UNITS, json!({"ParentId": parent}), "OrganizationalUnits").await;
    let units = match listed {
        Err(error) if is_absent(&error) => return Ok(Vec::new()), // deleted since its parent was listed
        listed => listed?,
    };
    units
        .iter()
        .map(|unit| {
            Ok(Branch {
                id: text(unit, "Id")?.to_owned(),
                name: text(unit, "Name")?.to_owned(),
                parent: parent.clone(),
            })
        })
        .collect()
}
