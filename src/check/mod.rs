//! Built-in rules on the finished model, one file each. What no server checks is checked here.
//!
//! A rule is a function over an instance (or the model) that pushes diagnostics; adding one is a file and a line below.

mod balancer;
mod capacity;
mod closed;
mod columns;
mod connections;
mod crowd;
mod editions;
mod extensions;
mod hypertables;
mod memory;
mod needs;
mod network;
mod people;
mod publications;
mod quota;
mod ranges;
mod scale;
mod sealed;
mod settings;
mod shapes;
mod watches;
mod whale;

use crate::diag::Diagnostic;
use crate::model::{Cell, Environment, Instance, Isolation, Model, Tenant};
use crate::resolve::Program;

/// Where an instance stands.
#[derive(Clone, Copy)]
pub struct Subject<'m> {
    /// The program it comes from.
    pub program: &'m Program,
    /// The whole platform.
    pub model: &'m Model,
    /// Its environment.
    pub environment: &'m Environment,
    /// Its cell.
    pub cell: &'m Cell,
    /// The instance.
    pub instance: &'m Instance,
}

impl<'m> Subject<'m> {
    /// Tenants that log in to the instance as themselves.
    pub fn tenants(&self) -> impl Iterator<Item = &'m Tenant> {
        let tenants = &self.environment.tenants;
        let own = self.instance.placements.iter().filter(|placed| placed.isolation != Isolation::Row);
        own.filter_map(|placed| tenants.get(placed.tenant as usize)).map(std::sync::Arc::as_ref)
    }
}

type Rule = fn(&Subject<'_>, &mut Vec<Diagnostic>);

/// Every rule about an instance, in the order of their codes.
const RULES: &[Rule] = &[
    settings::check,
    ranges::check,
    connections::check,
    memory::check,
    extensions::check,
    quota::check,
    scale::check,
    crowd::check,
    columns::check,
    shapes::check,
    editions::check,
    watches::check,
    balancer::check,
    hypertables::check,
    sealed::check,
    publications::check,
    whale::check,
];

/// Checks a model.
pub fn check(program: &Program, model: &Model, diagnostics: &mut Vec<Diagnostic>) {
    needs::check(program, diagnostics);
    closed::check(program, model, diagnostics);
    people::check(program, model, diagnostics);
    capacity::check(program, model, diagnostics);
    network::check(program, model, diagnostics);
    for environment in &model.environments {
        for cell in &environment.cells {
            for instance in &cell.instances {
                for rule in RULES {
                    rule(&Subject { program, model, environment, cell, instance }, diagnostics);
                }
            }
        }
    }
}
