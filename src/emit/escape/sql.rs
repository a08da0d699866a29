//! SQL: literals with quotes doubled, identifiers quoted when they must be, for `standard_conforming_strings = on`.

use super::Refused;
use crate::quoting;

/// A string literal.
pub fn string(text: &str) -> Result<String, Refused> {
    refuse(text)?;
    // psql reads `:name` inside no quotes only; inside them nothing but the quote matters.
    Ok(quoting::text(text).into())
}

/// An identifier: bare when PostgreSQL would fold it to itself and it is no keyword.
pub fn identifier(name: &str) -> Result<String, Refused> {
    refuse(name)?;
    if name.is_empty() || name.len() > 63 {
        return Err(Refused(format!("`{name}` is no identifier: it has {} bytes, of 1 to 63", name.len())));
    }
    let plain = name
        .chars()
        .enumerate()
        .all(|(index, c)| c.is_ascii_lowercase() || c == '_' || (index > 0 && c.is_ascii_digit()));
    Ok(if plain && !KEYWORDS.contains(&name) { name.to_owned() } else { quoting::name(name).into() })
}

fn refuse(text: &str) -> Result<(), Refused> {
    if text.contains('\0') { Err(Refused("SQL can't hold the character NUL".to_owned())) } else { Ok(()) }
}

/// Words that PostgreSQL 14 to 18 reserve in some place a name can stand: catcode R, T and C of `pg_get_keywords()`.
const KEYWORDS: [&str; 143] = [
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

#[cfg(test)]
mod tests {
    use super::{identifier, string};

    #[test]
    fn quotes_hold() {
        assert_eq!(string("o'neil").unwrap(), "'o''neil'");
        assert_eq!(string("a\\'b").unwrap(), "E'a\\\\''b'");
        assert_eq!(identifier("or\"ders").unwrap(), "\"or\"\"ders\"");
        assert_eq!(identifier("order").unwrap(), "\"order\"");
        assert_eq!(identifier("t_acme").unwrap(), "t_acme");
        assert!(string("a\0b").is_err());
        assert!(identifier(&"x".repeat(64)).is_err());
    }
}
