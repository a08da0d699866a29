//! Files of settings are what the engines' own classes say.

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

/// A file that was changed by hand is found.
#[test]
fn drift() {
    if judge("jars/cassandra-5.0.9").is_none() {
        return;
    }
    let folder = tempfile::TempDir::new().unwrap();
    for path in ["facts", "judges", "lang/engines/cassandra"] {
        let to = folder.path().join(path);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        Said::of(Command::new("cp").arg("-r").arg(repository().join(path)).arg(&to)).fine();
    }
    std::os::unix::fs::symlink(repository().join(".judges"), folder.path().join(".judges")).unwrap();
    let settings = folder.path().join("lang/engines/cassandra/settings.tenant");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text.replacen("max = 1536", "max = 1537", 1)).unwrap();
    let said = Said::of(Command::new(folder.path().join("facts/cassandra")).arg("--check"));
    assert!(!said.ok && said.words().contains("max = 1537"), "{}", said.words());
}

/// What is written of operators is what the modules say that judges/install builds them from.
#[test]
fn operators() {
    if judge("operators/cloudnativepg").is_some() {
        Said::of(Command::new(repository().join("facts/operators")).arg("--check")).fine();
    }
}
