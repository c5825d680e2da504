//! What a document states that some platform type cannot express: noted while its text is at hand, judged when it is
//! known which platforms it reaches.

use polity_model::{
    Origin,
    shape::{Field, Shape},
};

use crate::{
    coverage::{Inexpressible, fields_within},
    syntax::{Noun, tenant_fields},
    yaml::{Content, Entry, Node, Source},
};

/// A noun or field that is written.
#[derive(Clone, Debug)]
pub(crate) struct Stated {
    /// As in the table of what is inexpressible: `tenant.quota.pods`.
    pub(crate) field: String,
    /// The document; the platform of a tenant.
    pub(crate) name: String,
    /// Whether the language asks for it, so that nobody could leave it out.
    pub(crate) required: bool,
    /// Where it is written.
    pub(crate) origin: Origin,
}

/// All of it in one checked document.
pub(crate) fn within(
    source: &Source<'_>,
    noun: &Noun,
    origin: &Origin,
    name: &str,
    entries: &[Entry],
    sought: &Inexpressible,
) -> Vec<Stated> {
    let mut search = Search { source, sought, name: name.to_owned(), found: Vec::new() };
    if sought.is_empty() {
        return search.found;
    }
    if sought.contains_key(noun.name) {
        let (field, name) = (noun.name.to_owned(), name.to_owned());
        search.found.push(Stated { field, name, required: false, origin: origin.clone() });
    }
    search.entries(noun.name, &noun.fields.iter().collect::<Vec<_>>(), entries);
    let tenants = entries.iter().filter(|entry| entry.key == "tenants" && noun.name == "project");
    for tenant in tenants.flat_map(|entry| items(&entry.node)) {
        let Content::Map(entries) = &tenant.content else { continue };
        let platform = entries.iter().find(|entry| entry.key == "platform").and_then(|entry| entry.node.text());
        search.name = platform.unwrap_or_default().to_owned();
        search.entries("tenant", &tenant_fields().iter().collect::<Vec<_>>(), entries);
    }
    search.found
}

struct Search<'s> {
    source: &'s Source<'s>,
    sought: &'s Inexpressible,
    name: String,
    found: Vec<Stated>,
}

impl Search<'_> {
    fn entries(&mut self, above: &str, fields: &[&Field], entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| entry.node.content != Content::Null) {
            let Some(field) = fields.iter().find(|field| field.name == entry.key) else { continue };
            let path = format!("{above}.{}", field.name);
            if self.sought.contains_key(&path) {
                let (name, required) = (self.name.clone(), field.required);
                let origin = self.source.origin(entry.key_span);
                self.found.push(Stated { field: path.clone(), name, required, origin });
            }
            // What one type lacks as a whole, another may lack in part: the search goes on within.
            let inner = fields_within(&field.shape);
            if inner.is_empty() || field.name == "tenants" {
                continue;
            }
            for record in records(&field.shape, &entry.node) {
                self.entries(&path, &inner, record);
            }
        }
    }
}

/// The records in a value of this shape.
fn records<'n>(shape: &Shape, node: &'n Node) -> Vec<&'n [Entry]> {
    match (shape, &node.content) {
        (Shape::Record(_) | Shape::Open(_), Content::Map(entries)) => vec![entries],
        (Shape::List(item) | Shape::Set(item), Content::List(_)) => {
            items(node).flat_map(|node| records(item, node)).collect()
        }
        (Shape::Map(item), Content::Map(entries)) => {
            entries.iter().flat_map(|entry| records(item, &entry.node)).collect()
        }
        (Shape::Either(shapes), _) => {
            shapes.iter().map(|shape| records(shape, node)).find(|found| !found.is_empty()).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn items(node: &Node) -> impl Iterator<Item = &Node> {
    let items = if let Content::List(items) = &node.content { items.as_slice() } else { &[] };
    items.iter()
}
