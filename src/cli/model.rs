//! `tenantc model`: the evaluated platform as JSON.

use std::path::PathBuf;

use super::{Common, End, complain, print, report, workspace};
use crate::analyse;

/// What `model` takes.
#[derive(clap::Args)]
#[command(after_help = "Its shape is described by docs/model.schema.json; sizes are bytes, durations seconds.

Examples:
  tenantc model
  tenantc model | jq '.environments[].cells[].name'")]
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
    let compilation = analyse(&workspace);
    let end = report::show(&compilation.diagnostics, &compilation.sources, common);
    let Some(built) = compilation.built.as_ref().filter(|_| end == End::Fine) else { return End::Fault };
    match serde_json::to_string_pretty(&built.model) {
        Ok(text) => {
            print(&text);
            print("\n");
            End::Fine
        }
        Err(why) => {
            complain(&format!("tenantc: {why}\n"));
            End::Trouble
        }
    }
}
