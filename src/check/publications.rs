//! What a publication tells, and to whom it must go on telling.

use super::Subject;
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::model::Table;

/// Its tables are there; a hypertable's changes are those of its parts, which no publication of ours names; and where rows
/// are about people, whoever copies them hears of erasures.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    for name in instance.blocks("publication") {
        let tables = format!("publication.{name}.tables");
        let at = instance.place_of(&tables);
        let Some(schema) = subject.model.schema_of(instance) else {
            let message = format!("{} publishes tables, and has no schema", instance.database);
            diagnostics.push(Code::UnknownReference.at(at, message).help("write `schema = …`"));
            continue;
        };
        let named = instance.list(&tables);
        if named.is_empty() {
            let message = format!("publication {name} tells of no table");
            diagnostics.push(Code::UnknownReference.at(at, message).help("name some: `tables = [orders]`"));
        }
        for wanted in named {
            let Some(table) = schema.tables.iter().find(|table| table.name == wanted) else {
                let near = did_you_mean(&wanted, schema.tables.iter().map(|table| table.name.as_str()));
                let message = format!("schema {} has no table `{wanted}`", schema.name);
                diagnostics.push(Code::UnknownReference.at(at, message).maybe_help(near));
                continue;
            };
            if instance.fact(&format!("hypertable.{wanted}")).is_some() {
                diagnostics.push(
                    Code::UnsupportedIsolation
                        .at(at, format!("{wanted} is a hypertable: its rows are in parts, which a publication of it does not tell of"))
                        .help("take it out of `tables`; a plain table can be published"),
                );
            }
            erasure(subject, name, table, diagnostics);
        }
    }
}

fn erasure(subject: &Subject<'_>, name: &str, table: &Table, diagnostics: &mut Vec<Diagnostic>) {
    let path = format!("publication.{name}.changes");
    let told = subject.instance.list(&path);
    let Some(personal) = table.columns.iter().find(|column| column.personal) else { return };
    let missing: Vec<&str> =
        ["update", "delete"].into_iter().filter(|change| !told.iter().any(|one| one == change)).collect();
    if !missing.is_empty() {
        let message = format!(
            "publication {name} does not tell {}: what is erased from {} stays wherever it was copied",
            missing.join(" and "),
            table.name
        );
        diagnostics.push(
            Code::ErasureNotTold
                .at(subject.instance.place_of(&path), message)
                .and(table.span, format!("`{}` is about a person", personal.name))
                .help("leave `changes` out: it then tells insert, update and delete"),
        );
    }
}
