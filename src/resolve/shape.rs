//! The facts that a block may hold: a [`Field`] is one of them, a [`Shape`] the table in which they are looked up by path.
//!
//! A group's fact has a dotted path (`backup.every`). A database has the facts of its kind and those of its engine.

use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::typed::Value;
use super::types::Type;
use crate::source::Span;

/// A fact that a block may hold.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its path in the block: `memory`, `backup.every`. [`ANY`] in it stands for a name that the user chooses.
    pub path: EcoString,
    /// What it may be.
    pub ty: Type,
    /// The comment before it.
    pub doc: EcoString,
    /// Where it is declared.
    pub span: Span,
    /// Must be set by some layer.
    pub required: bool,
    /// Supplied by the compiler; can be read, not set.
    pub given: bool,
    /// The least and the most it may be.
    pub range: (Option<Value>, Option<Value>),
    /// The setting of an engine that it is.
    pub setting: Option<Arc<Setting>>,
}

impl Field {
    /// A fact that need not be said and may be anything of its type.
    #[must_use]
    pub const fn new(path: EcoString, ty: Type, doc: EcoString, span: Span) -> Self {
        Self { path, ty, doc, span, required: false, given: false, range: (None, None), setting: None }
    }
}

/// The segment of a path that stands for any name: `collection.NAME.keys` is `keys` of each `collection … { }`.
pub const ANY: &str = "NAME";

/// True when a path is one of those that a pattern stands for.
#[must_use]
pub fn matches(pattern: &str, path: &str) -> bool {
    let mut wanted = pattern.split('.');
    let mut have = path.split('.');
    loop {
        match (wanted.next(), have.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == ANY || one == other => {}
            _ => return false,
        }
    }
}

/// An engine's setting, in all versions.
#[derive(Debug)]
pub struct Setting {
    /// Its own name.
    pub name: EcoString,
    /// The engine that declared it.
    pub engine: EcoString,
    /// What it was in which versions, oldest first; ranges do not overlap.
    pub variants: Vec<Variant>,
}

/// A setting as some versions know it.
#[derive(Clone, Debug)]
pub struct Variant {
    /// First version that has it so; from the beginning when absent.
    pub since: Option<EcoString>,
    /// Last version that has it so.
    pub until: Option<EcoString>,
    /// What it may be.
    pub ty: Type,
    /// The raw unit: a size or a duration.
    pub unit: Option<Value>,
    /// The least and the most.
    pub range: (Option<Value>, Option<Value>),
    /// Editions that have it; all when empty.
    pub editions: Vec<EcoString>,
    /// The engine's own default.
    pub default: Option<Value>,
    /// `restart`, `reload`, `session` or `fixed`.
    pub change: EcoString,
    /// The group in the engine's documentation.
    pub group: EcoString,
    /// Where it is documented.
    pub see: EcoString,
    /// What replaced it.
    pub instead: EcoString,
    /// Where it is declared.
    pub span: Span,
}

/// The facts that a block may hold, by path.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// The kind's name, as a user knows it.
    pub kind: EcoString,
    fields: FxHashMap<EcoString, Arc<Field>>,
    /// Groups (`backup`), so that a missing `=` is told well.
    groups: FxHashMap<EcoString, Span>,
    order: Vec<EcoString>,
    /// Paths of fields and groups that hold [`ANY`], in the order of their declaration.
    patterns: Vec<EcoString>,
}

impl Shape {
    /// An empty one, of a kind.
    #[must_use]
    pub fn of(kind: &EcoString) -> Self {
        Self { kind: kind.clone(), ..Self::default() }
    }

    /// The field of a path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Arc<Field>> {
        self.fields.get(path)
    }

    /// The field of a path, as it is for that path: what a pattern stands for has the names of the path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Arc<Field>> {
        if let Some(field) = self.fields.get(path) {
            return Some(Arc::clone(field));
        }
        let pattern = self.pattern(path)?;
        self.fields.get(pattern).map(|field| Arc::new(Field { path: path.into(), ..Field::clone(field) }))
    }

    /// The pattern of a field that stands for a path.
    #[must_use]
    pub fn pattern(&self, path: &str) -> Option<&EcoString> {
        self.patterns.iter().find(|pattern| self.fields.contains_key(*pattern) && matches(pattern, path))
    }

    /// True when a path is a group of fields.
    #[must_use]
    pub fn is_group(&self, path: &str) -> bool {
        self.groups.contains_key(path)
            || self.patterns.iter().any(|pattern| self.groups.contains_key(pattern) && matches(pattern, path))
    }

    /// Groups, by name.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        let mut all: Vec<&str> = self.groups.keys().map(EcoString::as_str).collect();
        all.sort_unstable_by_key(|group| (group.len(), *group));
        all.into_iter()
    }

    /// Fields in the order of their declaration.
    pub fn fields(&self) -> impl Iterator<Item = &Arc<Field>> {
        self.order.iter().filter_map(|path| self.fields.get(path))
    }

    /// Names that may stand right behind `prefix` (empty, or ending in a dot): fields that can be set, and groups.
    pub fn names_in<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let depth = prefix.matches('.').count();
        let inside = move |path: &'a EcoString| {
            let rest = match path.strip_prefix(prefix) {
                Some(rest) => rest,
                None => {
                    let end = path.match_indices('.').nth(depth.checked_sub(1)?)?.0;
                    matches(path.get(..end)?, prefix.strip_suffix('.')?).then(|| path.get(end + 1..))??
                }
            };
            // `collection.NAME` is offered as `collection`.
            let rest = rest.strip_suffix(ANY).and_then(|rest| rest.strip_suffix('.')).unwrap_or(rest);
            (!rest.contains('.') || prefix.ends_with("settings.")).then_some(rest).filter(|rest| *rest != ANY)
        };
        let fields = self
            .order
            .iter()
            .filter(|path| self.fields.get(*path).is_some_and(|field| !field.given))
            .filter_map(inside);
        let mut groups: Vec<&str> = self.groups.keys().filter_map(inside).collect();
        groups.sort_unstable();
        fields.chain(groups)
    }

    /// Adds a field; the later one of a path wins.
    pub fn add(&mut self, field: Field) {
        let path = field.path.clone();
        self.remember(&path);
        if self.fields.insert(path.clone(), Arc::new(field)).is_none() {
            self.order.push(path);
        }
    }

    /// Adds a group.
    pub fn add_group(&mut self, path: EcoString, span: Span) {
        self.remember(&path);
        self.groups.insert(path, span);
    }

    /// Adds blocks with names of their own: `collection NAME { … }`. That one is there is a fact too, and so are the names
    /// of all: `count(collection)`.
    pub fn add_named(&mut self, path: EcoString, doc: EcoString, span: Span) {
        let given = |path: EcoString, ty: Type| Field { given: true, ..Field::new(path, ty, doc.clone(), span) };
        if let Some((word, "")) = path.split_once(ANY).map(|(word, rest)| (word.trim_end_matches('.'), rest)) {
            self.add(given(word.into(), Type::List(Arc::new(Type::Word))));
        }
        self.add(given(path.clone(), Type::Bool));
        self.add_group(path, span);
    }

    fn remember(&mut self, path: &EcoString) {
        if path.split('.').any(|segment| segment == ANY) && !self.patterns.contains(path) {
            self.patterns.push(path.clone());
        }
    }

    /// Adds all of another shape that is not here yet.
    pub fn include(&mut self, other: &Self) {
        for path in &other.order {
            if let (false, Some(field)) = (self.fields.contains_key(path), other.fields.get(path)) {
                self.remember(path);
                self.fields.insert(path.clone(), Arc::clone(field));
                self.order.push(path.clone());
            }
        }
        let new: Vec<(EcoString, Span)> = other
            .groups
            .iter()
            .filter(|(path, _)| !self.groups.contains_key(*path))
            .map(|(path, span)| (path.clone(), *span))
            .collect();
        for (path, span) in new {
            self.add_group(path, span);
        }
    }
}
