//! What tenants with objects of their own add up to in an engine that counts those.

use super::Subject;
use crate::diag::{Code, Diagnostic};
use crate::model::{Instance, Isolation};
use crate::resolve::Value;

/// Keyspaces, tables and shards of tenants that have their own.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    let apart = |one: &Isolation| matches!(one, Isolation::Schema | Isolation::Database);
    let tenants = instance.placements.iter().filter(|one| apart(&one.isolation)).count();
    let tenants = i64::try_from(tenants).unwrap_or(i64::MAX);
    match instance.family.as_str() {
        "cassandra" => keyspaces(subject, tenants, diagnostics),
        "elasticsearch" => shards(instance, &subject.cell.name, tenants, diagnostics),
        _ => {}
    }
}

fn setting(instance: &Instance, name: &str) -> Option<i64> {
    match instance.setting("settings", name).map(|setting| &setting.value) {
        Some(Value::Int(value)) => Some(*value),
        _ => None,
    }
}

fn keyspaces(subject: &Subject<'_>, tenants: i64, diagnostics: &mut Vec<Diagnostic>) {
    let (instance, cell) = (subject.instance, &subject.cell.name);
    let Some(engine) = subject.program.engines.get(&instance.engine) else { return };
    let tables = tenants.saturating_mul(i64::try_from(instance.blocks("table").len()).unwrap_or(i64::MAX));
    let most = |name: &str, usual: i64| setting(instance, name).filter(|most| *most > 0).unwrap_or(usual);
    let (most_tables, most_keyspaces) =
        (most("tables_warn_threshold", engine.own_tables), most("keyspaces_warn_threshold", engine.own_places));
    if tables <= most_tables && tenants <= most_keyspaces {
        return;
    }
    let message = format!(
        "{} holds {tables} tables in {tenants} keyspaces of tenants in cell {cell}; Cassandra warns from {most_tables} tables or {most_keyspaces} keyspaces on",
        instance.database
    );
    diagnostics.push(Code::ManyObjects.at(instance.span, message).help(
        "make cells smaller (`cell { schemas = … }` in the platform), or say what your nodes were tried with: `settings { keyspaces_warn_threshold = …  tables_warn_threshold = … }`",
    ));
}

/// A node takes so many shards and no more: an index beyond that is refused.
fn shards(instance: &Instance, cell: &str, tenants: i64, diagnostics: &mut Vec<Diagnostic>) {
    let (mut now, mut later) = (0_i64, 0_i64);
    for name in instance.blocks("index") {
        let fact = |path: &str| instance.int(&format!("index.{name}.{path}"));
        let each = fact("shards").max(1).saturating_mul(1 + instance.int("copies"));
        let (hot, delete) = (fact("lifecycle.hot"), fact("lifecycle.delete"));
        let ages = if hot > 0 && delete > 0 { delete / hot + 1 } else { 1 };
        now = now.saturating_add(each.saturating_mul(tenants));
        later = later.saturating_add(each.saturating_mul(tenants).saturating_mul(ages));
    }
    let nodes = instance.int("replicas") + 1;
    let room = setting(instance, "cluster.max_shards_per_node").unwrap_or(1000).saturating_mul(nodes);
    let database = &instance.database;
    let help = "raise `replicas`, make cells smaller (`cell { schemas = … }` in the platform), let `lifecycle` begin a new index more seldom (`hot`), or give small tenants shared indices: `edition = platinum` and `isolation = row`";
    if now > room {
        let message = format!(
            "{tenants} tenants of {database} in cell {cell} need {now} shards, and {nodes} nodes take {room}: the next index is refused"
        );
        diagnostics.push(Code::ObjectBudget.at(instance.span, message).help(help));
    } else if later > room {
        let message = format!(
            "{tenants} tenants of {database} in cell {cell} come to {later} shards as their indices grow old, and {nodes} nodes take {room}"
        );
        diagnostics.push(Code::ManyObjects.at(instance.span, message).help(help));
    }
}
