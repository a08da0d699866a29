//! What isolation costs on a real server: the policy, the audit, and applying the SQL of many tenants.
//!
//! `cargo bench --bench isolation -- [--rows 1000000] [--schemas 1000] [--tenants 100000]`; needs `judges/install`.
//! `docs/benchmarks.md` says what was measured.

#![allow(clippy::print_stdout, reason = "a table for people")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    dead_code,
    reason = "a program around the tests' servers"
)]

#[path = "../tests/judges/server.rs"]
mod server;
#[path = "../tests/judges/support.rs"]
mod support;

use std::time::Instant;

use server::Server;
use support::Workspace;

const SCHEMA: &str = r#"
schema shop {
  table users { id: uuid primary  email: text unique required personal  subject = id }
  table orders {
    id: uuid primary
    user: uuid required references users { on_delete = cascade }
    placed_at: timestamptz = now
    total: bigint
    note: text
    index by_time { keys = [-placed_at] }
  }
}
role app { grant read, write on all }
database main: postgresql { version = "16"  schema = shop  memory = 4GiB  storage = 64TiB }
"#;

fn main() {
    let number = |name: &str, default: usize| {
        let all: Vec<String> = std::env::args().collect();
        let at = all.iter().position(|argument| argument == name);
        at.and_then(|at| all.get(at + 1)).and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let (rows, schemas, tenants) =
        (number("--rows", 1_000_000), number("--schemas", 1_000), number("--tenants", 100_000));
    if rows > 0 {
        policy(rows);
    }
    if tenants > 0 {
        many("row", tenants);
    }
    if schemas > 0 {
        many("schema", schemas);
    }
}

fn spec(audit: &str, tenants: &str) -> Workspace {
    Workspace::of(&format!(
        "platform shop {{ cloud = aws  regions = [eu-west-1]  environments = [production]  cell {{ capacity = 100000  schemas = 100 }}  audit {{ record = {audit} }} }}\n{SCHEMA}\n{tenants}\n"
    ))
}

fn started() -> Server {
    Server::start(16, "shared_buffers = 1GB\nmax_locks_per_transaction = 1024\njit = off\nautovacuum = off").unwrap()
}

/// Milliseconds of a statement, the middle of eleven runs, as the server measures them; and its plan's index.
fn measured(server: &Server, before: &str, query: &str) -> (f64, String) {
    let mut times = Vec::new();
    let mut index = String::new();
    for _ in 0..11 {
        // The third of a session: what a session learns once is not the query's.
        let explain = format!("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {query}");
        let all = server.rows("main", &format!("{before}; {explain}; {explain}; {explain}"));
        let said = all.rsplit("\n[\n").next().unwrap();
        let json: serde_json::Value = serde_json::from_str(&format!("[{said}")).unwrap();
        times.push(json[0]["Planning Time"].as_f64().unwrap() + json[0]["Execution Time"].as_f64().unwrap());
        index = said
            .lines()
            .find_map(|line| line.split_once("\"Index Name\": \""))
            .map_or(String::new(), |(_, rest)| rest.trim_end_matches("\",").to_owned());
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], index)
}

/// Queries of one tenant of a hundred: through the policy, and by someone whom it does not hold but who asks the same.
fn policy(rows: usize) {
    let mut rates = Vec::new();
    for audit in ["none", "all"] {
        let server = started();
        let build = spec(audit, "tenant acme: free { home = eu-west-1 }").build(&["--target", "sql"]);
        let folder = "sql/production/eu-west-1-row-1/main";
        assert!(server.run("postgres", &build.path(&format!("{folder}/apply.sql")), &[]).ok);
        let acme = server.rows("main", "SELECT tenant FROM tenantc.tenant").trim().to_owned();
        let added = "INSERT INTO shop.users (id, email) VALUES ('00000000-0000-4000-8000-000000000001', 'a')";
        let as_app = format!("SET SESSION AUTHORIZATION main_app; SET \"app.tenant_id\" = '{acme}'");
        server.rows("main", &format!("{as_app}; {added}"));
        let start = Instant::now();
        server.rows("main", &format!("{as_app}; DO $$ BEGIN FOR n IN 1..20000 LOOP INSERT INTO shop.orders (\"user\", total) VALUES ('00000000-0000-4000-8000-000000000001', n); END LOOP; END $$"));
        rates.push(20_000.0 / start.elapsed().as_secs_f64());
        if audit == "all" {
            continue;
        }
        server.rows("main", "DELETE FROM shop.orders");
        let each = rows / 100;
        let fill = format!(
            "INSERT INTO tenantc.tenant SELECT gen_random_uuid(), 't' || n, TRUE FROM generate_series(1, 99) n;
             INSERT INTO shop.users (tenant_id, id, email) SELECT tenant, '00000000-0000-4000-8000-000000000002', 'b' FROM tenantc.tenant;
             INSERT INTO shop.orders (tenant_id, id, \"user\", placed_at, total, note)
               SELECT t.tenant, gen_random_uuid(), '00000000-0000-4000-8000-000000000002', now() - n * interval '1 minute', n, 'note'
               FROM generate_series(1, {each}) n, tenantc.tenant t"
        );
        server.rows("main", &fill);
        server.rows("main", "VACUUM ANALYZE shop.orders");
        let id = server.rows("main", &format!("SELECT id FROM shop.orders WHERE tenant_id = '{acme}' LIMIT 1"));
        println!("{rows} rows of 100 tenants; milliseconds, planning and execution, the middle of eleven");
        for (what, query) in [
            ("one row by its key", format!("SELECT * FROM shop.orders WHERE id = '{}'", id.trim())),
            ("the latest 50", "SELECT * FROM shop.orders ORDER BY placed_at DESC LIMIT 50".to_owned()),
            ("a sum over all of the tenant's", "SELECT sum(total) FROM shop.orders".to_owned()),
        ] {
            let plain = if query.contains("WHERE") {
                format!("{query} AND tenant_id = '{acme}'")
            } else {
                query.replace("shop.orders", &format!("shop.orders WHERE tenant_id = '{acme}'"))
            };
            let (with, index) = measured(&server, &as_app, &query);
            let (without, plain_index) = measured(&server, "SELECT 1", &plain);
            println!(
                "  {what}: {with:.3} with the policy ({index}), {without:.3} without ({plain_index}), {:+.1} %",
                (with / without - 1.0) * 100.0
            );
        }
    }
    println!(
        "inserts a second, one session: {:.0} plain, {:.0} audited, ratio {:.2}",
        rates[0],
        rates[1],
        rates[0] / rates[1]
    );
}

/// Seconds of a first apply, and of a second one that finds nothing to do.
fn many(isolation: &str, tenants: usize) {
    let workspace = spec(
        "none",
        &format!("tier t: free {{ isolation = {isolation} }}\ntenants from \"t.csv\": t {{ home = eu-west-1 }}"),
    );
    let ids: String = (1..=tenants).map(|n| format!("t{n}")).collect::<Vec<_>>().join("\n");
    workspace.write("t.csv", &format!("id\n{ids}\n"));
    let build = workspace.build(&["--target", "sql"]);
    let cells = build.ending("/apply.sql");
    let mut seconds = [0.0, 0.0];
    for cell in &cells {
        let server = started();
        for second in &mut seconds {
            let start = Instant::now();
            let said = server.run("postgres", &build.path(cell), &[]);
            assert!(said.ok, "{}", said.err);
            *second += start.elapsed().as_secs_f64();
        }
    }
    println!(
        "{tenants} {isolation} tenants in {} cells: first apply {:.0} s, second {:.1} s",
        cells.len(),
        seconds[0],
        seconds[1]
    );
}
