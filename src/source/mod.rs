//! Every text the compiler reads, on one line of offsets.
//!
//! In: named texts (a workspace's files, the prelude, data files). Out: a [`SourceMap`] in which a [`Span`] of two
//! `u32` names a place in any of them. Files stand one after the other with a gap of one, so a span never touches
//! two files and the end of a file is a place of its own. Line starts are indexed once, when a file is added; line
//! and column exist only in what is printed.

mod world;

pub use world::{Memory, Unreadable, World};

use std::ops::Range;
use std::sync::Arc;

/// A place in one of the files of a [`SourceMap`]: bytes `start..end` on the global line of offsets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of `start..end`.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty place right after this one.
    #[must_use]
    pub const fn after(self) -> Self {
        Self { start: self.end, end: self.end }
    }
}

/// What a file is to the compiler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The language's own files, inside the binary. Printed as `<tenantc>/…`.
    Prelude,
    /// A file of the workspace, or of a library that it uses.
    Workspace,
}

/// One text with its name and line starts.
#[derive(Debug)]
pub struct File {
    /// Path as the user knows it, relative to the workspace, with `/`.
    pub name: Arc<str>,
    /// The text; valid UTF-8, whatever was on the disk.
    pub text: Arc<str>,
    /// Global offset of the first byte.
    pub base: u32,
    /// Whose file it is.
    pub origin: Origin,
    lines: Vec<u32>,
}

impl File {
    /// Global span of the whole text.
    #[must_use]
    pub fn span(&self) -> Span {
        Span::new(self.base, self.base.saturating_add(u32::try_from(self.text.len()).unwrap_or(u32::MAX)))
    }

    /// The text of line `number`, counted from 1, without its line end.
    #[must_use]
    pub fn line(&self, number: usize) -> &str {
        let start = number.checked_sub(1).and_then(|i| self.lines.get(i)).copied().unwrap_or_default();
        let end = self.lines.get(number).map_or(self.text.len(), |&next| next as usize);
        self.text.get(start as usize..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    /// Offset in this text of line `number`, counted from 1; the end of the text past the last line.
    #[must_use]
    pub fn line_start(&self, number: usize) -> usize {
        number.checked_sub(1).and_then(|index| self.lines.get(index)).map_or(self.text.len(), |&start| start as usize)
    }

    /// Number of lines.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }
}

/// A place as a person counts: line and column from 1, the column in characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
}

/// All texts of one compilation.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<File>,
    end: u32,
}

impl SourceMap {
    /// Adds a text and returns its span. `None` when the line of offsets (4 GiB) is full.
    pub fn add(&mut self, name: &str, text: impl Into<Arc<str>>, origin: Origin) -> Option<Span> {
        let text = text.into();
        // Offset 0 belongs to no file: it is the place of what has none.
        let base = self.end.max(1);
        let end = base.checked_add(u32::try_from(text.len()).ok()?)?.checked_add(1)?;
        let breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
        let lines = std::iter::once(0).chain(breaks.filter_map(|(at, _)| u32::try_from(at + 1).ok())).collect();
        self.files.push(File { name: name.into(), text, base, origin, lines });
        self.end = end;
        Some(Span::new(base, end - 1))
    }

    /// Every file, in the order in which they were added.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The file that holds a place.
    #[must_use]
    pub fn file_at(&self, offset: u32) -> Option<&File> {
        let after = self.files.partition_point(|file| file.base <= offset);
        self.files.get(after.checked_sub(1)?)
    }

    /// The file of this name.
    #[must_use]
    pub fn file_named(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| &*file.name == name)
    }

    /// The text under a span.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file_at(span.start).and_then(|file| file.text.get(self.range(file, span))).unwrap_or_default()
    }

    /// A span as bytes of its own file.
    #[must_use]
    pub fn range(&self, file: &File, span: Span) -> Range<usize> {
        let start = span.start.saturating_sub(file.base) as usize;
        start..(span.end.saturating_sub(file.base) as usize).max(start)
    }

    /// Line and column of an offset.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        let Some(file) = self.file_at(offset) else { return Position { line: 1, column: 1 } };
        let local = (offset - file.base) as usize;
        let line = self.position_line(offset);
        let before = file.text.get(file.line_start(line)..local).unwrap_or_default();
        Position { line, column: before.chars().count() + 1 }
    }

    /// The line of an offset, from 1.
    #[must_use]
    pub fn position_line(&self, offset: u32) -> usize {
        self.file_at(offset).map_or(1, |file| file.lines.partition_point(|&start| start <= offset - file.base))
    }

    /// The name of a span's file, as written files say where they come from.
    #[must_use]
    pub fn file_name(&self, span: Span) -> &str {
        self.file_at(span.start).map_or("tenantc", |file| &file.name)
    }

    /// True for a place in the language's own files.
    #[must_use]
    pub fn is_language(&self, span: Span) -> bool {
        self.file_at(span.start).is_none_or(|file| file.origin == Origin::Prelude)
    }

    /// `file:line` of a span's start, as people are told.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        match self.file_at(span.start) {
            Some(file) => format!("{}:{}", file.name, self.position_line(span.start)),
            None => "tenantc".to_owned(),
        }
    }
}
