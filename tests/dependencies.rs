//! What `deny.toml` says of dependencies holds for the crates of `Cargo.lock`: licences, sources, crates nobody wants.
//!
//! `cargo deny check` says the same and more (known holes, which it needs a network for); this part of it always runs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test reads files and fails loudly"
)]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

fn rules() -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml");
    std::fs::read_to_string(path).expect("deny.toml").parse().expect("TOML")
}

fn words(rules: &toml::Table, section: &str, list: &str, key: Option<&str>) -> Vec<String> {
    let all = rules[section][list].as_array().expect("a list");
    let word = |value: &toml::Value| key.map_or(value, |key| &value[key]).as_str().expect("a word").to_owned();
    all.iter().map(word).collect()
}

/// What is wrong with a crate; nothing when all is well.
fn fault(package: &Value, allowed: &[spdx::Licensee], banned: &[String]) -> Option<String> {
    let name = package["name"].as_str().expect("a name");
    if banned.iter().any(|one| one == name) {
        return Some(format!("{name} is banned"));
    }
    if package["source"].as_str().is_some_and(|source| source != CRATES_IO) {
        return Some(format!("{name} comes from {}", package["source"]));
    }
    let Some(licence) = package["license"].as_str() else { return Some(format!("{name} has no licence")) };
    // Crates from before SPDX had expressions wrote `/` for `OR`.
    let expression = match spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX) {
        Ok(expression) => expression,
        Err(why) => return Some(format!("{name}: {licence}: {why}")),
    };
    let fits = expression.evaluate(|wanted| allowed.iter().any(|one| one.satisfies(wanted)));
    (!fits).then(|| format!("{name} is {licence}"))
}

#[test]
fn every_crate_is_welcome() {
    let rules = rules();
    let allowed: Vec<spdx::Licensee> = words(&rules, "licenses", "allow", None)
        .iter()
        .map(|licence| spdx::Licensee::parse(licence).expect("a licence"))
        .collect();
    let banned = words(&rules, "bans", "deny", Some("crate"));
    let packages = packages();
    assert!(packages.len() > 50, "{} packages", packages.len());
    let faults: Vec<String> = packages.iter().filter_map(|package| fault(package, &allowed, &banned)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    // The check bites: the same crates, were GPL the only licence, one of them banned, or none from crates.io.
    let gpl = [spdx::Licensee::parse("GPL-3.0-only").expect("a licence")];
    let first = &packages[0];
    assert!(fault(first, &gpl, &[]).is_some());
    assert!(fault(first, &allowed, &[first["name"].as_str().expect("a name").to_owned()]).is_some());
    let mut foreign = first.clone();
    foreign["source"] = "git+https://example.com/x".into();
    assert!(fault(&foreign, &allowed, &[]).is_some());
}
