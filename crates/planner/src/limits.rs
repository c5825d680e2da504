//! The clouds' own limits: what the plan would lead to, and the peak on the way, added up before anything is written.

use std::collections::BTreeMap;

use polity_model::{
    Map, Value,
    limit::{Limit, Measure},
    plan::Brake,
    schema::Effect,
};

use crate::{
    access::name_of,
    brakes::are,
    compare,
    draft::{Draft, Sketch},
    links::End,
};

/// What happens to one sum.
#[derive(Default)]
struct Sum {
    there: u64,
    added: Vec<usize>,
    taken: u64,
    /// Of those taken off, how many go only after something was added.
    late: u64,
}

impl<'a> Sketch<'a> {
    /// Brakes for limits that this plan would exceed. A limit that is exceeded already, and not by this plan, is not
    /// our business here.
    pub(crate) fn brake_limits(&self) -> Vec<Brake> {
        let mut limits: Vec<&Limit> = self.world.input.limits.iter().collect();
        let rank = |limit: &Limit| format!("{limit:?}");
        limits.sort_by_cached_key(|limit| rank(limit));
        limits.dedup();
        limits.into_iter().flat_map(|limit| self.brake_limit(limit)).collect()
    }

    fn brake_limit(&self, limit: &Limit) -> Vec<Brake> {
        match &limit.measure {
            Measure::CountPer(attribute) => self.brake_count(limit, Some(attribute)),
            Measure::Count => self.brake_count(limit, None),
            Measure::Bytes(attribute) => self.brake_size(limit, attribute, "bytes", |value| match value {
                Value::Text(_) | Value::Map(_) | Value::List(_) => Some(minified(value).len()),
                _ => None,
            }),
            Measure::Characters(attribute) => self
                .brake_size(limit, attribute, "characters", |value| value.as_text().map(|text| text.chars().count())),
            Measure::Items(attribute) => {
                self.brake_size(limit, attribute, "items", |value| value.as_list().map(<[Value]>::len))
            }
        }
    }

    fn brake_count(&self, limit: &Limit, per: Option<&str>) -> Vec<Brake> {
        let mut sums: BTreeMap<Option<End>, Sum> = BTreeMap::new();
        let mut attaches = false;
        let group = |attributes: &Map| match per {
            Some(attribute) => self.end(&limit.platform, attributes.get(attribute)?).map(Some),
            None => Some(None),
        };
        let mine = |platform: &str, kind: &str| platform == limit.platform && kind == limit.kind;
        for seen in self.world.observed.iter().filter(|seen| mine(seen.platform, &seen.object.kind)) {
            attaches |= matches!(seen.schema.effect, Effect::Attaches { .. });
            if let Some(group) = group(&seen.object.attributes).filter(|_| counts(limit, &seen.object.attributes)) {
                sums.entry(group).or_default().there += 1;
            }
        }
        for (number, draft) in self.drafts.iter().enumerate() {
            let change = &draft.change;
            if !mine(&change.address.platform, draft.schema.kind) {
                continue;
            }
            attaches |= matches!(draft.schema.effect, Effect::Attaches { .. });
            let (before, after) = (group(&change.before), group(&change.after));
            let before = before.filter(|_| draft.observed.is_some() && !draft.makes() && counts(limit, &change.before));
            let after = after.filter(|_| !draft.ends() && !change.after.is_empty() && counts(limit, &change.after));
            if before == after || (after.is_none() && !draft.ends()) {
                continue;
            }
            if let Some(group) = before {
                let sum = sums.entry(group).or_default();
                sum.taken += 1;
                sum.late += u64::from(attaches || draft.replaced);
            }
            if let Some(group) = after {
                sums.entry(group).or_default().added.push(number);
            }
        }
        sums.into_iter().filter_map(|(group, sum)| self.brake_sum(limit, group.as_ref(), &sum, attaches)).collect()
    }

    fn brake_sum(&self, limit: &Limit, group: Option<&End>, sum: &Sum, attaches: bool) -> Option<Brake> {
        let added = u64::try_from(sum.added.len()).unwrap_or(u64::MAX);
        let end = (sum.there + added).saturating_sub(sum.taken);
        let peak = end + sum.late;
        if added == 0 || peak <= limit.max {
            return None;
        }
        let thing = limit.what.split(" per ").next().unwrap_or(&limit.what);
        let verb = if attaches { "attached to" } else { "in" };
        let place = match group {
            Some(group) => format!("would be {verb} `{}`", self.place_name(group, &sum.added)),
            None => format!("would be in `{}`", limit.platform),
        };
        let parts = format!("{} there, {} added, {} taken off", digits(sum.there), digits(added), digits(sum.taken));
        let allowed = format!("{} {} allowed", digits(limit.max), are(limit.max));
        let (message, help) = if end > limit.max {
            let help = format!("merge some of them into one, or spread them over the levels; see {}", limit.source);
            (format!("{} {thing} {place}: {parts}; {allowed}", digits(end)), help)
        } else {
            // What comes is there before what goes, so that nothing is unprotected in between.
            let help = "apply in two steps: take off what goes, apply, then add what comes".to_owned();
            let for_a_moment = "for a moment, because new ones come before old ones go";
            (format!("{} {thing} {place} {for_a_moment}: {parts}; {allowed}", digits(peak)), help)
        };
        Some(Brake { name: "limit".to_owned(), message, help, by: self.addresses(&sum.added) })
    }

    /// What people call the place: the end of an address `what@place` says it best.
    fn place_name(&self, group: &End, added: &[usize]) -> String {
        let drafts = added.iter().filter_map(|number| self.drafts.get(*number));
        let named = drafts.filter(|draft| matches!(draft.schema.effect, Effect::Attaches { .. }));
        let mut names = named.filter_map(|draft| draft.change.address.name.rsplit_once('@'));
        names.next().map_or_else(|| name_of(self, group), |(_, place)| place.to_owned())
    }

    fn brake_size(
        &self,
        limit: &Limit,
        attribute: &str,
        unit: &str,
        measure: impl Fn(&Value) -> Option<usize>,
    ) -> Vec<Brake> {
        let touched = |draft: &&Draft<'_>| {
            let change = &draft.change;
            change.address.platform == limit.platform
                && draft.schema.kind == limit.kind
                && !draft.ends()
                && (draft.makes() || change.diff.iter().any(|difference| difference.attribute == attribute))
                && counts(limit, &change.after)
        };
        let mut brakes = Vec::new();
        for draft in self.drafts.iter().filter(touched) {
            let size = draft.change.after.get(attribute).and_then(&measure);
            let Some(size) = size.and_then(|size| u64::try_from(size).ok()).filter(|size| *size > limit.max) else {
                continue;
            };
            brakes.push(Brake {
                name: "limit".to_owned(),
                message: format!(
                    "`{attribute}` of `{}` would be {} {unit}: {} too many; {} {} allowed",
                    draft.change.address,
                    digits(size),
                    digits(size - limit.max),
                    digits(limit.max),
                    are(limit.max)
                ),
                help: format!("shorten it or split it in two ({}); see {}", limit.what, limit.source),
                by: vec![draft.change.address.clone()],
            });
        }
        brakes
    }
}

fn counts(limit: &Limit, attributes: &Map) -> bool {
    limit.only.as_ref().is_none_or(|(attribute, text)| {
        attributes.get(attribute).and_then(Value::as_text).is_some_and(|there| there == text)
    })
}

/// A document without blanks, as clouds are sent it; other text as it is.
fn minified(value: &Value) -> String {
    match compare::document(value) {
        Value::Text(text) => text,
        document => document.to_json().to_string(),
    }
}

/// `10240` as `10,240`.
fn digits(number: u64) -> String {
    let plain = number.to_string();
    let mut text = String::with_capacity(plain.len() + plain.len() / 3);
    for (place, digit) in plain.chars().enumerate() {
        if place > 0 && (plain.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 10_240, 1_234_567].map(digits), ["0", "999", "1,000", "10,240", "1,234,567"]);
    }

    #[test]
    fn documents_are_measured_without_blanks() {
        assert_eq!(minified(&Value::text("{ \"a\": [1, 2] }")), r#"{"a":[1,2]}"#);
        assert_eq!(minified(&Value::text("plain words")), "plain words");
    }
}
