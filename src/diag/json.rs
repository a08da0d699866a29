//! One JSON object a line and diagnostic, with lines and columns counted.

use serde_json::{Value, json};

use super::Diagnostic;
use crate::source::{SourceMap, Span};

/// All diagnostics, one object a line.
#[must_use]
pub fn render(all: &[Diagnostic], sources: &SourceMap) -> String {
    all.iter().map(|diagnostic| object(diagnostic, sources).to_string() + "\n").collect()
}

/// One diagnostic as an object.
#[must_use]
pub fn object(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let labels: Vec<Value> = diagnostic
        .labels
        .iter()
        .enumerate()
        .map(|(index, label)| json!({ "primary": index == 0, "at": place(label.span, sources), "text": label.text }))
        .collect();
    let fix =
        diagnostic.fix.as_ref().map(|fix| json!({ "at": place(fix.span, sources), "replacement": fix.replacement }));
    json!({
        "code": diagnostic.code.id(),
        "name": diagnostic.code.name(),
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "labels": labels,
        "notes": diagnostic.notes,
        "help": diagnostic.help,
        "fix": fix,
    })
}

fn place(span: Span, sources: &SourceMap) -> Value {
    let file = sources.file_at(span.start).map(|file| file.name.to_string());
    let (start, end) = (sources.position(span.start), sources.position(span.end));
    json!({ "file": file, "line": start.line, "column": start.column, "end_line": end.line, "end_column": end.column })
}
