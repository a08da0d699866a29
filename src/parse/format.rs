//! The formatter: a file's text → the same tokens and comments, laid out.
//!
//! It keeps line breaks where the author put them and decides the rest: indentation by open brackets, one space
//! between tokens, two between items that share a line, `=` and one-line blocks aligned in runs, at most one blank line.
//! A comment behind code stays in its column where there is room. Tokens never change, so neither does the meaning; formatting twice changes nothing.

use std::collections::HashSet;

use super::ast::{Ast, Item};
use super::lexer::{Kind, Lexed, Token, lex};
use crate::source::File;

/// The formatted text; `None` when the file has syntax errors, which formatting might hide.
#[must_use]
pub fn format(file: &File) -> Option<String> {
    let (ast, faults) = super::parse(file);
    if !faults.is_empty() {
        return None;
    }
    let mut starts = HashSet::new();
    collect(&ast, &mut starts);
    let lexed = lex(&file.text, file.base);
    let mut lines = Layout { file, lexed: &lexed, starts: &starts }.lines();
    align(&mut lines, |line| line.equals.map(|at| (0, at)));
    align(&mut lines, |line| line.brace);
    Some(print(&lines))
}

/// Offsets at which items start.
fn collect(ast: &Ast, starts: &mut HashSet<u32>) {
    fn items(all: &[Item], starts: &mut HashSet<u32>) {
        for item in all {
            match item {
                Item::Block(block) => {
                    starts.insert(block.span.start);
                    items(block.items(), starts);
                }
                Item::Field(field) => {
                    starts.insert(field.span.start);
                    items(field.body.as_deref().unwrap_or_default(), starts);
                }
                Item::Attribute(attribute) => {
                    starts.insert(attribute.name.span.start);
                }
                Item::Overlay(overlay) => {
                    starts.insert(overlay.span.start);
                    items(&overlay.body, starts);
                }
                Item::Rule(rule) => {
                    starts.insert(rule.span.start);
                    items(&rule.body, starts);
                }
                Item::Grant(grant) => {
                    starts.insert(grant.span.start);
                    items(grant.body.as_deref().unwrap_or_default(), starts);
                }
                Item::Require(require) => {
                    starts.insert(require.span.start);
                }
                Item::Use(path) | Item::Import(path) => {
                    starts.insert(path.span.start);
                }
            }
        }
    }
    items(&ast.items, starts);
}

/// One line to come.
#[derive(Default)]
struct Line {
    indent: usize,
    code: String,
    comment: String,
    /// Column at which the author put the comment.
    column: usize,
    /// Byte in `code` of the `=` of the line's only attribute.
    equals: Option<usize>,
    /// On a line that holds a whole block: how many words its head has, and the byte in `code` of its brace.
    brace: Option<(usize, usize)>,
    blank_before: bool,
}

struct Layout<'a> {
    file: &'a File,
    lexed: &'a Lexed,
    starts: &'a HashSet<u32>,
}

impl Layout<'_> {
    fn text(&self, start: u32, end: u32) -> &str {
        self.file.text.get((start - self.file.base) as usize..(end - self.file.base) as usize).unwrap_or_default()
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        let mut comments = self.lexed.comments.iter().peekable();
        let mut depth = 0_usize;
        let mut end = self.file.base;
        let mut before: Option<Token> = None;
        for token in &self.lexed.tokens {
            while let Some(comment) = comments.next_if(|comment| comment.span.start < token.span.start) {
                let text = self.text(comment.span.start, comment.span.end).trim_end().to_owned();
                let blank = self.text(end, comment.span.start).matches('\n').count() > 1;
                match lines.last_mut() {
                    Some(line) if !comment.own_line && line.comment.is_empty() => {
                        line.column = self.column(comment.span.start);
                        line.comment = text;
                    }
                    _ => lines.push(Line { indent: depth, comment: text, blank_before: blank, ..Line::default() }),
                }
                end = comment.span.end;
            }
            if token.kind == Kind::End {
                break;
            }
            let text = self.text(token.span.start, token.span.end);
            let closes = matches!(token.kind, Kind::Mark("}" | "]" | ")"));
            depth -= usize::from(closes && depth > 0);
            let fresh = token.fresh_line || lines.last().is_none_or(|line| !line.comment.is_empty());
            if fresh {
                let gap = self.text(end, token.span.start).matches('\n').count() > 1;
                let opened = before.is_some_and(|before| matches!(before.kind, Kind::Mark("{" | "[" | "(")));
                let starts = self.starts.contains(&token.span.start) || self.keyword(*token);
                let in_list = before.is_some_and(|before| matches!(before.kind, Kind::Mark("[" | "(" | ",")));
                let continued = !starts && !closes && !in_list && !lines.is_empty();
                lines.push(Line {
                    indent: depth + usize::from(continued),
                    blank_before: gap && !opened && !closes,
                    ..Line::default()
                });
            }
            if let Some(line) = lines.last_mut() {
                if !fresh && let Some(before) = before {
                    line.code.push_str(self.gap(before, *token));
                }
                if matches!(token.kind, Kind::Mark("=")) {
                    line.equals = if line.equals.is_none() && !line.code.contains(['{', '}', ':']) {
                        Some(line.code.len())
                    } else {
                        Some(usize::MAX)
                    };
                }
                line.code.push_str(text);
            }
            depth += usize::from(matches!(token.kind, Kind::Mark("{" | "[" | "(")));
            end = token.span.end;
            before = Some(*token);
        }
        for line in &mut lines {
            line.equals = line.equals.filter(|&at| at != usize::MAX);
            line.brace = brace(&line.code);
        }
        lines
    }

    /// Column of an offset, from 0, in characters.
    fn column(&self, offset: u32) -> usize {
        let before = self.text(self.file.base, offset);
        before.rsplit('\n').next().unwrap_or_default().chars().count()
    }

    /// `final`, `use`, `import` start an item although its span starts behind them.
    fn keyword(&self, token: Token) -> bool {
        token.kind == Kind::Name && matches!(self.text(token.span.start, token.span.end), "final" | "use" | "import")
    }

    /// What stands between two tokens of one line.
    fn gap(&self, before: Token, token: Token) -> &'static str {
        let word = |token: Token| self.text(token.span.start, token.span.end);
        let adjacent = before.span.end == token.span.start;
        match (before.kind, token.kind) {
            (_, Kind::Mark("," | ":" | ".")) | (Kind::Mark("." | "[" | "("), _) | (_, Kind::Mark("]" | ")")) => "",
            (Kind::Name, Kind::Mark("(" | "[")) if adjacent => "",
            (Kind::Mark("-" | "/"), Kind::Quantity) | (Kind::Quantity, Kind::Mark("/")) if adjacent => "",
            (Kind::Mark("-"), _) if adjacent => "",
            (Kind::Mark("{"), Kind::Mark("}")) => "",
            _ if self.starts.contains(&token.span.start) && matches!(word(before), "final" | "use" | "import") => " ",
            (Kind::Mark("{"), _) => " ",
            _ if self.starts.contains(&token.span.start) => "  ",
            _ if self.keyword(token) && !matches!(before.kind, Kind::Mark(_)) => "  ",
            _ => " ",
        }
    }
}

/// The brace of a line that holds a whole block; a column's body does not count.
fn brace(code: &str) -> Option<(usize, usize)> {
    let at = code.find('{').filter(|_| code.ends_with('}'))?;
    let head = code.get(..at)?;
    let words = head.split_whitespace().count();
    let is_column = head.split_whitespace().next().is_some_and(|first| first.ends_with(':'));
    (!is_column && !head.contains('"')).then_some((words, at))
}

/// Runs of lines that are alike get their sign in one column: `=` of attributes, the brace of one-line blocks whose
/// heads have as many words. A blank line, a comment line or any other line ends a run.
fn align(lines: &mut [Line], column: impl Fn(&Line) -> Option<(usize, usize)>) {
    let mut from = 0;
    while from < lines.len() {
        let indent = lines.get(from).map_or(0, |line| line.indent);
        let alike = lines.get(from).and_then(&column).map(|(words, _)| words);
        let run = lines.get(from..).unwrap_or_default();
        let same =
            |line: &Line| alike.is_some() && column(line).map(|(words, _)| words) == alike && line.indent == indent;
        let length = run
            .iter()
            .enumerate()
            .take_while(|(index, line)| same(line) && (*index == 0 || !line.blank_before))
            .count();
        let run = lines.get_mut(from..from + length).unwrap_or_default();
        let widest = run.iter().filter_map(&column).map(|(_, at)| at).max().unwrap_or(0);
        for line in run {
            if let Some((_, at)) = column(line) {
                line.code.insert_str(at, &" ".repeat(widest - at));
            }
        }
        from += length.max(1);
    }
}

fn print(lines: &[Line]) -> String {
    let mut out = String::new();
    for line in lines {
        if line.blank_before && !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&"  ".repeat(line.indent));
        out.push_str(&line.code);
        if !line.code.is_empty() && !line.comment.is_empty() {
            let width = line.indent * 2 + line.code.chars().count();
            out.push_str(&" ".repeat(line.column.saturating_sub(width).max(2)));
        }
        out.push_str(&line.comment);
        out.push('\n');
    }
    out
}
