//! What the compiler supplies of an object: its name, what stands around it, the tenants on it, the columns of a table.
//!
//! in: an object and a path. out: the value, or nothing where a fact of that path is said by people.

use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::{ByTier, Evaluator};
use crate::model::names;
use crate::resolve::{DefId, Object, Value};

impl<'p> Evaluator<'p> {
    /// The names of an instance's blocks that begin with a word: `collection` of `collection NAME { … }`.
    pub(super) fn names_of_blocks(&self, object: Object, word: &str) -> Option<Value> {
        let Object::Instance(instance) = object else { return None };
        let database = self.program.definition(self.seeds.get(instance as usize)?.database)?;
        let engine = database.engine.as_ref().and_then(|engine| self.program.engines.get(engine))?;
        engine.shape.get(word).filter(|field| field.given && matches!(field.ty, crate::resolve::Type::List(_)))?;
        let layers = self.instance_layers(instance);
        let names: std::collections::BTreeSet<&str> =
            layers.paths().filter_map(|path| path.strip_prefix(word)?.strip_prefix('.')?.split('.').next()).collect();
        Some(Value::List(names.into_iter().map(|name| Value::Word(name.into())).collect()))
    }

    /// What the compiler supplies.
    pub(super) fn given(&self, object: Object, path: &str) -> Option<Value> {
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
}
