//! Arguments of `sandbox`.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

/// `sandbox`.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxVerb {
    /// Serve simulated clouds on a port, for awscli, SDKs, Terraform and Polity, until Ctrl-C
    Serve(Serve),
}

/// `sandbox serve`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// What goes wrong, see docs/sandbox.md [default: nothing]
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,
    /// Begin with what this file holds, if it is there, and write it at the end
    #[arg(long, value_name = "FILE")]
    pub(crate) snapshot: Option<PathBuf>,
    /// Begin with what this manifest folder asks for
    #[arg(long, value_name = "DIR", conflicts_with = "twin")]
    pub(crate) seed: Option<PathBuf>,
    /// Begin with what `polity inventory -o json` wrote of a real platform
    #[arg(long, value_name = "FILE", requires = "management_account")]
    pub(crate) twin: Option<PathBuf>,
    /// The management account, twelve digits [default: the manifest's, or 111111111111]
    #[arg(long, value_name = "ID", conflicts_with = "seed", value_parser = account)]
    pub(crate) management_account: Option<String>,
    /// Role by which the management account enters the accounts of a twin
    #[arg(long, value_name = "NAME", default_value = "OrganizationAccountAccessRole", requires = "twin")]
    pub(crate) role: String,
    /// Write every request and its reply to this file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(crate) tape: Option<PathBuf>,
    /// Listen where other machines can reach it
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// Do not show each call
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// The number of an account.
fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err("an account has twelve digits".to_owned())
}
