//! An engine of a workspace's own: every format of files, names with dots, blocks with names, editions, versions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test reads files and fails loudly"
)]

use tenantc::compile;
use tenantc::emit::Selection;
use tenantc::source::Memory;

const ENGINE: &str = r#"
platform demo { cloud = self_hosted  regions = [eu-west-1]  environments = [production] }
engine notes {
  title      = "Notes"
  versions   = ["6", "7"]
  isolations = [row, database]
  edition: community | enterprise = community
  ## What holds notes.
  block collection NAME {
    block index NAME {
      keys: [word] { required = true }
      unique: bool = false
      ttl: duration
    }
  }
  block jvm { engine = notes_jvm }
  file "notes.yml"        { format = yaml  units = iec }
  file "flat.yml"         { format = yaml_flat  units = elastic }
  file "notes.xml"        { format = xml  section = "clickhouse" }
  file "notes.properties" { format = properties  units = java }
  file "jvm.options"      { format = jvm  units = java  settings = "jvm.settings" }
  setting net.tls.mode: "off" | required = required
  setting net.idle: duration = 90s          { unit = 1s }
  setting net.hosts: [string] = ["a<b", "no"]
  setting cache.size: size = memory / 4     { unit = 1MiB }
  setting cache.low: percent = 85%
  setting tls.NAME.enabled: bool
  setting audit.path: string                { edition = enterprise }
  setting journal: bool                     { until = "6"  instead = "net.idle" }
}
engine notes_jvm {
  setting Xmx: size = memory / 2
  setting UseG1GC: bool = true
  setting notes.home: string = "/var/lib/notes"
}
tenant acme: standard { home = eu-west-1 }
"#;

const TEMPLATE: &str = "{% for name, collection in facts.collection|items %}\n\
    make({{ name }});\n\
    {% for index, facts in collection.index|default({})|items %}\n\
    index({{ name }}, {{ index }}, {{ facts }});\n\
    {% endfor %}\n\
    {% endfor %}\n\
    {% for tenant in tenants %}\n\
    tenant({{ tenant.id }}, {{ tenant.database }}, {{ tenant.role }}, {{ tenant.closed }});\n\
    {% endfor %}\n";

fn world(database: &str) -> Memory {
    let spec = format!("{ENGINE}\ndatabase main: notes {{\n  memory = 4GiB\n{database}\n}}\n");
    Memory::of([
        ("a.tenant", spec.as_str()),
        (
            "targets/notes/target.yaml",
            "{ name: notes, about: Scripts., engines: [notes], syntax: { .js: js }, files: [ { each: instance, template: templates/*.j2, path: \"notes/{environment}/{cell}/{file}\" } ] }",
        ),
        ("targets/notes/templates/make.js.j2", TEMPLATE),
    ])
}

fn told(database: &str) -> Vec<String> {
    let (compilation, _) = compile(&world(database), &Selection::default());
    let said = compilation.diagnostics.iter().filter(|told| told.is_error());
    said.map(|told| {
        format!(
            "{} {}{}",
            told.code.id(),
            told.message,
            told.help.iter().map(|help| format!(" ({help})")).collect::<Vec<_>>().concat()
        )
    })
    .collect()
}

/// Each file in its own syntax and its own units, with the place that set each line.
#[test]
fn files() {
    let (compilation, files) = compile(
        &world(
            "  collection releases { index by_artist { keys = [artist, -released_at]  ttl = 3d } }\n  collection empty {}\n  settings { tls.bolt.enabled = true }",
        ),
        &Selection::default(),
    );
    assert!(!compilation.is_broken(), "{:?}", compilation.diagnostics);
    let mut shown = String::new();
    for file in files.iter().filter(|file| file.path.starts_with("config/") || file.path.starts_with("notes/")) {
        shown.push_str(&format!("==== {}\n{}", file.path, file.text));
        for (line, _) in &file.lines {
            let text = file.text.lines().nth(*line as usize - 1).unwrap_or("none");
            assert!(
                text.contains([':', '=', '<', '-']) && !text.trim_start().starts_with('#'),
                "{}:{line}: {text}",
                file.path
            );
        }
    }
    insta::assert_snapshot!(shown);
}

/// Each mistake is told at its line, with what to type.
#[test]
fn mistakes() {
    let all = [
        "  settings { audit.path = \"x\" }",
        "  settings { journal = true }",
        "  settings { net.idel = 3s }",
        "  settings { tls.bolt.enable = true }",
        "  collection { }",
        "  collection a { index b { } }",
        "  collection a { index b { keys = [x]  unqiue = true } }",
        "  collection a { }\n  collection a { }",
        "  colection a { }",
    ];
    insta::assert_snapshot!(
        all.iter().map(|one| format!("{one}\n    {}\n", told(one).join("\n    "))).collect::<Vec<_>>().concat()
    );
}
