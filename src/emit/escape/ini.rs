//! Values of pgbouncer.ini: the rest of the line, as it is. Connection strings have quotes of their own.

use super::Refused;

/// A value: what the file can't hold on one line is refused.
pub fn string(text: &str) -> Result<String, Refused> {
    let odd = text.chars().any(char::is_control) || text.starts_with(' ') || text.ends_with(' ');
    if odd {
        Err(Refused("a value of pgbouncer.ini can't hold a line end or begin or end in a space".to_owned()))
    } else {
        Ok(text.to_owned())
    }
}
