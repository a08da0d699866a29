//! `manifest.json`: every file with its hash, what made it and the block it came from.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::OutFile;
use crate::source::SourceMap;

/// A file's entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// SHA-256 of its bytes, in hex; what `sha256sum` prints.
    pub sha256: String,
    /// The target and the template.
    pub made_by: String,
    /// The file of the block that it exists for.
    pub from: String,
}

/// The manifest.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of tenantc that wrote it.
    pub tenantc: String,
    /// Entries by path.
    pub files: BTreeMap<String, Entry>,
}

/// Bytes as hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The manifest's own path.
pub const PATH: &str = "manifest.json";

impl Manifest {
    /// An empty one of this version.
    #[must_use]
    pub fn new() -> Self {
        Self { tenantc: env!("CARGO_PKG_VERSION").to_owned(), files: BTreeMap::new() }
    }

    /// The entry of a file.
    #[must_use]
    pub fn entry(file: &OutFile, sources: &SourceMap) -> Entry {
        let sha256 = hex(&Sha256::digest(file.text.as_bytes()));
        Entry { sha256, made_by: file.made_by.clone(), from: sources.file_name(file.origin).to_owned() }
    }

    /// Its text: a line a file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out =
            format!("{{\n  \"tenantc\": {},\n  \"files\": {{", serde_json::Value::from(self.tenantc.as_str()));
        for (index, (path, entry)) in self.files.iter().enumerate() {
            out.push_str(if index == 0 { "\n" } else { ",\n" });
            let _ = write!(
                out,
                "    {}: {}",
                serde_json::Value::from(path.as_str()),
                serde_json::to_string(entry).unwrap_or_default()
            );
        }
        out.push_str("\n  }\n}\n");
        out
    }
}
