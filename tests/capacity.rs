//! The forecast of when a cell's stores are full, from quotas and declared growth.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails loudly"
)]

use serde_json::{Value, json};
use tenantc::compile;
use tenantc::emit::Selection;
use tenantc::source::Memory;

/// The forecast of two tenants with 40 GiB each on 100 GiB.
fn forecast(growth: [&str; 2]) -> Value {
    let tenant = |name: &str, growth: &str| {
        format!("tenant {name}: free {{ home = eu-west-1  quota {{ storage = 40GiB }}  {growth} }}\n")
    };
    let spec = format!(
        "platform p {{ cloud = self_hosted  regions = [eu-west-1]  environments = [production] }}\n\
         database main: postgresql {{ schema = app  memory = 8GiB  storage = 100GiB }}\n\
         database cache: redis {{ memory = 1GiB }}\n\
         schema app {{ table t {{ id: uuid primary }} }}\n{}{}",
        tenant("acme", growth[0]),
        tenant("bolt", growth[1])
    );
    let (compilation, files) = compile(&Memory::of([("a.tenant", spec.as_str())]), &Selection::default());
    assert!(compilation.diagnostics.iter().all(|one| !one.is_error()), "{:?}", compilation.diagnostics);
    let file = files.iter().find(|file| file.path == "catalog/production.capacity.json").unwrap();
    serde_json::from_str::<Value>(&file.text).unwrap()["cells"]["eu-west-1-row-1"].clone()
}

#[test]
fn growth_fills_a_store() {
    let gib = 1_i64 << 30;
    for (growth, months) in [
        (["", ""], json!(null)),
        // 40 GiB grow past 60 in the fifth month: 1.1015 to the power of 4.2 is 1.5.
        (["growth = 10%/30d", ""], json!(5)),
        // Both have to grow by a quarter.
        (["growth = 10%/30d", "growth = 10%/30d"], json!(3)),
        (["growth = 0.01%/365d", ""], json!(null)),
    ] {
        let cell = forecast(growth);
        let main = json!({ "storage_bytes": 100 * gib, "reserved_bytes": 80 * gib, "full_in_months": months });
        // The cache's storage follows from its memory, so there is nothing to forecast.
        assert_eq!(cell, json!({ "tenants": 2, "stores": { "main": main } }), "{growth:?}");
    }
}
