//! Tenants → cells and instances: who is where, in each environment.
//!
//! A tenant keeps the cell that the lock file names; a new one takes the first cell of its region and group with room.
//! Placement does not depend on the environment, so a tenant's cell has one name everywhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::lock::{Entry, Lock};
use super::{Evaluator, Seed};
use crate::diag::{Code, Diagnostic};
use crate::model::Isolation;
use crate::resolve::{DefId, Object, Value};

/// Instances that a few large tenants may come to have without anybody being asked.
const FEW: usize = 10;

/// A tenant on a database, in one environment.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The database.
    pub database: DefId,
    /// How it is kept apart.
    pub isolation: Isolation,
    /// Nobody asked for as much: it is the least that the engine can give.
    pub raised: bool,
}

/// What placement needs to know about a tenant in one environment.
#[derive(Clone, Debug)]
pub struct Resident {
    /// Its place in the program's tenants.
    pub tenant: u32,
    /// Where it lives.
    pub region: DefId,
    /// Its tier.
    pub tier: DefId,
    /// The tier has cells of its own.
    pub own_cells: bool,
    /// Where it is placed; equal lists are shared.
    pub places: Arc<[Place]>,
}

impl Resident {
    /// The group whose cells a place belongs to.
    fn group(&self, place: Place, tier: &EcoString) -> EcoString {
        if self.own_cells { tier.clone() } else { place.isolation.word().into() }
    }
}

/// The cells of the whole platform while they fill.
pub struct Cells {
    /// What will be recorded.
    pub new: Lock,
    /// Tenants in each cell.
    counts: FxHashMap<EcoString, i64>,
    /// The first cell of a region and group that may have room.
    open: FxHashMap<(EcoString, EcoString), u32>,
    /// Tenants a cell holds: of shared tables, and of schemas and databases of their own.
    capacity: (i64, i64),
    platform: EcoString,
}

impl Cells {
    /// Cells as recorded. `names` are tenants with the name they had before.
    pub fn new(
        old: &Lock,
        names: &[(EcoString, Option<EcoString>)],
        capacity: (i64, i64),
        platform: EcoString,
    ) -> Self {
        let mut new = Lock { version: 1, ..Lock::default() };
        let mut counts: FxHashMap<EcoString, i64> = FxHashMap::default();
        for (id, was) in names {
            let recorded = old.tenants.get(id).or_else(|| was.as_ref().and_then(|was| old.tenants.get(was)));
            let entry = match recorded {
                Some(entry) => entry.clone(),
                None => Entry { uuid: uuid(&platform, was.as_ref().unwrap_or(id)), ..Entry::default() },
            };
            for cell in entry.cells.values() {
                *counts.entry(cell.clone()).or_default() += 1;
            }
            new.tenants.insert(id.clone(), entry);
        }
        Self { new, counts, open: FxHashMap::default(), capacity, platform }
    }

    /// A tenant's key.
    #[must_use]
    pub fn uuid(&self, tenant: &EcoString) -> EcoString {
        self.new.tenants.get(tenant).map_or_else(|| uuid(&self.platform, tenant), |entry| entry.uuid.clone())
    }

    /// The cell of a tenant in a group. The flag is true when it had another one, in another region.
    pub fn cell(
        &mut self,
        tenant: &EcoString,
        region: &EcoString,
        group: &EcoString,
        isolation: Isolation,
    ) -> (EcoString, Option<EcoString>) {
        let prefix = eco_format!("{region}-{group}-");
        let recorded = self.new.tenants.get(tenant).and_then(|entry| entry.cells.get(group)).cloned();
        let number =
            |cell: &EcoString| cell.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.parse::<u32>().is_ok());
        match recorded {
            Some(cell) if number(&cell) => (cell, None),
            other => {
                if let Some(left) = &other
                    && let Some(count) = self.counts.get_mut(left)
                {
                    *count -= 1;
                }
                let cell = self.with_room(&prefix, region, group, isolation);
                *self.counts.entry(cell.clone()).or_default() += 1;
                if let Some(entry) = self.new.tenants.get_mut(tenant) {
                    entry.left.extend(other.clone());
                    entry.cells.insert(group.clone(), cell.clone());
                }
                (cell, other)
            }
        }
    }

    fn with_room(
        &mut self,
        prefix: &EcoString,
        region: &EcoString,
        group: &EcoString,
        isolation: Isolation,
    ) -> EcoString {
        let capacity = if isolation == Isolation::Row { self.capacity.0 } else { self.capacity.1 };
        let open = self.open.entry((region.clone(), group.clone())).or_insert(1);
        loop {
            let cell = eco_format!("{prefix}{open}");
            if self.counts.get(&cell).copied().unwrap_or(0) < capacity.max(1) {
                return cell;
            }
            *open += 1;
        }
    }

    /// Forgets groups that no environment uses any more, so that their room is free; remembers that they were left.
    pub fn prune(&mut self, used: &FxHashMap<EcoString, Vec<EcoString>>) {
        for (tenant, entry) in &mut self.new.tenants {
            let groups = used.get(tenant);
            let Entry { cells, left, .. } = entry;
            cells.retain(|group, cell| {
                let stays = groups.is_some_and(|groups| groups.contains(group));
                if !stays {
                    left.insert(cell.clone());
                }
                stays
            });
            left.retain(|cell| !cells.values().any(|own| own == cell));
        }
    }
}

/// The key of a tenant: made from names, so the same everywhere; recorded, so that a new name keeps it.
fn uuid(platform: &str, tenant: &str) -> EcoString {
    let namespace = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, format!("tenantc:{platform}").as_bytes());
    eco_format!("{}", uuid::Uuid::new_v5(&namespace, tenant.as_bytes()))
}

/// Which tenants an environment has.
pub fn members(evaluator: &Evaluator<'_>, environment: DefId) -> Vec<u32> {
    let all = || (0..u32::try_from(evaluator.program.tenants.len()).unwrap_or(u32::MAX)).collect::<Vec<_>>();
    match evaluator.value(Object::Definition(environment), "tenants") {
        Ok(Value::Word(word)) if word == "none" => Vec::new(),
        Ok(Value::Call(_, arguments)) => {
            let count =
                if let Some(Value::Int(count)) = arguments.first() { usize::try_from(*count).unwrap_or(0) } else { 0 };
            // The same tenants from build to build: those whose hashes are smallest, so a new one displaces one at most.
            let hash = |tenant: u32| {
                let id =
                    evaluator.program.tenants.get(tenant as usize).map(|tenant| tenant.id.clone()).unwrap_or_default();
                (
                    <sha2::Sha256 as sha2::Digest>::digest(id.as_bytes())
                        .first_chunk::<8>()
                        .map_or(0, |head| u64::from_be_bytes(*head)),
                    id,
                )
            };
            let mut keyed: Vec<((u64, EcoString), u32)> =
                all().into_iter().map(|tenant| (hash(tenant), tenant)).collect();
            keyed.sort_unstable();
            keyed.truncate(count);
            let mut chosen: Vec<u32> = keyed.into_iter().map(|(_, tenant)| tenant).collect();
            chosen.sort_unstable();
            chosen
        }
        Ok(Value::List(values)) => {
            let mut chosen: Vec<u32> = values
                .iter()
                .filter_map(
                    |value| if let Value::Object(Object::Tenant(tenant), _) = value { Some(*tenant) } else { None },
                )
                .collect();
            chosen.sort_unstable();
            chosen.dedup();
            chosen
        }
        _ => all(),
    }
}

/// Cells of an environment with the seeds of their instances.
#[derive(Debug)]
pub struct Placed {
    /// Its name.
    pub name: EcoString,
    /// Its region.
    pub region: DefId,
    /// The tenant that has it for itself.
    pub dedicated: Option<u32>,
    /// Its instances: places in the environment's seeds.
    pub seeds: Vec<u32>,
}

/// Puts residents into cells.
pub fn place(
    evaluator: &Evaluator<'_>,
    residents: &[Resident],
    cells: &mut Cells,
    used: &mut FxHashMap<EcoString, Vec<EcoString>>,
) -> (Vec<Placed>, Vec<Seed>, Vec<Diagnostic>) {
    type Key = (EcoString, DefId);
    #[derive(Default)]
    struct Filling {
        tenants: Vec<u32>,
        databases: i64,
        schemas: i64,
        rows: i64,
        shared: bool,
        tier: Option<DefId>,
    }
    let program = evaluator.program;
    let mut told = Vec::new();
    let mut shared: BTreeMap<Key, BTreeMap<DefId, Filling>> = BTreeMap::new();
    let mut dedicated: BTreeMap<(EcoString, u32), (DefId, DefId, Vec<DefId>)> = BTreeMap::new();
    let mut raised: BTreeMap<DefId, BTreeMap<EcoString, Isolation>> = BTreeMap::new();
    let name = |id: DefId| program.definition(id).map(|definition| definition.name.clone()).unwrap_or_default();
    for resident in residents {
        let Some(declaration) = program.tenants.get(resident.tenant as usize) else { continue };
        for place in resident.places.iter().copied() {
            if place.isolation == Isolation::Cluster {
                let entry = dedicated
                    .entry((declaration.id.clone(), resident.tenant))
                    .or_insert_with(|| (resident.region, resident.tier, Vec::new()));
                entry.2.push(place.database);
                if place.raised {
                    raised.entry(place.database).or_default().insert(declaration.id.clone(), place.isolation);
                }
                continue;
            }
            let (region, group) = (name(resident.region), resident.group(place, &name(resident.tier)));
            let (cell, left) = cells.cell(&declaration.id, &region, &group, place.isolation);
            let groups = used.entry(declaration.id.clone()).or_default();
            if !groups.contains(&group) {
                groups.push(group);
            }
            if let Some(left) = left {
                let message =
                    format!("{} moves from cell {left} to {cell}; its data does not move by itself", declaration.id);
                told.push(
                    Code::TenantMoves
                        .at(declaration.span, message)
                        .help("move the data before this build is applied, or set `home` back"),
                );
            }
            if place.raised {
                raised.entry(place.database).or_default().insert(cell.clone(), place.isolation);
            }
            let filling = shared.entry((cell, resident.region)).or_default().entry(place.database).or_default();
            filling.tenants.push(resident.tenant);
            filling.databases += i64::from(place.isolation == Isolation::Database);
            filling.schemas += i64::from(place.isolation == Isolation::Schema);
            filling.rows += i64::from(place.isolation == Isolation::Row);
            filling.shared |= place.isolation != Isolation::Database;
            filling.tier = filling.tier.or(resident.own_cells.then_some(resident.tier));
        }
    }
    for (database, instances) in raised.into_iter().filter(|(_, instances)| instances.len() > FEW) {
        let Some(definition) = program.definition(database) else { continue };
        let engine = definition.engine.as_ref().and_then(|engine| program.engines.get(engine));
        let title = engine.map(|engine| engine.title.as_str()).unwrap_or_default();
        let bought = engine.and_then(|engine| engine.sold.first()?.1.first());
        let bought = bought.map(|edition| format!("`edition = {edition}`, ")).unwrap_or_default();
        let message = format!(
            "{} becomes {} instances: {title} keeps tenants further apart than their tiers ask, and so takes fewer on each",
            definition.name,
            instances.len()
        );
        let word = instances.into_values().max().map_or("cluster", Isolation::word);
        told.push(Code::ManyInstances.at(definition.span, message).help(format!(
            "write {bought}`databases` without it in those tiers, or `isolation = {word}` here if that is meant"
        )));
    }
    let mut placed = Vec::new();
    let mut seeds: Vec<Seed> = Vec::new();
    let number = |seeds: &Vec<Seed>| u32::try_from(seeds.len()).unwrap_or(u32::MAX);
    for ((cell, region), databases) in shared {
        let mut mine = Vec::new();
        for (database, filling) in databases {
            mine.push(number(&seeds));
            seeds.push(Seed {
                database,
                region,
                cell: cell.clone(),
                tier: filling.tier,
                tenant: None,
                tenants: filling.tenants.into(),
                databases: filling.databases + 1,
                schemas: filling.schemas,
                rows: filling.rows,
            });
        }
        placed.push(Placed { name: cell, region, dedicated: None, seeds: mine });
    }
    for ((id, tenant), (region, tier, databases)) in dedicated {
        let mut mine = Vec::new();
        for database in databases {
            mine.push(number(&seeds));
            let (tier, tenant, tenants) = (Some(tier), Some(tenant), Arc::from([tenant]));
            seeds.push(Seed {
                database,
                region,
                cell: id.clone(),
                tier,
                tenant,
                tenants,
                databases: 1,
                schemas: 0,
                rows: 0,
            });
        }
        placed.push(Placed { name: id, region, dedicated: Some(tenant), seeds: mine });
    }
    (placed, seeds, told)
}
