//! What a spec can't say, as SQL that a schema imports; each with a word for people.

use crate::quoting::{name as quoted, text};
use crate::resolve::{Column, DbKind, DbObject, Index, Reference, Schema, Table};

type Left = (String, String);

/// Extensions, types, and functions that tables name.
pub fn before_tables(schema: &Schema) -> Vec<Left> {
    let extensions = schema
        .extensions
        .iter()
        .map(|(name, _)| (format!("extension {name}"), format!("CREATE EXTENSION IF NOT EXISTS {};", quoted(name))));
    let objects = schema.objects.iter().filter(|object| is_early(object)).map(object);
    extensions.chain(objects).collect()
}

/// Views, triggers, and functions that name tables.
pub fn after_tables(schema: &Schema) -> Vec<Left> {
    schema.objects.iter().filter(|object| !is_early(object)).map(object).collect()
}

fn is_early(object: &DbObject) -> bool {
    matches!(object.kind, DbKind::Type | DbKind::Domain) || object.kind == DbKind::Function && !object.after_tables
}

fn object(object: &DbObject) -> Left {
    let (word, statement) = match object.kind {
        DbKind::Type => ("type", "TYPE"),
        DbKind::Domain => ("domain", "DOMAIN"),
        DbKind::Function => ("function", "FUNCTION"),
        DbKind::View => ("view", "VIEW"),
        DbKind::MaterializedView => ("materialised view", "MATERIALIZED VIEW"),
        DbKind::Trigger => ("trigger", "TRIGGER"),
    };
    let sql = match object.kind {
        // The build sets the path of every function; without one, SECURITY DEFINER would be refused.
        DbKind::Function => {
            let path = if object.as_owner { " SET search_path = ''" } else { "" };
            format!("CREATE FUNCTION {}{}{path} {};", quoted(&object.name), object.sql, object.body)
        }
        _ => format!("CREATE {statement} {} {};", quoted(&object.name), object.sql),
    };
    let on = if object.doc.is_empty() || object.kind == DbKind::Trigger {
        String::new()
    } else {
        let signature = if object.kind == DbKind::Function { object.signature.as_str() } else { "" };
        format!("\nCOMMENT ON {statement} {}{signature} IS {};", quoted(&object.name), text(&object.doc))
    };
    (format!("{word} {}", object.name), format!("{sql}{on}"))
}

/// A whole table.
pub fn table(table: &Table) -> Vec<Left> {
    let name = quoted(&table.name);
    let tenant = if table.has_tenant { vec!["  tenant_id uuid NOT NULL".to_owned()] } else { Vec::new() };
    let columns = table.columns.iter().map(|column| {
        let default = match &column.default {
            Some(clause) if clause.starts_with("GENERATED ") => format!(" {clause}"),
            Some(sql) => format!(" DEFAULT {sql}"),
            None => String::new(),
        };
        format!("  {} {}{default}{}", quoted(&column.name), column.ty, if column.required { " NOT NULL" } else { "" })
    });
    let primary = (!table.primary.is_empty()).then(|| {
        let lead: &[&str] = if table.has_tenant { &["tenant_id"] } else { &[] };
        let all: Vec<ecow::EcoString> =
            lead.iter().map(|name| (*name).into()).chain(table.primary.iter().map(|name| quoted(name))).collect();
        format!("  PRIMARY KEY ({})", all.join(", "))
    });
    let parts: Vec<String> = tenant.into_iter().chain(columns).chain(primary).collect();
    let by = table.partition.as_ref().map_or_else(String::new, |partition| {
        format!(" PARTITION BY {} ({})", partition.strategy, list(&partition.columns))
    });
    let mut sql = format!("CREATE TABLE {name} (\n{}\n){by};", parts.join(",\n"));
    for part in table.partition.iter().flat_map(|partition| &partition.parts) {
        sql.push_str(&format!("\nCREATE TABLE {} PARTITION OF {name} {};", quoted(&part.name), part.bounds));
    }
    if !table.doc.is_empty() {
        sql.push_str(&format!("\nCOMMENT ON TABLE {name} IS {};", text(&table.doc)));
    }
    for column in table.columns.iter().filter(|column| !column.doc.is_empty()) {
        sql.push_str(&format!("\nCOMMENT ON COLUMN {name}.{} IS {};", quoted(&column.name), text(&column.doc)));
    }
    let mut all = vec![(format!("table {}", table.name), sql)];
    all.extend(table.uniques.iter().map(|key| unique(table, key)));
    all.extend(table.checks.iter().map(|check| self::check(table, check)));
    all.extend(table.references.iter().map(|reference| self::reference(table, reference)));
    all.extend(table.indexes.iter().map(|index| self::index(table, index)));
    all
}

/// A unique key of several columns.
pub fn unique(table: &Table, key: &[ecow::EcoString]) -> Left {
    let lead = if table.has_tenant { "tenant_id, " } else { "" };
    let sql = format!("ALTER TABLE {} ADD UNIQUE ({lead}{});", quoted(&table.name), list(key));
    (format!("unique key ({}) of {}", key.join(", "), table.name), sql)
}

/// A condition.
pub fn check(table: &Table, check: &str) -> Left {
    (format!("check {check} of {}", table.name), format!("ALTER TABLE {} ADD CHECK ({check});", quoted(&table.name)))
}

/// A default that is an expression, or a counter.
pub fn default(table: &Table, column: &Column, sql: &str) -> Left {
    let what = if sql.starts_with("GENERATED") { format!("ADD {sql}") } else { format!("SET DEFAULT {sql}") };
    let statement = format!("ALTER TABLE {} ALTER COLUMN {} {what};", quoted(&table.name), quoted(&column.name));
    (format!("default of {}.{}", table.name, column.name), statement)
}

/// A reference of several columns, or to a key that is not the primary one.
pub fn reference(table: &Table, reference: &Reference) -> Left {
    let targets = if reference.targets.is_empty() { String::new() } else { format!(" ({})", list(&reference.targets)) };
    let action = reference.on_delete.as_ref().map_or_else(String::new, |action| format!(" ON DELETE {action}"));
    let sql = format!(
        "ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {}{targets}{action};",
        quoted(&table.name),
        list(&reference.columns),
        quoted(&reference.table)
    );
    (format!("reference ({}) of {}", reference.columns.join(", "), table.name), sql)
}

/// An index on an expression, with a condition, or with more.
pub fn index(table: &Table, index: &Index) -> Left {
    let key = |key: &crate::resolve::IndexKey| {
        let what = if key.column.is_empty() { key.expression.clone() } else { quoted(&key.column) };
        format!("{what}{}", key.rest)
    };
    let keys: Vec<String> = index.keys.iter().map(key).collect();
    let include = if index.include.is_empty() { String::new() } else { format!(" INCLUDE ({})", list(&index.include)) };
    let condition = index.condition.as_ref().map_or_else(String::new, |condition| format!(" WHERE {condition}"));
    let sql = format!(
        "CREATE {}INDEX {} ON {} USING {} ({}){include}{condition};",
        if index.unique { "UNIQUE " } else { "" },
        quoted(&index.name),
        quoted(&table.name),
        index.method,
        keys.join(", ")
    );
    (format!("index {} of {}", index.name, table.name), sql)
}

fn list(names: &[ecow::EcoString]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}
