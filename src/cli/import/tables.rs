//! A table as a `.tenant` block, with what a block can't say beside it.

use super::rest;
use crate::resolve::{Column, Index, Reference, Schema, Table};

/// The block, unless there is none for this table, and statements for the rest.
pub fn table(table: &Table, schema: &Schema) -> (Option<String>, Vec<(String, String)>) {
    let mut left = Vec::new();
    let sayable = is_word(&table.name) && table.partition.is_none() && !table.primary.is_empty();
    let mut lines = Vec::new();
    for column in &table.columns {
        match self::column(column, table, schema, &mut left) {
            Some(line) => lines.push(line),
            None => return (None, Vec::new()),
        }
    }
    if !sayable {
        return (None, Vec::new());
    }
    for index in &table.indexes {
        match self::index(index) {
            Some(line) => lines.push(line),
            None => left.push(rest::index(table, index)),
        }
    }
    left.extend(table.uniques.iter().filter(|key| key.len() > 1).map(|key| rest::unique(table, key)));
    left.extend(table.checks.iter().map(|check| rest::check(table, check)));
    let whole = |reference: &&Reference| !is_simple(reference, table, schema);
    left.extend(table.references.iter().filter(whole).map(|reference| rest::reference(table, reference)));
    let doc = table.doc.lines().map(|line| format!("  ## {line}\n")).collect::<Vec<_>>().concat();
    let lines = lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
    (Some(format!("\n{doc}  table {} {{\n{lines}  }}\n", table.name)), left)
}

/// Names that stand in a spec as they are.
fn is_word(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn column(column: &Column, table: &Table, schema: &Schema, left: &mut Vec<(String, String)>) -> Option<String> {
    let ty = column_type(&column.ty)?;
    if !is_word(&column.name) {
        return None;
    }
    let mut words = Vec::new();
    let is_primary = table.primary.contains(&column.name);
    if is_primary {
        // The order of a key is that of the columns.
        let at = |name: &ecow::EcoString| table.columns.iter().position(|column| column.name == *name);
        if !table.primary.is_sorted_by_key(at) {
            return None;
        }
        words.push("primary".to_owned());
    }
    if table.uniques.iter().any(|key| key.as_slice() == [column.name.clone()]) {
        words.push("unique".to_owned());
    }
    if column.required && !is_primary {
        words.push("required".to_owned());
    }
    let mut default = None;
    if let Some(sql) = &column.default {
        default = self::default(sql);
        if default.is_none() {
            if sql.starts_with("GENERATED") && !sql.contains("IDENTITY") {
                return None;
            }
            left.push(rest::default(table, column, sql));
        }
    } else if is_primary && column.ty.eq_ignore_ascii_case("uuid") {
        // A spec gives such a key a default by itself.
        return None;
    }
    if let Some(reference) = table
        .references
        .iter()
        .find(|reference| reference.columns == [column.name.clone()] && is_simple(reference, table, schema))
    {
        let body = reference
            .on_delete
            .as_ref()
            .map_or_else(String::new, |action| format!(" {{ on_delete = {} }}", action.to_lowercase()));
        words.push(format!("references {}{body}", reference.table));
    }
    let doc = column.doc.lines().map(|line| format!("    ## {line}\n")).collect::<Vec<_>>().concat();
    let default = default.map_or_else(String::new, |value| format!(" = {value}"));
    Some(format!(
        "{doc}    {}: {ty}{default}{}",
        column.name,
        words.iter().map(|word| format!(" {word}")).collect::<Vec<_>>().concat()
    ))
}

/// One column that refers to a primary key of one, and is the only such column.
fn is_simple(reference: &Reference, table: &Table, schema: &Schema) -> bool {
    let [column] = reference.columns.as_slice() else { return false };
    let other = schema.tables.iter().find(|other| other.name == reference.table);
    let whole = other.is_some_and(|other| {
        other.primary.len() == 1 && (reference.targets.is_empty() || reference.targets == other.primary)
    });
    let alike = table.references.iter().filter(|other| other.columns == [column.clone()]).count();
    whole && alike == 1 && is_word(&reference.table)
}

/// A type as a spec writes it.
fn column_type(sql: &str) -> Option<String> {
    const LONG: [(&str, &str); 8] = [
        ("character varying", "varchar"),
        ("character", "char"),
        ("double precision", "double"),
        ("timestamp with time zone", "timestamptz"),
        ("timestamp without time zone", "timestamp"),
        ("time with time zone", "timetz"),
        ("time without time zone", "time"),
        ("bit varying", "varbit"),
    ];
    let lower = sql.to_lowercase();
    let (base, arrays) = lower
        .split_once("[]")
        .map_or((lower.as_str(), ""), |(base, _)| (base, lower.get(base.len()..).unwrap_or_default()));
    let (name, arguments) = base.split_once('(').map_or((base, ""), |(name, rest)| (name, rest));
    let name = LONG.iter().find(|(long, _)| *long == name.trim()).map_or(name.trim(), |(_, short)| *short);
    let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments}") };
    // The rest of `timestamp(3) with time zone` stands behind the bracket.
    let plain = arguments.is_empty() || arguments.ends_with(')');
    let arrays_only = arrays.replace("[]", "").is_empty();
    let known = crate::resolve::is_column_type(name);
    (plain && arrays_only && known).then(|| format!("{name}{arguments}{arrays}"))
}

/// A default as a spec writes it; none for expressions.
fn default(sql: &str) -> Option<String> {
    match sql.to_lowercase().as_str() {
        "now()" => return Some("now".to_owned()),
        "gen_random_uuid()" => return Some("uuid".to_owned()),
        "true" | "false" => return Some(sql.to_lowercase()),
        _ => {}
    }
    if sql.parse::<i64>().is_ok() {
        return Some(sql.to_owned());
    }
    None
}

fn index(index: &Index) -> Option<String> {
    let plain = index.include.is_empty() && index.condition.is_none() && is_word(&index.name);
    let method = ["btree", "hash", "gin", "gist", "brin", "spgist"].contains(&index.method.as_str());
    let key = |key: &crate::resolve::IndexKey| match key.rest.as_str() {
        "" if is_word(&key.column) => Some(key.column.to_string()),
        " DESC" if is_word(&key.column) => Some(format!("-{}", key.column)),
        _ => None,
    };
    let keys: Option<Vec<String>> = index.keys.iter().filter(|key| key.column != "tenant_id").map(key).collect();
    let keys = keys.filter(|keys| plain && method && !keys.is_empty())?;
    let method = if index.method == "btree" { String::new() } else { format!("  method = {}", index.method) };
    let unique = if index.unique { "  unique = true" } else { "" };
    Some(format!("    index {} {{ keys = [{}]{method}{unique} }}", index.name, keys.join(", ")))
}
