//! A tenant's dump and its way back, by the commands of the chart's jobs, on a real PostgreSQL.
//!
//! in: two tenants with schemas of their own. out: one's rows, dumped, lost and brought back.
//! promises: a dump holds nothing of another tenant, and is made and put back by the tenant's own login.

use std::process::Command;

use serde_yaml::Value;

use crate::kubernetes::{VERSION, installed, objects};
use crate::server::Server;
use crate::sql::{apply, servers};
use crate::support::{Said, Workspace, judge};

/// The command of a job's container, with its file where this test may write.
fn command(job: &Value, containers: &str, server: &Server) -> Command {
    let container = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"][containers][0];
    let words: Vec<&str> =
        container["command"].as_sequence().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    let beside = std::fs::canonicalize(judge("bin/pg_dump").unwrap()).unwrap();
    let mut command = server.place.command(&beside.with_file_name(words[0]));
    let file = server.place.path().join("dump").display().to_string();
    command.args(words[1..].iter().map(|word| word.replace("/scratch/dump", &file)));
    for one in container["env"].as_sequence().unwrap() {
        if let (Some(name @ ("PGUSER" | "PGDATABASE")), Some(value)) = (one["name"].as_str(), one["value"].as_str()) {
            command.env(name, value);
        }
    }
    command.env("PGHOST", server.place.path());
    command
}

#[test]
fn a_tenant_is_dumped_and_brought_back_by_its_own_login() {
    if !installed() {
        return;
    }
    let tree = Workspace::of(
        "platform market { cloud = kubernetes  regions = [hall]  environments = [production]  audit { record = all } }\n\
         region hall { cloud = kubernetes  jurisdiction = eu }\n\
         schema shop { table users { id: int primary  name: text }  table orders { id: int primary  buyer: int references users } }\n\
         role app { grant read, write on all }\n\
         database main: postgresql { version = \"15\"  schema = shop  memory = 1GiB  backup { every = 6h  keep = 30d } }\n\
         tenant rosa: premium { home = hall }\n\
         tenant ruth: premium { home = hall }\n",
    )
    .build(&[]);
    let Some(server) = Server::start(15, "") else { return };
    apply(&server, &tree, &servers(&tree)[0]);
    let values = tree.ending("tenants.values.yaml").remove(0);
    let mut helm = Command::new(judge("bin/helm").unwrap());
    helm.args(["template", "cell", "--kube-version", VERSION]).arg(tree.path("kubernetes/charts/tenants"));
    let objects = objects(&Said::of(helm.arg("-f").arg(tree.path(&values))).fine());
    let job = |name: &str| {
        let mut all = objects.iter().filter(|object| object["kind"] == "CronJob" && object["metadata"]["name"] == name);
        all.find(|job| job["metadata"]["namespace"] == "tenant-rosa").unwrap()
    };
    assert_eq!(job("backup-main")["spec"]["schedule"].as_str().unwrap().split_once(' ').unwrap().1, "*/6 * * *");
    assert_eq!(job("restore-main")["spec"]["suspend"], true);

    for tenant in ["rosa", "ruth"] {
        let rows = format!(
            "SET ROLE t_{tenant}; INSERT INTO t_{tenant}.users VALUES (DEFAULT, 1, 'it''s {tenant}'); INSERT INTO t_{tenant}.orders VALUES (DEFAULT, 7, 1)"
        );
        server.rows("main", &rows);
    }
    let all = "SET ROLE t_rosa; SELECT name, buyer FROM t_rosa.users JOIN t_rosa.orders ON buyer = users.id";
    let before = server.rows("main", all);
    assert_eq!(before, "it's rosa|1\n");
    Said::of(&mut command(job("backup-main"), "initContainers", &server)).fine();
    let dump = std::fs::read(server.place.path().join("dump")).unwrap();
    assert!(!String::from_utf8_lossy(&dump).contains("ruth"), "another tenant is in the dump");

    server.rows("main", "SET ROLE t_rosa; DELETE FROM t_rosa.orders; DELETE FROM t_rosa.users");
    assert_eq!(server.rows("main", all), "");
    Said::of(&mut command(job("restore-main"), "containers", &server)).fine();
    assert_eq!(server.rows("main", all), before);

    // Nobody dumps a neighbour.
    let mut other = command(job("backup-main"), "initContainers", &server);
    let said = Said::of(other.env("PGUSER", "t_ruth"));
    assert!(!said.ok && said.words().contains("permission denied"), "{}", said.words());
}
