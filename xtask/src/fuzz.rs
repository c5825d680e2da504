//! Runs the fuzz targets of `fuzz/` without cargo-fuzz and without nightly: stable can instrument for coverage,
//! only the address sanitizer is missing, which code without `unsafe` can do without.

use std::{fs, path::Path, process::Command};

use crate::shell::{Outcome, cargo, exists, fail, read, root, run as perform, say, target};

/// Coverage feedback as libFuzzer wants it.
const FLAGS: &[&str] = &[
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cdebug-assertions=on",
    "-Coverflow-checks=on",
];

/// Shorter runs than this, in seconds, are smoke tests.
const SMOKE: u64 = 60;

/// Builds all targets and runs each for some seconds, from the committed seeds.
pub(crate) fn run(seconds: u64) -> Outcome {
    if !["c++", "g++", "clang++"].into_iter().any(exists) {
        return fail(
            "the fuzz targets need a C++ compiler for libFuzzer, and none was found (on Debian: `apt install g++`)",
        );
    }
    let host = host()?;
    let build = target().join("fuzz");
    let mut command = cargo();
    command
        .args(["build", "--release", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--target", &host])
        .env("CARGO_TARGET_DIR", &build)
        // With the target named, these hold for what is fuzzed and not for build scripts.
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"));
    if seconds < SMOKE {
        // To optimize would take longer than the run.
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0").env("CARGO_PROFILE_RELEASE_DEBUG", "false");
    }
    perform(&mut command)?;
    // As many at once as there are cores: each of them uses one.
    let all = targets()?;
    for some in all.chunks(std::thread::available_parallelism().map_or(1, usize::from)) {
        std::thread::scope(|scope| {
            let running: Vec<_> = some.iter().map(|name| scope.spawn(|| fuzz(name, &build, &host, seconds))).collect();
            running
                .into_iter()
                .try_for_each(|one| one.join().unwrap_or_else(|_| fail("a fuzz target could not be run")))
        })?;
    }
    Ok(())
}

/// Runs one target.
fn fuzz(name: &str, build: &Path, host: &str, seconds: u64) -> Outcome {
    let corpus = build.join("corpus").join(name);
    fs::create_dir_all(&corpus)?;
    let artifacts = build.join("artifacts").join(name);
    fs::create_dir_all(&artifacts)?;
    let mut fuzzer = Command::new(build.join(host).join("release").join(name));
    fuzzer
        .arg(&corpus)
        .arg(root().join("fuzz/seeds").join(name))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args([
            "-seed=1",
            "-timeout=10",
            "-rss_limit_mb=2048",
            "-max_len=16384",
            "-print_final_stats=1",
            "-verbosity=0",
        ]);
    let output = fuzzer.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let tail: Vec<&str> = said.lines().rev().take(30).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        return fail(format!(
            "fuzz target `{name}` failed; its input is kept under {}\n{}",
            artifacts.display(),
            tail.join("\n")
        ));
    }
    let runs = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    say(format_args!("fuzz: {name}: {} runs in {seconds} s, no failure", runs.unwrap_or("?").trim()));
    Ok(())
}

/// Names of the targets: one file each.
fn targets() -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

fn host() -> Outcome<String> {
    let version = read(Command::new("rustc").arg("-vV").current_dir(root()))?;
    match version.lines().find_map(|line| line.strip_prefix("host: ")) {
        Some(host) => Ok(host.to_owned()),
        None => fail("`rustc -vV` names no host"),
    }
}
