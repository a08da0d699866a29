//! Diagnostics drawn with their source, by miette. The only file that knows miette.

use std::fmt::Write as _;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, NarratableReportHandler,
    SourceCode, SourceSpan, SpanContents,
};

use super::{Diagnostic, Severity};
use crate::source::{SourceMap, Span};

/// How to draw.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Use colours.
    pub colour: bool,
    /// Columns.
    pub width: usize,
    /// Words instead of drawings, for screen readers.
    pub narrated: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { colour: false, width: 100, narrated: false }
    }
}

/// All diagnostics, one after the other, each with a blank line behind it.
#[must_use]
pub fn render(all: &[Diagnostic], sources: &SourceMap, style: Style) -> String {
    let mut out = String::new();
    for diagnostic in all {
        let drawn = Drawn { diagnostic, sources };
        let done = if !drawable(diagnostic, sources) {
            out.write_str(&super::short::render(std::slice::from_ref(diagnostic), sources))
        } else if style.narrated {
            NarratableReportHandler::new().render_report(&mut out, &drawn)
        } else {
            let theme = if style.colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
            let handler = GraphicalReportHandler::new_themed(theme)
                .with_width(style.width)
                .with_links(false)
                .with_context_lines(1);
            handler.render_report(&mut out, &drawn)
        };
        if done.is_err() {
            let _ = writeln!(out, "{}: {}", diagnostic.code, diagnostic.message);
        }
        out.push('\n');
    }
    out
}

struct Drawn<'a> {
    diagnostic: &'a Diagnostic,
    sources: &'a SourceMap,
}

impl std::fmt::Debug for Drawn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.diagnostic.fmt(f)
    }
}

impl std::fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl miette::Diagnostic for Drawn<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(format!("{} {}", self.diagnostic.code, self.diagnostic.code.name())))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        let mut lines: Vec<String> = self.diagnostic.help.iter().cloned().collect();
        lines.extend(self.diagnostic.notes.iter().map(|note| format!("note: {note}")));
        (!lines.is_empty()).then(|| Box::new(lines.join("\n")) as Box<dyn std::fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let placed = self.diagnostic.labels.iter().filter(|label| self.sources.file_at(label.span.start).is_some());
        let labels = placed.enumerate().map(|(index, label)| {
            let span = source_span(label.span);
            let text = (!label.text.is_empty()).then(|| label.text.clone());
            if index == 0 {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        });
        Some(Box::new(labels))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.sources)
    }
}

fn source_span(span: Span) -> SourceSpan {
    (span.start as usize, span.end.saturating_sub(span.start) as usize).into()
}

/// Lines longer than this are not drawn: the diagnostic is then told in words.
const LINE_LIMIT: usize = 1_000;

fn drawable(diagnostic: &Diagnostic, sources: &SourceMap) -> bool {
    diagnostic.labels.iter().all(|label| {
        let Some(file) = sources.file_at(label.span.start) else { return true };
        let (first, last) = (sources.position_line(label.span.start), sources.position_line(label.span.end));
        last - first < 200
            && (first.saturating_sub(1).max(1)..=last + 1)
                .all(|line| file.line_start(line + 1) - file.line_start(line) <= LINE_LIMIT)
    })
}

impl SourceCode for SourceMap {
    /// Uses the line index, so the cost is that of the lines shown. Refuses a span over two files: miette then draws two blocks.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let start = u32::try_from(span.offset()).map_err(|_| MietteError::OutOfBounds)?;
        let end = u32::try_from(span.offset() + span.len()).map_err(|_| MietteError::OutOfBounds)?;
        let file = self.file_at(start).ok_or(MietteError::OutOfBounds)?;
        if end > file.span().end {
            return Err(MietteError::OutOfBounds);
        }
        let first = self.position_line(start).saturating_sub(before).max(1);
        let last = (self.position_line(end) + after).min(file.line_count());
        let (from, to) = (file.line_start(first), file.line_start(last + 1));
        let data = file.text.as_bytes().get(from..to).unwrap_or_default();
        let at = (file.base as usize + from, to - from).into();
        Ok(Box::new(MietteSpanContents::new_named(file.name.to_string(), data, at, first - 1, 0, last)))
    }
}
