//! What a service can't do, told where the user says it.
//!
//! in: an instance and the description of the service that runs it. out: faults, each with what to write instead.

use super::logs_in;
use crate::diag::{Code, Diagnostic};
use crate::emit::services::{Service, Services};
use crate::model::{Instance, Isolation};

/// A word in `runs_on` that is no service of the engine on the platform's cloud.
pub fn nowhere(services: &Services, cloud: &str, instance: &Instance, diagnostics: &mut Vec<Diagnostic>) {
    let Some(known) = services.unknown(instance) else { return };
    let word = Services::word(instance);
    let message = format!("{} on `{cloud}` can't run on {word}", instance.engine);
    let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
    diagnostics.push(
        Code::UnknownService
            .at(instance.place_of("runs_on"), message)
            .help(format!("it can run on {}", known.join(", "))),
    );
}

/// Backups that should be locked, where nothing here makes any that are.
pub fn unlocked(services: &Services, instance: &Instance, diagnostics: &mut Vec<Diagnostic>) {
    if services.managed(instance).is_some() || !instance.is("backup.locked") {
        return;
    }
    let message = format!("nothing here locks backups of {} where it runs", instance.database);
    diagnostics.push(
        Code::CloudLimit
            .at(instance.place_of("backup.locked"), message)
            .help("take `locked` out, and lock the bucket that its backups go to"),
    );
}

/// A region that a service has no name for.
pub fn region(instance: &Instance, service: &Service, region: &str, diagnostics: &mut Vec<Diagnostic>) {
    let message = format!("{} is not known to be in {region}, where {} is", service.title, instance.database);
    let known: Vec<&str> = service.regions.keys().map(String::as_str).collect();
    diagnostics.push(
        Code::CloudLimit
            .at(instance.place_of("runs_on"), message)
            .help("write `runs_on = kubernetes`, or choose another region")
            .note(format!("it is in {}", known.join(", "))),
    );
}

/// Tells all of it.
pub fn tell(instance: &Instance, service: &Service, diagnostics: &mut Vec<Diagnostic>) {
    let name = &instance.database;
    for (path, limit) in &service.limits {
        let most = limit.most.saturating_mul(limit.one());
        if instance.int(path) > most {
            let said = instance.fact(path).map(ToString::to_string).unwrap_or_default();
            let unit = &limit.unit;
            let message = format!("{} takes {path} = {}{unit} at most, {name} wants {said}", service.title, limit.most);
            let word = path.rsplit('.').next().unwrap_or(path);
            diagnostics.push(
                Code::CloudLimit
                    .at(instance.place_of(path), message)
                    .help(format!("write `{word} = {}{unit}` or less", limit.most)),
            );
        }
    }
    for refusal in &service.refuses {
        // Of blocks, the first that there is.
        let named =
            |path: &&ecow::EcoString| path.strip_prefix(&*refusal.fact).is_some_and(|rest| rest.starts_with('.'));
        if let Some(block) = instance.facts.keys().find(named) {
            let message = format!("{} has no {} for {name}: {}", service.title, refusal.fact, refusal.because);
            diagnostics.push(Code::CloudLimit.at(instance.place_of(block), message).help(&*refusal.instead));
        }
        let Some(value) = instance.fact(&refusal.fact).map(ToString::to_string) else { continue };
        let any = refusal.values.is_empty() && !matches!(value.as_str(), "" | "[]" | "false");
        if any || refusal.values.contains(&value) {
            let message =
                format!("{} can't do {} = {value} for {name}: {}", service.title, refusal.fact, refusal.because);
            diagnostics.push(Code::CloudLimit.at(instance.place_of(&refusal.fact), message).help(&*refusal.instead));
        }
    }
    for extension in instance
        .list("extensions")
        .iter()
        .filter(|one| service.extensions.absent.iter().any(|name| *name == one.as_str()))
    {
        let message = format!("{} has no extension {extension} for {name}", service.title);
        let help = "take it out of `extensions`, or write `runs_on = kubernetes`";
        diagnostics.push(Code::CloudLimit.at(instance.place_of("extensions"), message).help(help));
    }
    let asked = |isolation: &Isolation| service.isolations.can.iter().any(|word| word == isolation.word());
    let refused = instance.placements.iter().find(|placement| !asked(&placement.isolation));
    if let Some(placement) = refused {
        let word = placement.isolation.word();
        let message = format!("{} can't keep {} apart by {word} on {name}", service.title, placement.id);
        let help = format!("{}; write `runs_on = kubernetes`, or another `isolation`", service.isolations.because);
        diagnostics.push(Code::CloudLimit.at(instance.place_of("isolation"), message).help(help));
    }
    let logins = i64::try_from(instance.placements.iter().filter(|one| logs_in(one)).count()).unwrap_or(i64::MAX);
    if let Some(most) = service.logins.filter(|most| logins > *most) {
        let message = format!("{} takes {most} users, {logins} tenants log in to {name}", service.title);
        let help = format!(
            "make cells smaller, `cell {{ capacity = {most}  schemas = {most} }}` in the platform, or write `runs_on = kubernetes`"
        );
        diagnostics.push(Code::CloudLimit.at(instance.span, message).help(help));
    }
}
