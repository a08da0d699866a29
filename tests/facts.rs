//! The engines' settings are still what their sources say: `facts/NAME --check`, for those that ask no server, or servers that
//! `judges/install` brought.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use std::path::Path;
use std::process::Command;

fn check(name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let said = Command::new(root.join("facts").join(name)).arg("--check").output().unwrap();
    assert!(
        said.status.success(),
        "{}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
}

/// Also asks the servers of Redis and Valkey that are there.
#[test]
fn redis_and_valkey() {
    check("redis");
}

#[test]
fn timescaledb() {
    check("timescaledb");
}

#[test]
fn mongodb() {
    check("mongodb");
}
