//! The arguments of what judges events of the past.

use std::path::PathBuf;

use clap::Args;

use super::Output;

/// `replay`.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// CloudTrail's files as they lie in a bucket (`.json.gz`), what `aws cloudtrail lookup-events` printed, or folders with them
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Only this control
    #[arg(long, value_name = "NAME")]
    pub(crate) control: Option<String>,
    /// How to tell
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: Output,
}
