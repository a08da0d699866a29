//! Writing an output tree whole or not at all.
//!
//! New and changed files are written into a folder beside the output; when all are there, what did not change is linked
//! into it and the two folders change places in one step. A kill at any moment leaves the old tree or the new one; what
//! it may leave besides, the next build removes. What tenantc did not write is carried over as it is (the same file, by
//! a hard link), and never replaced.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Doing, Fault};
use crate::emit::{Entry, MANIFEST, Manifest, OutFile};
use crate::source::SourceMap;

/// What a build did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Files that are new or changed.
    pub written: usize,
    /// Files that were right already.
    pub left: usize,
    /// Files that are no longer made.
    pub removed: usize,
}

/// How a file of the tree differs from what would be written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// Its text differs.
    Modified,
    /// It is not there.
    Missing,
    /// It is there and no longer made.
    Orphaned,
}

/// A difference, for `build --check`.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The path below the output folder.
    pub path: String,
    /// What is wrong with it.
    pub kind: Kind,
    /// What is there.
    pub found: String,
    /// What would be written.
    pub wanted: String,
}

/// An output tree while it is made.
pub struct Tree<'s> {
    out: PathBuf,
    staging: PathBuf,
    sources: &'s SourceMap,
    old: Manifest,
    entries: Mutex<BTreeMap<String, Entry>>,
    folders: Mutex<HashSet<PathBuf>>,
    written: AtomicUsize,
    unchanged: Mutex<Vec<String>>,
    faults: Mutex<Vec<Fault>>,
    /// Parts of the tree that this build does not make (`--environment`, `--target`) are kept.
    partial: bool,
    /// There is a tree already.
    there: bool,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl<'s> Tree<'s> {
    /// A tree at `out`. Removes what a killed build may have left.
    ///
    /// # Errors
    /// The folder around it can't be used.
    pub fn begin(out: &Path, sources: &'s SourceMap, partial: bool) -> Result<Self, Fault> {
        let parent = out.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).doing("make", parent)?;
        let name = out.file_name().map_or_else(|| "out".to_owned(), |name| name.to_string_lossy().into_owned());
        let staging = parent.join(format!(".{name}.tenantc-new"));
        discard(&staging)?;
        let old =
            fs::read(out.join(MANIFEST)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Ok(Self {
            out: out.to_path_buf(),
            staging,
            sources,
            old,
            entries: Mutex::default(),
            folders: Mutex::default(),
            written: AtomicUsize::new(0),
            unchanged: Mutex::default(),
            faults: Mutex::default(),
            partial,
            there: out.exists(),
        })
    }

    /// Takes a file. Written at once when it is new or changed; a fault is kept for [`Tree::commit`].
    pub fn take(&self, file: &OutFile) {
        let entry = Manifest::entry(file, self.sources);
        match self.put(&file.path, file.text.as_bytes()) {
            Ok(true) => drop(self.written.fetch_add(1, Ordering::Relaxed)),
            Ok(false) => locked(&self.unchanged).push(file.path.clone()),
            Err(fault) => locked(&self.faults).push(fault),
        }
        if locked(&self.entries).insert(file.path.clone(), entry).is_some() {
            let why = io::Error::new(io::ErrorKind::AlreadyExists, "two files of this build have this name");
            locked(&self.faults).push(Fault { doing: "write", path: self.out.join(&file.path), why });
        }
    }

    /// Files that were taken so far.
    pub fn count(&self) -> usize {
        locked(&self.entries).len()
    }

    /// True when the file had to be written.
    fn put(&self, path: &str, bytes: &[u8]) -> Result<bool, Fault> {
        if !self.there {
            return self.write(path, bytes).map(|()| true);
        }
        let current = self.out.join(path);
        match fs::read(&current) {
            Ok(found) if found == bytes => return Ok(false),
            Ok(found) if !self.is_ours(path, &found) => {
                let why = io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    "it is there already and tenantc did not write it; move it away",
                );
                return Err(Fault { doing: "write", path: current, why });
            }
            Ok(_) => {}
            Err(why) if matches!(why.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(why) => return Err(Fault { doing: "read", path: current, why }),
        }
        self.write(path, bytes)?;
        Ok(true)
    }

    fn is_ours(&self, path: &str, found: &[u8]) -> bool {
        let head = found.get(..found.len().min(400)).unwrap_or_default();
        self.old.files.contains_key(path)
            || path == MANIFEST
            || String::from_utf8_lossy(head).contains("Generated by tenantc")
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Fault> {
        let target = self.staging.join(path);
        self.folder_of(&target)?;
        let mut file = fs::File::create(&target).doing("write", &target)?;
        file.write_all(bytes).doing("write", &target)
    }

    fn folder_of(&self, target: &Path) -> Result<(), Fault> {
        let Some(folder) = target.parent() else { return Ok(()) };
        self.make(folder)
    }

    /// Makes a folder and those above it; each is asked of the system once.
    fn make(&self, folder: &Path) -> Result<(), Fault> {
        if locked(&self.folders).contains(folder) {
            return Ok(());
        }
        if folder != self.staging
            && let Some(parent) = folder.parent()
        {
            self.make(parent)?;
        }
        match fs::create_dir(folder) {
            Err(why) if why.kind() != io::ErrorKind::AlreadyExists => Err(why).doing("make", folder)?,
            _ => {}
        }
        locked(&self.folders).insert(folder.to_path_buf());
        Ok(())
    }

    /// Forgets everything; the tree stays as it was.
    ///
    /// # Errors
    /// What was written can't be removed.
    pub fn abandon(self) -> Result<(), Fault> {
        discard(&self.staging)
    }

    /// Puts the new tree into the old one's place, in one step.
    ///
    /// # Errors
    /// The first fault; the old tree is untouched then.
    pub fn commit(self) -> Result<Tally, Fault> {
        let result = self.swap();
        if result.is_err() {
            let _ = discard(&self.staging);
        }
        result
    }

    fn swap(&self) -> Result<Tally, Fault> {
        if let Some(fault) = locked(&self.faults).drain(..).next() {
            return Err(fault);
        }
        let mut entries = std::mem::take(&mut *locked(&self.entries));
        let mut kept: Vec<String> = Vec::new();
        if self.partial {
            for (path, entry) in &self.old.files {
                if !entries.contains_key(path) && self.out.join(path).is_file() {
                    entries.insert(path.clone(), entry.clone());
                    kept.push(path.clone());
                }
            }
        }
        let removed: Vec<&String> =
            self.old.files.keys().filter(|path| !entries.contains_key(*path) && self.out.join(path).exists()).collect();
        let manifest = Manifest { files: entries, ..Manifest::new() };
        let manifest_changed = self.put(MANIFEST, manifest.text().as_bytes())?;
        let unchanged = std::mem::take(&mut *locked(&self.unchanged));
        let tally = Tally {
            written: self.written.load(Ordering::Relaxed),
            left: unchanged.len() + kept.len(),
            removed: removed.len(),
        };
        if tally.written == 0 && tally.removed == 0 && !manifest_changed {
            discard(&self.staging)?;
            return Ok(tally);
        }
        for path in unchanged.iter().chain(&kept) {
            self.link(path)?;
        }
        if !manifest_changed {
            self.link(MANIFEST)?;
        }
        let ours: HashSet<&str> = self
            .old
            .files
            .keys()
            .map(String::as_str)
            .chain(manifest.files.keys().map(String::as_str))
            .chain([MANIFEST])
            .collect();
        if self.out.is_dir() {
            self.carry(&self.out, "", &ours)?;
            exchange(&self.staging, &self.out)?;
            discard(&self.staging)?;
        } else {
            fs::rename(&self.staging, &self.out).doing("write", &self.out)?;
        }
        Ok(tally)
    }

    fn link(&self, path: &str) -> Result<(), Fault> {
        let (from, to) = (self.out.join(path), self.staging.join(path));
        self.folder_of(&to)?;
        // Some file systems have no hard links; a copy does as well.
        fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop)).doing("write", &to)
    }

    /// Files that tenantc did not write come along.
    fn carry(&self, folder: &Path, name: &str, ours: &HashSet<&str>) -> Result<(), Fault> {
        for entry in fs::read_dir(folder).doing("list", folder)? {
            let entry = entry.doing("list", folder)?;
            let file = entry.file_name();
            let path = if name.is_empty() {
                file.to_string_lossy().into_owned()
            } else {
                format!("{name}/{}", file.to_string_lossy())
            };
            let kind = entry.file_type().doing("read", &entry.path())?;
            let target = self.staging.join(&path);
            if kind.is_dir() {
                self.carry(&entry.path(), &path, ours)?;
            } else if kind.is_symlink() {
                self.folder_of(&target)?;
                let points = fs::read_link(entry.path()).doing("read", &entry.path())?;
                link_to(&points, &target).doing("write", &target)?;
            } else if !ours.contains(path.as_str()) {
                self.link(&path)?;
            }
        }
        Ok(())
    }

    /// Compares the tree with what would be written, without writing.
    ///
    /// # Errors
    /// A file that can't be read.
    pub fn differences(out: &Path, files: &[OutFile], sources: &SourceMap) -> Result<Vec<Difference>, Fault> {
        let old: Manifest =
            fs::read(out.join(MANIFEST)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let mut manifest = Manifest::new();
        let mut all: Vec<Difference> = Vec::new();
        let mut compare = |path: &str, wanted: &str| -> Result<(), Fault> {
            let full = out.join(path);
            let (kind, found) = match fs::read(&full) {
                Ok(bytes) if bytes == wanted.as_bytes() => return Ok(()),
                Ok(bytes) => (Kind::Modified, String::from_utf8_lossy(&bytes).into_owned()),
                Err(why) if why.kind() == io::ErrorKind::NotFound => (Kind::Missing, String::new()),
                Err(why) => return Err(Fault { doing: "read", path: full, why }),
            };
            all.push(Difference { path: path.to_owned(), kind, found, wanted: wanted.to_owned() });
            Ok(())
        };
        for file in files {
            compare(&file.path, &file.text)?;
            manifest.files.insert(file.path.clone(), Manifest::entry(file, sources));
        }
        compare(MANIFEST, &manifest.text())?;
        for path in old.files.keys().filter(|path| !manifest.files.contains_key(*path)) {
            if let Ok(found) = fs::read(out.join(path)) {
                all.push(Difference {
                    path: path.clone(),
                    kind: Kind::Orphaned,
                    found: String::from_utf8_lossy(&found).into_owned(),
                    wanted: String::new(),
                });
            }
        }
        all.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(all)
    }
}

#[cfg(unix)]
fn link_to(points: &Path, target: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(points, target)
}

#[cfg(not(unix))]
fn link_to(points: &Path, target: &Path) -> io::Result<()> {
    fs::copy(points, target).map(drop)
}

/// Two folders change places. Where the system can't do that in one step, in two.
fn exchange(new: &Path, old: &Path) -> Result<(), Fault> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    if rustix::fs::renameat_with(rustix::fs::CWD, new, rustix::fs::CWD, old, rustix::fs::RenameFlags::EXCHANGE).is_ok()
    {
        return Ok(());
    }
    let aside = new.with_extension("tenantc-old");
    fs::rename(old, &aside).doing("move", old)?;
    fs::rename(new, old).doing("move", new)?;
    fs::rename(&aside, new).doing("move", &aside)
}

/// Removes a folder and all that is in it, if it is there.
fn discard(folder: &Path) -> Result<(), Fault> {
    match fs::remove_dir_all(folder) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => {
            Err(Fault { doing: "remove", path: folder.to_path_buf(), why })
        }
        _ => Ok(()),
    }
}
