//! Rows by attribute: what `where` in a grant lets a role see and write, on real servers of every version.
//!
//! in: a role whose rules ask columns, references two tables away, and what the session says of its user. out: rows.
//! promises: each rule holds for reading and for writing; who says nothing of its user sees nothing; and with a rule
//! taken out of the SQL the same questions are answered otherwise.

use crate::server::Server;
use crate::sql::apply;
use crate::support::{Tree, Workspace};

const FOLDER: &str = "sql/production/eu-west-1-row-1/main";

fn tree(version: u32) -> Tree {
    Workspace::of(&format!(
        r#"
platform market {{ cloud = aws  regions = [eu-west-1]  environments = [production] }}
schema shop {{
  shared table regions {{ id: int primary  law: text }}
  table users  {{ id: uuid primary  country: text  "region": int references regions  email: text }}
  table plays  {{ id: int primary  owner: uuid references users  open: bool  tags: text[]  score: int }}
  table notes  {{ id: int primary  play: int references plays  text: text }}
}}
role analyst {{
  grant read, write on plays where owner.country in user.countries and (open or score >= user.level) and not ("secret" in tags)
  grant read on notes where play.owner.country == "it's" and play.owner.region.law in ["eu", "uk"]
  grant read on users {{ mask = [email] }}
  grant read on regions
}}
database main: postgresql {{ version = "{version}"  schema = shop  memory = 1GiB }}
tenant rowan: free {{ home = eu-west-1 }}
tenant rufus: free {{ home = eu-west-1 }}
"#
    ).replace("\"region\"", "region"))
    .build(&["--target", "sql"])
}

/// Rows of two tenants; both have a user of each country.
fn fill(server: &Server) {
    server.ask(
        "main",
        "INSERT INTO shop.regions VALUES (1, 'eu'), (2, 'us');
         WITH u AS (INSERT INTO shop.users (tenant_id, id, country, region)
             SELECT t.tenant, gen_random_uuid(), c.country, c.region FROM tenantc.tenant t, (VALUES ('fr', 1), ('de', 1), ('it''s', 1), ('us', 2)) c (country, region) RETURNING *),
           p AS (INSERT INTO shop.plays (tenant_id, id, owner, open, tags, score)
             SELECT u.tenant_id, row_number() OVER (ORDER BY u.tenant_id, u.country, n), u.id, n = 1, CASE WHEN n = 3 THEN '{secret}' ELSE '{}' END::text[], n FROM u, generate_series(1, 3) n RETURNING *)
         INSERT INTO shop.notes (tenant_id, id, play, text) SELECT tenant_id, id, id, 'x' FROM p;",
    );
}

/// What the analyst of `rowan` is answered, after saying something of its user.
fn analyst(server: &Server, says: &[(&str, &str)], query: &str) -> String {
    let said: String = says
        .iter()
        .map(|(name, value)| format!("SELECT set_config('app.user_{name}', '{value}', TRUE);\n"))
        .collect::<Vec<_>>()
        .concat();
    server.ask(
        "main",
        &format!(
            "BEGIN;\nSELECT set_config('app.tenant_id', (SELECT tenant::text FROM tenantc.tenant WHERE id = 'rowan'), TRUE);\n{said}SET LOCAL ROLE main_role_analyst;\n{query};\nROLLBACK;"
        ),
    )
    .lines()
        .rev()
        .nth(1)
        .unwrap_or_default()
        .to_owned()
}

const COUNT: &str = "SELECT count(*) FROM shop.plays";

fn holds(version: u32) {
    let Some(server) = Server::start(version, "") else { return };
    let build = tree(version);
    apply(&server, &build, FOLDER);
    fill(&server);
    let ask = |says: &[(&str, &str)], query: &str| analyst(&server, says, query);
    assert_eq!(ask(&[], COUNT), "0", "{version}: who says nothing sees nothing");
    assert_eq!(ask(&[("countries", "")], COUNT), "0", "{version}: nor does an empty list");
    assert_eq!(ask(&[("countries", "fr")], COUNT), "1", "{version}: open rows of the country");
    assert_eq!(ask(&[("countries", "fr,de")], COUNT), "2", "{version}: of both");
    assert_eq!(
        ask(&[("countries", "fr"), ("level", "2")], COUNT),
        "2",
        "{version}: and those of the level, never secret ones"
    );
    assert_eq!(ask(&[("countries", "xx")], COUNT), "0", "{version}: not another country's");
    let both = [("countries", "it''s,fr"), ("level", "2")];
    assert_eq!(ask(&both, "SELECT count(*) FROM shop.notes"), "2", "{version}: two references away");
    let update = "WITH x AS (UPDATE shop.plays SET score = score RETURNING 1) SELECT count(*) FROM x";
    assert_eq!(ask(&[("countries", "fr")], update), "1", "{version}: writes what it sees");
    let steal = "DO $$ BEGIN UPDATE shop.plays SET tags = '{secret}'; RAISE 'written'; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$";
    assert_eq!(ask(&[("countries", "fr")], steal), "DO", "{version}: and nothing it would not see");
}

#[test]
fn rules_hold() {
    for version in 14..=18 {
        holds(version);
    }
}

/// The same questions with each half of the rule taken out of the SQL.
#[test]
fn rules_that_are_gone_are_seen() {
    let cases = [
        ("\"plays\".\"open\" OR", "TRUE OR", [("countries", "fr")].as_slice(), COUNT, "1"),
        (" AND NOT ('secret' = ANY", " AND ('' <> ALL", &[("countries", "fr"), ("level", "2")], COUNT, "2"),
        (
            "'it''s' AND",
            "'it''s' OR",
            &[("countries", "it''s,fr"), ("level", "2")],
            "SELECT count(*) FROM shop.notes",
            "2",
        ),
    ];
    for (from, to, says, query, right) in cases {
        let Some(server) = Server::start(16, "") else { return };
        let build = tree(16);
        let file = format!("{FOLDER}/030_row_level_security.sql");
        let text = build.read(&file).replace(from, to);
        assert_ne!(text, build.read(&file), "`{from}` is not in the SQL");
        std::fs::write(build.path(&file), text).unwrap();
        apply(&server, &build, FOLDER);
        fill(&server);
        assert_ne!(analyst(&server, says, query), right, "nobody saw that `{from}` became `{to}`");
    }
}
