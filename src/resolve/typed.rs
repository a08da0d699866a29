//! Expressions after names and types are settled, and the values they hold.

use std::fmt;
use std::sync::Arc;

use ecow::EcoString;

use super::types::Type;
use crate::parse::ast::Binary;
use crate::source::Span;

/// A definition's place in [`super::Program::definitions`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DefId(pub u32);

/// Something with fields.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Object {
    /// A block: a tier, a region, an environment, …
    Definition(DefId),
    /// A tenant, by its place in the list of tenants.
    Tenant(u32),
    /// A running database, by its place in the list of instances.
    Instance(u32),
    /// A table, by its place in the list of tables.
    Table(u32),
    /// A column, by its table's place and its own.
    Column(u32, u32),
}

/// A value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Not set.
    Nothing,
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Number(f64),
    /// A string.
    Text(EcoString),
    /// Bytes.
    Size(i64),
    /// Microseconds.
    Duration(i64),
    /// A fraction of one.
    Percent(f64),
    /// Per second.
    Rate(f64),
    /// Minutes since midnight.
    Time(u16),
    /// A day.
    Date(i16, u8, u8),
    /// A choice, or a bare word.
    Word(EcoString),
    /// A choice with values: `sample(5)`; `secret("path")`.
    Call(EcoString, Arc<[Self]>),
    /// A block, a tenant, an instance.
    Object(Object, EcoString),
    /// A list.
    List(Arc<[Self]>),
    /// A pattern, evaluated later.
    Pattern(Arc<Typed>),
    /// That a block with a name of its own is there.
    Block,
}

/// An expression whose names and types are settled.
#[derive(Clone, PartialEq, Debug)]
pub struct Typed {
    /// What it is.
    pub node: Node,
    /// What it gives.
    pub ty: Type,
    /// Where it was written.
    pub span: Span,
}

/// What a settled expression is.
#[derive(Clone, PartialEq, Debug)]
pub enum Node {
    /// A value.
    Value(Value),
    /// A field of the object `up` scopes out.
    Field {
        /// 0 is the innermost object.
        up: u8,
        /// Its path.
        path: EcoString,
    },
    /// A field of an object that an expression gives.
    Of(Box<Typed>, EcoString),
    /// A column of the data row that a tenant comes from.
    Row(EcoString),
    /// Parts of a string.
    Text(Vec<Typed>),
    /// A list.
    List(Vec<Typed>),
    /// `not a`
    Not(Box<Typed>),
    /// `-a`
    Minus(Box<Typed>),
    /// `a + b`
    Binary(Binary, Box<Typed>, Box<Typed>),
    /// `if a then b else c`
    If(Box<Typed>, Box<Typed>, Box<Typed>),
    /// `clamp(a, b, c)`
    Call(Function, Vec<Typed>),
    /// `count(tenants, state == active)`: the second part sees an element's fields.
    Each(Function, Box<Typed>, Option<Box<Typed>>),
    /// `sample(5)`
    Make(EcoString, Vec<Typed>),
}

/// What can be called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Function {
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// `clamp(x, low, high)`
    Clamp,
    /// `round_down(x, step)`: the largest multiple of `step` that is not above `x`.
    RoundDown,
    /// `round_up(x, step)`
    RoundUp,
    /// `join(list, text)`
    Join,
    /// `common(a, b)`: what is in both, in the order of `b`.
    Common,
    /// `count(list)`, `count(list, condition)`
    Count,
    /// `sum(list, value)`
    Sum,
    /// `all(list, condition)`
    All,
    /// `any(list, condition)`
    AnyOf,
    /// `is_set(fact)`
    IsSet,
}

impl Function {
    /// Every function with its name.
    pub const NAMES: [(&'static str, Self); 12] = [
        ("min", Self::Min),
        ("max", Self::Max),
        ("clamp", Self::Clamp),
        ("round_down", Self::RoundDown),
        ("round_up", Self::RoundUp),
        ("join", Self::Join),
        ("common", Self::Common),
        ("count", Self::Count),
        ("sum", Self::Sum),
        ("all", Self::All),
        ("any", Self::AnyOf),
        ("is_set", Self::IsSet),
    ];

    /// The function of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
    }
}

impl fmt::Display for Value {
    /// As it would be written in a spec, but strings without quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(text) | Self::Word(text) | Self::Object(_, text) => f.write_str(text),
            Self::Size(bytes) => scaled(f, *bytes, &SIZES),
            Self::Duration(micros) => scaled(f, *micros, &DURATIONS),
            Self::Percent(fraction) => write!(f, "{}%", tidy(fraction * 100.0)),
            Self::Rate(rate) => write!(f, "{}/s", tidy(*rate)),
            Self::Time(minutes) => write!(f, "{:02}:{:02}", minutes / 60, minutes % 60),
            Self::Date(year, month, day) => write!(f, "{year:04}-{month:02}-{day:02}"),
            Self::Call(name, arguments) => write!(f, "{name}({})", joined(arguments)),
            Self::List(values) => write!(f, "[{}]", joined(values)),
            Self::Pattern(_) => f.write_str("a pattern"),
            Self::Block => f.write_str("{ … }"),
        }
    }
}

const SIZES: [(i64, &str); 6] =
    [(1 << 50, "PiB"), (1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")];
const DURATIONS: [(i64, &str); 6] =
    [(86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"), (1_000, "ms"), (1, "us")];

/// The largest unit that divides exactly; zero in the second unit from below.
fn scaled(f: &mut fmt::Formatter<'_>, value: i64, units: &[(i64, &str)]) -> fmt::Result {
    let fits = units.iter().find(|(factor, _)| value != 0 && value % factor == 0);
    let (factor, unit) = fits.or(units.get(3)).copied().unwrap_or((1, ""));
    write!(f, "{}{unit}", value / factor)
}

/// A fraction without the noise of binary: nine digits are enough for any percentage or rate here.
fn tidy(value: f64) -> f64 {
    let scaled = (value * 1e9).round() / 1e9;
    if scaled.is_finite() { scaled } else { value }
}

fn joined(values: &[Value]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
