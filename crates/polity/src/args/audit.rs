//! The arguments of what judges, proves and hands on.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use polity_model::units::{Date, Timestamp};

use super::{Output, Place};
use crate::views::audit::By;

/// `audit`.
#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Only this control; can be given more than once
    #[arg(long = "control", value_name = "NAME")]
    pub(crate) controls: Vec<String>,
    /// Only this tenant; can be given more than once
    #[arg(long = "tenant", value_name = "NAME")]
    pub(crate) tenants: Vec<String>,
    /// What to group findings by
    #[arg(long, value_enum, default_value_t)]
    pub(crate) by: By,
    /// Exit with 2 if a control of this severity or worse does not hold
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "high")]
    pub(crate) fail_on: Severity,
    /// Exit with 2 if anything cannot be said, too
    #[arg(long)]
    pub(crate) fail_on_unknown: bool,
    /// List what passes, too, resource by resource
    #[arg(long)]
    pub(crate) passes: bool,
    /// Judge what `--save` wrote, and read nothing
    #[arg(long, value_name = "FILE", conflicts_with = "save")]
    pub(crate) inventory: Option<PathBuf>,
    /// Write what was read to this file, for `--inventory`
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
    /// Keep no evidence in the journal
    #[arg(long)]
    pub(crate) no_evidence: bool,
    /// Write the output to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// How to tell
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: AuditOutput,
}

/// `prove`.
#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// The control
    #[arg(long, value_name = "NAME")]
    pub(crate) control: String,
    /// The last verdict until this moment, such as `2026-01-31T08:00:00Z`, or until the end of this day [default: the last one]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<Timestamp>,
    /// Only this tenant
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
    /// How to tell
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// `export`.
#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// OSCAL: catalog, profile, component definition, assessment plan and results, plan of action and milestones
    Oscal(Oscal),
}

/// `export oscal`.
#[derive(Debug, Args)]
pub(crate) struct Oscal {
    /// The folder to write to; files of the same names are written over
    #[arg(long = "into", value_name = "OUT")]
    pub(crate) into: PathBuf,
    /// Judge what `polity audit --save` wrote, and read nothing
    #[arg(long, value_name = "FILE")]
    pub(crate) inventory: Option<PathBuf>,
}

/// A moment, or the last one of a day.
fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    let day: Date = text.parse().map_err(|_| "write a moment such as `2026-01-31T08:00:00Z`, or a day".to_owned())?;
    let next = day.tomorrow().and_then(|next| next.to_zoned(jiff::tz::TimeZone::UTC));
    next.map(|next| next.timestamp()).map_err(|error| error.to_string())
}

/// Severities, as words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Severity {
    /// A matter of good order
    Low,
    /// Helps an attacker who is already in
    Medium,
    /// A way in, or out
    High,
    /// An open door
    Critical,
}

impl From<Severity> for polity_model::finding::Severity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Low => Self::Low,
            Severity::Medium => Self::Medium,
            Severity::High => Self::High,
            Severity::Critical => Self::Critical,
        }
    }
}

/// Outputs of `audit`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditOutput {
    /// For people
    #[default]
    Human,
    /// For machines, with a version
    Json,
    /// For spreadsheets
    Csv,
    /// JUnit, for pipelines
    Junit,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// OCSF compliance findings, for security data lakes
    Ocsf,
    /// For a pull request or a ticket
    Markdown,
    /// One page that stands by itself, with charts
    Html,
}
