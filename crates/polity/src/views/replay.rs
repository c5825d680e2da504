//! Whom controls would have stopped: by control, the principals and their actions; and what cannot be told, with what is missing.

use polity_aws::prevent::replay::{Outcome, Replay, VERSION};
use serde_json::{Value, json};

use super::{clean, count, thousands};
use crate::terminal::{BOLD, paint};

/// Lines of one control that are shown; the rest is counted.
const SHOWN: usize = 20;

/// For people.
pub(crate) fn human(replay: &Replay) -> String {
    let number = |number: u64| thousands(usize::try_from(number).unwrap_or(usize::MAX));
    let mut lines = vec![format!("{} of {} events judged", number(replay.judged), number(replay.events))];
    if let (Some(from), Some(to)) = (&replay.from, &replay.to) {
        lines.push(format!("  from {} to {}", clean(from), clean(to)));
    }
    for (reason, many) in &replay.passed_over {
        lines.push(format!("  {} passed over: {reason}", number(*many)));
    }
    let (quiet, loud): (Vec<_>, Vec<_>) =
        replay.controls.iter().partition(|(_, outcome)| outcome.stopped + outcome.unknown == 0);
    for (control, outcome) in loud {
        lines.push(String::new());
        let (stopped, unknown) = (number(outcome.stopped), number(outcome.unknown));
        lines.push(paint(BOLD, format!("{control}: {stopped} would have been stopped, {unknown} unknown")));
        self::outcome(outcome, &mut lines);
    }
    if !quiet.is_empty() {
        lines.push(String::new());
        let names: Vec<&str> = quiet.iter().map(|(control, _)| control.as_str()).collect();
        lines.push(format!("{} would have stopped nothing: {}", count(quiet.len(), "control"), names.join(", ")));
    }
    if replay.controls.is_empty() {
        lines.push("no control that is audited or enforced becomes a policy on the accounts that are known".to_owned());
    }
    lines.join("\n") + "\n"
}

fn outcome(outcome: &Outcome, lines: &mut Vec<String>) {
    for stop in outcome.stops.iter().take(SHOWN) {
        lines.push(format!(
            "  {:>7} × {} by {} in {} ({}; for example {})",
            stop.count,
            clean(&stop.action),
            clean(&stop.principal),
            stop.tenant,
            stop.enforce.word(),
            clean(&stop.example)
        ));
    }
    if outcome.stops.len() > SHOWN {
        lines.push(format!("  and {} more, which `-o json` lists", count(outcome.stops.len() - SHOWN, "line")));
    }
    for unknown in outcome.unknowns.iter().take(SHOWN) {
        let keys: Vec<String> = unknown.keys.iter().map(|key| format!("`{}`", clean(key))).collect();
        let action = clean(&unknown.action);
        lines.push(format!("  {:>7} × {action}: unknown, the events do not tell {}", unknown.count, keys.join(", ")));
    }
    if outcome.unknowns.len() > SHOWN {
        lines.push(format!("  and {} more, which `-o json` lists", count(outcome.unknowns.len() - SHOWN, "line")));
    }
}

/// For machines.
pub(crate) fn json(replay: &Replay) -> Value {
    let mut value = json!(replay);
    if let Value::Object(entries) = &mut value {
        entries.insert("version".to_owned(), VERSION.into());
    }
    value
}

#[cfg(test)]
mod tests {
    use polity_aws::prevent::replay::{Stop, Unknown};
    use polity_model::organization::Enforce;

    use super::*;
    use crate::views::plain;

    #[test]
    fn who_would_have_been_stopped() {
        let stop = Stop {
            principal: "arn:aws:iam::222222222222:role/dev".to_owned(),
            action: "ec2:RunInstances".to_owned(),
            tenant: "shop-prod".to_owned(),
            enforce: Enforce::Audit,
            count: 1_200,
            example: "0f3c".to_owned(),
        };
        let unknown =
            Unknown { action: "s3:PutObject".to_owned(), keys: vec!["aws:RequestTag/env".to_owned()], count: 7 };
        let outcome = Outcome { stopped: 1_200, unknown: 7, stops: vec![stop], unknowns: vec![unknown] };
        let replay = Replay {
            events: 4_000,
            judged: 3_000,
            passed_over: [("refused already", 1_000)].into(),
            from: Some("2026-11-01T00:00:00Z".to_owned()),
            to: Some("2026-11-02T00:00:00Z".to_owned()),
            controls: [("only-europe".to_owned(), outcome), ("quiet".to_owned(), Outcome::default())].into(),
        };
        insta::assert_snapshot!(plain(&human(&replay)));
        assert_eq!(json(&replay)["version"], "polity.replay/v1");
        assert!(human(&Replay::default()).contains("no control"));
    }
}
