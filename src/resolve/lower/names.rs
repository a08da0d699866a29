//! Words and dotted paths: facts of the block, things by their names, choices of the type that is wanted.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::super::typed::{self, Node, Typed, Value};
use super::super::types::{Alternative, Type, article};
use super::{Lowering, described};
use crate::diag::{Code, did_you_mean, nearest};
use crate::parse::ast::{self, Expr, Name};
use crate::source::Span;

impl Lowering<'_> {
    /// A bare word, by what is expected.
    pub(super) fn word(&mut self, word: &EcoString, span: Span, wanted: &Type) -> Option<Typed> {
        if let Some(found) = self.expected_word(word, span, wanted) {
            return Some(found);
        }
        for (up, shape) in self.scopes.iter().rev().enumerate() {
            if let Some(field) = shape.get(word) {
                let up = u8::try_from(up).unwrap_or(u8::MAX);
                return Some(Typed { node: Node::Field { up, path: word.clone() }, ty: field.ty.clone(), span });
            }
        }
        if *wanted == Type::Any
            && let Some((kind, id)) = self.names.only(word)
        {
            return Some(Typed {
                node: Node::Value(Value::Object(typed::Object::Definition(id), word.clone())),
                ty: Type::Ref(kind),
                span,
            });
        }
        self.unknown_word(word, span, wanted);
        None
    }

    fn expected_word(&self, word: &EcoString, span: Span, wanted: &Type) -> Option<Typed> {
        let done = |value: Value, ty: Type| Some(Typed { node: Node::Value(value), ty, span });
        match wanted {
            Type::Ref(kind) => self
                .names
                .object(kind, word)
                .and_then(|object| done(Value::Object(object, word.clone()), wanted.clone())),
            Type::Choice(all) => {
                if all.iter().any(|one| matches!(one, Alternative::Word(known) if known == word)) {
                    return done(Value::Word(word.clone()), wanted.clone());
                }
                all.iter().find_map(|one| match one {
                    Alternative::Of(ty) => self.expected_word(word, span, ty),
                    _ => None,
                })
            }
            // The user's own name, of a column say, means itself, whatever the block around calls so: `keys = [region]`.
            Type::Word
                if self.scopes.last().and_then(|shape| shape.get(word)).is_none_or(|fact| fact.ty != Type::Word) =>
            {
                done(Value::Word(word.clone()), Type::Word)
            }
            Type::Path => done(Value::Word(word.clone()), Type::Path),
            _ => None,
        }
    }

    pub(super) fn unknown_word(&mut self, word: &str, span: Span, wanted: &Type) {
        let told = match wanted {
            Type::Ref(kind) => {
                let there = self.names.all(kind);
                let none = there.is_empty().then(|| format!("declare it: `{kind} {word} {{ … }}`"));
                let near = did_you_mean(word, there.iter().map(EcoString::as_str)).or(none);
                Code::UnknownReference.at(span, format!("there is no {kind} `{word}`")).maybe_help(near)
            }
            Type::Choice(_) => Code::UnknownChoice
                .at(span, format!("`{word}` is not one of {wanted}"))
                .maybe_help(did_you_mean(word, wanted.words())),
            Type::Text | Type::Version => Code::TypeMismatch
                .at(span, format!("expected {wanted}, found the word `{word}`"))
                .help(format!("put it in quotes: `\"{word}\"`"))
                .fix(span, format!("\"{word}\"")),
            _ => {
                let fields = self.scopes.iter().flat_map(|shape| shape.fields().map(|field| field.path.as_str()));
                let near = nearest(word, fields).map(|name| format!("did you mean `{name}`?"));
                Code::UnknownName
                    .at(span, format!("`{word}` is neither a fact of this block nor the name of a block"))
                    .maybe_help(near)
            }
        };
        self.diagnostics.push(told);
    }

    /// `a.b.c`: a column of the row, a path in the block around, or a field of what the left side names.
    pub(super) fn path(&mut self, expr: &Expr, wanted: &Type) -> Option<Typed> {
        let (first, rest) = flat(expr)?;
        let (head, span) = match &first.node {
            ast::Node::Name(head) => (head.clone(), expr.span),
            _ => {
                self.diagnostics.push(Code::TypeMismatch.at(first.span, "only a name can stand before a dot"));
                return None;
            }
        };
        if *wanted == Type::Path {
            let whole: Vec<&str> =
                std::iter::once(head.as_str()).chain(rest.iter().map(|name| name.text.as_str())).collect();
            return Some(Typed { node: Node::Value(Value::Word(whole.join(".").into())), ty: Type::Path, span });
        }
        if head == "row"
            && self.row
            && let [column] = rest.as_slice()
        {
            return Some(Typed { node: Node::Row(column.text.clone()), ty: wanted.clone(), span });
        }
        // The longest path of the block around.
        for (up, shape) in self.scopes.clone().into_iter().rev().enumerate() {
            let mut best: Option<(usize, EcoString, Type)> = None;
            let mut path = head.clone();
            if let Some(field) = shape.get(&path) {
                best = Some((0, path.clone(), field.ty.clone()));
            }
            for (index, name) in rest.iter().enumerate() {
                path = eco_format!("{path}.{}", name.text);
                if let Some(field) = shape.get(&path) {
                    best = Some((index + 1, path.clone(), field.ty.clone()));
                }
            }
            let up = u8::try_from(up).unwrap_or(u8::MAX);
            if let Some((used, path, ty)) = best {
                let start = Typed { node: Node::Field { up, path }, ty, span: first.span };
                return self.follow(start, rest.get(used..).unwrap_or_default(), span);
            }
            if shape.is_group(&head) {
                let prefix = format!("{head}.");
                let wrong = rest.first().map(|name| name.text.clone()).unwrap_or_default();
                self.diagnostics.push(
                    Code::UnknownName
                        .at(span, format!("there is no `{wrong}` in `{head}`"))
                        .maybe_help(did_you_mean(&wrong, shape.names_in(&prefix))),
                );
                return None;
            }
        }
        let start = self.word(&head, first.span, &Type::Any)?;
        self.follow(start, &rest, span)
    }

    fn follow(&mut self, mut value: Typed, rest: &[&Name], span: Span) -> Option<Typed> {
        let mut names = rest.iter().peekable();
        while let Some(name) = names.next() {
            let Type::Ref(kind) = &value.ty else {
                self.diagnostics
                    .push(Code::TypeMismatch.at(name.span, format!("{} has no `{}`", described(&value), name.text)));
                return None;
            };
            let shape = self.names.kind(kind).map(|kind| Arc::clone(&kind.shape))?;
            let mut path = name.text.clone();
            while shape.get(&path).is_none() && shape.is_group(&path) {
                let Some(next) = names.next() else { break };
                path = eco_format!("{path}.{}", next.text);
            }
            let ty = match shape.get(&path) {
                Some(field) => field.ty.clone(),
                None if path == "name" => Type::Text,
                None => {
                    self.diagnostics.push(
                        Code::UnknownName
                            .at(name.span, format!("{} {kind} has no `{path}`", article(kind)))
                            .maybe_help(did_you_mean(&path, shape.fields().map(|field| field.path.as_str()))),
                    );
                    return None;
                }
            };
            value = Typed { node: Node::Of(Box::new(value), path), ty, span };
        }
        value.span = span;
        Some(value)
    }

    pub(super) fn is_field(&self, word: &str) -> bool {
        self.scopes.iter().any(|shape| shape.get(word).is_some())
    }
}

/// `a.b.c` as `a` and `[b, c]`.
fn flat(expr: &Expr) -> Option<(&Expr, Vec<&Name>)> {
    let mut names = Vec::new();
    let mut at = expr;
    while let ast::Node::Path(inner, name) = &at.node {
        names.push(name);
        at = inner;
    }
    names.reverse();
    (!names.is_empty()).then_some((at, names))
}
