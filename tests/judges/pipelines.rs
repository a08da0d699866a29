//! Pipelines, read by what runs them: Atlantis' own reader, actionlint, and a shell on a real repository.
//!
//! in: the tree of `examples/streaming`. out: projects in order; no fault in the workflow; the roots that a change reaches.
//! promises: each judge refuses what is broken.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::support::{Said, Tree, Workspace, judge};

const ATLANTIS: &str = "pipelines/atlantis.yaml";
const WORKFLOW: &str = "pipelines/github/terraform.yml";

fn tree() -> Tree {
    Workspace::example("streaming").build(&["--target", "pipelines", "--target", "terraform"])
}

#[test]
fn atlantis_reads_every_root_in_order() {
    let Some(program) = judge("bin/atlantis-check") else { return };
    let tree = tree();
    let read = |tree: &Tree| Said::of(Command::new(&program).arg(tree.path(ATLANTIS)));
    let said = read(&tree).fine();
    let order: BTreeMap<&str, u32> = said
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, order)| (name, order.parse().unwrap()))
        .collect();
    assert_eq!(order.len(), tree.ending("/backend.tf").len(), "a project for every root");
    for (name, turn) in &order {
        // A cell may be called like a layer; the last word is the layer.
        if let Some(cell) = name.strip_suffix("-access") {
            assert!(
                order[format!("{cell}-data").as_str()] < *turn && order[format!("{cell}-foundation").as_str()] < *turn
            );
        }
        if name.starts_with("staging-") {
            assert!(order.iter().all(|(other, later)| !other.starts_with("production-") || later > turn), "{name}");
        }
    }
    for (from, to, words) in [
        ("version: 3", "version: 7", "only versions 2 and 3 are supported"),
        ("execution_order_group:", "execution_order_grp:", "execution_order_grp not found"),
        ("undiverged", "undivrged", "not a valid apply_requirement"),
    ] {
        let good = tree.read(ATLANTIS);
        tree.change(ATLANTIS, from, to);
        let said = read(&tree);
        std::fs::write(tree.path(ATLANTIS), good).unwrap();
        assert!(!said.ok && said.words().contains(words), "{to}: {}", said.words());
    }
}

#[test]
fn the_workflow_is_sound() {
    let Some(program) = judge("bin/actionlint") else { return };
    let tree = tree();
    let read = |tree: &Tree| Said::of(Command::new(&program).arg("-no-color").arg(tree.path(WORKFLOW)));
    assert_eq!(read(&tree).fine(), "");
    // Each cloud logs in in its own way.
    for (cloud, region, words) in
        [("gcp", "europe-west1", "google-github-actions/auth"), ("azure", "westeurope", "ARM_USE_OIDC")]
    {
        let tree = crate::readers::hostile(cloud, region).build(&["--target", "pipelines"]);
        assert_eq!(read(&tree).fine(), "", "{cloud}");
        assert!(tree.read(WORKFLOW).contains(words) && !tree.read(WORKFLOW).contains("aws-actions"), "{cloud}");
    }
    for (from, to, words) in [
        ("needs: changed\n", "needs: chnged\n", "does not exist"),
        ("steps.roots.outputs.all", "steps.root.outputs.all", "property \"root\" is not defined"),
        ("fetch-depth", "fetch-dpth", "is not defined in action"),
        ("permissions:\n  contents: read", "permissions:\n  content: read", "unknown permission scope"),
    ] {
        let good = tree.read(WORKFLOW);
        tree.change(WORKFLOW, from, to);
        let said = read(&tree);
        std::fs::write(tree.path(WORKFLOW), good).unwrap();
        assert!(!said.ok && said.words().contains(words), "{to}: {}", said.words());
    }
}

/// The script that picks the roots of a change, run as GitHub runs it.
fn picked(tree: &Tree, repository: &Path, before: &str) -> BTreeMap<String, Vec<String>> {
    let workflow: serde_json::Value = serde_yaml::from_str(&tree.read(WORKFLOW)).unwrap();
    let script = workflow["jobs"]["changed"]["steps"][1]["run"].as_str().unwrap();
    let output = repository.join("../output");
    std::fs::write(&output, "").unwrap();
    Said::of(
        Command::new("bash")
            .args(["-c", script])
            .current_dir(repository)
            .env("BEFORE", before)
            .env("FOLDER", "out")
            .env("GITHUB_OUTPUT", &output),
    )
    .fine();
    let said = std::fs::read_to_string(&output).unwrap();
    let roots = |json: &str| {
        let all: Vec<serde_json::Value> = serde_json::from_str(json).unwrap();
        all.iter().map(|root| root["name"].as_str().unwrap().to_owned()).collect()
    };
    said.lines().filter_map(|line| line.split_once('=')).map(|(job, json)| (job.to_owned(), roots(json))).collect()
}

#[test]
fn a_change_reaches_its_roots_only() {
    if !Said::of(Command::new("jq").arg("--version")).ok {
        crate::support::missing("jq");
        return;
    }
    let tree = tree();
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join("repository");
    std::fs::create_dir(&repository).unwrap();
    Said::of(Command::new("cp").arg("-R").arg(tree.path("")).arg(repository.join("out"))).fine();
    let git = |arguments: &[&str]| {
        Said::of(
            Command::new("git")
                .current_dir(&repository)
                .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
                .args(arguments),
        )
        .fine()
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "one"]);
    let all = picked(&tree, &repository, "0000000000000000000000000000000000000000");
    assert_eq!(all["all"].len(), tree.ending("/backend.tf").len(), "a first push reaches everything");

    let file = "out/terraform/live/production/us-east-1-schema-1/access/tenants.auto.tfvars.json";
    std::fs::write(repository.join(file), "{}\n").unwrap();
    git(&["commit", "-q", "-a", "-m", "two"]);
    let one = picked(&tree, &repository, "HEAD~1");
    assert_eq!(one["all"], ["production-us-east-1-schema-1-access"]);
    assert_eq!(one["production-access"], one["all"]);
    assert!(
        one.iter()
            .filter(|(job, _)| !matches!(job.as_str(), "all" | "production-access"))
            .all(|(_, roots)| roots.is_empty())
    );

    std::fs::write(repository.join("out/terraform/modules/keys/main.tf"), "\n").unwrap();
    git(&["commit", "-q", "-a", "-m", "three"]);
    assert_eq!(picked(&tree, &repository, "HEAD~1")["all"].len(), all["all"].len(), "a module reaches everything");
}

#[test]
fn changes_wait_for_their_window() {
    let tree = tree();
    let workflow: serde_json::Value = serde_yaml::from_str(&tree.read(WORKFLOW)).unwrap();
    let step = &workflow["jobs"]["production-data"]["steps"][0];
    let script = step["run"].as_str().unwrap();
    let at = |now: &str, changed: &[(&str, &str)]| {
        let mut command = Command::new("bash");
        command.args(["-c", script]).env("NOW", now);
        for (name, value) in step["env"].as_object().unwrap() {
            command.env(name, value.as_str().unwrap());
        }
        command.envs(changed.iter().copied());
        Said::of(&mut command).ok
    };
    // Saturday from 2 to 6 in Dublin, which is an hour ahead of UTC in summer.
    for (now, fits) in [
        ("2026-11-21T02:00:00Z", true),
        ("2026-11-21T05:59:59Z", true),
        ("2026-11-21T06:00:00Z", false),
        ("2026-11-21T01:59:59Z", false),
        ("2026-11-22T03:00:00Z", false),
        ("2026-07-04T01:00:00Z", true),
        ("2026-07-04T05:00:00Z", false),
    ] {
        assert_eq!(at(now, &[]), fits, "{now}");
    }
    let night = [("TZ", "UTC"), ("DAY", "7"), ("NEXT", "1"), ("FROM", "1320"), ("TO", "120")];
    for (now, fits) in [("2026-11-22T22:00:00Z", true), ("2026-11-23T01:59:00Z", true), ("2026-11-23T02:00:00Z", false)]
    {
        assert_eq!(at(now, &night), fits, "{now}");
    }
}
