//! What a schema holds besides tables: types, functions, views, triggers; and whose rights each reads with.
//!
//! They come from imported SQL. The text is PostgreSQL's, without the names of schemas, so that it can be made in every
//! place; what it can reach is kept beside it, so that the proof need not read SQL again.

use ecow::EcoString;

use crate::source::Span;

/// A type, function, view or trigger.
#[derive(Clone, Debug)]
pub struct DbObject {
    /// What it is.
    pub kind: DbKind,
    /// Its name.
    pub name: EcoString,
    /// The comment on it.
    pub doc: EcoString,
    /// What follows its name in the statement that makes it; a trigger's whole statement. A function's ends before its body.
    pub sql: EcoString,
    /// A function's body.
    pub body: EcoString,
    /// A function's parameters without defaults, by which it is granted.
    pub signature: EcoString,
    /// Labels of an enumeration, in order.
    pub labels: Vec<EcoString>,
    /// The table that a trigger is on.
    pub table: Option<EcoString>,
    /// It names tables, so it is made after them.
    pub after_tables: bool,
    /// It reads with its owner's rights.
    pub as_owner: bool,
    /// What else is unsafe in it.
    pub dangers: Vec<(Danger, Span)>,
    /// Tables and views that it names.
    pub uses: Vec<(EcoString, Span)>,
    /// Where its name is.
    pub span: Span,
}

/// Kinds of objects.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DbKind {
    /// `CREATE TYPE`, as an enumeration or a row.
    Type,
    /// `CREATE DOMAIN`.
    Domain,
    /// `CREATE FUNCTION`.
    Function,
    /// `CREATE VIEW`.
    View,
    /// `CREATE MATERIALIZED VIEW`.
    MaterializedView,
    /// `CREATE TRIGGER`.
    Trigger,
}

/// What lets a function step past the rules of the session that calls it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Danger {
    /// It is its owner's, and looks names up where its caller says.
    NoSearchPath,
    /// It is its owner's, and builds statements out of strings.
    Dynamic,
    /// It is its owner's, and changes what is in the database besides rows.
    Definition,
    /// It says which tenant the session is, or who.
    NamesTenant,
    /// It promises to tell nothing, so the server lets it see rows before row security.
    Leakproof,
    /// Its language can read the server's files.
    Language,
}
