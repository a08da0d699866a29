//! One escaper an output syntax: a value → a complete literal of that syntax, or a refusal.
//!
//! A template prints `{{ value }}` and nothing around it; what stands there is decided by the value's type and the
//! file's syntax. What a syntax can't hold (a line end in a one-line format, a NUL) is an error, never dropped.

mod conf;
mod hcl;
mod ini;
mod json;
mod lines;
mod query;
mod sql;
pub mod xml;
mod yaml;

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, Value, ValueKind};

/// An output syntax.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Syntax {
    /// Terraform.
    Hcl,
    /// JSON.
    Json,
    /// YAML, read by 1.1 and 1.2 readers.
    Yaml,
    /// PostgreSQL's SQL, and psql.
    Sql,
    /// postgresql.conf.
    Conf,
    /// pg_hba.conf.
    Hba,
    /// pgbouncer.ini.
    Ini,
    /// redis.conf.
    Redis,
    /// haproxy.cfg.
    Haproxy,
    /// Redis' users.acl, which has no comments.
    Acl,
    /// ClickHouse's configuration.
    Xml,
    /// `name=value`, as Java reads it.
    Properties,
    /// Options of a Java machine.
    Jvm,
    /// mongosh.
    Js,
    /// Cassandra's query language.
    Cql,
    /// Neo4j's query language.
    Cypher,
    /// ClickHouse's SQL.
    Clickhouse,
    /// SQL of MySQL and MariaDB.
    Mysql,
    /// Copied as it is; no values.
    Verbatim,
}

impl Syntax {
    /// By its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::from(word)).ok()
    }

    /// A comment line; none where there are no comments. The text is one line already.
    #[must_use]
    pub fn comment(self, text: &str) -> Option<String> {
        let mark = match self {
            Self::Hcl
            | Self::Yaml
            | Self::Conf
            | Self::Hba
            | Self::Redis
            | Self::Haproxy
            | Self::Properties
            | Self::Jvm => "#",
            Self::Sql | Self::Cql | Self::Clickhouse | Self::Mysql => "--",
            Self::Js | Self::Cypher => "//",
            Self::Ini => ";",
            Self::Xml => return Some(xml::comment(text)),
            Self::Json | Self::Acl | Self::Verbatim => return None,
        };
        Some(format!("{mark} {text}"))
    }

    /// A value as a complete literal.
    ///
    /// # Errors
    /// The syntax has no form for it.
    pub fn literal(self, value: &Value) -> Result<String, Refused> {
        if let Some(ident) = value.downcast_object_ref::<Ident>() {
            return match self {
                Self::Sql => sql::identifier(&ident.0),
                Self::Hba => conf::hba(&ident.0),
                Self::Cql => query::cql_name(&ident.0),
                Self::Cypher => query::cypher_name(&ident.0),
                Self::Clickhouse => query::clickhouse_name(&ident.0),
                Self::Mysql => query::mysql_name(&ident.0),
                _ => self.text(&ident.0),
            };
        }
        match value.kind() {
            ValueKind::String => self.text(value.as_str().unwrap_or_default()),
            ValueKind::Bool => Ok(self.bool(value.is_true())),
            ValueKind::Number => number(value),
            ValueKind::None => match self {
                Self::Hcl | Self::Json | Self::Yaml | Self::Js | Self::Cql | Self::Cypher => Ok("null".to_owned()),
                Self::Sql | Self::Clickhouse | Self::Mysql => Ok("NULL".to_owned()),
                _ => Err(Refused("nothing has no form here".to_owned())),
            },
            ValueKind::Seq | ValueKind::Iterable if self.has_lists() => {
                let items = value.try_iter().map_err(|fault| Refused(fault.to_string()))?;
                let parts: Result<Vec<String>, Refused> = items.map(|item| self.literal(&item)).collect();
                Ok(format!("[{}]", parts?.join(", ")))
            }
            ValueKind::Map if matches!(self, Self::Json | Self::Js | Self::Yaml) => {
                let keys = value.try_iter().map_err(|fault| Refused(fault.to_string()))?;
                let pair = |key: Value| {
                    let item = value.get_item(&key).map_err(|fault| Refused(fault.to_string()))?;
                    Ok(format!("{}: {}", self.text(&key.to_string())?, self.literal(&item)?))
                };
                let parts: Result<Vec<String>, Refused> = keys.map(pair).collect();
                Ok(format!("{{{}}}", parts?.join(", ")))
            }
            other => Err(Refused(format!("{other} has no form here"))),
        }
    }

    const fn has_lists(self) -> bool {
        matches!(self, Self::Hcl | Self::Json | Self::Yaml | Self::Js | Self::Cql | Self::Cypher | Self::Clickhouse)
    }

    fn text(self, text: &str) -> Result<String, Refused> {
        match self {
            Self::Hcl => Ok(hcl::string(text)),
            Self::Json | Self::Js => Ok(json::string(text)),
            Self::Yaml => Ok(yaml::string(text)),
            Self::Sql => sql::string(text),
            Self::Conf => conf::string(text),
            Self::Hba => conf::hba(text),
            Self::Ini => ini::string(text),
            Self::Redis => conf::redis(text),
            Self::Haproxy => conf::haproxy(text),
            Self::Acl => lines::acl(text),
            Self::Xml => xml::text(text),
            Self::Properties => lines::property(text),
            Self::Jvm => lines::jvm(text),
            Self::Cql => query::cql(text),
            Self::Cypher => query::cypher(text),
            Self::Clickhouse => query::clickhouse(text),
            Self::Mysql => query::mysql(text),
            Self::Verbatim => Err(Refused("this file holds no values".to_owned())),
        }
    }

    fn bool(self, value: bool) -> String {
        let (yes, no) = match self {
            Self::Sql => ("TRUE", "FALSE"),
            Self::Conf => ("on", "off"),
            Self::Ini => ("1", "0"),
            Self::Redis => ("yes", "no"),
            _ => ("true", "false"),
        };
        if value { yes } else { no }.to_owned()
    }
}

fn number(value: &Value) -> Result<String, Refused> {
    if let Some(whole) = value.as_i64() {
        return Ok(whole.to_string());
    }
    match f64::try_from(value.clone()) {
        Ok(number) if number.is_finite() => Ok(format!("{number}")),
        _ => Err(Refused("not a number that can be written".to_owned())),
    }
}

pub use lines::glob;

/// Text of a comment: one line, nothing a reader would act on.
#[must_use]
pub fn comment(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{85}') { ' ' } else { c })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value that has no form in a syntax.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name in SQL: printed as an identifier, quoted when it must be.
#[derive(Debug)]
pub struct Ident(pub String);

impl Object for Ident {
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name in SQL, for a template.
#[must_use]
pub fn ident(name: &str) -> Value {
    Value::from_object(Ident(name.to_owned()))
}

/// SQL that is already whole: a type, a default, a keyword.
#[must_use]
pub fn raw(sql: &str) -> Value {
    Value::from_safe_string(sql.to_owned())
}
