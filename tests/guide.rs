//! The guide to an engine of one's own is a workspace: the files it shows compile, and what it says of them holds.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test reads files and fails loudly"
)]

mod fences;

use fences::fences;
use tenantc::compile;
use tenantc::emit::Selection;
use tenantc::source::Memory;

/// Files of the guide: what follows a fence with `file=`.
fn guide() -> Memory {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/add-an-engine.md");
    let text = std::fs::read_to_string(path).expect("the guide");
    let mut world = Memory::default();
    for fence in fences(&text) {
        if let Some(file) = fence.said("file") {
            world.files.insert(file.to_owned(), fence.text.clone().into_bytes());
        }
    }
    world
}

#[test]
fn the_guide_compiles() {
    let (compilation, files) = compile(&guide(), &Selection::default());
    assert!(compilation.diagnostics.is_empty(), "{:#?}", compilation.diagnostics);
    let find = |end: &str| files.iter().find(|file| file.path.ends_with(end)).map_or("", |file| file.text.as_str());
    assert!(find("main/my.cnf").contains("\ninnodb_buffer_pool_size = 1287651328\n"), "{}", find("main/my.cnf"));
    assert!(find("main/tenants.sql").contains("ON `t\\_a\\_b`.* TO 't_a_b'@'%'"), "{}", find("main/tenants.sql"));
}

#[test]
fn what_the_engine_can_not_is_refused() {
    let mut world = guide();
    let spec = String::from_utf8(world.files["shop.tenant"].clone()).unwrap();
    let mut told = |from: &str, to: &str| {
        assert!(spec.contains(from));
        world.files.insert("shop.tenant".into(), spec.replace(from, to).into_bytes());
        let (compilation, _) = compile(&world, &Selection::default());
        compilation
            .diagnostics
            .iter()
            .map(|one| format!("{} {}", one.code.id(), one.message))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(told("isolation = database", "isolation = row").contains("T0504"));
    assert!(told("memory = 2GiB", "memory = 2GiB  settings { max_conections = 3 }").contains("T0701"));
    assert!(told("memory = 2GiB", "memory = 2GiB  settings { innodb_buffer_pool_size = 3GiB }").contains("lower one"));
}
