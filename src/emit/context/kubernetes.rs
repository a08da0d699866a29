//! What Kubernetes' templates see of a cell: names, its stores, and our own chart's tenants.

use minijinja::{Value, context};

use super::{Place, secret_of};
use crate::model::{Instance, Isolation, Rollout, Scaling, Tenant, Window, names};

/// The namespace of a cell's databases.
pub fn namespace(place: &Place<'_>) -> String {
    names::data_namespace(&place.environment.name, &place.cell.name).to_string()
}

/// What an instance is called in the cluster. The pods of a stateful set carry its name and eleven letters in a label, which
/// holds 63; what operators put behind the name counts too, and Elastic's allows 36 letters of its own
/// (`MaxResourceNameLength` of pkg/controller/common/name, cloud-on-k8s v3.5.0).
pub fn name(instance: &Instance) -> String {
    let room = match instance.engine.as_str() {
        "elasticsearch" => 36,
        // -DATACENTER-rackN-sts
        "cassandra" => 52 - datacenter(instance).len() - "--rack6-sts".len(),
        "redis" | "valkey" => 52 - "-sentinel".len(),
        "clickhouse" => 52 - "-keeper".len(),
        "mongodb" => 52 - "-rs999".len(),
        _ => 50,
    };
    names::dns(&instance.identifier, room).to_string()
}

/// The name that an instance is reached by in the cluster: its operator's service, or ours, which is called like it.
pub fn host(place: &Place<'_>, instance: &Instance) -> String {
    let name = name(instance);
    let service = match instance.engine.as_str() {
        "postgresql" | "timescaledb" => format!("{name}-rw"),
        "elasticsearch" => format!("{name}-es-http"),
        "mongodb" if instance.int("shards") > 1 => format!("{name}-mongos"),
        "mongodb" => format!("{name}-rs0"),
        "cassandra" => format!("{name}-{}-service", datacenter(instance)),
        "neo4j" => format!("{name}-lb-neo4j"),
        _ => name,
    };
    names::service(&service, &namespace(place))
}

/// The name that an instance's pooler is reached by in the cluster.
pub fn pooler(place: &Place<'_>, instance: &Instance) -> String {
    names::service(&format!("{}-pooler-rw", name(instance)), &namespace(place))
}

/// Labels of an instance's pods, as its operator sets them; ours where there is none.
fn pods(instance: &Instance) -> (&'static str, String) {
    let name = name(instance);
    match instance.engine.as_str() {
        "postgresql" | "timescaledb" => ("cnpg.io/cluster", name),
        "elasticsearch" => ("elasticsearch.k8s.elastic.co/cluster-name", name),
        "cassandra" => ("k8ssandra.io/cluster-name", name),
        "neo4j" => ("app", name),
        _ => ("app.kubernetes.io/instance", name),
    }
}

/// The name of Cassandra's datacenter, as a DNS label.
pub fn datacenter(instance: &Instance) -> String {
    let name = instance.fact("datacenter").map(ToString::to_string).unwrap_or_default();
    names::dns(&name, 20).to_string()
}

/// A cell's tenants, as our chart wants them.
pub fn cell(place: &Place<'_>) -> Value {
    let tenants: Vec<Value> = place
        .tenants()
        .map(|tenant| {
            let on = |instance: &&Instance| instance.placements.iter().any(|placement| placement.tenant_is(&tenant.id));
            let stores: Vec<Value> =
                place.cell.instances.iter().filter(on).flat_map(|instance| store(place, instance)).collect();
            // Who has no login of its own has nothing to fetch. Terraform makes an entry for those alone that share no tables.
            let has_login = place.cell.instances.iter().any(|instance| {
                let managed = place.services.managed(instance).is_some();
                instance.placements.iter().any(|placement| {
                    placement.tenant_is(&tenant.id)
                        && if managed { super::has_login(placement) } else { super::logs_in(placement) }
                })
            });
            let quota = &tenant.quota;
            context! {
                id => tenant.id.as_str(),
                namespace => names::dns(&format!("tenant-{}", tenant.slug), 63).as_str(),
                name => tenant.name.as_str(),
                tier => tenant.tier.as_str(),
                suspended => tenant.state != "active",
                cpu => quantity(quota.cpu),
                memory => bytes(quota.memory),
                storage => bytes(quota.storage),
                pods => 20,
                secret => has_login.then(|| secret_of(place, &tenant.id)),
                vault_role => names::dns(&format!("{}-{}", place.environment.name, tenant.slug), 63).as_str(),
                stores => stores,
                rollout => tenant.rollout.as_ref().map(rollout),
                backups => backups(place, tenant),
                scaling => tenant.scaling.as_ref().filter(|_| tenant.state == "active").map(scaling),
            }
        })
        .collect();
    let platform = &place.model.platform;
    context! {
        chart_tenants => tenants,
        object_store => place.cell.instances.iter().any(|instance| place.services.managed(instance).is_none()).then(|| context! {
            endpoint => super::workload::object_store(place),
            bucket => names::dns(&format!("{}-{}-backups", platform.name, place.environment.name), 63).as_str(),
            region => place.cell.region.name.as_str(),
            prefix => format!("{}/tenants", place.prefix()),
        }),
        data => place.cell.instances.iter().any(|instance| place.services.on_kubernetes(instance)).then(|| data(place)),
        secret_store => context! { backend => platform.secrets.backend.as_str(), mount => super::secrets(place).0, address => platform.secrets.address.as_str() },
    }
}

/// The namespace of a cell's databases: who comes in where, and what is applied as it is.
fn data(place: &Place<'_>) -> Value {
    let store = |instance: &Instance| {
        let (label, labelled) = pods(instance);
        let one = |(name, port): (String, i64)| {
            context! {
                policy => names::dns(&format!("allow-tenants-{name}"), 63).as_str(),
                label => label,
                labelled => labelled.as_str(),
                port => port,
            }
        };
        ports(instance).into_iter().map(one).collect::<Vec<_>>()
    };
    let folder = |instance: &Instance| match instance.engine.as_str() {
        // Installed by Helm; what else belongs to it stands beside its files.
        "elasticsearch" => Some(super::workload::files_folder(place, &instance.database, 1)),
        _ => Some(instance.database.to_string()),
    };
    let inside = || place.cell.instances.iter().filter(|instance| place.services.on_kubernetes(instance));
    context! {
        namespace => namespace(place),
        stores => inside().flat_map(store).collect::<Vec<_>>(),
        folders => inside().filter_map(folder).collect::<Vec<_>>(),
    }
}

/// A tenant's rollout.
fn rollout(rollout: &Rollout) -> Value {
    context! {
        deployment => rollout.deployment.as_str(),
        pods => rollout.pods,
        canary => rollout.how == "canary",
        steps => rollout.steps.clone(),
        every => rollout.every,
        check => (!rollout.watch.is_empty()).then(|| context! {
            address => rollout.prometheus.as_str(),
            query => rollout.watch.as_str(),
            at_most => rollout.at_most,
        }),
    }
}

/// Stores whose rows of a tenant are dumped by its own login, so that one tenant can be brought back alone. Rows of shared
/// tables are not: no login may read them as one tenant's without the application's word.
fn backups(place: &Place<'_>, tenant: &Tenant) -> Vec<Value> {
    let inside = place.model.platform.cloud == "kubernetes" && tenant.state == "active";
    let stores = place.cell.instances.iter().filter(|instance| inside && instance.family == "postgresql");
    let one = |instance: &Instance| {
        let placement = instance.placements.iter().find(|placement| placement.id == tenant.id)?;
        (super::logs_in(placement) && placement.isolation != Isolation::Row).then(|| {
            context! {
                name => names::dns(&instance.database, 40).as_str(),
                image => format!("docker.io/library/postgres:{}", instance.family_version),
                host => place.host(instance),
                port => instance.port,
                database => placement.database.as_str(),
                schema => placement.schema.as_str(),
                user => placement.role.as_str(),
                schedule => super::workload::schedule(
                    instance.int("backup.every").max(3_600_000_000),
                    &format!("{} {}", tenant.id, instance.identifier),
                ),
                days => (instance.int("backup.keep") / 86_400_000_000).max(1),
            }
        })
    };
    stores.filter_map(one).collect()
}

/// A tenant's scaling: for each window of load, when it begins and ends as cron says it, and how many pods it wants.
fn scaling(scaling: &Scaling) -> Value {
    let window = |window: &Window| {
        // The end of a day is the beginning of the next; a week of whole days ends a minute early, as KEDA wants an end.
        let to = if window.days.len() == 7 && window.from == window.to % 1440 { 1439 } else { window.to };
        let next = u8::from(to == 1440 || to < window.from);
        let days = |later: u8| {
            let mut days: Vec<u8> = window.days.iter().map(|day| (day + later) % 7).collect();
            days.sort_unstable();
            if days.len() == 7 {
                return "*".to_owned();
            }
            days.iter().map(u8::to_string).collect::<Vec<_>>().join(",")
        };
        let cron = |minutes: u16, days: &str| format!("{} {} * * {days}", minutes % 60, minutes % 1440 / 60);
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a few pods")]
        let wanted = (scaling.least as f64 * window.scale).ceil() as i64;
        context! {
            name => window.name.as_str(),
            start => cron(window.from, &days(0)),
            end => cron(to, &days(next)),
            timezone => window.zone.as_str(),
            replicas => wanted.clamp(1, scaling.most),
        }
    };
    context! {
        deployment => scaling.deployment.as_str(),
        least => if scaling.rests { 0 } else { scaling.least },
        most => scaling.most.max(scaling.least),
        windows => scaling.windows.iter().map(window).collect::<Vec<_>>(),
    }
}

/// Ports of an instance that clients speak to, each by a name: its own, and that of the sentinels which know the primary.
fn ports(instance: &Instance) -> Vec<(String, i64)> {
    let own = (instance.database.to_string(), instance.port);
    let watched = instance.is("watched").then(|| (format!("{}-sentinel", instance.database), 26379));
    std::iter::once(own).chain(watched).collect()
}

fn store(place: &Place<'_>, instance: &Instance) -> Vec<Value> {
    let managed = place.services.managed(instance).is_some();
    let one = |(name, port): (String, i64)| {
        context! {
            name => name,
            port => port,
            cidrs => if managed { place.network().into_iter().collect() } else { Vec::new() },
            namespace => if managed { None } else { Some(namespace(place)) },
            label => pods(instance).0,
            labelled => pods(instance).1,
        }
    };
    ports(instance).into_iter().filter(|(_, port)| !managed || *port == instance.port).map(one).collect()
}

/// Bytes as a Kubernetes quantity: the largest unit that divides exactly.
pub fn bytes(value: i64) -> String {
    for (unit, name) in [(1_i64 << 40, "Ti"), (1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki")] {
        if value != 0 && value % unit == 0 {
            return format!("{}{name}", value / unit);
        }
    }
    value.to_string()
}

/// Processors as a Kubernetes quantity: whole ones, or thousandths.
pub fn quantity(cpu: f64) -> String {
    let thousandths = (cpu * 1_000.0).round();
    if (thousandths % 1_000.0).abs() < f64::EPSILON {
        format!("{}", thousandths / 1_000.0)
    } else {
        format!("{thousandths}m")
    }
}

impl crate::model::Placement {
    /// True for the placement of this tenant.
    fn tenant_is(&self, id: &str) -> bool {
        self.id == id
            && matches!(self.isolation, Isolation::Row | Isolation::Schema | Isolation::Database | Isolation::Cluster)
    }
}
