//! Which lines of a YAML file belong to a place: by indentation alone, which is all that a history of lines can tell.

/// Longest stretch of lines that is looked at.
const LONGEST: usize = 400;

/// First and last line (from 1) of what stands at this line: the whole document for its `kind:` or `name:`, a whole item
/// for any line of a list's item, an entry with all below it otherwise. `None` beyond the end of the file.
pub(super) fn around(lines: &[&str], line: u32) -> Option<(u32, u32)> {
    let at = (line as usize).checked_sub(1)?;
    let text = lines.get(at)?;
    let (first, last) = match indent(text) {
        None => (at, at),
        Some(0) if text.starts_with("kind:") || text.starts_with("name:") => {
            let first = back(lines, at, |text| !is_mark(text));
            (first, forth(lines, at, |text| !is_mark(text)))
        }
        Some(own) if is_item(text) => (at, forth(lines, at, |text| deeper(text, own))),
        Some(0) => (at, forth(lines, at, |text| deeper(text, 0) || is_item(text))),
        Some(own) => {
            let first = back(lines, at, |text| deeper(text, own - 1) && !starts(text, own));
            // The line with the dash is the first of the item.
            let first =
                if first > 0 && lines.get(first - 1).is_some_and(|text| starts(text, own)) { first - 1 } else { first };
            (first, forth(lines, at, |text| deeper(text, own - 1)))
        }
    };
    let last = last.min(first + LONGEST);
    Some((u32::try_from(first + 1).ok()?, u32::try_from(last + 1).ok()?))
}

/// Spaces before the first word; `None` for empty lines and comments, which belong to nobody.
fn indent(text: &str) -> Option<usize> {
    let word = text.trim_start_matches(' ');
    (!word.trim().is_empty() && !word.starts_with('#')).then(|| text.len() - word.len())
}

fn is_item(text: &str) -> bool {
    text.trim_start().starts_with("- ")
}

fn is_mark(text: &str) -> bool {
    text.starts_with("---") || text.starts_with("...")
}

/// Whether the line stands further to the right than `column`, or says nothing.
fn deeper(text: &str, column: usize) -> bool {
    !is_mark(text) && indent(text).is_none_or(|own| own > column)
}

/// Whether this is the first line of the item whose further lines stand at `column`.
fn starts(text: &str, column: usize) -> bool {
    is_item(text) && indent(text).is_some_and(|own| own < column && column <= own + 2)
}

fn back(lines: &[&str], from: usize, belongs: impl Fn(&str) -> bool) -> usize {
    (0..from).rev().take_while(|at| lines.get(*at).is_some_and(|text| belongs(text))).last().unwrap_or(from)
}

fn forth(lines: &[&str], from: usize, belongs: impl Fn(&str) -> bool) -> usize {
    (from + 1..lines.len()).take_while(|at| lines.get(*at).is_some_and(|text| belongs(text))).last().unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
kind: project
name: checkout
access:
  - {team: payments, role: developer}
  - {team: risk, role: auditor}
tenants:
  - platform: aws
    name: checkout-prod
    budget:
      monthly: 5000 EUR
  - platform: aws
    name: checkout-dev
---
kind: role
name: admin
aws:
  session: 1h
";

    #[test]
    fn lines_belong_together_by_indentation() {
        let lines: Vec<&str> = TEXT.lines().collect();
        let around = |line| around(&lines, line).unwrap();
        assert_eq!(around(2), (1, 12), "a document");
        assert_eq!(around(15), (14, 17), "the last document");
        assert_eq!(around(4), (4, 4), "an item on one line");
        assert_eq!(around(7), (7, 10), "an item by its first line");
        assert_eq!(around(8), (7, 10), "an item by another of its lines");
        assert_eq!(around(12), (11, 12), "the last item");
        assert_eq!(around(10), (10, 10), "an entry within");
        assert_eq!(around(16), (16, 17), "an entry with all below it");
        assert_eq!(super::around(&lines, 18), None);
        assert_eq!(super::around(&lines, 0), None);
    }
}
