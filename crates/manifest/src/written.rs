//! Documents that this crate does not know itself, such as controls: read with the same care, handed on with their places.

use polity_model::{
    Diagnostic,
    written::{self, Written},
};

use crate::{
    File,
    yaml::{self, Content, Entry, Node, Source},
};

/// The documents of one YAML file, each value with its place, and what is wrong with the YAML itself.
pub(crate) fn documents(file: &File) -> (Vec<Written>, Vec<Diagnostic>) {
    let source = match Source::new(file) {
        Ok(source) => source,
        Err(diagnostic) => return (Vec::new(), vec![*diagnostic]),
    };
    let parsed = yaml::parse(&source);
    (parsed.documents.into_iter().map(|node| written(&source, node)).collect(), parsed.diagnostics)
}

fn written(source: &Source<'_>, node: Node) -> Written {
    let origin = source.origin(node.span);
    let content = match node.content {
        Content::Null => written::Content::Null,
        Content::Bool(value) => written::Content::Bool(value),
        Content::Int(number) => written::Content::Int(number),
        Content::Decimal(digits) => written::Content::Decimal(digits),
        Content::Text(text) => written::Content::Text(text),
        Content::List(items) => written::Content::List(items.into_iter().map(|item| written(source, item)).collect()),
        Content::Map(entries) => {
            written::Content::Map(entries.into_iter().map(|entry| entry_of(source, entry)).collect())
        }
        Content::Value(value) => return Written::of(&value, &origin),
    };
    Written { origin, content }
}

/// An entry of a mapping.
pub(crate) fn entry_of(source: &Source<'_>, entry: Entry) -> written::Entry {
    written::Entry { key_origin: source.origin(entry.key_span), key: entry.key, value: written(source, entry.node) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_place() {
        let bytes = b"kind: control\nname: a\n---\ndetect:\n  - on: key\n    assert: 'resource.enabled'\n".to_vec();
        let (documents, diagnostics) = documents(&File { path: "controls/a.yaml".into(), bytes });
        assert_eq!((documents.len(), diagnostics.len()), (2, 0));
        let path = ["detect", "0", "assert"].map(str::to_owned);
        let assert = documents.get(1).unwrap().deepest(&path);
        assert_eq!(assert.text(), Some("resource.enabled"));
        assert_eq!((assert.origin.to_string().as_str(), assert.origin.column), ("controls/a.yaml:6", 13));
    }

    #[test]
    fn what_is_no_yaml_is_said() {
        let file = File { path: "a.yaml".into(), bytes: b"a: [1\nb: 2\n".to_vec() };
        assert!(!documents(&file).1.is_empty());
    }
}
