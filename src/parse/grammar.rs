//! Items and bodies: tokens → [`Ast`].
//!
//! nom reads one item; the loop over items is by hand, so that a fault costs its item only: it is told, tokens are
//! skipped to the next line of the same body, and reading goes on.

use ecow::EcoString;
use nom::branch::alt;
use nom::combinator::{cut, map, opt};
use nom::multi::separated_list1;
use nom::{Err, Parser};

use super::ast::{Ast, Attribute, Block, Doc, Expr, Field, Grant, Item, Overlay, Require, Rule, TypeExpr};
use super::expr::{Ends, dotted_name, expr, mark, name, plain_text, word};
use super::lexer::Kind;
use super::quantity::{self, Literal};
use super::tokens::{Fault, Parsed, Tokens};
use crate::diag::{Code, Diagnostic};
use crate::source::Span;

/// A file's items, and what could not be read.
pub fn file(tokens: Tokens<'_>, diagnostics: &mut Vec<Diagnostic>) -> Ast {
    let braces = |wanted: &str| tokens.rest.iter().filter(|t| matches!(t.kind, Kind::Mark(m) if m == wanted)).count();
    let mut reader = Reader { diagnostics, unbalanced: braces("{") > braces("}") };
    let mut items = Vec::new();
    let mut i = tokens;
    loop {
        i = reader.items(i, &mut items);
        if i.peek().kind == Kind::End {
            break;
        }
        reader.diagnostics.push(
            Code::Syntax
                .at(i.peek().span, "this brace closes nothing")
                .help("remove it, or look for a `{` that is missing above"),
        );
        i = i.next();
    }
    Ast { items }
}

struct Reader<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
    /// More braces open than close: then a block at the margin ends the body before it.
    unbalanced: bool,
}

impl Reader<'_> {
    /// Items up to a closing brace or the end, neither taken.
    fn items<'a>(&mut self, mut i: Tokens<'a>, out: &mut Vec<Item>) -> Tokens<'a> {
        while i.peek().kind != Kind::End && !i.mark_at(0, "}") && !(i.depth > 0 && self.at_margin(i)) {
            match self.item(i) {
                Ok((rest, item)) => {
                    out.push(item);
                    i = rest.back_to(i);
                }
                Err(Err::Error(fault) | Err::Failure(fault)) => {
                    let end = fault.at.start;
                    self.diagnostics.push(told(i, fault));
                    i = skip(i, end);
                }
                Err(Err::Incomplete(_)) => i = i.next(),
            }
        }
        i
    }

    /// A block's head at the left margin, in a file that misses a brace.
    fn at_margin(&self, i: Tokens<'_>) -> bool {
        let token = i.peek();
        let before = (token.span.start - i.base) as usize;
        let margin = before == 0 || i.text.as_bytes().get(before - 1) == Some(&b'\n');
        self.unbalanced
            && margin
            && token.kind == Kind::Name
            && matches!(i.nth(1).kind, Kind::Name | Kind::Text)
            && !i.nth(1).fresh_line
    }

    fn item<'a>(&mut self, i: Tokens<'a>) -> Parsed<'a, Item> {
        let doc = doc(i);
        if i.peek().kind != Kind::Name {
            return i.expected("a name");
        }
        let second = i.nth(1);
        let word_follows = second.kind == Kind::Name && !second.fresh_line;
        match i.text_of(i.peek().span) {
            _ if i.mark_at(i.name_length(), "=") => attribute(i, doc, false),
            "final" if word_follows && i.mark_at(1 + i.next().name_length(), "=") => attribute(i.next(), doc, true),
            _ if i.mark_at(1, ":") => self.field(i, doc),
            "in" if word_follows => self.overlay(i),
            "require" => require(i, doc),
            "grant" if word_follows => self.grant(i),
            "for" if word_follows => self.rule(i),
            "use" if second.kind == Kind::Text => map(plain_text("a path"), Item::Use).parse(i.next()),
            "import" if second.kind == Kind::Text => map(plain_text("a path"), Item::Import).parse(i.next()),
            _ => self.block(i, doc),
        }
    }

    fn block<'a>(&mut self, i: Tokens<'a>, doc: Doc) -> Parsed<'a, Item> {
        let start = i.peek().span;
        let (mut i, first) = name("a block")(i)?;
        let mut words = vec![first];
        while i.peek().kind == Kind::Name && !i.peek().fresh_line {
            let (rest, next) = dotted_name("a name")(i)?;
            words.push(next);
            i = rest;
        }
        let here = |wanted: &str| i.mark_at(0, wanted) && !i.peek().fresh_line;
        let has_title = i.peek().kind == Kind::Text && !i.peek().fresh_line;
        if !has_title && !here(":") && !here("=") && !i.mark_at(0, "{") {
            return i.expected(if words.len() == 1 { "`=`, `:` or `{`" } else { "`:` or `{`" });
        }
        let (i, title) = if has_title { map(plain_text("a title"), Some).parse(i)? } else { (i, None) };
        let (i, parent) = opt(colon_type).parse(i)?;
        let (i, value) = opt(equals_value).parse(i)?;
        let head = start.to(Span::new(i.before, i.before));
        let (i, body) = self.body_if_any(i)?;
        let span = start.to(Span::new(i.before, i.before));
        Ok((i, Item::Block(Block { doc, words, title, parent, value, body, head, span })))
    }

    fn field<'a>(&mut self, i: Tokens<'a>, doc: Doc) -> Parsed<'a, Item> {
        let start = i.peek().span;
        let (i, name) = name("a name")(i)?;
        let (i, ty) = colon_type(i)?;
        // Words may stand before the default and behind it; `word =` begins the next fact of the line.
        let mut words = Vec::new();
        let i = field_words(i, &mut words)?.0;
        let (i, value) = opt(equals_value).parse(i)?;
        let i = field_words(i, &mut words)?.0;
        let (i, body) = self.body_if_any(i)?;
        let span = start.to(Span::new(i.before, i.before));
        Ok((i, Item::Field(Field { doc, name, ty, words, value, body, span })))
    }

    fn overlay<'a>(&mut self, i: Tokens<'a>) -> Parsed<'a, Item> {
        let start = i.peek().span;
        let (i, names) = separated_list1(mark(",", "`,`"), name("an environment")).parse(i.next())?;
        let (i, body) = self.body(i)?;
        let span = start.to(Span::new(i.before, i.before));
        Ok((i, Item::Overlay(Overlay { names, body, span })))
    }

    fn grant<'a>(&mut self, i: Tokens<'a>) -> Parsed<'a, Item> {
        let start = i.peek().span;
        let (i, verbs) = separated_list1(mark(",", "`,`"), name("`read` or `write`")).parse(i.next())?;
        let (i, _) = cut(word("on", "`on`")).parse(i)?;
        let (i, on) = cut(separated_list1(mark(",", "`,`"), name("a table, or `all`"))).parse(i)?;
        let (i, condition) = where_clause(i)?;
        let (i, body) = self.body_if_any(i)?;
        let span = start.to(Span::new(i.before, i.before));
        Ok((i, Item::Grant(Grant { verbs, on, condition, body, span })))
    }

    fn rule<'a>(&mut self, i: Tokens<'a>) -> Parsed<'a, Item> {
        let start = i.peek().span;
        let (i, subject) = name("what the rule is about")(i.next())?;
        let (i, condition) = where_clause(i)?;
        let (i, body) = self.body(i)?;
        let span = start.to(Span::new(i.before, i.before));
        Ok((i, Item::Rule(Rule { subject, condition, body, span })))
    }

    fn body_if_any<'a>(&mut self, i: Tokens<'a>) -> Parsed<'a, Option<Vec<Item>>> {
        if i.mark_at(0, "{") { self.body(i).map(|(i, body)| (i, Some(body))) } else { Ok((i, None)) }
    }

    fn body<'a>(&mut self, i: Tokens<'a>) -> Parsed<'a, Vec<Item>> {
        let (inside, open) = cut(mark("{", "`{`")).parse(i)?;
        let mut items = Vec::new();
        let rest = self.items(inside.brace()?, &mut items).back_to(i);
        if rest.mark_at(0, "}") {
            return Ok((rest.next(), items));
        }
        self.diagnostics.push(
            Code::UnclosedBrace
                .at(open, "this brace is not closed")
                .here("opened here")
                .and(Span::new(rest.before, rest.before), "`}` is missing by here")
                .help("close it with `}`"),
        );
        Ok((rest, items))
    }
}

fn field_words<'a>(mut i: Tokens<'a>, words: &mut Vec<super::ast::Name>) -> Parsed<'a, ()> {
    while i.peek().kind == Kind::Name && !i.peek().fresh_line && !i.mark_at(1, ":") && !i.mark_at(1, "=") {
        let (rest, next) = name("a word")(i)?;
        words.push(next);
        i = rest;
    }
    Ok((i, ()))
}

fn attribute(i: Tokens<'_>, doc: Doc, is_final: bool) -> Parsed<'_, Item> {
    let (i, name) = dotted_name("a name")(i)?;
    let (i, value) = equals_value(i)?;
    Ok((i, Item::Attribute(Attribute { doc, name, value, is_final })))
}

fn require(i: Tokens<'_>, doc: Doc) -> Parsed<'_, Item> {
    let start = i.peek().span;
    let (i, condition) = cut(|i| expr(i, Ends::BeforeOverlay)).parse(i.next())?;
    let (i, otherwise) = if i.word_at(0, "else") {
        map(cut(|i| expr(i, Ends::BeforeOverlay)), Some).parse(i.next())?
    } else {
        (i, None)
    };
    let span = start.to(Span::new(i.before, i.before));
    Ok((i, Item::Require(Require { doc, condition, otherwise, span })))
}

fn where_clause(i: Tokens<'_>) -> Parsed<'_, Option<Expr>> {
    if i.word_at(0, "where") { map(cut(|i| expr(i, Ends::BeforeBody)), Some).parse(i.next()) } else { Ok((i, None)) }
}

fn equals_value(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let (i, sign) = mark("=", "`=`")(i)?;
    let next_fact = i.peek().fresh_line
        && i.peek().kind == Kind::Name
        && (i.mark_at(1, "=") || i.mark_at(1, ":") || i.mark_at(1, "{"));
    if next_fact || i.mark_at(0, "}") || i.peek().kind == Kind::End {
        let told = Code::Syntax.at(sign, "no value follows this `=`").help("write `name = value`, on one line");
        return Err(Err::Failure(Fault { at: sign, expected: Vec::new(), told: Some(Box::new(told)) }));
    }
    cut(|i| expr(i, Ends::BeforeOverlay)).parse(i)
}

fn colon_type(i: Tokens<'_>) -> Parsed<'_, TypeExpr> {
    let (i, _) = mark(":", "`:`")(i)?;
    cut(type_expr).parse(i)
}

fn type_expr(i: Tokens<'_>) -> Parsed<'_, TypeExpr> {
    let outer = i;
    let (i, first) = one_type(i.deeper()?)?;
    if !i.mark_at(0, "|") {
        return Ok((i.back_to(outer), first));
    }
    let (i, rest) = cut(separated_list1(mark("|", "`|`"), one_type)).parse(i.next())?;
    let span = first.span().to(Span::new(i.before, i.before));
    let mut all = vec![first];
    all.extend(rest);
    Ok((i.back_to(outer), TypeExpr::Choice(all, span)))
}

fn one_type(i: Tokens<'_>) -> Parsed<'_, TypeExpr> {
    alt((list_type, map(plain_text("a choice"), TypeExpr::Text), size_argument, named_type)).parse(i)
}

fn list_type(i: Tokens<'_>) -> Parsed<'_, TypeExpr> {
    let (rest, start) = mark("[", "a type")(i)?;
    let (rest, inner) = cut(type_expr).parse(rest.bracket()?)?;
    let (rest, _) = cut(mark("]", "`]`")).parse(rest)?;
    let span = start.to(Span::new(rest.before, rest.before));
    Ok((rest.back_to(i), TypeExpr::List(Box::new(inner), span)))
}

fn size_argument(i: Tokens<'_>) -> Parsed<'_, TypeExpr> {
    let token = i.peek();
    match (token.kind, quantity::read(i.text_of(token.span))) {
        (Kind::Quantity, Ok(Literal::Int(value))) => Ok((i.next(), TypeExpr::Size(value, token.span))),
        _ => i.expected("a type"),
    }
}

fn named_type(i: Tokens<'_>) -> Parsed<'_, TypeExpr> {
    let start = i.peek().span;
    let (mut rest, name) = name("a type")(i)?;
    let mut arguments = Vec::new();
    if rest.mark_at(0, "(") && rest.peek().span.start == name.span.end {
        let inside = rest.next().bracket()?;
        let (after, found) = cut(separated_list1(mark(",", "`,`"), type_expr)).parse(inside)?;
        let (after, _) = cut(mark(")", "`)`")).parse(after)?;
        arguments = found;
        rest = after.back_to(rest);
    }
    let mut arrays = 0;
    while rest.mark_at(0, "[") && rest.mark_at(1, "]") && rest.peek().span.start == rest.before {
        arrays += 1;
        rest = rest.next().next();
    }
    let span = start.to(Span::new(rest.before, rest.before));
    Ok((rest, TypeExpr::Name { name, arguments, arrays, span }))
}

/// The `##` lines that end right above the next token.
fn doc(i: Tokens<'_>) -> Doc {
    let start = i.peek().span.start;
    let after = i.comments.partition_point(|comment| comment.span.start < start);
    let mut lines: Vec<&str> = Vec::new();
    let mut next = start;
    for comment in i.comments.get(..after).unwrap_or_default().iter().rev() {
        let text = i.text_of(comment.span);
        let gap = i.text_of(Span::new(comment.span.end, next));
        let Some(line) = text.strip_prefix("##") else { break };
        if comment.span.start < i.before
            || !comment.own_line
            || gap.matches('\n').count() != 1
            || !gap.trim().is_empty()
        {
            break;
        }
        lines.push(line.strip_prefix(' ').unwrap_or(line).trim_end());
        next = comment.span.start;
    }
    lines.reverse();
    Doc { text: EcoString::from(lines.join("\n")) }
}

/// On to the first line of the same body behind `fault`, or to the brace that ends the body.
fn skip(from: Tokens<'_>, fault: u32) -> Tokens<'_> {
    let mut i = from;
    let mut open = 0_usize;
    loop {
        let token = i.peek();
        match token.kind {
            Kind::End => return i,
            _ if open == 0 && token.fresh_line && token.span.start > fault => return i,
            Kind::Mark("{") => open += 1,
            Kind::Mark("}") if open == 0 => return i,
            Kind::Mark("}") => open -= 1,
            _ => {}
        }
        i = i.next();
    }
}

/// The diagnostic of a fault.
fn told(i: Tokens<'_>, fault: Fault) -> Diagnostic {
    if let Some(told) = fault.told {
        return *told;
    }
    let found = match i
        .text
        .get((fault.at.start.max(i.base) - i.base) as usize..(fault.at.end.max(i.base) - i.base) as usize)
    {
        Some(text) if !text.is_empty() => format!("`{}`", text.chars().take(40).collect::<String>()),
        _ => "the end of the file".to_owned(),
    };
    let wanted = match fault.expected.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "something else".to_owned(),
    };
    let told = Code::Syntax.at(fault.at, format!("expected {wanted}, found {found}")).here("here");
    match found.as_str() {
        "`:`" if fault.expected.contains(&"a value") => told.help("a fact is written `name = value`"),
        "`,`" => told.help("facts need no comma between them"),
        _ if fault.expected.iter().any(|what| what.contains("`=`")) => {
            told.help("a fact is `name = value`, a block is `kind name { … }`")
        }
        _ => told,
    }
}
