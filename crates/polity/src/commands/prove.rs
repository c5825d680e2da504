//! `polity prove`: comes to a verdict again, from what the journal kept. Needs no manifest and no cloud.

use std::sync::Arc;

use polity_engine::{Journal, SystemClock, audit::evidence, journal::Verification};

use super::{Home, pretty};
use crate::{
    args::{Output, audit::Prove},
    exit::{Ended, Exit, Failure},
    terminal,
    views::audit::proof,
};

pub(super) fn prove(home: &Home, arguments: &Prove) -> Ended {
    let path = home.journal_path();
    if !path.exists() {
        return Err(Failure::new(format!("there is no journal at `{}`", path.display()))
            .help("`polity audit` keeps evidence in one; name another place with `--journal FILE`"));
    }
    let journal = Journal::inspect(&path, Arc::new(SystemClock))?;
    // Evidence out of a journal that was tampered with proves nothing.
    if let Verification::Broken { number, reason } = journal.verify()? {
        return Err(Failure::new(format!("nothing can be proved: the journal is broken at entry {number}: {reason}"))
            .help("keep the file as it is and look for a copy"));
    }
    let found = evidence::prove(&journal, &arguments.control, arguments.at, arguments.tenant.as_deref())?;
    let Some(found) = found else {
        let until = arguments.at.map_or_else(String::new, |at| format!(" until {at}"));
        return Err(Failure::new(format!("the journal has no verdict on the control `{}`{until}", arguments.control))
            .help("`polity journal log` lists what it has"));
    };
    if let (Some(tenant), true) = (&arguments.tenant, found.recorded.0.is_empty()) {
        return Err(Failure::new(format!("the control `{}` was not judged in the tenant `{tenant}`", found.control))
            .help("leave `--tenant` out to see where it was"));
    }
    terminal::out(&match arguments.output {
        Output::Human => proof::human(&found, home.globals.verbose > 0),
        Output::Json => pretty(&proof::json(&found)),
    })?;
    Ok(if found.holds() { Exit::Done } else { Exit::Error })
}
