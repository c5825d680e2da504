//! A sandbox of a test's own behind a port. All that it is asked and answers goes to a tape, which is held to botocore's
//! models of the services when the sandbox ends.

use std::{
    collections::BTreeSet,
    net::TcpListener,
    process::Command,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use polity_sandbox::{
    Clock, Entry, Sandbox, Scenario, Tape, aws::Aws, kubernetes::Kubernetes, openstack::OpenStack, serve,
};
use tempfile::NamedTempFile;
use tokio::{runtime::Runtime, task::JoinHandle};

use super::cloud::{ACCOUNT, enter, script};

/// Service and operation of calls that were carried out.
type Done = Arc<Mutex<BTreeSet<(&'static str, String)>>>;

/// A running sandbox.
pub(crate) struct Simulated {
    account: String,
    endpoint: String,
    listener: TcpListener,
    runtime: Runtime,
    tape: Option<(NamedTempFile, Tape)>,
    done: Done,
    inside: Mutex<(Sandbox, JoinHandle<()>)>,
}

impl Simulated {
    /// Starts a sandbox that nobody has used.
    pub(crate) fn start() -> Self {
        Self::of(ACCOUNT)
    }

    /// The same for another management account.
    pub(crate) fn of(account: &str) -> Self {
        // What the long loops say over and over again is not written down each time.
        Self::with(account, std::env::var_os("POLITY_STORY_TAPE").is_none_or(|tape| tape != "off"))
    }

    /// The same, for stories of other clouds: there is no model of AWS's that they could be held to.
    pub(crate) fn untaped() -> Self {
        Self::with(ACCOUNT, false)
    }

    fn with(account: &str, taped: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let tape = taped.then(|| {
            let file = NamedTempFile::new().unwrap();
            let tape = Tape::create(file.path()).unwrap();
            (file, tape)
        });
        let done = Done::default();
        let inside = Mutex::new(run(account, &runtime, &listener, tape.as_ref().map(|(_, tape)| tape), &done));
        Self { account: account.to_owned(), endpoint, listener, runtime, tape, done, inside }
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Forgets everything, as if it had just been started.
    pub(crate) fn start_over(&self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.1.abort();
        *inside =
            run(&self.account, &self.runtime, &self.listener, self.tape.as_ref().map(|(_, tape)| tape), &self.done);
    }

    /// Gives a command what it needs to reach it.
    pub(crate) fn enter<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        enter(&self.endpoint, command)
    }

    /// Service and operation of all calls that were carried out.
    pub(crate) fn carried_out(&self) -> BTreeSet<(&'static str, String)> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Calls of one operation so far.
    pub(crate) fn calls(&self, service: &str, operation: &str) -> u64 {
        let counts = self.inside.lock().unwrap_or_else(PoisonError::into_inner).0.counts();
        counts.iter().filter(|((s, o), _)| *s == service && o == operation).map(|(_, count)| *count).sum()
    }

    /// Puts its clock forward.
    pub(crate) fn skip(&self, by: Duration) {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner).0.clock().skip(by);
    }
}

fn run(
    account: &str,
    runtime: &Runtime,
    listener: &TcpListener,
    tape: Option<&Tape>,
    done: &Done,
) -> (Sandbox, JoinHandle<()>) {
    let _inside = runtime.enter();
    // Clients compare the end of credentials with the clock of the machine.
    let clock = Clock::from(Timestamp::now());
    let (ahead, done) = (clock.clone(), Arc::clone(done));
    let listen = move |entry: &Entry| {
        // Nobody shall wait as long for what takes its time as with AWS.
        match entry.operation.as_str() {
            // Regions and images take minutes.
            "EnableRegion" | "DisableRegion" => ahead.skip(Duration::from_secs(300)),
            "EnableImageBlockPublicAccess" | "DisableImageBlockPublicAccess" => ahead.skip(Duration::from_secs(600)),
            "CloseAccount" => ahead.skip(Duration::from_secs(60)),
            "CreateAccount" | "ProvisionPermissionSet" => ahead.skip(Duration::from_secs(20)),
            operation if operation.ends_with("AccountAssignment") || operation.ends_with("Status") => {
                ahead.skip(Duration::from_secs(5));
            }
            _ => {}
        }
        if (200..300).contains(&entry.status) {
            let call = (entry.service, entry.operation.clone());
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(call);
        }
    };
    let now = clock.now();
    let mut sandbox = Sandbox::new(clock, &Scenario::default(), Aws::new(account, 1)).heard_by(Arc::new(listen));
    sandbox = sandbox.beside(OpenStack::new(1)).beside(Kubernetes::new("test", 1, now));
    if let Some(tape) = tape {
        sandbox = sandbox.taped(tape.clone());
    }
    let listener = tokio::net::TcpListener::from_std(listener.try_clone().unwrap()).unwrap();
    let serving = serve(sandbox.clone(), listener);
    let task = runtime.spawn(async move {
        serving.await.unwrap();
    });
    (sandbox, task)
}

impl Drop for Simulated {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return; // whatever went wrong is told already
        }
        let Some((file, _)) = &self.tape else { return };
        let tape = file.path().to_str().unwrap();
        if let Err(wrong) = script(&self.endpoint, "fidelity.py", &[tape]) {
            panic!("the sandbox is not as the models of AWS's services say:\n{wrong}");
        }
    }
}
