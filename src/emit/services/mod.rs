//! Services that run engines: those of the cloud, and those of the engines' vendors.
//!
//! A pack's manifest names a service for each engine, or why there is none and the engine runs on Kubernetes. What a
//! service has (sizes, versions, settings that it takes) stands in files of the pack, each with its source.

mod description;
mod parameters;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use description::{DATA, Identities, Limit, Service};
pub use parameters::Usual;

use super::pack::Pack;
use crate::model::{Instance, Model};

/// What a pack's manifest says of an engine.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Rule {
    /// A service runs it, described in a file of the pack.
    Managed {
        /// Engines.
        engines: Vec<String>,
        /// The description.
        service: String,
        /// The word in `runs_on` that chooses it; what stands without one is the cloud's usual service.
        #[serde(rename = "as", default = "managed")]
        word: String,
    },
    /// Nothing fits, so it runs on Kubernetes.
    Kubernetes {
        /// Engines.
        engines: Vec<String>,
        /// Why.
        kubernetes: String,
    },
}

/// The word of `runs_on` for the cloud's usual service.
const MANAGED: &str = "managed";
/// The word for none.
const KUBERNETES: &str = "kubernetes";

fn managed() -> String {
    MANAGED.to_owned()
}

/// Resources of a cell's states besides those of services.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct States {
    /// Network and the cell's key.
    pub foundation: usize,
    /// For each tenant with a key of its own.
    pub key: usize,
    /// Of the layer of access.
    pub access: usize,
}

/// Where engines run on a platform.
#[derive(Clone, Debug, Default)]
pub struct Services {
    /// By engine, then by the word that chooses it.
    managed: BTreeMap<String, BTreeMap<String, Service>>,
    kubernetes: BTreeMap<String, String>,
    states: States,
    cloud: String,
}

impl Services {
    /// Of the packs that are for the platform's cloud.
    ///
    /// # Errors
    /// The pack and what is wrong with a description of it.
    pub fn of(packs: &[Pack], cloud: &str) -> Result<Self, (String, String)> {
        let mut services = Self { cloud: cloud.to_owned(), ..Self::default() };
        for pack in packs.iter().filter(|pack| pack.manifest.clouds.iter().any(|own| own == cloud)) {
            services.states = pack.manifest.states.clone().unwrap_or(services.states);
            for rule in &pack.manifest.services {
                match rule {
                    Rule::Managed { engines, service, word } => {
                        let service =
                            Service::read(&pack.files, service).map_err(|why| (pack.manifest.name.clone(), why))?;
                        for engine in engines {
                            let own = services.managed.entry(engine.clone()).or_default();
                            own.insert(word.clone(), service.clone());
                        }
                    }
                    Rule::Kubernetes { engines, kubernetes } => {
                        for engine in engines {
                            services.kubernetes.insert(engine.clone(), kubernetes.clone());
                        }
                    }
                }
            }
        }
        Ok(services)
    }

    /// Resources of a cell's states besides those of services.
    #[must_use]
    pub fn states(&self) -> &States {
        &self.states
    }

    /// The word that says where an instance runs: `managed`, `kubernetes`, or a service's.
    #[must_use]
    pub fn word(instance: &Instance) -> String {
        instance.fact("runs_on").map_or_else(managed, ToString::to_string)
    }

    /// The service that runs an instance; none where it runs on Kubernetes, or on machines of one's own.
    #[must_use]
    pub fn managed(&self, instance: &Instance) -> Option<&Service> {
        self.managed.get(instance.engine.as_str())?.get(&Self::word(instance))
    }

    /// What `runs_on` may be, where an instance's is nothing of that.
    #[must_use]
    pub fn unknown(&self, instance: &Instance) -> Option<Vec<&str>> {
        let word = Self::word(instance);
        let services = self.managed.get(instance.engine.as_str());
        let named = services.into_iter().flat_map(BTreeMap::keys).map(String::as_str);
        let known: std::collections::BTreeSet<&str> = named.chain([MANAGED, KUBERNETES]).collect();
        (!known.contains(word.as_str())).then(|| known.into_iter().collect())
    }

    /// True where an instance runs on Kubernetes.
    #[must_use]
    pub fn on_kubernetes(&self, instance: &Instance) -> bool {
        self.cloud != "self_hosted" && self.managed(instance).is_none()
    }

    /// True where any instance of a platform runs on Kubernetes.
    #[must_use]
    pub fn any_on_kubernetes(&self, model: &Model) -> bool {
        model.instances().any(|instance| self.on_kubernetes(instance))
    }

    /// Modules that instances of a platform need.
    #[must_use]
    pub fn modules<'a>(&'a self, model: &'a Model) -> std::collections::BTreeSet<&'a str> {
        let services = model.instances().filter_map(|instance| Some((instance, self.managed(instance)?)));
        services.flat_map(|(instance, service)| service.modules(Some(instance))).collect()
    }

    /// Modules of all services, in use or not.
    pub fn all_modules(&self) -> impl Iterator<Item = &str> {
        self.managed.values().flat_map(BTreeMap::values).flat_map(|service| service.modules(None))
    }
}

#[cfg(test)]
mod tests {
    use super::{Service, Services, Usual};
    use crate::emit::packs;
    use crate::source::Memory;

    fn services(cloud: &str) -> Services {
        let mut told = Vec::new();
        let packs = packs(&Memory::default(), &mut told);
        assert!(told.is_empty(), "{told:?}");
        Services::of(&packs, cloud).expect("descriptions that can be read")
    }

    /// Every engine of the language has a service on each cloud, or a reason why not.
    #[test]
    fn every_engine_is_placed_on_every_cloud() {
        let engines = [
            "postgresql",
            "timescaledb",
            "redis",
            "valkey",
            "clickhouse",
            "mongodb",
            "elasticsearch",
            "neo4j",
            "cassandra",
        ];
        for cloud in ["aws", "gcp", "azure"] {
            let services = services(cloud);
            for engine in engines {
                let managed = services.managed.get(engine).is_some_and(|words| words.contains_key(super::MANAGED));
                let reason = services.kubernetes.get(engine);
                assert!(managed != reason.is_some(), "{cloud}: {engine}");
                assert!(reason.is_none_or(|why| why.len() > 40), "{cloud}: {engine}: {reason:?}");
            }
            for (engine, words) in &services.managed {
                for service in words.values() {
                    complete(cloud, engine, service);
                }
            }
        }
    }

    fn complete(cloud: &str, engine: &str, service: &Service) {
        assert!(!service.size_list.is_empty() && !service.versions.is_empty(), "{cloud}: {engine}");
        assert!(service.see.iter().any(|see| see.starts_with("https://")), "{cloud}: {engine}");
        assert!(service.isolations.can.len() == 4 || !service.isolations.because.is_empty(), "{cloud}: {engine}");
        let memory: Vec<f64> = service.size_list.iter().map(|size| size.memory_gib).collect();
        assert!(memory.is_sorted(), "{cloud}: {engine}: sizes are not in the order of their memory");
    }

    #[test]
    fn amazon_rds_is_known() {
        let services = services("aws");
        let rds = services.managed.get("postgresql").and_then(|words| words.get("managed")).expect("a service");
        let parameters = rds.parameters();
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
        assert_eq!(parameters.usual("postgres14", "jit"), Usual::Value("0".to_owned()));
        assert_eq!(parameters.usual("postgres14", "no_such_setting"), Usual::Engine);
        let small = rds.size(1 << 30, 1.0, true).expect("a size of 1 GiB");
        assert!(small.memory_gib >= 1.0 && small.memory_gib < 8.0, "{small:?}");
        let big = rds.size(32 << 30, 8.0, true).expect("a size of 32 GiB");
        assert!(big.memory_gib >= 32.0 && big.vcpu >= 8.0 && big.memory_gib <= 64.0, "{big:?}");
        assert!(rds.size(1 << 50, 1.0, true).is_none());
    }
}
