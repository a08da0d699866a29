//! Engines, each after those that it starts from and whose settings it takes over.

use std::sync::Arc;

use petgraph::algo::toposort;
use petgraph::graphmap::DiGraphMap;

use super::resolver::{Resolver, Top};
use super::{cycles, engines};
use crate::diag::Code;
use crate::parse::ast::{self, Block, Item};
use crate::source::Span;

impl Resolver<'_> {
    /// Reads all engines.
    pub(super) fn engines(&mut self, tops: &[Top<'_>]) {
        let mut graph: DiGraphMap<usize, ()> = DiGraphMap::new();
        let position = |name: &str| tops.iter().position(|top| top.block.name().is_some_and(|own| own.text == name));
        for (index, top) in tops.iter().enumerate() {
            graph.add_node(index);
            if let Some(parent) = top.block.parent.as_ref().and_then(|parent| parent.word()) {
                match position(&parent.text) {
                    Some(parent) => drop(graph.add_edge(parent, index, ())),
                    None => self
                        .diagnostics
                        .push(Code::UnknownReference.at(parent.span, format!("there is no engine `{}`", parent.text))),
                }
            }
            for name in companions(top.block.items()) {
                if let Some(other) = position(name) {
                    graph.add_edge(other, index, ());
                }
            }
        }
        let order = match toposort(&graph, None) {
            Ok(order) => order,
            Err(cycle) => {
                let place = |index: usize| {
                    tops.get(index).and_then(|top| Some((top.block.name()?.text.clone(), top.block.head)))
                };
                let told = cycles::told(
                    &graph,
                    cycle.node_id(),
                    Span::default(),
                    "engines start from each other",
                    |from, _| place(from),
                );
                self.diagnostics.push(told);
                return;
            }
        };
        let blocks: Vec<&Block> = order.into_iter().filter_map(|index| tops.get(index).map(|top| top.block)).collect();
        let Some(database) = self.program.names.kinds.get("database").cloned() else { return };
        let kinds = &self.program.names.kinds;
        self.program.engines =
            engines::read_engines(&blocks, &database, &|word| kinds.contains_key(word), self.diagnostics);
        let shapes = self.program.engines.values().map(|engine| (engine.name.clone(), Arc::clone(&engine.shape)));
        self.program.names.engines = shapes.collect();
    }
}

/// Engines whose settings a block of this engine takes over.
fn companions(items: &[Item]) -> Vec<&str> {
    let mut out = Vec::new();
    for item in items {
        if let Item::Block(block) = item
            && block.kind() == "block"
        {
            for inner in block.items() {
                if let Item::Attribute(attribute) = inner
                    && attribute.name.text == "engine"
                    && let ast::Node::Name(name) = &attribute.value.node
                {
                    out.push(name.as_str());
                }
            }
        }
    }
    out
}
