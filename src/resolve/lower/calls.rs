//! Calls: functions of the language, and words that take arguments where a type knows them (`vault("path")`).

use std::sync::Arc;

use super::super::typed::{Function, Node, Typed};
use super::super::types::{Alternative, Type};
use super::Lowering;
use crate::diag::{Code, did_you_mean};
use crate::parse::ast::{Expr, Name};
use crate::source::Span;

impl Lowering<'_> {
    pub(super) fn call(&mut self, name: &Name, arguments: &[Expr], span: Span, wanted: &Type) -> Option<Typed> {
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
}
