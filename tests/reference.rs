//! Every example of the language's reference compiles without a word.
#![allow(clippy::expect_used, clippy::disallowed_methods, reason = "a test reads files and fails loudly")]

mod fences;

use std::path::Path;

use fences::fences;
use tenantc::compile;
use tenantc::diag::{Format, fancy, render};
use tenantc::emit::Selection;
use tenantc::source::Memory;

const PLATFORM: &str =
    "platform example { cloud = aws  regions = [eu-west-1]  environments = [staging, production] }\n";

#[test]
fn every_example_compiles() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("lang/README.md");
    let text = std::fs::read_to_string(path).expect("the reference");
    let mut examples: Vec<(usize, Memory)> = Vec::new();
    // A `tenant` fence begins an example; a fence with `file=` right behind it belongs to it.
    for fence in fences(&text) {
        if fence.info == "tenant" {
            let spec = if fence.text.contains("platform ") { fence.text } else { format!("{PLATFORM}{}", fence.text) };
            examples.push((fence.line, Memory::of([("main.tenant", spec.as_str())])));
        } else if let (Some(file), Some((_, world))) = (fence.said("file"), examples.last_mut()) {
            world.files.insert(file.to_owned(), fence.text.clone().into_bytes());
        }
    }
    assert!(examples.len() >= 8, "{} examples", examples.len());
    for (line, world) in examples {
        let (compilation, _) = compile(&world, &Selection::default());
        let told = render(Format::Fancy, &compilation.diagnostics, &compilation.sources, fancy::Style::default());
        assert!(told.is_empty(), "lang/README.md:{line}\n{told}");
    }
}
