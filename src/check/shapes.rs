//! Shapes of data that an engine would refuse, or read as something else, told at their place.

use super::Subject;
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::model::Instance;
use crate::source::Span;

type Look = fn(&Instance, &str, &mut Vec<Diagnostic>);

/// Indexes of collections, keys of tables, ages of indices, sums of hypertables.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    let (kind, look): (&str, Look) = match instance.engine.as_str() {
        "mongodb" => ("collection", collection),
        "clickhouse" => ("table", parts),
        "cassandra" => ("table", keys),
        "elasticsearch" => ("index", ages),
        "timescaledb" => ("rollup", sums),
        _ => return,
    };
    for name in instance.blocks(kind) {
        look(instance, name, diagnostics);
    }
}

/// Where a fact was set, else where the database is declared.
pub(super) fn place(instance: &Instance, path: &str) -> Span {
    instance.facts.get(path).map_or(instance.span, |fact| fact.origin.span)
}

pub(super) fn refuse(at: Span, message: String, help: &str, diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.push(Code::RefusedShape.at(at, message).help(help));
}

/// MongoDB's manual, "Index types" and "TTL indexes".
fn collection(instance: &Instance, name: &str, diagnostics: &mut Vec<Diagnostic>) {
    let group = format!("collection.{name}.index");
    let mut with_text = 0;
    for index in instance.blocks(&group) {
        let path = |what: &str| format!("{group}.{index}.{what}");
        let has = |what: &str| instance.fact(&path(what)).is_some();
        let count = |what: &str| instance.list(&path(what)).len();
        let at = |what: &str| place(instance, &path(what));
        let whole = place(instance, &format!("{group}.{index}"));
        let (keys, text, geo) = (count("keys"), count("text"), count("geo"));
        let others = usize::from(text > 0) + usize::from(has("hashed")) + usize::from(has("wildcard"));
        if keys + text + geo == 0 && others == 0 {
            refuse(
                whole,
                format!("index {index} of {name} has no field"),
                "write `keys = [field]`, or one of `text`, `geo`, `hashed`, `wildcard`",
                diagnostics,
            );
        }
        if has("ttl") && (keys != 1 || geo > 0 || others > 0) {
            refuse(
                at("ttl"),
                format!("index {index} of {name} lets documents go by time, so it has one field and no more"),
                "write `keys = [field]` with the field that holds the time, and put the rest into an index of its own",
                diagnostics,
            );
        }
        if instance.is(&path("unique")) && others > 0 {
            refuse(
                at("unique"),
                format!("index {index} of {name} can't be unique: it holds words, hashes or whatever is there"),
                "remove `unique`, or make it an index of `keys`",
                diagnostics,
            );
        }
        if has("wildcard") && (keys + text + geo > 0 || has("hashed")) {
            refuse(
                at("wildcard"),
                format!("index {index} of {name} takes every field below one, so it has no other"),
                "put the other fields into an index of their own",
                diagnostics,
            );
        }
        with_text += usize::from(text > 0);
        if text > 0 && with_text == 2 {
            refuse(
                at("text"),
                format!("{name} has two indexes of words, and MongoDB takes one"),
                "put all fields into one: `text = [title, body]`",
                diagnostics,
            );
        }
    }
}

/// ClickHouse cuts by month, and lets rows go by a time.
fn parts(instance: &Instance, name: &str, diagnostics: &mut Vec<Diagnostic>) {
    let path = |what: &str| format!("table.{name}.{what}");
    let named = |what: &str| instance.fact(&path(what)).map(ToString::to_string);
    if named("ttl").is_some() && named("ttl_from").is_none() {
        refuse(
            place(instance, &path("ttl")),
            format!("rows of {name} are to go, and nothing says from when"),
            "write `ttl_from = column`, with a column of type date or timestamp",
            diagnostics,
        );
    }
    for what in ["partition", "ttl_from"] {
        let Some(column) = named(what) else { continue };
        let kind = named(&format!("column.{column}.type")).unwrap_or_default();
        if !kind.is_empty() && kind != "date" && kind != "timestamp" {
            refuse(
                place(instance, &path(what)),
                format!("`{column}` of {name} is a {kind}, and `{what}` wants a time"),
                "name a column of type date or timestamp",
                diagnostics,
            );
        }
    }
}

/// Cassandra finds a row by its partition, and orders what is in it.
fn keys(instance: &Instance, name: &str, diagnostics: &mut Vec<Diagnostic>) {
    let path = |what: &str| format!("table.{name}.{what}");
    let (partition, order) = (instance.list(&path("partition")), instance.list(&path("order")));
    if partition.is_empty() {
        refuse(
            place(instance, &path("partition")),
            format!("nothing says on which node a row of {name} lives"),
            "write `partition = [column]`",
            diagnostics,
        );
    }
    let order = order.iter().map(|column| column.trim_start_matches('-'));
    for column in order.clone().filter(|column| partition.iter().any(|other| other == column)) {
        refuse(
            place(instance, &path("order")),
            format!("`{column}` of {name} stands in `partition` and in `order`"),
            "name each column once",
            diagnostics,
        );
    }
    for column in partition.iter().map(ecow::EcoString::as_str).chain(order) {
        let many = path(&format!("column.{column}.many"));
        if instance.is(&many) {
            refuse(
                place(instance, &many),
                format!("`{column}` of {name} holds many values, so it can't be part of the key"),
                "leave it out of `partition` and `order`, or write `many = false`",
                diagnostics,
            );
        }
    }
}

/// Elasticsearch goes from phase to phase by age.
fn ages(instance: &Instance, name: &str, diagnostics: &mut Vec<Diagnostic>) {
    let path = |what: &str| format!("index.{name}.lifecycle.{what}");
    let (warm, delete) = (instance.int(&path("warm")), instance.int(&path("delete")));
    if delete > 0 && warm > delete {
        refuse(
            place(instance, &path("delete")),
            format!("documents of {name} would be gone before they are packed"),
            "make `delete` longer than `warm`, or leave `warm` out",
            diagnostics,
        );
    }
}

/// TimescaleDB sums what is a hypertable.
fn sums(instance: &Instance, name: &str, diagnostics: &mut Vec<Diagnostic>) {
    let path = format!("rollup.{name}.hypertable");
    let Some(wanted) = instance.fact(&path).map(ToString::to_string) else { return };
    let known = instance.blocks("hypertable");
    if !known.contains(wanted.as_str()) {
        let near = did_you_mean(&wanted, known.iter().copied());
        let message = format!("{} has no hypertable `{wanted}`", instance.database);
        diagnostics.push(Code::UnknownReference.at(place(instance, &path), message).maybe_help(near));
    }
}
