//! What resolving gives: names, blocks, tenants, engines, schemas; settled, not evaluated.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::engines::Engine;
use super::facts::{Body, Fact, RuleFact};
use super::kinds::Kind;
use super::load;
use super::rows::Rows;
use super::schema::Schema;
use super::shape::Shape;
use super::typed::{DefId, Object, Typed};
use crate::parse::ast;
use crate::source::{Origin, Span};

/// All names of a workspace.
#[derive(Debug, Default)]
pub struct Names {
    pub(super) kinds: BTreeMap<EcoString, Kind>,
    pub(super) objects: FxHashMap<EcoString, FxHashMap<EcoString, Object>>,
    pub(super) shapes: FxHashMap<EcoString, Arc<Shape>>,
    /// Shapes of engines' databases.
    pub(super) engines: BTreeMap<EcoString, Arc<Shape>>,
}

impl Names {
    /// A kind of block.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.get(name)
    }

    /// All kinds, by name.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.values()
    }

    /// The block of a kind and a name.
    #[must_use]
    pub fn object(&self, kind: &str, name: &str) -> Option<Object> {
        self.objects.get(kind)?.get(name).copied()
    }

    /// Names of all blocks of a kind, sorted; none of tenants beyond the first thousand.
    #[must_use]
    pub fn all(&self, kind: &str) -> Vec<EcoString> {
        let mut all: Vec<EcoString> =
            self.objects.get(kind).map(|blocks| blocks.keys().cloned().collect()).unwrap_or_default();
        all.sort_unstable();
        all.truncate(1_000);
        all
    }

    /// The one definition of this name, whatever its kind.
    #[must_use]
    pub fn only(&self, name: &str) -> Option<(EcoString, DefId)> {
        let mut found = None;
        for (kind, blocks) in self.kinds.keys().filter_map(|kind| self.objects.get_key_value(kind)) {
            if let Some(Object::Definition(id)) = blocks.get(name) {
                if found.is_some() {
                    return None;
                }
                found = Some((kind.clone(), *id));
            }
        }
        found
    }

    /// The facts that a database may hold.
    #[must_use]
    pub fn database_shape(&self, database: &str) -> Option<Arc<Shape>> {
        self.shapes.get(database).cloned()
    }

    /// The shape of an engine's databases.
    #[must_use]
    pub fn engine_shape(&self, engine: &str) -> Option<Arc<Shape>> {
        self.engines.get(engine).cloned()
    }

    /// Names of all engines, also of those that no database here is of and that were not read.
    pub fn engines(&self) -> impl Iterator<Item = &str> {
        let unread: Vec<&str> = load::engine_names().filter(|name| !self.engines.contains_key(*name)).collect();
        self.engines.keys().map(EcoString::as_str).chain(unread)
    }
}

/// A block.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its kind.
    pub kind: EcoString,
    /// Its name.
    pub name: EcoString,
    /// The block that it starts from.
    pub parent: Option<DefId>,
    /// The engine of a database.
    pub engine: Option<EcoString>,
    /// What it says.
    pub body: Body,
    /// The comment before it.
    pub doc: EcoString,
    /// Its head.
    pub span: Span,
    /// Whose it is.
    pub origin: Origin,
}

/// A tenant's declaration.
#[derive(Clone, Debug)]
pub struct TenantDeclaration {
    /// Its name.
    pub id: EcoString,
    /// Its tier.
    pub tier: Option<DefId>,
    /// Where it is declared: a block, or a row of a data file.
    pub span: Span,
    /// What it says: its own block, or a bulk and a row.
    pub source: TenantSource,
}

/// Where a tenant's facts are.
#[derive(Clone, Copy, Debug)]
pub enum TenantSource {
    /// A block of its own.
    Block(DefId),
    /// A row of a data file.
    Row {
        /// Place in [`Program::bulks`].
        bulk: u32,
        /// Place of the row.
        row: u32,
    },
}

/// `tenants from FILE: TIER { … }`
#[derive(Debug)]
pub struct Bulk {
    /// The file's name.
    pub file: EcoString,
    /// Its rows.
    pub rows: Rows,
    /// What holds for each.
    pub body: Body,
    /// The block's head.
    pub span: Span,
}

/// A workspace with all names settled.
#[derive(Debug, Default)]
pub struct Program {
    /// All names.
    pub names: Names,
    /// All blocks; a [`DefId`] is a place in it.
    pub definitions: Vec<Definition>,
    /// The `platform` block.
    pub platform: Option<DefId>,
    /// Tenants, by name.
    pub tenants: Vec<TenantDeclaration>,
    /// Data files.
    pub bulks: Vec<Bulk>,
    /// Engines.
    pub engines: BTreeMap<EcoString, Engine>,
    /// Facts of each engine, as written in its file: its layer below all others.
    pub engine_layers: BTreeMap<EcoString, Vec<Fact>>,
    /// Requirements of engines on their databases.
    pub engine_rules: BTreeMap<EcoString, Vec<RuleFact>>,
    /// Defaults of kinds and engines: a settled expression by kind (or engine) and path.
    pub defaults: FxHashMap<EcoString, FxHashMap<EcoString, Arc<Typed>>>,
    /// Schemas, by name.
    pub schemas: BTreeMap<EcoString, Schema>,
    /// Grants of roles, as written, by role.
    pub grants: Vec<(DefId, ast::Grant)>,
}

impl Program {
    /// A definition.
    #[must_use]
    pub fn definition(&self, id: DefId) -> Option<&Definition> {
        self.definitions.get(id.0 as usize)
    }

    /// The definitions of a kind, by name.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (DefId, &'a Definition)> {
        self.definitions.iter().enumerate().filter_map(move |(index, definition)| {
            let id = DefId(u32::try_from(index).unwrap_or(u32::MAX));
            let current = self.names.object(kind, &definition.name) == Some(Object::Definition(id));
            (definition.kind == kind && current).then_some((id, definition))
        })
    }

    /// Engines that a database can be of: those that isolate tenants in some way. Others are parts of them.
    pub fn stores(&self) -> impl Iterator<Item = &EcoString> {
        self.engines.values().filter(|engine| !engine.isolations.is_empty()).map(|engine| &engine.name)
    }

    /// True where a block is this one of its kind, or starts from it.
    #[must_use]
    pub fn is_a(&self, kind: &str, name: &str, ancestor: &str) -> bool {
        let Some(Object::Definition(id)) = self.names.object(kind, name) else { return name == ancestor };
        self.lineage(id).iter().filter_map(|id| self.definition(*id)).any(|known| known.name == ancestor)
    }

    /// A block and what it starts from, itself first.
    #[must_use]
    pub fn lineage(&self, id: DefId) -> Vec<DefId> {
        let mut out = vec![id];
        let mut at = id;
        while let Some(parent) = self.definition(at).and_then(|definition| definition.parent) {
            if out.contains(&parent) {
                break;
            }
            out.push(parent);
            at = parent;
        }
        out
    }
}
