//! What a file says, as written: items in bodies, expressions, each with its span. Never changed after parsing.

use ecow::EcoString;

use super::quantity::Literal;
use crate::source::Span;

/// A word with its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Name {
    /// The word.
    pub text: EcoString,
    /// Where.
    pub span: Span,
}

/// A string without interpolation (a path, a title), escapes undone.
#[derive(Clone, PartialEq, Debug)]
pub struct Str {
    /// What it says.
    pub text: EcoString,
    /// Where, quotes included.
    pub span: Span,
}

/// A file: its items.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Ast {
    /// Items in order.
    pub items: Vec<Item>,
}

/// One item of a file or a body.
#[derive(Clone, PartialEq, Debug)]
pub enum Item {
    /// `kind name: parent { … }`
    Block(Block),
    /// `name = value`
    Attribute(Attribute),
    /// `name: type words { … }`
    Field(Field),
    /// `in production { … }`
    Overlay(Overlay),
    /// `require condition else "message"`
    Require(Require),
    /// `grant read, write on users where … { … }`
    Grant(Grant),
    /// `for tenant where … { … }`
    Rule(Rule),
    /// `use "path"`
    Use(Str),
    /// `import "schema.sql"`
    Import(Str),
}

/// The text of the `##` comments that stand right before an item.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Doc {
    /// Lines joined by `\n`, without the marks; empty when there are none.
    pub text: EcoString,
}

/// `words… "title" : parent = value { body }`; everything but the first word may be absent.
#[derive(Clone, PartialEq, Debug)]
pub struct Block {
    /// The comment before it.
    pub doc: Doc,
    /// Kind, then names: `[database, main]`, `[shared, table, genres]`, `[backup]`.
    pub words: Vec<Name>,
    /// A quoted title: `file "postgresql.conf"`, `tenants from "free.csv"`.
    pub title: Option<Str>,
    /// What follows the colon: a parent, or a setting's type.
    pub parent: Option<TypeExpr>,
    /// What follows the `=`.
    pub value: Option<Expr>,
    /// Items between the braces.
    pub body: Option<Vec<Item>>,
    /// From the first word to the end of the head.
    pub head: Span,
    /// All of it.
    pub span: Span,
}

impl Block {
    /// The kind's word.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.words.first().map_or("", |word| &word.text)
    }

    /// The last word, when there is one after the kind.
    #[must_use]
    pub fn name(&self) -> Option<&Name> {
        self.words.get(1..).and_then(<[Name]>::last)
    }

    /// Items of the body; none when there is no body.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        self.body.as_deref().unwrap_or_default()
    }
}

/// `name = value`, perhaps `final`.
#[derive(Clone, PartialEq, Debug)]
pub struct Attribute {
    /// The comment before it.
    pub doc: Doc,
    /// What is set.
    pub name: Name,
    /// To what.
    pub value: Expr,
    /// No layer above may set it.
    pub is_final: bool,
}

/// `name: type words = value { body }`: a column, or a field of a kind.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// The comment before it.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: TypeExpr,
    /// Words after the type: `primary`, `references users`.
    pub words: Vec<Name>,
    /// Its default.
    pub value: Option<Expr>,
    /// Items between the braces.
    pub body: Option<Vec<Item>>,
    /// All of it.
    pub span: Span,
}

/// A type as written.
#[derive(Clone, PartialEq, Debug)]
pub enum TypeExpr {
    /// `size`, `sample(int)`, `numeric(10, 2)`, `text[]`
    Name {
        /// The word.
        name: Name,
        /// What stands in parentheses.
        arguments: Vec<TypeExpr>,
        /// Number of `[]` behind it.
        arrays: u8,
        /// All of it.
        span: Span,
    },
    /// A number in a type's parentheses.
    Size(i64, Span),
    /// A choice that is not a plain word.
    Text(Str),
    /// `[region]`
    List(Box<TypeExpr>, Span),
    /// `a | b | c`
    Choice(Vec<TypeExpr>, Span),
}

impl TypeExpr {
    /// Where.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Name { span, .. } | Self::Size(_, span) | Self::List(_, span) | Self::Choice(_, span) => *span,
            Self::Text(text) => text.span,
        }
    }

    /// The word, when it is nothing but one.
    #[must_use]
    pub fn word(&self) -> Option<&Name> {
        match self {
            Self::Name { name, arguments, arrays: 0, .. } if arguments.is_empty() => Some(name),
            _ => None,
        }
    }
}

/// `in production { … }`
#[derive(Clone, PartialEq, Debug)]
pub struct Overlay {
    /// Where it holds.
    pub names: Vec<Name>,
    /// What it says there.
    pub body: Vec<Item>,
    /// All of it.
    pub span: Span,
}

/// `require condition else "message"`
#[derive(Clone, PartialEq, Debug)]
pub struct Require {
    /// The comment before it.
    pub doc: Doc,
    /// What must be true.
    pub condition: Expr,
    /// What to say when it is not.
    pub otherwise: Option<Expr>,
    /// All of it.
    pub span: Span,
}

/// `grant read, write on users where … { mask = [email] }`
#[derive(Clone, PartialEq, Debug)]
pub struct Grant {
    /// `read`, `write`.
    pub verbs: Vec<Name>,
    /// A table, or `all`.
    pub on: Vec<Name>,
    /// Which rows.
    pub condition: Option<Expr>,
    /// Attributes.
    pub body: Option<Vec<Item>>,
    /// All of it.
    pub span: Span,
}

/// `for tenant where … { … }`
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// What it is about: a kind.
    pub subject: Name,
    /// Which of them.
    pub condition: Option<Expr>,
    /// What holds for them.
    pub body: Vec<Item>,
    /// All of it.
    pub span: Span,
}

/// An expression with its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Expr {
    /// What it is.
    pub node: Node,
    /// Where.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, PartialEq, Debug)]
pub enum Node {
    /// A literal.
    Literal(Literal),
    /// A string, in parts.
    Text(Vec<Part>),
    /// A bare word.
    Name(EcoString),
    /// `home.jurisdiction`
    Path(Box<Expr>, Name),
    /// `clamp(a, b, c)`
    Call(Name, Vec<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `not a`, `-a`
    Unary(Unary, Box<Expr>),
    /// `a + b`
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `if a then b else c`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// A part of a string.
#[derive(Clone, PartialEq, Debug)]
pub enum Part {
    /// Letters.
    Letters(EcoString),
    /// `{expression}`
    Value(Expr),
}

/// An operator with one side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unary {
    /// `not`
    Not,
    /// `-`
    Minus,
}

/// An operator with two sides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binary {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `in`
    In,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Over,
}

impl Binary {
    /// As written.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::In => "in",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Over => "/",
        }
    }
}
