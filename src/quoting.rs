//! A name or a text of SQL, between quotes. What goes in is inert in what comes out, whatever the server's settings.

use ecow::{EcoString, eco_format};

/// A name in double quotes, those in it doubled.
#[must_use]
pub fn name(name: &str) -> EcoString {
    eco_format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in quotes. One with a backslash takes the form `E''`, so that `standard_conforming_strings` does not matter.
#[must_use]
pub fn text(text: &str) -> EcoString {
    let inner = text.replace('\'', "''");
    if inner.contains('\\') { eco_format!("E'{}'", inner.replace('\\', "\\\\")) } else { eco_format!("'{inner}'") }
}
