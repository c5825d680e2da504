//! What is shown of a long output: some of its lines as they are, and how many were left out.

use anstream::adapter::strip_str;

use crate::{
    terminal::{DIM, paint},
    views::{count, cut},
};

/// A part of an output.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// So many lines of the beginning.
    Head(usize),
    /// The line that begins like this and those below it up to an empty one, so many of them at most.
    Block(&'static str, usize),
    /// Everything above the line that begins like this.
    Above(&'static str),
    /// So many lines of the end.
    Tail(usize),
    /// Everything.
    All,
}

/// The parts of a text, in its own order.
pub(crate) fn excerpt(text: &str, parts: &[Part]) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let bare: Vec<String> = lines.iter().map(|line| strip_str(line).to_string()).collect();
    let mut shown = vec![false; lines.len()];
    for part in parts {
        let range = range(*part, &bare);
        shown.iter_mut().zip(0..).filter(|(_, at)| range.contains(at)).for_each(|(shown, _)| *shown = true);
    }
    let mut told = Told { text: String::new(), left_out: Vec::new() };
    for ((line, bare), shown) in lines.iter().zip(&bare).zip(&shown) {
        if *shown { told.line(line) } else { told.left_out.push(bare) }
    }
    told.close();
    told.text
}

/// Which lines a part is.
fn range(part: Part, bare: &[String]) -> std::ops::Range<usize> {
    match part {
        Part::All => 0..bare.len(),
        Part::Head(number) => 0..number.min(bare.len()),
        Part::Tail(number) => bare.len().saturating_sub(number)..bare.len(),
        Part::Above(opening) => 0..bare.iter().position(|line| line.starts_with(opening)).unwrap_or(bare.len()),
        Part::Block(opening, most) => {
            let Some(from) = bare.iter().position(|line| line.starts_with(opening)) else { return 0..0 };
            let length = bare.iter().skip(from).take_while(|line| !line.trim().is_empty()).count();
            from..from + length.min(most)
        }
    }
}

struct Told<'a> {
    text: String,
    left_out: Vec<&'a String>,
}

impl Told<'_> {
    fn line(&mut self, line: &str) {
        self.close();
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Says what was left out. A single line is no more than saying so; empty ones are worth no word.
    fn close(&mut self) {
        let left_out = std::mem::take(&mut self.left_out);
        let full = left_out.iter().filter(|line| !line.trim().is_empty()).count();
        if full > 0 {
            self.text.push_str(&format!("{}\n", paint(DIM, format!("  … {}", count(full, "line")))));
        } else if !left_out.is_empty() && !self.text.is_empty() {
            self.text.push('\n');
        }
    }
}

/// Breaks lines that are wider than this between words; what follows is indented a little further than the
/// beginning, unless that is prose.
pub(crate) fn wrap(text: &str, width: usize) -> String {
    let mut wrapped = String::new();
    for line in text.lines() {
        one(line, width, &mut wrapped);
        wrapped.push('\n');
    }
    wrapped
}

fn one(line: &str, width: usize, wrapped: &mut String) {
    let bare = strip_str(line).to_string();
    let own = bare.chars().take_while(|c| *c == ' ').count();
    // Prose has no indentation to speak of, lists have.
    let indent = if own == 0 && !bare.starts_with(['$', '[']) { 0 } else { own + 4 };
    if bare.chars().count() <= width || indent * 2 > width {
        wrapped.push_str(line);
        return;
    }
    let mut column = 0;
    for (number, word) in line.split(' ').enumerate() {
        // Escape sequences take no room. A word that fits nowhere, which is some native id, loses its end.
        let whole = strip_str(word).to_string();
        let short = cut(&whole, width.saturating_sub(indent + 1));
        let word = if short == whole { word } else { &short };
        let room = short.chars().count();
        if number > 0 && column + 1 + room > width && column > indent {
            wrapped.push('\n');
            wrapped.push_str(&" ".repeat(indent));
            column = indent;
        } else if number > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += room;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{terminal::RED, views::plain};

    const TEXT: &str = "plan\n\nfirst\n  a\n  b\n\nsecond\n  c\n  d\n  e\n\nsum\nnext\n";

    #[test]
    fn parts_stand_in_their_own_order_and_gaps_are_counted() {
        let shown = plain(&excerpt(TEXT, &[Part::Tail(2), Part::Head(1), Part::Block("second", 2)]));
        insta::assert_snapshot!(shown, @r"
        plan
          … 3 lines
        second
          c
          … 2 lines
        sum
        next
        ");
        assert_eq!(plain(&excerpt(TEXT, &[Part::Above("first")])), "plan\n\n  … 9 lines\n");
    }

    #[test]
    fn all_is_all_and_a_block_that_is_not_there_is_nothing() {
        assert_eq!(excerpt(TEXT, &[Part::All]), TEXT);
        assert_eq!(plain(&excerpt("a\nb\n", &[Part::Block("c", 9)])), "  … 2 lines\n");
        assert_eq!(excerpt("", &[Part::Head(3)]), "");
        assert_eq!(excerpt("a\n\nb\n", &[Part::Head(1), Part::Tail(1)]), "a\n\nb\n", "an empty line is no loss");
    }

    #[test]
    fn wide_lines_break_between_words_whatever_their_colour() {
        let line = format!("  {}", paint(RED, "one two three four five six"));
        let wrapped = wrap(&line, 18);
        assert_eq!(plain(&wrapped), "  one two three\n      four five\n      six\n");
        assert!(wrapped.starts_with("  \u{1b}[31mone"));
        assert_eq!(wrap("short\n\nlines\n", 18), "short\n\nlines\n");
        let word = "x".repeat(40);
        assert_eq!(wrap(&format!("  - {word} y"), 18), format!("  - {}… y\n", "x".repeat(11)));
    }
}
