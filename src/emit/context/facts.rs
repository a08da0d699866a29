//! What every engine's templates see of an instance: all its facts, and its tenants with what each may use.
//!
//! Facts keep the names of the spec. `collection releases { index by_artist { … } }` is
//! `facts.collection.releases.index.by_artist`; sizes are bytes, durations milliseconds, percentages fractions.

use std::collections::BTreeMap;

use minijinja::{Value, context};

use super::{Place, identity, login, logs_in};
use crate::emit::escape::ident;
use crate::emit::units::Units;
use crate::model::{Instance, Isolation, Placement, SettingValue};
use crate::resolve::Value as Fact;

/// An instance's facts, as nested maps.
pub fn of(instance: &Instance) -> Value {
    let mut root = Tree::default();
    for (path, fact) in &instance.facts {
        root.insert(path.split('.'), &fact.value);
    }
    root.value()
}

#[derive(Default)]
struct Tree<'a> {
    own: Option<&'a Fact>,
    below: BTreeMap<&'a str, Self>,
}

impl<'a> Tree<'a> {
    fn insert(&mut self, mut path: std::str::Split<'a, char>, value: &'a Fact) {
        match path.next() {
            Some(name) => self.below.entry(name).or_default().insert(path, value),
            None => self.own = Some(value),
        }
    }

    /// A fact, or a map of what stands below.
    fn value(&self) -> Value {
        match self.own {
            Some(own) if self.below.is_empty() => plain(own),
            _ => Value::from(self.below.iter().map(|(name, below)| (*name, below.value())).collect::<BTreeMap<_, _>>()),
        }
    }
}

/// A fact as templates see it.
fn plain(fact: &Fact) -> Value {
    match fact {
        Fact::Nothing | Fact::Pattern(_) => Value::from(()),
        Fact::Bool(value) => Value::from(*value),
        Fact::Int(value) | Fact::Size(value) => Value::from(*value),
        Fact::Duration(micros) => Value::from(micros / 1_000),
        Fact::Number(value) | Fact::Percent(value) | Fact::Rate(value) => Value::from(*value),
        Fact::List(values) => values.iter().map(plain).collect(),
        Fact::Block => Value::from(BTreeMap::<String, Value>::new()),
        other => Value::from(other.to_string()),
    }
}

/// An instance's settings, by group: each as the engine's own file writes sizes and durations.
pub fn settings(instance: &Instance) -> Value {
    let units = instance.files.first().and_then(|file| Units::parse(&file.units)).unwrap_or(Units::Bare);
    let said = |setting: &SettingValue| match &setting.value {
        Fact::Bool(value) => Value::from(*value),
        Fact::Int(value) => Value::from(*value),
        Fact::Number(value) => Value::from(*value),
        Fact::Size(bytes) => Value::from(units.size(*bytes, setting)),
        Fact::Duration(micros) => Value::from(units.duration(*micros, setting)),
        Fact::List(values) => values.iter().map(|value| Value::from(value.to_string())).collect(),
        other => Value::from(other.to_string()),
    };
    let group = |settings: &[SettingValue]| {
        settings.iter().map(|setting| (setting.name.to_string(), said(setting))).collect::<BTreeMap<_, _>>()
    };
    Value::from(
        instance
            .settings
            .iter()
            .map(|(name, all)| (name.to_string(), Value::from(group(all))))
            .collect::<BTreeMap<_, _>>(),
    )
}

/// Tenants on an instance, by id, each with how it is kept apart.
pub fn tenants(place: &Place<'_>, instance: &Instance) -> Vec<(Isolation, Value)> {
    let one = |placement: &Placement| Some((placement.isolation, tenant(place, instance, placement)?));
    instance.placements.iter().filter_map(one).collect()
}

fn tenant(place: &Place<'_>, instance: &Instance, placement: &Placement) -> Option<Value> {
    let tenant = place.tenant(placement)?;
    let (role, secret) = login(place, instance, placement);
    Some(context! {
        id => tenant.id.as_str(),
        name => tenant.name.as_str(),
        uuid => tenant.uuid.as_str(),
        tier => tenant.tier.as_str(),
        isolation => placement.isolation.word(),
        row => placement.isolation == Isolation::Row,
        state => tenant.state.as_str(),
        closed => tenant.state != "active",
        schema => ident(&placement.schema),
        database => ident(&placement.database),
        role => ident(role),
        own_role => logs_in(placement),
        owner => ident(&placement.owner),
        secret => secret,
        // Whom it logs in as where that is proved without a password.
        identity => identity(place, instance, tenant),
        cpu => tenant.quota.cpu,
        memory => tenant.quota.memory,
        storage => tenant.quota.storage,
        connections => tenant.quota.connections,
        requests => tenant.quota.requests,
        work_mem => tenant.quota.work_mem.map(|bytes| bytes / 1024),
        statement_timeout => tenant.statement_timeout_ms,
        idle_in_transaction_timeout => tenant.idle_in_transaction_timeout_ms,
        lock_timeout => tenant.lock_timeout_ms,
    })
}
