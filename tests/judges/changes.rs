//! Changes of tables that have rows and are in use.
//!
//! in: two builds of [`sql`](crate::sql), the second applied over the first; squawk, which knows what keeps readers and writers
//! waiting. out: the statements that the server ran.
//! promises: none of them waits long or destroys; what would is refused, or printed for somebody to read.

use std::collections::BTreeSet;
use std::process::Command;

use crate::server::Server;
use crate::sql::{apply, faults, workspace};
use crate::support::{Said, judge};

/// A change of a table that has rows: no statement of it keeps readers and writers waiting, and what would destroy is
/// printed, not done.
#[test]
fn a_table_with_rows_changes_while_it_is_used() {
    for version in [14, 18] {
        let Some(server) = Server::start(version, "log_statement = ddl") else { return };
        let folder = "sql/production/eu-west-1-row-1/main";
        let old = workspace(
            version,
            "old: text",
            "table gone { id: uuid primary }",
            "tenant rene: free { home = eu-west-1 }",
        )
        .build(&["--target", "sql"]);
        apply(&server, &old, folder);
        server.ask("main", "INSERT INTO shop.\"user\" (tenant_id, \"Email\") SELECT tenant, 'x' || n FROM tenantc.tenant, generate_series(1, 100) n");
        server.ask(
            "main",
            "INSERT INTO shop.\"Order\" (tenant_id, \"user\", note) SELECT tenant_id, id, \"Email\" FROM shop.\"user\"",
        );
        server.ask("main", "INSERT INTO shop.gone (tenant_id) SELECT tenant FROM tenantc.tenant");
        let known = columns(&server);
        let before = Log::of(&server);
        let new = workspace(
            version,
            "seen: timestamptz\n    again: uuid references Order { on_delete = cascade }\n    code: text unique\n    index by_seen { keys = [seen] }",
            "",
            "",
        )
        .build(&["--target", "sql"]);
        apply(&server, &new, folder);
        let ran = before.since(&server);
        let on_orders =
            |words: &str| ran.iter().filter(|one| one.contains("\"Order\"") && one.contains(words)).collect::<Vec<_>>();
        assert!(!on_orders("INDEX CONCURRENTLY").is_empty(), "{version}: no index was made concurrently");
        for line in on_orders("CREATE INDEX").into_iter().chain(on_orders("CREATE UNIQUE INDEX")) {
            assert!(line.contains("CONCURRENTLY"), "{version}: writers wait for {line}");
        }
        for line in on_orders("FOREIGN KEY") {
            assert!(line.contains("NOT VALID"), "{version}: writers wait for {line}");
        }
        assert!(
            on_orders("ADD CONSTRAINT \"Order_code_key\" UNIQUE (").is_empty(),
            "{version}: readers wait for a unique key"
        );
        if let Some(found) = squawk(version, &ran, &known) {
            assert_eq!(found, Vec::<String>::new(), "{version}: squawk");
            let waits = "CREATE INDEX x ON \"shop\".\"user\" (id)".to_owned();
            let found = squawk(version, &[waits], &known);
            assert_eq!(found, Some(vec!["require-concurrent-index-creation".to_owned()]), "{version}: squawk");
        }
        assert_eq!(server.ask("main", "SELECT conname FROM pg_constraint WHERE NOT convalidated"), "", "{version}");
        assert_eq!(server.ask("main", "SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0\n", "{version}");
        assert_eq!(faults(&server, &new, folder), "", "{version}");

        // A column that rows would wait for, or could not have, is refused; the first comes when one says so.
        for (column, words) in
            [("token: uuid = uuid", "has another value in each"), ("must: text required", "has no default")]
        {
            let slow = workspace(version, &format!("seen: timestamptz\n    code: text unique\n    {column}"), "", "");
            let slow = slow.build(&["--target", "sql"]);
            let file = slow.path(&format!("{folder}/apply.sql"));
            let said = server.run("postgres", &file, &[]);
            assert!(!said.ok && said.err.contains(words), "{version}: {column}: {}", said.err);
            let (before, known) = (Log::of(&server), columns(&server));
            let said = server.run("postgres", &file, &[("slow_columns", std::path::Path::new("1"))]);
            assert_eq!(said.ok, column.starts_with("token"), "{version}: {column}: {}", said.err);
            if said.ok
                && let Some(found) = squawk(version, &before.since(&server), &known)
            {
                assert!(found.contains(&"adding-field-with-default".to_owned()), "{version}: squawk: {found:?}");
            }
        }
        apply(&server, &new, folder);

        // What is no longer in the build is still there, and printed when it is asked for.
        assert_eq!(server.ask("main", "SELECT count(*) FROM shop.gone"), "3\n", "{version}");
        let removed = server.run("main", &new.path(&format!("{folder}/removed.sql")), &[]);
        assert!(removed.ok, "{}", removed.err);
        for wanted in [
            "DROP TABLE shop.gone;",
            "ALTER TABLE shop.\"Order\" DROP COLUMN old;",
            "DELETE FROM shop.\"user\"",
            "-- tenant rene",
        ] {
            assert!(removed.out.contains(wanted), "{version}: `{wanted}` is not in\n{}", removed.out);
        }
        assert!(!removed.out.contains("-- tenant rowan") && !removed.out.contains("tenantc_audit"), "{}", removed.out);
        let drop = server.place.put("drop.sql", &removed.out);
        let said = server.run("main", &drop, &[]);
        assert!(said.ok, "{}{}", said.err, removed.out);
        let again = server.run("main", &new.path(&format!("{folder}/removed.sql")), &[]);
        assert!(!again.out.contains("DROP"), "{}", again.out);
        assert_eq!(server.ask("main", "SELECT count(*) FROM shop.\"user\" u JOIN tenantc.tenant t ON t.tenant = u.tenant_id WHERE t.id = 'rene'"), "0\n");
        apply(&server, &new, folder);
        assert_eq!(faults(&server, &new, folder), "", "{version}");
    }
}

/// Columns of the tables that are there, each with its table, as statements quote them.
fn columns(server: &Server) -> BTreeSet<String> {
    let all = "SELECT quote_ident(c.relname) || ' ' || quote_ident(a.attname) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped";
    server.ask("main", all).lines().map(str::to_owned).collect()
}

/// Rules of squawk that are not asked, each with why.
const NOT_ASKED: [&str; 6] = [
    // The width of a column is the spec's word, not the change's.
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    // BEGIN and SET are not in a log of definitions; a second apply after one that was cut short is a test of its own.
    "prefer-robust-stmts",
    "require-lock-timeout",
    // What CONCURRENTLY and VALIDATE do takes as long as the table is large; nobody waits for it.
    "require-statement-timeout",
    // The text of a table is the spec's.
    "prefer-text-field",
];

/// What squawk finds in statements that a server ran: the names of rules. A column that was there before is not added by
/// `ADD COLUMN IF NOT EXISTS`, so its line is left out.
fn squawk(version: u32, ran: &[String], known: &BTreeSet<String>) -> Option<Vec<String>> {
    let squawk = judge("bin/squawk")?;
    let kept: Vec<String> = ran
        .iter()
        .map(|statement| {
            let table = statement.strip_prefix("ALTER TABLE \"shop\".").and_then(|rest| rest.split_whitespace().next());
            let there = |line: &&str| {
                let column =
                    line.trim().strip_prefix("ADD COLUMN IF NOT EXISTS ").and_then(|rest| rest.split(' ').next());
                column.is_some_and(|column| known.contains(&format!("{} {column}", table.unwrap_or_default())))
            };
            let lines: Vec<&str> = statement.lines().filter(|line| !there(line)).collect();
            // A statement that is left with nothing to do.
            let idle = lines.len() == 1 && statement.lines().count() > 1;
            if idle { String::new() } else { lines.join("\n").trim_end_matches([';', ',']).to_owned() + ";\n" }
        })
        .collect();
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("ran.sql");
    std::fs::write(&file, kept.concat()).unwrap();
    let mut command = Command::new(squawk);
    command.args(["--reporter", "json", "--pg-version", &format!("{version}.0")]);
    command.args(NOT_ASKED.map(|rule| format!("--exclude={rule}"))).arg(&file);
    let said = Said::of(&mut command);
    let found: serde_json::Value =
        serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{}{}", said.out, said.err));
    let rules = found.as_array().unwrap().iter().map(|one| one["rule_name"].as_str().unwrap().to_owned());
    Some(rules.collect())
}

/// How far a server's log of statements went.
struct Log(usize);

impl Log {
    fn read(server: &Server) -> String {
        std::fs::read_to_string(server.place.path().join("log")).unwrap()
    }

    fn of(server: &Server) -> Self {
        Self(Self::read(server).len())
    }

    /// Statements that were run since; a line that goes on begins with a tab.
    fn since(&self, server: &Server) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        let mut inside = false;
        for line in Self::read(server)[self.0..].lines() {
            if let Some((_, statement)) = line.split_once("LOG:  statement: ") {
                out.push(statement.to_owned());
                inside = true;
            } else if let (Some(more), true, Some(last)) = (line.strip_prefix('\t'), inside, out.last_mut()) {
                last.push('\n');
                last.push_str(more);
            } else {
                inside = false;
            }
        }
        out
    }
}
