//! Files that a parser of their format reads; needs no program.
//!
//! in: the whole tree of `examples/streaming`, and one with hostile names. out: every file read back.
//! promises: JSON and YAML parse, names come back as they were, and text files are tidy.

use serde::Deserialize as _;

use crate::support::{HOSTILE, Tree, Workspace};

/// What is untidy about a text.
fn untidy(text: &str) -> Option<String> {
    if !text.ends_with('\n') || text.ends_with("\n\n") {
        return Some("does not end with exactly one newline".into());
    }
    if text.contains('\r') {
        return Some("has a carriage return".into());
    }
    let odd = |line: &str| line.contains('\t') || line.ends_with(' ');
    text.lines().position(odd).map(|line| format!("line {}: a tab, or blanks at the end", line + 1))
}

/// Why a file can't be read.
fn unreadable(path: &str, text: &str) -> Option<String> {
    // Helm's templates are YAML only when they are rendered.
    if path.contains("/charts/") && path.contains("/templates/") {
        return None;
    }
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("json") => serde_json::from_str::<serde_json::Value>(text).err().map(|why| why.to_string()),
        Some("yaml") => serde_yaml::Deserializer::from_str(text)
            .find_map(|document| serde_yaml::Value::deserialize(document).err())
            .map(|why| why.to_string()),
        _ => None,
    }
}

fn read_all(tree: &Tree) {
    let mut faults = Vec::new();
    for path in tree.files() {
        let text = tree.read(&path);
        faults
            .extend(untidy(&text).into_iter().chain(unreadable(&path, &text)).map(|fault| format!("{path}: {fault}")));
    }
    assert!(faults.is_empty(), "{} files:\n{}", faults.len(), faults.join("\n"));
}

/// A string as a spec writes it.
pub fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// A platform whose tenants have hostile names.
pub fn hostile(cloud: &str, region: &str) -> Workspace {
    let mut text = format!(
        "platform market {{ cloud = {cloud}  regions = [{region}]  environments = [production] }}\n\
         schema shop {{ table items {{ id: uuid primary  title: text }} }}\n\
         database main: postgresql {{ version = \"16\"  schema = shop  memory = 1GiB  storage = 4TiB }}\n"
    );
    for (index, (name, _)) in HOSTILE.iter().enumerate() {
        let tier = ["free", "premium", "enterprise"][index % 3];
        text.push_str(&format!("tenant t{index}: {tier} {{ name = \"{name}\"  home = {region} }}\n"));
    }
    if cloud == "kubernetes" {
        text.push_str(&format!("region {region} {{ cloud = kubernetes  jurisdiction = eu  zones = 3 }}\n"));
    }
    Workspace::of(&text)
}

#[test]
fn the_example_is_read_and_tidy() {
    read_all(&Workspace::example("streaming").build(&[]));
}

#[test]
fn hostile_names_come_back_unchanged() {
    let tree = hostile("aws", "eu-west-1").build(&[]);
    read_all(&tree);
    let mut names = Vec::new();
    for path in tree.ending("catalog/production.json") {
        let json: serde_json::Value = serde_json::from_str(&tree.read(&path)).unwrap();
        for (id, tenant) in json["tenants"].as_object().unwrap() {
            names.push((id.clone(), tenant["name"].as_str().unwrap().to_owned(), "JSON"));
        }
    }
    for path in tree.ending("tenants.values.yaml") {
        let yaml: serde_yaml::Value = serde_yaml::from_str(&tree.read(&path)).unwrap();
        for (id, tenant) in yaml["tenants"].as_mapping().unwrap() {
            names.push((id.as_str().unwrap().to_owned(), tenant["name"].as_str().unwrap().to_owned(), "YAML"));
        }
    }
    for (index, (_, wanted)) in HOSTILE.iter().enumerate() {
        let id = format!("t{index}");
        for format in ["JSON", "YAML"] {
            assert!(
                names.iter().any(|(of, name, in_)| *of == id && name == wanted && *in_ == format),
                "{format}: {wanted}: {names:?}"
            );
        }
    }
}

#[test]
fn untidy_and_unreadable_files_are_found() {
    for text in ["a", "a\n\n", "a\r\n", "a \nb\n", "\ta\n", ""] {
        assert!(untidy(text).is_some(), "{text:?}");
    }
    assert_eq!(untidy("a\n\nb\n"), None);
    assert!(unreadable("a.json", "{\"a\": 1,}\n").is_some());
    assert!(unreadable("a.yaml", "a: \"x\ny: 1\n").is_some());
    assert!(unreadable("a.yaml", "a: 1\n---\nb: 2\n").is_none());
    assert!(unreadable("a.yaml", "a: 1\n---\nb: \"x\n").is_some());
    assert!(unreadable("kubernetes/charts/tenants/templates/a.yaml", "{{ if }}\n").is_none());
}
