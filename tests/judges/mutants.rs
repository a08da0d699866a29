//! Is the judge of isolation any good? Each mutant is one edit of the SQL that opens something.
//!
//! in: the tree of [`sql`](crate::sql), broken in one place, applied to version 16. out: who saw it.
//! promises: the true build's `check.sql` tells, or its `tests/isolation.sql` fails, for every one; and so for what
//! people do by hand.

use std::collections::BTreeSet;

use crate::server::Server;
use crate::sql::{apply, attacked, databases, faults, workspace};
use crate::support::{Tree, judge};

/// Which server, which file, what, and what instead.
type Mutant = (&'static str, &'static str, &'static str, &'static str, &'static str);

const ROW: &str = "sql/production/eu-west-1-row-1/main";
const SCHEMA: &str = "sql/production/eu-west-1-schema-1/main";
const DATABASE: &str = "sql/production/eu-west-1-database-1/main";
const RLS: &str = "030_row_level_security.sql";
const GUARD: &str = " OR (SELECT pg_catalog.pg_has_role('main_maintenance', 'USAGE')))\n  WITH CHECK";

const MUTANTS: [Mutant; 36] = [
    (
        "row security is not forced",
        ROW,
        RLS,
        "ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        "ENABLE ROW LEVEL SECURITY",
    ),
    ("row security is not enabled", ROW, RLS, "ENABLE ROW LEVEL SECURITY, FORCE", "FORCE"),
    ("the guard is permissive", ROW, RLS, "AS RESTRICTIVE", "AS PERMISSIVE"),
    ("the guard lets all rows through", ROW, RLS, GUARD, " OR TRUE)\n  WITH CHECK"),
    (
        "a tenant sees all rows",
        ROW,
        RLS,
        "USING (tenant_id = (SELECT :\"schema\".tenant_id()))\n  WITH",
        "USING (TRUE)\n  WITH",
    ),
    (
        "a tenant writes any row",
        ROW,
        RLS,
        "WITH CHECK (tenant_id = (SELECT :\"schema\".tenant_id()));",
        "WITH CHECK (TRUE);",
    ),
    (
        "a group reads all tenants",
        ROW,
        RLS,
        "TO main_role_app\n  USING (tenant_id = (SELECT :\"schema\".tenant_id()))",
        "TO main_role_app\n  USING (TRUE)",
    ),
    (
        "everyone is asked once a row",
        ROW,
        RLS,
        "tenant_id = (SELECT :\"schema\".tenant_id())",
        "tenant_id = :\"schema\".tenant_id()",
    ),
    ("a unique key spans tenants", ROW, "020_tables.sql", "UNIQUE (tenant_id, \"Email\")", "UNIQUE (\"Email\")"),
    (
        "an index is not led by the tenant",
        ROW,
        "020_tables.sql",
        "USING btree (tenant_id, \"user\", placed_at",
        "USING btree (\"user\", placed_at",
    ),
    (
        "tenants may truncate",
        ROW,
        "040_grants.sql",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON :\"schema\".\"user\"",
        "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON :\"schema\".\"user\"",
    ),
    (
        "tenants may refer",
        ROW,
        "040_grants.sql",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON :\"schema\".\"user\"",
        "GRANT SELECT, INSERT, UPDATE, DELETE, REFERENCES ON :\"schema\".\"user\"",
    ),
    (
        "tenants write what all share",
        ROW,
        "040_grants.sql",
        "GRANT SELECT ON :\"schema\".genres",
        "GRANT SELECT, INSERT, DELETE ON :\"schema\".genres",
    ),
    (
        "a masked column is open",
        ROW,
        "040_grants.sql",
        "GRANT SELECT (tenant_id, id, \"select\")",
        "GRANT SELECT (tenant_id, id, \"Email\", \"select\")",
    ),
    (
        "the function is everyone's",
        ROW,
        "040_grants.sql",
        "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA :\"schema\" FROM PUBLIC",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA :\"schema\" TO PUBLIC",
    ),
    (
        "the list of tenants is readable",
        ROW,
        "010_schemas.sql",
        "REVOKE ALL ON TABLE tenantc.tenant FROM PUBLIC",
        "GRANT SELECT ON TABLE tenantc.tenant TO PUBLIC; GRANT USAGE ON SCHEMA tenantc TO PUBLIC",
    ),
    ("a closed tenant is let in", ROW, "010_schemas.sql", "WHERE t.open AND", "WHERE"),
    (
        "no list is asked",
        ROW,
        "010_schemas.sql",
        "RETURN (SELECT t.tenant FROM tenantc.tenant t WHERE t.open AND t.tenant = nullif(pg_catalog.current_setting('app.tenant_id', TRUE), '')::uuid);",
        "RETURN nullif(pg_catalog.current_setting('app.tenant_id', TRUE), '')::uuid;",
    ),
    (
        "the function follows the caller's search path",
        ROW,
        "010_schemas.sql",
        "SECURITY DEFINER SET search_path = ''",
        "SECURITY DEFINER",
    ),
    (
        "the application passes row security",
        ROW,
        "000_roles.sql",
        "set_config('tenantc.dump', 'main_dump'",
        "set_config('tenantc.dump', 'main_app'",
    ),
    (
        "tenants publish",
        ROW,
        "010_schemas.sql",
        "GRANT CONNECT ON DATABASE :\"database\" TO :\"app\"",
        "GRANT CONNECT, CREATE ON DATABASE :\"database\" TO :\"app\"",
    ),
    (
        "the application reads the log",
        ROW,
        "000_roles.sql",
        "$tenantc$;\n",
        "$tenantc$;\nALTER ROLE main_app REPLICATION;\n",
    ),
    ("a suspended tenant is open", ROW, "tenants.sql", "'suspended', TRUE", "'suspended', FALSE"),
    (
        "everyone comes to the database",
        SCHEMA,
        "010_schemas.sql",
        "REVOKE ALL ON DATABASE :\"database\" FROM PUBLIC",
        "GRANT CONNECT ON DATABASE :\"database\" TO PUBLIC",
    ),
    ("a suspended tenant logs in", SCHEMA, "tenants.sql", "NOT t.closed, t.connections", "TRUE, t.connections"),
    (
        "rows of others fit into a tenant's own table",
        DATABASE,
        "020_tables.sql",
        "CHECK (tenant_id = :'tenant'::uuid)",
        "CHECK (TRUE)",
    ),
    (
        "a masked view shows the column",
        ROW,
        "025_views.sql",
        "WITH (security_invoker = true)",
        "WITH (security_invoker = false)",
    ),
    (
        "entries are readable",
        ROW,
        "050_audit.sql",
        "GRANT SELECT ON TABLE :\"schema\".tenantc_audit, :\"schema\".tenantc_audit_head TO main_dump",
        "GRANT SELECT ON TABLE :\"schema\".tenantc_audit, :\"schema\".tenantc_audit_head TO main_dump, main_app",
    ),
    (
        "entries of another tenant can be written",
        ROW,
        "050_audit.sql",
        "IF tenantc_audit_adds($1) IS NOT TRUE THEN",
        "IF FALSE THEN",
    ),
    (
        "the log of another tenant is read",
        ROW,
        "050_audit.sql",
        "WHERE e.tenant = tenantc_audit_reads() AND e.at >= $1",
        "WHERE e.at >= $1",
    ),
    (
        "changes are not written down",
        ROW,
        "050_audit.sql",
        "AFTER INSERT OR UPDATE OR DELETE ON :\"schema\".\"user\"",
        "AFTER INSERT ON :\"schema\".\"user\"",
    ),
    (
        "the application prunes",
        ROW,
        "050_audit.sql",
        ".tenantc_audit_prune(timestamptz) TO main_maintenance",
        ".tenantc_audit_prune(timestamptz) TO main_maintenance, main_app",
    ),
    (
        "a sealed column takes anything",
        ROW,
        "020_tables.sql",
        "CHECK (substring(\"card\" FROM 1 FOR 1) = decode('c3', 'hex'))",
        "CHECK (TRUE)",
    ),
    ("any key seals", SCHEMA, "015_types.sql", "IF key IS NULL OR length(key) < 32 THEN", "IF FALSE THEN"),
    (
        "a partition is left without its guard",
        ROW,
        "030_row_level_security.sql",
        "ALTER TABLE :\"schema\".visits_2026 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;",
        "",
    ),
    (
        "a partition is granted",
        ROW,
        "040_grants.sql",
        "SET LOCAL ROLE NONE;",
        "GRANT SELECT ON :\"schema\".visits_2026 TO main_app;\nSET LOCAL ROLE NONE;",
    ),
];

/// What someone does on the server of the row tenants.
const BY_HAND: [(&str, &str); 10] = [
    (
        "a table without row security",
        "CREATE TABLE shop.extra (tenant_id uuid); ALTER TABLE shop.extra OWNER TO main_owner; GRANT SELECT ON shop.extra TO main_app",
    ),
    (
        "a table that is enabled only",
        "CREATE TABLE shop.extra (tenant_id uuid); ALTER TABLE shop.extra ENABLE ROW LEVEL SECURITY; ALTER TABLE shop.extra OWNER TO main_owner; GRANT SELECT ON shop.extra TO main_app",
    ),
    (
        "a view past row security",
        "CREATE VIEW shop.all_users AS SELECT * FROM shop.\"user\"; GRANT SELECT ON shop.all_users TO main_app",
    ),
    (
        "a materialized view",
        "CREATE MATERIALIZED VIEW shop.all_users AS SELECT * FROM shop.\"user\"; GRANT SELECT ON shop.all_users TO main_app",
    ),
    (
        "a definer's function",
        "CREATE FUNCTION shop.all_users() RETURNS SETOF shop.\"user\" LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM shop.\"user\"'; GRANT EXECUTE ON FUNCTION shop.all_users() TO main_app",
    ),
    ("a policy", "CREATE POLICY help ON shop.\"user\" TO main_app USING (TRUE)"),
    ("a weaker guard", "ALTER POLICY tenantc_guard ON shop.\"user\" USING (TRUE)"),
    ("FORCE taken away", "ALTER TABLE shop.\"user\" NO FORCE ROW LEVEL SECURITY"),
    (
        "a role past row security",
        "CREATE ROLE helper LOGIN BYPASSRLS; GRANT USAGE ON SCHEMA shop TO helper; GRANT SELECT ON shop.\"user\" TO helper",
    ),
    (
        "a grant to a stranger",
        "CREATE ROLE helper LOGIN; GRANT main_maintenance TO helper; GRANT main_maintenance TO main_app",
    ),
];

fn tree() -> Tree {
    let workspace = workspace(16, "", "import \"visits.sql\"", "");
    workspace.change("environments = [production] }", "environments = [production]  audit { record = all } }");
    workspace.write(
        "visits.sql",
        "CREATE TABLE visits (id uuid NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
         CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
    );
    workspace.build(&["--target", "sql"])
}

/// An empty server again, without the wait for a new one.
fn clear(server: &Server) {
    for database in databases(server) {
        server.ask("postgres", &format!("DROP DATABASE \"{database}\" WITH (FORCE)"));
    }
    let roles = server.ask("postgres", "SELECT format('DROP ROLE %I;', rolname) FROM pg_roles WHERE oid >= 16384");
    server.ask("postgres", &roles);
}

#[test]
fn every_mutant_of_the_sql_is_seen() {
    if judge("share/pgtap.sql").is_none() {
        return;
    }
    let Some(server) = Server::start(16, "") else { return };
    let build = tree();
    let mut unseen = Vec::new();
    for (what, folder, file, from, to) in MUTANTS {
        let path = format!("{folder}/{file}");
        let good = build.read(&path);
        build.change(&path, from, to);
        let said = server.run("postgres", &build.path(&format!("{folder}/apply.sql")), &[]);
        std::fs::write(build.path(&path), good).unwrap();
        assert!(said.ok, "{what}: the mutant can't be applied: {}", said.err);
        if faults(&server, &build, folder).is_empty() {
            unseen.push(what);
        }
        clear(&server);
    }
    assert!(unseen.is_empty(), "{unseen:#?}");
    apply(&server, &build, ROW);
    assert_eq!(faults(&server, &build, ROW), "", "the true build, after all mutants");
}

#[test]
fn what_is_opened_by_hand_is_seen() {
    if judge("share/pgtap.sql").is_none() {
        return;
    }
    let Some(server) = Server::start(16, "") else { return };
    let build = tree();
    let mut unseen = Vec::new();
    for (what, statement) in BY_HAND {
        apply(&server, &build, ROW);
        assert_eq!(faults(&server, &build, ROW), "", "before {what}");
        server.ask("main", statement);
        if faults(&server, &build, ROW).is_empty() {
            unseen.push(what);
        }
        clear(&server);
    }
    assert!(unseen.is_empty(), "{unseen:#?}");
}

/// The floor of the server's own faults, asked of a server that is above it, and as if it were below.
#[test]
fn a_server_with_known_leaks_is_seen() {
    if judge("share/pgtap.sql").is_none() {
        return;
    }
    let Some(server) = Server::start(16, "") else { return };
    let build = tree();
    apply(&server, &build, ROW);
    assert_eq!(faults(&server, &build, ROW), "");
    build.change(&format!("{ROW}/assertions.sql"), "::integer < 160010", "::integer < 990000");
    assert!(faults(&server, &build, ROW).contains("server_too_old"));
}

/// What makes attacks of each kind go through, or what a tenant may do fail: a server, a database, a statement.
const OPENED: [(&str, &str, &str); 21] = [
    (ROW, "main", "ALTER ROLE main_app SUPERUSER"),
    (ROW, "main", "ALTER ROLE main_reader SUPERUSER"),
    (ROW, "main", "ALTER ROLE main_dump SUPERUSER"),
    (ROW, "main", "ALTER ROLE main_maintenance SUPERUSER"),
    (ROW, "main", "ALTER ROLE main_tenants SUPERUSER"),
    (ROW, "main", "ALTER ROLE main_role_support SUPERUSER"),
    (ROW, "main", "ALTER ROLE main_role_clerk SUPERUSER"),
    (ROW, "main", "GRANT main_owner TO main_app; GRANT CREATE ON SCHEMA shop, public TO main_app"),
    (
        ROW,
        "main",
        "ALTER TABLE shop.\"user\" DISABLE ROW LEVEL SECURITY; ALTER TABLE shop.\"Order\" DISABLE ROW LEVEL SECURITY",
    ),
    (ROW, "main", "ALTER TABLE shop.\"user\" DROP CONSTRAINT \"user_pkey\" CASCADE, ADD UNIQUE (id)"),
    (
        ROW,
        "main",
        "REVOKE ALL ON ALL TABLES IN SCHEMA shop FROM main_app, main_maintenance, main_dump, main_reader, main_role_support, main_role_clerk, main_role_app",
    ),
    (ROW, "main", "ALTER FUNCTION shop.tenantc_unseal(bytea) RENAME TO unseal"),
    (ROW, "main", "ALTER FUNCTION shop.tenantc_seal(text) RENAME TO seal"),
    (SCHEMA, "main", "ALTER ROLE t_smilla SUPERUSER"),
    (
        SCHEMA,
        "main",
        "ALTER ROLE t_smilla SUPERUSER; ALTER TABLE t_smilla.\"user\" DROP CONSTRAINT tenantc_own; DROP TRIGGER tenantc_audit ON t_smilla.\"user\"",
    ),
    (SCHEMA, "main", "ALTER ROLE t_sven SUPERUSER"),
    (
        SCHEMA,
        "main",
        "REVOKE ALL ON ALL TABLES IN SCHEMA t_smilla, shop FROM t_smilla, main_tenants, main_maintenance, main_dump",
    ),
    (
        SCHEMA,
        "main",
        "ALTER TABLE t_smilla.\"user\" DROP CONSTRAINT tenantc_own, DISABLE ROW LEVEL SECURITY; ALTER TABLE t_sven.\"user\" DROP CONSTRAINT tenantc_own, DISABLE ROW LEVEL SECURITY",
    ),
    (
        SCHEMA,
        "main",
        "GRANT USAGE ON SCHEMA t_smilla, tenantc TO t_sven; GRANT ALL ON ALL TABLES IN SCHEMA t_smilla TO t_sven",
    ),
    (DATABASE, "t_dora", "ALTER ROLE t_dora SUPERUSER"),
    (DATABASE, "postgres", "GRANT CONNECT ON DATABASE t_denis TO t_dora"),
];

/// What the attacks stand on: where it is not so, the file ends in an error.
const GROUND: [&str; 2] = ["this database is one of the build's", "two tenants have rows with the same keys"];

/// What an attack is about, whoever it is tried by and whatever it is tried on.
fn kind(said: &str) -> String {
    let said = said.split_once(": ").filter(|(on, _)| !on.contains(' ')).map_or(said, |(_, rest)| rest);
    let word = |word: &str| match word {
        role if role.starts_with("main_") || role.starts_with("t_") => "ROLE".to_owned(),
        name if name.contains('"') || name.ends_with("_fkey") => "NAME".to_owned(),
        other => other.to_owned(),
    };
    said.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// No attack is there for show: each kind of them is seen to fail on some broken build, and passes on the true one.
#[test]
fn every_kind_of_attack_bites() {
    if judge("share/pgtap.sql").is_none() {
        return;
    }
    let Some(server) = Server::start(16, "") else { return };
    let build = tree();
    let (mut tried, mut bitten) = (BTreeSet::new(), BTreeSet::new());
    let mut attack = |folder: &str| {
        for (_, said) in attacked(&server, &build, folder) {
            for line in said.out.lines() {
                let Some((outcome, rest)) = line.split_once("ok ") else { continue };
                let Some((_, what)) = rest.split_once(" - ") else { continue };
                if outcome == "not " {
                    bitten.insert(kind(what))
                } else {
                    tried.insert(kind(what))
                };
            }
        }
        clear(&server);
    };
    for folder in [ROW, SCHEMA, DATABASE] {
        apply(&server, &build, folder);
        attack(folder);
    }
    for (folder, file, from, to) in MUTANTS.map(|(_, folder, file, from, to)| (folder, file, from, to)) {
        let path = format!("{folder}/{file}");
        let good = build.read(&path);
        build.change(&path, from, to);
        server.run("postgres", &build.path(&format!("{folder}/apply.sql")), &[]);
        std::fs::write(build.path(&path), good).unwrap();
        attack(folder);
    }
    for (folder, database, statement) in OPENED {
        apply(&server, &build, folder);
        server.ask(database, statement);
        attack(folder);
    }
    let toothless = tried.difference(&bitten).filter(|kind| !GROUND.contains(&kind.as_str()));
    let toothless: Vec<&String> = toothless.collect();
    assert_eq!(toothless, Vec::<&String>::new(), "of {} kinds", tried.len());
}
