//! Blocks that only some editions of an engine have, told at their place with the editions that do.

use super::Subject;
use super::shapes::place;
use crate::diag::{Code, Diagnostic};

/// What the engine's file gives to some editions: `block watch NAME { edition = [platinum, enterprise] }`.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    let Some(engine) = subject.program.engines.get(&instance.engine) else { return };
    let Some(edition) = instance.fact("edition").map(ToString::to_string) else { return };
    for (kind, editions) in engine.licensed.iter().filter(|(_, all)| !all.iter().any(|one| *one == edition)) {
        for name in instance.blocks(kind) {
            let message = format!("{} {edition} has no `{kind}`, as {name} is one", engine.title);
            diagnostics.push(
                Code::EditionLacks
                    .at(place(instance, &format!("{kind}.{name}")), message)
                    .help(format!("write `edition = {}`, or leave it out", editions.join("` or `edition = "))),
            );
        }
    }
}
