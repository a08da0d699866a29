//! Trees of files: how many, how large, and whether two are the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use sha2::{Digest as _, Sha256};

/// Size and hash by path.
pub type Tree = BTreeMap<String, (u64, String)>;

/// All files below a folder.
pub fn read(folder: &Path) -> io::Result<Tree> {
    let mut out = Tree::new();
    walk(folder, "", &mut |name, path| {
        let bytes = fs::read(path)?;
        let mut hash = String::new();
        for byte in Sha256::digest(&bytes) {
            let _ = write!(hash, "{byte:02x}");
        }
        out.insert(name.to_owned(), (u64::try_from(bytes.len()).unwrap_or(u64::MAX), hash));
        Ok(())
    })?;
    Ok(out)
}

/// Number of files below a folder and their bytes.
pub fn size(folder: &Path) -> io::Result<(u64, u64)> {
    let mut all = (0, 0);
    walk(folder, "", &mut |_, path| {
        all = (all.0 + 1, all.1 + fs::metadata(path)?.len());
        Ok(())
    })?;
    Ok(all)
}

fn walk(folder: &Path, name: &str, each: &mut dyn FnMut(&str, &Path) -> io::Result<()>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let full = if name.is_empty() { file } else { format!("{name}/{file}") };
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &full, each)?;
        } else {
            each(&full, &entry.path())?;
        }
    }
    Ok(())
}
