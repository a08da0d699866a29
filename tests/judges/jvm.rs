//! Engines on the Java machine: their own code, which `judges/install` brings.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Said, judge, missing, repository};

/// A Java command with a release's classes; none, with a word on stderr, where Java or the release is missing.
pub fn java(jars: &str) -> Option<Command> {
    judge(&format!("jars/{jars}"))?;
    if Command::new("java").arg("-version").stderr(Stdio::null()).status().is_err() {
        missing("java");
        return None;
    }
    // No judge runs for ever.
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", "180", "java"]);
    Some(command)
}

/// A file of `judges/`.
pub fn beside(path: &str) -> PathBuf {
    repository().join("judges").join(path)
}

/// What a program says to a text on its standard input.
pub fn told(command: &mut Command, input: &str) -> Said {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|why| panic!("{why}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Said { ok: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
}

/// A port that nothing listens on.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A key, a certificate for it and both in one file, made for this run: `key.pem`, `cert.pem`, `both.pem`.
pub fn certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=node",
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-days",
            "2",
            "-keyout",
        ])
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("cert.pem"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let both = std::fs::read_to_string(folder.join("key.pem")).unwrap()
        + &std::fs::read_to_string(folder.join("cert.pem")).unwrap();
    std::fs::write(folder.join("both.pem"), both).unwrap();
}
