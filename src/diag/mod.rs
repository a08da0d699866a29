//! What is wrong, as data.
//!
//! Stages build a [`Diagnostic`] with [`Code::at`] and push it; nothing here knows how it will be shown. Renderers
//! ([`fancy`], [`short`], [`json`], [`sarif`], [`github`]) take diagnostics and a [`SourceMap`] and return text. A code's page
//! is `lang/errors/<code>.md`, printed by `tenantc explain`.

mod codes;
pub mod fancy;
pub mod github;
pub mod json;
pub mod sarif;
pub mod short;
mod suggest;

pub use codes::Code;
pub use suggest::{all_of, did_you_mean, nearest, one_of};

use crate::source::{SourceMap, Span};

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// Told, never fatal unless asked (`--deny warnings`).
    Warning,
}

/// A place that a diagnostic points at, with what is to be seen there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there; may be empty.
    pub text: String,
}

/// An edit that would mend it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub replacement: String,
}

/// One fault, told once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Which kind of fault.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence in the user's words, without a full stop.
    pub message: String,
    /// Places; the first is the primary one.
    pub labels: Vec<Label>,
    /// Further facts, one sentence each.
    pub notes: Vec<String>,
    /// What to type instead.
    pub help: Option<String>,
    /// An edit that would mend it.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// Text for the primary place.
    #[must_use]
    pub fn here(mut self, text: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.text = text.into();
        }
        self
    }

    /// A second place.
    #[must_use]
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// A further fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// What to type instead.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// What to type instead, when there is something to say.
    #[must_use]
    pub fn maybe_help(mut self, text: Option<String>) -> Self {
        self.help = self.help.or(text);
        self
    }

    /// The edit that mends it.
    #[must_use]
    pub fn fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix { span, replacement: replacement.into() });
        self
    }

    /// The primary place.
    #[must_use]
    pub fn span(&self) -> Span {
        self.labels.first().map(|label| label.span).unwrap_or_default()
    }

    /// True for an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl Code {
    /// A diagnostic of this code at a place.
    #[must_use]
    pub fn at(self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code: self,
            severity: self.severity(),
            message: message.into(),
            labels: vec![Label { span, text: String::new() }],
            notes: Vec::new(),
            help: None,
            fix: None,
        }
    }
}

/// Sorts into the order in which they are shown (by place, then code) and drops exact repeats.
#[must_use]
pub fn settle(mut all: Vec<Diagnostic>) -> Vec<Diagnostic> {
    all.sort_by(|a, b| (a.span(), a.code, &a.message).cmp(&(b.span(), b.code, &b.message)));
    all.dedup();
    // What is missing from a file that can't be read whole may well be in the part that can't.
    let misspelt = misspelt(&all);
    let unread: Vec<Span> = all.iter().filter(|one| one.code.is_syntax()).map(Diagnostic::span).collect();
    // What follows a brace that is not closed seems to stand in its block, and would not if it were.
    let open = |one: &Diagnostic| {
        let end = one.labels.iter().map(|label| label.span.end).max()?;
        (one.code == Code::UnclosedBrace).then_some((one.span().start, end))
    };
    let open: Vec<(u32, u32)> = all.iter().filter_map(open).collect();
    let inside = |one: &Diagnostic| open.iter().any(|(start, end)| (*start..*end).contains(&one.span().start));
    all.retain(|one| match one.code {
        Code::NoPlatform => unread.is_empty(),
        Code::UnknownKind | Code::Misplaced => !inside(one),
        Code::MissingAttribute => {
            let at = one.span();
            !misspelt.contains(&at) && !unread.iter().any(|fault| fault.start >= at.start)
        }
        _ => true,
    });
    all
}

/// Blocks that lack an attribute because it is there under a misspelt name, which is told by itself.
fn misspelt(all: &[Diagnostic]) -> Vec<Span> {
    let told = |code: Code| all.iter().filter(move |one| one.code == code);
    let block = |unknown: &Diagnostic| {
        let Fix { span, replacement } = unknown.fix.as_ref()?;
        let meant = format!("`{replacement} = ");
        // A block that lacks more is told.
        let lacks = |one: &&Diagnostic| {
            one.help.as_ref().is_some_and(|help| help.contains(&meant) && help.matches(" = ").count() == 1)
        };
        // The block that holds the name is the nearest one before it.
        told(Code::MissingAttribute).filter(lacks).map(Diagnostic::span).rfind(|block| block.start <= span.start)
    };
    told(Code::UnknownAttribute).filter_map(block).collect()
}

/// How diagnostics are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, clap::ValueEnum)]
pub enum Format {
    /// Drawn, with the source.
    #[default]
    Fancy,
    /// One line each.
    Short,
    /// One JSON object a line.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub workflow commands, shown in the pull request.
    Github,
}

/// Prints diagnostics in a format. `colour` and `width` matter to the fancy one only.
#[must_use]
pub fn render(format: Format, all: &[Diagnostic], sources: &SourceMap, style: fancy::Style) -> String {
    match format {
        Format::Fancy => fancy::render(all, sources, style),
        Format::Short => short::render(all, sources),
        Format::Json => json::render(all, sources),
        Format::Sarif => sarif::render(all, sources),
        Format::Github => github::render(all, sources),
    }
}
