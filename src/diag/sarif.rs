//! SARIF 2.1.0, as code scanning services read it: one run, its rules, its results.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Code, Diagnostic, Severity};
use crate::source::{SourceMap, Span};

/// The whole log, pretty printed.
#[must_use]
pub fn render(all: &[Diagnostic], sources: &SourceMap) -> String {
    let used: BTreeSet<Code> = all.iter().map(|diagnostic| diagnostic.code).collect();
    let rules: Vec<Value> = used.iter().map(|&code| rule(code)).collect();
    let results: Vec<Value> = all.iter().map(|diagnostic| result(diagnostic, sources)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "tenantc", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.id(),
        "name": code.name(),
        "shortDescription": { "text": code.page().lines().next().unwrap_or_default().trim_start_matches("# ") },
        "help": { "text": code.page(), "markdown": code.page() },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

fn result(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let mut text = diagnostic.message.clone();
    for line in diagnostic.help.iter().chain(&diagnostic.notes) {
        text.push('\n');
        text.push_str(line);
    }
    let related: Vec<Value> = diagnostic
        .labels
        .iter()
        .skip(1)
        .map(|label| {
            let mut place = location(label.span, sources);
            if let Some(object) = place.as_object_mut() {
                object.insert("message".to_owned(), json!({ "text": label.text }));
            }
            place
        })
        .collect();
    json!({
        "ruleId": diagnostic.code.id(),
        "level": level(diagnostic.severity),
        "message": { "text": text },
        "locations": [location(diagnostic.span(), sources)],
        "relatedLocations": related,
    })
}

fn location(span: Span, sources: &SourceMap) -> Value {
    let file = sources.file_at(span.start).map_or_else(String::new, |file| file.name.to_string());
    let (start, end) = (sources.position(span.start), sources.position(span.end));
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(&file) },
        "region": { "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column },
    } })
}

/// A relative path as a URI reference: everything but unreserved characters and `/` is percent-encoded.
fn uri(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
