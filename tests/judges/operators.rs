//! Operators' own checks of what they are given: the code that their webhooks run, asked without a cluster.
//!
//! in: resources of every store that an operator makes. out: each is taken, without a warning of a setting it does not know.
//! promises: what an operator would refuse when it is applied is refused here; each is shown to refuse.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::kubernetes_stores::{elastic, on_kubernetes};
use crate::readers::hostile;
use crate::support::{Said, Tree, Workspace, judge};

/// What an operator says of objects; none where it is not installed.
fn operator(name: &str, objects: &str) -> Option<Said> {
    let mut command = Command::new(judge(&format!("operators/{name}"))?);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(objects.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Some(Said { ok: output.status.success(), out: text(output.stdout), err: text(output.stderr) })
}

/// It takes all of them, and refuses each change.
fn judged(name: &str, objects: &[String], changes: &[(&str, &str, &str)]) {
    for objects in objects {
        let Some(said) = operator(name, objects) else { return };
        assert!(said.ok && !said.out.contains("warned "), "{}\n{objects}", said.words());
    }
    let good = &objects[0];
    for (from, to, words) in changes {
        assert!(good.contains(from), "no `{from}`:\n{good}");
        let said = operator(name, &good.replacen(from, to, 1)).unwrap();
        assert!(!said.ok && said.words().contains(words), "{to}: {}", said.words());
    }
    let nothing = operator(name, "kind: Nothing\nmetadata: { name: a }\n").unwrap();
    assert!(!nothing.ok, "what it does not know is taken");
}

fn texts(tree: &Tree, end: &str) -> Vec<String> {
    let live = tree.ending(end).into_iter().filter(|path| path.starts_with("kubernetes/live/"));
    live.map(|path| tree.read(&path)).collect()
}

#[test]
fn cloudnativepg_takes_every_version() {
    let mut all = texts(&on_kubernetes("stores"), "/postgresql.yaml");
    all.extend(texts(&hostile("kubernetes", "local").build(&["--target", "cloudnativepg"]), "/postgresql.yaml"));
    for version in ["18", "17", "16", "15", "14"] {
        let tree = Workspace::of(&format!(
            "platform market {{ cloud = kubernetes  regions = [hall]  environments = [production] }}\n\
             region hall {{ cloud = kubernetes  jurisdiction = eu  zones = 3 }}\n\
             schema shop {{ table users {{ id: int primary }} }}\n\
             database a_database_whose_name_leaves_no_room_for_anything: postgresql {{\n\
               version = \"{version}\"  schema = shop  memory = 4GiB  replicas = 2  synchronous = 1  storage = 20GiB\n\
               extensions = [pg_stat_statements]  pool {{ mode = transaction  size = 20 }}\n\
             }}\n\
             tenant rosa: premium {{ home = hall }}\n"
        ))
        .build(&[]);
        all.splice(0..0, texts(&tree, "/postgresql.yaml"));
    }
    judged(
        "cloudnativepg",
        &all,
        &[
            (
                "shared_buffers\": \"",
                "shared_buffers\": \"9",
                "Memory request is lower than PostgreSQL `shared_buffers`",
            ),
            ("max_wal_size\": \"", "max_wal_size\": \"9", "should be smaller than WAL volume size"),
            ("      number: 1", "      number: 3", "must be less than the total number of instances"),
            ("    parameters:\n", "    parameters:\n      port: \"1\"\n", "Can't set fixed configuration parameter"),
            ("instances: 3", "instancez: 3", "unknown field"),
            ("default_pool_size", "auth_user", "Invalid value"),
            ("schedule: \"0 ", "schedule: \"99 ", "spec.schedule"),
            ("  name: \"", "  name: \"far-longer-than-fifty-letters-which-is-what-an-operator-allows-", "name"),
        ],
    );
}

#[test]
fn perconas_operator_takes_every_cluster() {
    let mut all = texts(&on_kubernetes("stores"), "/mongodb.yaml");
    for facts in ["replicas = 0", "replicas = 1", "replicas = 1  arbiter = true", "replicas = 2  shards = 2"] {
        let tree = Workspace::of(&format!(
            "platform market {{ cloud = kubernetes  regions = [hall]  environments = [production] }}\n\
             region hall {{ cloud = kubernetes  jurisdiction = eu  zones = 3 }}\n\
             database content: mongodb {{ version = \"7.0\"  memory = 8GiB  isolation = database  {facts} }}\n\
             tenant rosa: premium {{ home = hall }}\n"
        ))
        .build(&[]);
        all.extend(texts(&tree, "/mongodb.yaml"));
    }
    judged(
        "mongodb",
        &all,
        &[
            ("mode: \"requireTLS\"", "mode: \"disabled\"", "TLS must be enabled"),
            ("    size: 3", "    size: 2", "replset size must be odd"),
            ("    size: 3", "    sizes: 3", "unknown field"),
        ],
    );
}

#[test]
fn elastics_operator_takes_every_cluster() {
    let Some(all) = elastic() else { return };
    judged(
        "elasticsearch",
        &all,
        &[
            ("volumeClaimDeletePolicy:", "volumeClaimDeletePolice:", "unknown field"),
            ("version: 8.", "version: 5.", "Unsupported version"),
            ("    - config:\n", "    - config:\n        node.roles: [data]\n", "needs to have at least one master"),
        ],
    );
    // What it sets itself is warned of.
    let own = all[0].replacen("    - config:\n", "    - config:\n        network.host: a\n", 1);
    assert!(operator("elasticsearch", &own).is_none_or(|said| said.out.contains("warned ")), "it is taken in silence");
}

#[test]
fn k8ssandras_operator_takes_every_cluster() {
    judged(
        "cassandra",
        &texts(&on_kubernetes("stores-jvm"), "/cassandra.yaml"),
        &[
            ("  name: \"", "  name: \"far-longer-than-a-stateful-set-of-a-rack-may-be-called-", "too long"),
            ("storageConfig:", "storageConfigs:", "unknown field"),
        ],
    );
}
