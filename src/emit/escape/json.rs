//! JSON strings.

/// A quoted string. U+2028 and U+2029 are written as escapes, for readers that take them for line ends.
pub fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}
