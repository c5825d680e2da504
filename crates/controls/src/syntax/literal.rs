//! The inside of quotes.

/// Resolves the escapes of a text; the error is what is wrong with it.
pub(super) fn text(inside: &str) -> Result<String, String> {
    let mut out = String::with_capacity(inside.len());
    let mut rest = inside.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        let code = escape(&mut rest)?;
        out.push(char::from_u32(code.value).ok_or_else(|| "this escape is no character".to_owned())?);
    }
    Ok(out)
}

/// Resolves the escapes of bytes; what is not escaped stands for its UTF-8.
pub(super) fn bytes(inside: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(inside.len());
    let mut rest = inside.chars();
    let mut buffer = [0; 4];
    while let Some(character) = rest.next() {
        if character != '\\' {
            out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            continue;
        }
        let code = escape(&mut rest)?;
        if code.unicode {
            return Err("bytes take `\\x00` to `\\xff` and `\\000` to `\\377`, not `\\u` or `\\U`".to_owned());
        }
        out.push(u8::try_from(code.value).map_err(|_| "this escape is more than one byte".to_owned())?);
    }
    Ok(out)
}

struct Code {
    value: u32,
    unicode: bool,
}

fn escape(rest: &mut std::str::Chars<'_>) -> Result<Code, String> {
    let plain = |value: char| Ok(Code { value: value as u32, unicode: false });
    match rest.next() {
        Some(same @ ('\\' | '?' | '"' | '\'' | '`')) => plain(same),
        Some('a') => plain('\x07'),
        Some('b') => plain('\x08'),
        Some('f') => plain('\x0c'),
        Some('n') => plain('\n'),
        Some('r') => plain('\r'),
        Some('t') => plain('\t'),
        Some('v') => plain('\x0b'),
        Some('x' | 'X') => Ok(Code { value: digits(rest, 2, 16, 0)?, unicode: false }),
        Some('u') => Ok(Code { value: digits(rest, 4, 16, 0)?, unicode: true }),
        Some('U') => Ok(Code { value: digits(rest, 8, 16, 0)?, unicode: true }),
        Some(first @ '0'..='3') => {
            Ok(Code { value: digits(rest, 2, 8, first.to_digit(8).unwrap_or_default())?, unicode: false })
        }
        Some(other) => Err(format!("`\\{other}` is not an escape")),
        None => Err("the text ends within an escape".to_owned()),
    }
}

fn digits(rest: &mut std::str::Chars<'_>, count: usize, radix: u32, first: u32) -> Result<u32, String> {
    let mut value = first;
    for _ in 0..count {
        let digit = rest.next().and_then(|character| character.to_digit(radix));
        let Some(digit) = digit else { return Err("this escape has too few digits".to_owned()) };
        value = value.wrapping_mul(radix).wrapping_add(digit);
    }
    Ok(value)
}
