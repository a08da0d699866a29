//! The platform as checks and targets see it: nothing left to decide.
//!
//! `platform > environment > cell > instance (a running database) > placement (a tenant on it)`, plus tenants and
//! schemas. Names, ids, sizes and orders are final. Serialised, it is what `tenantc model` prints.

mod instance;
pub mod names;
mod network;
mod schema;

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;
use serde::Serialize;

use crate::eval::Layer;
use crate::source::Span;

pub use network::Range;

pub use instance::{Instance, Placement, Plain, SettingValue, Sourced, SqlNames};
pub use schema::{
    Check, Column, DbObject, ForeignKey, Grant, Index, IndexKey, Key, Part, Partition, Retention, Role, Schema,
    SqlPart, Table,
};

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
    /// The least closed first.
    pub const ALL: [Self; 4] = [Self::Row, Self::Schema, Self::Database, Self::Cluster];

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

impl Origin {
    /// Somebody chose the value: it is no default, and not what an engine or a workload brings.
    #[must_use]
    pub fn is_chosen(&self) -> bool {
        self.layer.as_ref().is_some_and(|layer| !layer.is_usual())
    }
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

impl Model {
    /// The tables in an instance, where it has a schema.
    #[must_use]
    pub fn schema_of(&self, instance: &Instance) -> Option<&Schema> {
        self.schemas.get(instance.schema.as_ref()?)
    }

    /// Every database that runs, in all environments.
    pub fn instances(&self) -> impl Iterator<Item = &Instance> {
        self.environments.iter().flat_map(|environment| &environment.cells).flat_map(|cell| &cell.instances)
    }
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
    /// Where the output is kept in Git; empty when it is not said.
    pub repository: EcoString,
    /// Where secrets are kept: the backend's word and its path.
    pub secrets: Secrets,
    /// The address range of its instances.
    pub cidr: EcoString,
    /// How many bits the addresses of a cell's part share, where that is said.
    pub cell_network: Option<u32>,
    /// Address ranges that applications come from.
    pub clients: Vec<EcoString>,
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
    /// What the nodes of a cell's tenants have, where it is said.
    pub cell: Capacity,
    /// Stores that it lets go, as `environment/cell/database`.
    pub released: Vec<EcoString>,
    /// Where it is declared.
    #[serde(skip)]
    pub span: Span,
}

/// What the nodes of a cell's tenants have.
#[derive(Debug, Serialize)]
pub struct Capacity {
    /// Processors.
    pub cpu: Option<f64>,
    /// Bytes.
    pub memory: Option<i64>,
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
    /// When changes may be applied; at any time where nothing is said.
    pub change_window: Option<Window>,
    /// An hour of it in UTC, for what services change by themselves.
    pub maintenance: Option<Maintenance>,
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
    /// The number of its part of the platform's network.
    pub network: u32,
    /// Tenants that were in it before.
    #[serde(skip)]
    pub left: Vec<EcoString>,
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
    /// How a new version of its application takes over; nothing where it is not said.
    pub rollout: Option<Rollout>,
    /// By which part its data grows in a second; 0 where nothing is said.
    pub growth: f64,
    /// Where to reach its people: `email` is an address, the others are references to secrets.
    pub channels: BTreeMap<EcoString, EcoString>,
    /// The name it had before.
    pub was: Option<EcoString>,
    /// Its name for DNS: lower case, hyphens, at most 40 letters.
    pub slug: EcoString,
    /// Where it is declared.
    #[serde(skip)]
    pub span: Span,
}

/// How a new version of a tenant's application takes over from the old one.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Rollout {
    /// The application's deployment.
    pub deployment: EcoString,
    /// Pods at usual load.
    pub pods: i64,
    /// `canary` or `blue_green`.
    pub how: EcoString,
    /// Shares of the pods that the new version has, in percent.
    pub steps: Vec<i64>,
    /// Seconds that each is watched.
    pub every: i64,
    /// Where Prometheus is.
    pub prometheus: EcoString,
    /// What it is asked; nothing when empty.
    pub watch: EcoString,
    /// The most that it may answer.
    pub at_most: f64,
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
    /// When load comes, in the order of the tenant's `traffic`; first the hours in which its environment is awake.
    pub windows: Vec<Window>,
    /// There are no pods outside of the windows.
    pub rests: bool,
}

/// When load comes, and how much; or when changes may.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Window {
    /// The traffic's name, or the environment's.
    pub name: EcoString,
    /// Days of the week on which it begins, from Sunday, which is 0.
    pub days: Vec<u8>,
    /// Minutes after midnight at which it begins.
    pub from: u16,
    /// Minutes after midnight at which it ends; on the next day when that is not later.
    pub to: u16,
    /// The time zone, as the tz database calls it.
    pub zone: EcoString,
    /// How many times the usual capacity; 1 for changes.
    pub scale: f64,
}

/// An hour of a week, in UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Maintenance {
    /// The day, from Sunday, which is 0.
    pub day: u8,
    /// The hour at which it begins.
    pub hour: u8,
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
    /// Bytes of one sort or hash; the server's own where nothing is said.
    pub work_mem: Option<i64>,
}
