//! Workspaces, trees and programs for the tests.
//!
//! in: spec texts, or an example's name. out: a [`Tree`] that the real command built.
//! promises: everything lies in temporary folders that go at the end.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

#[path = "../fences/mod.rs"]
mod fences;

use fences::fences;

/// Names that some reader could take for something else, as they stand in a spec and as they must come back.
pub const HOSTILE: [(&str, &str); 8] = [
    (r"'; DROP TABLE x; --$\{path.root\}\{\{ .Values \}\}", "'; DROP TABLE x; --${path.root}{{ .Values }}"),
    ("no", "no"),
    ("1e3", "1e3"),
    ("😀 Zoë & Søn", "😀 Zoë & Søn"),
    (r#"\"quoted\" \\ # ; %\{if\}"#, r#""quoted" \ # ; %{if}"#),
    ("~", "~"),
    ("2026-10-01", "2026-10-01"),
    (LONG, LONG),
];
const LONG: &str = concat!(
    "a name of three hundred letters, which no label, identifier or comment was made for, and which goes on, ",
    "a name of three hundred letters, which no label, identifier or comment was made for, and which goes on, ",
    "a name of three hundred letters, which no label, identifier or comment was made for, and goes."
);

/// The repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file that `judges/install` makes; none, with a word on stderr, where it did not.
pub fn judge(path: &str) -> Option<PathBuf> {
    let file = repository().join(".judges").join(path);
    if file.exists() {
        return Some(file);
    }
    missing(path);
    None
}

/// A skip on a user's machine, a failure in CI.
pub fn missing(name: &str) {
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{name} is not installed, run judges/install");
    // Past the capture of `cargo test`, which shows nothing of a test that passes.
    let _ = writeln!(std::io::stderr(), "skipped: {name} is not installed, run judges/install");
}

/// What a program said, and whether it was content.
#[derive(Debug)]
pub struct Said {
    pub ok: bool,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap_or_else(|why| panic!("{command:?}: {why}"));
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { ok: status.success(), out: text(stdout), err: text(stderr) }
    }

    /// Its standard output; panics with all it said if it was not content.
    pub fn fine(self) -> String {
        assert!(self.ok, "{}{}", self.out, self.err);
        self.out
    }

    /// All of it, one after the other, white space made one.
    pub fn words(&self) -> String {
        format!("{} {}", self.out, self.err).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// A workspace in a temporary folder.
pub struct Workspace {
    folder: TempDir,
}

impl Workspace {
    /// With one file.
    pub fn of(text: &str) -> Self {
        let workspace = Self { folder: TempDir::new().unwrap() };
        workspace.write("platform.tenant", text);
        workspace
    }

    /// A copy of `examples/NAME`.
    pub fn example(name: &str) -> Self {
        let folder = TempDir::new().unwrap();
        for entry in fs::read_dir(repository().join("examples").join(name)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
            }
        }
        Self { folder }
    }

    /// A workspace of the files that a page shows: what follows a fence with `file=`.
    pub fn of_page(page: &str) -> Self {
        let workspace = Self { folder: TempDir::new().unwrap() };
        let text = fs::read_to_string(repository().join(page)).unwrap();
        for fence in fences(&text) {
            if let Some(file) = fence.said("file") {
                workspace.write(file, &fence.text);
            }
        }
        workspace
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Changes the first `from` of its one file.
    pub fn change(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.folder.path().join("platform.tenant")).unwrap();
        assert!(text.contains(from), "no `{from}`");
        self.write("platform.tenant", &text.replacen(from, to, 1));
    }

    /// What `tenantc check` says of it.
    pub fn check(&self) -> Said {
        Said::of(
            Command::new(env!("CARGO_BIN_EXE_tenantc"))
                .arg("check")
                .arg(self.folder.path())
                .args(["--format", "short"]),
        )
    }

    /// What `tenantc build` makes of it.
    pub fn build(&self, options: &[&str]) -> Tree {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("out");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantc"));
        Said::of(command.arg("build").arg(self.folder.path()).arg("--out").arg(&root).args(options)).fine();
        Tree { _folder: folder, root }
    }
}

/// A tree that was built.
pub struct Tree {
    _folder: TempDir,
    pub root: PathBuf,
}

impl Tree {
    /// Paths of all files, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut all = Vec::new();
        walk(&self.root, &mut all);
        let mut all: Vec<String> =
            all.iter().map(|path| path.strip_prefix(&self.root).unwrap().to_str().unwrap().to_owned()).collect();
        all.sort();
        all
    }

    /// Paths that end so; never none.
    pub fn ending(&self, end: &str) -> Vec<String> {
        let found: Vec<String> = self.files().into_iter().filter(|path| path.ends_with(end)).collect();
        assert!(!found.is_empty(), "no file ends with {end}");
        found
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap_or_else(|why| panic!("{file}: {why}"))
    }

    /// Changes the first `from` of a file; panics where there is none.
    pub fn change(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{file} has no `{from}`");
        fs::write(self.path(file), text.replacen(from, to, 1)).unwrap();
    }
}

fn walk(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, all) } else { all.push(path) }
    }
}
