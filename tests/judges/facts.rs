//! Files of settings are what the engines' own classes say, and servers that run.

use std::process::Command;

use crate::support::{Said, judge, repository};

/// `facts/NAME --check`, where the releases that it asks are installed.
fn check(name: &str, releases: &[&str]) {
    if releases.iter().all(|release| judge(&format!("jars/{name}-{release}")).is_some()) {
        Said::of(Command::new(repository().join("facts").join(name)).arg("--check")).fine();
    }
}

#[test]
fn cassandra() {
    check("cassandra", &["4.1.10", "5.0.9"]);
}

#[test]
fn neo4j() {
    check("neo4j", &["5.13.0", "5.20.0", "5.26.30"]);
}

#[test]
fn elasticsearch() {
    check("elasticsearch", &["8.13.4", "8.14.3", "8.15.5", "8.16.0", "8.17.10", "8.18.0", "8.19.21"]);
}

/// Programs that a script asks, and what it is called with.
const SERVERS: [(&str, &[&str], &[&str]); 3] = [
    (
        "postgresql",
        &["postgresql/14", "postgresql/15", "postgresql/16", "postgresql/17", "postgresql/18", "bin/psql"],
        &[],
    ),
    ("pgbouncer", &["bin/pgbouncer", "bin/psql"], &[]),
    // The engine that is installed; all four of them are gigabytes.
    ("clickhouse", &["clickhouse/25.8"], &["25.8"]),
];

/// What servers say of themselves: all of `pg_settings`, `show config`, the system tables.
#[test]
fn servers() {
    for (name, programs, of) in SERVERS {
        if programs.iter().all(|program| judge(program).is_some()) {
            Said::of(Command::new(repository().join("facts").join(name)).arg("--check").args(of)).fine();
        }
    }
}

/// A file that was changed by hand is found.
#[test]
fn drift() {
    drifted("cassandra", &["jars/cassandra-5.0.9"], &[], "max = 1536", "max = 1537");
    for ((name, programs, of), (from, to)) in SERVERS.iter().zip([
        ("setting autovacuum_naptime: duration", "setting autovacuum_nap: duration"),
        ("setting default_pool_size: int", "setting default_poolsize: int"),
        ("setting max_threads: int", "setting max_thread: int"),
    ]) {
        drifted(name, programs, of, from, to);
    }
}

fn drifted(name: &str, programs: &[&str], of: &[&str], from: &str, to: &str) {
    if programs.iter().any(|program| judge(program).is_none()) {
        return;
    }
    let folder = tempfile::TempDir::new().unwrap();
    let engine = format!("lang/engines/{name}");
    for path in ["facts", "judges", &engine] {
        let to = folder.path().join(path);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        Said::of(Command::new("cp").arg("-r").arg(repository().join(path)).arg(&to)).fine();
    }
    std::os::unix::fs::symlink(repository().join(".judges"), folder.path().join(".judges")).unwrap();
    let settings = folder.path().join(engine).join("settings.tenant");
    let text = std::fs::read_to_string(&settings).unwrap();
    assert!(text.contains(from), "{name}: no `{from}`");
    std::fs::write(&settings, text.replacen(from, to, 1)).unwrap();
    let said = Said::of(Command::new(folder.path().join("facts").join(name)).arg("--check").args(of));
    assert!(!said.ok && said.words().contains(to), "{name}: {}", said.words());
}

/// What is written of operators is what the modules say that judges/install builds them from.
#[test]
fn operators() {
    if judge("operators/cloudnativepg").is_some() {
        Said::of(Command::new(repository().join("facts/operators")).arg("--check")).fine();
    }
}
