//! What a database of many tenants runs out of, before it does.

use super::Subject;
use crate::diag::{Code, Diagnostic};
use crate::model::{Isolation, Table};
use crate::resolve::Value;

/// Locks and indexes, from the shape of the tables and the number of tenants.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    let Some(schema) = subject.model.schema_of(instance) else {
        return;
    };
    if instance.family != "postgresql" {
        return;
    }
    let has = |isolation: Isolation| instance.placements.iter().filter(|one| one.isolation == isolation).count();
    catalogue(subject, has(Isolation::Schema), has(Isolation::Database), schema.tables.len(), diagnostics);
    locks(subject, has(Isolation::Schema), schema.tables.len(), diagnostics);
    if has(Isolation::Row) > 0 {
        for table in schema.tables.iter().filter(|table| !table.shared) {
            beside(subject, table, diagnostics);
        }
    }
}

/// Tables of one database past which its catalogue is a load of its own: with 5,000 schemas of 20 tables it took 3.3 GB
/// without a row, and a dump of one schema 3.2 s instead of 0.15 (measured).
const TABLES: usize = 100_000;

/// Databases of one server: every background worker visits each, and each holds 7 MB of catalogue before its first table.
const DATABASES: usize = 500;

/// Tenants with roles of their own past which whoever applies the SQL waits: an administrator who is no superuser is a
/// member of each owner, and with 10,000 memberships `SET ROLE` took 0.17 s and a connection's first query 0.34 s
/// (measured on PostgreSQL 15).
const ROLES: usize = 1_000;

/// What the catalogue has to hold.
fn catalogue(
    subject: &Subject<'_>,
    schemas: usize,
    databases: usize,
    tables: usize,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let name = &subject.instance.database;
    let all = schemas.saturating_mul(tables);
    let mut tell = |message: String, note: &str| {
        diagnostics.push(
            Code::ManyObjects
                .at(subject.instance.place_of("schema"), message)
                .note(note)
                .help("make cells smaller, `cell { schemas = … }`: more servers, each with fewer tenants"),
        );
    };
    if all > TABLES {
        tell(
            format!(
                "{name} would have {all} tables, {tables} in each of {schemas} schemas; over {TABLES} its catalogue is a load of its own"
            ),
            "gigabytes without a row, and dumps of one tenant that take seconds to begin",
        );
    }
    if databases > DATABASES {
        tell(
            format!(
                "{name} would hold {databases} tenants' databases on one server; over {DATABASES} its own housekeeping falls behind"
            ),
            "every background worker visits every database, and each holds 7 MB before its first table",
        );
    }
    let roles = schemas.saturating_add(databases);
    // Smaller cells mend the others, too.
    if roles > ROLES && all <= TABLES && databases <= DATABASES {
        tell(
            format!(
                "{name} would have {roles} tenants with roles of their own; over {ROLES} whoever applies the SQL waits for each"
            ),
            "whoever applies is a member of each tenant's owner, and every check of a right walks through them",
        );
    }
}

/// A dump locks every table of a database at once; the lock table is shared by all databases of a server, so a dump that
/// fills it refuses new connections elsewhere.
fn locks(subject: &Subject<'_>, schemas: usize, tables: usize, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    let number = |name: &str| match instance.setting("settings", name).map(|setting| &setting.value) {
        Some(Value::Int(value)) => *value,
        _ => 0,
    };
    let slots = number("max_locks_per_transaction").saturating_mul(number("max_connections"));
    // Two tables of the audit are in each schema besides.
    let wanted = i64::try_from(schemas.saturating_mul(tables + 2)).unwrap_or(i64::MAX);
    if slots > 0 && wanted > slots {
        let each = wanted / number("max_connections").max(1) + 1;
        let message = format!(
            "a dump of {} locks {wanted} tables of {schemas} schemas at once, and there is room for {slots} locks",
            instance.database
        );
        diagnostics.push(
            Code::LockBudget
                .at(instance.place_of("schema"), message)
                .note("it would fail with `out of shared memory`, and so would new connections to every database of the server")
                .help(format!("write `settings {{ max_locks_per_transaction = {each} }}`, or make cells smaller: `cell {{ schemas = … }}`")),
        );
    }
}

/// Row security is asked before any operator that could tell what it saw; such an operator finds no use for an index.
fn beside(subject: &Subject<'_>, table: &Table, diagnostics: &mut Vec<Diagnostic>) {
    for index in &table.indexes {
        let method = matches!(index.method.as_str(), "gin" | "gist" | "spgist");
        let first = index.columns.iter().find(|key| key.column != "tenant_id" && !key.column.is_empty());
        let ty = first
            .and_then(|key| table.columns.iter().find(|column| column.name == key.column))
            .map(|column| &column.ty);
        let tells =
            ty.is_some_and(|ty| ["numeric", "decimal", "money", "citext"].iter().any(|known| ty.starts_with(known)));
        if !method && !tells {
            continue;
        }
        let program = subject.program.schemas.get(subject.instance.schema.as_ref().map_or("", |name| name.as_str()));
        let declared = program.and_then(|schema| {
            let table = schema.tables.iter().find(|known| known.name == table.name)?;
            table.indexes.iter().find(|known| index.name.contains(known.name.as_str()))
        });
        let span = declared.map_or(table.span, |index| index.span);
        let why = if method {
            format!("of method {}", index.method)
        } else {
            format!("on {}", ty.map_or("", |ty| ty.as_str()))
        };
        diagnostics.push(
            Code::IndexBesidePolicy
                .at(span, format!("index `{}` of `{}` is {why}, which row security keeps from being used", index.name, table.name))
                .note("its operators are not LEAKPROOF, so they see a row only after the policy has; tenants with a schema of their own are not slowed")
                .help("filter by tenant and a column of type text, uuid, bigint, bool, date or timestamptz; or give tenants that search a tier with `isolation = schema`"),
        );
    }
}
