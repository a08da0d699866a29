//! What Amazon RDS has: instance classes, parameters that it keeps to itself, defaults of its parameter groups.
//!
//! Facts with their sources: `targets/terraform/aws/*.yaml`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// A class of instances.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct Class {
    /// `db.m7g.2xlarge`
    pub name: String,
    /// Processors.
    pub vcpu: f64,
    /// Memory, in GiB.
    pub memory_gib: f64,
}

/// What parameter groups hold.
#[derive(Debug, Default, Deserialize)]
pub struct Parameters {
    fixed: Fixed,
    absent: Listed,
    #[serde(rename = "static")]
    restart: Listed,
    allowed: Allowed,
    defaults: BTreeMap<String, serde_yaml::Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Fixed {
    parameters: Vec<Named>,
}

#[derive(Debug, Default, Deserialize)]
struct Named {
    name: String,
}

#[derive(Debug, Default, Deserialize)]
struct Listed {
    names: Vec<NameOr>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum NameOr {
    Name(String),
    Entry(Named),
}

impl Listed {
    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|one| match one {
            NameOr::Name(known) | NameOr::Entry(Named { name: known }) => known == name,
        })
    }
}

#[derive(Debug, Default, Deserialize)]
struct Allowed {
    parameters: Vec<AllowedValues>,
}

#[derive(Debug, Default, Deserialize)]
struct AllowedValues {
    name: String,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    each: Vec<String>,
    range: Option<(i64, i64)>,
    #[serde(default)]
    families: Vec<String>,
}

impl Parameters {
    /// True for a parameter that RDS sets itself, or has not at all.
    #[must_use]
    pub fn is_fixed(&self, name: &str) -> bool {
        self.fixed.parameters.iter().any(|fixed| fixed.name == name) || self.absent.has(name)
    }

    /// True for one whose change waits for a reboot.
    #[must_use]
    pub fn needs_reboot(&self, name: &str) -> bool {
        self.restart.has(name)
    }

    /// What RDS takes instead, for a value that it refuses. Values are in raw units.
    #[must_use]
    pub fn refuses(&self, family: &str, name: &str, value: &str) -> Option<String> {
        let rules = self.allowed.parameters.iter().filter(|rule| {
            rule.name == name && (rule.families.is_empty() || rule.families.iter().any(|own| own == family))
        });
        rules.into_iter().find_map(|rule| match rule.range {
            Some((least, most)) => {
                let inside = value.parse::<i64>().is_ok_and(|value| (least..=most).contains(&value));
                (!inside).then(|| format!("{least} to {most}"))
            }
            None if !rule.each.is_empty() => {
                let all = value.split(',').all(|part| rule.each.iter().any(|known| known == part.trim()));
                (!all).then(|| rule.each.join(", "))
            }
            None => (!rule.values.iter().any(|known| known == value)).then(|| rule.values.join(", ")),
        })
    }

    /// What a family's default group holds.
    #[must_use]
    pub fn default(&self, family: &str, name: &str) -> Option<String> {
        let value = self.defaults.get(family)?.get(name)?.get("value")?;
        value.as_str().map(str::to_owned)
    }
}

const CLASSES: &str = include_str!("../../targets/terraform/aws/instance_classes.yaml");
const PARAMETERS: &str = include_str!("../../targets/terraform/aws/postgresql_parameters.yaml");

#[derive(Debug, Default, Deserialize)]
struct Classes {
    classes: Vec<Class>,
}

/// The facts, read once. A test holds that they can be read.
struct Facts {
    classes: Vec<Class>,
    parameters: Parameters,
}

fn facts() -> &'static Facts {
    static FACTS: OnceLock<Facts> = OnceLock::new();
    FACTS.get_or_init(|| Facts {
        classes: serde_yaml::from_str::<Classes>(CLASSES).unwrap_or_default().classes,
        parameters: serde_yaml::from_str(PARAMETERS).unwrap_or_default(),
    })
}

/// The first class that has as much of both: the file lists small and cheap ones first.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "GiB of memory")]
pub fn class(memory: i64, cpu: f64) -> Option<&'static Class> {
    let gib = memory as f64 / f64::from(1 << 30);
    facts().classes.iter().find(|class| class.memory_gib >= gib && class.vcpu >= cpu)
}

/// The largest class there is.
#[must_use]
pub fn largest() -> Option<&'static Class> {
    facts().classes.iter().max_by(|a, b| a.memory_gib.total_cmp(&b.memory_gib))
}

/// What RDS's parameter groups hold.
#[must_use]
pub fn parameters() -> &'static Parameters {
    &facts().parameters
}

#[cfg(test)]
mod tests {
    use super::{class, facts};

    #[test]
    fn facts_are_read_whole() {
        assert!(facts().classes.len() > 10, "instance classes are missing");
        let parameters = &facts().parameters;
        assert!(
            parameters.is_fixed("listen_addresses")
                && parameters.is_fixed("wal_level")
                && !parameters.is_fixed("work_mem")
        );
        assert!(parameters.needs_reboot("shared_buffers") && !parameters.needs_reboot("work_mem"));
        assert!(
            parameters.refuses("postgres16", "huge_pages", "try").is_some()
                && parameters.refuses("postgres16", "huge_pages", "on").is_none()
        );
        assert_eq!(parameters.default("postgres14", "jit").as_deref(), Some("0"));
        let small = class(1 << 30, 1.0).expect("a class of 1 GiB");
        assert!(small.memory_gib >= 1.0 && small.memory_gib < 8.0, "{small:?}");
        let big = class(32 << 30, 8.0).expect("a class of 32 GiB");
        assert!(big.memory_gib >= 32.0 && big.vcpu >= 8.0 && big.memory_gib <= 64.0, "{big:?}");
        assert!(class(1 << 50, 1.0).is_none());
    }
}
