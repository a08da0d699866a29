//! What the compiler can see of the outside: a handful of reads, by paths relative to the workspace.
//!
//! The core does no IO of its own. A [`World`] on a real disk is in [`crate::disk`]; [`Memory`] serves tests, editors and
//! browsers.

use std::collections::BTreeMap;

/// Why a file can't be had, in words for the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreadable(pub String);

/// The outside, as the compiler sees it.
pub trait World: Sync {
    /// Paths of all `.tenant` files under a folder, relative to the workspace, with `/`, in any order.
    ///
    /// # Errors
    /// A folder that can't be listed.
    fn specs(&self, folder: &str) -> Result<Vec<String>, Unreadable>;

    /// The bytes of a file.
    ///
    /// # Errors
    /// A file that is missing, unreadable or outside the workspace.
    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable>;

    /// Files of the workspace's own `targets/` folder, if it has one.
    ///
    /// # Errors
    /// A folder that can't be listed.
    fn targets(&self) -> Result<Vec<String>, Unreadable> {
        Ok(Vec::new())
    }

    /// Today, for what expires: year, month, day. Never part of an output.
    fn today(&self) -> Option<(i16, u8, u8)> {
        None
    }
}

/// A workspace in memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Contents by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Today.
    pub today: Option<(i16, u8, u8)>,
}

impl Memory {
    /// A workspace of these files.
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).collect();
        Self { files, today: None }
    }
}

impl World for Memory {
    fn specs(&self, folder: &str) -> Result<Vec<String>, Unreadable> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let found: Vec<String> =
            self.files.keys().filter(|path| path.starts_with(&prefix) && path.ends_with(".tenant")).cloned().collect();
        if found.is_empty() && !folder.is_empty() {
            Err(Unreadable(format!("there is no folder {folder}")))
        } else {
            Ok(found)
        }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        self.files.get(path).cloned().ok_or_else(|| Unreadable(format!("there is no file {path}")))
    }

    fn targets(&self) -> Result<Vec<String>, Unreadable> {
        Ok(self.files.keys().filter(|path| path.starts_with("targets/")).cloned().collect())
    }

    fn today(&self) -> Option<(i16, u8, u8)> {
        self.today
    }
}
