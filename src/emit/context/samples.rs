//! Values for the tests that attack a table: two of each type.

use super::objects::quoted;
use crate::model::Schema;
use crate::quoting;

/// Two different values of a type, of a schema's own too.
pub fn sampled(ty: &str, schema: Option<&Schema>) -> (Option<String>, Option<String>) {
    let known = schema
        .into_iter()
        .flat_map(|schema| &schema.objects)
        .find(|object| matches!(object.kind.as_str(), "type" | "domain") && quoted(&object.name) == ty);
    let Some(object) = known else { return samples(ty) };
    match (object.kind.as_str(), object.labels.as_slice()) {
        ("type", [first, rest @ ..]) => {
            let label = |label: &str| Some(quoting::text(label).to_string());
            (label(first), label(rest.first().unwrap_or(first)))
        }
        ("type", []) => (None, None),
        _ => {
            let base = object.sql.strip_prefix("AS ").unwrap_or(&object.sql);
            let end =
                [" CONSTRAINT ", " CHECK ", " DEFAULT ", " NOT NULL"].iter().filter_map(|word| base.find(word)).min();
            samples(end.and_then(|end| base.get(..end)).unwrap_or(base))
        }
    }
}

/// Two different values of a type, for the tests that attack a table. None where a type has no value that fits any check.
fn samples(ty: &str) -> (Option<String>, Option<String>) {
    let ty = ty.split(" COLLATE ").next().unwrap_or(ty);
    let long = [
        ("character varying", "varchar"),
        ("character", "char"),
        ("timestamp with time zone", "timestamptz"),
        ("timestamp without time zone", "timestamp"),
        ("time with time zone", "timetz"),
        ("time without time zone", "time"),
    ];
    let base = ty.split(['(', '[']).next().unwrap_or(ty).trim();
    let base = long.iter().find(|(name, _)| ty.starts_with(name)).map_or(base, |(_, short)| *short);
    let pair = |a: &str, b: &str| (Some(a.to_owned()), Some(b.to_owned()));
    if ty.ends_with("[]") {
        return pair("'{}'", "'{}'");
    }
    match base {
        "uuid" => pair("gen_random_uuid()", "gen_random_uuid()"),
        "text" | "citext" => pair("'a' || gen_random_uuid()::text", "'b' || gen_random_uuid()::text"),
        "varchar" | "char" => pair("'a'", "'b'"),
        "bigint" | "int8" | "int" | "int4" | "integer" | "bigserial" => {
            pair("(random() * 1000000000)::int", "(random() * 1000000000)::int")
        }
        "smallint" | "int2" => pair("(random() * 30000)::int", "(random() * 30000)::int"),
        "numeric" | "decimal" | "real" | "float4" | "float8" | "double precision" | "money" => pair("1", "2"),
        "bool" | "boolean" => pair("TRUE", "FALSE"),
        "date" => pair("DATE '2026-01-01'", "DATE '2026-01-02'"),
        "timestamp" | "timestamptz" => {
            pair("TIMESTAMPTZ '2026-01-01 00:00:00+00'", "TIMESTAMPTZ '2026-01-02 00:00:00+00'")
        }
        "time" | "timetz" => pair("TIME '01:00'", "TIME '02:00'"),
        "interval" => pair("INTERVAL '1 day'", "INTERVAL '2 days'"),
        "json" | "jsonb" => pair("'{\"n\": 1}'", "'{\"n\": 2}'"),
        "bytea" => pair("'a'::bytea", "'b'::bytea"),
        "inet" | "cidr" => pair("'192.0.2.1'", "'192.0.2.2'"),
        _ => (None, None),
    }
}
