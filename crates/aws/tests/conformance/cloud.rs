//! A moto server of the test's own, or a server that is there already, with boto3 as an independent witness beside it.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value as Json;

/// A running server and its witness; both end with it.
pub(crate) struct Cloud {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    pub(crate) endpoint: String,
    /// Whether it is moto, with all that moto lacks.
    pub(crate) moto: bool,
}

/// The Python of the tests' virtual environment.
pub(crate) fn python() -> PathBuf {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/venv");
    let program = if cfg!(windows) { venv.join("Scripts/python.exe") } else { venv.join("bin/python") };
    assert!(program.exists(), "`{}` is missing: `cargo xtask servers` installs the test servers", program.display());
    program
}

impl Cloud {
    /// A server that listens here; moto where none does.
    pub(crate) fn beside(endpoint: Option<&str>) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../aws/tests/conformance/cloud.py");
        let mut process = Command::new(python())
            .arg(script)
            .args(endpoint)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test server starts");
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut cloud = Self { process, input, output, endpoint: String::new(), moto: endpoint.is_none() };
        cloud.endpoint = cloud.hear().unwrap()["endpoint"].as_str().expect("an endpoint").to_owned();
        cloud
    }

    /// One request to the witness; the cloud's errors are answers, failures of the witness are not.
    pub(crate) fn ask(&mut self, request: &Json) -> Result<Json, String> {
        writeln!(self.input, "{request}").map_err(|error| error.to_string())?;
        let answer = self.hear()?;
        match answer.get("failure") {
            Some(failure) => Err(format!("{request}: {failure}")),
            None => Ok(answer),
        }
    }

    fn hear(&mut self) -> Result<Json, String> {
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|error| error.to_string())?;
        serde_json::from_str(&line).map_err(|error| format!("the witness said `{line}`: {error}"))
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
