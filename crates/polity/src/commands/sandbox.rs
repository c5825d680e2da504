//! `polity sandbox serve`: simulated clouds behind a port, for as long as somebody wants to try things on them.

use std::{
    fs, io,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::SignedDuration;
use polity_model::units::Timestamp;
use polity_sandbox::{Clock, Sandbox, Scenario, Snapshot, Tape, aws, kubernetes::Kubernetes, openstack::OpenStack};

use super::{Home, rehearse, wait, write_file};
use crate::{
    args::sandbox::Serve,
    exit::{Ended, Exit, Failure},
    folder,
    rehearsal::{Beginning, CLUSTER, MANAGEMENT, Stage, way_in},
    terminal,
    views::{self, sandbox as view},
};

/// What is due happens at least this often, so that the log tells of it in time.
const TICK: Duration = Duration::from_secs(1);

/// What a sandbox begins with.
struct Start {
    /// Clouds as they are before anybody calls.
    clouds: Sandbox,
    management: String,
    /// The time that the clock begins at.
    epoch: Timestamp,
    /// What whoever started it should know.
    notes: Vec<String>,
}

pub(super) fn serve(home: &Home, arguments: &Serve) -> Ended {
    let listen = listen(arguments)?;
    let scenario = match &arguments.scenario {
        Some(path) => rehearse::read_scenario(path, 0)?,
        None => Scenario::calm(),
    };
    let tape = arguments.tape.as_deref().map(tape).transpose()?;
    // A sandbox needs a runtime's clock from its first breath on.
    wait(async {
        let home = Home { globals: home.globals.clone(), folder: home.folder.clone() };
        let of = arguments.clone();
        // What is built by a clock that jumps cannot be built where one runs.
        let start = tokio::task::spawn_blocking(move || start(&home, &of)).await;
        let start = start.map_err(|error| Failure::new(format!("the sandbox could not be built: {error}")))??;
        run(arguments, start, &scenario, tape, listen).await
    })
}

fn listen(arguments: &Serve) -> Result<SocketAddr, Failure> {
    if !arguments.listen.ip().is_loopback() && !arguments.allow_remote {
        return Err(Failure::new(format!(
            "`{}` can be reached from other machines, and the sandbox lets everybody do everything",
            arguments.listen
        ))
        .help("listen on 127.0.0.1, or say `--allow-remote` if the network is trusted"));
    }
    Ok(arguments.listen)
}

fn tape(path: &Path) -> Result<Tape, Failure> {
    Tape::create(path).map_err(|error| {
        Failure::new(format!("the tape `{}` cannot be written: {}", path.display(), folder::plain(&error)))
    })
}

/// Builds what it begins with: from a snapshot, a manifest, an inventory, or from nothing.
fn start(home: &Home, arguments: &Serve) -> Result<Start, Failure> {
    let now = Timestamp::now();
    let named = arguments.management_account.clone();
    if let Some(snapshot) = arguments.snapshot.as_deref().and_then(|path| load(path).transpose()) {
        return resume(arguments, snapshot?, now);
    }
    if let Some(manifest) = &arguments.seed {
        let home = Home { globals: home.globals.clone(), folder: manifest.clone() };
        let script = rehearse::script(&home)?;
        let (management, _) = way_in(&script.organization)?;
        // What a manifest asks for was made the day before.
        let yesterday = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now);
        let before = Beginning::Manifest(Box::new(script.clone()));
        let stage = Stage::set(script, before, None, yesterday, 0)?;
        let mut notes = vec![format!("it holds what `{}` asks for", manifest.display())];
        notes.extend(stage.left_out.keys().map(|platform| format!("it holds nothing of the platform `{platform}`")));
        return Ok(Start { clouds: stage.sandbox, management, epoch: now, notes });
    }
    let management = named.unwrap_or_else(|| MANAGEMENT.to_owned());
    let (aws, notes) = match &arguments.twin {
        Some(path) => {
            let inventory = rehearse::load(path)?;
            let (aws, lost) = aws::twin(&inventory, &management, &arguments.role, 0);
            let lost = lost.iter().map(|sentence| format!("not in the twin: {}", views::clean(sentence)));
            (aws, lost.collect())
        }
        None => (aws::Aws::new(&management, 0), Vec::new()),
    };
    Ok(Start { clouds: calm(now, aws, None, None)?, management, epoch: now, notes })
}

/// Goes on where a snapshot was taken.
fn resume(arguments: &Serve, snapshot: Snapshot, now: Timestamp) -> Result<Start, Failure> {
    let path = arguments.snapshot.as_deref().unwrap_or(Path::new("")).display();
    if arguments.seed.is_some() || arguments.twin.is_some() {
        return Err(Failure::new(format!(
            "the snapshot `{path}` is there already, and it says what the sandbox holds"
        ))
        .help("leave out `--seed` and `--twin`, or name a snapshot that is not there yet"));
    }
    let management = snapshot.aws.management_account().to_owned();
    if let Some(named) = arguments.management_account.as_ref().filter(|named| **named != management) {
        return Err(Failure::new(format!(
            "the snapshot `{path}` has the management account {management}, not {named}"
        ))
        .help("leave out `--management-account`"));
    }
    let notes = vec![format!("it goes on from `{path}`")];
    // Time never runs backwards: what was skipped stays skipped.
    let epoch = now.max(snapshot.at);
    let clouds = calm(epoch, snapshot.aws, snapshot.kubernetes, snapshot.openstack)?;
    Ok(Start { clouds, management, epoch, notes })
}

/// Three clouds side by side; those that nobody has used yet where nothing says what they hold.
fn calm(
    epoch: Timestamp,
    aws: aws::Aws,
    kubernetes: Option<Kubernetes>,
    openstack: Option<OpenStack>,
) -> Result<Sandbox, Failure> {
    let kubernetes = kubernetes.unwrap_or_else(|| Kubernetes::new(CLUSTER, 0, epoch));
    let openstack = openstack.unwrap_or_else(|| OpenStack::new(0));
    crate::rehearsal::on_virtual_time(async {
        Sandbox::new(Clock::from(epoch), &Scenario::calm(), aws).beside(kubernetes).beside(openstack)
    })
}

/// What a snapshot holds; nothing if there is none yet.
fn load(path: &Path) -> Result<Option<Snapshot>, Failure> {
    let named = path.display();
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Failure::new(format!("the snapshot `{named}` cannot be read: {}", folder::plain(&error))));
        }
    };
    let read = Snapshot::read(&bytes);
    read.map(Some).map_err(|error| {
        Failure::new(format!("the snapshot `{named}` cannot be used: {error}"))
            .help("name another file, or remove this one to begin anew")
    })
}

async fn run(arguments: &Serve, start: Start, scenario: &Scenario, tape: Option<Tape>, listen: SocketAddr) -> Ended {
    let cannot = |error: io::Error| {
        Failure::new(format!("nothing can listen on `{listen}`: {}", folder::plain(&error)))
            .help("name another address with `--listen`; port 0 takes any that is free")
    };
    let listener = polity_sandbox::listen(listen).await.map_err(cannot)?;
    let endpoint = format!("http://{}", listener.local_addr().map_err(cannot)?);
    let tally: Arc<Mutex<view::Tally>> = Arc::default();
    let (heard, quiet) = (Arc::clone(&tally), arguments.quiet);
    let mut sandbox = start.clouds.fork(Clock::from(start.epoch), scenario).heard_by(Arc::new(move |entry| {
        heard.lock().unwrap_or_else(PoisonError::into_inner).note(entry);
        if !quiet {
            // Nobody may be there to read it; the sandbox answers all the same.
            let _ = terminal::out(&view::line(entry));
        }
    }));
    if let Some(tape) = tape {
        sandbox = sandbox.taped(tape);
    }
    terminal::out(&view::welcome(&endpoint, &start.management, &start.notes))?;
    let ended = tokio::select! {
        failed = polity_sandbox::serve(sandbox.clone(), listener) => Err(failed),
        never = tick(&sandbox) => match never {},
        () = stop() => Ok(()),
    };
    if let Some(path) = &arguments.snapshot {
        write_file(path, &Snapshot::write(&sandbox))?;
        terminal::err(&format!("what it held is in `{}`", path.display()));
    }
    terminal::out(&format!("\n{}", tally.lock().unwrap_or_else(PoisonError::into_inner).shown()))?;
    match ended {
        Ok(()) => Ok(Exit::Done),
        Err(Err(error)) => Err(Failure::new(format!("no more connections can be taken: {}", folder::plain(&error)))),
        Err(Ok(never)) => match never {},
    }
}

async fn tick(sandbox: &Sandbox) -> std::convert::Infallible {
    let mut every = tokio::time::interval(TICK);
    loop {
        every.tick().await;
        sandbox.settle();
    }
}

/// Ends when somebody asks for the end.
async fn stop() {
    #[cfg(unix)]
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        asked = tokio::signal::ctrl_c() => if asked.is_err() {
            std::future::pending::<()>().await;
        },
        () = terminated => {}
    }
}
