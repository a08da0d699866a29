//! Reading files: the prelude, the workspace's specs, libraries that they `use`, data files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ecow::EcoString;
use petgraph::algo::toposort;
use petgraph::graphmap::DiGraphMap;

use super::cycles;
use crate::diag::{Code, Diagnostic};
use crate::parse::ast::{Ast, Item, Str};
use crate::parse::{self};
use crate::source::{Origin, SourceMap, Span, World};

/// The language's own files.
mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

pub use embedded::TARGETS;

/// All files with their items: the prelude first, then the workspace by path.
pub fn load(world: &dyn World, sources: &mut SourceMap, diagnostics: &mut Vec<Diagnostic>) -> Vec<(Origin, Ast)> {
    let mut spans: Vec<(Origin, Span)> = Vec::new();
    let prelude = |wanted: &dyn Fn(&str) -> bool, sources: &mut SourceMap| -> Vec<(Origin, Span)> {
        let files = embedded::LANGUAGE.iter().filter(|(path, _)| wanted(path));
        let add = |(path, text): &(&str, &'static str)| {
            sources.add(&format!("<tenantc>/{path}"), *text, Origin::Prelude).map(|span| (Origin::Prelude, span))
        };
        files.filter_map(add).collect()
    };
    let mut language = prelude(&|path| !path.starts_with("engines/"), sources);
    let mut loader =
        Loader { world, sources, diagnostics, spans: &mut spans, folders: BTreeMap::new(), edges: Vec::new() };
    loader.folder("", None);
    loader.cycles();
    let named = engines_named(spans.iter().filter_map(|(_, span)| sources.file_at(span.start)).map(|file| &*file.text));
    language.extend(prelude(&|path| named.contains(path), sources));
    let mut out = Vec::new();
    for (origin, span) in language.into_iter().chain(spans) {
        let Some(file) = sources.file_at(span.start) else { continue };
        let (ast, faults) = parse::parse(file);
        diagnostics.extend(faults);
        out.push((origin, ast));
    }
    out
}

/// Files of the engines whose names stand anywhere in the texts, and of what those need. Engines are most of the
/// language's text; a workspace that has two of them reads two.
fn engines_named<'t>(texts: impl Iterator<Item = &'t str>) -> BTreeSet<&'static str> {
    let all = embedded::ENGINES;
    let mut files: BTreeSet<&'static str> = BTreeSet::new();
    let mut wanted: Vec<&'static str> = Vec::new();
    for text in texts {
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))) {
            if let Some(name) = engine_names().find(|name| *name == word).filter(|name| !wanted.contains(name)) {
                wanted.push(name);
            }
        }
    }
    while let Some(name) = wanted.pop() {
        for (path, _, needed) in all.iter().filter(|(_, declared, _)| declared.contains(&name)) {
            if files.insert(path) {
                wanted.extend(*needed);
            }
        }
    }
    files
}

/// Names of all engines of the language, also of those that were not read.
pub fn engine_names() -> impl Iterator<Item = &'static str> {
    embedded::ENGINES.iter().flat_map(|(_, declared, _)| declared.iter().copied())
}

struct Loader<'a> {
    world: &'a dyn World,
    sources: &'a mut SourceMap,
    diagnostics: &'a mut Vec<Diagnostic>,
    spans: &'a mut Vec<(Origin, Span)>,
    /// Folders that were read, numbered.
    folders: BTreeMap<String, u32>,
    /// Which folder uses which, and where it says so.
    edges: Vec<(u32, u32, Span)>,
}

impl Loader<'_> {
    fn folder(&mut self, folder: &str, from: Option<(u32, Span)>) {
        let number = u32::try_from(self.folders.len()).unwrap_or(u32::MAX);
        let known = self.folders.get(folder).copied();
        let id = known.unwrap_or(number);
        if let Some((from, span)) = from {
            self.edges.push((from, id, span));
        }
        if known.is_some() {
            return;
        }
        self.folders.insert(folder.to_owned(), id);
        let mut paths = match self.world.specs(folder) {
            Ok(paths) => paths,
            Err(why) => {
                let span = from.map(|(_, span)| span).unwrap_or_default();
                self.diagnostics.push(
                    Code::BadUse
                        .at(span, why.0)
                        .help("`use` names a folder of `.tenant` files, relative to this file's workspace"),
                );
                return;
            }
        };
        paths.sort();
        for path in paths {
            // A folder that was `use`d is read once, also when it lies inside the workspace.
            if self.sources.file_named(&path).is_some() {
                continue;
            }
            let Some(span) = self.text(&path) else { continue };
            self.spans.push((Origin::Workspace, span));
            let uses = self.uses(span);
            for (used, at) in uses {
                self.folder(&join(folder, &used), Some((id, at)));
            }
        }
    }

    fn uses(&self, span: Span) -> Vec<(EcoString, Span)> {
        let Some(file) = self.sources.file_at(span.start) else { return Vec::new() };
        if !file.text.contains("use") {
            return Vec::new();
        }
        let (ast, _) = parse::parse(file);
        ast.items
            .iter()
            .filter_map(|item| if let Item::Use(path) = item { Some((path.text.clone(), path.span)) } else { None })
            .collect()
    }

    fn text(&mut self, path: &str) -> Option<Span> {
        text(self.world, self.sources, path, Span::default(), self.diagnostics)
    }

    /// Libraries that use each other in a circle.
    fn cycles(&mut self) {
        let mut graph: DiGraphMap<u32, ()> = DiGraphMap::new();
        for (from, to, _) in &self.edges {
            graph.add_edge(*from, *to, ());
        }
        if let Err(cycle) = toposort(&graph, None) {
            let name = |id: u32| {
                self.folders
                    .iter()
                    .find(|(_, other)| **other == id)
                    .map(|(name, _)| if name.is_empty() { "." } else { name.as_str() })
            };
            let edge = |from: u32, to: u32| {
                let (_, _, span) = self.edges.iter().find(|(a, b, _)| (*a, *b) == (from, to))?;
                Some((EcoString::from(name(from)?), *span))
            };
            let told = cycles::told(&graph, cycle.node_id(), Span::default(), "these use each other", edge);
            self.diagnostics.push(told.help("remove one `use`; all files share one namespace anyway"));
        }
    }
}

/// Adds a file's text. Told and left out when it can't be read; odd bytes are told and replaced.
fn text(
    world: &dyn World,
    sources: &mut SourceMap,
    path: &str,
    at: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Span> {
    let bytes = match world.read(path) {
        Ok(bytes) => bytes,
        Err(why) => {
            diagnostics.push(Code::UnreadableText.at(at, why.0));
            return None;
        }
    };
    let (text, bad) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(fault) => (String::from_utf8_lossy(fault.as_bytes()).into_owned(), Some(fault.utf8_error().valid_up_to())),
    };
    let Some(span) = sources.add(path, text, Origin::Workspace) else {
        diagnostics.push(Code::UnreadableText.at(at, "the workspace is larger than 4 GiB"));
        return None;
    };
    if let Some(bad) = bad {
        let start = span.start + u32::try_from(bad).unwrap_or(0);
        diagnostics.push(
            Code::UnreadableText
                .at(Span::new(start, start), format!("{path} is not UTF-8 from here on"))
                .help("save the file as UTF-8"),
        );
        return None;
    }
    Some(span)
}

/// A data file that a block names, beside the file that holds the block.
pub fn data_file(
    world: &dyn World,
    sources: &mut SourceMap,
    block: Span,
    path: &Str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(EcoString, Arc<str>, Span)> {
    let here = sources.file_at(block.start).map(|file| file.name.to_string()).unwrap_or_default();
    let folder = here.rsplit_once('/').map_or("", |(folder, _)| folder);
    let full = join(folder, &path.text);
    if let Some(file) = sources.file_named(&full) {
        return Some((full.into(), Arc::clone(&file.text), file.span()));
    }
    let span = text(world, sources, &full, path.span, diagnostics)?;
    let file = sources.file_at(span.start)?;
    Some((full.into(), Arc::clone(&file.text), span))
}

/// A path relative to a folder, without `.` and inner `..`.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    parts.join("/")
}

/// Why a word can't name a block; nothing when it can.
pub fn bad_name(name: &str) -> Option<&'static str> {
    let mut chars = name.chars();
    match chars.next() {
        None => return Some("it is empty"),
        Some(first) if !(first.is_ascii_alphanumeric() || first == '_') => {
            return Some("it does not begin with a letter or a digit");
        }
        Some(_) => {}
    }
    if name.len() > 63 {
        return Some("it is longer than 63 letters");
    }
    if !chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) {
        return Some("it holds other characters than letters, digits, `_`, `-` and `.`");
    }
    None
}
