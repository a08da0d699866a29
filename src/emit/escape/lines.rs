//! One value a line, in files with few rules: Java properties, options of a Java machine, Redis' access lists.

use super::Refused;

fn refuse(text: &str, odd: impl Fn(char) -> bool, file: &str) -> Result<(), Refused> {
    match text.chars().find(|c| c.is_control() || odd(*c)) {
        Some(c) => Err(Refused(format!(
            "a value of {file} can't hold {}",
            if c == ' ' { "a space".to_owned() } else { format!("{c:?}") }
        ))),
        None => Ok(()),
    }
}

/// A value of a properties file: a backslash is doubled, as it would take the next letter with it.
pub fn property(text: &str) -> Result<String, Refused> {
    refuse(text, |_| false, "this file")?;
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return Err(Refused("a value of this file can't begin or end in a space".to_owned()));
    }
    Ok(text.replace('\\', "\\\\"))
}

/// An option of a Java machine. Start scripts cut lines at spaces and let a shell read them.
pub fn jvm(text: &str) -> Result<String, Refused> {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | ',' | '+' | '=' | '@' | '%');
    refuse(text, |c| !plain(c), "a Java machine's options")?;
    Ok(text.to_owned())
}

/// A word of an access list (`ACLLoadFromFile` cuts at spaces and knows no quotes).
pub fn acl(text: &str) -> Result<String, Refused> {
    refuse(text, |c| c.is_whitespace() || matches!(c, '"' | '\''), "an access list")?;
    if text.is_empty() {
        Err(Refused("an access list can't hold an empty word".to_owned()))
    } else {
        Ok(text.to_owned())
    }
}

/// A text that a glob pattern takes for itself only: Redis' `stringmatchlen`.
pub fn glob(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '^' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
