//! Tokens as nom's input, and the error that grammar rules give: where, and what was expected there.

use std::iter::{Copied, Enumerate};
use std::slice::Iter;

use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult, Input, Needed};

use super::lexer::{Comment, Kind, Token};
use crate::diag::{Code, Diagnostic};
use crate::source::Span;

/// A place in the tokens of one text. Copied freely; `depth` counts the brackets around it.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'a> {
    /// The text, which stands at `base`.
    pub text: &'a str,
    /// Global offset of the text.
    pub base: u32,
    /// What is left.
    pub rest: &'a [Token],
    /// All comments of the text.
    pub comments: &'a [Comment],
    /// Bodies and brackets around this place.
    pub depth: u16,
    /// Brackets open since the innermost body began: inside them a newline ends nothing.
    pub brackets: u16,
    /// End of the token before.
    pub before: u32,
}

/// The deepest nesting that is read. Real specs stay under ten.
pub const MAX_DEPTH: u16 = 64;

/// The outcome of a grammar rule.
pub type Parsed<'a, T> = IResult<Tokens<'a>, T, Fault>;

impl<'a> Tokens<'a> {
    /// All tokens of a text that stands at `base`.
    #[must_use]
    pub const fn over(text: &'a str, base: u32, rest: &'a [Token], comments: &'a [Comment]) -> Self {
        Self { text, base, rest, comments, depth: 0, brackets: 0, before: base }
    }

    /// The next token; the end when there is none.
    #[must_use]
    pub fn peek(self) -> Token {
        self.nth(0)
    }

    /// The token `n` places on.
    #[must_use]
    pub fn nth(self, n: usize) -> Token {
        let last = || Token { kind: Kind::End, span: Span::new(self.before, self.before), fresh_line: true };
        self.rest.get(n).or(self.rest.last()).copied().unwrap_or_else(last)
    }

    /// The text of a token.
    #[must_use]
    pub fn text_of(self, span: Span) -> &'a str {
        self.text.get((span.start - self.base) as usize..(span.end - self.base) as usize).unwrap_or_default()
    }

    /// True when the token `n` places on is this mark.
    #[must_use]
    pub fn mark_at(self, n: usize, mark: &str) -> bool {
        matches!(self.nth(n).kind, Kind::Mark(found) if found == mark)
    }

    /// True when the token `n` places on is this word.
    #[must_use]
    pub fn word_at(self, n: usize, word: &str) -> bool {
        let token = self.nth(n);
        token.kind == Kind::Name && self.text_of(token.span) == word
    }

    /// How many tokens the name at this place takes: one, or more when dots join several without a space (`net.port`).
    #[must_use]
    pub fn name_length(self) -> usize {
        let mut length = 1;
        let joined = |n: usize| self.nth(n).span.start == self.nth(n - 1).span.end;
        while self.mark_at(length, ".")
            && joined(length)
            && self.nth(length + 1).kind == Kind::Name
            && joined(length + 1)
        {
            length += 2;
        }
        length
    }

    /// Behind the next token.
    #[must_use]
    pub fn next(self) -> Self {
        match self.rest.split_first() {
            Some((first, rest)) if first.kind != Kind::End => Self { rest, before: first.span.end, ..self },
            _ => self,
        }
    }

    /// One level deeper, or a fault when that is too deep.
    ///
    /// # Errors
    /// [`Code::TooDeep`].
    pub fn deeper(self) -> Result<Self, Err<Fault>> {
        if self.depth >= MAX_DEPTH {
            return Err(Err::Failure(Fault {
                at: self.peek().span,
                expected: Vec::new(),
                told: Some(Box::new(
                    Code::TooDeep
                        .at(self.peek().span, format!("nested more than {MAX_DEPTH} levels deep"))
                        .help("say it with fewer brackets; real specs stay under ten levels"),
                )),
            }));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    /// Behind an opening bracket.
    ///
    /// # Errors
    /// [`Code::TooDeep`].
    pub fn bracket(self) -> Result<Self, Err<Fault>> {
        self.deeper().map(|inside| Self { brackets: inside.brackets + 1, ..inside })
    }

    /// Behind an opening brace, where a new body begins.
    ///
    /// # Errors
    /// [`Code::TooDeep`].
    pub fn brace(self) -> Result<Self, Err<Fault>> {
        self.deeper().map(|inside| Self { brackets: 0, ..inside })
    }

    /// This place, at the depth of another.
    #[must_use]
    pub const fn back_to(self, outer: Self) -> Self {
        Self { depth: outer.depth, brackets: outer.brackets, ..self }
    }

    /// True while a bracket is open.
    #[must_use]
    pub const fn in_brackets(self) -> bool {
        self.brackets > 0
    }

    /// Fails here, expecting `what`.
    ///
    /// # Errors
    /// Always.
    pub fn expected<T>(self, what: &'static str) -> Parsed<'a, T> {
        Err(Err::Error(Fault { at: self.peek().span, expected: vec![what], told: None }))
    }
}

/// Why a rule failed: the furthest place, and all that would have done there.
#[derive(Clone, PartialEq, Debug)]
pub struct Fault {
    /// The token that no rule takes.
    pub at: Span,
    /// What would have done, in words a user knows.
    pub expected: Vec<&'static str>,
    /// A better message, when a rule has one.
    pub told: Option<Box<Diagnostic>>,
}

impl<'a> ParseError<Tokens<'a>> for Fault {
    fn from_error_kind(input: Tokens<'a>, _: ErrorKind) -> Self {
        Self { at: input.peek().span, expected: Vec::new(), told: None }
    }

    fn append(_: Tokens<'a>, _: ErrorKind, other: Self) -> Self {
        other
    }

    fn or(mut self, other: Self) -> Self {
        match self.at.start.cmp(&other.at.start) {
            std::cmp::Ordering::Less => other,
            std::cmp::Ordering::Greater => self,
            std::cmp::Ordering::Equal => {
                for what in other.expected {
                    if !self.expected.contains(&what) {
                        self.expected.push(what);
                    }
                }
                self.told = self.told.or(other.told);
                self
            }
        }
    }
}

impl<'a> Input for Tokens<'a> {
    type Item = Token;
    type Iter = Copied<Iter<'a, Token>>;
    type IterIndices = Enumerate<Copied<Iter<'a, Token>>>;

    fn input_len(&self) -> usize {
        self.rest.len()
    }

    fn take(&self, index: usize) -> Self {
        Self { rest: self.rest.get(..index).unwrap_or(self.rest), ..*self }
    }

    fn take_from(&self, index: usize) -> Self {
        Self { rest: self.rest.get(index..).unwrap_or_default(), ..*self }
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }

    fn position<P: Fn(Token) -> bool>(&self, predicate: P) -> Option<usize> {
        self.rest.iter().position(|token| predicate(*token))
    }

    fn iter_elements(&self) -> Self::Iter {
        self.rest.iter().copied()
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.rest.iter().copied().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        if self.rest.len() >= count { Ok(count) } else { Err(Needed::new(count - self.rest.len())) }
    }
}
