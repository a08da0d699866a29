//! Keys of Redis and Valkey, saved and put back by the commands of the jobs, on real servers.
//!
//! in: two tenants on one server. out: one's keys, as they were, and the other's as they are.
//! promises: a backup that is not whole is refused; no key of another tenant moves; the password is in no list of processes.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde_yaml::Value;

use crate::redis::{Running, each, placed_as, port};
use crate::server::Place;
use crate::support::{Said, Tree, Workspace, judge};

fn tree(engine: &str, version: &str) -> Tree {
    Workspace::of(&format!(
        "platform market {{ cloud = kubernetes  regions = [hall]  environments = [production] }}\n\
         region hall {{ cloud = kubernetes  jurisdiction = eu }}\n\
         database cache: {engine} {{ version = \"{version}\"  memory = 1GiB  replicas = 0  zones = 1  isolation = row\n\
           backup {{ every = 6h  keep = 14d }} }}\n\
         tenant acme: standard {{ home = hall }}\n\
         tenant bolt: standard {{ home = hall }}\n\
         tenant cove: standard {{ home = hall  state = suspended }}\n"
    ))
    .build(&[])
}

/// The server, as the jobs reach it on this machine.
struct Reached<'a> {
    running: &'a Running,
    server: &'a Path,
    port: u16,
    /// The packages of Valkey know TLS's settings and have no TLS.
    tls: bool,
    jobs: Vec<Value>,
}

impl Reached<'_> {
    /// A container of a job, run with the files of this machine.
    fn run(&self, job: usize, part: &str, around: &[(&str, &str)]) -> Said {
        let pod = &self.jobs[job]["spec"]["jobTemplate"]["spec"]["template"]["spec"];
        let container = &pod[part][0];
        let place = self.running.place.path();
        let mut script = container["args"][0].as_str().unwrap().to_owned();
        if !self.tls {
            script = script.replace("--tls --cacert /etc/store/tls/ca.crt ", "");
            let (before, rest) = script.split_once("--tls-cluster yes").unwrap_or((&script, ""));
            script = format!("{before}{}", rest.split_once("ca.crt").map_or("", |(_, rest)| rest));
        }
        let script = script
            .replace("/etc/store", &place.join("config").display().to_string())
            .replace("/scratch", &place.join("scratch").display().to_string());
        let mut command = self.running.place.command(Path::new("sh"));
        command.args(["-eu", "-c", &script]);
        for one in container["env"].as_sequence().unwrap() {
            if let Some(value) = one["value"].as_str() {
                command.env(one["name"].as_str().unwrap(), value);
            }
        }
        let programs = std::fs::canonicalize(self.server.parent().unwrap()).unwrap();
        command
            .env("LD_LIBRARY_PATH", programs)
            .env("REDISCLI_AUTH", "password-of-admin")
            .env("CLIENT", judge("bin/redis-cli").unwrap())
            .env("SERVER", self.server)
            .env("CHECK", place.join("checks").join(container_check(container)))
            .env("HOST", "127.0.0.1")
            .env("FIRST", "127.0.0.1")
            .env("PORT", self.port.to_string())
            .envs(around.iter().copied());
        Said::of(&mut command)
    }
}

fn container_check(container: &Value) -> &str {
    let mut all = container["env"].as_sequence().unwrap().iter();
    all.find(|one| one["name"] == "CHECK").and_then(|one| one["value"].as_str()).unwrap_or("none")
}

#[test]
fn one_tenants_keys_come_back() {
    if judge("bin/redis-cli").is_none() {
        return;
    }
    each(|engine, version, server| {
        let tree = tree(engine, version);
        let jobs = tree.read(&tree.ending("/cache/backup.yaml")[0]);
        let jobs: Vec<Value> =
            serde_yaml::Deserializer::from_str(&jobs).map(|one| Value::deserialize(one).unwrap()).collect();
        assert_eq!(jobs[0]["spec"]["schedule"].as_str().unwrap().split_once(' ').unwrap().1, "*/6 * * *");
        assert!(jobs[1]["spec"]["suspend"] == true && jobs.len() == 2);

        let (place, port) = (Place::new(), port());
        let conf = placed_as(&place, &tree, "cache");
        let tls = engine == "redis";
        let text = std::fs::read_to_string(&conf).unwrap().replace("tls-port 0\n", "");
        let listens = if tls { format!("tls-port {port}\n") } else { format!("tls-port 0\nport {port}\n") };
        std::fs::write(
            &conf,
            text.replace("tls-port 6379\n", "").replace("port 0\n", "") + &listens + "bind 127.0.0.1\n",
        )
        .unwrap();
        for folder in ["scratch", "checks"] {
            std::fs::create_dir(place.path().join(folder)).unwrap();
        }
        // The program that checks a file is the server by another name.
        let program = server.with_file_name("redis-server");
        let program = std::fs::canonicalize(if program.exists() { &program } else { server }).unwrap();
        std::os::unix::fs::symlink(program, place.path().join("checks").join(format!("{engine}-check-rdb"))).unwrap();
        let open = Command::new("chmod").args(["-R", "a+rwX"]).arg(place.path()).status().unwrap();
        assert!(open.success());
        let running = Running::start(place, server);
        let mut admin = running.user("admin");
        for number in 0..1200 {
            for tenant in ["acme", "bolt", "acme2"] {
                assert_eq!(admin.line(&format!("SET tenant:{tenant}:k{number} old")), "+OK");
            }
        }
        assert_eq!(admin.ask(&["SET", "tenant:acme:odd key\r\n*", "old"]), "+OK");
        assert_eq!(admin.line("HSET tenant:acme:h f v"), ":1");
        assert_eq!(admin.line("EXPIRE tenant:acme:h 5000"), ":1");

        let reached = Reached { running: &running, server, port, tls, jobs };
        let dump = running.place.path().join("scratch/dump.rdb");
        let wrong = reached.run(0, "initContainers", &[("REDISCLI_AUTH", "wrong")]);
        assert!(!wrong.ok, "{version}: {}", wrong.words());
        reached.run(0, "initContainers", &[]).fine();
        // What the check is for: half a file is none.
        let whole = std::fs::read(&dump).unwrap();
        let cut = running.place.path().join("scratch/cut.rdb");
        std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
        let mut check = Command::new(running.place.path().join("checks").join(format!("{engine}-check-rdb")));
        check.env("LD_LIBRARY_PATH", std::fs::canonicalize(server.parent().unwrap()).unwrap());
        assert!(!Said::of(check.arg(&cut)).ok, "{version}: half a file is taken");

        // Much is lost, of both; only one asks for what it had.
        for number in 0..600 {
            assert_eq!(admin.line(&format!("DEL tenant:acme:k{number} tenant:bolt:k{number}")), ":2");
        }
        for line in ["SET tenant:acme:k700 new", "SET tenant:bolt:k700 new", "SET tenant:acme:later new"] {
            assert_eq!(admin.line(line), "+OK");
        }
        for tenant in ["", "a*", "nobody"] {
            let said = reached.run(1, "containers", &[("TENANT", tenant)]);
            assert!(!said.ok, "{version} {tenant}: {}", said.words());
        }
        assert_eq!(admin.line("DBSIZE"), format!(":{}", 1200 * 3 + 2 - 1200 + 1), "{version}");
        let said = reached.run(1, "containers", &[("TENANT", "acme")]).fine();
        assert!(said.contains("restored 1202 keys of acme"), "{version}: {said}");
        for (ask, answer) in [
            ("GET tenant:acme:k0", "old"),
            ("GET tenant:acme:k700", "old"),
            ("GET tenant:acme:later", "new"),
            ("GET tenant:bolt:k700", "new"),
            ("EXISTS tenant:bolt:k0", ":0"),
            ("DBSIZE", ":3003"),
        ] {
            assert_eq!(admin.line(ask), answer, "{version}: {ask}");
        }
        assert_eq!(admin.ask(&["GET", "tenant:acme:odd key\r\n*"]), "old", "{version}");
        let left: i64 = admin.line("TTL tenant:acme:h").trim_start_matches(':').parse().unwrap();
        assert!((4000..=5000).contains(&left), "{version}: {left}");

        let said = reached.run(1, "containers", &[("TENANT", "*")]).fine();
        assert!(said.contains("restored 3602 keys of *"), "{version}: {said}");
        assert_eq!(admin.line("GET tenant:bolt:k700"), "old", "{version}");
    });
}
