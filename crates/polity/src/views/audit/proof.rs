//! A verdict that was come to again: what it stood on, and whether it holds.

use std::collections::BTreeMap;

use polity_engine::audit::evidence::{Proof, TenantVerdicts, Verdicts};
use serde_json::{Value, json};

use super::counts;
use crate::{
    terminal::{ALARM, BOLD, DIM, GREEN, paint},
    views::{clean, count, some_of},
};

/// Version of the JSON form.
pub(crate) const VERSION: &str = "polity.proof/v1";

/// For people.
pub(crate) fn human(proof: &Proof, all: bool) -> String {
    let (number, at) = proof.entry;
    let row = |name: &str, value: &str| format!("  {}  {}\n", paint(DIM, format!("{name:<10}")), clean(value));
    let mut text = format!("{}\n", paint(BOLD, clean(&proof.control)));
    text.push_str(&row(
        "judged",
        &format!("{} as entry {number} of the journal", at.strftime("%Y-%m-%d %H:%M:%S UTC")),
    ));
    text.push_str(&row("by", &proof.evaluator));
    for (platform, actor) in &proof.actors {
        let native = proof.platforms.get(platform).map_or("", String::as_str);
        text.push_str(&row("read by", &format!("{actor} on {platform} ({native})")));
    }
    let replies: u64 = proof.readings.iter().map(|(source, _)| source.replies).sum();
    let bytes: u64 = proof.readings.iter().map(|(source, _)| source.bytes).sum();
    text.push_str(&row(
        "read",
        &format!(
            "{} in {}, {} bytes",
            count(usize::try_from(replies).unwrap_or(usize::MAX), "reply"),
            count(proof.readings.len(), "survey"),
            crate::views::thousands(usize::try_from(bytes).unwrap_or(usize::MAX))
        ),
    ));
    text.push_str(&row("control", proof.text.as_str()));
    text.push_str(&row("manifest", proof.manifest.as_str()));
    if all {
        for (source, rows) in &proof.readings {
            let scope = clean(&source.scope);
            text.push_str(&format!("    {} in {scope}: replies {}, rows {}\n", source.survey, source.digest, rows));
        }
    }
    text.push('\n');
    for (tenant, verdicts) in &proof.recorded.0 {
        text.push_str(&tenant_lines(tenant, verdicts, all));
    }
    text.push('\n');
    if proof.holds() {
        text.push_str(&format!("{}\n", paint(GREEN, "reproduced: the rows that were kept come to the same verdicts")));
    } else {
        text.push_str(&format!("{}\n", paint(ALARM, "not reproduced: the rows that were kept come to other verdicts")));
        for line in differences(&proof.recorded, &proof.again) {
            text.push_str(&format!("  {line}\n"));
        }
    }
    text
}

fn tenant_lines(tenant: &str, verdicts: &TenantVerdicts, all: bool) -> String {
    let name = if tenant.is_empty() { "outside of all tenants" } else { tenant };
    let mut text = format!("  {}: {}\n", clean(name), counts(verdicts.counts));
    for (word, ids) in [("fail", &verdicts.fail), ("unknown", &verdicts.unknown), ("exempt", &verdicts.exempt)] {
        if !ids.is_empty() {
            let ids: Vec<String> = ids.iter().map(|id| clean(id)).collect();
            let most = if all { usize::MAX - 1 } else { 4 };
            text.push_str(&format!("    {word}: {}\n", some_of(&ids, most)));
        }
    }
    text
}

fn differences(recorded: &Verdicts, again: &Verdicts) -> Vec<String> {
    let told = |verdicts: Option<&TenantVerdicts>| {
        verdicts.map_or_else(|| "nothing".to_owned(), |verdicts| counts(verdicts.counts))
    };
    let differs = |(tenant, then): (&String, &TenantVerdicts)| {
        let now = again.0.get(tenant);
        (now != Some(then)).then(|| format!("{}: {} then, {} now", clean(tenant), told(Some(then)), told(now)))
    };
    recorded.0.iter().filter_map(differs).collect()
}

/// For machines.
pub(crate) fn json(proof: &Proof) -> Value {
    let readings: Vec<Value> =
        proof.readings.iter().map(|(source, rows)| json!({"source": source, "rows": rows})).collect();
    let again: BTreeMap<&String, &TenantVerdicts> = proof.again.0.iter().collect();
    json!({
        "version": VERSION,
        "control": proof.control,
        "entry": proof.entry.0,
        "at": proof.entry.1,
        "evaluator": proof.evaluator,
        "platforms": proof.platforms,
        "actors": proof.actors,
        "manifest": proof.manifest,
        "text": proof.text,
        "readings": readings,
        "recorded": proof.recorded,
        "again": again,
        "reproduced": proof.holds(),
    })
}
