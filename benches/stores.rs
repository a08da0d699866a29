//! What a thousand tenants cost on each engine: seconds and files of a first build, and of one that changes nothing.
//!
//! `cargo bench --bench stores -- [--tenants 1000]`; needs no judge. `docs/benchmarks.md` says what was measured.

#![allow(clippy::print_stdout, reason = "a table for people")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    dead_code,
    reason = "a program around the command, with the tests' parts"
)]

#[path = "../tests/judges/support.rs"]
mod support;

use std::fmt::Write as _;
use std::process::Command;
use std::time::Instant;

use support::Said;

/// Each engine with a small piece of data of its own.
const STORES: [(&str, &str); 9] = [
    ("postgresql", "schema = app"),
    ("timescaledb", "schema = app"),
    ("mongodb", "collection releases { index by_artist { keys = [artist] } }"),
    ("redis", ""),
    ("valkey", ""),
    ("clickhouse", "table plays {\n column at { type = timestamp }\n order = [at] }"),
    ("elasticsearch", "index tracks {}\n settings { cluster.max_shards_per_node = 3000 }"),
    ("neo4j", "edition = enterprise\n node Artist { key = id }"),
    ("cassandra", "table plays {\n column at { type = timestamp }\n partition = [at] }"),
];

fn main() {
    let all: Vec<String> = std::env::args().collect();
    let at = all.iter().position(|argument| argument == "--tenants");
    let tenants = at.and_then(|at| all.get(at + 1)).and_then(|number| number.parse().ok()).unwrap_or(1_000_usize);
    println!("| engine | first build, s | nothing changed, s | files | lines |\n|---|---|---|---|---|");
    for (engine, facts) in STORES {
        row(engine, &format!("database main: {engine} {{\n memory = 64GiB\n storage = 16TiB\n {facts}\n}}\n"), tenants);
    }
    let every = STORES.iter().map(|(engine, facts)| {
        format!("database {engine}: {engine} {{\n memory = 64GiB\n storage = 16TiB\n {facts}\n}}\n")
    });
    row("all of them", &every.collect::<String>(), tenants);
}

fn row(name: &str, databases: &str, tenants: usize) {
    let folder = tempfile::TempDir::new().unwrap();
    let spec = format!(
        "platform bench {{ cloud = self_hosted  regions = [eu-west-1]  environments = [production]  cell {{ capacity = 500  schemas = 100 }} }}\n\
         schema app {{ table notes {{ id: uuid primary  text: text }} }}\n{databases}\
         tenants from \"tenants.csv\": standard {{ home = eu-west-1 }}\n"
    );
    std::fs::write(folder.path().join("bench.tenant"), spec).unwrap();
    let mut csv = "id\n".to_owned();
    for number in 1..=tenants {
        let _ = writeln!(csv, "t{number:05}");
    }
    std::fs::write(folder.path().join("tenants.csv"), &csv).unwrap();
    let build = || {
        let start = Instant::now();
        Said::of(Command::new(env!("CARGO_BIN_EXE_tenantc")).arg("build").arg(folder.path())).fine();
        start.elapsed().as_secs_f64()
    };
    let (first, again) = (build(), build());
    let (mut files, mut lines) = (0, 0);
    for entry in walk(&folder.path().join("out")) {
        files += 1;
        lines += String::from_utf8_lossy(&std::fs::read(&entry).unwrap()).lines().count();
    }
    println!("| {name} | {first:.2} | {again:.2} | {files} | {lines} |");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
