//! Controls: how fast an inventory is judged, beside Cloud Custodian and beside a loop written by hand.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use super::measure;
use crate::{
    servers::PEERS,
    shell::{Failure, Outcome, fail, root, say, target},
};

/// Resources that we judge.
const ROWS: &str = "1000000";
/// Resources that Cloud Custodian judges: its time grows with their number, and so does its memory.
const THEIRS: &str = "200000";

/// The task.
pub(super) fn run() -> Outcome {
    PEERS.install()?;
    let ours = build()?;
    let folder = target().join("bench").join("controls");
    std::fs::create_dir_all(&folder)?;
    let (whole, whole_rss) = ours_of(&ours, "whole", &folder)?;
    let (questions, _) = ours_of(&ours, "questions", &folder)?;
    let script = root().join("xtask/bench/custodian.py");
    let python = PEERS.program("python");
    let out = folder.join("custodian.json");
    let cost = measure(&[text(&python)?, text(&script)?, THEIRS], &out, 0, |_| {})?;
    let theirs: Value = serde_json::from_str(&std::fs::read_to_string(&out)?)?;
    tell_whole(&whole, whole_rss);
    tell_questions(&questions, &theirs, cost.rss_mib)
}

/// The measuring program, optimized.
fn build() -> Outcome<PathBuf> {
    let arguments = ["build", "--release", "--package", "polity-engine", "--example", "audit_speed"];
    let built = Command::new("cargo").args(arguments).stdin(Stdio::null()).status()?;
    if !built.success() {
        return fail("the measuring program could not be built");
    }
    Ok(target().join("release").join("examples").join("audit_speed"))
}

fn ours_of(program: &std::path::Path, what: &str, folder: &std::path::Path) -> Outcome<(Value, f64)> {
    let out = folder.join(format!("{what}.json"));
    let cost = measure(&[text(program)?, what, ROWS], &out, 0, |_| {})?;
    Ok((serde_json::from_str(&std::fs::read_to_string(&out)?)?, cost.rss_mib))
}

fn text(path: &std::path::Path) -> Outcome<&str> {
    path.to_str().ok_or_else(|| Failure("this folder has a name that is no text".to_owned()))
}

fn number(of: &Value, name: &str) -> f64 {
    of.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

fn tell_whole(whole: &Value, rss_mib: f64) {
    let of = |name: &str| number(whole, name);
    let rate = |seconds: f64| of("evaluations") / seconds / 1e6;
    say(format!(
        "\n{} controls over {} resources of {} facets in 50 tenants (`cargo xtask bench controls`)\n\n\
         | step | seconds | million evaluations/s |\n|---|---:|---:|\n\
         | bytes ({} MB of JSON) to rows | {:.2} | |\n| rows to columns ({} MiB) | {:.2} | |\n\
         | judging, one core | {:.2} | {:.1} |\n| judging, {} cores | {:.2} | {:.1} |\n\n\
         peak memory of all of it: {rss_mib:.0} MiB",
        of("controls"),
        of("rows"),
        of("facets"),
        of("megabytes"),
        of("bytes_to_rows"),
        of("columns_mib"),
        of("rows_to_columns"),
        of("one_core"),
        rate(of("one_core")),
        of("cores"),
        of("all_cores"),
        rate(of("all_cores")),
    ));
}

fn tell_questions(ours: &Value, theirs: &Value, their_rss: f64) -> Outcome {
    let list = |of: &Value| of.get("questions").and_then(Value::as_array).cloned().unwrap_or_default();
    let (our_rows, their_rows) = (number(ours, "rows"), number(theirs, "rows"));
    say(
        "\n| question of three conditions | Polity, one core | all cores | by hand | c7n, one core | Polity to c7n | by hand to Polity |",
    );
    say("|---|---:|---:|---:|---:|---:|---:|");
    for (at, (our, their)) in list(ours).iter().zip(&list(theirs)).enumerate() {
        let rate = |seconds: f64, rows: f64| rows / seconds / 1e6;
        let (one, hand) = (rate(number(our, "one_core"), our_rows), rate(number(our, "by_hand"), our_rows));
        let custodian = rate(number(their, "seconds"), their_rows);
        say(format!(
            "| {} | {one:.1} M/s | {:.1} M/s | {hand:.1} M/s | {custodian:.3} M/s | {:.0}x | {:.1}x |",
            at + 1,
            rate(number(our, "all_cores"), our_rows),
            one / custodian,
            hand / one
        ));
        // The same resources: the same share of them is found.
        let share = |of: &Value, rows: f64| number(of, "matches") / rows;
        if (share(our, our_rows) - share(their, their_rows)).abs() > 0.01 {
            return fail(format!("question {} does not ask the same of both: {our} {their}", at + 1));
        }
    }
    say(format!("\nc7n took {their_rss:.0} MiB for {their_rows} resources"));
    Ok(())
}
