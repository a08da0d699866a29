//! A throw-away PostgreSQL server on a unix socket.
//!
//! in: a version, and lines for its configuration. out: queries through `psql`.
//! promises: stopped and removed when it goes, also when a test panics; as root it runs as an unprivileged user.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::{Said, judge, repository};

/// Who servers run as when the tests are root.
const NOBODY: u32 = 65534;

/// A folder that the servers' user can write into.
pub struct Place {
    folder: TempDir,
    root: bool,
}

impl Place {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let root = fs::metadata(folder.path()).unwrap().uid() == 0;
        if root {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        Self { folder, root }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file that the servers' user owns.
    pub fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        self.give(&path);
        path
    }

    fn give(&self, path: &Path) {
        if self.root {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }

    /// A command that runs as the servers' user.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if self.root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.current_dir(self.path()).env("LC_ALL", "C");
        command
    }

    /// `server.crt` and `server.key`, signed by nobody else.
    pub fn certificate(&self) -> (PathBuf, PathBuf) {
        let (certificate, key) = (self.path().join("server.crt"), self.path().join("server.key"));
        let mut openssl = self.command(Path::new("openssl"));
        openssl
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate);
        Said::of(&mut openssl).fine();
        (certificate, key)
    }
}

/// A running server.
pub struct Server {
    pub place: Place,
    psql: PathBuf,
}

impl Server {
    /// None where the version is not installed.
    pub fn start(version: u32, config: &str) -> Option<Self> {
        Self::start_in(Place::new(), version, config)
    }

    pub fn start_in(place: Place, version: u32, config: &str) -> Option<Self> {
        judge(&format!("postgresql/{version}/bin/postgres"))?;
        let psql = judge("bin/psql")?;
        let config = place.put("added.conf", config);
        let mut start = Command::new(repository().join("judges/postgresql"));
        Said::of(start.args(["start", &version.to_string()]).arg(place.path()).arg("--config").arg(config)).fine();
        Some(Self { place, psql })
    }

    fn psql(&self, database: &str) -> Command {
        let mut command = Command::new(&self.psql);
        for name in ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGOPTIONS", "PGSERVICE"] {
            command.env_remove(name);
        }
        command
            .args(["-X", "-At", "-v", "ON_ERROR_STOP=1", "-h"])
            .arg(self.place.path())
            .args(["-U", "postgres", "-d", database]);
        command
    }

    /// What a query answers: rows of columns parted by `|`.
    pub fn ask(&self, database: &str, query: &str) -> String {
        Said::of(self.psql(database).args(["-c", query])).fine()
    }

    /// The rows that several statements answer, without a word for each statement.
    pub fn rows(&self, database: &str, statements: &str) -> String {
        Said::of(self.psql(database).args(["-q", "-c", statements])).fine()
    }

    /// What statements say, whether they succeed or not.
    pub fn run_text(&self, database: &str, statements: &str) -> Said {
        Said::of(self.psql(database).args(["-c", statements]))
    }

    /// Runs a file with psql variables.
    pub fn run(&self, database: &str, file: &Path, variables: &[(&str, &Path)]) -> Said {
        let mut command = self.psql(database);
        for (name, value) in variables {
            command.arg("-v").arg(format!("{name}={}", value.display()));
        }
        Said::of(command.arg("-f").arg(file))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stopped = Command::new(repository().join("judges/postgresql")).arg("stop").arg(self.place.path()).status();
        if !stopped.is_ok_and(|status| status.success()) {
            let _ = writeln!(std::io::stderr(), "the server in {} did not stop", self.place.path().display());
        }
    }
}
