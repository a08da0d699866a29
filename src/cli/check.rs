//! `tenantc check`: every fault, nothing written.

use std::path::PathBuf;

use super::{Common, End, complain, report, workspace};
use crate::analyse;
use crate::diag::Format;
use crate::emit::Selection;

/// What `check` takes.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenantc check
  tenantc check --format sarif > tenantc.sarif
  tenantc check --deny warnings")]
pub struct Arguments {
    /// The workspace; the one around this folder when left out
    workspace: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, common: Common) -> End {
    let workspace = match workspace(arguments.workspace.as_deref(), None) {
        Ok(workspace) => workspace,
        Err(end) => return end,
    };
    let mut compilation = analyse(&workspace);
    if !compilation.is_broken() {
        compilation.emit(&workspace, &Selection::default(), &|_| {});
    }
    let end = report::show(&compilation.diagnostics, &compilation.sources, common);
    if end == End::Fine && matches!(common.format, Format::Fancy | Format::Short) {
        let tenants = compilation.program.tenants.len();
        let environments = compilation.built.as_ref().map_or(0, |built| built.model.environments.len());
        complain(&format!("no faults: {tenants} tenants, {environments} environments\n"));
    }
    end
}
