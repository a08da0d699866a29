//! A setting exists in the version, can be changed at all, is of the right type, and is in range.

use crate::check::Subject;
use crate::diag::{Code, Diagnostic};
use crate::eval::{number, variant, versions};
use crate::model::SettingValue;
use crate::resolve::{Alternative, Type, Value, type_of};

/// Checks all settings of an instance.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for (group, settings) in &subject.instance.settings {
        for setting in settings {
            one(subject, group, setting, diagnostics);
        }
    }
}

fn one(subject: &Subject<'_>, group: &str, setting: &SettingValue, diagnostics: &mut Vec<Diagnostic>) {
    let span = setting.origin.span;
    let name = &setting.name;
    let Some(variant) = &setting.variant else {
        diagnostics.push(absent(subject, group, setting));
        return;
    };
    if variant.change == "fixed" {
        diagnostics.push(
            Code::FixedSetting
                .at(span, format!("`{name}` can be read, not set: it is decided when the server is built"))
                .help("remove this line"),
        );
        return;
    }
    if !fits(&variant.ty, &setting.value, variant.range.0.as_ref()) {
        let message = format!("`{name}` is {} in {}, found `{}`", variant.ty, version(subject, group), setting.value);
        diagnostics.push(Code::TypeMismatch.at(span, message));
        return;
    }
    let (low, high) = &variant.range;
    if let Some(message) = out_of_range(name, &setting.value, low.as_ref(), high.as_ref()) {
        diagnostics.push(Code::OutOfRange.at(span, message).help(range_help(low.as_ref(), high.as_ref())));
    }
}

/// The version that a group's settings are for, with its engine.
fn version(subject: &Subject<'_>, group: &str) -> String {
    match group.strip_suffix(".settings").and_then(|own| subject.instance.fact(&format!("{own}.version"))) {
        Some(version) => format!("version {version}"),
        None => format!("{} {}", subject.instance.engine, subject.instance.engine_version),
    }
}

fn absent(subject: &Subject<'_>, group: &str, setting: &SettingValue) -> Diagnostic {
    let path = format!("{group}.{}", setting.name);
    let known = subject
        .program
        .engines
        .get(&subject.instance.engine)
        .and_then(|engine| engine.shape.find(&path))
        .and_then(|field| field.setting.clone());
    let here = version(subject, group);
    let told = Code::SettingVersion.at(setting.origin.span, format!("{here} has no setting `{}`", setting.name));
    let Some(known) = known else { return told };
    let era = subject.program.engines.get(&subject.instance.engine).map(|engine| engine.era(&known.engine));
    let own = match era {
        Some(era) if era == subject.instance.family => subject.instance.family_version.as_str(),
        _ => subject.instance.engine_version.as_str(),
    };
    if let Some(sold) = variant(&known, own, None) {
        let edition = subject.instance.fact("edition").map(ToString::to_string).unwrap_or_default();
        return Code::SettingVersion
            .at(setting.origin.span, format!("{here} {edition} has no setting `{}`", setting.name))
            .help(format!("it is there with `edition = {}`", sold.editions.join("` or `")));
    }
    let since =
        known.variants.iter().filter_map(|variant| variant.since.as_deref()).find(|since| versions(own, since).is_lt());
    let last = known.variants.iter().rev().find_map(|variant| variant.until.as_deref());
    let instead = known
        .variants
        .iter()
        .find(|variant| !variant.instead.is_empty())
        .map(|variant| format!("; `{}` replaced it", variant.instead));
    match (since, last) {
        (Some(since), _) => told.help(format!("it is there since {since}")),
        (None, Some(last)) => told.help(format!("it was there until {last}{}", instead.unwrap_or_default())),
        _ => told,
    }
}

/// A value of the type, or one of the bare numbers -1 and 0 that switch a size or a duration off.
fn fits(ty: &Type, value: &Value, low: Option<&Value>) -> bool {
    match (ty, value) {
        (Type::Choice(all), Value::Word(word) | Value::Text(word)) => all.iter().any(|one| match one {
            Alternative::Word(known) => known == word,
            Alternative::Of(ty) => ty.accepts(&Type::Text),
            Alternative::Call(..) => false,
        }),
        (Type::Size | Type::Duration, Value::Int(special @ (-1 | 0))) => {
            *special == 0 || matches!(low, Some(Value::Int(least)) if least <= special)
        }
        (Type::Int, Value::Number(_)) => false,
        _ => ty.accepts(&type_of(value)),
    }
}

/// What is wrong with a value's range, in a sentence.
pub fn out_of_range(name: &str, value: &Value, low: Option<&Value>, high: Option<&Value>) -> Option<String> {
    let own = number(value)?;
    // -1 is a special value of its own: what is above it starts at zero.
    let special = matches!(value, Value::Int(-1)) && matches!(low, Some(Value::Int(-1)));
    if let Some(least) = low.and_then(number)
        && own < least
        && !special
    {
        return Some(format!("`{name}` is {value}, the least is {}", low.unwrap_or(value)));
    }
    if let Some(most) = high.and_then(number)
        && own > most
    {
        return Some(format!("`{name}` is {value}, the most is {}", high.unwrap_or(value)));
    }
    None
}

/// The whole range, for a help line.
pub fn range_help(low: Option<&Value>, high: Option<&Value>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("choose from {low} to {high}"),
        (Some(low), None) => format!("choose {low} or more"),
        (None, Some(high)) => format!("choose {high} or less"),
        (None, None) => String::new(),
    }
}
