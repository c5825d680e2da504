//! The commands: one file per verb. What several of them begin with is here.

mod adopt;
mod apply;
mod audit;
mod check;
mod check_iac;
mod control;
mod coverage;
mod demo;
mod drift;
mod export;
mod fmt;
mod graph;
mod init;
mod inventory;
mod journal;
mod permissions;
mod plan;
mod prove;
mod rehearse;
mod remediate;
mod replay;
mod sandbox;
mod show;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::CommandFactory as _;
use polity_controls::catalog::Catalog;
use polity_engine::{Ground, Journal, Past, SystemClock};
use polity_manifest::File;
use polity_model::{
    Diagnostic, Digest,
    organization::{LifeState, Organization},
    units::{Date, Timestamp},
};

use crate::{
    args::{Cli, Command, Globals, Place, sandbox::SandboxVerb},
    blame,
    clouds::{self, Clouds},
    controls::Controls,
    exit::{Ended, Exit, Failure},
    folder, terminal,
    views::{diagnostics, wire},
};

/// Runs the command that the arguments name.
pub(crate) fn run(cli: Cli) -> Ended {
    let home = |place: Place| Home::new(cli.globals.clone(), place);
    match cli.command {
        Command::Demo(arguments) => demo::demo(&home(Place::default())?, &arguments),
        Command::Init(arguments) => init::init(&home(Place::default())?, &arguments),
        Command::Check { place, output } => check::check(&home(place)?, output),
        Command::Fmt { place, check } => fmt::fmt(&home(place)?, check),
        Command::Schema { catalog: true, .. } => {
            let (catalog, _) = Catalog::read(&crate::controls::built_in());
            terminal::out(catalog.page().trim_end()).map(|()| Exit::Done)
        }
        Command::Schema { facets: true, .. } => terminal::out(clouds::facets().trim_end()).map(|()| Exit::Done),
        Command::Schema { reference: true, .. } => {
            terminal::out(polity_manifest::reference(&clouds::vocabulary()).trim_end()).map(|()| Exit::Done)
        }
        Command::Schema { .. } => {
            terminal::out(&pretty(&polity_manifest::json_schema(&clouds::vocabulary()))).map(|()| Exit::Done)
        }
        Command::Show(show) => show::show(&home(Place::default())?, &show),
        Command::Graph { place, of, output } => graph::graph(&home(place)?, of, output),
        Command::Control { verb } => control::control(&home(Place::default())?, verb),
        Command::Coverage(arguments) => coverage::coverage(&home(Place::default())?, &arguments),
        Command::Plan { place, out, output, max_size, no_blame } => {
            let home = home(place)?;
            wait(plan::plan(&home, &plan::Options { out, output, max_size, no_blame }))
        }
        Command::Apply(arguments) => wait(apply::apply(&home(Place::default())?, &arguments)),
        Command::Rehearse(arguments) => rehearse::rehearse(&home(Place::default())?, &arguments),
        Command::Replay(arguments) => wait(replay::replay(&home(Place::default())?, &arguments)),
        Command::Drift { place, output } => wait(drift::drift(&home(place)?, output)),
        Command::Remediate(arguments) => wait(remediate::remediate(&home(Place::default())?, &arguments)),
        Command::CheckIac(arguments) => check_iac::check_iac(&home(Place::default())?, &arguments),
        Command::Audit(arguments) => wait(audit::audit(&home(arguments.place.clone())?, &arguments)),
        Command::Prove(arguments) => prove::prove(&home(Place::default())?, &arguments),
        Command::Export { verb } => wait(export::export(&home(Place::default())?, &verb)),
        Command::Journal { verb } => journal::journal(&home(Place::default())?, verb),
        Command::Permissions(arguments) => permissions::permissions(&arguments),
        Command::Adopt(arguments) => wait(adopt::adopt(&home(Place::default())?, &arguments)),
        Command::Inventory { place, output } => wait(inventory::inventory(&home(place)?, output)),
        Command::Sandbox { verb: SandboxVerb::Serve(arguments) } => {
            sandbox::serve(&home(Place::default())?, &arguments)
        }
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "polity", &mut text);
            terminal::out(&String::from_utf8_lossy(&text)).map(|()| Exit::Done)
        }
    }
}

/// Runs what waits for the network.
fn wait<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::new(format!("no worker can be started: {}", folder::plain(&error))))?;
    let ended = runtime.block_on(work);
    // Whatever still waits for a connection is not worth waiting for.
    runtime.shutdown_background();
    ended
}

/// Where a command is at home: the global arguments, with the folder settled.
pub(crate) struct Home {
    /// The global arguments.
    pub(crate) globals: Globals,
    /// The manifest folder.
    pub(crate) folder: PathBuf,
}

impl Home {
    fn new(globals: Globals, place: Place) -> Result<Self, Failure> {
        let folder = match (&globals.folder, place.folder) {
            (Some(one), Some(other)) if *one != other => {
                return Err(Failure::new(format!(
                    "two folders are named: `{}` and `{}`",
                    one.display(),
                    other.display()
                ))
                .help("name one of them"));
            }
            (_, Some(folder)) => folder,
            (Some(folder), None) => folder.clone(),
            (None, None) => PathBuf::from("."),
        };
        Ok(Self { globals, folder })
    }

    /// The folder as a prefix of paths, for whoever reads them from the folder the command runs in.
    pub(crate) fn prefix(&self) -> String {
        let folder = self.folder.to_string_lossy().replace('\\', "/");
        let folder = folder.trim_start_matches("./").trim_end_matches('/');
        if folder.is_empty() || folder == "." { String::new() } else { format!("{folder}/") }
    }

    /// The folder as it was named, if it was.
    pub(crate) fn named(&self) -> Option<String> {
        (self.folder != Path::new(".")).then(|| self.folder.display().to_string())
    }

    pub(crate) fn today(&self) -> Date {
        self.globals.today.unwrap_or_else(|| Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date())
    }

    /// Reads the manifest, mistakes and all.
    pub(crate) fn read(&self) -> Result<Manifest, Failure> {
        let folder::Contents { files, diagnostics: mut refused } = folder::read(&self.folder)?;
        let reading = polity_manifest::read(&files, &clouds::vocabulary(), self.today());
        let mut controls = Controls::of(reading.organization.as_ref(), &files);
        let guarded = reading.organization.map(|organization| controls.guard(organization));
        // A manifest of which a part was refused is no manifest, however well the rest reads.
        let sound = refused.is_empty() && !controls.diagnostics.iter().any(Diagnostic::is_error);
        let organization = guarded.filter(|_| sound);
        let mut diagnostics = reading.diagnostics;
        diagnostics.extend(controls.diagnostics.iter().cloned());
        diagnostics.sort_by(|one, other| one.at.origin.cmp(&other.at.origin));
        refused.extend(diagnostics);
        let digest = controls.digest(reading.digest);
        Ok(Manifest { files, organization, controls, diagnostics: refused, digest })
    }

    /// Reads the manifest; its mistakes go to standard error, and errors among them end the command.
    pub(crate) fn organization(&self) -> Result<(Organization, Digest), Failure> {
        let sound = self.sound()?;
        Ok((sound.organization, sound.digest))
    }

    /// The same, with the controls that hold.
    pub(crate) fn sound(&self) -> Result<Sound, Failure> {
        let manifest = self.read()?;
        let sources = diagnostics::sources(&manifest.files);
        let all = self.globals.verbose > 0;
        match manifest.organization {
            Some(organization) => {
                let warnings = manifest.diagnostics.len();
                if all && warnings > 0 {
                    terminal::err(diagnostics::human(&manifest.diagnostics, &sources, &self.prefix(), all).trim_end());
                } else if warnings > 0 {
                    let warnings = crate::views::count(warnings, "warning");
                    terminal::err(&format!("the manifest has {warnings}; `polity check` shows them"));
                }
                Ok(Sound { organization, digest: manifest.digest, controls: manifest.controls })
            }
            None => {
                terminal::err(diagnostics::human(&manifest.diagnostics, &sources, &self.prefix(), all).trim_end());
                let errors = manifest.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
                Err(Failure::new(format!("the manifest has {}", crate::views::count(errors, "error")))
                    .help("correct what is named above; `polity check` looks at the manifest alone"))
            }
        }
    }

    /// The controls, whether there is a manifest in the folder or not: without one, those of the catalog.
    pub(crate) fn controls(&self) -> Result<(Controls, Option<Organization>), Failure> {
        let files = folder::list(&self.folder)?.files;
        let says = |text: &str| text.lines().any(|line| line.trim_end() == "kind: organization");
        if !files.iter().any(|file| std::str::from_utf8(&file.bytes).is_ok_and(says)) {
            let controls = Controls::all(None, &crate::controls::own(&files));
            self.told(&controls.diagnostics, &files)?;
            return Ok((controls, None));
        }
        let Sound { organization, mut controls, .. } = self.sound()?;
        if controls.catalog.controls.is_empty() {
            controls = Controls::all(Some(&organization), &organization.control_documents);
        }
        Ok((controls, Some(organization)))
    }

    /// Tells what is wrong; errors end the command.
    fn told(&self, diagnostics: &[Diagnostic], files: &[File]) -> Result<(), Failure> {
        let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
        if errors == 0 {
            return Ok(());
        }
        let sources = diagnostics::sources(files);
        terminal::err(diagnostics::human(diagnostics, &sources, &self.prefix(), false).trim_end());
        Err(Failure::new(format!("the controls have {}", crate::views::count(errors, "error")))
            .help("correct what is named above"))
    }

    /// Where the journal is.
    pub(crate) fn journal_path(&self) -> PathBuf {
        self.globals.journal.clone().unwrap_or_else(|| self.folder.join(".polity").join("journal.db"))
    }

    /// What the journal knows of former runs; nothing if there is none yet.
    pub(crate) fn past(&self, organization: &Organization) -> Result<Past, Failure> {
        let journal = Journal::open_if_there(&self.journal_path(), &organization.name, Arc::new(SystemClock))?;
        journal.map_or_else(|| Ok(Past::default()), |journal| Ok(Past::of(&journal)?))
    }

    /// The person of the manifest who runs this.
    pub(crate) fn applier(&self, organization: &Organization) -> Result<Option<String>, Failure> {
        if let Some(name) = &self.globals.applier {
            return match organization.people.get(name) {
                Some(person) => Ok(Some(person.name.clone())),
                None => Err(Failure::new(format!("there is no person `{name}` in the manifest"))
                    .help("name one with `--applier NAME`, or leave it out")),
            };
        }
        let Some(email) = blame::user_email(&self.folder) else { return Ok(None) };
        let mut people = organization.people.values().filter(|person| person.state == LifeState::Active);
        Ok(people.find(|person| person.email.eq_ignore_ascii_case(&email)).map(|person| person.name.clone()))
    }

    /// What every verb of the engine stands on.
    pub(crate) fn ground<'a>(
        &self,
        clouds: &'a Clouds,
        organization: &'a Organization,
        manifest: &Digest,
    ) -> Result<Ground<'a>, Failure> {
        Ok(Ground {
            providers: &clouds.reading,
            organization,
            manifest: manifest.clone(),
            applier: self.applier(organization)?,
            now: Some(Timestamp::now()),
        })
    }

    /// Tells what went over the wire, if that was asked for.
    pub(crate) fn tell_stats(&self, clouds: &Clouds) {
        if self.globals.stats {
            terminal::err(wire::stats(&clouds.stats()).trim_end());
        }
    }
}

/// The manifest, as read.
pub(crate) struct Manifest {
    pub(crate) files: Vec<File>,
    pub(crate) organization: Option<Organization>,
    /// The catalog, the manifest's own controls, and the rules; what is wrong with them is among the diagnostics.
    pub(crate) controls: Controls,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) digest: Digest,
}

/// A manifest without mistakes.
pub(crate) struct Sound {
    pub(crate) organization: Organization,
    pub(crate) digest: Digest,
    pub(crate) controls: Controls,
}

/// JSON for people and machines alike.
pub(crate) fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}

/// Writes a file whole or not at all: beside its place first, and into its place when it is safe on the disk.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        let name = path.file_name().ok_or_else(|| io::Error::other("it has no name"))?;
        let beside = path.with_file_name(format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id()));
        let result = (|| {
            let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
            io::Write::write_all(&mut file, bytes)?;
            if let Ok(facts) = fs::metadata(path) {
                file.set_permissions(facts.permissions())?;
            }
            file.sync_all()?;
            fs::rename(&beside, path)
        })();
        if result.is_err() {
            // What is left beside would only be in the way; the first failure is the one to tell.
            let _ = fs::remove_file(&beside);
        }
        result
    };
    write().map_err(|error| Failure::new(format!("`{}` cannot be written: {}", path.display(), folder::plain(&error))))
}

impl From<polity_engine::journal::Error> for Failure {
    fn from(error: polity_engine::journal::Error) -> Self {
        polity_engine::Error::from(error).into()
    }
}
