//! Words, numbers, texts and signs.

use super::{Span, literal};
use crate::Mistake;

/// One word of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Int(u64),
    Uint(u64),
    Double(f64),
    Text(String),
    Bytes(Vec<u8>),
    Name(String),
    /// A field name in backticks.
    Quoted(String),
    Sign(&'static str),
    End,
}

/// Longest first.
const SIGNS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "(", ")", "[", "]", "{", "}", ".", ",", ":", "?", "+", "-", "*", "/", "%", "!",
    "<", ">",
];

/// Cuts a text into its words; the last one is `End`.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Span)>, Mistake> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at += blank(text.get(at..).unwrap_or_default());
        let rest = text.get(at..).unwrap_or_default();
        let Some(first) = rest.chars().next() else {
            tokens.push((Token::End, Span { start: at, end: at }));
            return Ok(tokens);
        };
        let (token, length) = if let Some(quoted) = quoted(rest, at)? {
            quoted
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            (Token::Name(rest.get(..length).unwrap_or_default().to_owned()), length)
        } else if first.is_ascii_digit() || first == '.' && rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit()) {
            number(rest, at)?
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Token::Sign(sign), sign.len())
        } else {
            let span = Span { start: at, end: at + first.len_utf8() };
            let help = match first {
                '=' => "two values are compared with `==`",
                '&' => "both of two conditions is written `&&`",
                '|' => "either of two conditions is written `||`",
                '“' | '”' | '‘' | '’' => "texts stand in straight quotes: `'text'`",
                _ => "remove it, or put it into quotes if it belongs to a text",
            };
            return Err(Mistake::error("syntax", span, format!("`{first}` means nothing here")).help(help));
        };
        tokens.push((token, Span { start: at, end: at + length }));
        at += length;
    }
}

/// Length of the white space and comments that `text` begins with.
fn blank(text: &str) -> usize {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
        match rest.strip_prefix("//") {
            Some(comment) => rest = comment.find('\n').and_then(|end| comment.get(end..)).unwrap_or_default(),
            None => return text.len() - rest.len(),
        }
    }
}

/// A text, bytes or a name in backticks, if one begins here.
fn quoted(rest: &str, at: usize) -> Result<Option<(Token, usize)>, Mistake> {
    if let Some(inside) = rest.strip_prefix('`') {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ' ');
        let length = inside.find('`').filter(|end| *end > 0 && inside.get(..*end).is_some_and(|n| n.chars().all(fits)));
        let Some(length) = length else {
            let span = Span { start: at, end: at + 1 };
            return Err(Mistake::error(
                "syntax",
                span,
                "a field name in backticks ends nowhere, or has other signs than letters, digits and `_.-/ `",
            ));
        };
        return Ok(Some((Token::Quoted(inside.get(..length).unwrap_or_default().to_owned()), length + 2)));
    }
    let prefix = rest.bytes().take_while(|byte| matches!(byte, b'r' | b'R' | b'b' | b'B')).count();
    let letters = rest.get(..prefix).unwrap_or_default().to_ascii_lowercase();
    let body = rest.get(prefix..).unwrap_or_default();
    let Some(quote) = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| body.starts_with(quote)) else {
        return Ok(None);
    };
    if !matches!(letters.as_str(), "" | "r" | "b" | "rb" | "br") {
        return Ok(None);
    }
    let raw = letters.contains('r');
    let inside = body.get(quote.len()..).unwrap_or_default();
    let Some(length) = inside_length(inside, quote, raw) else {
        let span = Span { start: at, end: at + prefix + quote.len() };
        return Err(Mistake::error("syntax", span, "this text has no end").help(format!("close it with `{quote}`")));
    };
    let inside = inside.get(..length).unwrap_or_default();
    let length = prefix + 2 * quote.len() + length;
    let wrong = |message| Mistake::error("syntax", Span { start: at, end: at + length }, message);
    let token = match (letters.contains('b'), raw) {
        (true, true) => Token::Bytes(inside.as_bytes().to_vec()),
        (true, false) => Token::Bytes(literal::bytes(inside).map_err(wrong)?),
        (false, true) => Token::Text(inside.to_owned()),
        (false, false) => Token::Text(literal::text(inside).map_err(wrong)?),
    };
    Ok(Some((token, length)))
}

/// Where the closing quote begins.
fn inside_length(inside: &str, quote: &str, raw: bool) -> Option<usize> {
    let mut at = 0;
    while let Some(rest) = inside.get(at..) {
        if rest.starts_with(quote) {
            return Some(at);
        }
        let next = rest.chars().next()?;
        if quote.len() == 1 && matches!(next, '\n' | '\r') {
            return None;
        }
        at += next.len_utf8();
        if next == '\\' && !raw {
            at += inside.get(at..)?.chars().next()?.len_utf8();
        }
    }
    None
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), Mistake> {
    let (token, length) = match rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
        Some(hex) => {
            let length = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
            let value = u64::from_str_radix(hex.get(..length).unwrap_or_default(), 16);
            (value.ok().map(Token::Int), length + 2)
        }
        None => decimal(rest),
    };
    let unsigned = rest.get(length..).is_some_and(|more| more.starts_with(['u', 'U']));
    let (token, length) = match token {
        Some(Token::Int(value)) if unsigned => (Some(Token::Uint(value)), length + 1),
        other => (other, length),
    };
    let glued =
        rest.get(length..).and_then(|more| more.chars().next()).filter(|c| c.is_ascii_alphanumeric() || *c == '_');
    let span = Span { start: at, end: at + length + glued.map_or(0, char::len_utf8) };
    match (token, glued) {
        (Some(token), None) => Ok((token, length)),
        (None, None) => {
            let written = rest.get(..length).unwrap_or_default();
            Err(Mistake::error("syntax", span, format!("`{written}` is not a number that fits")))
        }
        (_, Some(letter)) => {
            let help = "a length of time is written `duration('90d')`";
            Err(Mistake::error("syntax", span, format!("a number ends in `{letter}` here")).help(help))
        }
    }
}

/// A number in base ten; `None` where it is too great.
fn decimal(rest: &str) -> (Option<Token>, usize) {
    let digits = |from: usize| rest.bytes().skip(from).take_while(u8::is_ascii_digit).count();
    let mut length = digits(0);
    let mut fraction = false;
    if rest.as_bytes().get(length).copied() == Some(b'.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
        fraction = true;
    }
    if matches!(rest.as_bytes().get(length).copied(), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.as_bytes().get(length + 1).copied(), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
            fraction = true;
        }
    }
    let written = rest.get(..length).unwrap_or_default();
    let token = if fraction {
        written.parse().ok().filter(|value: &f64| value.is_finite()).map(Token::Double)
    } else {
        written.parse().ok().map(Token::Int)
    };
    (token, length)
}
