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
    judged(
        &crate::readers::hostile("aws", "eu-west-1").build(&["--target", "terraform"]),
        "^live/.*/(access|foundation)$",
    )
    .fine();
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
