//! `polity fmt`: brings the YAML files of a manifest into their canonical layout.

use polity_manifest::File;
use polity_model::Diagnostic;

use super::{Home, write_file};
use crate::{
    exit::{Ended, Exit, Failure},
    folder, terminal,
    views::{clean, count, diagnostics},
};

pub(super) fn fmt(home: &Home, check: bool) -> Ended {
    let folder::Contents { files, diagnostics: mut wrong } = folder::read(&home.folder)?;
    let yaml: Vec<&File> = files.iter().filter(|file| !file.path.ends_with(".json")).collect();
    let mut changed: Vec<(&File, String)> = Vec::new();
    for file in &yaml {
        match polity_manifest::format(file) {
            Ok(text) if text.as_bytes() != file.bytes => changed.push((*file, text)),
            Ok(_) => {}
            Err(diagnostics) => wrong.extend(diagnostics),
        }
    }
    for (file, text) in &changed {
        if !check {
            let path = home.folder.join(&file.path);
            // A link stays a link: what it points at is what gets written.
            let path = path.canonicalize().unwrap_or(path);
            write_file(&path, text.as_bytes())?;
        }
        terminal::out(&clean(&file.path))?;
    }
    if wrong.iter().any(Diagnostic::is_error) {
        terminal::err(
            diagnostics::human(&wrong, &diagnostics::sources(&files), &home.prefix(), home.globals.verbose > 0)
                .trim_end(),
        );
        return Err(Failure::new("some files cannot be formatted")
            .help("correct what is named above; they were left as they are"));
    }
    let sum = match (changed.len(), check) {
        (0, _) => format!("{} in canonical layout", count(yaml.len(), "file")),
        (number, true) => format!("{} of {} would change", number, count(yaml.len(), "file")),
        (number, false) => format!("{} of {} changed", number, count(yaml.len(), "file")),
    };
    terminal::err(&sum);
    Ok(if check && !changed.is_empty() { Exit::Changes } else { Exit::Done })
}
