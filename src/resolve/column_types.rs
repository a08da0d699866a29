//! Types that a column of a spec can have: PostgreSQL's, and those of extensions in common use.

use ecow::{EcoString, eco_format};

use crate::diag::{Code, Diagnostic, nearest};
use crate::parse::ast::TypeExpr;

/// Types of PostgreSQL and of the extensions in common use.
pub const TYPES: [&str; 46] = [
    "bigint",
    "bigserial",
    "bit",
    "bool",
    "boolean",
    "box",
    "bytea",
    "char",
    "cidr",
    "circle",
    "citext",
    "date",
    "decimal",
    "double",
    "float4",
    "float8",
    "geography",
    "geometry",
    "hstore",
    "inet",
    "int",
    "int2",
    "int4",
    "int8",
    "integer",
    "interval",
    "json",
    "jsonb",
    "line",
    "lseg",
    "ltree",
    "macaddr",
    "money",
    "numeric",
    "path",
    "point",
    "polygon",
    "real",
    "smallint",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "uuid",
    "varchar",
];
const MORE_TYPES: [&str; 10] =
    ["tsvector", "tsquery", "vector", "xml", "int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"];

/// True for a type that a column of a spec can have.
#[must_use]
pub fn is_column_type(name: &str) -> bool {
    TYPES.contains(&name) || MORE_TYPES.contains(&name)
}

/// A column's type as SQL.
///
/// # Errors
/// A word that is no type of PostgreSQL.
pub fn column_type(ty: &TypeExpr) -> Result<EcoString, Diagnostic> {
    let TypeExpr::Name { name, arguments, arrays, .. } = ty else {
        return Err(Code::UnknownColumnType
            .at(ty.span(), "this is not a column's type")
            .help("write a PostgreSQL type: `text`, `uuid`, `numeric(12, 2)`, `text[]`"));
    };
    let known = TYPES.iter().chain(&MORE_TYPES);
    if !known.clone().any(|known| *known == name.text) {
        return Err(Code::UnknownColumnType
            .at(name.span, format!("PostgreSQL has no type `{}`", name.text))
            .maybe_help(match name.text.as_str() {
                "string" | "str" => Some("did you mean `text`?".to_owned()),
                "number" | "size" => Some("write `bigint` or `numeric(12, 2)`".to_owned()),
                "datetime" => Some("did you mean `timestamptz`?".to_owned()),
                _ => nearest(&name.text, known.copied()).map(|near| format!("did you mean `{near}`?")),
            }));
    }
    let mut sql = if name.text == "double" { EcoString::from("double precision") } else { name.text.clone() };
    let sizes: Vec<String> = arguments
        .iter()
        .filter_map(|one| if let TypeExpr::Size(size, _) = one { Some(size.to_string()) } else { None })
        .collect();
    if !sizes.is_empty() {
        sql = eco_format!("{sql}({})", sizes.join(", "));
    }
    for _ in 0..*arrays {
        sql.push_str("[]");
    }
    Ok(sql)
}
