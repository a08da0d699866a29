//! Functions, and the triggers that call them.
//!
//! A trigger's function has the rights of whoever writes the row, so what holds for functions holds for triggers.

use super::{Proof, Step, leak};
use crate::diag::{Code, Diagnostic};
use crate::resolve::{Danger, DbKind, DbObject};
use crate::source::Span;

/// A function has the rights of whoever calls it, or touches no tenant's rows; and none changes who the session is.
pub fn check(proof: &Proof<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for function in proof.schema.objects.iter().filter(|object| object.kind == DbKind::Function) {
        if function.as_owner {
            as_owner(proof, function, diagnostics);
        }
        for (danger, span) in &function.dangers {
            beside(function, *danger, *span, diagnostics);
        }
    }
}

/// SECURITY DEFINER: one fault a function, the worst first.
fn as_owner(proof: &Proof<'_>, function: &DbObject, diagnostics: &mut Vec<Diagnostic>) {
    let name = &function.name;
    let has = |wanted: Danger| function.dangers.iter().find(|(danger, _)| *danger == wanted).map(|(_, span)| *span);
    let first = || Step { what: format!("function `{name}`, which runs as its owner"), span: function.span };
    let told = if let Some(span) = has(Danger::NoSearchPath) {
        let rest = vec![Step { what: "whatever the caller's search_path finds first".to_owned(), span }];
        let message = format!("function `{name}` runs as its owner and looks names up where its caller says");
        leak(Code::FunctionAsOwner, function.span, message, first(), rest)
            .help("write `SECURITY INVOKER`, or add `SET search_path = ''` and name every schema")
    } else if let Some(way) = proof.way_to_tenants(function) {
        let message = format!("function `{name}` would reach tenants' rows as their owner");
        leak(Code::FunctionAsOwner, function.span, message, first(), way).help(
            "leave `SECURITY DEFINER` out: called by a tenant it then sees that tenant's rows; as the owner it sees none",
        )
    } else if let Some(span) = has(Danger::Dynamic) {
        let rest = vec![Step { what: "a statement made of strings, which can be any".to_owned(), span }];
        let message = format!("function `{name}` runs as its owner what it puts together from strings");
        leak(Code::FunctionAsOwner, function.span, message, first(), rest)
            .help("leave `SECURITY DEFINER` out, or write the statement out instead of EXECUTE")
    } else if let Some(span) = has(Danger::Definition) {
        let rest =
            vec![Step { what: "tables, policies and privileges, which are the owner's to change".to_owned(), span }];
        let message = format!("function `{name}` lets its caller change what only the owner may");
        leak(Code::FunctionAsOwner, function.span, message, first(), rest)
            .help("leave `SECURITY DEFINER` out; definitions are changed by `apply.sql` alone")
    } else {
        return;
    };
    diagnostics.push(told);
}

/// What is unsafe whoever's rights it has.
fn beside(function: &DbObject, danger: Danger, span: Span, diagnostics: &mut Vec<Diagnostic>) {
    let name = &function.name;
    let (message, step, help) = match danger {
        Danger::NamesTenant => (
            format!("function `{name}` says who the session is"),
            "rows of whichever tenant it names",
            "set app.tenant_id in one place, the application's start of a transaction, and nowhere else",
        ),
        Danger::Leakproof => (
            format!("function `{name}` says LEAKPROOF"),
            "its arguments, from rows that the policy then hides",
            "leave LEAKPROOF out: the server would call it before row security, with every tenant's values",
        ),
        Danger::Language => (
            format!("function `{name}` is in a language that nothing can be proved of"),
            "files and connections of the server",
            "write it in `sql` or `plpgsql`",
        ),
        Danger::NoSearchPath | Danger::Dynamic | Danger::Definition => return,
    };
    let first = Step { what: format!("function `{name}`"), span: function.span };
    let rest = vec![Step { what: step.to_owned(), span }];
    diagnostics.push(leak(Code::UnsafeFunction, function.span, message, first, rest).help(help));
}
