//! Plans that the installed Terraform makes now are read as those that were committed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{fs, path::Path, process::Command};

use polity_iac::{File, Reading, Sources, read};

fn run(folder: &Path, settings: &Path, words: &[&str]) -> Vec<u8> {
    let mut command = Command::new("terraform");
    command.args(words).current_dir(folder).env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1");
    let output = command.env("TF_CLI_CONFIG_FILE", settings).output().expect("terraform is installed");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "terraform {words:?}:\n{}\n{}", text(&output.stdout), text(&output.stderr));
    output.stdout
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn reading(bytes: &[u8]) -> Reading {
    read(File { path: "plan.json", bytes }, None, &Sources::default())
}

#[test]
#[ignore = "needs terraform and its provider for AWS: cargo xtask terraform runs it"]
fn plans_of_today_are_read_as_those_that_were_kept() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/terraform");
    let place = tempfile::tempdir().unwrap();
    let settings = place.path().join("settings");
    let mirror = std::env::var("POLITY_TERRAFORM_MIRROR").ok();
    let mirror =
        mirror.map(|path| format!("provider_installation {{\n  filesystem_mirror {{ path = \"{path}\" }}\n}}\n"));
    fs::write(&settings, mirror.unwrap_or_default()).unwrap();
    for case in ["good", "bad", "joins", "modules"] {
        let folder = place.path().join(case);
        copy(&cases.join(case), &folder);
        run(&folder, &settings, &["init", "-input=false"]);
        run(&folder, &settings, &["plan", "-input=false", "-out=plan.bin"]);
        let fresh = run(&folder, &settings, &["show", "-json", "plan.bin"]);
        let kept = fs::read(cases.join(case).join("plan.json")).unwrap();
        let rows = |reading: &Reading| -> Vec<String> {
            reading.found.iter().map(|found| format!("{} {:?}", found.address, found.row)).collect()
        };
        assert_eq!(rows(&reading(&fresh)), rows(&reading(&kept)), "{case}");
    }
}
