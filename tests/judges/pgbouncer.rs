//! pgbouncer.ini, read by PgBouncer 1.18.
//!
//! in: a database with `pool { version = "1.18" }`. out: a query that went through the pool to a real server.
//! promises: a client's transaction gets a server connection of its own; an unknown key or value is refused. Made here,
//! because they belong to a machine: passwords, TLS files, and where the socket and the server are.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

use crate::server::{Place, Server};
use crate::support::{Said, Workspace, judge};

fn spec() -> Workspace {
    Workspace::of(
        "platform market { cloud = aws  regions = [eu-west-1]  environments = [production] }\n\
         schema shop { table items { id: uuid primary  title: text } }\n\
         database main: postgresql { version = \"16\"  schema = shop  memory = 1GiB  storage = 4TiB  pool { version = \"1.18\"  mode = transaction } }\n\
         tenant acme: free { home = eu-west-1 }\n",
    )
}

fn ini() -> String {
    let tree = spec().build(&["--target", "config"]);
    tree.read(&tree.ending("row-1/main/pgbouncer.ini")[0])
}

/// The file with this machine's own lines, beside its passwords.
fn placed(place: &Place, ini: &str) -> PathBuf {
    let (certificate, key) = place.certificate();
    place.put("userlist.txt", "\"main_app\" \"secret\"\n");
    let folder = place.path().display();
    let own = format!(
        "client_tls_cert_file = {}\nclient_tls_key_file = {}\nlisten_addr =\nunix_socket_dir = {folder}\nlogfile = {folder}/pgbouncer.log\n",
        certificate.display(),
        key.display()
    );
    let host = ini.split_once("main = host=").and_then(|(_, rest)| rest.split_once(' ')).unwrap().0;
    place.put("pgbouncer.ini", &format!("{}\n{own}", ini.replacen(host, &folder.to_string(), 1)))
}

/// A running pool; ended when it goes.
struct Pool(Child);

impl Drop for Pool {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn through(server: &Server, query: &str) -> Said {
    let mut psql = Command::new(judge("bin/psql").unwrap());
    psql.env("PGPASSWORD", "secret").args(["-X", "-At", "-h"]).arg(server.place.path());
    Said::of(psql.args(["-p", "6432", "-U", "main_app", "-d", "main", "-c", query]))
}

#[test]
fn a_query_goes_through_the_pool() {
    let Some(pgbouncer) = judge("bin/pgbouncer") else { return };
    let Some(server) = Server::start(16, "") else { return };
    server.ask("postgres", "CREATE ROLE main_app LOGIN");
    server.ask("postgres", "CREATE DATABASE main");
    let ini = placed(&server.place, &ini());
    let err = File::create(server.place.path().join("pgbouncer.err")).unwrap();
    let _pool = Pool(server.place.command(&pgbouncer).arg(&ini).stderr(err).spawn().unwrap());
    let socket = server.place.path().join(".s.PGSQL.6432");
    for _ in 0..200 {
        if socket.exists() {
            break;
        }
        sleep(Duration::from_millis(50));
    }
    let said = through(&server, "SELECT current_user, current_database(), current_setting('port')");
    let log = || fs::read_to_string(server.place.path().join("pgbouncer.err")).unwrap_or_default();
    assert_eq!(said.out, "main_app|main|5432\n", "{}{}", said.err, log());
    // The pool keeps the server connection that the client has left.
    let kept = server.ask("postgres", "SELECT count(*) FROM pg_stat_activity WHERE usename = 'main_app'");
    assert_eq!(kept, "1\n");
    let console = {
        let mut psql = Command::new(judge("bin/psql").unwrap());
        psql.env("PGPASSWORD", "secret").args(["-X", "-At", "-h"]).arg(server.place.path());
        Said::of(psql.args(["-p", "6432", "-U", "main_app", "-d", "pgbouncer", "-c", "SHOW CONFIG"]))
    };
    assert!(!console.ok, "the console is open: {}", console.out);
}

/// What clients of one server connection try, one after the other: the statements of the first, and what the next sees of
/// `items` without naming a tenant, or as another one.
const ONE_AFTER_THE_OTHER: [(&str, &str); 6] = [
    (
        "names its tenant in a transaction",
        "BEGIN; SELECT set_config('app.tenant_id', 'A', TRUE); SELECT count(*) FROM shop.items; COMMIT",
    ),
    ("breaks off", "BEGIN; SELECT set_config('app.tenant_id', 'A', TRUE); SELECT 1 / 0"),
    ("names its tenant for the session", "SET app.tenant_id = 'A'"),
    ("names it by a function, for the session", "SELECT set_config('app.tenant_id', 'A', FALSE)"),
    ("names it in a transaction that stays", "BEGIN; SET app.tenant_id = 'A'; COMMIT"),
    ("looks elsewhere", "SET search_path = pg_catalog"),
];

/// What the second client sees, for each of the first one's ways; nothing where all is well.
fn leaks(ini: &str) -> Option<Vec<&'static str>> {
    let pgbouncer = judge("bin/pgbouncer")?;
    let server = Server::start(16, "")?;
    let tree = spec().build(&["--target", "sql"]);
    crate::sql::apply(&server, &tree, "sql/production/eu-west-1-row-1/main");
    server.rows("main", "INSERT INTO shop.items (tenant_id, title) SELECT tenant, 'x' FROM tenantc.tenant");
    let tenant = server.rows("main", "SELECT tenant FROM tenantc.tenant WHERE id = 'acme'");
    // One server connection, so that the next client gets the one that was given back.
    let size = ini.lines().find(|line| line.starts_with("default_pool_size")).unwrap();
    let path = placed(&server.place, &ini.replace(size, "default_pool_size = 1"));
    let err = File::create(server.place.path().join("pgbouncer.err")).unwrap();
    let _pool = Pool(server.place.command(&pgbouncer).arg(&path).stderr(err).spawn().unwrap());
    let socket = server.place.path().join(".s.PGSQL.6432");
    for _ in 0..200 {
        if socket.exists() {
            break;
        }
        sleep(Duration::from_millis(50));
    }
    let mut seen = Vec::new();
    for (what, statements) in ONE_AFTER_THE_OTHER {
        through(&server, &statements.replace("'A'", &format!("'{}'", tenant.trim())));
        let next = through(&server, "SELECT count(*), current_setting('search_path') FROM shop.items");
        if next.out != "0|shop\n" {
            seen.push(what);
        }
    }
    // And it is no empty table that they look at.
    let own = through(
        &server,
        &format!(
            "BEGIN; SELECT set_config('app.tenant_id', '{}', TRUE); SELECT count(*) FROM shop.items; COMMIT",
            tenant.trim()
        ),
    );
    assert!(own.out.contains("\n1\n"), "{own:?}");
    Some(seen)
}

#[test]
fn no_tenant_stays_on_a_connection_of_the_pool() {
    let Some(seen) = leaks(&ini()) else { return };
    assert!(seen.is_empty(), "the next client is somebody: {seen:?}");
}

#[test]
fn a_pool_that_resets_nothing_is_seen() {
    let broken = ini().replace("server_reset_query_always = 1", "server_reset_query_always = 0");
    assert_ne!(broken, ini());
    let Some(seen) = leaks(&broken) else { return };
    assert!(seen.contains(&"names its tenant for the session"), "the attack does not bite: {seen:?}");
}

#[test]
fn broken_files_are_refused() {
    let Some(pgbouncer) = judge("bin/pgbouncer") else { return };
    let good = ini();
    for (from, to, words) in [
        ("max_client_conn = ", "max_clientconn = ", "unknown parameter: pgbouncer/max_clientconn"),
        ("pool_mode = transaction", "pool_mode = transactoin", "invalid value \"transactoin\""),
        ("default_pool_size = ", "default_pool_size = x", "invalid value \"x"),
    ] {
        assert!(good.contains(from), "{from}");
        let place = Place::new();
        let ini = placed(&place, &good.replacen(from, to, 1));
        let said = Said::of(place.command(&pgbouncer).arg(&ini));
        assert!(!said.ok && said.err.contains(words), "{to}: {said:?}");
    }
}
