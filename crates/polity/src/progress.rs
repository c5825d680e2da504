//! Who watches an engine at work: bars on a terminal, plain lines in a pipeline. Both go to standard error, so that
//! standard output holds the result alone.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use polity_engine::{Observer, Progress};
use polity_model::{Address, plan::Action};

use crate::{
    terminal::{self, DIM, GREEN, RED, YELLOW, paint},
    views::{clean, count, cut, plan},
};

/// Tells what is going on.
pub(crate) struct Watcher {
    bar: Option<ProgressBar>,
    verbose: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: BTreeSet<String>,
    read: usize,
    running: BTreeSet<String>,
    done: usize,
    changes: usize,
    said: Option<Instant>,
}

impl Watcher {
    /// Bars if standard error is a terminal, lines otherwise.
    pub(crate) fn new(verbose: u8) -> Self {
        let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        Self { bar: terminal.then(spinner), verbose: verbose > 0, state: Mutex::default() }
    }

    /// Takes the bar off the terminal.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| terminal::err(text)),
            None => terminal::err(text),
        }
    }

    fn reading(&self, state: &mut State) {
        let names: Vec<&str> = state.open.iter().map(String::as_str).collect();
        let text = format!("reading: {} done, at {}", count(state.read, "scope"), cut(&names.join(", "), 120));
        match &self.bar {
            Some(bar) => bar.set_message(text),
            // A sign of life now and then is enough for a log.
            None => {
                let said = *state.said.get_or_insert_with(Instant::now);
                if said.elapsed() > Duration::from_secs(10) {
                    state.said = Some(Instant::now());
                    terminal::err(&paint(DIM, text));
                }
            }
        }
    }

    fn writing(&self, state: &State) {
        if let Some(bar) = &self.bar {
            bar.set_length(state.changes as u64);
            bar.set_position(state.done as u64);
            let names: Vec<&str> = state.running.iter().map(String::as_str).collect();
            bar.set_message(cut(&names.join(", "), 60));
        }
    }

    fn ended(&self, state: &mut State, address: &Address, line: &str) {
        state.running.remove(&address.to_string());
        state.done += 1;
        let number = paint(DIM, format!("[{}/{}]", state.done, state.changes));
        self.line(&format!("{number} {line}"));
        self.writing(state);
    }

    fn on_change(&self, state: &mut State, progress: &Progress<'_>) {
        match progress {
            Progress::ChangeStarted { address, .. } => {
                state.running.insert(clean(&address.to_string()));
                self.writing(state);
            }
            Progress::ChangeRetrying { address, reason } if self.verbose => {
                self.line(&paint(DIM, format!("waiting for {}: {}", clean(&address.to_string()), clean(reason))));
            }
            Progress::ChangeDone { address, action, id, written } => {
                let already = if *written { "" } else { ", nothing had to be written" };
                let id = if *id == address.name { String::new() } else { format!(" ({})", cut(&clean(id), 48)) };
                let text = format!("{}{already}{}", subject(address, *action), paint(DIM, id));
                self.ended(state, address, &format!("{} {text}", paint(GREEN, "done")));
            }
            Progress::ChangeFailed { address, action, message, help } => {
                let help = help.map_or_else(String::new, |help| format!("\n    help: {}", clean(help)));
                let text = format!("{}: {}{help}", subject(address, *action), clean(message));
                self.ended(state, address, &format!("{} {text}", paint(RED, "failed")));
            }
            Progress::ChangeSkipped { address, action, reason } => {
                let text = format!("{}: {}", subject(address, *action), clean(reason));
                self.ended(state, address, &format!("{} {text}", paint(YELLOW, "not tried")));
            }
            _ => {}
        }
    }
}

impl Observer for Watcher {
    fn on(&self, progress: &Progress<'_>) {
        let state = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match progress {
            Progress::ScopeStarted { scope, .. } => {
                state.open.insert(clean(scope));
                self.reading(state);
            }
            Progress::ScopeDone { scope } => {
                state.open.remove(&clean(scope));
                state.read += 1;
                self.reading(state);
            }
            Progress::KindRead { scope, kind, found, gaps } => {
                if self.verbose {
                    let gaps = if gaps.is_empty() { String::new() } else { format!(", {} not readable", gaps.len()) };
                    self.line(&paint(DIM, format!("read {found} {kind} in {}{gaps}", clean(scope))));
                }
            }
            Progress::Settled { address, finding } => {
                self.line(&format!(
                    "settled from an interrupted run: {}: {}",
                    clean(&address.to_string()),
                    clean(finding)
                ));
            }
            Progress::RunStarted { run, changes } => {
                state.changes = *changes;
                state.done = 0;
                if let Some(bar) = &self.bar {
                    bar.set_style(bars());
                }
                self.line(&paint(DIM, format!("{} begins: {} to make", clean(run), count(*changes, "change"))));
                self.writing(state);
            }
            Progress::RoundStarted { round, plan: further } => {
                state.changes += further.changes.len();
                let context = plan::Context::default();
                let body = plan::human::body(further, &context);
                self.line(&format!("round {round}: {}, now that more is there to see\n{body}", plan::summary(further)));
                self.writing(state);
            }
            Progress::Stopping => {
                self.line(&paint(YELLOW, "stopping: what is under way is finished, nothing new begins"))
            }
            Progress::RunFinished { .. } => self.finish(),
            _ => self.on_change(state, progress),
        }
    }
}

fn subject(address: &Address, action: Action) -> String {
    format!("{} {} {}", plan::verb(action), address.kind, clean(&address.name))
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn bars() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
