//! Files → [`Program`]: every name settled, every type checked, nothing evaluated.
//!
//! 1. read the prelude, the workspace and what it `use`s;
//! 2. kinds, then engines, then the names of all blocks and tenants;
//! 3. parents, with cycles told whole;
//! 4. bodies: facts, rules, tables.
//!
//! Never fails: what is broken is told and left out.

mod cycles;
mod engines;
mod facts;
mod kinds;
mod load;
mod lower;
mod rows;
mod schema;
mod sql;
mod typed;
mod types;

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;
use petgraph::algo::toposort;
use petgraph::graphmap::DiGraphMap;
use rustc_hash::FxHashMap;

pub use cycles::told as cycle_told;
pub use engines::{Engine, EngineFile};
pub use facts::{Body, Fact, Nested, RuleFact};
pub use kinds::{Field, Kind, Setting, Shape, Variant, of_literal};
pub use load::TARGETS;
pub use lower::type_of;
pub use rows::Rows;
pub use schema::{Column, Index, Reference, Schema, Table};
pub use typed::{DefId, Function, Node, Object, Typed, Value};
pub use types::{Alternative, Type, article};

use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::parse::ast::{self, Block, Item, Name};
use crate::source::{Origin, SourceMap, Span, World};

/// All names of a workspace.
#[derive(Debug, Default)]
pub struct Names {
    kinds: BTreeMap<EcoString, Kind>,
    objects: FxHashMap<EcoString, FxHashMap<EcoString, Object>>,
    shapes: FxHashMap<EcoString, Arc<Shape>>,
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

/// Reads a workspace.
pub fn resolve(world: &dyn World, sources: &mut SourceMap, diagnostics: &mut Vec<Diagnostic>) -> Program {
    let asts = load::load(world, sources, diagnostics);
    let mut resolver = Resolver { world, sources, diagnostics, program: Program::default() };
    resolver.run(&asts);
    resolver.program
}

/// A top-level block with whose it is.
#[derive(Clone, Copy)]
struct Top<'a> {
    block: &'a Block,
    origin: Origin,
}

struct Resolver<'a> {
    world: &'a dyn World,
    sources: &'a mut SourceMap,
    diagnostics: &'a mut Vec<Diagnostic>,
    program: Program,
}

impl Resolver<'_> {
    fn run(&mut self, asts: &[(Origin, ast::Ast)]) {
        let mut tops = self.tops(asts);
        let kinds: Vec<&Block> = tops.iter().filter(|top| top.block.kind() == "kind").map(|top| top.block).collect();
        self.program.names.kinds = kinds::read_kinds(&kinds, self.diagnostics);
        tops.retain(|top| top.block.kind() != "kind");
        let (engines, tops): (Vec<Top<'_>>, Vec<Top<'_>>) =
            tops.into_iter().partition(|top| top.block.kind() == "engine");
        self.engines(&engines);
        let tops = self.known(tops);
        let defined = self.names(&tops);
        self.platform();
        let bulks = self.tenant_names(&tops);
        self.parents(&defined);
        self.defaults();
        self.bodies(&defined, &bulks);
        self.schemas(&tops);
    }

    /// Top-level blocks; anything else at the top is told.
    fn tops<'a>(&mut self, asts: &'a [(Origin, ast::Ast)]) -> Vec<Top<'a>> {
        let mut tops = Vec::new();
        for (origin, ast) in asts {
            for item in &ast.items {
                match item {
                    Item::Block(block) => tops.push(Top { block, origin: *origin }),
                    Item::Use(_) => {}
                    Item::Attribute(attribute) => self.diagnostics.push(
                        Code::Misplaced
                            .at(attribute.name.span, format!("`{}` stands outside of any block", attribute.name.text))
                            .help("put it into a block, such as `platform NAME { … }`"),
                    ),
                    Item::Field(field) => {
                        self.diagnostics.push(Code::Misplaced.at(field.span, "a column stands in a table"));
                    }
                    Item::Overlay(overlay) => {
                        self.diagnostics.push(Code::Misplaced.at(overlay.span, "an `in` stands in a block"));
                    }
                    Item::Require(require) => self
                        .diagnostics
                        .push(Code::Misplaced.at(require.span, "a `require` stands in a block or a policy")),
                    Item::Grant(grant) => {
                        self.diagnostics.push(Code::Misplaced.at(grant.span, "a grant stands in a role"));
                    }
                    Item::Rule(rule) => {
                        self.diagnostics.push(Code::Misplaced.at(rule.span, "a `for` stands in a policy"));
                    }
                    Item::Import(path) => {
                        self.diagnostics.push(Code::Misplaced.at(path.span, "an import stands in a schema"));
                    }
                }
            }
        }
        tops
    }

    /// Blocks whose kind is known and whose head has the right form.
    fn known<'a>(&mut self, tops: Vec<Top<'a>>) -> Vec<Top<'a>> {
        let kinds: Vec<EcoString> = self.program.names.kinds.keys().cloned().collect();
        let extra = ["tenants", "engine"];
        tops.into_iter()
            .filter(|top| {
                let block = top.block;
                let word = block.kind();
                let is_kind = self.program.names.kinds.contains_key(word) && !matches!(word, "table" | "column");
                if !is_kind && !extra.contains(&word) {
                    let known = kinds
                        .iter()
                        .map(EcoString::as_str)
                        .chain(extra)
                        .filter(|kind| !matches!(*kind, "table" | "column"));
                    let span = block.words.first().map_or(block.head, |first| first.span);
                    self.diagnostics.push(
                        Code::UnknownKind
                            .at(span, format!("there is no kind of block `{word}`"))
                            .maybe_help(did_you_mean(word, known)),
                    );
                    return false;
                }
                let bulk = word == "tenants";
                let well_formed = if bulk {
                    block.words.len() == 2
                        && block.words.get(1).is_some_and(|from| from.text == "from")
                        && block.title.is_some()
                        && block.parent.is_some()
                } else {
                    block.words.len() == 2 && block.title.is_none()
                };
                if !well_formed || block.value.is_some() {
                    let form = if bulk {
                        "tenants from \"file.csv\": tier { … }".to_owned()
                    } else {
                        format!("{word} NAME {{ … }}")
                    };
                    self.diagnostics.push(
                        Code::BlockForm
                            .at(block.head, format!("this is not how {} {word} block begins", article(word)))
                            .help(format!("write `{form}`")),
                    );
                    return false;
                }
                block.name().is_none_or(|name| bulk || self.good_name(name, word))
            })
            .collect()
    }

    fn good_name(&mut self, name: &Name, kind: &str) -> bool {
        let told = load::bad_name(&name.text);
        if let Some(why) = &told {
            self.diagnostics.push(
                Code::BadName
                    .at(name.span, format!("`{}` can't name {} {kind}: {why}", shorten(&name.text), article(kind)))
                    .help("use up to 63 letters a–z, digits, `_` and `-`; what people read goes into `name = \"…\"`"),
            );
        }
        told.is_none()
    }

    fn engines(&mut self, tops: &[Top<'_>]) {
        let mut graph: DiGraphMap<usize, ()> = DiGraphMap::new();
        let position = |name: &str| tops.iter().position(|top| top.block.name().is_some_and(|own| own.text == name));
        for (index, top) in tops.iter().enumerate() {
            graph.add_node(index);
            if let Some(parent) = top.block.parent.as_ref().and_then(|parent| parent.word()) {
                match position(&parent.text) {
                    Some(parent) => drop(graph.add_edge(parent, index, ())),
                    None => self
                        .diagnostics
                        .push(Code::UnknownReference.at(parent.span, format!("there is no engine `{}`", parent.text))),
                }
            }
            for name in companions(top.block.items()) {
                if let Some(other) = position(name) {
                    graph.add_edge(other, index, ());
                }
            }
        }
        let order = match toposort(&graph, None) {
            Ok(order) => order,
            Err(cycle) => {
                let place = |index: usize| {
                    tops.get(index).and_then(|top| Some((top.block.name()?.text.clone(), top.block.head)))
                };
                let told = cycles::told(
                    &graph,
                    cycle.node_id(),
                    Span::default(),
                    "engines start from each other",
                    |from, _| place(from),
                );
                self.diagnostics.push(told);
                return;
            }
        };
        let blocks: Vec<&Block> = order.into_iter().filter_map(|index| tops.get(index).map(|top| top.block)).collect();
        let Some(database) = self.program.names.kinds.get("database").cloned() else { return };
        let kinds = &self.program.names.kinds;
        self.program.engines =
            engines::read_engines(&blocks, &database, &|word| kinds.contains_key(word), self.diagnostics);
    }

    /// Gives every block its place. A workspace's block of a prelude's name starts from it.
    fn names<'a>(&mut self, tops: &[Top<'a>]) -> Vec<(DefId, &'a Block)> {
        let mut out = Vec::new();
        for top in tops {
            let block = top.block;
            if block.kind() == "tenants" {
                continue;
            }
            let Some(name) = block.name() else { continue };
            let id = DefId(u32::try_from(self.program.definitions.len()).unwrap_or(u32::MAX));
            let object = if block.kind() == "tenant" { None } else { Some(Object::Definition(id)) };
            let mut base = None;
            if let Some(object) = object {
                let there = self.program.names.objects.entry(block.kind().into()).or_default();
                if let Some(Object::Definition(first)) = there.insert(name.text.clone(), object) {
                    let first_definition = self.program.definitions.get(first.0 as usize);
                    if first_definition.is_some_and(|first| first.origin == Origin::Prelude)
                        && top.origin == Origin::Workspace
                    {
                        base = Some(first);
                    } else {
                        let first = first_definition.map(|first| first.span).unwrap_or_default();
                        self.diagnostics.push(duplicate(block.kind(), &name.text, block.head, first));
                        there.insert(
                            name.text.clone(),
                            Object::Definition(first_id(first_definition, &self.program.definitions)),
                        );
                        continue;
                    }
                }
            }
            self.program.definitions.push(Definition {
                kind: block.kind().into(),
                name: name.text.clone(),
                parent: base,
                engine: None,
                body: Body::default(),
                doc: block.doc.text.clone(),
                span: block.head,
                origin: top.origin,
            });
            out.push((id, block));
        }
        out
    }

    fn platform(&mut self) {
        let platforms: Vec<(DefId, Span)> = self
            .program
            .definitions
            .iter()
            .enumerate()
            .filter(|(_, definition)| definition.kind == "platform")
            .map(|(index, definition)| (DefId(u32::try_from(index).unwrap_or(0)), definition.span))
            .collect();
        match platforms.as_slice() {
            [] => self.diagnostics.push(
                Code::NoPlatform
                    .at(Span::default(), "this workspace has no `platform` block")
                    .help("start with `platform NAME { regions = [eu-west-1]  environments = [production] }`, or run `tenantc init`"),
            ),
            [(first, _)] => self.program.platform = Some(*first),
            [(first, span), rest @ ..] => {
                self.program.platform = Some(*first);
                for (_, other) in rest {
                    self.diagnostics.push(Code::DuplicateName.at(*other, "a workspace has one `platform`").here("again here").and(*span, "first here").help("keep one; other platforms are other workspaces"));
                }
            }
        }
    }

    /// Tenants by name, from blocks and data files. Returns data files with their blocks.
    fn tenant_names<'a>(&mut self, tops: &[Top<'a>]) -> Vec<&'a Block> {
        let mut found: Vec<TenantDeclaration> = Vec::new();
        for (index, definition) in self.program.definitions.iter().enumerate() {
            if definition.kind == "tenant" {
                let source = TenantSource::Block(DefId(u32::try_from(index).unwrap_or(0)));
                found.push(TenantDeclaration {
                    id: definition.name.clone(),
                    tier: None,
                    span: definition.span,
                    source,
                });
            }
        }
        let mut bulks = Vec::new();
        for top in tops.iter().filter(|top| top.block.kind() == "tenants") {
            let Some(title) = &top.block.title else { continue };
            let Some((name, text, base)) =
                load::data_file(self.world, self.sources, top.block.head, title, self.diagnostics)
            else {
                continue;
            };
            let rows = rows::read(&name, &text, base, title.span, self.sources, self.diagnostics);
            let bulk = u32::try_from(self.program.bulks.len()).unwrap_or(u32::MAX);
            let id_column = rows.index.get("id").copied().unwrap_or(usize::MAX);
            for (row, cells) in rows.cells.iter().enumerate() {
                let id = cells.get(id_column).cloned().unwrap_or_default();
                let span = rows.spans.get(row).copied().unwrap_or(base);
                if let Some(why) = load::bad_name(&id) {
                    let told = Code::BadName.at(
                        span,
                        format!(
                            "row {} of {name}, column `id`: `{}` can't name a tenant: {why}",
                            row + 2,
                            shorten(&id)
                        ),
                    );
                    self.diagnostics.push(told.help("use up to 63 letters a–z, digits, `_`, `-` and `.`"));
                    continue;
                }
                found.push(TenantDeclaration {
                    id,
                    tier: None,
                    span,
                    source: TenantSource::Row { bulk, row: u32::try_from(row).unwrap_or(u32::MAX) },
                });
            }
            self.program.bulks.push(Bulk { file: name, rows, body: Body::default(), span: top.block.head });
            bulks.push(top.block);
        }
        found.sort_by(|a, b| (&a.id, a.span).cmp(&(&b.id, b.span)));
        let mut tenants: Vec<TenantDeclaration> = Vec::with_capacity(found.len());
        for tenant in found {
            match tenants.last() {
                Some(last) if last.id == tenant.id => self.diagnostics.push(
                    Code::DuplicateTenant
                        .at(tenant.span, format!("there are two tenants `{}`", tenant.id))
                        .here("again here")
                        .and(last.span, "first here")
                        .help("rename or remove one of them"),
                ),
                _ => tenants.push(tenant),
            }
        }
        let index = tenants
            .iter()
            .enumerate()
            .map(|(index, tenant)| (tenant.id.clone(), Object::Tenant(u32::try_from(index).unwrap_or(u32::MAX))));
        self.program.names.objects.insert("tenant".into(), index.collect());
        self.program.tenants = tenants;
        bulks
    }

    /// What follows the colon of each block.
    fn parents(&mut self, defined: &[(DefId, &Block)]) {
        let mut graph: DiGraphMap<DefId, ()> = DiGraphMap::new();
        for (id, block) in defined {
            let wanted = match block.kind() {
                "schema" | "policy" | "role" => None,
                kind => self.program.names.kind(kind).and_then(|kind| kind.parent.clone()),
            };
            let Some(parent) = block.parent.as_ref() else {
                if matches!(block.kind(), "database" | "tenant") {
                    let what = wanted.unwrap_or_default();
                    let known: Vec<EcoString> = if what == "engine" {
                        self.program.stores().cloned().collect()
                    } else {
                        self.program.names.all(&what)
                    };
                    let told = Code::BlockForm.at(
                        block.head,
                        format!("{} {} needs {} {what}", article(block.kind()), block.kind(), article(&what)),
                    );
                    self.diagnostics.push(told.help(format!(
                        "write `{}: {} {{ … }}`",
                        self.sources.text(block.head),
                        known.first().map_or("NAME", EcoString::as_str)
                    )));
                }
                continue;
            };
            let Some(word) = parent.word() else {
                self.diagnostics.push(Code::BlockForm.at(parent.span(), "one name follows the colon"));
                continue;
            };
            let Some(wanted) = wanted else {
                self.diagnostics.push(
                    Code::BlockForm
                        .at(word.span, format!("{} {} starts from nothing", article(block.kind()), block.kind()))
                        .help("remove the colon and what follows"),
                );
                continue;
            };
            if wanted == "engine" {
                self.database_engine(*id, word);
                continue;
            }
            match self.program.names.object(&wanted, &word.text) {
                Some(Object::Definition(other)) if other != *id => {
                    self.set_parent(*id, other);
                    graph.add_edge(*id, other, ());
                }
                Some(_) => {}
                None => {
                    let all = self.program.names.all(&wanted);
                    let near = did_you_mean(&word.text, all.iter().map(EcoString::as_str));
                    self.diagnostics.push(
                        Code::UnknownReference
                            .at(word.span, format!("there is no {wanted} `{}`", word.text))
                            .maybe_help(near),
                    );
                }
            }
        }
        if let Err(cycle) = toposort(&graph, None) {
            let place = |id: DefId| defined.iter().find(|(other, _)| *other == id).map(|(_, block)| block);
            let told =
                cycles::told(&graph, cycle.node_id(), Span::default(), "these start from each other", |from, _| {
                    place(from).and_then(|block| {
                        Some((
                            block.name()?.text.clone(),
                            block.parent.as_ref().map_or(block.head, ast::TypeExpr::span),
                        ))
                    })
                });
            self.diagnostics.push(told.help("one of them must start from nothing, or from something else"));
            for (id, _) in defined {
                if let Some(definition) = self
                    .program
                    .definitions
                    .get_mut(id.0 as usize)
                    .filter(|definition| definition.origin == Origin::Workspace)
                {
                    definition.parent = None;
                }
            }
        }
        self.tenant_tiers(defined);
    }

    /// A block of a prelude's name keeps the prelude's body below its own, and its stated parent below that.
    fn set_parent(&mut self, id: DefId, parent: DefId) {
        let base = self.program.definition(id).and_then(|definition| definition.parent);
        let at = match base {
            Some(base)
                if self.program.definition(base).is_some_and(|base| {
                    base.origin == Origin::Prelude
                        && self.program.definition(id).is_some_and(|own| own.name == base.name)
                }) =>
            {
                base
            }
            _ => id,
        };
        if let Some(definition) = self.program.definitions.get_mut(at.0 as usize) {
            definition.parent = Some(parent);
        }
    }

    fn database_engine(&mut self, id: DefId, word: &Name) {
        if self.program.stores().any(|store| *store == word.text) {
            if let Some(definition) = self.program.definitions.get_mut(id.0 as usize) {
                definition.engine = Some(word.text.clone());
                let shape =
                    self.program.engines.get(&word.text).map(|engine| Arc::clone(&engine.shape)).unwrap_or_default();
                self.program.names.shapes.insert(definition.name.clone(), shape);
            }
        } else {
            let near = did_you_mean(&word.text, self.program.stores().map(EcoString::as_str));
            self.diagnostics.push(
                Code::UnknownReference.at(word.span, format!("there is no engine `{}`", word.text)).maybe_help(near),
            );
        }
    }

    fn tenant_tiers(&mut self, defined: &[(DefId, &Block)]) {
        let tiers: FxHashMap<DefId, DefId> = defined
            .iter()
            .filter(|(_, block)| block.kind() == "tenant")
            .filter_map(|(id, _)| Some((*id, self.program.definition(*id)?.parent?)))
            .collect();
        for tenant in &mut self.program.tenants {
            if let TenantSource::Block(id) = tenant.source {
                tenant.tier = tiers.get(&id).copied();
            }
        }
    }

    /// Defaults of fields, settled in the scope of their kind or engine.
    fn defaults(&mut self) {
        let mut all: FxHashMap<EcoString, FxHashMap<EcoString, Arc<Typed>>> = FxHashMap::default();
        let names = &self.program.names;
        let kinds = names.kinds.values().map(|kind| (&kind.name, &kind.shape, &kind.defaults));
        let engines = self.program.engines.values().map(|engine| (&engine.name, &engine.shape, &engine.defaults));
        for (name, shape, defaults) in kinds.chain(engines) {
            let into = all.entry(name.clone()).or_default();
            for (path, expr) in defaults {
                let Some(field) = shape.get(path) else { continue };
                let mut lowering =
                    lower::Lowering { names, scopes: vec![shape], row: false, diagnostics: self.diagnostics };
                if let Some(value) = lowering.lower(expr, &field.ty) {
                    into.insert(path.clone(), Arc::new(value));
                }
            }
        }
        let mut layers = BTreeMap::new();
        let mut rules = BTreeMap::new();
        let database = names.kinds.get("database").cloned();
        for (name, engine) in self.program.engines.iter().filter(|(_, engine)| !engine.isolations.is_empty()) {
            let Some(kind) = &database else { continue };
            let mut reader =
                facts::BodyReader { names, diagnostics: self.diagnostics, row: false, overlay_kind: "profile" };
            let mut body = Body::default();
            for (prefix, items) in &engine.layers {
                let wrapped;
                let items = if prefix.is_empty() {
                    items
                } else {
                    wrapped = companion_items(prefix, items);
                    &wrapped
                };
                let read = reader.read(kind, &engine.shape, items);
                body.facts.extend(read.facts);
                body.rules.extend(read.rules);
            }
            layers.insert(name.clone(), body.facts);
            rules.insert(name.clone(), body.rules);
        }
        self.program.defaults = all;
        self.program.engine_layers = layers;
        self.program.engine_rules = rules;
    }

    fn bodies(&mut self, defined: &[(DefId, &Block)], bulks: &[&Block]) {
        for (id, block) in defined {
            let kind = match block.kind() {
                "schema" => continue,
                "role" => {
                    self.role(*id, block);
                    continue;
                }
                kind => self.program.names.kind(kind).cloned(),
            };
            let Some(kind) = kind else { continue };
            let shape = match self.program.definition(*id).and_then(|definition| definition.engine.clone()) {
                Some(engine) => {
                    self.program.engines.get(&engine).map(|engine| Arc::clone(&engine.shape)).unwrap_or_default()
                }
                None if block.kind() == "database" => continue,
                None => Arc::clone(&kind.shape),
            };
            let mut reader = facts::BodyReader {
                names: &self.program.names,
                diagnostics: self.diagnostics,
                row: false,
                overlay_kind: "environment",
            };
            let body = reader.read(&kind, &shape, block.items());
            if let Some(definition) = self.program.definitions.get_mut(id.0 as usize) {
                definition.body = body;
            }
        }
        let Some(kind) = self.program.names.kind("tenant").cloned() else { return };
        for (index, block) in bulks.iter().enumerate() {
            let mut reader = facts::BodyReader {
                names: &self.program.names,
                diagnostics: self.diagnostics,
                row: true,
                overlay_kind: "environment",
            };
            let body = reader.read(&kind, &kind.shape, block.items());
            self.columns(index, &body);
            let tier = block.parent.as_ref().and_then(ast::TypeExpr::word).and_then(|word| {
                match self.program.names.object("tier", &word.text) {
                    Some(Object::Definition(tier)) => Some(tier),
                    _ => {
                        let all = self.program.names.all("tier");
                        let near = did_you_mean(&word.text, all.iter().map(EcoString::as_str));
                        self.diagnostics.push(
                            Code::UnknownReference
                                .at(word.span, format!("there is no tier `{}`", word.text))
                                .maybe_help(near),
                        );
                        None
                    }
                }
            });
            for tenant in &mut self.program.tenants {
                if matches!(tenant.source, TenantSource::Row { bulk, .. } if bulk as usize == index) {
                    tenant.tier = tier;
                }
            }
            if let Some(bulk) = self.program.bulks.get_mut(index) {
                bulk.body = body;
            }
        }
    }

    /// Columns that a bulk's body names must be in its file.
    fn columns(&mut self, bulk: usize, body: &Body) {
        let Some(bulk) = self.program.bulks.get(bulk) else { return };
        let all = body.facts.iter().chain(body.nested.iter().flat_map(|nested| &nested.facts));
        for fact in all {
            each_column(&fact.value, &mut |column, span| {
                if !bulk.rows.index.contains_key(column) && !bulk.rows.columns.is_empty() {
                    let near = did_you_mean(column, bulk.rows.columns.iter().map(EcoString::as_str));
                    self.diagnostics.push(
                        Code::UnknownName.at(span, format!("{} has no column `{column}`", bulk.file)).maybe_help(near),
                    );
                }
            });
        }
    }

    fn role(&mut self, id: DefId, block: &Block) {
        for item in block.items() {
            match item {
                Item::Grant(grant) => self.program.grants.push((id, grant.clone())),
                _ => self.diagnostics.push(
                    Code::Misplaced.at(block.head, "a role holds grants").help("write `grant read, write on table`"),
                ),
            }
        }
    }

    fn schemas(&mut self, tops: &[Top<'_>]) {
        for top in tops.iter().filter(|top| top.block.kind() == "schema") {
            let mut schema = schema::read(top.block, &self.program.names, self.diagnostics);
            for import in schema.imports.clone() {
                if let Some((name, text, base)) =
                    load::data_file(self.world, self.sources, top.block.head, &import, self.diagnostics)
                {
                    sql::import(&name, &text, base, &mut schema, self.diagnostics);
                }
            }
            schema::settle(&mut schema, self.diagnostics);
            self.program.schemas.entry(schema.name.clone()).or_insert(schema);
        }
    }
}

fn duplicate(kind: &str, name: &str, again: Span, first: Span) -> Diagnostic {
    Code::DuplicateName
        .at(again, format!("there are two {kind}s `{name}`"))
        .here("again here")
        .and(first, "first here")
        .help("rename or remove one of them")
}

fn first_id(first: Option<&Definition>, all: &[Definition]) -> DefId {
    let place = first.and_then(|first| all.iter().position(|other| std::ptr::eq(other, first)));
    DefId(u32::try_from(place.unwrap_or(0)).unwrap_or(0))
}

/// Engines whose settings a block of this engine takes over.
fn companions(items: &[Item]) -> Vec<&str> {
    let mut out = Vec::new();
    for item in items {
        if let Item::Block(block) = item
            && block.kind() == "block"
        {
            for inner in block.items() {
                if let Item::Attribute(attribute) = inner
                    && attribute.name.text == "engine"
                    && let ast::Node::Name(name) = &attribute.value.node
                {
                    out.push(name.as_str());
                }
            }
        }
    }
    out
}

/// A companion's items, put into its group: `settings { … }` becomes `pool { settings { … } }`.
fn companion_items(prefix: &str, items: &[Item]) -> Vec<Item> {
    let span = Span::default();
    let body: Vec<Item> = items.iter().filter(|item| matches!(item, Item::Block(_))).cloned().collect();
    vec![Item::Block(Block {
        doc: ast::Doc::default(),
        words: vec![Name { text: prefix.into(), span }],
        title: None,
        parent: None,
        value: None,
        body: Some(body),
        head: span,
        span,
    })]
}

/// Calls `found` for each column of the data row that an expression names.
fn each_column(value: &Typed, found: &mut impl FnMut(&EcoString, Span)) {
    match &value.node {
        Node::Row(column) => found(column, value.span),
        Node::Value(_) | Node::Field { .. } => {}
        Node::Of(inner, _) | Node::Not(inner) | Node::Minus(inner) => each_column(inner, found),
        Node::Text(parts) | Node::List(parts) | Node::Call(_, parts) | Node::Make(_, parts) => {
            for part in parts {
                each_column(part, found);
            }
        }
        Node::Binary(_, left, right) => {
            each_column(left, found);
            each_column(right, found);
        }
        Node::If(condition, yes, no) => {
            each_column(condition, found);
            each_column(yes, found);
            each_column(no, found);
        }
        Node::Each(_, list, inner) => {
            each_column(list, found);
            if let Some(inner) = inner {
                each_column(inner, found);
            }
        }
    }
}

/// A name for a message, cut when it is very long.
fn shorten(name: &str) -> String {
    let mut out: String = name.chars().take(40).collect();
    if out.len() < name.len() {
        out.push('…');
    }
    out
}
