//! What tenants of a shared instance are promised together against what it has.

use super::Subject;
use crate::diag::{Code, Diagnostic};
use crate::resolve::Value;

/// Storage promised to the tenants of an instance beyond its own, by more than ten times. Selling more than there is, is
/// usual; that much more is worth a word.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    let storage = instance.int("storage");
    if storage == 0 || instance.schema.is_none() || subject.cell.dedicated.is_some() {
        return;
    }
    let tenants =
        instance.placements.iter().filter_map(|placement| subject.environment.tenants.get(placement.tenant as usize));
    let promised = tenants.fold(0_i64, |sum, tenant| sum.saturating_add(tenant.quota.storage));
    if promised / 10 > storage {
        let span = instance.place_of("storage");
        let message = format!(
            "tenants of {} in cell {} are promised {} of storage together, and it has {}",
            instance.database,
            subject.cell.name,
            Value::Size(promised),
            Value::Size(storage)
        );
        diagnostics.push(
            Code::QuotaBudget
                .at(span, message)
                .help("give the database more storage, make cells smaller, or lower the tiers' quotas"),
        );
    }
}
