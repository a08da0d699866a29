//! Quotas of connections that the pool can never give.

use super::Subject;
use crate::diag::{Code, Diagnostic};
use crate::model::Isolation;

/// A tenant with a database of its own may be promised more connections than its pool has.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    let Some(max) = instance.setting("settings", "max_connections") else { return };
    let crate::resolve::Value::Int(most) = max.value else { return };
    let pool = instance.int("pool.size");
    let own = instance.placements.iter().filter(|placement| placement.isolation == Isolation::Database).count();
    let own = i64::try_from(own).unwrap_or(i64::MAX);
    let wanted = pool
        .saturating_add(own.saturating_mul(instance.int("pool.tenant_size")))
        .saturating_add(instance.int("direct_connections"))
        .saturating_add(3);
    if wanted > most {
        let message = format!(
            "{} may be asked for {wanted} connections (pool {pool}, {own} tenants' databases, {} direct, 3 reserved) and takes {most}",
            instance.database,
            instance.int("direct_connections")
        );
        diagnostics.push(
            Code::ConnectionBudget
                .at(max.origin.span, message)
                .help("raise `max_connections`, or make `pool { size = … }` smaller"),
        );
    }
}
