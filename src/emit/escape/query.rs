//! Query languages of single engines: CQL, Cypher, ClickHouse's SQL, MySQL's. Strings and names, each in the engine's own quotes.

use super::Refused;

fn refuse(text: &str, odd: impl Fn(char) -> bool, language: &str) -> Result<(), Refused> {
    match text.chars().find(|c| odd(*c)) {
        Some(c) => Err(Refused(format!("{language} can't hold {c:?} here"))),
        None => Ok(()),
    }
}

/// CQL: quotes are doubled (`Lexer.g`, `STRING_LITERAL`).
pub fn cql(text: &str) -> Result<String, Refused> {
    refuse(text, |c| c == '\0', "CQL")?;
    Ok(format!("'{}'", text.replace('\'', "''")))
}

/// A name in CQL, always quoted. Keyspaces and tables are letters, digits and `_`, at most 48 (`SchemaConstants.NAME_LENGTH`).
pub fn cql_name(name: &str) -> Result<String, Refused> {
    refuse(name, |c| !(c.is_ascii_alphanumeric() || c == '_'), "a name of Cassandra")?;
    if name.is_empty() || name.len() > 48 {
        return Err(Refused(format!(
            "`{name}` can't name anything in Cassandra: it has {} letters, of 1 to 48",
            name.len()
        )));
    }
    Ok(format!("\"{name}\""))
}

/// Cypher: `\u` is read everywhere, before strings are, so no backslash is let in.
pub fn cypher(text: &str) -> Result<String, Refused> {
    refuse(text, |c| matches!(c, '\\' | '\0'), "Cypher")?;
    let inner = text.replace('\'', "\\'").replace('\n', "\\n").replace('\r', "\\r");
    Ok(format!("'{inner}'"))
}

/// A name in Cypher, always in backticks.
pub fn cypher_name(name: &str) -> Result<String, Refused> {
    refuse(name, |c| matches!(c, '\\' | '\0'), "a name in Cypher")?;
    Ok(format!("`{}`", name.replace('`', "``")))
}

/// ClickHouse: a backslash escapes, in strings and in names (`Lexer.cpp`, `ReadHelpers.cpp`).
pub fn clickhouse(text: &str) -> Result<String, Refused> {
    refuse(text, |c| c == '\0', "ClickHouse's SQL")?;
    Ok(format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")))
}

/// A name in ClickHouse's SQL, always in backticks.
pub fn clickhouse_name(name: &str) -> Result<String, Refused> {
    refuse(name, |c| c == '\0', "a name in ClickHouse's SQL")?;
    Ok(format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`")))
}

/// MySQL and MariaDB: quotes are doubled, and a backslash escapes unless `NO_BACKSLASH_ESCAPES` is on; so it is refused.
pub fn mysql(text: &str) -> Result<String, Refused> {
    refuse(text, |c| matches!(c, '\\' | '\0'), "MySQL's SQL")?;
    Ok(format!("'{}'", text.replace('\'', "''")))
}

/// A name in MySQL's SQL, always in backticks.
pub fn mysql_name(name: &str) -> Result<String, Refused> {
    refuse(name, |c| c == '\0', "a name in MySQL's SQL")?;
    Ok(format!("`{}`", name.replace('`', "``")))
}
