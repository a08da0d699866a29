//! Settings that a service takes, and what it has where nothing is said.
//!
//! in: a file of a pack. out: [`Parameters`], which answer for a setting by its name.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Settings that a service takes, and what it has where nothing is said.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Parameters {
    /// The only ones that it takes; all but `fixed` and `absent` when there are none here.
    #[serde(default)]
    settable: Vec<String>,
    #[serde(default)]
    fixed: Fixed,
    #[serde(default)]
    absent: Listed,
    #[serde(default, rename = "static")]
    restart: Listed,
    #[serde(default)]
    allowed: Allowed,
    /// By family; `*` is any.
    #[serde(default)]
    defaults: BTreeMap<String, serde_yaml::Value>,
    /// By setting and value: what the service calls that.
    #[serde(default)]
    instead: BTreeMap<String, BTreeMap<String, Said>>,
    /// How it writes no and yes.
    #[serde(default)]
    booleans: Option<(String, String)>,
}

/// A parameter with a value.
#[derive(Clone, Debug, Deserialize)]
struct Said {
    name: String,
    value: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Fixed {
    parameters: Vec<Named>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Named {
    name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Listed {
    names: Vec<NameOr>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum NameOr {
    Name(String),
    Entry(Named),
}

impl Listed {
    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|one| match one {
            NameOr::Name(known) | NameOr::Entry(Named { name: known }) => known == name,
        })
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Allowed {
    parameters: Vec<AllowedValues>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct AllowedValues {
    name: String,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    each: Vec<String>,
    range: Option<(i64, i64)>,
    #[serde(default)]
    families: Vec<String>,
}

impl Parameters {
    /// True for a parameter that the service sets itself, or has not at all.
    #[must_use]
    pub fn is_fixed(&self, name: &str) -> bool {
        let known = self.settable.is_empty() || self.settable.iter().any(|settable| settable == name);
        !known || self.fixed.parameters.iter().any(|fixed| fixed.name == name) || self.absent.has(name)
    }

    /// The service's own parameter and value for a setting's value that it knows by another name.
    #[must_use]
    pub fn instead(&self, name: &str, value: &str) -> Option<(&str, &str)> {
        self.instead.get(name)?.get(value).map(|said| (said.name.as_str(), said.value.as_str()))
    }

    /// True for one whose change waits for a reboot.
    #[must_use]
    pub fn needs_reboot(&self, name: &str) -> bool {
        self.restart.has(name)
    }

    /// What the service takes instead, for a value that it refuses. Values are in raw units.
    #[must_use]
    pub fn refuses(&self, family: &str, name: &str, value: &str) -> Option<String> {
        let rules = self.allowed.parameters.iter().filter(|rule| {
            rule.name == name && (rule.families.is_empty() || rule.families.iter().any(|own| own == family))
        });
        rules.into_iter().find_map(|rule| match rule.range {
            Some((least, most)) => {
                let inside = value.parse::<i64>().is_ok_and(|value| (least..=most).contains(&value));
                (!inside).then(|| format!("{least} to {most}"))
            }
            None if !rule.each.is_empty() => {
                let all = value.split(',').all(|part| rule.each.iter().any(|known| known == part.trim()));
                (!all).then(|| rule.each.join(", "))
            }
            None => (!rule.values.iter().any(|known| known == value)).then(|| rule.values.join(", ")),
        })
    }

    /// What a family has where nothing is said: a value, nothing that can be known, or what the engine itself has.
    #[must_use]
    pub fn usual(&self, family: &str, name: &str) -> Usual {
        let known = [family, "*"].iter().find_map(|family| self.defaults.get(*family)?.get(name)?.get("value"));
        match known {
            Some(serde_yaml::Value::String(value)) => Usual::Value(value.clone()),
            Some(serde_yaml::Value::Null) => Usual::Unknown,
            _ => Usual::Engine,
        }
    }

    /// `0` or `1` as the service writes it.
    #[must_use]
    pub fn boolean(&self, yes: bool) -> String {
        match &self.booleans {
            Some((no_word, yes_word)) => if yes { yes_word } else { no_word }.clone(),
            None => u8::from(yes).to_string(),
        }
    }
}

/// What a setting is where nothing is said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Usual {
    /// This.
    Value(String),
    /// The service works it out, so it is always sent.
    Unknown,
    /// The engine's own default.
    Engine,
}
