//! A world, a journal on disk, and the verbs over both.

use std::{
    panic::AssertUnwindSafe,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::FutureExt;
use polity_engine::{
    ApplyInput, Cancel, Clock, Error, Ground, Journal, Observer, Pace, Past, Planned, Progress, Report, apply,
    journal::{Abort, Moment, Owner},
    settle,
};
use polity_model::{
    Digest, journal::Event, organization::Organization, plan::Plan, resource::Desired, units::Timestamp,
};
use polity_provider::{Provider, WritingProvider};

use super::{manifest, nimbus::Nimbus, world::World};

/// A clock that ticks a second a look.
#[derive(Default)]
pub struct Ticking(Mutex<i64>);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let mut seconds = self.0.lock().unwrap();
        *seconds += 1;
        Timestamp::from_second(1_790_000_000 + *seconds).unwrap()
    }
}

/// Keeps what it sees, in words.
#[derive(Default)]
pub struct Seen(pub Mutex<Vec<String>>);

impl Observer for Seen {
    fn on(&self, progress: &Progress<'_>) {
        self.0.lock().unwrap().push(format!("{progress:?}"));
    }
}

impl Seen {
    pub fn has(&self, part: &str) -> bool {
        self.0.lock().unwrap().iter().any(|line| line.contains(part))
    }
}

/// All that a test needs.
pub struct House {
    pub world: World,
    pub organization: Organization,
    pub manifest: Digest,
    pub journal: Arc<Journal>,
    pub pace: Pace,
    pub cancel: Cancel,
    pub seen: Seen,
    folder: tempfile::TempDir,
    providers: Vec<Arc<dyn WritingProvider>>,
    readers: Vec<Arc<dyn Provider>>,
}

/// What a test wants of an apply.
pub type Applied = Result<Report, Error>;

impl House {
    /// A house whose manifest asks for this.
    pub fn new(desired: Vec<Desired>) -> Self {
        let world = World::default();
        world.state().desired = desired;
        let nimbus = Arc::new(Nimbus::named("nimbus", &world));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let journal = Arc::new(Journal::open(&path, "acme", Arc::new(Ticking::default())).unwrap());
        world.state().journal = Some(Arc::clone(&journal));
        let quick = Duration::from_millis(1);
        Self {
            world,
            organization: manifest::organization("acme"),
            manifest: Digest::of(b"manifest"),
            journal,
            pace: Pace { pause: quick, longest_pause: quick, patience: quick * 300, ..Pace::default() },
            cancel: Cancel::default(),
            seen: Seen::default(),
            folder,
            providers: vec![Arc::clone(&nimbus) as _],
            readers: vec![nimbus as _],
        }
    }

    /// The same with a further platform, whose manifest asks for this.
    pub fn beside(mut self, name: &'static str, desired: Vec<Desired>) -> (Self, World) {
        let world = World::default();
        world.state().desired = desired;
        world.state().journal = Some(Arc::clone(&self.journal));
        self.connect(Arc::new(Nimbus::named(name, &world)));
        (self, world)
    }

    /// A further platform, or another way into one that is there.
    pub fn connect<P: WritingProvider + 'static>(&mut self, provider: Arc<P>) {
        self.providers.retain(|known| known.platform() != provider.platform());
        self.readers.retain(|known| known.platform() != provider.platform());
        self.providers.push(Arc::clone(&provider) as _);
        self.readers.push(provider as _);
    }

    /// The way to read a platform.
    pub fn readers_of(&self, platform: &str) -> Arc<dyn Provider> {
        let found = self.readers.iter().find(|known| known.platform() == platform);
        Arc::clone(found.expect("a platform of this house"))
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    pub fn owner(&self) -> Owner {
        Owner { name: "tester".to_owned(), host: "here".to_owned() }
    }

    /// The manifest asks for something else now.
    pub fn ask_for(&self, desired: Vec<Desired>) {
        self.world.state().desired = desired;
    }

    pub fn ground(&self) -> Ground<'_> {
        Ground {
            providers: &self.readers,
            organization: &self.organization,
            manifest: self.manifest.clone(),
            applier: None,
            now: None,
        }
    }

    pub async fn planned(&self) -> Planned {
        let past = Past::of(&self.journal).unwrap();
        polity_engine::plan(&self.ground(), &past, &self.seen).await.unwrap()
    }

    pub async fn plan(&self) -> Plan {
        self.planned().await.plan
    }

    pub fn input<'a>(&'a self, plan: &'a Plan) -> ApplyInput<'a> {
        ApplyInput {
            providers: &self.providers,
            organization: &self.organization,
            manifest: self.manifest.clone(),
            applier: None,
            plan,
            approved: plan.digest(),
            approved_by: "test".to_owned(),
            observation: None,
            journal: &self.journal,
            owner: self.owner(),
            pace: self.pace,
            cancel: self.cancel.clone(),
        }
    }

    pub async fn carry_out(&self, plan: &Plan) -> Applied {
        apply(&self.input(plan), &self.seen).await
    }

    /// Settles, plans and applies, as a command does.
    pub async fn apply(&self) -> Applied {
        settle(&self.ground(), &self.journal, &self.owner(), &self.seen).await?;
        let plan = self.plan().await;
        self.carry_out(&plan).await
    }

    /// As [`House::apply`], with the process dying at an entry of the journal. `None`: it died.
    pub async fn apply_dying(&self, at: u64, moment: Moment) -> Option<Applied> {
        self.journal.abort_at(Some(Abort { at, moment, how: || std::panic::panic_any("died") }));
        let ended = AssertUnwindSafe(self.apply()).catch_unwind().await;
        self.journal.abort_at(None);
        match ended {
            Ok(applied) => Some(applied),
            Err(why) => {
                assert_eq!(why.downcast_ref::<&str>(), Some(&"died"), "a panic that the test did not ask for");
                None
            }
        }
    }

    /// All that happened, as the journal has it.
    pub fn events(&self) -> Vec<Event> {
        self.journal.entries().unwrap().into_iter().map(|entry| entry.event).collect()
    }
}

/// What is expected of an apply that goes well.
pub fn clean(report: &Report) {
    let (_, failed, skipped) = report.counts();
    assert_eq!((failed, skipped), (0, 0), "{report:#?}");
}
