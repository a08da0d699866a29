//! What a cell's tenants are promised together against the nodes that they run on.

use crate::diag::{Code, Diagnostic};
use crate::model::{Model, Tenant};
use crate::resolve::{Program, Value};
use crate::source::Span;

/// Quotas are what Kubernetes lets a tenant's namespace ask for. Where they add up to more than the nodes have, the last to
/// ask is refused what it was sold.
pub fn check(program: &Program, model: &Model, diagnostics: &mut Vec<Diagnostic>) {
    let capacity = &model.platform.cell;
    for environment in &model.environments {
        for cell in &environment.cells {
            let tenants: Vec<&Tenant> = cell
                .tenants
                .iter()
                .filter_map(|index| environment.tenants.get(*index as usize))
                .map(|tenant| &**tenant)
                .filter(|tenant| tenant.state == "active")
                .collect();
            let mut tell = |what: &str, promised: String, have: String| {
                let message = format!(
                    "{} tenants of cell {} in {} are promised {promised} of {what} together, and its nodes have {have}",
                    tenants.len(),
                    cell.name,
                    environment.name,
                );
                diagnostics.push(
                    Code::CellBudget
                        .at(place(program, model, what), message)
                        .help("lower the tiers' `quota`, put fewer tenants into a cell (`cell { capacity = … }`), or give its nodes more"),
                );
            };
            let cpu: f64 = tenants.iter().map(|tenant| tenant.quota.cpu).sum();
            if let Some(have) = capacity.cpu.filter(|have| cpu > *have) {
                tell("cpu", cpu.to_string(), have.to_string());
            }
            let memory = tenants.iter().fold(0_i64, |sum, tenant| sum.saturating_add(tenant.quota.memory));
            if let Some(have) = capacity.memory.filter(|have| memory > *have) {
                tell("memory", Value::Size(memory).to_string(), Value::Size(have).to_string());
            }
        }
    }
}

/// Where the platform says what its cells' nodes have.
fn place(program: &Program, model: &Model, what: &str) -> Span {
    let path = format!("cell.{what}");
    let platform = program.platform.and_then(|id| program.definition(id));
    let said = platform.and_then(|platform| platform.body.facts.iter().rfind(|fact| fact.field.path == path));
    said.map_or(model.platform.span, |fact| fact.span)
}
