//! The table of figures in `docs/engines.md` is what the engines' files hold, and what the tables of facts count.
//!
//! in: every engine of the language, the page, `facts/*.tsv`. out: nothing, or the row as it should be.
//! promises: a setting more or less, in any version, fails until the page says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test reads files and fails loudly"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use tenantc::compile;
use tenantc::emit::Selection;
use tenantc::eval::variant;
use tenantc::resolve::{Engine, Program};
use tenantc::source::Memory;

/// Engines, where in their databases settings of their own stand, and how their rows begin.
const ENGINES: [(&str, &str, &str); 14] = [
    ("postgresql", "settings", "PostgreSQL"),
    ("pgbouncer", "settings", "PgBouncer"),
    ("timescaledb", "settings", "TimescaleDB"),
    ("mongodb", "settings", "MongoDB, mongod"),
    ("mongodb", "router.settings", "MongoDB, mongos"),
    ("redis", "settings", "Redis"),
    ("valkey", "settings", "Valkey"),
    ("clickhouse", "settings", "ClickHouse, server"),
    ("clickhouse", "profile.settings", "ClickHouse, sessions"),
    ("clickhouse", "merge_tree.settings", "ClickHouse, tables"),
    ("elasticsearch", "settings", "Elasticsearch, nodes"),
    ("elasticsearch", "index.NAME.settings", "Elasticsearch, indices"),
    ("neo4j", "settings", "Neo4j"),
    ("cassandra", "settings", "Cassandra"),
];

fn program() -> Program {
    let stores: BTreeSet<&str> = ENGINES.iter().map(|(engine, ..)| *engine).filter(|one| *one != "pgbouncer").collect();
    let stores = stores.into_iter().map(|engine| format!("database of_{engine}: {engine} {{ memory = 8GiB }}\n"));
    let spec = "platform all { cloud = self_hosted  regions = [eu-west-1]  environments = [development] }\n".to_owned()
        + &stores.collect::<String>();
    compile(&Memory::of([("a.tenant", spec.as_str())]), &Selection::default()).0.program
}

/// The settings of an engine that were declared for it and not for what it is made of, by version.
fn known(engine: &Engine, group: &str) -> Vec<(String, usize)> {
    let own = |path: &str| path.strip_prefix(group).is_some_and(|rest| rest.starts_with('.'));
    let settings: Vec<_> = engine
        .shape
        .fields()
        .filter(|field| own(&field.path))
        .filter_map(|field| field.setting.as_ref())
        .filter(|setting| engine.era(&setting.engine) == engine.name)
        .collect();
    let count = |version: &str| settings.iter().filter(|setting| variant(setting, version, None).is_some()).count();
    engine.versions.iter().map(|version| (version.to_string(), count(version))).collect()
}

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn the_page_counts_what_is_known() {
    let (program, text) = (program(), page("docs/engines.md"));
    let mut wrong = Vec::new();
    for (engine, group, title) in ENGINES {
        let all = known(&program.engines[engine], group);
        let shown = match (title, &all[..]) {
            // Twenty-two releases: the first and the last stand for them.
            ("TimescaleDB", [first, .., last]) => format!("{}: {}, …, {}: {}", first.0, first.1, last.0, last.1),
            _ => all.iter().map(|(version, count)| format!("{version}: {count}")).collect::<Vec<_>>().join(", "),
        };
        let start = format!("| {title} | {shown} |");
        if !text.lines().any(|line| line.starts_with(&start)) {
            wrong.push(start);
        }
    }
    assert!(wrong.is_empty(), "docs/engines.md should have rows that begin with\n{}", wrong.join("\n"));
}

/// Where a table of facts has a row for each setting and version, that is the engine's own count.
#[test]
fn nothing_that_a_table_knows_is_missing() {
    let program = program();
    for (table, engine) in [("timescaledb", "timescaledb"), ("redis", "redis"), ("redis", "valkey")] {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for line in page(&format!("facts/{table}.tsv")).lines().filter(|line| !line.starts_with('#')) {
            let version = line.split('\t').nth(1).unwrap();
            *counts.entry(version.to_owned()).or_default() += 1;
        }
        for (version, known) in known(&program.engines[engine], "settings") {
            assert_eq!(Some(&known), counts.get(&version), "{engine} {version}");
        }
    }
}
