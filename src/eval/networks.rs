//! Which part of the platform's network each cell has.
//!
//! in: cells, and what the lock file remembers. out: a number in each cell, and the numbers for the next lock file.
//! promises: a cell keeps its number as long as the lock file does; a number of a cell that is gone is not given to another
//! while it stands there, because its network may still be.

use std::collections::{BTreeMap, BTreeSet};

use ecow::{EcoString, eco_format};

use super::lock::Lock;
use crate::diag::{Code, Diagnostic};
use crate::model::{Environment, Platform};

/// Gives each cell of a cloud its number, and returns all of them by `environment/cell`.
pub fn numbers(
    platform: &Platform,
    environments: &mut [Environment],
    old: &Lock,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<EcoString, u32> {
    if matches!(platform.cloud.as_str(), "kubernetes" | "self_hosted") {
        return BTreeMap::new();
    }
    let mut numbers = old.networks.clone();
    let mut by_number: BTreeMap<u32, &str> = BTreeMap::new();
    for (cell, number) in &old.networks {
        if let Some(other) = by_number.insert(*number, cell) {
            let message = format!("{other} and {cell} have the same part of the network, {number}");
            let help =
                "take the line of the one that is not there yet out of `networks` in tenantc.lock, and build again";
            diagnostics.push(Code::NetworkParts.at(platform.span, message).help(help));
        }
    }
    let mut taken: BTreeSet<u32> = numbers.values().copied().collect();
    let mut next = 0;
    for environment in environments {
        for cell in &mut environment.cells {
            cell.network = *numbers.entry(eco_format!("{}/{}", environment.name, cell.path)).or_insert_with(|| {
                while !taken.insert(next) {
                    next += 1;
                }
                next
            });
        }
    }
    numbers
}
