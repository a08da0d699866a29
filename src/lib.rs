//! tenantc: facts about a multi-tenant data platform, compiled into what runs it.
//!
//! ```text
//!  files ─► parse ─► resolve ─► eval ─► check ─► emit ─► files
//!           Ast      Program    Model   findings  OutFile
//! ```
//!
//! # Steps
//! * [`source`]: texts on one line of offsets; the [`World`](source::World) that the core reads through
//! * [`quoting`]: names and texts of SQL between quotes
//! * [`diag`]: what is wrong, as data, and how it is shown
//! * [`parse::parse`]: text → items
//! * [`resolve::resolve`]: items → settled names and types
//! * [`eval::build`]: formulas on merged layers → the [`model`]
//! * [`check::check`]: what no server checks
//! * [`emit::emit`]: model → files
//! * [`disk`]: the world on a real disk: reading, writing whole trees or nothing
//! * [`cli`]: arguments, exit codes, and all that is printed
//!
//! Nothing imports a stage below itself. The core does no IO and reads no clock.

pub mod source;

pub mod quoting;

pub mod diag;

pub mod parse;

pub mod resolve;

pub mod eval;

pub mod model;

pub mod check;

pub mod emit;

pub mod disk;

pub mod cli;

use diag::{Code, Diagnostic};
use emit::{OutFile, Selection, Sink};
use eval::Built;
use eval::lock::Lock;
use resolve::Program;
use source::{Origin, SourceMap, Span, World};

/// The lock file's name.
pub const LOCK: &str = "tenantc.lock";

/// A workspace that was read and evaluated.
pub struct Compilation {
    /// All texts.
    pub sources: SourceMap,
    /// Settled names and types.
    pub program: Program,
    /// The platform; none without a `platform` block.
    pub built: Option<Built>,
    /// What was recorded before.
    pub lock: Lock,
    /// What is wrong, in the order in which it is shown.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compilation {
    /// True when nothing may be written.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error) || self.built.is_none()
    }

    /// Makes all files of a selection. Faults that only show here are added; with any error, what the sink got is worthless.
    pub fn emit(&mut self, world: &dyn World, selection: &Selection, sink: &Sink<'_>) {
        let told = emit_into(self, &self.sources, world, selection, sink);
        self.diagnostics.extend(told);
        self.diagnostics = diag::settle(std::mem::take(&mut self.diagnostics));
    }
}

/// Makes all files of a selection; returns the faults that only show then. `sources` are the compilation's.
pub fn emit_into(
    compilation: &Compilation,
    sources: &SourceMap,
    world: &dyn World,
    selection: &Selection,
    sink: &Sink<'_>,
) -> Vec<Diagnostic> {
    let mut told = Vec::new();
    let packs = emit::packs(world, &mut told);
    let Some(built) = compilation.built.as_ref() else { return told };
    let environments: Vec<&str> =
        built.model.environments.iter().map(|environment| environment.name.as_str()).collect();
    for (wanted, known, what) in
        [(&selection.environments, environments, "environment"), (&selection.targets, emit::names(&packs), "target")]
    {
        for one in wanted.iter().filter(|one| !known.contains(&one.as_str())) {
            let near = diag::did_you_mean(one, known.iter().copied());
            told.push(
                Code::UnknownReference.at(Span::default(), format!("there is no {what} `{one}`")).maybe_help(near),
            );
        }
    }
    if told.is_empty() {
        emit::emit(&packs, &built.model, sources, selection, sink, &mut told);
    }
    told
}

/// Reads and evaluates a workspace.
pub fn analyse(world: &dyn World) -> Compilation {
    let mut sources = SourceMap::default();
    let mut diagnostics = Vec::new();
    let program = resolve::resolve(world, &mut sources, &mut diagnostics);
    let lock = lock(world, &mut sources, &mut diagnostics);
    let built = if diagnostics.iter().any(|one| matches!(one.code, Code::Cycle)) {
        None
    } else {
        eval::build(&program, &sources, &lock, world.today(), &[], &mut diagnostics)
    };
    if let Some(built) = &built {
        check::check(&program, &built.model, &mut diagnostics);
    }
    let diagnostics = diag::settle(diagnostics);
    Compilation { sources, program, built, lock, diagnostics }
}

/// All files of a workspace, in memory, sorted by path; for tests and editors.
pub fn compile(world: &dyn World, selection: &Selection) -> (Compilation, Vec<OutFile>) {
    let mut compilation = analyse(world);
    let files = std::sync::Mutex::new(Vec::new());
    if !compilation.is_broken() {
        compilation
            .emit(world, selection, &|file| files.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(file));
    }
    let mut files = files.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    (compilation, files)
}

/// The lock file, or an empty one. A broken one is told: placing tenants anew would move them.
fn lock(world: &dyn World, sources: &mut SourceMap, diagnostics: &mut Vec<Diagnostic>) -> Lock {
    let empty = || Lock { version: 1, ..Lock::default() };
    let Ok(bytes) = world.read(LOCK) else { return empty() };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let parsed = Lock::parse(&text);
    match parsed {
        Ok(lock) => lock,
        Err(why) => {
            let start = sources.add(LOCK, text, Origin::Workspace).unwrap_or_default().start;
            diagnostics.push(
                Code::LockFile
                    .at(Span::new(start, start), format!("tenantc.lock can't be read: {why}"))
                    .help("take it back from version control; without it tenants would be placed anew"),
            );
            empty()
        }
    }
}
