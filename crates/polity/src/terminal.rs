//! The terminal: colours, standard output and standard error. The only place that prints.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;

use crate::{clouds, exit::Failure};

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Makes this hold for the whole process.
    pub(crate) fn set(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::AlwaysAnsi,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// Something new.
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
/// Something changed.
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
/// Something ends.
pub(crate) const RED: Style = AnsiColor::Red.on_default();
/// Something moves.
pub(crate) const CYAN: Style = AnsiColor::Cyan.on_default();
/// Something is taken over.
pub(crate) const BLUE: Style = AnsiColor::Blue.on_default();
/// A risk.
pub(crate) const MAGENTA: Style = AnsiColor::Magenta.on_default();
/// What must not be missed.
pub(crate) const ALARM: Style = AnsiColor::Red.on_default().bold();
/// A heading.
pub(crate) const BOLD: Style = Style::new().bold();
/// What may be skipped.
pub(crate) const DIM: Style = Style::new().dimmed();

/// Text in a style.
pub(crate) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes to standard output. A reader that went away (`| head`) is no failure.
pub(crate) fn out(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    let ending = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    match write!(stdout, "{text}{ending}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output cannot be written: {}", crate::folder::plain(&error))))
        }
        _ => Ok(()),
    }
}

/// Writes a line to standard error; there is nowhere left to tell if that fails.
pub(crate) fn err(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

/// A failure, with what to do next.
pub(crate) fn failure(failure: &Failure) {
    let mut text = format!("{} {}", paint(ALARM, "error:"), crate::views::clean(&failure.message));
    if let Some(help) = &failure.help {
        text.push_str(&format!("\n  {} {}", paint(CYAN, "help:"), crate::views::clean(help)));
    }
    err(&text);
}

/// Whether a person sits there: both what we print and what we ask can be seen and answered.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks on standard error and reads one line; `None` when there is no more input.
pub(crate) fn ask(question: &str) -> Option<String> {
    let _ = write!(anstream::stderr().lock(), "{question}");
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim().to_owned()),
    }
}

/// Sends what the crates below tell about their work to standard error: nothing unless asked for. `POLITY_LOG` takes
/// the usual filters (`polity_provider=debug`).
pub(crate) fn log(verbose: u8) {
    let clouds: String = clouds::names().map(|cloud| format!("polity_{cloud}=debug,")).collect();
    let all = format!("polity_provider=debug,polity_engine=debug,{clouds}warn");
    let level = if verbose >= 2 { all.as_str() } else { "error" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("POLITY_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false).without_time().init();
}
