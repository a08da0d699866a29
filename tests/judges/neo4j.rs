//! neo4j.conf by Neo4j's own reader, of each version; a tenant's server of its own; Enterprise's scripts by its parser.
//!
//! Enterprise is published nowhere: its settings stay unjudged but by the manual, and its statements are parsed by the
//! Community server, which then says that it does not have them.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::jvm::{beside, certificate, free_port, java, told};
use crate::support::{Said, Tree, Workspace, judge, repository};

const RELEASES: [(&str, &str); 3] = [("5.13", "neo4j-5.13.0"), ("5.20", "neo4j-5.20.0"), ("5.26", "neo4j-5.26.30")];

fn spec(version: &str, more: &str) -> String {
    format!(
        r#"
platform labels {{ cloud = self_hosted  regions = [eu-west-1]  environments = [development] }}
database graph: neo4j {{
  version = "{version}"  memory = 4GiB
  {more}
  node Artist {{ key = id  index = [name]  search = [biography]  needs = [name] }}
  relationship PLAYS_WITH {{ index = [since] }}
}}
tenant acme: premium  {{ name = "Acme'; MATCH (n) DETACH DELETE n; //"  home = eu-west-1 }}
tenant nova: premium  {{ home = eu-west-1 }}
tenant shut: premium  {{ home = eu-west-1  state = suspended }}
tenant gone: premium  {{ home = eu-west-1  state = offboarding  since = 2026-10-01 }}
"#
    )
}

const COMMUNITY: &str = "isolation = cluster";
const ENTERPRISE: &str = "isolation = database  edition = enterprise  replicas = 2";

fn conf(tree: &Tree) -> String {
    tree.ending("neo4j.conf").remove(0)
}

fn run(mut command: Command, jars: &str, program: &str, folder: &Path) -> Command {
    command
        .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g", "-cp"])
        .arg(format!("{}/*", judge(&format!("jars/{jars}")).unwrap().display()))
        .current_dir(folder);
    if program.ends_with("Config.java") {
        command.arg(format!("-Djudge.skip={}", repository().join("facts/neo4j.tsv").display()));
    }
    command.arg(beside(program));
    command
}

/// What is said of each text, and of all.
fn judged(jars: &str, texts: &[String]) -> Option<(Vec<String>, Said)> {
    let folder = TempDir::new().unwrap();
    let mut command = run(java(jars)?, jars, "neo4j/Config.java", folder.path());
    for (number, text) in texts.iter().enumerate() {
        let file = folder.path().join(format!("{number}.conf"));
        fs::write(&file, text).unwrap();
        command.arg(file);
    }
    let said = told(&mut command, "");
    let lines: Vec<String> = said.out.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), texts.len(), "{}", said.words());
    Some((lines, said))
}

#[test]
fn configuration() {
    for (version, jars) in RELEASES {
        let mut texts = Vec::new();
        for workload in ["read_heavy", "write_heavy", "analytics", "realtime"] {
            for edition in [COMMUNITY, ENTERPRISE] {
                let tree = Workspace::of(&spec(version, &format!("{edition}  workload = {workload}"))).build(&[]);
                texts.push(tree.read(&conf(&tree)));
            }
        }
        let Some((_, said)) = judged(jars, &texts) else { return };
        assert!(said.ok, "{version}: {}", said.words());
    }
}

#[test]
fn broken_configuration() {
    let tree = Workspace::of(&spec("5.26", COMMUNITY)).build(&[]);
    let text = tree.read(&conf(&tree));
    let cases = [
        (
            "\ndb.transaction.timeout=2m",
            "\ndb.transaction.timout=2m",
            "No declared setting with name: db.transaction.timout",
        ),
        ("\ndb.transaction.timeout=2m", "\ndb.transaction.timeout=2 parsecs", "Unrecognized unit"),
        ("password_length=12", "password_length=0", "minimum allowed value is 1"),
        ("\ndbms.memory.transaction.total.max=", "\ndbms.memory.transaction.total.max=1k\n#", "minimum `10.00MiB`"),
        ("tls_level=REQUIRED", "tls_level=MAYBE", "not one of [REQUIRED, OPTIONAL, DISABLED]"),
        ("\ndb.checkpoint=PERIODIC", "\ndb.checkpoint=PERIODIC\ndb.checkpoint=VOLUME", "declared multiple times"),
        ("\nserver.memory.pagecache.size=", "\nserver.memory.pagecache.size=lots\n#", "is not a valid size"),
    ];
    let broken = cases.map(|(from, to, _)| {
        assert!(text.contains(from), "no `{from}`");
        text.replacen(from, to, 1)
    });
    let Some((lines, _)) = judged("neo4j-5.26.30", &broken) else { return };
    for ((_, to, why), line) in cases.iter().zip(lines) {
        assert!(line.starts_with("refused") && line.contains(why), "{to}: {line}");
    }
}

/// A home in which the server starts: loopback, ports that are free, keys.
fn home(tree: &Tree, port: u16) -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut text = tree.read(&conf(tree));
    let host = text.lines().find(|line| line.starts_with("server.default_advertised_address=")).unwrap().to_owned();
    text = text.replace(&host, "server.default_advertised_address=localhost").replace("0.0.0.0", "127.0.0.1");
    text.push_str(&format!(
        "server.bolt.listen_address=127.0.0.1:{port}\nserver.https.listen_address=127.0.0.1:{}\n",
        free_port()
    ));
    // The heap is this process's.
    let heap = |line: &&str| !line.starts_with("server.memory.pagecache.size=");
    text = text.lines().filter(heap).collect::<Vec<_>>().join("\n") + "\nserver.memory.pagecache.size=64m\n";
    fs::write(folder.path().join("neo4j.conf"), text).unwrap();
    certificate(folder.path());
    for policy in ["bolt", "https"] {
        let keys = folder.path().join("certificates").join(policy);
        fs::create_dir_all(keys.join("trusted")).unwrap();
        fs::create_dir_all(keys.join("revoked")).unwrap();
        fs::copy(folder.path().join("key.pem"), keys.join("private.key")).unwrap();
        fs::copy(folder.path().join("cert.pem"), keys.join("public.crt")).unwrap();
    }
    folder
}

#[test]
fn tenants_on_a_server() {
    let Some(command) = java("neo4j-5.26.30") else { return };
    let open = Workspace::of(&spec("5.26", COMMUNITY)).build(&[]);
    let enterprise = Workspace::of(&spec("5.26", ENTERPRISE)).build(&[]);
    let script = |tree: &Tree, tenant: &str, file: &str| {
        let found = tree.ending(file).into_iter().find(|path| tenant.is_empty() || path.contains(tenant)).unwrap();
        tree.path(&found)
    };
    let port = free_port();
    let folder = home(&open, port);
    let here = folder.path();
    let write = |name: &str, text: &str| {
        let file = here.join(name);
        fs::write(&file, text).unwrap();
        file
    };
    let admin = "a-long-password";
    let mut steps = String::new();
    let mut step = |user: &str, password: &str, database: &str, file: &Path| {
        let passwords = "t-acme=acme-secret-1\tt-nova=nova-secret-1\tt-shut=shut-secret-1\tt-gone=gone-secret-1";
        steps.push_str(&format!("{user}\t{password}\t{database}\t{}\t{passwords}\n", file.display()));
    };
    let first = write("first.cypher", &format!("ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO '{admin}';"));
    step("neo4j", "neo4j", "system", &first);
    for _ in 0..2 {
        step("neo4j", admin, "system", &script(&open, "acme", "010_tenants.cypher"));
        step("neo4j", admin, "neo4j", &script(&open, "acme", "020_schema.cypher"));
    }
    let own = "CREATE (:Artist {id: 1, name: 'a', biography: 'sang'})-[:PLAYS_WITH {since: 1999}]->(:Artist {id: 2, name: 'b'});\n\
               MATCH (n:Artist) RETURN n;\nCALL db.index.fulltext.queryNodes('Artist_search', 'sang') YIELD node RETURN node;\nSHOW INDEXES;\n";
    step("t-acme", "acme-secret-1", "neo4j", &write("own.cypher", own));
    step("t-acme", "acme-secret-1", "neo4j", &write("twice.cypher", "CREATE (:Artist {id: 1});"));
    // A closed tenant's script makes no login, and takes one that was there.
    step(
        "neo4j",
        admin,
        "system",
        &write("there.cypher", "CREATE USER `t-shut` SET PASSWORD 'shut-secret-1' CHANGE NOT REQUIRED;"),
    );
    step("neo4j", admin, "system", &script(&open, "shut", "010_tenants.cypher"));
    step("t-shut", "shut-secret-1", "neo4j", &write("login.cypher", "RETURN 1;"));
    step("neo4j", admin, "system", &script(&open, "gone", "030_erase.cypher"));
    // Enterprise's, by the parser alone.
    let parsed: Vec<_> = ["010_tenants.cypher", "020_schema.cypher", "030_erase.cypher"]
        .map(|file| write(&format!("enterprise_{file}"), &fs::read_to_string(script(&enterprise, "", file)).unwrap()))
        .into();
    for (file, database) in parsed.iter().zip(["system", "neo4j", "system"]) {
        step("neo4j", admin, database, file);
    }
    step("neo4j", admin, "system", &write("broken.cypher", "GRANT MATCH {*} ON GRAPHH x ELEMENTS * TO y;"));

    let said =
        told(run(command, "neo4j-5.26.30", "neo4j/Server.java", here).arg("neo4j.conf").arg(port.to_string()), &steps);
    assert!(said.ok, "{}{}", said.out, said.err);
    let lines = |start: &str| said.out.lines().filter(|line| line.starts_with(start)).collect::<Vec<_>>();
    for file in ["first", "010_tenants", "020_schema", "030_erase", "own", "there"] {
        assert_eq!(lines(&format!("refused {file}")), [""; 0], "{}", said.err);
        assert!(!lines(&format!("ok {file}")).is_empty() || file == "030_erase", "{}", said.out);
    }
    assert_eq!(lines("rows own.cypher").len(), 3, "{}", said.out);
    assert!(lines("refused twice.cypher").concat().contains("already exists"), "{}", said.out);
    assert!(lines("ok login.cypher").is_empty() && lines("refused login.cypher").len() == 1, "{}", said.out);
    // What only Enterprise has is refused as such, and nothing as unreadable.
    let refused = lines("refused enterprise_");
    assert!(refused.len() > 20, "{}", said.out);
    for line in refused {
        let reasons = [
            "Unsupported administration command",
            "requires Neo4j Enterprise Edition",
            "community edition",
            "does not exist",
        ];
        assert!(reasons.iter().any(|reason| line.contains(reason)), "{line}");
    }
    assert!(lines("refused broken.cypher").concat().contains("Invalid input"), "{}", said.out);
}
