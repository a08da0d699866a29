//! Seeds → [`Instance`]s: facts and settings of running databases, each with where it came from.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::tenants::Known;
use super::{Candidate, Evaluator, Found, Layers, Seed, rules, versions};
use crate::diag::{Code, Diagnostic, all_of, did_you_mean};
use crate::model::{Instance, Isolation, Origin, Placement, SettingValue, Sourced, SqlNames, names};
use crate::resolve::{ANY, DefId, Engine, Field, Node, Object, Program, Setting, Value, Variant, matches};
use crate::source::{SourceMap, Span};

/// A setting that is looked for.
struct Wanted<'a> {
    object: Object,
    field: &'a Field,
    setting: &'a Setting,
    path: &'a str,
}

/// Makes the instances of an environment.
pub struct Maker<'a> {
    /// The program.
    pub program: &'a Program,
    /// For the text of formulas.
    pub sources: &'a SourceMap,
    /// The environment.
    pub environment: DefId,
    /// Its seeds.
    pub seeds: &'a [Seed],
    /// Its tenants, and the place of each in them by its place in the program.
    pub tenants: &'a [Known],
    /// Place in `tenants` by place in the program.
    pub places: &'a FxHashMap<u32, u32>,
}

impl Maker<'_> {
    /// Instances in the order of the seeds; none for one whose facts are broken.
    pub fn all(&self, diagnostics: &mut Vec<Diagnostic>) -> Vec<Option<Instance>> {
        let numbers: Vec<u32> = (0..u32::try_from(self.seeds.len()).unwrap_or(u32::MAX)).collect();
        let chunks: Vec<(Vec<Option<Instance>>, Vec<Diagnostic>)> = numbers
            .par_chunks(16)
            .map(|chunk| {
                let evaluator = Evaluator::new(self.program, Some(self.environment), self.seeds);
                let formulas = RefCell::new(FxHashMap::default());
                let made = chunk.iter().map(|&number| self.instance(&evaluator, &formulas, number)).collect();
                (made, evaluator.diagnostics.into_inner())
            })
            .collect();
        let mut out = Vec::with_capacity(self.seeds.len());
        for (made, told) in chunks {
            out.extend(made);
            diagnostics.extend(told);
        }
        out
    }

    fn instance(
        &self,
        evaluator: &Evaluator<'_>,
        formulas: &RefCell<FxHashMap<Span, EcoString>>,
        number: u32,
    ) -> Option<Instance> {
        let seed = self.seeds.get(number as usize)?;
        let database = self.program.definition(seed.database)?;
        let engine = database.engine.as_ref().and_then(|engine| self.program.engines.get(engine))?;
        let object = Object::Instance(number);
        let version = self.version(evaluator, object, engine, database.span)?;
        let mut facts = BTreeMap::new();
        let mut settings: BTreeMap<EcoString, Vec<SettingValue>> = BTreeMap::new();
        let mut missing = Vec::new();
        for (field, path) in places(engine, &evaluator.instance_layers(number)) {
            if let Some(setting) = &field.setting {
                let wanted = Wanted { object, field, setting, path: &path };
                if let Some((group, value)) = self.setting(evaluator, &wanted, engine, &version, formulas) {
                    settings.entry(group).or_default().push(value);
                }
                continue;
            }
            evaluator.finals(object, &path);
            let Ok(found) = evaluator.found(object, &path) else { continue };
            if found.value == Value::Nothing {
                if field.required {
                    missing.push(path);
                }
                continue;
            }
            let origin = origin(&found, field.span);
            facts.insert(path, Sourced { value: found.value, origin });
        }
        self.missing(evaluator, number, &missing, &database.name, database.span);
        // Rules about what is missing would tell the same fault again.
        if missing.is_empty() {
            rules::instance(evaluator, number);
        }
        let schema = facts.get("schema").map(|schema| eco_format!("{}", schema.value));
        let names = sql_names(database, schema.clone());
        let identifier = evaluator.identifier(number)?;
        let placements = self.placements(evaluator, seed, &names, engine);
        evaluator.forget(number);
        Some(Instance {
            database: database.name.clone(),
            engine: engine.name.clone(),
            engine_version: version.clone(),
            identifier,
            family: engine.family().into(),
            family_version: match engine.family() {
                own if own == engine.name => version.clone(),
                family => facts.get(family).map(|own| eco_format!("{}", own.value)).unwrap_or_default(),
            },
            port: engine.port,
            schema,
            facts,
            settings,
            placements,
            names,
            files: engine.files.clone(),
            span: database.span,
        })
    }

    /// Tells what a database lacks, once for each block of it.
    fn missing(&self, evaluator: &Evaluator<'_>, number: u32, paths: &[EcoString], database: &str, span: Span) {
        let mut blocks: BTreeMap<&str, (Span, Vec<&str>)> = BTreeMap::new();
        for path in paths {
            let block = path.rsplit_once('.').and_then(|(block, name)| {
                let said = evaluator.instance_layers(number).of(block).next().map(|there| there.fact.span)?;
                Some((block, said, name))
            });
            let (block, at, name) = block.unwrap_or(("", span, path));
            blocks.entry(block).or_insert_with(|| (at, Vec::new())).1.push(name);
        }
        for (block, (at, names)) in blocks {
            let whole = |name: &&str| if block.is_empty() { (*name).to_owned() } else { format!("{block}.{name}") };
            let example = |name: &&str| format!("`{name} = {}`", if *name == "memory" { "8GiB" } else { "…" });
            let whole: Vec<String> = names.iter().map(whole).collect();
            let examples: Vec<String> = names.iter().map(example).collect();
            let message = format!("database {database} has no {}", all_of(&whole));
            evaluator.tell(Code::MissingAttribute.at(at, message).help(format!("add {}", all_of(&examples))));
        }
    }

    fn version(&self, evaluator: &Evaluator<'_>, object: Object, engine: &Engine, span: Span) -> Option<EcoString> {
        let found = evaluator.found(object, "version").ok()?;
        if found.value == Value::Nothing {
            return Some(engine.default_version.clone());
        }
        let version = eco_format!("{}", found.value);
        if engine.versions.contains(&version) {
            return Some(version);
        }
        let at = found.from.as_ref().map_or(span, |from| from.fact.value.span);
        let near = did_you_mean(&version, engine.versions.iter().map(EcoString::as_str));
        evaluator
            .tell(Code::UnknownVersion.at(at, format!("{} {version} is not known", engine.title)).maybe_help(near));
        None
    }

    /// A setting that somebody sets, with its group.
    fn setting(
        &self,
        evaluator: &Evaluator<'_>,
        wanted: &Wanted<'_>,
        engine: &Engine,
        version: &EcoString,
        formulas: &RefCell<FxHashMap<Span, EcoString>>,
    ) -> Option<(EcoString, SettingValue)> {
        let Wanted { object, field, setting, path } = *wanted;
        // Most settings are said by nobody: the engine's own default holds, and nothing is printed.
        evaluator.instance_layers(number(object)).of(path).next()?;
        evaluator.finals(object, path);
        let found = evaluator.found(object, path).ok()?;
        if found.value == Value::Nothing {
            return None;
        }
        // A group may stand in a block with a name of the user's.
        let inside = field.path.strip_suffix(setting.name.as_str())?.matches('.').count();
        let (at, _) = path.match_indices('.').nth(inside.checked_sub(1)?)?;
        let (group, name) = (path.get(..at)?, path.get(at + 1..)?);
        let text = |path: &str| {
            engine.shape.get(path)?;
            evaluator.value(object, path).ok().map(|value| eco_format!("{value}"))
        };
        // A companion may have a version of its own.
        let own = group.strip_suffix(".settings").and_then(|companion| text(&format!("{companion}.version")));
        // What an engine is made of comes and goes by its own versions, said in the fact of its name.
        let era = engine.era(&setting.engine);
        let own = own.or_else(|| if era == engine.name { None } else { text(era) });
        let variant = variant(setting, own.as_ref().unwrap_or(version), text("edition").as_deref());
        let from_language = found.from.as_ref().is_some_and(|from| from.layer.is_usual());
        // A formula of the language's own is for the versions that have the setting.
        if variant.is_none() && from_language {
            return None;
        }
        let formula = found.from.as_ref().filter(|from| !matches!(from.fact.value.node, Node::Value(_))).map(|from| {
            let span = from.fact.value.span;
            formulas
                .borrow_mut()
                .entry(span)
                .or_insert_with(|| self.sources.text(span).split_whitespace().collect::<Vec<_>>().join(" ").into())
                .clone()
        });
        let doc = found
            .from
            .as_ref()
            .map(|from| from.fact.doc.clone())
            .filter(|doc| !doc.is_empty())
            .unwrap_or_else(|| field.doc.clone());
        let origin = origin(&found, field.span);
        let value = SettingValue {
            name: name.into(),
            value: found.value,
            change: variant.map(|variant| variant.change.clone()).unwrap_or_default(),
            see: variant.map(|variant| variant.see.clone()).unwrap_or_default(),
            doc,
            origin,
            formula,
            variant: variant.cloned(),
        };
        Some((group.into(), value))
    }

    fn placements(&self, evaluator: &Evaluator<'_>, seed: &Seed, names: &SqlNames, engine: &Engine) -> Vec<Placement> {
        let pattern = self
            .program
            .platform
            .and_then(|platform| evaluator.value(Object::Definition(platform), "naming.schema").ok())
            .unwrap_or(Value::Nothing);
        let mut taken: FxHashMap<EcoString, EcoString> = FxHashMap::default();
        let mut out = Vec::with_capacity(seed.tenants.len());
        for tenant in seed.tenants.iter() {
            let Some((place, known)) =
                self.places.get(tenant).and_then(|place| Some((*place, self.tenants.get(*place as usize)?)))
            else {
                continue;
            };
            let Some(isolation) =
                known.1.places.iter().find(|place| place.database == seed.database).map(|place| place.isolation)
            else {
                continue;
            };
            let id = known.0.id.clone();
            let (schema, database, role, owner) = match isolation {
                Isolation::Row if !engine.logins.iter().any(|word| word == "row") => {
                    (names.schema.clone(), names.database.clone(), EcoString::new(), names.owner.clone())
                }
                Isolation::Row | Isolation::Schema | Isolation::Database | Isolation::Cluster => {
                    let Ok(own) = evaluator.pattern(&pattern, Object::Tenant(*tenant)) else { continue };
                    let longest = engine.name_length;
                    let plain = names::sql(&own);
                    let own = if engine.name_dashes {
                        names::dns(&plain.replace("_", "-"), longest)
                    } else {
                        names::cut(&plain, longest)
                    };
                    if let Some(other) = taken.insert(own.clone(), id.clone()) {
                        let span = self
                            .program
                            .platform
                            .and_then(|platform| self.program.definition(platform))
                            .map(|platform| platform.span)
                            .unwrap_or_default();
                        let told = Code::BadName
                            .at(span, format!("`naming.schema` gives tenants {other} and {id} the same name `{own}`"));
                        evaluator.tell(told.help("write a pattern that holds `{tenant}`: `schema = \"t_{tenant}\"`"));
                    }
                    let owner = names::cut(&format!("{own}_owner"), longest);
                    match isolation {
                        Isolation::Schema => (own.clone(), names.database.clone(), own, owner),
                        Isolation::Database => (names.schema.clone(), own.clone(), own, owner),
                        _ => (names.schema.clone(), names.database.clone(), own, owner),
                    }
                }
            };
            out.push(Placement { tenant: place, id, isolation, schema, database, role, owner });
        }
        out
    }
}

fn number(object: Object) -> u32 {
    if let Object::Instance(number) = object { number } else { u32::MAX }
}

fn origin(found: &Found<'_>, default: Span) -> Origin {
    match &found.from {
        Some(Candidate { layer, fact }) => Origin { layer: Some(layer.clone()), span: fact.span },
        None => Origin { layer: None, span: default },
    }
}

/// What a version, in an edition, knows about a setting.
#[must_use]
pub fn variant<'s>(setting: &'s Setting, version: &str, edition: Option<&str>) -> Option<&'s Variant> {
    setting.variants.iter().find(|variant| {
        let since = variant.since.as_ref().is_none_or(|since| versions(since, version).is_le());
        let until = variant.until.as_ref().is_none_or(|until| versions(version, until).is_le());
        let sold =
            variant.editions.is_empty() || edition.is_none_or(|own| variant.editions.iter().any(|one| one == own));
        since && until && sold
    })
}

/// Fields that an instance may have, each with its path. Those of blocks with names of their own are there once for
/// each such block that somebody wrote; settings with a name of the user's, once for each that somebody set.
fn places<'e>(engine: &'e Engine, layers: &Layers<'_>) -> Vec<(&'e Arc<Field>, EcoString)> {
    let mut out = Vec::new();
    let said = |pattern: &str| {
        let mut all: Vec<&str> = layers.paths().filter(|path| matches(pattern, path)).collect();
        all.sort_unstable();
        all
    };
    for field in engine.shape.fields() {
        let whole = field.path.as_str();
        let named = whole.rmatch_indices(ANY).next().map(|(at, _)| whole.split_at(at + ANY.len()));
        match named {
            None if field.given => {}
            None => out.push((field, field.path.clone())),
            Some(_) if field.given || field.setting.is_some() => {
                out.extend(said(whole).into_iter().map(|path| (field, path.into())));
            }
            Some((block, rest)) => {
                out.extend(said(block).into_iter().map(|path| (field, eco_format!("{path}{rest}"))));
            }
        }
    }
    out
}

fn sql_names(database: &crate::resolve::Definition, schema: Option<EcoString>) -> SqlNames {
    let name = names::sql(&database.name);
    let role = |what: &str| names::cut(&format!("{name}_{what}"), names::SQL_LIMIT);
    SqlNames {
        schema: names::sql(&schema.unwrap_or_else(|| database.name.clone())),
        owner: role("owner"),
        app: role("app"),
        reader: role("reader"),
        maintenance: role("maintenance"),
        dump: role("dump"),
        database: name,
    }
}
