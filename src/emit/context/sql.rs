//! What the SQL templates see: identifiers, fragments and lists, as `targets/sql/README.md` says.

use minijinja::{Value, context};

use super::Place;
use super::objects::{mark, objects, quoted, view, views};
use super::publications;
use super::samples::sampled;
use crate::emit::escape::{ident, raw};
use crate::model::{Grant, Instance, Isolation, Schema, SqlPart, Table, names};

/// An instance's context; empty for engines without SQL of this kind.
pub fn instance(place: &Place<'_>, instance: &Instance, tenants: &[(Isolation, Value)]) -> Value {
    if instance.family != "postgresql" {
        return Value::from(std::collections::BTreeMap::<String, Value>::new());
    }
    let schema = place.model.schema_of(instance);
    let names = &instance.names;
    let group = |role: &str| names::cut(&format!("{}_role_{}", names.database, names::sql(role)), names::SQL_LIMIT);
    let publications = publications::of(instance, schema);
    let published: Vec<&str> =
        publications.iter().flat_map(|publication| &publication.tables).map(|table| table.name.as_str()).collect();
    let tables = |shared: bool| -> Vec<Value> {
        let all = schema.map_or(&[][..], |schema| &schema.tables);
        all.iter()
            .filter(|table| table.shared == shared)
            .map(|table| self::table(place, table, schema, &group, &published))
            .collect()
    };
    let all_views = views(place, &instance.engine_version, schema, &group);
    let has = |wanted: Isolation| tenants.iter().any(|(isolation, _)| *isolation == wanted);
    let of = |wanted: &[Isolation]| -> Vec<Value> {
        tenants.iter().filter(|(isolation, _)| wanted.contains(isolation)).map(|(_, tenant)| tenant.clone()).collect()
    };
    context! {
        region => place.cell.region.name.as_str(),
        version => instance.family_version.parse::<i64>().unwrap_or(0),
        database => ident(&names.database),
        schema => ident(&names.schema),
        roles => context! {
            owner => ident(&names.owner),
            app => ident(&names.app),
            reader => ident(&names.reader),
            maintenance => ident(&names.maintenance),
            dump => ident(&names.dump),
            tenant => ident(&names::cut(&format!("{}_tenants", names.database), names::SQL_LIMIT)),
            follower => ident(&names::cut(&format!("{}_follower", names.database), names::SQL_LIMIT)),
        },
        groups => place.model.roles.iter().map(|role| ident(&group(&role.name))).collect::<Vec<_>>(),
        extensions => instance.list("extensions").iter().map(|extension| ident(extension)).collect::<Vec<_>>(),
        isolations => context! { row => has(Isolation::Row), schema => has(Isolation::Schema), database => has(Isolation::Database), cluster => has(Isolation::Cluster) },
        row_tenants => of(&[Isolation::Row]),
        schema_tenants => of(&[Isolation::Schema]),
        database_tenants => of(&[Isolation::Database, Isolation::Cluster]),
        publications => publications.iter().map(publications::Publication::value).collect::<Vec<_>>(),
        shared_tables => tables(true),
        tables => tables(false),
        sealed => schema.is_some_and(|schema| schema.tables.iter().any(|table| table.columns.iter().any(|column| column.sealed))),
        types => objects(schema, |object| matches!(object.kind.as_str(), "type" | "domain")),
        functions => objects(schema, |object| object.kind == "function" && !object.after_tables),
        late_functions => objects(schema, |object| object.kind == "function" && object.after_tables),
        triggers => objects(schema, |object| object.kind == "trigger"),
        place_mark => place_mark(place, instance),
        audit_hot => place.model.platform.audit.hot,
        views_mark => mark(all_views.iter().flat_map(|view| [view.name.as_str(), view.sql.as_str()])),
        views => all_views.iter().map(view).collect::<Vec<_>>(),
    }
}

fn table(
    place: &Place<'_>,
    table: &Table,
    schema: Option<&Schema>,
    group: &dyn Fn(&str) -> ecow::EcoString,
    published: &[&str],
) -> Value {
    let idents = |names: &[ecow::EcoString]| names.iter().map(|name| ident(name)).collect::<Vec<_>>();
    let optional = |sql: &Option<ecow::EcoString>| sql.as_ref().map(|sql| raw(sql));
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|column| {
            let (generated, default) = match &column.default {
                Some(clause) if clause.starts_with("GENERATED ") => (Some(raw(clause)), None),
                other => (None, optional(other)),
            };
            let (a, b) = if column.sealed {
                (Some(r"'\xc300'::bytea".to_owned()), Some(r"'\xc301'::bytea".to_owned()))
            } else {
                sampled(&column.ty, schema)
            };
            // A table is made with its key; other columns may come to it later.
            let late = !table.primary_key.columns.contains(&column.name);
            context! {
                name => ident(&column.name),
                type => raw(&column.ty),
                not_null => column.not_null,
                default => default,
                generated => generated,
                sealed => column.sealed,
                empty => late && column.not_null && column.default.is_none(),
                rewrites => late && column.default.as_deref().is_some_and(rewrites),
                sample_a => a.map(|sql| raw(&sql)),
                sample_b => b.map(|sql| raw(&sql)),
            }
        })
        .collect();
    let grants: Vec<Value> = place
        .model
        .roles
        .iter()
        .flat_map(|role| role.grants.iter().map(move |grant| (role, grant)))
        .filter(|(_, grant)| grant.table.as_ref().map_or_else(|| schema.is_some(), |name| *name == table.name))
        .map(|(role, grant)| self::grant(table, &role.name, grant, group))
        .collect();
    let foreign = |key: &crate::model::ForeignKey| {
        context! {
            name => ident(&key.name), columns => idents(&key.columns), table => ident(&key.table), shared => key.shared,
            target_columns => idents(&key.target_columns), on_delete => optional(&key.on_delete),
        }
    };
    let index = |index: &crate::model::Index| {
        let key = |key: &crate::model::IndexKey| {
            // An identifier is quoted by the escaper; the rest is SQL already.
            let what = if key.column.is_empty() { key.expression.to_string() } else { quoted(&key.column) };
            raw(&format!("{what}{}", key.rest))
        };
        context! {
            name => ident(&index.name), method => raw(&index.method), columns => index.columns.iter().map(key).collect::<Vec<_>>(), include => idents(&index.include),
            unique => index.unique, where => optional(&index.condition),
        }
    };
    context! {
        name => ident(&table.name),
        doc => if table.doc.is_empty() { format!("{}.", table.name) } else { table.doc.to_string() },
        columns => columns,
        primary_key => context! { name => ident(&table.primary_key.name), columns => idents(&table.primary_key.columns) },
        uniques => table.uniques.iter().map(|key| context! { name => ident(&key.name), columns => idents(&key.columns) }).collect::<Vec<_>>(),
        foreign_keys => table.foreign_keys.iter().map(foreign).collect::<Vec<_>>(),
        checks => table.checks.iter().map(|check| context! { name => ident(&check.name), expression => raw(&check.expression) }).collect::<Vec<_>>(),
        indexes => table.indexes.iter().map(index).collect::<Vec<_>>(),
        partition => table.partition.as_ref().map(|partition| context! { strategy => raw(&partition.strategy), columns => idents(&partition.columns) }),
        published => published.contains(&table.name.as_str()),
        about_person => optional(&table.about_person),
        outlives => table.outlives_erasure,
        personal => table.columns.iter().filter(|column| column.personal).map(|column| personal(table, column)).collect::<Vec<_>>(),
        retention => table.retention.as_ref().map(|retention| context! { seconds => retention.keep, from => ident(&retention.from) }),
        audited => audited(place, table),
        audit_mark => mark(std::iter::once("audit").chain(table.primary_key.columns.iter().map(ecow::EcoString::as_str))),
        lines_file => file_name(&table.name, "ndjson"),
        csv_file => file_name(&table.name, "csv"),
        key_names => table.primary_key.columns.iter().filter(|column| *column != "tenant_id").map(ToString::to_string).collect::<Vec<_>>(),
        parts => table.partition.iter().flat_map(|partition| &partition.parts).map(|part| context! { name => ident(&part.name), bounds => raw(&part.bounds) }).collect::<Vec<_>>(),
        grants => grants,
    }
}

/// Whether a default is worked out anew for each row, so that a column with it can't be added to rows by a note in the
/// catalogue. What is not known to be the same for all is taken for another.
fn rewrites(default: &str) -> bool {
    let constant = default.starts_with(['\'', '-']) || default.starts_with(|c: char| c.is_ascii_digit());
    !constant && default.contains(['(', ' ']) && default != "now()"
}

/// What every place of an instance is made from: the tables, the roles, the names, and the templates themselves.
fn place_mark(place: &Place<'_>, instance: &Instance) -> String {
    let model = place.model;
    let schema = model.schema_of(instance);
    let facts =
        serde_json::to_string(&(schema, &model.roles, &instance.names, &instance.engine_version)).unwrap_or_default();
    let published: Vec<_> = instance.facts.iter().filter(|(path, _)| path.starts_with("publication.")).collect();
    let audit =
        serde_json::to_string(&(&model.platform.audit, instance.list("extensions"), published)).unwrap_or_default();
    let templates = crate::resolve::TARGETS.iter().filter(|(path, _)| path.starts_with("sql/")).map(|(_, text)| *text);
    mark([facts.as_str(), audit.as_str()].into_iter().chain(templates))
}

/// Whether changes of a table's rows are written down.
fn audited(place: &Place<'_>, table: &Table) -> bool {
    match place.model.platform.audit.record.as_str() {
        "all" => !table.shared,
        "classified" => !table.shared && table.columns.iter().any(|column| !column.classes.is_empty()),
        _ => false,
    }
}

/// A personal column, and what stands there when the person is forgotten but the row stays; nothing where there is no such
/// value.
fn personal(table: &Table, column: &crate::model::Column) -> Value {
    let is_text = ["text", "citext"].contains(&column.ty.as_str()) || column.ty.starts_with("varchar");
    let in_key = table.primary_key.columns.contains(&column.name) || table.subject.as_ref() == Some(&column.name);
    let empty = match (column.not_null, is_text) {
        _ if in_key => None,
        (false, _) => Some("NULL".to_owned()),
        // Unique keys stay unique.
        (true, true) => Some(format!("left('erased ' || gen_random_uuid(), coalesce({}, 100))", length(&column.ty))),
        (true, false) => None,
    };
    context! { name => ident(&column.name), type => raw(&column.ty), empty => empty.map(|sql| raw(&sql)) }
}

/// A file for a table's rows; names that a file system could read otherwise are written plainly, and stay apart.
fn file_name(table: &str, ending: &str) -> String {
    let plain = table.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain {
        return format!("{table}.{ending}");
    }
    let hash = mark(std::iter::once(table));
    let short: String = hash.chars().rev().take(8).collect();
    format!("{}-{short}.{ending}", names::sql(table))
}

/// The length in `varchar(80)`.
fn length(ty: &str) -> String {
    let inside = ty.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inside.filter(|digits| digits.parse::<u32>().is_ok()).unwrap_or("NULL").to_owned()
}

fn grant(table: &Table, role: &str, grant: &Grant, group: &dyn Fn(&str) -> ecow::EcoString) -> Value {
    let mut verbs = Vec::new();
    if grant.read {
        verbs.push("SELECT");
    }
    if grant.write && grant.mask.is_empty() && !table.shared {
        verbs.extend(["INSERT", "UPDATE", "DELETE"]);
    } else if grant.write && !table.shared {
        verbs.extend(["INSERT", "UPDATE"]);
    }
    let columns: Option<Vec<Value>> = (!grant.mask.is_empty()).then(|| {
        table
            .columns
            .iter()
            .filter(|column| !grant.mask.contains(&column.name))
            .map(|column| ident(&column.name))
            .collect()
    });
    let policies: Vec<Value> = if table.shared {
        Vec::new()
    } else {
        let policy = |verb: &&str| {
            let name = names::cut(&format!("tenantc_{}_{}", names::sql(role), verb.to_lowercase()), names::SQL_LIMIT);
            context! { name => ident(&name), verb => raw(verb), using => *verb != "INSERT", check => matches!(*verb, "INSERT" | "UPDATE") }
        };
        verbs.iter().map(policy).collect()
    };
    context! {
        role => ident(&group(role)),
        verbs => verbs.iter().map(|verb| raw(verb)).collect::<Vec<_>>(),
        columns => columns,
        condition => grant.condition.as_ref().map(|parts| condition(parts)),
        policies => policies,
    }
}

/// A condition of the row, as psql reads it: each table in the schema of the place.
fn condition(parts: &[SqlPart]) -> Value {
    let piece = |part: &SqlPart| match part {
        SqlPart::Sql(sql) => sql.to_string(),
        SqlPart::Table { name, shared } => {
            let place = if *shared { ":\"shared_schema\"" } else { ":\"schema\"" };
            format!("{place}.{}", quoted(name))
        }
    };
    raw(&parts.iter().map(piece).collect::<Vec<_>>().concat())
}
