//! Terraform builds an organization on the sandbox and then finds nothing to change.
//!
//! `cargo xtask terraform` runs this where `terraform` and its provider for AWS can be had; `POLITY_TERRAFORM_MIRROR`
//! names a folder with the provider, else it comes from Terraform's registry.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use crate::support::{Simulated, root};

struct Terraform<'a> {
    sandbox: &'a Simulated,
    folder: &'a Path,
}

impl Terraform<'_> {
    fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new("terraform");
        command.arg(format!("-chdir={}", self.folder.display())).args(words);
        command.args(["-no-color", "-input=false"]).env("TF_CLI_CONFIG_FILE", self.folder.join("settings.rc"));
        self.sandbox.enter(&mut command).output().expect("terraform is installed")
    }

    /// Runs a command that must end with this code.
    #[track_caller]
    fn expect(&self, code: i32, words: &[&str]) -> String {
        let output = self.run(words);
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "terraform {words:?}:\n{out}\n{err}");
        out
    }
}

#[test]
#[ignore = "needs terraform and its provider for AWS: cargo xtask terraform runs it"]
fn terraform_builds_an_organization_and_finds_nothing_to_change() {
    let sandbox = Simulated::start();
    let place = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(root().join("crates/polity/tests/fidelity/organization.tf")).unwrap();
    fs::write(place.path().join("main.tf"), text.replace("ENDPOINT", sandbox.endpoint())).unwrap();
    let methods = match std::env::var("POLITY_TERRAFORM_MIRROR") {
        Ok(path) if !path.is_empty() => format!("filesystem_mirror {{ path = \"{path}\" }}"),
        _ => "direct {}".to_owned(),
    };
    fs::write(place.path().join("settings.rc"), format!("provider_installation {{ {methods} }}\n")).unwrap();
    let terraform = Terraform { sandbox: &sandbox, folder: place.path() };
    terraform.expect(0, &["init"]);
    terraform.expect(2, &["plan", "-detailed-exitcode"]);
    println!("{}", last(&terraform.expect(0, &["apply", "-auto-approve"])));
    println!("{}", last(&terraform.expect(0, &["plan", "-detailed-exitcode"])));
    // A change is a change, and is nothing to do once it is made.
    let grown = fs::read_to_string(place.path().join("main.tf")).unwrap().replace("PT4H", "PT8H");
    fs::write(place.path().join("main.tf"), grown).unwrap();
    terraform.expect(2, &["plan", "-detailed-exitcode"]);
    terraform.expect(0, &["apply", "-auto-approve"]);
    terraform.expect(0, &["plan", "-detailed-exitcode"]);
}

fn last(said: &str) -> &str {
    said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default()
}
