//! `engine` blocks → [`Engine`]s: versions, files, fields and settings of a database, parents merged in.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::kinds::{Facts, Kind, literal, read_type};
use super::shape::{ANY, Field, Setting, Shape, Variant};
use super::typed::Value;
use super::types::{Alternative, Type};
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::model::{Isolation, names};
use crate::parse::ast::{Attribute, Block, Expr, Item, Node};
use crate::source::Span;

/// A file that an engine reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EngineFile {
    /// Its name.
    pub name: EcoString,
    /// How settings are written in it: `conf`, `ini`, …
    pub format: EcoString,
    /// Group of the settings that go into it: `settings`, `pool.settings`.
    pub settings: EcoString,
    /// Section that they stand in, in formats that have sections.
    pub section: EcoString,
    /// How sizes and durations are written in it; bare numbers of each setting's raw unit when empty.
    pub units: EcoString,
    /// The fact that must hold for it to be written; always when empty.
    pub only_with: EcoString,
}

/// A kind of database.
#[derive(Clone, Debug)]
pub struct Engine {
    /// Its name.
    pub name: EcoString,
    /// Itself and the engines it starts from.
    pub lineage: Vec<EcoString>,
    /// What people call it.
    pub title: EcoString,
    /// Versions that are known, oldest first.
    pub versions: Vec<EcoString>,
    /// The version that is used when none is said.
    pub default_version: EcoString,
    /// Kinds of isolation it can give.
    pub isolations: Vec<EcoString>,
    /// Kinds of isolation that only some editions give, with those editions.
    pub sold: Vec<(EcoString, Vec<EcoString>)>,
    /// Kinds of blocks that only some editions have, with those editions: `watch`.
    pub licensed: Vec<(EcoString, Vec<EcoString>)>,
    /// Kinds of isolation whose tenants log in as themselves.
    pub logins: Vec<EcoString>,
    /// Those of its lineage that have versions of their own.
    pub versioned: Vec<EcoString>,
    /// Where it listens.
    pub port: i64,
    /// The longest name of a database, a schema or a role, in bytes.
    pub name_length: usize,
    /// Such names have `-` where others have `_`.
    pub name_dashes: bool,
    /// Tenants with a schema or a database of their own that one instance takes without complaint; 0 where it says nothing.
    pub own_places: i64,
    /// Tables of such tenants together, likewise.
    pub own_tables: i64,
    /// Extensions that are known.
    pub extensions: Vec<EcoString>,
    /// Files it reads.
    pub files: Vec<EngineFile>,
    /// Facts of a database of this engine: the kind's, the engine's own, its settings.
    pub shape: Arc<Shape>,
    /// Fields with defaults, still to be settled.
    pub defaults: Vec<(EcoString, Expr)>,
    /// Items that are facts about a database (formulas, values by profile), parents first; and the path they stand under.
    pub layers: Vec<(EcoString, Vec<Item>)>,
    /// Where it is declared.
    pub span: Span,
    /// The comment before it.
    pub doc: EcoString,
}

/// Attributes of an engine itself; any other attribute is a fact about its databases.
const OWN: [&str; 11] = [
    "title",
    "versions",
    "default_version",
    "isolations",
    "logins",
    "port",
    "extensions",
    "name_length",
    "name_dashes",
    "own_places",
    "own_tables",
];

impl Engine {
    /// Whether tenants can be kept apart in this way, in this edition; in any, where the edition is not known.
    #[must_use]
    pub fn keeps_apart(&self, isolation: Isolation, edition: Option<&str>) -> bool {
        let word = isolation.word();
        self.isolations.iter().any(|known| known == word)
            && self
                .sold
                .iter()
                .filter(|(known, _)| known == word)
                .all(|(_, editions)| edition.is_none_or(|edition| editions.iter().any(|sold| sold == edition)))
    }

    /// The least closed way that is at least this one.
    #[must_use]
    pub fn at_least(&self, isolation: Isolation, edition: Option<&str>) -> Option<Isolation> {
        Isolation::ALL.into_iter().find(|one| *one >= isolation && self.keeps_apart(*one, edition))
    }
    /// The engine by whose versions a setting comes and goes, that was declared in one of this engine's line.
    #[must_use]
    pub fn era(&self, declared_in: &str) -> &str {
        let mut since = self.lineage.iter().rev().skip_while(|name| *name != declared_in);
        since.find(|name| self.versioned.contains(name)).map_or(self.name.as_str(), EcoString::as_str)
    }

    /// The oldest engine of its line that has versions: `postgresql` for what is made of it.
    #[must_use]
    pub fn family(&self) -> &str {
        self.lineage
            .iter()
            .rev()
            .find(|name| self.versioned.contains(name))
            .map_or(self.name.as_str(), EcoString::as_str)
    }
}

/// All engines, with what they have from their parents. `order` lists blocks with parents first.
pub fn read_engines(
    order: &[&Block],
    database: &Kind,
    kinds: &dyn Fn(&str) -> bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<EcoString, Engine> {
    let mut engines: BTreeMap<EcoString, Engine> = BTreeMap::new();
    for block in order {
        let Some(name) = block.name() else { continue };
        let parent = block.parent.as_ref().and_then(|parent| parent.word()).map(|word| word.text.clone());
        // A workspace's block of the same name adds to the one of the prelude.
        let base = engines.remove(&name.text).or_else(|| parent.and_then(|parent| engines.get(&parent).cloned()));
        let mut engine = base.unwrap_or_else(|| Engine {
            name: name.text.clone(),
            lineage: Vec::new(),
            title: name.text.clone(),
            versions: Vec::new(),
            default_version: EcoString::new(),
            isolations: Vec::new(),
            sold: Vec::new(),
            licensed: Vec::new(),
            logins: ["schema", "database", "cluster"].map(EcoString::from).to_vec(),
            versioned: Vec::new(),
            port: 0,
            name_length: names::SQL_LIMIT,
            name_dashes: false,
            own_places: 0,
            own_tables: 0,
            extensions: Vec::new(),
            files: Vec::new(),
            shape: Arc::clone(&database.shape),
            defaults: Vec::new(),
            layers: Vec::new(),
            span: block.head,
            doc: EcoString::new(),
        });
        engine.name = name.text.clone();
        if !engine.lineage.contains(&name.text) {
            engine.lineage.insert(0, name.text.clone());
        }
        if Facts::of(block.items()).expr("versions").is_some() && !engine.versioned.contains(&name.text) {
            engine.versioned.push(name.text.clone());
        }
        engine.span = block.head;
        engine.doc = block.doc.text.clone();
        let known = engines.clone();
        let mut reader = Reader { engine: &mut engine, engines: &known, kinds, diagnostics };
        reader.read(block);
        engines.insert(name.text.clone(), engine);
    }
    engines
}

struct Reader<'a> {
    engine: &'a mut Engine,
    engines: &'a BTreeMap<EcoString, Engine>,
    kinds: &'a dyn Fn(&str) -> bool,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn read(&mut self, block: &Block) {
        let facts = Facts::of(block.items());
        let title = facts.word("title");
        if !title.is_empty() {
            self.engine.title = title;
        }
        if facts.expr("versions").is_some() {
            self.engine.versions = facts.words("versions");
        }
        if let Some(last) = self.engine.versions.last() {
            let said = facts.word("default_version");
            self.engine.default_version = if said.is_empty() { last.clone() } else { said };
        }
        if facts.expr("isolations").is_some() {
            self.engine.isolations = facts.words("isolations");
        }
        if facts.expr("logins").is_some() {
            self.engine.logins = facts.words("logins");
        }
        self.engine.extensions.extend(facts.words("extensions"));
        if let Some(Value::Int(port)) = facts.value("port") {
            self.engine.port = port;
        }
        if let Some(Value::Int(length)) = facts.value("name_length") {
            self.engine.name_length = usize::try_from(length).unwrap_or(names::SQL_LIMIT);
        }
        if let Some(Value::Bool(dashes)) = facts.value("name_dashes") {
            self.engine.name_dashes = dashes;
        }
        if let Some(Value::Int(places)) = facts.value("own_places") {
            self.engine.own_places = places;
        }
        if let Some(Value::Int(tables)) = facts.value("own_tables") {
            self.engine.own_tables = tables;
        }
        let mut shape = (*self.engine.shape).clone();
        shape.kind = eco_format!("{} database", self.engine.name);
        shape.add_group("settings".into(), block.head);
        let mut layer = Vec::new();
        self.items(block.items(), "", &mut shape, &mut layer);
        self.engine.shape = Arc::new(shape);
        self.engine.layers.push((EcoString::new(), layer));
    }

    fn items(&mut self, items: &[Item], prefix: &str, shape: &mut Shape, layer: &mut Vec<Item>) {
        for item in items {
            match item {
                Item::Attribute(attribute) if prefix.is_empty() && OWN.contains(&attribute.name.text.as_str()) => {}
                Item::Attribute(attribute) if attribute.name.text == "engine" && !prefix.is_empty() => {
                    self.companion(attribute, prefix, shape);
                }
                Item::Attribute(attribute) if attribute.name.text == "edition" && prefix.ends_with(".NAME.") => {
                    let kind = EcoString::from(prefix.trim_end_matches(".NAME."));
                    self.engine.licensed.retain(|(known, _)| *known != kind);
                    self.engine.licensed.push((kind, Facts::of(items).words("edition")));
                }
                Item::Field(field) => {
                    let path = eco_format!("{prefix}{}", field.name.text);
                    let ty = match read_type(&field.ty, self.kinds) {
                        Ok(ty) => ty,
                        Err(told) => {
                            self.diagnostics.push(told);
                            continue;
                        }
                    };
                    let facts = Facts::of(field.body.as_deref().unwrap_or_default());
                    if let Some(value) = &field.value {
                        self.engine.defaults.push((path.clone(), value.clone()));
                    }
                    let range = (facts.value("min"), facts.value("max"));
                    let (doc, span, required) =
                        (field.doc.text.clone(), field.name.span, facts.word("required") == "true");
                    shape.add(Field { required, range, ..Field::new(path, ty, doc, span) });
                }
                Item::Block(block) => self.block(block, prefix, shape, layer),
                Item::Attribute(_) | Item::Overlay(_) | Item::Require(_) => layer.push(item.clone()),
                Item::Grant(_) | Item::Rule(_) | Item::Use(_) | Item::Import(_) => {
                    self.diagnostics.push(
                        Code::Misplaced.at(self.engine.span, "an engine holds facts, fields, settings and files"),
                    );
                }
            }
        }
    }

    fn block(&mut self, block: &Block, prefix: &str, shape: &mut Shape, layer: &mut Vec<Item>) {
        match block.kind() {
            "setting" if prefix.is_empty() => self.setting(block, shape, layer),
            "file" if prefix.is_empty() => {
                let facts = Facts::of(block.items());
                let name = block.title.as_ref().map(|title| title.text.clone()).unwrap_or_default();
                let settings =
                    Some(facts.word("settings")).filter(|word| !word.is_empty()).unwrap_or_else(|| "settings".into());
                self.engine.files.retain(|file| file.name != name);
                self.engine.files.push(EngineFile {
                    name,
                    format: facts.word("format"),
                    settings,
                    section: facts.word("section"),
                    units: facts.word("units"),
                    only_with: facts.word("only_with"),
                });
            }
            "isolation" if prefix.is_empty() => {
                let Some(name) = block.name() else { return };
                let editions = Facts::of(block.items()).words("edition");
                self.engine.sold.retain(|(known, _)| *known != name.text);
                self.engine.sold.push((name.text.clone(), editions));
            }
            "block" if block.words.len() == 3 && block.words.last().is_some_and(|word| word.text == ANY) => {
                let Some(word) = block.words.get(1) else { return };
                let path = eco_format!("{prefix}{}.{ANY}", word.text);
                shape.add_named(path.clone(), block.doc.text.clone(), block.head);
                self.items(block.items(), &format!("{path}."), shape, layer);
            }
            "block" if block.words.len() == 2 => {
                let Some(name) = block.name() else { return };
                let path = eco_format!("{prefix}{}", name.text);
                shape.add_group(path.clone(), block.head);
                self.items(block.items(), &format!("{path}."), shape, layer);
            }
            _ => layer.push(Item::Block(block.clone())),
        }
    }

    /// `block pool { engine = pgbouncer … }`: the group has another engine's settings, and that engine's formulas.
    fn companion(&mut self, attribute: &Attribute, prefix: &str, shape: &mut Shape) {
        let Node::Name(name) = &attribute.value.node else { return };
        let Some(other) = self.engines.get(name) else {
            let near = did_you_mean(name, self.engines.keys().map(EcoString::as_str));
            self.diagnostics.push(
                Code::UnknownReference
                    .at(attribute.value.span, format!("there is no engine `{name}`"))
                    .maybe_help(near),
            );
            return;
        };
        shape.add_group(eco_format!("{prefix}settings"), attribute.name.span);
        for field in other.shape.fields().filter(|field| field.setting.is_some()) {
            let path = eco_format!("{prefix}{}", field.path);
            let (ty, doc, setting) = (field.ty.clone(), field.doc.clone(), field.setting.clone());
            shape.add(Field { setting, ..Field::new(path, ty, doc, field.span) });
        }
        let own: Vec<Item> = other.layers.iter().flat_map(|(_, items)| items.iter().cloned()).collect();
        self.engine.layers.push((prefix.trim_end_matches('.').into(), own));
    }

    fn setting(&mut self, block: &Block, shape: &mut Shape, layer: &mut Vec<Item>) {
        let Some(name) = block.name() else { return };
        let path = eco_format!("settings.{}", name.text);
        if let Some(ty) = &block.parent {
            match read_type(ty, self.kinds) {
                Ok(ty) => self.declare(block, name.text.clone(), ty, path.clone(), shape),
                Err(told) => self.diagnostics.push(told),
            }
        } else if let Some(field) = shape.get(&path) {
            let (ty, setting) = (field.ty.clone(), field.setting.clone());
            let doc = if block.doc.text.is_empty() { field.doc.clone() } else { block.doc.text.clone() };
            shape.add(Field { setting, ..Field::new(path, ty, doc, name.span) });
        } else {
            let near = did_you_mean(&name.text, shape.names_in("settings."));
            self.diagnostics.push(
                Code::UnknownSetting
                    .at(name.span, format!("{} has no setting `{}`", self.engine.name, name.text))
                    .maybe_help(near),
            );
            return;
        }
        if let Some(value) = &block.value {
            let attribute =
                Attribute { doc: block.doc.clone(), name: name.clone(), value: value.clone(), is_final: false };
            let mut group = block.clone();
            group.words = vec![crate::parse::ast::Name { text: "settings".into(), span: name.span }];
            group.parent = None;
            group.value = None;
            group.body = Some(vec![Item::Attribute(attribute)]);
            layer.push(Item::Block(group));
        }
    }

    fn declare(&mut self, block: &Block, name: EcoString, ty: Type, path: EcoString, shape: &mut Shape) {
        let facts = Facts::of(block.items());
        let optional = |key: &str| Some(facts.word(key)).filter(|word| !word.is_empty());
        let variant = Variant {
            since: optional("since"),
            until: optional("until"),
            ty: ty.clone(),
            unit: facts.value("unit"),
            range: (facts.value("min"), facts.value("max")),
            editions: facts.words("edition"),
            default: facts.expr("default").and_then(literal),
            change: optional("change").unwrap_or_else(|| "restart".into()),
            group: facts.word("group"),
            see: facts.word("see"),
            instead: facts.word("instead"),
            span: block.head,
        };
        let mut variants = shape
            .get(&path)
            .and_then(|field| field.setting.clone())
            .map(|setting| setting.variants.clone())
            .unwrap_or_default();
        variants.push(variant);
        let ty = variants
            .iter()
            .skip(1)
            .fold(variants.first().map_or(ty, |first| first.ty.clone()), |all, one| union(all, &one.ty));
        let doc = block.doc.text.clone();
        let setting = Some(Arc::new(Setting { name, engine: self.engine.name.clone(), variants }));
        shape.add(Field { setting, ..Field::new(path, ty, doc, block.head) });
    }
}

/// What fits one or the other.
fn union(left: Type, right: &Type) -> Type {
    if left == *right {
        return left;
    }
    let parts = |ty: &Type| match ty {
        Type::Choice(all) => all.to_vec(),
        other => vec![Alternative::Of(other.clone())],
    };
    let mut all = parts(&left);
    for one in parts(right) {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    Type::Choice(all.into())
}
