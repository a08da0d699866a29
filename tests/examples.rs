//! The examples compile to what their snapshots say: one snapshot an output file, for a person to read in a diff.
//!
//! Of the smallest example every file of production is kept; of the others the files that tenants and settings reach, in
//! cells that show something of their own. What is copied as it is (modules, charts) is left to its own tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test reads files and fails loudly"
)]

use std::path::{Path, PathBuf};

use tenantc::disk::Workspace;
use tenantc::emit::{OutFile, Selection};
use tenantc::{Compilation, compile};

fn built(example: &str) -> (Compilation, Vec<OutFile>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let workspace = Workspace::open(&folder, vec![folder.join("out")]).expect("the example is there");
    let (compilation, files) = compile(&workspace, &Selection::default());
    assert!(compilation.diagnostics.is_empty(), "{example}: {:?}", compilation.diagnostics);
    assert!(!files.is_empty());
    (compilation, files)
}

/// Parts of paths that a snapshot is kept for.
const SHOWN: [&str; 12] = [
    "/postgresql.conf",
    "/pgbouncer.ini",
    "/pg_hba.conf",
    "/020_tables.sql",
    "/040_grants.sql",
    "/tenants.sql",
    "/data/main.tf",
    "/foundation/main.tf",
    "/tenants.auto.tfvars.json",
    "/tenants.values.yaml",
    "/values.yaml",
    "catalog/production.json",
];

/// One file of each other engine, with what keeps tenants apart in it.
const ENGINES: [&str; 8] = [
    "config/production/eu-west-1-row-1/cache/redis.conf",
    "config/production/eu-west-1-row-1/cache/users.acl",
    "sql/production/eu-west-1-row-1/plays/022_hypertables.sql",
    "mongodb/production/eu-west-1-row-1/content/020_users.js",
    "config/production/eu-west-1-row-1/reports/users.d/users.xml",
    "config/production/eu-west-1-schema-1/search/roles.yml",
    "neo4j/production/eu-west-1-database-1/graph/010_tenants.cypher",
    "cassandra/production/eu-west-1-schema-1/events/020_tenants.cql",
];

/// Snapshots of an example: of these cells, the files of PostgreSQL and of no store that [`SHOWN`] names; every file where no
/// cell is named. And the files whose whole paths are given.
fn check(example: &str, cells: &[&str], more: &[&str]) {
    let (_, files) = built(example);
    let wanted = |file: &&OutFile| {
        if cells.is_empty() {
            let whole = ["catalog/production", "pipelines/"];
            return file.path.contains("/production/") || whole.iter().any(|start| file.path.starts_with(start));
        }
        if more.contains(&file.path.as_str()) {
            return true;
        }
        let other = ["/plays/", "/cache/", "/reports/"].iter().any(|store| file.path.contains(store));
        let place = file.path.starts_with("catalog/")
            || cells.iter().any(|cell| file.path.contains(&format!("/production/{cell}/")));
        place
            && !other
            && SHOWN.iter().any(|part| file.path.ends_with(part))
            && !file.path.starts_with("kubernetes/charts")
    };
    let mut seen = 0;
    for file in files.iter().filter(wanted) {
        let folder = PathBuf::from("snapshots").join(example);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        // Marks of what a place is made from, the templates too: any edit of one would show everywhere.
        settings.add_filter("tenantc [0-9a-f]{64}", "tenantc [sha256]");
        settings.bind(|| insta::assert_snapshot!(file.path.replace('/', "__"), file.text));
        seen += 1;
    }
    assert!(more.iter().all(|path| files.iter().any(|file| file.path == **path)), "{example} has not all of {more:?}");
    assert!(seen > 5, "{example}: {seen} snapshots");
}

#[test]
fn quickstart() {
    check("quickstart", &[], &[]);
}

#[test]
fn streaming() {
    check("streaming", &["eu-west-1-row-1", "us-east-1-schema-1", "dedicated/acme"], &ENGINES);
}

#[test]
fn clinics() {
    check("clinics", &["berlin-database-1", "berlin-schema-1"], &[]);
}

/// What a reviewer's tools choke on is in no file.
#[test]
fn every_file_is_plain_text() {
    for example in ["quickstart", "streaming", "clinics"] {
        for file in built(example).1 {
            let text = &file.text;
            assert!(
                text.ends_with('\n') && !text.ends_with("\n\n"),
                "{example}/{} ends in {:?}",
                file.path,
                text.chars().last()
            );
            assert!(!text.contains('\r'), "{} has a carriage return", file.path);
            let odd = text.lines().position(|line| line.ends_with([' ', '\t']));
            assert_eq!(odd, None, "{example}/{} has a trailing blank", file.path);
        }
    }
}

/// The lock file that is checked in is the one that a build makes.
#[test]
fn lock_files_are_current() {
    for example in ["quickstart", "streaming", "clinics"] {
        let (compilation, _) = built(example);
        let built = compilation.built.as_ref().expect("a model");
        assert_eq!(
            built.lock, compilation.lock,
            "{example}/tenantc.lock is not current: run tenantc build examples/{example}"
        );
    }
}

/// The same sources give the same bytes, whatever the number of threads and the order of declarations.
#[test]
fn bytes_depend_on_the_sources_alone() {
    let texts = |files: Vec<OutFile>| files.into_iter().map(|file| (file.path, file.text)).collect::<Vec<_>>();
    let first = texts(built("streaming").1);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    let second = one.install(|| texts(built("streaming").1));
    assert!(first == second, "one thread gives other bytes than many");
}
