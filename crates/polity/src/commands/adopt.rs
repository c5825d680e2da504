//! `polity adopt`: writes the manifest that a living organization would have been made from.

use std::{
    fs,
    path::{Path, PathBuf},
};

use polity_engine::{Ground, Reach};
use polity_manifest::File;
use polity_model::{
    Diagnostic, document::Document, inventory::Inventory, journal::LastApplied, organization::Organization,
    shape::Shape, units::Timestamp,
};

use super::Home;
use crate::{
    args::Adopt,
    clouds::{self, Cloud, Clouds},
    exit::{Ended, Exit, Failure},
    folder,
    progress::Watcher,
    terminal,
    views::{self, count, diagnostics, organization},
};

pub(super) async fn adopt(home: &Home, arguments: &Adopt) -> Ended {
    empty(&arguments.into)?;
    let cloud = clouds::typed(&arguments.platform)?;
    let seed = seed(home, arguments, cloud)?;
    let clouds = Clouds::connect(&seed).await?;
    let ground = Ground {
        providers: &clouds.reading,
        organization: &seed,
        manifest: polity_model::Digest::of(b""),
        applier: None,
        now: Some(Timestamp::now()),
    };
    let watcher = Watcher::new(home.globals.verbose);
    let observation = polity_engine::observe(&ground, &LastApplied::new(), Reach::Everything, &watcher).await;
    watcher.finish();
    home.tell_stats(&clouds);
    let inventory = observation?.inventory;
    if inventory.resources.is_empty() {
        tell_gaps(&inventory);
        return Err(Failure::new("nothing could be read, so there is nothing to write down").help(format!(
            "check the credentials: `polity permissions {} --read` prints what they must allow",
            cloud.name()
        )));
    }
    let platforms = seed.platforms.values();
    let documents: Vec<Document> =
        platforms.flat_map(|platform| cloud.adopt(&arguments.name, platform, &inventory)).collect();
    let files = polity_manifest::write(&documents);
    let found = proven(home, &files)?;
    write(&arguments.into, &files)?;
    tell_gaps(&inventory);
    let into = arguments.into.display();
    terminal::out(&format!(
        "wrote {} into `{into}`: {}\n\nnext:\n  polity check {into}\n  polity plan {into}    (asks for no changes)\n  git init {into}    (and commit: from now on, the folder is the place to change)\n",
        count(files.len(), "file"),
        organization::summary(&found),
    ))?;
    Ok(Exit::Done)
}

/// The organization as far as it is known before anything was read: its name and one platform.
fn seed(home: &Home, arguments: &Adopt, cloud: &dyn Cloud) -> Result<Organization, Failure> {
    let (kind, known) = (cloud.name(), cloud.platform_type().platform);
    let platform = arguments.platform_name.as_deref().unwrap_or(kind);
    let mut text = format!(
        "kind: organization\nname: {}\nversion: polity/v1\n---\nkind: platform\nname: {}\ntype: {kind}\n",
        quoted(&arguments.name),
        quoted(platform)
    );
    for (field, value) in given(arguments)? {
        // What is text in the language is text here, however much it looks like a number.
        let is_text = known.iter().find(|one| one.name == field).is_none_or(|one| is_text(&one.shape));
        let value = if is_text { quoted(value) } else { value.to_owned() };
        text.push_str(&format!("{}: {value}\n", quoted(field)));
    }
    let file = File { path: "arguments.yaml".to_owned(), bytes: text.into_bytes() };
    let reading = polity_manifest::read(&[file], &clouds::vocabulary(), home.today());
    let wrong = reading.diagnostics.iter().find(|diagnostic| diagnostic.is_error());
    match (reading.organization, wrong) {
        (Some(organization), _) => Ok(organization),
        (None, Some(wrong)) => {
            let failure = Failure::new(format!("the arguments cannot be used: {}", wrong.message));
            Err(match &wrong.help {
                Some(help) => failure.help(format!("{help}; fields are said with `--set FIELD=VALUE`")),
                None => failure,
            })
        }
        (None, None) => Err(Failure::new("the arguments cannot be used")),
    }
}

/// The fields of the platform that the arguments name, each once.
fn given(arguments: &Adopt) -> Result<Vec<(&str, &str)>, Failure> {
    let named = [("management_account", &arguments.management_account), ("region", &arguments.region)];
    let mut given: Vec<(&str, &str)> =
        named.into_iter().filter_map(|(field, value)| Some((field, value.as_deref()?))).collect();
    for written in &arguments.fields {
        let Some((field, value)) = written.split_once('=').filter(|(field, _)| !field.trim().is_empty()) else {
            return Err(Failure::new(format!("`--set {written}` does not say which field has which value"))
                .help("write it as `--set FIELD=VALUE`"));
        };
        if given.iter().any(|(known, _)| *known == field) {
            return Err(Failure::new(format!("the field `{field}` is given twice")).help("say it once"));
        }
        given.push((field, value));
    }
    Ok(given)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Whether values of this shape are written as text.
fn is_text(shape: &Shape) -> bool {
    match shape {
        Shape::Bool | Shape::Int { .. } | Shape::List(_) | Shape::Set(_) | Shape::Map(_) | Shape::Record(_) => false,
        Shape::Either(shapes) => shapes.iter().all(is_text),
        _ => true,
    }
}

/// Reads back what is about to be written: a manifest with mistakes in it must never be handed over.
fn proven(home: &Home, files: &[File]) -> Result<Organization, Failure> {
    let reading = polity_manifest::read(files, &clouds::vocabulary(), home.today());
    let Some(organization) = reading.organization else {
        let told = diagnostics::human(&reading.diagnostics, &diagnostics::sources(files), "", home.globals.verbose > 0);
        terminal::err(told.trim_end());
        let errors = reading.diagnostics.iter().filter(|diagnostic| Diagnostic::is_error(diagnostic)).count();
        return Err(Failure::new(format!("what was read makes a manifest with {}", count(errors, "error")))
            .help("nothing was written; this is a fault of Polity, please report what is told above"));
    };
    Ok(organization)
}

fn tell_gaps(inventory: &Inventory) {
    if !inventory.gaps.is_empty() {
        let mut text = String::from("could not be read, and so is not in the manifest:\n");
        views::plan::human::push(&mut text, &views::plan::gap_lines(&inventory.gaps, true));
        terminal::err(text.trim_end());
    }
}

/// Nothing that is there is ever written over.
fn empty(into: &Path) -> Result<(), Failure> {
    match fs::read_dir(into) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => {
            Err(Failure::new(format!("the folder `{}` cannot be used: {}", into.display(), folder::plain(&error)))
                .help("name one that is empty or not there yet"))
        }
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(Failure::new(format!("the folder `{}` is not empty", into.display()))
                .help("name one that is empty or not there yet: nothing that is there is written over")),
        },
    }
}

/// Writes all files or none: beside the folder first.
fn write(into: &Path, files: &[File]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(format!("`{}` cannot be written: {}", into.display(), folder::plain(&error)))
    };
    let name = into.file_name().map_or_else(|| "manifest".to_owned(), |name| name.to_string_lossy().into_owned());
    let parent = match into.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let beside = parent.join(format!(".{name}.{}.tmp", std::process::id()));
    let result = (|| {
        fs::create_dir_all(&beside)?;
        for file in files {
            let path = beside.join(&file.path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&path, &file.bytes)?;
        }
        if into.exists() {
            fs::remove_dir(into)?; // only an empty folder can be removed like this
        }
        fs::rename(&beside, into)
    })();
    if result.is_err() {
        // What is left beside would only be in the way; the first failure is the one to tell.
        let _ = fs::remove_dir_all(&beside);
    }
    result.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(fields: &[&str]) -> Adopt {
        Adopt {
            platform: clouds::aws::NAME.to_owned(),
            into: PathBuf::from("org"),
            name: "acme".to_owned(),
            platform_name: None,
            management_account: Some("111111111111".to_owned()),
            region: None,
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        }
    }

    #[test]
    fn fields_are_given_once_and_have_values() {
        let read = |fields: &[&str]| given(&arguments(fields)).map(|given| format!("{given:?}"));
        assert_eq!(
            read(&["region=eu-central-1", "quarantine="]).unwrap(),
            r#"[("management_account", "111111111111"), ("region", "eu-central-1"), ("quarantine", "")]"#
        );
        assert!(read(&["region"]).unwrap_err().message.contains("`--set region`"));
        assert!(read(&["=x"]).is_err());
        assert!(read(&["management_account=2"]).unwrap_err().message.contains("twice"));
    }

    #[test]
    fn only_what_is_text_is_written_as_text() {
        assert!(is_text(&Shape::Pattern { regex: "[0-9]+", called: "a number" }));
        assert!(is_text(&Shape::Either(vec![Shape::Text, Shape::Region])));
        assert!(!is_text(&Shape::Either(vec![Shape::Text, Shape::Bool])));
        assert!(!is_text(&Shape::Set(Box::new(Shape::Text))));
    }

    #[test]
    fn a_folder_is_written_whole_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("org");
        let file = |path: &str| File { path: path.to_owned(), bytes: b"kind: unit\n".to_vec() };
        empty(&into).unwrap();
        write(&into, &[file("a.yaml"), file("deep/b.yaml")]).unwrap();
        assert!(into.join("deep/b.yaml").is_file());
        let failure = empty(&into).unwrap_err();
        assert!(failure.message.ends_with("is not empty"), "{failure}");
        assert!(write(&into, &[file("c.yaml")]).is_err());
        assert!(!into.join("c.yaml").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
