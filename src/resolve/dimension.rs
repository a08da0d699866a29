//! Dimensions: what a literal is, and what an operator makes of two types.

use std::sync::Arc;

use super::typed::Value;
use super::types::Type;
use crate::parse::ast::Binary;

/// The dimension of a result; nothing when the two don't go together.
pub fn arithmetic(sign: Binary, left: &Type, right: &Type) -> Option<Type> {
    use Type::{Any, Duration, Int, Number, Percent, Rate, Size};
    let scalar = |ty: &Type| matches!(ty, Int | Number | Percent);
    Some(match (sign, left, right) {
        (_, Any, other) | (_, other, Any) => other.clone(),
        (Binary::Plus | Binary::Minus | Binary::Times, Int, Int) => Int,
        (Binary::Plus | Binary::Minus, Int | Number, Int | Number) => Number,
        (Binary::Plus | Binary::Minus, a, b) if a == b && matches!(a, Size | Duration | Percent | Rate) => a.clone(),
        (Binary::Times, Percent, Percent) => Percent,
        (Binary::Times, Int | Number | Percent, Int | Number | Percent) => Number,
        (Binary::Times, Size | Duration | Rate, by) if scalar(by) => left.clone(),
        (Binary::Times, by, Size | Duration | Rate) if scalar(by) => right.clone(),
        (Binary::Times, Rate, Duration) | (Binary::Times, Duration, Rate) => Number,
        (Binary::Over, Size | Duration | Rate, by) if scalar(by) => left.clone(),
        (Binary::Over, Size, Size) | (Binary::Over, Duration, Duration) | (Binary::Over, Rate, Rate) => Number,
        (Binary::Over, Percent, Int | Number) => Percent,
        (Binary::Over, Percent, Percent) | (Binary::Over, Int | Number, Int | Number | Percent) => Number,
        (Binary::Over, Int | Number | Percent, Duration) => Rate,
        _ => return None,
    })
}

/// The type of a literal.
#[must_use]
pub fn type_of(value: &Value) -> Type {
    match value {
        Value::Nothing | Value::Call(..) | Value::Pattern(_) => Type::Any,
        Value::Bool(_) | Value::Block => Type::Bool,
        Value::Int(_) => Type::Int,
        Value::Number(_) => Type::Number,
        Value::Text(_) => Type::Text,
        Value::Size(_) => Type::Size,
        Value::Duration(_) => Type::Duration,
        Value::Percent(_) => Type::Percent,
        Value::Rate(_) => Type::Rate,
        Value::Time(_) => Type::Time,
        Value::Date(..) => Type::Date,
        Value::Word(_) | Value::Object(..) => Type::Word,
        Value::List(values) => Type::List(Arc::new(values.first().map_or(Type::Any, type_of))),
    }
}
