//! [`Program`] → values: formulas on merged layers, each value with where it came from.
//!
//! An [`Evaluator`] works in one environment. Facts are evaluated when they are asked for, so a formula sees final
//! values; a formula that needs itself is told as a loop. A fault is told once and makes every value that needs it
//! absent.

mod build;
mod condition;
mod expr;
mod history;
mod instances;
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
use crate::model::names;
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

    /// The names of an instance's blocks that begin with a word: `collection` of `collection NAME { … }`.
    fn names_of_blocks(&self, object: Object, word: &str) -> Option<Value> {
        let Object::Instance(instance) = object else { return None };
        let database = self.program.definition(self.seeds.get(instance as usize)?.database)?;
        let engine = database.engine.as_ref().and_then(|engine| self.program.engines.get(engine))?;
        engine.shape.get(word).filter(|field| field.given && matches!(field.ty, crate::resolve::Type::List(_)))?;
        let layers = self.instance_layers(instance);
        let names: std::collections::BTreeSet<&str> =
            layers.paths().filter_map(|path| path.strip_prefix(word)?.strip_prefix('.')?.split('.').next()).collect();
        Some(Value::List(names.into_iter().map(|name| Value::Word(name.into())).collect()))
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

    /// What the compiler supplies.
    fn given(&self, object: Object, path: &str) -> Option<Value> {
        let named = |id: DefId| {
            Value::Object(
                Object::Definition(id),
                self.program.definition(id).map(|definition| definition.name.clone()).unwrap_or_default(),
            )
        };
        match (object, path) {
            (Object::Tenant(_) | Object::Instance(_) | Object::Definition(_), "platform") => {
                self.program.platform.map(named)
            }
            (Object::Tenant(_) | Object::Instance(_), "environment") => self.environment.map(named),
            (Object::Tenant(tenant), "id" | "tenant") => {
                self.program.tenants.get(tenant as usize).map(|tenant| Value::Text(tenant.id.clone()))
            }
            (Object::Tenant(tenant), "tier") => self.program.tenants.get(tenant as usize)?.tier.map(named),
            (Object::Instance(instance), _) => {
                let seed = self.seeds.get(instance as usize)?;
                Some(match path {
                    "region" => named(seed.region),
                    "cell" => Value::Text(seed.cell.clone()),
                    "dedicated" => Value::Bool(seed.tenant.is_some()),
                    "database" => Value::Text(self.program.definition(seed.database)?.name.clone()),
                    "databases" => Value::Int(seed.databases),
                    "schemas" => Value::Int(seed.schemas),
                    "host" => {
                        let name = |id: Option<DefId>| self.program.definition(id?).map(|found| found.name.clone());
                        let (environment, platform) = (name(self.environment)?, name(self.program.platform)?);
                        let identifier = self.identifier(instance)?;
                        let cloud = self.value(Object::Definition(self.program.platform?), "cloud").ok()?;
                        Value::Text(if cloud.to_string() == "kubernetes" {
                            names::service(&identifier, &names::data_namespace(&environment, &seed.cell)).into()
                        } else {
                            names::host(&identifier, &environment, &platform).into()
                        })
                    }
                    "rows" => Value::Int(seed.rows),
                    "tenants" => self.tenants(seed.tenants.iter().copied()),
                    _ => return None,
                })
            }
            (Object::Definition(id), "tenants") => {
                if self.program.definition(id)?.kind != "tier" {
                    return None;
                }
                Some(self.tenants(self.tenants_by_tier().get(&id).into_iter().flatten().copied()))
            }
            (Object::Definition(id), "name") => {
                let definition = self.program.definition(id)?;
                (definition.kind != "tenant").then(|| Value::Text(definition.name.clone()))
            }
            (Object::Table(table), _) => self.table(table, path),
            (Object::Column(table, column), _) => self.column(table, column, path),
            _ => None,
        }
    }

    /// What an instance is called, as a label of a host's name.
    #[must_use]
    pub fn identifier(&self, instance: u32) -> Option<EcoString> {
        let seed = self.seeds.get(instance as usize)?;
        let pattern = self.value(Object::Definition(self.program.platform?), "naming.database").ok()?;
        let called = self.pattern(&pattern, Object::Instance(instance)).ok()?;
        // A tenant may be called like a cell; its own instance never is.
        let called = match seed.tenant {
            Some(_) => eco_format!("{called}-dedicated-{}", seed.cell),
            None if called.contains(seed.cell.as_str()) => called,
            None => eco_format!("{called}-{}", seed.cell),
        };
        Some(names::dns(&called, 50))
    }

    fn tenants(&self, all: impl Iterator<Item = u32>) -> Value {
        let value = |tenant: u32| {
            Value::Object(
                Object::Tenant(tenant),
                self.program.tenants.get(tenant as usize).map(|tenant| tenant.id.clone()).unwrap_or_default(),
            )
        };
        Value::List(all.map(value).collect())
    }

    fn tenants_by_tier(&self) -> Arc<ByTier> {
        let mut known = self.by_tier.borrow_mut();
        Arc::clone(known.get_or_insert_with(|| {
            let mut map: FxHashMap<DefId, Vec<u32>> = FxHashMap::default();
            for (index, tenant) in self.program.tenants.iter().enumerate() {
                if let Some(tier) = tenant.tier {
                    map.entry(tier).or_default().push(u32::try_from(index).unwrap_or(u32::MAX));
                }
            }
            Arc::new(map)
        }))
    }

    fn table(&self, table: u32, path: &str) -> Option<Value> {
        let (schema, table_facts) = self.tables().nth(table as usize)?;
        let classes = || {
            let all = table_facts.columns.iter().flat_map(|column| &column.classes);
            all.flat_map(|class| self.class(class)).collect()
        };
        Some(match path {
            "name" => Value::Text(table_facts.name.clone()),
            "schema" => Value::Text(schema.clone()),
            "shared" => Value::Bool(table_facts.shared),
            "classes" => Value::List(classes()),
            "columns" => {
                let column = |(index, column): (usize, &crate::resolve::Column)| {
                    Value::Object(Object::Column(table, u32::try_from(index).unwrap_or(0)), column.name.clone())
                };
                Value::List(table_facts.columns.iter().enumerate().map(column).collect())
            }
            _ => return None,
        })
    }

    fn column(&self, table: u32, column: u32, path: &str) -> Option<Value> {
        let (_, table_facts) = self.tables().nth(table as usize)?;
        let facts = table_facts.columns.get(column as usize)?;
        Some(match path {
            "name" => Value::Text(facts.name.clone()),
            "table" => Value::Text(table_facts.name.clone()),
            "classes" => Value::List(facts.classes.iter().flat_map(|class| self.class(class)).collect()),
            _ => return None,
        })
    }

    /// All tables, with the schema of each, in the order of [`Object::Table`].
    pub fn tables(&self) -> impl Iterator<Item = (&'p EcoString, &'p crate::resolve::Table)> {
        self.program.schemas.values().flat_map(|schema| schema.tables.iter().map(move |table| (&schema.name, table)))
    }

    /// A class and those that it starts from: health information is personal data too.
    fn class(&self, class: &EcoString) -> Vec<Value> {
        let Some(Object::Definition(id)) = self.program.names.object("class", class) else {
            return vec![Value::Word(class.clone())];
        };
        let one = |id: DefId| {
            let name = self.program.definition(id).map(|class| class.name.clone()).unwrap_or_default();
            // A workspace's own block of a name is the one that words of that name stand for.
            let object = self.program.names.object("class", &name).unwrap_or(Object::Definition(id));
            Value::Object(object, name)
        };
        self.program.lineage(id).into_iter().map(one).collect()
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
