//! redis.conf, valkey.conf and users.acl, read by real servers, which tenants then attack.
//!
//! in: a store with two open tenants and a suspended one, built by the real command. out: a server of each version, started
//! by the generated `start`, that refuses each tenant the other's keys and channels.
//! promises: no TCP port; servers end with the test. Made here, because they belong to a machine: passwords, TLS files,
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
const USERS: [&str; 7] = ["admin", "replication", "sentinel", "monitoring", "t_acme", "t_bolt", "t_cove"];

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
    let start = &tree.ending("/cache/start")[0];
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

struct Running {
    place: Place,
    child: Child,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    fn start(place: Place, server: &Path) -> Self {
        let mut command = place.command(Path::new("sh"));
        let log = fs::File::create(place.path().join("log")).unwrap();
        command.args(["config/start", "config", "passwords", "data"]).arg(server);
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null()).spawn().unwrap();
        let mut running = Self { place, child };
        for _ in 0..200 {
            if running.place.path().join("socket").exists() || running.child.try_wait().unwrap().is_some() {
                break;
            }
            sleep(Duration::from_millis(50));
        }
        let log = fs::read_to_string(running.place.path().join("log")).unwrap();
        assert!(running.place.path().join("socket").exists(), "{log}");
        running
    }

    fn client(&self) -> Client {
        let stream = UnixStream::connect(self.place.path().join("socket")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Client { reader: BufReader::new(stream.try_clone().unwrap()), stream }
    }

    fn user(&self, name: &str) -> Client {
        let mut client = self.client();
        assert_eq!(client.ask(&["AUTH", name, &format!("password-of-{name}")]), "+OK", "{name}");
        client
    }
}

/// One connection, speaking RESP 2.
struct Client {
    stream: UnixStream,
    reader: BufReader<UnixStream>,
}

impl Client {
    /// The answer, arrays in brackets.
    fn ask(&mut self, words: &[&str]) -> String {
        let mut sent = format!("*{}\r\n", words.len());
        for word in words {
            sent.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        self.stream.write_all(sent.as_bytes()).unwrap();
        self.read()
    }

    fn line(&mut self, line: &str) -> String {
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

/// A change that breaks a folder: where it is, and its settings.
type Break<'a> = &'a dyn Fn(&Place, &Path);

fn each(check: impl Fn(&str, &str, &Path)) {
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
