//! The world on a real disk.

#![allow(clippy::disallowed_methods, reason = "the part that does IO")]

mod stamp;
mod tree;
mod workspace;

pub use stamp::Stamp;
pub use tree::{Difference, Kind, Tally, Tree};
pub use workspace::{Workspace, find};

use std::path::{Path, PathBuf};
use std::{fmt, io};

/// An operation on a file that failed.
#[derive(Debug)]
pub struct Fault {
    /// What was tried, as "read", "write".
    pub doing: &'static str,
    /// On what.
    pub path: PathBuf,
    /// Why it failed.
    pub why: io::Error,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "can't {} {}: {}", self.doing, self.path.display(), self.why)
    }
}

impl std::error::Error for Fault {}

/// Adds what was tried to an error.
trait Doing<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, Fault>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, Fault> {
        self.map_err(|why| Fault { doing, path: path.to_path_buf(), why })
    }
}
