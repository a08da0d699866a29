//! Sizes and durations, as engines write them: `64MB`, `64mb`, `64MiB`, `64m`, or bare numbers of a setting's raw unit.

use crate::model::SettingValue;
use crate::resolve::Value;

/// A family of spellings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Units {
    /// Numbers of the setting's raw unit; of bytes and seconds where it has none.
    Bare,
    /// PostgreSQL: `kB MB GB TB`, `us ms s min h d` (`guc.c`).
    Postgresql,
    /// Elasticsearch: `kb mb gb`, `micros ms s m h d` (`ByteSizeValue`, `TimeValue`).
    Elastic,
    /// Cassandra: `KiB MiB GiB`, `us ms s m h d` (`DataStorageSpec`, `DurationSpec`). Zero has a unit too.
    Iec,
    /// Java: `k m g`, `ms s m h` (`SettingValueParsers` of Neo4j, `-Xmx`).
    Java,
}

type Scale = &'static [(i64, &'static str)];

const POSTGRESQL_SIZE: Scale = &[(1 << 40, "TB"), (1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB"), (1, "B")];
const POSTGRESQL_TIME: Scale =
    &[(86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"), (1_000, "ms"), (1, "us")];
const ELASTIC_SIZE: Scale = &[(1 << 40, "tb"), (1 << 30, "gb"), (1 << 20, "mb"), (1 << 10, "kb"), (1, "b")];
const ELASTIC_TIME: Scale =
    &[(86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s"), (1_000, "ms"), (1, "micros")];
const IEC_SIZE: Scale = &[(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")];
const IEC_TIME: Scale =
    &[(86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s"), (1_000, "ms"), (1, "us")];
const JAVA_SIZE: Scale = &[(1 << 30, "g"), (1 << 20, "m"), (1 << 10, "k"), (1, "")];
const JAVA_TIME: Scale =
    &[(86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s"), (1_000, "ms")];

impl Units {
    /// By its word; bare numbers when it is empty.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "" | "bare" => Self::Bare,
            "postgresql" => Self::Postgresql,
            "elastic" => Self::Elastic,
            "iec" => Self::Iec,
            "java" => Self::Java,
            _ => return None,
        })
    }

    /// Bytes.
    #[must_use]
    pub fn size(self, bytes: i64, setting: &SettingValue) -> String {
        match self {
            Self::Bare => bare(bytes, unit(setting).unwrap_or(1)),
            Self::Postgresql => self.scaled(bytes, POSTGRESQL_SIZE, setting),
            Self::Elastic => self.scaled(bytes, ELASTIC_SIZE, setting),
            Self::Iec => self.scaled(bytes, IEC_SIZE, setting),
            Self::Java => self.scaled(bytes, JAVA_SIZE, setting),
        }
    }

    /// Microseconds.
    #[must_use]
    pub fn duration(self, micros: i64, setting: &SettingValue) -> String {
        match self {
            Self::Bare => bare(micros, unit(setting).unwrap_or(1_000_000)),
            Self::Postgresql => self.scaled(micros, POSTGRESQL_TIME, setting),
            Self::Elastic => self.scaled(micros, ELASTIC_TIME, setting),
            Self::Iec => self.scaled(micros, IEC_TIME, setting),
            Self::Java => self.scaled(micros, JAVA_TIME, setting),
        }
    }

    /// Bytes a second.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "a fraction of a byte is none")]
    pub fn rate(self, bytes: f64, setting: &SettingValue) -> String {
        format!("{}/s", self.size(bytes as i64, setting))
    }

    /// The largest unit that says the value exactly, and is not below the setting's raw one: that is what each may be
    /// given in.
    fn scaled(self, value: i64, scale: Scale, setting: &SettingValue) -> String {
        let raw = unit(setting).unwrap_or(1);
        if value == 0 {
            let name = scale.iter().rfind(|(factor, _)| *factor >= raw).map_or("", |(_, name)| *name);
            return if self == Self::Iec { format!("0{name}") } else { "0".to_owned() };
        }
        let (factor, name) = scale.iter().find(|(factor, _)| value % factor == 0).copied().unwrap_or((1, ""));
        format!("{}{name}", value / factor)
    }
}

fn bare(value: i64, unit: i64) -> String {
    let unit = unit.max(1);
    if value % unit == 0 {
        return (value / unit).to_string();
    }
    #[allow(clippy::cast_precision_loss, reason = "a fraction of a unit")]
    let fraction = value as f64 / unit as f64;
    fraction.to_string()
}

/// The raw unit of a setting, in bytes or microseconds.
#[must_use]
pub fn unit(setting: &SettingValue) -> Option<i64> {
    match setting.variant.as_ref()?.unit.as_ref()? {
        Value::Size(unit) | Value::Duration(unit) => Some(*unit),
        _ => None,
    }
}
