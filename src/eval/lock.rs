//! `tenantc.lock`: where each tenant was placed, so that adding one never moves another.
//!
//! Checked in beside the specs, one line a tenant, sorted, so that two branches merge.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

/// A tenant's entry.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its key in every table.
    pub uuid: EcoString,
    /// Its shared cells: for each group (an isolation, or a tier with cells of its own) the cell's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cells: BTreeMap<EcoString, EcoString>,
    /// Shared cells that it was in before: what it had of its own there is let go, never destroyed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub left: BTreeSet<EcoString>,
}

/// The lock file.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Version of this form.
    pub version: u32,
    /// Entries by tenant.
    pub tenants: BTreeMap<EcoString, Entry>,
    /// Stores with real data, as `environment/cell/database`: one that vanishes is asked about.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub stores: BTreeSet<EcoString>,
    /// The part of the network that a cell has, by `environment/cell`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub networks: BTreeMap<EcoString, u32>,
}

impl Lock {
    /// Reads a lock file's text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lock: Self = serde_json::from_str(text).map_err(|fault| fault.to_string())?;
        if lock.version == 1 {
            Ok(lock)
        } else {
            Err(format!("it is of version {}, this tenantc reads version 1", lock.version))
        }
    }

    /// The file's text: a tenant a line, a store a line, a cell a line.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::from("{\n  \"version\": 1,\n  \"tenants\": {");
        for (index, (tenant, entry)) in self.tenants.iter().enumerate() {
            out.push_str(if index == 0 { "\n" } else { ",\n" });
            let name = serde_json::Value::from(tenant.as_str());
            let entry = serde_json::to_string(entry).unwrap_or_default();
            let _ = write!(out, "    {name}: {entry}");
        }
        out.push_str(if self.tenants.is_empty() { "}" } else { "\n  }" });
        for (index, store) in self.stores.iter().enumerate() {
            out.push_str(if index == 0 { ",\n  \"stores\": [\n" } else { ",\n" });
            let _ = write!(out, "    {}", serde_json::Value::from(store.as_str()));
        }
        out.push_str(if self.stores.is_empty() { "" } else { "\n  ]" });
        for (index, (cell, number)) in self.networks.iter().enumerate() {
            out.push_str(if index == 0 { ",\n  \"networks\": {\n" } else { ",\n" });
            let _ = write!(out, "    {}: {number}", serde_json::Value::from(cell.as_str()));
        }
        out.push_str(if self.networks.is_empty() { "\n}\n" } else { "\n  }\n}\n" });
        out
    }
}
