//! What each platform type makes of the manifest's nouns and fields: exact, approximated, or not expressible.

use std::{collections::BTreeMap, fmt::Write as _};

use polity_manifest::{Answer, Coverage, Row};
use polity_model::coverage::{Covered, Extent};
use serde_json::{Value, json};

use super::{count, some_of};
use crate::terminal::{BOLD, DIM, GREEN, RED, YELLOW, paint};

/// Platform types by name, with their titles.
pub(crate) type Types = BTreeMap<String, String>;

/// The rows on which a platform is asked. What is answered by the answer to what it lies within is left out: the table
/// then says it once.
fn asked<'c>(coverage: &'c Coverage, types: &Types) -> Vec<&'c Row> {
    let answers = |row: &Row| -> Vec<Option<&'static str>> {
        types.keys().map(|name| row.of(name).map(|answer| answer.field)).collect()
    };
    let above = |row: &Row| above(coverage, row).filter(|above| !answers(above).contains(&None));
    let asked = coverage.rows.iter().filter(|row| matches!(row.answer, Answer::Platforms(_)));
    asked.filter(|row| above(row).is_none_or(|above| answers(above) != answers(row))).collect()
}

/// The row that another one lies within.
fn above<'c>(coverage: &'c Coverage, row: &Row) -> Option<&'c Row> {
    let (above, _) = row.field.rsplit_once('.')?;
    coverage.rows.iter().find(|other| other.field == above)
}

/// The fields that Polity keeps by itself.
fn by_polity(coverage: &Coverage) -> Vec<(&str, &'static str)> {
    let own = coverage.rows.iter().filter_map(|row| match row.answer {
        Answer::Polity(says) => Some((row.field.as_str(), says)),
        Answer::Platforms(_) => None,
    });
    let own: Vec<(&str, &'static str)> = own.collect();
    let within = |field: &str, says| {
        field
            .rsplit_once('.')
            .is_some_and(|(above, _)| own.iter().any(|(other, told)| *other == above && *told == says))
    };
    own.iter().copied().filter(|(field, says)| !within(field, *says)).collect()
}

/// `40 exact, 3 approximated, 2 not expressible`.
fn sum<'a>(answers: impl Iterator<Item = &'a Covered>) -> String {
    let mut counts: BTreeMap<Extent, usize> = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer.extent).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(extent, number)| format!("{number} {}", extent.word())).collect();
    counts.join(", ")
}

/// For a person.
pub(crate) fn human(coverage: &Coverage, types: &Types) -> String {
    let mut text = String::new();
    for (name, title) in types {
        let only = Types::from([(name.clone(), title.clone())]);
        let rows: Vec<(&Row, &Covered)> =
            asked(coverage, &only).into_iter().filter_map(|row| Some((row, row.of(name)?))).collect();
        let widest = rows.iter().map(|(row, _)| row.field.len()).max().unwrap_or_default();
        let _ = writeln!(text, "{}", paint(BOLD, format!("the manifest on {name} ({title})")));
        for (row, answer) in &rows {
            let style = match answer.extent {
                Extent::Exact => GREEN,
                Extent::Approximated => YELLOW,
                Extent::NotExpressible => RED,
            };
            let word = paint(style, format!("{:<15}", answer.extent.word()));
            let _ = writeln!(text, "{:<widest$}  {word}  {}", row.field, paint(DIM, answer.says));
        }
        let answers = rows.iter().map(|(_, answer)| *answer);
        let _ = writeln!(text, "\n{} on {name}: {}\n", count(rows.len(), "answer"), sum(answers));
    }
    let own: Vec<&str> = by_polity(coverage).into_iter().map(|(field, _)| field).collect();
    let _ = writeln!(text, "kept by Polity itself, alike on every platform: {}", some_of(&own, own.len()));
    text
}

/// For a machine: every noun and field, none left out.
pub(crate) fn json(coverage: &Coverage, types: &Types) -> Value {
    let row = |row: &Row| match &row.answer {
        Answer::Polity(says) => json!({"field": row.field, "polity": says}),
        Answer::Platforms(_) => {
            let answer = |name: &String| {
                let answer = row.of(name)?;
                let mut told = json!({"extent": answer.extent, "says": answer.says});
                if let Some(told) = told.as_object_mut().filter(|_| !answer.instead.is_empty()) {
                    told.insert("instead".to_owned(), json!(answer.instead));
                }
                Some((name.clone(), told))
            };
            let platforms: BTreeMap<String, Value> = types.keys().filter_map(answer).collect();
            json!({"field": row.field, "platforms": platforms})
        }
    };
    Value::Array(coverage.rows.iter().map(row).collect())
}

const INTRODUCTION: &str = "\
# What the manifest becomes

Made by `polity coverage manifest -o markdown`. For every noun and field of the [language](language.md) and every platform type: whether
it is expressed exactly, approximated, or not expressible. What stands within a field and is not named here is as that field is.

What is written and cannot be expressed on any platform that it reaches is an error of `polity check`; where another platform that it reaches
can express it, it is a warning. Texts that only speak to people (titles, descriptions) are warned about at most.
";

/// For a page.
pub(crate) fn markdown(coverage: &Coverage, types: &Types) -> String {
    let mut text = INTRODUCTION.to_owned();
    let rows = asked(coverage, types);
    let names: Vec<&str> = types.keys().map(String::as_str).collect();
    let _ = writeln!(text, "\n## By platform type\n");
    for (name, title) in types {
        let only = Types::from([(name.clone(), title.clone())]);
        let own = asked(coverage, &only).into_iter().filter_map(|row| row.of(name));
        let _ = writeln!(text, "- `{name}` ({title}): {}", sum(own));
    }
    let _ = writeln!(text, "\n| noun or field | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len()));
    for row in rows {
        let above = above(coverage, row);
        let cells = types.keys().map(|name| match row.of(name) {
            Some(answer) if above.and_then(|above| above.of(name)).is_some_and(|above| above.field == answer.field) => {
                format!("{}, as above", answer.extent.word())
            }
            Some(answer) => format!("{}: {}", answer.extent.word(), answer.says.replace('|', "\\|")),
            None => "not answered".to_owned(),
        });
        let _ = writeln!(text, "| `{}` | {} |", row.field, cells.collect::<Vec<_>>().join(" | "));
    }
    let _ = writeln!(
        text,
        "\n## Kept by Polity itself, alike on every platform\n\n| noun or field | what for |\n|---|---|"
    );
    for (field, says) in by_polity(coverage) {
        let _ = writeln!(text, "| `{field}` | {says} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use polity_model::vocabulary::{PlatformType, Vocabulary};

    use super::*;
    use crate::views::plain;

    fn coverage() -> Coverage {
        let of = |title, coverage| PlatformType { title, coverage, ..PlatformType::default() };
        let nimbus = vec![
            Covered::exact("tenant", "an account"),
            Covered::approximated("tenant.budget", "it tells, and stops nothing"),
            Covered::exact("*.quota", "limits of the account"),
            Covered::not_expressible("tenant.quota.pods", "it has no pods", "limit `instances` instead"),
        ];
        let cirrus = vec![
            Covered::exact("tenant", "a room | space"),
            Covered::not_expressible("tenant.budget", "it sends no bill", "remove it"),
            Covered::exact("*.quota", "quotas"),
            Covered::exact("tenant.quota.pods", "pods"),
        ];
        let types = [("nimbus".to_owned(), of("Nimbus", nimbus)), ("cirrus".to_owned(), of("Cirrus", cirrus))];
        polity_manifest::coverage(&Vocabulary { types: types.into() })
    }

    fn types() -> Types {
        [("nimbus", "Nimbus"), ("cirrus", "Cirrus")].map(|(name, title)| (name.to_owned(), title.to_owned())).into()
    }

    #[test]
    fn for_a_person() {
        insta::assert_snapshot!(plain(&human(&coverage(), &types())));
    }

    #[test]
    fn a_page_has_a_column_for_each_type_and_says_everything_once() {
        let page = markdown(&coverage(), &types());
        for line in [
            "- `nimbus` (Nimbus): 3 exact, 1 approximated, 1 not expressible",
            "| noun or field | cirrus | nimbus |",
            "| `tenant` | exact: a room \\| space | exact: an account |",
            "| `tenant.budget` | not expressible: it sends no bill | approximated: it tells, and stops nothing |",
            "| `tenant.quota.pods` | exact: pods | not expressible: it has no pods |",
            "| `tenant.email` | not answered | not answered |",
            "| `organization.brakes` | limits that stop a plan before anything is written |",
        ] {
            assert!(page.lines().any(|written| written == line), "{line}\n{page}");
        }
        for within in ["tenant.budget.monthly", "tenant.quota.cpu", "organization.brakes.removals"] {
            assert!(!page.contains(&format!("`{within}`")), "{within} is as what it lies within");
        }
    }

    #[test]
    fn a_machine_is_told_of_every_field() {
        let rows = json(&coverage(), &types());
        let of = |field: &str| rows.as_array().unwrap().iter().find(|row| row["field"] == field).unwrap().clone();
        assert_eq!(
            of("tenant.budget.alert_at"),
            json!({"field": "tenant.budget.alert_at", "platforms": {
                "cirrus": {"extent": "not-expressible", "says": "it sends no bill", "instead": "remove it"},
                "nimbus": {"extent": "approximated", "says": "it tells, and stops nothing"},
            }})
        );
        assert_eq!(of("platform.mode")["polity"], "what is done about objects that the manifest does not name");
        assert_eq!(rows.as_array().unwrap().len(), coverage().rows.len());
    }
}
