//! Columns of classes that may only be stored encrypted → sealed columns, which take nothing that is not.
//!
//! The database seals and opens with a key that the application brings into the transaction and that is stored nowhere near
//! the rows (`tenantc_seal`, `tenantc_unseal`: OpenPGP, by pgcrypto). A sealed value is another one each time, so no key and
//! no index can find it.

use ecow::{EcoString, eco_format};

use super::Evaluator;
use crate::diag::{Code, Diagnostic};
use crate::model::names::{SQL_LIMIT, cut};
use crate::model::{Check, Table};
use crate::quoting;
use crate::resolve::{self, Object, Value};

/// The first byte of every OpenPGP message whose key comes from a passphrase: a new-format header of packet 3 (RFC 4880, 4.2
/// and 5.3).
const FIRST_BYTE: &str = "c3";

/// Marks a table's sealed columns and guards each by a check. Told: a type that can't hold a sealed value, and a use of the
/// column that needs to know what is in it.
pub fn settle(evaluator: &Evaluator<'_>, declared: &resolve::Table, table: &mut Table, told: &mut Vec<Diagnostic>) {
    for column in &declared.columns {
        let Some(class) = column.classes.iter().find(|class| is_encrypted(evaluator, class)) else { continue };
        let name = &column.name;
        if column.ty != "bytea" {
            told.push(
                Code::UnsealedColumn
                    .at(column.span, format!("`{}.{name}` holds {class}, which may only be stored encrypted", table.name))
                    .help(format!("write `{name}: bytea {class}`; the application writes tenantc_seal(…) and reads tenantc_unseal(…)")),
            );
            continue;
        }
        if let Some((what, span)) = known_by(declared, name) {
            let message = format!("`{}.{name}` is stored encrypted, so {what} finds nothing by it", table.name);
            told.push(
                Code::UnsealedColumn
                    .at(span, message)
                    .note("the same value is sealed to other bytes each time")
                    .help("look for it by a column of its own, such as a keyed hash that the application makes"),
            );
        }
        if column.default.is_some() {
            let message = format!("`{}.{name}` is stored encrypted; a default would not be", table.name);
            told.push(Code::UnsealedColumn.at(column.span, message).help("let the application write the value"));
        }
        if let Some(column) = table.columns.iter_mut().find(|known| known.name == *name) {
            column.sealed = true;
        }
        table.checks.push(Check {
            name: cut(&format!("{}_{name}_sealed", table.name), SQL_LIMIT),
            expression: eco_format!("substring({} FROM 1 FOR 1) = decode('{FIRST_BYTE}', 'hex')", quoting::name(name)),
        });
    }
}

fn is_encrypted(evaluator: &Evaluator<'_>, class: &EcoString) -> bool {
    let Some(Object::Definition(id)) = evaluator.program.names.object("class", class) else { return false };
    evaluator.value(Object::Definition(id), "encrypted") == Ok(Value::Bool(true))
}

/// What looks for a row by a column, and where it is said.
fn known_by(table: &resolve::Table, column: &EcoString) -> Option<(&'static str, crate::source::Span)> {
    let place = table.columns.iter().find(|known| known.name == *column).map_or(table.span, |column| column.span);
    if table.primary.contains(column) {
        return Some(("a primary key", place));
    }
    if table.uniques.iter().any(|columns| columns.contains(column)) {
        return Some(("a unique key", place));
    }
    if let Some(reference) = table.references.iter().find(|reference| reference.columns.contains(column)) {
        return Some(("a reference", reference.span));
    }
    let index = table.indexes.iter().find(|index| index.keys.iter().any(|key| key.column == *column))?;
    Some(("an index", index.span))
}
