//! JSON with places. What is not JSON is said where it stands.

use polity_model::{
    Diagnostic,
    written::{Content, Entry, Written},
};

use super::{DEEPEST, Source, number, once_each};

/// The value of a JSON file, and what is odd about it.
pub(crate) fn json(source: &Source<'_>) -> Result<(Written, Vec<Diagnostic>), Box<Diagnostic>> {
    let mut parser = Parser { source, at: 0, depth: 0, diagnostics: Vec::new() };
    let value = parser.value()?;
    parser.space();
    if parser.at < source.text.len() {
        return Err(parser.wrong("there is more behind the end of the document", "keep one document in each file"));
    }
    Ok((value, parser.diagnostics))
}

struct Parser<'s, 'f> {
    source: &'s Source<'f>,
    at: usize,
    depth: usize,
    diagnostics: Vec<Diagnostic>,
}

impl Parser<'_, '_> {
    fn byte(&self) -> Option<u8> {
        self.source.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn wrong(&self, what: &str, help: &str) -> Box<Diagnostic> {
        let origin = self.source.origin(self.at, (self.at + 1).min(self.source.text.len()));
        if self.at >= self.source.text.len() {
            let help = "was it cut off on its way? write it anew, and look whether that ended well";
            return Box::new(Diagnostic::error("cut-off", &origin, "the file ends within a value").help(help));
        }
        Box::new(Diagnostic::error("json-syntax", &origin, format!("this is not JSON: {what}")).help(help))
    }

    fn value(&mut self) -> Result<Written, Box<Diagnostic>> {
        self.space();
        let start = self.at;
        let content = match self.byte() {
            Some(b'{') => self.nested(Self::map)?,
            Some(b'[') => self.nested(Self::list)?,
            Some(b'"') => Content::Text(self.text()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Written { origin: self.source.origin(start, self.at), content })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Content, Box<Diagnostic>>) -> Result<Content, Box<Diagnostic>> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let origin = self.source.origin(self.at, self.at + 1);
            let message = format!("values are nested more than {DEEPEST} deep");
            return Err(Box::new(Diagnostic::error("too-deep", &origin, message).help("write it flatter")));
        }
        self.at += 1;
        let content = read(self)?;
        self.depth -= 1;
        Ok(content)
    }

    fn list(&mut self) -> Result<Content, Box<Diagnostic>> {
        let mut items = Vec::new();
        self.space();
        if self.eat(b']') {
            return Ok(Content::List(items));
        }
        loop {
            items.push(self.value()?);
            self.space();
            if self.eat(b']') {
                return Ok(Content::List(items));
            }
            if !self.eat(b',') {
                return Err(self.wrong("here a `,` or `]` is missing", "separate items with `,` and close each `[`"));
            }
        }
    }

    fn map(&mut self) -> Result<Content, Box<Diagnostic>> {
        let mut entries = Vec::new();
        self.space();
        if self.eat(b'}') {
            return Ok(Content::Map(entries));
        }
        loop {
            self.space();
            let start = self.at;
            if self.byte() != Some(b'"') {
                return Err(self.wrong("here a key in quotes is missing", "write `\"name\": value`, no `,` before `}`"));
            }
            let key = self.text()?;
            let key_origin = self.source.origin(start, self.at);
            self.space();
            if !self.eat(b':') {
                return Err(self.wrong("here a `:` is missing", "write `\"name\": value`"));
            }
            entries.push(Entry { key, key_origin, value: self.value()? });
            self.space();
            if self.eat(b'}') {
                return Ok(Content::Map(once_each(entries, &mut self.diagnostics)));
            }
            if !self.eat(b',') {
                return Err(self.wrong("here a `,` or `}` is missing", "separate entries with `,` and close each `{`"));
            }
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.byte() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn number(&mut self) -> Result<Content, Box<Diagnostic>> {
        let start = self.at;
        let digits = |parser: &mut Self| {
            let from = parser.at;
            while matches!(parser.byte(), Some(b'0'..=b'9')) {
                parser.at += 1;
            }
            parser.at > from
        };
        self.eat(b'-');
        let mut good = digits(self);
        if self.eat(b'.') {
            good &= digits(self);
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            good &= digits(self);
        }
        if !good {
            return Err(self.wrong("here a digit is missing", "write a number such as `1.5`"));
        }
        Ok(number(self.source.text.get(start..self.at).unwrap_or_default()))
    }

    fn word(&mut self) -> Result<Content, Box<Diagnostic>> {
        let rest = self.source.text.get(self.at..).unwrap_or_default();
        let known = [("true", Content::Bool(true)), ("false", Content::Bool(false)), ("null", Content::Null)];
        for (word, content) in known {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(content);
            }
        }
        let number = ["NaN", "Infinity", "-Infinity"].iter().any(|word| rest.starts_with(word));
        let what = if number { "`NaN` and `Infinity` are no numbers of JSON" } else { "here a value is missing" };
        Err(self.wrong(what, "write text in quotes, a number, `true`, `false` or `null`"))
    }

    fn text(&mut self) -> Result<String, Box<Diagnostic>> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.source.text.get(self.at..).unwrap_or_default();
            let plain =
                rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < 0x20).unwrap_or(rest.len());
            text.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escaped()?),
                Some(_) => return Err(self.wrong("a text goes over the end of its line", "close it, or write `\\n`")),
                None => return Err(self.wrong("", "")),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, Box<Diagnostic>> {
        self.at += 1;
        let known = [
            (b'"', '"'),
            (b'\\', '\\'),
            (b'/', '/'),
            (b'b', '\u{8}'),
            (b'f', '\u{c}'),
            (b'n', '\n'),
            (b'r', '\r'),
            (b't', '\t'),
        ];
        let byte = self.byte();
        if let Some((_, character)) = known.iter().find(|(escape, _)| Some(*escape) == byte) {
            self.at += 1;
            return Ok(*character);
        }
        if byte != Some(b'u') {
            return Err(self.wrong("`\\` begins no escape that there is", "write `\\\\` for a backslash"));
        }
        let first = self.unit()?;
        if (0xd800..0xdc00).contains(&first) && self.byte() == Some(b'\\') {
            self.at += 1;
            let second = self.unit()?;
            let joined = 0x10000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff);
            return Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// The four digits behind `u`.
    fn unit(&mut self) -> Result<u32, Box<Diagnostic>> {
        let digits = self.source.text.get(self.at + 1..self.at + 5).filter(|_| self.byte() == Some(b'u'));
        let unit = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = unit.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.wrong("four hexadecimal digits are missing", "write `\\u00e4`"))?;
        self.at += 5;
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Written, Diagnostic> {
        let source = Source::new("a.json", text.as_bytes()).unwrap();
        json(&source).map(|(written, _)| written).map_err(|diagnostic| *diagnostic)
    }

    #[test]
    fn values_know_their_places() {
        let written = read("{\n  \"a\": [1, {\"ä\": \"x\\u00e4\\ud83d\\ude00\"}]\n}").unwrap();
        let deep = written.deepest(&["a".to_owned(), "1".to_owned(), "ä".to_owned()]);
        assert_eq!(deep.text(), Some("xä😀"));
        assert_eq!((deep.origin.line, deep.origin.column), (2, 18));
    }

    #[test]
    fn mistakes_are_named_where_they_are() {
        let wrong = |text: &str| {
            let diagnostic = read(text).unwrap_err();
            format!(
                "{}:{} {} {}",
                diagnostic.at.origin.line, diagnostic.at.origin.column, diagnostic.code, diagnostic.message
            )
        };
        insta::assert_snapshot!(
            [
                "{\"a\": [1, 2",
                "{\"a\": NaN}",
                "[1,\n 2 3]",
                "{a: 1}",
                "{\"a\": 1,}",
                "[\"a\nb\"]",
                "[\"\\x\"]",
                "[\"\\u12",
                "[1.]",
                "1 2",
                "",
                "tru"
            ]
            .map(wrong)
            .join("\n")
        );
        assert_eq!(read(&"[".repeat(100_000)).unwrap_err().code, "too-deep");
        assert_eq!(
            read("[123456789012345678901234567890]").unwrap().value().to_json()[0].to_string(),
            "123456789012345678901234567890".to_owned().parse::<serde_json::Number>().unwrap().to_string()
        );
    }

    proptest! {
        #[test]
        fn reads_what_others_write(text in ".*", number: i64, flag: bool) {
            let json = serde_json::json!({"a": [text, number, flag, null], "b": {"c": {}, "d": []}});
            prop_assert_eq!(read(&json.to_string()).unwrap().value().to_json(), json.clone());
            prop_assert_eq!(read(&format!("{json:#}")).unwrap().value().to_json(), json);
        }

        #[test]
        fn never_panics(text in "[\\[\\]{}\",:\\\\u0-9eE.\\-ntf ä\n]{0,40}") {
            let _ = read(&text);
        }
    }
}
