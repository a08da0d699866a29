//! How far a tenant is kept apart in each database: what its tier says is the least, an engine that has not that gives the
//! next stronger, and what is said about one database holds as it is or is told.
//!
//! in: a tenant and its tier. out: its places, one for each database that it is in.

use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::place::Place;
use super::tenants::Reader;
use super::{Scope, holding, nested_facts, own_facts};
use crate::diag::Code;
use crate::model::Isolation;
use crate::resolve::{DefId, Engine, Fact, Object, Value};
use crate::source::Span;

impl<'p> Reader<'_, 'p> {
    /// Where a tenant is, and how it is kept apart there.
    pub(super) fn places(&mut self, tenant: u32, tier: DefId, isolation: Isolation) -> Arc<[Place]> {
        let program = self.census.program;
        let own = |path: &str| own_facts(program, tenant).iter().any(|fact| fact.field.path == path);
        let nested = self.census.databases.iter().any(|id| {
            program
                .definition(*id)
                .is_some_and(|database| nested_facts(program, tenant, &database.name).next().is_some())
        });
        let plain = !own("isolation") && !own("databases") && !nested;
        if plain && let Some(known) = self.tier_places.get(&tier) {
            return Arc::clone(known);
        }
        let used = match self.evaluator.value(Object::Tenant(tenant), "databases") {
            Ok(Value::List(values)) => Some(values),
            _ => None,
        };
        let is_used = |id: DefId| {
            used.as_ref().is_none_or(|used| {
                used.iter().any(|value| matches!(value, Value::Object(Object::Definition(other), _) if *other == id))
            })
        };
        let mut out = Vec::new();
        for database in self.census.databases.iter().copied().filter(|id| is_used(*id)) {
            let said = self.isolation_on(tenant, tier, database);
            let given = match said {
                Some((isolation, span)) => self.exactly(tenant, database, isolation, span),
                None => self.at_least(tenant, database, isolation),
            };
            out.push(Place { database, isolation: given, raised: said.is_none() && given > isolation });
        }
        let out: Arc<[Place]> = out.into();
        if plain {
            self.tier_places.insert(tier, Arc::clone(&out));
        }
        out
    }

    /// What the tenant, its tier or the database itself says about isolation on it, the tenant first; and where.
    fn isolation_on(&self, tenant: u32, tier: DefId, database: DefId) -> Option<(Isolation, Span)> {
        let program = self.census.program;
        let environment = self.evaluator.environment_names();
        let name = &program.definition(database)?.name;
        let says = |facts: Vec<&Fact>| {
            let fact = facts.into_iter().rfind(|fact| fact.field.path == "isolation")?;
            let value =
                self.evaluator.eval(&fact.value, Scope { objects: &[Object::Tenant(tenant)], row: None }).ok()?;
            Some((Isolation::parse(&value.to_string())?, fact.span))
        };
        let applying = |facts: &[&'p Fact]| -> Vec<&'p Fact> {
            let plain = facts.iter().filter(|fact| fact.only_in.is_none());
            let only = environment
                .iter()
                .rev()
                .flat_map(|name| facts.iter().filter(move |fact| fact.only_in.as_ref() == Some(name)));
            plain.chain(only).copied().collect()
        };
        let own: Vec<&Fact> = nested_facts(program, tenant, name).collect();
        says(applying(&own))
            .or_else(|| {
                program.lineage(tier).into_iter().filter_map(|id| program.definition(id)).find_map(|tier| {
                    let nested = tier.body.nested.iter().filter(|nested| nested.database == *name);
                    says(nested.flat_map(|nested| holding(&nested.facts, environment)).collect())
                })
            })
            .or_else(|| says(holding(&program.definition(database)?.body.facts, environment).collect()))
    }

    /// What is said for this database alone. What its engine can't give is told there.
    fn exactly(&self, tenant: u32, database: DefId, isolation: Isolation, said: Span) -> Isolation {
        let Some((engine, edition)) = self.engine(tenant, database) else { return isolation };
        if !engine.keeps_apart(isolation, edition.as_deref()) {
            let (title, word) = (&engine.title, isolation.word());
            let bought: Vec<&str> = engine
                .sold
                .iter()
                .filter(|(sold, _)| sold == word && engine.isolations.contains(sold))
                .flat_map(|(_, editions)| editions.iter().map(EcoString::as_str))
                .collect();
            let can: Vec<&str> = Isolation::ALL
                .into_iter()
                .filter(|one| engine.keeps_apart(*one, edition.as_deref()))
                .map(Isolation::word)
                .collect();
            let (with, or) = match (bought.is_empty(), edition.as_deref()) {
                (false, Some(edition)) => {
                    (format!(" {edition}"), format!(", or `edition = {}`", bought.join("` or `")))
                }
                _ => (String::new(), String::new()),
            };
            // Ways that this edition has not, and another has.
            let more: Vec<String> = engine
                .sold
                .iter()
                .filter(|(sold, _)| sold != word && engine.isolations.contains(sold) && !can.contains(&sold.as_str()))
                .map(|(sold, editions)| format!(", with `edition = {}` by {sold} too", editions.join("` or `")))
                .collect();
            let more = more.concat();
            let next = engine.at_least(isolation, edition.as_deref()).map_or("row", Isolation::word);
            let message = format!("{title}{with} can't keep tenants apart by {word}");
            self.evaluator.tell(Code::UnsupportedIsolation.at(said, message).help(format!(
                "it can by {}{more}: write `isolation = {next}`{or}, or leave this line out: each tier then has the next stronger it can give",
                crate::diag::one_of(can.into_iter())
            )));
        }
        isolation
    }

    /// What the tenant's tier asks for, or the next stronger that the engine can give; never a weaker one.
    fn at_least(&self, tenant: u32, database: DefId, isolation: Isolation) -> Isolation {
        let Some((engine, edition)) = self.engine(tenant, database) else { return isolation };
        if let Some(given) = engine.at_least(isolation, edition.as_deref()) {
            return given;
        }
        let program = self.census.program;
        let declared = program.tenants.get(tenant as usize);
        let tier = declared.and_then(|tenant| program.definition(tenant.tier?));
        let tier = tier.map(|tier| tier.name.as_str()).unwrap_or_default();
        let place = program.definition(database).map(|database| database.span).unwrap_or_default();
        self.evaluator.tell(
            Code::UnsupportedIsolation
                .at(place, format!("{} can't keep tenants apart by {} or more, as tier {tier} asks", engine.title, isolation.word()))
                .help(format!(
                    "set what is enough in this database: `isolation = {}`; or leave the database out of the tier's `databases`",
                    engine.isolations.last().map_or("row", EcoString::as_str)
                )),
        );
        isolation
    }

    /// The engine of a database, and the edition it is run in here.
    fn engine(&self, tenant: u32, database: DefId) -> Option<(&'p Engine, Option<EcoString>)> {
        let program = self.census.program;
        let definition = program.definition(database)?;
        let engine = program.engines.get(definition.engine.as_ref()?)?;
        if engine.sold.is_empty() {
            return Some((engine, None));
        }
        let said = holding(&definition.body.facts, self.evaluator.environment_names())
            .filter(|fact| fact.field.path == "edition")
            .last();
        let default = program.defaults.get(&engine.name).and_then(|defaults| defaults.get("edition"));
        let expression = said.map(|fact| &fact.value).or(default)?;
        let value = self.evaluator.eval(expression, Scope { objects: &[Object::Tenant(tenant)], row: None }).ok();
        Some((engine, value.map(|value| eco_format!("{value}"))))
    }
}
