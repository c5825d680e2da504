//! `polity demo`: the whole story on three simulated clouds, in less than a minute. Every line that is shown is printed by the
//! real commands, or read from what they left behind.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use polity_manifest::File;
use polity_model::units::Timestamp;
use polity_sandbox::{
    Clock, Effect, Rule, Sandbox, Scenario, Select, Snapshot, aws::Aws, kubernetes::Kubernetes, openstack::OpenStack,
};

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
const ORG: &str = "mercator";
/// Any free port, for this machine alone.
const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// Where the plan is saved in between.
const PLAN: &str = "mercator.plan";
/// Where the clouds are written down in the end.
const CLOUDS: &str = "clouds.json";
/// The account that the example names as its management account.
const ACCOUNT: &str = "123456789012";
/// Ids are drawn from this, so that two demos look alike.
const SEED: u64 = 7;
/// How long everything takes that AWS does behind the scenes: the birth of an account is a matter of minutes there.
const SOON: Duration = Duration::from_millis(100);
/// So many changes are done when the plug is pulled.
const PLUG: u64 = 20;
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
        write_file(&place.join(CLOUDS), &Snapshot::write(&sandbox))?;
        end(&stage, &sandbox, began.elapsed())
    });
    runtime.shutdown_background();
    told.map(|()| Exit::Done)
}

/// Three clouds that nobody has used yet.
fn sandbox() -> Sandbox {
    let now = Timestamp::now();
    let aws = Sandbox::new(Clock::from(now), &quick(), Aws::new(ACCOUNT, SEED));
    aws.beside(OpenStack::new(SEED)).beside(Kubernetes::new("demo", SEED, now))
}

/// Nothing goes wrong, and nobody waits for AWS.
fn quick() -> Scenario {
    Scenario::calm().with(Rule::new(Effect::Slow(SOON)))
}

/// The same, but Keystone lets nobody in.
fn locked() -> Scenario {
    quick().with(Rule::new(Effect::Expired).on(Select::operation("authenticate")))
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
    for File { path, bytes } in embedded::files(embedded::MERCATOR) {
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
    stage.say(&paint(BOLD, "One organization on three clouds: from nothing, through tampering, to repair"))?;
    stage.say(&aside(
        "AWS, OpenStack and Kubernetes are simulated inside this program: no account, no credentials, no network. Every command \
         below really runs, as it would on real clouds; long outputs are shortened.",
    ))?;
    stage.say(&aside(&format!("folder: {}", clean(&stage.place.display().to_string()))))?;
    describe(stage)?;
    build(stage)?;
    tamper(stage, sandbox)?;
    repair(stage, sandbox)
}

/// What is written, and what it comes to.
fn describe(stage: &mut Stage) -> Result<(), Failure> {
    stage.act("An organization is a folder of text", "One of its files, a project with a tenant on each cloud:")?;
    stage.say(&format!("\n{}", paint(CYAN, format!("$ cat {ORG}/projects/atlas.yaml"))))?;
    stage.say(&read(&stage.place.join(ORG).join("projects/atlas.yaml"))?)?;
    stage.run(&["check", ORG], Exit::Done, &[Part::All])?;
    stage.act(
        "Who, what and where",
        "A tenant is an AWS account, an OpenStack project or a namespace. Who may enter is said once, for all of them.",
    )?;
    stage.run(&["graph", ORG], Exit::Done, &[Part::All])?;
    stage.run(&["show", "--tenant", "atlas-render", "--folder", ORG], Exit::Done, &[Part::All]).map(drop)
}

/// Three empty clouds become what is written, though the machine dies on the way.
fn build(stage: &mut Stage) -> Result<(), Failure> {
    use Part::{Block, Head, Tail};
    stage.act(
        "What would change, and why",
        "The clouds are empty, so everything. One plan for all three; every change names the line that asks for it.",
    )?;
    let parts = [Head(3), Block("landing zone prod, project atlas", 12), Block("who gains", 6), Tail(3)];
    let planned = stage.run(&["plan", ORG, "--out", PLAN], Exit::Changes, &parts)?;
    stage.act(
        "Apply exactly this plan, and pull the plug",
        "It is approved by its digest. In the middle the process is killed; what it was about to write is in the journal.",
    )?;
    let approve = ["apply", PLAN, "--approve", &digest(&planned.out)?, "--folder", ORG];
    if !stage.kill(&approve, PLUG)? {
        return Err(Failure::new("the command that was to be killed had ended already"));
    }
    stage.say(&paint(RED, "killed, without a goodbye"))?;
    stage.say("\nThe next run looks at what is there, and goes on:")?;
    stage.run(&["apply", "--auto-approve", "--folder", ORG], Exit::Done, &[Tail(1)])?;
    stage.run(&["plan", ORG], Exit::Done, &[Tail(2)]).map(drop)
}

/// What somebody does by hand, and what `drift` says of it.
fn tamper(stage: &mut Stage, sandbox: &Sandbox) -> Result<(), Failure> {
    stage.act("Somebody with a console", "Five changes by hand, past all review. The clouds let mallory, who may.")?;
    for deed in hands::deeds() {
        let entry = sandbox.tamper(&deed.hand);
        if let Some(error) = entry.error {
            return Err(Failure::new(format!("the hand that {} failed: {error}", deed.words)));
        }
        stage.say(&format!("\n{} {}", paint(RED, &deed.hand.by), deed.words))?;
        stage.say(&aside(&format!("  $ {}", deed.typed)))?;
    }
    sandbox.clock().skip(LATER);
    sandbox.settle();
    stage.act(
        "Drift: what is not as it was asked for, and who did it",
        "A minute later the clouds are read anew, and compared with the manifest and the journal. Who did it is told where a \
         cloud tells it.",
    )?;
    let parts = [Part::Above("for your information"), Part::Tail(2)];
    stage.run(&["drift", ORG], Exit::Changes, &parts).map(drop)
}

/// Two clouds are put right while the third is locked, and then that one too.
fn repair(stage: &mut Stage, sandbox: &Sandbox) -> Result<(), Failure> {
    use Part::{All, Block, Tail};
    stage.act(
        "Repair it, though one cloud lets nobody in",
        "The manifest has not changed, so the plan is the way back. Keystone takes no password just now: that is told, and \
         stops nothing elsewhere.",
    )?;
    sandbox.play(&locked());
    stage.run(&["apply", "--auto-approve", "--folder", ORG], Exit::PartlyApplied, &[Tail(4)])?;
    sandbox.play(&quick());
    stage.say("\nKeystone is back:")?;
    let parts = [Block("who gains", 5), Tail(1)];
    stage.run(&["apply", "--auto-approve", "--folder", ORG], Exit::Done, &parts)?;
    stage.act("The proof", "Nothing is left to do on any cloud, and the journal of all of it is whole.")?;
    stage.run(&["plan", ORG], Exit::Done, &[Tail(2)])?;
    stage.run(&["journal", "verify", "--folder", ORG], Exit::Done, &[All]).map(drop)
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
    let sum = format!("done in {:.0} s, with {calls} calls to the clouds", took.as_secs_f64());
    stage.say(&format!("\n{}\n\n{}", paint(GREEN, sum), paint(BOLD, "where to look next")))?;
    let place = clean(&stage.place.display().to_string());
    let steps = [
        (format!("cd {place}"), "the organization, the plan, the journal, and the clouds as they are now"),
        (
            format!("polity sandbox serve --snapshot {CLOUDS}"),
            "those clouds again, behind a port: edit mercator/, plan, apply",
        ),
        (format!("polity journal log -n 20 --folder {ORG}"), "what was done, and why"),
        (format!("polity show access --tenant atlas-render --folder {ORG}"), "who may enter, and by which line"),
        ("polity init".to_owned(), "an organization of your own"),
        ("polity adopt --help".to_owned(), "or the one that you have, as text; it is read, not changed"),
    ];
    for (command, why) in steps {
        stage.say(&format!("  {}\n      {}", paint(CYAN, command), aside(why)))?;
    }
    Ok(())
}
