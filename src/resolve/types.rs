//! The types of values, and how they are named to a user.

use std::fmt;
use std::sync::Arc;

use ecow::EcoString;

/// What a value may be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Type {
    /// Nothing is known about it; fits everything.
    Any,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// A string.
    Text,
    /// Bytes.
    Size,
    /// A length of time.
    Duration,
    /// A share of a whole.
    Percent,
    /// So many in a time.
    Rate,
    /// A time of day.
    Time,
    /// A day.
    Date,
    /// A version, in quotes.
    Version,
    /// Any bare word.
    Word,
    /// Words joined by dots, such as a rule's name.
    Path,
    /// `secret("path")`.
    Secret,
    /// A string whose values are known only later, in a block of this kind.
    Pattern(EcoString),
    /// One of these.
    Choice(Arc<[Alternative]>),
    /// The name of a block of this kind.
    Ref(EcoString),
    /// A list.
    List(Arc<Self>),
}

/// One way to satisfy a choice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Alternative {
    /// A word: `row`.
    Word(EcoString),
    /// A word with values: `sample(int)`.
    Call(EcoString, Vec<Type>),
    /// A value of a type: `[tenant]`.
    Of(Type),
}

impl Type {
    /// The words of a choice.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let alternatives: &[Alternative] = if let Self::Choice(all) = self { all } else { &[] };
        alternatives.iter().filter_map(|one| match one {
            Alternative::Word(word) | Alternative::Call(word, _) => Some(word.as_str()),
            Alternative::Of(_) => None,
        })
    }

    /// The element of a list.
    #[must_use]
    pub fn element(&self) -> Option<&Self> {
        match self {
            Self::List(element) => Some(element),
            Self::Choice(all) => {
                all.iter().find_map(|one| if let Alternative::Of(ty) = one { ty.element() } else { None })
            }
            _ => None,
        }
    }

    /// True for numbers with a dimension, where a wrong one is a wrong unit.
    #[must_use]
    pub const fn is_quantity(&self) -> bool {
        matches!(
            self,
            Self::Int
                | Self::Number
                | Self::Size
                | Self::Duration
                | Self::Percent
                | Self::Rate
                | Self::Time
                | Self::Date
        )
    }

    /// True when a value of `found` does where `self` is wanted.
    #[must_use]
    pub fn accepts(&self, found: &Self) -> bool {
        match (self, found) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::Number, Self::Int)
            | (Self::Text | Self::Version | Self::Path, Self::Text | Self::Word | Self::Version) => true,
            (Self::Word, Self::Text | Self::Version) => true,
            (Self::Text, Self::Ref(_) | Self::Choice(_)) => true,
            (Self::Pattern(_), Self::Text) => true,
            (Self::List(wanted), Self::List(found)) => wanted.accepts(found),
            (Self::Choice(wanted), Self::Choice(found)) => found.iter().all(|one| wanted.contains(one)),
            (Self::Choice(wanted), found) => {
                wanted.iter().any(|one| matches!(one, Alternative::Of(ty) if ty.accepts(found)))
            }
            (wanted, found) => wanted == found,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("a value"),
            Self::Bool => f.write_str("`true` or `false`"),
            Self::Int => f.write_str("a whole number"),
            Self::Number => f.write_str("a number"),
            Self::Text => f.write_str("a string such as `\"text\"`"),
            Self::Size => f.write_str("a size such as `4GiB`"),
            Self::Duration => f.write_str("a duration such as `30s`"),
            Self::Percent => f.write_str("a percentage such as `95%`"),
            Self::Rate => f.write_str("a rate such as `500/s`"),
            Self::Time => f.write_str("a time of day such as `07:30`"),
            Self::Date => f.write_str("a date such as `2026-10-31`"),
            Self::Version => f.write_str("a version such as `\"16\"`"),
            Self::Word => f.write_str("a word"),
            Self::Path => f.write_str("a name with dots"),
            Self::Secret => f.write_str("a reference such as `secret(\"path\")`"),
            Self::Pattern(_) => f.write_str("a pattern such as `\"{platform}-{environment}\"`"),
            Self::Ref(kind) => write!(f, "the name of {} `{kind}`", article(kind)),
            Self::List(element) => write!(f, "a list, each {element}"),
            Self::Choice(all) => {
                let shown: Vec<String> = all.iter().map(ToString::to_string).collect();
                match shown.split_last() {
                    Some((last, [])) => f.write_str(last),
                    Some((last, rest)) => write!(f, "{} or {last}", rest.join(", ")),
                    None => f.write_str("nothing"),
                }
            }
        }
    }
}

impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => write!(f, "`{word}`"),
            Self::Call(word, _) => write!(f, "`{word}(…)`"),
            Self::Of(ty) => ty.fmt(f),
        }
    }
}

/// `a` or `an`.
#[must_use]
pub fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}
