//! What holds for any input: no panic, no endless run, formatting keeps the meaning and settles at once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test reads files and fails loudly"
)]

use proptest::prelude::*;
use tenantc::compile;
use tenantc::emit::Selection;
use tenantc::parse;
use tenantc::source::{Memory, Origin, SourceMap};

const SPEC: &str = r#"
## A shop.
platform shop { cloud = aws  regions = [eu-west-1]  environments = [staging, production] }   # one
database main: postgresql { schema = app  memory = 8GiB  in production { replicas = 1 } }
schema app { table users { id: uuid primary  email: text unique required personal } }
tier gold: premium { quota { cpu = 2  requests = 400/s }  require count(tenants) <= 5 else "too many: {count(tenants)}" }
tenant a: gold { name = "A \"b\" \{c\}"  home = eu-west-1  growth = 8%/30d }
policy p { for tenant where tier == gold { require home.jurisdiction == eu and not (quota.cpu > 3) } }
"#;

fn platform(text: &str) -> Memory {
    Memory::of([("a.tenant", text)])
}

fn format(text: &str) -> Option<String> {
    let mut sources = SourceMap::default();
    sources.add("a.tenant", text, Origin::Workspace);
    sources.files().first().and_then(parse::format)
}

/// Kinds and texts of tokens, as far as a second reader sees them: everything but blanks.
fn dense(text: &str) -> String {
    text.split_whitespace().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Any bytes at all give diagnostics.
    #[test]
    fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut world = Memory::default();
        world.files.insert("a.tenant".into(), bytes.clone());
        world.files.insert("x.csv".into(), bytes);
        let (compilation, files) = compile(&world, &Selection::default());
        prop_assert!(!compilation.diagnostics.is_empty());
        prop_assert!(files.is_empty());
    }

    /// Any text made of the language's own words and signs ends.
    #[test]
    fn any_tokens_end(words in proptest::collection::vec(prop_oneof![
        Just("platform"), Just("tenant"), Just("a"), Just("{"), Just("}"), Just("["), Just("]"), Just("("), Just(")"), Just("="), Just(":"),
        Just("in"), Just("for"), Just("where"), Just("require"), Just("else"), Just("if"), Just("then"), Just("not"), Just("-"), Just("4GiB"),
        Just("\"x{a}\""), Just("\"{\""), Just("\n"), Just(","), Just("."), Just("=="), Just("database"), Just("schema"), Just("table"), Just("#c\n"), Just("##d\n"),
    ], 0..120)) {
        let text = words.join(" ");
        let (compilation, _) = compile(&platform(&text), &Selection::default());
        prop_assert!(compilation.sources.files().len() > 3);
    }

    /// A spec with a piece cut out or doubled never panics, and formats to something that formats to itself.
    #[test]
    fn damaged_specs(from in 0..SPEC.len(), length in 0..60_usize, double in any::<bool>()) {
        let cut = |at: usize| (0..=at.min(SPEC.len())).rev().find(|at| SPEC.is_char_boundary(*at)).unwrap_or(0);
        let (start, end) = (cut(from), cut(from + length));
        let text = if double { format!("{}{}", &SPEC[..end], &SPEC[start..]) } else { format!("{}{}", &SPEC[..start], &SPEC[end..]) };
        let _ = compile(&platform(&text), &Selection::default());
        if let Some(once) = format(&text) {
            prop_assert_eq!(dense(&once), dense(&text));
            let twice = format(&once).expect("what was formatted can be read");
            prop_assert_eq!(twice, once);
        }
    }

    /// A tenant's display name is never more than a name: whatever it is, the build makes the same files, and JSON and
    /// YAML give it back.
    #[test]
    fn names_are_inert(name in "\\PC{0,40}|[\\x01-\\x7f]{0,40}|(\\$\\{path.root\\}|%\\{if\\}|'; DROP TABLE x; --|\\{\\{ .Values \\}\\}|\\\\|\"|\n|\u{2028}|é){0,6}") {
        let csv = format!("id,name\nt1,\"{}\"\n", name.replace('"', "\"\""));
        let spec = SPEC.to_owned() + "tenants from \"t.csv\": gold { name = row.name  home = eu-west-1 }\n";
        let world = Memory::of([("a.tenant", spec.as_str()), ("t.csv", csv.as_str())]);
        let (compilation, files) = compile(&world, &Selection::default());
        prop_assume!(!name.contains('\r') && !name.is_empty());
        prop_assert!(!compilation.is_broken(), "{:?}", compilation.diagnostics);
        let catalog = files.iter().find(|file| file.path == "catalog/production.json").expect("a catalogue");
        let read: serde_json::Value = serde_json::from_str(&catalog.text).expect("JSON");
        prop_assert_eq!(read["tenants"]["t1"]["name"].as_str(), Some(name.as_str()));
        for file in files.iter().filter(|file| file.path.ends_with("tenants.values.yaml")) {
            let read: serde_json::Value = serde_yaml::from_str(&file.text).expect("YAML");
            if let Some(found) = read["tenants"].get("t1") {
                prop_assert_eq!(found["name"].as_str(), Some(name.as_str()));
            }
        }
    }
}

/// Blocks in another order, and in other files, make the same tree but for the places that origins name.
#[test]
fn order_of_declarations_does_not_matter() {
    let blocks: Vec<&str> = SPEC.trim().split('\n').collect();
    let unplaced = |text: &str| {
        let place = |part: &str| part.starts_with("a.tenant:") || part.starts_with("b.tenant:");
        text.split_whitespace().filter(|part| !place(part)).collect::<Vec<_>>().join(" ")
    };
    let tree = |world: &Memory| {
        let (compilation, files) = compile(world, &Selection::default());
        assert!(!compilation.is_broken(), "{:?}", compilation.diagnostics);
        files.into_iter().map(|file| (file.path, unplaced(&file.text))).collect::<Vec<_>>()
    };
    let straight = tree(&platform(SPEC));
    let mut reversed = blocks.clone();
    reversed.reverse();
    let (left, right) = reversed.split_at(3);
    let (left, right) = (left.join("\n"), right.join("\n"));
    let shuffled = tree(&Memory::of([("a.tenant", right.as_str()), ("b.tenant", left.as_str())]));
    assert_eq!(straight.len(), shuffled.len());
    for (a, b) in straight.iter().zip(&shuffled) {
        assert_eq!(a, b);
    }
}

/// Twice as much text takes no more than twice the work: counted in tokens that the parser reads, not in time.
#[test]
fn nesting_and_length_are_bounded() {
    for text in [
        "a {".repeat(100_000),
        "a = ".to_owned() + &"[".repeat(100_000),
        "a = ".to_owned() + &"not ".repeat(100_000),
        "x".repeat(20 << 20),
    ] {
        let (compilation, files) = compile(&platform(&text), &Selection::default());
        assert!(files.is_empty());
        assert!(compilation.diagnostics.len() < 200, "{} diagnostics", compilation.diagnostics.len());
    }
}
