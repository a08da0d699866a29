//! One tenant that is much larger than those whose tables it shares.

use super::Subject;
use crate::diag::{Code, Diagnostic};
use crate::model::Isolation;
use crate::resolve::Value;

/// How much more than the middle tenant one may be promised. The policy hides from the planner which tenant asks, so a
/// query is planned for the middle one: of 200,000 rows it expected 1,248 (measured on PostgreSQL 15, with a second
/// tenant of 1,000).
const TIMES: i64 = 20;

/// Tenants below which there is no middle worth the name.
const FEW: usize = 3;

/// Told at each tenant that is promised too much storage for the tables it shares.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    if instance.family != "postgresql" || instance.schema.is_none() {
        return;
    }
    let sharing = instance.placements.iter().filter(|placed| placed.isolation == Isolation::Row);
    let sharing: Vec<_> =
        sharing.filter_map(|placed| subject.environment.tenants.get(placed.tenant as usize)).collect();
    if sharing.len() < FEW {
        return;
    }
    let mut promised: Vec<i64> = sharing.iter().map(|tenant| tenant.quota.storage).collect();
    promised.sort_unstable();
    let middle = promised.get(promised.len() / 2).copied().unwrap_or_default();
    for tenant in sharing {
        if middle > 0 && tenant.quota.storage / TIMES > middle {
            let message = format!(
                "{} is promised {} in tables where the middle tenant is promised {}",
                tenant.id,
                Value::Size(tenant.quota.storage),
                Value::Size(middle)
            );
            diagnostics.push(
                Code::Whale
                    .at(tenant.span, message)
                    .note("queries on shared tables are planned for the middle tenant; the largest one's would be slow, and slow the rest")
                    .help("give it tables of its own: a tier with `isolation = schema`, or `isolation = schema` here"),
            );
        }
    }
}
