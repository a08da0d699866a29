//! What Terraform's templates see: sizes, classes and parameters of Amazon RDS, decided.

use minijinja::{Value, context};

use super::{Place, has_login};
use crate::diag::{Code, Diagnostic};
use crate::emit::{aws, settings};
use crate::eval::{Layer, number};
use crate::model::{Cell, Instance, Isolation, Model, SettingValue};

/// Resources of a state besides those of tenants, at most: modules of one cell.
const FIXED: usize = 60;

/// Instances of a cell that Terraform makes.
pub fn managed<'m>(model: &Model, cell: &'m Cell) -> Vec<&'m Instance> {
    let here = model.platform.cloud == "aws";
    cell.instances.iter().filter(|instance| here && instance.engine == "postgresql").collect()
}

/// A cell's context.
pub fn cell(place: &Place<'_>, diagnostics: &mut Vec<Diagnostic>) -> Value {
    if place.model.platform.cloud != "aws" {
        return Value::from(std::collections::BTreeMap::<String, Value>::new());
    }
    let up = if place.cell.dedicated.is_some() { "../../../../../modules/" } else { "../../../../modules/" };
    let module = |name: &str| format!("{up}{name}");
    let region = &place.cell.region;
    let zones: Vec<String> = "abcdef"
        .chars()
        .take(usize::try_from(region.zones.clamp(2, 6)).unwrap_or(2))
        .map(|zone| format!("{}{zone}", region.name))
        .collect();
    let managed = managed(place.model, place.cell);
    let mut ports: Vec<i64> = managed.iter().map(|instance| instance.port).collect();
    ports.sort_unstable();
    ports.dedup();
    let databases: Vec<Value> = managed.iter().map(|instance| database(place, instance, diagnostics)).collect();
    let (logins, keys) = tenants(place, &managed);
    budget(place, logins.len(), diagnostics);
    context! {
        modules => context! { access => module("access"), keys => module("keys"), network => module("network"), postgresql => module("postgresql") },
        network => context! { cidr => place.model.platform.cidr.as_str(), zones => zones, client_ports => ports, client_cidrs => Vec::<String>::new(), flow_log_days => 90 },
        key_rotation_days => place.model.platform.key_rotation_days,
        databases => databases,
        login_tenants => logins,
        key_tenants => keys,
    }
}

fn database(place: &Place<'_>, instance: &Instance, diagnostics: &mut Vec<Diagnostic>) -> Value {
    let memory = instance.int("memory");
    let cpu = instance.fact("cpu").and_then(number).unwrap_or(1.0);
    let class = aws::class(memory, cpu);
    if class.is_none() {
        let largest = aws::largest()
            .map(|class| format!("the largest is {}: {} processors, {} GiB", class.name, class.vcpu, class.memory_gib));
        let span = instance.place_of("memory");
        let size = instance.fact("memory").map(ToString::to_string).unwrap_or_default();
        let message =
            format!("Amazon RDS has no instance with {size} of memory and {cpu} processors for {}", instance.database);
        diagnostics.push(Code::CloudLimit.at(span, message).maybe_help(largest));
    }
    let family = format!("postgres{}", instance.engine_version);
    let storage = gib(instance.int("storage")).max(20);
    let days = (instance.int("backup.keep") / 86_400_000_000).max(1);
    if days > 35 {
        let span = instance.place_of("backup.keep");
        let message = format!("Amazon RDS keeps backups for 35 days at most, {} wants {days}", instance.database);
        diagnostics.push(Code::CloudLimit.at(span, message).help("write `keep = 35d` or less"));
    }
    let replicas: Vec<i64> = (1..=instance.int("replicas")).collect();
    context! {
        name => instance.database.as_str(),
        label => crate::model::names::sql(&instance.database).as_str(),
        identifier => instance.identifier.as_str(),
        parameter_path => format!("/{}/data/{}", place.prefix(), instance.database),
        database_name => instance.names.database.as_str(),
        engine_version => instance.engine_version.as_str(),
        family => family.as_str(),
        instance_class => class.map_or("", |class| class.name.as_str()),
        storage_gib => storage,
        max_storage_gib => storage * 2,
        multi_az => instance.int("zones") > 1,
        replicas => replicas,
        port => instance.port,
        backup_days => days.min(35),
        deletion_protection => instance.is("deletion_protection"),
        log_days => 90,
        parameters => parameters(instance, &family, diagnostics),
    }
}

fn gib(bytes: i64) -> i64 {
    bytes.div_euclid(1 << 30) + i64::from(bytes % (1 << 30) != 0)
}

/// Settings as a parameter group wants them: only what RDS lets one set, and only what its default group has not alike.
/// What the user set and RDS refuses is told; what the language's formulas say is left to RDS then.
fn parameters(instance: &Instance, family: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<Value> {
    let facts = aws::parameters();
    let mut all: Vec<(&str, String, &str)> = Vec::new();
    for setting in instance.settings.get("settings").into_iter().flatten() {
        let (name, value) = (setting.name.as_str(), settings::raw(setting));
        let by_user = !matches!(setting.origin.layer, Some(Layer::Engine(_) | Layer::Profile(_)) | None);
        let refused =
            if facts.is_fixed(name) { Some("its own value".to_owned()) } else { facts.refuses(family, name, &value) };
        if let Some(instead) = refused {
            if by_user {
                let message = format!("Amazon RDS does not take {name} = {} for {family}", setting.value);
                diagnostics.push(
                    Code::CloudLimit
                        .at(setting.origin.span, message)
                        .help(format!("it takes {instead}: remove the line, or choose one of these")),
                );
            }
            continue;
        }
        let usual = facts.default(family, name).or_else(|| default(setting));
        if usual.as_deref() == Some(value.as_str()) {
            continue;
        }
        let method =
            if facts.needs_reboot(name) || setting.change == "restart" { "pending-reboot" } else { "immediate" };
        all.push((name, value, method));
    }
    all.sort();
    all.into_iter()
        .map(|(name, value, method)| context! { name => name, value => value, apply_method => method })
        .collect()
}

/// The engine's own default, in raw units.
fn default(setting: &SettingValue) -> Option<String> {
    let variant = setting.variant.as_ref()?;
    let own = SettingValue { value: variant.default.clone()?, ..setting.clone() };
    Some(settings::raw(&own))
}

/// Tenants with logins of their own, and those with keys of their own.
fn tenants(place: &Place<'_>, instances: &[&Instance]) -> (Vec<Value>, Vec<Value>) {
    let (mut logins, mut keys) = (Vec::new(), Vec::new());
    for tenant in place.tenants() {
        let mine: Vec<_> = instances
            .iter()
            .flat_map(|instance| {
                instance
                    .placements
                    .iter()
                    .filter(|placement| placement.id == tenant.id)
                    .map(move |placement| (*instance, placement))
            })
            .filter(|(_, placement)| has_login(placement))
            .collect();
        let Some((_, first)) = mine.first() else { continue };
        let own_key = place.model.platform.keys_per == "tenant"
            && mine
                .iter()
                .any(|(_, placement)| matches!(placement.isolation, Isolation::Database | Isolation::Cluster));
        let databases: Vec<String> = mine.iter().map(|(instance, _)| instance.database.to_string()).collect();
        let shown = context! {
            id => tenant.id.as_str(),
            name => tenant.name.as_str(),
            tier => tenant.tier.as_str(),
            database_user => first.role.as_str(),
            databases => databases,
            own_key => own_key,
        };
        if own_key {
            keys.push(shown.clone());
        }
        logins.push(shown);
    }
    (logins, keys)
}

/// Terraform's own cost grows with a state's resources: two for each tenant's login.
fn budget(place: &Place<'_>, logins: usize, diagnostics: &mut Vec<Diagnostic>) {
    let resources = FIXED + 2 * logins;
    if resources > 300 {
        let span = place.model.platform.span;
        let message = format!(
            "cell {} of {} makes about {resources} resources in one Terraform state; 300 is where plans get slow, 500 the limit",
            place.cell.name, place.environment.name
        );
        let mut told = Code::StateBudget.at(span, message).help("make cells smaller: `cell { schemas = 100 }`");
        if resources > 500 {
            told.severity = crate::diag::Severity::Error;
        }
        diagnostics.push(told);
    }
}
