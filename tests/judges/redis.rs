//! redis.conf, valkey.conf and users.acl, read by real servers, which tenants then attack.
//!
//! in: a store with two open tenants and a suspended one, built by the real command. out: a server of each version, started
//! by the generated `start`, that refuses each tenant the other's keys and channels.
//! promises: no TCP port but on loopback, for the cluster; servers end with the test. Made here, because they belong to a machine: passwords, TLS files,
//! and the socket.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::server::Place;
use crate::support::{Said, Tree, Workspace, judge};

/// Engine, version, and the folder of its server.
const SERVERS: [(&str, &str); 4] = [("redis", "7.0"), ("valkey", "8.1"), ("valkey", "9.0"), ("valkey", "9.1")];
const USERS: [&str; 8] = ["admin", "replication", "sentinel", "monitoring", "streams", "t_acme", "t_bolt", "t_cove"];

fn tree(engine: &str, version: &str, database: &str) -> Tree {
    Workspace::of(&format!(
        "platform market {{ cloud = self_hosted  regions = [eu-west-1]  environments = [production] }}\n\
         database cache: {engine} {{ version = \"{version}\"  memory = 1GiB  {database} }}\n\
         tenant acme: standard {{ home = eu-west-1 }}\n\
         tenant bolt: standard {{ home = eu-west-1 }}\n\
         tenant cove: standard {{ home = eu-west-1  state = suspended }}\n"
    ))
    .build(&["--target", "config", "--target", "redis"])
}

/// The generated folder on this machine: passwords, certificates, a socket in place of the port.
fn placed(place: &Place, tree: &Tree) -> PathBuf {
    placed_as(place, tree, "cache")
}

pub fn placed_as(place: &Place, tree: &Tree, database: &str) -> PathBuf {
    let start = &tree.ending(&format!("/{database}/start"))[0];
    let folder = place.path().join("config");
    for inner in ["config", "config/tls", "passwords", "data"] {
        fs::create_dir(place.path().join(inner)).unwrap();
    }
    for entry in fs::read_dir(tree.path(start).parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    let (certificate, key) = place.certificate();
    for (from, name) in [(&certificate, "tls.crt"), (&key, "tls.key"), (&certificate, "ca.crt")] {
        fs::copy(from, folder.join("tls").join(name)).unwrap();
    }
    for user in USERS {
        fs::write(place.path().join("passwords").join(user), format!("password-of-{user}\n")).unwrap();
    }
    let conf =
        ["redis.conf", "valkey.conf"].map(|name| folder.join(name)).into_iter().find(|path| path.exists()).unwrap();
    let text = fs::read_to_string(&conf).unwrap();
    let mut own = format!("tls-port 0\nunixsocket {}\n", place.path().join("socket").display());
    // The packages of Valkey know TLS's settings and have no TLS.
    if conf.ends_with("valkey.conf") {
        own.push_str("tls-replication no\ntls-cluster no\n");
    }
    fs::write(&conf, format!("{text}{own}")).unwrap();
    let everything = std::process::Command::new("chmod").args(["-R", "a+rwX"]).arg(place.path()).status().unwrap();
    assert!(everything.success());
    conf
}

pub struct Running {
    pub place: Place,
    child: Child,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    pub fn start(place: Place, server: &Path) -> Self {
        let mut command = place.command(Path::new("sh"));
        let log = fs::File::create(place.path().join("log")).unwrap();
        command.args(["config/start", "config", "passwords", "data"]).arg(server);
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null()).spawn().unwrap();
        let mut running = Self { place, child };
        for _ in 0..200 {
            // The socket is there a moment before the server listens.
            let listens = UnixStream::connect(running.place.path().join("socket")).is_ok();
            if listens || running.child.try_wait().unwrap().is_some() {
                break;
            }
            sleep(Duration::from_millis(50));
        }
        let log = fs::read_to_string(running.place.path().join("log")).unwrap();
        assert!(UnixStream::connect(running.place.path().join("socket")).is_ok(), "{log}");
        running
    }

    /// A server that is reached by TLS too, and its port.
    pub fn with_a_port(tree: &Tree, database: &str, server: &Path) -> (Self, u16) {
        let place = Place::new();
        let conf = placed_as(&place, tree, database);
        let port = port();
        let text = fs::read_to_string(&conf).unwrap();
        fs::write(&conf, text.replace("tls-port 0\n", "") + &format!("tls-port {port}\nbind 127.0.0.1\n")).unwrap();
        (Self::start(place, server), port)
    }

    fn client(&self) -> Client {
        let stream = UnixStream::connect(self.place.path().join("socket")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Client { reader: BufReader::new(stream.try_clone().unwrap()), stream }
    }

    pub fn user(&self, name: &str) -> Client {
        let mut client = self.client();
        assert_eq!(client.ask(&["AUTH", name, &format!("password-of-{name}")]), "+OK", "{name}");
        client
    }
}

/// One connection, speaking RESP 2.
pub struct Client {
    stream: UnixStream,
    reader: BufReader<UnixStream>,
}

impl Client {
    /// The answer, arrays in brackets.
    pub fn ask(&mut self, words: &[&str]) -> String {
        let mut sent = format!("*{}\r\n", words.len());
        for word in words {
            sent.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        self.stream.write_all(sent.as_bytes()).unwrap();
        self.read()
    }

    pub fn line(&mut self, line: &str) -> String {
        self.ask(&line.split(' ').collect::<Vec<_>>())
    }

    fn read(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        let line = line.trim_end();
        let Some((mark, rest)) = line.split_at_checked(1) else { return String::new() };
        let count = || rest.parse::<i64>().unwrap_or(-1);
        match mark {
            "$" if count() >= 0 => {
                let mut bytes = vec![0; usize::try_from(count()).unwrap() + 2];
                self.reader.read_exact(&mut bytes).unwrap();
                String::from_utf8_lossy(&bytes[..bytes.len() - 2]).into_owned()
            }
            "*" | "%" if count() >= 0 => {
                let items: Vec<String> = (0..count()).map(|_| self.read()).collect();
                format!("[{}]", items.join(" "))
            }
            _ => line.to_owned(),
        }
    }

    /// The items of an array of texts.
    fn list(&mut self, words: &[&str]) -> Vec<String> {
        self.ask(words).trim_matches(['[', ']']).split(' ').map(str::to_owned).collect()
    }
}

/// A tool of the build, told the administrator's password on its standard input.
fn tool(tree: &Tree, name: &str, arguments: &[&str], around: &[(&str, &Path)], password: &str) -> Said {
    let mut command = std::process::Command::new("python3");
    command.arg(tree.path(&tree.ending(&format!("redis/{name}"))[0])).args(arguments).envs(around.iter().copied());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Said { ok: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
}

/// A change that breaks a folder: where it is, and its settings.
type Break<'a> = &'a dyn Fn(&Place, &Path);

pub fn each(check: impl Fn(&str, &str, &Path)) {
    for (engine, version) in SERVERS {
        if let Some(server) = judge(&format!("redis/{version}/server")) {
            check(engine, version, &server);
        }
    }
}

/// What a tenant does with keys and channels of a prefix.
const COMMANDS: [&str; 46] = [
    "GET {}k",
    "SET {}k v",
    "SETEX {}k 9 v",
    "GETSET {}k v",
    "GETDEL {}k",
    "GETEX {}k",
    "APPEND {}k v",
    "STRLEN {}k",
    "INCR {}n",
    "MGET {}k {}l",
    "MSET {}k v {}l v",
    "DEL {}k",
    "UNLINK {}k",
    "EXISTS {}k",
    "EXPIRE {}k 9",
    "TTL {}k",
    "TYPE {}k",
    "RENAME {}s {}t",
    "OBJECT ENCODING {}k",
    "DUMP {}k",
    "TOUCH {}k",
    "HSET {}h f v",
    "HGETALL {}h",
    "LPUSH {}q v",
    "LRANGE {}q 0 -1",
    "BLPOP {}q 0.01",
    "LMOVE {}q {}r LEFT RIGHT",
    "SADD {}m v",
    "SMEMBERS {}m",
    "SUNIONSTORE {}u {}m",
    "SINTERCARD 1 {}m",
    "ZADD {}z 1 v",
    "ZRANGE {}z 0 -1",
    "ZUNIONSTORE {}y 1 {}z",
    "PFADD {}p v",
    "PFCOUNT {}p",
    "SETBIT {}b 1 1",
    "BITOP NOT {}c {}b",
    "GEOADD {}g 1 1 v",
    "GEOSEARCHSTORE {}e {}g FROMLONLAT 1 1 BYRADIUS 9 km",
    "XADD {}x * f v",
    "XRANGE {}x - +",
    "XREAD COUNT 1 STREAMS {}x 0",
    "MEMORY USAGE {}k",
    "PUBLISH {}news v",
    "WATCH {}k",
];
/// What no tenant may do at all: it would see or touch everybody's.
const NEVER: [&str; 36] = [
    "KEYS *",
    "SCAN 0",
    "RANDOMKEY",
    "DBSIZE",
    "SELECT 0",
    "SWAPDB 0 1",
    "MOVE k 1",
    "COPY a b",
    "FLUSHALL",
    "FLUSHDB",
    "MONITOR",
    "BGREWRITEAOF",
    "CONFIG GET *",
    "CONFIG SET maxmemory 1",
    "ACL LIST",
    "ACL WHOAMI",
    "ACL SETUSER t_acme allkeys",
    "CLIENT LIST",
    "CLIENT KILL TYPE normal",
    "CLIENT TRACKING ON BCAST",
    "CLIENT NO-EVICT ON",
    "EVAL return(1) 0",
    "FUNCTION LIST",
    "SCRIPT FLUSH",
    "SORT k",
    "MIGRATE h 1 k 0 1",
    "RESTORE k 0 v",
    "REPLICAOF NO ONE",
    "SHUTDOWN",
    "SAVE",
    "BGSAVE",
    "SLOWLOG GET",
    "LATENCY DOCTOR",
    "PUBSUB CHANNELS",
    "INFO",
    "MODULE LIST",
];

/// Forty-six commands on the other's keys, each refused, and each allowed on one's own; the rest that tenants never may.
#[test]
fn a_tenant_is_kept_to_its_own_keys() {
    each(|engine, version, server| {
        let place = Place::new();
        placed(&place, &tree(engine, version, ""));
        let running = Running::start(place, server);
        let mut admin = running.user("admin");
        let refused = |said: &str| said.starts_with("-NOPERM");
        for (own, other) in [("acme", "bolt"), ("bolt", "acme")] {
            let mut tenant = running.user(&format!("t_{own}"));
            for command in COMMANDS {
                let mine = tenant.line(&command.replace("{}", &format!("tenant:{own}:")));
                assert!(!refused(&mine), "{version} {own}: {command}: {mine}");
                for prefix in
                    [format!("tenant:{other}:"), String::new(), format!("tenant:{own}"), "tenant:*:".to_owned()]
                {
                    let said = tenant.line(&command.replace("{}", &prefix));
                    assert!(refused(&said), "{version} {own}: {command} on {prefix}: {said}");
                }
            }
            for command in NEVER {
                let said = tenant.line(command);
                assert!(refused(&said), "{version} {own}: {command}: {said}");
            }
            for command in ["SUBSCRIBE tenant:{}:news", "PSUBSCRIBE tenant:{}:*", "SSUBSCRIBE tenant:{}:news"] {
                let (mine, theirs) = (command.replace("{}", own), command.replace("{}", other));
                assert!(refused(&running.user(&format!("t_{own}")).line(&theirs)), "{version}: {theirs}");
                assert!(!refused(&running.user(&format!("t_{own}")).line(&mine)), "{version}: {mine}");
            }
            for pattern in
                ["PSUBSCRIBE *", "PSUBSCRIBE tenant:*", "PSUBSCRIBE __keyspace@0__:*", "SUBSCRIBE __redis__:invalidate"]
            {
                assert!(refused(&running.user(&format!("t_{own}")).line(pattern)), "{version}: {pattern}");
            }
            // In a transaction too.
            assert_eq!(tenant.line("MULTI"), "+OK");
            assert!(refused(&tenant.line(&format!("GET tenant:{other}:k"))), "{version}");
            assert!(tenant.line("EXEC").starts_with("-EXECABORT"), "{version}");
        }
        // The judge does refuse nothing to one who may all.
        assert_eq!(admin.line("SET tenant:bolt:k seen"), "+OK");
        assert_eq!(admin.line("GET tenant:bolt:k"), "seen");
    });
}

/// Of the commands that name no key and no channel, a tenant has those alone that tell nothing of others.
#[test]
fn commands_without_keys_are_few() {
    let known: BTreeSet<&str> = [
        "asking",
        "auth",
        "client|getname",
        "client|id",
        "client|info",
        "client|setinfo",
        "client|setname",
        "command",
        "command|count",
        "command|docs",
        "command|getkeys",
        "command|getkeysandflags",
        "command|help",
        "command|info",
        "command|list",
        "discard",
        "echo",
        "exec",
        "hello",
        "lolwut",
        "multi",
        "ping",
        "punsubscribe",
        "quit",
        "readonly",
        "readwrite",
        "reset",
        "sunsubscribe",
        "time",
        "unsubscribe",
        "unwatch",
        "wait",
        "waitaof",
        "object|help",
        "memory|help",
        "pubsub|help",
        "xinfo|help",
        "xgroup|help",
        // Without STREAMS it is an error of syntax.
        "xread",
    ]
    .into();
    each(|engine, version, server| {
        let place = Place::new();
        placed(&place, &tree(engine, version, ""));
        let running = Running::start(place, server);
        let mut admin = running.user("admin");
        let mut all = admin.list(&["COMMAND", "LIST"]);
        for one in all.clone() {
            all.extend(admin.list(&["COMMAND", "LIST", "FILTERBY", "PATTERN", &format!("{one}|*")]));
        }
        let mut odd = BTreeSet::new();
        for name in all.iter().filter(|name| !name.is_empty()) {
            // Enough words for any of them; none is a key of the tenant's.
            for count in 0..6 {
                let mut words = vec!["ACL", "DRYRUN", "t_acme"];
                words.extend(name.split('|'));
                words.extend(std::iter::repeat_n("1", count));
                if admin.ask(&words) == "+OK" {
                    odd.insert(name.to_lowercase());
                }
            }
        }
        let odd: Vec<&String> = odd.iter().filter(|name| !known.contains(name.as_str())).collect();
        assert!(odd.is_empty(), "{version}: a tenant may {odd:?}");
        assert!(admin.line("ACL DRYRUN t_acme GET tenant:acme:k") == "+OK");
    });
}

/// The suspended, the unnamed and those with a wrong password stay outside.
#[test]
fn who_may_not_come_in() {
    each(|engine, version, server| {
        let place = Place::new();
        placed(&place, &tree(engine, version, ""));
        let running = Running::start(place, server);
        for (user, password) in
            [("t_cove", "password-of-t_cove"), ("default", ""), ("t_acme", "password-of-t_bolt"), ("t_none", "x")]
        {
            let said = running.client().ask(&["AUTH", user, password]);
            assert!(said.starts_with("-WRONGPASS"), "{version} {user}: {said}");
        }
        for command in ["GET tenant:acme:k", "KEYS *", "INFO", "ACL LIST"] {
            let said = running.client().line(command);
            assert!(said.starts_with("-NOAUTH"), "{version}: {command}: {said}");
        }
        // Passwords stand in no file but as hashes, save for the one that replicas log in with.
        let users = fs::read_to_string(running.place.path().join("data/users.acl")).unwrap();
        assert!(!users.contains("password-of") && users.contains("user t_acme on #"), "{users}");
    });
}

/// The keys of a tenant that leaves go, and no other's: not those of a name that its name is a pattern of.
#[test]
fn what_a_tenant_leaves_is_erased() {
    each(|engine, version, server| {
        let place = Place::new();
        let tree = tree(engine, version, "");
        placed(&place, &tree);
        let running = Running::start(place, server);
        let mut admin = running.user("admin");
        for number in 0..2500 {
            for owner in ["acme", "bolt", "acme2", "acm"] {
                assert_eq!(admin.line(&format!("SET tenant:{owner}:k{number} v")), "+OK");
            }
        }
        assert_eq!(admin.ask(&["SET", "tenant:acme:odd key\r\n*", "v"]), "+OK");
        assert_eq!(admin.line("SET tenant:a*:k v"), "+OK");
        let file = tree.path(&tree.ending("/cache/erase.json")[0]);
        assert_eq!(fs::read_to_string(&file).unwrap().trim(), "[\n]", "nobody leaves");
        let erase = |said: &str, password: &str| {
            fs::write(&file, said).unwrap();
            let socket = running.place.path().join("socket");
            tool(&tree, "erase", &[file.to_str().unwrap()], &[("REDIS", socket.as_path())], password)
        };
        let leaving = r#"[{"tenant":"acme","keys":"tenant:acme:*"},{"tenant":"a*","keys":"tenant:a\\*:*"}]"#;
        let said = erase(leaving, "wrong");
        assert!(!said.ok && said.err.contains("WRONGPASS") && !said.words().contains("wrong\""), "{}", said.words());
        assert_eq!(erase(leaving, "password-of-admin").fine(), "acme: 2501 keys\na*: 1 keys\n", "{version}");
        assert_eq!(erase(leaving, "password-of-admin").fine(), "acme: 0 keys\na*: 0 keys\n", "{version}");
        assert_eq!(admin.line("DBSIZE"), ":7500", "{version}");
    });
}

/// What the tools of a cluster read.
#[test]
fn files_of_a_cluster() {
    let tree = Workspace::of(
        "platform market { cloud = self_hosted  regions = [eu-west-1]  environments = [production] }\n\
         database cache: redis { memory = 1GiB  shards = 3 }\n\
         tenant a_b: standard { home = eu-west-1  state = offboarding  since = 2026-10-01 }\n",
    )
    .build(&["--target", "redis"]);
    let erase = tree.read(&tree.ending("/cache/erase.json")[0]);
    assert!(erase.contains(r#"{ "tenant": "a_b", "keys": "tenant:a_b:*" }"#), "{erase}");
    let cluster = tree.read(&tree.ending("/cache/cluster.json")[0]);
    assert_eq!(cluster.trim(), r#"{ "shards": 3, "replicas": 1 }"#);
}

const STREAMS: &str = "stream orders { groups = [billing, mail]\n add = platform\n read = tenant\n length = 3\n age = 1h }\n\
                       stream events { add = tenant\n read = platform }";

/// A stream's messages can be added by those who may add and read by those who may read, and removed by neither; no tenant
/// reaches another's.
#[test]
fn streams_of_tenants() {
    each(|engine, version, server| {
        let place = Place::new();
        let tree = tree(engine, version, STREAMS);
        placed(&place, &tree);
        let running = Running::start(place, server);
        let file = tree.path(&tree.ending("/cache/streams.json")[0]);
        let socket = running.place.path().join("socket");
        let make =
            || tool(&tree, "streams", &[file.to_str().unwrap()], &[("REDIS", socket.as_path())], "password-of-admin");
        let made = make().fine();
        assert!(
            made.contains("stream:acme:orders: billing, mail made") && made.contains("acme:events: the stream made"),
            "{made}"
        );
        assert_eq!(make().fine().matches("nothing made, 0 messages gone").count(), 4, "{version}");

        let mut admin = running.user("admin");
        let mut platform = running.user("streams");
        let refused = |said: &str| said.starts_with("-NOPERM");
        for own in ["acme", "bolt"] {
            for number in 0..5 {
                let said = platform.line(&format!("XADD stream:{own}:orders * of {own}-{number}"));
                assert!(!said.starts_with('-'), "{version}: {said}");
            }
            // One that is older than an hour: its time is in its name.
            admin.line(&format!("XADD stream:{own}:events 5-1 old v"));
        }
        for (own, other) in [("acme", "bolt"), ("bolt", "acme")] {
            let mut tenant = running.user(&format!("t_{own}"));
            let can = [
                "XREADGROUP GROUP billing me COUNT 1 STREAMS stream:{}:orders >",
                "XREAD COUNT 1 STREAMS stream:{}:orders 0",
                "XRANGE stream:{}:orders - +",
                "XREVRANGE stream:{}:orders + -",
                "XLEN stream:{}:orders",
                "XPENDING stream:{}:orders billing",
                "XACK stream:{}:orders billing 1-1",
                "XCLAIM stream:{}:orders billing me 0 1-1",
                "XAUTOCLAIM stream:{}:orders billing me 0 0",
                "XINFO STREAM stream:{}:orders",
                "XINFO GROUPS stream:{}:orders",
                "XINFO CONSUMERS stream:{}:orders billing",
                "XADD stream:{}:events * f v",
            ];
            let never = [
                "XADD stream:{}:orders * f v",
                "XREAD COUNT 1 STREAMS stream:{}:events 0",
                "XRANGE stream:{}:events - +",
                "XLEN stream:{}:events",
                "XDEL stream:{}:orders 1-1",
                "XTRIM stream:{}:orders MAXLEN 0",
                "XSETID stream:{}:orders 9-9",
                "XGROUP CREATE stream:{}:orders spy 0",
                "XGROUP DESTROY stream:{}:orders billing",
                "XGROUP SETID stream:{}:orders billing 0",
                "XGROUP DELCONSUMER stream:{}:orders billing me",
                "DEL stream:{}:orders",
                "UNLINK stream:{}:events",
                "EXPIRE stream:{}:orders 1",
                "RENAME stream:{}:orders stream:{}:gone",
                "SET stream:{}:orders v",
                "DUMP stream:{}:orders",
                "EXISTS stream:{}:orders",
                "TYPE stream:{}:orders",
                "XADD stream:{}:other * f v",
                "XREAD COUNT 1 STREAMS stream:{}:orders stream:@:orders 0 0",
            ];
            for command in can {
                let mine = tenant.line(&command.replace("{}", own));
                assert!(!mine.starts_with('-'), "{version} {own}: {command}: {mine}");
                let theirs = tenant.line(&command.replace("{}", other));
                assert!(refused(&theirs), "{version} {own}: {command} on {other}: {theirs}");
            }
            for command in never {
                for whose in [own, other] {
                    let said = tenant.line(&command.replace("{}", whose).replace('@', other));
                    assert!(refused(&said), "{version} {own}: {command} on {whose}: {said}");
                }
            }
            let read = tenant.line(&format!("XRANGE stream:{own}:orders - +"));
            assert!(read.contains(&format!("{own}-0")) && !read.contains(other), "{version}: {read}");
            // The platform's reads what tenants add, adds what they read, and no more.
            assert!(platform.line(&format!("XRANGE stream:{own}:events - +")).contains("[f v]"), "{version}");
            for command in [
                "XADD stream:{}:events * f v",
                "XRANGE stream:{}:orders - +",
                "GET tenant:{}:k",
                "DEL stream:{}:events",
            ] {
                let said = platform.line(&command.replace("{}", own));
                assert!(refused(&said), "{version}: {command}: {said}");
            }
        }
        assert!(running.client().ask(&["AUTH", "t_cove", "password-of-t_cove"]).starts_with("-WRONGPASS"), "{version}");

        // Of five messages three stay; of the old ones none, where an age is said; what has no limit stays.
        admin.line("XGROUP DESTROY stream:acme:orders mail");
        let gone = make().fine();
        assert!(gone.contains("stream:acme:orders: mail made, 2 messages gone"), "{version}: {gone}");
        let old = tree.read(&tree.ending("/cache/streams.json")[0]).replace("\"length\": 3, ", "");
        fs::write(&file, old.replace(":events\", \"groups\": []", ":events\", \"groups\": [], \"age\": 3600000"))
            .unwrap();
        assert!(make().fine().contains("stream:bolt:events: nothing made, 1 messages gone"), "{version}");
        assert_eq!(admin.line("XLEN stream:acme:orders"), ":3", "{version}");
        let wrong = tool(&tree, "streams", &[file.to_str().unwrap()], &[("REDIS", socket.as_path())], "wrong");
        assert!(!wrong.ok && wrong.err.contains("streams: refused: WRONGPASS"), "{}", wrong.words());
        admin.line("SET stream:acme:orders v");
        let other = make();
        assert!(!other.ok && other.err.contains("WRONGTYPE"), "{version}: {}", other.words());
    });
}

/// A module that is not there stops the server, so one that is named is loaded.
#[test]
fn modules_are_loaded() {
    each(|engine, version, server| {
        let place = Place::new();
        placed(&place, &tree(engine, version, "modules = [\"/opt/modules/rejson.so\"]"));
        let mut command = place.command(Path::new("sh"));
        let said = Said::of(command.args(["config/start", "config", "passwords", "data"]).arg(server));
        assert!(!said.ok && said.words().contains("/opt/modules/rejson.so"), "{version}: {}", said.words());
        let named = tree(engine, version, "modules = [bloom]");
        let file =
            if engine == "redis" { "/opt/redis-stack/lib/redisbloom.so" } else { "/usr/lib/valkey/libvalkey_bloom.so" };
        assert!(
            named.read(&named.ending("/cache/modules.conf")[0]).contains(&format!("loadmodule {file}\n")),
            "{version}"
        );
    });
}

/// Six servers with TLS become three primaries with a replica each; a tenant is refused the other's keys on each of them.
#[test]
fn a_cluster_of_real_servers() {
    let (Some(server), Some(client)) = (judge("redis/7.0/server"), judge("bin/redis-cli")) else { return };
    let tree = tree("redis", "7.0", "shards = 3  replicas = 1");
    let mut running = Vec::new();
    for _ in 0..6 {
        let place = Place::new();
        let conf = placed(&place, &tree);
        let port = port();
        // One certificate for all: each is its own authority.
        if let Some((first, _)) = running.first() {
            let first: &Running = first;
            for name in ["tls.crt", "tls.key", "ca.crt"] {
                fs::copy(first.place.path().join("config/tls").join(name), place.path().join("config/tls").join(name))
                    .unwrap();
            }
        }
        let text = fs::read_to_string(&conf).unwrap();
        fs::write(&conf, text.replace("tls-port 0\n", "") + &format!("tls-port {port}\nbind 127.0.0.1\n")).unwrap();
        running.push((Running::start(place, &server), port));
    }
    let ca = running[0].0.place.path().join("config/tls/ca.crt");
    let file = tree.path(&tree.ending("/cache/cluster.json")[0]);
    let make = |places: &[String]| {
        let arguments: Vec<&str> =
            std::iter::once(file.to_str().unwrap()).chain(places.iter().map(String::as_str)).collect();
        tool(&tree, "cluster", &arguments, &[("REDIS_CA", &ca), ("REDIS_CLI", &client)], "password-of-admin")
    };
    let places: Vec<String> = running.iter().map(|(_, port)| format!("127.0.0.1:{port}")).collect();
    let few = make(&places[..4]);
    assert!(!few.ok && few.err.contains("are 6 servers; 4 were given"), "{}", few.words());
    assert!(make(&places).fine().contains("All 16384 slots covered"));
    assert_eq!(make(&places).fine(), "made already\n");
    // Every server comes to know it, and every replica its primary.
    for (one, _) in &running {
        let mut admin = one.user("admin");
        let settled = (0..100).any(|_| {
            sleep(Duration::from_millis(100));
            let nodes = admin.line("CLUSTER NODES");
            let count = |word: &str| nodes.lines().filter(|line| line.contains(word)).count();
            admin.line("CLUSTER INFO").contains("cluster_state:ok") && count("master") == 3 && count("slave") == 3
        });
        assert!(settled, "{}", admin.line("CLUSTER NODES"));
    }
    let mut written = 0;
    for (one, _) in &running {
        let mut tenant = one.user("t_acme");
        for number in 0..30 {
            let said = tenant.line(&format!("SET tenant:acme:{number} v"));
            assert!(said == "+OK" || said.starts_with("-MOVED"), "{said}");
            written += usize::from(said == "+OK");
            let said = tenant.line(&format!("SET tenant:bolt:{number} v"));
            assert!(said.starts_with("-NOPERM"), "{said}");
        }
        assert!(tenant.line("CLUSTER SLOTS").starts_with('['));
        for command in ["CLUSTER NODES", "CLUSTER RESET", "CLUSTER GETKEYSINSLOT 0 9", "CLUSTER FAILOVER", "SCAN 0"] {
            assert!(tenant.line(command).starts_with("-NOPERM"), "{command}");
        }
    }
    assert_eq!(written, 30, "each key is on one primary");
    // What one leaves is erased on each primary.
    let file = running[0].0.place.path().join("erase.json");
    fs::write(&file, r#"[{"tenant":"acme","keys":"tenant:acme:*"}]"#).unwrap();
    let first = format!("127.0.0.1:{}", running[0].1);
    let around = [("REDIS", Path::new(&first)), ("REDIS_CA", &ca), ("REDIS_NAME", Path::new("localhost"))];
    let said = tool(&tree, "erase", &[file.to_str().unwrap()], &around, "password-of-admin");
    assert_eq!(said.fine(), "acme: 30 keys\n");
}

/// A port that is free, and so is that of the cluster's bus, which stands ten thousand above.
pub fn port() -> u16 {
    use std::net::TcpListener;
    loop {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port() % 20_000 + 20_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() && TcpListener::bind(("127.0.0.1", port + 10_000)).is_ok() {
            return port;
        }
    }
}

/// Sentinel and cluster settings, each durability and workload, the largest and the smallest memory.
#[test]
fn every_kind_of_store_starts() {
    each(|engine, version, server| {
        for database in [
            "durability = both  eviction = volatile_ttl  workload = realtime",
            "durability = none  eviction = allkeys_lfu  workload = analytics",
            "durability = log  workload = write_heavy  cpu = 8",
            "shards = 3",
        ] {
            let place = Place::new();
            placed(&place, &tree(engine, version, database));
            let running = Running::start(place, server);
            let mut admin = running.user("admin");
            let most = admin.line("CONFIG GET maxmemory");
            let wanted = if database.contains("none") {
                "805306368"
            } else if database.contains("write_heavy") {
                "536870912"
            } else {
                "643825664"
            };
            assert_eq!(most, format!("[maxmemory {wanted}]"), "{version} {database}");
        }
    });
}

/// The judge refuses what is broken: a directive, a value, a command of a user, a user without a password.
#[test]
fn the_server_refuses_mistakes() {
    each(|engine, version, server| {
        let broken: [(&str, Break<'_>); 5] = [
            ("argument(s) must be one of", &|_, conf| {
                edit(conf, "maxmemory-policy noeviction", "maxmemory-policy evict-all");
            }),
            ("Bad directive", &|_, conf| edit(conf, "maxclients ", "max-clients ")),
            ("argument must be", &|_, conf| edit(conf, "maxmemory 6", "maxmemory x6")),
            ("Unknown command or category", &|place, _| {
                edit(&place.path().join("config/users.acl"), "+@read", "+@reading");
            }),
            ("is missing", &|place, _| fs::remove_file(place.path().join("passwords/t_acme")).unwrap()),
        ];
        for (message, change) in broken {
            let place = Place::new();
            let conf = placed(&place, &tree(engine, version, ""));
            change(&place, &conf);
            let mut command = place.command(Path::new("sh"));
            let said = Said::of(command.args(["config/start", "config", "passwords", "data"]).arg(server));
            assert!(!said.ok && said.words().contains(message), "{version}: {message}: {}", said.words());
        }
    });
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{} has no `{from}`", file.display());
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}
