//! The files that are judged: those that are named, and those of folders that look like infrastructure code.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use polity_iac::{File, Format, Reading, Sources};

use crate::{exit::Failure, folder::plain};

/// Folders below folders.
const DEEPEST: usize = 32;
/// Files above this size, in bytes, are refused before they are read.
const LARGEST: u64 = 256_000_000;
/// What tools put beside the code.
const NOT_OURS: &[&str] = &["node_modules", "target", "vendor", "cdk.out"];

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Texts by path, for the lines that are shown.
    pub(crate) texts: BTreeMap<String, String>,
    /// What came of each file.
    pub(crate) readings: Vec<Reading>,
    /// Files of folders that are no infrastructure code.
    pub(crate) passed_over: usize,
}

/// Reads files, and whatever of folders is infrastructure code.
pub(crate) fn read(named: &[PathBuf], format: Option<Format>, source: Option<&Path>) -> Result<Files, Failure> {
    let mut files = Files::default();
    for path in named {
        let facts = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if facts.is_dir() {
            let mut found = Vec::new();
            walk(path, 0, &mut |path| looks_like_code(path), &mut found)?;
            found.iter().try_for_each(|path| files.take(path, format, source, false))?;
        } else {
            files.take(path, format, source, true)?;
        }
    }
    Ok(files)
}

impl Files {
    fn take(&mut self, path: &Path, format: Option<Format>, source: Option<&Path>, named: bool) -> Result<(), Failure> {
        let size = fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
        if size > LARGEST {
            let message = format!(
                "`{}` is {} MB large; at most {} MB are read",
                path.display(),
                size / 1_000_000,
                LARGEST / 1_000_000
            );
            return Err(Failure::new(message).help("judge its parts one by one"));
        }
        let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
        let name = shown(path);
        let mut reading = polity_iac::read(File { path: &name, bytes: &bytes }, format, &Sources::default());
        if reading.format.is_none() && !named && reading.diagnostics.iter().any(|it| it.code == "unknown-format") {
            self.passed_over += 1;
            return Ok(());
        }
        // The text of a plan is worth reading only where there is one.
        if reading.format == Some(Format::Terraform) {
            let below =
                source.map(Path::to_path_buf).or_else(|| path.parent().map(Path::to_path_buf)).unwrap_or_default();
            let sources = self.sources(if below.as_os_str().is_empty() { Path::new(".") } else { &below })?;
            reading = polity_iac::read(File { path: &name, bytes: &bytes }, format, &sources);
        }
        self.texts.extend(String::from_utf8(bytes).ok().map(|text| (name, text)));
        self.readings.push(reading);
        Ok(())
    }

    fn sources(&mut self, root: &Path) -> Result<Sources, Failure> {
        let mut found = Vec::new();
        walk(root, 0, &mut |path| path.extension().is_some_and(|ending| ending == "tf"), &mut found)?;
        let mut sources = Sources::default();
        for path in found {
            let below = path.parent().and_then(|parent| parent.strip_prefix(root).ok()).map(shown).unwrap_or_default();
            let bytes = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
            let name = shown(&path);
            sources.add(&below, &name, &bytes);
            self.texts.extend(String::from_utf8(bytes).ok().map(|text| (name, text)));
        }
        Ok(sources)
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("`{}` cannot be read: {}", path.display(), plain(error)))
        .help("name a file or a folder that is there")
}

/// As people write paths.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map_or(text.clone(), str::to_owned)
}

fn looks_like_code(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let ending =
        path.extension().is_some_and(|ending| ["json", "yaml", "yml", "template"].iter().any(|known| ending == *known));
    ending || name.starts_with("dockerfile") || name.starts_with("containerfile") || name.ends_with(".dockerfile")
}

/// Files below a folder, in order. Links are not followed: what is judged lies where it is named.
fn walk(
    folder: &Path,
    depth: usize,
    wanted: &mut impl FnMut(&Path) -> bool,
    found: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    if depth > DEEPEST {
        return Err(Failure::new(format!("`{}` is nested more than {DEEPEST} folders deep", folder.display()))
            .help("name the folder that is meant"));
    }
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(|error| unreadable(folder, &error))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().map_err(|error| unreadable(&entry.path(), &error))?;
        if name.starts_with('.') || NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        if kind.is_dir() {
            walk(&entry.path(), depth + 1, wanted, found)?;
        } else if kind.is_file() && wanted(&entry.path()) {
            found.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_and_plans_find_their_lines() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let bucket = r#"{"address": "aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket", "name": "b",
            "change": {"actions": ["create"], "after": {}, "after_unknown": {}}}"#;
        write("infra/plan.json", &format!("{{\"format_version\": \"1.2\", \"resource_changes\": [{bucket}]}}"));
        write("infra/main.tf", "\nresource \"aws_s3_bucket\" \"b\" {}\n");
        write("app/Dockerfile", "FROM scratch\n");
        write("app/package.json", "{\"name\": \"app\"}");
        write("node_modules/x/Dockerfile", "FROM x\n");
        let files = read(&[folder.path().to_owned()], None, None).unwrap();
        let found: Vec<_> = files
            .readings
            .iter()
            .flat_map(|reading| &reading.found)
            .map(|found| (found.kind.as_str(), found.origin.line))
            .collect();
        assert_eq!(found, [("Dockerfile", 1), ("aws_s3_bucket", 2)]);
        assert_eq!(files.passed_over, 1);
        // What is named is never passed over.
        let files = read(&[folder.path().join("app/package.json")], None, None).unwrap();
        assert_eq!(files.readings.first().unwrap().diagnostics.first().unwrap().code, "unknown-format");
        assert!(read(&[folder.path().join("gone")], None, None).unwrap_err().message.contains("cannot be read"));
    }
}
