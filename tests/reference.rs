//! Every example of the language's reference compiles without a word.
#![allow(clippy::expect_used, clippy::disallowed_methods, reason = "a test reads files and fails loudly")]

use std::path::Path;

use tenantc::compile;
use tenantc::diag::{Format, fancy, render};
use tenantc::emit::Selection;
use tenantc::source::Memory;

const PLATFORM: &str =
    "platform example { cloud = aws  regions = [eu-west-1]  environments = [staging, production] }\n";

/// Fenced blocks: the words behind the fence, the text, the line. A `tenant` fence begins an example; a fence with
/// `file=` right behind it belongs to it.
fn fences(text: &str) -> Vec<(String, String, usize)> {
    let mut out = Vec::new();
    let mut open: Option<(String, String, usize)> = None;
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(""), Some(_)) => out.extend(open.take()),
            (Some(info), None) => open = Some((info.to_owned(), String::new(), index + 1)),
            (_, Some((_, body, _))) => {
                body.push_str(line);
                body.push('\n');
            }
            _ => {}
        }
    }
    out
}

#[test]
fn every_example_compiles() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("lang/README.md");
    let text = std::fs::read_to_string(path).expect("the reference");
    let all = fences(&text);
    let mut examples: Vec<(usize, Memory)> = Vec::new();
    for (info, body, line) in all {
        if info == "tenant" {
            let spec = if body.contains("platform ") { body } else { format!("{PLATFORM}{body}") };
            examples.push((line, Memory::of([("main.tenant", spec.as_str())])));
        } else if let (Some((_, file)), Some((_, world))) = (info.split_once("file="), examples.last_mut()) {
            world.files.insert(file.to_owned(), body.into_bytes());
        }
    }
    assert!(examples.len() >= 8, "{} examples", examples.len());
    for (line, world) in examples {
        let (compilation, _) = compile(&world, &Selection::default());
        let told = render(Format::Fancy, &compilation.diagnostics, &compilation.sources, fancy::Style::default());
        assert!(told.is_empty(), "lang/README.md:{line}\n{told}");
    }
}
