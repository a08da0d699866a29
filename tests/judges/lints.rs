//! Lints that others publish for PostgreSQL with row security, as queries of our own.
//!
//! in: the build of [`sql`](crate::sql), on real servers. out: what each lint finds.
//! promises: nothing is found in what is built; each lint finds what it is for, once someone has done it. The numbers are
//! those of Supabase's splinter (<https://supabase.github.io/splinter>), whose own file asks for roles that only Supabase has.

use crate::server::Server;
use crate::sql::{apply, workspace};

const FOLDER: &str = "sql/production/eu-west-1-row-1/main";

/// A number and a name, a query that finds it, a statement after which it must find something.
const LINTS: [(&str, &str, &str); 12] = [
    (
        "0001 foreign key without an index",
        "SELECT k.conname FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class u ON u.oid = k.confrelid
         WHERE k.contype = 'f' AND t.relnamespace = 'shop'::regnamespace
           AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = u.oid AND a.attname = 'tenant_id')
           AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)",
        "CREATE TABLE shop.x (tenant_id uuid, id uuid, o uuid, PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, o) REFERENCES shop.\"user\")",
    ),
    (
        "0003 policy asks for the tenant once a row",
        "SELECT polname FROM pg_policy WHERE pg_get_expr(polqual, polrelid) ~ '(current_setting|tenant_id)\\(' AND pg_get_expr(polqual, polrelid) !~* 'SELECT [a-z_.\"]*(current_setting|tenant_id)\\('",
        "CREATE POLICY x ON shop.\"user\" USING (tenant_id = shop.tenant_id())",
    ),
    (
        "0006 two permissive policies for one role and one command",
        "SELECT polrelid::regclass, role, cmd FROM pg_policy, unnest(polroles) AS role, unnest(CASE polcmd WHEN '*' THEN ARRAY['r', 'a', 'w', 'd'] ELSE ARRAY[polcmd::text] END) AS cmd
         WHERE polpermissive GROUP BY 1, 2, 3 HAVING count(*) > 1",
        "CREATE POLICY x ON shop.\"user\" FOR SELECT TO main_app USING (FALSE)",
    ),
    (
        "0007 policies without row security",
        "SELECT polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE NOT c.relrowsecurity",
        "ALTER TABLE shop.\"user\" DISABLE ROW LEVEL SECURITY",
    ),
    (
        "0008 row security without a policy",
        "SELECT relname FROM pg_class c WHERE relrowsecurity AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)",
        "CREATE TABLE shop.x (id int); ALTER TABLE shop.x ENABLE ROW LEVEL SECURITY",
    ),
    (
        "0009 two indexes alike",
        "SELECT array_agg(indexrelid::regclass) FROM pg_index WHERE indrelid::regclass::text LIKE 'shop.%' GROUP BY indrelid, indkey::text, indclass::text, indoption::text, pg_get_expr(indpred, indrelid), pg_get_expr(indexprs, indrelid) HAVING count(*) > 1",
        "CREATE INDEX x ON shop.\"user\" (tenant_id, \"Email\")",
    ),
    (
        "0010 view with its owner's rights",
        "SELECT relname FROM pg_class WHERE relkind = 'v' AND relnamespace = 'shop'::regnamespace AND NOT coalesce(reloptions::text, '') LIKE '%security_invoker=true%'",
        "CREATE VIEW shop.x AS SELECT * FROM shop.\"user\"",
    ),
    (
        "0011 function without a search_path",
        "SELECT proname FROM pg_proc WHERE pronamespace IN ('shop'::regnamespace, 'tenantc'::regnamespace) AND NOT coalesce(proconfig::text, '') LIKE '%search_path=%'",
        "CREATE FUNCTION shop.x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ),
    (
        "0013 table of tenants without row security",
        "SELECT relname FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'shop'::regnamespace AND NOT relrowsecurity AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND attname = 'tenant_id')",
        "CREATE TABLE shop.x (tenant_id uuid)",
    ),
    (
        "0014 extension in public",
        "SELECT extname FROM pg_extension WHERE extnamespace = 'public'::regnamespace",
        "CREATE EXTENSION hstore SCHEMA public",
    ),
    (
        "0016 materialised view that others read",
        "SELECT relname FROM pg_class c, aclexplode(c.relacl) x WHERE c.relkind = 'm' AND x.grantee <> c.relowner",
        "CREATE MATERIALIZED VIEW shop.x AS SELECT * FROM shop.\"user\"; GRANT SELECT ON shop.x TO main_app",
    ),
    (
        "0024 policy that lets all rows through",
        "SELECT polname FROM pg_policy WHERE polpermissive AND pg_get_expr(coalesce(polqual, polwithcheck), polrelid) = 'true' AND polroles <> ARRAY['main_maintenance'::regrole::oid]",
        "CREATE POLICY x ON shop.\"user\" USING (TRUE)",
    ),
];

fn finds(version: u32) {
    let Some(server) = Server::start(version, "") else { return };
    let tree = workspace(version, "", "", "").build(&["--target", "sql"]);
    apply(&server, &tree, FOLDER);
    for (name, query, statement) in LINTS {
        assert_eq!(server.rows("main", query), "", "{version}: {name}");
        let broken = server.rows("main", &format!("BEGIN; {statement}; {query}; ROLLBACK"));
        assert_ne!(broken, "", "{version}: {name}: nothing is found after `{statement}`");
    }
}

#[test]
fn version_14_has_nothing_for_lints() {
    finds(14);
}

#[test]
fn version_18_has_nothing_for_lints() {
    finds(18);
}
