//! Terraform against the sandbox: it builds an organization there, and must then find nothing to change. And its plans of today
//! are read as those that were kept.

use crate::{
    servers,
    shell::{Outcome, cargo, exists, fail, run as perform},
};

/// Runs the test that the suite leaves out, because not everybody has Terraform.
pub(crate) fn run() -> Outcome {
    servers::install()?;
    if !exists("terraform") {
        return fail(
            "`terraform` is not installed; POLITY_TERRAFORM_MIRROR may name a folder with its provider for AWS",
        );
    }
    let mut command = cargo();
    command.args(["test", "--package", "polity", "--test", "fidelity", "--"]).args([
        "--ignored",
        "--nocapture",
        "terraform_builds_an_organization",
    ]);
    perform(&mut command)?;
    let mut command = cargo();
    command.args(["test", "--package", "polity-iac", "--test", "terraform", "--", "--ignored", "--nocapture"]);
    perform(&mut command)
}
