//! Keys, references, counters and partitions.

use super::{Proof, Step, leak};
use crate::diag::{Code, Diagnostic};
use crate::resolve::{Table, Widened};

/// Keys begin with the tenant by how they are made; told is where imported SQL meant another key, and what can be counted.
pub fn check(proof: &Proof<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let rows = proof.has_rows();
    for table in &proof.schema.tables {
        partition(table, diagnostics);
        if table.shared {
            continue;
        }
        if table.has_tenant {
            for key in &table.widened {
                widened(proof, table, key, diagnostics);
            }
        }
        if rows {
            counters(table, diagnostics);
        }
    }
}

fn widened(proof: &Proof<'_>, table: &Table, key: &Widened, diagnostics: &mut Vec<Diagnostic>) {
    let name = &table.name;
    let (message, step, help) = match &key.table {
        Some(other) => {
            if proof.table(other).is_none_or(|other| other.shared || !other.has_tenant) {
                return;
            }
            (
                format!("{} of `{name}` can point at another tenant's row", key.what),
                format!("a row of `{other}` that is another tenant's: the check does not see row security"),
                "write `FOREIGN KEY (tenant_id, …) REFERENCES … (tenant_id, …)`, as it is built here",
            )
        }
        None => {
            // A key that the database makes up collides with nobody's.
            let made = |name: &ecow::EcoString| {
                table
                    .columns
                    .iter()
                    .any(|column| column.name == *name && column.default.as_deref().is_some_and(is_made))
            };
            if key.columns.iter().all(made) {
                return;
            }
            (
                format!("{} of `{name}` holds for all tenants together", key.what),
                "a refusal (23505) that tells what another tenant has".to_owned(),
                "put tenant_id into the key, as it is built here; in the database this came from, change it before rows move",
            )
        }
    };
    let first = Step { what: format!("an INSERT into `{name}`"), span: key.span };
    let rest = vec![Step { what: step, span: key.span }];
    let mut told = leak(Code::KeySpansTenants, key.span, message, first, rest).help(help);
    told.labels.truncate(1);
    diagnostics.push(told.here("tenant_id is not in it"));
}

fn is_made(default: &str) -> bool {
    default.starts_with("GENERATED") && default.contains("IDENTITY") || default.contains("uuid")
}

fn counters(table: &Table, diagnostics: &mut Vec<Diagnostic>) {
    for column in &table.columns {
        let identity =
            column.default.as_deref().is_some_and(|sql| sql.starts_with("GENERATED") && sql.contains("IDENTITY"));
        if identity || column.ty == "bigserial" {
            diagnostics.push(
                Code::SharedCounter
                    .at(column.span, format!("`{}.{}` counts the rows of all tenants together", table.name, column.name))
                    .note("a tenant that adds a row today and one tomorrow reads from the numbers how many the others added")
                    .help(format!("write `{}: uuid primary`, or keep it where that is no secret", column.name)),
            );
        }
    }
}

/// PostgreSQL checks a key of a partitioned table within each partition only.
fn partition(table: &Table, diagnostics: &mut Vec<Diagnostic>) {
    let Some(partition) = &table.partition else { return };
    let keys = std::iter::once(&table.primary).chain(&table.uniques);
    for key in keys.filter(|key| !key.is_empty()) {
        let missing = partition.columns.iter().find(|column| !key.contains(column) && *column != "tenant_id");
        if let Some(column) = missing {
            diagnostics.push(
                Code::PartitionKey
                    .at(
                        partition.span,
                        format!("a key of `{}` ({}) does not hold `{column}`", table.name, key.join(", ")),
                    )
                    .and(table.span, "its rows are parted by it")
                    .help(format!("add `{column}` to the key: PostgreSQL checks a key within one partition only")),
            );
        }
    }
}
