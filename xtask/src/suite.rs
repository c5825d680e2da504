//! Everything that must hold before a change is merged, in one command.

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
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

const STEPS: &[Step] = &[
    ("servers", || servers::install_and_begin_to_build().map(|()| Count::default())),
    ("format", || quietly(cargo().args(["fmt", "--all", "--check"]))),
    ("tidy", || tidy::run().map(|()| Count::default())),
    ("dependencies", || deny::run(false).map(|()| Count::default())),
    ("clippy", || {
        quietly(cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
    }),
    ("servers that are built", || servers::built().map(|()| Count::default())),
    ("tests", tests),
    ("document tests", || counted(cargo().args(["test", "--workspace", "--doc", "--locked", "--quiet"]))),
    ("generated files", || generate::with(&tested()?, true).map(|()| Count::default())),
    ("fuzz smoke", || fuzz::run(15).map(|()| Count::default())),
];

/// Runs every step, also after one has failed, and ends with the sum.
pub(crate) fn run() -> Outcome {
    let (mut sum, mut failed) = (Count::default(), Vec::new());
    for (name, step) in STEPS {
        say(format_args!("\n== {name}"));
        let begun = Instant::now();
        match step() {
            Ok(count) => {
                sum = sum.plus(count);
                if count.failed > 0 {
                    failed.push(*name);
                }
            }
            Err(failure) => {
                say(format_args!("{name}: {failure}"));
                failed.push(name);
                if name.starts_with("servers") {
                    break; // without them, nearly all that follows would only say so again
                }
            }
        }
        say(format_args!("== {name}: {:.1} s", begun.elapsed().as_secs_f64()));
    }
    let Count { passed, failed: tests } = sum;
    say(format_args!("\n{} steps: {} failed{}", STEPS.len(), failed.len(), list(&failed)));
    say(format_args!("{} tests run: {passed} passed, {tests} failed", passed + tests));
    if failed.is_empty() { Ok(()) } else { fail(format!("failed: {}", failed.join(", "))) }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

impl Count {
    fn plus(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

fn tests() -> Outcome<Count> {
    let mut command = cargo();
    if exists("cargo-nextest") {
        command.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--status-level", "fail"]);
    } else {
        command.args(["test", "--workspace", "--all-targets", "--locked", "--no-fail-fast", "--quiet"]);
    }
    counted(&mut command)
}

/// The binary as the tests have built it. Asked for alone, its dependencies would get other features and be built once more.
fn tested() -> Outcome<PathBuf> {
    quietly(cargo().args(["build", "--workspace", "--bins", "--tests", "--locked"]))?;
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
    let line = line.trim_start();
    let closing = line.starts_with("test result: ") || (line.starts_with("Summary [") && line.contains(" run: "));
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
        assert_eq!(summary("test a::passed ... ok"), None);
    }
}
