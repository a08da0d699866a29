//! The engine of `docs/add-an-engine.md`, judged by MariaDB 10.11.
//!
//! in: the files of the page. out: a server that starts on the configuration, users and databases of its tenants.
//! promises: the users are made twice without harm; none reaches another's data by any of the ways below; a closed one
//! does not come in; a setting that does not exist is refused.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

use crate::server::Place;
use crate::support::{Said, Tree, Workspace, judge};

struct Server {
    place: Place,
    client: PathBuf,
    process: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The generated file with this machine's own places.
fn placed(place: &Place, tree: &Tree) -> PathBuf {
    let (certificate, key) = place.certificate();
    let own = format!(
        "datadir = {folder}/data\nsocket = {folder}/socket\npid-file = {folder}/pid\nskip-networking\nlc-messages-dir = {share}\ncharacter-sets-dir = {share}/charsets\nssl_cert = {}\nssl_key = {}\n",
        certificate.display(),
        key.display(),
        folder = place.path().display(),
        share = judge("mariadb").unwrap().join("usr/share/mysql").display(),
    );
    place.put("my.cnf", &(tree.read(&tree.ending("main/my.cnf")[0]) + &own))
}

/// The server's own tables, and an administrator who comes in by the socket.
fn prepared(place: &Place, mariadbd: &Path, file: &Path) -> Said {
    let share = judge("mariadb").unwrap().join("usr/share/mysql");
    let mut first = "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL, @current_hostname = 'localhost', @skip_auth_anonymous = 'root';\n".to_owned();
    for part in ["mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql"] {
        let _ = writeln!(first, "{}", std::fs::read_to_string(share.join(part)).unwrap());
    }
    let first = place.put("first.sql", &first);
    Said::of(
        place
            .command(mariadbd)
            .arg(format!("--defaults-file={}", file.display()))
            .arg("--bootstrap")
            .stdin(std::fs::File::open(first).unwrap()),
    )
}

impl Server {
    fn start(tree: &Tree) -> Option<Self> {
        let (mariadbd, client) = (judge("bin/mariadbd")?, judge("bin/mariadb")?);
        let place = Place::new();
        let file = placed(&place, tree);
        Said::of(place.command(Path::new("mkdir")).arg("data")).fine();
        prepared(&place, &mariadbd, &file).fine();
        let log = std::fs::File::create(place.path().join("log")).unwrap();
        let mut command = place.command(&mariadbd);
        command.arg(format!("--defaults-file={}", file.display())).stderr(log);
        let server = Self { process: command.spawn().unwrap(), place, client };
        for _ in 0..200 {
            if server.ask("root", "", "SELECT 1").ok {
                return Some(server);
            }
            sleep(Duration::from_millis(100));
        }
        panic!("{}", std::fs::read_to_string(server.place.path().join("log")).unwrap());
    }

    fn ask(&self, user: &str, password: &str, query: &str) -> Said {
        let mut client = Command::new(&self.client);
        client
            .env("MYSQL_PWD", password)
            .arg("--no-defaults")
            .arg(format!("--socket={}", self.place.path().join("socket").display()));
        Said::of(client.args(["--ssl", "--batch", "--skip-column-names", "-u", user, "-e", query]))
    }
}

fn tree() -> Tree {
    Workspace::of_page("docs/add-an-engine.md").build(&[])
}

/// What a tenant tries on another's database and on the server; each must be refused.
const ATTACKS: [&str; 26] = [
    "SELECT * FROM OTHER.notes",
    "SELECT count(*) FROM OTHER.notes",
    "SELECT o.text FROM OWN.notes n JOIN OTHER.notes o USING (id)",
    "INSERT INTO OTHER.notes VALUES (2, 'x')",
    "INSERT INTO OWN.notes SELECT * FROM OTHER.notes",
    "UPDATE OTHER.notes SET text = 'x'",
    "DELETE FROM OTHER.notes",
    "REPLACE INTO OTHER.notes VALUES (1, 'x')",
    "TRUNCATE OTHER.notes",
    "DROP TABLE OTHER.notes",
    "DROP DATABASE OTHER",
    "ALTER TABLE OTHER.notes ADD COLUMN x int",
    "RENAME TABLE OTHER.notes TO OWN.stolen",
    "CREATE TABLE OTHER.mine (id int)",
    "CREATE TABLE OWN.mine AS SELECT * FROM OTHER.notes",
    "CREATE TABLE OWN.mine LIKE OTHER.notes",
    "CREATE VIEW OWN.mine AS SELECT * FROM OTHER.notes",
    "SHOW CREATE TABLE OTHER.notes",
    "SHOW TABLES FROM OTHER",
    "USE OTHER",
    "SHOW DATABASES",
    "SELECT * FROM mysql.global_priv",
    "CREATE USER x",
    "GRANT SELECT ON OTHER.* TO CURRENT_USER",
    "SET GLOBAL require_secure_transport = 0",
    "SELECT * FROM OWN.notes INTO OUTFILE '/tmp/notes'",
];

#[test]
fn tenants_are_apart() {
    let tree = tree();
    let Some(server) = Server::start(&tree) else { return };
    let users = tree.read(&tree.ending("main/tenants.sql")[0]);
    for _ in 0..2 {
        let said = server.ask("root", "", &users);
        assert!(said.ok, "{}", said.words());
    }
    let tenants = ["t_acme", "t_a_b", "t_axb", "t_gone"];
    for tenant in tenants {
        let made = format!(
            "SET PASSWORD FOR '{tenant}'@'%' = PASSWORD('secret'); CREATE TABLE {tenant}.notes (id int PRIMARY KEY, text text); INSERT INTO {tenant}.notes VALUES (1, '{tenant}')"
        );
        server.ask("root", "", &made).fine();
    }
    for own in ["t_acme", "t_a_b", "t_axb"] {
        let said = server.ask(own, "secret", &format!("SELECT text FROM {own}.notes; INSERT INTO {own}.notes VALUES (7, 'x'); DELETE FROM {own}.notes WHERE id = 7; CREATE TABLE {own}.more (id int); DROP TABLE {own}.more"));
        assert_eq!(said.fine().trim(), own);
        for other in tenants.iter().filter(|other| **other != own) {
            for attack in ATTACKS {
                let query = attack.replace("OTHER", other).replace("OWN", own);
                let said = server.ask(own, "secret", &query);
                assert!(!said.ok, "{own}: {query}: {}", said.out);
            }
            let seen = format!("SELECT count(*) FROM information_schema.tables WHERE table_schema = '{other}'");
            assert_eq!(server.ask(own, "secret", &seen).fine().trim(), "0", "{own} sees tables of {other}");
        }
    }
    let closed = server.ask("t_gone", "secret", "SELECT 1");
    assert!(!closed.ok && closed.words().contains("locked"), "{}", closed.words());
    // The attacks bite: with the pattern's `_` left as it is, one tenant has another's tables.
    let loose = users.replace("\\_", "_");
    assert_ne!(loose, users);
    server.ask("root", "", &loose).fine();
    assert!(server.ask("t_a_b", "secret", "SELECT * FROM t_axb.notes").ok);
}

#[test]
fn a_setting_that_is_not_there_is_refused() {
    let Some(mariadbd) = judge("bin/mariadbd") else { return };
    let tree = tree();
    let path = tree.ending("main/my.cnf")[0].clone();
    tree.change(&path, "innodb_buffer_pool_size", "innodb_buffer_pool_sise");
    let place = Place::new();
    let file = placed(&place, &tree);
    Said::of(place.command(Path::new("mkdir")).arg("data")).fine();
    let said = prepared(&place, &mariadbd, &file);
    assert!(!said.ok && said.words().contains("unknown variable 'innodb_buffer_pool_sise"), "{}", said.words());
}
