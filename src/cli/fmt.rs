//! `tenantc fmt`: lay out `.tenant` files.

use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::{Common, End, complain, print, report, workspace};
use crate::parse;
use crate::source::{Origin, SourceMap, World as _};

/// What `fmt` takes.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenantc fmt
  tenantc fmt tenants.tenant
  tenantc fmt --check")]
pub struct Arguments {
    /// A file, or a workspace; the one around this folder when left out
    path: Option<PathBuf>,
    /// Write nothing; fail with a diff where a file would change
    #[arg(long)]
    check: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, common: Common) -> End {
    let files = match &arguments.path {
        Some(path) if path.is_file() => vec![path.clone()],
        folder => {
            let workspace = match workspace(folder.as_deref(), None) {
                Ok(workspace) => workspace,
                Err(end) => return end,
            };
            match workspace.specs("") {
                Ok(paths) => paths.iter().map(|path| workspace.root.join(path)).collect(),
                Err(why) => {
                    complain(&format!("tenantc: {}\n", why.0));
                    return End::Trouble;
                }
            }
        }
    };
    let mut end = End::Fine;
    let mut changed = 0;
    for path in &files {
        match one(path, arguments.check, common) {
            Ok(Some(diff)) => {
                changed += 1;
                print(&diff);
                if arguments.check {
                    end = End::Fault;
                }
            }
            Ok(None) => {}
            Err(worse) => end = worse,
        }
    }
    if end == End::Fine {
        complain(&format!("{changed} of {} files changed\n", files.len()));
    }
    end
}

/// What changed in a file, or would; nothing when it is laid out already.
fn one(path: &Path, check: bool, common: Common) -> Result<Option<String>, End> {
    let told = |why: std::io::Error| {
        complain(&format!("tenantc: can't use {}: {why}\n", path.display()));
        End::Trouble
    };
    let text = std::fs::read_to_string(path).map_err(told)?;
    let mut sources = SourceMap::default();
    let name = path.display().to_string();
    sources.add(&name, text.as_str(), Origin::Workspace);
    let Some(file) = sources.files().first() else { return Err(End::Trouble) };
    let Some(formatted) = parse::format(file) else {
        let (_, faults) = parse::parse(file);
        return Err(report::show(&faults, &sources, common));
    };
    if formatted == text {
        return Ok(None);
    }
    if check {
        let diff =
            TextDiff::from_lines(&text, &formatted).unified_diff().context_radius(1).header(&name, &name).to_string();
        return Ok(Some(diff));
    }
    // A file beside it first, so that a full disk costs nothing.
    let new = path.with_extension("tenant.new");
    std::fs::write(&new, &formatted).and_then(|()| std::fs::rename(&new, path)).map_err(|why| {
        let _ = std::fs::remove_file(&new);
        told(why)
    })?;
    Ok(Some(format!("{name}\n")))
}
