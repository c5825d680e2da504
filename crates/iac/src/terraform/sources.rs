//! The texts that a plan was made of: only where each block begins, to say where a resource is written.

use std::collections::BTreeMap;

use polity_model::Origin;

use crate::text::Source;

/// Where the blocks of a configuration begin.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// By folder (relative to that of the root module), word, type and name.
    blocks: BTreeMap<(String, String, String, String), Origin>,
}

impl Sources {
    /// Notes the blocks of one `.tf` file. `folder` is its folder, relative to that of the root module, `path` what it is
    /// shown as. A text that cannot be read holds no blocks: it only names places.
    pub fn add(&mut self, folder: &str, path: &str, bytes: &[u8]) {
        let Ok(source) = Source::new(path, bytes) else { return };
        let mut start = 0;
        for line in source.text.split_inclusive('\n') {
            let begin = start;
            start += line.len();
            let text = line.trim_end();
            let mut words = text.split_whitespace();
            let word = words.next().unwrap_or_default();
            if !matches!(word, "resource" | "data" | "module") || !text.ends_with(['{', '}']) {
                continue;
            }
            let mut name = || {
                words
                    .next()
                    .map(|name| name.trim_matches('"'))
                    .filter(|name| *name != "{")
                    .unwrap_or_default()
                    .to_owned()
            };
            let key = (normal(folder), word.to_owned(), name(), name());
            let head = text.trim_end_matches(['{', '}', ' ']).len();
            let indent = text.len() - text.trim_start().len();
            self.blocks.entry(key).or_insert_with(|| source.origin(begin + indent, begin + head.max(indent)));
        }
    }

    pub(super) fn block(&self, folder: &str, word: &str, kind: &str, name: &str) -> Option<Origin> {
        self.blocks.get(&(normal(folder), word.to_owned(), kind.to_owned(), name.to_owned())).cloned()
    }
}

/// A folder as it is seen from another.
pub(super) fn below(folder: &str, source: &str) -> String {
    normal(&format!("{folder}/{source}"))
}

fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_by_their_folder() {
        let mut sources = Sources::default();
        let text = b"# x\nresource \"aws_s3_bucket\" \"logs\" {\n}\nmodule \"shop\" {\n  source = \"../shop\"\n}\n";
        sources.add("modules/a", "infra/modules/a/main.tf", text);
        let origin = sources.block("modules/a", "resource", "aws_s3_bucket", "logs").unwrap();
        assert_eq!((origin.to_string().as_str(), origin.start, origin.end), ("infra/modules/a/main.tf:2", 4, 35));
        assert!(sources.block("modules/a", "module", "shop", "").is_some());
        assert_eq!(below("modules/a", "../b/./c"), "modules/b/c");
        assert_eq!(below("", "../b"), "../b");
    }
}
