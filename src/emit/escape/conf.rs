//! Lines of postgresql.conf, pg_hba.conf and redis.conf: one value a line, so a line end is refused.

use super::Refused;

fn one_line(text: &str) -> Result<(), Refused> {
    if text.chars().any(|c| matches!(c, '\n' | '\r' | '\0')) {
        Err(Refused("a value of this file can't hold a line end".to_owned()))
    } else {
        Ok(())
    }
}

/// postgresql.conf: in quotes, quotes and backslashes doubled (`guc-file.l`).
pub fn string(text: &str) -> Result<String, Refused> {
    one_line(text)?;
    Ok(format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''")))
}

/// pg_hba.conf: in double quotes unless it is plain. A quote has no safe form there, so it is refused.
pub fn hba(text: &str) -> Result<String, Refused> {
    one_line(text)?;
    let plain =
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':'));
    let keyword =
        matches!(text, "all" | "replication" | "sameuser" | "samerole" | "samegroup" | "samehost" | "samenet");
    if text.contains('"') || text.contains(',') {
        return Err(Refused("a name of pg_hba.conf can't hold a quote or a comma".to_owned()));
    }
    Ok(if plain && !keyword { text.to_owned() } else { format!("\"{text}\"") })
}

/// redis.conf: in double quotes, with C's escapes (`sdssplitargs`).
pub fn redis(text: &str) -> Result<String, Refused> {
    one_line(text)?;
    let plain =
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':'));
    Ok(if plain { text.to_owned() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) })
}

/// haproxy.cfg: in single quotes, where nothing means anything else (section 2.2 of its manual).
pub fn haproxy(text: &str) -> Result<String, Refused> {
    one_line(text)?;
    let plain =
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':'));
    if text.contains('\'') {
        return Err(Refused("a value of haproxy.cfg can't hold a single quote".to_owned()));
    }
    Ok(if plain { text.to_owned() } else { format!("'{text}'") })
}
