//! What TimescaleDB refuses when the SQL is applied, told at the spec's line.

use super::Subject;
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::resolve::Table;
use crate::source::Span;

/// A hypertable's time belongs to every unique key; and rows of tenants, which row level security guards in every place,
/// can't be pressed together or summed (`tsl/src/compression/create.c`, `tsl/src/continuous_aggs/common.c`).
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for (path, fact) in &subject.instance.facts {
        let parts: Vec<&str> = path.split('.').collect();
        let (name, verb) = match parts[..] {
            ["hypertable", name, "time"] => {
                time(subject, name, &fact.value.to_string(), fact.origin.span, diagnostics);
                continue;
            }
            ["hypertable", name, "compress_after"] => (name.to_owned(), "compressed"),
            ["rollup", _, "hypertable"] => (fact.value.to_string(), "summed by a continuous aggregate"),
            _ => continue,
        };
        if table(subject, &name).is_some_and(|table| !table.shared) {
            diagnostics.push(
                Code::UnsupportedIsolation
                    .at(fact.origin.span, format!("{name} can't be {verb}: row level security guards its tenants, and TimescaleDB refuses both together"))
                    .help("remove this; `drop_after` works, and so does this on a `shared table`, which has the same rows for every tenant"),
            );
        }
    }
}

fn table<'m>(subject: &Subject<'m>, name: &str) -> Option<&'m Table> {
    let schema = subject.instance.schema.as_ref()?;
    subject.program.schemas.get(schema)?.tables.iter().find(|table| table.name == name)
}

/// The column is there, and in the primary key and every unique one.
fn time(subject: &Subject<'_>, name: &str, time: &str, span: Span, diagnostics: &mut Vec<Diagnostic>) {
    let Some(schema) = subject.instance.schema.as_ref() else { return };
    let Some(tables) = subject.program.schemas.get(schema).map(|schema| &schema.tables) else { return };
    let Some(table) = tables.iter().find(|table| table.name == name) else {
        let near = did_you_mean(name, tables.iter().map(|table| table.name.as_str()));
        diagnostics
            .push(Code::UnknownReference.at(span, format!("schema {schema} has no table `{name}`")).maybe_help(near));
        return;
    };
    if !table.columns.iter().any(|column| column.name == time) {
        let near = did_you_mean(time, table.columns.iter().map(|column| column.name.as_str()));
        diagnostics.push(Code::UnknownReference.at(span, format!("{name} has no column `{time}`")).maybe_help(near));
        return;
    }
    let keys = std::iter::once(&table.primary).chain(&table.uniques).filter(|key| !key.is_empty());
    if keys.into_iter().any(|key| !key.iter().any(|column| column == time)) {
        diagnostics.push(
            Code::UnknownReference
                .at(span, format!("{name} is parted by `{time}`, which is not in each of its unique keys: TimescaleDB refuses that"))
                .help(format!("write `primary` after `{time}`'s type, and put it into every `unique` key")),
        );
    }
}
