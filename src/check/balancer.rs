//! Servers that a balancer is told by their names: as many as there are, each once, where they have names of their own.

use std::collections::BTreeSet;

use super::Subject;
use super::shapes::place;
use crate::diag::{Code, Diagnostic};
use crate::model::Instance;
use crate::resolve::Value;

/// `server NAME { host = … weight = … }` of a store, or of its pool.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    for group in ["", "pool."] {
        let path = |what: &str| format!("{group}{what}");
        let Some(balance) = instance.fact(&path("balance")).map(ToString::to_string) else { continue };
        let servers = instance.blocks(&path("server"));
        let mut refuse = |fact: String, message: String, help: &str| {
            diagnostics.push(Code::BalancerServers.at(place(instance, &fact), message).help(help));
        };
        let first = servers.first().map(|name| path(&format!("server.{name}"))).unwrap_or_default();
        if subject.model.platform.cloud != "self_hosted" && (balance == "weighted" || !servers.is_empty()) {
            let at = if balance == "weighted" { path("balance") } else { first };
            let message =
                format!("servers of {} have no names of their own here, and all are of one size", instance.database);
            refuse(at, message, "write `balance = least_connections` or `round_robin`, and leave `server` out");
            continue;
        }
        if servers.is_empty() {
            if balance == "weighted" {
                let message = format!("nothing says which weight each server of {} has", instance.database);
                let help = "name each: `server one { host = \"one.example.internal\"  weight = 200 }`, or write `balance = least_connections`";
                refuse(path("balance"), message, help);
            }
            continue;
        }
        if balance == "none" {
            let help = "write `balance = weighted` (or `round_robin`, `least_connections`), or leave `server` out";
            refuse(first, format!("no balancer asks these servers of {}", instance.database), help);
            continue;
        }
        let there = there(instance);
        if servers.len() != there {
            let message = format!(
                "{} has {there} servers, and {} are named: the others would never be asked",
                instance.database,
                servers.len()
            );
            refuse(first, message, "name each of them once, or change `replicas`");
            continue;
        }
        let mut hosts = BTreeSet::new();
        let mut weights = 0;
        for name in servers {
            let own = |what: &str| path(&format!("server.{name}.{what}"));
            let host = instance.fact(&own("host")).map(ToString::to_string).unwrap_or_default();
            let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '.' || letter == '-';
            if host.is_empty() || !host.chars().all(plain) {
                refuse(
                    own("host"),
                    format!("`{host}` is no name of a machine"),
                    "write its name or IPv4 address alone; the port is the store's",
                );
            } else if !hosts.insert(host.clone()) {
                refuse(
                    own("host"),
                    format!("{host} is named twice, and would get two shares"),
                    "name each server once",
                );
            }
            weights += instance.int(&own("weight"));
        }
        if balance == "weighted" && weights == 0 {
            refuse(
                path("balance"),
                format!("no server of {} has any weight, so none is asked", instance.database),
                "give one of them a `weight` above 0",
            );
        }
    }
}

/// Servers of a store: shards, each with its replicas.
fn there(instance: &Instance) -> usize {
    let shards = match instance.fact("shards") {
        Some(Value::Int(shards)) => *shards,
        _ => 1,
    };
    usize::try_from(shards * (instance.int("replicas") + 1)).unwrap_or(usize::MAX)
}
