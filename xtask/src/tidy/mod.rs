//! Rules of the house that neither the compiler nor clippy can keep.

mod arrows;
mod code;
mod docs;

use std::{fs, path::Path};

use crate::shell::{Outcome, fail, root, say};

/// A text file of the repository.
struct File {
    /// Path from the root, with forward slashes.
    path: String,
    /// Content.
    text: String,
}

/// One breach of one rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Breach {
    path: String,
    line: usize,
    rule: &'static str,
    message: String,
}

impl Breach {
    fn new(path: &str, line: usize, rule: &'static str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, rule, message: message.into() }
    }
}

/// The task: all breaches at once.
pub(crate) fn run() -> Outcome {
    let mut files = Vec::new();
    walk(root(), "", &mut files)?;
    let mut breaches = Vec::new();
    for file in &files {
        code::check(file, &mut breaches);
        arrows::check(file, &mut breaches);
        docs::check(file, &|path| root().join(path).exists(), &mut breaches);
    }
    docs::check_index(&files, &mut breaches);
    breaches.sort();
    for Breach { path, line, rule, message } in &breaches {
        say(format_args!("{path}:{line}: {rule}: {message}"));
    }
    match breaches.len() {
        0 => say(format_args!("tidy: {} files are in order", files.len())),
        count => return fail(format!("tidy: {count} breaches")),
    }
    Ok(())
}

/// Collects every text file, and notes files that must not be there.
fn walk(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Outcome {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let skipped = ["target", ".git", ".polity", "fuzz/corpus", "fuzz/artifacts", "fuzz/target"];
        if skipped.contains(&path.as_str()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{path}/"), files)?;
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push(File { path, text });
        }
    }
    Ok(())
}
