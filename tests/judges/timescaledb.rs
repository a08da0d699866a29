//! TimescaleDB's SQL: PostgreSQL's grammar, and the arguments that each version's functions have. No server can be had.
//!
//! in: a schema with a table that is parted by time. out: statements that parse, calls that every version knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::support::{Tree, Workspace, repository};

fn tree(version: &str, postgresql: &str, hypertable: &str) -> Tree {
    Workspace::of(&format!(
        "platform market {{ cloud = self_hosted  regions = [eu-west-1]  environments = [production] }}\n\
         schema listening {{ table plays {{ id: uuid primary  at: timestamptz primary  seconds: int required }}\n shared table rates {{ code: text primary  at: timestamptz primary  cents: int }} }}\n\
         database plays: timescaledb {{\n version = \"{version}\"  postgresql = \"{postgresql}\"  schema = listening  memory = 16GiB  isolation = schema\n\
         hypertable plays {{ time = at  chunk = 1d  drop_after = 2y }}\n hypertable rates {{ time = at  {hypertable} }}\n\
         rollup hourly {{ hypertable = rates  every = 1h  by = [code]  sum = [cents] }} }}\n\
         tenant acme: premium {{ home = eu-west-1 }}\n"
    ))
    .build(&["--target", "config", "--target", "sql", "--target", "timescaledb"])
}

/// name → version → the argument names of each of its forms.
fn functions() -> BTreeMap<String, BTreeMap<String, Vec<BTreeSet<String>>>> {
    let mut all: BTreeMap<String, BTreeMap<String, Vec<BTreeSet<String>>>> = BTreeMap::new();
    let text = fs::read_to_string(repository().join("facts/timescaledb_functions.tsv")).unwrap();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let [name, version, arguments] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let form = arguments.split(' ').map(str::to_owned).collect();
        all.entry(name.to_owned()).or_default().entry(version.to_owned()).or_default().push(form);
    }
    all
}

/// Calls of a text: the function and the names of its arguments.
fn calls(text: &str) -> Vec<(String, Vec<String>)> {
    let calls = text
        .lines()
        .filter_map(|line| line.strip_prefix("SELECT "))
        .filter(|line| line.contains("_policy(") || line.contains("hypertable("));
    calls
        .map(|line| {
            let (name, rest) = line.split_once('(').unwrap();
            let named = rest.split("=>").collect::<Vec<_>>();
            let last = |part: &str| part.trim().rsplit([' ', '(']).next().unwrap().to_owned();
            let named = named[..named.len() - 1].iter().map(|part| last(part)).filter(|name| name != "secs").collect();
            (name.to_owned(), named)
        })
        .collect()
}

#[test]
fn every_version_knows_the_calls() {
    let functions = functions();
    for (version, postgresql) in [("2.8", "14"), ("2.13", "16"), ("2.17", "16"), ("2.20", "17"), ("2.29", "18")] {
        let tree = tree(version, postgresql, "compress_after = 7d  segment_by = [code]");
        let sql = tree.read(&tree.ending("/plays/022_hypertables.sql")[0]);
        let all = calls(&sql);
        assert_eq!(all.len(), 5, "{sql}");
        for (name, named) in all {
            let forms = &functions[&name][version];
            assert!(
                forms.iter().any(|form| named.iter().all(|one| form.contains(one))),
                "{version}: {name}({named:?})"
            );
        }
        assert!(tree.read(&tree.ending("/plays/place.sql")[0]).contains("\\ir 022_hypertables.sql"));
    }
    // The judge bites.
    let wrong = calls("SELECT create_hypertable('a', 'b', chunk_interval => 1);");
    assert!(!functions["create_hypertable"]["2.17"].iter().any(|form| form.contains(&wrong[0].1[0])));
}

#[test]
fn the_grammar_takes_it() {
    let tree = tree("2.17", "16", "compress_after = 7d");
    let sql = tree.read(&tree.ending("/plays/022_hypertables.sql")[0]);
    let plain: Vec<&str> = sql.lines().filter(|line| !line.starts_with('\\')).collect();
    let plain = plain.join("\n").replace(":\"", "\"");
    let faults = |text: &str| squawk_syntax::SourceFile::parse(text).errors().len();
    assert_eq!(faults(&plain), 0, "{plain}");
    assert_ne!(faults(&plain.replacen("SELECT", "SELEC", 1)), 0);
}

#[test]
fn it_is_postgresql_with_its_own_settings() {
    let tree = tree("2.17", "17", "");
    let conf = tree.read(&tree.ending("/plays/postgresql.conf")[0]);
    for line in [
        "shared_preload_libraries = 'timescaledb'",
        "timescaledb.max_background_workers = 16",
        "shared_buffers = 4GB",
        "summarize_wal",
    ] {
        assert_eq!(conf.contains(line), line != "summarize_wal", "{line}: {conf}");
    }
}

/// Compressing what row level security guards is told at its line, and so is a time that is not in the key.
#[test]
fn what_the_server_would_refuse() {
    let told = |from: &str, to: &str| {
        let workspace = Workspace::of(
            "platform market { cloud = self_hosted  regions = [eu-west-1]  environments = [production] }\n\
             schema listening { table plays { id: uuid primary  at: timestamptz primary  seconds: int } }\n\
             database plays: timescaledb { schema = listening  memory = 16GiB  isolation = row  hypertable plays { time = at } }\n\
             tenant acme: premium { home = eu-west-1 }\n",
        );
        workspace.change(from, to);
        workspace.check()
    };
    for (from, to, message) in [
        ("time = at", "time = at  compress_after = 7d", "can't be compressed"),
        (
            "time = at }",
            "time = at }\n rollup hourly { hypertable = plays  every = 1h }",
            "can't be summed by a continuous aggregate",
        ),
        ("at: timestamptz primary", "at: timestamptz", "not in each of its unique keys"),
        ("time = at", "time = att", "has no column `att`"),
        ("isolation = row", "version = \"2.8\"", "does not stand on PostgreSQL 16"),
    ] {
        let said = told(from, to);
        assert!(!said.ok && said.words().contains(message), "{to}: {}", said.words());
    }
}
