//! A control to begin with: right as it stands, with cases, and with what its facet knows in comments. Pure.

use std::fmt::Write as _;

use polity_model::facet::{Facet, Field, Type};

/// The document.
pub(crate) fn control(name: &str, facet: &Facet) -> String {
    let (assertion, pass, fail) = question(facet);
    let mut text = format!(
        "# A control of our own. How assertions are written is told in docs/controls-language.md.\n\
         # After each change: polity control test {name}\n\
         kind: control\nname: {name}\n\
         # A few words.\n\
         title: {title}\n\
         # What an auditor reads: one sentence in plain words.\n\
         statement: {title}, and this sentence says why that matters.\n\
         rationale: Write down what goes wrong without it.\n\
         # low, medium, high or critical\n\
         severity: medium\n\
         # basic, standard or advanced: when to have it\n\
         stage: standard\n\
         # Parameters may differ from place to place; below they are tightened, never weakened.\n\
         # params:\n\
         #   max_days: {{type: int, default: 90, min: 1, max: 365, stricter: less}}\n\
         # What prevents, by platform type; where a platform cannot: `impossible: the reason`.\n\
         # prevent:\n\
         #   type: {{impossible: nothing stops it there}}\n\
         detect:\n  on: {facet}\n",
        title = sentence(facet),
        facet = facet.name,
    );
    text.push_str("  # What may be asked of `resource`:\n");
    for field in &facet.fields {
        let absent = if field.optional { ", may be absent: ask `has()` first" } else { "" };
        let _ = writeln!(text, "  #   {}: {}{absent}. {}", field.name, called(&field.ty), field.doc);
    }
    let _ = write!(
        text,
        "  # when: \"'env' in resource.tags && resource.tags.env == 'prod'\"   # which of them are asked at all\n  \
         assert: \"{assertion}\"\n\
         # Requirements that it helps to meet: `framework/id`; `kind: framework` writes down your own.\n\
         # satisfies: [nist-800-53/AC-3]\n\
         # Its own cases: they run whenever the control is loaded. What is not written is unknown, `null` is absent.\n\
         cases:\n  - {{pass: {{{pass}}}}}\n  - {{fail: {{{fail}}}}}\n  - {{unknown: {{}}}}\n"
    );
    text
}

/// A first assertion, with the fields of a resource that passes and of one that fails.
fn question(facet: &Facet) -> (String, String, String) {
    let plain = |field: &&Field| field.ty == Type::Bool && !field.optional;
    match facet.fields.iter().find(plain) {
        Some(field) => {
            // To be open to everybody is the one flag that nobody wants.
            let (not, good) = if field.name == "public" { ("!", false) } else { ("", true) };
            let with = |value: bool| format!("{}: {value}", field.name);
            (format!("{not}resource.{}", field.name), with(good), with(!good))
        }
        // Every facet has tags; one without a flag is asked for those.
        None => ("'owner' in resource.tags".to_owned(), "tags: {owner: ada}".to_owned(), "tags: {}".to_owned()),
    }
}

fn sentence(facet: &Facet) -> String {
    let mut letters = facet.title.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(" are as we want them".chars()).collect()
}

fn called(ty: &Type) -> String {
    ty.called().to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use polity_controls::control;
    use polity_manifest::File;
    use polity_model::facet;

    use super::*;

    #[test]
    fn a_sketch_of_every_facet_is_a_control_whose_cases_hold() {
        for facet in facet::all() {
            let file = File { path: "x.yaml".to_owned(), bytes: control("our-own", facet).into_bytes() };
            let (documents, diagnostics) = polity_manifest::documents(&file);
            assert_eq!(diagnostics, [], "{}", facet.name);
            let (control, diagnostics) = control::read(documents.first().unwrap());
            assert_eq!(diagnostics, [], "{}", facet.name);
            assert_eq!(control.unwrap().cases.len(), 3);
        }
    }

    #[test]
    fn a_sketch_reads_well() {
        insta::assert_snapshot!(control("our-stores", facet::find("volume").unwrap()));
    }
}
