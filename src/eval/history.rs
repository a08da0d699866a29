//! What was there at the last build and is not any more: cells that tenants left, stores that vanished.
//!
//! A store with real data that vanishes from the spec is asked about: `released` in the platform lets it go, and then
//! Terraform forgets it and destroys nothing.

use std::collections::BTreeSet;

use ecow::{EcoString, eco_format};

use super::lock::Lock;
use crate::diag::{Code, Diagnostic};
use crate::model::{Environment, Platform};
use crate::resolve::Program;
use crate::source::Span;

/// Writes into each cell who left it.
pub fn leavers(environments: &mut [Environment], lock: &Lock) {
    let any = lock.tenants.values().any(|entry| !entry.left.is_empty());
    for cell in environments.iter_mut().filter(|_| any).flat_map(|environment| &mut environment.cells) {
        let left = lock.tenants.iter().filter(|(_, entry)| entry.left.contains(&cell.name));
        cell.left = left.map(|(tenant, _)| tenant.clone()).collect();
    }
}

/// Stores of environments that hold real data.
pub fn stores(environments: &[Environment]) -> BTreeSet<EcoString> {
    let real = environments.iter().filter(|environment| environment.data == "production");
    let cells = real.flat_map(|environment| environment.cells.iter().map(move |cell| (environment, cell)));
    cells
        .flat_map(|(environment, cell)| {
            let name = |database: &str| eco_format!("{}/{}/{database}", environment.name, cell.path);
            cell.instances.iter().map(move |instance| name(&instance.database)).collect::<Vec<_>>()
        })
        .collect()
}

/// True where a store, or everything in its cell, was let go.
pub fn released(platform: &Platform, store: &str) -> bool {
    let covers = |released: &EcoString| {
        store.strip_prefix(released.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    platform.released.iter().any(covers)
}

/// Tells of stores that the last build had and this one has not.
pub fn vanished(program: &Program, old: &Lock, new: &Lock, platform: &Platform, diagnostics: &mut Vec<Diagnostic>) {
    // With a fault before this, things are missing that are not gone.
    if diagnostics.iter().any(Diagnostic::is_error) {
        return;
    }
    for store in old.stores.difference(&new.stores).filter(|store| !released(platform, store)) {
        let (cell, database) = store.rsplit_once('/').unwrap_or(("", store));
        let message =
            format!("{database} in {cell} was there at the last build and is gone from the spec; its data is real");
        let help = format!(
            "put it back, or let it go with `released = [\"{store}\"]` in the platform: it keeps running, and Terraform forgets it"
        );
        diagnostics.push(Code::StoreVanished.at(place(program, database, platform), message).help(help));
    }
}

/// Where the database is declared still, or the platform.
fn place(program: &Program, database: &str, platform: &Platform) -> Span {
    let declared = program.of_kind("database").find(|(_, definition)| definition.name == database);
    declared.map_or(platform.span, |(_, definition)| definition.span)
}
