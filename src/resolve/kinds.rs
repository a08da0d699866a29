//! `kind` blocks → [`Kind`]s: which facts a block may hold, and of what type.
//!
//! Kinds are written in the language (`lang/kinds`).

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::shape::{ANY, Field, Shape};
use super::typed::Value;
use super::types::{Alternative, Type};
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::parse::ast::{Block, Item, TypeExpr};

/// A kind of block.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Its word.
    pub name: EcoString,
    /// The kind of what follows the colon.
    pub parent: Option<EcoString>,
    /// Its facts.
    pub shape: Arc<Shape>,
    /// A block `database main { … }` may stand inside and says what differs there.
    pub nested: Option<EcoString>,
    /// The comment before it.
    pub doc: EcoString,
    /// Defaults, as expressions still to be settled: path and expression.
    pub defaults: Vec<(EcoString, crate::parse::ast::Expr)>,
}

/// Names of types that hold one value.
const PLAIN: [(&str, Type); 15] = [
    ("bool", Type::Bool),
    ("int", Type::Int),
    ("number", Type::Number),
    ("string", Type::Text),
    ("size", Type::Size),
    ("duration", Type::Duration),
    ("percent", Type::Percent),
    ("rate", Type::Rate),
    ("time", Type::Time),
    ("date", Type::Date),
    ("version", Type::Version),
    ("word", Type::Word),
    ("path", Type::Path),
    ("secret", Type::Secret),
    ("any", Type::Any),
];

/// The days of the week.
pub const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A type as written → a type. `kinds` are the words that name blocks.
///
/// # Errors
/// A word that is no type.
pub fn read_type(ty: &TypeExpr, kinds: &dyn Fn(&str) -> bool) -> Result<Type, Diagnostic> {
    match ty {
        TypeExpr::Choice(all, _) => {
            let mut out = Vec::new();
            for one in all {
                out.push(alternative(one, kinds)?);
            }
            Ok(Type::Choice(out.into()))
        }
        TypeExpr::List(inner, _) => Ok(Type::List(Arc::new(read_type(inner, kinds)?))),
        TypeExpr::Text(text) => Ok(Type::Choice([Alternative::Word(text.text.clone())].into())),
        TypeExpr::Size(_, span) => Err(Code::TypeMismatch.at(*span, "a number is not a type")),
        TypeExpr::Name { name, arguments, .. } => {
            if let Some((_, plain)) = PLAIN.iter().find(|(word, _)| *word == name.text) {
                return Ok(plain.clone());
            }
            match (name.text.as_str(), arguments.as_slice()) {
                ("weekday", _) => {
                    Ok(Type::Choice(WEEKDAYS.iter().map(|day| Alternative::Word((*day).into())).collect()))
                }
                ("pattern", [kind]) => Ok(Type::Pattern(kind.word().map(|word| word.text.clone()).unwrap_or_default())),
                (word, []) if kinds(word) => Ok(Type::Ref(word.into())),
                (word, _) => Err(Code::UnknownReference
                    .at(name.span, format!("`{word}` is not a type"))
                    .maybe_help(did_you_mean(word, PLAIN.iter().map(|(name, _)| *name)))),
            }
        }
    }
}

fn alternative(ty: &TypeExpr, kinds: &dyn Fn(&str) -> bool) -> Result<Alternative, Diagnostic> {
    match ty {
        TypeExpr::Text(text) => Ok(Alternative::Word(text.text.clone())),
        TypeExpr::Name { name, arguments, .. } if arguments.is_empty() => Ok(match name.text.as_str() {
            "bool" | "int" | "size" | "duration" | "number" | "percent" | "string" => {
                Alternative::Of(read_type(ty, kinds)?)
            }
            word => Alternative::Word(word.into()),
        }),
        TypeExpr::Name { name, arguments, .. } => {
            let types: Result<Vec<Type>, Diagnostic> = arguments.iter().map(|one| read_type(one, kinds)).collect();
            Ok(Alternative::Call(name.text.clone(), types?))
        }
        other => Ok(Alternative::Of(read_type(other, kinds)?)),
    }
}

/// All kinds out of the `kind` blocks of the language.
#[must_use]
pub fn read_kinds(blocks: &[&Block], diagnostics: &mut Vec<Diagnostic>) -> BTreeMap<EcoString, Kind> {
    let names: Vec<EcoString> = blocks.iter().filter_map(|block| block.name().map(|name| name.text.clone())).collect();
    let known = |word: &str| names.iter().any(|name| name == word);
    let mut read: Vec<(Kind, Vec<EcoString>)> = Vec::new();
    for block in blocks {
        let Some(name) = block.name() else { continue };
        let shape = Shape::of(&name.text);
        let mut reader = Reader {
            known: &known,
            diagnostics,
            shape,
            defaults: Vec::new(),
            includes: Vec::new(),
            parent: None,
            nested: None,
        };
        reader.items(block.items(), "");
        let Reader { shape, defaults, includes, parent, nested, .. } = reader;
        let (name, shape, doc) = (name.text.clone(), Arc::new(shape), block.doc.text.clone());
        read.push((Kind { name, parent, shape, nested, doc, defaults }, includes));
    }
    let own: BTreeMap<EcoString, Kind> = read.iter().map(|(kind, _)| (kind.name.clone(), kind.clone())).collect();
    read.into_iter().map(|(kind, includes)| (kind.name.clone(), include(kind, &includes, &own))).collect()
}

/// A kind with the fields of the kinds that it includes.
fn include(mut kind: Kind, includes: &[EcoString], own: &BTreeMap<EcoString, Kind>) -> Kind {
    for source in includes.iter().filter_map(|name| own.get(name)) {
        Arc::make_mut(&mut kind.shape).include(&source.shape);
        kind.nested = kind.nested.take().or_else(|| source.nested.clone());
        // A tenant has its tier's defaults; an environment, which only overrides databases, has none of theirs.
        if kind.parent.as_ref() == Some(&source.name) {
            kind.defaults.extend(source.defaults.iter().cloned());
        }
    }
    kind
}

struct Reader<'a> {
    known: &'a dyn Fn(&str) -> bool,
    diagnostics: &'a mut Vec<Diagnostic>,
    shape: Shape,
    defaults: Vec<(EcoString, crate::parse::ast::Expr)>,
    includes: Vec<EcoString>,
    parent: Option<EcoString>,
    nested: Option<EcoString>,
}

impl Reader<'_> {
    fn items(&mut self, items: &[Item], prefix: &str) {
        for item in items {
            match item {
                Item::Attribute(attribute) => {
                    if let crate::parse::ast::Node::Name(kind) = &attribute.value.node {
                        match attribute.name.text.as_str() {
                            "parent" => self.parent = Some(kind.clone()),
                            _ => self.includes.push(kind.clone()),
                        }
                    }
                }
                Item::Field(field) => {
                    let path = eco_format!("{prefix}{}", field.name.text);
                    let read = read_type(&field.ty, self.known);
                    let Some(ty) = self.told(read) else { continue };
                    let facts = Facts::of(field.body.as_deref().unwrap_or_default());
                    if let Some(value) = &field.value {
                        self.defaults.push((path.clone(), value.clone()));
                    }
                    self.shape.add(Field {
                        required: facts.word("required") == "true",
                        range: (facts.value("min"), facts.value("max")),
                        ..Field::new(path, ty, field.doc.text.clone(), field.name.span)
                    });
                }
                Item::Block(block) => self.block(block, prefix),
                _ => {}
            }
        }
    }

    fn told<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|diagnostic| self.diagnostics.push(diagnostic)).ok()
    }

    fn block(&mut self, block: &Block, prefix: &str) {
        let words: Vec<&str> = block.words.iter().map(|word| word.text.as_str()).collect();
        match (words.as_slice(), &block.parent) {
            (["given", name], Some(ty)) => {
                let read = read_type(ty, self.known);
                let Some(ty) = self.told(read) else { return };
                let path = eco_format!("{prefix}{name}");
                self.shape.add(Field { given: true, ..Field::new(path, ty, block.doc.text.clone(), block.head) });
            }
            (["block", _, ANY], Some(ty)) => self.nested = ty.word().map(|word| word.text.clone()),
            (["block", word, ANY], None) => {
                let path = eco_format!("{prefix}{word}.{ANY}");
                self.shape.add_named(path.clone(), block.doc.text.clone(), block.head);
                self.items(block.items(), &format!("{path}."));
            }
            (["block", name], _) => {
                let path = eco_format!("{prefix}{name}");
                self.shape.add_group(path.clone(), block.head);
                self.items(block.items(), &format!("{path}."));
            }
            _ => self.diagnostics.push(Code::BlockForm.at(
                block.head,
                "a kind holds fields, `block NAME { … }`, `given name: type`, `parent = kind` and `include = kind`",
            )),
        }
    }
}

/// Attributes of a declaration, which are literals.
pub struct Facts<'a>(Vec<(&'a str, &'a crate::parse::ast::Expr)>);

impl<'a> Facts<'a> {
    /// The attributes among items.
    #[must_use]
    pub fn of(items: &'a [Item]) -> Self {
        let attribute = |item: &'a Item| match item {
            Item::Attribute(attribute) => Some((attribute.name.text.as_str(), &attribute.value)),
            _ => None,
        };
        Self(items.iter().filter_map(attribute).collect())
    }

    /// The expression of a name.
    #[must_use]
    pub fn expr(&self, name: &str) -> Option<&'a crate::parse::ast::Expr> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The literal value of a name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Value> {
        self.expr(name).and_then(literal)
    }

    /// The word or string of a name; empty when there is none.
    #[must_use]
    pub fn word(&self, name: &str) -> EcoString {
        match self.value(name) {
            Some(Value::Text(text) | Value::Word(text)) => text,
            Some(other) => eco_format!("{other}"),
            None => EcoString::new(),
        }
    }

    /// The words or strings of a list.
    #[must_use]
    pub fn words(&self, name: &str) -> Vec<EcoString> {
        match self.value(name) {
            Some(Value::List(values)) => values.iter().map(|value| eco_format!("{value}")).collect(),
            Some(Value::Text(text) | Value::Word(text)) => vec![text],
            _ => Vec::new(),
        }
    }
}

/// An expression that is a literal, a word or a list of them, as a value.
#[must_use]
pub fn literal(expr: &crate::parse::ast::Expr) -> Option<Value> {
    use crate::parse::ast::{Node, Part};
    Some(match &expr.node {
        Node::Literal(value) => of_literal(*value),
        Node::Text(parts) => match parts.as_slice() {
            [] => Value::Text(EcoString::new()),
            [Part::Letters(letters)] => Value::Text(letters.clone()),
            _ => return None,
        },
        Node::Name(word) => Value::Word(word.clone()),
        Node::List(values) => Value::List(values.iter().map(literal).collect::<Option<Vec<_>>>()?.into()),
        _ => return None,
    })
}

/// A literal as a value.
#[must_use]
pub fn of_literal(literal: crate::parse::quantity::Literal) -> Value {
    use crate::parse::quantity::Literal;
    match literal {
        Literal::Bool(value) => Value::Bool(value),
        Literal::Int(value) => Value::Int(value),
        Literal::Number(value) => Value::Number(value),
        Literal::Size(bytes) => Value::Size(bytes),
        Literal::Duration(micros) => Value::Duration(micros),
        Literal::Percent(value) => Value::Percent(value),
        Literal::Rate(value) => Value::Rate(value),
        Literal::Time(minutes) => Value::Time(minutes),
        Literal::Date(year, month, day) => Value::Date(year, month, day),
    }
}
