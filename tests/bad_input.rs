//! Any bytes at all give diagnostics: with the place, before anything is written, all faults in one run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test reads files and fails loudly"
)]

use tenantc::compile;
use tenantc::diag::{Code, Diagnostic};
use tenantc::emit::Selection;
use tenantc::source::Memory;

const PLATFORM: &str = "platform p { cloud = aws  regions = [eu-west-1]  environments = [production] }\n";
const DATABASE: &str =
    "database main: postgresql { schema = app  memory = 8GiB }\nschema app { table t { id: uuid primary } }\n";

fn faults(files: &[(&str, &[u8])]) -> Vec<Diagnostic> {
    let mut world = Memory::default();
    for (path, bytes) in files {
        world.files.insert((*path).to_owned(), bytes.to_vec());
    }
    let (compilation, made) = compile(&world, &Selection::default());
    if compilation.diagnostics.iter().any(Diagnostic::is_error) {
        assert!(made.is_empty(), "files were made of a broken spec");
    }
    compilation.diagnostics
}

fn codes(text: &str) -> Vec<Code> {
    faults(&[("a.tenant", text.as_bytes())]).iter().map(|fault| fault.code).collect()
}

#[test]
fn odd_texts() {
    let spec = |rest: &str| format!("{PLATFORM}{DATABASE}{rest}");
    assert!(codes(&spec("")).is_empty());
    // Windows line ends and a byte order mark mean nothing.
    assert!(codes(&format!("\u{feff}{}", spec("").replace('\n', "\r\n"))).is_empty());
    assert_eq!(codes(&spec("tenant a: free { name = \"x\0\"  home = eu-west-1 }")), [Code::OddCharacter], "a NUL");
    assert_eq!(codes(&spec("tenant a: free { name = \"x")), [Code::UnclosedBrace, Code::UnclosedString]);
    let mut bytes = spec("# ").into_bytes();
    bytes.extend([0xff, 0xfe]);
    assert_eq!(faults(&[("a.tenant", &bytes)]).first().map(|fault| fault.code), Some(Code::UnreadableText));
}

#[test]
fn one_fault_does_not_hide_another() {
    let text = format!(
        "{PLATFORM}{DATABASE}tenant a: free {{ home = }}\ntenant b: fre {{ home = eu-west-1 }}\ntenant c: free {{ home = eu-wst-1 }}\ntenant d: free {{ hom = eu-west-1  home = eu-west-1 }}\n"
    );
    let found = codes(&text);
    assert_eq!(found, [Code::Syntax, Code::UnknownReference, Code::UnknownReference, Code::UnknownAttribute]);
}

#[test]
fn one_cause_is_told_once() {
    let tables = "schema app {\n  table owners { id: uuid primary  city: text  country: text }\n  \
                  table pets { id: uuid primary  owner: uuid references owners }\n}\n";
    let tenant = "tenant acme: free { home = eu-west-1 }\n";
    let database = "database main: postgresql { schema = app  memory = 8GiB }\n";
    let vet = "role vet { grant read on pets where owner.city in user.cities and owner.country in user.countries }\n";
    let spec = |platform: &str, tables: &str| codes(&format!("{platform}{database}{tables}{tenant}{vet}"));
    // Two columns of one table behind one rule.
    assert_eq!(spec(PLATFORM, tables), [Code::UnseenColumn]);
    // Every tenant lives outside of no regions; a rule leads to no table.
    assert_eq!(
        spec(&PLATFORM.replace("regions", "region"), "schema app { table pets { id: uuid primary  owner: text } }"),
        [Code::UnknownAttribute, Code::UnknownReference, Code::UnknownReference,]
    );
    assert_eq!(spec(PLATFORM, &tables.replace("references owners", "references owner")), [Code::UnknownReference]);
    // A size that is none; what the engine requires of it.
    assert_eq!(codes(&format!("{PLATFORM}database cache: redis {{ memory = 2GB }}\n{tenant}")), [Code::BadQuantity]);
}

#[test]
fn a_long_line_ends_soon() {
    let line = "x".repeat(100 << 20);
    let found = faults(&[("a.tenant", line.as_bytes())]);
    assert!(found.iter().any(|fault| fault.code == Code::UnreadableText), "{found:?}");
    let many = format!("{PLATFORM}{DATABASE}# {}\n", "y".repeat(15 << 20));
    assert!(codes(&many).is_empty());
}

#[test]
fn data_files_name_row_and_column() {
    let spec = format!("{PLATFORM}{DATABASE}tenants from \"t.csv\": free {{ name = row.name  home = row.region }}\n");
    let told = |csv: &str| faults(&[("a.tenant", spec.as_bytes()), ("t.csv", csv.as_bytes())]);
    assert!(told("id,name,region\na,A,eu-west-1\n").is_empty());
    assert!(told("\u{feff}id,name,region\r\na,\"A, B\",eu-west-1\r\n").is_empty());
    let ragged = told("id,name,region\na,A,eu-west-1\nb,B\n");
    assert!(
        ragged.iter().any(|fault| fault.code == Code::DataRow && fault.message.contains("row 3 of t.csv")),
        "{ragged:?}"
    );
    let wrong = told("id,name,region\na,A,mars\n");
    assert!(
        wrong
            .iter()
            .any(|fault| fault.code == Code::DataRow
                && fault.message.contains("row 2 of t.csv, column `region`: `mars`")),
        "{wrong:?}"
    );
    let twice = told("id,name,region\na,A,eu-west-1\na,B,eu-west-1\n");
    assert!(twice.iter().any(|fault| fault.code == Code::DuplicateTenant), "{twice:?}");
    let odd = told("id,name,region\n../..,A,eu-west-1\n");
    assert!(odd.iter().any(|fault| fault.code == Code::BadName && fault.message.contains("row 2")), "{odd:?}");
    assert!(told("name,region\nA,eu-west-1\n").iter().any(|fault| fault.code == Code::DataFile));
    assert!(
        faults(&[("a.tenant", spec.as_bytes())]).iter().any(|fault| fault.code == Code::UnreadableText),
        "a missing file"
    );
    assert!(
        faults(&[("a.tenant", spec.as_bytes()), ("t.csv", &[b'i', b'd', 0xff])])
            .iter()
            .any(|fault| fault.code == Code::UnreadableText)
    );
}

#[test]
fn a_row_without_a_home_is_told() {
    let bulk = format!("{PLATFORM}{DATABASE}tenants from \"t.csv\": free {{ name = row.name  home = row.region }}\n");
    let told = |csv: &str| -> Vec<String> {
        let faults = faults(&[("a.tenant", bulk.as_bytes()), ("t.csv", csv.as_bytes())]);
        faults.iter().map(|one| format!("{} {}", one.code.id(), one.message)).collect()
    };
    assert_eq!(told("id,name,region\na,A,eu-west-1\nc,C,\n"), ["T0108 tenant c has no home"]);
    // Each row's own fault, all in one run.
    assert_eq!(told("id,name,region\na,A,nowhere\nc,C,\n").len(), 2);
}

#[test]
fn json_and_yaml_are_data_too() {
    let rows = |file: &str, text: &str| {
        let spec =
            format!("{PLATFORM}{DATABASE}tenants from \"{file}\": free {{ name = row.name  home = row.region }}\n");
        let mut world = Memory::of([("a.tenant", spec.as_str()), (file, text)]);
        world.today = None;
        let (compilation, _) = compile(&world, &Selection::default());
        (compilation.program.tenants.len(), compilation.diagnostics)
    };
    assert_eq!(
        rows(
            "t.json",
            r#"[{"id": "a", "name": "no", "region": "eu-west-1"}, {"id": "b", "name": "B", "region": "eu-west-1"}]"#
        ),
        (2, vec![])
    );
    assert_eq!(rows("t.yaml", "- {id: a, name: \"1e3\", region: eu-west-1}\n"), (1, vec![]));
    assert_eq!(rows("t.json", "{").1.first().map(|fault| fault.code), Some(Code::DataFile));
    assert_eq!(rows("t.yaml", "a: [").1.first().map(|fault| fault.code), Some(Code::DataFile));
    assert_eq!(rows("t.json", r#"{"id": "a"}"#).1.first().map(|fault| fault.code), Some(Code::DataFile));
}

/// A fault in an item of a list underlines the item.
#[test]
fn items_have_places() {
    let place = |file: &str, text: &str| {
        let spec = format!("{PLATFORM}{DATABASE}tenants from \"{file}\": free {{ home = row.region }}\n");
        let (compilation, _) = compile(&Memory::of([("a.tenant", spec.as_str()), (file, text)]), &Selection::default());
        let told: Vec<&str> = compilation
            .diagnostics
            .iter()
            .filter_map(|fault| fault.labels.first())
            .map(|label| compilation.sources.text(label.span))
            .collect();
        told.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let json = r#"[ {"id": "a", "region": "eu-west-1"},
      {"id": "b", "region": "eu-wset-1"}, 7 ]"#;
    let told = place("t.json", json);
    assert!(told.contains(&r#"{"id": "b", "region": "eu-wset-1"}"#.to_owned()), "{told:?}");
    assert!(told.contains(&"7".to_owned()), "{told:?}");
    let yaml = "---\n# a list\n- id: a\n  region: eu-west-1\n  list:\n    - x\n- id: b\n  region: eu-wset-1\n\n- {id: a, region: eu-west-1}\n";
    let told = place("t.yaml", yaml);
    assert!(told.contains(&"- id: b\n  region: eu-wset-1".to_owned()), "{told:?}");
    assert!(told.contains(&"- {id: a, region: eu-west-1}".to_owned()), "{told:?}");
    // A list in brackets has no lines of its own: the file's first line stands for it.
    let told = place("t.yaml", "[{id: a, region: nowhere}]\n");
    assert!(told.contains(&"[{id: a, region: nowhere}]".to_owned()), "{told:?}");
}

#[test]
fn cycles_print_the_whole_loop() {
    let cases = [
        ("tier a: b {}\ntier b: c {}\ntier c: a {}\n", Code::Cycle, 3),
        (
            "database x: postgresql { memory = 8GiB  needs = [y] }\ndatabase y: postgresql { memory = 8GiB  needs = [x] }\n",
            Code::Cycle,
            2,
        ),
        (
            "database x: postgresql { memory = 8GiB  settings { work_mem = settings.temp_buffers  temp_buffers = settings.work_mem } }\ntenant a: free { home = eu-west-1 }\n",
            Code::FormulaCycle,
            2,
        ),
        (
            "schema s { table a { id: uuid primary references b }  table b { id: uuid primary references a } }\n",
            Code::Cycle,
            2,
        ),
    ];
    for (text, code, steps) in cases {
        let found = faults(&[("a.tenant", format!("{PLATFORM}{text}").as_bytes())]);
        let told = found.iter().find(|fault| fault.code == code).unwrap_or_else(|| panic!("{text}: {found:?}"));
        assert_eq!(told.labels.len(), steps, "{told:?}");
        assert!(told.message.matches('→').count() == steps, "{}", told.message);
    }
}

#[test]
fn use_brings_libraries_and_finds_circles() {
    let library = "tier gold: premium { sla = 99.99% }\n";
    let spec = format!("use \"lib\"\n{PLATFORM}{DATABASE}tenant a: gold {{ home = eu-west-1 }}\n");
    assert!(faults(&[("a.tenant", spec.as_bytes()), ("lib/tiers.tenant", library.as_bytes())]).is_empty());
    let missing = faults(&[("a.tenant", spec.as_bytes())]);
    assert!(missing.iter().any(|fault| fault.code == Code::BadUse), "{missing:?}");
    let (one, two) = (format!("use \"../two\"\n{library}"), "use \"../one\"\ntier silver: premium { sla = 99% }\n");
    let spec = spec.replace("use \"lib\"", "use \"one\"");
    let circle = faults(&[
        ("a.tenant", spec.as_bytes()),
        ("one/tiers.tenant", one.as_bytes()),
        ("two/tiers.tenant", two.as_bytes()),
    ]);
    let told = circle.iter().find(|fault| fault.code == Code::Cycle).expect("the circle is told");
    assert_eq!(told.labels.len(), 2, "{told:?}");
    assert!(
        told.message.ends_with("`one` → `two` → `one`") || told.message.ends_with("`two` → `one` → `two`"),
        "{}",
        told.message
    );
}

#[test]
fn overlays_finals_and_secrets() {
    let spec = |rest: &str| format!("{PLATFORM}{DATABASE}{rest}");
    let fixed =
        spec("tier base { final sla = 99% }\ntier gold: base { sla = 99.9% }\ntenant a: gold { home = eu-west-1 }\n");
    assert!(codes(&fixed).contains(&Code::OverridesFinal), "{:?}", codes(&fixed));
    let literal = spec("tenant a: free { home = eu-west-1  channels { slack = \"https://hooks.example/T0/B0/x\" } }\n");
    assert_eq!(codes(&literal), [Code::LiteralSecret]);
    let resize = spec("tenant a: free { home = eu-west-1  database main { memory = 64GiB } }\n");
    assert_eq!(codes(&resize), [Code::SharedResize]);
    let nowhere = spec("database x: postgresql { memory = 8GiB  in prod { replicas = 1 } }\n");
    assert!(codes(&nowhere).contains(&Code::UnknownReference));
}

#[test]
fn catalogues_past_what_a_server_handles_are_told() {
    let spec = |isolation: &str, tenants: usize, tables: usize| {
        let table = |n: usize| format!("  table t{n} {{ id: uuid primary }}\n");
        let tables = (0..tables).map(table).collect::<Vec<_>>().concat();
        let spec = format!(
            "platform p {{ cloud = self_hosted  regions = [eu-west-1]  environments = [production]  cell {{ schemas = 5000 }} }}\n\
             database main: postgresql {{ schema = app  memory = 64GiB  storage = 64TiB  pool {{ tenant_size = 1 }}\n\
             settings {{ max_connections = 1000  work_mem = 4MiB  max_locks_per_transaction = 1000 }} }}\n\
             schema app {{\n{tables}}}\n\
             tenants from \"t.csv\": free {{ home = eu-west-1  isolation = {isolation} }}\n"
        );
        let rows = (0..tenants).map(|n| format!("t{n}\n")).collect::<Vec<_>>();
        let rows = format!("id\n{}", rows.concat());
        let faults = faults(&[("a.tenant", spec.as_bytes()), ("t.csv", rows.as_bytes())]);
        faults.iter().map(|fault| fault.code).collect::<Vec<_>>()
    };
    assert_eq!(spec("database", 500, 1), []);
    assert_eq!(spec("database", 501, 1), [Code::ManyObjects]);
    assert_eq!(spec("schema", 1000, 100), []);
    assert_eq!(spec("schema", 1001, 100), [Code::ManyObjects]);
    assert_eq!(spec("schema", 1000, 1), []);
    assert_eq!(spec("schema", 1001, 1), [Code::ManyObjects]);
}

/// A limit that nobody chose is the engine's own, so nobody is told that it is too large.
#[test]
fn cells_are_no_larger_than_their_engines_take() {
    let spec = |cell: &str, tenants: usize, tables: usize| {
        let table = |n: usize| format!("  table t{n} {{ column id {{ type = uuid }}  partition = [id] }}\n");
        let tables = (0..tables).map(table).collect::<Vec<_>>().concat();
        let spec = format!(
            "platform p {{ cloud = self_hosted  regions = [eu-west-1]  environments = [production]  {cell} }}\n\
             database events: cassandra {{ memory = 32GiB\n{tables} }}\n\
             tenants from \"t.csv\": free {{ home = eu-west-1  isolation = schema }}\n"
        );
        let rows = (0..tenants).map(|n| format!("t{n}\n")).collect::<Vec<_>>();
        let rows = format!("id\n{}", rows.concat());
        let faults = faults(&[("a.tenant", spec.as_bytes()), ("t.csv", rows.as_bytes())]);
        faults.iter().map(|fault| fault.code).collect::<Vec<_>>()
    };
    assert_eq!(spec("", 41, 1), []);
    assert_eq!(spec("", 60, 20), []);
    assert_eq!(spec("cell { schemas = 41 }", 41, 1), [Code::ManyObjects]);
    assert_eq!(spec("cell { schemas = 26 }", 26, 20), [Code::ManyObjects]);
}
