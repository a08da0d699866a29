//! `tenantc graph`: what depends on what, in Graphviz's language.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::{Common, End, print, report, workspace};
use crate::analyse;
use crate::resolve::{Node, Object, Program, Value};
use crate::source::Origin;

/// What `graph` takes.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenantc graph | dot -Tsvg > platform.svg
  tenantc graph --of tables")]
pub struct Arguments {
    /// The workspace; the one around this folder when left out
    workspace: Option<PathBuf>,
    /// What is drawn
    #[arg(long, value_enum, default_value_t)]
    of: Of,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Of {
    /// Blocks, what they start from and what they refer to
    #[default]
    Blocks,
    /// Tables and their references
    Tables,
}

/// Runs the command.
pub fn run(arguments: &Arguments, common: Common) -> End {
    let workspace = match workspace(arguments.workspace.as_deref(), None) {
        Ok(workspace) => workspace,
        Err(end) => return end,
    };
    let compilation = analyse(&workspace);
    let end = report::show(&compilation.diagnostics, &compilation.sources, common);
    let edges = match arguments.of {
        Of::Blocks => blocks(&compilation.program),
        Of::Tables => tables(&compilation.program),
    };
    let mut text = String::from("digraph platform {\n  rankdir = LR\n  node [shape = box]\n");
    for (from, to, label) in edges {
        let _ = writeln!(text, "  {} -> {} [label = {}]", quoted(&from), quoted(&to), quoted(&label));
    }
    text.push_str("}\n");
    print(&text);
    end
}

type Edges = BTreeSet<(String, String, String)>;

/// Workspace blocks with their parents and references; tenants by tier, counted.
fn blocks(program: &Program) -> Edges {
    let mut edges = Edges::new();
    let name = |id| {
        program.definition(id).map(|definition| format!("{} {}", definition.kind, definition.name)).unwrap_or_default()
    };
    for definition in program
        .definitions
        .iter()
        .filter(|definition| definition.origin == Origin::Workspace && definition.kind != "tenant")
    {
        let from = format!("{} {}", definition.kind, definition.name);
        if let Some(parent) = definition.parent.map(name).filter(|parent| *parent != from) {
            edges.insert((from.clone(), parent, "starts from".to_owned()));
        }
        if let Some(engine) = &definition.engine {
            edges.insert((from.clone(), format!("engine {engine}"), "is".to_owned()));
        }
        for fact in &definition.body.facts {
            let Node::Value(value) = &fact.value.node else { continue };
            let values = if let Value::List(values) = value { values.to_vec() } else { vec![value.clone()] };
            for value in values {
                if let Value::Object(Object::Definition(id), _) = value {
                    edges.insert((from.clone(), name(id), fact.field.path.to_string()));
                }
            }
        }
    }
    let mut tiers = std::collections::BTreeMap::new();
    for tier in program.tenants.iter().filter_map(|tenant| tenant.tier) {
        *tiers.entry(tier).or_insert(0_usize) += 1;
    }
    for (tier, count) in tiers {
        edges.insert((format!("{count} tenants"), name(tier), "are".to_owned()));
    }
    edges
}

fn tables(program: &Program) -> Edges {
    let all = program.schemas.values().flat_map(|schema| schema.tables.iter().map(move |table| (schema, table)));
    all.flat_map(|(schema, table)| {
        table.references.iter().map(move |reference| {
            (
                format!("{}.{}", schema.name, table.name),
                format!("{}.{}", schema.name, reference.table),
                reference.columns.join(", "),
            )
        })
    })
    .collect()
}

/// A string of Graphviz's language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
