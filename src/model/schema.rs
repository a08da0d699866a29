//! What a database holds: schemas, their tables and the roles that read them. All names, types and conditions are SQL.

use ecow::EcoString;
use serde::{Serialize, Serializer};

use crate::quoting;
use crate::source::Span;

/// Tables, in an order in which they can be created; `tenant_id` is in every key.
#[derive(Debug, Serialize)]
pub struct Schema {
    /// Its name.
    pub name: EcoString,
    /// Tables.
    pub tables: Vec<Table>,
    /// Types, functions, views and triggers, in an order in which they can be made.
    pub objects: Vec<DbObject>,
}

/// A type, function, view or trigger.
#[derive(Debug, Serialize)]
pub struct DbObject {
    /// `type`, `domain`, `function`, `view`, `trigger`.
    pub kind: EcoString,
    /// Its name.
    pub name: EcoString,
    /// What it is.
    pub doc: EcoString,
    /// What follows its name in the statement that makes it, without schemas; a function's ends before its body.
    pub sql: EcoString,
    /// A function's body.
    pub body: EcoString,
    /// A function's parameters, by which it is granted.
    pub signature: EcoString,
    /// Labels of an enumeration.
    pub labels: Vec<EcoString>,
    /// The table that a trigger is on.
    pub table: Option<EcoString>,
    /// It is made after the tables.
    pub after_tables: bool,
}

/// A table, as it will be.
#[derive(Debug, Serialize)]
pub struct Table {
    /// Its name.
    pub name: EcoString,
    /// The same rows for every tenant.
    pub shared: bool,
    /// What it is.
    pub doc: EcoString,
    /// Columns; a tenant's table begins with `tenant_id`.
    pub columns: Vec<Column>,
    /// The primary key.
    pub primary_key: Key,
    /// Further unique keys.
    pub uniques: Vec<Key>,
    /// References.
    pub foreign_keys: Vec<ForeignKey>,
    /// Conditions.
    pub checks: Vec<Check>,
    /// Indexes.
    pub indexes: Vec<Index>,
    /// How its rows are parted.
    pub partition: Option<Partition>,
    /// The column by which a person is found.
    pub subject: Option<EcoString>,
    /// The condition on rows that are about one person, `$1`, as SQL; none where no reference leads to a person.
    pub about_person: Option<EcoString>,
    /// Its rows outlive an erasure, emptied of what is personal: they are financial records, or such records need them.
    pub outlives_erasure: bool,
    /// How long its rows are kept.
    pub retention: Option<Retention>,
    /// Where it is declared.
    #[serde(skip)]
    pub span: Span,
}

/// How long rows are kept.
#[derive(Debug, Serialize)]
pub struct Retention {
    /// Seconds.
    pub keep: i64,
    /// The column that says since when.
    pub from: EcoString,
}

/// How a table's rows are parted.
#[derive(Debug, Serialize)]
pub struct Partition {
    /// `RANGE`, `LIST`, `HASH`.
    pub strategy: EcoString,
    /// Its columns.
    pub columns: Vec<EcoString>,
    /// Its parts: name, and bounds as SQL.
    pub parts: Vec<Part>,
}

/// A partition.
#[derive(Debug, Serialize)]
pub struct Part {
    /// Its name.
    pub name: EcoString,
    /// `FOR VALUES …` or `DEFAULT`.
    pub bounds: EcoString,
}

/// A column.
#[derive(Debug, Serialize)]
pub struct Column {
    /// Its name.
    pub name: EcoString,
    /// Its type, as SQL.
    #[serde(rename = "type")]
    pub ty: EcoString,
    /// May not be null.
    pub not_null: bool,
    /// Its default, as SQL.
    pub default: Option<EcoString>,
    /// What it holds.
    pub classes: Vec<EcoString>,
    /// It is about a person.
    pub personal: bool,
    /// It takes encrypted values only.
    pub sealed: bool,
    /// What it is.
    pub doc: EcoString,
}

/// A key.
#[derive(Debug, Serialize)]
pub struct Key {
    /// The constraint's name.
    pub name: EcoString,
    /// Its columns.
    pub columns: Vec<EcoString>,
}

/// A reference.
#[derive(Debug, Serialize)]
pub struct ForeignKey {
    /// The constraint's name.
    pub name: EcoString,
    /// Columns here.
    pub columns: Vec<EcoString>,
    /// The other table.
    pub table: EcoString,
    /// The other table is shared.
    pub shared: bool,
    /// Columns there.
    pub target_columns: Vec<EcoString>,
    /// What happens when the other row goes, as SQL.
    pub on_delete: Option<EcoString>,
}

/// A condition.
#[derive(Debug, Serialize)]
pub struct Check {
    /// The constraint's name.
    pub name: EcoString,
    /// The condition, as SQL.
    pub expression: EcoString,
}

/// An index.
#[derive(Debug, Serialize)]
pub struct Index {
    /// Its name.
    pub name: EcoString,
    /// `btree`, …
    pub method: EcoString,
    /// What it is sorted by.
    pub columns: Vec<IndexKey>,
    /// Columns that it carries along.
    pub include: Vec<EcoString>,
    /// No two rows of a tenant alike.
    pub unique: bool,
    /// Only these rows, as SQL.
    pub condition: Option<EcoString>,
}

/// A column of an index, or an expression.
#[derive(Debug, Serialize)]
pub struct IndexKey {
    /// The column; empty for an expression.
    pub column: EcoString,
    /// The expression, as SQL.
    pub expression: EcoString,
    /// What follows, as SQL: ` DESC`.
    pub rest: EcoString,
}

/// Who may do what.
#[derive(Debug, Serialize)]
pub struct Role {
    /// Its name.
    pub name: EcoString,
    /// What it may do.
    pub grants: Vec<Grant>,
    /// Where it is declared.
    #[serde(skip)]
    pub span: Span,
}

/// What a role may do.
#[derive(Debug, Serialize)]
pub struct Grant {
    /// May read.
    pub read: bool,
    /// May write.
    pub write: bool,
    /// A table; all of them when absent.
    pub table: Option<EcoString>,
    /// Columns that it does not see.
    pub mask: Vec<EcoString>,
    /// Which rows, as SQL of one row; all of them when absent.
    #[serde(serialize_with = "condition")]
    pub condition: Option<Vec<SqlPart>>,
    /// Where it is said.
    #[serde(skip)]
    pub span: Span,
}

/// A piece of SQL whose tables have no schema yet: it is another one in each place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SqlPart {
    /// SQL as it is.
    Sql(EcoString),
    /// A table.
    Table {
        /// Its name.
        name: EcoString,
        /// The same rows for every tenant.
        shared: bool,
    },
}

#[allow(clippy::ref_option, reason = "serde's form")]
fn condition<S: Serializer>(parts: &Option<Vec<SqlPart>>, serializer: S) -> Result<S::Ok, S::Error> {
    let piece = |part: &SqlPart| match part {
        SqlPart::Sql(sql) => sql.clone(),
        SqlPart::Table { name, .. } => quoting::name(name),
    };
    parts.as_ref().map(|parts| parts.iter().map(piece).collect::<EcoString>()).serialize(serializer)
}
