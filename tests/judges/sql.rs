//! Roles, tables and policies, applied to real servers of every version.
//!
//! in: a platform with tenants of all isolations, names that need quotes, tenants that are closed. out: catalogs.
//! promises: a second apply changes nothing; nothing is left open (`check.sql`); every attack fails
//! (`tests/isolation.sql`); a changed spec, applied over the old one, ends where a fresh apply does.

use crate::readers::quoted;
use crate::server::Server;
use crate::support::{HOSTILE, Said, Tree, Workspace, judge};

/// Every kind of key, column and reference; `more` goes into the schema, `orders` into its main table.
pub fn workspace(version: u32, orders: &str, more: &str, tenants: &str) -> Workspace {
    let base = quoted(HOSTILE[0].0);
    Workspace::of(&format!(
        r#"
platform market {{ cloud = aws  regions = [eu-west-1]  environments = [production] }}

schema shop {{
  ## '; DROP TABLE x; -- ${{path.root}} {{{{ .Values }}}} \! :name
  shared table genres {{ id: int primary  name: text unique }}

  table user {{
    id: uuid primary
    Email: text unique personal
    select: text
    subject = id
  }}

  table profile {{
    user: uuid primary references user {{ on_delete = cascade }}
    born: date
  }}

  table Order {{
    id: uuid primary
    user: uuid required references user {{ on_delete = cascade }}
    genre: int references genres
    parent: uuid references Order
    total-net: numeric(12, 2) = 0
    placed_at: timestamptz = now
    note: text = "it's"
    tags: text[]
    card: bytea pan
    index by_user {{ keys = [user, -placed_at] }}
    index one_note {{ keys = [note]  unique = true }}
    index by_tags {{ keys = [tags]  method = gin }}
    {orders}
  }}
  {more}
}}

role app     {{ grant read, write on all }}
role support {{ grant read on user {{ mask = [Email] }}  grant read on genres }}
role clerk   {{ grant read, write on Order where user.select in user.areas and total-net < 100  grant read on user {{ mask = [Email] }} }}

database main: postgresql {{
  version    = "{version}"
  schema     = shop
  memory     = 1GiB
  storage    = 4TiB
  extensions = [pg_stat_statements, pgcrypto]
}}

tenant rowan: free {{ name = {base}  home = eu-west-1 }}
tenant rufus: free {{ name = {long}  home = eu-west-1  state = suspended }}
tenant smilla: premium {{ quota {{ work_mem = 8MiB }}  name = "😀"  home = eu-west-1 }}
tenant sven: premium {{ name = "no"  home = eu-west-1  state = suspended }}
tenant dora: enterprise {{ name = {base}  home = eu-west-1 }}
tenant denis: enterprise {{ home = eu-west-1  state = offboarding  since = 2026-10-01 }}
tenant claus: enterprise {{ name = "~"  home = eu-west-1  database main {{ isolation = cluster }} }}
{tenants}
"#,
        long = quoted(HOSTILE[7].0)
    ))
}

/// Folders of the servers of a tree.
pub fn servers(tree: &Tree) -> Vec<String> {
    tree.ending("/apply.sql").iter().map(|path| path.trim_end_matches("/apply.sql").to_owned()).collect()
}

/// Databases of a build on a server.
pub fn databases(server: &Server) -> Vec<String> {
    server
        .ask("postgres", "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1")
        .lines()
        .map(str::to_owned)
        .collect()
}

pub fn apply(server: &Server, tree: &Tree, folder: &str) {
    let said = server.run("postgres", &tree.path(&format!("{folder}/apply.sql")), &[]);
    assert!(said.ok && said.err.is_empty(), "{folder}: {}{}", said.out, said.err);
}

/// What `tests/isolation.sql` says in each database.
pub fn attacked(server: &Server, tree: &Tree, folder: &str) -> Vec<(String, Said)> {
    let pgtap = judge("share/pgtap.sql").unwrap();
    let attack = |database: String| {
        let said = server.run(&database, &tree.path(&format!("{folder}/tests/isolation.sql")), &[("pgtap", &pgtap)]);
        (database, said)
    };
    databases(server).into_iter().map(attack).collect()
}

/// What is left open, and which attacks went through; nothing where all is well.
pub fn faults(server: &Server, tree: &Tree, folder: &str) -> String {
    let check = server.run("postgres", &tree.path(&format!("{folder}/check.sql")), &[]);
    let mut faults = format!("{}{}", check.out, check.err);
    for (database, said) in attacked(server, tree, folder) {
        let passed = said.out.lines().filter(|line| line.starts_with("ok ")).count();
        let other = said.out.lines().filter(|line| !line.starts_with("ok ")).collect::<Vec<_>>().join("\n");
        if !said.ok || other != format!("1..{passed}") || passed < 10 {
            faults.push_str(&format!("{database}: {other}{}\n", said.err));
        }
    }
    faults
}

/// All that an apply can change, as text; `exact` adds what a needless change would show in.
pub fn catalogs(server: &Server, exact: bool) -> String {
    let mut all = server.ask("postgres", CLUSTER);
    if exact {
        all.push_str(&server.ask("postgres", "SELECT 'xmin', rolname, xmin FROM pg_authid ORDER BY rolname"));
    }
    for database in databases(server) {
        all.push_str(&format!("== {database}\n{}", server.ask(&database, DATABASE)));
        if exact {
            all.push_str(&server.ask(&database, "SELECT 'publication', oid, xmin FROM pg_publication UNION ALL SELECT 'policy', oid, xmin FROM pg_policy UNION ALL SELECT 'constraint', oid, xmin FROM pg_constraint ORDER BY 1, 2"));
        }
    }
    all
}

const CLUSTER: &str = "
SELECT 'role', rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit,
  shobj_description(oid, 'pg_authid'), (SELECT array_agg(s ORDER BY s) FROM pg_db_role_setting d, unnest(d.setconfig) s WHERE d.setrole = r.oid)::text
  FROM pg_roles r WHERE rolname !~ '^pg_' ORDER BY rolname;
SELECT 'member', roleid::regrole::text, member::regrole::text, admin_option FROM pg_auth_members WHERE roleid >= 16384 OR member >= 16384 ORDER BY 2, 3;
SELECT 'database', d.datname, d.datdba::regrole, x.grantee::regrole, x.privilege_type FROM pg_database d, aclexplode(d.datacl) x ORDER BY 2, x.grantee::regrole::text, 5;
";

const DATABASE: &str = "
SELECT 'schema', nspname, nspowner::regrole, (SELECT array_agg(x.grantee::regrole || ' ' || x.privilege_type ORDER BY 1) FROM aclexplode(nspacl) x)::text
  FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast)' ORDER BY nspname;
SELECT 'relation', c.oid::regclass::text, c.relkind, c.relowner::regrole, c.relrowsecurity, c.relforcerowsecurity,
  (SELECT array_agg(x.grantee::regrole || ' ' || x.privilege_type ORDER BY 1) FROM aclexplode(c.relacl) x)::text
  FROM pg_class c WHERE c.oid >= 16384 AND c.relnamespace::regnamespace::text !~ '^pg_' ORDER BY 2;
SELECT 'column', a.attrelid::regclass::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, pg_get_expr(d.adbin, d.adrelid),
  (SELECT array_agg(x.grantee::regrole || ' ' || x.privilege_type ORDER BY 1) FROM aclexplode(a.attacl) x)::text
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.oid >= 16384 AND c.relkind IN ('r', 'v') AND c.relnamespace::regnamespace::text !~ '^pg_' ORDER BY 2, 3;
SELECT 'constraint', conrelid::regclass::text, conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE oid >= 16384 ORDER BY 2, 3;
SELECT 'index', indrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid FROM pg_index WHERE indexrelid >= 16384 AND indrelid::regclass::text !~ '^pg_' ORDER BY 2, 3;
SELECT 'policy', polrelid::regclass::text, polname, polcmd, polpermissive, (SELECT array_agg(r::regrole::text ORDER BY r::regrole::text) FROM unnest(polroles) r WHERE r <> 0)::text,
  pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid), obj_description(oid, 'pg_policy') IS NOT NULL FROM pg_policy ORDER BY 2, 3;
SELECT 'function', p.oid::regprocedure::text, p.proowner::regrole, p.prosecdef, p.proconfig::text, pg_get_functiondef(p.oid),
  (SELECT array_agg(x.grantee::regrole || ' ' || x.privilege_type ORDER BY 1) FROM aclexplode(p.proacl) x)::text
  FROM pg_proc p WHERE p.proname = 'tenant_id' ORDER BY 2;
SELECT 'default', defaclrole::regrole::text, defaclnamespace, defaclobjtype, defaclacl FROM pg_default_acl ORDER BY 2, 4;
SELECT 'publication', p.pubname, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot, (SELECT array_agg(r.prrelid::regclass::text ORDER BY r.prrelid::regclass::text) FROM pg_publication_rel r WHERE r.prpubid = p.oid)::text
  FROM pg_publication p ORDER BY 2;
SELECT 'extension', extname, extnamespace::regnamespace FROM pg_extension ORDER BY 2;
SELECT query_to_xml(CASE WHEN to_regclass('tenantc.tenant') IS NULL THEN 'SELECT 1' ELSE 'SELECT * FROM tenantc.tenant ORDER BY tenant' END, TRUE, TRUE, '');
";

fn holds(version: u32) {
    if judge("share/pgtap.sql").is_none() {
        return;
    }
    let old = workspace(version, "", "", "").build(&["--target", "sql"]);
    let new = workspace(
        version,
        "seen: timestamptz\n    index by_seen { keys = [seen] }",
        "table note { id: uuid primary  of: uuid references Order { on_delete = cascade }  partition { hash = 4 } }",
        "tenant rosa: free { home = eu-west-1 }\ntenant susi: premium { home = eu-west-1 }\ntenant doris: enterprise { home = eu-west-1 }\n",
    );
    new.change("quota { work_mem = 8MiB }  name = \"😀\"", "state = suspended");
    let new = new.build(&["--target", "sql"]);
    for folder in servers(&old) {
        let Some(server) = Server::start(version, "") else { return };
        apply(&server, &old, &folder);
        let first = catalogs(&server, true);
        apply(&server, &old, &folder);
        same(&first, &catalogs(&server, true), &format!("{version}: {folder}: a second apply"));
        assert_eq!(faults(&server, &old, &folder), "", "{version}: {folder}");
        if folder.contains("-schema-") {
            let own =
                "SELECT setconfig::text ~ 'work_mem=8192' FROM pg_db_role_setting WHERE setrole = 't_smilla'::regrole";
            assert_eq!(server.ask("postgres", own), "t\n");
            // A schema that is current is passed over; one that was not finished is not.
            server.ask("main", "COMMENT ON SCHEMA t_smilla IS NULL; DROP POLICY tenantc_guard ON t_smilla.\"user\"; DROP POLICY tenantc_guard ON t_sven.\"user\"");
            apply(&server, &old, &folder);
            assert_eq!(server.ask("main", "SELECT polrelid::regclass FROM pg_policy WHERE polname = 'tenantc_guard' AND polrelid::regclass::text LIKE '%.\"user\"'"), "t_smilla.\"user\"\n");
            let anew = server.place.put(
                "anew.sql",
                &format!("\\set anew 1\n\\i {}\n", old.path(&format!("{folder}/apply.sql")).display()),
            );
            let said = server.run("postgres", &anew, &[]);
            assert!(said.ok, "{}", said.err);
            assert_eq!(faults(&server, &old, &folder), "", "{version}: {folder}: made anew");
        }

        apply(&server, &new, &folder);
        assert_eq!(faults(&server, &new, &folder), "", "{version}: {folder}: over the old one");
        let Some(fresh) = Server::start(version, "") else { return };
        apply(&fresh, &new, &folder);
        same(&catalogs(&fresh, false), &catalogs(&server, false), &format!("{version}: {folder}: over the old one"));
    }
}

pub fn same(wanted: &str, found: &str, what: &str) {
    assert!(
        wanted == found,
        "{what}:\n{}",
        similar::TextDiff::from_lines(wanted, found).unified_diff().context_radius(0)
    );
}

#[test]
fn version_14_holds_tenants_apart() {
    holds(14);
}

#[test]
fn version_15_holds_tenants_apart() {
    holds(15);
}

#[test]
fn version_16_holds_tenants_apart() {
    holds(16);
}

#[test]
fn version_17_holds_tenants_apart() {
    holds(17);
}

#[test]
fn version_18_holds_tenants_apart() {
    holds(18);
}
