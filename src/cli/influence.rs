//! Which facts a line of output follows from: each fact of the workspace is changed in turn, and the file made again.
//!
//! in: a workspace that compiles, a file it makes, a line of it. out: the facts without which the line would be another.
//! promises: nothing is written; a fact is named only when changing it changed the line; one that could not be changed
//! without a fault is left out.

use std::sync::Arc;

use rayon::prelude::*;

use crate::Compilation;
use crate::check;
use crate::diag::Diagnostic;
use crate::emit::{self, OutFile, Selection};
use crate::eval;
use crate::parse::ast::Binary;
use crate::resolve::{self, Body, Definition, Fact, Node, Program, Type, Typed, Value};
use crate::source::{Origin, SourceMap, Span, World};

/// Facts that are tried, at most. A workspace with more has most of its tenants in data files.
const TRIES: usize = 400;

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
    let bodies = workspace.map(|one| &one.body).chain(program.bulks.iter().map(|bulk| &bulk.body));
    let facts: Vec<&Fact> = bodies.flat_map(facts).filter(|fact| fact.value.span != fact.span).collect();
    if facts.len() > TRIES {
        return None;
    }
    let environments = compilation.built.iter().flat_map(|built| &built.model.environments);
    let selection = Selection {
        environments: environments
            .map(|environment| environment.name.to_string())
            .filter(|name| file.path.split(['/', '.']).any(|part| part == name))
            .collect(),
        targets: file.made_by.split_once('/').map(|(target, _)| target.to_owned()).into_iter().collect(),
        file: Some(file.path.clone()),
    };
    let packs = emit::packs(world, &mut Vec::new());
    let times = |text: &str| text.lines().filter(|one| *one == line).count();
    let before = times(&file.text);
    // Each thread has a program of its own, to change one fact of it after the other.
    let share = facts.len().div_ceil(rayon::current_num_threads()).max(1);
    let mut found: Vec<Span> = facts
        .par_chunks(share)
        .flat_map_iter(|facts| {
            let mut sources = SourceMap::default();
            let mut own = resolve::resolve(world, &mut sources, &mut Vec::new());
            let mut made = |fact: &Fact, other: Arc<Typed>| {
                let kept = swapped(&mut own, fact.span, other)?;
                let text = text(&own, &sources, compilation, world, &packs, &selection);
                swapped(&mut own, fact.span, kept);
                text
            };
            let changes = |fact: &&&Fact| {
                // Without the file there is no line to ask about.
                others(fact, program)
                    .into_iter()
                    .find_map(|other| made(fact, other))
                    .is_some_and(|text| times(&text) != before)
            };
            facts.iter().filter(changes).map(|fact| fact.span).collect::<Vec<_>>()
        })
        .collect();
    found.sort_unstable_by_key(|span| span.start);
    Some(found)
}

/// All facts of a body, those about one database included.
fn facts(body: &Body) -> impl Iterator<Item = &Fact> {
    body.facts.iter().chain(body.nested.iter().flat_map(|nested| &nested.facts))
}

/// Puts another value into the fact that stands at a place; gives the one that was there.
fn swapped(program: &mut Program, span: Span, other: Arc<Typed>) -> Option<Arc<Typed>> {
    let bodies = program.definitions.iter_mut().map(|one| &mut one.body);
    let bodies = bodies.chain(program.bulks.iter_mut().map(|bulk| &mut bulk.body));
    let mut facts = bodies
        .flat_map(|body| body.facts.iter_mut().chain(body.nested.iter_mut().flat_map(|nested| &mut nested.facts)));
    let fact = facts.find(|fact| fact.span == span)?;
    Some(std::mem::replace(&mut fact.value, other))
}

/// The one file of a selection, as a changed program makes it; nothing where it has a fault or makes no such file.
fn text(
    program: &Program,
    sources: &SourceMap,
    compilation: &Compilation,
    world: &dyn World,
    packs: &[emit::Pack],
    selection: &Selection,
) -> Option<String> {
    let mut told = Vec::new();
    let built = eval::build(program, sources, &compilation.lock, world.today(), &selection.environments, &mut told)?;
    check::check(program, &built.model, &mut told);
    let text = std::sync::Mutex::new(None);
    let sink = |file: OutFile| *text.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(file.text);
    if !told.iter().any(Diagnostic::is_error) {
        emit::emit(packs, &built.model, sources, selection, &sink, &mut told);
    }
    text.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Other values that could stand there, the likeliest to compile first.
fn others(fact: &Fact, program: &Program) -> Vec<Arc<Typed>> {
    let own: &Typed = &fact.value;
    let Node::Value(value) = &own.node else {
        // A formula: twice what it gives.
        let quantity = matches!(fact.field.ty, Type::Int | Type::Number | Type::Size | Type::Duration | Type::Rate);
        let twice = || Node::Binary(Binary::Plus, Box::new(own.clone()), Box::new(own.clone()));
        return if quantity { vec![Arc::new(Typed { node: twice(), ..own.clone() })] } else { Vec::new() };
    };
    let values = match value {
        Value::Bool(value) => vec![Value::Bool(!value)],
        Value::Int(value) => vec![Value::Int(value + 1), Value::Int(value - 1), Value::Int(value * 2)],
        Value::Number(value) => vec![Value::Number(value * 2.0), Value::Number(value / 2.0)],
        Value::Size(value) => vec![Value::Size(value * 2), Value::Size(value / 2)],
        Value::Duration(value) => vec![Value::Duration(value * 2), Value::Duration(value / 2)],
        Value::Percent(value) => vec![Value::Percent(value * 0.99)],
        Value::Rate(value) => vec![Value::Rate(value * 2.0)],
        Value::Text(text) => vec![Value::Text(ecow::eco_format!("{text}x"))],
        Value::Word(word) => fact
            .field
            .ty
            .words()
            .filter(|other| *other != word.as_str())
            .map(|other| Value::Word(other.into()))
            .collect(),
        Value::Object(_, name) => match &fact.field.ty {
            Type::Ref(kind) => {
                let named = program.names.all(kind).into_iter().filter(|other| other != name).take(3);
                named.filter_map(|other| Some(Value::Object(program.names.object(kind, &other)?, other))).collect()
            }
            _ => Vec::new(),
        },
        Value::List(values) => {
            let plain = values.iter().all(|value| matches!(value, Value::Word(_) | Value::Object(..) | Value::Int(_)));
            let shorter = values.split_last().filter(|_| plain);
            shorter.map(|(_, rest)| Value::List(rest.iter().cloned().collect())).into_iter().collect()
        }
        _ => Vec::new(),
    };
    values.into_iter().map(|value| Arc::new(Typed { node: Node::Value(value), ..own.clone() })).collect()
}
