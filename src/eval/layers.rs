//! Who speaks about a fact, and who wins: the more specific layer, attribute by attribute.
//!
//! ```text
//! engine default < profile < tier < environment < database
//!                < database in environment < tenant < tenant in environment
//! ```

use std::fmt;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use crate::resolve::{DefId, Fact, Program, TenantSource};

/// A layer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Layer {
    /// The engine's own file.
    Engine(EcoString),
    /// What a workload does to an engine.
    Profile(EcoString),
    /// A tier, perhaps only in an environment.
    Tier(EcoString, Option<EcoString>),
    /// An environment.
    Environment(EcoString),
    /// A database, perhaps only in an environment.
    Database(EcoString, Option<EcoString>),
    /// A tenant, perhaps only in an environment.
    Tenant(EcoString, Option<EcoString>),
    /// Any other block, perhaps only in an environment.
    Block(EcoString, EcoString, Option<EcoString>),
}

impl Layer {
    /// What the language brings for an engine, before anybody says a word.
    #[must_use]
    pub const fn is_usual(&self) -> bool {
        matches!(self, Self::Engine(_) | Self::Profile(_))
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name, only_in) = match self {
            Self::Engine(name) => ("engine", name, &None),
            Self::Profile(name) => ("profile", name, &None),
            Self::Environment(name) => ("environment", name, &None),
            Self::Tier(name, only_in) => ("tier", name, only_in),
            Self::Database(name, only_in) => ("database", name, only_in),
            Self::Tenant(name, only_in) => ("tenant", name, only_in),
            Self::Block(kind, name, only_in) => (kind.as_str(), name, only_in),
        };
        write!(f, "{kind} {name}")?;
        only_in.as_ref().map_or(Ok(()), |environment| write!(f, " in {environment}"))
    }
}

/// A fact with the layer that says it.
#[derive(Clone, Debug)]
pub struct Candidate<'p> {
    /// Who says it.
    pub layer: Layer,
    /// What.
    pub fact: &'p Fact,
}

/// Everything that is said about an object, by path; the least specific first.
#[derive(Clone, Debug, Default)]
pub struct Layers<'p> {
    by_path: FxHashMap<&'p str, Vec<Candidate<'p>>>,
}

impl<'p> Layers<'p> {
    /// What is said about a path, the winner first.
    pub fn of(&self, path: &str) -> impl Iterator<Item = &Candidate<'p>> {
        self.by_path.get(path).into_iter().flat_map(|all| all.iter().rev())
    }

    /// Paths about which something is said, in no order.
    pub fn paths(&self) -> impl Iterator<Item = &'p str> {
        self.by_path.keys().copied()
    }

    /// All that is said, path by path, in no order.
    pub fn all(&self) -> impl Iterator<Item = (&'p str, &[Candidate<'p>])> {
        self.by_path.iter().map(|(path, all)| (*path, all.as_slice()))
    }

    fn push(&mut self, layer: impl Fn(&Fact) -> Layer, facts: impl Iterator<Item = &'p Fact>) {
        for fact in facts {
            self.by_path.entry(fact.field.path.as_str()).or_default().push(Candidate { layer: layer(fact), fact });
        }
    }
}

/// Facts of one body that hold in an environment: plain ones first, then those of its ancestors, then its own.
pub fn holding<'p>(facts: &'p [Fact], environment: &[EcoString]) -> impl Iterator<Item = &'p Fact> {
    let rank = |fact: &Fact| match &fact.only_in {
        None => Some(0),
        Some(name) => environment.iter().rev().position(|own| own == name).map(|place| place + 1),
    };
    let mut out: Vec<(usize, &Fact)> = facts.iter().filter_map(|fact| rank(fact).map(|rank| (rank, fact))).collect();
    out.sort_by_key(|(rank, _)| *rank);
    out.into_iter().map(|(_, fact)| fact)
}

/// Names of an environment (or a profile) and of what it starts from, itself first.
#[must_use]
pub fn names(program: &Program, id: Option<DefId>) -> Vec<EcoString> {
    let Some(id) = id else { return Vec::new() };
    program
        .lineage(id)
        .into_iter()
        .filter_map(|id| program.definition(id))
        .map(|definition| definition.name.clone())
        .collect()
}

/// What is said about a block: its own body over those that it starts from.
pub fn of_definition<'p>(program: &'p Program, id: DefId, environment: &[EcoString]) -> Layers<'p> {
    let mut layers = Layers::default();
    for id in program.lineage(id).into_iter().rev() {
        let Some(definition) = program.definition(id) else { continue };
        let (kind, name) = (&definition.kind, &definition.name);
        layers.push(
            |fact| Layer::Block(kind.clone(), name.clone(), fact.only_in.clone()),
            holding(&definition.body.facts, environment),
        );
    }
    layers
}

/// What is said about a tenant by its tier.
pub fn of_tier<'p>(program: &'p Program, tier: Option<DefId>, environment: &[EcoString]) -> Layers<'p> {
    let mut layers = Layers::default();
    let Some(tier) = tier else { return layers };
    for id in program.lineage(tier).into_iter().rev() {
        let Some(definition) = program.definition(id) else { continue };
        layers.push(
            |fact| Layer::Tier(definition.name.clone(), fact.only_in.clone()),
            holding(&definition.body.facts, environment),
        );
    }
    layers
}

/// A tenant's own facts: its block's, or its bulk's.
#[must_use]
pub fn own_facts(program: &Program, tenant: u32) -> &[Fact] {
    body(program, tenant).map_or(&[], |body| &body.facts)
}

fn body(program: &Program, tenant: u32) -> Option<&crate::resolve::Body> {
    let declaration = program.tenants.get(tenant as usize)?;
    match declaration.source {
        TenantSource::Block(id) => program.definition(id).map(|definition| &definition.body),
        TenantSource::Row { bulk, .. } => program.bulks.get(bulk as usize).map(|bulk| &bulk.body),
    }
}

/// What a tenant says about one database.
pub fn nested_facts<'p>(program: &'p Program, tenant: u32, database: &str) -> impl Iterator<Item = &'p Fact> {
    let nested = body(program, tenant).map_or(&[][..], |body| &body.nested);
    let wanted: EcoString = database.into();
    nested.iter().filter(move |nested| nested.database == wanted).flat_map(|nested| &nested.facts)
}

/// What an instance is made of.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The database.
    pub database: DefId,
    /// The environment and its ancestors, itself first.
    pub environment: &'a [DefId],
    /// Their names.
    pub environment_names: &'a [EcoString],
    /// The workload's profile and its ancestors; empty while the workload itself is asked for.
    pub profile: &'a [DefId],
    /// A tier whose cell, or whose tenant, the instance is for.
    pub tier: Option<DefId>,
    /// The tenant that has the instance for itself.
    pub tenant: Option<u32>,
}

/// What is said about an instance.
pub fn of_instance<'p>(program: &'p Program, parts: &Parts<'_>) -> Layers<'p> {
    let mut layers = Layers::default();
    let Some(database) = program.definition(parts.database) else { return layers };
    let names = parts.environment_names;
    let engine = database.engine.clone().unwrap_or_default();
    let facts = program.engine_layers.get(&engine).map_or(&[][..], Vec::as_slice);
    layers.push(|_| Layer::Engine(engine.clone()), facts.iter().filter(|fact| fact.only_in.is_none()));
    for profile in parts.profile.iter().rev().filter_map(|id| program.definition(*id)) {
        let layer = |_: &Fact| Layer::Profile(profile.name.clone());
        layers.push(layer, facts.iter().filter(|fact| fact.only_in.as_ref() == Some(&profile.name)));
        layers.push(layer, profile.body.facts.iter());
    }
    for tier in parts
        .tier
        .map(|tier| program.lineage(tier))
        .unwrap_or_default()
        .into_iter()
        .rev()
        .filter_map(|id| program.definition(id))
    {
        let layer = |fact: &Fact| Layer::Tier(tier.name.clone(), fact.only_in.clone());
        if parts.tenant.is_some() {
            layers.push(layer, holding(&tier.body.facts, names).filter(|fact| about_instance(fact)));
        }
        for nested in tier.body.nested.iter().filter(|nested| nested.database == database.name) {
            layers.push(layer, holding(&nested.facts, names));
        }
    }
    for environment in parts.environment.iter().rev().filter_map(|id| program.definition(*id)) {
        layers.push(|_| Layer::Environment(environment.name.clone()), holding(&environment.body.facts, names));
    }
    layers.push(
        |fact| Layer::Database(database.name.clone(), fact.only_in.clone()),
        holding(&database.body.facts, names),
    );
    if let Some(tenant) = parts.tenant {
        let name = program.tenants.get(tenant as usize).map(|tenant| tenant.id.clone()).unwrap_or_default();
        let layer = |fact: &Fact| Layer::Tenant(name.clone(), fact.only_in.clone());
        layers.push(layer, holding(own_facts(program, tenant), names).filter(|fact| about_instance(fact)));
        let nested: Vec<&Fact> = nested_facts(program, tenant, &database.name).collect();
        layers.push(layer, nested.iter().copied().filter(|fact| fact.only_in.is_none()));
        for name in names.iter().rev() {
            layers.push(layer, nested.iter().copied().filter(|fact| fact.only_in.as_ref() == Some(name)));
        }
    }
    layers
}

/// A tenant's promise about backups is its own instance's to keep.
fn about_instance(fact: &Fact) -> bool {
    fact.field.path.starts_with("backup.")
}
