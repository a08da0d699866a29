//! A schema that was somebody else's: a database, dumped by `pg_dump`, imported, built, applied.
//!
//! in: `desk.sql`, which uses of PostgreSQL what a dump can hold. out: catalogs of the database it was dumped from and of
//! the one that was built.
//! promises: types, columns, checks, views, functions, triggers and partitions are the same in both; nothing is left
//! open; every attack fails.

use std::process::Command;

use crate::server::Server;
use crate::sql::{apply, faults, servers};
use crate::support::{Said, Workspace, judge, repository};

const SPEC: &str = r#"
platform desk { cloud = aws  regions = [eu-west-1]  environments = [production] }

schema support {
  import "schema.sql"
  shared   = [languages]
  personal = [agents.email, agents.fullName]
  subject  = [agents.id]
}

role helper { grant read on agents { mask = [email] }  grant read, write on tickets }

database main: postgresql {
  version    = "VERSION"
  schema     = support
  memory     = 1GiB
  storage    = 4TiB
  extensions = [citext]
}

tenant rowan: free { home = eu-west-1 }
tenant rufus: free { home = eu-west-1  state = suspended }
tenant smilla: premium { home = eu-west-1 }
tenant dora: enterprise { home = eu-west-1 }
"#;

/// Everything of a schema but keys, which gain the tenant; names print without schemas.
const CONTENT: &str = "
SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
  CASE WHEN pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%' THEN 'd' ELSE a.attidentity END, a.attgenerated, CASE WHEN pg_get_expr(d.adbin, d.adrelid) NOT LIKE 'nextval(%' THEN pg_get_expr(d.adbin, d.adrelid) END
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'tenant_id' AND c.relname !~ '^tenantc_' ORDER BY 2, 3;
SELECT 'check', conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint
  WHERE connamespace = current_schema()::regnamespace AND contype = 'c' AND conname <> 'tenantc_own' ORDER BY 2, 3;
SELECT 'view', c.relname, pg_get_viewdef(c.oid), c.reloptions FROM pg_class c
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'v' AND c.relname <> 'agents_for_helper' ORDER BY 2;
SELECT 'function', p.proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.provolatile, p.proparallel, replace(p.prosrc, 'public.', ''), pg_get_function_sqlbody(p.oid)
  FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND p.proname !~ '^tenant' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') ORDER BY 2, 3;
SELECT 'trigger', pg_get_triggerdef(oid, TRUE) FROM pg_trigger WHERE NOT tgisinternal AND tgname !~ '^tenantc_' ORDER BY 2;
SELECT 'label', t.typname, e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid WHERE t.typnamespace = current_schema()::regnamespace ORDER BY 2, e.enumsortorder;
SELECT 'domain', t.typname, format_type(t.typbasetype, t.typtypmod), pg_get_constraintdef(k.oid) FROM pg_type t LEFT JOIN pg_constraint k ON k.contypid = t.oid
  WHERE t.typnamespace = current_schema()::regnamespace AND t.typtype = 'd' ORDER BY 2;
SELECT 'partition', relname, pg_get_expr(relpartbound, oid) FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY 2;
SELECT 'reference', conrelid::regclass, confrelid::regclass, confdeltype FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 2, 3;
";

/// A server of a version with the database as its makers wrote it.
fn source(version: u32) -> Option<Server> {
    let source = Server::start(version, "")?;
    source.ask("postgres", "CREATE DATABASE desk");
    let said = source.run("desk", &repository().join("tests/judges/desk.sql"), &[]);
    assert!(said.ok, "{}", said.err);
    Some(source)
}

fn dump(source: &Server) -> String {
    let mut dump = Command::new(judge("bin/pg_dump").unwrap());
    Said::of(dump.args(["--schema-only", "-U", "postgres", "-d", "desk", "-h"]).arg(source.place.path())).fine()
}

fn comes_over(version: u32) {
    if judge("share/pgtap.sql").is_none() || judge("bin/pg_dump").is_none() {
        return;
    }
    // pg_dump 15 reads servers up to its own version.
    let Some(dumped) = source(15).as_ref().map(dump) else { return };
    let workspace = Workspace::of(&SPEC.replace("VERSION", &version.to_string()));
    workspace.write("schema.sql", &dumped);
    let tree = workspace.build(&["--target", "sql"]);
    // Settings of a session hold for one `ask`.
    let Some(same_version) = source(version) else { return };
    let wanted = same_version.ask("desk", &format!("SET search_path = public; {CONTENT}"));
    assert!(wanted.lines().count() > 40, "{wanted}");
    for folder in servers(&tree) {
        let Some(server) = Server::start(version, "") else { return };
        apply(&server, &tree, &folder);
        apply(&server, &tree, &folder);
        assert_eq!(faults(&server, &tree, &folder), "", "{version}: {folder}");
        if folder.contains("-row-") {
            let found = server.ask("main", &format!("SET search_path = support, extensions; {CONTENT}"));
            crate::sql::same(&wanted, &found, &format!("{version}: {folder}"));
        }
    }
}

#[test]
fn a_dump_comes_over_to_15() {
    comes_over(15);
}

#[test]
fn a_dump_comes_over_to_16() {
    comes_over(16);
}

#[test]
fn a_dump_comes_over_to_17() {
    comes_over(17);
}

#[test]
fn a_dump_comes_over_to_18() {
    comes_over(18);
}
