//! Bodies of blocks → facts and rules: each `name = value` with its path, its settled value and its place.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::Names;
use super::kinds::Kind;
use super::lower::Lowering;
use super::shape::{Field, Shape};
use super::typed::{Node, Typed, Value};
use super::types::{Type, article};
use crate::diag::{Code, Diagnostic, did_you_mean, nearest};
use crate::parse::ast::{Attribute, Block, Expr, Item, Name, Overlay};
use crate::source::Span;

/// One `name = value`.
#[derive(Clone, Debug)]
pub struct Fact {
    /// What it sets.
    pub field: Arc<Field>,
    /// To what.
    pub value: Arc<Typed>,
    /// The name and the value.
    pub span: Span,
    /// Holds only in this environment (or, in an engine, for this profile) and those that start from it.
    pub only_in: Option<EcoString>,
    /// No layer above may set it.
    pub is_final: bool,
    /// The comment before it.
    pub doc: EcoString,
}

/// `require condition else "message"`, perhaps inside a `for`.
#[derive(Clone, Debug)]
pub struct RuleFact {
    /// The kind it is about, or the engine.
    pub subject: EcoString,
    /// Which of them.
    pub filter: Option<Arc<Typed>>,
    /// What must be true.
    pub condition: Arc<Typed>,
    /// What to say when it is not.
    pub otherwise: Option<Arc<Typed>>,
    /// Holds only in this environment.
    pub only_in: Option<EcoString>,
    /// The clause it comes from, as written for people.
    pub clause: EcoString,
    /// Its name within its block; empty outside frameworks.
    pub name: EcoString,
    /// The `require`.
    pub span: Span,
}

/// What a tenant or a tier says about one database.
#[derive(Clone, Debug)]
pub struct Nested {
    /// The database's name.
    pub database: EcoString,
    /// What differs there.
    pub facts: Vec<Fact>,
    /// The block's head.
    pub span: Span,
}

/// What a body says.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Its facts, in order.
    pub facts: Vec<Fact>,
    /// Its rules.
    pub rules: Vec<RuleFact>,
    /// Its blocks about databases.
    pub nested: Vec<Nested>,
}

/// Reads bodies.
pub struct BodyReader<'a> {
    /// All names.
    pub names: &'a Names,
    /// Where faults go.
    pub diagnostics: &'a mut Vec<Diagnostic>,
    /// The body's facts are evaluated for each row of a data file.
    pub row: bool,
    /// The kind of block that `in NAME` names.
    pub overlay_kind: &'static str,
}

/// Where in a body an item stands.
pub(super) struct Place<'s> {
    pub(super) shape: &'s Shape,
    pub(super) kind: &'s Kind,
    pub(super) prefix: EcoString,
    pub(super) only_in: Option<EcoString>,
}

impl BodyReader<'_> {
    /// Reads the body of a block of `kind`, whose facts are looked up in `shape`.
    pub fn read(&mut self, kind: &Kind, shape: &Shape, items: &[Item]) -> Body {
        let mut body = Body::default();
        let place = Place { shape, kind, prefix: EcoString::new(), only_in: None };
        self.items(&place, items, &mut body);
        self.duplicates(&body.facts);
        for nested in &body.nested {
            self.duplicates(&nested.facts);
        }
        body
    }

    fn items(&mut self, place: &Place<'_>, items: &[Item], body: &mut Body) {
        for item in items {
            match item {
                Item::Attribute(attribute) => body.facts.extend(self.attribute(place, attribute)),
                Item::Block(block) => self.block(place, block, body),
                Item::Overlay(overlay) => self.overlay(place, overlay, body),
                Item::Require(require) => body.rules.extend(self.require(place, require, None)),
                Item::Rule(rule) => self.rule(place, rule, body, "", ""),
                Item::Field(field) => {
                    let told = Code::Misplaced.at(
                        field.span,
                        format!("a column can't stand in {} {}", article(&place.kind.name), place.kind.name),
                    );
                    self.diagnostics.push(told.help(format!("a fact is written with `=`: `{} = …`", field.name.text)));
                }
                Item::Grant(grant) => self.diagnostics.push(
                    Code::Misplaced
                        .at(grant.span, "a grant stands in a role")
                        .help("write `role NAME { grant read on table }`"),
                ),
                Item::Use(path) | Item::Import(path) => {
                    self.diagnostics.push(Code::Misplaced.at(
                        path.span,
                        format!("this can't stand in {} {}", article(&place.kind.name), place.kind.name),
                    ));
                }
            }
        }
    }

    /// The same fact twice in one body and overlay.
    fn duplicates(&mut self, facts: &[Fact]) {
        let mut seen: std::collections::HashMap<(&str, Option<&str>), Span> = std::collections::HashMap::new();
        for fact in facts {
            let key = (fact.field.path.as_str(), fact.only_in.as_deref());
            if let Some(first) = seen.insert(key, fact.span) {
                self.diagnostics.push(
                    Code::DuplicateAttribute
                        .at(fact.span, format!("`{}` is set twice", fact.field.path))
                        .here("again here")
                        .and(first, "first here")
                        .help("keep one of them"),
                );
            }
        }
    }

    fn attribute(&mut self, place: &Place<'_>, attribute: &Attribute) -> Option<Fact> {
        let path = eco_format!("{}{}", place.prefix, attribute.name.text);
        let Some(field) = place.shape.find(&path).filter(|field| !field.given) else {
            let told = self.unknown(place, &attribute.name, &path);
            self.diagnostics.push(told);
            return None;
        };
        let value = self.value(place, &attribute.value, &field)?;
        let span = attribute.name.span.to(attribute.value.span);
        let (only_in, doc) = (place.only_in.clone(), attribute.doc.text.clone());
        Some(Fact { field, value, span, only_in, is_final: attribute.is_final, doc })
    }

    fn value(&mut self, place: &Place<'_>, expr: &Expr, field: &Field) -> Option<Arc<Typed>> {
        let wanted = special(field, expr).unwrap_or_else(|| field.ty.clone());
        let mut lowering =
            Lowering { names: self.names, scopes: vec![place.shape], row: self.row, diagnostics: self.diagnostics };
        lowering.lower(expr, &wanted).map(Arc::new)
    }

    fn unknown(&self, place: &Place<'_>, name: &Name, path: &str) -> Diagnostic {
        if place.shape.is_group(path) {
            return Code::BlockForm
                .at(name.span, format!("`{}` holds several facts", name.text))
                .help(format!("write `{} {{ … }}`", name.text));
        }
        if place.shape.get(path).is_some() {
            return Code::UnknownAttribute
                .at(name.span, format!("`{}` is worked out by the compiler and can't be set", name.text));
        }
        let inside: Vec<&str> = place.shape.names_in(&place.prefix).collect();
        if place.prefix.ends_with("settings.") {
            return Code::UnknownSetting
                .at(
                    name.span,
                    format!("{} {} has no setting `{}`", article(&place.shape.kind), place.shape.kind, name.text),
                )
                .maybe_help(nearest(&name.text, inside.iter().copied()).map(|name| format!("did you mean `{name}`?")));
        }
        let told = Code::UnknownAttribute.at(
            name.span,
            match place.prefix.strip_suffix('.') {
                Some(group) => format!("`{group}` has no `{}`", name.text),
                None => format!("{} {} has no `{}`", article(&place.shape.kind), place.shape.kind, name.text),
            },
        );
        let setting = eco_format!("settings.{}", name.text);
        match nearest(&name.text, inside.iter().copied()) {
            Some(near) => told.help(format!("did you mean `{near}`?")).fix(name.span, near),
            None if place.shape.get(&setting).is_some() => {
                told.help(format!("it is a setting of the engine: write `settings {{ {} = … }}`", name.text))
            }
            None => {
                let deeper = place.shape.fields().find(|field| {
                    field.path.ends_with(&format!(".{}", name.text)) && !field.path.contains("settings.")
                });
                let hint = deeper.and_then(|field| {
                    field.path.split_once('.').map(|(group, _)| format!("it belongs into `{group} {{ … }}`"))
                });
                told.maybe_help(hint.or_else(|| did_you_mean(&name.text, inside.iter().copied())))
            }
        }
    }

    fn block(&mut self, place: &Place<'_>, block: &Block, body: &mut Body) {
        let words: Vec<&str> = block.words.iter().map(|word| word.text.as_str()).collect();
        match words.as_slice() {
            ["rule", name] if place.kind.name == "framework" || place.kind.name == "policy" => {
                let clause = super::kinds::Facts::of(block.items()).word("clause");
                for item in block.items() {
                    match item {
                        Item::Rule(rule) => self.rule(place, rule, body, name, &clause),
                        Item::Attribute(attribute) if attribute.name.text == "clause" => {}
                        Item::Attribute(attribute) => {
                            let near = did_you_mean(&attribute.name.text, ["clause"]);
                            let message = format!("a rule has no `{}`", attribute.name.text);
                            self.diagnostics
                                .push(Code::UnknownAttribute.at(attribute.name.span, message).maybe_help(near));
                        }
                        _ => self.diagnostics.push(
                            Code::Misplaced
                                .at(block.head, "a rule holds `clause = \"…\"` and `for … { require … }`")
                                .help("put the `require` into a `for`, which says what it is about"),
                        ),
                    }
                }
            }
            [group] if place.shape.is_group(&eco_format!("{}{group}", place.prefix)) => {
                if block.body.is_none() {
                    self.diagnostics.push(
                        Code::BlockForm
                            .at(block.head, format!("`{group}` wants a body"))
                            .help(format!("write `{group} {{ … }}`")),
                    );
                }
                let (prefix, only_in) = (eco_format!("{}{group}.", place.prefix), place.only_in.clone());
                self.items(&Place { shape: place.shape, kind: place.kind, prefix, only_in }, block.items(), body);
            }
            [word, name] if place.shape.is_group(&eco_format!("{}{word}.{name}", place.prefix)) => {
                let path = eco_format!("{}{word}.{name}", place.prefix);
                if let (Some(why), Some(at)) = (super::load::bad_name(name), block.name()) {
                    self.diagnostics.push(
                        Code::BadName.at(at.span, format!("`{name}` can't name {} {word}: {why}", article(word))),
                    );
                    return;
                }
                if let Some(field) = place.shape.find(&path) {
                    body.facts.push(there(field, block, place.only_in.clone()));
                }
                let (prefix, only_in) = (eco_format!("{path}."), place.only_in.clone());
                self.items(&Place { shape: place.shape, kind: place.kind, prefix, only_in }, block.items(), body);
            }
            [nested, database] if place.kind.nested.as_deref() == Some(*nested) && place.prefix.is_empty() => {
                self.nested(place, block, database, body);
            }
            _ => {
                let told = self.unknown_block(place, block);
                self.diagnostics.push(told);
            }
        }
    }

    fn unknown_block(&self, place: &Place<'_>, block: &Block) -> Diagnostic {
        let word = block.kind();
        let span = block.words.first().map_or(block.head, |first| first.span);
        let path = eco_format!("{}{word}", place.prefix);
        if place.shape.get(&path).is_some_and(|field| !field.given) {
            return Code::BlockForm.at(block.head, format!("`{word}` is one fact")).help(format!("write `{word} = …`"));
        }
        if place.shape.is_group(&eco_format!("{path}.name")) {
            return Code::BlockForm
                .at(block.head, format!("`{word}` wants a name"))
                .help(format!("write `{word} NAME {{ … }}`"));
        }
        if self.names.kind(word).is_some() && block.words.len() > 1 {
            return Code::Misplaced
                .at(
                    block.head,
                    format!(
                        "{} {word} can't stand inside {} {}",
                        article(word),
                        article(&place.kind.name),
                        place.kind.name
                    ),
                )
                .help("blocks of this kind stand by themselves; is a `}` missing above?");
        }
        Code::UnknownKind
            .at(span, format!("{} {} has no block `{word}`", article(&place.shape.kind), place.shape.kind))
            .maybe_help(did_you_mean(word, place.shape.names_in(&place.prefix)))
    }

    fn nested(&mut self, place: &Place<'_>, block: &Block, database: &str, body: &mut Body) {
        let Some(shape) = self.names.database_shape(database) else {
            let span = block.name().map_or(block.head, |name| name.span);
            let all = self.names.all("database");
            let near = did_you_mean(database, all.iter().map(EcoString::as_str));
            self.diagnostics
                .push(Code::UnknownReference.at(span, format!("there is no database `{database}`")).maybe_help(near));
            return;
        };
        let Some(kind) = self.names.kind("database").cloned() else { return };
        let mut inner = Body::default();
        let place = Place { shape: &shape, kind: &kind, prefix: EcoString::new(), only_in: place.only_in.clone() };
        self.items(&place, block.items(), &mut inner);
        if let Some(rule) = inner.rules.first() {
            self.diagnostics
                .push(Code::Misplaced.at(rule.span, "a `require` about a database stands in the database itself"));
        }
        body.nested.push(Nested { database: database.into(), facts: inner.facts, span: block.head });
    }

    fn overlay(&mut self, place: &Place<'_>, overlay: &Overlay, body: &mut Body) {
        if place.only_in.is_some() {
            self.diagnostics.push(Code::Misplaced.at(overlay.span, "an `in` can't stand inside another `in`"));
            return;
        }
        for name in &overlay.names {
            if self.names.object(self.overlay_kind, &name.text).is_none() {
                let all = self.names.all(self.overlay_kind);
                let near = did_you_mean(&name.text, all.iter().map(EcoString::as_str));
                let kind = self.overlay_kind;
                self.diagnostics.push(
                    Code::UnknownReference
                        .at(name.span, format!("there is no {kind} `{}`", name.text))
                        .maybe_help(near),
                );
                continue;
            }
            let (prefix, only_in) = (place.prefix.clone(), Some(name.text.clone()));
            self.items(&Place { shape: place.shape, kind: place.kind, prefix, only_in }, &overlay.body, body);
        }
    }
}

/// That a block with a name of its own is there.
fn there(field: Arc<Field>, block: &Block, only_in: Option<EcoString>) -> Fact {
    let value = Typed { node: Node::Value(Value::Block), ty: Type::Bool, span: block.head };
    Fact { field, value: Arc::new(value), span: block.head, only_in, is_final: false, doc: block.doc.text.clone() }
}

/// `-1` and `0` switch many sizes and durations off: such a setting takes them without a unit.
fn special(field: &Field, expr: &Expr) -> Option<Type> {
    use crate::parse::ast::Node;
    use crate::parse::quantity::Literal;
    let setting = field.setting.as_ref()?;
    let Node::Literal(Literal::Int(value @ (-1 | 0))) = expr.node else { return None };
    let lowest = |variant: &super::shape::Variant| match variant.range.0 {
        Some(Value::Int(least)) => least <= value,
        _ => value == 0,
    };
    setting.variants.iter().any(|variant| variant.unit.is_some() && lowest(variant)).then_some(Type::Int)
}
