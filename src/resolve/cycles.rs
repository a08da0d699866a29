//! Cycles, told whole: every step of the loop with its place.

use std::hash::Hash;

use ecow::EcoString;
use petgraph::graphmap::{DiGraphMap, NodeTrait};
use rustc_hash::FxHashMap;

use crate::diag::{Code, Diagnostic};
use crate::source::Span;

/// The shortest loop through `start`, as a diagnostic with a label an edge. `edge` gives a step's name and place.
pub fn told<N, E>(
    graph: &DiGraphMap<N, E>,
    start: N,
    span: Span,
    message: &str,
    edge: impl Fn(N, N) -> Option<(EcoString, Span)>,
) -> Diagnostic
where
    N: NodeTrait + Hash,
{
    let mut path = loop_through(graph, start);
    path.push(start);
    let mut names: Vec<EcoString> = Vec::new();
    let mut labels: Vec<(Span, String)> = Vec::new();
    for pair in path.windows(2) {
        if let [from, to] = pair
            && let Some((name, place)) = edge(*from, *to)
        {
            labels.push((place, format!("step {}", labels.len() + 1)));
            names.push(name);
        }
    }
    if let Some(first) = names.first().cloned() {
        names.push(first);
    }
    let whole = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" → ");
    let mut labels = labels.into_iter();
    let mut diagnostic = match labels.next() {
        Some((place, text)) => Code::Cycle.at(place, format!("{message}: {whole}")).here(text),
        None => Code::Cycle.at(span, message),
    };
    for (place, text) in labels {
        diagnostic = diagnostic.and(place, text);
    }
    diagnostic
}

/// Nodes of the shortest loop through `start`, beginning with it. Breadth first.
fn loop_through<N: NodeTrait + Hash, E>(graph: &DiGraphMap<N, E>, start: N) -> Vec<N> {
    let mut came: FxHashMap<N, N> = FxHashMap::default();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for next in graph.neighbors(node) {
            if next == start {
                let mut path = vec![node];
                let mut at = node;
                while at != start {
                    let Some(&before) = came.get(&at) else { break };
                    path.push(before);
                    at = before;
                }
                path.reverse();
                return path;
            }
            if let std::collections::hash_map::Entry::Vacant(entry) = came.entry(next) {
                entry.insert(node);
                queue.push_back(next);
            }
        }
    }
    vec![start]
}
