//! A served sandbox as people watch it: how to reach it, each call as it comes, and what it was in sum.

use std::collections::BTreeMap;

use polity_sandbox::{
    Access, Entry,
    openstack::{ADMIN, PASSWORD},
};

use super::{clean, count, cut, thousands};
use crate::terminal::{ALARM, BOLD, DIM, GREEN, MAGENTA, RED, YELLOW, paint};

/// How to reach it: the lines that a shell takes.
pub(crate) fn welcome(endpoint: &str, management: &str, notes: &[String]) -> String {
    let mut text = format!("{} {endpoint}\n", paint(BOLD, "the sandbox answers at"));
    for note in notes {
        text.push_str(&format!("  {note}\n"));
    }
    text.push_str(&format!(
        "\n  {aws}\n  export AWS_ENDPOINT_URL={endpoint}\n  export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox\n  \
         export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1\n\n  \
         {openstack}\n  export OS_AUTH_URL={endpoint}/identity/v3 OS_IDENTITY_API_VERSION=3\n  \
         export OS_USERNAME={ADMIN} OS_PASSWORD={PASSWORD} OS_PROJECT_NAME={ADMIN}\n  \
         export OS_USER_DOMAIN_NAME=Default OS_PROJECT_DOMAIN_NAME=Default\n\n  \
         {kubernetes}\n  curl -so sandbox.kubeconfig {endpoint}/_polity/kubeconfig\n  \
         export KUBECONFIG=$PWD/sandbox.kubeconfig\n\n\
         a manifest may have a platform of each of these types, or of some; stop with Ctrl-C\n",
        aws = paint(DIM, format!("# AWS, as the management account {management}")),
        openstack = paint(DIM, "# OpenStack, as the administrator of its Keystone"),
        kubernetes = paint(DIM, "# Kubernetes, as whoever set the cluster up"),
    ));
    text
}

/// One line of the log.
pub(crate) fn line(entry: &Entry) -> String {
    let time = paint(DIM, entry.at.strftime("%H:%M:%S%.3f"));
    let what = format!("{}:{}", entry.service, clean(&entry.operation));
    if let Some(hand) = &entry.hand {
        let end = match &entry.error {
            None => paint(GREEN, "done"),
            Some(why) => paint(ALARM, format!("came to nothing: {}", clean(why))),
        };
        let whose = paint(MAGENTA, format!("by hand of {}", clean(hand)));
        return format!("{time}         {:>12}  {what}  {whose}  {end}", clean(&entry.place));
    }
    let number = format!("#{}", entry.number);
    let what = format!("{what:<52}");
    let what = if entry.access == Access::Write { paint(BOLD, what) } else { what };
    format!("{time} {number:>7} {:>12}  {what} {}", clean(&entry.place), ending(entry))
}

/// How a call ended, and what the scenario had to do with it.
fn ending(entry: &Entry) -> String {
    let mut text = match (entry.status, &entry.error) {
        (0, _) => paint(RED, "no answer"),
        (status, None) => paint(if status < 400 { GREEN } else { RED }, status),
        (status, Some(error)) => paint(if status < 500 { YELLOW } else { RED }, format!("{status} {}", clean(error))),
    };
    if !entry.faults.is_empty() {
        let faults: Vec<&str> = entry.faults.iter().copied().filter(|fault| *fault != "latency").collect();
        if !faults.is_empty() {
            text.push_str(&format!("  {}", paint(MAGENTA, faults.join(" + "))));
        }
    }
    if !entry.late.is_zero() {
        text.push_str(&paint(DIM, format!("  +{} ms", entry.late.as_millis())));
    }
    text
}

/// What was asked of a sandbox, in sum.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    operations: BTreeMap<String, Row>,
    hands: usize,
    lost_hands: usize,
}

#[derive(Debug, Default)]
struct Row {
    calls: usize,
    refused: usize,
    faults: usize,
}

impl Tally {
    /// Counts one entry of the log.
    pub(crate) fn note(&mut self, entry: &Entry) {
        if entry.hand.is_some() {
            self.hands += 1;
            self.lost_hands += usize::from(entry.error.is_some());
            return;
        }
        let row = self.operations.entry(format!("{}:{}", entry.service, entry.operation)).or_default();
        row.calls += 1;
        row.refused += usize::from(entry.status == 0 || entry.status >= 400);
        row.faults += usize::from(!entry.faults.is_empty());
    }

    /// A table, the most called operation first.
    pub(crate) fn shown(&self) -> String {
        let mut rows: Vec<_> = self.operations.iter().collect();
        rows.sort_by(|a, b| b.1.calls.cmp(&a.1.calls).then(a.0.cmp(b.0)));
        let name = |name: &str| clean(&cut(name, 60));
        let widest = rows.iter().map(|(shown, _)| name(shown).chars().count()).max().unwrap_or(0).max(9);
        let mut text = String::new();
        if !rows.is_empty() {
            text.push_str(&paint(BOLD, format!("{:<widest$}   calls  refused  faults", "operation")));
            text.push('\n');
        }
        for (shown, row) in &rows {
            let (calls, refused, faults) = (thousands(row.calls), thousands(row.refused), thousands(row.faults));
            text.push_str(&format!("{:<widest$}  {calls:>6}  {refused:>7}  {faults:>6}\n", name(shown)));
        }
        let sum = |of: fn(&Row) -> usize| self.operations.values().map(of).sum::<usize>();
        let (calls, refused, faults) = (sum(|row| row.calls), sum(|row| row.refused), sum(|row| row.faults));
        text.push_str(&format!("{}, {} refused or lost", count(calls, "call"), thousands(refused)));
        if faults > 0 {
            text.push_str(&format!("; the scenario had a hand in {}", thousands(faults)));
        }
        if self.hands > 0 {
            text.push_str(&format!("; {} by hand", count(self.hands, "change")));
        }
        if self.lost_hands > 0 {
            text.push_str(&format!(", {} of them in vain", thousands(self.lost_hands)));
        }
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::views::plain;

    fn entry(number: u64, operation: &str, access: Access, status: u16, error: Option<&str>) -> Entry {
        Entry {
            number,
            at: "2026-06-01T08:00:00.25Z".parse().unwrap(),
            service: "organizations",
            operation: operation.to_owned(),
            access,
            place: "111111111111".to_owned(),
            region: "us-east-1".to_owned(),
            status,
            error: error.map(str::to_owned),
            faults: Vec::new(),
            late: Duration::ZERO,
            hand: None,
        }
    }

    fn entries() -> Vec<Entry> {
        let good = entry(1, "ListRoots", Access::Read, 200, None);
        let mut late = entry(2, "CreatePolicy", Access::Write, 400, Some("TooManyRequestsException"));
        late.faults = vec!["documented_rates", "latency"];
        late.late = Duration::from_millis(120);
        let mut lost = entry(3, "CreatePolicy", Access::Write, 0, None);
        lost.faults = vec!["cut_after"];
        let mut hand = entry(0, "DetachPolicy", Access::Write, 0, Some("`${policy:X}` names nothing:\n none"));
        hand.hand = Some("mallory".to_owned());
        vec![good, late, lost, hand]
    }

    #[test]
    fn the_log_tells_what_was_asked_and_how_it_ended() {
        let lines: Vec<String> = entries().iter().map(|entry| plain(&line(entry))).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn the_sum_counts_calls_refusals_faults_and_hands() {
        let mut tally = Tally::default();
        entries().iter().for_each(|entry| tally.note(entry));
        insta::assert_snapshot!(plain(&tally.shown()));
        assert_eq!(plain(&Tally::default().shown()), "0 calls, 0 refused or lost\n");
    }
}
