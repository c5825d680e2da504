//! Rules on documents: what they name exists, and every document can be found.

use super::{Breach, File};

/// Folders and files that a document may name from the root.
const ROOTS: &[&str] =
    &["catalog/", "crates/", "docs/", "examples/", "xtask/", "fuzz/", "schema/", ".ci/", ".github/", ".config/"];

/// Checks one Markdown file: relative links, and paths in backticks.
pub(super) fn check(file: &File, exists: &dyn Fn(&str) -> bool, breaches: &mut Vec<Breach>) {
    if !file.path.ends_with(".md") {
        return;
    }
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    for (index, line) in file.text.lines().enumerate() {
        for path in links(line).filter_map(|link| resolved(folder, link)).chain(named(line)) {
            if !exists(&path) {
                let message = format!("`{path}` does not exist");
                breaches.push(Breach::new(&file.path, index + 1, "documents", message));
            }
        }
    }
}

/// Every document under `docs` is linked from `docs/README.md`.
pub(super) fn check_index(files: &[File], breaches: &mut Vec<Breach>) {
    let Some(index) = files.iter().find(|file| file.path == "docs/README.md") else {
        breaches.push(Breach::new("docs/README.md", 1, "documents", "there is no index of the documents"));
        return;
    };
    for file in files.iter().filter(|file| file.path.ends_with(".md") && file.path != index.path) {
        let Some(path) = file.path.strip_prefix("docs/") else { continue };
        if !index.text.contains(&format!("({path})")) {
            breaches.push(Breach::new(&file.path, 1, "documents", "docs/README.md does not link it"));
        }
    }
}

/// Targets of `[text](target)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

fn resolved(folder: &str, link: &str) -> Option<String> {
    let path = link.split('#').next().unwrap_or_default();
    if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Paths in backticks, if they are paths of this repository and not patterns of paths.
fn named(line: &str) -> impl Iterator<Item = String> {
    line.split('`').skip(1).step_by(2).filter_map(|text| {
        let path = text.split([':', ' ']).next().unwrap_or_default();
        let known = ROOTS.iter().any(|root| path.starts_with(root));
        (known && !path.contains(['<', '*', '{', '…'])).then(|| path.trim_end_matches('/').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_must_exist() {
        let text = "[a](b.md) [w](https://x.example/y) [up](../README.md#top)\n`crates/gone/src/lib.rs` `crates/<kind>.rs` `x/y`";
        let mut breaches = Vec::new();
        check(&File { path: "docs/a.md".into(), text: text.into() }, &|path| path == "README.md", &mut breaches);
        let missing: Vec<_> = breaches.iter().map(|breach| breach.message.as_str()).collect();
        assert_eq!(missing, ["`docs/b.md` does not exist", "`crates/gone/src/lib.rs` does not exist"]);
    }

    #[test]
    fn every_document_is_in_the_index() {
        let file = |path: &str, text: &str| File { path: path.into(), text: text.into() };
        let files = [file("docs/README.md", "[a](a.md)"), file("docs/a.md", ""), file("docs/b.md", "")];
        let mut breaches = Vec::new();
        check_index(&files, &mut breaches);
        assert_eq!(breaches.iter().map(|breach| breach.path.as_str()).collect::<Vec<_>>(), ["docs/b.md"]);
    }
}
