//! Schemas as they were read, from blocks or from SQL; [`settle`] checks what spans tables and puts referenced ones first.
//!
//! Columns and keys are as the user wrote them. The shape that every tenant's tables get (`tenant_id` first in every key,
//! so that no key reaches or betrays another tenant's row) is evaluation's work.

use ecow::EcoString;
use petgraph::algo::toposort;
use petgraph::graphmap::DiGraphMap;

use super::marks::{self, Mark};
use super::objects::DbObject;
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::source::Span;

/// A schema: its tables, referenced ones first.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Its name.
    pub name: EcoString,
    /// The comment before it.
    pub doc: EcoString,
    /// Its tables in an order in which they can be created.
    pub tables: Vec<Table>,
    /// Types, functions, views and triggers, in the order in which they can be made.
    pub objects: Vec<DbObject>,
    /// Extensions that an imported file needs.
    pub extensions: Vec<(EcoString, Span)>,
    /// Files that it imports.
    pub imports: Vec<crate::parse::ast::Str>,
    /// What is said of columns and tables of imported files: a word, a table, a column.
    pub(super) marks: Vec<Mark>,
    /// Where.
    pub span: Span,
}

impl Schema {
    /// One without tables.
    #[must_use]
    pub fn empty(name: &str) -> Self {
        Self {
            name: name.into(),
            doc: EcoString::new(),
            tables: Vec::new(),
            objects: Vec::new(),
            extensions: Vec::new(),
            imports: Vec::new(),
            marks: Vec::new(),
            span: Span::default(),
        }
    }
}

/// A table.
#[derive(Clone, Default, Debug)]
pub struct Table {
    /// Its name.
    pub name: EcoString,
    /// The same rows for every tenant.
    pub shared: bool,
    /// The comment before it.
    pub doc: EcoString,
    /// Columns, without `tenant_id`.
    pub columns: Vec<Column>,
    /// Columns of the primary key, without `tenant_id`; every table has one.
    pub primary: Vec<EcoString>,
    /// Further unique keys, without `tenant_id`.
    pub uniques: Vec<Vec<EcoString>>,
    /// Conditions, as SQL.
    pub checks: Vec<EcoString>,
    /// References to other tables.
    pub references: Vec<Reference>,
    /// Indexes.
    pub indexes: Vec<Index>,
    /// The column by which a person is found.
    pub subject: Option<EcoString>,
    /// How its rows are parted.
    pub partition: Option<Partition>,
    /// How long its rows are kept: seconds, and the column that says since when.
    pub retention: Option<(i64, EcoString)>,
    /// SQL that it was imported from gives it a tenant_id.
    pub has_tenant: bool,
    /// Keys and references of that SQL which do not name the tenant.
    pub widened: Vec<Widened>,
    /// Where.
    pub span: Span,
}

/// `PARTITION BY RANGE (at)`
#[derive(Clone, Debug)]
pub struct Partition {
    /// `RANGE`, `LIST`, `HASH`.
    pub strategy: EcoString,
    /// Its columns.
    pub columns: Vec<EcoString>,
    /// Its parts.
    pub parts: Vec<Part>,
    /// Where.
    pub span: Span,
}

/// A partition.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name.
    pub name: EcoString,
    /// `FOR VALUES …` or `DEFAULT`.
    pub bounds: EcoString,
    /// Where.
    pub span: Span,
}

/// A key or a reference that imported SQL makes without the tenant.
#[derive(Clone, Debug)]
pub struct Widened {
    /// As it is there.
    pub what: EcoString,
    /// Its columns.
    pub columns: Vec<EcoString>,
    /// The table that it refers to.
    pub table: Option<EcoString>,
    /// Where.
    pub span: Span,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: EcoString,
    /// Its type, as SQL.
    pub ty: EcoString,
    /// May not be null.
    pub required: bool,
    /// Its default, as SQL.
    pub default: Option<EcoString>,
    /// What it holds: names of classes.
    pub classes: Vec<EcoString>,
    /// The comment before it.
    pub doc: EcoString,
    /// Where.
    pub span: Span,
}

/// A reference to another table's key.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Columns here.
    pub columns: Vec<EcoString>,
    /// The other table.
    pub table: EcoString,
    /// Columns there; its primary key when empty.
    pub targets: Vec<EcoString>,
    /// What happens when the other row goes: `CASCADE`, `SET NULL`, `RESTRICT`.
    pub on_delete: Option<EcoString>,
    /// Where.
    pub span: Span,
}

/// An index.
#[derive(Clone, Debug)]
pub struct Index {
    /// Its name within the table.
    pub name: EcoString,
    /// What it is sorted by.
    pub keys: Vec<IndexKey>,
    /// Columns that it carries along.
    pub include: Vec<EcoString>,
    /// No two rows of a tenant alike.
    pub unique: bool,
    /// `btree`, `gin`, …
    pub method: EcoString,
    /// Only these rows, as SQL.
    pub condition: Option<EcoString>,
    /// Where.
    pub span: Span,
}

/// A column of an index, or an expression.
#[derive(Clone, PartialEq, Debug)]
pub struct IndexKey {
    /// The column; empty for an expression.
    pub column: EcoString,
    /// The expression, as SQL.
    pub expression: EcoString,
    /// What follows, as SQL: ` DESC`, ` text_pattern_ops`.
    pub rest: EcoString,
}

impl IndexKey {
    /// A column, with what follows it.
    pub(super) fn of(column: &EcoString, rest: &str) -> Self {
        Self { column: column.clone(), expression: EcoString::new(), rest: rest.into() }
    }
}

/// Checks what spans tables, and puts referenced tables first. Called when imports are in.
pub fn settle(schema: &mut Schema, diagnostics: &mut Vec<Diagnostic>) {
    marks::settle(schema, diagnostics);
    let mut seen: std::collections::HashMap<EcoString, Span> = std::collections::HashMap::new();
    for table in &schema.tables {
        if let Some(first) = seen.insert(table.name.clone(), table.span) {
            diagnostics.push(
                Code::DuplicateName
                    .at(table.span, format!("there are two tables `{}`", table.name))
                    .here("again here")
                    .and(first, "first here"),
            );
        }
    }
    let known: Vec<Table> = schema.tables.clone();
    for table in &mut schema.tables {
        for reference in &mut table.references {
            let Some(other) = known.iter().find(|other| other.name == reference.table) else {
                let near = did_you_mean(&reference.table, known.iter().map(|other| other.name.as_str()));
                diagnostics.push(
                    Code::UnknownReference
                        .at(
                            reference.span,
                            format!("there is no table `{}` in schema {}", reference.table, schema.name),
                        )
                        .maybe_help(near),
                );
                continue;
            };
            if table.shared && !other.shared {
                diagnostics.push(
                    Code::SharedReference
                        .at(
                            reference.span,
                            format!("`{}` is shared by all tenants, `{}` belongs to one", table.name, other.name),
                        )
                        .help(format!("make `{}` a tenant's table, or `{}` a shared one", table.name, other.name)),
                );
            }
            if reference.targets.is_empty() {
                reference.targets.clone_from(&other.primary);
            }
            let is_key = reference.targets == other.primary || other.uniques.contains(&reference.targets);
            if !is_key || reference.targets.len() != reference.columns.len() {
                diagnostics.push(
                    Code::LeakyReference
                        .at(
                            reference.span,
                            format!(
                                "`{}` has no key of {} column(s) ({})",
                                other.name,
                                reference.columns.len(),
                                reference.targets.join(", ")
                            ),
                        )
                        .help("a reference points at the whole primary key or at a unique key"),
                );
            }
        }
    }
    let order = order(&schema.tables, diagnostics);
    let mut tables: Vec<Option<Table>> = std::mem::take(&mut schema.tables).into_iter().map(Some).collect();
    schema.tables = order.into_iter().filter_map(|index| tables.get_mut(index).and_then(Option::take)).collect();
}

/// Referenced tables first; by name where that leaves a choice.
fn order(tables: &[Table], diagnostics: &mut Vec<Diagnostic>) -> Vec<usize> {
    let mut sorted: Vec<usize> = (0..tables.len()).collect();
    sorted.sort_by_key(|&index| tables.get(index).map(|table| (!table.shared, table.name.clone())));
    let mut graph: DiGraphMap<usize, ()> = DiGraphMap::new();
    for &index in sorted.iter().rev() {
        graph.add_node(index);
    }
    for (from, table) in tables.iter().enumerate() {
        for reference in &table.references {
            if let Some(to) = tables.iter().position(|other| other.name == reference.table && other.name != table.name)
            {
                graph.add_edge(to, from, ());
            }
        }
    }
    match toposort(&graph, None) {
        Ok(order) => order,
        Err(cycle) => {
            let span = tables.get(cycle.node_id()).map(|table| table.span).unwrap_or_default();
            let edge = |from: usize, to: usize| {
                let other = tables.get(to).map(|table| table.name.clone())?;
                let reference = tables.get(from)?.references.iter().find(|reference| reference.table == other)?;
                Some((tables.get(from)?.name.clone(), reference.span))
            };
            let told = super::cycles::told(
                &graph,
                cycle.node_id(),
                span,
                "tables refer to each other in a circle",
                |from, to| edge(to, from),
            );
            diagnostics
                .push(told.help("leave one of the references out; a circle of references can't be filled row by row"));
            sorted
        }
    }
}
