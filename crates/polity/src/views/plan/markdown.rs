//! A plan as a comment on a pull request: what matters most comes first, so that a cap on the size cuts the rest.

use polity_model::plan::Plan;

use super::{Context, Line, Sign, risk, risks, sections, summary, surroundings, symbol, totals, verb};
use crate::views::{clean, count};

/// Room that is kept for the sentence about what was left out.
const RESERVE: usize = 200;

/// The plan in at most `max_size` bytes, whatever its size. Never cuts within a block.
pub(crate) fn markdown(plan: &Plan, context: &Context, max_size: usize) -> String {
    let mut page = Page { text: String::new(), room: max_size.saturating_sub(RESERVE), left_out: 0 };
    page.add(&head(plan));
    page.block("> [!CAUTION]\n> **Refused: the brakes are on**", &surroundings::brakes(&plan.brakes, context.all));
    page.block("#### Not planned, although the manifest asks for it", &surroundings::undone(plan, context));
    page.block("#### Could not be read; nothing there is changed", &surroundings::gaps(&plan.gaps, context.all));
    let access = surroundings::access(&plan.access, context.all);
    if !access.is_empty() {
        page.block(&format!("#### {}", capitalized(&surroundings::access_title(&plan.access))), &access);
    }
    for section in sections::sections(plan, context) {
        let number = count(section.changes, "change");
        let title = escape(&capitalized(&section.title));
        let open = format!("<details><summary><b>{title}</b>: {number}</summary>\n");
        if !page.folded(&open, &section.lines) {
            page.left_out += section.changes;
        }
    }
    let notices = surroundings::notices(plan, context);
    if !notices.is_empty() {
        page.folded("<details><summary>For your information</summary>\n", &notices);
    }
    if page.left_out > 0 {
        page.text.push_str(&format!(
            "\n**{} left out** to keep this short; `polity plan` shows all of them.\n",
            count(page.left_out, "change")
        ));
    }
    page.text
}

fn head(plan: &Plan) -> String {
    let platforms: Vec<String> =
        plan.platforms.iter().map(|(name, id)| format!("`{}` (`{}`)", code(name), code(id))).collect();
    let on = if platforms.is_empty() { String::new() } else { format!(" on {}", platforms.join(", ")) };
    let mut text = format!("### Polity: {}\n\nPlan for `{}`{on}.\n", summary(plan), code(&plan.organization));
    if plan.changes.is_empty() {
        return text;
    }
    text.push_str("\n| | changes |\n|---|---:|\n");
    for (action, number) in totals(&plan.changes) {
        text.push_str(&format!("| `{}` {} | {number} |\n", symbol(action), verb(action)));
    }
    let risks = risks(&plan.changes);
    if !risks.is_empty() {
        text.push_str("\n| risk | changes |\n|---|---:|\n");
        for (weight, number) in risks.into_iter().rev() {
            text.push_str(&format!("| {} | {number} |\n", risk(weight)));
        }
    }
    text.push_str(&format!("\nDigest: `{}`\n", plan.digest().short()));
    text
}

struct Page {
    text: String,
    room: usize,
    left_out: usize,
}

impl Page {
    /// Adds a piece if it fits; answers whether it did.
    fn add(&mut self, piece: &str) -> bool {
        let fits = self.text.len() + piece.len() <= self.room;
        if fits {
            self.text.push_str(piece);
        }
        fits
    }

    /// A title and lines in a block; without those lines that do not fit.
    fn block(&mut self, title: &str, lines: &[Line]) {
        if lines.is_empty() {
            return;
        }
        let open = format!("\n{title}\n\n```diff\n");
        let rest = "...\n";
        let room = self.room.saturating_sub(self.text.len() + open.len() + "```\n".len() + rest.len());
        let (mut body, mut whole) = (String::new(), true);
        for line in lines {
            let line = written(line);
            whole = body.len() + line.len() <= room;
            if !whole {
                break;
            }
            body.push_str(&line);
        }
        if !whole {
            body.push_str(rest);
        }
        self.add(&format!("{open}{body}```\n"));
    }

    /// A section to unfold, whole or not at all.
    fn folded(&mut self, open: &str, lines: &[Line]) -> bool {
        let body: String = lines.iter().map(written).collect();
        self.add(&format!("\n{open}\n```diff\n{body}```\n\n</details>\n"))
    }
}

/// One line of a `diff` block: the sign stands in the first column, where it gets its colour.
fn written(line: &Line) -> String {
    let sign = match line.sign {
        Sign::Add => "+",
        Sign::Remove => "-",
        Sign::Change | Sign::Move | Sign::Adopt | Sign::Forget | Sign::Risk => "!",
        Sign::Plain | Sign::Note => " ",
    };
    // The line of a change has its symbol already; the sign gives it its colour.
    let text = line.text.strip_prefix("+ ").or_else(|| line.text.strip_prefix("- ")).unwrap_or(&line.text);
    let indent = "  ".repeat(line.depth.saturating_sub(1));
    // Three backticks at the beginning of a line would end the block.
    format!("{sign} {indent}{}\n", text.replace("```", "'''").trim_end())
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// Text within HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text within backticks.
fn code(text: &str) -> String {
    clean(text).replace('`', "'")
}
