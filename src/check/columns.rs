//! Columns that a store's own tables name: told at their place when they are not there, before the engine refuses them.

use std::collections::{BTreeMap, BTreeSet};

use super::Subject;
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::model::{Instance, Sourced};
use crate::resolve::Value;

/// Facts of a table (`table.NAME.…`) that name its columns.
const OF_TABLES: [&[&str]; 4] = [&["partition"], &["order"], &["ttl_from"], &["skip", "*", "column"]];
/// Facts of a rollup that name columns of its table.
const OF_ROLLUPS: [&str; 3] = ["by", "day", "sum"];

/// Columns of tables that are described in the database itself (Cassandra, ClickHouse).
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    let tables = tables(instance);
    for (path, fact) in &instance.facts {
        match path.split('.').collect::<Vec<_>>()[..] {
            ["table", table, ref rest @ ..] if OF_TABLES.iter().any(|known| fits(known, rest)) => {
                columns(&tables, table, fact, diagnostics);
            }
            ["rollup", rollup, what] if OF_ROLLUPS.contains(&what) => {
                let of = instance.fact(&format!("rollup.{rollup}.table")).map(ToString::to_string);
                columns(&tables, of.as_deref().unwrap_or_default(), fact, diagnostics);
            }
            ["rollup", _, "table"] if !tables.contains_key(fact.value.to_string().as_str()) => {
                let name = fact.value.to_string();
                let near = did_you_mean(&name, tables.keys().copied());
                let message = format!("{} has no table `{name}`", instance.database);
                diagnostics.push(Code::UnknownReference.at(fact.origin.span, message).maybe_help(near));
            }
            _ => {}
        }
    }
}

/// Columns of each table; `tenant_id` is put into ClickHouse's by the compiler.
fn tables(instance: &Instance) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut tables: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for path in instance.facts.keys() {
        if let ["table", table, "column", column, _] = path.split('.').collect::<Vec<_>>()[..] {
            let columns = tables.entry(table).or_default();
            columns.insert(column);
            if instance.family == "clickhouse" {
                columns.insert("tenant_id");
            }
        }
    }
    tables
}

fn fits(known: &[&str], rest: &[&str]) -> bool {
    known.len() == rest.len() && known.iter().zip(rest).all(|(known, own)| *known == "*" || known == own)
}

fn columns(tables: &BTreeMap<&str, BTreeSet<&str>>, table: &str, fact: &Sourced, diagnostics: &mut Vec<Diagnostic>) {
    let Some(known) = tables.get(table) else { return };
    let named: Vec<String> = match &fact.value {
        Value::List(values) => values.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    };
    for name in named {
        let name = name.trim_start_matches('-');
        if !known.contains(name) {
            let near = did_you_mean(name, known.iter().copied());
            let message = format!("table {table} has no column `{name}`");
            diagnostics.push(Code::UnknownReference.at(fact.origin.span, message).maybe_help(near));
        }
    }
}
