//! Tenants of an environment: their facts, and how each is kept apart on which database.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::place::{Place, Resident};
use super::{Evaluator, Scope, holding, nested_facts, own_facts, traffic};
use crate::diag::{Code, Diagnostic};
use crate::model::{Isolation, Quota, Rollout, Scaling, Tenant, Window, names};
use crate::resolve::{Body, DefId, Engine, Fact, Node, Object, Program, TenantSource, Typed, Value};
use crate::source::Span;

/// A tenant with where it is to be placed.
pub type Known = (Arc<Tenant>, Resident);

/// Ways to reach a tenant's people.
const CHANNELS: [&str; 4] = ["channels.email", "channels.pagerduty", "channels.slack", "channels.webhook"];

/// Tenants per task; enough work that starting it costs nothing.
const CHUNK: usize = 512;

/// What does not change from environment to environment.
pub struct Census<'p> {
    program: &'p Program,
    databases: Vec<DefId>,
    platform_compliance: Vec<EcoString>,
    /// Tenants whose facts no environment changes, once they are known.
    steady: Vec<Option<Known>>,
    /// Tiers and data files that say nothing about an environment.
    free_tiers: FxHashMap<DefId, bool>,
    free_bulks: Vec<bool>,
    /// No database is closed otherwise in one environment than in another.
    alike: bool,
}

impl<'p> Census<'p> {
    /// Nothing is known yet.
    pub fn new(program: &'p Program, base: &Evaluator<'_>) -> Self {
        let compliance =
            program.platform.and_then(|platform| base.value(Object::Definition(platform), "compliance").ok());
        let free = |id: DefId| {
            program
                .lineage(id)
                .into_iter()
                .filter_map(|id| program.definition(id))
                .all(|definition| free(&definition.body))
        };
        Self {
            program,
            databases: program.of_kind("database").map(|(id, _)| id).collect(),
            platform_compliance: compliance.map(|value| texts(&value)).unwrap_or_default(),
            steady: vec![None; program.tenants.len()],
            free_tiers: program.of_kind("tier").map(|(id, _)| (id, free(id))).collect(),
            free_bulks: program.bulks.iter().map(|bulk| self::free(&bulk.body)).collect(),
            alike: program.of_kind("database").all(|(_, database)| {
                let decides = |fact: &&Fact| matches!(fact.field.path.as_str(), "isolation" | "edition");
                let mut facts = database.body.facts.iter().filter(decides);
                facts.all(|fact| fact.only_in.is_none() && !asks(&fact.value, "environment"))
            }),
        }
    }

    /// The tenants of an environment, in the order of `members`. A tenant that can't be placed is told and left out.
    pub fn of(
        &mut self,
        environment: DefId,
        members: &[u32],
        uuid: &(dyn Fn(&EcoString) -> EcoString + Sync),
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Known> {
        let this = &*self;
        let chunks: Vec<(Vec<Option<Known>>, Vec<Diagnostic>)> = members
            .par_chunks(CHUNK)
            .map(|chunk| {
                let evaluator = Evaluator::new(this.program, Some(environment), &[]);
                let mut reader = Reader {
                    evaluator: &evaluator,
                    census: this,
                    tier_values: FxHashMap::default(),
                    tier_places: FxHashMap::default(),
                    uuid,
                };
                let known = chunk
                    .iter()
                    .map(|&tenant| {
                        this.steady.get(tenant as usize).cloned().flatten().or_else(|| reader.tenant(tenant))
                    })
                    .collect();
                (known, evaluator.diagnostics.into_inner())
            })
            .collect();
        let mut out = Vec::with_capacity(members.len());
        for (known, told) in chunks {
            diagnostics.extend(told);
            for known in known.into_iter().flatten() {
                if self.is_steady(known.1.tenant)
                    && let Some(slot) = self.steady.get_mut(known.1.tenant as usize)
                {
                    *slot = Some(known.clone());
                }
                out.push(known);
            }
        }
        out
    }

    fn is_steady(&self, tenant: u32) -> bool {
        let Some(declaration) = self.program.tenants.get(tenant as usize) else { return false };
        let tier = declaration.tier.is_none_or(|tier| self.free_tiers.get(&tier).copied().unwrap_or(false));
        let own = match declaration.source {
            TenantSource::Block(id) => self.program.definition(id).is_some_and(|definition| free(&definition.body)),
            TenantSource::Row { bulk, .. } => self.free_bulks.get(bulk as usize).copied().unwrap_or(false),
        };
        tier && own && self.alike
    }
}

/// True when a body says nothing about an environment.
fn free(body: &Body) -> bool {
    let facts = body.facts.iter().chain(body.nested.iter().flat_map(|nested| &nested.facts));
    facts.into_iter().all(|fact| fact.only_in.is_none() && !asks(&fact.value, "environment"))
}

/// True when an expression reads a field whose path begins with `head`.
fn asks(value: &Typed, head: &str) -> bool {
    match &value.node {
        Node::Field { path, .. } => path == head || path.strip_prefix(head).is_some_and(|rest| rest.starts_with('.')),
        Node::Value(_) | Node::Row(_) => false,
        Node::Of(inner, _) | Node::Not(inner) | Node::Minus(inner) => asks(inner, head),
        Node::Text(parts) | Node::List(parts) | Node::Call(_, parts) | Node::Make(_, parts) => {
            parts.iter().any(|part| asks(part, head))
        }
        Node::Binary(_, left, right) => asks(left, head) || asks(right, head),
        Node::If(a, b, c) => asks(a, head) || asks(b, head) || asks(c, head),
        Node::Each(_, list, inner) => asks(list, head) || inner.as_ref().is_some_and(|inner| asks(inner, head)),
    }
}

struct Reader<'a, 'p> {
    evaluator: &'a Evaluator<'p>,
    census: &'a Census<'p>,
    /// What a tier gives all its tenants alike.
    tier_values: FxHashMap<(Option<DefId>, &'static str), Option<Value>>,
    /// Placement of tenants that say nothing about it themselves.
    tier_places: FxHashMap<DefId, Arc<[Place]>>,
    uuid: &'a (dyn Fn(&EcoString) -> EcoString + Sync),
}

impl<'p> Reader<'_, 'p> {
    /// A tenant's fact. What only its tier says is worked out once a tier.
    fn value(&mut self, tenant: u32, tier: Option<DefId>, path: &'static str) -> Value {
        if own_facts(self.census.program, tenant).iter().any(|fact| fact.field.path == path) {
            return self.evaluator.value(Object::Tenant(tenant), path).unwrap_or(Value::Nothing);
        }
        if let Some(known) = self.tier_values.get(&(tier, path)) {
            return match known {
                Some(value) => value.clone(),
                None => self.evaluator.value(Object::Tenant(tenant), path).unwrap_or(Value::Nothing),
            };
        }
        let candidates = self.evaluator.candidates(Object::Tenant(tenant), path);
        let constant = match candidates.first() {
            Some(winner) => matches!(winner.fact.value.node, Node::Value(_)),
            None => self
                .evaluator
                .default(Object::Tenant(tenant), path)
                .is_none_or(|default| matches!(default.node, Node::Value(_))),
        };
        let value = self.evaluator.value(Object::Tenant(tenant), path).unwrap_or(Value::Nothing);
        self.tier_values.insert((tier, path), constant.then(|| value.clone()));
        value
    }

    fn tenant(&mut self, tenant: u32) -> Option<Known> {
        let program = self.census.program;
        let declaration = program.tenants.get(tenant as usize)?;
        let tier = declaration.tier?;
        let some = Some(tier);
        let home = self.value(tenant, some, "home");
        let Value::Object(Object::Definition(region), home_name) = home else {
            // What is said and can't be worked out was told where it is said.
            if self.evaluator.value(Object::Tenant(tenant), "home").is_ok() {
                let message = format!("tenant {} has no home", declaration.id);
                self.evaluator.tell(
                    Code::MissingAttribute.at(declaration.span, message).help("say where it lives: `home = eu-west-1`"),
                );
            }
            return None;
        };
        let isolation = Isolation::parse(&self.value(tenant, some, "isolation").to_string()).unwrap_or(Isolation::Row);
        let places = self.places(tenant, tier, isolation);
        let text = |value: Value| eco_format!("{value}");
        let mut compliance = self.census.platform_compliance.clone();
        compliance.extend(texts(&self.value(tenant, some, "compliance")));
        compliance.sort_unstable();
        compliance.dedup();
        let was = match self.value(tenant, some, "was") {
            Value::Nothing => None,
            other => Some(eco_format!("{other}")),
        };
        let scaling = self.scaling(tenant, tier);
        let rollout = self.rollout(tenant, tier);
        let made = Tenant {
            id: declaration.id.clone(),
            name: text(self.value(tenant, some, "name")),
            uuid: (self.uuid)(&declaration.id),
            tier: program.definition(tier).map(|tier| tier.name.clone()).unwrap_or_default(),
            home: home_name,
            state: text(self.value(tenant, some, "state")),
            isolation,
            compliance,
            sla: float(&self.value(tenant, some, "sla")),
            support: text(self.value(tenant, some, "support")),
            features: texts(&self.value(tenant, some, "features")),
            quota: Quota {
                cpu: float(&self.value(tenant, some, "quota.cpu")),
                memory: whole(&self.value(tenant, some, "quota.memory")),
                storage: whole(&self.value(tenant, some, "quota.storage")),
                connections: whole(&self.value(tenant, some, "quota.connections")),
                requests: float(&self.value(tenant, some, "quota.requests")),
                work_mem: if let Value::Size(bytes) = self.value(tenant, some, "quota.work_mem") {
                    Some(bytes)
                } else {
                    None
                },
            },
            statement_timeout_ms: whole(&self.value(tenant, some, "timeouts.statement")) / 1_000,
            idle_in_transaction_timeout_ms: whole(&self.value(tenant, some, "timeouts.idle_in_transaction")) / 1_000,
            lock_timeout_ms: whole(&self.value(tenant, some, "timeouts.lock")) / 1_000,
            scaling,
            rollout,
            growth: super::number(&self.value(tenant, some, "growth")).unwrap_or(0.0),
            channels: self.channels(tenant, tier),
            was,
            slug: names::dns(&declaration.id, 40),
            span: declaration.span,
        };
        let own_cells = self.evaluator.value(Object::Definition(tier), "cell.own") == Ok(Value::Bool(true));
        Some((Arc::new(made), Resident { tenant, region, tier, own_cells, places }))
    }

    /// Where to reach the tenant's people. Most say nothing of it, and none but themselves can.
    fn channels(&mut self, tenant: u32, tier: DefId) -> BTreeMap<EcoString, EcoString> {
        let own = own_facts(self.census.program, tenant);
        let said: Vec<&'static str> =
            CHANNELS.into_iter().filter(|path| own.iter().any(|fact| fact.field.path == *path)).collect();
        said.into_iter()
            .filter_map(|path| {
                let told = match self.value(tenant, Some(tier), path) {
                    Value::Nothing => return None,
                    Value::Call(_, parts) => eco_format!("{}", parts.first()?),
                    value => eco_format!("{value}"),
                };
                Some((path.trim_start_matches("channels.").into(), told))
            })
            .collect()
    }

    /// How the tenant's application grows; nothing where it says nothing of its traffic.
    fn rollout(&mut self, tenant: u32, tier: DefId) -> Option<Rollout> {
        let how = match self.value(tenant, Some(tier), "rollout.how") {
            Value::Nothing => return None,
            how => eco_format!("{how}"),
        };
        let mut value = |path: &'static str| self.value(tenant, Some(tier), path);
        #[allow(clippy::cast_possible_truncation, reason = "percent")]
        let steps = match value("rollout.steps") {
            Value::List(steps) => {
                steps.iter().map(|step| (float(step) * 100.0).round().clamp(1.0, 100.0) as i64).collect()
            }
            _ => Vec::new(),
        };
        Some(Rollout {
            deployment: eco_format!("{}", value("scaling.deployment")),
            pods: whole(&value("scaling.least")),
            how,
            steps,
            every: whole(&value("rollout.every")) / 1_000_000,
            prometheus: eco_format!("{}", value("rollout.prometheus")),
            watch: match value("rollout.watch") {
                Value::Nothing => EcoString::new(),
                watch => eco_format!("{watch}"),
            },
            at_most: float(&value("rollout.at_most")),
        })
    }

    fn scaling(&mut self, tenant: u32, tier: DefId) -> Option<Scaling> {
        let Value::List(traffic) = self.value(tenant, Some(tier), "traffic") else { return None };
        let awake = traffic::awake(self.evaluator);
        let rests = awake.is_some();
        let load = traffic.iter().filter_map(|one| traffic::window(self.evaluator, one));
        let windows: Vec<Window> = awake.map(|awake| Window { scale: 1.0, ..awake }).into_iter().chain(load).collect();
        if windows.is_empty() {
            return None;
        }
        Some(Scaling {
            deployment: eco_format!("{}", self.value(tenant, Some(tier), "scaling.deployment")),
            least: whole(&self.value(tenant, Some(tier), "scaling.least")),
            most: whole(&self.value(tenant, Some(tier), "scaling.most")),
            windows,
            rests,
        })
    }

    fn places(&mut self, tenant: u32, tier: DefId, isolation: Isolation) -> Arc<[Place]> {
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

/// The words of a list.
fn texts(value: &Value) -> Vec<EcoString> {
    match value {
        Value::List(values) => values.iter().map(|value| eco_format!("{value}")).collect(),
        _ => Vec::new(),
    }
}

fn float(value: &Value) -> f64 {
    super::number(value).unwrap_or(0.0)
}

/// A size, a duration or a count; 0 when it is not set.
fn whole(value: &Value) -> i64 {
    match value {
        Value::Int(value) | Value::Size(value) | Value::Duration(value) => *value,
        _ => 0,
    }
}
