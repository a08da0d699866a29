//! The chain of entries, and what tampering with it shows.
//!
//! in: a platform that records all changes, on a real server of every version. out: what `tenantc_audit_verify` and
//! `tenantc_audit_holds` say.
//! promises: an untouched chain is whole; each edit, insertion, removal, exchange and cut is seen; a chain that was
//! written anew from end to end is seen by an anchor that was kept elsewhere; no value of a row is in it.

use crate::server::Server;
use crate::sql::{apply, faults};
use crate::support::{Tree, Workspace, judge};

const FOLDER: &str = "sql/production/eu-west-1-row-1/main";

/// Two tenants that share tables; a person is in `users`, `payouts` are financial records.
pub fn workspace(version: u32) -> Workspace {
    Workspace::of(&format!(
        r#"
platform shop {{
  cloud = aws  regions = [eu-west-1]  environments = [production]
  audit {{ record = all }}
  privacy {{ consent = [newsletter, profiling] }}
}}

schema shop {{
  table users {{
    id: uuid primary
    email: text unique required personal
    country: text
    subject = id
  }}
  table letters {{
    id: uuid primary
    to: uuid required references users {{ on_delete = cascade }}
    body: text personal
    sent_at: timestamptz = now
    retention {{ keep = 30d  from = sent_at }}
  }}
  table customers {{
    id: uuid primary
    email: varchar(80) unique required personal
    phone: text personal
    subject = id
  }}
  table payouts {{
    id: uuid primary
    artist: uuid references customers
    account: text personal
    amount: bigint financial
  }}
}}

role app {{ grant read, write on all }}

database main: postgresql {{ version = "{version}"  schema = shop  memory = 1GiB  storage = 4TiB }}

tenant rowan: free {{ home = eu-west-1 }}
tenant rosa: free {{ home = eu-west-1 }}
tenant smilla: premium {{ home = eu-west-1 }}
"#
    ))
}

/// A server with the build, and rows of two tenants with the same keys.
pub fn filled(version: u32) -> Option<(Server, Tree)> {
    judge("share/pgtap.sql")?;
    let server = Server::start(version, "")?;
    let tree = workspace(version).build(&["--target", "sql"]);
    apply(&server, &tree, FOLDER);
    for tenant in ["rowan", "rosa"] {
        as_tenant(&server, tenant, "
            INSERT INTO users (id, email, country) VALUES ('00000000-0000-4000-8000-000000000001', 'ann@example.com', 'ie'), ('00000000-0000-4000-8000-000000000002', 'bob@example.com', 'fr');
            INSERT INTO letters (\"to\", body) VALUES ('00000000-0000-4000-8000-000000000001', 'dear Ann \\\\ \"quoted\"'), ('00000000-0000-4000-8000-000000000002', 'dear Bob');
            INSERT INTO letters (\"to\", body, sent_at) VALUES ('00000000-0000-4000-8000-000000000002', 'long ago', now() - interval '31 days');
            INSERT INTO customers (id, email, phone) VALUES ('00000000-0000-4000-8000-000000000003', 'cyd@example.com', '1');
            INSERT INTO payouts (artist, account, amount) VALUES ('00000000-0000-4000-8000-000000000003', 'IE00', 10);
            UPDATE users SET country = 'de' WHERE email = 'ann@example.com';");
    }
    Some((server, tree))
}

/// What statements say to the application with a tenant.
pub fn as_tenant(server: &Server, tenant: &str, statements: &str) -> String {
    let id = server.rows("main", &format!("SELECT tenant FROM tenantc.tenant WHERE id = '{tenant}'"));
    server.rows(
        "main",
        &format!(
            "SET SESSION AUTHORIZATION main_app; SET search_path = shop; SET \"app.tenant_id\" = '{}'; SET \"app.user\" = 'ann'; {statements}",
            id.trim()
        ),
    )
}

/// Each is done to Rowan's chain by someone who may do all.
const TAMPERING: [(&str, &str); 9] = [
    ("an entry is edited", "UPDATE tenantc_audit SET actor = 'eve' WHERE tenant = T AND seq = 2"),
    ("its time is edited", "UPDATE tenantc_audit SET at = at + interval '1 microsecond' WHERE tenant = T AND seq = 2"),
    (
        "its payload is edited",
        "UPDATE tenantc_audit SET payload = payload || '{\"x\": 1}' WHERE tenant = T AND seq = 3",
    ),
    ("an entry is taken out", "DELETE FROM tenantc_audit WHERE tenant = T AND seq = 2"),
    ("the first is taken out", "DELETE FROM tenantc_audit WHERE tenant = T AND seq = 1"),
    (
        "an entry is put in",
        "UPDATE tenantc_audit SET seq = seq + 100 WHERE tenant = T AND seq >= 3; UPDATE tenantc_audit SET seq = seq - 99 WHERE tenant = T AND seq >= 103; INSERT INTO tenantc_audit SELECT tenant, 3, at, actor, login, action, object, payload, algorithm, prev, hash FROM tenantc_audit WHERE tenant = T AND seq = 2",
    ),
    (
        "two entries change places",
        "UPDATE tenantc_audit SET seq = 1000 WHERE tenant = T AND seq = 2; UPDATE tenantc_audit SET seq = 2 WHERE tenant = T AND seq = 3; UPDATE tenantc_audit SET seq = 3 WHERE tenant = T AND seq = 1000",
    ),
    ("the tail is cut", "DELETE FROM tenantc_audit WHERE tenant = T AND seq > 3"),
    ("all is cut", "DELETE FROM tenantc_audit WHERE tenant = T"),
];

/// All entries after an edited one written anew, and the head too: the chain is whole again.
const REWRITTEN: &str = "
DO $$ DECLARE e record; before bytea := ''; next bytea; BEGIN
  UPDATE shop.tenantc_audit SET actor = 'eve' WHERE tenant = T AND seq = 2;
  FOR e IN SELECT * FROM shop.tenantc_audit WHERE tenant = T ORDER BY seq LOOP
    next := shop.tenantc_audit_hash(before, e.tenant, e.seq, e.at, e.actor, e.login, e.action, e.object, e.payload);
    UPDATE shop.tenantc_audit a SET prev = before, hash = next WHERE a.tenant = e.tenant AND a.seq = e.seq;
    before := next;
  END LOOP;
  UPDATE shop.tenantc_audit_head SET hash = before WHERE tenant = T;
END $$";

fn holds(version: u32) {
    let Some((server, tree)) = filled(version) else { return };
    let verify = "SELECT seq, fault FROM shop.tenantc_audit_verify()";
    assert_eq!(server.rows("main", verify), "", "{version}: an untouched chain");
    let id = format!("'{}'::uuid", server.rows("main", "SELECT tenant FROM tenantc.tenant WHERE id = 'rowan'").trim());
    let said = server.rows(
        "main",
        &format!(
            "SELECT action, object, actor, login, payload FROM shop.tenantc_audit WHERE tenant = {id} ORDER BY seq"
        ),
    );
    assert!(said.contains("UPDATE|users|ann|main_app|{\"key\": {\"id\": \"00000000-0000-4000-8000-000000000001\"}, \"columns\": [\"country\"]}"), "{said}");
    assert!(!said.contains("example.com") && !said.contains("dear"), "a value of a row is written down: {said}");

    for (what, statements) in TAMPERING {
        let statements = statements.replace("= T", &format!("= {id}"));
        let found =
            server.rows("main", &format!("BEGIN; SET LOCAL search_path = shop; {statements}; {verify}; ROLLBACK"));
        assert_ne!(found, "", "{version}: {what} is not seen");
    }
    // A cut stays a gap, also when the tenant writes on.
    as_tenant(&server, "rosa", "SELECT 1");
    let rosa = server.rows("main", "SELECT tenant FROM tenantc.tenant WHERE id = 'rosa'");
    server.rows("main", &format!("DELETE FROM shop.tenantc_audit WHERE tenant = '{}' AND seq > 3", rosa.trim()));
    for _ in 0..4 {
        as_tenant(&server, "rosa", "UPDATE users SET country = country || 'x'");
    }
    let cut = format!("SELECT DISTINCT tenant FROM shop.tenantc_audit_verify('{}')", rosa.trim());
    assert_eq!(server.rows("main", &cut), rosa, "{version}: a cut that was written over is not seen");
    server.rows("main", &format!("DELETE FROM shop.tenantc_audit WHERE tenant = '{0}'; DELETE FROM shop.tenantc_audit_head WHERE tenant = '{0}'", rosa.trim()));
    // Many entries of one transaction move the head once.
    as_tenant(&server, "rosa", "UPDATE users SET country = 'a'; UPDATE users SET country = 'b'");
    assert_eq!(server.rows("main", verify), "", "{version}: a transaction of several entries");
    let anchor = server.rows("main", &format!("SELECT seq, hash FROM shop.tenantc_audit_anchor() WHERE tenant = {id}"));
    let (seq, hash) = anchor.trim().split_once('|').unwrap();
    let kept = format!("SELECT shop.tenantc_audit_holds({id}, {seq}, '{hash}')");
    assert_eq!(server.rows("main", &kept), "t\n");
    as_tenant(&server, "rowan", "UPDATE users SET country = 'it'");
    assert_eq!(server.rows("main", &kept), "t\n", "{version}: an older anchor is part of a longer chain");
    let rewritten = REWRITTEN.replace("= T", &format!("= {id}"));
    let found = server.rows("main", &format!("BEGIN; {rewritten}; {verify}; {kept}; ROLLBACK"));
    assert_eq!(found, "f\n", "{version}: a chain written anew is whole, and the anchor is not in it");

    // Colder storage: only what is old enough, from the beginning; what is left still verifies.
    let early = server.run_text("main", "SELECT shop.tenantc_audit_prune(now())");
    assert!(!early.ok && early.err.contains("entries stay for"), "{early:?}");
    let pruned = server.rows(
        "main",
        &format!("BEGIN; SET LOCAL search_path = shop; {}; {}; SELECT count(*) FROM tenantc_audit_cold(now() - interval '92 days'); SELECT tenantc_audit_prune(now() - interval '92 days'); {verify}; ROLLBACK",
            "ALTER TABLE tenantc_audit DISABLE TRIGGER ALL", aged(&id)),
    );
    assert_eq!(pruned, "3\n3\n", "{version}: what is left of a pruned chain");
    assert_eq!(faults(&server, &tree, FOLDER), "", "{version}");
}

/// The first three of Rowan's entries made a hundred days old, honestly.
fn aged(id: &str) -> String {
    REWRITTEN
        .replace("= T", &format!("= {id}"))
        .replace("SET actor = 'eve'", "SET at = at - interval '100 days'")
        .replace("AND seq = 2", "AND seq <= 3")
}

#[test]
fn version_14_sees_tampering() {
    holds(14);
}

#[test]
fn version_15_sees_tampering() {
    holds(15);
}

#[test]
fn version_16_sees_tampering() {
    holds(16);
}

#[test]
fn version_17_sees_tampering() {
    holds(17);
}

#[test]
fn version_18_sees_tampering() {
    holds(18);
}
