//! One line a diagnostic: `file:line:column: error T0102 message (help)`.

use std::fmt::Write as _;

use super::{Diagnostic, Severity};
use crate::source::SourceMap;

/// All diagnostics, a line each.
#[must_use]
pub fn render(all: &[Diagnostic], sources: &SourceMap) -> String {
    let mut out = String::new();
    for diagnostic in all {
        let at = diagnostic.span().start;
        let file = sources.file_at(at).map_or("tenantc", |file| &*file.name);
        let place = sources.position(at);
        let level = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let message = one_line(&diagnostic.message);
        let _ = write!(out, "{file}:{}:{}: {level} {} {message}", place.line, place.column, diagnostic.code);
        if let Some(help) = &diagnostic.help {
            let _ = write!(out, " ({})", one_line(help));
        }
        out.push('\n');
    }
    out
}

/// Text without line ends or other control characters, which a terminal or a log would obey.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
