//! What came of an apply.

use std::collections::BTreeMap;

use polity_engine::{
    Report,
    apply::{ChangeResult, End},
};
use polity_model::plan::Plan;
use serde_json::{Value, json};

use super::{clean, count, plan, some_of};
use crate::terminal::{ALARM, BOLD, DIM, GREEN, YELLOW, paint};

/// Version of the JSON form.
pub(crate) const VERSION: &str = "polity.run/v1";

/// What failed and what was not tried; what was done went by already.
pub(crate) fn human(report: &Report, folder: Option<&str>) -> String {
    let (done, failed, skipped) = report.counts();
    let (mut text, mut skipped_for) = (String::new(), BTreeMap::<&String, Vec<String>>::new());
    for ChangeResult { address, action, end } in &report.results {
        let subject = format!("{} {}", plan::verb(*action), clean(&address.to_string()));
        match end {
            End::Failed { message, help } => {
                text.push_str(&format!("{} {subject}\n    {}\n", paint(ALARM, "failed"), clean(message)));
                if let Some(help) = help {
                    text.push_str(&format!("    help: {}\n", clean(help)));
                }
            }
            End::Skipped { reason } => skipped_for.entry(reason).or_default().push(clean(&address.to_string())),
            End::Done { .. } => {}
        }
    }
    for (reason, addresses) in skipped_for {
        let told = some_of(&addresses, 5);
        text.push_str(&format!("{} {told}\n    {}\n", paint(YELLOW, "not tried"), clean(reason)));
    }
    if let Some(refused) = &report.refused {
        text.push_str(&format!("\n{}\n", paint(ALARM, "a further round was refused")));
        text.push_str(&plan::human::body(refused, &plan::Context::default()));
    }
    for (platform, reason) in &report.unreached {
        text.push_str(&format!("{} {platform}\n    {}\n", paint(YELLOW, "not reached"), clean(reason)));
    }
    if let Some(reason) = &report.stopped {
        text.push_str(&format!("{} {}\n", paint(ALARM, "the run ended early:"), clean(reason)));
    }
    text.push_str(&format!("\n{}\n", sum(report, done, failed, skipped)));
    if let Some(remaining) = report.remaining.as_ref().filter(|plan| !plan.is_empty()) {
        text.push_str(&format!("left to do: {}\n", plan::summary(remaining)));
    }
    let folder = folder.map_or_else(String::new, |folder| format!(" --folder {folder}"));
    if failed + skipped > 0 || report.cancelled || report.stopped.is_some() || !report.unreached.is_empty() {
        text.push_str(&format!("{}\n", paint(DIM, format!("next: polity apply{folder} goes on where this run ended"))));
    }
    text
}

fn sum(report: &Report, done: usize, failed: usize, skipped: usize) -> String {
    let rounds = if report.rounds > 1 { format!(" in {} rounds", report.rounds) } else { String::new() };
    let run = if report.run.is_empty() { String::new() } else { paint(DIM, format!(" ({})", clean(&report.run))) };
    if failed + skipped == 0 {
        let words =
            if done == 0 { "nothing to do".to_owned() } else { format!("{} done{rounds}", count(done, "change")) };
        let whole = !report.cancelled && report.stopped.is_none() && report.unreached.is_empty();
        let style = if whole { GREEN } else { YELLOW };
        return format!("{}{run}", paint(style, words));
    }
    format!("{}{run}", paint(BOLD, format!("{done} done, {failed} failed, {skipped} not tried{rounds}")))
}

/// Every change with its end.
pub(crate) fn json(report: &Report, plan: &Plan) -> Value {
    let (done, failed, skipped) = report.counts();
    let results = report.results.iter().map(|result| {
        let end = match &result.end {
            End::Done { id, written } => json!({"end": "done", "id": id, "written": written}),
            End::Failed { message, help } => json!({"end": "failed", "message": message, "help": help}),
            End::Skipped { reason } => json!({"end": "skipped", "reason": reason}),
        };
        let mut value = json!({"address": result.address, "action": result.action});
        if let (Some(value), Value::Object(end)) = (value.as_object_mut(), end) {
            value.extend(end);
        }
        value
    });
    json!({
        "version": VERSION,
        "run": report.run,
        "plan": plan.digest(),
        "rounds": report.rounds,
        "done": done,
        "failed": failed,
        "skipped": skipped,
        "cancelled": report.cancelled,
        "stopped": report.stopped,
        "unreached": report.unreached,
        "results": results.collect::<Vec<_>>(),
        "refused": report.refused,
        "remaining": report.remaining,
    })
}

#[cfg(test)]
mod tests {
    use polity_model::{Address, plan::Action};

    use super::*;
    use crate::views::plain;

    fn report() -> Report {
        let result = |name: &str, end| ChangeResult {
            address: Address::new("nimbus", "account", name),
            action: Action::Create,
            end,
        };
        Report {
            run: "r7".to_owned(),
            results: vec![
                result("a", End::Done { id: "1".to_owned(), written: true }),
                result(
                    "b",
                    End::Failed {
                        message: "`CreateAccount` failed: quota".to_owned(),
                        help: Some("ask for more".to_owned()),
                    },
                ),
                result("c", End::Skipped { reason: "`nimbus/account/b` failed".to_owned() }),
            ],
            rounds: 1,
            ..Report::default()
        }
    }

    #[test]
    fn failures_are_told_with_what_to_do() {
        insta::assert_snapshot!(plain(&human(&report(), Some("org"))));
    }

    #[test]
    fn a_clean_run_is_one_line() {
        let mut report = report();
        report.results.truncate(1);
        assert_eq!(plain(&human(&report, None)).trim(), "1 change done (r7)");
        report.results.clear();
        assert_eq!(plain(&human(&report, None)).trim(), "nothing to do (r7)");
    }

    #[test]
    fn json_has_one_result_per_change() {
        insta::assert_json_snapshot!(json(&report(), &crate::views::plan::tests::plan(vec![])));
    }
}
