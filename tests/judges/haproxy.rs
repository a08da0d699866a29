//! haproxy.cfg, read by a real HAProxy, which then finds a real Redis' primary.
//!
//! in: stores with a balancer, built by the real command. out: each file is taken; a change that HAProxy does not know is refused;
//! the listener of primaries answers where a server of that role is, and that of replicas does not.
//! promises: loopback only; what was started ends with the test. Made here, because they belong to a machine: the file of the
//! authority, ports, and addresses in place of names.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread::sleep;
use std::time::Duration;

use crate::redis::Running;
use crate::server::Place;
use crate::support::{Said, Tree, Workspace, judge};

/// A store of each engine that has a balancer.
const STORES: [(&str, &str); 8] = [
    ("postgresql", "schema = app  pool { balance = least_connections }"),
    ("timescaledb", "schema = app  pool { balance = round_robin }"),
    ("redis", "balance = round_robin"),
    ("clickhouse", "balance = least_connections  shards = 2  replicas = 2"),
    ("elasticsearch", "balance = round_robin  edition = platinum"),
    ("postgresql", WEIGHTED_POOL),
    ("valkey", WEIGHTED),
    ("clickhouse", WEIGHTED),
];
const WEIGHTED: &str = "balance = weighted  replicas = 1  zones = 2  server large { host = \"large.example.internal\"\n weight = 150 }  \
                        server small { host = \"10.1.0.7\"\n weight = 50 }";
const WEIGHTED_POOL: &str = "schema = app  replicas = 1  zones = 2  pool { balance = weighted\n \
                             server large { host = \"large.example.internal\"\n weight = 256 }\n server small { host = \"small.example.internal\" } }";

fn tree(engine: &str, facts: &str) -> Tree {
    Workspace::of(&format!(
        "platform market {{ cloud = self_hosted  regions = [eu-west-1]  environments = [production] }}\n\
         database main: {engine} {{ memory = 4GiB  {} }}\n\
         schema app {{ table t {{ id: uuid primary }} }}\n\
         tenant acme: standard {{ home = eu-west-1 }}\n",
        facts.replace("  ", "\n")
    ))
    .build(&["--target", "config", "--target", "haproxy", "--target", "redis"])
}

/// The file as this machine can read it: its authority is a certificate made here.
fn placed(place: &Place, tree: &Tree) -> PathBuf {
    let (certificate, _) = place.certificate();
    let text = tree.read(&tree.ending("/main/haproxy.cfg")[0]);
    place.put("haproxy.cfg", &text.replace("/etc/haproxy/tls/ca.crt", certificate.to_str().unwrap()))
}

fn check(place: &Place, haproxy: &Path, file: &Path) -> Said {
    Said::of(place.command(haproxy).args(["-c", "-f"]).arg(file).env("REDIS_MONITORING", "x"))
}

#[test]
fn every_store_with_a_balancer() {
    let Some(haproxy) = judge("bin/haproxy") else { return };
    for (engine, facts) in STORES {
        let place = Place::new();
        let file = placed(&place, &tree(engine, facts));
        let said = check(&place, &haproxy, &file);
        assert!(said.ok && !said.words().contains("WARNING"), "{engine}: {}", said.words());
        let text = fs::read_to_string(&file).unwrap();
        let turn = if facts.contains("least_connections") { "balance leastconn" } else { "balance roundrobin" };
        let weighted = facts.contains("weighted");
        assert!(text.contains(turn) && text.contains("bind 127.0.0.1:"), "{engine}: {text}");
        for (from, to, message) in [
            ("  mode tcp", "  mode tpc", "tpc"),
            (turn, "balance fastest", "only supports"),
            ("default-server check inter 2s", "default-server check inter soon", "inter"),
            if weighted {
                ("server large ", "servers large ", "servers")
            } else {
                ("server-template ", "server-templates ", "server-templates")
            },
            if weighted {
                (" weight ", " weight 9", "weight")
            } else {
                ("bind 127.0.0.1:", "bind 127.0.0.1:x", "port")
            },
        ] {
            assert!(text.contains(from), "{engine}: {from}");
            let broken = place.put("broken.cfg", &text.replace(from, to));
            let said = check(&place, &haproxy, &broken);
            assert!(!said.ok && said.words().contains(message), "{engine}: {to}: {}", said.words());
        }
    }
}

/// No balancer is made where none was asked for.
#[test]
fn no_store_without_one() {
    for engine in ["postgresql", "redis", "clickhouse"] {
        assert!(!tree(engine, "").files().iter().any(|file| file.ends_with("haproxy.cfg")), "{engine}");
    }
}

/// Of forty connections, a server with three times the weight gets three times as many.
#[test]
fn each_gets_its_share() {
    let Some(haproxy) = judge("bin/haproxy") else { return };
    let listeners: Vec<TcpListener> = (0..2).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let place = Place::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = tree("clickhouse", WEIGHTED).read("config/production/eu-west-1-row-1/main/haproxy.cfg");
    let mut ports = listeners.iter().map(|listener| listener.local_addr().unwrap().port());
    // Servers of this machine, which nobody asks how they are.
    let text: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("default-server port"))
        .map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["server", name, _, "weight", weight] => {
                format!("  server {name} 127.0.0.1:{} weight {weight}\n", ports.next().unwrap())
            }
            ["default-server", ..] | ["option", "httpchk", ..] | ["http-check", ..] => "\n".to_owned(),
            ["bind", _] => format!("  bind 127.0.0.1:{free}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let file = place.put("haproxy.cfg", &text);
    let log = fs::File::create(place.path().join("log")).unwrap();
    let mut command = place.command(&haproxy);
    let _running =
        Balancer(command.args(["-db", "-f"]).arg(file).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
    let mut sent = 0;
    for _ in 0..200 {
        if sent == 40 {
            break;
        }
        match std::net::TcpStream::connect(("127.0.0.1", free)) {
            Ok(_) => sent += 1,
            Err(_) => sleep(Duration::from_millis(50)),
        }
    }
    sleep(Duration::from_millis(500));
    let counts: Vec<usize> = listeners
        .iter()
        .map(|listener| {
            listener.set_nonblocking(true).unwrap();
            listener.incoming().take_while(Result::is_ok).count()
        })
        .collect();
    assert_eq!(counts, [30, 10], "{}", fs::read_to_string(place.path().join("log")).unwrap());
}

struct Balancer(Child);

impl Drop for Balancer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A primary is found by what it says of itself, over TLS and with the password of its watcher.
#[test]
fn a_primary_is_found() {
    let (Some(haproxy), Some(server)) = (judge("bin/haproxy"), judge("redis/7.0/server")) else { return };
    let tree = tree("redis", "version = \"7.0\"  balance = least_connections");
    let redis = Running::with_a_port(&tree, "main", &server);
    let (redis, port) = redis;
    assert!(
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(),
        "{port}: {}",
        fs::read_to_string(redis.place.path().join("log")).unwrap()
    );
    let place = Place::new();
    let authority = place.put("ca.crt", &fs::read_to_string(redis.place.path().join("config/tls/ca.crt")).unwrap());
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (primary, replicas) = (free(), free());
    let stats = place.path().join("stats");
    // Names of servers are this machine's: one address in place of what DNS would say.
    let text: String = tree
        .read(&tree.ending("/main/haproxy.cfg")[0])
        .lines()
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["server-template", name, ..] => format!("  server {name} 127.0.0.1:{port}\n"),
                ["default-server", "check-ssl", _, _, _, host, ..] => {
                    line.replace(host, "localhost").replace("/etc/haproxy/tls/ca.crt", authority.to_str().unwrap())
                        + "\n"
                }
                _ => format!("{line}\n"),
            }
        })
        .collect::<String>()
        .replace("127.0.0.1:6379", &format!("127.0.0.1:{primary}"))
        .replace("127.0.0.1:6380", &format!("127.0.0.1:{replicas}"))
        .replace(" init-addr none", "")
        .replacen("global\n", &format!("global\n  stats socket {}\n", stats.display()), 1);
    let start = |password: &str| {
        let file = place.put("haproxy.cfg", &text);
        let mut command = place.command(&haproxy);
        command.args(["-db", "-f"]).arg(file).env("REDIS_MONITORING", password);
        let log = fs::File::create(place.path().join("log")).unwrap();
        Balancer(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
    };
    // The state of each server, once every one of them was asked.
    let states = || {
        let mut last = String::new();
        for _ in 0..100 {
            sleep(Duration::from_millis(200));
            let Ok(mut stream) = std::os::unix::net::UnixStream::connect(&stats) else { continue };
            let mut said = String::new();
            std::io::Write::write_all(&mut stream, b"show stat\n").unwrap();
            std::io::Read::read_to_string(&mut stream, &mut said).unwrap();
            last.clone_from(&said);
            let state = |name: &str| {
                let line = said.lines().find(|line| line.starts_with(&format!("{name},{name},")))?;
                Some((line.split(',').nth(17)?.to_owned(), line.contains("L7")))
            };
            if let (Some((one, true)), Some((two, true))) = (state("primary"), state("replicas"))
                && !one.contains('/')
                && !two.contains('/')
            {
                return (one, two);
            }
        }
        panic!("nothing was asked: {last}{}", fs::read_to_string(place.path().join("log")).unwrap());
    };
    let running = start("password-of-monitoring");
    assert_eq!(states(), ("UP".to_owned(), "DOWN".to_owned()));
    assert!(std::net::TcpStream::connect(("127.0.0.1", primary)).is_ok());
    drop(running);
    fs::remove_file(&stats).unwrap();
    // With a wrong password nothing is known of any server, and none is used.
    let _running = start("wrong");
    assert_eq!(states(), ("DOWN".to_owned(), "DOWN".to_owned()));
}
