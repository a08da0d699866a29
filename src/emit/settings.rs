//! Settings → the text of an engine's own file, each with what it is for, where it came from and what a change takes.
//!
//! No template: a file's format says how lines are laid out, and how sizes and durations are spelled. Values are in the
//! engine's own units, rounded down to what it can hold.

use ecow::EcoString;
use minijinja::Value as Printed;

use super::escape::{Refused, Syntax, comment, xml};
use super::units::{Units, unit};
use crate::model::SettingValue;
use crate::resolve::{EngineFile, Value};
use crate::source::{SourceMap, Span};

/// A line of the output and the place in the sources that set it.
pub type Line = (u32, Span);

/// How a file is written.
#[derive(Clone, Debug)]
pub struct Format {
    /// How values are escaped.
    pub syntax: Syntax,
    layout: Layout,
    units: Units,
    /// What everything stands in, outermost first.
    section: Vec<EcoString>,
}

/// How names and values are laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Layout {
    /// The name, this, the value.
    Lines(&'static str),
    /// A line for each value of a list.
    Repeated(&'static str),
    /// A dot in a name opens a map or an element.
    Nested,
    /// The name is an option: `-Xmx4g`, `-XX:+UseG1GC`, `-Dname=value`.
    Options,
}

impl Format {
    /// The format of an engine's file.
    ///
    /// # Errors
    /// A format or a family of units that is not known.
    pub fn of(file: &EngineFile) -> Result<Self, String> {
        let (syntax, layout) = match file.format.as_str() {
            "conf" => (Syntax::Conf, Layout::Lines(" = ")),
            "ini" => (Syntax::Ini, Layout::Lines(" = ")),
            "redis" => (Syntax::Redis, Layout::Repeated(" ")),
            "yaml" => (Syntax::Yaml, Layout::Nested),
            "yaml_flat" => (Syntax::Yaml, Layout::Lines(": ")),
            "xml" => (Syntax::Xml, Layout::Nested),
            "properties" => (Syntax::Properties, Layout::Lines("=")),
            "jvm" => (Syntax::Jvm, Layout::Options),
            other => return Err(format!("there is no format `{other}`")),
        };
        let units = Units::parse(&file.units).ok_or_else(|| format!("there are no units `{}`", file.units))?;
        let section = match layout {
            Layout::Nested => file.section.split('.').filter(|part| !part.is_empty()).map(EcoString::from).collect(),
            _ => Vec::new(),
        };
        Ok(Self { syntax, layout, units, section })
    }
}

/// The text of a group of settings, and for each setting's line where it came from.
///
/// # Errors
/// A value that the format can't hold: the setting's name and why.
pub fn write(
    format: &Format,
    settings: &[SettingValue],
    sources: &SourceMap,
    first_line: u32,
) -> Result<(String, Vec<Line>), (String, Refused)> {
    let mut writer =
        Writer { format, sources, out: String::new(), lines: Vec::new(), next: first_line, open: Vec::new() };
    let mut order: Vec<&SettingValue> = settings.iter().collect();
    if format.layout == Layout::Nested {
        order.sort_by(|a, b| a.name.split('.').cmp(b.name.split('.')));
    }
    for setting in order {
        writer.setting(setting).map_err(|refused| (setting.name.to_string(), refused))?;
    }
    writer.close_to(0);
    let Writer { mut out, lines, .. } = writer;
    out.truncate(out.trim_end_matches('\n').len());
    if !out.is_empty() {
        out.push('\n');
    }
    Ok((out, lines))
}

struct Writer<'a> {
    format: &'a Format,
    sources: &'a SourceMap,
    out: String,
    lines: Vec<Line>,
    /// The number of the line that is written next.
    next: u32,
    /// Maps or elements that are open, outermost first.
    open: Vec<EcoString>,
}

impl Writer<'_> {
    fn setting(&mut self, setting: &SettingValue) -> Result<(), Refused> {
        let name = setting.name.as_str();
        match self.format.layout {
            Layout::Lines(between) => {
                let value = literal(self.format, setting)?;
                self.about(setting);
                let line = format!("{name}{between}{value}");
                self.line(setting, line.trim_end());
            }
            Layout::Repeated(between) => {
                self.about(setting);
                for value in values(setting) {
                    let value = literal_of(self.format, setting, value)?;
                    self.line(setting, &format!("{name}{between}{value}"));
                }
            }
            Layout::Nested => self.nested(setting)?,
            Layout::Options => {
                let option = option(name, &setting.value, &literal(self.format, setting)?);
                self.about(setting);
                self.line(setting, &option);
            }
        }
        self.blank();
        Ok(())
    }

    fn blank(&mut self) {
        self.out.push('\n');
        self.next += 1;
    }

    fn nested(&mut self, setting: &SettingValue) -> Result<(), Refused> {
        let mut path: Vec<EcoString> = self.format.section.clone();
        path.extend(setting.name.split('.').map(EcoString::from));
        let Some(name) = path.pop() else { return Ok(()) };
        if self.open.len() > path.len() && self.open.get(path.len()) == Some(&name) {
            return Err(Refused("another setting stands below this name".to_owned()));
        }
        let same = self.open.iter().zip(&path).take_while(|(a, b)| a == b).count();
        self.close_to(same);
        for part in path.iter().skip(same) {
            self.begin(part)?;
        }
        self.about(setting);
        if self.format.syntax == Syntax::Xml {
            let name = xml::name(&name)?;
            for value in values(setting) {
                let value = literal_of(self.format, setting, value)?;
                self.line(setting, &format!("<{name}>{value}</{name}>"));
            }
        } else {
            let value = literal(self.format, setting)?;
            self.line(setting, &format!("{}: {value}", key(&name)));
        }
        Ok(())
    }

    fn begin(&mut self, name: &EcoString) -> Result<(), Refused> {
        let line = match self.format.syntax {
            Syntax::Xml => format!("<{}>", xml::name(name)?),
            _ => format!("{}:", key(name)),
        };
        self.indented(&line);
        self.open.push(name.clone());
        Ok(())
    }

    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            let Some(name) = self.open.pop() else { return };
            if self.format.syntax == Syntax::Xml {
                if self.out.ends_with("\n\n") {
                    self.out.pop();
                    self.next -= 1;
                }
                self.indented(&format!("</{name}>"));
                if self.open.len() == depth {
                    self.blank();
                }
            }
        }
    }

    fn indented(&mut self, line: &str) {
        for _ in 0..self.open.len() {
            self.out.push_str("  ");
        }
        self.out.push_str(line);
        self.blank();
    }

    /// A setting's own line.
    fn line(&mut self, setting: &SettingValue, line: &str) {
        self.lines.push((self.next, setting.origin.span));
        self.indented(line);
    }

    /// The comment above a setting.
    fn about(&mut self, setting: &SettingValue) {
        // A line moves with every edit above it, and would be a changed line here: `tenantc explain` knows it.
        let file = self.sources.file_name(setting.origin.span);
        let from = match &setting.origin.layer {
            Some(layer) if self.sources.is_language(setting.origin.span) => layer.to_string(),
            Some(layer) => format!("{layer}, {file}"),
            None => file.to_owned(),
        };
        let value = match &setting.formula {
            Some(formula) => format!("{} = {formula}", setting.value),
            None if setting.value == Value::Text(EcoString::new()) => "empty".to_owned(),
            None => setting.value.to_string(),
        };
        let mut said: Vec<String> = setting.doc.lines().map(comment).collect();
        said.push(comment(&format!("{}; {from}; {}", value.trim_end(), change(setting))));
        if setting.doc.is_empty() && !setting.see.is_empty() {
            said.push(comment(&setting.see));
        }
        for line in said.iter().filter_map(|line| self.format.syntax.comment(line)) {
            self.indented(&line);
        }
    }
}

/// A key of a YAML map: bare when every reader takes it for the same text.
#[must_use]
pub fn key(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let word = matches!(
        name.to_ascii_lowercase().as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
    );
    if plain && !word { name.to_owned() } else { Syntax::Yaml.literal(&Printed::from(name)).unwrap_or_default() }
}

/// `-Xmx4g`, `-XX:+UseG1GC`, `-XX:MaxGCPauseMillis=300`, `-Dcassandra.name=value`.
#[must_use]
pub fn option(name: &str, value: &Value, literal: &str) -> String {
    match value {
        _ if name.contains('.') => format!("-D{name}={literal}"),
        _ if matches!(name, "Xms" | "Xmx" | "Xmn" | "Xss") => format!("-{name}{literal}"),
        Value::Bool(true) => format!("-XX:+{name}"),
        Value::Bool(false) => format!("-XX:-{name}"),
        _ => format!("-XX:{name}={literal}"),
    }
}

/// The values of a list; of any other setting, its one value.
fn values(setting: &SettingValue) -> &[Value] {
    match &setting.value {
        Value::List(values) => values,
        one => std::slice::from_ref(one),
    }
}

fn change(setting: &SettingValue) -> &str {
    match setting.change.as_str() {
        "restart" => "a change needs a restart",
        "reload" => "a change needs a reload",
        "session" => "a change holds for new sessions",
        _ => "can't be changed",
    }
}

/// A setting's value as the engine's file wants it.
///
/// # Errors
/// The format can't hold it.
pub fn literal(format: &Format, setting: &SettingValue) -> Result<String, Refused> {
    literal_of(format, setting, &setting.value)
}

/// A value, or one of the values, of a setting.
fn literal_of(format: &Format, setting: &SettingValue, value: &Value) -> Result<String, Refused> {
    let syntax = format.syntax;
    let text = |text: &str| syntax.literal(&Printed::from(text));
    match value {
        Value::Bool(value) => syntax.literal(&Printed::from(*value)),
        Value::Int(value) => Ok(value.to_string()),
        Value::Percent(_) if format.units == Units::Elastic => Ok(value.to_string()),
        Value::Rate(value) if format.units == Units::Iec => Ok(format.units.rate(*value, setting)),
        // A file is checked in; what opens a door is put in place by what starts the server.
        Value::Call(..) => Err(Refused("a secret may not stand in a file".to_owned())),
        Value::Number(value) | Value::Percent(value) | Value::Rate(value) => Ok(format!("{value}")),
        Value::Size(bytes) => Ok(format.units.size(whole_units(*bytes, setting), setting)),
        Value::Duration(micros) => Ok(format.units.duration(whole_units(*micros, setting), setting)),
        // YAML takes `no` and `on` for truth values.
        Value::Word(word) if plain(word) && syntax != Syntax::Yaml => Ok(word.to_string()),
        Value::List(all) => {
            let parts: Result<Vec<String>, Refused> = all.iter().map(|one| literal_of(format, setting, one)).collect();
            match syntax {
                Syntax::Yaml => Ok(format!("[{}]", parts?.join(", "))),
                Syntax::Properties => Ok(parts?.join(",")),
                _ => {
                    let words: Vec<String> = all.iter().map(ToString::to_string).collect();
                    text(&words.join(", "))
                }
            }
        }
        other => text(&other.to_string()),
    }
}

fn plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// The most that the setting's raw unit can say.
fn whole_units(value: i64, setting: &SettingValue) -> i64 {
    match unit(setting) {
        Some(unit) if unit > 1 => value - value.rem_euclid(unit),
        _ => value,
    }
}

/// A setting's value as a bare number of its raw units, as clouds want it; text for what has no unit.
#[must_use]
pub fn raw(setting: &SettingValue) -> String {
    match &setting.value {
        Value::Size(value) | Value::Duration(value) => (value / unit(setting).unwrap_or(1)).to_string(),
        Value::Bool(value) => if *value { "1" } else { "0" }.to_owned(),
        Value::Number(value) | Value::Percent(value) | Value::Rate(value) => format!("{value}"),
        other => other.to_string(),
    }
}
