//! Stores on Kubernetes: what operators, charts and servers without one are given.
//!
//! in: `examples/stores` and `examples/stores-jvm`, with Kubernetes for a cloud. out: resources and values.
//! promises: a real API server takes them, a vendor's chart reads every value, and nothing is told that `config/` does not say.

use std::collections::BTreeMap;
use std::process::Command;

use serde::Deserialize;
use serde_yaml::Value;

use crate::apiserver::api;
use crate::kubernetes::{Keys, VERSION, installed, objects};
use crate::support::{Said, Tree, Workspace, judge};

/// An example, on Kubernetes.
pub fn on_kubernetes(example: &str) -> Tree {
    let workspace = Workspace::example(example);
    workspace.change("cloud        = self_hosted", "cloud        = kubernetes");
    workspace.build(&["--environment", "production"])
}

/// What `kubectl apply -k` would send for a folder.
fn built(tree: &Tree, folder: &str) -> Said {
    Said::of(Command::new(judge("apiserver/kubectl").unwrap()).arg("kustomize").arg(tree.path(folder)))
}

/// A pod of each stateful set, as its controller would make it: the server looks closer at those than at what they come from.
fn pods(objects: &[Value]) -> String {
    let mut out = String::new();
    for set in objects.iter().filter(|object| object["kind"] == "StatefulSet") {
        let mut spec = set["spec"]["template"]["spec"].clone();
        let volumes = spec["volumes"].as_sequence_mut().unwrap();
        for claim in set["spec"]["volumeClaimTemplates"].as_sequence().unwrap() {
            let name = claim["metadata"]["name"].as_str().unwrap();
            volumes.push(serde_yaml::from_str(&format!("{{ name: {name}, emptyDir: {{}} }}")).unwrap());
        }
        let (name, namespace) =
            (set["metadata"]["name"].as_str().unwrap(), set["metadata"]["namespace"].as_str().unwrap());
        let head = format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{ name: {name}-0, namespace: {namespace} }}\n");
        let body: BTreeMap<&str, Value> = BTreeMap::from([("spec", spec)]);
        out.push_str(&(head + &serde_yaml::to_string(&body).unwrap()));
    }
    out
}

fn cells(tree: &Tree) -> Vec<String> {
    let all = tree.ending("/namespace.yaml").into_iter().filter(|path| path.starts_with("kubernetes/live/"));
    all.map(|path| path.trim_end_matches("/namespace.yaml").to_owned()).collect()
}

#[test]
fn a_server_takes_every_store_of_a_cell() {
    let Some(api) = api().filter(|_| installed()) else { return };
    for example in ["stores", "stores-jvm"] {
        let tree = on_kubernetes(example);
        for cell in cells(&tree) {
            let said = api.take(&built(&tree, &cell).fine());
            assert!(said.ok, "{example} {cell}: {}", said.words());
            // A store's own pods hold what the strictest standard asks for; the server warns of those that do not.
            assert!(!said.err.contains("would violate PodSecurity"), "{example} {cell}: {}", said.err);
            let pods = pods(&objects(&built(&tree, &cell).fine()));
            if !pods.is_empty() {
                api.take(&pods).fine();
            }
        }
    }
    let tree = on_kubernetes("stores");
    let cell = "kubernetes/live/production/eu-west-1-row-1";
    let good = built(&tree, cell).fine();
    for (from, to, words) in [
        ("kind: PerconaServerMongoDB\n", "kind: PerconaServerMongo\n", "no matches for kind"),
        ("crVersion: 1.18.0", "crVersoin: 1.18.0", "field not declared in schema"),
        ("cacheSizeRatio: 0.5", "cacheSizeRatio: half", "expected numeric"),
        ("serviceName: ", "serviceNam: ", "field not declared in schema"),
        ("    port: 6379", "    port: 637900", "must be between 1 and 65535"),
        ("walStorage:", "walStorag:", "field not declared in schema"),
        ("retentionPolicy: ", "retentionPolicy: a", "spec.retentionPolicy"),
        ("maxUnavailable: 1", "maxUnavailable: -1", "must be greater than or equal to 0"),
        ("remoteRef:", "remoteReff:", "field not declared in schema"),
    ] {
        assert!(good.contains(from), "no `{from}`");
        let said = api.take(&good.replacen(from, to, 1));
        assert!(!said.ok && said.words().contains(words), "{to}: {}", said.words());
    }
    let good = pods(&objects(&good));
    for (from, to, words) in [
        ("containerPort: 6379", "containerPort: 637900", "must be between 1 and 65535"),
        ("mountPath: /data", "mountPath: ''", "mountPath: Required value"),
        ("name: passwords\n", "name: pasword\n", "Not found"),
        ("runAsNonRoot: true", "runAsNonRott: true", "field not declared in schema"),
    ] {
        let said = api.take(&good.replacen(from, to, 1));
        assert!(!said.ok && said.words().contains(words), "{to}: {}", said.words());
    }
}

/// A tenant reaches what it is on, sentinels too, from both sides: its own policy and that of the store's namespace.
#[test]
fn a_tenant_may_reach_its_stores() {
    let tree = on_kubernetes("stores");
    let cell = "kubernetes/live/production/eu-west-1-row-1";
    let values: Value = serde_yaml::from_str(&tree.read(&format!("{cell}/tenants.values.yaml"))).unwrap();
    let stores = &values["tenants"]["acme"]["stores"];
    let spaces = objects(&tree.read(&format!("{cell}/namespace.yaml")));
    for (store, port) in
        [("queue", 6379), ("queue-sentinel", 26379), ("reports", 9440), ("content", 27017), ("readings", 5432)]
    {
        assert_eq!(stores[store]["port"], port, "{store}");
        let policy =
            spaces.iter().find(|object| object["metadata"]["name"] == format!("allow-tenants-{store}").as_str());
        let spec = &policy.unwrap()["spec"];
        assert_eq!(spec["ingress"][0]["ports"][0]["port"], port, "{store}");
        assert_eq!(spec["podSelector"]["matchLabels"], stores[store]["podLabels"], "{store}");
    }
    // Its own logins are fetched for it.
    assert_eq!(values["tenants"]["acme"]["secret"]["remoteKey"], "ledgers/production/eu-west-1-row-1/tenants/acme");
}

/// What Elastic's chart makes of our values, by the namespace that it is for; none where it is not installed.
pub fn elastic() -> Option<Vec<String>> {
    let chart = judge("charts/eck-elasticsearch").filter(|_| installed())?;
    let tree = on_kubernetes("stores-jvm");
    let made = tree.ending("/search/values.yaml").into_iter().map(|values| {
        let release: Value = serde_yaml::from_str(&tree.read(&values.replace("values", "release"))).unwrap();
        let mut helm = Command::new(judge("bin/helm").unwrap());
        let namespace = release["namespace"].as_str().unwrap();
        helm.args(["template", "x", "--kube-version", VERSION, "--namespace", namespace]).arg(&chart).arg("-f");
        let cluster = Said::of(helm.arg(tree.path(&values))).fine();
        cluster.replace("\nmetadata:\n", &format!("\nmetadata:\n  namespace: {namespace}\n"))
    });
    Some(made.collect())
}

/// Elastic's chart takes any key in silence, so every key of ours must be one that it reads.
#[test]
fn elastics_chart_reads_our_values_and_a_server_takes_the_cluster() {
    let (Some(api), Some(clusters)) = (api().filter(|_| installed()), elastic()) else { return };
    let chart = judge("charts/eck-elasticsearch").unwrap();
    let mut read = std::collections::BTreeSet::from(["fullnameOverride".to_owned()]);
    for template in std::fs::read_dir(chart.join("templates")).unwrap().map(|entry| entry.unwrap().path()) {
        let text = if template.is_file() { std::fs::read_to_string(template).unwrap() } else { String::new() };
        let names = text.split(".Values.").skip(1).map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next());
        read.extend(names.map(|name| name.unwrap().to_owned()));
    }
    let tree = on_kubernetes("stores-jvm");
    let version: Value = serde_yaml::from_str(&std::fs::read_to_string(chart.join("Chart.yaml")).unwrap()).unwrap();
    for (values, cluster) in tree.ending("/search/values.yaml").iter().zip(clusters) {
        let release: Value = serde_yaml::from_str(&tree.read(&values.replace("values", "release"))).unwrap();
        assert_eq!(release["version"], version["version"]);
        let text: Value = serde_yaml::from_str(&tree.read(values)).unwrap();
        let odd = |key: &&Value| !read.contains(key.as_str().unwrap());
        assert_eq!(text.as_mapping().unwrap().keys().find(odd), None, "{values}: a key that the chart does not read");
        api.take(&tree.read(&format!("{}/namespace.yaml", values.trim_end_matches("/search/values.yaml")))).fine();
        api.take(&cluster).fine();
        let said = api.take(&cluster.replace("zoneAwareness:", "zoneAwarenes:"));
        assert!(!said.ok && said.words().contains("field not declared in schema"), "{}", said.words());
    }
}

#[test]
fn values_of_neo4j_are_read_by_its_chart() {
    let (tree, keys) = (on_kubernetes("stores-jvm"), Keys::read("neo4j_chart/keys.json"));
    for values in tree.ending("/graph/values.yaml") {
        let text = tree.read(&values);
        assert_eq!(keys.faults(&text), Vec::<String>::new(), "{values}");
        let release: Value = serde_yaml::from_str(&tree.read(&values.replace("values", "release"))).unwrap();
        assert_eq!(release["version"].as_str(), keys.0["version"].as_str());
        let (first, _) = text.split_once(":\n").unwrap();
        let name = first.lines().last().unwrap();
        let found = keys.faults(&text.replacen(&format!("{name}:"), &format!("{name}z:"), 1));
        assert!(!found.is_empty(), "{name}z is taken");
    }
}

/// Every leaf of a map, by its path.
fn leaves(value: &Value, path: &str, all: &mut BTreeMap<String, Value>) {
    match value {
        Value::Mapping(map) => {
            for (key, inner) in map {
                let key = key.as_str().unwrap();
                leaves(inner, &if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }, all);
            }
        }
        other => drop(all.insert(path.to_owned(), other.clone())),
    }
}

/// What an operator is told against what stands in `config/`: nothing else, and nothing less than it lets itself be told.
#[test]
fn an_operator_is_told_what_stands_in_the_files() {
    let (jvm, stores) = (on_kubernetes("stores-jvm"), on_kubernetes("stores"));
    let live = |tree: &Tree, path: &str| -> Value {
        let file = tree.ending(path).into_iter().find(|file| file.starts_with("kubernetes/live/")).unwrap();
        serde_yaml::Deserializer::from_str(&tree.read(&file))
            .map(|one| Value::deserialize(one).unwrap())
            .next()
            .unwrap()
    };
    let cluster = live(&jvm, "/events/cassandra.yaml");
    let search = live(&jvm, "/search/values.yaml");
    let content = live(&stores, "/content/mongodb.yaml");
    let told = &content["spec"]["replsets"][0]["configuration"];
    let told: Value = serde_yaml::from_str(told.as_str().unwrap()).unwrap();
    let file = |tree: &Tree, end: &str| -> Value { serde_yaml::from_str(&tree.read(&tree.ending(end)[0])).unwrap() };
    for (told, file, least) in [
        (
            &cluster["spec"]["cassandra"]["config"]["cassandraYaml"],
            jvm.ending("config/production/eu-west-1-schema-1/events/cassandra.yaml")[0].clone(),
            45,
        ),
        (
            &search["nodeSets"][0]["config"],
            jvm.ending("config/production/eu-west-1-database-1/search/elasticsearch.yml")[0].clone(),
            15,
        ),
    ] {
        let (mut ours, mut theirs) = (BTreeMap::new(), BTreeMap::new());
        leaves(told, "", &mut ours);
        leaves(&file_at(&jvm, &file), "", &mut theirs);
        let differ: Vec<_> = ours.iter().filter(|(path, value)| theirs.get(*path) != Some(value)).collect();
        assert!(differ.is_empty() && ours.len() >= least, "{file}: {} keys, {differ:?}", ours.len());
    }
    let (mut ours, mut theirs) = (BTreeMap::new(), BTreeMap::new());
    leaves(&told, "", &mut ours);
    leaves(&file(&stores, "config/production/eu-west-1-row-1/content/mongod.conf"), "", &mut theirs);
    assert!(ours.len() >= 10 && ours.iter().all(|(path, value)| theirs.get(path) == Some(value)), "{ours:?}");
    let (cache, memory) = (theirs["storage.wiredTiger.engineConfig.cacheSizeGB"].as_f64().unwrap(), 16.0);
    let share = &content["spec"]["replsets"][0]["storage"]["wiredTiger"]["engineConfig"]["cacheSizeRatio"];
    assert!((share.as_f64().unwrap() * (memory - 1.0) - cache).abs() < 0.01, "{share:?}");

    let graph = live(&jvm, "/graph/values.yaml");
    let conf = jvm.read(&jvm.ending("/graph/neo4j.conf")[0]);
    for (name, value) in graph["config"].as_mapping().unwrap() {
        let line = format!("\n{}={}\n", name.as_str().unwrap(), value.as_str().unwrap());
        assert!(conf.contains(&line), "neo4j.conf has no {line}");
    }
    // What a container gets is what the engine was told of.
    for (resources, memory) in [
        (&cluster["spec"]["cassandra"]["resources"], "32Gi"),
        (&search["nodeSets"][0]["podTemplate"]["spec"]["containers"][0]["resources"], "16Gi"),
        (&content["spec"]["replsets"][0]["resources"], "16Gi"),
    ] {
        assert_eq!(
            (resources["requests"]["memory"].as_str(), resources["limits"]["memory"].as_str()),
            (Some(memory), Some(memory))
        );
    }
}

fn file_at(tree: &Tree, path: &str) -> Value {
    serde_yaml::from_str(&tree.read(path)).unwrap()
}

/// Servers without an operator read the files as they are, byte for byte.
#[test]
fn servers_get_the_files_of_config() {
    if judge("apiserver/kubectl").is_none() {
        return;
    }
    let tree = on_kubernetes("stores");
    let config = "config/production/eu-west-1-row-1";
    let objects = objects(&built(&tree, "kubernetes/live/production/eu-west-1-row-1").fine());
    for (database, files) in [
        ("queue", ["valkey.conf", "users.acl", "start", "sentinel.conf"]),
        ("reports", ["config.d/settings.xml", "config.d/server.xml", "users.d/users.xml", "users.d/settings.xml"]),
    ] {
        let map = objects.iter().find(|object| {
            object["kind"] == "ConfigMap"
                && object["metadata"]["name"].as_str().unwrap().contains(&format!("-{database}-"))
        });
        let map = map.unwrap();
        for file in files {
            let text = map["data"][file.replace('/', ".").as_str()].as_str().unwrap();
            assert_eq!(text, tree.read(&format!("{config}/{database}/{file}")), "{file}");
        }
        // A change has another name, and the pods name it: they are replaced.
        let name = map["metadata"]["name"].as_str().unwrap();
        let pods = objects
            .iter()
            .filter(|object| object["kind"] == "StatefulSet")
            .map(|set| serde_yaml::to_string(set).unwrap());
        assert!(pods.into_iter().any(|text| text.contains(name)), "no pod reads {name}");
    }
}

/// Who a pod of a watched store takes for its primary: whom the sentinels name, or the first pod while nobody answers.
#[test]
fn a_pod_follows_the_primary() {
    let tree = on_kubernetes("stores");
    let file = "kubernetes/live/production/eu-west-1-row-1/queue/server.yaml";
    let sets = objects(&tree.read(file));
    let server = sets.iter().find(|object| object["kind"] == "StatefulSet").unwrap();
    let container = &server["spec"]["template"]["spec"]["containers"][0];
    let folder = tempfile::TempDir::new().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    for name in ["files", "passwords", "data"] {
        std::fs::create_dir(place(name)).unwrap();
    }
    for name in ["valkey.conf", "users.acl", "start"] {
        std::fs::write(
            format!("{}/{name}", place("files")),
            tree.read(&format!("config/production/eu-west-1-row-1/queue/{name}")),
        )
        .unwrap();
    }
    // What the secret brings is what the users of users.acl need.
    let secret = sets.iter().find(|object| object["kind"] == "ExternalSecret").unwrap();
    let users: Vec<&str> =
        secret["spec"]["data"].as_sequence().unwrap().iter().map(|one| one["secretKey"].as_str().unwrap()).collect();
    assert!(users.contains(&"streams") && users.contains(&"t_bolt"), "{users:?}");
    for user in users {
        std::fs::write(format!("{}/{user}", place("passwords")), "plain\n").unwrap();
    }
    let script = container["args"][0].as_str().unwrap();
    let script = script
        .replace("/etc/store", &place("files"))
        .replace("/etc/passwords", &place("passwords"))
        .replace("/data", &place("data"));
    std::fs::write(place("answers"), "#!/bin/sh\necho the-other\necho 6379\n").unwrap();
    let made = Command::new("chmod").args(["755", &place("answers")]).status().unwrap();
    assert!(made.success());
    let started = |pod: &str, client: &str| {
        let mut command = Command::new("sh");
        command.args(["-eu", "-c", &script]);
        for one in container["env"].as_sequence().unwrap() {
            if let Some(value) = one["value"].as_str() {
                command.env(one["name"].as_str().unwrap(), value);
            }
        }
        Said::of(command.env("POD", pod).env("CLIENT", client).env("PROGRAM", "echo")).fine()
    };
    let name = server["metadata"]["name"].as_str().unwrap();
    let me = |number: u32| format!("{name}-{number}.{name}-nodes.data-production-eu-west-1-row-1.svc.cluster.local");
    let conf = format!("{}/server.conf", place("data"));
    let nobody = place("nobody");
    assert_eq!(started(&format!("{name}-0"), &nobody), format!("{conf} --replica-announce-ip {}\n", me(0)));
    let second = format!("{conf} --replica-announce-ip {}", me(1));
    assert_eq!(started(&format!("{name}-1"), &nobody), format!("{second} --replicaof {} 6379\n", me(0)));
    assert_eq!(started(&format!("{name}-1"), &place("answers")), format!("{second} --replicaof the-other 6379\n"));
    // A user without a password stops the start.
    std::fs::remove_file(format!("{}/t_bolt", place("passwords"))).unwrap();
    let told = std::panic::catch_unwind(|| started(&format!("{name}-0"), &nobody));
    assert!(told.is_err(), "it starts without a password");
}

/// Argo CD's definitions take its sets, and what they look for is where they look.
#[test]
fn argo_finds_cells_releases_and_tenants() {
    let Some(api) = api().filter(|_| installed()) else { return };
    let workspace = Workspace::example("stores-jvm");
    workspace.change(
        "cloud        = self_hosted",
        "cloud        = kubernetes\n  repository   = \"https://git.example.com/platform.git\"",
    );
    let tree = workspace.build(&["--environment", "production"]);
    let text = tree.read("kubernetes/argo/production.yaml");
    api.take("apiVersion: v1\nkind: Namespace\nmetadata: { name: argocd }\n").fine();
    api.take(&text).fine();
    let said = api.take(&text.replacen("generators:", "generatorz:", 1));
    assert!(!said.ok && said.words().contains("field not declared in schema"), "{}", said.words());
    let sets = objects(&text);
    assert_eq!(sets.len(), 3);
    for release in tree.ending("/release.yaml") {
        let known: Value = serde_yaml::from_str(&tree.read(&release)).unwrap();
        assert!(release.starts_with("kubernetes/live/production/"));
        // Every name that the set takes out of the file is in it.
        for name in ["releases", "repository", "chart", "version", "values", "namespace"] {
            assert!(!known[name].is_null() && text.contains(&format!(".{name}")), "{release}: {name}");
        }
    }
}
