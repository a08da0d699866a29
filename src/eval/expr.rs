//! Settled expressions → values.

use std::cmp::Ordering;

use ecow::{EcoString, eco_format};

use super::{Evaluator, Stop};
use crate::diag::{Code, did_you_mean};
use crate::parse::ast::Binary;
use crate::parse::quantity;
use crate::resolve::{Alternative, Function, Node, Object, Type, Typed, Value};
use crate::source::Span;

/// Where names are looked up.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'s> {
    /// Objects around, the innermost last.
    pub objects: &'s [Object],
    /// The row of a data file: which file, which row.
    pub row: Option<(u32, u32)>,
}

impl Evaluator<'_> {
    /// The value of an expression.
    ///
    /// # Errors
    /// It can't be had; why was told.
    pub fn eval(&self, typed: &Typed, scope: Scope<'_>) -> Result<Value, Stop> {
        match &typed.node {
            Node::Value(value) => Ok(value.clone()),
            Node::Field { up, path } => {
                let object = scope.objects.iter().rev().nth(usize::from(*up)).ok_or(Stop)?;
                self.value(*object, path)
            }
            Node::Of(inner, path) => match self.eval(inner, scope)? {
                Value::Object(object, _) => self.value(object, path),
                _ => Ok(Value::Nothing),
            },
            Node::Row(column) => self.cell(column, &typed.ty, typed.span, scope.row),
            Node::Text(parts) => {
                let mut text = EcoString::new();
                for part in parts {
                    text.push_str(&eco_format!("{}", self.eval(part, scope)?));
                }
                Ok(Value::Text(text))
            }
            Node::List(values) => Ok(Value::List(self.all(values, scope)?.into())),
            Node::Not(inner) => Ok(Value::Bool(!self.truth(inner, scope)?)),
            Node::Minus(inner) => self
                .eval(inner, scope)
                .and_then(|value| self.arithmetic(Binary::Minus, &zero_like(&value), &value, typed)),
            Node::Binary(Binary::And, left, right) => {
                Ok(Value::Bool(self.truth(left, scope)? && self.truth(right, scope)?))
            }
            Node::Binary(Binary::Or, left, right) => {
                Ok(Value::Bool(self.truth(left, scope)? || self.truth(right, scope)?))
            }
            Node::Binary(sign, left, right) => {
                let (left, right) = (self.eval(left, scope)?, self.eval(right, scope)?);
                self.binary(*sign, &left, &right, typed)
            }
            Node::If(condition, yes, no) => {
                if self.truth(condition, scope)? {
                    self.eval(yes, scope)
                } else {
                    self.eval(no, scope)
                }
            }
            Node::Call(function, arguments) => {
                let values = self.all(arguments, scope)?;
                self.call(*function, &values, typed)
            }
            Node::Each(function, list, inner) => self.each(*function, list, inner.as_deref(), typed, scope),
            Node::Make(name, arguments) => Ok(Value::Call(name.clone(), self.all(arguments, scope)?.into())),
        }
    }

    fn all(&self, values: &[Typed], scope: Scope<'_>) -> Result<Vec<Value>, Stop> {
        values.iter().map(|value| self.eval(value, scope)).collect()
    }

    fn truth(&self, typed: &Typed, scope: Scope<'_>) -> Result<bool, Stop> {
        Ok(self.eval(typed, scope)? == Value::Bool(true))
    }

    fn binary(&self, sign: Binary, left: &Value, right: &Value, typed: &Typed) -> Result<Value, Stop> {
        // What is not set is neither more nor less than anything: the comparison has no answer either.
        let unset = *left == Value::Nothing || *right == Value::Nothing;
        let answer = |holds: bool| if unset { Value::Nothing } else { Value::Bool(holds) };
        let ordered = |wanted: fn(Ordering) -> bool| Ok(answer(compare(left, right).is_some_and(wanted)));
        match sign {
            Binary::Equal => Ok(Value::Bool(same(left, right))),
            Binary::Unequal => Ok(Value::Bool(!same(left, right))),
            Binary::Less => ordered(Ordering::is_lt),
            Binary::AtMost => ordered(Ordering::is_le),
            Binary::More => ordered(Ordering::is_gt),
            Binary::AtLeast => ordered(Ordering::is_ge),
            Binary::In => match right {
                Value::List(values) => Ok(Value::Bool(values.iter().any(|value| same(value, left)))),
                _ => Ok(Value::Bool(false)),
            },
            _ => self.arithmetic(sign, left, right, typed),
        }
    }

    fn arithmetic(&self, sign: Binary, left: &Value, right: &Value, typed: &Typed) -> Result<Value, Stop> {
        if *left == Value::Nothing || *right == Value::Nothing {
            return Ok(Value::Nothing);
        }
        let value = match (sign, left, right) {
            (Binary::Plus, Value::Int(a), Value::Int(b)) => a.checked_add(*b).map(Value::Int),
            (Binary::Minus, Value::Int(a), Value::Int(b)) => a.checked_sub(*b).map(Value::Int),
            (Binary::Times, Value::Int(a), Value::Int(b)) => a.checked_mul(*b).map(Value::Int),
            (Binary::Plus, Value::Size(a), Value::Size(b)) => a.checked_add(*b).map(Value::Size),
            (Binary::Minus, Value::Size(a), Value::Size(b)) => a.checked_sub(*b).map(Value::Size),
            (Binary::Plus, Value::Duration(a), Value::Duration(b)) => a.checked_add(*b).map(Value::Duration),
            (Binary::Minus, Value::Duration(a), Value::Duration(b)) => a.checked_sub(*b).map(Value::Duration),
            _ => match (number(left), number(right)) {
                (Some(a), Some(b)) => {
                    // A rate is per second, a duration in microseconds.
                    let per_second = matches!(
                        (left, right),
                        (Value::Rate(_), Value::Duration(_)) | (Value::Duration(_), Value::Rate(_))
                    );
                    let counted = matches!(
                        (sign, left, right),
                        (Binary::Over, Value::Int(_) | Value::Number(_) | Value::Percent(_), Value::Duration(_))
                    );
                    let result = match sign {
                        Binary::Times if per_second => a * b / 1e6,
                        Binary::Over if counted => a / (b / 1e6),
                        Binary::Plus => a + b,
                        Binary::Minus => a - b,
                        Binary::Times => a * b,
                        _ => a / b,
                    };
                    shaped(result, &result_type(sign, left, right))
                }
                _ => None,
            },
        };
        value.ok_or_else(|| {
            let message = if number(right) == Some(0.0) && sign == Binary::Over {
                format!("`{left}` is divided by zero")
            } else {
                format!("`{left} {} {right}` is too large", sign.sign())
            };
            self.tell(Code::Arithmetic.at(typed.span, message));
            Stop
        })
    }

    fn call(&self, function: Function, values: &[Value], typed: &Typed) -> Result<Value, Stop> {
        let least = |a: Value, b: &Value| if compare(&a, b).is_some_and(Ordering::is_gt) { b.clone() } else { a };
        let most = |a: Value, b: &Value| if compare(&a, b).is_some_and(Ordering::is_lt) { b.clone() } else { a };
        let result = match (function, values) {
            (Function::IsSet, [value]) => Value::Bool(*value != Value::Nothing),
            (_, values) if values.contains(&Value::Nothing) => Value::Nothing,
            (Function::Min, [first, rest @ ..]) => rest.iter().fold(first.clone(), least),
            (Function::Max, [first, rest @ ..]) => rest.iter().fold(first.clone(), most),
            (Function::Clamp, [value, low, high]) => least(most(value.clone(), low), high),
            (Function::RoundDown | Function::RoundUp, [value, step]) => {
                let (Some(a), Some(b)) = (number(value), number(step)) else { return Err(Stop) };
                if b <= 0.0 {
                    self.tell(Code::Arithmetic.at(typed.span, format!("`{step}` is no step to round to")));
                    return Err(Stop);
                }
                // A binary fraction just below a whole number counts as that number.
                let ratio = a / b;
                let whole =
                    if function == Function::RoundDown { (ratio + 1e-9).floor() } else { (ratio - 1e-9).ceil() };
                return shaped(whole * b, &typed.ty).ok_or(Stop);
            }
            (Function::Join, [Value::List(values), separator]) => {
                let parts: Vec<String> = values.iter().map(ToString::to_string).collect();
                Value::Text(parts.join(&separator.to_string()).into())
            }
            (Function::Common, [Value::List(left), Value::List(right)]) => {
                Value::List(right.iter().filter(|value| left.iter().any(|other| same(other, value))).cloned().collect())
            }
            _ => Value::Nothing,
        };
        Ok(if matches!(typed.ty, Type::Number) { widened(result) } else { result })
    }

    fn each(
        &self,
        function: Function,
        list: &Typed,
        inner: Option<&Typed>,
        typed: &Typed,
        scope: Scope<'_>,
    ) -> Result<Value, Stop> {
        let Value::List(values) = self.eval(list, scope)? else { return Ok(Value::Nothing) };
        let Some(inner) = inner else { return Ok(Value::Int(i64::try_from(values.len()).unwrap_or(i64::MAX))) };
        let mut objects = scope.objects.to_vec();
        let mut count = 0_i64;
        let mut sum: Option<Value> = None;
        for value in values.iter() {
            let Value::Object(object, _) = value else { continue };
            objects.push(*object);
            let result = self.eval(inner, Scope { objects: &objects, row: scope.row });
            objects.pop();
            let result = result?;
            count += i64::from(result == Value::Bool(true));
            if function == Function::Sum && result != Value::Nothing {
                sum = Some(match sum {
                    Some(sum) => self.arithmetic(Binary::Plus, &sum, &result, typed)?,
                    None => result,
                });
            }
        }
        let all = i64::try_from(values.len()).unwrap_or(i64::MAX);
        Ok(match function {
            Function::Count => Value::Int(count),
            Function::All => Value::Bool(count == all),
            Function::AnyOf => Value::Bool(count > 0),
            _ => sum.or_else(|| shaped(0.0, &typed.ty)).unwrap_or(Value::Nothing),
        })
    }

    /// A cell of a data file, read as the type that is wanted there. An empty cell says nothing.
    fn cell(&self, column: &str, wanted: &Type, span: Span, row: Option<(u32, u32)>) -> Result<Value, Stop> {
        let Some((bulk, number)) = row else { return Err(Stop) };
        let bulk = self.program.bulks.get(bulk as usize).ok_or(Stop)?;
        let text = bulk.rows.cell(number as usize, column).cloned().unwrap_or_default();
        if text.is_empty() {
            return Ok(Value::Nothing);
        }
        if let Type::List(element) = wanted {
            let parts = text.split([';', ',']).map(str::trim).filter(|part| !part.is_empty());
            let values: Option<Vec<Value>> = parts.map(|part| self.read(part, element)).collect();
            if let Some(values) = values {
                return Ok(Value::List(values.into()));
            }
        } else if let Some(value) = self.read(&text, wanted) {
            return Ok(value);
        }
        let place = bulk.rows.spans.get(number as usize).copied().unwrap_or(span);
        let shown: String = text.chars().take(40).collect();
        let near = match wanted {
            Type::Ref(kind) => {
                let all = self.program.names.all(kind);
                did_you_mean(&text, all.iter().map(EcoString::as_str))
            }
            Type::Choice(_) => did_you_mean(&text, wanted.words()),
            _ => None,
        };
        self.tell(
            Code::DataRow
                .at(place, format!("row {} of {}, column `{column}`: `{shown}` is not {wanted}", number + 2, bulk.file))
                .and(span, "wanted here")
                .maybe_help(near),
        );
        Err(Stop)
    }

    /// A text as a value of a type.
    fn read(&self, text: &str, wanted: &Type) -> Option<Value> {
        let value = match wanted {
            Type::Text | Type::Version | Type::Any => Value::Text(text.into()),
            Type::Word | Type::Path => Value::Word(text.into()),
            Type::Ref(kind) => Value::Object(self.program.names.object(kind, text)?, text.into()),
            Type::Choice(all) if all.iter().any(|one| matches!(one, Alternative::Word(word) if word == text)) => {
                Value::Word(text.into())
            }
            Type::Choice(all) => {
                return all
                    .iter()
                    .find_map(|one| if let Alternative::Of(ty) = one { self.read(text, ty) } else { None });
            }
            Type::Bool => Value::Bool(text.parse().ok()?),
            Type::Number => Value::Number(text.parse().ok().filter(|number: &f64| number.is_finite())?),
            Type::Int => Value::Int(text.parse().ok()?),
            _ => {
                let literal = quantity::read(text).ok()?;
                let value = crate::resolve::of_literal(literal);
                if crate::resolve::type_of(&value) != *wanted {
                    return None;
                }
                value
            }
        };
        Some(value)
    }
}

/// Zero of a value's dimension.
fn zero_like(value: &Value) -> Value {
    match value {
        Value::Size(_) => Value::Size(0),
        Value::Duration(_) => Value::Duration(0),
        Value::Percent(_) => Value::Percent(0.0),
        Value::Rate(_) => Value::Rate(0.0),
        Value::Number(_) => Value::Number(0.0),
        _ => Value::Int(0),
    }
}

/// A number without its dimension: bytes, microseconds, fractions.
#[must_use]
#[allow(
    clippy::cast_precision_loss,
    reason = "bytes and microseconds stay far below 2^53 in any real spec; larger ones round"
)]
pub fn number(value: &Value) -> Option<f64> {
    Some(match value {
        Value::Int(value) | Value::Size(value) => *value as f64,
        Value::Duration(micros) => *micros as f64,
        Value::Number(value) | Value::Percent(value) | Value::Rate(value) => *value,
        Value::Time(minutes) => f64::from(*minutes),
        _ => return None,
    })
}

/// The dimension of a result.
fn result_type(sign: Binary, left: &Value, right: &Value) -> Type {
    use Value::{Duration, Int, Number, Percent, Rate, Size};
    match (sign, left, right) {
        (Binary::Times, Rate(_), Duration(_)) | (Binary::Times, Duration(_), Rate(_)) => Type::Number,
        (Binary::Over, Size(_), Size(_))
        | (Binary::Over, Duration(_), Duration(_))
        | (Binary::Over, Rate(_), Rate(_)) => Type::Number,
        (Binary::Over, Int(_) | Number(_) | Percent(_), Duration(_)) => Type::Rate,
        (Binary::Over, Percent(_), Percent(_)) => Type::Number,
        (_, Size(_), _) | (_, _, Size(_)) => Type::Size,
        (_, Duration(_), _) | (_, _, Duration(_)) => Type::Duration,
        (_, Rate(_), _) | (_, _, Rate(_)) => Type::Rate,
        (Binary::Over, Percent(_), _)
        | (Binary::Times, Percent(_), Percent(_))
        | (Binary::Plus | Binary::Minus, Percent(_), _) => Type::Percent,
        _ => Type::Number,
    }
}

/// A plain number in a dimension; whole bytes and microseconds, rounded down. Nothing when it is not finite or too large.
#[allow(clippy::cast_possible_truncation, reason = "checked to fit just before")]
fn shaped(value: f64, ty: &Type) -> Option<Value> {
    if !value.is_finite() {
        return None;
    }
    let whole = || (value.abs() < 9.2e18).then(|| (value + 1e-6).floor() as i64);
    Some(match ty {
        Type::Size => Value::Size(whole()?),
        Type::Duration => Value::Duration(whole()?),
        Type::Int => Value::Int(whole()?),
        Type::Percent => Value::Percent(value),
        Type::Rate => Value::Rate(value),
        _ => Value::Number(value),
    })
}

#[allow(clippy::cast_precision_loss, reason = "a count that was wanted as a number")]
fn widened(value: Value) -> Value {
    if let Value::Int(number) = value { Value::Number(number as f64) } else { value }
}

/// Equal, whole numbers and numbers alike, words and strings alike.
#[must_use]
pub fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(a, _), Value::Object(b, _)) => a == b,
        (
            Value::Text(a) | Value::Word(a) | Value::Object(_, a),
            Value::Text(b) | Value::Word(b) | Value::Object(_, b),
        ) => a == b,
        _ => left == right || (number(left).is_some() && compare(left, right) == Some(Ordering::Equal)),
    }
}

/// The order of two values of one dimension; versions part by part.
#[must_use]
pub fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Date(..), Value::Date(..)) => {
            let key = |value: &Value| {
                if let Value::Date(year, month, day) = value { Some((*year, *month, *day)) } else { None }
            };
            key(left).partial_cmp(&key(right))
        }
        (Value::Text(a) | Value::Word(a), Value::Text(b) | Value::Word(b)) => Some(versions(a, b)),
        (Value::Size(a), Value::Size(b))
        | (Value::Duration(a), Value::Duration(b))
        | (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        _ => number(left)?.partial_cmp(&number(right)?),
    }
}

/// `9.6` before `10`: part by part, numbers as numbers.
#[must_use]
pub fn versions(left: &str, right: &str) -> Ordering {
    let parts =
        |text: &str| text.split('.').map(|part| part.parse::<u64>().map_err(|_| part.to_owned())).collect::<Vec<_>>();
    parts(left).cmp(&parts(right))
}
