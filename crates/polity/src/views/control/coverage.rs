//! What controls cover on each platform type: a table, and the reason for everything that they do not.

use std::{collections::BTreeMap, fmt::Write as _};

use polity_controls::coverage::{Cover, Extent};

use crate::{
    terminal::{BOLD, DIM, GREEN, RED, YELLOW, paint},
    views::{clean, count},
};

/// Version of the JSON form.
pub(crate) const VERSION: &str = "polity.coverage/v1";

/// The three, with their names.
fn extents(cover: &Cover) -> [(&'static str, &Extent); 3] {
    [("prevent", &cover.prevent), ("detect", &cover.detect), ("correct", &cover.correct)]
}

fn word(extent: &Extent) -> &'static str {
    match extent {
        Extent::Exact => "exact",
        Extent::Impossible(_) => "impossible",
        Extent::NotCovered(_) => "not covered",
    }
}

fn reason(extent: &Extent) -> Option<&str> {
    match extent {
        Extent::Exact => None,
        Extent::Impossible(reason) | Extent::NotCovered(reason) => Some(reason),
    }
}

fn by_type(covers: &[Cover]) -> BTreeMap<&str, Vec<&Cover>> {
    let mut types: BTreeMap<&str, Vec<&Cover>> = BTreeMap::new();
    for cover in covers {
        types.entry(&cover.platform_type).or_default().push(cover);
    }
    types
}

/// `prevent: 40 exact, 12 impossible, 10 not covered`, for each of the three.
fn sums(covers: &[&Cover]) -> Vec<String> {
    let sum = |index: usize| {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut name = "";
        for cover in covers {
            if let Some((called, extent)) = extents(cover).get(index) {
                name = called;
                *counts.entry(word(extent)).or_default() += 1;
            }
        }
        let counts: Vec<String> = counts.iter().map(|(word, number)| format!("{number} {word}")).collect();
        format!("{name}: {}", counts.join(", "))
    };
    (0..3).map(sum).collect()
}

/// For a person.
pub(crate) fn human(covers: &[Cover]) -> String {
    let mut text = String::new();
    let widest = covers.iter().map(|cover| cover.control.len()).max().unwrap_or_default();
    for (kind, covers) in by_type(covers) {
        let heading = format!("{:<widest$}  prevent      detect       correct", kind);
        let _ = writeln!(text, "{}", paint(BOLD, heading));
        for cover in &covers {
            let cells = extents(cover).map(|(_, extent)| {
                let style = match extent {
                    Extent::Exact => GREEN,
                    Extent::Impossible(_) => YELLOW,
                    Extent::NotCovered(_) => RED,
                };
                paint(style, format!("{:<11}", word(extent)))
            });
            let _ = writeln!(text, "{:<widest$}  {}", cover.control, cells.join("  ").trim_end());
        }
        let _ = writeln!(text, "\n{}", paint(BOLD, "why not"));
        for cover in &covers {
            for (name, extent) in extents(cover) {
                let Some(reason) = reason(extent) else { continue };
                let detail = paint(DIM, clean(reason));
                let _ = writeln!(text, "{:<widest$}  {name:<7}  {}: {detail}", cover.control, word(extent));
            }
        }
        let _ = writeln!(text, "\n{} on {kind}", count(covers.len(), "control"));
        for sum in sums(&covers) {
            let _ = writeln!(text, "  {sum}");
        }
        text.push('\n');
    }
    text
}

/// For a page.
pub(crate) fn markdown(covers: &[Cover]) -> String {
    let mut text = String::from(
        "# What controls cover\n\nMade by `polity coverage controls -o markdown`. For each control and platform type: whether it prevents, \
         detects and corrects\nexactly what it says, whether that is impossible there, or whether nobody has said how. What \
         nothing reads is not detected.\n",
    );
    for (kind, covers) in by_type(covers) {
        let _ = writeln!(text, "\n## {kind}\n\n{}. {}.\n", count(covers.len(), "control"), sums(&covers).join("; "));
        text.push_str("| control | prevent | detect | correct |\n|---|---|---|---|\n");
        for cover in covers {
            let cells = extents(cover).map(|(_, extent)| match reason(extent) {
                None => word(extent).to_owned(),
                Some(reason) => format!("{}: {}", word(extent), clean(reason).replace('|', "\\|")),
            });
            let _ = writeln!(text, "| `{}` | {} |", cover.control, cells.join(" | "));
        }
    }
    text
}
