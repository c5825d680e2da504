//! The same facts through Polity, Cloud Custodian and Prowler: one account full of resources, half of them bad in known ways, and a table of
//! who finds what. Each difference is explained in `xtask/agree/questions.py`; one that is not fails the task.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    cloud::{ACCOUNT, Cloud, enter, tool},
    servers::{self, PEERS, PROWLER},
    shell::{Failure, Outcome, build_polity, fail, read, root, say, target},
};

/// Resources in the account.
const RESOURCES: &str = "600";
/// Its name: the first that the seed makes.
const TENANT: &str = "seed-00";

/// The task.
pub(crate) fn run() -> Outcome {
    servers::install()?;
    PEERS.install()?;
    PROWLER.install()?;
    let polity = build_polity(false)?;
    let work = target().join("agree");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    fs::create_dir_all(&work)?;
    let cloud = Cloud::start()?;
    let truth = work.join("truth.json");
    let mut seed = Command::new(tool("python"));
    seed.arg(root().join("crates/aws/tests/surveys/seed.py"));
    seed.args(["--accounts", "1", "--resources", RESOURCES, "--management", ACCOUNT, "--endpoint", cloud.endpoint()]);
    say(read(cloud.enter(seed.arg("--truth").arg(&truth)))?.trim_end());
    let mut questions = Command::new(tool("python"));
    let controls = read(questions.arg(root().join("xtask/agree/questions.py")))?;
    let audit = audit(&polity, &work, &truth, &cloud, &controls)?;
    let mut compare = Command::new(PEERS.program("python"));
    compare.arg(root().join("xtask/agree/compare.py"));
    compare.arg("--custodian").arg(PEERS.program("custodian")).arg("--prowler").arg(PROWLER.program("prowler"));
    compare.arg("--truth").arg(&truth).arg("--polity").arg(&audit).arg("--work").arg(&work);
    let output = enter(cloud.endpoint(), &mut compare).stderr(Stdio::inherit()).output()?;
    say(String::from_utf8_lossy(&output.stdout).trim_end());
    if output.status.success() { Ok(()) } else { fail("they do not agree") }
}

/// What `polity audit` finds in the account, as a file.
fn audit(polity: &Path, work: &Path, truth: &Path, cloud: &Cloud, controls: &str) -> Outcome<PathBuf> {
    let truth: Value = serde_json::from_str(&fs::read_to_string(truth)?)?;
    let account = truth.pointer(&format!("/accounts/{TENANT}")).and_then(Value::as_str);
    let account = account.ok_or_else(|| Failure(format!("the seed made no account `{TENANT}`")))?;
    let controls: String = controls.lines().map(|name| format!("  - {{control: {name}, enforce: audit}}\n")).collect();
    fs::write(
        work.join("organization.yaml"),
        format!(
            "kind: organization\nname: agree\nversion: polity/v1\ncontrols:\n{controls}---\n\
             kind: platform\nname: aws\ntype: aws\nmanagement_account: \"{ACCOUNT}\"\nregions: [us-east-1]\nidentity_center: false\n---\n\
             kind: unit\nname: all\n---\n\
             kind: project\nname: seed\nunit: all\ntenants:\n  - {{platform: aws, name: {TENANT}, id: \"{account}\", email: seed-00@seed.example}}\n"
        ),
    )?;
    let found = work.join("polity.json");
    let mut command = Command::new(polity);
    command.args(["audit", "--no-evidence", "--tenant", TENANT, "-o", "json"]).current_dir(work);
    let output = cloud.enter(&mut command).output()?;
    fs::write(&found, &output.stdout)?;
    match output.status.code() {
        // Much of it is bad: that is what is wanted.
        Some(0 | 2) => Ok(found),
        _ => Err(Failure(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}
