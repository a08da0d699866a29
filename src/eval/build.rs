//! [`Program`] and lock file → [`Model`] and the next lock file.

use std::collections::{BTreeMap, BTreeSet};

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::instances::Maker;
use super::lock::Lock;
use super::place::{self, Cells, Placed, Resident};
use super::tenants::{Census, Known};
use super::{Evaluator, history, networks, rules, schemas, traffic};
use crate::diag::{Code, Diagnostic};
use crate::model::{Audit, Capacity, Cell, Environment, Instance, Isolation, Model, Platform, Region, Secrets};
use crate::resolve::{DefId, Object, Program, TenantSource, Value};
use crate::source::{Origin, SourceMap, Span};

/// What evaluation gives.
#[derive(Debug)]
pub struct Built {
    /// The platform.
    pub model: Model,
    /// Where tenants are, to be recorded.
    pub lock: Lock,
    /// Seeds of each environment's instances, for `explain`.
    pub seeds: Vec<(DefId, Vec<super::Seed>)>,
}

/// Evaluates a program, in all its environments or in those of these names. Nothing when it has no platform.
pub fn build(
    program: &Program,
    sources: &SourceMap,
    old: &Lock,
    today: Option<(i16, u8, u8)>,
    only: &[String],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Built> {
    let platform = program.platform?;
    let base = Evaluator::new(program, None, &[]);
    let platform_model = self::platform(&base, platform);
    let environments = references(&base, platform, "environments");
    let regions = references(&base, platform, "regions");
    for (path, found) in [("environments", &environments), ("regions", &regions)] {
        if found.is_empty() && base.diagnostics.borrow().is_empty() {
            let example = if path == "regions" { "[eu-west-1]" } else { "[production]" };
            base.tell(
                Code::MissingAttribute
                    .at(platform_model.span, format!("the platform has no {path}"))
                    .help(format!("add `{path} = {example}`")),
            );
        }
    }
    check_regions(&base, &regions, &platform_model);
    rules::blocks(&base);
    traffic::check(&base);
    let limit = |path: &str, usual: i64| match base.value(Object::Definition(platform), path) {
        Ok(Value::Int(limit)) => limit,
        _ => usual,
    };
    let capacity = (limit("cell.capacity", 500), limit("cell.schemas", own_places(program)));
    let names: Vec<(EcoString, Option<EcoString>)> = program
        .tenants
        .iter()
        .enumerate()
        .map(|(index, tenant)| (tenant.id.clone(), was(&base, program, index)))
        .collect();
    finals(program, &base, &environments);
    let mut cells = Cells::new(old, &names, capacity, platform_model.name.clone());
    let mut census = Census::new(program, &base);
    diagnostics.extend(base.diagnostics.take());
    let mut used: FxHashMap<EcoString, Vec<EcoString>> = FxHashMap::default();
    let mut waivers = Vec::new();
    let mut out = Vec::new();
    let mut all_seeds = Vec::new();
    let mut clusters: Vec<(u32, DefId)> = Vec::new();
    let named = |id: &DefId| program.definition(*id).is_some_and(|found| only.iter().any(|name| *name == found.name));
    for environment in environments.into_iter().filter(|id| only.is_empty() || named(id)) {
        let evaluator = Evaluator::new(program, Some(environment), &[]);
        let members = place::members(&evaluator, environment);
        diagnostics.extend(evaluator.diagnostics.take());
        let mut known = {
            let uuid = |id: &EcoString| cells.uuid(id);
            census.of(environment, &members, &uuid, diagnostics)
        };
        known.retain(|one| at_home(program, &regions, one, &evaluator));
        clusters.extend(known.iter().flat_map(|(_, resident)| {
            resident
                .places
                .iter()
                .filter(|place| place.isolation == Isolation::Cluster)
                .map(|place| (resident.tenant, place.database))
        }));
        let residents: Vec<Resident> = known.iter().map(|(_, resident)| resident.clone()).collect();
        let (placed, seeds, told) = place::place(&evaluator, &residents, &mut cells, &mut used);
        diagnostics.extend(told);
        diagnostics.extend(evaluator.diagnostics.take());
        let positions: FxHashMap<u32, u32> = known
            .iter()
            .enumerate()
            .map(|(index, (_, resident))| (resident.tenant, u32::try_from(index).unwrap_or(u32::MAX)))
            .collect();
        let maker = Maker { program, sources, environment, seeds: &seeds, tenants: &known, places: &positions };
        let instances = maker.all(diagnostics);
        let with_seeds = Evaluator::new(program, Some(environment), &seeds);
        rules::everything(&with_seeds, &rules::Subjects { tenants: &known, environment }, today, &mut waivers);
        out.push(self::environment(&with_seeds, environment, &placed, instances, &known));
        diagnostics.extend(with_seeds.diagnostics.take());
        all_seeds.push((environment, seeds));
    }
    shared_resizes(program, &out, &clusters, diagnostics);
    rules::unused(program, &waivers, diagnostics);
    cells.prune(&used);
    history::leavers(&mut out, &cells.new);
    cells.new.stores = history::stores(&out);
    cells.new.networks = networks::numbers(&platform_model, &mut out, old, diagnostics);
    history::vanished(program, old, &cells.new, &platform_model, diagnostics);
    let schemas = schemas::schemas(&base, &platform_model.consent, diagnostics);
    let roles = schemas::roles(program, diagnostics);
    let model = Model { version: 1, platform: platform_model, environments: out, schemas, roles };
    Some(Built { model, lock: cells.new, seeds: all_seeds })
}

/// Tenants with a schema or a database of their own in a cell, where no engine takes fewer.
const USUAL: i64 = 100;

/// The same when nobody says it: as many as every engine there takes, with the tables that each tenant has.
fn own_places(program: &Program) -> i64 {
    let table = |path: &str| path.strip_prefix("table.").and_then(|rest| rest.split('.').next()).map(EcoString::from);
    let most = |own: i64| if own > 0 { own } else { i64::MAX };
    let engines = program.of_kind("database").filter_map(|(_, definition)| {
        let engine = program.engines.get(definition.engine.as_ref()?)?;
        let tables: BTreeSet<EcoString> =
            definition.body.facts.iter().filter_map(|fact| table(&fact.field.path)).collect();
        let each = i64::try_from(tables.len()).unwrap_or(i64::MAX).max(1);
        Some(most(engine.own_places).min(most(engine.own_tables) / each))
    });
    engines.min().unwrap_or(USUAL).clamp(1, USUAL)
}

/// What a block made final is set by none that starts from it, and by no tenant of a tier.
fn finals(program: &Program, base: &Evaluator<'_>, environments: &[DefId]) {
    let any = program.definitions.iter().any(|definition| definition.body.facts.iter().any(|fact| fact.is_final));
    if !any {
        return;
    }
    for (index, definition) in program.definitions.iter().enumerate() {
        let id = DefId(u32::try_from(index).unwrap_or(u32::MAX));
        // The language's own environments say what they say; only those in use count.
        if definition.origin == Origin::Prelude && !environments.contains(&id) {
            continue;
        }
        for fact in &definition.body.facts {
            base.finals_above(fact, program.lineage(id).into_iter().skip(1));
        }
    }
    for (index, tenant) in program.tenants.iter().enumerate() {
        let lineage = tenant.tier.map(|tier| program.lineage(tier)).unwrap_or_default();
        for fact in super::own_facts(program, u32::try_from(index).unwrap_or(u32::MAX)) {
            base.finals_above(fact, lineage.iter().copied());
        }
    }
}

fn references(evaluator: &Evaluator<'_>, platform: DefId, path: &str) -> Vec<DefId> {
    let Ok(Value::List(values)) = evaluator.value(Object::Definition(platform), path) else { return Vec::new() };
    let mut out = Vec::new();
    for value in values.iter() {
        if let Value::Object(Object::Definition(id), _) = value
            && !out.contains(id)
        {
            out.push(*id);
        }
    }
    out
}

fn platform(evaluator: &Evaluator<'_>, id: DefId) -> Platform {
    let value = |path: &str| evaluator.value(Object::Definition(id), path).unwrap_or(Value::Nothing);
    let text = |path: &str| eco_format!("{}", value(path));
    let address = text("vault.address");
    let secrets = match value("secrets") {
        Value::Call(backend, arguments) => {
            Secrets { backend, path: arguments.first().map(|path| eco_format!("{path}")).unwrap_or_default(), address }
        }
        other => Secrets { backend: eco_format!("{other}"), path: EcoString::new(), address },
    };
    let days = if let Value::Duration(micros) = value("keys.rotate") { micros / 86_400_000_000 } else { 365 };
    let words = |value: Value| match value {
        Value::List(values) => values.iter().map(|value| eco_format!("{value}")).collect(),
        _ => Vec::new(),
    };
    let definition = evaluator.program.definition(id);
    Platform {
        name: definition.map(|definition| definition.name.clone()).unwrap_or_default(),
        cloud: text("cloud"),
        owner: text("owner"),
        output: text("output"),
        repository: text("repository"),
        secrets,
        cidr: text("network.cidr"),
        cell_network: if let Value::Int(length) = value("network.cell") { u32::try_from(length).ok() } else { None },
        clients: words(value("network.clients")),
        allow: words(value("network.allow")),
        keys_per: text("keys.per"),
        key_rotation_days: days,
        audit: Audit {
            record: text("audit.record"),
            hot: if let Value::Duration(micros) = value("audit.hot") { micros / 1_000_000 } else { 0 },
        },
        consent: words(value("privacy.consent")),
        released: words(value("released")),
        cell: Capacity {
            cpu: super::number(&value("cell.cpu")),
            memory: if let Value::Size(bytes) = value("cell.memory") { Some(bytes) } else { None },
        },
        span: definition.map(|definition| definition.span).unwrap_or_default(),
    }
}

/// A region of another cloud than the platform's.
fn check_regions(base: &Evaluator<'_>, regions: &[DefId], platform: &Platform) {
    for id in regions {
        let cloud = base.value(Object::Definition(*id), "cloud").map(|value| value.to_string()).unwrap_or_default();
        if let Some(region) = base.program.definition(*id)
            && cloud != platform.cloud
            && !matches!(platform.cloud.as_str(), "kubernetes" | "self_hosted")
        {
            let message = format!("region {} belongs to {cloud}, the platform runs on {}", region.name, platform.cloud);
            base.tell(
                Code::OutsideRegions
                    .at(platform.span, message)
                    .and(region.span, "declared here")
                    .help("choose a region of that cloud, or another `cloud`"),
            );
        }
    }
}

fn was(base: &Evaluator<'_>, program: &Program, tenant: usize) -> Option<EcoString> {
    let number = u32::try_from(tenant).ok()?;
    if !super::own_facts(program, number).iter().any(|fact| fact.field.path == "was") {
        return None;
    }
    match base.value(Object::Tenant(number), "was") {
        Ok(Value::Nothing) | Err(_) => None,
        Ok(value) => Some(eco_format!("{value}")),
    }
}

/// A tenant lives in a region that the platform uses.
fn at_home(program: &Program, regions: &[DefId], (tenant, resident): &Known, evaluator: &Evaluator<'_>) -> bool {
    if regions.contains(&resident.region) {
        return true;
    }
    // Without regions the platform is at fault, which was told.
    if regions.is_empty() {
        return false;
    }
    let at = evaluator
        .candidates(Object::Tenant(resident.tenant), "home")
        .first()
        .map_or(tenant.span, |winner| winner.fact.span);
    let place = match program.tenants.get(resident.tenant as usize).map(|tenant| tenant.source) {
        Some(TenantSource::Row { .. }) => tenant.span,
        _ => at,
    };
    let used: Vec<&str> =
        regions.iter().filter_map(|id| program.definition(*id)).map(|region| region.name.as_str()).collect();
    evaluator.tell(
        Code::OutsideRegions
            .at(
                place,
                format!("tenant {} lives in {}, which is not one of the platform's regions", tenant.id, tenant.home),
            )
            .help(format!("use {}, or add the region to the platform's `regions`", crate::diag::one_of(used))),
    );
    false
}

fn environment(
    evaluator: &Evaluator<'_>,
    id: DefId,
    placed: &[Placed],
    instances: Vec<Option<Instance>>,
    known: &[Known],
) -> Environment {
    let mut instances: Vec<Option<Instance>> = instances;
    let region = |id: DefId| {
        let value = |path: &str| evaluator.value(Object::Definition(id), path).unwrap_or(Value::Nothing);
        let zones = if let Value::Int(zones) = value("zones") { zones } else { 1 };
        let name = evaluator.program.definition(id).map(|region| region.name.clone()).unwrap_or_default();
        Region { name, jurisdiction: eco_format!("{}", value("jurisdiction")), zones }
    };
    let mut regions: BTreeMap<DefId, Region> = BTreeMap::new();
    let mut cells = Vec::new();
    for place in placed {
        let region = regions.entry(place.region).or_insert_with(|| region(place.region)).clone();
        let own: Vec<Instance> =
            place.seeds.iter().filter_map(|&seed| instances.get_mut(seed as usize).and_then(Option::take)).collect();
        let mut tenants: Vec<u32> =
            own.iter().flat_map(|instance| instance.placements.iter().map(|placement| placement.tenant)).collect();
        tenants.sort_unstable();
        tenants.dedup();
        let dedicated = place
            .dedicated
            .and_then(|tenant| evaluator.program.tenants.get(tenant as usize))
            .map(|tenant| tenant.id.clone());
        let path = match &dedicated {
            Some(tenant) => eco_format!("dedicated/{}", crate::model::names::dns(tenant, 63)),
            None => place.name.clone(),
        };
        cells.push(Cell {
            name: place.name.clone(),
            path,
            region,
            dedicated,
            instances: own,
            tenants,
            network: 0,
            left: Vec::new(),
        });
    }
    let definition = evaluator.program.definition(id);
    let window = traffic::change_window(evaluator, id);
    Environment {
        name: definition.map(|definition| definition.name.clone()).unwrap_or_default(),
        data: evaluator.value(Object::Definition(id), "data").map(|value| eco_format!("{value}")).unwrap_or_default(),
        maintenance: window.as_ref().and_then(|window| traffic::maintenance(evaluator, id, window)),
        change_window: window,
        cells,
        tenants: known.iter().map(|(tenant, _)| std::sync::Arc::clone(tenant)).collect(),
        span: definition.map(|definition| definition.span).unwrap_or_default(),
    }
}

/// A tenant, or a tier, that tries to change an instance which it shares.
fn shared_resizes(
    program: &Program,
    environments: &[Environment],
    clusters: &[(u32, DefId)],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let database = |name: &str| match program.names.object("database", name) {
        Some(Object::Definition(id)) => Some(id),
        _ => None,
    };
    let others = |name: &str, tenant: &str| {
        let cells = environments.iter().flat_map(|environment| &environment.cells);
        let instances = cells.flat_map(|cell| &cell.instances).filter(|instance| instance.database == name);
        instances
            .filter(|instance| instance.placements.iter().any(|placement| placement.id == tenant))
            .map(|instance| instance.placements.len())
            .max()
            .unwrap_or(1)
    };
    for (index, tenant) in program.tenants.iter().enumerate() {
        let TenantSource::Block(id) = tenant.source else { continue };
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        for nested in program.definition(id).map_or(&[][..], |definition| &definition.body.nested) {
            let own = database(&nested.database).is_some_and(|id| clusters.contains(&(number, id)));
            if let (false, Some(fact)) = (own, nested.facts.iter().find(|fact| fact.field.path != "isolation")) {
                let count = others(&nested.database, &tenant.id).saturating_sub(1);
                diagnostics.push(shared(&tenant.id, &nested.database, count, fact.span));
            }
        }
    }
    for (tier, definition) in program.of_kind("tier") {
        let own_cells = definition.body.facts.iter().any(|fact| fact.field.path == "cell.own");
        for nested in &definition.body.nested {
            let of_tier =
                |tenant: u32| program.tenants.get(tenant as usize).and_then(|tenant| tenant.tier) == Some(tier);
            let own = own_cells
                || database(&nested.database)
                    .is_some_and(|id| clusters.iter().any(|(tenant, database)| *database == id && of_tier(*tenant)));
            if let (false, Some(fact)) = (own, nested.facts.iter().find(|fact| fact.field.path != "isolation")) {
                let message = format!("tenants of tier {} share {} with other tiers", definition.name, nested.database);
                diagnostics.push(
                    Code::SharedResize.at(fact.span, message).help(
                        "give the tier cells of its own (`cell { own = true }`), or move this line to the database",
                    ),
                );
            }
        }
    }
}

fn shared(tenant: &str, database: &str, others: usize, span: Span) -> Diagnostic {
    let with = match others {
        0 => "a cell that others may join".to_owned(),
        1 => "1 other".to_owned(),
        many => format!("{many} others"),
    };
    Code::SharedResize
        .at(span, format!("{tenant} shares {database} with {with}"))
        .help("give it `isolation = cluster`, or move this line to the database")
}
