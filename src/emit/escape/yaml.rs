//! YAML strings: always double quoted, in JSON's form, which YAML 1.1 and 1.2 read alike. A tenant called `no` stays one.

use super::json;

/// A quoted string; what JSON leaves bare and YAML readers may not take is written as an escape.
pub fn string(text: &str) -> String {
    let mut out = String::new();
    for c in json::string(text).chars() {
        match c {
            '\u{7f}' | '\u{85}' | '\u{80}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}
