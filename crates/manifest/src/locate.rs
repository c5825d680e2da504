//! From an origin to the line of text behind it.

use polity_model::Origin;

/// The line of an origin, and which part of it to underline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'t> {
    /// The whole line, without its end.
    pub text: &'t str,
    /// First byte within the line to underline.
    pub start: usize,
    /// Byte behind the last one to underline, at most the end of the line.
    pub end: usize,
}

/// The line of `bytes` that an origin points at; `None` if it does not lie within this text.
pub fn locate<'t>(bytes: &'t [u8], origin: &Origin) -> Option<Line<'t>> {
    let (start, end) = (origin.start as usize, origin.end as usize);
    let before = bytes.get(..start)?;
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let rest = bytes.get(line_start..)?;
    let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let text = std::str::from_utf8(rest.get(..length)?).ok()?.trim_end_matches('\r');
    let limit = line_start + text.len();
    Some(Line {
        text,
        start: start.min(limit) - line_start,
        end: end.clamp(start, limit.max(start)).min(limit) - line_start,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_leads_to_its_line() {
        let text = "kind: unit\r\nname: größe\r\n";
        let at = text.find("größe").unwrap();
        let origin = Origin {
            start: u32::try_from(at).unwrap(),
            end: u32::try_from(at + "größe".len()).unwrap(),
            ..Origin::file("a.yaml")
        };
        let line = locate(text.as_bytes(), &origin).unwrap();
        assert_eq!(line.text, "name: größe");
        assert_eq!(&line.text[line.start..line.end], "größe");
        let beyond = Origin { start: 1000, end: 1001, ..origin };
        assert_eq!(locate(text.as_bytes(), &beyond), None);
    }
}
