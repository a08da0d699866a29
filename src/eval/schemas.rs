//! Declared tables → the tables that will be: `tenant_id` in every key, every constraint with its name.

use std::collections::BTreeMap;

use ecow::{EcoString, eco_format};
use petgraph::algo::toposort;
use petgraph::graphmap::DiGraphMap;

use super::{Evaluator, condition, sealed};
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::model::names::{SQL_LIMIT, cut};
use crate::model::{
    Check, Column, DbObject, ForeignKey, Grant, Index, IndexKey, Key, Part, Partition, Retention, Role, Schema, Table,
};
use crate::parse::ast;
use crate::resolve::{self, DbKind, Program};
use crate::source::Span;

/// All schemas.
pub fn schemas(
    evaluator: &Evaluator<'_>,
    consent: &[EcoString],
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<EcoString, Schema> {
    evaluator
        .program
        .schemas
        .values()
        .map(|schema| {
            let objects = schema.objects.iter().filter_map(object).collect();
            let mut tables = tables(evaluator, schema, diagnostics);
            super::people::settle(&mut tables, consent);
            (schema.name.clone(), Schema { name: schema.name.clone(), tables, objects })
        })
        .collect()
}

/// A type, function, view or trigger; nothing for what the proof refuses.
fn object(object: &resolve::DbObject) -> Option<DbObject> {
    let kind = match object.kind {
        DbKind::Type => "type",
        DbKind::Domain => "domain",
        DbKind::Function => "function",
        DbKind::View => "view",
        DbKind::Trigger => "trigger",
        DbKind::MaterializedView => return None,
    };
    Some(DbObject {
        kind: kind.into(),
        name: object.name.clone(),
        doc: object.doc.clone(),
        sql: object.sql.clone(),
        body: object.body.clone(),
        signature: object.signature.clone(),
        labels: object.labels.clone(),
        table: object.table.clone(),
        after_tables: object.after_tables,
    })
}

fn tables(evaluator: &Evaluator<'_>, schema: &resolve::Schema, diagnostics: &mut Vec<Diagnostic>) -> Vec<Table> {
    let shared = |name: &EcoString| schema.tables.iter().any(|table| table.name == *name && table.shared);
    let settled = |declared: &resolve::Table| {
        let mut table = table(evaluator.program, declared, &shared, diagnostics);
        sealed::settle(evaluator, declared, &mut table, diagnostics);
        table
    };
    schema.tables.iter().map(settled).collect()
}

fn table(
    program: &Program,
    table: &resolve::Table,
    is_shared: &dyn Fn(&EcoString) -> bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Table {
    let name = |parts: &str| cut(&format!("{}_{parts}", table.name), SQL_LIMIT);
    let prefixed = |columns: &[EcoString]| -> Vec<EcoString> {
        let own = columns.iter().filter(|column| *column != "tenant_id").cloned();
        if table.shared { own.collect() } else { std::iter::once("tenant_id".into()).chain(own).collect() }
    };
    let joined = |columns: &[EcoString]| {
        columns.iter().filter(|column| *column != "tenant_id").map(EcoString::as_str).collect::<Vec<_>>().join("_")
    };
    if table.name.len() > SQL_LIMIT {
        diagnostics.push(
            Code::NameTooLong
                .at(table.span, format!("`{}` is longer than PostgreSQL's 63 bytes", table.name))
                .help("choose a shorter name"),
        );
    }
    for column in table.columns.iter().filter(|column| column.name.len() > SQL_LIMIT) {
        let message = format!("`{}` is longer than PostgreSQL's 63 bytes", column.name);
        diagnostics.push(Code::NameTooLong.at(column.span, message).help("choose a shorter name"));
    }
    let mut columns = Vec::new();
    if !table.shared {
        columns.push(Column {
            name: "tenant_id".into(),
            ty: "uuid".into(),
            not_null: true,
            default: None,
            classes: Vec::new(),
            personal: false,
            sealed: false,
            doc: "Whose row it is.".into(),
        });
    }
    columns.extend(table.columns.iter().map(|column| Column {
        name: column.name.clone(),
        ty: column.ty.clone(),
        not_null: column.required,
        default: column.default.clone(),
        classes: column.classes.clone(),
        personal: column.classes.iter().any(|class| program.is_a("class", class, "personal")),
        sealed: false,
        doc: column.doc.clone(),
    }));
    let mut foreign_keys = Vec::new();
    for reference in &table.references {
        let shared = is_shared(&reference.table);
        let (columns, target_columns) = if shared || table.shared {
            (reference.columns.clone(), reference.targets.clone())
        } else {
            (prefixed(&reference.columns), prefixed(&reference.targets))
        };
        foreign_keys.push(ForeignKey {
            name: name(&format!("{}_fkey", joined(&reference.columns))),
            columns,
            table: reference.table.clone(),
            shared,
            target_columns,
            on_delete: reference.on_delete.clone(),
        });
    }
    let mut indexes: Vec<Index> = table.indexes.iter().map(|index| self::index(table, index, &name)).collect();
    let keys: Vec<Vec<EcoString>> =
        std::iter::once(&table.primary).chain(&table.uniques).map(|columns| prefixed(columns)).collect();
    for key in foreign_keys.iter().filter(|key| !key.shared) {
        indexes.extend(found_by(key, &keys, &indexes, &name(&format!("{}_idx", joined(&key.columns)))));
    }
    Table {
        name: table.name.clone(),
        shared: table.shared,
        doc: table.doc.clone(),
        columns,
        primary_key: Key { name: name("pkey"), columns: prefixed(&table.primary) },
        uniques: table
            .uniques
            .iter()
            .map(|columns| Key { name: name(&format!("{}_key", joined(columns))), columns: prefixed(columns) })
            .collect(),
        foreign_keys,
        checks: table
            .checks
            .iter()
            .enumerate()
            .map(|(index, check)| Check { name: name(&format!("check_{}", index + 1)), expression: check.clone() })
            .collect(),
        indexes,
        partition: table.partition.as_ref().map(|partition| Partition {
            strategy: partition.strategy.clone(),
            columns: partition.columns.clone(),
            parts: partition
                .parts
                .iter()
                .map(|part| Part { name: part.name.clone(), bounds: part.bounds.clone() })
                .collect(),
        }),
        subject: table.subject.clone(),
        about_person: None,
        outlives_erasure: false,
        retention: table.retention.as_ref().map(|(keep, from)| Retention { keep: *keep, from: from.clone() }),
        span: table.span,
    }
}

/// The index by which a row that goes finds the rows that refer to it; none where a key or an index does that already.
fn found_by(key: &ForeignKey, keys: &[Vec<EcoString>], indexes: &[Index], name: &EcoString) -> Option<Index> {
    let leads = |columns: &[EcoString]| {
        columns.len() >= key.columns.len()
            && columns.iter().take(key.columns.len()).all(|column| key.columns.contains(column))
    };
    let whole = |index: &Index| {
        let columns: Vec<EcoString> = index.columns.iter().map(|key| key.column.clone()).collect();
        index.method == "btree" && index.condition.is_none() && leads(&columns)
    };
    if keys.iter().any(|columns| leads(columns)) || indexes.iter().any(whole) {
        return None;
    }
    let column =
        |column: &EcoString| IndexKey { column: column.clone(), expression: EcoString::new(), rest: EcoString::new() };
    Some(Index {
        name: name.clone(),
        method: "btree".into(),
        columns: key.columns.iter().map(column).collect(),
        include: Vec::new(),
        unique: false,
        condition: None,
    })
}

fn index(table: &resolve::Table, index: &resolve::Index, name: &dyn Fn(&str) -> EcoString) -> Index {
    let own = index.keys.iter().filter(|key| key.column != "tenant_id").map(|key| IndexKey {
        column: key.column.clone(),
        expression: key.expression.clone(),
        rest: key.rest.clone(),
    });
    // Only btree and brin can lead with a uuid beside any other column; the others index what they are asked to.
    let leads = !table.shared && matches!(index.method.as_str(), "btree" | "brin");
    let tenant = IndexKey { column: "tenant_id".into(), expression: EcoString::new(), rest: EcoString::new() };
    let columns = leads.then_some(tenant).into_iter().chain(own).collect();
    Index {
        name: name(&eco_format!("{}_idx", index.name)),
        method: index.method.clone(),
        columns,
        include: index.include.iter().filter(|column| *column != "tenant_id").cloned().collect(),
        unique: index.unique,
        condition: index.condition.clone(),
    }
}

/// All roles.
pub fn roles(program: &Program, diagnostics: &mut Vec<Diagnostic>) -> Vec<Role> {
    let tables: Vec<&resolve::Table> = program.schemas.values().flat_map(|schema| &schema.tables).collect();
    let mut out: Vec<Role> = Vec::new();
    for (id, definition) in program.of_kind("role") {
        let own = program.grants.iter().filter(|(role, _)| *role == id);
        let read: Vec<Read> = own.flat_map(|(_, grant)| grants(grant, &tables, diagnostics)).collect();
        behind(&definition.name, &read, diagnostics);
        let grants = read.into_iter().map(|read| read.grant).collect();
        out.push(Role { name: definition.name.clone(), grants, span: definition.span });
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

/// A grant on one table, or on all, and what its rule reads.
struct Read {
    grant: Grant,
    reads: Vec<(EcoString, EcoString, Span)>,
}

/// What a rule reads behind a reference, the role must be granted; and no rule may need itself.
fn behind(role: &str, all: &[Read], diagnostics: &mut Vec<Diagnostic>) {
    let sees = |table: &EcoString, column: &EcoString| {
        all.iter().map(|read| &read.grant).any(|grant| {
            let about = grant.table.as_ref().is_none_or(|own| own == table);
            grant.read && about && !grant.mask.contains(column)
        })
    };
    let mut graph: DiGraphMap<&str, Span> = DiGraphMap::new();
    for read in all {
        let Some(own) = &read.grant.table else { continue };
        let mut unseen: BTreeMap<&EcoString, Vec<(&EcoString, Span)>> = BTreeMap::new();
        for (table, column, span) in &read.reads {
            graph.add_edge(own.as_str(), table.as_str(), *span);
            if !sees(table, column) {
                unseen.entry(table).or_default().push((column, *span));
            }
        }
        for (table, columns) in unseen {
            let names: Vec<String> = columns.iter().map(|(column, _)| format!("{table}.{column}")).collect();
            let span = columns.iter().map(|(_, span)| *span).reduce(Span::to).unwrap_or_default();
            diagnostics.push(
                Code::UnseenColumn
                    .at(span, format!("role {role} can't read {}, which this rule asks for", names.join(" and ")))
                    .help(format!("add `grant read on {table}`, with `mask = […]` for what it must not see")),
            );
        }
    }
    // PostgreSQL asks the rule of each table it reads in a rule, and gives up on a loop.
    if let Err(cycle) = toposort(&graph, None) {
        let place = |from: &str, to: &str| Some((EcoString::from(from), graph.edge_weight(from, to).copied()?));
        let told = resolve::cycle_told(&graph, cycle.node_id(), Span::default(), "these rules ask each other", place);
        diagnostics.push(told.help("let one of them ask its own columns only"));
    }
}

fn grants(grant: &ast::Grant, tables: &[&resolve::Table], diagnostics: &mut Vec<Diagnostic>) -> Vec<Read> {
    let mut verbs = (false, false);
    for verb in &grant.verbs {
        match verb.text.as_str() {
            "read" => verbs.0 = true,
            "write" => verbs.1 = true,
            other => diagnostics.push(
                Code::UnknownChoice
                    .at(verb.span, format!("`{other}` can't be granted"))
                    .maybe_help(did_you_mean(other, ["read", "write"])),
            ),
        }
    }
    let facts = grant.body.as_deref().unwrap_or_default();
    let mut mask = Vec::new();
    for item in facts {
        match item {
            ast::Item::Attribute(attribute) if attribute.name.text == "mask" => {
                if let ast::Node::List(columns) = &attribute.value.node {
                    mask.extend(columns.iter().filter_map(|column| {
                        if let ast::Node::Name(name) = &column.node { Some((name.clone(), column.span)) } else { None }
                    }));
                }
            }
            ast::Item::Attribute(attribute) => diagnostics.push(
                Code::UnknownAttribute
                    .at(attribute.name.span, format!("a grant has no `{}`", attribute.name.text))
                    .maybe_help(did_you_mean(&attribute.name.text, ["mask"])),
            ),
            _ => diagnostics.push(Code::Misplaced.at(grant.span, "a grant's body holds `mask = [column]`")),
        }
    }
    let mut out = Vec::new();
    for on in &grant.on {
        let table = tables.iter().find(|table| table.name == on.text);
        if table.is_none() && on.text != "all" {
            let near = did_you_mean(&on.text, tables.iter().map(|table| table.name.as_str()).chain(["all"]));
            diagnostics
                .push(Code::UnknownReference.at(on.span, format!("there is no table `{}`", on.text)).maybe_help(near));
            continue;
        }
        if let Some(table) = table {
            for (column, span) in &mask {
                if !table.columns.iter().any(|known| known.name == *column) {
                    let near = did_you_mean(column, table.columns.iter().map(|column| column.name.as_str()));
                    diagnostics.push(
                        Code::UnknownReference
                            .at(*span, format!("`{}` has no column `{column}`", table.name))
                            .maybe_help(near),
                    );
                }
            }
        }
        let condition = match (&grant.condition, table) {
            (Some(_), Some(table)) if table.shared => {
                let told = format!("`{}` is shared: every tenant reads the same rows of it", table.name);
                diagnostics
                    .push(Code::Misplaced.at(on.span, told).help("leave `where` out, or make it a tenant's table"));
                continue;
            }
            (Some(condition), Some(table)) => match condition::compile(condition, table, tables, diagnostics) {
                Some(condition) => Some(condition),
                None => continue,
            },
            (Some(condition), None) => {
                let told = "a rule about rows wants its tables by name";
                diagnostics.push(Code::Misplaced.at(condition.span, told).help("write `grant read on TABLE where …`"));
                continue;
            }
            (None, _) => None,
        };
        let (condition, reads) = condition.map_or((None, Vec::new()), |all| (Some(all.sql), all.reads));
        let grant = Grant {
            read: verbs.0,
            write: verbs.1,
            table: table.map(|table| table.name.clone()),
            mask: mask.iter().map(|(column, _)| column.clone()).collect(),
            condition,
            span: grant.span,
        };
        out.push(Read { grant, reads });
    }
    out
}
