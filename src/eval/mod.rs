//! [`Program`] → values: formulas on merged layers, each value with where it came from.
//!
//! An [`Evaluator`] works in one environment. Facts are evaluated when they are asked for, so a formula sees final
//! values; a formula that needs itself is told as a loop. A fault is told once and makes every value that needs it
//! absent.

mod build;
mod condition;
mod expr;
mod given;
mod history;
mod instances;
mod isolation;
mod layers;
pub mod lock;
mod networks;
mod people;
mod place;
mod rules;
mod schemas;
mod sealed;
mod tenants;
mod traffic;

use std::cell::RefCell;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

pub use build::{Built, build};
pub use expr::{Scope, compare, number, same, versions};
pub use instances::variant;
pub use layers::{Candidate, Layer, Layers, Parts, holding, names, nested_facts, of_instance, own_facts};

use crate::diag::{Code, Diagnostic};
use crate::resolve::{DefId, Fact, Object, Program, TenantSource, Typed, Value};
use crate::source::Span;

/// A value can't be had; why was told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stop;

/// A running database before its facts are known.
#[derive(Clone, Debug)]
pub struct Seed {
    /// Its database.
    pub database: DefId,
    /// Where it runs.
    pub region: DefId,
    /// The cell it belongs to.
    pub cell: EcoString,
    /// The tier whose own cell this is, or whose tenant has it.
    pub tier: Option<DefId>,
    /// The tenant that has it for itself.
    pub tenant: Option<u32>,
    /// Tenants on it.
    pub tenants: Arc<[u32]>,
    /// SQL databases on it.
    pub databases: i64,
    /// Tenants with a schema of their own on it.
    pub schemas: i64,
    /// Tenants on it whose rows stand beside those of others.
    pub rows: i64,
}

/// Tenants of each tier.
type ByTier = FxHashMap<DefId, Vec<u32>>;

/// Evaluates in one environment.
pub struct Evaluator<'p> {
    /// What is evaluated.
    pub program: &'p Program,
    /// The environment; none outside of all.
    pub environment: Option<DefId>,
    lineage: Vec<DefId>,
    names: Vec<EcoString>,
    /// Running databases that expressions may ask about.
    pub seeds: &'p [Seed],
    /// What was wrong.
    pub diagnostics: RefCell<Vec<Diagnostic>>,
    tiers: RefCell<FxHashMap<Option<DefId>, Arc<Layers<'p>>>>,
    blocks: RefCell<FxHashMap<DefId, Arc<Layers<'p>>>>,
    instances: RefCell<FxHashMap<u32, Arc<Layers<'p>>>>,
    memo: RefCell<FxHashMap<(Object, EcoString), Result<Value, Stop>>>,
    running: RefCell<Vec<(Object, EcoString, Span)>>,
    by_tier: RefCell<Option<Arc<ByTier>>>,
}

/// A value with the fact that gave it; none for a default or what the compiler supplies.
#[derive(Clone, Debug)]
pub struct Found<'p> {
    /// The value.
    pub value: Value,
    /// Who said it.
    pub from: Option<Candidate<'p>>,
}

impl<'p> Evaluator<'p> {
    /// An evaluator for an environment.
    #[must_use]
    pub fn new(program: &'p Program, environment: Option<DefId>, seeds: &'p [Seed]) -> Self {
        let lineage = environment.map(|id| program.lineage(id)).unwrap_or_default();
        Self {
            program,
            environment,
            names: names(program, environment),
            lineage,
            seeds,
            diagnostics: RefCell::default(),
            tiers: RefCell::default(),
            blocks: RefCell::default(),
            instances: RefCell::default(),
            memo: RefCell::default(),
            running: RefCell::default(),
            by_tier: RefCell::default(),
        }
    }

    /// Names of the environment and its ancestors.
    #[must_use]
    pub fn environment_names(&self) -> &[EcoString] {
        &self.names
    }

    /// Tells a fault.
    pub fn tell(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// Forgets an instance's values; its layers are not needed any more.
    pub fn forget(&self, instance: u32) {
        self.instances.borrow_mut().remove(&instance);
        self.memo.borrow_mut().retain(|(object, _), _| *object != Object::Instance(instance));
    }

    /// What is said about an instance.
    pub fn instance_layers(&self, instance: u32) -> Arc<Layers<'p>> {
        if let Some(known) = self.instances.borrow().get(&instance) {
            return Arc::clone(known);
        }
        let Some(seed) = self.seeds.get(instance as usize) else { return Arc::default() };
        let mut parts = Parts {
            database: seed.database,
            environment: &self.lineage,
            environment_names: &self.names,
            profile: &[],
            tier: seed.tier,
            tenant: seed.tenant,
        };
        // The workload is settled first: its profile is a layer of everything else.
        let bare = Arc::new(of_instance(self.program, &parts));
        self.instances.borrow_mut().insert(instance, bare);
        let workload = self.value(Object::Instance(instance), "workload");
        let profile = match workload {
            Ok(Value::Object(Object::Definition(id), _)) => self.program.lineage(id),
            _ => Vec::new(),
        };
        parts.profile = &profile;
        let whole = Arc::new(of_instance(self.program, &parts));
        self.instances.borrow_mut().insert(instance, Arc::clone(&whole));
        self.memo.borrow_mut().retain(|(object, path), _| *object != Object::Instance(instance) || path == "workload");
        whole
    }

    fn tier_layers(&self, tier: Option<DefId>) -> Arc<Layers<'p>> {
        if let Some(known) = self.tiers.borrow().get(&tier) {
            return Arc::clone(known);
        }
        let made = Arc::new(layers::of_tier(self.program, tier, &self.names));
        self.tiers.borrow_mut().insert(tier, Arc::clone(&made));
        made
    }

    fn block_layers(&self, id: DefId) -> Arc<Layers<'p>> {
        if let Some(known) = self.blocks.borrow().get(&id) {
            return Arc::clone(known);
        }
        let made = Arc::new(layers::of_definition(self.program, id, &self.names));
        self.blocks.borrow_mut().insert(id, Arc::clone(&made));
        made
    }

    /// All that is said about a fact of an object, the winner first.
    pub fn candidates(&self, object: Object, path: &str) -> Vec<Candidate<'p>> {
        match object {
            Object::Definition(id) => self.block_layers(id).of(path).cloned().collect(),
            Object::Instance(instance) => self.instance_layers(instance).of(path).cloned().collect(),
            Object::Tenant(tenant) => {
                let declaration = self.program.tenants.get(tenant as usize);
                let name = declaration.map(|declaration| declaration.id.clone()).unwrap_or_default();
                let facts = own_facts(self.program, tenant);
                let mut out: Vec<Candidate<'p>> = holding(facts, &self.names)
                    .filter(|fact| fact.field.path == path)
                    .map(|fact| Candidate { layer: Layer::Tenant(name.clone(), fact.only_in.clone()), fact })
                    .collect();
                out.reverse();
                out.extend(self.tier_layers(declaration.and_then(|declaration| declaration.tier)).of(path).cloned());
                out
            }
            Object::Table(_) | Object::Column(..) => Vec::new(),
        }
    }

    /// The value of a fact.
    ///
    /// # Errors
    /// It can't be had; why was told.
    pub fn value(&self, object: Object, path: &str) -> Result<Value, Stop> {
        self.found(object, path).map(|found| found.value)
    }

    /// The value of a fact, with who said it.
    ///
    /// # Errors
    /// It can't be had; why was told.
    pub fn found(&self, object: Object, path: &str) -> Result<Found<'p>, Stop> {
        if let Some(value) = self.given(object, path) {
            return Ok(Found { value, from: None });
        }
        let keep = !matches!(object, Object::Tenant(_));
        let candidates = self.winner(object, path);
        if keep && let Some(known) = self.memo.borrow().get(&(object, EcoString::from(path))) {
            return known.clone().map(|value| Found { value, from: candidates.into_iter().next() });
        }
        let span = candidates.first().map(|winner| winner.fact.span).unwrap_or_default();
        self.enter(object, path, span)?;
        let result = self.compute(object, path, candidates);
        self.running.borrow_mut().pop();
        if keep {
            let value = result.as_ref().map(|found| found.value.clone()).map_err(|stop| *stop);
            self.memo.borrow_mut().insert((object, path.into()), value);
        }
        result
    }

    /// The candidates that may win: all for a tenant (an empty cell of a data file says nothing), else the first.
    fn winner(&self, object: Object, path: &str) -> Vec<Candidate<'p>> {
        match object {
            Object::Definition(id) => self.block_layers(id).of(path).next().cloned().into_iter().collect(),
            Object::Instance(instance) => self.instance_layers(instance).of(path).next().cloned().into_iter().collect(),
            _ => self.candidates(object, path),
        }
    }

    fn compute(&self, object: Object, path: &str, candidates: Vec<Candidate<'p>>) -> Result<Found<'p>, Stop> {
        let row = self.row(object);
        for candidate in candidates {
            let scope = Scope { objects: &[object], row };
            let value = self.eval(&candidate.fact.value, scope)?;
            if value != Value::Nothing {
                return Ok(Found { value, from: Some(candidate) });
            }
        }
        let value = match self.default(object, path) {
            Some(default) => self.eval(&default, Scope { objects: &[object], row })?,
            None if path == "version" => self.usual_version(object),
            None => self.names_of_blocks(object, path).unwrap_or(Value::Nothing),
        };
        Ok(Found { value, from: None })
    }

    /// The version of an instance whose database names none.
    fn usual_version(&self, object: Object) -> Value {
        let Object::Instance(instance) = object else { return Value::Nothing };
        let seed = self.seeds.get(instance as usize);
        let database = seed.and_then(|seed| self.program.definition(seed.database));
        let engine = database.and_then(|database| self.program.engines.get(database.engine.as_ref()?));
        engine.map_or(Value::Nothing, |engine| Value::Text(engine.default_version.clone()))
    }

    /// The row that a tenant comes from.
    fn row(&self, object: Object) -> Option<(u32, u32)> {
        let Object::Tenant(tenant) = object else { return None };
        match self.program.tenants.get(tenant as usize)?.source {
            TenantSource::Row { bulk, row } => Some((bulk, row)),
            TenantSource::Block(_) => None,
        }
    }

    /// The default of a field, from its kind or its engine.
    #[must_use]
    pub fn default(&self, object: Object, path: &str) -> Option<Arc<Typed>> {
        let of = |name: &str| self.program.defaults.get(name).and_then(|defaults| defaults.get(path)).cloned();
        match object {
            Object::Tenant(_) => of("tenant"),
            Object::Definition(id) => of(&self.program.definition(id)?.kind),
            Object::Instance(instance) => {
                let database = self.program.definition(self.seeds.get(instance as usize)?.database)?;
                let engine = database.engine.as_ref().and_then(|engine| self.program.engines.get(engine))?;
                let of = |path: &str| {
                    let of = |name: &str| self.program.defaults.get(name).and_then(|defaults| defaults.get(path));
                    of(&engine.name).or_else(|| of("database")).cloned()
                };
                of(path).or_else(|| of(engine.shape.pattern(path)?))
            }
            Object::Table(_) | Object::Column(..) => None,
        }
    }

    fn enter(&self, object: Object, path: &str, span: Span) -> Result<(), Stop> {
        let mut running = self.running.borrow_mut();
        if let Some(start) = running.iter().position(|(other, known, _)| *other == object && known == path) {
            let steps: Vec<(EcoString, Span)> =
                running.iter().skip(start).map(|(_, path, span)| (path.clone(), *span)).collect();
            drop(running);
            self.tell(formula_cycle(&steps));
            return Err(Stop);
        }
        running.push((object, path.into(), span));
        Ok(())
    }

    /// Evaluates a pattern in the scope of an object; the text itself when it is no pattern.
    ///
    /// # Errors
    /// It can't be had; why was told.
    pub fn pattern(&self, value: &Value, object: Object) -> Result<EcoString, Stop> {
        match value {
            Value::Pattern(typed) => {
                self.eval(typed, Scope { objects: &[object], row: None }).map(|value| eco_format!("{value}"))
            }
            other => Ok(eco_format!("{other}")),
        }
    }

    /// Tells when a block among these made final what a fact sets.
    pub fn finals_above(&self, over: &Fact, blocks: impl Iterator<Item = DefId>) {
        for definition in blocks.filter_map(|id| self.program.definition(id)) {
            if let Some(fixed) =
                definition.body.facts.iter().find(|fact| fact.is_final && fact.field.path == over.field.path)
            {
                let layer = Layer::Block(definition.kind.clone(), definition.name.clone(), None);
                self.tell(overrides_final(&over.field.path, over, &Candidate { layer, fact: fixed }));
            }
        }
    }

    /// Overrides of facts that a lower layer made `final`.
    pub fn finals(&self, object: Object, path: &str) {
        let all = self.candidates(object, path);
        let Some(fixed) = all.iter().rposition(|candidate| candidate.fact.is_final) else { return };
        let Some(fixed_fact) = all.get(fixed) else { return };
        for over in all.iter().take(fixed) {
            if over.layer != fixed_fact.layer {
                self.tell(overrides_final(path, over.fact, fixed_fact));
            }
        }
    }
}

fn overrides_final(path: &str, over: &Fact, fixed: &Candidate<'_>) -> Diagnostic {
    Code::OverridesFinal
        .at(over.span, format!("`{path}` is final in {} and can't be set again", fixed.layer))
        .here("set again here")
        .and(fixed.fact.span, "final here")
        .help("remove this line, or `final` there")
}

fn formula_cycle(steps: &[(EcoString, Span)]) -> Diagnostic {
    let mut names: Vec<String> = steps.iter().map(|(path, _)| format!("`{path}`")).collect();
    names.extend(names.first().cloned());
    let mut places = steps.iter().filter(|(_, span)| *span != Span::default()).enumerate();
    let message = format!("these formulas need each other: {}", names.join(" → "));
    let mut diagnostic = match places.next() {
        Some((_, (_, span))) => Code::FormulaCycle.at(*span, message).here("step 1"),
        None => Code::FormulaCycle.at(Span::default(), message),
    };
    for (index, (_, span)) in places {
        diagnostic = diagnostic.and(*span, format!("step {}", index + 1));
    }
    diagnostic.help("give one of them a value of its own")
}
