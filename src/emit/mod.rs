//! [`Model`] → files.
//!
//! Packs say what is made of which part; this walks the model, renders in parallel and hands each file to a sink. Names
//! are unique, every text ends in one newline, and the same model gives the same bytes whatever the number of threads.

mod context;
mod escape;
mod manifest;
mod pack;
mod services;
mod settings;
mod units;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Mutex;

use minijinja::Value;
use rayon::prelude::*;

pub use escape::Syntax;
pub use manifest::{Entry, Manifest, PATH as MANIFEST, hex};

use crate::diag::{Code, Diagnostic};
use crate::model::{Cell, Environment, Instance, Model};
use crate::source::{SourceMap, Span, World};
use context::Place;
pub use pack::Pack;
use pack::{Each, FileRule};
use services::Services;

/// A file to be written.
#[derive(Clone, Debug)]
pub struct OutFile {
    /// Its path below the output folder, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
    /// The target and the template that made it.
    pub made_by: String,
    /// The block that it exists for.
    pub origin: Span,
    /// Lines with the place in the sources that set each.
    pub lines: Vec<(u32, Span)>,
}

/// Where files go. Called from several threads, in any order.
pub type Sink<'a> = dyn Fn(OutFile) + Sync + 'a;

/// What is wanted.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Environments; all when empty.
    pub environments: Vec<String>,
    /// Targets; all when empty.
    pub targets: Vec<String>,
    /// The one file that is wanted; all when there is none.
    pub file: Option<String>,
}

impl Selection {
    fn environment(&self, name: &str) -> bool {
        self.environments.is_empty() || self.environments.iter().any(|wanted| wanted == name)
    }

    fn path(&self, path: &str) -> bool {
        self.file.as_ref().is_none_or(|wanted| wanted == path)
    }

    fn target(&self, name: &str) -> bool {
        self.targets.is_empty() || self.targets.iter().any(|wanted| wanted == name)
    }
}

/// All packs: the built-in ones, and those of the workspace.
///
/// # Errors
/// Faults of packs, told.
pub fn packs(world: &dyn World, diagnostics: &mut Vec<Diagnostic>) -> Vec<Pack> {
    let mut files: BTreeMap<String, BTreeMap<String, Cow<'static, str>>> = BTreeMap::new();
    for (path, text) in crate::resolve::TARGETS {
        if let Some((pack, inner)) = path.split_once('/') {
            files.entry(pack.to_owned()).or_default().insert(inner.to_owned(), Cow::Borrowed(*text));
        }
    }
    let own = world.targets().unwrap_or_default();
    let replaced: Vec<String> = own
        .iter()
        .filter_map(|path| path.strip_prefix("targets/")?.strip_suffix("/target.yaml").map(str::to_owned))
        .collect();
    for pack in &replaced {
        files.remove(pack);
    }
    for path in &own {
        let Some((pack, inner)) = path.strip_prefix("targets/").and_then(|rest| rest.split_once('/')) else { continue };
        match world.read(path).map(String::from_utf8) {
            Ok(Ok(text)) => drop(files.entry(pack.to_owned()).or_default().insert(inner.to_owned(), Cow::Owned(text))),
            Ok(Err(_)) => diagnostics.push(pack_fault(pack, &format!("{inner} is not UTF-8"))),
            Err(why) => diagnostics.push(pack_fault(pack, &why.0)),
        }
    }
    let mut packs = Vec::new();
    for (name, files) in files {
        match Pack::read(files) {
            Ok(pack) => packs.push(pack),
            Err(why) => diagnostics.push(pack_fault(&name, &why)),
        }
    }
    packs
}

fn pack_fault(pack: &str, why: &str) -> Diagnostic {
    Code::TargetPack.at(Span::default(), format!("target `{pack}`: {why}"))
}

/// Names of all targets and what each makes.
#[must_use]
pub fn names(packs: &[Pack]) -> Vec<&str> {
    let mut names: Vec<&str> = packs.iter().map(|pack| pack.manifest.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Makes all files.
pub fn emit(
    packs: &[Pack],
    model: &Model,
    sources: &SourceMap,
    selection: &Selection,
    sink: &Sink<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let services = match Services::of(packs, &model.platform.cloud) {
        Ok(services) => services,
        Err((pack, why)) => {
            diagnostics.push(pack_fault(&pack, &why));
            return;
        }
    };
    for instance in model.instances() {
        context::nowhere(&services, &model.platform.cloud, instance, diagnostics);
        context::unlocked(&services, instance, diagnostics);
    }
    let on_kubernetes = services.any_on_kubernetes(model);
    let packs: Vec<&Pack> = packs
        .iter()
        .filter(|pack| selection.target(&pack.manifest.name))
        .filter(|pack| {
            fits(&pack.manifest.clouds, &model.platform.cloud)
                || on_kubernetes && fits(&pack.manifest.clouds, KUBERNETES)
        })
        .filter(|pack| model.instances().any(|instance| fits(&pack.manifest.engines, &instance.engine)))
        .collect();
    let told: Mutex<Vec<Diagnostic>> = Mutex::default();
    let emitter = Emitter { model, services: &services, sources, selection, sink, told: &told };
    let mut whole: Option<Value> = None;
    for pack in &packs {
        emitter.copies(pack);
        for rule in pack.manifest.files.iter().filter(|rule| rule.each == Each::Platform) {
            let context = whole.get_or_insert_with(|| context::whole(model, &services));
            emitter.file(pack, rule, context, &[], model.platform.span, None);
        }
    }
    let wanted = model.environments.iter().filter(|environment| selection.environment(&environment.name));
    let wanted: Vec<&Environment> = wanted.collect();
    wanted.par_iter().for_each(|environment| {
        let cells = || environment.cells.par_iter().for_each(|cell| emitter.cell(&packs, environment, cell));
        rayon::join(|| emitter.environment(&packs, environment), cells);
    });
    diagnostics.extend(told.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
}

/// The cloud of packs for what runs on Kubernetes, wherever that is.
const KUBERNETES: &str = "kubernetes";

fn fits(wanted: &[String], have: &str) -> bool {
    wanted.is_empty() || wanted.iter().any(|one| one == have)
}

struct Emitter<'a> {
    model: &'a Model,
    services: &'a Services,
    sources: &'a SourceMap,
    selection: &'a Selection,
    sink: &'a Sink<'a>,
    told: &'a Mutex<Vec<Diagnostic>>,
}

impl Emitter<'_> {
    fn tell(&self, all: Vec<Diagnostic>) {
        self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(all);
    }

    fn copies(&self, pack: &Pack) {
        for copy in &pack.manifest.copies {
            let from = format!("{}/", copy.from);
            let used = self.services.modules(self.model);
            // A module of a service that nothing runs on is left out.
            let unused = |inside: &str| {
                let module = inside.split('/').next().unwrap_or_default();
                !used.contains(module) && self.services.all_modules().any(|known| known == module)
            };
            for (path, text) in pack.files.iter().filter(|(path, _)| path.starts_with(&from)) {
                let inside = path.strip_prefix(&from).unwrap_or(path);
                if !pack.manifest.services.is_empty() && unused(inside) {
                    continue;
                }
                (self.sink)(OutFile {
                    path: format!("{}/{inside}", copy.to),
                    text: text.to_string(),
                    made_by: format!("{}/{path}", pack.manifest.name),
                    origin: self.model.platform.span,
                    lines: Vec::new(),
                });
            }
        }
    }

    /// An environment's own files.
    fn environment(&self, packs: &[&Pack], environment: &Environment) {
        let rules = packs.iter().flat_map(|pack| pack.manifest.files.iter().map(move |rule| (pack, rule)));
        let mut made: Option<Value> = None;
        for (pack, rule) in rules.filter(|(_, rule)| rule.each == Each::Environment) {
            let context = made.get_or_insert_with(|| context::environment(self.model, self.services, environment));
            self.file(pack, rule, context, &[("environment", &environment.name)], environment.span, None);
        }
    }

    /// A cell's files. Its context is made once, that of each layer and of each instance on top of it once too.
    fn cell(&self, packs: &[&Pack], environment: &Environment, cell: &Cell) {
        let place = Place { model: self.model, services: self.services, environment, cell };
        let mut told = Vec::new();
        let base = context::cell(place, &mut told);
        let header = self.header(self.model.platform.span);
        let mut layers: BTreeMap<&str, Value> = BTreeMap::new();
        let on_kubernetes = cell.instances.iter().any(|instance| self.services.on_kubernetes(instance));
        let here = |pack: &&&Pack| {
            fits(&pack.manifest.clouds, &self.model.platform.cloud)
                || on_kubernetes && fits(&pack.manifest.clouds, KUBERNETES)
        };
        for pack in packs.iter().filter(here) {
            for rule in pack.manifest.files.iter().filter(|rule| rule.each == Each::Cell) {
                let layer = rule.layer.as_str();
                let context = layers.entry(layer).or_insert_with(|| context::layer(place, layer, &header, &base));
                let names = [("environment", environment.name.as_str()), ("cell", cell.path.as_str())];
                self.file(pack, rule, context, &names, self.model.platform.span, None);
            }
        }
        for instance in &cell.instances {
            let on_kubernetes = self.services.on_kubernetes(instance);
            let cloud = if on_kubernetes { KUBERNETES } else { self.model.platform.cloud.as_str() };
            let wanted =
                |pack: &&&Pack| fits(&pack.manifest.engines, &instance.engine) && fits(&pack.manifest.clouds, cloud);
            let header = self.header(instance.span);
            let mut made: Option<Value> = None;
            for pack in packs.iter().filter(wanted) {
                for rule in pack.manifest.files.iter().filter(|rule| rule.each == Each::Instance) {
                    let context =
                        made.get_or_insert_with(|| context::instance(place, instance, &header, &base, &mut told));
                    let names = [
                        ("environment", environment.name.as_str()),
                        ("cell", cell.path.as_str()),
                        ("database", instance.database.as_str()),
                    ];
                    self.file(pack, rule, context, &names, instance.span, Some(instance));
                }
            }
        }
        for one in crate::diag::settle(told) {
            self.tell(vec![one]);
        }
    }

    fn file(
        &self,
        pack: &Pack,
        rule: &FileRule,
        context: &Value,
        names: &[(&str, &str)],
        origin: Span,
        instance: Option<&Instance>,
    ) {
        if !instance.is_none_or(|instance| rule.is_for(&Services::word(instance))) {
            return;
        }
        if let Some(path) = &rule.only_with {
            let wanted = path.split('.').try_fold(context.clone(), |value, name| value.get_attr(name).ok());
            if wanted.is_none_or(|value| !value.is_true()) {
                return;
            }
        }
        if rule.settings {
            if let Some(instance) = instance {
                self.settings(pack, rule, context, names, origin, instance);
            }
            return;
        }
        let Some(pattern) = &rule.template else { return };
        for (template, file) in pack.templates(pattern) {
            let path = path(&rule.path, names, &file);
            if !self.selection.path(&path) {
                continue;
            }
            let made_by = format!("{}/{template}", pack.manifest.name);
            if let Some(text) = self.rendered(pack, &template, context, origin) {
                let text = self.finished(pack.syntax(&template), origin, text);
                (self.sink)(OutFile { path, text, made_by, origin, lines: Vec::new() });
            }
        }
    }

    /// A template's text; nothing after telling why it has none.
    fn rendered(&self, pack: &Pack, template: &str, context: &Value, origin: Span) -> Option<String> {
        let told =
            |why| self.tell(vec![Code::TargetPack.at(origin, format!("target `{}`: {why}", pack.manifest.name))]);
        pack.render(template, context).map_err(told).ok()
    }

    /// The engine's own files: each by its writer, with a template's lines before it where the pack has one of its name.
    fn settings(
        &self,
        pack: &Pack,
        rule: &FileRule,
        context: &Value,
        names: &[(&str, &str)],
        origin: Span,
        instance: &Instance,
    ) {
        let wanted = |file: &&crate::resolve::EngineFile| file.only_with.is_empty() || instance.is(&file.only_with);
        let here = |file: &&crate::resolve::EngineFile| self.selection.path(&path(&rule.path, names, &file.name));
        for file in instance.files.iter().filter(wanted).filter(here) {
            let format = match settings::Format::of(file) {
                Ok(format) => format,
                Err(why) => {
                    self.tell(vec![Code::TargetPack.at(origin, format!("engine {}: {why}", instance.engine))]);
                    continue;
                }
            };
            let settings = instance.settings.get(&file.settings).map_or(&[][..], Vec::as_slice);
            let template = format!("templates/{}.j2", file.name);
            let mut text = String::new();
            if pack.files.contains_key(&template) {
                text.extend(self.rendered(pack, &template, context, origin));
            }
            if format.syntax == Syntax::Ini && !file.section.is_empty() {
                text.push_str(&format!("[{}]\n", file.section));
            }
            let head = self.finished(Some(format.syntax), origin, text);
            let first = u32::try_from(head.matches('\n').count()).unwrap_or(0) + 1;
            match settings::write(&format, settings, self.sources, first) {
                Ok((body, lines)) => (self.sink)(OutFile {
                    path: path(&rule.path, names, &file.name),
                    text: head + &body,
                    made_by: format!("{}/{}", pack.manifest.name, file.name),
                    origin,
                    lines,
                }),
                Err((name, why)) => {
                    let span = settings
                        .iter()
                        .find(|setting| setting.name == name)
                        .map_or(origin, |setting| setting.origin.span);
                    self.tell(vec![
                        Code::OutOfRange.at(span, format!("{name} can't be written into {}: {why}", file.name)),
                    ]);
                }
            }
        }
    }

    fn header(&self, origin: Span) -> String {
        format!(
            "Generated by tenantc from {}; edits are found by 'tenantc build --check'",
            self.sources.file_name(origin)
        )
    }

    /// The text with its first comment line, ending in one newline.
    fn finished(&self, syntax: Option<Syntax>, origin: Span, text: String) -> String {
        let header = escape::comment(&self.header(origin));
        let mut out = match syntax.and_then(|syntax| syntax.comment(&header)) {
            Some(line) if syntax != Some(Syntax::Sql) => line + "\n",
            _ => String::new(),
        };
        out.push_str(&text);
        out.truncate(out.trim_end_matches('\n').len());
        out.push('\n');
        out
    }
}

/// A path with its names filled in.
fn path(pattern: &str, names: &[(&str, &str)], file: &str) -> String {
    let mut out = pattern.replace("{file}", file);
    for (name, value) in names {
        out = out.replace(&format!("{{{name}}}"), value);
    }
    out
}
