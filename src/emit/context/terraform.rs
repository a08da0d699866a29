//! What Terraform's templates see: sizes, versions and settings of managed services, decided.
//!
//! What a service can't do is told at the user's line. Nothing here knows a cloud: that is in the pack's `services/`.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Value, context};

use super::parameters::parameters;
use super::{Place, account, facts, has_login, identity, logs_in, merged, network, refusals};
use crate::diag::{Code, Diagnostic};
use crate::emit::escape::raw;
use crate::emit::services::{DATA, Limit, Service};
use crate::eval::number;
use crate::model::{Instance, Isolation, names};

/// An instance with the service that runs it.
type Managed<'m> = (&'m Instance, &'m Service);

/// Instances of a cell that Terraform makes.
fn managed<'m>(place: &Place<'m>) -> Vec<Managed<'m>> {
    place.cell.instances.iter().filter_map(|instance| Some((instance, place.services.managed(instance)?))).collect()
}

/// A cell's context.
pub fn cell(place: &Place<'_>, diagnostics: &mut Vec<Diagnostic>) -> Value {
    let (managed, vendors): (Vec<_>, Vec<_>) =
        managed(place).into_iter().partition(|(_, service)| service.layer == DATA);
    let stores = vendors_stores(place, &vendors, diagnostics);
    if managed.is_empty() {
        return merged(&[context! { databases => Vec::<Value>::new() }, stores]);
    }
    let region = &place.cell.region;
    let zones: Vec<String> = "abcdef"
        .chars()
        .take(usize::try_from(region.zones.clamp(2, 6)).unwrap_or(2))
        .map(|zone| format!("{}{zone}", region.name))
        .collect();
    let mut ports: Vec<i64> = managed.iter().map(|(instance, _)| instance.port).collect();
    ports.sort_unstable();
    ports.dedup();
    let mut modules: Vec<&str> = managed.iter().map(|(_, service)| service.module.as_str()).collect();
    modules.sort_unstable();
    modules.dedup();
    let accesses: BTreeSet<&str> = managed.iter().map(|(_, service)| service.access()).collect();
    let databases: Vec<Value> =
        managed.iter().map(|(instance, service)| database(place, instance, service, diagnostics)).collect();
    let people = tenants(place, &managed);
    budget(place, &managed, &databases, &people, diagnostics);
    let platform = &place.model.platform;
    let own = context! {
        accesses => accesses.iter().map(ToString::to_string).collect::<Vec<_>>(),
        services => modules.iter().map(ToString::to_string).collect::<Vec<_>>(),
        network => context! {
            cidr => network::part(place, diagnostics), zones => zones, client_ports => ports,
            client_cidrs => platform.clients.iter().map(ToString::to_string).collect::<Vec<_>>(), flow_log_days => 90,
        },
        key_rotation_days => platform.key_rotation_days,
        maintenance => place.environment.maintenance.map(network::maintenance),
        short_name => names::unique(&place.cell.name, &place.prefix(), 24).as_str(),
        databases => databases,
        login_tenants => people.of("postgresql"),
        account_tenants => people.all(),
        cache_tenants => people.of("redis"),
        key_tenants => people.with_keys(),
        // What the lock file remembers: who had a key here and left, and stores that were let go.
        left_tenants => left(place),
        released_stores => released(place),
    };
    merged(&[own, stores])
}

/// Stores at vendors, by layer, each with its tenants; and what the roots of every layer see.
fn vendors_stores(place: &Place<'_>, vendors: &[Managed<'_>], diagnostics: &mut Vec<Diagnostic>) -> Value {
    let mut layers: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    let mut resources: BTreeMap<&str, usize> = BTreeMap::new();
    for (instance, service) in vendors {
        let store = database(place, instance, service, diagnostics);
        *resources.entry(&service.layer).or_default() += made(instance, service, &store)
            + service.resources.login * instance.placements.iter().filter(|one| logs_in(one)).count();
        let tenants: Vec<Value> = facts::tenants(place, instance).into_iter().map(|(_, tenant)| tenant).collect();
        layers.entry(&service.layer).or_default().push(merged(&[context! { tenants => tenants }, store]));
    }
    for (layer, resources) in resources {
        over_budget(place, layer, resources, "make cells smaller", diagnostics);
    }
    context! {
        modules => if place.cell.dedicated.is_some() { "../../../../../modules" } else { "../../../../modules" },
        labels => labels(place),
        stores => layers,
        clients => place.model.platform.clients.iter().map(ToString::to_string).collect::<Vec<_>>(),
    }
}

/// Tenants that left the cell, where tenants have keys of their own.
fn left(place: &Place<'_>) -> Vec<Value> {
    let placements = place.cell.instances.iter().flat_map(|instance| &instance.placements);
    let keys = place.model.platform.keys_per == "tenant"
        && placements.into_iter().any(|placement| placement.isolation == Isolation::Database);
    let left = place.cell.left.iter().filter(|_| keys);
    left.map(|id| context! { id => id.as_str(), reference => raw(&names::sql(&format!("left_{id}"))) }).collect()
}

/// Modules of the cell's stores that were let go.
fn released(place: &Place<'_>) -> Vec<Value> {
    let cell = format!("{}/{}/", place.environment.name, place.cell.path);
    let gone = place.model.platform.released.iter().filter_map(|store| store.strip_prefix(cell.as_str()));
    let here = |name: &&str| place.cell.instances.iter().any(|instance| instance.database == **name);
    gone.filter(|name| !name.contains('/') && !here(name)).map(|name| raw(&names::sql(name))).collect()
}

/// Labels of a cloud that takes small letters, digits and dashes alone.
fn labels(place: &Place<'_>) -> Value {
    let label = |text: &str| names::dns(text, 63).to_string();
    let platform = &place.model.platform;
    context! {
        cell => label(&place.cell.name), environment => label(&place.environment.name),
        owner => if platform.owner.is_empty() { String::new() } else { label(&platform.owner) },
        platform => label(&platform.name),
    }
}

fn database(place: &Place<'_>, instance: &Instance, service: &Service, diagnostics: &mut Vec<Diagnostic>) -> Value {
    let memory = instance.int("memory");
    let cpu = instance.fact("cpu").and_then(number).unwrap_or(1.0);
    let size = service.size(memory, cpu, instance.int("zones") > 1 || instance.int("replicas") > 0);
    if size.is_none() {
        let largest = service
            .largest()
            .map(|size| format!("the largest is {}: {} processors, {} GiB", size.name, size.vcpu, size.memory_gib));
        let span = instance.place_of("memory");
        let said = instance.fact("memory").map(ToString::to_string).unwrap_or_default();
        let message = format!(
            "{} has no instance with {said} of memory and {cpu} processors for {}",
            service.title, instance.database
        );
        diagnostics.push(Code::CloudLimit.at(span, message).maybe_help(largest));
    }
    refusals::tell(instance, service, diagnostics);
    let region = place.cell.region.name.as_str();
    if !service.regions.is_empty() && !service.regions.contains_key(region) {
        refusals::region(instance, service, region, diagnostics);
    }
    let (version, family) = match service.version(instance) {
        Some((_, version)) => (version.name.as_str(), version.family.as_str()),
        None => {
            let versions = service.versions.get(instance.engine.as_str());
            let known: Vec<&str> = versions.into_iter().flatten().map(|(version, _)| version.as_str()).collect();
            let message = format!("{} has no {} {}", service.title, instance.engine, instance.engine_version);
            let newest = known.last().unwrap_or(&"");
            let help =
                format!("it has {}: write `version = \"{newest}\"`, or `runs_on = kubernetes`", known.join(", "));
            diagnostics.push(Code::CloudLimit.at(instance.place_of("version"), message).help(help));
            ("", "")
        }
    };
    let limited = |path: &str| {
        let limit = service.limits.get(path);
        let one = limit.map_or(1, Limit::one);
        let value = instance.int(path);
        let units = value.div_euclid(one) + i64::from(value % one != 0);
        limit.map_or(units, |limit| units.clamp(limit.least, limit.most.max(limit.least)))
    };
    let storage = limited("storage");
    let replicas: Vec<i64> = (1..=instance.int("replicas")).collect();
    context! {
        name => instance.database.as_str(),
        module => service.module.as_str(),
        access => service.access(),
        engine => instance.engine.as_str(),
        label => names::sql(&instance.database).as_str(),
        // The same, where Terraform wants a bare name: small letters, digits and `_`.
        reference => raw(&names::sql(&instance.database)),
        identifier => names::dns(&instance.identifier, service.name_length).as_str(),
        // A vault of backups, whose name has 50 letters.
        vault => names::dns(&instance.identifier, 50).as_str(),
        parameter_path => format!("/{}/data/{}", place.prefix(), instance.database),
        database_name => instance.names.database.as_str(),
        engine_version => version,
        family => family,
        // The service's own name of the region, where it has one.
        region => service.regions.get(region).map_or(region, String::as_str),
        instance_class => size.map_or("", |size| size.name.as_str()),
        storage_gib => storage,
        max_storage_gib => storage * 2,
        multi_az => instance.int("zones") > 1,
        zones => instance.int("zones"),
        replicas => replicas,
        port => instance.port,
        backup_days => limited("backup.keep"),
        deletion_protection => instance.is("deletion_protection"),
        log_days => 90,
        parameters => parameters(instance, service, family, diagnostics),
        facts => facts::of(instance),
        settings => facts::settings(instance),
    }
}

/// Tenants of a cell that have something of their own in it.
#[derive(Default)]
struct People {
    /// The module that lets them in, and who.
    logins: Vec<(String, Value)>,
    keys: Vec<Value>,
}

impl People {
    fn of(&self, module: &str) -> Vec<Value> {
        self.logins.iter().filter(|(own, _)| own == module).map(|(_, shown)| shown.clone()).collect()
    }

    /// Everybody, once.
    fn all(&self) -> Vec<Value> {
        let mut seen = BTreeSet::new();
        let mut once = |shown: &Value| seen.insert(shown.get_attr("id").map(|id| id.to_string()).unwrap_or_default());
        self.logins.iter().map(|(_, shown)| shown.clone()).filter(|shown| once(shown)).collect()
    }

    fn with_keys(&self) -> Vec<Value> {
        self.keys.clone()
    }
}

/// Tenants with logins of their own, and those with keys of their own.
fn tenants(place: &Place<'_>, managed: &[Managed<'_>]) -> People {
    let mut people = People::default();
    let accesses: BTreeSet<&str> = managed.iter().map(|(_, service)| service.access()).collect();
    for tenant in place.tenants() {
        let mut has_key = false;
        for access in &accesses {
            let mine: Vec<_> = managed
                .iter()
                .filter(|(_, service)| service.access() == *access)
                .flat_map(|(instance, _)| {
                    let own = instance.placements.iter().filter(|placement| placement.id == tenant.id);
                    own.map(move |placement| (*instance, placement))
                })
                .filter(|(_, placement)| has_login(placement) || logs_in(placement))
                .collect();
            let Some((_, first)) = mine.first() else { continue };
            let own_key = place.model.platform.keys_per == "tenant"
                && mine
                    .iter()
                    .any(|(_, placement)| matches!(placement.isolation, Isolation::Database | Isolation::Cluster));
            let databases: Vec<String> = mine.iter().map(|(instance, _)| instance.database.to_string()).collect();
            let users: BTreeMap<String, String> = mine
                .iter()
                .map(|(instance, _)| (instance.database.to_string(), identity(place, instance, tenant)))
                .collect();
            let shown = context! {
                id => tenant.id.as_str(),
                slug => tenant.slug.as_str(),
                name => tenant.name.as_str(),
                tier => tenant.tier.as_str(),
                label => names::dns(&tenant.tier, 63).as_str(),
                account => account(place, tenant),
                users => users,
                closed => tenant.state != "active",
                was => tenant.was.as_deref(),
                // A key keeps the name that it was made under.
                key => format!("tenant-{}", tenant.was.as_deref().map_or_else(|| tenant.slug.clone(), |was| names::dns(was, 40))),
                database_user => first.role.as_str(),
                databases => databases,
                own_key => own_key,
            };
            if own_key && !has_key {
                has_key = true;
                people.keys.push(shown.clone());
            }
            people.logins.push(((*access).to_owned(), shown));
        }
    }
    people
}

/// Terraform's own cost grows with a state's resources. How many each thing makes is the pack's to say.
fn budget(
    place: &Place<'_>,
    managed: &[Managed<'_>],
    databases: &[Value],
    people: &People,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let states = place.services.states();
    let logins: usize = people
        .logins
        .iter()
        .map(|(access, _)| {
            managed.iter().find(|(_, service)| service.access() == access).map_or(0, |one| one.1.resources.login)
        })
        .sum();
    let data = managed.iter().zip(databases).map(|((instance, service), database)| made(instance, service, database));
    let layers = [
        (
            "foundation",
            states.foundation + states.key * people.keys.len(),
            "write `keys { per = cell }`, or make cells smaller",
        ),
        ("data", data.sum(), "give some databases cells of their own"),
        ("access", states.access + logins, "make cells smaller"),
    ];
    for (layer, resources, help) in layers {
        over_budget(place, layer, resources, help, diagnostics);
    }
}

/// Resources of an instance in the state of its layer.
fn made(instance: &Instance, service: &Service, shown: &Value) -> usize {
    let replicas = usize::try_from(instance.int("replicas")).unwrap_or(0);
    let settings = shown.get_attr("parameters").ok().and_then(|all| all.len()).unwrap_or(0);
    service.resources.one + service.resources.replica * replicas + service.resources.setting * settings
}

fn over_budget(place: &Place<'_>, layer: &str, resources: usize, help: &str, diagnostics: &mut Vec<Diagnostic>) {
    if resources <= 300 {
        return;
    }
    let message = format!(
        "{layer} of cell {} of {} makes about {resources} resources in one Terraform state; 300 is where plans get slow, 500 the limit",
        place.cell.name, place.environment.name
    );
    let mut told = Code::StateBudget
        .at(place.model.platform.span, message)
        .help(format!("{help}: `cell {{ capacity = 100  schemas = 100 }}` in the platform"));
    if resources > 500 {
        told.severity = crate::diag::Severity::Error;
    }
    diagnostics.push(told);
}
