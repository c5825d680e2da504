//! The arguments of what puts right.

use std::path::PathBuf;

use clap::Args;

use super::Output;

/// `remediate`.
#[derive(Debug, Args)]
pub(crate) struct Remediate {
    /// A plan that `polity remediate --out` saved; without one, a plan is made of what fails now
    #[arg(value_name = "PLAN", conflicts_with_all = ["findings", "controls", "tenants", "out"])]
    pub(crate) plan: Option<PathBuf>,
    /// Take the findings of this file, which `polity audit -o json` wrote, instead of auditing now
    #[arg(long, value_name = "FILE")]
    pub(crate) findings: Option<PathBuf>,
    /// Only this control; can be given more than once
    #[arg(long = "control", value_name = "NAME")]
    pub(crate) controls: Vec<String>,
    /// Only this tenant; can be given more than once
    #[arg(long = "tenant", value_name = "NAME")]
    pub(crate) tenants: Vec<String>,
    /// Put back what the saved plan changed: the same resources, with what they held before
    #[arg(long, requires = "plan")]
    pub(crate) undo: bool,
    /// Save the plan, for `polity remediate FILE`, and change nothing
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Approve the plan with this digest (the short one will do), and no other
    #[arg(long, value_name = "DIGEST", conflicts_with = "auto_approve")]
    pub(crate) approve: Option<String>,
    /// Approve whatever the plan is; brakes still hold
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// Put right only what the manifest lets be put right without a person (`correct: auto`), and ask nobody; brakes still hold
    #[arg(long, conflicts_with_all = ["plan", "findings", "approve", "auto_approve"])]
    pub(crate) auto: bool,
    /// How to tell what was done
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: Output,
}
