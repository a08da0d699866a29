//! Text → tokens and comments, with nom over `&str`.
//!
//! Every byte ends up in a token, a comment or blank space; nothing is refused here but told in `diagnostics`, and the
//! parser goes on behind it. Linear in the text.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while, take_while1};
use nom::character::complete::{char, satisfy};
use nom::combinator::{opt, peek, recognize, value, verify};
use nom::{IResult, Parser};

use crate::diag::{Code, Diagnostic};
use crate::source::Span;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A name: letters, digits, `_`, and `-` between them.
    Name,
    /// A number with its unit, a time or a date.
    Quantity,
    /// A string with its quotes.
    Text,
    /// `{ } [ ] ( ) , : . | = == != < <= > >= + - * /`, or a stray character, which no grammar rule takes.
    Mark(&'static str),
    /// The end of the file.
    End,
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where.
    pub span: Span,
    /// A line ends between the token before and this one.
    pub fresh_line: bool,
}

/// A comment, `#` or `##` included, without its line end.
#[derive(Clone, Copy, Debug)]
pub struct Comment {
    /// Where.
    pub span: Span,
    /// Nothing else stands on its line before it.
    pub own_line: bool,
}

/// What the lexer makes of a file.
#[derive(Debug, Default)]
pub struct Lexed {
    /// Tokens, the last one [`Kind::End`].
    pub tokens: Vec<Token>,
    /// Comments, in order.
    pub comments: Vec<Comment>,
    /// What was odd.
    pub diagnostics: Vec<Diagnostic>,
}

type Out<'a, T> = IResult<&'a str, T>;

/// Cuts a text, which stands at the global offset `base`, into tokens.
#[must_use]
pub fn lex(whole: &str, base: u32) -> Lexed {
    let mut out = Lexed::default();
    let mut rest = whole.strip_prefix('\u{feff}').unwrap_or(whole);
    let mut fresh_line = true;
    let end = base.saturating_add(u32::try_from(whole.len()).unwrap_or(u32::MAX));
    let at = |rest: &str| end - u32::try_from(rest.len()).unwrap_or(0);
    while !rest.is_empty() {
        let before = rest;
        if let Ok((after, blank)) =
            take_while1::<_, _, nom::error::Error<&str>>(|c| matches!(c, ' ' | '\t' | '\r' | '\n'))(rest)
        {
            fresh_line |= blank.contains('\n');
            rest = after;
        } else if let Ok((after, _)) = comment(rest) {
            out.comments.push(Comment { span: Span::new(at(before), at(after)), own_line: fresh_line });
            rest = after;
        } else {
            let (after, kind) =
                token(rest).unwrap_or_else(|_| (rest.get(first_len(rest)..).unwrap_or_default(), Kind::Mark("?")));
            let span = Span::new(at(before), at(after));
            if kind == Kind::Text
                && let Some(at) = whole_text(before, after).find(|c: char| c.is_control() && c != '\t')
            {
                let start = span.start + u32::try_from(at).unwrap_or(0);
                let c = whole_text(before, after).get(at..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
                let place = Span::new(start, start + u32::try_from(c.len_utf8()).unwrap_or(1));
                out.diagnostics.push(
                    Code::OddCharacter
                        .at(place, format!("{} can't stand in a string", shown(c)))
                        .help("is this a text file? Line ends are written `\\n`"),
                );
            }
            match kind {
                Kind::Mark("?") => out.diagnostics.push(odd(rest, span)),
                Kind::Text if !closed(before, after) => out.diagnostics.push(
                    Code::UnclosedString
                        .at(span, "this string is not closed")
                        .here("it starts here")
                        .help("end it with `\"` on the same line"),
                ),
                _ => {}
            }
            out.tokens.push(Token { kind, span, fresh_line });
            fresh_line = false;
            rest = after;
        }
    }
    out.tokens.push(Token { kind: Kind::End, span: Span::new(end, end), fresh_line: true });
    let mut seen = 0;
    out.diagnostics.retain(|diagnostic| {
        seen += usize::from(diagnostic.code == Code::OddCharacter);
        diagnostic.code != Code::OddCharacter || seen <= 5
    });
    out
}

fn first_len(rest: &str) -> usize {
    rest.chars().next().map_or(0, char::len_utf8)
}

fn comment(i: &str) -> Out<'_, &str> {
    recognize((char('#'), take_till(|c| c == '\n'))).parse(i).map(|(rest, text)| {
        let cut = text.trim_end_matches('\r').len();
        (i.get(cut..).unwrap_or(rest), text)
    })
}

fn token(i: &str) -> Out<'_, Kind> {
    alt((value(Kind::Name, name), value(Kind::Quantity, quantity), value(Kind::Text, text), mark)).parse(i)
}

/// A name may hold hyphens between letters or digits (`eu-west-1`), so minus wants spaces.
pub fn name(i: &str) -> Out<'_, &str> {
    recognize((
        satisfy(|c| c.is_alphabetic() || c == '_'),
        nom::multi::fold_many0(
            alt((recognize(satisfy(inner)), recognize((char('-'), peek(satisfy(inner)))))),
            || (),
            |(), _| (),
        ),
    ))
    .parse(i)
}

fn inner(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn digits(i: &str) -> Out<'_, &str> {
    take_while1(|c: char| c.is_ascii_digit()).parse(i)
}

/// Digits, then what makes them a date, a time, a rate or a quantity. The unit is read later ([`super::quantity`]).
fn quantity(i: &str) -> Out<'_, &str> {
    let date = recognize((digits, char('-'), digits, char('-'), digits));
    let time = recognize((digits, char(':'), digits));
    let number = recognize((take_while1(|c: char| c.is_ascii_digit() || c == '_'), opt((char('.'), digits))));
    let per = recognize((char('/'), verify(name, |unit: &str| matches!(unit, "s" | "min" | "h" | "d"))));
    let a_second = recognize((char('/'), verify(name, |unit: &str| unit == "s")));
    let unit = alt((per, tag("%"), recognize((take_while1(inner), opt(a_second))), take_while(inner)));
    alt((date, time, recognize((peek(digits), number, unit)))).parse(i)
}

/// A string up to its closing quote; an unclosed one ends with its line.
fn text(i: &str) -> Out<'_, &str> {
    let (mut rest, _) = char('"').parse(i)?;
    loop {
        let (after, _) = take_till(|c| matches!(c, '"' | '\\' | '\n')).parse(rest)?;
        let mut chars = after.chars();
        rest = match chars.next() {
            Some('"') => return Ok(cut(i, chars.as_str())),
            Some('\\') if !matches!(chars.clone().next(), None | Some('\n')) => {
                chars.next();
                chars.as_str()
            }
            Some('\\') => return Ok(cut(i, chars.as_str())),
            _ => return Ok(cut(i, after)),
        };
    }
}

/// What is left, and what was taken.
fn cut<'a>(from: &'a str, rest: &'a str) -> (&'a str, &'a str) {
    (rest, from.get(..from.len() - rest.len()).unwrap_or_default())
}

/// The text of the token between two rests.
fn whole_text<'a>(before: &'a str, after: &str) -> &'a str {
    before.get(..before.len() - after.len()).unwrap_or_default()
}

fn closed(before: &str, after: &str) -> bool {
    let text = whole_text(before, after);
    let body = text.get(1..).unwrap_or_default();
    let mut escaped = false;
    let mut quote = false;
    for c in body.chars() {
        quote = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
    }
    quote
}

fn mark(i: &str) -> Out<'_, Kind> {
    const MARKS: [&str; 21] =
        ["==", "!=", "<=", ">=", "=", "<", ">", "{", "}", "[", "]", "(", ")", ",", ":", ".", "|", "+", "-", "*", "/"];
    for known in MARKS {
        if let Some(rest) = i.strip_prefix(known) {
            return Ok((rest, Kind::Mark(known)));
        }
    }
    Err(nom::Err::Error(nom::error::Error::new(i, nom::error::ErrorKind::Tag)))
}

fn odd(rest: &str, span: Span) -> Diagnostic {
    let c = rest.chars().next().unwrap_or(' ');
    let told = Code::OddCharacter.at(span, format!("{} means nothing here", shown(c)));
    let right = match c {
        '“' | '”' | '„' | '«' | '»' | '\'' | '‘' | '’' | '`' => Some("\""),
        '–' | '—' | '−' => Some("-"),
        '；' | ';' => return told.help("no `;` is needed: a new line or the next `name =` ends a fact"),
        '，' => Some(","),
        '\u{a0}' | '\u{3000}' | '\u{200b}' => Some(" "),
        '%' => return told.help("a percent sign follows its number at once: `95%`"),
        '&' => return told.help("write `and`"),
        '!' => return told.help("write `not`, or `!=`"),
        '\0' => return told.help("is this a text file?"),
        _ => None,
    };
    match right {
        Some(right) => told.help(format!("did you mean `{right}`?")).fix(span, right),
        None => told,
    }
}

fn shown(c: char) -> String {
    if c.is_control() || c.is_whitespace() { format!("the character U+{:04X}", u32::from(c)) } else { format!("`{c}`") }
}
