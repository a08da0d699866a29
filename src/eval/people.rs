//! Whose data it is: from each table, the way to a person.
//!
//! in: tables, referenced ones first; some say `subject = column`. out: for each table the condition by which the rows of one
//! person are found, and whether they outlive an erasure; the table of consents.
//! promises: a new table is reached as soon as it refers to a person, however far; nothing has to be listed.

use ecow::{EcoString, eco_format};

use crate::model::{Check, Column, Index, IndexKey, Key, Table};
use crate::quoting;
use crate::source::Span;

/// Finds the ways, and adds the table of consents where the platform asks for them.
pub fn settle(tables: &mut Vec<Table>, consent: &[EcoString]) {
    if !consent.is_empty() && tables.iter().any(|table| table.subject.is_some()) {
        tables.push(consents(consent, tables.first().map(|table| table.span).unwrap_or_default()));
    }
    let mut ways: Vec<Option<EcoString>> = Vec::new();
    for table in tables.iter() {
        ways.push(way(table, tables, &ways));
    }
    let outlives = outliving(tables);
    for ((table, way), outlives) in tables.iter_mut().zip(ways).zip(outlives) {
        table.about_person = way;
        table.outlives_erasure = outlives;
    }
}

/// The condition on a table's rows; its references are to tables before it.
fn way(table: &Table, tables: &[Table], known: &[Option<EcoString>]) -> Option<EcoString> {
    if table.shared {
        return None;
    }
    let own = table.subject.as_ref().map(|subject| {
        let ty =
            table.columns.iter().find(|column| column.name == *subject).map_or("text", |column| column.ty.as_str());
        eco_format!("tenant_id = (SELECT tenant_id()) AND {} = $1::{ty}", quoting::name(subject))
    });
    let through = table.foreign_keys.iter().filter(|key| !key.shared && key.table != table.name).filter_map(|key| {
        let other = tables.iter().position(|other| other.name == key.table)?;
        let condition = known.get(other)?.as_ref()?;
        let list =
            |columns: &[EcoString]| columns.iter().map(|column| quoting::name(column)).collect::<Vec<_>>().join(", ");
        Some(eco_format!(
            "({}) IN (SELECT {} FROM {} WHERE {condition})",
            list(&key.columns),
            list(&key.target_columns),
            quoting::name(&key.table)
        ))
    });
    let all: Vec<EcoString> = own.into_iter().chain(through).collect();
    (!all.is_empty()).then(|| all.join(" OR ").into())
}

/// Financial records stay, and so does what they refer to.
fn outliving(tables: &[Table]) -> Vec<bool> {
    let mut outlives: Vec<bool> = tables
        .iter()
        .map(|table| table.columns.iter().any(|column| column.classes.iter().any(|class| class == "financial")))
        .collect();
    for (at, table) in tables.iter().enumerate().rev() {
        if outlives.get(at) != Some(&true) {
            continue;
        }
        for key in &table.foreign_keys {
            if let Some(other) = tables.iter().position(|other| other.name == key.table)
                && let Some(place) = outlives.get_mut(other)
            {
                *place = true;
            }
        }
    }
    outlives
}

/// Who agreed to what, and took it back when.
fn consents(purposes: &[EcoString], span: Span) -> Table {
    let column = |name: &str, ty: &str, not_null: bool, default: Option<&str>, personal: bool, doc: &str| Column {
        name: name.into(),
        ty: ty.into(),
        not_null,
        default: default.map(EcoString::from),
        classes: if personal { vec!["personal".into()] } else { Vec::new() },
        personal,
        sealed: false,
        doc: doc.into(),
    };
    let words: Vec<EcoString> = purposes.iter().map(|word| quoting::text(word)).collect();
    let key = |column: &str| IndexKey { column: column.into(), expression: EcoString::new(), rest: EcoString::new() };
    Table {
        name: "consents".into(),
        shared: false,
        doc: "Who agreed to what, and took it back when. A purpose without a row, or with a `withdrawn_at`, is a no."
            .into(),
        columns: vec![
            column("tenant_id", "uuid", true, None, false, "Whose row it is."),
            column("id", "uuid", true, Some("gen_random_uuid()"), false, ""),
            column("person", "text", true, None, true, "The person's key, as text."),
            column("purpose", "text", true, None, false, ""),
            column("given_at", "timestamptz", true, Some("now()"), false, ""),
            column("withdrawn_at", "timestamptz", false, None, false, ""),
        ],
        primary_key: Key { name: "consents_pkey".into(), columns: vec!["tenant_id".into(), "id".into()] },
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        checks: vec![Check {
            name: "consents_check_1".into(),
            expression: eco_format!("purpose IN ({})", words.join(", ")),
        }],
        indexes: vec![Index {
            name: "consents_by_person_idx".into(),
            method: "btree".into(),
            columns: vec![key("tenant_id"), key("person"), key("purpose")],
            include: Vec::new(),
            unique: false,
            condition: None,
        }],
        partition: None,
        subject: Some("person".into()),
        about_person: None,
        outlives_erasure: false,
        retention: None,
        span,
    }
}
