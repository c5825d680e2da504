//! Does every reference lead to a document, to one only, and to one that lives?

use polity_model::{Diagnostic, Origin};

use crate::{
    check::{Written, did_you_mean, spoken},
    syntax::{Declared, Draft, NOUNS},
};

/// So many unknown names get a suggestion; more of them have one cause, and a search for each would take minutes.
const SUGGESTIONS: usize = 50;

pub(super) fn check(draft: &Draft, references: &[Written], complete: bool, diagnostics: &mut Vec<Diagnostic>) {
    let mut unknown = 0;
    for written in references {
        let nouns: &[&'static str] = match &written.noun {
            Some(noun) => std::slice::from_ref(noun),
            None => written.nouns,
        };
        let found: Vec<(&'static str, &Declared)> =
            nouns.iter().filter_map(|noun| Some((*noun, draft.find(noun, &written.name)?))).collect();
        match found.as_slice() {
            [] if complete => {
                unknown += 1;
                diagnostics.push(unknown_name(draft, nouns, &written.name, &written.origin, unknown <= SUGGESTIONS));
            }
            [] => {}
            [(noun, declared)] => {
                if declared.retired {
                    diagnostics.push(retired(written, noun, declared));
                }
            }
            several => diagnostics.push(ambiguous(written, several)),
        }
    }
    for (name, origin) in &draft.platform_names {
        if complete && draft.find("platform", name).is_none() {
            diagnostics.push(unknown_name(draft, &["platform"], name, origin, true));
        }
    }
}

fn unknown_name(draft: &Draft, nouns: &[&'static str], name: &str, origin: &Origin, suggest: bool) -> Diagnostic {
    let called: Vec<&str> = nouns.iter().map(|noun| spoken(noun)).collect();
    let called = called.join(" or ");
    let names_of =
        |noun: &&'static str| draft.declared.get(noun).into_iter().flat_map(|names| names.keys().map(String::as_str));
    let meant = suggest.then(|| did_you_mean(name, nouns.iter().flat_map(names_of))).flatten();
    let elsewhere = NOUNS.iter().find(|noun| !nouns.contains(noun) && draft.find(noun, name).is_some());
    let help = match (meant, elsewhere) {
        (Some(meant), _) => format!("did you mean `{meant}`?"),
        (None, Some(noun)) => format!("`{name}` is the name of a {}, which cannot stand here", spoken(noun)),
        (None, None) => match nouns {
            ["tenant"] => "tenants are declared in the `tenants:` of a project".to_owned(),
            nouns => format!("declare it: `kind: {}`, `name: {name}`", nouns.first().copied().unwrap_or_default()),
        },
    };
    Diagnostic::error("unknown-reference", origin, format!("there is no {called} `{name}`")).help(help)
}

fn ambiguous(written: &Written, found: &[(&'static str, &Declared)]) -> Diagnostic {
    let name = &written.name;
    let nouns: Vec<String> = found.iter().map(|(noun, _)| format!("`{noun}/{name}`")).collect();
    let message = format!("`{name}` may mean several documents here");
    let diagnostic = Diagnostic::error("ambiguous-reference", &written.origin, message)
        .help(format!("write {}", nouns.join(" or ")));
    found.iter().fold(diagnostic, |diagnostic, (noun, declared)| {
        diagnostic.related(&declared.origin, format!("the {} `{name}`", spoken(noun)))
    })
}

/// A retired person or team in a team has no effect, and may stay until its text goes too; elsewhere it cannot hold.
fn retired(written: &Written, noun: &'static str, declared: &Declared) -> Diagnostic {
    let message = format!("the {} `{}` is retired", spoken(noun), written.name);
    let diagnostic = if written.may_be_retired {
        Diagnostic::warning("retired-reference", &written.origin, message)
    } else {
        Diagnostic::error("retired-reference", &written.origin, message)
    };
    diagnostic.related(&declared.origin, "retired here").help("remove the reference, or name another one")
}
