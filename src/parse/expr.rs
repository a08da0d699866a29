//! Expressions: tokens → [`Expr`].
//!
//! Precedence, loosest first: `or`, `and`, `not`, comparison and `in`, `+ -`, `* /`, minus, path. A newline ends an
//! expression unless a bracket is open or an operator waits for its right side.

use ecow::EcoString;
use nom::branch::alt;
use nom::combinator::{cut, map};
use nom::multi::separated_list0;
use nom::sequence::terminated;
use nom::{Err, Parser};

use super::ast::{Binary, Expr, Name, Node, Part, Str, Unary};
use super::lexer::{self, Kind};
use super::quantity::{self, Literal};
use super::tokens::{Fault, Parsed, Tokens};
use crate::diag::Code;
use crate::source::Span;

/// Words that can't be a value's name.
const RESERVED: [&str; 8] = ["and", "or", "not", "in", "if", "then", "else", "where"];

/// A mark.
pub fn mark<'a>(wanted: &'static str, shown: &'static str) -> impl FnMut(Tokens<'a>) -> Parsed<'a, Span> {
    move |i| if i.mark_at(0, wanted) { Ok((i.next(), i.peek().span)) } else { i.expected(shown) }
}

/// A word that is part of the grammar.
pub fn word<'a>(wanted: &'static str, shown: &'static str) -> impl FnMut(Tokens<'a>) -> Parsed<'a, Span> {
    move |i| if i.word_at(0, wanted) { Ok((i.next(), i.peek().span)) } else { i.expected(shown) }
}

/// A name.
pub fn name<'a>(shown: &'static str) -> impl FnMut(Tokens<'a>) -> Parsed<'a, Name> {
    move |i| {
        let token = i.peek();
        if token.kind == Kind::Name {
            Ok((i.next(), Name { text: i.text_of(token.span).into(), span: token.span }))
        } else {
            i.expected(shown)
        }
    }
}

/// A name that may hold dots, as engines call their settings: `net.port`.
pub fn dotted_name<'a>(shown: &'static str) -> impl FnMut(Tokens<'a>) -> Parsed<'a, Name> {
    move |i| {
        let length = i.name_length();
        let (mut rest, first) = name(shown)(i)?;
        for _ in 1..length {
            rest = rest.next();
        }
        let span = first.span.to(Span::new(rest.before, rest.before));
        Ok((rest, Name { text: i.text_of(span).into(), span }))
    }
}

/// How an expression may end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// A `{` behind `in name` starts an overlay: `memory = 64GiB  in production { … }`.
    BeforeOverlay,
    /// A `{` starts the body of what holds the expression: `for tenant where gdpr in compliance { … }`.
    BeforeBody,
}

/// An expression.
pub fn expr(i: Tokens<'_>, ends: Ends) -> Parsed<'_, Expr> {
    let i = i.deeper()?;
    let shallower = i.depth - 1;
    let (mut i, value) = if i.word_at(0, "if") { choice(i, ends) } else { binary(i, 0, ends) }?;
    i.depth = shallower;
    Ok((i, value))
}

fn choice(i: Tokens<'_>, ends: Ends) -> Parsed<'_, Expr> {
    let start = i.peek().span;
    let (i, _) = word("if", "`if`")(i)?;
    let (i, condition) = cut(|i| expr(i, ends)).parse(i)?;
    let (i, _) = cut(word("then", "`then`")).parse(i)?;
    let (i, yes) = cut(|i| expr(i, ends)).parse(i)?;
    let (i, _) = cut(word("else", "`else`")).parse(i)?;
    let (i, no) = cut(|i| expr(i, ends)).parse(i)?;
    let span = start.to(no.span);
    Ok((i, Expr { node: Node::If(Box::new(condition), Box::new(yes), Box::new(no)), span }))
}

const LEVELS: u8 = 6;

fn operator(i: Tokens<'_>, level: u8, ends: Ends) -> Option<Binary> {
    let token = i.peek();
    let found = match token.kind {
        Kind::Name => match i.text_of(token.span) {
            "or" => (0, Binary::Or),
            "and" => (1, Binary::And),
            "in" if ends == Ends::BeforeOverlay && overlay_follows(i) => return None,
            "in" => (3, Binary::In),
            _ => return None,
        },
        Kind::Mark(mark) => match mark {
            "==" => (3, Binary::Equal),
            "!=" => (3, Binary::Unequal),
            "<" => (3, Binary::Less),
            "<=" => (3, Binary::AtMost),
            ">" => (3, Binary::More),
            ">=" => (3, Binary::AtLeast),
            "+" => (4, Binary::Plus),
            "-" => (4, Binary::Minus),
            "*" => (5, Binary::Times),
            "/" => (5, Binary::Over),
            _ => return None,
        },
        _ => return None,
    };
    (found.0 == level).then_some(found.1)
}

/// `in production {` or `in a, b {`
fn overlay_follows(i: Tokens<'_>) -> bool {
    let mut n = 1;
    while i.nth(n).kind == Kind::Name {
        if i.mark_at(n + 1, "{") {
            return true;
        }
        if !i.mark_at(n + 1, ",") {
            return false;
        }
        n += 2;
    }
    false
}

fn binary(i: Tokens<'_>, level: u8, ends: Ends) -> Parsed<'_, Expr> {
    if level == 2 && i.word_at(0, "not") {
        let start = i.peek().span;
        let deep = i.next().deeper()?;
        let (mut rest, inner) = cut(|i| binary(i, 2, ends)).parse(deep)?;
        rest.depth = i.depth;
        let span = start.to(inner.span);
        return Ok((rest, Expr { node: Node::Unary(Unary::Not, Box::new(inner)), span }));
    }
    if level == LEVELS {
        return unary(i);
    }
    let (mut i, mut left) = binary(i, level + 1, ends)?;
    let mut links = 0_u32;
    loop {
        if level == 2 || (i.peek().fresh_line && !i.in_brackets()) {
            break;
        }
        let Some(sign) = operator(i, level, ends) else { break };
        links += 1;
        if links > 1_000 {
            return Err(Err::Failure(told(
                Code::TooDeep.at(i.peek().span, "this expression has more than 1000 operators"),
            )));
        }
        let (rest, right) = cut(|i| binary(i, level + 1, ends)).parse(i.next())?;
        i = rest;
        let span = left.span.to(right.span);
        left = Expr { node: Node::Binary(sign, Box::new(left), Box::new(right)), span };
        if level == 3 {
            break;
        }
    }
    Ok((i, left))
}

fn told(diagnostic: crate::diag::Diagnostic) -> Fault {
    Fault { at: diagnostic.span(), expected: Vec::new(), told: Some(Box::new(diagnostic)) }
}

fn unary(i: Tokens<'_>) -> Parsed<'_, Expr> {
    if !i.mark_at(0, "-") {
        return path(i);
    }
    let start = i.peek().span;
    let deep = i.next().deeper()?;
    let (mut rest, inner) = cut(unary).parse(deep)?;
    rest.depth = i.depth;
    let span = start.to(inner.span);
    let node = match inner.node {
        Node::Literal(Literal::Int(value)) => Node::Literal(Literal::Int(-value)),
        Node::Literal(Literal::Number(value)) => Node::Literal(Literal::Number(-value)),
        _ => Node::Unary(Unary::Minus, Box::new(inner)),
    };
    Ok((rest, Expr { node, span }))
}

fn path(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let (mut i, mut value) = primary(i)?;
    while i.mark_at(0, ".") && !i.peek().fresh_line {
        let (rest, field) = cut(name("a name after the dot")).parse(i.next())?;
        i = rest;
        let span = value.span.to(field.span);
        value = Expr { node: Node::Path(Box::new(value), field), span };
    }
    Ok((i, value))
}

fn primary(i: Tokens<'_>) -> Parsed<'_, Expr> {
    alt((literal, text, list, parenthesised, named)).parse(i)
}

fn literal(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let token = i.peek();
    if token.kind != Kind::Quantity {
        return i.expected("a number");
    }
    match quantity::read(i.text_of(token.span)) {
        Ok(value) => Ok((i.next(), Expr { node: Node::Literal(value), span: token.span })),
        Err(bad) => {
            let diagnostic = Code::BadQuantity.at(token.span, bad.message).maybe_help(bad.help);
            Err(Err::Failure(told(diagnostic)))
        }
    }
}

fn named(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let (rest, found) = name("a name")(i)?;
    let span = found.span;
    match found.text.as_str() {
        "true" => return Ok((rest, Expr { node: Node::Literal(Literal::Bool(true)), span })),
        "false" => return Ok((rest, Expr { node: Node::Literal(Literal::Bool(false)), span })),
        reserved if RESERVED.contains(&reserved) => return i.expected("a value"),
        _ => {}
    }
    if rest.mark_at(0, "(") && !rest.peek().fresh_line && rest.peek().span.start == span.end {
        let (after, arguments) = items(rest.next().bracket()?, ")", "`,` or `)`")?;
        let span = span.to(Span::new(after.before, after.before));
        return Ok((after.back_to(i), Expr { node: Node::Call(found, arguments), span }));
    }
    Ok((rest, Expr { node: Node::Name(found.text), span }))
}

fn list(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let (rest, start) = mark("[", "a list")(i)?;
    let (after, values) = items(rest.bracket()?, "]", "`,` or `]`")?;
    let span = start.to(Span::new(after.before, after.before));
    Ok((after.back_to(i), Expr { node: Node::List(values), span }))
}

/// Expressions up to the closing mark, commas between them; one more comma may stand at the end.
fn items<'a>(i: Tokens<'a>, close: &'static str, shown: &'static str) -> Parsed<'a, Vec<Expr>> {
    let element = |i: Tokens<'a>| if i.mark_at(0, close) { i.expected("a value") } else { expr(i, Ends::BeforeBody) };
    let (i, values) = separated_list0(mark(",", "`,`"), element).parse(i)?;
    let i = if i.mark_at(0, ",") { i.next() } else { i };
    let (i, _) = cut(mark(close, shown)).parse(i)?;
    Ok((i, values))
}

fn parenthesised(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let (rest, start) = mark("(", "`(`")(i)?;
    let inner = |i| expr(i, Ends::BeforeBody);
    let (after, value) = terminated(cut(inner), cut(mark(")", "`)`"))).parse(rest.bracket()?)?;
    // The text of a formula is its span's: what it ends in closes what it begins with.
    let span = start.to(Span::new(after.before, after.before));
    Ok((after.back_to(i), Expr { span, ..value }))
}

fn text(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let token = i.peek();
    if token.kind != Kind::Text {
        return i.expected("a string");
    }
    let parts = parts(i, token.span).map_err(Err::Failure)?;
    Ok((i.next(), Expr { node: Node::Text(parts), span: token.span }))
}

/// A string without interpolation.
pub fn plain_text<'a>(shown: &'static str) -> impl FnMut(Tokens<'a>) -> Parsed<'a, Str> {
    move |i| {
        if i.peek().kind != Kind::Text {
            return i.expected(shown);
        }
        map(text, |value| (value.span, value.node)).parse(i).and_then(|(rest, (span, node))| match node {
            Node::Text(parts) => match parts.as_slice() {
                [] => Ok((rest, Str { text: EcoString::new(), span })),
                [Part::Letters(letters)] => Ok((rest, Str { text: letters.clone(), span })),
                _ => Err(Err::Failure(told(
                    Code::Syntax.at(span, "no value can stand in this string").help("write `\\{` for a brace"),
                ))),
            },
            _ => i.expected(shown),
        })
    }
}

/// The parts of a string token: letters with escapes undone, and `{expressions}`.
fn parts(i: Tokens<'_>, span: Span) -> Result<Vec<Part>, Fault> {
    let whole = i.text_of(span);
    let body = whole.strip_prefix('"').unwrap_or(whole);
    let body = body.strip_suffix('"').unwrap_or(body);
    let start = span.start + 1;
    let mut out = Vec::new();
    let mut letters = EcoString::new();
    let mut rest = body;
    let offset = |rest: &str| start + u32::try_from(body.len() - rest.len()).unwrap_or(0);
    while let Some(c) = rest.chars().next() {
        let at = offset(rest);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '\\' => {
                let (value, after) = escape(rest).ok_or_else(|| {
                    told(
                        Code::BadEscape
                            .at(Span::new(at, at + 2), "this escape means nothing")
                            .help("escapes are `\\\"` `\\\\` `\\n` `\\t` `\\{` `\\}` and `\\u{2603}`"),
                    )
                })?;
                letters.push(value);
                rest = after;
            }
            '{' => {
                let length = rest.find('}').ok_or_else(|| {
                    told(
                        Code::Syntax
                            .at(Span::new(at, at + 1), "this brace has no partner")
                            .help("write `\\{` for a brace, or close it: `\"{name}\"`"),
                    )
                })?;
                if !letters.is_empty() {
                    out.push(Part::Letters(std::mem::take(&mut letters)));
                }
                out.push(Part::Value(interpolated(rest.get(..length).unwrap_or_default(), at + 1)?));
                rest = rest.get(length + 1..).unwrap_or_default();
            }
            _ => letters.push(c),
        }
    }
    if !letters.is_empty() {
        out.push(Part::Letters(letters));
    }
    Ok(out)
}

fn escape(rest: &str) -> Option<(char, &str)> {
    let mut chars = rest.chars();
    let value = match chars.next()? {
        c @ ('"' | '\\' | '{' | '}') => c,
        'n' => '\n',
        't' => '\t',
        'u' => {
            let (hex, after) = chars.as_str().strip_prefix('{')?.split_once('}')?;
            let value = char::from_u32(u32::from_str_radix(hex, 16).ok()?).filter(|c| *c != '\0')?;
            return Some((value, after));
        }
        _ => return None,
    };
    Some((value, chars.as_str()))
}

fn interpolated(inner: &str, base: u32) -> Result<Expr, Fault> {
    let lexed = lexer::lex(inner, base);
    if let Some(first) = lexed.diagnostics.into_iter().next() {
        return Err(told(first));
    }
    let tokens = Tokens::over(inner, base, &lexed.tokens, &lexed.comments);
    match expr(tokens, Ends::BeforeBody) {
        Ok((rest, value)) if rest.peek().kind == Kind::End => Ok(value),
        Ok((rest, _)) => Err(Fault { at: rest.peek().span, expected: vec!["`}`"], told: None }),
        Err(Err::Error(fault) | Err::Failure(fault)) => Err(fault),
        Err(Err::Incomplete(_)) => Err(Fault { at: Span::new(base, base), expected: vec!["a value"], told: None }),
    }
}
