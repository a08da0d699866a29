//! Views, types, functions and triggers of a schema, as the SQL templates see them.

use ecow::EcoString;
use minijinja::{Value, context};
use sha2::{Digest as _, Sha256};

use super::Place;
use crate::emit::escape::{Syntax, ident, raw};
use crate::model::{DbObject, Grant, Schema, Table, names};

/// Imported types, functions and triggers of one sort, in the order in which they can be made.
pub fn objects(schema: Option<&Schema>, wanted: impl Fn(&DbObject) -> bool) -> Vec<Value> {
    let all = schema.map_or(&[][..], |schema| &schema.objects).iter().filter(|object| wanted(object));
    all.map(|object| {
        let table = object.table.as_ref();
        let on_shared =
            schema.is_some_and(|schema| schema.tables.iter().any(|known| known.shared && Some(&known.name) == table));
        context! {
            name => ident(&object.name),
            doc => if object.doc.is_empty() { format!("{}.", object.name) } else { object.doc.to_string() },
            word => raw(if object.kind == "domain" { "DOMAIN" } else { "TYPE" }),
            sql => raw(&object.sql),
            body => raw(&object.body),
            signature => raw(&object.signature),
            callable => !object.sql.to_lowercase().contains(" returns trigger"),
            labels => object.labels.iter().map(ToString::to_string).collect::<Vec<_>>(),
            table => table.map(|table| ident(table)),
            shared => on_shared,
            mark => mark([object.sql.as_str()].into_iter()),
        }
    })
    .collect()
}

/// A view: as it was imported, or what a role sees of a table that is masked for it.
pub struct View {
    pub name: EcoString,
    doc: String,
    pub sql: String,
    reader: Option<Value>,
}

/// All views of a place.
pub fn views(
    place: &Place<'_>,
    version: &str,
    schema: Option<&Schema>,
    group: &dyn Fn(&str) -> EcoString,
) -> Vec<View> {
    let Some(schema) = schema else { return Vec::new() };
    let imported = schema.objects.iter().filter(|object| object.kind == "view").map(|object| View {
        name: object.name.clone(),
        doc: if object.doc.is_empty() { format!("{}.", object.name) } else { object.doc.to_string() },
        sql: object.sql.to_string(),
        reader: None,
    });
    let mut all: Vec<View> = imported.collect();
    // PostgreSQL 14 has no views that read with the rights of whoever asks.
    if version == "14" {
        return all;
    }
    for role in &place.model.roles {
        for grant in role.grants.iter().filter(|grant| grant.read && !grant.mask.is_empty()) {
            let wanted = |table: &&Table| grant.table.as_ref().is_none_or(|name| *name == table.name);
            for table in schema.tables.iter().filter(wanted) {
                if table.columns.iter().any(|column| grant.mask.contains(&column.name)) {
                    all.push(masked(table, &role.name, grant, group));
                }
            }
        }
    }
    all
}

/// All columns of a table, the hidden ones empty. It names no hidden column, so it needs no right to it.
fn masked(table: &Table, role: &str, grant: &Grant, group: &dyn Fn(&str) -> EcoString) -> View {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let name = quoted(&column.name);
            if grant.mask.contains(&column.name) { format!("NULL::{} AS {name}", column.ty) } else { name }
        })
        .collect();
    View {
        name: names::cut(&format!("{}_for_{}", table.name, names::sql(role)), names::SQL_LIMIT),
        doc: format!("What {role} sees of {}: {} is empty.", table.name, grant.mask.join(", ")),
        sql: format!("WITH (security_invoker = true) AS SELECT {} FROM {}", columns.join(", "), quoted(&table.name)),
        reader: Some(ident(&group(role))),
    }
}

/// A view, for a template.
pub fn view(view: &View) -> Value {
    context! { name => ident(&view.name), doc => view.doc.as_str(), sql => raw(&view.sql), reader => view.reader.clone() }
}

/// What the comment on an object says: by it, the next build knows whether it is still the same.
pub fn mark<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    format!("tenantc {}", crate::emit::hex(&hash.finalize()))
}

/// An identifier as it stands in SQL.
pub fn quoted(name: &str) -> String {
    Syntax::Sql.literal(&ident(name)).unwrap_or_default()
}
