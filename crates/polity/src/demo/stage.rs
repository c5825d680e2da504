//! The stage: simulated clouds behind a port of this machine, a folder, and this very program run again for each
//! command, so that what is shown is what everybody would see.

use std::{
    io::{BufReader, IsTerminal as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use polity_sandbox::openstack::{ADMIN, PASSWORD};

use super::excerpt::{Part, excerpt, wrap};
use crate::{
    exit::{Exit, Failure},
    folder::plain,
    terminal::{self, BOLD, CYAN, DIM, paint},
    views::clean,
};

/// Lines are this wide where nobody's terminal says otherwise.
const WIDTH: usize = 100;
/// Wider lines are hard to read.
const WIDEST: usize = 120;
/// Time to read between two acts, where somebody watches.
const PAUSE: Duration = Duration::from_millis(1500);
/// What lets a command in: keys that no AWS knows, for any would do in the sandbox, and the administrator of its Keystone.
const KEYS: [(&str, &str); 8] = [
    ("AWS_ACCESS_KEY_ID", "AKIAPOLITYDEMO000000"),
    ("AWS_SECRET_ACCESS_KEY", "demo"),
    ("AWS_REGION", "us-east-1"),
    ("OS_USERNAME", ADMIN),
    ("OS_PASSWORD", PASSWORD),
    ("OS_PROJECT_NAME", ADMIN),
    ("OS_USER_DOMAIN_NAME", "Default"),
    ("OS_PROJECT_DOMAIN_NAME", "Default"),
];
/// How the settings begin that would lead a command elsewhere.
const SETTINGS: [&str; 5] = ["AWS_", "POLITY_", "OS_", "KUBE", "XDG_"];

/// The file that leads commands to the cluster, below the stage's place.
const KUBECONFIG: &str = "kubeconfig";

/// A stage.
pub(crate) struct Stage {
    program: PathBuf,
    /// Where the commands run: the manifest is a folder below it.
    pub(crate) place: PathBuf,
    endpoint: String,
    today: Option<String>,
    look: Look,
    acts: usize,
}

/// How things are shown.
pub(crate) struct Look {
    width: usize,
    /// Whether somebody watches who wants bars and time to read.
    live: bool,
    pause: bool,
}

/// How a process ended.
struct Ran {
    typed: String,
    /// Its exit code; nothing where it was killed.
    code: Option<i32>,
    out: String,
    /// What it said beside its progress.
    said: Vec<String>,
}

/// How a command ended.
pub(crate) struct Played {
    /// Standard output, colours and all.
    pub(crate) out: String,
}

impl Look {
    /// As it becomes the terminal, or the lack of one.
    pub(crate) fn new(plain: bool, fast: bool) -> Self {
        let terminal = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        Self {
            width: width.filter(|_| terminal).unwrap_or(WIDTH).clamp(60, WIDEST),
            live: terminal && !plain,
            pause: terminal && !plain && !fast,
        }
    }
}

impl Stage {
    /// A stage in this folder, before the cloud at this endpoint.
    pub(crate) fn new(place: &Path, endpoint: String, today: Option<String>, look: Look) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(|error| {
            Failure::new(format!("this program does not find itself, to run its own commands: {}", plain(&error)))
        })?;
        let config = kubeconfig(&endpoint);
        std::fs::write(place.join(KUBECONFIG), config).map_err(|error| {
            Failure::new(format!("`{KUBECONFIG}` cannot be written in `{}`: {}", place.display(), plain(&error)))
        })?;
        Ok(Self { program, place: place.to_owned(), endpoint, today, look, acts: 0 })
    }

    /// Opens an act: a heading, and what it is about.
    pub(crate) fn act(&mut self, title: &str, about: &str) -> Result<(), Failure> {
        if self.look.pause && self.acts > 0 {
            std::thread::sleep(PAUSE);
        }
        self.acts += 1;
        let rule = self.look.width.saturating_sub(title.chars().count() + 7);
        let heading = format!("── {}  {title} {}", self.acts, "─".repeat(rule));
        terminal::out(&format!("\n{}\n", paint(BOLD, heading)))?;
        self.say(about)
    }

    /// Says something, in lines that are not too wide.
    pub(crate) fn say(&self, text: &str) -> Result<(), Failure> {
        terminal::out(&wrap(text, self.look.width))
    }

    /// Runs one of our own commands as a person would type it, and shows these parts of what it prints.
    pub(crate) fn run(&self, words: &[&str], expected: Exit, parts: &[Part]) -> Result<Played, Failure> {
        let Ran { typed, code, out, said } = self.play(words, None)?;
        if code == Some(i32::from(expected.code())) {
            self.say(&excerpt(&out, parts))?;
            return Ok(Played { out });
        }
        self.say(&excerpt(&out, &[Part::Tail(20)]))?;
        terminal::err(excerpt(&said.join("\n"), &[Part::Tail(20)]).trim_end());
        let ended = code.map_or("a signal".to_owned(), |code| code.to_string());
        Err(Failure::new(format!("`{typed}` ended with {ended}, where {} was expected", expected.code()))
            .help(format!("what it printed stands above; everything is left in `{}`", self.place.display())))
    }

    /// Runs one of them, and kills it as soon as it tells of so many changes done: no goodbye, no cleaning up. Whether it
    /// was still at work then.
    pub(crate) fn kill(&self, words: &[&str], after: u64) -> Result<bool, Failure> {
        self.play(words, Some(after)).map(|ran| ran.code.is_none())
    }

    fn play(&self, words: &[&str], kill: Option<u64>) -> Result<Ran, Failure> {
        let typed = format!("polity {}", words.join(" "));
        self.say(&format!("\n{}", paint(CYAN, format!("$ {typed}"))))?;
        let mut child = self
            .command(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Failure::new(format!("`{typed}` could not be started: {}", plain(&error))))?;
        let out = child.stdout.take();
        // Both ends are read at once: a full pipe would stop the other side.
        let reader = std::thread::spawn(move || out.map(std::io::read_to_string).transpose());
        let told = child.stderr.take().map(BufReader::new);
        let said = told.map(|told| self.follow(told, &mut child, kill)).transpose()?.unwrap_or_default();
        let out = reader.join().ok().and_then(Result::ok).flatten().unwrap_or_default();
        let status =
            child.wait().map_err(|error| Failure::new(format!("`{typed}` was lost sight of: {}", plain(&error))))?;
        Ok(Ran { typed, code: status.code(), out, said })
    }

    /// The command, cut off from the settings of whoever runs the demo: it must see this cloud and no other.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).args(["--color", "always"]).current_dir(&self.place);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy().to_ascii_uppercase();
            if SETTINGS.iter().any(|own| text.starts_with(own)) || text.ends_with("_PROXY") {
                command.env_remove(&name);
            }
        }
        let nowhere = self.place.join("no-profile");
        command.envs(KEYS).env("AWS_ENDPOINT_URL", &self.endpoint);
        command.env("OS_AUTH_URL", format!("{}/identity/v3", self.endpoint));
        command.env("KUBECONFIG", self.place.join(KUBECONFIG));
        command.env("AWS_CONFIG_FILE", &nowhere).env("AWS_SHARED_CREDENTIALS_FILE", &nowhere);
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("NO_PROXY", "*");
        if let Some(today) = &self.today {
            command.env("POLITY_TODAY", today);
        }
        command
    }

    /// Reads what a command says about its progress: a bar where somebody watches, the first and last lines elsewhere.
    fn follow(
        &self,
        lines: impl std::io::BufRead,
        child: &mut Child,
        kill: Option<u64>,
    ) -> Result<Vec<String>, Failure> {
        let bar = self.look.live.then(bar);
        let mut progress = Vec::new();
        let mut said = Vec::new();
        for line in lines.lines().map_while(Result::ok) {
            let bare = anstream::adapter::strip_str(&line).to_string();
            if let Some((done, all)) = counted(&bare) {
                if let Some(bar) = &bar {
                    bar.set_length(all);
                    bar.set_position(done);
                    bar.set_message(clean(bare.split_once("] ").map_or("", |(_, rest)| rest)));
                }
                progress.push(line);
                if kill.is_some_and(|after| done >= after) {
                    // It may have ended by itself in between: then there is nothing to kill, and its code tells.
                    let _ = child.kill();
                    break;
                }
            } else {
                said.push(line);
            }
        }
        if let Some(bar) = &bar {
            bar.finish_and_clear();
        }
        self.say(&excerpt(&progress.join("\n"), &[Part::Head(3), Part::Tail(2)]))?;
        Ok(said)
    }
}

/// What leads a command to the cluster.
fn kubeconfig(endpoint: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: demo\nclusters:\n- {{name: demo, cluster: {{server: \"{endpoint}\"}}}}\n\
         users:\n- {{name: demo, user: {{}}}}\ncontexts:\n- {{name: demo, context: {{cluster: demo, user: demo}}}}\n"
    )
}

/// `[3/198] done create ..` is the third of 198.
fn counted(line: &str) -> Option<(u64, u64)> {
    let (done, all) = line.strip_prefix('[')?.split_once("] ")?.0.split_once('/')?;
    Some((done.parse().ok()?, all.parse().ok()?))
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {elapsed} {wide_msg}");
    ProgressBar::new(1).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// What stands in the background, for the story's own words.
pub(crate) fn aside(text: &str) -> String {
    paint(DIM, text)
}
