//! The journal: one line per entry, and one entry whole.

use polity_model::journal::{Entry, Event, Outcome};

use super::{clean, count, plan::verb};
use crate::terminal::{BOLD, DIM, GREEN, RED, paint};

/// One line per entry, oldest first.
pub(crate) fn log(entries: &[Entry]) -> String {
    let mut text = String::new();
    let mut run = None;
    for entry in entries {
        if run != Some(&entry.run) {
            text.push_str(&format!("{}\n", paint(BOLD, clean(&entry.run))));
            run = Some(&entry.run);
        }
        let at = entry.at.strftime("%Y-%m-%d %H:%M:%S");
        let number = paint(DIM, format!("{:>6}  {at}", entry.number));
        text.push_str(&format!("{number}  {}\n", sentence(&entry.event)));
    }
    if entries.is_empty() {
        text.push_str("the journal is empty\n");
    }
    text
}

/// What happened, in a sentence.
fn sentence(event: &Event) -> String {
    let of = |address: &polity_model::Address| clean(&address.to_string());
    match event {
        Event::Founded { organization } => format!("founded for {}", clean(organization)),
        Event::RunStarted { plan, approved_by, actors, .. } => {
            let actors: Vec<String> = actors.values().map(|actor| clean(actor)).collect();
            format!("run started by {}; plan {} approved by {approved_by}", actors.join(", "), plan.short())
        }
        Event::Intent { address, action, .. } => format!("about to {} {}", verb(*action), of(address)),
        Event::Progress { address, name, value } => format!("{}: {} is {}", of(address), clean(name), clean(value)),
        Event::Outcome { address, action, result: Outcome::Done { id, .. } } => {
            paint(GREEN, format!("done: {} {} ({})", verb(*action), of(address), clean(id)))
        }
        Event::Outcome { address, action, result: Outcome::Failed { message } } => {
            paint(RED, format!("failed: {} {}: {}", verb(*action), of(address), clean(message)))
        }
        Event::Settled { address, finding } => format!("settled {}: {}", of(address), clean(finding)),
        Event::Recorded { address, id, .. } => format!("recorded {} as {}", of(address), clean(id)),
        Event::Forgotten { address, id } => format!("forgot {} ({})", of(address), clean(id)),
        Event::RunFinished { done, failed, skipped } => {
            format!("run finished: {done} done, {failed} failed, {skipped} not tried")
        }
        Event::Surveyed { actors, readings, .. } => {
            let actors: Vec<String> = actors.values().map(|actor| clean(actor)).collect();
            format!("resources read by {}; readings {}", actors.join(", "), readings.short())
        }
        Event::Judged { control, counts, .. } => {
            let told = format!("judged {}: {}", clean(control), super::audit::counts(*counts));
            if counts.fail > 0 { paint(RED, told) } else { told }
        }
    }
}

/// What a journal without a fault says.
pub(crate) fn whole(entries: u64, head: &polity_model::Digest) -> String {
    let entries = count(usize::try_from(entries).unwrap_or(usize::MAX), "entry");
    let told = paint(GREEN, format!("the journal is whole: {entries}, each chained to the one before"));
    format!(
        "{told}\n{}\n",
        paint(DIM, format!("head {head}: note it elsewhere, and a forged chain cannot pass for this one"))
    )
}

#[cfg(test)]
mod tests {
    use polity_model::{
        Address, Digest,
        finding::{Counts, Severity},
        plan::Action,
    };

    use super::*;
    use crate::views::plain;

    #[test]
    fn every_event_is_a_sentence() {
        let address = Address::new("nimbus", "account", "checkout-prod");
        let events = vec![
            Event::Founded { organization: "acme".to_owned() },
            Event::RunStarted {
                organization: "acme".to_owned(),
                platforms: [].into(),
                manifest: Digest::of(b"m"),
                plan: Digest::of(b"p"),
                approved_by: "prompt".to_owned(),
                actors: [("nimbus".to_owned(), "role/deployer".to_owned())].into(),
            },
            Event::Intent {
                address: address.clone(),
                action: Action::Create,
                scope: "nimbus".to_owned(),
                id: None,
                after: [].into(),
            },
            Event::Progress { address: address.clone(), name: "request".to_owned(), value: "car-1".to_owned() },
            Event::Outcome {
                address: address.clone(),
                action: Action::Create,
                result: Outcome::Done { scope: "nimbus".to_owned(), id: "a-1".to_owned(), attributes: [].into() },
            },
            Event::Outcome {
                address: address.clone(),
                action: Action::Delete,
                result: Outcome::Failed { message: "denied".to_owned() },
            },
            Event::Settled { address: address.clone(), finding: "it was made".to_owned() },
            Event::Recorded {
                address: address.clone(),
                scope: "nimbus".to_owned(),
                id: "a-1".to_owned(),
                attributes: [].into(),
            },
            Event::Forgotten { address, id: "a-1".to_owned() },
            Event::RunFinished { done: 1, failed: 1, skipped: 0 },
            Event::Surveyed {
                platforms: [].into(),
                actors: [("nimbus".to_owned(), "role/auditor".to_owned())].into(),
                manifest: Digest::of(b"m"),
                whole: true,
                readings: Digest::of(b"r"),
                places: Digest::of(b"p"),
            },
            Event::Judged {
                control: "storage-no-public-access".to_owned(),
                severity: Severity::High,
                text: Digest::of(b"t"),
                evaluator: "polity 1".to_owned(),
                surveyed: 11,
                counts: Counts { pass: 3, fail: 1, unknown: 1, ..Counts::default() },
                verdicts: Digest::of(b"v"),
            },
        ];
        let entries: Vec<Entry> = events
            .into_iter()
            .enumerate()
            .map(|(number, event)| Entry {
                number: number as u64 + 1,
                at: "2026-11-22T02:00:00Z".parse().unwrap(),
                run: "r1".to_owned(),
                event,
                previous: Digest::of(b""),
                digest: Digest::of(b"x"),
            })
            .collect();
        insta::assert_snapshot!(plain(&log(&entries)));
        assert!(plain(&whole(10, &Digest::of(b"x"))).starts_with("the journal is whole: 10 entries"));
    }
}
