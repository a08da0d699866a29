//! The order of resolving: kinds, engines, names, parents, defaults, bodies, schemas.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::facts::{self, Body};
use super::kinds;
use super::program::{Definition, Program, TenantSource};
use super::typed::{DefId, Node, Object, Typed};
use super::types::article;
use super::{load, lower, schema, sql, tables};
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::parse::ast::{self, Block, Item, Name};
use crate::source::{Origin, SourceMap, Span, World};

/// A top-level block with whose it is.
#[derive(Clone, Copy)]
pub(super) struct Top<'a> {
    pub(super) block: &'a Block,
    pub(super) origin: Origin,
}

/// Resolves a workspace, step by step.
pub(super) struct Resolver<'a> {
    pub(super) world: &'a dyn World,
    pub(super) sources: &'a mut SourceMap,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
    pub(super) program: Program,
}

impl Resolver<'_> {
    /// All steps.
    pub(super) fn run(&mut self, asts: &[(Origin, ast::Ast)]) {
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
            let mut schema = tables::read(top.block, &self.program.names, self.diagnostics);
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
pub(super) fn shorten(name: &str) -> String {
    let mut out: String = name.chars().take(40).collect();
    if out.len() < name.len() {
        out.push('…');
    }
    out
}
