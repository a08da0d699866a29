//! The commands as a user runs them: what they print, where, and how they end.
#![allow(clippy::expect_used, clippy::disallowed_methods, reason = "a test reads files and fails loudly")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantc"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().expect("tenantc runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A copy of an example that a test may write into.
fn copy(name: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    for entry in fs::read_dir(example(name)).expect("the example").flatten() {
        if entry.path().is_file() {
            fs::copy(entry.path(), home.path().join(entry.file_name())).expect("copied");
        }
    }
    home
}

#[test]
fn a_new_workspace_builds() {
    let home = tempfile::tempdir().expect("a folder");
    let made = run(home.path(), &["init", "My Shop"]);
    assert!(made.status.success(), "{}", err(&made));
    let shop = home.path().join("My Shop");
    let text = fs::read_to_string(shop.join("platform.tenant")).expect("a spec");
    assert!(text.lines().count() < 30 && text.contains("platform my_shop"), "{text}");
    let built = run(&shop, &["build"]);
    assert!(built.status.success() && err(&built).is_empty(), "{}", err(&built));
    assert!(run(&shop, &["fmt", "--check"]).status.success());
    assert_eq!(run(home.path(), &["init", "My Shop"]).status.code(), Some(2), "a second init overwrote the first");
}

#[test]
fn the_workspace_around_is_found() {
    let home = copy("quickstart");
    let deep = home.path().join("a/b");
    fs::create_dir_all(&deep).expect("a folder");
    assert!(run(&deep, &["check"]).status.success());
    let nowhere = tempfile::tempdir().expect("a folder");
    let lost = run(nowhere.path(), &["check"]);
    assert_eq!(lost.status.code(), Some(2));
    assert!(err(&lost).contains("tenantc init"), "{}", err(&lost));
}

#[test]
fn ends_and_formats() {
    let home = copy("quickstart");
    assert_eq!(run(home.path(), &["check"]).status.code(), Some(0));
    assert_eq!(run(home.path(), &["chekc"]).status.code(), Some(2));
    assert_eq!(run(home.path(), &["check", "nowhere"]).status.code(), Some(2));
    let spec = home.path().join("shop.tenant");
    let text = fs::read_to_string(&spec).expect("a spec").replace("memory = 8GiB", "memory = 8GB\n  isolatoin = row");
    fs::write(&spec, text).expect("written");
    for format in ["fancy", "short", "json", "sarif", "github"] {
        let checked = run(home.path(), &["check", "--format", format]);
        assert_eq!(checked.status.code(), Some(1), "{format}");
        let machine = matches!(format, "json" | "sarif" | "github");
        let text = if machine { out(&checked) } else { err(&checked) };
        assert!(text.contains("T0007") && text.contains("T0103"), "{format}: {text}");
        assert!(text.contains("8GiB"), "{format} does not say what to type: {text}");
    }
    let lines = out(&run(home.path(), &["check", "--format", "json"]));
    for line in lines.lines() {
        let fault: serde_json::Value = serde_json::from_str(line).expect("an object a line");
        assert_eq!(fault["labels"][0]["at"]["file"], "shop.tenant");
    }
    let log: serde_json::Value =
        serde_json::from_str(&out(&run(home.path(), &["check", "--format", "sarif"]))).expect("SARIF");
    assert_eq!(log["version"], "2.1.0");
}

#[test]
fn explain_says_where_values_come_from() {
    let home = copy("streaming");
    let value = out(&run(home.path(), &["explain", "acme.main.shared_buffers", "--in", "production"]));
    for part in ["settings.shared_buffers = 16GiB", "memory = 64GiB", "tenants.tenant:8", "engines/postgresql.tenant:"]
    {
        assert!(value.contains(part), "{part} is missing in\n{value}");
    }
    for (path, order) in [
        ("main.replicas", ["* database main in production: 2", "database main: 1"]),
        ("main.zones", ["* database main in production: 3", "environment production: 3"]),
        ("graph.replicas", ["  = if edition == enterprise", "* engine neo4j: "]),
    ] {
        let layers = out(&run(home.path(), &["explain", path, "--in", "production"]));
        let places: Vec<Option<usize>> = order.iter().map(|part| layers.find(part)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{layers}");
    }
    // What a tier asks for is the least.
    for (path, given, why) in [
        ("t0001.main.isolation", "row", "tier free asks for it"),
        (
            "t0001.events.isolation",
            "schema",
            "tier free asks for row at least; the next stronger that Apache Cassandra can give is schema",
        ),
        ("t0001.search.isolation", "schema", "the next stronger that Elasticsearch basic can give is schema"),
        (
            "motown.graph.isolation",
            "database",
            "tier partner asks for schema at least; the next stronger that Neo4j enterprise can give is database",
        ),
        (
            "acme.main.isolation",
            "cluster",
            "tier enterprise asks for database at least; cluster is said for main itself",
        ),
    ] {
        let told = out(&run(home.path(), &["explain", path]));
        assert!(told.starts_with(&format!("{path} = {given}   in production, cell ")) && told.contains(why), "{told}");
    }
    assert_eq!(out(&run(home.path(), &["explain", "graph.isolation"])).lines().count(), 10, "a tier each");
    assert!(out(&run(home.path(), &["explain", "acme.quota.connections"])).contains("tier enterprise: 100"));
    assert!(out(&run(home.path(), &["explain", "T0102"])).contains("## Wrong"));
    assert!(run(home.path(), &["build"]).status.success());
    let conf = home.path().join("out/config/production/eu-west-1-row-1/main/postgresql.conf");
    let text = fs::read_to_string(&conf).expect("a file");
    let line = text.lines().position(|line| line.starts_with("log_min_duration_statement")).expect("the setting") + 1;
    let told = out(&run(home.path(), &["explain", &format!("{}:{line}", conf.display())]));
    assert!(told.contains("set by stores.tenant:") && told.contains("log_min_duration_statement = 250ms"), "{told}");
    let data = home.path().join("out/terraform/live/production/us-east-1-schema-1/access/tenants.auto.tfvars.json");
    let told = out(&run(home.path(), &["explain", &format!("{}:3", data.display())]));
    assert!(told.contains("speaks of tenant motown, tenants.tenant:"), "{told}");
    // A template's line: what changes it, found by changing it.
    let shop = copy("quickstart");
    assert!(run(shop.path(), &["build"]).status.success());
    let data = shop.path().join("out/terraform/live/production/eu-west-1-row-1/data/main.tf");
    let text = fs::read_to_string(&data).expect("a file");
    let line = text.lines().position(|line| line.contains("instance_class")).expect("the argument") + 1;
    let told = out(&run(shop.path(), &["explain", &format!("{}:{line}", data.display())]));
    assert!(told.contains("follows from shop.tenant:") && told.contains("memory = 8GiB"), "{told}");
    assert!(!told.contains("name = \"Corner Bakery\""), "{told}");
    for wrong in ["T9999", "acme.main.shared_bufers", "nobody.main.memory", "out/nothing:3"] {
        assert!(!run(home.path(), &["explain", wrong]).status.success(), "{wrong}");
    }
}

#[test]
fn the_model_has_its_published_shape() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/model.schema.json");
    let mut schemas = boon::Schemas::new();
    let compiled = boon::Compiler::new().compile(&schema.to_string_lossy(), &mut schemas).expect("the schema is one");
    for name in ["quickstart", "streaming", "clinics"] {
        let printed = run(&example(name), &["model"]);
        let mut model: serde_json::Value = serde_json::from_slice(&printed.stdout).expect("JSON");
        schemas.validate(&model, compiled).unwrap_or_else(|fault| panic!("{name}: {fault:#}"));
        model["environments"][0]["cells"][0]["surprise"] = true.into();
        assert!(schemas.validate(&model, compiled).is_err(), "the schema takes anything");
    }
}

#[test]
fn graphs_completions_and_help() {
    let home = copy("streaming");
    let graph = out(&run(home.path(), &["graph"]));
    assert!(graph.starts_with("digraph") && graph.contains("\"tier partner\" -> \"tier premium\""), "{graph}");
    assert!(
        out(&run(home.path(), &["graph", "--of", "tables"])).contains("\"catalog.playlists\" -> \"catalog.users\"")
    );
    for shell in ["bash", "zsh", "fish"] {
        assert!(out(&run(home.path(), &["completions", shell])).contains("tenantc"), "{shell}");
    }
    for command in ["init", "build", "check", "fmt", "explain", "model", "graph", "completions"] {
        let help = out(&run(home.path(), &[command, "--help"]));
        assert!(help.contains("Examples:"), "{command} has no examples");
        assert!(help.lines().count() < 45, "{command}: {} lines of help", help.lines().count());
    }
}

#[test]
fn formatting_is_checked_and_done() {
    let home = copy("quickstart");
    let spec = home.path().join("shop.tenant");
    let neat = fs::read_to_string(&spec).expect("a spec");
    fs::write(&spec, neat.replace("  cloud        = aws", "cloud=aws # here")).expect("written");
    let checked = run(home.path(), &["fmt", "--check"]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(out(&checked).contains("+  cloud        = aws"), "{}", out(&checked));
    assert!(run(home.path(), &["fmt"]).status.success());
    assert_eq!(fs::read_to_string(&spec).expect("a spec"), neat.replace("= aws\n", "= aws  # here\n"));
    for name in ["quickstart", "streaming", "clinics"] {
        assert!(run(&example(name), &["fmt", "--check"]).status.success(), "{name} is not laid out");
    }
}

/// Nothing is drawn into a pipe.
#[test]
fn no_progress_in_a_pipe() {
    let home = copy("quickstart");
    let built = run(home.path(), &["build"]);
    assert!(err(&built).is_empty(), "{}", err(&built));
    assert!(!out(&built).contains('\u{1b}'));
}

/// The schemas of a workspace's model, without what may differ: comments, and names of constraints' origins.
fn schemas(folder: &Path) -> serde_json::Value {
    let printed = run(folder, &["model"]);
    assert!(printed.status.success(), "{}", err(&printed));
    let mut model: serde_json::Value = serde_json::from_slice(&printed.stdout).expect("JSON");
    let tables = model.pointer_mut("/schemas/desk/tables").and_then(serde_json::Value::as_array_mut).expect("tables");
    for table in tables.iter_mut() {
        for list in ["indexes", "checks", "uniques", "foreign_keys"] {
            let list = table.get_mut(list).and_then(serde_json::Value::as_array_mut).expect("a list");
            // Their order, and the number in a check's name, say nothing.
            for one in list.iter_mut() {
                one.as_object_mut().expect("an object").remove("name");
            }
            list.sort_by_key(ToString::to_string);
        }
    }
    tables.sort_by_key(|table| table.get("name").map(ToString::to_string));
    model.get_mut("schemas").expect("schemas").take()
}

#[test]
fn sql_becomes_tables_and_nothing_is_lost() {
    let (before, after) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let platform = "platform p { cloud = aws  regions = [eu-west-1]  environments = [production] }\n";
    let sql = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges/desk.sql")).expect("SQL");
    let (sql, _) = sql.split_once("CREATE ROLE").expect("roles come last");
    fs::write(before.path().join("desk.sql"), sql).expect("written");
    fs::write(before.path().join("p.tenant"), format!("{platform}schema desk {{ import \"desk.sql\" }}\n"))
        .expect("written");

    let imported = run(before.path(), &["import", "sql", "desk.sql", "--rest", "rest.sql"]);
    assert!(imported.status.success(), "{}", err(&imported));
    let said = out(&imported);
    assert!(said.contains("table agents") || said.contains("table languages"), "{said}");
    fs::write(after.path().join("p.tenant"), format!("{platform}{said}")).expect("written");
    fs::copy(before.path().join("rest.sql"), after.path().join("rest.sql")).expect("copied");
    assert!(run(after.path(), &["fmt", "--check"]).status.success(), "{said}");
    let (wanted, found) = (schemas(before.path()), schemas(after.path()));
    assert_eq!(
        serde_json::to_string_pretty(&wanted).expect("JSON"),
        serde_json::to_string_pretty(&found).expect("JSON"),
        "{said}"
    );

    // Without a file for the rest, all of it is named.
    let listed = run(before.path(), &["import", "sql", "desk.sql"]);
    for what in ["type priority", "function touch", "view late_tickets", "trigger touch_agents", "table events"] {
        assert!(err(&listed).contains(what), "{what} is not in {}", err(&listed));
    }
    let broken = before.path().join("broken.sql");
    fs::write(&broken, "CREATE TABLE t (id uuid PRIMARY KEY); CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;")
        .expect("written");
    let refused = run(before.path(), &["import", "sql", "broken.sql"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("T0605") && out(&refused).is_empty(), "{}", err(&refused));
}
