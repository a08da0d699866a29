//! An instance's settings as the parameters of the service that runs it.
//!
//! in: an instance with its final settings, a service's description. out: only what the service lets one set, and only what
//! it has not alike. What a user set and the service refuses is told at the line.

use minijinja::{Value, context};

use crate::diag::{Code, Diagnostic};
use crate::emit::services::{Service, Usual};
use crate::emit::settings;
use crate::model::{Instance, SettingValue};

/// Settings as the service wants them: only what it lets one set, and only what it has not alike.
/// What the user set and the service refuses is told; what the language's formulas say is left to the service then.
pub fn parameters(
    instance: &Instance,
    service: &Service,
    family: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Value> {
    let facts = service.parameters();
    let mut all: Vec<(String, String, &str)> = Vec::new();
    for setting in instance.settings.get("settings").into_iter().flatten() {
        let name = setting.name.as_str();
        let value = match &setting.value {
            crate::resolve::Value::Bool(yes) => facts.boolean(*yes),
            _ => settings::raw(setting),
        };
        if let Some((name, value)) = facts.instead(name, &value) {
            all.push((name.to_owned(), value.to_owned(), "pending-reboot"));
            continue;
        }
        let by_user = setting.origin.is_chosen();
        let refused =
            if facts.is_fixed(name) { Some("its own value".to_owned()) } else { facts.refuses(family, name, &value) };
        if let Some(instead) = refused {
            if by_user {
                let message = format!("{} does not take {name} = {} for {family}", service.title, setting.value);
                diagnostics.push(
                    Code::CloudLimit
                        .at(setting.origin.span, message)
                        .help(format!("it takes {instead}: remove the line, or choose one of these")),
                );
            }
            continue;
        }
        let usual = match facts.usual(family, name) {
            Usual::Value(value) => Some(value),
            Usual::Unknown => None,
            Usual::Engine => default(setting, service),
        };
        if usual.as_deref() == Some(value.as_str()) {
            continue;
        }
        let method =
            if facts.needs_reboot(name) || setting.change == "restart" { "pending-reboot" } else { "immediate" };
        all.push((name.to_owned(), value, method));
    }
    let extensions = instance.list("extensions");
    for extension in &extensions {
        if let Some(switch) = service.extensions.switches.get(extension.as_str()) {
            all.push((switch.clone(), facts.boolean(true), "pending-reboot"));
        }
    }
    if !service.extensions.listed_in.is_empty() && !extensions.is_empty() {
        all.push((service.extensions.listed_in.clone(), extensions.join(","), "immediate"));
    }
    all.sort();
    all.into_iter()
        .map(|(name, value, method)| context! { name => name, value => value, apply_method => method })
        .collect()
}

/// The engine's own default, as the service writes it.
fn default(setting: &SettingValue, service: &Service) -> Option<String> {
    let variant = setting.variant.as_ref()?;
    let own = SettingValue { value: variant.default.clone()?, ..setting.clone() };
    Some(match &own.value {
        crate::resolve::Value::Bool(yes) => service.parameters().boolean(*yes),
        _ => settings::raw(&own),
    })
}
