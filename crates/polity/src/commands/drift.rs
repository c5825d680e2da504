//! `polity drift`: tells what differs from the manifest, why, and who did it.

use super::{Home, plan, pretty};
use crate::{args::Output, clouds::Clouds, exit::Ended, progress::Watcher, terminal, views::drift};

pub(super) async fn drift(home: &Home, output: Output) -> Ended {
    let (organization, digest) = home.organization()?;
    let past = home.past(&organization)?;
    let clouds = Clouds::connect(&organization).await?;
    let ground = home.ground(&clouds, &organization, &digest)?;
    let watcher = Watcher::new(home.globals.verbose);
    let found = polity_engine::drift(&ground, &past, &watcher).await;
    watcher.finish();
    home.tell_stats(&clouds);
    let found = found?;
    terminal::out(&match output {
        Output::Json => pretty(&drift::json(&found)),
        Output::Human => {
            let mut context = plan::context(home, &found.planned.plan, &found.planned.observation, false);
            context.actors = drift::actors(&found);
            context.controls = plan::controls(&organization, &found.planned.plan);
            context.done = drift::done(&found);
            drift::human(&found, &context)
        }
    })?;
    Ok(found.exit())
}
