//! The forecast of an environment: a cell's stores with what their tenants may fill, and when that is all of it.
//!
//! A tenant counts with the whole of its quota today, on every store whose storage is said, and grows from there as it says.
//! A cache, whose storage follows from its memory, is not forecast. No date is printed, so that a tree does not change with
//! the calendar.

use std::sync::Arc;

use minijinja::{Value, context};

use crate::model::{Cell, Environment, Instance, Tenant};

/// Months that are looked ahead; after them a store counts as never full.
const MONTHS: i32 = 120;

/// Seconds of a month: a twelfth of 365.25 days.
const MONTH: f64 = 31_557_600.0 / 12.0;

/// Cells with their stores that have a storage.
pub fn cells(environment: &Environment) -> Vec<Value> {
    let cell = |cell: &Cell| {
        let stores: Vec<Value> = cell.instances.iter().filter_map(|instance| store(environment, instance)).collect();
        context! { name => cell.name.as_str(), tenants => cell.tenants.len(), stores => stores }
    };
    environment.cells.iter().map(cell).collect()
}

#[allow(clippy::cast_precision_loss, reason = "sizes are far below what an f64 counts exactly")]
fn store(environment: &Environment, instance: &Instance) -> Option<Value> {
    let storage =
        instance.facts.get("storage").filter(|sourced| sourced.origin.is_chosen()).map(|_| instance.int("storage"))?;
    let tenants = instance.placements.iter().filter_map(|placed| environment.tenants.get(placed.tenant as usize));
    let (still, growing): (Vec<&Tenant>, Vec<&Tenant>) =
        tenants.map(Arc::as_ref).partition(|tenant| tenant.growth == 0.0);
    let quota = |all: &[&Tenant]| all.iter().map(|tenant| tenant.quota.storage).sum::<i64>();
    let after = |months: i32| {
        let grown = |tenant: &&Tenant| tenant.quota.storage as f64 * (1.0 + tenant.growth * MONTH).powi(months);
        quota(&still) as f64 + growing.iter().map(grown).sum::<f64>()
    };
    Some(context! {
        name => instance.database.as_str(),
        storage => storage,
        reserved => quota(&still) + quota(&growing),
        full_in_months => (0..=MONTHS).find(|months| after(*months) > storage as f64),
    })
}
