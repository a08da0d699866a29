//! Expressions as written → [`Typed`]: every name is settled, every type fits, every function is known.
//!
//! A bare word is read by what is expected there: a choice, the name of a block, or a field of the block around it.

mod calls;
mod names;

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::Names;
use super::dimension::{arithmetic, type_of};
use super::kinds::of_literal;
use super::shape::Shape;
use super::typed::{Node, Typed, Value};
use super::types::{Alternative, Type};
use crate::diag::{Code, Diagnostic};
use crate::parse::ast::{self, Binary, Expr, Part, Unary};
use crate::source::Span;

/// What is known where an expression stands.
pub struct Lowering<'a> {
    /// Blocks, kinds and shapes.
    pub names: &'a Names,
    /// Shapes of the objects around, the innermost last.
    pub scopes: Vec<&'a Shape>,
    /// The expression is evaluated for each row of a data file: `row.column`.
    pub row: bool,
    /// Where faults go.
    pub diagnostics: &'a mut Vec<Diagnostic>,
}

impl Lowering<'_> {
    /// An expression where `wanted` is expected. `None` after telling why not.
    pub fn lower(&mut self, expr: &Expr, wanted: &Type) -> Option<Typed> {
        let found = self.node(expr, wanted)?;
        self.fit(found, wanted)
    }

    /// What fits as it is, or by a conversion that loses nothing.
    fn fit(&mut self, found: Typed, wanted: &Type) -> Option<Typed> {
        if wanted.accepts(&found.ty) || matches!(found.node, Node::Row(_)) {
            return Some(found);
        }
        let span = found.span;
        if *wanted == Type::Secret
            || matches!(wanted, Type::Choice(all) if all.contains(&Alternative::Of(Type::Secret)))
        {
            self.diagnostics.push(
                Code::LiteralSecret
                    .at(span, "a secret can't be written in a spec")
                    .here("this text would end up in a repository")
                    .help("keep it in the secrets backend and write its path: `secret(\"path\")`"),
            );
            return None;
        }
        let message = format!("expected {wanted}, found {}", described(&found));
        let code = if wanted.is_quantity() && found.ty.is_quantity() { Code::UnitMismatch } else { Code::TypeMismatch };
        let mut told = code.at(span, message);
        if matches!((wanted, &found.ty), (Type::Int, Type::Number)) {
            told = told.help("round it: `round_down(…, 1)`");
        } else if let (Type::List(_), false) = (wanted, matches!(found.ty, Type::List(_))) {
            told = told.help("a list is written in brackets: `[a, b]`");
        } else if let (Type::Size | Type::Duration, Node::Value(Value::Int(number))) = (wanted, &found.node) {
            let unit = if *wanted == Type::Size { "GiB" } else { "s" };
            told = told.help(format!("every number has a unit: `{number}{unit}`?"));
        }
        self.diagnostics.push(told);
        None
    }

    fn node(&mut self, expr: &Expr, wanted: &Type) -> Option<Typed> {
        let span = expr.span;
        let done = |node: Node, ty: Type| Some(Typed { node, ty, span });
        match &expr.node {
            ast::Node::Literal(literal) => {
                let value = of_literal(*literal);
                let ty = type_of(&value);
                done(Node::Value(value), ty)
            }
            ast::Node::Text(parts) => self.text(parts, span, wanted),
            ast::Node::Name(word) => self.word(word, span, wanted),
            ast::Node::Path(..) => self.path(expr, wanted),
            ast::Node::Call(name, arguments) => self.call(name, arguments, span, wanted),
            ast::Node::List(elements) => {
                let element = wanted.element().cloned().unwrap_or(Type::Any);
                let mut out = Vec::new();
                let mut whole = true;
                for one in elements {
                    match self.lower(one, &element) {
                        Some(value) => out.push(value),
                        None => whole = false,
                    }
                }
                let ty = if element == Type::Any {
                    out.first().map_or(Type::Any, |first| first.ty.clone())
                } else {
                    element
                };
                whole.then_some(())?;
                let constant: Option<Vec<Value>> = out
                    .iter()
                    .map(|one| if let Node::Value(value) = &one.node { Some(value.clone()) } else { None })
                    .collect();
                let node = constant.map_or_else(|| Node::List(out), |values| Node::Value(Value::List(values.into())));
                done(node, Type::List(Arc::new(ty)))
            }
            ast::Node::Unary(Unary::Not, inner) => {
                let inner = self.lower(inner, &Type::Bool)?;
                done(Node::Not(Box::new(inner)), Type::Bool)
            }
            // A key of an index, largest first: `keys = [artist, -released_at]`.
            ast::Node::Unary(Unary::Minus, inner)
                if *wanted == Type::Word && matches!(inner.node, ast::Node::Name(_)) =>
            {
                let ast::Node::Name(word) = &inner.node else { return None };
                done(Node::Value(Value::Word(eco_format!("-{word}"))), Type::Word)
            }
            ast::Node::Unary(Unary::Minus, inner) => {
                let inner = self.lower(inner, &Type::Any)?;
                let ty = inner.ty.clone();
                if !matches!(
                    ty,
                    Type::Int | Type::Number | Type::Any | Type::Size | Type::Duration | Type::Percent | Type::Rate
                ) {
                    self.diagnostics.push(
                        Code::TypeMismatch.at(span, format!("a minus wants a number, found {}", described(&inner))),
                    );
                    return None;
                }
                done(Node::Minus(Box::new(inner)), ty)
            }
            ast::Node::Binary(sign, left, right) => self.binary(*sign, left, right, span),
            ast::Node::If(condition, yes, no) => {
                let condition = self.lower(condition, &Type::Bool);
                let yes = self.lower(yes, wanted);
                let branch = yes.as_ref().map_or(Type::Any, |yes| yes.ty.clone());
                let no = self.lower(no, if *wanted == Type::Any { &branch } else { wanted });
                let (condition, yes, no) = (condition?, yes?, no?);
                let ty = if yes.ty.accepts(&no.ty) { yes.ty.clone() } else { no.ty.clone() };
                done(Node::If(Box::new(condition), Box::new(yes), Box::new(no)), ty)
            }
        }
    }

    fn text(&mut self, parts: &[Part], span: Span, wanted: &Type) -> Option<Typed> {
        if let Type::Pattern(kind) = wanted {
            let shape = self.names.kind(kind).map(|kind| Arc::clone(&kind.shape));
            let shape = shape.unwrap_or_default();
            let mut inner =
                Lowering { names: self.names, scopes: vec![&shape], row: false, diagnostics: self.diagnostics };
            let text = inner.text(parts, span, &Type::Text)?;
            return Some(Typed { node: Node::Value(Value::Pattern(Arc::new(text))), ty: wanted.clone(), span });
        }
        let letters = match parts {
            [] => Some(EcoString::new()),
            [Part::Letters(letters)] => Some(letters.clone()),
            _ => None,
        };
        if let Some(letters) = letters {
            let is_word = *wanted == Type::Word || wanted.words().any(|word| word == letters);
            let (value, ty) =
                if is_word { (Value::Word(letters), wanted.clone()) } else { (Value::Text(letters), Type::Text) };
            return Some(Typed { node: Node::Value(value), ty, span });
        }
        let mut out = Vec::new();
        for part in parts {
            out.push(match part {
                Part::Letters(letters) => {
                    Typed { node: Node::Value(Value::Text(letters.clone())), ty: Type::Text, span }
                }
                Part::Value(value) => self.lower(value, &Type::Any)?,
            });
        }
        Some(Typed { node: Node::Text(out), ty: Type::Text, span })
    }

    fn binary(&mut self, sign: Binary, left: &Expr, right: &Expr, span: Span) -> Option<Typed> {
        let done = |left: Typed, right: Typed, ty: Type| {
            Some(Typed { node: Node::Binary(sign, Box::new(left), Box::new(right)), ty, span })
        };
        match sign {
            Binary::And | Binary::Or => {
                let (left, right) = (self.lower(left, &Type::Bool), self.lower(right, &Type::Bool));
                done(left?, right?, Type::Bool)
            }
            Binary::In => {
                let right = self.lower(right, &Type::List(Arc::new(Type::Any)))?;
                let element = right.ty.element().cloned().unwrap_or(Type::Any);
                let left = self.lower(left, &element)?;
                done(left, right, Type::Bool)
            }
            Binary::Equal | Binary::Unequal => {
                // A word takes its meaning from the other side, whichever that is.
                let plain = |side: &Expr| matches!(&side.node, ast::Node::Name(word) if !self.is_field(word));
                let (left, right) = if plain(left) {
                    let right = self.lower(right, &Type::Any)?;
                    (self.lower(left, &right.ty.clone())?, right)
                } else {
                    let left = self.lower(left, &Type::Any)?;
                    let wanted = if left.ty == Type::Int { Type::Number } else { left.ty.clone() };
                    let right = self.lower(right, &wanted)?;
                    (left, right)
                };
                done(left, right, Type::Bool)
            }
            Binary::Less | Binary::AtMost | Binary::More | Binary::AtLeast => {
                let left = self.lower(left, &Type::Any)?;
                if !(left.ty.is_quantity() || matches!(left.ty, Type::Any | Type::Version)) {
                    self.diagnostics.push(
                        Code::TypeMismatch
                            .at(left.span, format!("`{}` compares numbers, found {}", sign.sign(), described(&left))),
                    );
                    return None;
                }
                let wanted = if left.ty == Type::Int { Type::Number } else { left.ty.clone() };
                let right = self.lower(right, &wanted)?;
                done(left, right, Type::Bool)
            }
            Binary::Plus | Binary::Minus | Binary::Times | Binary::Over => {
                let (left, right) = (self.lower(left, &Type::Any), self.lower(right, &Type::Any));
                let (left, right) = (left?, right?);
                match arithmetic(sign, &left.ty, &right.ty) {
                    Some(ty) => done(left, right, ty),
                    None => {
                        let message =
                            format!("`{}` can't take {} and {}", sign.sign(), described(&left), described(&right));
                        self.diagnostics.push(Code::UnitMismatch.at(span, message));
                        None
                    }
                }
            }
        }
    }
}

/// What was found, for a message: the literal, or its type.
fn described(found: &Typed) -> String {
    let what = match &found.ty {
        Type::Int | Type::Number => "a number",
        Type::Size => "a size",
        Type::Duration => "a duration",
        Type::Percent => "a percentage",
        Type::Rate => "a rate",
        Type::Time => "a time of day",
        Type::Date => "a date",
        Type::Bool => "true or false",
        Type::Text => "a string",
        Type::List(_) => "a list",
        Type::Ref(kind) => return format!("{} {kind}", super::types::article(kind)),
        Type::Choice(_) => "a choice",
        Type::Secret => "a secret",
        _ => "a value",
    };
    match &found.node {
        Node::Value(
            value @ (Value::Int(_)
            | Value::Number(_)
            | Value::Size(_)
            | Value::Duration(_)
            | Value::Percent(_)
            | Value::Rate(_)
            | Value::Bool(_)),
        ) => {
            format!("{what}, `{value}`")
        }
        _ => what.to_owned(),
    }
}
