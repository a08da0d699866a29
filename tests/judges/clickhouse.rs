//! ClickHouse's configuration, users, policies and tables, read by its own engine (chdb), which tenants then attack.
//!
//! in: a store with tables, two open tenants and a suspended one, built by the real command. out: the engine takes the
//! files, makes the tables, and refuses each tenant the other's rows.
//! promises: nothing listens. The embedded engine knows one user, `default`: a test makes it the user that it asks as, with
//! that user's own grants, policies, profile and quota, and takes password and addresses away.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::{Tree, Workspace, judge, repository};

pub const VERSION: &str = "25.8";

fn tree(version: &str, database: &str, isolation: &str) -> Tree {
    Workspace::of(&format!(
        "platform market {{ cloud = self_hosted  regions = [eu-west-1]  environments = [production] }}\n\
         database reports: clickhouse {{\n version = \"{version}\"  memory = 8GiB  isolation = {isolation}  {database}\n\
         table plays {{ column country {{ type = word }} column at {{ type = timestamp  codec = delta }} column seconds {{ type = integer }}\n\
         column note {{ type = text  nullable = true }} order = [country, at]  partition = at  ttl = 400d  ttl_from = at\n\
         skip words {{ column = note  kind = words }} }}\n\
         table countries {{ column code {{ type = word }} order = [code]  shared = true }}\n\
         rollup daily {{ table = plays  by = [country]  day = at  sum = [seconds] }} }}\n\
         tenant acme: standard {{ home = eu-west-1 }}\n\
         tenant bolt: standard {{ home = eu-west-1 }}\n\
         tenant cove: standard {{ home = eu-west-1  state = suspended }}\n"
    ))
    .build(&["--target", "config", "--target", "clickhouse"])
}

/// A copy of the generated folder, with what a package brings beside it.
pub struct Store {
    pub folder: TempDir,
    users: String,
}

/// What the engine answers: rows, or why not.
pub type Answer = Result<String, String>;

impl Store {
    pub fn new(tree: &Tree) -> Self {
        let folder = TempDir::new().unwrap();
        let from = tree.path(&tree.ending("/reports/secrets.json")[0]);
        let copied =
            Command::new("cp").arg("-r").arg(from.parent().unwrap().join(".")).arg(folder.path()).status().unwrap();
        assert!(copied.success());
        let path = folder.path().display().to_string();
        fs::write(
            folder.path().join("config.xml"),
            format!(
                "<clickhouse><path>{path}/data/</path><users_config>{path}/users.xml</users_config></clickhouse>\n"
            ),
        )
        .unwrap();
        fs::write(
            folder.path().join("users.xml"),
            "<clickhouse><profiles><default/></profiles><users><default><password></password></default></users><quotas><default/></quotas></clickhouse>\n",
        )
        .unwrap();
        let store = Self { users: fs::read_to_string(folder.path().join("users.d/users.xml")).unwrap(), folder };
        store.change("config.d/server.xml", "<path>users.xml</path>", &format!("<path>{path}/users.xml</path>"));
        store
    }

    pub fn change(&self, file: &str, from: &str, to: &str) {
        let path = self.folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no `{from}`");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// Makes a user of the file the one that asks.
    pub fn as_user(&self, user: &str) {
        let (head, users) = self.users.split_at(self.users.find("<users>").unwrap());
        let (open, close) = (format!("<{user}>"), format!("</{user}>"));
        let (before, rest) = users.split_once(&open).unwrap_or_else(|| panic!("no user {user}"));
        let (own, after) = rest.split_once(&close).unwrap();
        let own: Vec<&str> =
            own.lines().filter(|line| !line.contains("password") && !line.contains("<networks")).collect();
        let users = format!("{before}<default replace=\"1\"><password></password>{}</default>{after}", own.join("\n"));
        let text = format!("{head}{}", users.replace("<default remove=\"1\"/>", ""));
        fs::write(self.folder.path().join("users.d/users.xml"), text).unwrap();
    }

    pub fn ask(&self, version: &str, statements: &[String]) -> Result<Vec<Answer>, String> {
        let lines: Vec<String> = statements.iter().map(|one| serde_json::to_string(one).unwrap()).collect();
        let hash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
        let mut command = Command::new("python3");
        command.arg(repository().join("judges/clickhouse")).arg(version).arg(self.folder.path().join("config.xml"));
        for name in ["ADMIN", "LOADER", "CLUSTER", "T_ACME", "T_BOLT", "T_COVE"] {
            command.env(format!("CLICKHOUSE_{name}"), hash);
        }
        // Of the object store, where there is one.
        command.env("AWS_ACCESS_KEY_ID", "key").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let answers = String::from_utf8(output.stdout).unwrap();
        Ok(answers
            .lines()
            .map(|line| {
                let said: serde_json::Value = serde_json::from_str(line).unwrap();
                match said["rows"].as_str() {
                    Some(rows) => Ok(rows.to_owned()),
                    None => Err(said["refused"].as_str().unwrap().to_owned()),
                }
            })
            .collect())
    }

    pub fn fine(&self, statements: &[String]) -> Vec<String> {
        let answers = self.ask(VERSION, statements).unwrap_or_else(|why| panic!("{why}"));
        answers
            .into_iter()
            .zip(statements)
            .map(|(answer, asked)| answer.unwrap_or_else(|why| panic!("{asked}: {why}")))
            .collect()
    }

    /// The id of a tenant's rows, as its policies have it.
    fn id(&self, user: &str) -> String {
        let of_user = self.users.rsplit_once(&format!("<{user}>")).unwrap().1;
        of_user.split_once("toUUID('").unwrap().1.split_once('\'').unwrap().0.to_owned()
    }

    /// The statements of the generated SQL files.
    pub fn sql(&self) -> Vec<String> {
        ["sql/010_databases.sql", "sql/020_tables.sql", "sql/erase.sql"]
            .iter()
            .flat_map(|file| statements(&self.folder.path().join(file)))
            .collect()
    }
}

pub fn statements(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let code: Vec<&str> = text.lines().filter(|line| !line.starts_with("--")).collect();
    code.join("\n").split(';').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}

pub fn installed() -> Option<PathBuf> {
    judge(&format!("clickhouse/{VERSION}/chdb"))
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

/// A store with one row of acme's and two of bolt's.
fn filled() -> Store {
    let store = Store::new(&tree(VERSION, "replicas = 0", "row"));
    store.as_user("admin");
    // Twice: every statement may be run again.
    store.fine(&[store.sql(), store.sql()].concat());
    let row = |tenant: &str, country: &str| format!("('{tenant}', now64(3), '{country}', 'about {country}', 20)");
    let insert = format!(
        "INSERT INTO reports.plays (tenant_id, at, country, note, seconds) VALUES {}, {}, {}",
        row(&store.id("t_acme"), "de"),
        row(&store.id("t_bolt"), "fr"),
        row(&store.id("t_bolt"), "fr")
    );
    // The administrator, as sums are kept in the name of the user who made them, and here all are called alike.
    store.fine(&[insert]);
    store.as_user("loader");
    store.fine(&texts(&["INSERT INTO reports.countries VALUES ('de')"]));
    for answer in
        store.ask(VERSION, &texts(&["SELECT * FROM reports.countries", "SELECT country FROM reports.plays"])).unwrap()
    {
        assert!(answer.unwrap_err().contains("ACCESS_DENIED"));
    }
    store
}

#[test]
fn each_tenant_reads_its_own_rows() {
    if installed().is_none() {
        return;
    }
    let store = filled();
    for (tenant, other, rows, sum) in [("t_acme", "t_bolt", 1, 20), ("t_bolt", "t_acme", 2, 40)] {
        let (uuid, other) = (store.id(tenant), store.id(other));
        store.as_user(tenant);
        let asked = texts(&[
            "SELECT tenant_id, count() FROM reports.plays GROUP BY 1",
            "SELECT tenant_id, sum(sum_of_seconds) FROM reports.daily GROUP BY 1",
            "SELECT code FROM reports.countries",
            "SELECT count() FROM (SELECT tenant_id FROM reports.plays UNION ALL SELECT tenant_id FROM reports.plays)",
            "SELECT count() FROM reports.plays AS a LEFT JOIN reports.plays AS b ON 1 = 1",
            "WITH all AS (SELECT * FROM reports.plays) SELECT uniq(tenant_id) FROM all",
            "SELECT count() FROM merge('reports', '^plays$')",
            "SELECT min(tenant_id) = max(tenant_id) FROM reports.plays",
            "SELECT uniq(tenant_id) FROM reports.plays WHERE 1 OR tenant_id != tenant_id",
            "SELECT uniq(tenant_id) FROM reports.plays PREWHERE 1",
        ]);
        let all = store.fine(&asked);
        let wanted = [
            format!("{uuid}\t{rows}\n"),
            format!("{uuid}\t{sum}\n"),
            "de\n".to_owned(),
            format!("{}\n", rows * 2),
            format!("{}\n", rows * rows),
            "1\n".to_owned(),
            format!("{rows}\n"),
            "1\n".to_owned(),
            "1\n".to_owned(),
            "1\n".to_owned(),
        ];
        assert_eq!(all, wanted, "{tenant}");
        let foreign = store.fine(&texts(&[&format!(
            "SELECT count() FROM reports.plays WHERE tenant_id = '{other}' OR tenant_id != '{uuid}'"
        )]));
        assert_eq!(foreign, ["0\n"]);
    }
}

#[test]
fn what_a_tenant_may_not() {
    if installed().is_none() {
        return;
    }
    let store = filled();
    let never = texts(&[
        "INSERT INTO reports.plays (tenant_id) VALUES (generateUUIDv4())",
        "INSERT INTO reports.countries VALUES ('fr')",
        "ALTER TABLE reports.plays UPDATE note = 'x' WHERE 1",
        "ALTER TABLE reports.plays DELETE WHERE 1",
        "DELETE FROM reports.plays WHERE 1",
        "ALTER TABLE reports.plays ADD COLUMN x Int8",
        "ALTER TABLE reports.plays DROP PARTITION 202601",
        "TRUNCATE TABLE reports.plays",
        "DROP TABLE reports.plays",
        "RENAME TABLE reports.plays TO reports.gone",
        "DETACH TABLE reports.plays",
        "OPTIMIZE TABLE reports.plays",
        "SELECT * FROM reports.daily_feed",
        "CREATE TABLE reports.mine (a Int8) ENGINE = Memory",
        "CREATE VIEW reports.mine AS SELECT * FROM reports.plays",
        "CREATE DATABASE mine",
        "CREATE TEMPORARY TABLE mine (a Int8)",
        "CREATE USER mine",
        "CREATE ROW POLICY mine ON reports.plays USING 1 TO default",
        "GRANT SELECT ON *.* TO default",
        "SHOW CREATE USER loader",
        "SELECT * FROM system.row_policies",
        "SELECT * FROM system.users",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT * FROM remote('127.0.0.1', reports.plays)",
        "SELECT * FROM s3('http://127.0.0.1:1/bucket/x', 'CSV')",
        "SYSTEM STOP MERGES reports.plays",
        "SYSTEM DROP MARK CACHE",
        "SYSTEM FLUSH LOGS",
        "CREATE FUNCTION mine AS (x) -> x",
        "SET max_memory_usage = 1000000000000",
        "SET max_memory_usage_for_user = 0",
        "SELECT 1 SETTINGS max_execution_time = 0",
        "SELECT 1 SETTINGS max_threads = 64",
        "SET allow_ddl = 1",
    ]);
    for tenant in ["t_acme", "t_bolt"] {
        store.as_user(tenant);
        let answers = store.ask(VERSION, &never).unwrap();
        for (asked, answer) in never.iter().zip(&answers) {
            let said = answer.as_ref().err().unwrap_or_else(|| panic!("{tenant} may {asked}"));
            assert!(
                [
                    "ACCESS_DENIED",
                    "SETTING_CONSTRAINT_VIOLATION",
                    "Cannot execute query. DDL queries are prohibited",
                    "QUERY_IS_PROHIBITED"
                ]
                .iter()
                .any(|why| said.contains(why)),
                "{asked}: {said}"
            );
        }
    }
    // The administrator may what they may not, so that it was not the words.
    store.as_user("admin");
    store.fine(&texts(&[
        "ALTER TABLE reports.plays ADD COLUMN x Int8",
        "SELECT * FROM system.row_policies",
        "SELECT * FROM reports.daily_feed",
    ]));
}

/// Known gaps of row policies, which is why a tenant who writes SQL gets a database. When one closes, the engine's text changes.
#[test]
fn what_row_policies_do_not_hide() {
    if installed().is_none() {
        return;
    }
    let store = filled();
    store.as_user("t_acme");
    let asked = texts(&[
        "SELECT sum(seconds) FROM reports.plays WHERE throwIf(country = 'fr', 'seen') = 0",
        "SELECT uniq(tenant_id) FROM mergeTreeIndex('reports', 'plays')",
    ]);
    let answers = store.ask(VERSION, &asked).unwrap();
    assert!(answers[0].as_ref().unwrap_err().contains("seen"));
    assert_eq!(answers[1], Ok("2\n".to_owned()));
}

/// With a database of its own a tenant writes too, and finds no other's by any of these ways.
#[test]
fn a_database_of_ones_own() {
    if installed().is_none() {
        return;
    }
    let store = Store::new(&tree(VERSION, "replicas = 0", "database"));
    store.as_user("admin");
    store.fine(&store.sql());
    for (own, other) in [("t_acme", "t_bolt"), ("t_bolt", "t_acme")] {
        store.as_user(own);
        store.fine(&[
            format!("INSERT INTO {own}.plays (tenant_id, country) VALUES (generateUUIDv4(), '{own}')"),
            format!("SELECT * FROM {own}.plays"),
        ]);
        let never = [
            format!("SELECT * FROM {other}.plays"),
            format!("SELECT count() FROM {other}.daily"),
            format!("SELECT * FROM {other}.daily_feed"),
            format!("SELECT * FROM merge('{other}', '.*')"),
            format!("SELECT * FROM mergeTreeIndex('{other}', 'plays')"),
            format!("INSERT INTO {other}.plays (country) VALUES ('x')"),
            format!("INSERT INTO {own}.plays SELECT * FROM {other}.plays"),
            format!("SELECT * FROM {own}.plays WHERE country IN (SELECT country FROM {other}.plays)"),
            format!("SELECT * FROM {own}.plays AS a JOIN {other}.plays AS b ON 1 = 1"),
            format!("DESCRIBE TABLE {other}.plays"),
            format!("SHOW CREATE TABLE {other}.plays"),
            format!("EXISTS TABLE {other}.plays"),
            format!("SHOW TABLES FROM {other}"),
            format!("TRUNCATE TABLE {other}.plays"),
            format!("DROP DATABASE {other}"),
            format!("ALTER TABLE {own}.plays ATTACH PARTITION 202601 FROM {other}.plays"),
            format!("ALTER TABLE {own}.plays MOVE PARTITION 202601 TO TABLE {other}.plays"),
            format!("EXCHANGE TABLES {own}.plays AND {other}.plays"),
            format!("RENAME TABLE {other}.plays TO {own}.stolen"),
            format!("CREATE TABLE {own}.copy AS {other}.plays"),
            format!("CREATE VIEW {own}.peek AS SELECT * FROM {other}.plays"),
            "SELECT * FROM reports.plays".to_owned(),
        ];
        for (asked, answer) in never.iter().zip(store.ask(VERSION, &never).unwrap()) {
            match answer {
                // What may not be seen is not listed.
                Ok(rows) => assert!(asked.starts_with("SHOW TABLES") && rows.is_empty(), "{asked}: {rows}"),
                Err(said) => assert!(
                    said.contains("ACCESS_DENIED")
                        || said.contains("prohibited")
                        || said.contains("no tables satisfied"),
                    "{asked}: {said}"
                ),
            }
        }
    }
}

#[test]
fn the_engine_refuses_mistakes() {
    if installed().is_none() {
        return;
    }
    let tree = tree(VERSION, "replicas = 0", "row");
    for (file, from, to, message) in [
        ("users.d/users.xml", "<max_threads>", "<max_threadz>1</max_threadz><max_threads>", "max_threadz"),
        ("users.d/users.xml", "GRANT SELECT ON", "GRANT SELEC ON", "Failed to parse grant query"),
        ("users.d/users.xml", "<profile>t_acme</profile>", "<profile>nobody</profile>", "nobody"),
        ("users.d/users.xml", "<ip>10.0.0.0/16</ip>", "<ip>10.0.0.0/99</ip>", "Invalid prefix length"),
        ("users.d/settings.xml", "<max_execution_time>60", "<max_execution_time>soon", "soon"),
        ("config.d/settings.xml", "<max_server_memory_usage>", "<max_server_memory_usage>x", "max_server_memory_usage"),
        ("config.d/settings.xml", "</clickhouse>", "</clickhous>", "Exception"),
    ] {
        let store = Store::new(&tree);
        store.change(file, from, to);
        let said = store.ask(VERSION, &texts(&["SELECT 1"]));
        let said = said.err().unwrap_or_else(|| panic!("{file}: `{to}` was taken"));
        assert!(said.contains(message), "{file} {to}: {said}");
    }
    let broken = [
        "CREATE TABLE a (b DateTim) ENGINE = MergeTree ORDER BY b",
        "CREATE TABLE a (b Int8) ENGINE = MergeTree ORDER BY c",
    ];
    let store = Store::new(&tree);
    store.as_user("admin");
    for answer in store.ask(VERSION, &texts(&broken)).unwrap() {
        assert!(answer.is_err());
    }
}

/// Clusters can't run here; the engine reads their statements and takes their configuration.
#[test]
fn every_kind_of_store_is_read() {
    if installed().is_none() {
        return;
    }
    for (version, database, isolation) in [
        ("24.5", "workload = analytics", "row"),
        ("24.8", "shards = 3  replicas = 1  codec = zstd  workload = write_heavy", "row"),
        ("25.3", "workload = realtime", "database"),
        ("25.5", "replicas = 1  codec = none", "database"),
        ("25.8", "shards = 2  workload = read_heavy", "row"),
    ] {
        let store = Store::new(&tree(version, database, isolation));
        store.as_user("admin");
        let quoted = |one: &String| format!("SELECT formatQuery('{}')", one.replace('\\', "\\\\").replace('\'', "\\'"));
        let all: Vec<String> = store.sql().iter().map(quoted).collect();
        assert!(all.len() > 3);
        store.fine(&all);
    }
}

/// On ClickHouse Cloud users and policies are SQL. The embedded engine takes none, so its parser reads the statements, and what
/// they say is compared with the file that tenants attack in the tests above.
#[test]
fn users_of_the_cloud_are_those_of_the_file() {
    if installed().is_none() {
        return;
    }
    let facts = "table plays { column note { type = text }  order = [note] }  table genres { column code { type = word }  order = [code]  shared = true }";
    for isolation in ["row", "database"] {
        let spec = |cloud: &str, runs_on: &str| {
            Workspace::of(&format!(
                "platform market {{ cloud = {cloud}  regions = [eu-west-1]  environments = [production] }}\n\
                 database reports: clickhouse {{ version = \"25.8\"  memory = 8GiB  isolation = {isolation}  {runs_on}  {facts} }}\n\
                 tenant acme: standard {{ home = eu-west-1 }}\n\
                 tenant bolt: standard {{ home = eu-west-1 }}\n\
                 tenant cove: standard {{ home = eu-west-1  state = suspended }}\n"
            ))
            .build(&[])
        };
        let (own, cloud) = (
            spec("self_hosted", "replicas = 0  zones = 1"),
            spec("aws", "runs_on = clickhouse_cloud  replicas = 2  zones = 3"),
        );
        let users = cloud.path(&cloud.ending("/sql/030_users.sql")[0]);
        let folder = users.parent().unwrap().parent().unwrap();
        assert!(!folder.join("users.d").exists() && !folder.join("config.d").exists());
        let sql = statements(&users);
        let parsed: Vec<String> = sql.iter().map(|one| format!("SELECT formatQuery($sql${one}$sql$)")).collect();
        let store = Store::new(&own);
        store.as_user("admin");
        for (answer, asked) in store.ask(VERSION, &parsed).unwrap().into_iter().zip(&sql) {
            assert!(answer.is_ok(), "{asked}: {answer:?}");
        }
        let wrong = ["SELECT formatQuery($sql$CREATE ROW POLICY p ON a.b USNG 1 TO c$sql$)".to_owned()];
        assert!(store.ask(VERSION, &wrong).unwrap()[0].as_ref().is_err_and(|why| why.contains("Syntax error")));

        // Grants of each user, in both.
        let of_file = |user: &str| -> Vec<String> {
            let own = store.users.split_once("<users>").unwrap().1.split_once(&format!("<{user}>")).unwrap().1;
            let own = own.split_once(&format!("</{user}>")).unwrap().0;
            own.lines()
                .filter_map(|line| Some(line.trim().strip_prefix("<query>")?.strip_suffix("</query>")?.to_owned()))
                .collect()
        };
        for user in ["loader", "t_acme", "t_bolt"] {
            let to = format!(" TO `{user}`");
            let grants =
                sql.iter().filter(|one| one.starts_with("GRANT")).filter_map(|one| one.strip_suffix(to.as_str()));
            let grants: Vec<String> = grants.map(str::to_owned).collect();
            assert_eq!(grants, of_file(user), "{isolation}: {user}");
            assert!(!grants.is_empty());
            // Nobody is let in before everything of the old is taken away.
            let at =
                |start: &str| sql.iter().position(|one| one.starts_with(start)).unwrap_or_else(|| panic!("{start}"));
            assert!(at(&format!("REVOKE ALL ON *.* FROM `{user}`")) < at(&format!("ALTER USER `{user}`")));
        }
        assert!(sql.contains(&"DROP USER IF EXISTS `t_cove`".to_owned()));
        let policies: Vec<&String> = sql.iter().filter(|one| one.starts_with("CREATE ROW POLICY")).collect();
        if isolation == "row" {
            for user in ["t_acme", "t_bolt"] {
                let wanted = format!(
                    "CREATE ROW POLICY OR REPLACE `{user}` ON `reports`.`plays` USING tenant_id = toUUID('{}') TO `{user}`",
                    store.id(user)
                );
                assert!(policies.iter().any(|one| **one == wanted), "{wanted}: {policies:?}");
            }
            assert!(policies.iter().any(|one| one.ends_with("ON `reports`.`plays` USING 0 TO ALL")));
            assert!(!policies.iter().any(|one| one.contains("`genres`")), "{policies:?}");
        }
        let tables = statements(&cloud.path(&cloud.ending("/sql/020_tables.sql")[0]));
        assert!(tables.iter().all(|one| !one.contains("ON CLUSTER") && !one.contains("Distributed")), "{tables:?}");
    }
}
