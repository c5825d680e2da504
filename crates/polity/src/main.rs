//! The command line of Polity: arguments, commands and views.
//!
//! `commands/<verb>.rs` does, `views/<view>.rs` shows. This crate alone knows every cloud (`clouds.rs`), the terminal
//! (`terminal.rs`), the file system (`folder.rs`), the environment and the day of today.
//!
//! **Never here:** a rule of the manifest, a decision of the planner, a call to a cloud.

mod args;
mod blame;
mod clouds;
mod code;
mod commands;
mod controls;
mod demo;
mod embedded;
mod exit;
mod folder;
mod inside;
mod progress;
mod rehearsal;
mod sketch;
mod starter;
mod terminal;
mod views;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

fn main() -> ExitCode {
    let matches = match args::Cli::command().after_help(exit::TABLE).try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return usage(&error),
    };
    let cli = match args::Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    cli.globals.color.set();
    terminal::log(cli.globals.verbose);
    match commands::run(cli) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(failure) => {
            terminal::failure(&failure);
            ExitCode::from(failure.exit.code())
        }
    }
}

/// Help and version are no errors; a wrong argument is one, and 2 already means "there are changes".
fn usage(error: &clap::Error) -> ExitCode {
    // There is nowhere left to tell when even this cannot be printed.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(exit::Exit::Error.code()) } else { ExitCode::SUCCESS }
}
