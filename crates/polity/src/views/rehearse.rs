//! What happened in a rehearsal.

use std::{collections::BTreeMap, time::Duration};

use polity_engine::Exit;
use polity_model::plan::Plan;
use serde_json::{Value, json};

use super::{clean, count, plan, some_of, thousands};
use crate::{
    rehearsal::{
        judge::Verdict,
        matrix::{Outcome, Run},
        performance::{Act, Ending, Moment, Performance, What},
    },
    terminal::{ALARM, BOLD, DIM, GREEN, RED, YELLOW, paint},
};

/// Version of the JSON form of one rehearsal.
const VERSION: &str = "polity.rehearsal/v1";
/// Version of the JSON form of the matrix.
const MATRIX: &str = "polity.rehearsal-matrix/v1";
/// Runs that went wrong are shown up to this number.
const SHOWN: usize = 20;

/// How an apply would have ended.
pub(crate) fn exit(played: &Performance) -> Exit {
    match &played.first.ending {
        Ending::Told(report) => report.exit(),
        Ending::Refused(error) => error.exit(),
        Ending::Died | Ending::Endless => Exit::PartlyApplied,
    }
}

/// Step by step, then the end.
pub(crate) fn human(played: &Performance, all: bool) -> String {
    let mut text = format!("{}\n", paint(BOLD, "the apply, by the rehearsal's clock"));
    steps(&mut text, &played.first, all);
    for act in &played.further {
        text.push_str(&format!("\n{}\n", paint(BOLD, "once more, with nothing going wrong")));
        steps(&mut text, act, all);
    }
    text.push_str(&format!("\n{}\n", end(played)));
    text.push_str(&calls(played));
    text.push_str(&times(&played.first));
    text
}

fn steps(text: &mut String, act: &Act, all: bool) {
    let mut faults: BTreeMap<String, usize> = BTreeMap::new();
    for moment in &act.moments {
        if let What::Fault { call, faults: names, hand } = &moment.what
            && !all
            && hand.is_none()
            && names.iter().all(|name| is_common(name))
        {
            *faults.entry(format!("{} of {call}", names.join(" and "))).or_default() += 1;
            continue;
        }
        text.push_str(&format!("{} {}\n", paint(DIM, format!("{:>11}", clock(moment.at))), line(moment)));
    }
    for (fault, times) in faults {
        text.push_str(&format!("{} {fault}: {}\n", paint(DIM, format!("{:>11}", "meanwhile")), count(times, "time")));
    }
    match &act.ending {
        Ending::Told(_) => {}
        Ending::Refused(error) => {
            let help = error.help().map_or_else(String::new, |help| format!("\n  help: {}", clean(&help)));
            text.push_str(&format!("{} {}{help}\n", paint(ALARM, "the apply stopped:"), clean(&error.to_string())));
        }
        Ending::Died => text.push_str(&format!("{}\n", paint(ALARM, "the apply was killed here"))),
        Ending::Endless => text.push_str(&format!("{}\n", paint(ALARM, "the apply had not ended after a week"))),
    }
}

/// Faults that are told by their number, unless everything is asked for.
fn is_common(name: &str) -> bool {
    matches!(name, "documented_rates" | "rate" | "stale" | "small_pages" | "empty_pages")
}

fn line(moment: &Moment) -> String {
    let waited = |waits: usize| match waits {
        0 => String::new(),
        waits => paint(DIM, format!(", waited for {}", count(waits, "time"))),
    };
    match &moment.what {
        What::Done { address, action, written, waits } => {
            let already = if *written { "" } else { ", nothing had to be written" };
            let subject = format!("{} {}", plan::verb(*action), clean(&address.to_string()));
            format!("{} {subject}{already}{}", paint(GREEN, "done"), waited(*waits))
        }
        What::Failed { address, action, message, help, waits } => {
            let subject = format!("{} {}", plan::verb(*action), clean(&address.to_string()));
            let help = help.as_ref().map_or_else(String::new, |help| format!("\n{:12}help: {}", "", clean(help)));
            format!("{} {subject}{}: {}{help}", paint(RED, "failed"), waited(*waits), clean(message))
        }
        What::Skipped { address, action, reason } => {
            let subject = format!("{} {}", plan::verb(*action), clean(&address.to_string()));
            format!("{} {subject}: {}", paint(YELLOW, "not tried"), clean(reason))
        }
        What::Round { round, changes } => format!("round {round}: {} more", count(*changes, "change")),
        What::Settled { address, finding } => {
            format!("settled {}: {}", clean(&address.to_string()), clean(finding))
        }
        What::Fault { call, faults, hand: Some(hand) } => {
            format!("{} by the hand of {}: {call}", paint(YELLOW, faults.join(" and ")), clean(hand))
        }
        What::Fault { call, faults, hand: None } => format!("{} {call}", paint(YELLOW, faults.join(" and "))),
    }
}

fn end(played: &Performance) -> String {
    let applies = played.further.len();
    if !played.left.is_empty() {
        return paint(
            ALARM,
            format!(
                "it does not converge: after {} there is left: {}",
                count(applies + 1, "apply"),
                plan::summary(&played.left)
            ),
        );
    }
    let done: usize = played.first.moments.iter().filter(|moment| matches!(moment.what, What::Done { .. })).count();
    if applies == 0 {
        return paint(GREEN, format!("converged: {} done, and the next plan is empty", count(done, "change")));
    }
    let more = if applies == 1 { "one more apply".to_owned() } else { format!("{applies} more applies") };
    paint(YELLOW, format!("converged after {more}: {} done at first", count(done, "change")))
}

fn calls(played: &Performance) -> String {
    let mut services: BTreeMap<&str, usize> = BTreeMap::new();
    for ((service, _), number) in &played.counts {
        *services.entry(service).or_default() += usize::try_from(*number).unwrap_or_default();
    }
    let mut services: Vec<(&str, usize)> = services.into_iter().collect();
    services.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    let total = services.iter().map(|(_, number)| number).sum();
    let each: Vec<String> =
        services.iter().map(|(service, number)| format!("{service} {}", thousands(*number))).collect();
    format!("{}, reading again included: {}\n", count(total, "call"), some_of(&each, 20))
}

fn times(act: &Act) -> String {
    let took = clock(act.took);
    match &act.narrowest {
        None => format!("the apply took {took}\n"),
        Some((what, bound)) => {
            let times = act.took.as_secs_f64() / bound.as_secs_f64();
            let bound = clock(*bound);
            format!("the apply took {took}, {times:.2} times what the rates of AWS alone ask for: {bound} ({what})\n")
        }
    }
}

/// `0:07:31.4`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}:{:02}.{}", seconds / 3600, seconds / 60 % 60, seconds % 60, time.subsec_millis() / 100)
}

/// Everything, for machines.
pub(crate) fn json(played: &Performance, plan: &Plan) -> Value {
    let applies: Vec<Value> = std::iter::once(&played.first).chain(&played.further).map(act).collect();
    let calls: BTreeMap<String, u64> = played
        .counts
        .iter()
        .map(|((service, operation), number)| (format!("{service}:{operation}"), *number))
        .collect();
    json!({
        "version": VERSION,
        "plan": plan.digest(),
        "converged": played.left.is_empty(),
        "applies": applies,
        "left": played.left,
        "calls": calls,
    })
}

fn act(act: &Act) -> Value {
    let moments: Vec<Value> = act.moments.iter().map(moment).collect();
    let (ending, message) = match &act.ending {
        Ending::Told(report) => (if report.exit() == Exit::Done { "done" } else { "partly done" }, None),
        Ending::Refused(error) => ("stopped", Some(error.to_string())),
        Ending::Died => ("killed", None),
        Ending::Endless => ("endless", None),
    };
    json!({
        "end": ending,
        "message": message,
        "took_ms": millis(act.took),
        "rates_ask_for_ms": act.narrowest.as_ref().map(|(_, bound)| millis(*bound)),
        "narrowest": act.narrowest.as_ref().map(|(what, _)| what),
        "requests": act.stats.requests,
        "throttled": act.stats.throttled,
        "steps": moments,
    })
}

fn moment(moment: &Moment) -> Value {
    let mut value = match &moment.what {
        What::Done { address, action, written, waits } => {
            json!({"what": "done", "address": address, "action": action, "written": written, "waits": waits})
        }
        What::Failed { address, action, message, help, waits } => json!({
            "what": "failed", "address": address, "action": action, "message": message, "help": help, "waits": waits,
        }),
        What::Skipped { address, action, reason } => {
            json!({"what": "skipped", "address": address, "action": action, "reason": reason})
        }
        What::Round { round, changes } => json!({"what": "round", "round": round, "changes": changes}),
        What::Settled { address, finding } => json!({"what": "settled", "address": address, "finding": finding}),
        What::Fault { call, faults, hand } => json!({"what": "fault", "call": call, "faults": faults, "hand": hand}),
    };
    if let Some(members) = value.as_object_mut() {
        members.insert("at_ms".to_owned(), millis(moment.at).into());
    }
    value
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The matrix: a row for each fault, and what went wrong.
pub(crate) fn table(outcome: &Outcome, took: Duration) -> String {
    let rows = outcome.table();
    let widest = rows.iter().map(|(kind, _)| kind.name.len()).max().unwrap_or(5).max(5);
    let head = format!(
        "{:<widest$}  {:>7}  {:>9}  {:>7}  {:>5}  what happens",
        "fault", "runs", "converged", "stopped", "wrong"
    );
    let mut text = format!("{}\n", paint(BOLD, head));
    let mut sums = [0; 4];
    for (kind, numbers) in &rows {
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += number;
        }
        text.push_str(&format!("{}  {}\n", row(kind.name, widest, numbers), kind.words));
    }
    text.push_str(&format!("{}\n", paint(BOLD, row("all", widest, &sums))));
    let wrong: Vec<&Run> = outcome.wrong().collect();
    for run in wrong.iter().take(SHOWN) {
        let Verdict::Wrong(why) = &run.verdict else { continue };
        text.push_str(&format!(
            "{} {} at write {} ({}), seed {}: {}\n",
            paint(ALARM, "wrong:"),
            run.fault,
            run.step,
            run.call,
            run.seed,
            clean(why)
        ));
        let again = format!("--matrix --faults {} --step {} --seed {}", run.fault, run.step, run.seed);
        text.push_str(&paint(DIM, format!("  again: polity rehearse {again}\n")));
    }
    if wrong.len() > SHOWN {
        text.push_str(&format!("and {} more\n", thousands(wrong.len() - SHOWN)));
    }
    text.push_str(&format!(
        "{}, {} that change something, {} in {:.1} s\n",
        count(outcome.changes, "change"),
        count(outcome.writes, "call"),
        count(outcome.runs.len(), "run"),
        took.as_secs_f64()
    ));
    text
}

fn row(name: &str, widest: usize, [runs, converged, stopped, wrong]: &[usize; 4]) -> String {
    format!(
        "{name:<widest$}  {:>7}  {:>9}  {:>7}  {:>5}",
        thousands(*runs),
        thousands(*converged),
        thousands(*stopped),
        thousands(*wrong)
    )
}

/// Every run, for machines.
pub(crate) fn table_json(outcome: &Outcome) -> Value {
    let runs = outcome.runs.iter().map(|run| {
        let (verdict, told) = match &run.verdict {
            Verdict::Converged => ("converged", None),
            Verdict::Stopped(told) => ("stopped", Some(told)),
            Verdict::Wrong(told) => ("wrong", Some(told)),
        };
        json!({
            "fault": run.fault, "write": run.step, "call": run.call, "seed": run.seed, "verdict": verdict, "told": told,
        })
    });
    let rows = outcome.table().into_iter().map(|(kind, [runs, converged, stopped, wrong])| {
        json!({"fault": kind.name, "runs": runs, "converged": converged, "stopped": stopped, "wrong": wrong})
    });
    json!({
        "version": MATRIX,
        "changes": outcome.changes,
        "writes": outcome.writes,
        "table": rows.collect::<Vec<_>>(),
        "runs": runs.collect::<Vec<_>>(),
    })
}
