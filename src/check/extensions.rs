//! Extensions that the engine's file knows.

use super::Subject;
use crate::diag::{Code, Diagnostic, nearest};

/// A misspelt extension fails when the SQL is applied; it is told here.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    let Some(engine) = subject.program.engines.get(&instance.engine) else { return };
    let Some(fact) = instance.facts.get("extensions").filter(|_| !engine.extensions.is_empty()) else { return };
    for extension in instance.list("extensions") {
        if !engine.extensions.contains(&extension) {
            let near = nearest(&extension, engine.extensions.iter().map(ecow::EcoString::as_str))
                .map(|near| format!("did you mean `{near}`?"));
            diagnostics.push(
                Code::UnknownExtension
                    .at(fact.origin.span, format!("{} knows no extension `{extension}`", engine.title))
                    .maybe_help(near),
            );
        }
    }
}
