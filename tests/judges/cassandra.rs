//! cassandra.yaml by Cassandra's own loader, of each version; tenants on a real server.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::jvm::{beside, certificate, free_port, java, told};
use crate::support::{Said, Tree, Workspace};

const RELEASES: [(&str, &str); 2] = [("4.1", "cassandra-4.1.10"), ("5.0", "cassandra-5.0.9")];

fn spec(version: &str, more: &str) -> String {
    format!(
        r#"
platform labels {{ cloud = self_hosted  regions = [eu-west-1]  environments = [development] }}
database events: cassandra {{
  version = "{version}"  memory = 8GiB  isolation = schema
  table plays {{
    column listener {{ type = uuid }}
    column at       {{ type = timestamp }}
    column track    {{ type = text }}
    column tags     {{ type = text  many = true }}
    partition = [listener]
    order     = [-at]
    ttl       = 400d
  }}
  {more}
}}
tenant acme: premium  {{ name = "Acme '; DROP KEYSPACE t_nova; --"  home = eu-west-1 }}
tenant nova: premium  {{ home = eu-west-1 }}
tenant shut: premium  {{ home = eu-west-1  state = suspended }}
tenant gone: premium  {{ home = eu-west-1  state = offboarding  since = 2026-10-01 }}
"#
    )
}

/// Where the files of the one instance are, below `config/` or `cassandra/`.
fn place(tree: &Tree) -> String {
    let file = tree.ending("cassandra.yaml").remove(0);
    file.trim_start_matches("config/").trim_end_matches("/cassandra.yaml").to_owned()
}

/// A folder that a node could start in: the file, its rack, its keys.
fn folder(tree: &Tree) -> TempDir {
    let folder = TempDir::new().unwrap();
    let from = format!("config/{}", place(tree));
    let text = tree.read(&format!("{from}/cassandra.yaml"));
    // The name is known where the cluster is; here it is this machine.
    let seeds = text.lines().find(|line| line.trim_start().starts_with("seeds:")).unwrap();
    fs::write(folder.path().join("cassandra.yaml"), text.replace(seeds, "    seeds: \"127.0.0.1\"")).unwrap();
    let rack = tree.read(&format!("{from}/cassandra-rackdc.properties"));
    fs::write(folder.path().join("cassandra-rackdc.properties"), rack).unwrap();
    certificate(folder.path());
    fs::create_dir_all(folder.path().join("conf/tls")).unwrap();
    for (from, to) in [("both.pem", "client.pem"), ("both.pem", "node.pem"), ("cert.pem", "ca.pem")] {
        fs::copy(folder.path().join(from), folder.path().join("conf/tls").join(to)).unwrap();
    }
    folder
}

fn run(mut command: Command, jars: &str, program: &str, folder: &Path) -> Command {
    command
        .arg(format!("@{}", beside("cassandra/java.options").display()))
        .arg(format!("-Dlogback.configurationFile={}", beside("cassandra/logback.xml").display()))
        .args(["-Xmx1g", "-cp"])
        .arg(format!("{}/*", crate::support::judge(&format!("jars/{jars}")).unwrap().display()))
        .arg(beside(program))
        .arg("cassandra.yaml")
        .current_dir(folder);
    command
}

fn judged(jars: &str, folder: &Path) -> Option<Said> {
    Some(told(&mut run(java(jars)?, jars, "cassandra/Config.java", folder), ""))
}

/// What is written for every workload and version is taken.
#[test]
fn configuration() {
    for (version, jars) in RELEASES {
        for workload in ["read_heavy", "write_heavy", "analytics", "realtime"] {
            let tree = Workspace::of(&spec(version, &format!("workload = {workload}"))).build(&[]);
            let Some(said) = judged(jars, folder(&tree).path()) else { return };
            assert!(said.ok, "{version} {workload}: {}", said.words());
        }
    }
}

/// What Cassandra must refuse, it refuses: the judge bites.
#[test]
fn broken_configuration() {
    let tree = Workspace::of(&spec("5.0", "")).build(&[]);
    for (from, to, why) in [
        ("concurrent_writes: ", "concurent_writes: ", "Please remove properties [concurent_writes]"),
        ("concurrent_writes: 32", "concurrent_writes: 1", "concurrent_writes must be at least 2"),
        ("commitlog_sync_period: 10s", "commitlog_sync_period: 10 s", "Invalid duration: 10 s"),
        ("compaction_throughput: 64MiB/s", "compaction_throughput: 64MBps", "Invalid data rate: 64MBps"),
        ("num_tokens: 16", "num_tokens: 1537", "A maximum number of 1536 tokens per node is supported"),
        (
            "endpoint_snitch: \"GossipingPropertyFileSnitch\"",
            "endpoint_snitch: \"GossipingPropertySnitch\"",
            "Unable to find snitch class",
        ),
        ("\"PasswordAuthenticator\"", "\"AllowAllAuthenticator\"", "has authorization enabled which requires"),
        ("keystore: \"conf/tls/node.pem\"", "keystore: \"conf/tls/none.pem\"", "Failed to initialize SSL"),
    ] {
        let folder = folder(&tree);
        let file = folder.path().join("cassandra.yaml");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "no `{from}`");
        fs::write(&file, text.replacen(from, to, 1)).unwrap();
        let Some(said) = judged("cassandra-5.0.9", folder.path()) else { return };
        assert!(!said.ok && said.words().contains(why), "{to}: {}", said.words());
    }
}

/// Settings by their own names, with every kind of value, come out as Cassandra reads them.
#[test]
fn settings_by_name() {
    let own = "settings { cas_contention_timeout = 1500ms  hinted_handoff_disabled_datacenters = [\"no\", \"dc: 'x'\"]  \
               memtable.configurations.trie.class_name = \"TrieMemtable\"  stream_throughput_outbound = 12.5MiB/s  \
               internode_compression = dc  dynamic_snitch_badness_threshold = 0.5 }";
    let tree = Workspace::of(&spec("5.0", own)).build(&[]);
    let Some(said) = judged("cassandra-5.0.9", folder(&tree).path()) else { return };
    assert!(said.ok, "{}", said.words());
}

/// Scripts of the build, twice; then each tenant tries to get at the other.
#[test]
fn tenants_on_a_server() {
    let Some(command) = java("cassandra-5.0.9") else { return };
    let tree = Workspace::of(&spec("5.0", "")).build(&[]);
    let folder = folder(&tree);
    let here = folder.path();
    let mut text = fs::read_to_string(here.join("cassandra.yaml")).unwrap();
    // This machine alone, in this folder, on ports that are free; drivers here have no keys.
    for name in ["data", "commitlog", "hints", "saved_caches"] {
        text = text.replace(&format!("/var/lib/cassandra/{name}"), here.join(name).to_str().unwrap());
    }
    let after = |text: &str, map: &str, from: &str, to: &str| {
        let (start, rest) = text.split_once(&format!("\n{map}:\n")).unwrap();
        format!("{start}\n{map}:\n{}", rest.replacen(from, to, 1))
    };
    text = after(&text, "client_encryption_options", "enabled: true", "enabled: false");
    text = after(&text, "server_encryption_options", "internode_encryption: \"all\"", "internode_encryption: \"none\"");
    text = text.replace(
        "audit_logging_options:\n",
        &format!("audit_logging_options:\n  audit_logs_dir: \"{}\"\n", here.join("audit").display()),
    );
    text.push_str(&format!(
        "listen_address: 127.0.0.1\nrpc_address: 127.0.0.1\nstorage_port: {}\nssl_storage_port: {}\nnative_transport_port: {}\n",
        free_port(),
        free_port(),
        free_port()
    ));
    fs::write(here.join("cassandra.yaml"), text).unwrap();

    let scripts = format!("cassandra/{}", place(&tree));
    let mut steps = String::new();
    let mut step = |user: &str, password: &str, file: &Path| {
        steps.push_str(&format!("{user}\t{password}\t{}\n", file.display()));
    };
    let write = |name: &str, text: &str| {
        let file = here.join(name);
        fs::write(&file, text).unwrap();
        file
    };
    let seen = "11111111-1111-1111-1111-111111111111";
    for _ in 0..2 {
        for script in ["010_system.cql", "020_tenants.cql"] {
            step("cassandra", "cassandra", &tree.path(&format!("{scripts}/{script}")));
        }
    }
    let passwords = ["acme", "nova", "shut", "gone"]
        .map(|tenant| format!("ALTER ROLE t_{tenant} WITH PASSWORD = '{tenant}-secret';"));
    step("cassandra", "cassandra", &write("passwords.cql", &passwords.join("\n")));
    for tenant in ["acme", "nova"] {
        let own = format!(
            "INSERT INTO t_{tenant}.plays (listener, at, track, tags) VALUES ({seen}, '2026-01-01', '{tenant}', {{'a', 'b'}});\n\
             SELECT track FROM t_{tenant}.plays;\nSELECT * FROM system_traces.sessions;\nUPDATE t_{tenant}.plays SET track = 'x' WHERE listener = {seen} AND at = '2026-01-01';\n"
        );
        step(&format!("t_{tenant}"), &format!("{tenant}-secret"), &write(&format!("own_{tenant}.cql"), &own));
    }
    let attacks = attacks("acme", "nova") + &attacks_on_the_server("acme");
    step("t_acme", "acme-secret", &write("attack_acme.cql", &attacks));
    step("t_nova", "nova-secret", &write("attack_nova.cql", &self::attacks("nova", "acme")));
    for closed in ["shut", "gone"] {
        step(
            &format!("t_{closed}"),
            &format!("{closed}-secret"),
            &write(&format!("login_{closed}.cql"), "SELECT * FROM system.local;"),
        );
    }
    step("t_acme", "wrong", &write("login_wrong.cql", "SELECT * FROM system.local;"));
    step("cassandra", "cassandra", &tree.path(&format!("{scripts}/030_erase.cql")));
    step(
        "cassandra",
        "cassandra",
        &write("left.cql", "SELECT * FROM t_gone.plays;\nLIST ROLES OF t_gone;\nSELECT track FROM t_nova.plays;\n"),
    );

    let said = told(&mut run(command, "cassandra-5.0.9", "cassandra/Server.java", here), &steps);
    assert!(said.ok, "{}{}", said.out, said.err);
    let lines = |start: &str| said.out.lines().filter(|line| line.starts_with(start)).collect::<Vec<_>>();
    for script in ["010_system.cql", "020_tenants.cql", "030_erase.cql", "passwords.cql", "own_"] {
        assert_eq!(lines(&format!("refused {script}")), [""; 0], "{}", said.err);
    }
    assert!(!lines("ok 020_tenants.cql").is_empty() && lines("rows own_acme.cql").len() == 1, "{}", said.out);
    // Every login reads what was traced, which no setting forbids: nobody traces here, so there is nothing.
    assert!(lines("rows own_").iter().all(|line| !line.contains("system_traces")), "{}", said.out);
    for (script, tried) in [("attack_acme.cql", attacks), ("attack_nova.cql", self::attacks("nova", "acme"))] {
        assert_eq!(lines(&format!("ok {script}")), [""; 0]);
        let refused = lines(&format!("refused {script}"));
        assert_eq!(refused.len(), tried.matches(";\n").count(), "{refused:#?}");
        assert!(refused.len() >= 20, "{refused:#?}");
        for line in &refused {
            assert!(
                line.contains("UnauthorizedException") || line.contains("sufficient privileges"),
                "refused for another reason: {line}"
            );
        }
    }
    for login in ["login_shut.cql", "login_gone.cql", "login_wrong.cql"] {
        assert!(
            lines(&format!("refused {login}")).len() == 1 && lines(&format!("ok {login}")).is_empty(),
            "{}",
            said.out
        );
    }
    assert_eq!(lines("refused left.cql").len(), 2, "{}", said.out);
    assert_eq!(lines("rows left.cql").len(), 1, "{}", said.out);
}

/// What one tenant tries on another's keyspace.
fn attacks(own: &str, other: &str) -> String {
    [
        "SELECT * FROM t_{other}.plays",
        "SELECT count(*) FROM t_{other}.plays",
        "SELECT JSON * FROM t_{other}.plays",
        "SELECT * FROM t_{other}.plays WHERE track = 'x' ALLOW FILTERING",
        "INSERT INTO t_{other}.plays (listener, at) VALUES (uuid(), '2026-01-01')",
        "UPDATE t_{other}.plays SET track = 'x' WHERE listener = 11111111-1111-1111-1111-111111111111 AND at = '2026-01-01'",
        "DELETE FROM t_{other}.plays WHERE listener = 11111111-1111-1111-1111-111111111111",
        "BEGIN BATCH INSERT INTO t_{other}.plays (listener, at) VALUES (uuid(), '2026-01-01') APPLY BATCH",
        "TRUNCATE t_{other}.plays",
        "DROP TABLE t_{other}.plays",
        "DROP KEYSPACE t_{other}",
        "ALTER KEYSPACE t_{other} WITH replication = {'class': 'NetworkTopologyStrategy', 'eu-west-1': 2}",
        "ALTER TABLE t_{other}.plays ADD spy text",
        "CREATE TABLE t_{other}.spy (id int PRIMARY KEY)",
        "CREATE INDEX spy ON t_{other}.plays (track)",
        "CREATE TYPE t_{other}.spy (id int)",
        "GRANT SELECT ON KEYSPACE t_{other} TO t_{own}",
        "GRANT t_{other} TO t_{own}",
        "ALTER ROLE t_{other} WITH PASSWORD = 'mine'",
        "DROP ROLE t_{other}",
        "LIST ALL PERMISSIONS OF t_{other}",
        "REVOKE SELECT ON KEYSPACE t_{other} FROM t_{other}",
    ]
    .map(|one| one.replace("{other}", other).replace("{own}", own) + ";\n")
    .concat()
}

/// What a tenant tries on everybody.
fn attacks_on_the_server(own: &str) -> String {
    [
        "SELECT * FROM system_auth.roles",
        "SELECT * FROM system_auth.role_permissions",
        "INSERT INTO system_auth.roles (role, is_superuser) VALUES ('t_{own}', true)",
        "UPDATE system_auth.roles SET is_superuser = true WHERE role = 't_{own}'",
        "GRANT ALL ON ALL KEYSPACES TO t_{own}",
        "GRANT cassandra TO t_{own}",
        "ALTER ROLE t_{own} WITH SUPERUSER = true",
        "CREATE ROLE spy WITH LOGIN = true AND SUPERUSER = true",
        "CREATE KEYSPACE spy WITH replication = {'class': 'NetworkTopologyStrategy', 'eu-west-1': 1}",
        "DROP TABLE t_{own}.plays",
    ]
    .map(|one| one.replace("{own}", own) + ";\n")
    .concat()
}
