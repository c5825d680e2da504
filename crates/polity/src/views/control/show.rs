//! One control whole.

use polity_controls::{
    control::{Control, Param, ParamType, Prevent, Stricter},
    rules::{Rule, Rules},
};
use polity_model::organization::Place;
use serde_json::{Value, json};

use super::{VERSION, domain, is_own, list::rule_json, params, severity, stage};
use crate::{
    terminal::{BOLD, DIM, paint},
    views::clean,
};

/// Where a control begins or is tightened: the place itself, and how it holds there.
fn places<'r>(control: &Control, rules: &'r Rules) -> Vec<(&'r Place, &'r Rule)> {
    let own = |(place, all): (&'r Place, &'r [Rule])| {
        let rule = all.iter().find(|rule| rule.control.name == control.name && rule.place == *place)?;
        Some((place, rule))
    };
    rules.places().filter_map(own).collect()
}

/// For a person.
pub(crate) fn human(control: &Control, rules: &Rules) -> String {
    let mut page = Page { text: String::new() };
    let kind = format!("{} severity, {}, {}", severity(control.severity), stage(control.stage), domain(control));
    page.line(&format!("{}  {}", paint(BOLD, &control.name), paint(DIM, kind)));
    page.line(&clean(&control.title));
    page.part("statement", [clean(&control.statement)]);
    page.part("why", control.rationale.iter().map(|text| clean(text)));
    page.part(
        "asks",
        control.detect.iter().flat_map(|detect| {
            let when = detect.when.iter().map(|when| format!("  when {}", clean(when.text())));
            [format!("of {}: {}", detect.on.title, clean(detect.assert.text()))].into_iter().chain(when)
        }),
    );
    page.part("parameters", control.params.iter().map(|(name, param)| format!("{name}: {}", param_text(param))));
    page.part(
        "prevents",
        control.prevent.iter().map(|(platform, prevent)| match prevent {
            Prevent::Native(written) => format!("{platform}: {}", compact(&written.value())),
            Prevent::Impossible { reason } => format!("{platform}: impossible: {}", clean(reason)),
        }),
    );
    page.part("corrects", control.correct.iter().map(|(platform, native)| format!("{platform}: {}", compact(native))));
    page.part("satisfies", control.satisfies.iter().map(|line| format!("{}/{}", line.framework, line.id)));
    page.part("attached", places(control, rules).into_iter().map(|(place, rule)| attached(place, rule)));
    let mut exemptions: Vec<String> = rules
        .places()
        .flat_map(|(_, rules)| rules)
        .filter(|rule| rule.control.name == control.name)
        .flat_map(|rule| &rule.exemptions)
        .map(|it| clean(&format!("{} until {}, {}: {}", it.name, it.until, it.owner.name, it.reason)))
        .collect();
    exemptions.sort();
    exemptions.dedup();
    page.part("exempt", exemptions);
    page.part("written in", [control.origin.to_string()]);
    page.text
}

struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A heading and its lines; nothing where there are none.
    fn part(&mut self, heading: &str, lines: impl IntoIterator<Item = String>) {
        for (index, line) in lines.into_iter().enumerate() {
            if index == 0 {
                self.line(&format!("\n{}", paint(BOLD, heading)));
            }
            self.line(&format!("  {line}"));
        }
    }
}

fn attached(place: &Place, rule: &Rule) -> String {
    let with = params(&rule.params);
    let with = if with.is_empty() { with } else { format!(" ({with})") };
    let baseline = rule.attached.iter().rev().find(|source| source.place == *place);
    let baseline = baseline.and_then(|source| source.baseline.as_deref());
    let by = baseline.map_or_else(String::new, |name| format!(", by the baseline `{name}`"));
    clean(&format!("{place}: {}{with}{by}, {}", rule.enforce.word(), rule.origin))
}

/// `a whole number, 90 unless given, 1 to 365, the less the stricter`.
fn param_text(param: &Param) -> String {
    let mut words = vec![type_word(param.ty).to_owned()];
    words.push(param.default.as_ref().map_or_else(|| "needed".to_owned(), |value| format!("{value} unless given")));
    words.extend(match (&param.min, &param.max) {
        (Some(min), Some(max)) => Some(format!("{min} to {max}")),
        (Some(min), None) => Some(format!("at least {min}")),
        (None, Some(max)) => Some(format!("at most {max}")),
        (None, None) => None,
    });
    if !param.one_of.is_empty() {
        words.push(format!("one of {}", param.one_of.join(", ")));
    }
    words.push(match param.stricter {
        Some(Stricter::Less) => "the less the stricter".to_owned(),
        Some(Stricter::More) => "the more the stricter".to_owned(),
        None => "not to be changed below".to_owned(),
    });
    let doc = param.doc.as_deref().map_or_else(String::new, |doc| format!("; {doc}"));
    clean(&format!("{}{doc}", words.join(", ")))
}

fn type_word(ty: ParamType) -> &'static str {
    match ty {
        ParamType::Bool => "true or false",
        ParamType::Int => "a whole number",
        ParamType::Double => "a number",
        ParamType::Text => "text",
        ParamType::Duration => "a length of time",
        ParamType::Texts => "a list of texts",
        ParamType::Ints => "a list of whole numbers",
    }
}

fn compact(native: &polity_model::Value) -> String {
    clean(&native.to_json().to_string())
}

/// For a machine.
pub(crate) fn json(control: &Control, rules: &Rules) -> Value {
    let prevent = control.prevent.iter().map(|(platform, prevent)| {
        let value = match prevent {
            Prevent::Native(written) => json!({"native": written.value().to_json()}),
            Prevent::Impossible { reason } => json!({"impossible": reason}),
        };
        (platform.clone(), value)
    });
    let params = control.params.iter().map(|(name, param)| {
        let value = json!({
            "type": type_word(param.ty),
            "default": param.default.as_ref().map(|value| value.to_native().to_json()),
            "doc": param.doc,
        });
        (name.clone(), value)
    });
    let attached = places(control, rules).into_iter().map(|(_, rule)| Value::Object(rule_json(rule)));
    json!({
        "version": VERSION,
        "name": control.name,
        "title": control.title,
        "statement": control.statement,
        "rationale": control.rationale,
        "severity": severity(control.severity),
        "stage": stage(control.stage),
        "domain": domain(control),
        "own": is_own(control),
        "params": params.collect::<serde_json::Map<_, _>>(),
        "detect": control.detect.iter().map(|detect| json!({
            "on": detect.on.name,
            "when": detect.when.as_ref().map(|when| when.text()),
            "assert": detect.assert.text(),
        })).collect::<Vec<_>>(),
        "prevent": prevent.collect::<serde_json::Map<_, _>>(),
        "correct": control.correct.iter().map(|(platform, native)| (platform.clone(), native.to_json()))
            .collect::<serde_json::Map<_, _>>(),
        "satisfies": control.satisfies.iter().map(|line| format!("{}/{}", line.framework, line.id)).collect::<Vec<_>>(),
        "cases": control.cases.len(),
        "attached": attached.collect::<Vec<_>>(),
        "origin": control.origin.to_string(),
    })
}
