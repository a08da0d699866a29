//! Target packs: a folder with a `target.yaml` and templates, no Rust.
//!
//! `target.yaml` says for which part of the model which template makes which path. A workspace's own `targets/` adds
//! packs, or replaces a built-in one of the same name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use serde::Deserialize;

use super::escape::{Refused, Syntax, comment, glob, ident, xml};
use super::settings;

/// A pack's manifest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its name, for `--target`.
    pub name: String,
    /// What it makes, in a sentence.
    #[allow(dead_code, reason = "read by people")]
    pub about: String,
    /// Clouds that it is for; all when empty.
    #[serde(default)]
    pub clouds: Vec<String>,
    /// Engines that it is for; all when empty.
    #[serde(default)]
    pub engines: Vec<String>,
    /// The syntax of each file name's ending, before `.j2`.
    pub syntax: BTreeMap<String, Syntax>,
    /// Files out of templates.
    #[serde(default)]
    pub files: Vec<FileRule>,
    /// Folders that are copied as they are.
    #[serde(default)]
    pub copies: Vec<Copy>,
    /// What runs each engine on these clouds.
    #[serde(default)]
    pub services: Vec<super::services::Rule>,
    /// Resources in a cell's Terraform states.
    #[serde(default)]
    pub states: Option<super::services::States>,
}

/// For each part of the model, a file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRule {
    /// Which parts.
    pub each: Each,
    /// The template; `*` takes every template of a folder.
    #[serde(default)]
    pub template: Option<String>,
    /// Settings of the engine, by their writer.
    #[serde(default)]
    pub settings: bool,
    /// The path, with `{environment}`, `{cell}`, `{database}`, `{file}`.
    pub path: String,
    /// The layer, for templates that have one.
    #[serde(default)]
    pub layer: String,
    /// Only where this fact or list of the context is there and is neither false nor empty: `roles`, `facts.gridfs`.
    #[serde(default)]
    pub only_with: Option<String>,
    /// Only for instances that run there, by the words of `runs_on`.
    #[serde(default)]
    pub only_on: Vec<String>,
    /// Not for instances that run there.
    #[serde(default)]
    pub not_on: Vec<String>,
}

impl FileRule {
    /// True where an instance may run for this file, by the word of `runs_on`.
    #[must_use]
    pub fn is_for(&self, word: &str) -> bool {
        let has = |words: &[String]| words.iter().any(|one| one == word);
        (self.only_on.is_empty() || has(&self.only_on)) && !has(&self.not_on)
    }
}

/// A part of the model.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Each {
    /// The whole platform.
    Platform,
    /// An environment.
    Environment,
    /// A cell.
    Cell,
    /// A running database.
    Instance,
}

/// A folder that is copied.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copy {
    /// Folder in the pack.
    pub from: String,
    /// Folder in the output.
    pub to: String,
}

/// A pack, ready to render.
pub struct Pack {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its files by path within it.
    pub files: BTreeMap<String, Cow<'static, str>>,
    environment: Environment<'static>,
}

impl Pack {
    /// Reads a pack's files.
    ///
    /// # Errors
    /// The manifest or a template can't be read, or is unsafe.
    pub fn read(files: BTreeMap<String, Cow<'static, str>>) -> Result<Self, String> {
        let text = files.get("target.yaml").ok_or("it has no target.yaml")?;
        let manifest: Manifest = serde_yaml::from_str(text).map_err(|fault| format!("target.yaml: {fault}"))?;
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_syntax(
            SyntaxConfig::builder()
                .keep_trailing_newline(true)
                .trim_blocks(true)
                .lstrip_blocks(true)
                .build()
                .map_err(|fault| fault.to_string())?,
        );
        // `{% include "_part.sql.j2" %}` names a file beside the template.
        environment.set_path_join_callback(|name, parent| match parent.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{name}").into(),
            None => name.into(),
        });
        let endings = manifest.syntax.clone();
        environment.set_auto_escape_callback(move |name| match syntax_of(&endings, name) {
            Some(syntax) => AutoEscape::Custom(Cow::Owned(format!("{syntax:?}").to_lowercase())),
            None => AutoEscape::None,
        });
        environment.set_formatter(|out, state, value| {
            if value.is_safe() {
                return out.write_str(value.as_str().unwrap_or_default()).map_err(Error::from);
            }
            let syntax = match state.auto_escape() {
                AutoEscape::Custom(name) => Syntax::parse(name),
                _ => None,
            };
            let syntax = syntax.ok_or_else(|| {
                Error::new(ErrorKind::InvalidOperation, "this file has no syntax, so no value can be written")
            })?;
            if value.is_undefined() {
                return Err(Error::new(ErrorKind::UndefinedError, "this value is not there"));
            }
            let literal =
                syntax.literal(value).map_err(|refused| Error::new(ErrorKind::InvalidOperation, refused.0))?;
            out.write_str(&literal).map_err(Error::from)
        });
        for filter in ["safe", "tojson", "pprint", "escape", "e"] {
            environment.remove_filter(filter);
        }
        environment.remove_global("debug");
        environment.add_filter("comment", |text: String| Value::from_safe_string(comment(&text)));
        // `literal`: the bare text of an identifier or a fragment, as a string; `commas`: items, each as its own token.
        environment.add_filter("literal", |value: Value| Value::from(value.to_string()));
        environment.add_filter("commas", commas);
        // `name`: a user's word as a name of the file's language.
        environment.add_filter("name", |text: String| ident(&text));
        // `attribute`: an attribute of XML with its quotes; `element`: the name of an element.
        environment.add_filter("attribute", |text: String| {
            xml::attribute(&text).map(Value::from_safe_string).map_err(refused)
        });
        environment.add_filter("element", |text: String| {
            xml::name(&text).map(|name| Value::from_safe_string(name.to_owned())).map_err(refused)
        });
        // `parameter`: the name of a query's parameter, which has no quotes.
        environment.add_filter("parameter", |text: String| {
            let fits = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && text.chars().all(|one| one.is_ascii_alphanumeric() || one == '_');
            let odd = || refused(Refused(format!("`{text}` can't be the name of a parameter")));
            if fits { Ok(Value::from_safe_string(text)) } else { Err(odd()) }
        });
        // `tree`: a map as lines of YAML, each behind so many blanks.
        environment.add_filter("tree", tree);
        // `indented`: what a macro wrote, each line so many blanks further in.
        environment.add_filter("indented", |text: Value, by: usize| {
            let blanks = " ".repeat(by);
            let lines: Vec<String> = text.to_string().lines().map(|line| format!("{blanks}{line}")).collect();
            if text.is_safe() { Value::from_safe_string(lines.join("\n")) } else { text }
        });
        // `glob`: a text that a pattern of Redis takes for itself only.
        environment.add_filter("glob", |text: String| glob(&text));
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".j2")) {
            for quoted in ["\"{{", "'{{", "}}\"", "}}'"] {
                if let Some(at) = text.find(quoted) {
                    let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
                    return Err(format!(
                        "{path}:{line}: a value stands inside quotes; `{{{{ value }}}}` writes its own"
                    ));
                }
            }
            environment
                .add_template_owned(path.clone(), text.to_string())
                .map_err(|fault| format!("{path}: {fault}"))?;
        }
        Ok(Self { manifest, files, environment })
    }

    /// The syntax of a file by its name.
    #[must_use]
    pub fn syntax(&self, path: &str) -> Option<Syntax> {
        syntax_of(&self.manifest.syntax, path)
    }

    /// Renders a template.
    ///
    /// # Errors
    /// What is wrong, with the template's line.
    pub fn render(&self, template: &str, context: &Value) -> Result<String, String> {
        let told = |fault: Error| {
            format!(
                "{template}:{}: {}",
                fault.line().unwrap_or(0),
                fault.detail().map_or_else(|| fault.kind().to_string(), str::to_owned)
            )
        };
        self.environment.get_template(template).map_err(told)?.render(context).map_err(told)
    }

    /// Templates that a rule's pattern takes, with the file name each makes.
    #[must_use]
    pub fn templates(&self, pattern: &str) -> Vec<(String, String)> {
        let file = |path: &str| path.rsplit('/').next().unwrap_or(path).trim_end_matches(".j2").to_owned();
        match pattern.split_once('*') {
            None => vec![(pattern.to_owned(), file(pattern))],
            Some((start, end)) => {
                let inside = |path: &&String| {
                    let rest = path.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
                    rest.is_some_and(|rest| !rest.contains('/') && !rest.starts_with('_'))
                };
                self.files.keys().filter(inside).map(|path| (path.clone(), file(path))).collect()
            }
        }
    }
}

fn refused(why: Refused) -> Error {
    Error::new(ErrorKind::InvalidOperation, why.0)
}

/// A map as YAML, one entry a line; each line begins with so many blanks and none ends the last.
fn tree(map: Value, indent: usize) -> Result<Value, Error> {
    let mut out = String::new();
    lines(&map, indent, &mut out)?;
    if out.is_empty() {
        out = format!("{}{{}}\n", " ".repeat(indent));
    }
    out.pop();
    Ok(Value::from_safe_string(out))
}

fn lines(map: &Value, indent: usize, out: &mut String) -> Result<(), Error> {
    for name in map.try_iter()? {
        let value = map.get_item(&name)?;
        let key = settings::key(name.as_str().unwrap_or_default());
        out.push_str(&" ".repeat(indent));
        if value.kind() == ValueKind::Map && value.len() != Some(0) {
            out.push_str(&format!("{key}:\n"));
            lines(&value, indent + 2, out)?;
        } else if value.is_safe() {
            out.push_str(&format!("{key}: {value}\n"));
        } else {
            out.push_str(&format!("{key}: {}\n", Syntax::Yaml.literal(&value).map_err(refused)?));
        }
    }
    Ok(())
}

fn commas(state: &minijinja::State<'_, '_>, list: Value) -> Result<Value, Error> {
    let syntax = match state.auto_escape() {
        AutoEscape::Custom(name) => Syntax::parse(name),
        _ => None,
    };
    let syntax = syntax.ok_or_else(|| {
        Error::new(ErrorKind::InvalidOperation, "this file has no syntax, so no value can be written")
    })?;
    let item = |value: Value| {
        if value.is_safe() {
            return Ok(value.to_string());
        }
        syntax.literal(&value).map_err(|refused| Error::new(ErrorKind::InvalidOperation, refused.0))
    };
    let parts: Result<Vec<String>, Error> = list.try_iter()?.map(item).collect();
    Ok(Value::from_safe_string(parts?.join(", ")))
}

fn syntax_of(endings: &BTreeMap<String, Syntax>, path: &str) -> Option<Syntax> {
    let name = path.trim_end_matches(".j2");
    endings
        .iter()
        .filter(|(ending, _)| name.ends_with(ending.as_str()))
        .max_by_key(|(ending, _)| ending.len())
        .map(|(_, syntax)| *syntax)
}
