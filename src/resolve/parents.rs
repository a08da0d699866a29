//! What follows the colon of each block, and who the tenants are.

use std::sync::Arc;

use ecow::EcoString;
use petgraph::algo::toposort;
use petgraph::graphmap::DiGraphMap;
use rustc_hash::FxHashMap;

use super::facts::Body;
use super::program::{Bulk, TenantDeclaration, TenantSource};
use super::resolver::{Resolver, Top, shorten};
use super::typed::{DefId, Object};
use super::types::article;
use super::{cycles, load, rows};
use crate::diag::{Code, did_you_mean};
use crate::parse::ast::{self, Block, Name};
use crate::source::{Origin, Span};

impl Resolver<'_> {
    /// Tenants by name, from blocks and data files. Returns data files with their blocks.
    pub(super) fn tenant_names<'a>(&mut self, tops: &[Top<'a>]) -> Vec<&'a Block> {
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
    pub(super) fn parents(&mut self, defined: &[(DefId, &Block)]) {
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
            // Names with an underscore are parts of engines.
            let unread = self.program.names.engines().filter(|name| !name.contains('_'));
            let near = did_you_mean(&word.text, self.program.stores().map(EcoString::as_str).chain(unread));
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
}
