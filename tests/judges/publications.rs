//! Changes that are told: which tables, of which tenants, to whom, and to nobody else.
//!
//! in: the platform of [`sql`](crate::sql) with a publication, on servers whose log is logical. out: what the log tells.
//! promises: the follower gets the published tables and no other; tenants get nothing; a publication that left the build is
//! gone; what someone publishes by hand is seen.

use std::collections::BTreeMap;

use crate::server::Server;
use crate::sql::{apply, catalogs, faults, workspace};
use crate::support::{Tree, judge};

const LOGICAL: &str = "wal_level = logical\nmax_replication_slots = 10\nmax_wal_senders = 10\nsynchronous_commit = on";
const ROW: &str = "sql/production/eu-west-1-row-1/main";
const SCHEMA: &str = "sql/production/eu-west-1-schema-1/main";
const DATABASE: &str = "sql/production/eu-west-1-database-1/main";
const SALES: &str = "publication sales { tables = [user, Order, genres] }";

fn tree(version: u32, publication: &str) -> Tree {
    let workspace = workspace(version, "", "", "");
    workspace.change("storage    = 4TiB", &format!("storage    = 4TiB\n  {publication}"));
    workspace.build(&["--target", "sql"])
}

/// Rows that a publication told of while changes were made, by schema and table, as its follower reads the log.
fn told(server: &Server, database: &str, publication: &str, changes: &str) -> BTreeMap<String, usize> {
    let follower =
        |statement: &str| server.rows(database, &format!("SET SESSION AUTHORIZATION main_follower; {statement}"));
    follower("SELECT pg_create_logical_replication_slot('follower', 'pgoutput')");
    server.rows(database, changes);
    let messages = follower(&format!(
        "SELECT encode(data, 'hex') FROM pg_logical_slot_get_binary_changes('follower', NULL, NULL, 'proto_version', '1', 'publication_names', '{publication}')"
    ));
    follower("SELECT pg_drop_replication_slot('follower')");
    let mut names: BTreeMap<Vec<u8>, String> = BTreeMap::new();
    let mut rows = BTreeMap::new();
    for message in messages.lines() {
        let bytes: Vec<u8> =
            (0..message.len()).step_by(2).map(|at| u8::from_str_radix(&message[at..at + 2], 16).unwrap()).collect();
        // A relation is told before its first row: number, schema, name.
        match bytes[0] {
            b'R' => {
                let mut words =
                    bytes[5..].split(|byte| *byte == 0).map(|word| String::from_utf8(word.to_vec()).unwrap());
                let name = format!("{}.{}", words.next().unwrap(), words.next().unwrap());
                names.insert(bytes[1..5].to_vec(), name);
            }
            b'I' => *rows.entry(names[&bytes[1..5]].clone()).or_default() += 1,
            _ => {}
        }
    }
    rows
}

fn rows(wanted: &[(&str, usize)]) -> BTreeMap<String, usize> {
    wanted.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[test]
fn the_follower_gets_what_is_published_and_no_more() {
    if judge("share/pgtap.sql").is_none() {
        return;
    }
    for version in [14, 15, 16, 17, 18] {
        let Some(server) = Server::start(version, LOGICAL) else { return };
        let build = tree(version, SALES);
        apply(&server, &build, ROW);
        assert_eq!(faults(&server, &build, ROW), "", "{version}");
        let first = catalogs(&server, true);
        apply(&server, &build, ROW);
        assert_eq!(catalogs(&server, true), first, "{version}: a second apply");
        let changes = "INSERT INTO shop.genres (id, name) VALUES (1, 'a');
            INSERT INTO shop.\"user\" (tenant_id, \"Email\") SELECT tenant, 'x' || n FROM tenantc.tenant, generate_series(1, 2) n;
            INSERT INTO shop.profile (tenant_id, \"user\") SELECT tenant_id, id FROM shop.\"user\"";
        // Two tenants: the log knows nothing of row security.
        assert_eq!(told(&server, "main", "sales", changes), rows(&[("shop.genres", 1), ("shop.user", 4)]), "{version}");
        let as_follower = |statement: &str| {
            server.run_text(
                "main",
                &format!("SET SESSION AUTHORIZATION main_follower; SET row_security = off; {statement}"),
            )
        };
        assert!(
            as_follower("SELECT count(*) FROM shop.\"user\"").out.contains('4'),
            "{version}: the first copy is whole"
        );
        for refused in [
            "SELECT FROM shop.profile",
            "DELETE FROM shop.\"user\"",
            "SELECT FROM tenantc.tenant",
            "CREATE PUBLICATION more FOR TABLE shop.profile",
            "ALTER PUBLICATION sales ADD TABLE shop.profile",
            "SET ROLE main_owner",
        ] {
            let said = as_follower(refused);
            assert!(
                !said.ok && said.err.contains("42501")
                    || said.err.contains("permission denied")
                    || said.err.contains("must be owner"),
                "{version}: {refused}: {}",
                said.err
            );
        }
        unpublished(&server, version);
    }
}

/// What left the build leaves the server.
fn unpublished(server: &Server, version: u32) {
    let fewer = tree(version, "publication sales { tables = [genres] }");
    apply(server, &fewer, ROW);
    assert_eq!(faults(server, &fewer, ROW), "", "{version}");
    let changes = "INSERT INTO shop.genres (id, name) VALUES (2, 'b'); UPDATE shop.\"user\" SET \"select\" = 'x';
        INSERT INTO shop.\"user\" (tenant_id, \"Email\") SELECT tenant, 'y' FROM tenantc.tenant";
    assert_eq!(told(server, "main", "sales", changes), rows(&[("shop.genres", 1)]), "{version}");
    let none = tree(version, "");
    apply(server, &none, ROW);
    assert_eq!(faults(server, &none, ROW), "", "{version}");
    assert_eq!(server.ask("main", "SELECT count(*) FROM pg_publication").trim(), "0");
    let role = "SELECT rolcanlogin OR rolreplication OR rolbypassrls OR has_table_privilege(rolname, 'shop.genres', 'SELECT') FROM pg_roles WHERE rolname = 'main_follower'";
    assert_eq!(server.ask("main", role).trim(), "f", "{version}");
}

/// A tenant's own schema has a publication of its own, and so has a tenant's database.
#[test]
fn tenants_that_are_apart_are_told_apart() {
    if judge("share/pgtap.sql").is_none() {
        return;
    }
    let build = tree(16, SALES);
    let Some(server) = Server::start(16, LOGICAL) else { return };
    apply(&server, &build, SCHEMA);
    assert_eq!(faults(&server, &build, SCHEMA), "");
    let insert = "INSERT INTO t_smilla.\"user\" (\"Email\") VALUES ('a'); INSERT INTO t_sven.\"user\" (\"Email\") VALUES ('b'), ('c')";
    assert_eq!(told(&server, "main", "t_smilla_sales", insert), rows(&[("t_smilla.user", 1)]));
    assert_eq!(
        server.ask("main", "SELECT string_agg(pubname, ' ' ORDER BY pubname) FROM pg_publication").trim(),
        "sales t_smilla_sales t_sven_sales"
    );
    drop(server);
    let Some(server) = Server::start(16, LOGICAL) else { return };
    apply(&server, &build, DATABASE);
    assert_eq!(faults(&server, &build, DATABASE), "");
    let insert = "INSERT INTO shop.\"user\" (\"Email\") VALUES ('a'); INSERT INTO shop.profile (\"user\") SELECT id FROM shop.\"user\"";
    assert_eq!(told(&server, "t_dora", "sales", insert), rows(&[("shop.user", 1)]));
}

#[test]
fn what_is_published_by_hand_is_seen() {
    if judge("share/pgtap.sql").is_none() {
        return;
    }
    let build = tree(16, SALES);
    let Some(server) = Server::start(16, LOGICAL) else { return };
    for (statement, undo, wanted) in [
        ("CREATE PUBLICATION x FOR TABLE shop.profile", "DROP PUBLICATION x", "publication_not_declared"),
        ("CREATE PUBLICATION x FOR ALL TABLES", "DROP PUBLICATION x", "publication_of_everything"),
        ("CREATE PUBLICATION x FOR TABLES IN SCHEMA shop", "DROP PUBLICATION x", "publication_of_everything"),
        ("ALTER PUBLICATION sales ADD TABLE shop.profile", "", "publication_not_declared"),
        ("CREATE ROLE spy LOGIN REPLICATION", "DROP ROLE spy", "reads_the_log"),
        ("ALTER ROLE main_app REPLICATION", "", "role_too_strong"),
        ("GRANT SELECT ON shop.profile TO main_follower", "", "privilege_not_declared"),
    ] {
        apply(&server, &build, ROW);
        assert_eq!(faults(&server, &build, ROW), "", "before {statement}");
        server.ask("main", statement);
        let seen = faults(&server, &build, ROW);
        assert!(seen.contains(wanted), "{statement}: {seen}");
        if !undo.is_empty() {
            server.ask("main", undo);
        }
    }
    // A publication of that name which someone else made is not taken over.
    apply(&server, &tree(16, ""), ROW);
    server.ask("main", "CREATE PUBLICATION sales FOR TABLE shop.genres");
    let said = server.run("postgres", &build.path(&format!("{ROW}/apply.sql")), &[]);
    assert!(!said.ok && said.err.contains("publication sales is there"), "{}", said.err);
}
