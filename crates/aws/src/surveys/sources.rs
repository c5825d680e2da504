//! Which calls fill which fields, as data: the reference is made of it, and a test holds the rows against it.

use std::{collections::BTreeMap, fmt::Write as _};

use polity_model::facet::{self, Facet};
use polity_provider::ReadOperation;

use super::{
    account_settings, databases, functions, identities, images, keys, log_stores, log_trails, machines, network_rules,
    networks, object_stores, secrets, snapshots, volumes,
};

/// Fields of one facet that are filled by the same calls.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Name of the facet.
    pub facet: &'static str,
    /// Names of its fields.
    pub fields: &'static [&'static str],
    /// The calls; none where AWS does not tell.
    pub calls: &'static [&'static ReadOperation],
}

/// Facets and fields of theirs that no call of AWS tells.
const UNTOLD: &[(&str, &[&str])] =
    &[("image", &["encryption_key", "encryption_key_account"]), ("machine", &["secure_boot", "password_login"])];

/// Every source of every survey. A field that stands nowhere here is not read.
pub fn sources() -> Vec<Source> {
    [
        object_stores::SOURCES,
        identities::SOURCES,
        network_rules::SOURCES,
        networks::SOURCES,
        machines::SOURCES,
        volumes::SOURCES,
        snapshots::SOURCES,
        images::SOURCES,
        keys::SOURCES,
        databases::SOURCES,
        functions::SOURCES,
        log_trails::SOURCES,
        log_stores::SOURCES,
        secrets::SOURCES,
        account_settings::SOURCES,
    ]
    .concat()
}

/// The reference of what is read of AWS into which field, as Markdown.
pub fn reference() -> String {
    let mut told: BTreeMap<(&str, &str), &[&ReadOperation]> = BTreeMap::new();
    for source in sources() {
        told.extend(source.fields.iter().map(|field| ((source.facet, *field), source.calls)));
    }
    let mut text = String::from(
        "# What is read of AWS for controls\n\nMade by `cargo xtask generate` from the tables of the surveys. Each facet is what controls are written on \
         ([the language](controls-language.md)); behind each of its fields stand the calls that fill it. \"By itself\" needs no call: it follows from where \
         the resource lies or from what AWS is. \"Not read\" is unknown in every row, and no control passes on it. A field whose call is denied is \
         unknown with the missing permission, and the row stays; a list that is denied is a gap.\n",
    );
    let read = |facet: &&Facet| told.keys().any(|(name, _)| *name == facet.name);
    for facet in facet::all().iter().filter(read) {
        let _ = write!(
            text,
            "\n## `{}`\n\n{}\n\n| field | what it is | filled by |\n|---|---|---|\n",
            facet.name, facet.doc
        );
        for field in &facet.fields {
            let by = match told.get(&(facet.name, field.name)) {
                None if untold(facet.name, field.name) => "AWS does not tell".to_owned(),
                None => "not read".to_owned(),
                Some([]) => "by itself".to_owned(),
                Some(calls) => calls
                    .iter()
                    .map(|call| format!("`{}:{}`", call.0.service, call.0.name))
                    .collect::<Vec<_>>()
                    .join(", "),
            };
            let _ = writeln!(text, "| `{}` | {} | {by} |", field.name, field.doc);
        }
    }
    let others: Vec<String> =
        facet::all().iter().filter(|facet| !read(facet)).map(|facet| format!("`{}`", facet.name)).collect();
    if !others.is_empty() {
        let _ = write!(text, "\n## Not read of AWS\n\n{}.\n", others.join(", "));
    }
    text
}

fn untold(facet: &str, field: &str) -> bool {
    UNTOLD.iter().any(|(name, fields)| *name == facet && fields.contains(&field))
}
