//! Writing on a real disk: the whole tree or nothing, only what changed, nothing of others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test reads files and fails loudly"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const SPEC: &str = "platform p { cloud = aws  regions = [eu-west-1]  environments = [staging, production] }
database main: postgresql { schema = app  memory = 8GiB }
schema app { table t { id: uuid primary  note: text } }
tenant a: free { home = eu-west-1 }
tenant b: premium { home = eu-west-1 }
";

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().expect("a folder"));
        home.write("a.tenant", SPEC);
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("written");
    }

    fn run(&self, arguments: &[&str]) -> Output {
        command(arguments).current_dir(self.0.path()).output().expect("tenantc runs")
    }

    fn build(&self) -> String {
        let output = self.run(&["build"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn tree(&self) -> Vec<(PathBuf, Vec<u8>)> {
        tree(&self.path("out"))
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantc"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn tree(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    fn walk(folder: &Path, out: &mut Vec<(PathBuf, Vec<u8>)>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, out);
            } else {
                out.push((path.clone(), fs::read(&path).expect("a file")));
            }
        }
    }
    let mut out = Vec::new();
    walk(root, &mut out);
    out.sort();
    out
}

#[test]
fn only_what_changed_is_written() {
    let home = Home::new();
    let first = home.build();
    assert!(first.contains("left 0, removed 0"), "{first}");
    let count = home.tree().len();
    let again = home.build();
    assert!(again.starts_with(&format!("wrote 0, left {}, removed 0", count - 1)), "{again}");
    home.write("a.tenant", &SPEC.replace("note: text", "note: text required"));
    let changed = home.build();
    assert!(!changed.starts_with("wrote 0,"), "{changed}");
    home.write("a.tenant", &SPEC.replace("staging, ", ""));
    let fewer = home.build();
    assert!(!fewer.contains("removed 0"), "{fewer}");
    assert!(!home.path("out/sql/staging").exists(), "a folder that is no longer made is still there");
}

#[test]
fn an_edit_is_found_and_mended() {
    let home = Home::new();
    home.build();
    assert!(home.run(&["build", "--check"]).status.success());
    let path = home.path("out/catalog/production.json");
    let text = fs::read_to_string(&path).expect("there");
    fs::write(&path, text.replace("\"free\"", "\"enterprise\"")).expect("edited");
    fs::remove_file(home.path("out/catalog/staging.json")).expect("removed");
    let checked = home.run(&["build", "--check"]);
    let told = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert_eq!(checked.status.code(), Some(1));
    assert!(
        told.contains("modified: catalog/production.json") && told.contains("missing: catalog/staging.json"),
        "{told}"
    );
    assert!(told.contains("\n-") && told.contains("\n+") && told.contains("@@"), "no diff: {told}");
    home.build();
    assert_eq!(fs::read_to_string(&path).expect("there"), text);
    assert!(home.run(&["build", "--check"]).status.success());
}

#[test]
fn what_others_wrote_is_never_touched() {
    let home = Home::new();
    home.write("out/terraform/live/.terraform/state", "mine");
    home.write("out/notes.txt", "mine too");
    home.build();
    home.write("a.tenant", &SPEC.replace("note: text", "other: text"));
    home.build();
    for (path, text) in [("out/terraform/live/.terraform/state", "mine"), ("out/notes.txt", "mine too")] {
        assert_eq!(fs::read_to_string(home.path(path)).expect(path), text);
    }
    // A file of someone else's where ours should go stops the build, and stays.
    let other = Home::new();
    other.write("out/catalog/production.json", "not ours\n");
    let output = other.run(&["build"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("did not write it"),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(tree(&other.path("out")).len(), 1);
}

#[test]
fn a_broken_spec_leaves_the_tree() {
    let home = Home::new();
    home.build();
    let before = home.tree();
    let lock = fs::read(home.path("tenantc.lock")).expect("a lock file");
    home.write("a.tenant", &SPEC.replace("free", "fre"));
    let output = home.run(&["build"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `free`?"));
    assert_eq!(home.tree(), before);
    assert_eq!(fs::read(home.path("tenantc.lock")).expect("a lock file"), lock);
}

/// A kill at any moment leaves the old tree or the new one; the next build mends what is left beside it.
#[test]
fn a_kill_leaves_one_tree_or_the_other() {
    let home = Home::new();
    let tenants: Vec<String> = (0..60).map(|n| format!("c{n}")).collect();
    home.write("t.csv", &format!("id\n{}\n", tenants.join("\n")));
    let spec = |note: &str| {
        format!(
            "{}tier own: enterprise {{ isolation = cluster }}\ntenants from \"t.csv\": own {{ home = eu-west-1 }}\n",
            SPEC.replace("note: text", note)
        )
    };
    home.write("a.tenant", &spec("note: text"));
    home.build();
    let old = home.tree();
    home.write("a.tenant", &spec("changed: text"));
    let copy = tempfile::tempdir().expect("a folder");
    for name in ["a.tenant", "t.csv", "tenantc.lock"] {
        fs::copy(home.path(name), copy.path().join(name)).expect("copied");
    }
    assert!(command(&["build"]).current_dir(copy.path()).status().expect("runs").success());
    let strip = |tree: Vec<(PathBuf, Vec<u8>)>, root: &Path| {
        tree.into_iter()
            .map(|(path, bytes)| (path.strip_prefix(root).expect("inside").to_path_buf(), bytes))
            .collect::<Vec<_>>()
    };
    let new = strip(tree(&copy.path().join("out")), &copy.path().join("out"));
    let old = strip(old, &home.path("out"));
    assert!(old != new);
    let (mut olds, mut news) = (0, 0);
    for wait in [0, 5, 20, 60, 100, 150, 200, 250, 300, 400, 600] {
        let mut child = command(&["build"])
            .current_dir(home.0.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        std::thread::sleep(Duration::from_millis(wait));
        let _ = child.kill();
        let _ = child.wait();
        let found = strip(home.tree(), &home.path("out"));
        if found == old {
            olds += 1;
        } else {
            assert!(
                found == new,
                "a mixture after {wait} ms: {} files, old {}, new {}",
                found.len(),
                old.len(),
                new.len()
            );
            news += 1;
        }
    }
    assert!(olds > 0, "every kill came too late to mean anything ({olds} old, {news} new)");
    home.build();
    assert!(strip(home.tree(), &home.path("out")) == new);
    let left: Vec<_> = fs::read_dir(home.0.path())
        .expect("listed")
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().contains("tenantc-new"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_tree() {
    let home = Home::new();
    home.build();
    let before = home.tree();
    home.write("a.tenant", &SPEC.replace("note: text", "changed: text"));
    // A limit on the size of files stands in for a full disk: the write fails half way.
    let script = format!("ulimit -f 4; trap '' XFSZ; exec '{}' build", env!("CARGO_BIN_EXE_tenantc"));
    let output = Command::new("bash").args(["-c", &script]).current_dir(home.0.path()).output().expect("bash runs");
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("can't write"),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(home.tree(), before);
}

#[cfg(unix)]
#[test]
fn links_and_rights() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let home = Home::new();
    let elsewhere = tempfile::tempdir().expect("a folder");
    fs::write(elsewhere.path().join("x.tenant"), "tenant spy: free { home = eu-west-1 }\n").expect("written");
    symlink(elsewhere.path().join("x.tenant"), home.path("x.tenant")).expect("linked");
    let output = home.run(&["check", "--format", "short"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("leads out of the workspace"),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    fs::remove_file(home.path("x.tenant")).expect("removed");
    fs::set_permissions(home.path("a.tenant"), fs::Permissions::from_mode(0o000)).expect("set");
    // The superuser reads it all the same.
    if fs::read(home.path("a.tenant")).is_err() {
        let output = home.run(&["check", ".", "--format", "short"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("can't read a.tenant"));
    }
}

/// A part of the build leaves the rest of the tree.
#[test]
fn a_selection_keeps_the_rest() {
    let home = Home::new();
    home.build();
    let before = home.tree();
    let output = home.run(&["build", "--environment", "staging", "--target", "sql"]);
    assert!(output.status.success());
    assert_eq!(home.tree(), before);
    let wrong = home.run(&["build", "--environment", "stagin"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&wrong.stderr).contains("did you mean `staging`?"),
        "{}",
        String::from_utf8_lossy(&wrong.stderr)
    );
}
