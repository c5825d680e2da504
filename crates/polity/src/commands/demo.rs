//! `polity demo`: the whole story on a simulated cloud, in less than a minute. Every line that is shown is printed by the
//! real commands, or read from what they left behind.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use polity_manifest::File;
use polity_model::units::Timestamp;
use polity_sandbox::{Clock, Effect, Rule, Sandbox, Scenario, Snapshot, aws::Aws};

use super::{Home, write_file};
use crate::{
    args::Demo,
    demo::{
        excerpt::Part,
        hands,
        stage::{Look, Stage, aside},
    },
    embedded,
    exit::{Ended, Exit, Failure},
    folder,
    terminal::{self, BOLD, CYAN, GREEN, RED, paint},
    views::clean,
};

/// The manifest's folder, below the stage's.
const ORG: &str = "acme";
/// Any free port, for this machine alone.
const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// Where the plan is saved in between.
const PLAN: &str = "acme.plan";
/// Where the cloud is written down in the end.
const CLOUD: &str = "cloud.json";
/// The account that the example names as its management account.
const ACCOUNT: &str = "123456789012";
/// Ids are drawn from this, so that two demos look alike.
const SEED: u64 = 7;
/// How long everything takes that AWS does behind the scenes: the birth of an account is a matter of minutes there.
const SOON: Duration = Duration::from_millis(100);
/// After this time whatever was done by hand has come into effect.
const LATER: Duration = Duration::from_secs(60);

pub(super) fn demo(home: &Home, arguments: &Demo) -> Ended {
    if arguments.plain {
        terminal::Color::Never.set();
    }
    let began = Instant::now();
    let place = place(arguments.keep.as_deref())?;
    write(&place.join(ORG))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::new(format!("no worker can be started: {}", folder::plain(&error))))?;
    let sandbox = runtime.block_on(async { sandbox() });
    let listener = runtime.block_on(polity_sandbox::listen(LOOPBACK)).and_then(|door| Ok((door.local_addr()?, door)));
    let (address, door) = listener.map_err(|error| {
        Failure::new(format!("no port of this machine can be opened: {}", folder::plain(&error)))
            .help("the demo needs the loopback interface, and nothing else of the network")
    })?;
    runtime.spawn(polity_sandbox::serve(sandbox.clone(), door));
    let look = Look::new(arguments.plain, arguments.fast);
    let today = home.globals.today.map(|today| today.to_string());
    let mut stage = Stage::new(&place, format!("http://{address}"), today, look)?;
    let told = tell(&mut stage, &sandbox).and_then(|()| {
        write_file(&place.join(CLOUD), &Snapshot::write(&sandbox))?;
        end(&stage, &sandbox, began.elapsed())
    });
    runtime.shutdown_background();
    told.map(|()| Exit::Done)
}

/// An AWS that nobody has used yet.
fn sandbox() -> Sandbox {
    let quick = Rule::new(Effect::Slow(SOON));
    let now = Timestamp::now();
    Sandbox::new(Clock::from(now), &Scenario::calm().with(quick), Aws::new(ACCOUNT, SEED))
}

/// The folder that all of it happens in. It stays: there is more to look at than a demo shows.
fn place(keep: Option<&Path>) -> Result<PathBuf, Failure> {
    let Some(keep) = keep else {
        let place = tempfile::Builder::new().prefix("polity-demo-").tempdir();
        return place.map(tempfile::TempDir::keep).map_err(|error| {
            Failure::new(format!("no temporary folder can be made: {}", folder::plain(&error)))
                .help("name another place with `--keep DIR`")
        });
    };
    let shown = keep.display();
    let unusable =
        |error: std::io::Error| Failure::new(format!("the folder `{shown}` cannot be used: {}", folder::plain(&error)));
    fs::create_dir_all(keep).map_err(unusable)?;
    if fs::read_dir(keep).map_err(unusable)?.next().is_some() {
        return Err(Failure::new(format!("the folder `{shown}` is not empty"))
            .help("name one that is empty or not there yet: nothing that is there is written over"));
    }
    // The commands run elsewhere than we do.
    std::path::absolute(keep).map_err(unusable)
}

fn write(into: &Path) -> Result<(), Failure> {
    for File { path, bytes } in embedded::files(embedded::ACME) {
        let path = into.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| {
                Failure::new(format!("the folder `{}` cannot be made: {}", parent.display(), folder::plain(&error)))
            })?;
        }
        write_file(&path, &bytes)?;
    }
    Ok(())
}

/// The story.
fn tell(stage: &mut Stage, sandbox: &Sandbox) -> Result<(), Failure> {
    use Part::{Above, All, Block, Head, Tail};
    stage.say(&paint(BOLD, "Acme's organization: from an empty cloud through tampering to repair"))?;
    stage.say(&aside(
        "The cloud is a simulated AWS inside this program: no account, no credentials, no network. Every command below really \
         runs, as it would on a real cloud; long outputs are shortened.",
    ))?;
    stage.say(&aside(&format!("folder: {}", clean(&stage.place.display().to_string()))))?;

    stage.act("An organization is a folder of text", "One of its files, a project:")?;
    stage.say(&format!("\n{}", paint(CYAN, format!("$ cat {ORG}/projects/checkout.yaml"))))?;
    stage.say(&read(&stage.place.join(ORG).join("projects/checkout.yaml"))?)?;
    stage.run(&["check", ORG], Exit::Done, &[All])?;

    stage.act(
        "Who, what and where",
        "Landing zones say under which guardrails; tenants, here AWS accounts, sit in them.",
    )?;
    stage.run(&["graph", ORG], Exit::Done, &[All])?;
    stage.run(&["show", "--tenant", "checkout-prod", "--folder", ORG], Exit::Done, &[All])?;

    stage.act(
        "What would change, and why",
        "The cloud is empty, so everything. Every change names the line that asks for it.",
    )?;
    let parts = [Head(1), Block("landing zone card-data, project checkout", 13), Block("who gains", 9), Tail(3)];
    let planned = stage.run(&["plan", ORG, "--out", PLAN], Exit::Changes, &parts)?;

    stage.act(
        "Apply exactly this plan",
        "Approved by its digest. What is written is journaled before and read back after; were it cut off, the next run would \
         go on from there.",
    )?;
    let approve = ["apply", PLAN, "--approve", &digest(&planned.out)?, "--folder", ORG];
    stage.run(&approve, Exit::Done, &[Tail(1)])?;

    stage.act("Somebody at the console", "Five changes by hand, past all review. AWS lets mallory, who may.")?;
    for deed in hands::deeds() {
        let entry = sandbox.tamper(&deed.hand);
        if let Some(error) = entry.error {
            return Err(Failure::new(format!("the hand that {} failed: {error}", deed.words)));
        }
        stage.say(&format!("\n{} {}", paint(RED, &deed.hand.by), deed.words))?;
        stage.say(&aside(&format!("  $ {}", hands::command_line(&deed.hand))))?;
    }

    sandbox.clock().skip(LATER);
    sandbox.settle();

    stage.act(
        "Drift: what is not as it was asked for, and who did it",
        "A minute later the cloud is read anew, and compared with the manifest and the journal.",
    )?;
    stage.run(&["drift", ORG], Exit::Changes, &[Above("for your information"), Tail(2)])?;

    stage.act("Repair it", "The manifest has not changed, so the plan is the way back.")?;
    let parts = [Block("who gains", 9), Tail(5)];
    stage.run(&["apply", "--auto-approve", "--folder", ORG], Exit::Done, &parts)?;

    stage.act("The proof", "Nothing is left to do, and the journal of all of it is whole.")?;
    stage.run(&["plan", ORG], Exit::Done, &[Head(1), Tail(2)])?;
    stage.run(&["journal", "verify", "--folder", ORG], Exit::Done, &[All])?;
    Ok(())
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("`{}` cannot be read: {}", path.display(), folder::plain(&error))))
}

/// The digest that `plan` tells for approving.
fn digest(out: &str) -> Result<String, Failure> {
    let told = anstream::adapter::strip_str(out).to_string();
    let digest = told.split_once("--approve ").and_then(|(_, rest)| rest.split_whitespace().next());
    digest.map(str::to_owned).ok_or_else(|| Failure::new("`polity plan` told no digest to approve"))
}

/// Where to look next.
fn end(stage: &Stage, sandbox: &Sandbox, took: Duration) -> Result<(), Failure> {
    let calls: u64 = sandbox.counts().values().sum();
    let sum = format!("done in {:.0} s, with {calls} calls to the cloud", took.as_secs_f64());
    stage.say(&format!("\n{}\n\n{}", paint(GREEN, sum), paint(BOLD, "where to look next")))?;
    let place = clean(&stage.place.display().to_string());
    let steps = [
        (format!("cd {place}"), "the organization, the plan, the journal, and the cloud as it is now"),
        (
            format!("polity sandbox serve --snapshot {CLOUD}"),
            "that cloud again, behind a port: edit acme/, plan, apply",
        ),
        (format!("polity journal log -n 20 --folder {ORG}"), "what was done, and why"),
        (format!("polity show access --tenant checkout-prod --folder {ORG}"), "who may enter, and by which line"),
        ("polity init".to_owned(), "an organization of your own"),
        ("polity adopt aws --help".to_owned(), "or the one that you have, as text; it is read, not changed"),
    ];
    for (command, why) in steps {
        stage.say(&format!("  {}\n      {}", paint(CYAN, command), aside(why)))?;
    }
    Ok(())
}
