//! Parts of the model → what templates see: plain maps of final values.
//!
//! The names are a contract, documented in each target's README. A template gets its cell's context with, for an
//! instance, the instance's own on top.

mod capacity;
mod cloudnativepg;
mod facts;
mod kubernetes;
mod network;
mod objects;
mod parameters;
mod pipelines;
mod publications;
mod refusals;
mod samples;
mod sql;
mod terraform;
mod workload;

use minijinja::{Value, context};

pub use refusals::{nowhere, unlocked};

use crate::diag::Diagnostic;
use crate::emit::services::{Identities, Services};
use crate::model::{Cell, Environment, Instance, Isolation, Model, Placement, Range, Tenant, names};

/// Where a part of the model stands.
#[derive(Clone, Copy)]
pub struct Place<'m> {
    /// The platform.
    pub model: &'m Model,
    /// What runs its engines.
    pub services: &'m Services,
    /// The environment.
    pub environment: &'m Environment,
    /// The cell.
    pub cell: &'m Cell,
}

impl<'m> Place<'m> {
    /// `streaming/production/eu-west-1-row-1`
    pub fn prefix(&self) -> String {
        format!("{}/{}/{}", self.model.platform.name, self.environment.name, self.cell.path)
    }

    /// The tenant of a placement.
    pub fn tenant(&self, placement: &Placement) -> Option<&'m Tenant> {
        self.environment.tenants.get(placement.tenant as usize).map(|tenant| &**tenant)
    }

    /// Tenants of the cell, by id.
    pub fn tenants(&self) -> impl Iterator<Item = &'m Tenant> {
        self.cell
            .tenants
            .iter()
            .filter_map(|index| self.environment.tenants.get(*index as usize))
            .map(|tenant| &**tenant)
    }

    /// How many bits the addresses of a cell share: Google wants 256 of them for its services, and half of the part is theirs.
    pub fn network_length(&self) -> u32 {
        let platform = &self.model.platform;
        let whole = Range::parse(&platform.cidr).map_or(0, Range::length);
        let usual = if platform.cloud == "gcp" { 23 } else { 24 };
        platform.cell_network.unwrap_or(usual).max(whole)
    }

    /// The cell's part of the platform's network; nothing where it has no more parts.
    pub fn network(&self) -> Option<String> {
        let whole = Range::parse(&self.model.platform.cidr)?;
        whole.part(self.network_length(), self.cell.network).map(|part| part.to_string())
    }

    /// The name under which an instance is reached inside the platform's network.
    pub fn host(&self, instance: &Instance) -> String {
        if self.services.on_kubernetes(instance) {
            kubernetes::host(self, instance)
        } else {
            names::host(&instance.identifier, &self.environment.name, &self.model.platform.name)
        }
    }
}

/// The mount of the secrets backend and the path below it that all of a cell's secrets begin with. `vault("kv/streaming")`
/// is the mount `kv` and the path `streaming`; other backends have no mounts.
pub fn secrets(place: &Place<'_>) -> (String, String) {
    let secrets = &place.model.platform.secrets;
    match (secrets.backend.as_str(), secrets.path.split_once('/')) {
        ("vault", Some((mount, path))) => {
            (mount.to_owned(), format!("{path}/{}/{}", place.environment.name, place.cell.path))
        }
        ("vault", None) => (secrets.path.to_string(), place.prefix()),
        _ => (String::new(), place.prefix()),
    }
}

/// The path of a tenant's login below the mount.
pub fn secret_of(place: &Place<'_>, tenant: &str) -> String {
    format!("{}/tenants/{tenant}", secrets(place).1)
}

/// The path below the mount of what all share on an instance.
pub fn shared_secret(place: &Place<'_>, instance: &Instance) -> String {
    format!("{}/databases/{}", secrets(place).1, instance.database)
}

/// Who a tenant logs in as, and the path of that login below the mount: its own, or the one that all share.
pub fn login<'a>(place: &Place<'_>, instance: &'a Instance, placement: &'a Placement) -> (&'a str, String) {
    if logs_in(placement) {
        (&placement.role, secret_of(place, &placement.id))
    } else {
        (&instance.names.app, shared_secret(place, instance))
    }
}

/// The name of a tenant's identity on an instance: short, and the only one of an account.
pub fn identity(place: &Place<'_>, instance: &Instance, tenant: &Tenant) -> String {
    let whole = format!("{}/{}/{}", place.prefix(), instance.database, tenant.id);
    names::unique(&tenant.slug, &whole, 32).to_string()
}

/// The name of what a tenant's workloads run as in a cell.
pub fn account(place: &Place<'_>, tenant: &Tenant) -> String {
    names::unique(&tenant.slug, &format!("{}/{}", place.prefix(), tenant.id), 30).to_string()
}

/// True for a tenant that logs in as itself.
pub fn logs_in(placement: &Placement) -> bool {
    !placement.role.is_empty()
}

/// True for a tenant with objects and a login of its own on an instance.
pub fn has_login(placement: &Placement) -> bool {
    placement.isolation != Isolation::Row
}

/// What holds for the whole platform.
pub fn platform(model: &Model) -> Value {
    let platform = &model.platform;
    context! {
        platform => context! {
            name => platform.name.as_str(),
            owner => platform.owner.as_str(),
            cloud => platform.cloud.as_str(),
            output => platform.output.as_str(),
            repository => platform.repository.as_str(),
        },
        allow => platform.allow.iter().map(ToString::to_string).collect::<Vec<_>>(),
        environments => model.environments.iter().map(|environment| environment.name.to_string()).collect::<Vec<_>>(),
    }
}

/// What the files of the whole platform see.
pub fn whole(model: &Model, services: &Services) -> Value {
    merged(&[pipelines::platform(model, services), platform(model)])
}

/// What holds in an environment: its tenants with how to reach their stores.
pub fn environment(model: &Model, services: &Services, environment: &Environment) -> Value {
    let mut stores: Vec<Vec<Value>> = vec![Vec::new(); environment.tenants.len()];
    for cell in &environment.cells {
        let place = Place { model, services, environment, cell };
        let mount = secrets(&place).0;
        for instance in &cell.instances {
            let host = place.host(instance);
            let inside = services.on_kubernetes(instance);
            let pooled = instance.setting("pool.settings", "pool_mode").is_some();
            let pool = pooled.then_some(if inside { instance.port } else { 6432 });
            let pool_host = (pooled && inside).then(|| kubernetes::pooler(&place, instance));
            for placement in &instance.placements {
                let Some(list) = stores.get_mut(placement.tenant as usize) else { continue };
                let (user, secret) = login(&place, instance, placement);
                let secret = if mount.is_empty() { secret } else { format!("{mount}/{secret}") };
                let identities = services.managed(instance).and_then(|service| service.identities);
                let (user, backend, secret) = match identities.zip(place.tenant(placement)) {
                    Some((Identities::User, tenant)) => (identity(&place, instance, tenant), "identity", String::new()),
                    Some((Identities::Certificate, tenant)) => {
                        (format!("CN={}", identity(&place, instance, tenant)), "identity", String::new())
                    }
                    Some((Identities::Account, tenant)) => (account(&place, tenant), "identity", String::new()),
                    None => (user.to_owned(), model.platform.secrets.backend.as_str(), secret),
                };
                list.push(context! {
                    name => instance.database.as_str(),
                    engine => instance.engine.as_str(),
                    version => services
                        .managed(instance)
                        .and_then(|service| service.version(instance))
                        .map_or(instance.engine_version.as_str(), |(version, _)| version),
                    cell => cell.name.as_str(),
                    isolation => placement.isolation.word(),
                    host => host.as_str(),
                    port => instance.port,
                    pool_port => pool,
                    pool_host => pool_host.as_deref(),
                    database => placement.database.as_str(),
                    schema => placement.schema.as_str(),
                    user => user,
                    secret => context! { backend => backend, path => secret },
                });
            }
        }
    }
    let tenants: Vec<Value> = environment
        .tenants
        .iter()
        .zip(stores)
        .map(|(tenant, stores)| {
            context! {
                id => tenant.id.as_str(),
                name => tenant.name.as_str(),
                uuid => tenant.uuid.as_str(),
                tier => tenant.tier.as_str(),
                home => tenant.home.as_str(),
                state => tenant.state.as_str(),
                features => tenant.features.iter().map(ToString::to_string).collect::<Vec<_>>(),
                requests => tenant.quota.requests,
                channels => tenant.channels.iter().map(|(word, told)| context! {
                    name => word.as_str(),
                    value => told.as_str(),
                    secret => word.as_str() != "email",
                }).collect::<Vec<_>>(),
                stores => stores,
            }
        })
        .collect();
    let mine = context! {
        environment => context! { name => environment.name.as_str(), data => environment.data.as_str() },
        inside => services.any_on_kubernetes(model),
        tenants => tenants,
        cells => capacity::cells(environment),
    };
    merged(&[mine, platform(model)])
}

/// What holds in a cell.
pub fn cell(place: Place<'_>, diagnostics: &mut Vec<Diagnostic>) -> Value {
    let prefix = place.prefix();
    let cell = place.cell;
    let full = names::dns(&prefix.replace('/', "-"), 53);
    let short = names::cut(&prefix, 64);
    let mine = context! {
        environment => context! { name => place.environment.name.as_str(), data => place.environment.data.as_str() },
        cell => context! {
            name => cell.name.as_str(),
            full_name => full.as_str(),
            path => cell.path.as_str(),
            region => cell.region.name.as_str(),
            dedicated => cell.dedicated.is_some(),
            name_prefix => short.as_str(),
            alias_prefix => short.as_str(),
            tenant_alias_prefix => format!("{short}/tenants"),
            key_alias => format!("alias/{short}/cell"),
            foundation_path => format!("/{prefix}/foundation"),
        },
    };
    merged(&[mine, terraform::cell(&place, diagnostics), kubernetes::cell(&place), platform(place.model)])
}

/// What holds in a layer of a cell.
pub fn layer(place: Place<'_>, layer: &str, header: &str, cell: &Value) -> Value {
    let prefix = place.prefix();
    let mine = context! {
        header => header,
        layer => context! {
            name => layer,
            state_key => format!("{prefix}/{layer}.tfstate"),
            parameter_path => format!("/{prefix}/{layer}"),
        },
    };
    merged(&[mine, cell.clone()])
}

/// What holds for an instance.
pub fn instance(
    place: Place<'_>,
    instance: &Instance,
    header: &str,
    cell: &Value,
    diagnostics: &mut Vec<Diagnostic>,
) -> Value {
    let network = context! {
        name => instance.identifier.as_str(), cidr => place.model.platform.cidr.as_str(), host => place.host(instance),
        port => instance.port, tenant_pool => instance.int("pool.tenant_size"),
        database => instance.names.database.as_str(),
        secrets => shared_secret(&place, instance),
    };
    let tenants = facts::tenants(&place, instance);
    let sql = sql::instance(&place, instance, &tenants);
    let mine = context! {
        header => header,
        instance => network,
        engine => instance.engine.as_str(),
        version => instance.engine_version.as_str(),
        facts => facts::of(instance),
        settings => facts::settings(instance),
        tenants => tenants.into_iter().map(|(_, tenant)| tenant).collect::<Vec<_>>(),
    };
    let workload = workload::instance(&place, instance, diagnostics);
    merged(&[sql, cloudnativepg::instance(&place, instance, diagnostics), workload, mine, cell.clone()])
}

/// One flat map of several; the first that has a name gives its value.
fn merged(parts: &[Value]) -> Value {
    let mut all: std::collections::BTreeMap<String, Value> = std::collections::BTreeMap::new();
    for part in parts.iter().rev() {
        for key in part.try_iter().into_iter().flatten() {
            if let (Some(name), Ok(value)) = (key.as_str(), part.get_item(&key)) {
                all.insert(name.to_owned(), value);
            }
        }
    }
    Value::from(all)
}
