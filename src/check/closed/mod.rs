//! The proof: every path by which a tenant's row could be reached or observed ends at that tenant.
//!
//! in: the tables with all that was imported beside them, the roles, and which versions and isolations use them. out: an
//! error at the user's line for each path that does not end there, step by step, with what to write instead; a warning
//! where what is built is closed but the SQL it came from was not.
//!
//! Declared tables are closed by how they are made: every key, reference and index begins with `tenant_id`, policies hold
//! for every role, and nothing is granted beyond rows. What is left to prove is what steps around policies:
//!
//! | path | why it could leak | proved in |
//! |---|---|---|
//! | view, materialised view | reads with its owner's rights | `views` |
//! | function, trigger | its owner's rights; names another tenant; sees rows before the policy | `functions` |
//! | unique key, foreign key, partition | checked without policies; read past its parent | `keys` |
//! | sequence | counts for all tenants | `keys` |
//! | shared table, grant | one tenant writes what all read | `shared` |

mod functions;
mod keys;
mod shared;
mod views;

use ecow::EcoString;

use crate::diag::{Code, Diagnostic};
use crate::model::{Instance, Isolation, Model};
use crate::resolve::{DbKind, DbObject, Program, Schema, Table};
use crate::source::Span;

/// Proves all schemas of a program.
pub fn check(program: &Program, model: &Model, diagnostics: &mut Vec<Diagnostic>) {
    for schema in program.schemas.values() {
        let proof = Proof { model, schema };
        views::check(&proof, diagnostics);
        functions::check(&proof, diagnostics);
        keys::check(&proof, diagnostics);
        shared::check(&proof, diagnostics);
        extensions(&proof, diagnostics);
    }
}

/// A schema with where it is used.
struct Proof<'p> {
    model: &'p Model,
    schema: &'p Schema,
}

/// One step of a path.
struct Step {
    what: String,
    span: Span,
}

impl<'p> Proof<'p> {
    /// Running databases that have this schema's tables.
    fn instances(&self) -> impl Iterator<Item = &'p Instance> {
        let name = &self.schema.name;
        let cells = self.model.environments.iter().flat_map(|environment| &environment.cells);
        cells.flat_map(|cell| &cell.instances).filter(move |instance| instance.schema.as_ref() == Some(name))
    }

    /// True where tenants share its tables.
    fn has_rows(&self) -> bool {
        self.instances()
            .any(|instance| instance.placements.iter().any(|placement| placement.isolation == Isolation::Row))
    }

    fn table(&self, name: &str) -> Option<&'p Table> {
        self.schema.tables.iter().find(|table| table.name == name)
    }

    fn relation(&self, name: &str) -> Option<&'p DbObject> {
        let is_view = |object: &&DbObject| matches!(object.kind, DbKind::View | DbKind::MaterializedView);
        self.schema.objects.iter().filter(is_view).find(|object| object.name == name)
    }

    /// The steps from an object to the first table of tenants that it reads, through views; none where it reads none.
    fn way_to_tenants(&self, object: &DbObject) -> Option<Vec<Step>> {
        let mut seen: Vec<EcoString> = vec![object.name.clone()];
        self.way(object, &mut seen)
    }

    fn way(&self, object: &DbObject, seen: &mut Vec<EcoString>) -> Option<Vec<Step>> {
        for (name, span) in &object.uses {
            if let Some(table) = self.table(name).filter(|table| !table.shared) {
                return Some(vec![Step { what: format!("table `{}`, rows of every tenant", table.name), span: *span }]);
            }
            if let Some(view) = self.relation(name).filter(|view| !seen.contains(&view.name)) {
                seen.push(view.name.clone());
                if let Some(mut rest) = self.way(view, seen) {
                    rest.insert(0, Step { what: format!("view `{}`", view.name), span: *span });
                    return Some(rest);
                }
            }
        }
        None
    }
}

/// A fault with the path that leaks, step by step.
fn leak(code: Code, at: Span, message: String, first: Step, rest: Vec<Step>) -> Diagnostic {
    let mut told = code.at(at, message);
    let mut steps = vec![Step { what: "a tenant's session".to_owned(), span: at }, first];
    steps.extend(rest);
    let path: Vec<&str> = steps.iter().map(|step| step.what.as_str()).collect();
    told.notes.push(format!("the path: {}", path.join(" → ")));
    for (number, step) in steps.iter().enumerate().skip(1) {
        let text = format!("step {number}: {}", step.what);
        told = if step.span == at { told.here(text) } else { told.and(step.span, text) };
    }
    told
}

/// What a dump needs, a database must have.
fn extensions(proof: &Proof<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for instance in proof.instances() {
        let has = instance.list("extensions");
        for (name, span) in proof.schema.extensions.iter().filter(|(name, _)| name != "plpgsql" && !has.contains(name))
        {
            diagnostics.push(
                Code::MissingAttribute
                    .at(
                        *span,
                        format!("database {} has no extension `{name}`, which this file needs", instance.database),
                    )
                    .and(instance.place_of("extensions"), "the database")
                    .help(format!("write `extensions = [{name}]` in database {}", instance.database)),
            );
        }
    }
}
