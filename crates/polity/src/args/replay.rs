//! The arguments of what judges events of the past.

use std::path::PathBuf;

use clap::Args;

use super::Output;

/// `replay`.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// CloudTrail's files as they lie in a bucket (`.json.gz`), what `aws cloudtrail lookup-events` printed, or folders with them
    #[arg(value_name = "FILE", required_unless_present = "days")]
    pub(crate) files: Vec<PathBuf>,
    /// Ask CloudTrail's own history in every tenant, this many days back, instead of reading files
    #[arg(long, value_name = "N", conflicts_with = "files", value_parser = clap::value_parser!(u8).range(1..=90))]
    pub(crate) days: Option<u8>,
    /// Only this control
    #[arg(long, value_name = "NAME")]
    pub(crate) control: Option<String>,
    /// How to tell
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: Output,
}
