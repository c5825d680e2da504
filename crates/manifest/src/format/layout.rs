//! Two spaces for each level, items one level below their key, one blank line at most, none beside `---`.

use super::lines::Kind;

/// A column at which keys or items stand: where it was, and where it goes.
#[derive(Clone, Copy)]
struct Level {
    old: usize,
    new: usize,
    dash: bool,
}

/// The lines in canonical layout; `None` where the structure is one that is not understood here.
pub(super) fn lay_out(lines: &[&str], kinds: &[Kind]) -> Option<Vec<String>> {
    let mut page = Page { levels: Vec::new(), out: Vec::new(), waiting: Vec::new(), shift: 0, content: 0, block: None };
    for (line, kind) in lines.iter().zip(kinds) {
        match kind {
            Kind::Blank => page.waiting.push(""),
            Kind::Comment => page.waiting.push(line.trim_end()),
            Kind::Structure => page.structure(line)?,
            Kind::Block => page.block(line)?,
            Kind::Inside => page.inside(line),
        }
    }
    page.comments(None);
    while page.out.last().is_some_and(String::is_empty) {
        page.out.pop();
    }
    Some(page.out)
}

struct Page<'l> {
    levels: Vec<Level>,
    out: Vec<String>,
    /// Comments and blank lines whose place depends on the line behind them.
    waiting: Vec<&'l str>,
    /// How far the last structural line moved to the right.
    shift: isize,
    /// Where the content of a block scalar would stand that begins on the last structural line.
    content: usize,
    /// Old and new column of the block scalar that is being written.
    block: Option<(usize, usize)>,
}

impl<'l> Page<'l> {
    fn structure(&mut self, line: &'l str) -> Option<()> {
        let tokens = tokens(line)?;
        let (first, _) = *tokens.first()?;
        let before = self.levels.clone();
        let moved: Vec<usize> = tokens.iter().map(|(column, dash)| self.level(*column, *dash)).collect();
        let indent = *moved.first()?;
        let after = std::mem::replace(&mut self.levels, before);
        self.comments(Some((first, indent)));
        self.levels = after;
        let mut text = " ".repeat(indent);
        for _ in tokens.iter().filter(|(_, dash)| *dash) {
            text.push_str("- ");
        }
        if let Some((content, false)) = tokens.last() {
            let rest = line.get(*content..)?.trim_end();
            self.content = moved.last()? + if rest.starts_with(['|', '>']) { 0 } else { 2 };
            text.push_str(rest);
        } else {
            // A comment may stand behind a dash that has nothing else on its line.
            let rest = line.trim_start_matches([' ', '-']);
            text.push_str(rest.trim_end());
        }
        self.shift = isize::try_from(indent).ok()? - isize::try_from(first).ok()?;
        self.block = None;
        self.out.push(text.trim_end().to_owned());
        Some(())
    }

    /// The new column of a token, with the levels opened and closed on the way.
    fn level(&mut self, column: usize, dash: bool) -> usize {
        while let Some(top) = self.levels.last() {
            if top.old > column || (top.old == column && top.dash && !dash) {
                self.levels.pop();
            } else {
                break;
            }
        }
        match self.levels.last() {
            Some(top) if top.old == column && top.dash == dash => top.new,
            above => {
                let new = above.map_or(0, |above| above.new + 2);
                self.levels.push(Level { old: column, new, dash });
                new
            }
        }
    }

    /// Writes the waiting comments: beside the next line, or at the level of the block that they end.
    fn comments(&mut self, next: Option<(usize, usize)>) {
        for comment in std::mem::take(&mut self.waiting) {
            if comment.is_empty() {
                if self.out.last().is_some_and(|last| !last.is_empty()) {
                    self.out.push(String::new());
                }
                continue;
            }
            let column = comment.len() - comment.trim_start().len();
            let indent = match next {
                Some((old, new)) if old == column => new,
                _ => {
                    let level = self.levels.iter().rev().find(|level| level.old == column);
                    level.map_or(next.map_or(0, |(_, new)| new), |level| level.new)
                }
            };
            self.out.push(" ".repeat(indent) + comment.trim_start());
        }
    }

    fn block(&mut self, line: &'l str) -> Option<()> {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let blank = line.trim_start_matches(' ').is_empty();
        let (old, new) = match self.block {
            Some(known) => known,
            // The first line with text tells the column, unless the header does: then this is left alone.
            None if blank => {
                self.out.push(String::new());
                return Some(());
            }
            None => {
                let header = self.out.iter().rev().find(|line| !line.is_empty())?;
                let indicator = header.split(" #").next().unwrap_or_default().trim_end();
                if indicator.trim_end_matches(['+', '-']).ends_with(|last: char| last.is_ascii_digit())
                    && indicator.rsplit(' ').next().is_some_and(|word| word.starts_with(['|', '>']))
                {
                    return None;
                }
                *self.block.insert((indent, self.content))
            }
        };
        if indent < old && !blank {
            return None;
        }
        let kept = line.get(old.min(line.len())..).unwrap_or_default();
        self.out.push(if kept.is_empty() { String::new() } else { " ".repeat(new) + kept });
        Some(())
    }

    fn inside(&mut self, line: &'l str) {
        self.comments(None);
        let text = line.trim();
        let indent = line.len() - line.trim_start().len();
        let moved = usize::try_from(isize::try_from(indent).unwrap_or(0) + self.shift).unwrap_or(0);
        self.out.push(if text.is_empty() { String::new() } else { " ".repeat(moved) + text });
    }
}

/// The columns of the dashes at the beginning of a line and of what stands behind them. `None` for what is rare.
fn tokens(line: &str) -> Option<Vec<(usize, bool)>> {
    let mut tokens = Vec::new();
    let mut column = line.len() - line.trim_start_matches(' ').len();
    loop {
        let rest = line.get(column..)?;
        if rest.starts_with('\t') || rest.starts_with("? ") || rest == "?" || rest.starts_with(": ") || rest == ":" {
            return None;
        }
        if rest.is_empty() || (rest.starts_with('#') && !tokens.is_empty()) {
            return Some(tokens);
        }
        if rest != "-" && !rest.starts_with("- ") {
            tokens.push((column, false));
            return Some(tokens);
        }
        tokens.push((column, true));
        let behind = rest.get(1..)?;
        column += 1 + (behind.len() - behind.trim_start_matches(' ').len());
    }
}
