//! The grammar of CEL, by precedence climbing.

use super::{
    Expr, ExprKind, Operator, Span,
    token::{Token, tokens},
};
use crate::Mistake;

/// Longest assertion, in bytes, and deepest nesting.
const LONGEST: usize = 64 * 1024;
const DEEPEST: usize = 64;

/// Words that CEL keeps for itself: they are never names, only fields.
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
    "in",
];

/// Parses one assertion.
pub(crate) fn parse(text: &str) -> Result<Expr, Mistake> {
    if text.len() > LONGEST {
        let message = format!("this assertion is longer than {LONGEST} bytes");
        return Err(Mistake::error("syntax", Span { start: 0, end: 0 }, message));
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, open: 0 };
    let expr = parser.choice()?;
    match parser.peek() {
        Token::End => Ok(expr),
        _ => Err(parser.unexpected("the assertion should end")),
    }
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    at: usize,
    /// How deep the nesting is at this point: the parser itself must not run out of stack either.
    open: usize,
}

type Parsed = Result<Expr, Mistake>;

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).or(self.tokens.last()).map(|(_, span)| *span).unwrap_or_default()
    }

    fn next(&mut self) -> (Token, Span) {
        let token = self.tokens.get(self.at).cloned().unwrap_or((Token::End, self.span()));
        self.at += 1;
        token
    }

    fn eat(&mut self, sign: &'static str) -> Option<Span> {
        if *self.peek() == Token::Sign(sign) { Some(self.next().1) } else { None }
    }

    fn expect(&mut self, sign: &'static str) -> Result<Span, Mistake> {
        self.eat(sign).ok_or_else(|| self.unexpected(&format!("`{sign}` should stand here")))
    }

    fn unexpected(&self, wanted: &str) -> Mistake {
        let found = match self.peek() {
            Token::End => "the assertion ends here".to_owned(),
            Token::Sign(sign) => format!("`{sign}` stands here"),
            Token::Name(name) | Token::Quoted(name) => format!("`{name}` stands here"),
            Token::Int(_) | Token::Uint(_) | Token::Double(_) => "a number stands here".to_owned(),
            Token::Text(_) | Token::Bytes(_) => "a text stands here".to_owned(),
        };
        let help = match self.peek() {
            Token::Name(word) if word.eq_ignore_ascii_case("and") => Some("both of two conditions is written `&&`"),
            Token::Name(word) if word.eq_ignore_ascii_case("or") => Some("either of two conditions is written `||`"),
            _ => match self.at.checked_sub(1).and_then(|before| self.tokens.get(before)) {
                Some((Token::Name(word), _)) if word.eq_ignore_ascii_case("not") => {
                    Some("the opposite of a condition is written `!`")
                }
                _ => None,
            },
        };
        let mistake = Mistake::error("syntax", self.span(), format!("{wanted}, but {found}"));
        match help {
            Some(help) => mistake.help(help),
            None => mistake,
        }
    }

    /// `condition ? yes : no`, and all that binds closer.
    fn choice(&mut self) -> Parsed {
        self.open += 1;
        if self.open > DEEPEST {
            return Err(too_deep(self.span()));
        }
        let condition = self.or()?;
        let expr = if self.eat("?").is_some() {
            let yes = self.or()?;
            self.expect(":")?;
            let no = self.choice()?;
            let span = condition.span.to(no.span);
            let depth = condition.depth.max(yes.depth).max(no.depth);
            let kind = ExprKind::Choice { condition: Box::new(condition), yes: Box::new(yes), no: Box::new(no) };
            build(kind, span, depth)?
        } else {
            condition
        };
        self.open -= 1;
        Ok(expr)
    }

    fn or(&mut self) -> Parsed {
        self.chain("||", Self::and, ExprKind::Or)
    }

    fn and(&mut self) -> Parsed {
        self.chain("&&", Self::relation, ExprKind::And)
    }

    fn chain(&mut self, sign: &'static str, part: fn(&mut Self) -> Parsed, kind: fn(Vec<Expr>) -> ExprKind) -> Parsed {
        let first = part(self)?;
        if *self.peek() != Token::Sign(sign) {
            return Ok(first);
        }
        let (mut span, mut depth) = (first.span, first.depth);
        let mut parts = vec![first];
        while self.eat(sign).is_some() {
            let next = part(self)?;
            span = span.to(next.span);
            depth = depth.max(next.depth);
            parts.push(next);
        }
        build(kind(parts), span, depth)
    }

    fn relation(&mut self) -> Parsed {
        self.binary(
            Self::sum,
            &[
                ("==", Operator::Equal),
                ("!=", Operator::NotEqual),
                ("<=", Operator::LessOrEqual),
                (">=", Operator::GreaterOrEqual),
                ("<", Operator::Less),
                (">", Operator::Greater),
                ("in", Operator::In),
            ],
        )
    }

    fn sum(&mut self) -> Parsed {
        self.binary(Self::product, &[("+", Operator::Add), ("-", Operator::Subtract)])
    }

    fn product(&mut self) -> Parsed {
        self.binary(Self::unary, &[("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)])
    }

    fn binary(&mut self, part: fn(&mut Self) -> Parsed, operators: &[(&str, Operator)]) -> Parsed {
        let mut left = part(self)?;
        loop {
            let found = operators.iter().find(|(sign, _)| match self.peek() {
                Token::Sign(next) => next == sign,
                Token::Name(next) => next == sign,
                _ => false,
            });
            let Some((_, operator)) = found else { return Ok(left) };
            self.next();
            let right = part(self)?;
            let (span, depth) = (left.span.to(right.span), left.depth.max(right.depth));
            let kind = ExprKind::Binary { operator: *operator, left: Box::new(left), right: Box::new(right) };
            left = build(kind, span, depth)?;
        }
    }

    fn unary(&mut self) -> Parsed {
        let mut signs = Vec::new();
        loop {
            // A minus before a number belongs to it: the least whole number has no opposite.
            let number = |token: Option<&(Token, Span)>| matches!(token, Some((Token::Int(_) | Token::Double(_), _)));
            if *self.peek() == Token::Sign("-") && number(self.tokens.get(self.at + 1)) {
                break;
            }
            match (self.eat("!"), signs.first()) {
                (Some(span), None | Some((true, _))) => {
                    signs.push((true, span));
                    continue;
                }
                (Some(_), _) => return Err(self.unexpected("a value should follow `-`")),
                (None, _) => {}
            }
            match (self.eat("-"), signs.first()) {
                (Some(span), None | Some((false, _))) => signs.push((false, span)),
                (Some(_), _) => return Err(self.unexpected("a condition should follow `!`")),
                (None, _) => break,
            }
        }
        let mut expr = self.member()?;
        for (not, sign) in signs.into_iter().rev() {
            let (span, depth) = (sign.to(expr.span), expr.depth);
            let of = Box::new(expr);
            expr = build(if not { ExprKind::Not(of) } else { ExprKind::Negate(of) }, span, depth)?;
        }
        Ok(expr)
    }

    /// A value with all the `.field`, `.function(..)` and `[index]` behind it.
    fn member(&mut self) -> Parsed {
        let mut expr = self.primary()?;
        loop {
            if self.eat(".").is_some() {
                if *self.peek() == Token::Sign("?") {
                    return Err(self.optional_syntax());
                }
                let (token, name_span) = self.next();
                let (Token::Name(name) | Token::Quoted(name)) = token else {
                    self.at -= 1;
                    return Err(self.unexpected("a field or function should follow `.`"));
                };
                let of = Box::new(expr);
                let depth = of.depth;
                expr = if self.eat("(").is_some() {
                    let (arguments, end) = self.arguments(")")?;
                    let span = of.span.to(end);
                    let depth = arguments.iter().map(|argument| argument.depth).fold(depth, usize::max);
                    build(ExprKind::Call { of: Some(of), name, name_span, arguments }, span, depth)?
                } else {
                    let span = of.span.to(name_span);
                    build(ExprKind::Select { of, name, name_span }, span, depth)?
                };
            } else if self.eat("[").is_some() {
                if *self.peek() == Token::Sign("?") {
                    return Err(self.optional_syntax());
                }
                let index = Box::new(self.choice()?);
                let end = self.expect("]")?;
                let (span, depth) = (expr.span.to(end), expr.depth.max(index.depth));
                expr = build(ExprKind::Index { of: Box::new(expr), index }, span, depth)?;
            } else {
                return Ok(expr);
            }
        }
    }

    fn optional_syntax(&self) -> Mistake {
        Mistake::error("not-supported", self.span(), "optional values are not part of this language")
            .help("ask with `has(..)`, or `'key' in map`, before you read what may be absent")
    }

    fn primary(&mut self) -> Parsed {
        let (token, span) = self.next();
        let leaf = |kind| build(kind, span, 0);
        match token {
            Token::Int(value) => match i64::try_from(value) {
                Ok(value) => leaf(ExprKind::Int(value)),
                Err(_) => Err(Mistake::error("syntax", span, format!("`{value}` is not a number that fits"))
                    .help("whole numbers go up to 9223372036854775807")),
            },
            Token::Sign("-") => match self.next() {
                (Token::Int(value), end) => match 0_i64.checked_sub_unsigned(value) {
                    Some(value) => build(ExprKind::Int(value), span.to(end), 0),
                    None => Err(Mistake::error("syntax", end, format!("`-{value}` is not a number that fits"))
                        .help("whole numbers go down to -9223372036854775808")),
                },
                (Token::Double(value), end) => build(ExprKind::Double(-value), span.to(end), 0),
                _ => {
                    self.at -= 1;
                    Err(self.unexpected("a value should follow `-`"))
                }
            },
            Token::Uint(value) => leaf(ExprKind::Uint(value)),
            Token::Double(value) => leaf(ExprKind::Double(value)),
            Token::Text(value) => leaf(ExprKind::Text(value)),
            Token::Bytes(value) => leaf(ExprKind::Bytes(value)),
            Token::Name(name) => self.name(name, span),
            Token::Sign("(") => {
                let expr = self.choice()?;
                let end = self.expect(")")?;
                Ok(Expr { span: span.to(end), ..expr })
            }
            Token::Sign("[") => {
                let (items, end) = self.arguments("]")?;
                let depth = items.iter().map(|item| item.depth).max().unwrap_or_default();
                build(ExprKind::List(items), span.to(end), depth)
            }
            Token::Sign("{") => self.map(span),
            Token::Sign(".") if matches!(self.peek(), Token::Name(_)) => self.primary(),
            _ => {
                self.at -= 1;
                Err(self.unexpected("a value should stand here"))
            }
        }
    }

    fn name(&mut self, name: String, span: Span) -> Parsed {
        match name.as_str() {
            "true" => return build(ExprKind::Bool(true), span, 0),
            "false" => return build(ExprKind::Bool(false), span, 0),
            "null" => return build(ExprKind::Null, span, 0),
            word if RESERVED.contains(&word) => {
                return Err(Mistake::error(
                    "syntax",
                    span,
                    format!("`{word}` is kept by the language, it names nothing"),
                ));
            }
            _ => {}
        }
        if self.eat("(").is_some() {
            let (arguments, end) = self.arguments(")")?;
            let depth = arguments.iter().map(|argument| argument.depth).max().unwrap_or_default();
            return build(ExprKind::Call { of: None, name, name_span: span, arguments }, span.to(end), depth);
        }
        build(ExprKind::Name(name), span, 0)
    }

    /// What stands between brackets, up to the closing one; a comma may stand at the end.
    fn arguments(&mut self, close: &'static str) -> Result<(Vec<Expr>, Span), Mistake> {
        let mut arguments = Vec::new();
        loop {
            if let Some(end) = self.eat(close) {
                return Ok((arguments, end));
            }
            if *self.peek() == Token::Sign("?") {
                return Err(self.optional_syntax());
            }
            arguments.push(self.choice()?);
            if self.eat(",").is_none() {
                return Ok((arguments, self.expect(close)?));
            }
        }
    }

    fn map(&mut self, start: Span) -> Parsed {
        let mut entries = Vec::new();
        let mut depth = 0;
        loop {
            if let Some(end) = self.eat("}") {
                return build(ExprKind::Map(entries), start.to(end), depth);
            }
            if *self.peek() == Token::Sign("?") {
                return Err(self.optional_syntax());
            }
            let key = self.choice()?;
            self.expect(":")?;
            let value = self.choice()?;
            depth = depth.max(key.depth).max(value.depth);
            entries.push((key, value));
            if self.eat(",").is_none() {
                let end = self.expect("}")?;
                return build(ExprKind::Map(entries), start.to(end), depth);
            }
        }
    }
}

fn build(kind: ExprKind, span: Span, below: usize) -> Parsed {
    if below >= DEEPEST {
        return Err(too_deep(span));
    }
    Ok(Expr { kind, span, depth: below + 1 })
}

fn too_deep(span: Span) -> Mistake {
    Mistake::error("syntax", span, format!("this is nested deeper than {DEEPEST} levels"))
        .help("split the assertion into several controls")
}
