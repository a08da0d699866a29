//! Terraform's tree, read by Terraform with the provider's schema.
//!
//! in: the tree of `examples/streaming`. out: `fmt`, `validate`, the modules' tests, and a plan of each root.
//! promises: modules, production and development are judged (the other environments come from the same templates);
//! no registry, no account.

use std::fs;
use std::process::Command;

use crate::support::{Said, Tree, Workspace, judge, missing, repository};

/// Modules, production, and one more environment.
const WHICH: &str = "^modules|^live/(production|development)/";

fn installed() -> bool {
    if Said::of(Command::new("sh").args(["-c", "command -v terraform"])).ok {
        return judge("terraform/terraform.rc").is_some();
    }
    missing("terraform");
    false
}

fn judged(tree: &Tree, which: &str) -> Said {
    Said::of(Command::new(repository().join("judges/terraform/check")).arg(tree.path("terraform")).arg(which))
}

#[test]
fn the_example_is_valid_and_plans() {
    if !installed() {
        return;
    }
    let said = judged(&Workspace::example("streaming").build(&["--target", "terraform"]), WHICH).fine();
    assert!(!said.contains("WRONG"), "{said}");
    for part in [
        "ok    modules/postgresql",
        "ok    live/production/eu-west-1-row-1/access",
        "ok    live/production/dedicated/acme/data",
        "ok    live/development/",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn hostile_names_plan() {
    if !installed() {
        return;
    }
    for (cloud, region, _) in CLOUDS {
        judged(
            &crate::readers::hostile(cloud, region).build(&["--target", "terraform"]),
            "^live/.*/(access|foundation)$",
        )
        .fine();
    }
}

/// Clouds with a region of each, and the cache that is a service there.
const CLOUDS: [(&str, &str, &str); 3] = [
    ("aws", "eu-west-1", "valkey { version = \"8.1\""),
    ("gcp", "europe-west1", "valkey { version = \"8.0\""),
    ("azure", "westeurope", "redis { version = \"7.4\""),
];

/// Every service of a cloud, with replicas, keys of tenants' own, a tenant with a former name, and one that moved.
fn all_services(cloud: &str, region: &str, cache: &str) -> Workspace {
    let locked = if cloud == "aws" { "  backup { locked = true }" } else { "" };
    let workspace = Workspace::of(&format!(
        "platform market {{
          cloud = {cloud}  regions = [{region}]  environments = [production]  owner = \"team@market.example\"
          network {{ cidr = \"10.30.0.0/16\"  clients = [\"10.1.0.0/16\"] }}
          released = [\"production/{region}-database-1/old\"]
        }}
        schema shop {{ table items {{ id: uuid primary  title: text }} }}
        database main: postgresql {{
          version = \"16\"  schema = shop  memory = 8GiB  storage = 100GiB  replicas = 2  zones = 2  extensions = [pg_stat_statements, pg_cron]{locked}
        }}
        database cache: {cache}  memory = 4GiB  isolation = cluster  durability = snapshot  eviction = allkeys_lfu  replicas = 1  zones = 2 }}
        tier walled: enterprise {{ isolation = database }}
        tenant acme: walled {{ name = \"Acme\"  home = {region}  was = acne }}
        tenant bolt: enterprise {{ name = \"Bolt\"  home = {region} }}
        tenant cove: standard {{ name = \"Cove\"  home = {region} }}
"
    ));
    workspace.write(
        "tenantc.lock",
        &format!(
            "{{\"version\":1,\"tenants\":{{\"cove\":{{\"uuid\":\"5f0c7d0e-9f0b-5d6e-8a54-0f8f4e0b7a11\",\"cells\":{{\"database\":\"{region}-database-1\"}}}}}}}}\n"
        ),
    );
    workspace
}

#[test]
fn every_cloud_plans() {
    if !installed() {
        return;
    }
    for (cloud, region, cache) in CLOUDS {
        let tree = all_services(cloud, region, cache).build(&["--target", "terraform"]);
        let said = judged(&tree, ".").fine();
        for part in [
            &format!("{region}-database-1/foundation"),
            &format!("{region}-row-1/data"),
            "dedicated/cove/data",
            "dedicated/bolt/access",
        ] {
            assert!(said.contains(&format!("ok    live/production/{part}")), "{cloud}: {part}: {said}");
        }
        for (part, from, to, words) in [
            ("data", "  backup_days ", "  backup_dayz ", "An argument named \"backup_dayz\" is not expected here."),
            ("foundation", "destroy = false", "destroy = maybe", "maybe"),
        ] {
            let folder = format!("live/production/{region}-database-1/{part}");
            tree.change(&format!("terraform/{folder}/main.tf"), from, to);
            let said = judged(&tree, &format!("^{folder}$"));
            assert!(!said.ok && said.words().contains(words), "{cloud}: {to}: {}", said.words());
        }
    }
}

/// A store of each vendor, with a tenant that shares it, one with a database of its own, and one that is closed.
#[test]
fn vendors_plan() {
    if !installed() {
        return;
    }
    for (cloud, region, _) in CLOUDS {
        let tree = Workspace::of(&format!(
            "platform market {{ cloud = {cloud}  regions = [{region}]  environments = [production] }}
            database content: mongodb {{
              version = \"8.0\"  memory = 8GiB  storage = 100GiB  replicas = 2  zones = 3  runs_on = atlas  gridfs = true
              collection releases {{ index by_artist {{ keys = [artist] }} }}
              collection genres {{ shared = true }}
            }}
            database reports: clickhouse {{
              memory = 8GiB  runs_on = clickhouse_cloud
              table plays {{ column note {{ type = text }}  order = [note] }}
            }}
            tier walled: enterprise {{ isolation = database }}
            tenant acme: walled {{ home = {region} }}
            tenant bolt: walled {{ home = {region}  state = suspended }}
            tenant cove: standard {{ home = {region} }}
"
        ))
        .build(&["--target", "terraform"]);
        let said = judged(&tree, "^(live/.*/(atlas|clickhouse_cloud)$|modules/(atlas|clickhouse_cloud))").fine();
        for part in
            [format!("live/production/{region}-database-1/atlas"), format!("live/production/{region}-row-1/atlas")]
        {
            assert!(said.contains(&format!("ok    {part}")), "{cloud}: {part}: {said}");
        }
        if cloud == "aws" && judge("bin/tflint").is_some() && judge("checkov").is_some() {
            assert!(linted(&tree).fine().contains("Failed checks: 0"));
        }
        let folder = format!("live/production/{region}-row-1/atlas");
        tree.change(&format!("terraform/{folder}/tenants.auto.tfvars.json"), "\"views\"", "\"viewz\"");
        let said = judged(&tree, &format!("^{folder}$"));
        assert!(!said.ok && said.words().contains("attribute \"views\" is required"), "{cloud}: {}", said.words());
    }
}

#[test]
fn broken_trees_are_refused() {
    if !installed() {
        return;
    }
    let tree = Workspace::example("streaming").build(&["--target", "terraform", "--environment", "production"]);
    let data = "live/production/eu-west-1-row-1/data";
    let access = "live/production/us-east-1-schema-1/access";
    for (folder, file, from, to, words) in [
        (data, "main.tf", "multi_az ", "multi_zn ", "An argument named \"multi_zn\" is not expected here."),
        (data, "main.tf", "= true", "= \"perhaps\"", "a bool is required"),
        (data, "main.tf", "  replicas  ", "   replicas ", "- replicas"),
        (access, "tenants.auto.tfvars.json", "\"tier\"", "\"teir\"", "attribute \"tier\" is required"),
    ] {
        let path = format!("terraform/{folder}/{file}");
        let good = tree.read(&path);
        tree.change(&path, from, to);
        let said = judged(&tree, &format!("^{folder}$"));
        fs::write(tree.path(&path), good).unwrap();
        assert!(!said.ok && said.words().contains(words), "{to}: {}", said.words());
    }
}

fn linted(tree: &Tree) -> Said {
    Said::of(Command::new(repository().join("judges/terraform/lint")).arg(tree.path("terraform")))
}

/// tflint's rules and checkov's policies find nothing beyond the exceptions written down, each with its reason.
#[test]
fn linters_find_nothing() {
    if judge("bin/tflint").is_none() || judge("checkov").is_none() {
        return;
    }
    for (cloud, region, cache) in CLOUDS {
        let said = linted(&all_services(cloud, region, cache).build(&["--target", "terraform"])).fine();
        assert!(said.contains("Failed checks: 0") && !said.contains("Passed checks: 0"), "{cloud}: {said}");
    }
    let tree = Workspace::example("quickstart").build(&["--target", "terraform", "--environment", "production"]);
    let said = linted(&tree).fine();
    assert!(said.contains("Failed checks: 0") && !said.contains("Passed checks: 0"), "{said}");
    for (file, from, to, words) in [
        ("modules/keys/main.tf", "enable_key_rotation     = true", "enable_key_rotation     = false", "CKV_AWS_7"),
        ("modules/postgresql/main.tf", "storage_encrypted     = true", "storage_encrypted     = false", "CKV_AWS_16"),
        (
            "modules/keys/variables.tf",
            "variable \"tags\"",
            "variable \"unused\" {\n  type = string\n}\n\nvariable \"tags\"",
            "terraform_unused_declarations",
        ),
    ] {
        let path = format!("terraform/{file}");
        let good = tree.read(&path);
        tree.change(&path, from, to);
        let said = linted(&tree);
        fs::write(tree.path(&path), good).unwrap();
        assert!(!said.ok && said.words().contains(words), "{to}: {}", said.words());
    }
}
