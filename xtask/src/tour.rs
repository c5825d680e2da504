//! The main job on an example organization, against a test cloud that is started here and stopped at the end.

use std::{fs, path::Path, process::Command};

use crate::{
    cloud::Cloud,
    servers,
    shell::{Outcome, build_polity, fail, root, say, target},
};

/// What a person at a console might do on a bad day; see `crates/polity/tests/support/tamper.py`.
const TAMPERS: &[&str] = &[
    r#"["move-account", "search-dev", "Workloads/Development", "Core"]"#,
    r#"["detach-policy", "allowed-regions", "unit:Workloads"]"#,
    r#"["give-managed-policy", "Viewer", "arn:aws:iam::aws:policy/AdministratorAccess"]"#,
    r#"["join-group", "alan@acme.example", "platform"]"#,
    r#"["stop-encryption", "checkout-prod"]"#,
];

/// The task.
pub(crate) fn run() -> Outcome {
    servers::install()?;
    say("tour: building polity (the first time takes some minutes)");
    let polity = build_polity(false)?;
    let place = target().join("tour");
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::create_dir_all(&place)?;
    let tour = Tour { cloud: Cloud::start()?, polity, place };
    say("\nThe example organization is a folder of YAML: examples/acme. The cloud is an empty test server.");
    tour.step(&["check"], 0, All)?;
    say("\nWhat would change? Everything. (The whole plan is long; its end is shown.)");
    tour.step(&["plan"], 2, End)?;
    tour.step(&["apply", "--auto-approve"], 0, End)?;
    say("\nOnce more: nothing is left to do.");
    tour.step(&["plan"], 0, All)?;
    say(
        "\nSomebody at a console moves an account, detaches a guardrail, widens a role, joins a team, stops encryption.",
    );
    tour.cloud.script("tamper.py", TAMPERS)?;
    tour.step(&["drift"], 2, All)?;
    say("\nPolity puts it back.");
    tour.step(&["apply", "--auto-approve"], 0, End)?;
    tour.step(&["plan"], 0, All)?;
    tour.step(&["journal", "verify"], 0, All)?;
    say("\nWhere to look next:");
    say("  examples/acme            the organization; edit a copy, and run `polity check` on it");
    say("  docs/language.md         every noun and field of the language");
    say(format_args!("  {}   the program; `polity --help` tells its verbs", shown(&tour.polity)));
    Ok(())
}

/// How much of what a command prints is shown.
enum Show {
    All,
    End,
}
use Show::{All, End};

struct Tour {
    cloud: Cloud,
    polity: std::path::PathBuf,
    place: std::path::PathBuf,
}

impl Tour {
    /// Runs one command as a person would, and stops the tour unless it ends as it should.
    fn step(&self, words: &[&str], code: i32, show: Show) -> Outcome {
        say(format_args!("\n$ polity {}", words.join(" ")));
        let mut command = Command::new(&self.polity);
        command.args(words).args(["--folder", "examples/acme", "--journal"]).arg(self.place.join("journal.db"));
        let output = self.cloud.enter(&mut command).current_dir(root()).env("NO_COLOR", "1").output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let lines: Vec<&str> = text.lines().collect();
        let hidden = if matches!(show, End) { lines.len().saturating_sub(24) } else { 0 };
        if hidden > 0 {
            let whole = self.place.join(format!("{}.txt", words.first().unwrap_or(&"output")));
            fs::write(&whole, text.as_bytes())?;
            say(format_args!("  ({hidden} lines above; all of it: {})", shown(&whole)));
        }
        for line in lines.iter().skip(hidden) {
            say(line);
        }
        if output.status.code() == Some(code) {
            return Ok(());
        }
        let why = String::from_utf8_lossy(&output.stderr);
        fail(format!("`polity {}` should have ended with {code}: {}\n{why}", words.join(" "), output.status))
    }
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
