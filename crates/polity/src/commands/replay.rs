//! `polity replay`: tells whom controls would have stopped, from the record of what was done. Changes nothing.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufReader, Read as _},
    path::{Path, PathBuf},
};

use flate2::bufread::MultiGzDecoder;
use futures::{StreamExt as _, stream};
use jiff::SignedDuration;
use polity_aws::prevent::replay::{Accounts, Judge, parse, unwrapped};
use polity_engine::Past;
use polity_model::{Address, organization::Organization, units::Timestamp};
use serde_json::Value as Json;

use super::{Home, Sound, pretty};
use crate::{
    args::{Output, replay::Replay},
    clouds::{Clouds, aws},
    exit::{Ended, Exit, Failure},
    folder, terminal,
    views::{clean, replay as view},
};

/// Bytes of one file, unpacked, above which it is no file of CloudTrail's.
const LARGEST: u64 = 1 << 30;

/// Scopes that are asked at once.
const AT_ONCE: usize = 8;

/// Folders within folders, at most: CloudTrail's own layout is eight deep.
const DEEPEST: usize = 16;

pub(super) async fn replay(home: &Home, arguments: &Replay) -> Ended {
    let sound = home.sound()?;
    if let Some(name) = &arguments.control
        && !sound.controls.catalog.controls.contains_key(name)
    {
        return Err(Failure::new(format!("there is no control `{name}`"))
            .help("`polity control list` shows all that there are"));
    }
    let past = home.past(&sound.organization)?;
    let accounts = accounts(&sound.organization, &past);
    if accounts.tenants.is_empty() {
        return Err(Failure::new("the account of no tenant is known, so no event can be told to belong to one")
            .help("apply the manifest first, or write `id:` with the number of the account at the tenants"));
    }
    let only = arguments.control.as_deref();
    let mut judge = Judge::new(&sound.organization, &sound.controls.rules, &accounts, only);
    let gaps = match arguments.days {
        Some(days) => asked(home, &sound, &past, days, &mut judge).await?,
        None => written(&arguments.files, &mut judge).map(|()| Vec::new())?,
    };
    let replay = judge.finish();
    terminal::out(&match arguments.output {
        Output::Human => view::human(&replay),
        Output::Json => pretty(&view::json(&replay)),
    })?;
    for (scope, why) in &gaps {
        terminal::err(&format!("gap: what was done in `{}` is not known: {}", clean(scope), clean(why)));
    }
    let quiet = gaps.is_empty() && replay.controls.values().all(|outcome| outcome.stopped == 0);
    Ok(if quiet { Exit::Done } else { Exit::Changes })
}

/// Judges the events of files.
fn written(paths: &[PathBuf], judge: &mut Judge<'_>) -> Result<(), Failure> {
    let mut files = Vec::new();
    for path in paths {
        list(path, 0, &mut files)?;
    }
    files.sort();
    for path in &files {
        let events = parse(&read(path)?).map_err(|reason| {
            Failure::new(format!("`{}` holds no events: {reason}", path.display()))
                .help("name files of CloudTrail, or what `aws cloudtrail lookup-events` printed")
        })?;
        events.iter().for_each(|event| judge.event(event));
    }
    Ok(())
}

/// Judges what the platforms themselves remember of the last days; where one does not tell, the scope and why.
async fn asked(
    home: &Home,
    sound: &Sound,
    past: &Past,
    days: u8,
    judge: &mut Judge<'_>,
) -> Result<Vec<(String, String)>, Failure> {
    let since = Timestamp::now() - SignedDuration::from_hours(24 * i64::from(days));
    let clouds = Clouds::connect(&sound.organization).await?;
    let known: BTreeMap<Address, String> =
        past.last.iter().map(|(address, recorded)| (address.clone(), recorded.id.clone())).collect();
    let mut places = Vec::new();
    for provider in &clouds.reading {
        places.extend(provider.survey_scopes(&sound.organization, &known).into_iter().map(|scope| (provider, scope)));
    }
    let reading = places.into_iter().map(|(provider, scope)| async move {
        let events = provider.record(&scope, since).await;
        (scope.name, events)
    });
    // A scope's events are judged and let go before many more are read.
    let mut reading = stream::iter(reading).buffer_unordered(AT_ONCE);
    let mut gaps = Vec::new();
    while let Some((scope, events)) = reading.next().await {
        match events.map_err(|error| error.to_string()).and_then(|events| unwrapped(&Json::Array(events))) {
            Ok(events) => events.iter().for_each(|event| judge.event(event)),
            Err(why) => gaps.push((scope, why)),
        }
    }
    home.tell_stats(&clouds);
    gaps.sort();
    Ok(gaps)
}

/// Which accounts are whose: as it is written, or as the journal knows it.
fn accounts(organization: &Organization, past: &Past) -> Accounts {
    let mut accounts = Accounts::default();
    for platform in organization.platforms.values().filter(|platform| platform.kind == aws::NAME) {
        accounts.organization = accounts.organization.or_else(|| past.platforms.get(&platform.name).cloned());
        for tenant in organization.tenants_on(&platform.name) {
            let known = past.last.iter().find(|(address, _)| {
                address.platform == platform.name && address.kind == "account" && address.name == tenant.name
            });
            let id = tenant.id.clone().or_else(|| known.map(|(_, recorded)| recorded.id.clone()));
            accounts.tenants.extend(id.map(|id| (id, tenant.name.clone())));
        }
    }
    accounts
}

/// The files below a path.
fn list(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable =
        |error: std::io::Error| Failure::new(format!("`{}` cannot be read: {}", path.display(), folder::plain(&error)));
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    if depth >= DEEPEST {
        return Err(Failure::new(format!("`{}` is nested more than {DEEPEST} folders deep", path.display())));
    }
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?.path();
        let is_events = entry.extension().is_some_and(|ending| ending == "json" || ending == "gz");
        if is_events || entry.is_dir() {
            list(&entry, depth + 1, files)?;
        }
    }
    Ok(())
}

/// What a file holds, unpacked if it is packed.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable =
        |error: std::io::Error| Failure::new(format!("`{}` cannot be read: {}", path.display(), folder::plain(&error)));
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    let is_packed = std::io::BufRead::fill_buf(&mut file).map_err(unreadable)?.starts_with(&[0x1f, 0x8b]);
    let mut bytes = Vec::new();
    let read = match is_packed {
        true => MultiGzDecoder::new(file).take(LARGEST + 1).read_to_end(&mut bytes),
        false => file.take(LARGEST + 1).read_to_end(&mut bytes),
    };
    if read.map_err(unreadable)? as u64 > LARGEST {
        return Err(Failure::new(format!("`{}` is too large to be a file of CloudTrail's", path.display())));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn packed_and_plain_files_read_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, packed) = (folder.path().join("a.json"), folder.path().join("deep/b.json.gz"));
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("notes.txt"), "x").unwrap();
        fs::write(&plain, "[]").unwrap();
        let mut encoder = flate2::write::GzEncoder::new(File::create(&packed).unwrap(), flate2::Compression::fast());
        encoder.write_all(b"[]").unwrap();
        encoder.finish().unwrap();
        let mut files = Vec::new();
        list(folder.path(), 0, &mut files).unwrap();
        files.sort();
        assert_eq!(files, [plain.clone(), packed.clone()]);
        assert_eq!((read(&plain).unwrap(), read(&packed).unwrap()), (b"[]".to_vec(), b"[]".to_vec()));
        fs::write(&packed, [0x1f, 0x8b, 0, 1]).unwrap();
        assert!(read(&packed).unwrap_err().message.contains("cannot be read"));
    }
}
