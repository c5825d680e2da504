//! Files that are made from code and committed, so that editors and readers find them without building anything.

use std::{fs, path::Path, process::Command};

use crate::{
    picture,
    shell::{Outcome, build_polity, fail, read, root, say},
};

/// Each file and the words to `polity` that print it.
const FILES: &[(&str, &[&str])] = &[
    ("schema/polity.schema.json", &["schema"]),
    ("docs/language.md", &["schema", "--reference"]),
    ("docs/coverage.md", &["coverage", "manifest", "-o", "markdown"]),
    ("docs/catalog.md", &["schema", "--catalog"]),
    ("docs/facets.md", &["schema", "--facets"]),
    ("docs/acme.svg", &["graph", "examples/acme", "--output", "svg"]),
    ("docs/permissions/kubernetes-read.json", &["permissions", "kubernetes", "--read"]),
    ("docs/permissions/kubernetes-write.json", &["permissions", "kubernetes", "--write"]),
    ("docs/permissions/aws-read.json", &["permissions", "aws", "--read"]),
    ("docs/permissions/aws-write.json", &["permissions", "aws", "--write"]),
    ("docs/permissions/openstack-read.json", &["permissions", "openstack", "--read"]),
    ("docs/permissions/openstack-write.json", &["permissions", "openstack", "--write"]),
    ("docs/permissions/aws-remediate.json", &["permissions", "aws", "--remediate"]),
];

/// Writes them, or compares them and names those that differ.
pub(crate) fn run(check: bool) -> Outcome {
    with(&build_polity(false)?, check)
}

/// The same with a binary that is there already.
pub(crate) fn with(polity: &Path, check: bool) -> Outcome {
    let mut files = vec![("docs/demo.svg", picture::svg()?)];
    for (path, words) in FILES {
        files.push((path, read(Command::new(polity).args(*words).current_dir(root()).env("NO_COLOR", "1"))?));
    }
    let mut stale = Vec::new();
    for (path, made) in &files {
        let file = root().join(path);
        let held = fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
        if held == *made {
            continue;
        }
        if check {
            stale.push(*path);
            continue;
        }
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&file, made)?;
        say(format_args!("generate: wrote {path}"));
    }
    match stale.as_slice() {
        [] => say(format_args!("generate: {} files are up to date", files.len())),
        stale => return fail(format!("not up to date: {}; run `cargo xtask generate`", stale.join(", "))),
    }
    Ok(())
}
