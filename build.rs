//! Lists the language's own files, so that adding one to `lang/` or `targets/` needs no line of Rust.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a build script reads files and talks to Cargo")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut out = String::new();
    list(&root, "lang", "LANGUAGE", |path| path.ends_with(".tenant"), &mut out)?;
    engines(&root, &mut out)?;
    list(&root, "targets", "TARGETS", |path| !path.contains("/sample/"), &mut out)?;
    let target = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("embedded.rs");
    fs::write(target, out)
}

/// What each engine file declares, and which engines those start from or take settings of: `engine NAME: PARENT {`,
/// `block GROUP { engine = NAME`.
fn engines(root: &Path, out: &mut String) -> io::Result<()> {
    let mut files = Vec::new();
    walk(&root.join("lang/engines"), "engines", &mut files)?;
    files.sort();
    let _ = writeln!(
        out,
        "/// For each engine file: its path, the engines it declares, and those they need.\npub const ENGINES: &[(&str, &[&str], &[&str])] = &["
    );
    for path in files.iter().filter(|path| path.ends_with(".tenant")) {
        let text = fs::read_to_string(root.join("lang").join(path))?;
        let (mut declared, mut needed) = (Vec::new(), Vec::new());
        for line in text.lines() {
            let words: Vec<&str> = line.split([' ', ':', '{', '}']).filter(|word| !word.is_empty()).collect();
            if let (true, ["engine", name, parents @ ..]) = (line.starts_with("engine "), words.as_slice()) {
                declared.push(*name);
                needed.extend(parents);
            }
            for three in words.windows(3) {
                if let ["engine", "=", name] = three {
                    needed.push(*name);
                }
            }
        }
        let _ = writeln!(out, "    ({path:?}, &{declared:?}, &{needed:?}),");
    }
    out.push_str("];\n");
    Ok(())
}

fn list(root: &Path, folder: &str, name: &str, wanted: impl Fn(&str) -> bool, out: &mut String) -> io::Result<()> {
    println!("cargo:rerun-if-changed={folder}");
    let mut files = Vec::new();
    walk(&root.join(folder), folder, &mut files)?;
    files.sort();
    let _ = writeln!(out, "/// Path and text of every file of `{folder}/`.\npub const {name}: &[(&str, &str)] = &[");
    for path in files.iter().filter(|path| wanted(path)) {
        let full = root.join(path);
        println!("cargo:rerun-if-changed={}", full.display());
        let inside = path.strip_prefix(&format!("{folder}/")).unwrap_or(path);
        let _ = writeln!(out, "    ({inside:?}, include_str!({:?})),", full.display().to_string());
    }
    out.push_str("];\n");
    Ok(())
}

fn walk(folder: &Path, name: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            println!("cargo:rerun-if-changed={}", entry.path().display());
            walk(&entry.path(), &path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
