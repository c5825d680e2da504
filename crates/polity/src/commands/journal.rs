//! `polity journal`: proves and shows the record of what was done. Needs no manifest: an auditor may have the journal
//! alone.

use std::sync::Arc;

use polity_engine::{
    Journal, SystemClock,
    journal::{Filter, Verification},
};
use serde_json::json;

use super::{Home, pretty};
use crate::{
    args::{JournalVerb, Output},
    exit::{Ended, Exit, Failure},
    terminal,
    views::journal as view,
};

pub(super) fn journal(home: &Home, verb: JournalVerb) -> Ended {
    let path = home.journal_path();
    if !path.exists() {
        return Err(Failure::new(format!("there is no journal at `{}`", path.display()))
            .help("the first `polity apply` makes one; name another place with `--journal FILE`"));
    }
    let journal = Journal::inspect(&path, Arc::new(SystemClock))?;
    match verb {
        JournalVerb::Verify => match journal.verify()? {
            Verification::Whole { entries, head } => terminal::out(&view::whole(entries, &head)),
            Verification::Broken { number, reason } => Err(Failure::new(format!(
                "the journal is broken at entry {number}: {reason}"
            ))
            .help("keep the file as it is and look for a copy; the next plan needs no journal to find what is ours")),
        },
        JournalVerb::Log { address, run, last, output } => {
            let entries = journal.history(&Filter { address, run, from: None, last })?;
            match output {
                Output::Human => terminal::out(&view::log(&entries)),
                Output::Json => {
                    let lines: Vec<String> = entries.iter().map(|entry| format!("{}\n", json!(entry))).collect();
                    terminal::out(&lines.concat())
                }
            }
        }
        JournalVerb::Show { number } => {
            let entries = journal.history(&Filter { from: Some(number), ..Filter::default() })?;
            let Some(entry) = entries.into_iter().find(|entry| entry.number == number) else {
                return Err(Failure::new(format!("the journal has no entry {number}"))
                    .help(format!("its last one is {}", journal.head()?.0)));
            };
            terminal::out(&pretty(&json!(entry)))
        }
    }?;
    Ok(Exit::Done)
}
