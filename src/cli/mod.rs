//! The command line: one file a subcommand. The only code that prints.

#![allow(clippy::disallowed_methods, reason = "the part that does IO")]

mod apart;
mod build;
mod check;
mod completions;
mod explain;
mod fmt;
mod graph;
mod import;
mod influence;
mod init;
mod model;
mod report;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::diag::Format;
use crate::disk::{Fault, Workspace, find};

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// All is well.
    Fine,
    /// The spec, or the tree, is at fault.
    Fault,
    /// Usage or IO.
    Trouble,
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        match end {
            End::Fine => Self::SUCCESS,
            End::Fault => Self::from(1),
            End::Trouble => Self::from(2),
        }
    }
}

/// Facts about a multi-tenant data platform, compiled into what runs it.
#[derive(Parser)]
#[command(name = "tenantc", version, about, arg_required_else_help = true, infer_subcommands = true)]
#[command(after_help = "Examples:
  tenantc init                       start a workspace here
  tenantc build                      write the tree to out/
  tenantc build --check              is the tree current? (for CI)
  tenantc explain acme.main.memory --in production")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// How faults are shown: fancy, short, json, sarif or github
    #[arg(long, global = true, value_enum, default_value_t, hide_possible_values = true)]
    format: Format,
    /// Treat warnings as errors
    #[arg(long, global = true, value_name = "WHAT", value_parser = ["warnings"])]
    deny: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Start a workspace
    Init(init::Arguments),
    /// Write the output tree, or check that it is current
    Build(build::Arguments),
    /// Look for faults without writing
    Check(check::Arguments),
    /// Lay out .tenant files
    Fmt(fmt::Arguments),
    /// Say where a value, a line or a code comes from
    Explain(explain::Arguments),
    /// Print the evaluated platform as JSON
    Model(model::Arguments),
    /// Turn a PostgreSQL schema into tables
    Import(import::Arguments),
    /// Draw what depends on what, for Graphviz
    Graph(graph::Arguments),
    /// Print completions for a shell
    Completions(completions::Arguments),
}

/// What holds for every command.
#[derive(Clone, Copy)]
pub struct Common {
    /// How faults are shown.
    pub format: Format,
    /// Warnings are errors.
    pub deny_warnings: bool,
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(fault) => {
            let _ = fault.print();
            return if fault.use_stderr() { End::Trouble.into() } else { End::Fine.into() };
        }
    };
    let common = Common { format: arguments.format, deny_warnings: arguments.deny.is_some() };
    let end = match arguments.command {
        Command::Init(arguments) => init::run(&arguments),
        Command::Build(arguments) => build::run(&arguments, common),
        Command::Check(arguments) => check::run(&arguments, common),
        Command::Fmt(arguments) => fmt::run(&arguments, common),
        Command::Explain(arguments) => explain::run(&arguments, common),
        Command::Model(arguments) => model::run(&arguments, common),
        Command::Import(arguments) => import::run(&arguments, common),
        Command::Graph(arguments) => graph::run(&arguments, common),
        Command::Completions(arguments) => completions::run(&arguments),
    };
    end.into()
}

/// The definition of the command line, for completions and tests.
#[must_use]
pub fn command() -> clap::Command {
    <Arguments as clap::CommandFactory>::command()
}

/// Prints to standard output; a closed pipe ends the printing in silence.
pub fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Prints to standard error.
pub fn complain(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Tells what could not be done, and ends.
#[must_use]
pub fn trouble(fault: &Fault) -> End {
    complain(&format!("tenantc: {fault}\n"));
    End::Trouble
}

/// True when standard error is a person's.
#[must_use]
pub fn on_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// The workspace of a command: the folder that was given, or the one around this one.
///
/// # Errors
/// There is none; that was told.
pub fn workspace(folder: Option<&Path>, out: Option<&Path>) -> Result<Workspace, End> {
    let start = folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let found = if folder.is_some() {
        if !start.is_dir() {
            complain(&format!("tenantc: there is no folder {}\n", start.display()));
            return Err(End::Trouble);
        }
        Some(start)
    } else {
        find(&start)
    };
    let Some(root) = found else {
        complain(
            "tenantc: no workspace here: no .tenant file with a `platform` block in this folder or above it\n  run `tenantc init` to start one, or name its folder\n",
        );
        return Err(End::Trouble);
    };
    let mut workspace = Workspace::open(&root, Vec::new()).map_err(|fault| trouble(&fault))?;
    workspace.skip = vec![
        workspace.root.join("out"),
        workspace.root.join("target"),
        workspace.root.join("node_modules"),
        workspace.root.join("targets"),
    ];
    workspace.skip.extend(out.and_then(|out| out.canonicalize().ok()));
    Ok(workspace)
}
