//! Views and materialised views.

use super::{Proof, Step, leak};
use crate::diag::{Code, Diagnostic};
use crate::resolve::DbKind;

/// A view reads with the rights of whoever asks, or shows no tenant's rows; a materialised one can't do the first.
pub fn check(proof: &Proof<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for object in &proof.schema.objects {
        let way = || proof.way_to_tenants(object);
        match object.kind {
            DbKind::View if object.as_owner => {
                if let Some(way) = way() {
                    let first =
                        Step { what: format!("view `{}`, which reads as its owner", object.name), span: object.span };
                    let message = format!("view `{}` shows every tenant's rows to each of them", object.name);
                    diagnostics.push(leak(Code::ViewAsOwner, object.span, message, first, way).help(format!(
                        "write `CREATE VIEW {} WITH (security_invoker = true) AS …`: it then reads as whoever asks (PostgreSQL 15)",
                        object.name
                    )));
                }
            }
            DbKind::View => {
                if let Some(old) = proof.instances().find(|instance| instance.engine_version == "14") {
                    let message =
                        format!("PostgreSQL 14 has no views that read as whoever asks, as `{}` wants to", object.name);
                    diagnostics.push(
                        Code::ViewAsOwner
                            .at(object.span, message)
                            .and(old.place_of("version"), format!("database {} is of version 14", old.database))
                            .help("give the database version 15 or later, or leave the view out"),
                    );
                }
            }
            DbKind::MaterializedView => match way() {
                Some(way) => {
                    let first = Step {
                        what: format!("materialised view `{}`, filled by its owner", object.name),
                        span: object.span,
                    };
                    let message = format!("materialised view `{}` can have no row security", object.name);
                    diagnostics.push(leak(Code::MaterializedView, object.span, message, first, way).help(
                        "make it a view WITH (security_invoker = true), or a table with tenant_id that a job fills for each tenant",
                    ));
                }
                None => diagnostics.push(
                    Code::NotCarried
                        .at(object.span, format!("materialised view `{}` is not carried", object.name))
                        .help("it reads nothing but shared tables: make it a shared table, which maintenance fills"),
                ),
            },
            _ => {}
        }
    }
}
