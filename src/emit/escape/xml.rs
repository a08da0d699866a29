//! XML as ClickHouse reads it: text of an element, and names of elements.

use super::Refused;

/// The text of an element.
pub fn text(text: &str) -> Result<String, Refused> {
    if let Some(odd) = text
        .chars()
        .find(|c| (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}'))
    {
        return Err(Refused(format!("XML can't hold the character U+{:04X}", u32::from(odd))));
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A bare carriage return would be read as a line end.
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
    Ok(out)
}

/// An attribute's value, with its quotes.
pub fn attribute(value: &str) -> Result<String, Refused> {
    Ok(format!("\"{}\"", text(value)?))
}

/// The name of an element.
pub fn name(name: &str) -> Result<&str, Refused> {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if name.starts_with(first) && name.chars().all(rest) {
        Ok(name)
    } else {
        Err(Refused(format!("`{name}` can't name an element of XML")))
    }
}

/// A comment's text: two hyphens would end it.
pub fn comment(text: &str) -> String {
    format!("<!-- {} -->", text.replace("--", "- -").trim_end_matches('-'))
}
