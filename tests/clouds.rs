//! What each store becomes on each cloud.
//!
//! in: `targets/*/target.yaml` with the services' descriptions; workspaces in memory. out: `docs/clouds.md`, trees, faults.
//! promises: the page says what the manifests say, the compiler does what the page says, and what a service can't do is told
//! at the user's line. `WRITE=1 cargo test --test clouds` writes the page.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test reads files and fails loudly"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_yaml::Value;
use tenantc::compile;
use tenantc::diag::Severity;
use tenantc::emit::{OutFile, Selection};
use tenantc::source::Memory;

/// Clouds with a region of each.
const CLOUDS: [(&str, &str, &str); 3] = [
    ("aws", "Amazon Web Services", "eu-west-1"),
    ("gcp", "Google Cloud", "europe-west1"),
    ("azure", "Azure", "westeurope"),
];

const ENGINES: [&str; 9] =
    ["postgresql", "timescaledb", "redis", "valkey", "clickhouse", "mongodb", "elasticsearch", "neo4j", "cassandra"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(root().join(path)).unwrap()).unwrap()
}

fn words(value: &Value) -> Vec<String> {
    value.as_sequence().into_iter().flatten().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// What a cloud does with an engine: its service, or why not.
enum Place {
    Service(Value),
    Kubernetes(String),
}

/// Services that are chosen by their names: the engine, the name, the folder of the pack and what it says.
fn named(cloud: &str) -> Vec<(String, String, &'static str, Value)> {
    let mut services = Vec::new();
    for pack in ["aws", "gcp", "azure", "vendors"] {
        let manifest = yaml(&format!("targets/{pack}/target.yaml"));
        if !words(&manifest["clouds"]).iter().any(|one| one == cloud) {
            continue;
        }
        for rule in manifest["services"].as_sequence().unwrap() {
            let Some(name) = rule["as"].as_str() else { continue };
            let service = yaml(&format!("targets/{pack}/{}", rule["service"].as_str().unwrap()));
            services.extend(
                words(&rule["engines"]).into_iter().map(|engine| (engine, name.to_owned(), pack, service.clone())),
            );
        }
    }
    services
}

fn places(cloud: &str) -> BTreeMap<String, Place> {
    let manifest = yaml(&format!("targets/{cloud}/target.yaml"));
    let mut places = BTreeMap::new();
    for rule in manifest["services"].as_sequence().unwrap() {
        if rule["as"].is_string() {
            continue;
        }
        for engine in words(&rule["engines"]) {
            let place = match rule["service"].as_str() {
                Some(file) => Place::Service(yaml(&format!("targets/{cloud}/{file}"))),
                None => Place::Kubernetes(rule["kubernetes"].as_str().unwrap().to_owned()),
            };
            assert!(places.insert(engine, place).is_none(), "{cloud} says two things");
        }
    }
    places
}

fn page() -> String {
    let mut out = String::from(
        "# Stores on clouds\n\nWritten by `WRITE=1 cargo test --test clouds` from `targets/*/target.yaml`. What a service can't do is told at the line that\n\
         asks for it (T0803). `runs_on = kubernetes` on a database takes Kubernetes where a cloud has a service, too; `runs_on = atlas`\n\
         a service that is chosen by its name, because it costs more or is another company\'s. With `cloud = kubernetes` or\n\
         `self_hosted` there are no services.\n\n| store | Amazon Web Services | Google Cloud | Azure |\n|---|---|---|---|\n",
    );
    let clouds: Vec<BTreeMap<String, Place>> = CLOUDS.iter().map(|(cloud, _, _)| places(cloud)).collect();
    for engine in ENGINES {
        let with_versions = |service: &Value| {
            let versions = service["versions"][engine].as_mapping().unwrap();
            let versions: Vec<&str> = versions.keys().map(|version| version.as_str().unwrap()).collect();
            format!("{} ({})", service["title"].as_str().unwrap(), versions.join(", "))
        };
        let cell = |((cloud, _, _), places): (&(&str, &str, &str), &BTreeMap<String, Place>)| {
            let usual = match &places[engine] {
                Place::Service(service) => with_versions(service),
                Place::Kubernetes(_) => "Kubernetes".to_owned(),
            };
            let others = named(cloud).into_iter().filter(|(own, ..)| own == engine);
            let others = others.map(|(_, name, _, service)| format!("`{name}`: {}", with_versions(&service)));
            std::iter::once(usual).chain(others).collect::<Vec<_>>().join("; ")
        };
        let cells: Vec<String> = CLOUDS.iter().zip(&clouds).map(cell).collect();
        let _ = writeln!(out, "| {engine} | {} |", cells.join(" | "));
    }
    for ((cloud, title, _), places) in CLOUDS.iter().zip(&clouds) {
        let _ = writeln!(out, "\n## {title}\n\n`cloud = {cloud}`");
        for engine in ENGINES {
            if let Place::Service(service) = &places[engine] {
                described(&mut out, engine, service, None);
            }
        }
        for (engine, name, _, service) in named(cloud).iter().filter(|(_, _, pack, _)| pack == cloud) {
            described(&mut out, engine, service, Some(name));
        }
        out.push_str("\n### On Kubernetes\n\n");
        for engine in ENGINES {
            if let Place::Kubernetes(why) = &places[engine] {
                let _ = writeln!(out, "* **{engine}**: {why}");
            }
        }
    }
    out.push_str("\n## Vendors\n\nOn every cloud that the vendor is on, each with a state of its own (`terraform/live/…/NAME/`).\n");
    for (engine, name, _, service) in named("aws").iter().filter(|(_, _, pack, _)| *pack == "vendors") {
        described(&mut out, engine, service, Some(name));
    }
    out
}

fn described(out: &mut String, engine: &str, service: &Value, name: Option<&String>) {
    let chosen = name.map(|name| format!(", `runs_on = {name}`")).unwrap_or_default();
    let _ = writeln!(out, "\n### {engine}: {}{chosen}\n", service["title"].as_str().unwrap());
    let can = words(&service["isolations"]["can"]);
    let because = service["isolations"]["because"].as_str().map(|why| format!(": {why}")).unwrap_or_default();
    let _ = writeln!(out, "* Tenants apart by {}{because}.", can.join(", "));
    for (fact, limit) in service["limits"].as_mapping().into_iter().flatten() {
        let number = |name: &str| limit[name].as_i64().filter(|number| *number > 0);
        let unit = limit["unit"].as_str().unwrap_or("");
        let least = number("least").map(|least| format!(", {least}{unit} at least")).unwrap_or_default();
        let _ = writeln!(out, "* `{}`: {}{unit} at most{least}.", fact.as_str().unwrap(), number("most").unwrap());
    }
    for refusal in service["refuses"].as_sequence().into_iter().flatten() {
        let values = words(&refusal["values"]);
        let values = if values.is_empty() { String::new() } else { format!(" = {}", values.join(" or ")) };
        let _ = writeln!(
            out,
            "* Not `{}{values}`: {}; {}.",
            refusal["fact"].as_str().unwrap(),
            refusal["because"].as_str().unwrap(),
            refusal["instead"].as_str().unwrap()
        );
    }
    let absent = words(&service["extensions"]["absent"]);
    if !absent.is_empty() {
        let _ = writeln!(out, "* Not the extensions {}.", absent.join(", "));
    }
    if let Some(logins) = service["logins"].as_i64() {
        let _ = writeln!(out, "* {logins} tenants at most log in to an instance.");
    }
    for lack in words(&service["lacks"]) {
        let _ = writeln!(out, "* {lack}");
    }
    for see in words(&service["see"]) {
        let _ = writeln!(out, "* <{see}>");
    }
}

#[test]
fn the_page_is_current() {
    let path = root().join("docs/clouds.md");
    if std::env::var_os("WRITE").is_some() {
        fs::write(&path, page()).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap() == page(), "docs/clouds.md: run WRITE=1 cargo test --test clouds");
}

/// Files and faults of a spec.
fn built(spec: &str) -> (Vec<OutFile>, Vec<String>, Vec<tenantc::diag::Diagnostic>) {
    let world = Memory::of([("platform.tenant", spec)]);
    let (compilation, files) = compile(&world, &Selection::default());
    let told = compilation.diagnostics.iter().map(|one| {
        let place = compilation.sources.place(one.labels[0].span);
        format!("{} {place} {}", one.code, one.message)
    });
    (files, told.collect(), compilation.diagnostics.clone())
}

fn platform(cloud: &str, region: &str) -> String {
    format!("platform shop {{ cloud = {cloud}  regions = [{region}]  environments = [production] }}\n")
}

/// The smallest database of an engine that builds on a cloud.
fn database(engine: &str, places: &BTreeMap<String, Place>) -> String {
    let mut facts = "memory = 4GiB  isolation = cluster".to_owned();
    if engine == "postgresql" || engine == "timescaledb" {
        facts.push_str("  schema = orders");
    }
    match engine {
        "elasticsearch" | "cassandra" => facts.push_str("  replicas = 2"),
        "neo4j" => facts.push_str("  replicas = 0  zones = 1"),
        _ => {}
    }
    if engine == "timescaledb" {
        facts.push_str("  version = \"2.17\"");
    }
    if let Some(Place::Service(service)) = places.get(engine) {
        let version = service["versions"][engine].as_mapping().unwrap().keys().last().unwrap().as_str().unwrap();
        let _ = write!(facts, "  version = \"{version}\"  replicas = 1  zones = 2");
    }
    format!("database store: {engine} {{ {facts} }}\nschema orders {{ table lines {{ id: uuid primary }} }}\n")
}

/// Every engine on every cloud goes where the page says.
#[test]
fn the_compiler_does_what_the_page_says() {
    for (cloud, _, region) in CLOUDS {
        let places = places(cloud);
        for engine in ENGINES {
            let spec = format!(
                "{}{}tenant acme: enterprise {{ home = {region} }}\n",
                platform(cloud, region),
                database(engine, &places)
            );
            let (files, told, diagnostics) = built(&spec);
            let errors = diagnostics.iter().filter(|one| one.severity == Severity::Error).count();
            assert_eq!(errors, 0, "{cloud}: {engine}: {told:?}\n{spec}");
            let roots = files.iter().filter(|file| file.path.ends_with("/data/main.tf")).count();
            let managed = matches!(places[engine], Place::Service(_));
            assert_eq!(roots > 0, managed, "{cloud}: {engine}");
            let modules = files.iter().filter(|file| file.path.starts_with("terraform/modules/")).count();
            assert!(
                managed || !files.iter().any(|file| file.path.contains("/modules/postgresql/")),
                "{cloud}: {modules}"
            );
            // By hand, it goes to Kubernetes everywhere.
            let (files, told, _) = built(&spec.replace("memory = 4GiB", "memory = 4GiB  runs_on = kubernetes"));
            assert!(!files.iter().any(|file| file.path.ends_with("/data/main.tf")), "{cloud}: {engine}: {told:?}");
        }
    }
}

/// A service that is chosen by its name has the store, and Kubernetes has not.
#[test]
fn services_are_chosen_by_name() {
    for (cloud, _, region) in CLOUDS {
        for (engine, name, _, service) in named(cloud) {
            let version = service["versions"][&engine].as_mapping().unwrap().keys().last().unwrap().as_str().unwrap();
            let spec = format!(
                "{}database store: {engine} {{ memory = 4GiB  isolation = cluster  runs_on = {name}  version = \"{version}\"  replicas = 2  zones = 3 }}\n\
                 tenant acme: enterprise {{ home = {region} }}\n",
                platform(cloud, region)
            );
            let (files, told, diagnostics) = built(&spec);
            let errors = diagnostics.iter().filter(|one| one.severity == Severity::Error).count();
            assert_eq!(errors, 0, "{cloud}: {name}: {told:?}\n{spec}");
            let layer = service["layer"].as_str().unwrap_or("data");
            let root = format!("terraform/live/production/dedicated/acme/{layer}/main.tf");
            assert!(file(&files, &root).contains("module \"store\""), "{cloud}: {name}");
            assert!(
                !files.iter().any(|file| file.path.contains("kubernetes/live/production/dedicated/acme/store/")),
                "{name}"
            );
            let module = service["module"].as_str().unwrap();
            assert!(files.iter().any(|file| file.path.contains(&format!("terraform/modules/{module}/"))), "{name}");
            let roots = file(&files, "pipelines/roots.json");
            assert!(roots.contains(&format!("dedicated/acme/{layer}\"")), "{name}: {roots}");
        }
    }
}

/// The smallest example, for every cloud and for none.
#[test]
fn the_quickstart_builds_everywhere() {
    let folder = root().join("examples/quickstart");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    for (cloud, region) in [
        ("aws", "eu-west-1"),
        ("gcp", "europe-west1"),
        ("azure", "westeurope"),
        ("kubernetes", "eu-west-1"),
        ("self_hosted", "eu-west-1"),
    ] {
        let spec =
            read("shop.tenant").replace("cloud        = aws", &format!("cloud = {cloud}")).replace("eu-west-1", region);
        let data = read("merchants.csv").replace("eu-west-1", region);
        let world = Memory::of([("shop.tenant", spec.as_str()), ("merchants.csv", data.as_str())]);
        let (compilation, files) = compile(&world, &Selection::default());
        assert!(compilation.diagnostics.is_empty(), "{cloud}: {:?}", compilation.diagnostics);
        let has = |part: &str| files.iter().any(|file| file.path.contains(part));
        let managed = !matches!(cloud, "kubernetes" | "self_hosted");
        assert_eq!(has("terraform/live/production/"), managed, "{cloud}");
        assert_eq!(
            has("kubernetes/live/production/") && has("/main/postgresql.yaml"),
            cloud == "kubernetes",
            "{cloud}"
        );
    }
}

/// What a service can't do is an error at the user's line, with what to write instead.
#[test]
fn limits_are_told_at_the_line() {
    let cases = [
        ("aws", "postgresql", "backup { keep = 60d }", "Amazon RDS takes backup.keep = 35d at most"),
        ("aws", "postgresql", "memory = 2TiB", "Amazon RDS has no instance with 2TiB"),
        ("aws", "postgresql", "extensions = [timescaledb]", "Amazon RDS has no extension timescaledb"),
        ("gcp", "postgresql", "extensions = [citus]", "Cloud SQL has no extension citus"),
        ("aws", "redis", "durability = log", "Amazon ElastiCache can't do durability = log"),
        ("aws", "redis", "version = \"7.4\"", "Amazon ElastiCache has no redis 7.4"),
        ("gcp", "postgresql", "backup { keep = 2y }", "Cloud SQL takes backup.keep = 365d at most"),
        ("gcp", "postgresql", "settings { wal_writer_delay = 10ms }", "Cloud SQL does not take wal_writer_delay"),
        ("gcp", "valkey", "isolation = row", "Memorystore for Valkey can't keep acme apart by row"),
        ("gcp", "valkey", "durability = both", "Memorystore for Valkey can't do durability = both"),
        ("azure", "postgresql", "settings { work_mem = 1MiB }", "Azure Flexible Server does not take work_mem"),
        ("azure", "redis", "isolation = row", "Azure Managed Redis can't keep acme apart by row"),
        ("azure", "redis", "replicas = 3  zones = 3", "Azure Managed Redis takes replicas = 1 at most"),
        ("gcp", "postgresql", "backup { locked = true }", "Cloud SQL can't do backup.locked = true"),
        ("aws", "valkey", "backup { locked = true }", "Amazon ElastiCache can't do backup.locked = true"),
        ("aws", "mongodb", "backup { locked = true }", "nothing here locks backups of store where it runs"),
        ("aws", "mongodb", "backup { keep = 2y }  runs_on = atlas", "MongoDB Atlas takes backup.keep = 365d at most"),
        ("gcp", "mongodb", "runs_on = atlas  version = \"5.0\"", "MongoDB Atlas has no mongodb 5.0"),
        ("azure", "mongodb", "settings { net.port = 27018 }  runs_on = atlas", "MongoDB Atlas does not take net.port"),
    ];
    for (cloud, engine, line, words) in cases {
        let (_, _, region) = CLOUDS.iter().find(|(name, _, _)| *name == cloud).unwrap();
        let places = places(cloud);
        let own = |name: &str| line.starts_with(name);
        let mut text = format!("{}database store: {engine} {{\n  {line}\n", platform(cloud, region));
        for (name, fact) in [("memory", "memory = 4GiB"), ("isolation", "isolation = cluster")] {
            if !own(name) {
                let _ = writeln!(text, "  {fact}");
            }
        }
        if let (false, Some(Place::Service(service))) = (own("version"), places.get(engine)) {
            let version = service["versions"][engine].as_mapping().unwrap().keys().last().unwrap().as_str().unwrap();
            let _ = writeln!(text, "  version = \"{version}\"");
        }
        let _ = write!(text, "}}\ntenant acme: enterprise {{ home = {region} }}\n");
        let (_, told, diagnostics) = built(&text);
        let at = "platform.tenant:3";
        assert!(
            told.iter().any(|one| one.contains(words) && one.contains(at) && one.starts_with("T0803")),
            "{cloud}: {line}: {told:?}"
        );
        assert!(
            diagnostics.iter().filter(|one| one.code.id() == "T0803").all(|one| one.help.is_some()),
            "{cloud}: {line}: no help"
        );
    }
}

/// The text of a build's file.
fn file<'f>(files: &'f [OutFile], path: &str) -> &'f str {
    &files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no {path}")).text
}

/// A key outlives a new name and a move to another cell; a store that is let go is forgotten, not destroyed.
#[test]
fn what_was_there_is_not_destroyed() {
    let tenants = "tier walled: enterprise { isolation = database }\n";
    for (cloud, _, region) in CLOUDS {
        let released = platform(cloud, region)
            .replace(" }\n", &format!("  released = [\"production/{region}-database-1/old\"] }}\n"));
        let spec = format!(
            "{released}{tenants}database store: postgresql {{ memory = 4GiB }}\n\
             tenant nova: walled {{ home = {region}  was = supernova }}\ntenant acme: standard {{ home = {region}  database store {{ isolation = row }} }}\n"
        );
        let lock = format!(
            "{{\"version\":1,\"tenants\":{{\
             \"acme\":{{\"uuid\":\"5f0c7d0e-9f0b-5d6e-8a54-0f8f4e0b7a11\",\"cells\":{{\"database\":\"{region}-database-1\"}}}},\
             \"supernova\":{{\"uuid\":\"5f0c7d0e-9f0b-5d6e-8a54-0f8f4e0b7a12\",\"cells\":{{\"database\":\"{region}-database-1\"}}}}}},\
             \"stores\":[\"production/{region}-database-1/old\",\"production/{region}-database-1/store\"]}}"
        );
        let world = Memory::of([("platform.tenant", spec.as_str()), ("tenantc.lock", lock.as_str())]);
        let (compilation, files) = compile(&world, &Selection::default());
        assert!(
            compilation.diagnostics.iter().all(|one| one.severity != Severity::Error),
            "{cloud}: {:?}",
            compilation.diagnostics
        );
        let cell = format!("terraform/live/production/{region}-database-1");
        let keys = file(&files, &format!("{cell}/foundation/main.tf"));
        assert!(keys.contains("supernova\"]\n  to   = module.") && keys.contains("nova\"]\n}"), "{cloud}: {keys}");
        assert!(
            keys.contains("acme\"]") && keys.contains(".left_acme\n\n  lifecycle {\n    destroy = false"),
            "{cloud}: {keys}"
        );
        let data = file(&files, &format!("{cell}/data/main.tf"));
        assert!(
            data.contains("removed {\n  from = module.old\n\n  lifecycle {\n    destroy = false"),
            "{cloud}: {data}"
        );
        // What the lock file says next gives the same tree.
        let next = compilation.built.as_ref().unwrap().lock.text();
        assert!(next.contains("\"left\"") && !next.contains("/old\""), "{cloud}: {next}");
        let again = compile(
            &Memory::of([("platform.tenant", spec.as_str()), ("tenantc.lock", next.as_str())]),
            &Selection::default(),
        )
        .1;
        let texts = |files: &[OutFile]| {
            files.iter().map(|file| (file.path.clone(), file.text.clone())).collect::<BTreeMap<_, _>>()
        };
        assert!(texts(&files) == texts(&again), "{cloud}: the next build differs");
    }
}
