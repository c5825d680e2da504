//! Text -> organization or messages: one folder per mistake, read together with the sound folder `cases/base`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::path::Path;

use common::{file, folder, rendered, today, vocabulary};
use polity_manifest::{File, locate, read};

fn cases() -> Vec<(String, Vec<File>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut names: Vec<String> =
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let base = folder(&root.join("base"));
    let case = |name: String| {
        let mut files = folder(&root.join(&name));
        for file in &base {
            if !files.iter().any(|own| own.path == file.path) {
                files.push(file.clone());
            }
        }
        (name, files)
    };
    names.into_iter().map(case).collect()
}

#[test]
fn each_mistake_is_told_where_it_is_with_its_remedy() {
    let cases = cases();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    for (name, files) in cases {
        let reading = read(&files, &vocabulary(), today());
        let errors = reading.diagnostics.iter().any(polity_model::Diagnostic::is_error);
        assert_eq!(reading.organization.is_none(), errors, "{name}");
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name.as_str(), rendered(&reading.diagnostics));
        });
    }
}

#[test]
fn a_base_without_mistakes_has_no_message() {
    let (_, files) = cases().into_iter().find(|(name, _)| name == "base").unwrap();
    let reading = read(&files, &vocabulary(), today());
    assert_eq!(rendered(&reading.diagnostics), "");
}

#[test]
fn messages_keep_the_style() {
    for (name, files) in cases() {
        for diagnostic in read(&files, &vocabulary(), today()).diagnostics {
            let message = &diagnostic.message;
            assert!(!message.ends_with('.'), "{name}: {message}");
            assert!(!message.starts_with(char::is_uppercase), "{name}: {message}");
            assert!(
                diagnostic.code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{name}"
            );
            assert!(diagnostic.help.is_some() || diagnostic.code == "out-of-range" || !message.is_empty(), "{name}");
        }
    }
}

#[test]
fn each_place_lies_in_its_file() {
    for (name, files) in cases() {
        for diagnostic in read(&files, &vocabulary(), today()).diagnostics {
            let origin = &diagnostic.at.origin;
            let file = files.iter().find(|file| *file.path == *origin.file).unwrap();
            if std::str::from_utf8(&file.bytes).is_ok() {
                let line = locate(&file.bytes, origin).unwrap_or_else(|| panic!("{name}: {origin:?}"));
                let before = std::str::from_utf8(&file.bytes[..origin.start as usize]).unwrap();
                assert_eq!(before.matches('\n').count() + 1, origin.line as usize, "{name}: {diagnostic:?}");
                assert!(line.start <= line.end && line.end <= line.text.len(), "{name}");
            }
        }
    }
}

#[test]
fn the_order_of_files_means_nothing() {
    for (name, files) in cases() {
        let mut reversed = files.clone();
        reversed.reverse();
        let (one, other) = (read(&files, &vocabulary(), today()), read(&reversed, &vocabulary(), today()));
        assert_eq!(one.diagnostics, other.diagnostics, "{name}");
        assert_eq!(one.digest, other.digest, "{name}");
        assert_eq!(format!("{:?}", one.organization), format!("{:?}", other.organization), "{name}");
    }
}

#[test]
fn an_empty_folder_is_a_mistake() {
    let reading = read(&[], &vocabulary(), today());
    assert!(reading.organization.is_none());
    insta::assert_snapshot!(rendered(&reading.diagnostics));
    let reading = read(&[file("README.md", "hello")], &vocabulary(), today());
    assert!(reading.organization.is_none());
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let large = File { path: "large.yaml".to_owned(), bytes: vec![b'#'; 10_000_001] };
    let reading = read(&[large], &vocabulary(), today());
    assert!(reading.organization.is_none());
    insta::assert_snapshot!(rendered(&reading.diagnostics));
}
