//! What a PostgreSQL server may take together fits its memory.
//!
//! A server takes more than its memory without a word, until the system kills it. The sum is a rule of thumb: shared
//! buffers, half of the connections sorting at once, autovacuum, and 300 MiB for the rest.

use super::Subject;
use crate::diag::{Code, Diagnostic};
use crate::eval::number;
use crate::model::{Instance, Tenant};
use crate::resolve::Value;

const REST: f64 = 300.0 * 1024.0 * 1024.0;

/// Checks a PostgreSQL instance.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    let setting = |name: &str| instance.setting("settings", name).and_then(|setting| number(&setting.value));
    let (Some(shared), Some(work), Some(connections)) =
        (setting("shared_buffers"), setting("work_mem"), setting("max_connections"))
    else {
        return;
    };
    let vacuum =
        setting("autovacuum_work_mem").unwrap_or(0.0).max(0.0) * setting("autovacuum_max_workers").unwrap_or(3.0);
    let Some(memory) = instance.fact("memory").and_then(number) else { return };
    // A tenant's own memory counts for the connections it may have.
    let more: f64 = subject.tenants().map(|tenant| own_sorting(tenant, work, connections)).sum();
    let sorting = connections * work * 0.5 + more;
    let sum = shared + sorting + vacuum + REST;
    if sum <= memory {
        return;
    }
    let (span, what) = match culprit(instance) {
        (span, _) if more > sorting / 2.0 => (span, "make the tenants' `quota { work_mem = … }` smaller"),
        found => found,
    };
    let message = format!(
        "{} has {} of memory and may take about {}: shared_buffers {}, {connections} connections × work_mem {} ÷ 2, {}autovacuum {}, 300MiB for the rest",
        instance.database,
        gib(memory),
        gib(sum),
        gib(shared),
        gib(work),
        if more > 0.0 { format!("tenants' own work_mem {}, ", gib(more)) } else { String::new() },
        gib(vacuum),
    );
    diagnostics.push(Code::MemoryBudget.at(span, message).help(format!("{what}; or give the database more memory")));
}

/// Bytes beyond the server's `work_mem` that half of a tenant's connections may take.
#[allow(clippy::cast_precision_loss, reason = "sizes are far below what an f64 counts exactly")]
fn own_sorting(tenant: &Tenant, work: f64, most: f64) -> f64 {
    let own = tenant.quota.work_mem.map_or(work, |bytes| bytes as f64);
    (tenant.quota.connections as f64).min(most) * (own - work).max(0.0) * 0.5
}

/// The line to change: the user's own among those that count, else the memory.
fn culprit(instance: &Instance) -> (crate::source::Span, &'static str) {
    for (name, help) in [
        ("work_mem", "make `work_mem` smaller"),
        ("shared_buffers", "make `shared_buffers` smaller"),
        ("max_connections", "make `max_connections` smaller"),
        ("autovacuum_work_mem", "make `autovacuum_work_mem` smaller"),
    ] {
        if let Some(setting) = instance.setting("settings", name)
            && setting.origin.is_chosen()
        {
            return (setting.origin.span, help);
        }
    }
    (instance.place_of("memory"), "make the pool smaller")
}

#[allow(clippy::cast_possible_truncation, reason = "shown with two digits")]
fn gib(bytes: f64) -> Value {
    let mib = (bytes / f64::from(1 << 20)).round();
    Value::Size(mib as i64 * (1 << 20))
}
