//! Settings → the lines of an engine's own file, each with what it is for, where it came from and what a change takes.
//!
//! A writer a format; no template. Values are written in the engine's own units, rounded down to what it can hold.

use std::fmt::Write as _;

use ecow::EcoString;
use minijinja::Value as Printed;

use super::escape::{Refused, Syntax, comment};
use crate::model::SettingValue;
use crate::resolve::Value;
use crate::source::{SourceMap, Span};

/// A line of the output and the place in the sources that set it.
pub type Line = (u32, Span);

/// The lines of a group of settings, and for each setting's line where it came from.
///
/// # Errors
/// A value that the format can't hold: the setting's name and why.
pub fn write(
    format: Syntax,
    settings: &[SettingValue],
    sources: &SourceMap,
    first_line: u32,
) -> Result<(String, Vec<Line>), (String, Refused)> {
    let mut out = String::new();
    let mut lines = Vec::new();
    let mut number = first_line;
    for setting in settings {
        let value = literal(format, setting).map_err(|refused| (setting.name.to_string(), refused))?;
        let before = out.len();
        about(&mut out, format, setting, sources);
        let _ = match format {
            Syntax::Redis => writeln!(out, "{} {value}", setting.name),
            _ if value.is_empty() => writeln!(out, "{} =", setting.name),
            _ => writeln!(out, "{} = {value}", setting.name),
        };
        let added = out.get(before..).unwrap_or_default().matches('\n').count();
        number += u32::try_from(added).unwrap_or(0);
        lines.push((number - 1, setting.origin.span));
        out.push('\n');
        number += 1;
    }
    out.truncate(out.trim_end_matches('\n').len());
    if !out.is_empty() {
        out.push('\n');
    }
    Ok((out, lines))
}

/// The comment above a setting.
fn about(out: &mut String, format: Syntax, setting: &SettingValue, sources: &SourceMap) {
    let Some(mark) = format.comment() else { return };
    for line in setting.doc.lines() {
        let _ = writeln!(out, "{mark} {}", comment(line));
    }
    let from = match &setting.origin.layer {
        Some(layer) => format!("{layer}, {}", sources.place(setting.origin.span)),
        None => sources.place(setting.origin.span),
    };
    let value = match &setting.formula {
        Some(formula) => format!("{} = {}", setting.value, comment(formula)),
        None if setting.value == Value::Text(EcoString::new()) => "empty".to_owned(),
        None => setting.value.to_string(),
    };
    let _ = writeln!(out, "{mark} {}; {from}; {}", comment(&value), change(setting));
    if setting.doc.is_empty() && !setting.see.is_empty() {
        let _ = writeln!(out, "{mark} {}", comment(&setting.see));
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
pub fn literal(format: Syntax, setting: &SettingValue) -> Result<String, Refused> {
    let text = |text: &str| format.literal(&Printed::from(text));
    match &setting.value {
        Value::Bool(value) => format.literal(&Printed::from(*value)),
        Value::Int(value) => Ok(value.to_string()),
        Value::Number(value) | Value::Percent(value) | Value::Rate(value) => Ok(format!("{value}")),
        Value::Size(bytes) => Ok(size(format, whole_units(*bytes, setting))),
        Value::Duration(micros) => Ok(duration(format, whole_units(*micros, setting))),
        Value::Word(word) if plain(word) => Ok(word.to_string()),
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

/// The raw unit of a setting, in bytes or microseconds.
#[must_use]
pub fn unit(setting: &SettingValue) -> Option<i64> {
    match setting.variant.as_ref()?.unit.as_ref()? {
        Value::Size(unit) | Value::Duration(unit) => Some(*unit),
        _ => None,
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

fn size(format: Syntax, bytes: i64) -> String {
    let units: &[(i64, &str)] = match format {
        Syntax::Conf => &[(1 << 40, "TB"), (1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB"), (1, "B")],
        _ => &[(1, "")],
    };
    scaled(bytes, units)
}

fn duration(format: Syntax, micros: i64) -> String {
    match format {
        Syntax::Conf => scaled(
            micros,
            &[
                (86_400_000_000, "d"),
                (3_600_000_000, "h"),
                (60_000_000, "min"),
                (1_000_000, "s"),
                (1_000, "ms"),
                (1, "us"),
            ],
        ),
        // PgBouncer and Redis read bare seconds.
        _ if micros % 1_000_000 == 0 => (micros / 1_000_000).to_string(),
        #[allow(clippy::cast_precision_loss, reason = "a fraction of a second")]
        _ => format!("{}", micros as f64 / 1e6),
    }
}

fn scaled(value: i64, units: &[(i64, &str)]) -> String {
    if value == 0 {
        return "0".to_owned();
    }
    let (factor, unit) = units.iter().find(|(factor, _)| value % factor == 0).copied().unwrap_or((1, ""));
    format!("{}{unit}", value / factor)
}
