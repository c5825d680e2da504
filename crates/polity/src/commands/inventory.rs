//! `polity inventory`: reads everything on the platforms and lists it.

use polity_engine::{Past, Reach};

use super::{Home, pretty};
use crate::{
    args::Output,
    clouds::Clouds,
    exit::{Ended, Exit},
    progress::Watcher,
    terminal,
    views::inventory,
};

pub(super) async fn inventory(home: &Home, output: Output) -> Ended {
    let (organization, digest) = home.organization()?;
    let Past { last, .. } = home.past(&organization)?;
    let clouds = Clouds::connect(&organization).await?;
    let ground = home.ground(&clouds, &organization, &digest)?;
    let watcher = Watcher::new(home.globals.verbose);
    let observation = polity_engine::observe(&ground, &last, Reach::Everything, &watcher).await;
    watcher.finish();
    home.tell_stats(&clouds);
    let observation = observation?;
    terminal::out(&match output {
        Output::Human => inventory::human(&observation.inventory, home.globals.verbose > 0),
        Output::Json => pretty(&inventory::json(&observation.inventory)),
    })?;
    Ok(if observation.unreached.is_empty() { Exit::Done } else { Exit::PartlyApplied })
}
