//! Parsed SQL → text that can stand in a file for psql, in any schema.
//!
//! Blanks and comments become one space; names lose the schema that the file itself makes them in. psql's own syntax
//! can't arise: a lone `:` is followed by a blank, and nothing outside quotes holds a backslash.

use std::collections::BTreeSet;

use ecow::EcoString;
use squawk_syntax::{SyntaxKind, SyntaxNode, SyntaxToken};

/// Why a text can't be carried.
pub struct Unfit(pub String);

/// Prints SQL without the schemas of this file.
#[derive(Default)]
pub struct Printer {
    /// Schemas that the file makes things in.
    pub own: BTreeSet<EcoString>,
}

impl Printer {
    /// A node as SQL.
    pub fn print(&self, node: &SyntaxNode) -> Result<EcoString, Unfit> {
        self.print_tokens(&tokens(node))
    }

    /// Tokens as SQL.
    pub fn print_tokens(&self, all: &[SyntaxToken]) -> Result<EcoString, Unfit> {
        let mut out = EcoString::new();
        let mut gap = false;
        let mut at = 0;
        while let Some(token) = all.get(at) {
            at += 1;
            if is_blank(token.kind()) {
                gap = !out.is_empty();
                continue;
            }
            if self.is_own(token) && all.get(at).is_some_and(|next| next.kind() == SyntaxKind::DOT) {
                at += 1;
                continue;
            }
            let text = token.text();
            if is_quoted(token.kind()) {
                self.names_no_schema(text)?;
            } else if text.contains('\\') || text.contains('\0') {
                return Err(Unfit("psql would read a backslash outside of quotes as its own command".to_owned()));
            }
            if std::mem::take(&mut gap) {
                out.push(' ');
            }
            out.push_str(text);
            // `::` is two of them; a lone one would begin a psql variable.
            let colon = |other: Option<&SyntaxToken>| other.is_some_and(|other| other.kind() == SyntaxKind::COLON);
            let twice = colon(all.get(at)) || at.checked_sub(2).is_some_and(|before| colon(all.get(before)));
            gap |= token.kind() == SyntaxKind::COLON && !twice;
        }
        Ok(out)
    }

    /// A function's body, which keeps its lines.
    pub fn print_body(&self, node: &SyntaxNode) -> Result<EcoString, Unfit> {
        let all = tokens(node);
        let mut out = EcoString::new();
        let mut at = 0;
        while let Some(token) = all.get(at) {
            at += 1;
            if self.is_own(token) && all.get(at).is_some_and(|next| next.kind() == SyntaxKind::DOT) {
                at += 1;
                continue;
            }
            if is_quoted(token.kind()) {
                self.names_no_schema(token.text())?;
            }
            out.push_str(token.text());
        }
        let tag = (0..).map(|n| if n == 0 { "$body$".to_owned() } else { format!("$body{n}$") });
        let tag = tag.into_iter().find(|tag| !out.contains(tag.as_str())).unwrap_or_default();
        Ok(ecow::eco_format!("{tag}{out}{tag}"))
    }

    fn is_own(&self, token: &SyntaxToken) -> bool {
        token.kind() == SyntaxKind::IDENT && self.own.contains(&unquoted(token.text()))
    }

    /// A name inside a string stays as it is, and would then be looked up in a schema that is not there.
    fn names_no_schema(&self, text: &str) -> Result<(), Unfit> {
        let named = |schema: &&EcoString| {
            text.match_indices(&format!("{schema}.")).any(|(at, _)| {
                let before = text.get(..at).and_then(|before| before.chars().next_back());
                !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
            })
        };
        match self.own.iter().find(named) {
            None => Ok(()),
            Some(schema) => Err(Unfit(format!(
                "a string names the schema `{schema}`, and each tenant's tables may lie in another one"
            ))),
        }
    }
}

/// All tokens of a node.
pub fn tokens(node: &SyntaxNode) -> Vec<SyntaxToken> {
    node.descendants_with_tokens().filter_map(squawk_syntax::SyntaxElement::into_token).collect()
}

/// Blanks and comments.
pub fn is_blank(kind: SyntaxKind) -> bool {
    matches!(kind, SyntaxKind::WHITESPACE | SyntaxKind::COMMENT)
}

fn is_quoted(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::STRING
            | SyntaxKind::ESC_STRING
            | SyntaxKind::DOLLAR_QUOTED_STRING
            | SyntaxKind::UNICODE_ESC_STRING
            | SyntaxKind::NATIONAL_STRING
            | SyntaxKind::BIT_STRING
            | SyntaxKind::BYTE_STRING
    )
}

/// The words of a node in upper case, without blanks and comments.
pub fn words(node: &SyntaxNode) -> impl Iterator<Item = String> {
    tokens(node).into_iter().filter(|token| !is_blank(token.kind())).map(|token| token.text().to_uppercase())
}

/// The parts of a dotted name: `public.users` is `public`, `users`.
pub fn path(node: &SyntaxNode) -> Vec<EcoString> {
    let names = tokens(node).into_iter().filter(|token| !is_blank(token.kind()));
    names.filter(|token| token.kind() != SyntaxKind::DOT).map(|token| unquoted(token.text())).collect()
}

/// The last name of a dotted one.
pub fn last_name(node: &SyntaxNode) -> EcoString {
    path(node).pop().unwrap_or_default()
}

/// A name as PostgreSQL takes it: quotes off, else lower case.
pub fn unquoted(name: &str) -> EcoString {
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\"").into(),
        None => name.to_lowercase().into(),
    }
}

/// What a string literal holds; nothing for forms that pg_dump does not write.
pub fn string_value(text: &str) -> Option<EcoString> {
    Some(text.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'").into())
}

/// Names of the columns that a node lists, in order.
pub fn columns(node: &SyntaxNode) -> Vec<EcoString> {
    node.children().filter(|child| child.kind() == SyntaxKind::COLUMN_NAME_REF).map(|child| last_name(&child)).collect()
}

/// The first child of a kind.
pub fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    node.children().find(|child| child.kind() == kind)
}

/// True where a node has a part of this kind, however deep.
pub fn holds(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    node.descendants().any(|inner| inner.kind() == kind)
}
