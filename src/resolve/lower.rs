//! Expressions as written → [`Typed`]: every name is settled, every type fits, every function is known.
//!
//! A bare word is read by what is expected there: a choice, the name of a block, or a field of the block around it.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::dimension::{arithmetic, type_of};
use super::kinds::{Shape, of_literal};
use super::typed::{Function, Node, Typed, Value};
use super::types::{Alternative, Type};
use super::{Names, typed};
use crate::diag::{Code, Diagnostic, did_you_mean, nearest};
use crate::parse::ast::{self, Binary, Expr, Name, Part, Unary};
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

    /// A bare word, by what is expected.
    fn word(&mut self, word: &EcoString, span: Span, wanted: &Type) -> Option<Typed> {
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
            Type::Word if self.scopes.last().is_none_or(|shape| shape.get(word).is_none()) => {
                done(Value::Word(word.clone()), Type::Word)
            }
            Type::Path => done(Value::Word(word.clone()), Type::Path),
            _ => None,
        }
    }

    fn unknown_word(&mut self, word: &str, span: Span, wanted: &Type) {
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
    fn path(&mut self, expr: &Expr, wanted: &Type) -> Option<Typed> {
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
                            .at(name.span, format!("{} {kind} has no `{path}`", super::types::article(kind)))
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

    fn call(&mut self, name: &Name, arguments: &[Expr], span: Span, wanted: &Type) -> Option<Typed> {
        if name.text == "secret" {
            let [path] = arguments else { return self.wrong_arguments(name, "secret(\"path\")") };
            let path = self.lower(path, &Type::Text)?;
            return Some(Typed { node: Node::Make("secret".into(), vec![path]), ty: Type::Secret, span });
        }
        if let Type::Choice(all) = wanted {
            let made = all.iter().find_map(|one| match one {
                Alternative::Call(word, types) if *word == name.text => Some(types.clone()),
                _ => None,
            });
            if let Some(types) = made {
                if types.len() != arguments.len() {
                    return self.wrong_arguments(
                        name,
                        &format!(
                            "{}({})",
                            name.text,
                            types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
                        ),
                    );
                }
                let lowered: Option<Vec<Typed>> =
                    arguments.iter().zip(&types).map(|(argument, ty)| self.lower(argument, ty)).collect();
                return Some(Typed { node: Node::Make(name.text.clone(), lowered?), ty: wanted.clone(), span });
            }
        }
        let Some(function) = Function::named(&name.text) else {
            let known = Function::NAMES.iter().map(|(name, _)| *name).chain(wanted.words()).chain(["secret"]);
            self.diagnostics.push(
                Code::UnknownFunction
                    .at(name.span, format!("there is no function `{}`", name.text))
                    .maybe_help(did_you_mean(&name.text, known)),
            );
            return None;
        };
        self.function(function, name, arguments, span, wanted)
    }

    fn wrong_arguments(&mut self, name: &Name, right: &str) -> Option<Typed> {
        self.diagnostics.push(
            Code::FunctionArguments
                .at(name.span, format!("`{}` is called with other values", name.text))
                .help(format!("write `{right}`")),
        );
        None
    }

    fn function(
        &mut self,
        function: Function,
        name: &Name,
        arguments: &[Expr],
        span: Span,
        wanted: &Type,
    ) -> Option<Typed> {
        match (function, arguments) {
            (Function::Min | Function::Max, [first, rest @ ..]) if !rest.is_empty() => {
                self.alike(function, first, rest, span)
            }
            (Function::Clamp, [first, rest @ ..]) if rest.len() == 2 => self.alike(function, first, rest, span),
            (Function::RoundDown | Function::RoundUp, [first, rest @ ..]) if rest.len() == 1 => {
                let mut out = self.alike(function, first, rest, span)?;
                // A multiple of a whole step is whole.
                if let Node::Call(_, values) = &out.node
                    && values.get(1).is_some_and(|step| step.ty == Type::Int)
                {
                    out.ty = Type::Int;
                }
                Some(out)
            }
            (Function::Join, [list, separator]) => {
                let list = self.lower(list, &Type::List(Arc::new(Type::Any)))?;
                let separator = self.lower(separator, &Type::Text)?;
                Some(Typed { node: Node::Call(function, vec![list, separator]), ty: Type::Text, span })
            }
            (Function::Common, [left, right]) => {
                let left = self.lower(left, &Type::List(Arc::new(Type::Any)))?;
                let ty = left.ty.clone();
                let right = self.lower(right, &ty)?;
                Some(Typed { node: Node::Call(function, vec![left, right]), ty, span })
            }
            (Function::IsSet, [fact]) => {
                let fact = self.lower(fact, &Type::Any)?;
                Some(Typed { node: Node::Call(function, vec![fact]), ty: Type::Bool, span })
            }
            (Function::Count, [list]) => {
                let list = self.lower(list, &Type::List(Arc::new(Type::Any)))?;
                Some(Typed { node: Node::Each(function, Box::new(list), None), ty: Type::Int, span })
            }
            (Function::Count | Function::All | Function::AnyOf | Function::Sum, [list, inner]) => {
                let list = self.lower(list, &Type::List(Arc::new(Type::Any)))?;
                let Some(Type::Ref(kind)) = list.ty.element() else {
                    self.diagnostics
                        .push(Code::TypeMismatch.at(list.span, format!("`{}` wants a list of blocks", name.text)));
                    return None;
                };
                let shape = self.names.kind(kind).map(|kind| Arc::clone(&kind.shape)).unwrap_or_default();
                let inner_type = if function == Function::Sum { Type::Any } else { Type::Bool };
                let mut scopes = self.scopes.clone();
                scopes.push(&shape);
                let mut inside = Lowering { names: self.names, scopes, row: self.row, diagnostics: self.diagnostics };
                let inner = inside.lower(inner, &inner_type)?;
                let ty = match function {
                    Function::Count => Type::Int,
                    Function::Sum => inner.ty.clone(),
                    _ => Type::Bool,
                };
                Some(Typed { node: Node::Each(function, Box::new(list), Some(Box::new(inner))), ty, span })
            }
            _ => {
                let right = match function {
                    Function::Min => "min(a, b)",
                    Function::Max => "max(a, b)",
                    Function::Clamp => "clamp(value, least, most)",
                    Function::RoundDown => "round_down(value, step)",
                    Function::RoundUp => "round_up(value, step)",
                    Function::Join => "join(list, \",\")",
                    Function::Common => "common(list, list)",
                    Function::Count => "count(list)` or `count(list, condition)",
                    Function::Sum => "sum(list, value)",
                    Function::All => "all(list, condition)",
                    Function::AnyOf => "any(list, condition)",
                    Function::IsSet => "is_set(fact)",
                };
                let _ = wanted;
                self.wrong_arguments(name, right)
            }
        }
    }

    /// Arguments of one type.
    fn alike(&mut self, function: Function, first: &Expr, rest: &[Expr], span: Span) -> Option<Typed> {
        let first = self.lower(first, &Type::Any)?;
        let mut ty = first.ty.clone();
        let mut values = vec![first];
        for one in rest {
            let wanted = if ty == Type::Int { Type::Number } else { ty.clone() };
            let value = self.lower(one, &wanted)?;
            if value.ty == Type::Number {
                ty = Type::Number;
            }
            values.push(value);
        }
        if !(ty.is_quantity() || ty == Type::Any) {
            self.diagnostics.push(Code::TypeMismatch.at(span, format!("expected numbers, found {ty}")));
            return None;
        }
        Some(Typed { node: Node::Call(function, values), ty, span })
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

    fn is_field(&self, word: &str) -> bool {
        self.scopes.iter().any(|shape| shape.get(word).is_some())
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
