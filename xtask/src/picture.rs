//! The picture of a terminal that the readme opens with: an act of the demo, as the test of the demo holds it.

use std::{fmt::Write as _, fs};

use crate::shell::{Outcome, fail, root};

/// What the demo prints, ids and times taken out: no picture could keep up with those.
const DEMO: &str = "crates/polity/tests/snapshots/demo__the_demo_tells_the_whole_story_and_means_it.snap";
/// The act that is drawn.
const ACT: &str = "── 6  ";
/// Width of a character and height of a line, in pixels.
const CELL: (usize, usize) = (8, 19);
/// Space around the text.
const MARGIN: usize = 20;

/// The picture as SVG.
pub(crate) fn svg() -> Outcome<String> {
    let text = fs::read_to_string(root().join(DEMO))?.replace("\r\n", "\n");
    let Some(from) = text.find(ACT) else { return fail(format!("{DEMO} has no act that begins with `{ACT}`")) };
    // Below the heading stands what the act is about; the command and its output follow.
    let act = text.split_at(from).1.lines().skip(2).take_while(|line| !line.starts_with("── "));
    let act = act.collect::<Vec<_>>().join("\n");
    let lines: Vec<&str> = act.trim().lines().collect();
    let widest = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
    let (width, height) = (widest * CELL.0 + 2 * MARGIN, lines.len() * CELL.1 + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-label=\"What polity drift prints\" font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, \
         monospace\" font-size=\"13\">\n<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#16181d\"/>\n"
    );
    for (number, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        let bare = line.trim_start();
        let indent = line.chars().count() - bare.chars().count();
        let (x, y) = (MARGIN + indent * CELL.0, MARGIN + number * CELL.1 + 14);
        let room = bare.chars().count() * CELL.0;
        let (colour, weight) = look(line, indent);
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{y}\" textLength=\"{room}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" \
             fill=\"{colour}\"{weight}>{}</text>",
            escaped(bare)
        );
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// Colour and weight of a line, as the terminal would show it.
fn look(line: &str, indent: usize) -> (&'static str, &'static str) {
    let bare = line.trim_start();
    let bold = " font-weight=\"bold\"";
    match bare.chars().next() {
        Some('$') => ("#6cc7d9", bold),
        _ if indent == 0 && bare.starts_with("next:") => ("#8a919e", ""),
        _ if indent == 0 => ("#e8eaee", bold),
        Some('-') => ("#ef7f79", ""),
        Some('~') => ("#e3c06b", ""),
        Some('+') => ("#86c988", ""),
        Some('>') => ("#6cc7d9", ""),
        _ if bare.starts_with("risk:") => ("#d68fd6", ""),
        _ if bare.starts_with("drift:") || bare.starts_with("UTC ") || bare.starts_with('…') => ("#8a919e", ""),
        _ => ("#c9ced6", ""),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_act_is_drawn_with_nothing_left_unescaped() {
        let svg = svg().unwrap_or_default();
        assert!(svg.contains(">$ polity drift mercator</text>"), "{svg}");
        assert!(svg.contains("user/mallory"), "{svg}");
        assert!(!svg.contains("<id>") && svg.contains("&lt;id&gt;"), "{svg}");
    }
}
