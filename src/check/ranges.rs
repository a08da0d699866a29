//! A database's facts are in the ranges that their kind declares.

use super::Subject;
use super::settings::{out_of_range, range_help};
use crate::diag::{Code, Diagnostic};

/// Checks all facts of an instance.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let Some(engine) = subject.program.engines.get(&subject.instance.engine) else { return };
    for (path, fact) in &subject.instance.facts {
        let Some(field) = engine.shape.find(path) else { continue };
        let (low, high) = &field.range;
        if let Some(message) = out_of_range(path, &fact.value, low.as_ref(), high.as_ref()) {
            diagnostics
                .push(Code::OutOfRange.at(fact.origin.span, message).help(range_help(low.as_ref(), high.as_ref())));
        }
    }
}
