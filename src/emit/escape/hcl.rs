//! HCL strings: `${` and `%{` begin templates, so they are doubled. Source: HashiCorp HCL, `hclwrite/generate.go`.

use std::fmt::Write as _;

/// A quoted string.
pub fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' => {
                out.push(c);
                // Every `$` before a `{` counts: `$${` would be the escape itself.
                if chars.peek() == Some(&'{') {
                    out.push(c);
                }
            }
            c if u32::from(c) < 0x20
                || c == '\u{7f}'
                || matches!(c, '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}') =>
            {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::string;

    #[test]
    fn nothing_is_interpolated() {
        assert_eq!(string("${path.root}"), "\"$${path.root}\"");
        assert_eq!(string("%{if true}"), "\"%%{if true}\"");
        assert_eq!(string("a\"b\\c\n"), "\"a\\\"b\\\\c\\n\"");
        assert_eq!(string("$5 and 5%"), "\"$5 and 5%\"");
    }
}
