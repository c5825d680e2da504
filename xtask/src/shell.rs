//! Running other programs, and talking to the person who called.

use std::{
    fmt::{self, Display},
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Why a task stopped: one sentence for people.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self(format!("unexpected JSON: {error}"))
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self(message)
    }
}

/// What every task returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Stops a task with a sentence.
pub(crate) fn fail<T>(message: impl Into<String>) -> Outcome<T> {
    Err(Failure(message.into()))
}

/// Prints one line. A closed pipe is no reason to fail a task.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or_else(|| Path::new("."))
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The cargo that runs us.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Whether a program can be started at all.
pub(crate) fn exists(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .stdin(Stdio::null())
        .status()
        .is_ok()
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let mut words =
        vec![Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Runs a command with its output on the terminal; anything but success is a failure.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let status =
        command.status().map_err(|error| Failure(format!("`{}` could not be started: {error}", shown(command))))?;
    if status.success() { Ok(()) } else { fail(format!("`{}` ended with {status}", shown(command))) }
}

/// Runs a command and returns what it printed; its error output goes into the failure.
pub(crate) fn read(command: &mut Command) -> Outcome<String> {
    let output =
        command.output().map_err(|error| Failure(format!("`{}` could not be started: {error}", shown(command))))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return fail(format!("`{}` ended with {}: {}", shown(command), output.status, said.trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Builds the binary and returns its path.
pub(crate) fn build_polity(release: bool) -> Outcome<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--package", "polity", "--bin", "polity"]);
    if release {
        build.arg("--release");
    }
    run(&mut build)?;
    Ok(target().join(if release { "release" } else { "debug" }).join(format!("polity{}", std::env::consts::EXE_SUFFIX)))
}
