//! Which facts a line of output follows from: each fact of the workspace is changed in turn, and the file made again.
//!
//! in: a workspace that compiles, a file it makes, a line of it. out: the facts without which the line would be another.
//! promises: nothing is written; a fact is named only when changing it changed the line; one that could not be changed
//! without a fault is left out.

use rayon::prelude::*;

use crate::emit::{OutFile, Selection};
use crate::resolve::{Definition, Fact, Node, Program, Type, Value};
use crate::source::{Origin, Span, Unreadable, World};
use crate::{Compilation, compile};

/// Facts that are tried, at most. A workspace with more has most of its tenants in data files.
const TRIES: usize = 400;

/// A workspace with another text for one of its files.
struct Changed<'w> {
    under: &'w dyn World,
    path: &'w str,
    text: String,
}

impl World for Changed<'_> {
    fn specs(&self, folder: &str) -> Result<Vec<String>, Unreadable> {
        self.under.specs(folder)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        if path == self.path { Ok(self.text.clone().into_bytes()) } else { self.under.read(path) }
    }

    fn targets(&self) -> Result<Vec<String>, Unreadable> {
        self.under.targets()
    }

    fn today(&self) -> Option<(i16, u8, u8)> {
        self.under.today()
    }
}

/// Places of the facts that a line follows from, in the order of the sources. Nothing where there are too many to try.
pub fn of_line(world: &dyn World, compilation: &Compilation, file: &OutFile, line: &str) -> Option<Vec<Span>> {
    let program = &compilation.program;
    if !file.made_by.ends_with(".j2") {
        return Some(Vec::new()); // copied as it is
    }
    // No database's facts reach the files of another.
    let store = |one: &&Definition| one.kind == "database";
    let of_one = program.definitions.iter().filter(store).any(|one| one.span == file.origin);
    let own = |one: &&Definition| !(of_one && one.kind == "database" && one.span != file.origin);
    let workspace = program.definitions.iter().filter(|one| one.origin == Origin::Workspace).filter(own);
    let bodies = workspace.map(|one| &one.body);
    let bodies = bodies.chain(program.bulks.iter().map(|bulk| &bulk.body));
    let facts: Vec<&Fact> = bodies
        .flat_map(|body| body.facts.iter().chain(body.nested.iter().flat_map(|nested| &nested.facts)))
        .filter(|fact| fact.value.span != fact.span)
        .collect();
    if facts.len() > TRIES {
        return None;
    }
    let selection = Selection {
        environments: compilation
            .built
            .iter()
            .flat_map(|built| &built.model.environments)
            .map(|environment| environment.name.to_string())
            .filter(|name| file.path.split(['/', '.']).any(|part| part == name))
            .collect(),
        targets: file.made_by.split_once('/').map(|(target, _)| target.to_owned()).into_iter().collect(),
    };
    let times = |text: &str| text.lines().filter(|one| *one == line).count();
    let before = times(&file.text);
    let mut found: Vec<Span> = facts
        .par_iter()
        .filter(|fact| {
            let Some(source) = compilation.sources.file_at(fact.value.span.start) else { return false };
            let (base, value) = (source.span().start, fact.value.span);
            let cut = |from: u32, to: u32| {
                source.text.get((from - base) as usize..(to - base) as usize).unwrap_or_default().to_owned()
            };
            let own = cut(value.start, value.end);
            let made = others(fact, &own, program).into_iter().find_map(|other| {
                let text = cut(base, value.start) + &other + &cut(value.end, source.span().end);
                let changed = Changed { under: world, path: &source.name, text };
                let (compilation, files) = compile(&changed, &selection);
                (!compilation.is_broken()).then_some(files)
            });
            made.is_some_and(|files| {
                let same = files.iter().find(|made| made.path == file.path);
                // Without the file there is no line to ask about.
                same.is_some_and(|made| times(&made.text) != before)
            })
        })
        .map(|fact| fact.span)
        .collect();
    found.sort_unstable_by_key(|span| span.start);
    Some(found)
}

/// Other values that could stand there, the likeliest to compile first.
fn others(fact: &Fact, own: &str, program: &Program) -> Vec<String> {
    let Node::Value(value) = &fact.value.node else {
        // A formula: twice what it gives.
        let quantity = matches!(fact.field.ty, Type::Int | Type::Number | Type::Size | Type::Duration | Type::Rate);
        return if quantity { vec![format!("({own}) + ({own})")] } else { Vec::new() };
    };
    let shown = |all: &[Value]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    match value {
        Value::Bool(value) => vec![(!value).to_string()],
        Value::Int(value) => shown(&[Value::Int(value + 1), Value::Int(value - 1), Value::Int(value * 2)]),
        Value::Number(value) => shown(&[Value::Number(value * 2.0), Value::Number(value / 2.0)]),
        Value::Size(value) => shown(&[Value::Size(value * 2), Value::Size(value / 2)]),
        Value::Duration(value) => shown(&[Value::Duration(value * 2), Value::Duration(value / 2)]),
        Value::Percent(value) => shown(&[Value::Percent(value * 0.99)]),
        Value::Rate(value) => shown(&[Value::Rate(value * 2.0)]),
        Value::Text(_) => own.strip_suffix('"').map(|open| format!("{open}x\"")).into_iter().collect(),
        Value::Word(word) => fact.field.ty.words().filter(|other| other != word).map(ToString::to_string).collect(),
        Value::Object(_, name) => match &fact.field.ty {
            Type::Ref(kind) => {
                program.names.all(kind).iter().filter(|other| *other != name).take(3).map(ToString::to_string).collect()
            }
            _ => Vec::new(),
        },
        Value::List(values) => {
            let plain = values.iter().all(|value| matches!(value, Value::Word(_) | Value::Object(..) | Value::Int(_)));
            let shorter =
                values.split_last().filter(|_| plain).map(|(_, rest)| format!("[{}]", shown(rest).join(", ")));
            shorter.into_iter().collect()
        }
        _ => Vec::new(),
    }
}
