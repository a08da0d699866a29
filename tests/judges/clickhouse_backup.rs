//! ClickHouse's backups and the way back, by the statements of the jobs, on the real engine.
//!
//! in: two tenants with a database each. out: one's database beside itself, with the rows that it had.
//! promises: nothing that is in use is changed. The engine writes to a folder here, not to an object store; statements for a
//! cluster are read, not run.

use std::fs;

use crate::clickhouse::{Store, VERSION, installed, statements};
use crate::support::{Tree, Workspace};

fn tree(facts: &str) -> Tree {
    Workspace::of(&format!(
        "platform market {{ cloud = kubernetes  regions = [hall]  environments = [production] }}\n\
         region hall {{ cloud = kubernetes  jurisdiction = eu  zones = 3 }}\n\
         database reports: clickhouse {{ version = \"{VERSION}\"  memory = 8GiB  isolation = database  {facts}\n\
         table plays {{ column country {{ type = word }} column seconds {{ type = integer }} order = [country] }}\n\
         rollup daily {{ table = plays  by = [country]  sum = [seconds] }}\n\
         backup {{ every = 6h  keep = 14d }} }}\n\
         tenant acme: standard {{ home = hall }}\n\
         tenant bolt: standard {{ home = hall }}\n"
    ))
    .build(&[])
}

/// The statements of a file, to and from a folder.
fn local(store: &Store, file: &str, database: &str, name: &str) -> Vec<String> {
    let all = statements(&store.folder.path().join("sql").join(file));
    let named =
        |one: String| one.replace("@DATABASE@", database).replace("@NAME@", name).replace("S3(backups, ", "File(");
    all.into_iter().map(named).collect()
}

#[test]
fn a_database_comes_back_beside_itself() {
    if installed().is_none() {
        return;
    }
    let store = Store::new(&tree("replicas = 0"));
    let folder = store.folder.path().join("saved");
    fs::create_dir(&folder).unwrap();
    let allowed = format!("<backups><allowed_path>{}/</allowed_path></backups></clickhouse>", folder.display());
    store.change("config.xml", "</clickhouse>", &allowed);
    store.as_user("admin");
    let ask = |all: &[&str]| store.fine(&all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
    store.fine(&store.sql());
    let rows = "(country, seconds) VALUES ('de', 20), ('fr', 40)";
    ask(&[&format!("INSERT INTO t_acme.plays {rows}"), &format!("INSERT INTO t_bolt.plays {rows}")]);
    store.fine(&local(&store, "backup.sql", "", "first"));

    ask(&["TRUNCATE TABLE t_acme.plays", "INSERT INTO t_acme.plays (country, seconds) VALUES ('it', 1)"]);
    ask(&["TRUNCATE TABLE t_bolt.plays"]);
    store.fine(&local(&store, "restore.sql", "t_acme", "first"));
    let said = ask(&[
        "SELECT country, seconds FROM t_acme_back.plays ORDER BY 1",
        "SELECT country, seconds FROM t_acme.plays",
        "SELECT count() FROM t_bolt.plays",
        "SELECT count() FROM system.databases WHERE name LIKE '%_back'",
        // What is written to the one that came back stays there.
        "INSERT INTO t_acme_back.plays (country, seconds) VALUES ('es', 5)",
        "SELECT sum(sum_of_seconds) FROM t_acme_back.daily",
        "SELECT sum(sum_of_seconds) FROM t_acme.daily",
    ]);
    let expected = ["de\t20\nfr\t40\n", "it\t1\n", "0\n", "1\n", "", "65\n", "61\n"];
    assert_eq!(said, expected);

    // What was never saved does not come back, and what is there is not written over.
    for (database, name) in [("t_acme", "second"), ("t_cove", "first"), ("t_acme", "first")] {
        let said = store.ask(VERSION, &local(&store, "restore.sql", database, name)).unwrap();
        assert!(said[0].is_err(), "{database} of {name}: {said:?}");
    }
}

#[test]
fn a_cluster_reads_its_statements() {
    if installed().is_none() {
        return;
    }
    let store = Store::new(&tree("replicas = 1  shards = 2"));
    store.as_user("admin");
    let quoted = |one: &str| format!("SELECT formatQuery('{}')", one.replace('\\', "\\\\").replace('\'', "\\'"));
    for file in ["backup.sql", "restore.sql"] {
        for statement in statements(&store.folder.path().join("sql").join(file)) {
            let said = store.fine(&[quoted(&statement)]);
            assert!(said[0].contains("ON CLUSTER everywhere"), "{}", said[0]);
            let broken = store.ask(VERSION, &[quoted(&statement.replace("DATABASE", "DATABASEE"))]).unwrap();
            assert!(broken[0].is_err(), "{broken:?}");
        }
    }
}
