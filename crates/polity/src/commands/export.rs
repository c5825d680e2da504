//! `polity export`: hands on what controls say and what they come to, in the formats of auditors.

use std::fs;

use polity_engine::audit::Choice;

use super::{
    Home,
    audit::{Keeping, collected, judge, unseen},
    pretty, write_file,
};
use crate::{
    args::audit::{Export, Oscal},
    exit::{Ended, Exit, Failure},
    folder, terminal,
    views::{clean, oscal},
};

pub(super) async fn export(home: &Home, verb: &Export) -> Ended {
    match verb {
        Export::Oscal(arguments) => to_oscal(home, arguments).await,
    }
}

async fn to_oscal(home: &Home, arguments: &Oscal) -> Ended {
    let sound = home.sound()?;
    let collected = collected(home, &sound, arguments.inventory.as_deref(), None).await?;
    let unseen = unseen(&sound, &Choice::default(), &collected);
    let judged = judge(home, &sound, collected, &Choice::default(), false, &Keeping::Nothing)?;
    let into = &arguments.into;
    fs::create_dir_all(into).map_err(|error| {
        Failure::new(format!("the folder `{}` cannot be made: {}", into.display(), folder::plain(&error)))
    })?;
    let export = oscal::Export { catalog: &sound.controls.catalog, audit: &judged.audit };
    for (name, document) in oscal::documents(&export) {
        write_file(&into.join(name), pretty(&document).as_bytes())?;
        terminal::out(&format!("wrote {}\n", clean(&into.join(name).display().to_string())))?;
    }
    Ok(if unseen { Exit::PartlyApplied } else { Exit::Done })
}
