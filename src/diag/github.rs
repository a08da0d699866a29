//! GitHub workflow commands: `::error file=…,line=…::message`, which a pull request shows at the line.

use std::fmt::Write as _;

use super::{Diagnostic, Severity};
use crate::source::SourceMap;

/// All diagnostics, a command each.
#[must_use]
pub fn render(all: &[Diagnostic], sources: &SourceMap) -> String {
    let mut out = String::new();
    for diagnostic in all {
        let span = diagnostic.span();
        let file = sources.file_at(span.start).map_or("", |file| &*file.name);
        let (start, end) = (sources.position(span.start), sources.position(span.end));
        let level = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut text = diagnostic.message.clone();
        if let Some(help) = &diagnostic.help {
            text.push('\n');
            text.push_str(help);
        }
        let title = format!("{} {}", diagnostic.code, diagnostic.code.name());
        let _ = writeln!(
            out,
            "::{level} file={},line={},col={},endLine={},title={}::{}",
            property(file),
            start.line,
            start.column,
            end.line,
            property(&title),
            data(&text)
        );
    }
    out
}

/// A message: `%`, CR and LF are encoded, as the runner decodes them.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property: `:` and `,` as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
