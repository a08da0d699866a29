//! The platform as checks and targets see it: nothing left to decide.
//!
//! `platform > environment > cell > instance (a running database) > placement (a tenant on it)`, plus tenants and
//! schemas. Names, ids, sizes and orders are final. Serialised, it is what `tenantc model` prints.

pub mod names;

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;
use serde::{Serialize, Serializer};

use crate::eval::Layer;
use crate::resolve::{Value, Variant};
use crate::source::Span;

/// How a tenant is kept apart on a database.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// Rows of shared tables.
    Row,
    /// A schema of its own.
    Schema,
    /// A database of its own on a shared instance.
    Database,
    /// An instance of its own.
    Cluster,
}

impl Isolation {
    /// By its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "row" => Self::Row,
            "schema" => Self::Schema,
            "database" => Self::Database,
            "cluster" => Self::Cluster,
            _ => return None,
        })
    }

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Schema => "schema",
            Self::Database => "database",
            Self::Cluster => "cluster",
        }
    }
}

/// Where a value came from.
#[derive(Clone, PartialEq, Debug)]
pub struct Origin {
    /// The layer that won; none for a default of the language.
    pub layer: Option<Layer>,
    /// Where it says so.
    pub span: Span,
}

/// The whole platform.
#[derive(Debug, Serialize)]
pub struct Model {
    /// Version of this shape; see `docs/model.schema.json`.
    pub version: u32,
    /// What holds for everything.
    pub platform: Platform,
    /// Environments, in the order of the spec.
    pub environments: Vec<Environment>,
    /// Schemas, by name.
    pub schemas: BTreeMap<EcoString, Schema>,
    /// Roles, by name.
    pub roles: Vec<Role>,
}

/// What holds for everything.
#[derive(Debug, Serialize)]
pub struct Platform {
    /// Its name.
    pub name: EcoString,
    /// Where it runs.
    pub cloud: EcoString,
    /// Who answers for it.
    pub owner: EcoString,
    /// The folder of the output in the repository.
    pub output: EcoString,
    /// Where secrets are kept: the backend's word and its path.
    pub secrets: Secrets,
    /// The address range of its instances.
    pub cidr: EcoString,
    /// Who may reach them.
    pub allow: Vec<EcoString>,
    /// One key a tenant, or one a cell.
    pub keys_per: EcoString,
    /// Days after which keys are renewed.
    pub key_rotation_days: i64,
    /// What is recorded of changes.
    pub audit: Audit,
    /// What people are asked to consent to.
    pub consent: Vec<EcoString>,
    /// Where it is declared.
    #[serde(skip)]
    pub span: Span,
}

/// What is recorded of changes.
#[derive(Debug, Serialize)]
pub struct Audit {
    /// `none`, `classified`, `all`.
    pub record: EcoString,
    /// Seconds that entries stay in the database at least.
    pub hot: i64,
}

/// Where secrets are kept.
#[derive(Debug, Serialize)]
pub struct Secrets {
    /// `vault`, `aws_secrets_manager`, …
    pub backend: EcoString,
    /// The path that all references begin with.
    pub path: EcoString,
    /// Where it is reached.
    pub address: EcoString,
}

/// An environment.
#[derive(Debug, Serialize)]
pub struct Environment {
    /// Its name.
    pub name: EcoString,
    /// Whose data it may hold.
    pub data: EcoString,
    /// Cells, by name.
    pub cells: Vec<Cell>,
    /// Tenants in it, by id.
    pub tenants: Vec<Arc<Tenant>>,
    /// Where it is declared.
    #[serde(skip)]
    pub span: Span,
}

/// A group of tenants on instances of their own.
#[derive(Debug, Serialize)]
pub struct Cell {
    /// Its name: `eu-west-1-row-1`; a tenant's id for its own cell.
    pub name: EcoString,
    /// Its folder below an environment's: the name, or `dedicated/<tenant>`.
    pub path: EcoString,
    /// The region.
    pub region: Region,
    /// The tenant that has the cell for itself.
    pub dedicated: Option<EcoString>,
    /// Running databases, by name.
    pub instances: Vec<Instance>,
    /// Places in [`Environment::tenants`] of all tenants of the cell.
    pub tenants: Vec<u32>,
}

/// A region.
#[derive(Clone, Debug, Serialize)]
pub struct Region {
    /// Its name.
    pub name: EcoString,
    /// Whose law holds there.
    pub jurisdiction: EcoString,
    /// Availability zones.
    pub zones: i64,
}

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

/// A tenant, in an environment.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Tenant {
    /// Its name in the spec.
    pub id: EcoString,
    /// What people call it.
    pub name: EcoString,
    /// Its key in every table.
    pub uuid: EcoString,
    /// Its tier.
    pub tier: EcoString,
    /// Its region.
    pub home: EcoString,
    /// `active`, `suspended`, `offboarding`.
    pub state: EcoString,
    /// How it is kept apart where no database says otherwise.
    pub isolation: Isolation,
    /// Frameworks that hold for it.
    pub compliance: Vec<EcoString>,
    /// Promised availability, as a fraction.
    pub sla: f64,
    /// Support.
    pub support: EcoString,
    /// Features.
    pub features: Vec<EcoString>,
    /// What it may use.
    pub quota: Quota,
    /// Milliseconds after which a statement ends.
    pub statement_timeout_ms: i64,
    /// Milliseconds after which an idle transaction ends.
    pub idle_in_transaction_timeout_ms: i64,
    /// Milliseconds after which waiting for a lock ends.
    pub lock_timeout_ms: i64,
    /// How its application grows with its load; nothing where no load is declared.
    pub scaling: Option<Scaling>,
    /// The name it had before.
    pub was: Option<EcoString>,
    /// Its name for DNS: lower case, hyphens, at most 40 letters.
    pub slug: EcoString,
    /// Where it is declared.
    #[serde(skip)]
    pub span: Span,
}

/// How a tenant's application grows with its load.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Scaling {
    /// The application's deployment.
    pub deployment: EcoString,
    /// Pods at usual load.
    pub least: i64,
    /// The most there may be.
    pub most: i64,
    /// When load comes, in the order of the tenant's `traffic`.
    pub windows: Vec<Window>,
}

/// When load comes, and how much.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Window {
    /// The traffic's name.
    pub name: EcoString,
    /// Days of the week on which it begins, from Sunday, which is 0.
    pub days: Vec<u8>,
    /// Minutes after midnight at which it begins.
    pub from: u16,
    /// Minutes after midnight at which it ends; on the next day when that is not later.
    pub to: u16,
    /// The time zone, as the tz database calls it.
    pub zone: EcoString,
    /// How many times the usual capacity.
    pub scale: f64,
}

/// What a tenant may use.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Quota {
    /// Processors.
    pub cpu: f64,
    /// Bytes.
    pub memory: i64,
    /// Bytes.
    pub storage: i64,
    /// Connections.
    pub connections: i64,
    /// Requests a second.
    pub requests: f64,
}

/// Tables, in an order in which they can be created; `tenant_id` is in every key.
#[derive(Debug, Serialize)]
pub struct Schema {
    /// Its name.
    pub name: EcoString,
    /// Tables.
    pub tables: Vec<Table>,
    /// Types, functions, views and triggers, in an order in which they can be made.
    pub objects: Vec<DbObject>,
}

/// A type, function, view or trigger.
#[derive(Debug, Serialize)]
pub struct DbObject {
    /// `type`, `domain`, `function`, `view`, `trigger`.
    pub kind: EcoString,
    /// Its name.
    pub name: EcoString,
    /// What it is.
    pub doc: EcoString,
    /// What follows its name in the statement that makes it, without schemas; a function's ends before its body.
    pub sql: EcoString,
    /// A function's body.
    pub body: EcoString,
    /// A function's parameters, by which it is granted.
    pub signature: EcoString,
    /// Labels of an enumeration.
    pub labels: Vec<EcoString>,
    /// The table that a trigger is on.
    pub table: Option<EcoString>,
    /// It is made after the tables.
    pub after_tables: bool,
}

/// A table, as it will be.
#[derive(Debug, Serialize)]
pub struct Table {
    /// Its name.
    pub name: EcoString,
    /// The same rows for every tenant.
    pub shared: bool,
    /// What it is.
    pub doc: EcoString,
    /// Columns; a tenant's table begins with `tenant_id`.
    pub columns: Vec<Column>,
    /// The primary key.
    pub primary_key: Key,
    /// Further unique keys.
    pub uniques: Vec<Key>,
    /// References.
    pub foreign_keys: Vec<ForeignKey>,
    /// Conditions.
    pub checks: Vec<Check>,
    /// Indexes.
    pub indexes: Vec<Index>,
    /// How its rows are parted.
    pub partition: Option<Partition>,
    /// The column by which a person is found.
    pub subject: Option<EcoString>,
    /// The condition on rows that are about one person, `$1`, as SQL; none where no reference leads to a person.
    pub about_person: Option<EcoString>,
    /// Its rows outlive an erasure, emptied of what is personal: they are financial records, or such records need them.
    pub outlives_erasure: bool,
    /// How long its rows are kept.
    pub retention: Option<Retention>,
    /// Where it is declared.
    #[serde(skip)]
    pub span: Span,
}

/// How long rows are kept.
#[derive(Debug, Serialize)]
pub struct Retention {
    /// Seconds.
    pub keep: i64,
    /// The column that says since when.
    pub from: EcoString,
}

/// How a table's rows are parted.
#[derive(Debug, Serialize)]
pub struct Partition {
    /// `RANGE`, `LIST`, `HASH`.
    pub strategy: EcoString,
    /// Its columns.
    pub columns: Vec<EcoString>,
    /// Its parts: name, and bounds as SQL.
    pub parts: Vec<Part>,
}

/// A partition.
#[derive(Debug, Serialize)]
pub struct Part {
    /// Its name.
    pub name: EcoString,
    /// `FOR VALUES …` or `DEFAULT`.
    pub bounds: EcoString,
}

/// A column.
#[derive(Debug, Serialize)]
pub struct Column {
    /// Its name.
    pub name: EcoString,
    /// Its type, as SQL.
    #[serde(rename = "type")]
    pub ty: EcoString,
    /// May not be null.
    pub not_null: bool,
    /// Its default, as SQL.
    pub default: Option<EcoString>,
    /// What it holds.
    pub classes: Vec<EcoString>,
    /// It is about a person.
    pub personal: bool,
    /// What it is.
    pub doc: EcoString,
}

/// A key.
#[derive(Debug, Serialize)]
pub struct Key {
    /// The constraint's name.
    pub name: EcoString,
    /// Its columns.
    pub columns: Vec<EcoString>,
}

/// A reference.
#[derive(Debug, Serialize)]
pub struct ForeignKey {
    /// The constraint's name.
    pub name: EcoString,
    /// Columns here.
    pub columns: Vec<EcoString>,
    /// The other table.
    pub table: EcoString,
    /// The other table is shared.
    pub shared: bool,
    /// Columns there.
    pub target_columns: Vec<EcoString>,
    /// What happens when the other row goes, as SQL.
    pub on_delete: Option<EcoString>,
}

/// A condition.
#[derive(Debug, Serialize)]
pub struct Check {
    /// The constraint's name.
    pub name: EcoString,
    /// The condition, as SQL.
    pub expression: EcoString,
}

/// An index.
#[derive(Debug, Serialize)]
pub struct Index {
    /// Its name.
    pub name: EcoString,
    /// `btree`, …
    pub method: EcoString,
    /// What it is sorted by.
    pub columns: Vec<IndexKey>,
    /// Columns that it carries along.
    pub include: Vec<EcoString>,
    /// No two rows of a tenant alike.
    pub unique: bool,
    /// Only these rows, as SQL.
    pub condition: Option<EcoString>,
}

/// A column of an index, or an expression.
#[derive(Debug, Serialize)]
pub struct IndexKey {
    /// The column; empty for an expression.
    pub column: EcoString,
    /// The expression, as SQL.
    pub expression: EcoString,
    /// What follows, as SQL: ` DESC`.
    pub rest: EcoString,
}

/// Who may do what.
#[derive(Debug, Serialize)]
pub struct Role {
    /// Its name.
    pub name: EcoString,
    /// What it may do.
    pub grants: Vec<Grant>,
    /// Where it is declared.
    #[serde(skip)]
    pub span: Span,
}

/// What a role may do.
#[derive(Debug, Serialize)]
pub struct Grant {
    /// May read.
    pub read: bool,
    /// May write.
    pub write: bool,
    /// A table; all of them when absent.
    pub table: Option<EcoString>,
    /// Columns that it does not see.
    pub mask: Vec<EcoString>,
    /// Which rows, as SQL of one row; all of them when absent.
    #[serde(serialize_with = "condition")]
    pub condition: Option<Vec<SqlPart>>,
    /// Where it is said.
    #[serde(skip)]
    pub span: Span,
}

/// A piece of SQL whose tables have no schema yet: it is another one in each place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SqlPart {
    /// SQL as it is.
    Sql(EcoString),
    /// A table.
    Table {
        /// Its name.
        name: EcoString,
        /// The same rows for every tenant.
        shared: bool,
    },
}

#[allow(clippy::ref_option, reason = "serde's form")]
fn condition<S: Serializer>(parts: &Option<Vec<SqlPart>>, serializer: S) -> Result<S::Ok, S::Error> {
    let piece = |part: &SqlPart| match part {
        SqlPart::Sql(sql) => sql.to_string(),
        SqlPart::Table { name, .. } => format!("\"{}\"", name.as_str().replace('"', "\"\"")),
    };
    parts.as_ref().map(|parts| parts.iter().map(piece).collect::<Vec<_>>().concat()).serialize(serializer)
}
