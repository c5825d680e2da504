//! Reads the manifest folder from disk: which files belong to it, and what keeps a bad one from doing harm.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use polity_manifest::File;
use polity_model::{Diagnostic, Origin};

use crate::exit::Failure;

/// Files above this size, in bytes, are refused before they are read: the language reads none that is larger.
const LARGEST_FILE: u64 = 10_000_000;

/// Files together above this size are refused.
const LARGEST_FOLDER: u64 = 512 * 1024 * 1024;

/// Folders below folders; deeper than any layout made by people.
const DEEPEST: usize = 32;

/// What a folder held.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// Manifest files and the documents they may refer to, sorted by path.
    pub(crate) files: Vec<File>,
    /// Files that were refused.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// All `.yaml`, `.yml` and `.json` files of a folder, at any depth. Folders and files that begin with a dot are not
/// part of a manifest. Text that is missing reads as text that was removed, so whatever might be part of the manifest
/// and cannot be read as such is refused, never passed over: links out of the folder, links to nothing, odd names.
pub(crate) fn read(folder: &Path) -> Result<Contents, Failure> {
    let found = list(folder)?;
    if found.files.is_empty() && found.diagnostics.is_empty() {
        return Err(Failure::new(format!("there is no manifest in `{}`: no `.yaml` file is below it", folder.display()))
            .help("an empty folder is never read as an order to delete; begin with `polity init`, or with `polity adopt` where a cloud is in use already"));
    }
    Ok(found)
}

/// The same, where nothing may be there yet.
pub(crate) fn list(folder: &Path) -> Result<Contents, Failure> {
    let root = folder.canonicalize().map_err(|error| {
        Failure::new(format!("the manifest folder `{}` cannot be read: {}", folder.display(), plain(&error)))
            .help("name the folder with `--folder DIR`, or run polity inside it")
    })?;
    if !root.is_dir() {
        return Err(Failure::new(format!("`{}` is a file, not a manifest folder", folder.display()))
            .help("name the folder that holds it: a manifest is read as a whole"));
    }
    let mut walk =
        Walk { root: root.clone(), seen: BTreeSet::from([root.clone()]), total: 0, found: Contents::default() };
    walk.folder(&root, "", 0)?;
    walk.found.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(walk.found)
}

struct Walk {
    root: PathBuf,
    seen: BTreeSet<PathBuf>,
    total: u64,
    found: Contents,
}

impl Walk {
    fn folder(&mut self, folder: &Path, relative: &str, depth: usize) -> Result<(), Failure> {
        let unreadable = |error: std::io::Error| {
            Failure::new(format!("the folder `{}` cannot be read: {}", folder.display(), plain(&error)))
                .help("a manifest is read whole or not at all: give yourself the right to read it")
        };
        if depth > DEEPEST {
            return Err(Failure::new(format!("the folder `{relative}` is nested more than {DEEPEST} folders deep"))
                .help("is this the manifest folder? name it with `--folder DIR`"));
        }
        let mut entries =
            fs::read_dir(folder).map_err(unreadable)?.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                let path = format!("{relative}/{}", entry.file_name().to_string_lossy());
                let message = format!("the name of `{}` is not valid UTF-8", path.trim_start_matches('/'));
                self.refuse(
                    path.trim_start_matches('/'),
                    "odd-name",
                    message,
                    Some("rename it, or move it out of the folder"),
                );
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            let path = if relative.is_empty() { name } else { format!("{relative}/{name}") };
            self.entry(&entry.path(), &path, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, at: &Path, path: &str, depth: usize) -> Result<(), Failure> {
        let wanted = is_manifest_file(path);
        // A link without an ending may stand for a folder of manifest files.
        let suspect = wanted || Path::new(path).extension().is_none();
        let Ok(real) = at.canonicalize() else {
            if suspect {
                let help = "restore what it points at, or remove the link: text that is missing reads as text removed";
                let message = format!("`{path}` is a link to something that is not there");
                self.refuse(path, "dangling-link", message, Some(help));
            }
            return Ok(());
        };
        if !real.starts_with(&self.root) {
            if suspect || real.is_dir() {
                let help = "copy it into the folder: what a manifest says must be in the manifest";
                self.refuse(path, "link-outside", format!("`{path}` is a link out of the manifest folder"), Some(help));
            }
            return Ok(());
        }
        if !wanted && real.is_file() && is_manifest_file(&path.to_lowercase()) {
            let help = "write `.yaml`, `.yml` or `.json` in lower case, so that every system reads the same files";
            self.refuse(path, "odd-name", format!("the ending of `{path}` is not in lower case"), Some(help));
            return Ok(());
        }
        if real.is_dir() {
            if self.seen.insert(real) { self.folder(at, path, depth + 1) } else { Ok(()) }
        } else if wanted {
            self.file(&real, path)
        } else {
            Ok(())
        }
    }

    fn file(&mut self, real: &Path, path: &str) -> Result<(), Failure> {
        let unreadable = |error: std::io::Error| {
            Failure::new(format!("the file `{path}` cannot be read: {}", plain(&error)))
                .help("a manifest is read whole or not at all: give yourself the right to read it")
        };
        let facts = fs::metadata(real).map_err(unreadable)?;
        if !facts.is_file() {
            self.refuse(path, "not-a-file", format!("`{path}` is neither a file nor a folder"), None);
            return Ok(());
        }
        let size = facts.len();
        if size > LARGEST_FILE {
            let message = format!(
                "`{path}` is {} MB large; a manifest file may be {} MB at most",
                size / 1_000_000,
                LARGEST_FILE / 1_000_000
            );
            self.refuse(
                path,
                "file-too-large",
                message,
                Some("split it by landing zone or project, or move it out of the folder"),
            );
            return Ok(());
        }
        self.total += size;
        if self.total > LARGEST_FOLDER {
            return Err(Failure::new(format!(
                "the manifest folder holds more than {} MB of text",
                LARGEST_FOLDER / 1024 / 1024
            ))
            .help("is this the manifest folder? name it with `--folder DIR`"));
        }
        let bytes = fs::read(real).map_err(unreadable)?;
        self.found.files.push(File { path: path.to_owned(), bytes });
        Ok(())
    }

    fn refuse(&mut self, path: &str, code: &str, message: String, help: Option<&str>) {
        let diagnostic = Diagnostic::error(code, &Origin::file(path), message);
        self.found.diagnostics.push(match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
    }
}

/// Whether a file of this name belongs to a manifest.
pub(crate) fn is_manifest_file(path: &str) -> bool {
    matches!(Path::new(path).extension().and_then(|extension| extension.to_str()), Some("yaml" | "yml" | "json"))
}

/// The operating system's words without its error number.
pub(crate) fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn paths(contents: &Contents) -> Vec<&str> {
        contents.files.iter().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn finds_manifest_files_at_any_depth_and_nothing_else() {
        let folder = folder(&[
            ("b.yml", ""),
            ("a.yaml", ""),
            ("deep/er/policy.json", "{}"),
            ("README.md", ""),
            (".git/config.yaml", ""),
            (".hidden.yaml", ""),
        ]);
        let contents = read(folder.path()).unwrap();
        assert_eq!(paths(&contents), ["a.yaml", "b.yml", "deep/er/policy.json"]);
    }

    #[test]
    fn an_empty_folder_is_an_error_not_an_order() {
        let folder = folder(&[("README.md", "")]);
        let failure = read(folder.path()).unwrap_err();
        assert!(failure.message.contains("there is no manifest"), "{failure}");
        assert!(failure.help.unwrap().contains("never read as an order to delete"));
    }

    #[test]
    fn a_missing_folder_and_a_file_are_named() {
        let failure = read(Path::new("/no/such/folder")).unwrap_err();
        assert!(failure.message.contains("`/no/such/folder` cannot be read: no such file"), "{failure}");
        let folder = folder(&[("a.yaml", "")]);
        assert!(read(&folder.path().join("a.yaml")).unwrap_err().message.contains("is a file"));
    }

    #[test]
    fn a_file_that_is_too_large_is_refused_unread() {
        let folder = folder(&[("a.yaml", "")]);
        // A sparse file: nothing of it is ever on the disk, so reading it would be the only cost.
        fs::File::create(folder.path().join("big.yaml")).unwrap().set_len(100 * 1024 * 1024).unwrap();
        let contents = read(folder.path()).unwrap();
        assert_eq!(paths(&contents), ["a.yaml"]);
        assert_eq!(contents.diagnostics[0].message, "`big.yaml` is 104 MB large; a manifest file may be 10 MB at most");
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_inside_and_circles_end() {
        let outside = folder(&[("secret.yaml", "")]);
        let folder = folder(&[("a.yaml", ""), ("sub/b.yaml", "")]);
        let link = |to: &Path, at: &str| std::os::unix::fs::symlink(to, folder.path().join(at)).unwrap();
        link(&outside.path().join("secret.yaml"), "leak.yaml");
        link(outside.path(), "elsewhere");
        link(folder.path(), "sub/up");
        link(Path::new("/no/such.yaml"), "gone.yaml");
        link(Path::new("/no/such/teams"), "teams");
        link(Path::new("/no/such.md"), "notes.md");
        fs::write(folder.path().join("LOUD.YAML"), "").unwrap();
        let contents = read(folder.path()).unwrap();
        assert_eq!(paths(&contents), ["a.yaml", "sub/b.yaml"]);
        let codes: Vec<_> = contents.diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect();
        // LOUD.YAML, elsewhere, gone.yaml, leak.yaml, teams
        assert_eq!(codes, ["odd-name", "link-outside", "dangling-link", "link-outside", "dangling-link"]);
    }
}
