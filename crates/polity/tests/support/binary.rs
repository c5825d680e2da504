//! The binary in a folder of its own, cut off from the credentials and settings of whoever runs the tests.

use std::{fs, path::Path, process::Command};

use assert_cmd::cargo::CommandCargoExt as _;
use tempfile::TempDir;

/// A folder with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// What a run left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the binary within a folder, on a day that never changes.
pub(crate) fn polity(within: &Path, arguments: &[&str]) -> Ran {
    let output = Command::cargo_bin("polity")
        .unwrap()
        .args(arguments)
        .current_dir(within)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", within)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("POLITY_TODAY", "2026-11-22")
        .output()
        .unwrap();
    Ran {
        code: output.status.code().expect("it must end by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
