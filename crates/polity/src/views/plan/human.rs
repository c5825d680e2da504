//! A plan at a terminal.

use polity_model::plan::Plan;

use super::{Context, Line, Sign, risk_summary, sections, summary, surroundings};
use crate::{
    terminal::{ALARM, BLUE, BOLD, CYAN, DIM, GREEN, MAGENTA, RED, YELLOW, paint},
    views::{clean, count},
};

/// The whole plan, with what to do next.
pub(crate) fn human(plan: &Plan, context: &Context) -> String {
    let mut text = format!("{}\n", head(plan));
    text.push_str(&body(plan, context));
    text.push_str(&foot(plan, context));
    text
}

fn head(plan: &Plan) -> String {
    let platforms: Vec<String> =
        plan.platforms.iter().map(|(name, id)| format!("{} ({})", clean(name), clean(id))).collect();
    let on = if platforms.is_empty() { String::new() } else { format!(" on {}", platforms.join(", ")) };
    format!("{}{on}", paint(BOLD, format!("plan for {}", clean(&plan.organization))))
}

/// Everything between the title and the sum: also shown for the further rounds of a run.
pub(crate) fn body(plan: &Plan, context: &Context) -> String {
    let mut text = String::new();
    for section in sections::sections(plan, context) {
        let number = count(section.changes, "change");
        text.push_str(&format!("\n{} {}\n", paint(BOLD, &section.title), paint(DIM, format!("({number})"))));
        push(&mut text, &section.lines);
    }
    if !plan.access.is_empty() {
        block(&mut text, "who gains and who loses access", &surroundings::access(&plan.access, context.all));
    }
    block(&mut text, "for your information", &surroundings::notices(plan, context));
    block(&mut text, "could not be read; nothing there is changed", &surroundings::gaps(&plan.gaps, context.all));
    block(&mut text, "not planned, although the manifest asks for it", &surroundings::undone(plan, context));
    let brakes = surroundings::brakes(&plan.brakes, context.all);
    if !brakes.is_empty() {
        let title = format!("REFUSED: {} on", if plan.brakes.len() == 1 { "a brake is" } else { "brakes are" });
        text.push_str(&format!("\n{}\n", paint(ALARM, title)));
        push(&mut text, &brakes);
    }
    text
}

fn foot(plan: &Plan, context: &Context) -> String {
    let mut text = format!("\n{}\n", paint(BOLD, summary(plan)));
    let risks = risk_summary(plan);
    if !risks.is_empty() {
        text.push_str(&format!("{}\n", paint(MAGENTA, format!("risks: {risks}"))));
    }
    if !context.applies || plan.is_empty() || plan.is_refused() {
        text.push_str(&format!("{}\n", paint(DIM, next(plan, context))));
    }
    text
}

/// What to do next.
fn next(plan: &Plan, context: &Context) -> String {
    let folder = context.folder.as_ref().map_or_else(String::new, |folder| format!(" --folder {folder}"));
    let waits = plan.notices.iter().any(|notice| {
        matches!(notice, polity_model::plan::Notice::Conflict { .. } | polity_model::plan::Notice::Blocked { .. })
    });
    if plan.is_refused() {
        "next: shrink the change, or raise the limit under `brakes:` of the organization, and plan again".to_owned()
    } else if plan.is_empty() && (waits || !plan.gaps.is_empty()) {
        "next: settle what could not be read or planned, above".to_owned()
    } else if plan.is_empty() {
        "the clouds are as the manifest asks".to_owned()
    } else if let Some(saved) = &context.saved {
        format!("next: polity apply{folder} {saved} --approve {}", plan.digest().short())
    } else {
        format!("next: polity apply{folder}    (the digest of this plan is {})", plan.digest().short())
    }
}

fn block(text: &mut String, title: &str, lines: &[Line]) {
    if !lines.is_empty() {
        text.push_str(&format!("\n{}\n", paint(BOLD, title)));
        push(text, lines);
    }
}

/// Paints lines.
pub(crate) fn push(text: &mut String, lines: &[Line]) {
    for line in lines {
        let indent = "  ".repeat(line.depth);
        let painted = match line.sign {
            Sign::Plain => line.text.clone(),
            Sign::Add => paint(GREEN, with_sign(line, "+")),
            Sign::Remove => paint(RED, with_sign(line, "-")),
            Sign::Change => paint(YELLOW, with_sign(line, "~")),
            Sign::Move => paint(CYAN, &line.text),
            Sign::Adopt => paint(BLUE, &line.text),
            Sign::Forget => paint(YELLOW, &line.text),
            Sign::Note => paint(DIM, &line.text),
            Sign::Risk => paint(MAGENTA, &line.text),
        };
        text.push_str(&format!("{indent}{painted}\n"));
    }
}

/// Lines below a change carry their sign; the line of the change itself already has its symbol.
fn with_sign(line: &Line, sign: &str) -> String {
    if line.depth < 4 { line.text.clone() } else { format!("{sign} {}", line.text) }
}
