//! `tenantc build`: write the output tree, or check that it is current.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use similar::TextDiff;

use super::{Common, End, complain, on_terminal, print, report, trouble, workspace};
use crate::disk::{Difference, Kind, Stamp, Tally, Tree, Workspace};
use crate::emit::Selection;
use crate::source::World as _;
use crate::{Compilation, LOCK, analyse, compile};

/// What `build` takes.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenantc build                              everything, to out/
  tenantc build examples/streaming --out /tmp/tree
  tenantc build --environment production --target sql
  tenantc build --check                      fails with a diff when out/ is not current")]
pub struct Arguments {
    /// The workspace; the one around this folder when left out
    workspace: Option<PathBuf>,
    /// Where the tree is written; `out` in the workspace when left out
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Only this environment (may be repeated)
    #[arg(long, short, value_name = "NAME")]
    environment: Vec<String>,
    /// Only this target: terraform, kubernetes, sql, config, catalog, … (may be repeated)
    #[arg(long, short, value_name = "NAME")]
    target: Vec<String>,
    /// Write nothing; fail with a unified diff where the tree is not current
    #[arg(long)]
    check: bool,
    /// Build even if nothing changed since the last build
    #[arg(long)]
    fresh: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, common: Common) -> End {
    let started = Instant::now();
    let workspace = match workspace(arguments.workspace.as_deref(), arguments.out.as_deref()) {
        Ok(workspace) => workspace,
        Err(end) => return end,
    };
    let out = arguments.out.clone().unwrap_or_else(|| workspace.root.join("out"));
    let selection =
        Selection { environments: arguments.environment.clone(), targets: arguments.target.clone(), file: None };
    if arguments.check {
        return check(&workspace, &out, &selection, common);
    }
    let partial = !selection.environments.is_empty() || !selection.targets.is_empty();
    let of = identity(&workspace, &out, &selection);
    if !arguments.fresh
        && let Some(stamp) = Stamp::holds(&workspace.root, &out, &of, &specs(&workspace))
    {
        print(&said(Tally { left: stamp.files, ..Tally::default() }, &out, started));
        return End::Fine;
    }
    let progress = Progress::start(started);
    let mut compilation = analyse(&workspace);
    if compilation.is_broken() {
        progress.stop();
        return report::show(&compilation.diagnostics, &compilation.sources, common);
    }
    // The sources are borrowed by the tree while the compilation is told of faults: they go one after the other.
    let sources = std::mem::take(&mut compilation.sources);
    let sources = &sources;
    let tree = match Tree::begin(&out, sources, partial) {
        Ok(tree) => tree,
        Err(fault) => return trouble(&fault),
    };
    let told = crate::emit_into(&compilation, sources, &workspace, &selection, &|file| {
        tree.take(&file);
        progress.tick(tree.count());
    });
    progress.stop();
    compilation.diagnostics.extend(told);
    let diagnostics = crate::diag::settle(std::mem::take(&mut compilation.diagnostics));
    let end = report::show(&diagnostics, sources, common);
    if end != End::Fine {
        return tree.abandon().map_or_else(|fault| trouble(&fault), |()| end);
    }
    if let Err(end) = keep_lock(&workspace, &compilation) {
        let _ = tree.abandon();
        return end;
    }
    match tree.commit() {
        Ok(tally) => {
            if diagnostics.is_empty() {
                let seen = workspace.seen.lock().map(|seen| seen.clone()).unwrap_or_default();
                Stamp::keep(&workspace.root, &out, of, seen, tally.written + tally.left);
            }
            print(&said(tally, &out, started));
            End::Fine
        }
        Err(fault) => trouble(&fault),
    }
}

/// Writes the lock file when it changed, in one step.
fn keep_lock(workspace: &Workspace, compilation: &Compilation) -> Result<(), End> {
    let Some(built) = &compilation.built else { return Ok(()) };
    let path = workspace.root.join(LOCK);
    if built.lock == compilation.lock && path.exists() {
        return Ok(());
    }
    let new = workspace.root.join(format!(".{LOCK}.new"));
    let written = std::fs::write(&new, built.lock.text()).and_then(|()| std::fs::rename(&new, &path));
    written.map_err(|why| {
        complain(&format!("tenantc: can't write {}: {why}\n", path.display()));
        End::Trouble
    })
}

/// What a build is of: the program, the day (waivers end), and what was asked for.
fn identity(workspace: &Workspace, out: &Path, selection: &Selection) -> String {
    let program = std::env::current_exe().ok().and_then(|path| std::fs::metadata(path).ok());
    let made = program.and_then(|metadata| metadata.modified().ok()).map(|time| format!("{time:?}"));
    format!("{} {made:?} {:?} {} {selection:?}", env!("CARGO_PKG_VERSION"), workspace.today(), out.display())
}

/// Files that a build would read, as far as can be known without reading.
fn specs(workspace: &Workspace) -> Vec<PathBuf> {
    let mut all = workspace.specs("").unwrap_or_default();
    all.extend(workspace.targets().unwrap_or_default());
    all.iter().filter_map(|path| workspace.root.join(path).canonicalize().ok()).collect()
}

fn said(tally: Tally, out: &Path, started: Instant) -> String {
    let seconds = started.elapsed().as_secs_f64();
    format!(
        "wrote {}, left {}, removed {} in {} ({seconds:.2} s)\n",
        tally.written,
        tally.left,
        tally.removed,
        out.display()
    )
}

fn check(workspace: &Workspace, out: &Path, selection: &Selection, common: Common) -> End {
    let (compilation, files) = compile(workspace, selection);
    let end = report::show(&compilation.diagnostics, &compilation.sources, common);
    if end != End::Fine || compilation.is_broken() {
        return End::Fault;
    }
    let mut differences = match Tree::differences(out, &files, &compilation.sources) {
        Ok(differences) => differences,
        Err(fault) => return trouble(&fault),
    };
    if !selection.environments.is_empty() || !selection.targets.is_empty() {
        differences.retain(|difference| difference.kind != Kind::Orphaned && difference.path != crate::emit::MANIFEST);
    }
    if let Some(built) = &compilation.built
        && built.lock != compilation.lock
    {
        let found = std::fs::read_to_string(workspace.root.join(LOCK)).unwrap_or_default();
        let kind = if found.is_empty() { Kind::Missing } else { Kind::Modified };
        differences.push(Difference { path: format!("../{LOCK}"), kind, found, wanted: built.lock.text() });
    }
    if differences.is_empty() {
        print(&format!("{} files in {} are current\n", files.len() + 1, out.display()));
        return End::Fine;
    }
    let mut text = String::new();
    for difference in &differences {
        let what = match difference.kind {
            Kind::Modified => "modified",
            Kind::Missing => "missing",
            Kind::Orphaned => "no longer made",
        };
        let _ = writeln!(text, "{what}: {}", difference.path);
        // The manifest follows from the other files.
        if difference.path != crate::emit::MANIFEST {
            let diff = TextDiff::from_lines(&difference.found, &difference.wanted);
            let _ = write!(
                text,
                "{}",
                diff.unified_diff()
                    .context_radius(2)
                    .header(&format!("{} (there)", difference.path), &format!("{} (built)", difference.path))
            );
        }
    }
    let _ = writeln!(text, "{} of {} files are not current: run `tenantc build`", differences.len(), files.len() + 1);
    print(&text);
    End::Fault
}

/// A spinner, for builds that take longer than half a second, on a terminal.
struct Progress {
    bar: Option<Mutex<(ProgressBar, bool)>>,
    started: Instant,
}

impl Progress {
    fn start(started: Instant) -> Self {
        let bar = on_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            bar.set_style(
                ProgressStyle::with_template("{spinner} {pos} files")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            );
            Mutex::new((bar, false))
        });
        Self { bar, started }
    }

    fn tick(&self, files: usize) {
        let Some(bar) = &self.bar else { return };
        if self.started.elapsed() < Duration::from_millis(500) {
            return;
        }
        if let Ok(mut bar) = bar.try_lock() {
            if !bar.1 {
                bar.0.set_draw_target(ProgressDrawTarget::stderr());
                bar.1 = true;
            }
            bar.0.set_position(u64::try_from(files).unwrap_or(0));
        }
    }

    fn stop(&self) {
        if let Some(bar) = &self.bar
            && let Ok(bar) = bar.lock()
        {
            bar.0.finish_and_clear();
        }
    }
}
