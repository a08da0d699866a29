//! Managed services of a cloud: which engines they run, and what they can't do.
//!
//! A pack's manifest names a service for each engine, or why there is none and the engine runs on Kubernetes. What a
//! service has (sizes, versions, settings that it takes) stands in files of the pack, each with its source.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

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
    },
    /// Nothing fits, so it runs on Kubernetes.
    Kubernetes {
        /// Engines.
        engines: Vec<String>,
        /// Why.
        kubernetes: String,
    },
}

/// A managed service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// What people call it.
    pub title: String,
    /// Where what stands here is documented.
    #[allow(dead_code, reason = "read by people")]
    pub see: Vec<String>,
    /// The module that makes it: a folder in `modules/`, a template in `templates/data/`.
    pub module: String,
    /// For each engine its versions that the service has, with its own name for each.
    pub versions: BTreeMap<String, BTreeMap<String, Version>>,
    /// How it can keep tenants apart.
    pub isolations: Isolations,
    /// The longest name of an instance.
    pub name_length: usize,
    /// Numbers within which facts must stay.
    #[serde(default)]
    pub limits: BTreeMap<String, Limit>,
    /// Values of facts that it has nothing for.
    #[serde(default)]
    pub refuses: Vec<Refusal>,
    /// Tenants with a login of their own on an instance, at most.
    #[serde(default)]
    pub logins: Option<i64>,
    /// Whom tenants log in as where the cloud knows them, and there is no password.
    #[serde(default)]
    pub identities: Option<Identities>,
    /// Settings that stand for extensions, where one is more than `CREATE EXTENSION`.
    #[serde(default)]
    pub extensions: Extensions,
    /// Resources that it makes in a state.
    pub resources: Resources,
    /// What it can't do besides, for people.
    #[allow(dead_code, reason = "read by people, and by the table of clouds")]
    #[serde(default)]
    pub lacks: Vec<String>,
    /// The file of sizes, in the pack.
    sizes: String,
    /// The file of settings, in the pack.
    settings: String,
    #[serde(skip)]
    size_list: Vec<Size>,
    #[serde(skip)]
    parameters: Parameters,
}

/// Whom tenants log in as, where the cloud knows them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Identities {
    /// A user of each store.
    User,
    /// The account that the tenant's workloads run as.
    Account,
}

/// Resources that a service makes, in Terraform's count.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// For an instance.
    pub one: usize,
    /// More for each replica.
    #[serde(default)]
    pub replica: usize,
    /// More for each setting.
    #[serde(default)]
    pub setting: usize,
    /// For each tenant that logs in, in the layer of access.
    #[serde(default)]
    pub login: usize,
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

/// A version of the service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// What the service calls it.
    pub name: String,
    /// The family of settings that goes with it.
    pub family: String,
}

/// How tenants can be kept apart.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Isolations {
    /// Words of isolations.
    pub can: Vec<String>,
    /// Why not the others; what to write instead.
    #[serde(default)]
    pub because: String,
}

/// Bounds of a fact, in a unit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Less is raised to this.
    #[serde(default)]
    pub least: i64,
    /// More is an error.
    pub most: i64,
    /// `GiB`, `d`, or nothing for a count.
    #[serde(default)]
    pub unit: String,
}

impl Limit {
    /// How much of the model's number is one unit.
    pub fn one(&self) -> i64 {
        match self.unit.as_str() {
            "GiB" => 1 << 30,
            "d" => 86_400_000_000,
            _ => 1,
        }
    }
}

/// Values of a fact that a service has nothing for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The fact's path.
    pub fact: String,
    /// Values; any that is set, when empty.
    #[serde(default)]
    pub values: Vec<String>,
    /// Why.
    pub because: String,
    /// What to write.
    pub instead: String,
}

/// What extensions need besides `CREATE EXTENSION`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extensions {
    /// The setting that lists all that may be created.
    #[serde(default)]
    pub listed_in: String,
    /// Switches, by extension.
    #[serde(default)]
    pub switches: BTreeMap<String, String>,
    /// Extensions that it has not.
    #[serde(default)]
    pub absent: Vec<String>,
}

/// A size of instances.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// `db.m7g.2xlarge`
    pub name: String,
    /// Processors.
    pub vcpu: f64,
    /// Memory, in GiB.
    pub memory_gib: f64,
    /// It has neither standbys nor replicas.
    #[serde(default)]
    pub alone: bool,
}

#[derive(Default, Deserialize)]
struct Sizes {
    sizes: Vec<Size>,
}

/// Settings that a service takes, and what it has where nothing is said.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Parameters {
    /// The only ones that it takes; all but `fixed` and `absent` when there are none here.
    #[serde(default)]
    settable: Vec<String>,
    #[serde(default)]
    fixed: Fixed,
    #[serde(default)]
    absent: Listed,
    #[serde(default, rename = "static")]
    restart: Listed,
    #[serde(default)]
    allowed: Allowed,
    /// By family; `*` is any.
    #[serde(default)]
    defaults: BTreeMap<String, serde_yaml::Value>,
    /// How it writes no and yes.
    #[serde(default)]
    booleans: Option<(String, String)>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Fixed {
    parameters: Vec<Named>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Named {
    name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Listed {
    names: Vec<NameOr>,
}

#[derive(Clone, Debug, Deserialize)]
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

#[derive(Clone, Debug, Default, Deserialize)]
struct Allowed {
    parameters: Vec<AllowedValues>,
}

#[derive(Clone, Debug, Default, Deserialize)]
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
    /// True for a parameter that the service sets itself, or has not at all.
    #[must_use]
    pub fn is_fixed(&self, name: &str) -> bool {
        let known = self.settable.is_empty() || self.settable.iter().any(|settable| settable == name);
        !known || self.fixed.parameters.iter().any(|fixed| fixed.name == name) || self.absent.has(name)
    }

    /// True for one whose change waits for a reboot.
    #[must_use]
    pub fn needs_reboot(&self, name: &str) -> bool {
        self.restart.has(name)
    }

    /// What the service takes instead, for a value that it refuses. Values are in raw units.
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

    /// What a family has where nothing is said: a value, nothing that can be known, or what the engine itself has.
    #[must_use]
    pub fn usual(&self, family: &str, name: &str) -> Usual {
        let known = [family, "*"].iter().find_map(|family| self.defaults.get(*family)?.get(name)?.get("value"));
        match known {
            Some(serde_yaml::Value::String(value)) => Usual::Value(value.clone()),
            Some(serde_yaml::Value::Null) => Usual::Unknown,
            _ => Usual::Engine,
        }
    }

    /// `0` or `1` as the service writes it.
    #[must_use]
    pub fn boolean(&self, yes: bool) -> String {
        match &self.booleans {
            Some((no_word, yes_word)) => if yes { yes_word } else { no_word }.clone(),
            None => u8::from(yes).to_string(),
        }
    }
}

/// What a setting is where nothing is said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Usual {
    /// This.
    Value(String),
    /// The service works it out, so it is always sent.
    Unknown,
    /// The engine's own default.
    Engine,
}

impl Service {
    /// Reads a description with its files.
    fn read(files: &BTreeMap<String, Cow<'static, str>>, path: &str) -> Result<Self, String> {
        let mut service: Self = read(files, path)?;
        service.size_list = read::<Sizes>(files, &service.sizes)?.sizes;
        service.parameters = read(files, &service.settings)?;
        Ok(service)
    }

    /// The first size that has as much of both, and takes copies where there are any: the file lists small and cheap
    /// ones first.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "GiB of memory")]
    pub fn size(&self, memory: i64, cpu: f64, copies: bool) -> Option<&Size> {
        let gib = memory as f64 / f64::from(1 << 30);
        self.size_list.iter().find(|size| size.memory_gib >= gib && size.vcpu >= cpu && !(copies && size.alone))
    }

    /// The largest size there is.
    #[must_use]
    pub fn largest(&self) -> Option<&Size> {
        self.size_list.iter().max_by(|a, b| a.memory_gib.total_cmp(&b.memory_gib))
    }

    /// The version that an instance has here: the one that is said, or the newest of the service where nobody says one and
    /// it has not the engine's usual one. Nothing where it has not what is said.
    #[must_use]
    pub fn version(&self, instance: &Instance) -> Option<(&str, &Version)> {
        let versions = self.versions.get(instance.engine.as_str())?;
        let same = versions.get_key_value(instance.engine_version.as_str());
        let unsaid = instance.facts.get("version").is_none_or(|said| said.origin.layer.is_none());
        let (name, version) = same.or_else(|| versions.last_key_value().filter(|_| unsaid))?;
        Some((name, version))
    }

    /// Settings that it takes.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }
}

fn read<T: DeserializeOwned>(files: &BTreeMap<String, Cow<'static, str>>, path: &str) -> Result<T, String> {
    let text = files.get(path).ok_or_else(|| format!("it has no {path}"))?;
    serde_yaml::from_str(text).map_err(|fault| format!("{path}: {fault}"))
}

/// Where engines run on a platform.
#[derive(Clone, Debug, Default)]
pub struct Services {
    managed: BTreeMap<String, Service>,
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
                    Rule::Managed { engines, service } => {
                        let service =
                            Service::read(&pack.files, service).map_err(|why| (pack.manifest.name.clone(), why))?;
                        for engine in engines {
                            services.managed.insert(engine.clone(), service.clone());
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

    /// The service that runs an instance; none where it runs on Kubernetes, or on machines of one's own.
    #[must_use]
    pub fn managed(&self, instance: &Instance) -> Option<&Service> {
        let wanted = instance.fact("runs_on").is_none_or(|word| word.to_string() != "kubernetes");
        self.managed.get(instance.engine.as_str()).filter(|_| wanted)
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
    pub fn modules(&self, model: &Model) -> std::collections::BTreeSet<&str> {
        model.instances().filter_map(|instance| self.managed(instance)).map(|service| service.module.as_str()).collect()
    }

    /// Modules of all services, in use or not.
    pub fn all_modules(&self) -> impl Iterator<Item = &str> {
        self.managed.values().map(|service| service.module.as_str())
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
                let managed = services.managed.contains_key(engine);
                let reason = services.kubernetes.get(engine);
                assert!(managed != reason.is_some(), "{cloud}: {engine}");
                assert!(reason.is_none_or(|why| why.len() > 40), "{cloud}: {engine}: {reason:?}");
            }
            for (engine, service) in &services.managed {
                complete(cloud, engine, service);
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
        let rds = services.managed.get("postgresql").expect("a service");
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
