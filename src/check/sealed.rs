//! Sealed columns need what seals them.

use super::Subject;
use crate::diag::{Code, Diagnostic};

/// Told where a database has sealed columns and not the extension that seals.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    let schema = subject.model.schema_of(instance);
    let sealed = schema.into_iter().flat_map(|schema| &schema.tables).find_map(|table| {
        let column = table.columns.iter().find(|column| column.sealed)?;
        Some((table, column))
    });
    let Some((table, column)) = sealed else { return };
    if instance.family == "postgresql" && !instance.list("extensions").iter().any(|extension| extension == "pgcrypto") {
        let message =
            format!("`{}.{}` is stored encrypted, which {} can't do yet", table.name, column.name, instance.database);
        diagnostics.push(
            Code::UnsealedColumn
                .at(instance.place_of("extensions"), message)
                .and(table.span, "the column's table")
                .help("add the extension that does: `extensions = [pgcrypto]`"),
        );
    }
}
