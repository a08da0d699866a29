//! Text → [`ast::Ast`].
//!
//! [`parse`] takes one file of a [`SourceMap`](crate::source::SourceMap) and returns its items and what could not be
//! read. It never fails: a fault costs the item it stands in. Linear in the text, with a limit on nesting, so it ends
//! soon on any input. [`format`] is the formatter.

pub mod ast;
mod expr;
mod format;
mod grammar;
mod lexer;
pub mod quantity;
mod tokens;

pub use format::format;

use crate::diag::{Code, Diagnostic};
use crate::source::{File, Span};

/// The largest `.tenant` file that is read: 16 MiB. Larger fleets belong in a data file (`tenants from`).
pub const MAX_BYTES: usize = 16 << 20;

/// Reads a file's items.
#[must_use]
pub fn parse(file: &File) -> (ast::Ast, Vec<Diagnostic>) {
    if file.text.len() > MAX_BYTES {
        let told = Code::UnreadableText
            .at(Span::new(file.base, file.base), format!("{} is larger than {} MiB", file.name, MAX_BYTES >> 20))
            .help("put the tenants into a CSV, JSON or YAML file and read it with `tenants from \"file.csv\": tier { … }`");
        return (ast::Ast::default(), vec![told]);
    }
    let lexed = lexer::lex(&file.text, file.base);
    let mut diagnostics = lexed.diagnostics;
    let spoilt: Vec<Span> = diagnostics.iter().map(Diagnostic::span).collect();
    let tokens = tokens::Tokens::over(&file.text, file.base, &lexed.tokens, &lexed.comments);
    let mut faults = Vec::new();
    let ast = grammar::file(tokens, &mut faults);
    // What the lexer told is not told again as a syntax error at the same place.
    faults.retain(|fault| !spoilt.contains(&fault.span()));
    diagnostics.extend(faults);
    (ast, diagnostics)
}
