//! The arguments of what judges infrastructure code.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::audit::Severity;

/// `check-iac`.
#[derive(Debug, Args)]
pub(crate) struct CheckIac {
    /// Terraform plans (`terraform show -json`), CloudFormation templates, Kubernetes manifests, Dockerfiles; of a folder, all of them below it
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// What the files are [default: told by what they hold]
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    pub(crate) kind: Option<Type>,
    /// The folder with the `.tf` files of a plan, to name their lines [default: that of the plan]
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,
    /// Judge by the controls of this tenant of the manifest
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
    /// Judge by the controls of this landing zone of the manifest
    #[arg(long, value_name = "NAME", conflicts_with = "tenant")]
    pub(crate) landing_zone: Option<String>,
    /// Judge by the controls of this baseline [default: standard, where no tenant and no landing zone is named]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["tenant", "landing_zone"])]
    pub(crate) baseline: Option<String>,
    /// Only this control; can be given more than once
    #[arg(long = "control", value_name = "NAME")]
    pub(crate) controls: Vec<String>,
    /// Exit with 2 if a control of this severity or worse does not hold
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "low")]
    pub(crate) fail_on: Severity,
    /// Exit with 2 if anything cannot be said, too
    #[arg(long)]
    pub(crate) unknown_fails: bool,
    /// How to tell
    #[arg(long, short, value_enum, default_value_t)]
    pub(crate) output: CodeOutput,
}

/// Types of infrastructure code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Type {
    /// A plan or a state, as `terraform show -json` writes it
    Terraform,
    /// A template
    #[value(name = "cloudformation")]
    CloudFormation,
    /// Manifests
    Kubernetes,
    /// The recipe of an image
    Dockerfile,
}

/// Outputs of `check-iac`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CodeOutput {
    /// For people
    #[default]
    Human,
    /// For machines, with a version
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// JUnit, for pipelines
    Junit,
}
