//! A service's description: versions, isolations, limits, sizes; a file of a pack.
//!
//! in: the pack's files. out: a [`Service`], with its sizes and its settings.
//! promises: what stands in a file and is not known here is an error.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::parameters::Parameters;
use crate::model::Instance;

/// A managed service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// What people call it.
    pub title: String,
    /// Where what stands here is documented.
    #[allow(dead_code, reason = "read by people")]
    pub see: Vec<String>,
    /// The module that makes it: a folder in `modules/`, a template in the templates of its layer.
    pub module: String,
    /// The module that lets tenants in; the same when nothing is said.
    #[serde(default)]
    access: String,
    /// Modules that a fact brings along, by the fact's path.
    #[serde(default)]
    extras: BTreeMap<String, String>,
    /// The layer that has it, with its tenants: a vendor's has one of its own. The cloud's are in `data` and `access`.
    #[serde(default = "data")]
    pub layer: String,
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
    /// Its names of the cloud's regions, where it has names of its own. It has no others then.
    #[serde(default)]
    pub regions: BTreeMap<String, String>,
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
    pub(super) size_list: Vec<Size>,
    #[serde(skip)]
    parameters: Parameters,
}

fn data() -> String {
    DATA.to_owned()
}

/// The layer of the cloud's own stores.
pub const DATA: &str = "data";

/// Whom tenants log in as, where the cloud knows them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Identities {
    /// A user of each store.
    User,
    /// The account that the tenant's workloads run as.
    Account,
    /// A user of each store, by the name in its certificate.
    Certificate,
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

impl Service {
    /// Reads a description with its files.
    pub fn read(files: &BTreeMap<String, Cow<'static, str>>, path: &str) -> Result<Self, String> {
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

    /// The module that lets tenants in, in the layer of access.
    #[must_use]
    pub fn access(&self) -> &str {
        if self.access.is_empty() { &self.module } else { &self.access }
    }

    /// Modules that an instance needs, and those that it might.
    pub fn modules<'a>(&'a self, instance: Option<&'a Instance>) -> impl Iterator<Item = &'a str> {
        let wanted = move |fact: &str| instance.is_none_or(|instance| instance.is(fact));
        let extras = self.extras.iter().filter(move |(fact, _)| wanted(fact)).map(|(_, module)| module.as_str());
        std::iter::once(self.module.as_str()).chain(extras)
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
