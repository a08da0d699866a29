//! `docs/kubernetes.md` says what is made: its table of stores against the files of a build, its example, and what it says can't be.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test reads files and fails loudly"
)]

mod fences;

use fences::fences;
use tenantc::emit::{OutFile, Selection};
use tenantc::source::Memory;
use tenantc::{Compilation, compile};

fn page() -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kubernetes.md");
    std::fs::read_to_string(path).expect("the page")
}

fn built(text: &str) -> (Compilation, Vec<OutFile>) {
    let mut world = Memory::default();
    world.files.insert("main.tenant".into(), text.as_bytes().to_vec());
    compile(&world, &Selection::default())
}

fn with(engine: &str, facts: &str) -> (Compilation, Vec<OutFile>) {
    let isolation = if matches!(engine, "cassandra" | "neo4j") { "cluster" } else { "row" };
    let edition = if engine == "elasticsearch" { "edition = platinum" } else { "" };
    built(&format!(
        "platform p {{ cloud = kubernetes  regions = [hall]  environments = [testing] }}\n\
         region hall {{ cloud = kubernetes  jurisdiction = eu  zones = 3 }}\n\
         schema shop {{ table items {{ id: uuid primary }} }}\n\
         database store: {engine} {{ memory = 4GiB  isolation = {isolation}  {edition}\n{facts} }}\n\
         tenant rosa: premium {{ name = \"Rosa\"  home = hall }}\n"
    ))
}

fn codes(compilation: &Compilation) -> Vec<&'static str> {
    compilation.diagnostics.iter().map(|one| one.code.id()).collect()
}

/// Rows of the table of stores: engine, what it becomes, version, the engine's versions.
fn rows() -> Vec<Vec<String>> {
    let page = page();
    let table = page.split("\n## Stores\n").nth(1).expect("the table");
    let lines = table.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    lines.take_while(|line| line.starts_with('|')).map(cells).collect()
}

#[test]
fn each_store_becomes_what_the_table_says() {
    let rows = rows();
    assert_eq!(rows.len(), 9);
    for row in rows {
        let [engine, becomes, version, versions, backups] = row.try_into().expect("five columns");
        let id = engine.to_lowercase();
        let shop = match id.as_str() {
            "postgresql" => "schema = shop",
            "timescaledb" => "schema = shop  version = \"2.17\"",
            _ => "",
        };
        let (compilation, files) = with(&id, shop);
        assert!(codes(&compilation).iter().all(|code| !code.starts_with("T08")), "{engine}: {:?}", codes(&compilation));
        let made: Vec<&OutFile> = files
            .iter()
            .filter(|file| file.path.starts_with("kubernetes/live/") && file.path.contains("/store/"))
            .collect();
        assert!(!made.is_empty(), "{engine} becomes nothing");
        let says = |word: &str| made.iter().any(|file| file.text.contains(word));
        if version == "–" {
            assert!(says("kind: StatefulSet") && becomes.contains("stateful set"), "{engine}: {becomes}");
        } else {
            assert!(says(version.trim_end_matches(".0")), "{engine}: nothing says {version}");
            let named = becomes.split('`').nth(1).unwrap_or("neo4j");
            assert!(says(named), "{engine}: nothing says {named}");
        }
        if let Some((first, last)) = versions.split_once('–') {
            for version in [first, last] {
                let (compilation, _) = with(&id, &format!("version = \"{version}\" {shop}"));
                assert_eq!(codes(&compilation), Vec::<&str>::new(), "{engine} {version}");
            }
        }
        // Whoever is not said to be backed up is not, and the others are.
        let saved = says("-backups") || id == "elasticsearch";
        assert_eq!(saved, !backups.starts_with("none"), "{engine}: {backups}");
    }
}

#[test]
fn what_can_not_be_is_told_at_its_line() {
    assert_eq!(codes(&with("mongodb", "version = \"8.0\"").0), ["T0750"]);
    assert_eq!(codes(&with("mongodb", "version = \"7.0\"").0), Vec::<&str>::new());
    assert_eq!(codes(&with("redis", "shards = 3").0), ["T0803"]);
    assert_eq!(codes(&with("valkey", "shards = 1").0), Vec::<&str>::new());
    assert_eq!(codes(&with("postgresql", "schema = shop  extensions = [pg_cron]").0), ["T0803"]);
    assert_eq!(codes(&with("postgresql", "schema = shop  extensions = [vector, pgaudit]").0), Vec::<&str>::new());
    // How often it can be backed up, and what can't be at all.
    assert_eq!(codes(&with("elasticsearch", "backup { every = 5min  keep = 3d }").0), ["T0753"]);
    assert_eq!(codes(&with("elasticsearch", "backup { every = 15min  keep = 3d }").0), Vec::<&str>::new());
    assert_eq!(codes(&with("valkey", "backup { every = 1min  keep = 3d }").0), ["T0753"]);
    assert_eq!(codes(&with("valkey", "backup { every = 1h  keep = 3d }").0), Vec::<&str>::new());
    assert_eq!(codes(&with("postgresql", "schema = shop  backup { every = 1min  keep = 3d }").0), Vec::<&str>::new());
    assert_eq!(codes(&with("neo4j", "backup { every = 1h  keep = 3d }").0), ["T0752"]);
    assert_eq!(codes(&with("clickhouse", "backup { every = 1h  keep = 3d }").0), Vec::<&str>::new());
}

#[test]
fn the_example_of_the_page_compiles() {
    let page = page();
    let text: String =
        fences(&page).into_iter().filter(|fence| fence.info == "tenant").map(|fence| fence.text).collect();
    let (compilation, files) = built(&text);
    assert_eq!(codes(&compilation), Vec::<&str>::new());
    let values =
        files.iter().find(|file| file.path.contains("live/testing/") && file.path.ends_with("tenants.values.yaml"));
    assert!(values.unwrap().text.contains("minReplicas: 0"));
    let small = text.replace("cpu = 64", "cpu = 0.5");
    assert!(codes(&built(&small).0).contains(&"T0751"));
}

#[test]
fn names_that_are_too_long_stay_apart() {
    let long = "a".repeat(60);
    let text = |name: &str| {
        format!(
            "platform p {{ cloud = kubernetes  regions = [hall]  environments = [production] }}\n\
             region hall {{ cloud = kubernetes  jurisdiction = eu }}\n\
             database {name}x: valkey {{ memory = 1GiB  replicas = 1  zones = 1 }}\n\
             database {name}y: valkey {{ memory = 1GiB  replicas = 1  zones = 1 }}\n\
             tenant {name}: free {{ name = \"A\"  home = hall }}\n\
             tenant {name}b: free {{ name = \"B\"  home = hall }}\n"
        )
    };
    let (compilation, files) = built(&text(&long));
    assert_eq!(codes(&compilation), Vec::<&str>::new());
    let mut sets = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with("/server.yaml")) {
        let documents = file.text.split("\n---\n").filter(|text| text.contains("kind: StatefulSet"));
        sets.extend(
            documents.map(|text| text.split("  name: \"").nth(1).unwrap().split('"').next().unwrap().to_owned()),
        );
    }
    // Eleven letters of a revision stand behind the name in a label of 63.
    assert!(sets.len() >= 4 && sets.iter().all(|name| name.len() <= 52), "{sets:?}");
    let spaces: Vec<&str> = files
        .iter()
        .filter(|file| file.path.ends_with("tenants.values.yaml"))
        .flat_map(|file| file.text.lines())
        .filter_map(|line| line.strip_prefix("    namespace: \""))
        .collect();
    let different: std::collections::BTreeSet<&&str> = spaces.iter().collect();
    assert!(spaces.len() == 2 && different.len() == 2 && spaces.iter().all(|name| name.len() <= 64), "{spaces:?}");
    sets.sort();
    sets.dedup();
    assert_eq!(sets.len(), 4);
}
