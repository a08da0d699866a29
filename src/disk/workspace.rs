//! A workspace's files, read through the [`World`].

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::source::{Unreadable, World};

/// A workspace on disk.
#[derive(Debug)]
pub struct Workspace {
    /// Its folder, absolute, links resolved.
    pub root: PathBuf,
    /// Folders that are not searched for specs, absolute.
    pub skip: Vec<PathBuf>,
    /// Every file that was read, for the stamp of a build.
    pub seen: Mutex<Vec<PathBuf>>,
}

/// The workspace of a folder, or the one around it: the nearest folder upwards with a file that holds a `platform` block.
#[must_use]
pub fn find(start: &Path) -> Option<PathBuf> {
    let start = start.canonicalize().ok()?;
    start.ancestors().find(|folder| holds_platform(folder)).map(Path::to_path_buf)
}

fn holds_platform(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "tenant"))
        .any(|path| {
            let text = fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            text.lines().any(|line| {
                line.trim_start().strip_prefix("platform").is_some_and(|rest| rest.starts_with([' ', '\t']))
            })
        })
}

impl Workspace {
    /// The workspace in a folder.
    ///
    /// # Errors
    /// The folder is not there.
    pub fn open(folder: &Path, skip: Vec<PathBuf>) -> Result<Self, super::Fault> {
        let root = super::Doing::doing(folder.canonicalize(), "open", folder)?;
        Ok(Self { root, skip, seen: Mutex::default() })
    }

    fn walk(&self, folder: &Path, name: &str, ending: Option<&str>, out: &mut Vec<String>) -> Result<(), Unreadable> {
        let told = |why: std::io::Error| {
            Unreadable(format!("can't list {}: {why}", if name.is_empty() { "the workspace" } else { name }))
        };
        let mut entries: Vec<fs::DirEntry> =
            fs::read_dir(folder).map_err(told)?.collect::<Result<_, _>>().map_err(told)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let file = entry.file_name();
            let file = file.to_string_lossy();
            let path = if name.is_empty() { file.to_string() } else { format!("{name}/{file}") };
            let full = entry.path();
            if file.starts_with('.') || self.skip.contains(&full) {
                continue;
            }
            let kind = entry.file_type().map_err(told)?;
            if kind.is_dir() {
                self.walk(&full, &path, ending, out)?;
            } else if ending.is_none_or(|ending| path.ends_with(ending)) {
                out.push(path);
            }
        }
        Ok(())
    }

    /// A path inside the workspace, links resolved; nothing when it leads out of it.
    fn inside(&self, path: &str) -> Result<PathBuf, Unreadable> {
        let full = self.root.join(path);
        let real = full.canonicalize().map_err(|why| Unreadable(format!("can't read {path}: {why}")))?;
        // A library that is `use`d may lie elsewhere, and is then named with `..`; what it names stays below it.
        let allowed = if path.starts_with("../") {
            full.parent().and_then(|parent| parent.canonicalize().ok()).unwrap_or_else(|| self.root.clone())
        } else {
            self.root.clone()
        };
        if real.starts_with(&allowed) {
            Ok(real)
        } else {
            Err(Unreadable(format!("{path} leads out of the workspace, to {}", real.display())))
        }
    }
}

impl World for Workspace {
    fn specs(&self, folder: &str) -> Result<Vec<String>, Unreadable> {
        let mut out = Vec::new();
        let full = self.root.join(folder);
        if !full.is_dir() {
            return Err(Unreadable(format!("there is no folder {folder}")));
        }
        self.walk(&full, folder, Some(".tenant"), &mut out)?;
        Ok(out)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unreadable> {
        let real = self.inside(path)?;
        let bytes = fs::read(&real).map_err(|why| Unreadable(format!("can't read {path}: {why}")))?;
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(real);
        Ok(bytes)
    }

    fn targets(&self) -> Result<Vec<String>, Unreadable> {
        let folder = self.root.join("targets");
        let mut out = Vec::new();
        if folder.is_dir() {
            self.walk(&folder, "targets", None, &mut out)?;
        }
        Ok(out)
    }

    fn today(&self) -> Option<(i16, u8, u8)> {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        civil(i64::try_from(seconds / 86_400).ok()?)
    }
}

/// A day since 1970 as year, month, day (the proleptic Gregorian calendar, counted in eras of 400 years).
fn civil(days: i64) -> Option<(i16, u8, u8)> {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Some((i16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?))
}

#[cfg(test)]
mod tests {
    use super::civil;

    #[test]
    fn days_are_dates() {
        assert_eq!(civil(0), Some((1970, 1, 1)));
        assert_eq!(civil(19_782), Some((2024, 2, 29)));
        assert_eq!(civil(20_778), Some((2026, 11, 21)));
    }
}
