//! Charts as SVG within the page: they take their colours from its style.

use std::fmt::Write as _;

use polity_engine::audit::evidence::Former;
use polity_model::finding::{Counts, Severity};

use super::{escape, number_of};
use crate::views::cut;

/// Width of every chart in its own units.
const WIDTH: f64 = 1000.0;
const ROW: f64 = 34.0;
const BAR: f64 = 20.0;

/// One row of bars: what it is called, its parts (class, number, words), and what stands at its end.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) parts: Vec<(&'static str, u64, &'static str)>,
    pub(super) end: String,
}

/// Bars below each other. Each is as long as its share of `whole`, or of its own sum if there is none.
pub(super) fn bars(rows: &[Row], whole: Option<u64>, left: f64, width: f64) -> String {
    let right = 150.0;
    let room = width - left - right;
    let height = ROW * count(rows.len()) + 4.0;
    let mut svg = format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\">\n");
    for (number, row) in rows.iter().enumerate() {
        let y = ROW * count(number) + 6.0;
        let sum: u64 = row.parts.iter().map(|(_, part, _)| part).sum();
        let whole = float(whole.unwrap_or(sum).max(1));
        // Characters are about seven and a half units wide.
        let name = escape(&cut(&row.name, longest(left)));
        let _ = writeln!(svg, "<text x=\"0\" y=\"{:.0}\">{name}<title>{}</title></text>", y + 15.0, escape(&row.name));
        let mut x = left;
        for (class, part, words) in row.parts.iter().filter(|(_, part, _)| *part > 0) {
            // What is there is seen, however little it is.
            let wide = (float(*part) / whole * room).max(2.0);
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{BAR}\" class=\"f-{class}\"><title>{}: {} {words}</title></rect>",
                escape(&row.name),
                number_of(*part)
            );
            x += wide;
        }
        let end = x.max(left) + 8.0;
        let _ = writeln!(svg, "<text class=\"soft\" x=\"{end:.1}\" y=\"{:.0}\">{}</text>", y + 15.0, escape(&row.end));
    }
    svg.push_str("</svg>\n");
    svg
}

/// Verdicts by severity, each bar as long as all that were asked.
pub(super) fn severities(counts: &[(Severity, Counts)]) -> String {
    let rows: Vec<Row> = counts
        .iter()
        .map(|(severity, counts)| Row {
            name: severity.to_string(),
            parts: parts(*counts),
            end: match counts.asked() {
                0 => "nothing asked".to_owned(),
                asked => format!("{} of {} fail", number_of(counts.fail), number_of(asked)),
            },
        })
        .collect();
    format!("{}{}", legend(), bars(&rows, None, 100.0, WIDTH))
}

/// The parts of a bar of verdicts.
pub(super) fn parts(counts: Counts) -> Vec<(&'static str, u64, &'static str)> {
    vec![
        ("fail", counts.fail, "fail"),
        ("unknown", counts.unknown, "unknown"),
        ("exempt", counts.exempt, "exempt"),
        ("pass", counts.pass, "pass"),
    ]
}

pub(super) fn legend() -> String {
    let each = |(class, words): (&str, &str)| format!("<span><i class=\"b-{class}\"></i>{words}</span>");
    let all = [("fail", "fail"), ("unknown", "unknown"), ("exempt", "exempt"), ("pass", "pass")].map(each);
    format!("<div class=\"legend\">{}</div>\n", all.concat())
}

/// How many failed and could not be said, audit by audit, along the time between them.
pub(super) fn trend(former: &[Former]) -> String {
    const LEFT: f64 = 52.0;
    const RIGHT: f64 = 486.0;
    const TOP: f64 = 14.0;
    const BOTTOM: f64 = 196.0;
    let most = former.iter().map(|one| one.counts.fail.max(one.counts.unknown)).max().unwrap_or(0);
    let top = float(round_up(most));
    let times: Vec<f64> = former.iter().map(|one| signed(one.at.as_second())).collect();
    let (first, last) = (times.first().copied().unwrap_or(0.0), times.last().copied().unwrap_or(0.0));
    let x = |at: f64| LEFT + (at - first) / (last - first).max(1.0) * (RIGHT - LEFT);
    let y = |value: u64| BOTTOM - float(value) / top * (BOTTOM - TOP);
    let mut svg =
        String::from("<svg viewBox=\"0 0 500 226\" role=\"img\">\n<title>fail and unknown over time</title>\n");
    for part in 0..=4_u64 {
        let value = round_up(most) * part / 4;
        let at = y(value);
        let _ = writeln!(svg, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>");
        let label = number_of(value);
        let _ = writeln!(
            svg,
            "<text class=\"soft\" text-anchor=\"end\" x=\"{:.1}\" y=\"{:.1}\">{label}</text>",
            LEFT - 8.0,
            at + 4.0
        );
    }
    for (class, of) in [("unknown", (|counts| counts.unknown) as fn(Counts) -> u64), ("fail", |counts| counts.fail)] {
        let points: Vec<String> =
            former.iter().zip(&times).map(|(one, at)| format!("{:.1},{:.1}", x(*at), y(of(one.counts)))).collect();
        let _ = writeln!(svg, "<polyline class=\"curve s-{class}\" points=\"{}\"/>", points.join(" "));
        for (one, at) in former.iter().zip(&times) {
            let _ = writeln!(
                svg,
                "<circle class=\"f-{class}\" r=\"3\" cx=\"{:.1}\" cy=\"{:.1}\"><title>{}: {} {class}</title></circle>",
                x(*at),
                y(of(one.counts)),
                one.at.strftime("%Y-%m-%d %H:%M"),
                number_of(of(one.counts))
            );
        }
    }
    for (at, anchor, one) in [(LEFT, "start", former.first()), (RIGHT, "end", former.last())] {
        let day = one.map_or_else(String::new, |one| one.at.strftime("%Y-%m-%d").to_string());
        let _ = writeln!(svg, "<text class=\"soft\" text-anchor=\"{anchor}\" x=\"{at}\" y=\"218\">{day}</text>");
    }
    svg.push_str("</svg>\n");
    svg
}

/// The next number with which an axis looks well: four equal steps.
fn round_up(most: u64) -> u64 {
    let mut unit = 4;
    loop {
        for factor in [1, 2, 5] {
            if unit * factor >= most {
                return unit * factor;
            }
        }
        unit *= 10;
    }
}

/// Characters that fit into so many units.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn longest(units: f64) -> usize {
    (units / 7.6) as usize
}

// Pictures need no more digits than a float has.
#[allow(clippy::cast_precision_loss)]
fn float(number: u64) -> f64 {
    number as f64
}

#[allow(clippy::cast_precision_loss)]
fn signed(number: i64) -> f64 {
    number as f64
}

#[allow(clippy::cast_precision_loss)]
fn count(number: usize) -> f64 {
    number as f64
}
