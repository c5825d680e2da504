//! What is said where places ask for different things: both places are named, always.

use polity_model::{
    Diagnostic, Origin,
    organization::{Correct, Enforce, Place},
};

use super::{
    attach::Given,
    held::{Held, Setting},
};
use crate::control::{Control, Param};

/// How to deviate from what cannot be weakened.
fn exemption(control: &Control) -> String {
    format!(
        "ask for as much or more here; to accept a deviation for a time, write an exemption: \
         `kind: exemption`, `controls: [{}]`, with owner, reason and `until`",
        control.name
    )
}

/// A place below asks for less than one above.
pub(super) fn param(control: &Control, name: &str, param: &Param, here: &Setting, above: &Setting) -> Diagnostic {
    let message = format!(
        "`{name}` of `{}` is weakened: {} asks for {}, here it is {}",
        control.name, above.place, above.value, here.value
    );
    let help = match param.stricter {
        Some(_) => exemption(control),
        None => format!(
            "`{name}` does not say which way is stricter, so it stays what it is above: leave it out here, or write an \
             exemption"
        ),
    };
    Diagnostic::error("weakened", &here.origin, message)
        .label("weaker")
        .related(&above.origin, format!("{} is asked for here", above.value))
        .help(help)
}

/// A place below goes less far than one above.
pub(super) fn enforce(given: &Given, asked: Enforce, outer: &Held) -> Diagnostic {
    let (place, origin) = &outer.enforced;
    let name = &given.control.name;
    let message = format!(
        "`{name}` is weakened: {place} says `enforce: {}`, here it is `{}`",
        outer.enforce.word(),
        asked.word()
    );
    Diagnostic::error("weakened", &given.origin, message)
        .label("weaker")
        .related(origin, format!("`{}` here", outer.enforce.word()))
        .help(exemption(&given.control))
}

/// A place lets more be put right than another one does: the more careful holds.
pub(super) fn correct(
    control: &Control,
    (asked, _, here): &(Correct, Place, Origin),
    (held, place, origin): &(Correct, Place, Origin),
) -> Diagnostic {
    let (asked, held) = (asked.word(), held.word());
    let message = format!("`correct: {asked}` of `{}` has no effect here: {place} says `{held}`", control.name);
    Diagnostic::warning("no-effect", here, message)
        .label("less careful")
        .related(origin, format!("`{held}` here"))
        .help(format!("remove it, or ask for `correct: {asked}` there too: the most careful holds"))
}

/// Two sides ask for what cannot be had together; where they meet in a tenant, it is named.
pub(super) fn contradiction(
    control: &Control,
    name: &str,
    param: &Param,
    one: &Setting,
    other: &Setting,
    tenant: Option<&Place>,
) -> Diagnostic {
    let who = tenant.map_or_else(|| "here".to_owned(), |tenant| format!("for {tenant}"));
    let message = format!("`{name}` of `{}` cannot be {} and {} at once {who}", control.name, other.value, one.value);
    let help = match param.stricter {
        Some(_) => "they have nothing in common: let one of them allow what the other one does",
        None => "neither is stricter than the other: write the same in both places, or in one of them only",
    };
    let said = |setting: &Setting| format!("{} asks for {}", setting.place, setting.value);
    Diagnostic::error("contradiction", &one.origin, message)
        .label(said(one))
        .related(&other.origin, said(other))
        .help(help)
}

/// Two items of one place, of which one asks for less.
pub(super) fn no_effect(control: &Control, name: &str, weaker: &Setting, stricter: &Setting) -> Diagnostic {
    let message =
        format!("`{name}` of `{}` is {} already: {} has no effect here", control.name, stricter.value, weaker.value);
    Diagnostic::warning("no-effect", &weaker.origin, message)
        .related(&stricter.origin, format!("{} by this", stricter.value))
        .help(format!(
            "remove one of them; what a baseline brings is changed beside it: `{}: {{{name}: ...}}`",
            control.name
        ))
}

/// A parameter that nobody gives.
pub(super) fn missing(control: &Control, name: &str, param: &Param, at: &Origin) -> Diagnostic {
    let message = format!("`{}` needs the parameter `{name}`", control.name);
    let help = match &param.doc {
        Some(doc) => format!("write `{name}: ...` beside it: {}", doc.trim_end_matches('.')),
        None => format!("write `{name}: ...` beside it"),
    };
    Diagnostic::error("missing-param", at, message).help(help)
}
