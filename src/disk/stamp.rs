//! A build that would change nothing is not done: the stamp of the last one says what it read and what it left.
//!
//! Kept in `.tenantc/` in the workspace, which is this machine's own. A stamp is a hash over path, size and times of
//! every file read and of every file of the output tree; anything that differs makes it void.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

/// The stamp of a build.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Stamp {
    /// The program and its arguments.
    pub of: String,
    /// Files that were read.
    pub inputs: Vec<PathBuf>,
    /// Hash of the inputs.
    pub read: String,
    /// Hash of the output tree.
    pub left: String,
    /// Files in the output tree that tenantc wrote.
    pub files: usize,
}

impl Stamp {
    fn path(root: &Path) -> PathBuf {
        root.join(".tenantc").join("stamp.json")
    }

    /// Makes and keeps the stamp of a build.
    pub fn keep(root: &Path, out: &Path, of: String, mut inputs: Vec<PathBuf>, files: usize) {
        inputs.sort();
        inputs.dedup();
        let (Some(read), Some(left)) = (hash(&inputs), tree(out)) else { return };
        let stamp = Self { of, inputs, read, left, files };
        let path = Self::path(root);
        let Some(folder) = path.parent() else { return };
        // Without a stamp the next build is merely slower.
        let _ = fs::create_dir_all(folder).and_then(|()| fs::write(folder.join(".gitignore"), "*\n")).and_then(|()| {
            let text = serde_json::to_vec(&stamp).unwrap_or_default();
            let new = path.with_extension("new");
            fs::write(&new, text).and_then(|()| fs::rename(&new, &path))
        });
    }

    /// The stamp of the last build, when everything is still as it was. `specs` are the files that would be read now.
    #[must_use]
    pub fn holds(root: &Path, out: &Path, of: &str, specs: &[PathBuf]) -> Option<Self> {
        let stamp: Self = serde_json::from_slice(&fs::read(Self::path(root)).ok()?).ok()?;
        let known = specs.iter().all(|spec| stamp.inputs.binary_search(spec).is_ok());
        let same = stamp.of == of && known && hash(&stamp.inputs)? == stamp.read && tree(out)? == stamp.left;
        same.then_some(stamp)
    }
}

fn hash(paths: &[PathBuf]) -> Option<String> {
    let mut digest = Sha256::new();
    for path in paths {
        note(&mut digest, path, &fs::metadata(path).ok()?);
    }
    Some(hex(digest))
}

fn tree(out: &Path) -> Option<String> {
    let mut digest = Sha256::new();
    folder(&mut digest, out)?;
    Some(hex(digest))
}

fn folder(digest: &mut Sha256, path: &Path) -> Option<()> {
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(path).ok()?.collect::<Result<_, _>>().ok()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let full = entry.path();
        if entry.file_type().ok()?.is_dir() {
            folder(digest, &full)?;
        } else {
            note(digest, &full, &entry.metadata().ok()?);
        }
    }
    Some(())
}

/// Path, size and times. The time of the last change of any kind can't be set by hand.
fn note(digest: &mut Sha256, path: &Path, metadata: &fs::Metadata) {
    digest.update(path.to_string_lossy().as_bytes());
    digest.update(metadata.len().to_le_bytes());
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    digest.update(modified.as_nanos().to_le_bytes());
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        // Links made to a file change its `ctime`, so only the inode counts beside the time of writing.
        digest.update(metadata.ino().to_le_bytes());
    }
    digest.update([0]);
}

fn hex(digest: Sha256) -> String {
    crate::emit::hex(&digest.finalize())
}
