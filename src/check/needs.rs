//! Databases that need each other in a circle.

use petgraph::algo::toposort;
use petgraph::graphmap::DiGraphMap;

use crate::diag::Diagnostic;
use crate::resolve::{DefId, Node, Object, Program, Value, cycle_told};
use crate::source::Span;

/// `needs` is an order of creation; a circle has none.
pub fn check(program: &Program, diagnostics: &mut Vec<Diagnostic>) {
    let mut graph: DiGraphMap<DefId, ()> = DiGraphMap::new();
    let mut places: Vec<(DefId, DefId, Span)> = Vec::new();
    for (id, definition) in program.of_kind("database") {
        for fact in definition.body.facts.iter().filter(|fact| fact.field.path == "needs") {
            let Node::Value(Value::List(values)) = &fact.value.node else { continue };
            for value in values.iter() {
                if let Value::Object(Object::Definition(other), _) = value {
                    graph.add_edge(id, *other, ());
                    places.push((id, *other, fact.span));
                }
            }
        }
    }
    if let Err(cycle) = toposort(&graph, None) {
        let edge = |from: DefId, to: DefId| {
            let place = places.iter().find(|(a, b, _)| (*a, *b) == (from, to))?;
            Some((program.definition(from)?.name.clone(), place.2))
        };
        let told = cycle_told(&graph, cycle.node_id(), Span::default(), "these databases need each other", edge);
        diagnostics.push(told.help("remove one of these from `needs`"));
    }
}
