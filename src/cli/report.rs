//! Showing diagnostics, and how they make a command end.

use std::io::IsTerminal as _;

use super::{Common, End, complain, print};
use crate::diag::{Diagnostic, Format, Severity, fancy, render};
use crate::source::SourceMap;

/// Shows diagnostics: for people on standard error, for machines on standard output. Ends in a fault if there is an error.
pub fn show(all: &[Diagnostic], sources: &SourceMap, common: Common) -> End {
    let mut all = all.to_vec();
    if common.deny_warnings {
        for diagnostic in &mut all {
            diagnostic.severity = Severity::Error;
        }
    }
    let text = render(common.format, &all, sources, style());
    let people = matches!(common.format, Format::Fancy | Format::Short);
    if people {
        complain(&text);
        if common.format == Format::Fancy && !all.is_empty() {
            complain(&summary(&all));
        }
    } else {
        print(&text);
    }
    if all.iter().any(Diagnostic::is_error) { End::Fault } else { End::Fine }
}

fn summary(all: &[Diagnostic]) -> String {
    let errors = all.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let first = all
        .iter()
        .find(|diagnostic| diagnostic.is_error())
        .or(all.first())
        .map_or("", |diagnostic| diagnostic.code.id());
    format!("{}; `tenantc explain {first}` tells more\n", counted(errors, all.len() - errors))
}

fn counted(errors: usize, warnings: usize) -> String {
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, warnings) => plural(warnings, "warning"),
        (errors, 0) => plural(errors, "error"),
        (errors, warnings) => format!("{}, {}", plural(errors, "error"), plural(warnings, "warning")),
    }
}

/// Colours on a terminal, unless `NO_COLOR`; words instead of drawings with `NO_GRAPHICS`.
fn style() -> fancy::Style {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    fancy::Style {
        colour: std::io::stderr().is_terminal() && !set("NO_COLOR"),
        narrated: set("NO_GRAPHICS"),
        ..fancy::Style::default()
    }
}
