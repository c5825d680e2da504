//! Everything that must hold before a change is merged, in one command.

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    deny, fuzz, generate, servers,
    shell::{Failure, Outcome, cargo, exists, fail, say, shown, target},
    tidy,
};

/// Tests that were counted in what a runner printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

/// One step: its name and what it does. Steps that run tests count them.
type Step = (&'static str, fn() -> Outcome<Count>);

/// What needs no server; the servers are installed beside it.
const BEFORE: &[Step] = &[
    ("format", || quietly(cargo().args(["fmt", "--all", "--check"]))),
    ("tidy", || tidy::run().map(|()| Count::default())),
    ("lints and build", || quietly(linted(&mut cargo()).args(["test", "--workspace", "--no-run", "--locked"]))),
];

/// What needs them.
const AFTER: &[Step] = &[
    ("dependencies", || deny::run(false).map(|()| Count::default())),
    ("tests", tests),
    ("document tests", || counted(linted(&mut cargo()).args(["test", "--workspace", "--doc", "--locked", "--quiet"]))),
    ("generated files", || generate::with(&tested()?, true).map(|()| Count::default())),
    ("fuzz smoke", || fuzz::run(15).map(|()| Count::default())),
];

/// Runs every step, also after one has failed, and ends with the sum.
pub(crate) fn run() -> Outcome {
    let mut tally = Tally::default();
    let installed = std::thread::scope(|scope| {
        let installing = scope.spawn(|| {
            let begun = Instant::now();
            (servers::install(), begun.elapsed())
        });
        BEFORE.iter().for_each(|step| tally.take(step));
        installing.join()
    });
    let (installed, took) = installed.unwrap_or_else(|_| (fail("their installation broke off"), Duration::ZERO));
    say(format_args!("\n== servers, beside the steps before: {:.1} s", took.as_secs_f64()));
    match installed {
        Ok(()) => AFTER.iter().for_each(|step| tally.take(step)),
        // Without them, nearly all that follows would only say so again.
        Err(failure) => {
            say(format_args!("servers: {failure}"));
            tally.failed.push("servers");
        }
    }
    tally.told()
}

/// What came of the steps so far.
#[derive(Default)]
struct Tally {
    sum: Count,
    failed: Vec<&'static str>,
}

impl Tally {
    fn take(&mut self, (name, step): &Step) {
        say(format_args!("\n== {name}"));
        let begun = Instant::now();
        match step() {
            Ok(count) => {
                self.sum = self.sum.plus(count);
                if count.failed > 0 {
                    self.failed.push(name);
                }
            }
            Err(failure) => {
                say(format_args!("{name}: {failure}"));
                self.failed.push(name);
            }
        }
        say(format_args!("== {name}: {:.1} s", begun.elapsed().as_secs_f64()));
    }

    fn told(self) -> Outcome {
        let Count { passed, failed: tests } = self.sum;
        let steps = BEFORE.len() + AFTER.len() + 1;
        say(format_args!("\n{steps} steps: {} failed{}", self.failed.len(), list(&self.failed)));
        say(format_args!("{} tests run: {passed} passed, {tests} failed", passed + tests));
        if self.failed.is_empty() { Ok(()) } else { fail(format!("failed: {}", self.failed.join(", "))) }
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

impl Count {
    fn plus(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// Lints while it builds: `cargo clippy` would check all of it once more, and nothing of that could be tested. For a run that builds
/// everything once, what helps the next build (incremental data, lines in backtraces) is work for nothing.
fn linted(command: &mut Command) -> &mut Command {
    command
        .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
        // As `cargo clippy -- -D warnings` hands them on.
        .env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__")
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
}

fn tests() -> Outcome<Count> {
    let mut command = cargo();
    linted(&mut command);
    if exists("cargo-nextest") {
        command.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--status-level", "fail"]);
    } else {
        command.args(["test", "--workspace", "--all-targets", "--locked", "--no-fail-fast", "--quiet"]);
    }
    counted(&mut command)
}

/// The binary as the tests have built it. Asked for alone, its dependencies would get other features and be built once more.
fn tested() -> Outcome<PathBuf> {
    quietly(linted(&mut cargo()).args(["build", "--workspace", "--bins", "--tests", "--locked"]))?;
    Ok(target().join("debug").join(format!("polity{}", std::env::consts::EXE_SUFFIX)))
}

/// Runs a command that runs no tests.
fn quietly(command: &mut Command) -> Outcome<Count> {
    crate::shell::run(command).map(|()| Count::default())
}

/// Runs a command that runs tests, shows what it prints, and counts.
fn counted(command: &mut Command) -> Outcome<Count> {
    let name = shown(command);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| Failure(format!("`{name}` could not be started: {error}")))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let count = std::thread::scope(|scope| {
        let err = scope.spawn(move || err.map(|err| follow(BufReader::new(err))).unwrap_or_default());
        let out = out.map(|out| follow(BufReader::new(out))).unwrap_or_default();
        out.plus(err.join().unwrap_or_default())
    });
    if child.wait()?.success() || count.failed > 0 { Ok(count) } else { fail(format!("`{name}` failed")) }
}

fn follow(lines: impl BufRead) -> Count {
    let mut sum = Count::default();
    for line in lines.lines().map_while(Result::ok) {
        let _ = writeln!(std::io::stdout(), "{line}");
        sum = sum.plus(summary(&line).unwrap_or_default());
    }
    sum
}

/// What the closing line of nextest (`Summary [..] 12 tests run: 11 passed (1 slow), 1 failed, 0 skipped`) or of cargo's
/// own runner (`test result: ok. 11 passed; 1 failed; ..`) says.
fn summary(line: &str) -> Option<Count> {
    // Nextest shows again what a failed test printed, with spaces before it, and such a line is in it.
    let closing =
        line.starts_with("test result: ") || (line.trim_start().starts_with("Summary [") && line.contains(" run: "));
    let mut count = closing.then(Count::default)?;
    let words: Vec<&str> = line.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
    for pair in words.windows(2) {
        match pair {
            [number, "passed"] => count.passed = number.parse().ok()?,
            [number, "failed" | "timed"] => count.failed += number.parse::<u64>().ok()?,
            _ => {}
        }
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_counted() {
        let nextest = "     Summary [   1.2s] 12 tests run: 10 passed (1 slow), 1 failed, 1 timed out, 3 skipped";
        assert_eq!(summary(nextest), Some(Count { passed: 10, failed: 2 }));
        let cargo =
            "test result: FAILED. 11 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(summary(cargo), Some(Count { passed: 11, failed: 1 }));
        assert_eq!(summary(&format!("    {cargo}")), None, "it is counted in the summary already");
        assert_eq!(summary("test a::passed ... ok"), None);
    }
}
