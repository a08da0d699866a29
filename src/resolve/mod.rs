//! Files → [`Program`]: every name settled, every type checked, nothing evaluated.
//!
//! 1. read the prelude, the workspace and what it `use`s;
//! 2. kinds, then engines, then the names of all blocks and tenants;
//! 3. parents, with cycles told whole;
//! 4. bodies: facts, rules, tables.
//!
//! Never fails: what is broken is told and left out.

mod column_types;
mod cycles;
mod dimension;
mod engines;
mod facts;
mod kinds;
mod load;
mod lower;
mod marks;
mod objects;
mod order;
mod parents;
mod program;
mod requirements;
mod resolver;
mod rows;
mod schema;
mod shape;
mod sql;
mod tables;
mod typed;
mod types;

pub use column_types::is_column_type;
pub use cycles::told as cycle_told;
pub use dimension::type_of;
pub use engines::{Engine, EngineFile};
pub use facts::{Body, Fact, Nested, RuleFact};
pub use kinds::{Kind, of_literal};
pub use load::TARGETS;
pub use objects::{Danger, DbKind, DbObject};
pub use program::{Bulk, Definition, Names, Program, TenantDeclaration, TenantSource};
pub use rows::Rows;
pub use schema::{Column, Index, IndexKey, Part, Partition, Reference, Schema, Table, Widened};
pub use shape::{ANY, Field, Setting, Shape, Variant, matches};
pub use typed::{DefId, Function, Node, Object, Typed, Value};
pub use types::{Alternative, Type, article};

use crate::diag::Diagnostic;
use crate::source::{SourceMap, World};
use resolver::Resolver;

/// Reads a workspace.
pub fn resolve(world: &dyn World, sources: &mut SourceMap, diagnostics: &mut Vec<Diagnostic>) -> Program {
    let asts = load::load(world, sources, diagnostics);
    let mut resolver = Resolver { world, sources, diagnostics, program: Program::default() };
    resolver.run(&asts);
    resolver.program
}

/// Reads a file of SQL by itself into a schema of this name; nothing where it is too large.
pub fn read_sql(
    sources: &mut SourceMap,
    file: &str,
    text: &str,
    name: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Schema> {
    let text: std::sync::Arc<str> = text.into();
    let base = sources.add(file, text.clone(), crate::source::Origin::Workspace)?;
    let mut schema = Schema::empty(name);
    sql::import(file, &text, base, &mut schema, diagnostics);
    schema::settle(&mut schema, diagnostics);
    Some(schema)
}
