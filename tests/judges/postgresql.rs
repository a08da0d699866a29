//! postgresql.conf and pg_hba.conf, read by the servers they are for.
//!
//! in: a database for each version, workload and size. out: names, values and lines that the server takes.
//! promises: every setting is accepted by `postgres -C`; a server really starts with them, and finds no fault in either
//! file. Left out: libraries that these builds lack, and memory that a test has not.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::server::{Place, Server};
use crate::support::{Said, Tree, Workspace, judge};

const WORKLOADS: [&str; 4] = ["read_heavy", "write_heavy", "analytics", "realtime"];
const SIZES: [(&str, &str); 2] = [("small", "1GiB"), ("large", "64GiB")];

/// A database for each workload and size.
fn tree(version: u32) -> Tree {
    let mut text = String::from(
        "platform market { cloud = aws  regions = [eu-west-1]  environments = [production] }\n\
         schema shop { table items { id: uuid primary  title: text } }\n\
         tenant acme: free { home = eu-west-1 }\n\
         tenant motown: premium { home = eu-west-1 }\n",
    );
    for workload in WORKLOADS {
        for (size, memory) in SIZES {
            let _ = writeln!(
                text,
                "database {workload}_{size}: postgresql {{ version = \"{version}\"  workload = {workload}  memory = {memory}  storage = 2TiB  schema = shop  \
                 extensions = [pg_stat_statements]  replicas = 2  synchronous = 1  in production {{ replicas = 2 }} }}"
            );
        }
    }
    Workspace::of(&text).build(&["--target", "config"])
}

/// Settings that only a machine of that size can hold, and where this one's certificate is.
fn here(place: &Place) -> String {
    let (certificate, key) = place.certificate();
    format!("shared_buffers = 16MB\nssl_cert_file = '{}'\nssl_key_file = '{}'\n", certificate.display(), key.display())
}

/// What `postgres -C` says of a configuration file.
fn judged(postgres: &Path, place: &Place, conf: &str) -> Said {
    let conf = place.put("judged.conf", conf);
    let option = format!("config_file={}", conf.display());
    Said::of(place.command(postgres).arg("-D").arg(place.path().join("data")).args(["-c", &option, "-C", "work_mem"]))
}

/// What the server finds wrong in the pg_hba.conf that is there now.
fn hba_faults(server: &Server, text: &str) -> String {
    fs::write(server.place.path().join("data/pg_hba.conf"), text).unwrap();
    server.ask("postgres", "SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL")
}

fn accepted(version: u32) {
    let Some(postgres) = judge(&format!("postgresql/{version}/bin/postgres")) else { return };
    let tree = tree(version);
    let place = Place::new();
    let started = format!("{}\n{}", tree.read(&tree.ending("read_heavy_large/postgresql.conf")[0]), here(&place));
    let Some(server) = Server::start_in(place, version, &started) else { return };

    let confs = tree.ending("/postgresql.conf");
    assert_eq!(confs.len(), 2 * WORKLOADS.len() * SIZES.len(), "{confs:?}");
    for path in &confs {
        let said = judged(&postgres, &server.place, &tree.read(path));
        assert!(said.ok, "{version}: {path}: {}", said.err);
    }

    let faults = server.ask("postgres", "SELECT sourceline, name, error FROM pg_file_settings WHERE error IS NOT NULL");
    assert_eq!(faults, "", "{version}");
    for name in started
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with('#'))
    {
        let known = server.ask(
            "postgres",
            &format!("SELECT count(*) FROM pg_settings WHERE name = '{name}' AND sourcefile IS NOT NULL"),
        );
        assert_eq!(known, "1\n", "{version}: {name} is not what the file says");
    }
    for path in tree.ending("/pg_hba.conf") {
        assert_eq!(hba_faults(&server, &tree.read(&path)), "", "{version}: {path}");
    }
}

#[test]
fn version_14_accepts_its_files() {
    accepted(14);
}

#[test]
fn version_15_accepts_its_files() {
    accepted(15);
}

#[test]
fn version_16_accepts_its_files() {
    accepted(16);
}

#[test]
fn version_17_accepts_its_files() {
    accepted(17);
}

#[test]
fn version_18_accepts_its_files() {
    accepted(18);
}

#[test]
fn broken_files_are_refused() {
    let Some(postgres) = judge("postgresql/16/bin/postgres") else { return };
    let tree = tree(16);
    let place = Place::new();
    let own = here(&place);
    let conf = tree.read(&tree.ending("realtime_small/postgresql.conf")[0]);
    let Some(server) = Server::start_in(place, 16, &format!("{conf}\n{own}")) else { return };
    for (from, to, words) in [
        ("wal_level = ", "wal_levle = ", "unrecognized configuration parameter \"wal_levle\""),
        (
            "checkpoint_timeout = 15min",
            "checkpoint_timeout = 15mins",
            "invalid value for parameter \"checkpoint_timeout\"",
        ),
        ("random_page_cost = 1.1", "random_page_cost = abc", "invalid value for parameter \"random_page_cost\""),
        ("huge_pages = try", "huge_pages = maybe", "invalid value for parameter \"huge_pages\""),
    ] {
        assert!(conf.contains(from), "{from}");
        let said = judged(&postgres, &server.place, &conf.replacen(from, to, 1));
        assert!(!said.ok && said.err.contains(words), "{to}: {said:?}");
    }
    let hba = tree.read(&tree.ending("realtime_small/pg_hba.conf")[0]);
    for (from, to, words) in [
        ("/16 ", "/99 ", "invalid CIDR mask"),
        ("scram-sha-256", "scram-sha-265", "invalid authentication method"),
        ("hostssl", "hostsls", "invalid connection type"),
    ] {
        assert!(hba.contains(from), "{from}");
        let faults = hba_faults(&server, &hba.replacen(from, to, 1));
        assert!(faults.contains(words), "{to}: {faults}");
    }
}
