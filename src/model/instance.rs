//! A database that runs: its facts and settings, each with its origin, and the tenants placed on it.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;
use serde::{Serialize, Serializer};

use super::{Isolation, Origin};
use crate::resolve::{Value, Variant};
use crate::source::Span;

/// A running database.
#[derive(Debug, Serialize)]
pub struct Instance {
    /// The database's name.
    pub database: EcoString,
    /// Its engine.
    pub engine: EcoString,
    /// The engine's version.
    pub engine_version: EcoString,
    /// The engine that it is made of: `postgresql` for TimescaleDB; itself for most.
    pub family: EcoString,
    /// The version of that.
    pub family_version: EcoString,
    /// What the cloud calls it; unique within an account.
    pub identifier: EcoString,
    /// Where it listens.
    pub port: i64,
    /// The schema of its tables.
    pub schema: Option<EcoString>,
    /// Its facts, by path, without settings.
    pub facts: BTreeMap<EcoString, Sourced>,
    /// Its settings by group (`settings`, `pool.settings`), in the order of their names.
    pub settings: BTreeMap<EcoString, Vec<SettingValue>>,
    /// Tenants on it, by id.
    pub placements: Vec<Placement>,
    /// Names of what it holds.
    pub names: SqlNames,
    /// Files that its engine reads.
    #[serde(skip)]
    pub files: Vec<crate::resolve::EngineFile>,
    /// Where the database is declared.
    #[serde(skip)]
    pub span: Span,
}

impl Instance {
    /// A fact's value.
    #[must_use]
    pub fn fact(&self, path: &str) -> Option<&Value> {
        self.facts.get(path).map(|sourced| &sourced.value)
    }

    /// A whole number; 0 when it is not set.
    #[must_use]
    pub fn int(&self, path: &str) -> i64 {
        match self.fact(path) {
            Some(Value::Int(value) | Value::Size(value) | Value::Duration(value)) => *value,
            _ => 0,
        }
    }

    /// True when a fact is `true`.
    #[must_use]
    pub fn is(&self, path: &str) -> bool {
        self.fact(path) == Some(&Value::Bool(true))
    }

    /// Texts of a list.
    #[must_use]
    pub fn list(&self, path: &str) -> Vec<EcoString> {
        match self.fact(path) {
            Some(Value::List(values)) => values.iter().map(|value| ecow::eco_format!("{value}")).collect(),
            _ => Vec::new(),
        }
    }

    /// Names of its blocks of a kind, the path before them: `plays` of `table.plays.ttl`.
    #[must_use]
    pub fn blocks(&self, kind: &str) -> BTreeSet<&str> {
        let paths = self.facts.keys();
        paths.filter_map(|path| path.strip_prefix(kind)?.strip_prefix('.')?.split('.').next()).collect()
    }

    /// Where a fact is said; the database itself, when nobody says it.
    #[must_use]
    pub fn place_of(&self, path: &str) -> Span {
        self.facts.get(path).filter(|fact| fact.origin.layer.is_some()).map_or(self.span, |fact| fact.origin.span)
    }

    /// A setting's value.
    #[must_use]
    pub fn setting(&self, group: &str, name: &str) -> Option<&SettingValue> {
        self.settings.get(group)?.iter().find(|setting| setting.name == name)
    }
}

/// Names of an instance's own database and roles.
#[derive(Debug, Serialize)]
pub struct SqlNames {
    /// The database of row and schema tenants, or of the one tenant that has the instance.
    pub database: EcoString,
    /// The schema of row tenants' tables, and of the tables in tenants' own databases.
    pub schema: EcoString,
    /// Owns everything, can't log in.
    pub owner: EcoString,
    /// What the application logs in as for row tenants.
    pub app: EcoString,
    /// Reads.
    pub reader: EcoString,
    /// Declared jobs across tenants.
    pub maintenance: EcoString,
    /// Dumps; the only role that row security does not bind.
    pub dump: EcoString,
}

/// A value with where it came from.
#[derive(Clone, Debug)]
pub struct Sourced {
    /// The value.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

impl Serialize for Sourced {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Plain(&self.value).serialize(serializer)
    }
}

/// A value as JSON: sizes in bytes, durations in seconds, percentages as fractions, rates per second.
pub struct Plain<'a>(pub &'a Value);

impl Serialize for Plain<'_> {
    #[allow(clippy::cast_precision_loss, reason = "seconds of a duration")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Nothing | Value::Pattern(_) => serializer.serialize_none(),
            Value::Block => serializer.collect_map(std::iter::empty::<(&str, &str)>()),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) | Value::Size(value) => serializer.serialize_i64(*value),
            Value::Number(value) | Value::Percent(value) | Value::Rate(value) => serializer.serialize_f64(*value),
            Value::Duration(micros) if micros % 1_000_000 == 0 => serializer.serialize_i64(micros / 1_000_000),
            Value::Duration(micros) => serializer.serialize_f64(*micros as f64 / 1e6),
            Value::List(values) => serializer.collect_seq(values.iter().map(Plain)),
            Value::Text(text) | Value::Word(text) | Value::Object(_, text) => serializer.serialize_str(text),
            other => serializer.collect_str(other),
        }
    }
}

/// A setting of an engine, as an instance has it.
#[derive(Clone, Debug, Serialize)]
pub struct SettingValue {
    /// Its own name.
    pub name: EcoString,
    /// Its value.
    #[serde(serialize_with = "plain")]
    pub value: Value,
    /// What it takes to change it: `restart`, `reload`, `session`.
    pub change: EcoString,
    /// Where it is documented.
    pub see: EcoString,
    /// What it is for.
    pub doc: EcoString,
    /// Where the value came from.
    #[serde(skip)]
    pub origin: Origin,
    /// The formula's text, when the value was worked out.
    pub formula: Option<EcoString>,
    /// What this version knows about it; nothing when it does not know it.
    #[serde(skip)]
    pub variant: Option<Variant>,
}

fn plain<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    Plain(value).serialize(serializer)
}

/// A tenant on an instance.
#[derive(Debug, Serialize)]
pub struct Placement {
    /// Place in [`Environment::tenants`].
    pub tenant: u32,
    /// Its id.
    pub id: EcoString,
    /// How it is kept apart here.
    pub isolation: Isolation,
    /// Its schema (schema isolation), or the schema of its tables.
    pub schema: EcoString,
    /// Its database (database isolation), or the one it shares.
    pub database: EcoString,
    /// What it logs in as; empty where it uses the login that all share.
    pub role: EcoString,
    /// What owns its objects, and can't log in.
    pub owner: EcoString,
}
