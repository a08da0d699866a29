//! `tenantc explain TENANT.DATABASE.isolation`: what was asked, and what the engine gives.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{End, complain, print};
use crate::Compilation;
use crate::model::{Instance, Isolation, Tenant};
use crate::resolve::Program;

/// How a tenant, or one of each tier, is kept apart on a database.
pub fn tell(compilation: &Compilation, what: &str, environment: &str) -> End {
    let (Some(built), program) = (&compilation.built, &compilation.program) else { return End::Fault };
    let names: Vec<&str> = what.split('.').collect();
    let (wanted, database) = match names[..] {
        [tenant, database, _] => (Some(tenant), database),
        [database, ..] => (None, database),
        [] => return End::Fault,
    };
    let Some(environment) = built.model.environments.iter().find(|known| known.name == environment) else {
        return End::Fault;
    };
    let mut told: BTreeMap<(&str, Isolation), String> = BTreeMap::new();
    let instances = environment.cells.iter().flat_map(|cell| cell.instances.iter().map(move |one| (cell, one)));
    for (cell, instance) in instances.filter(|(_, instance)| instance.database == database) {
        for placement in &instance.placements {
            let Some(tenant) = environment.tenants.get(placement.tenant as usize) else { continue };
            let key = (tenant.tier.as_str(), placement.isolation);
            if wanted.is_none_or(|wanted| wanted == tenant.id) && !told.contains_key(&key) {
                let why = why(program, instance, tenant, placement.isolation);
                let given = placement.isolation.word();
                let line = format!("{what} = {given}   in {}, cell {}\n  {why}\n", environment.name, cell.name);
                told.insert(key, line);
            }
        }
    }
    if told.is_empty() {
        complain(&format!("tenantc: nobody in {} has {database}\n", environment.name));
        return End::Fault;
    }
    print(&told.into_values().collect::<String>());
    End::Fine
}

/// Who asked for it.
fn why(program: &Program, instance: &Instance, tenant: &Tenant, given: Isolation) -> String {
    let (tier, asked, word) = (&tenant.tier, tenant.isolation.word(), given.word());
    let edition = instance.fact("edition").map(ToString::to_string);
    let engine = program.engines.get(&instance.engine);
    let least = engine.and_then(|engine| engine.at_least(tenant.isolation, edition.as_deref()));
    match tenant.isolation.cmp(&given) {
        Ordering::Equal => format!("tier {tier} asks for it"),
        Ordering::Greater => format!("tier {tier} asks for {asked}; {word} is said for {} itself", instance.database),
        Ordering::Less if least == Some(given) => {
            let title = engine.map_or(instance.engine.as_str(), |engine| engine.title.as_str());
            let edition = edition.map(|edition| format!(" {edition}")).unwrap_or_default();
            format!("tier {tier} asks for {asked} at least; the next stronger that {title}{edition} can give is {word}")
        }
        Ordering::Less => {
            format!("tier {tier} asks for {asked} at least; {word} is said for {} itself", instance.database)
        }
    }
}
