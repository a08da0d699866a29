//! elasticsearch.yml by Elasticsearch's own classes; tenants on a real node, by the tool of the build.
//!
//! The published node lacks the modules for lifecycles and for languages. Lifecycles are judged by their classes; a module
//! made here gives the node the analyzers of languages, from the same library that the real ones come from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::jvm::{beside, certificate, free_port, java, told};
use crate::support::{Said, Tree, Workspace, judge};

const RELEASES: [(&str, &str); 3] =
    [("8.13", "elasticsearch-8.13.4"), ("8.17", "elasticsearch-8.17.10"), ("8.19", "elasticsearch-8.19.21")];

pub fn spec(version: &str, more: &str) -> String {
    format!(
        r#"
platform labels {{ cloud = self_hosted  regions = [eu-west-1]  environments = [production] }}
database search: elasticsearch {{
  version = "{version}"  memory = 2GiB  replicas = 0  zones = 1
  {more}
  index tracks {{
    languages = [en, fr, de, es, it, pt, nl, sv, da, no, fi]
    text      = [title]
    keywords  = [isrc]
    times     = [released_at]
    lifecycle {{ hot = 30d  warm = 180d  delete = 2y }}
    settings {{ index.max_result_window = 20000  index.translog.flush_threshold_size = 1GiB  index.refresh_interval = 2s  index.codec = "best_compression" }}
  }}
}}
tier own: free {{ isolation = schema }}
tenant acme: free {{ name = "Acme \"; DELETE /*"  home = eu-west-1 }}
tenant nova: free {{ home = eu-west-1 }}
tenant shut: free {{ home = eu-west-1  state = suspended }}
tenant pure: own  {{ home = eu-west-1 }}
tenant posh: own  {{ home = eu-west-1 }}
tenant dark: own  {{ home = eu-west-1  state = suspended }}
tenant gone: own  {{ home = eu-west-1  state = offboarding  since = 2026-10-01 }}
"#
    )
}

/// Documents that are watched and learnt from: with a licence.
const WATCHED: &str = r#"edition = platinum
  index logs { text = [message]  keywords = [level, host]  times = [at]  numbers = [ms] }
  index findings { keywords = [watch]  times = [at]  numbers = [found] }
  watch errors { index = logs  time = at  field = level  equals = "it's \"bad\""  above = 3  into = findings }
  watch any { index = logs  time = at  every = 1h  within = 2h  into = findings  quiet = 0s }
  anomaly slow { index = logs  time = at  function = mean  of = ms  by = host }
  anomaly many { index = logs  time = at  span = 1h  memory = 16MiB }
  anomaly odd-level_2 { index = logs  time = at  function = rare  by = level }
  anomaly hosts { index = logs  time = at  function = distinct_count  of = host }"#;

fn classes(jars: &str) -> Option<String> {
    let home = judge(&format!("jars/{jars}"))?;
    let modules = ["x-pack-core", "x-pack-security", "transport-netty4"];
    let all = modules.map(|module| format!(":{}/modules/{module}/*", home.display())).concat();
    Some(format!("{}/lib/*{all}", home.display()))
}

/// What is said of each text, a file each, and of all.
fn judged(jars: &str, texts: &[String]) -> Option<(Vec<String>, Said)> {
    let folder = TempDir::new().unwrap();
    let mut command = java(jars)?;
    command.args(["-XX:TieredStopAtLevel=1", "-cp", &classes(jars)?]).arg(beside("elasticsearch/Config.java"));
    for (number, text) in texts.iter().enumerate() {
        let ending = if text.starts_with('[') { "json" } else { "yml" };
        let file = folder.path().join(format!("{number}.{ending}"));
        fs::write(&file, text).unwrap();
        command.arg(file);
    }
    let said = told(&mut command, "");
    Some((said.out.lines().map(str::to_owned).collect(), said))
}

fn texts(tree: &Tree, file: &str) -> Vec<String> {
    tree.ending(file).iter().map(|path| tree.read(path)).collect()
}

/// What is asked of a cluster on Kubernetes, where snapshots are made.
fn on_kubernetes(version: &str, every: &str) -> String {
    let text = spec(version, &format!("edition = platinum  backup {{ every = {every}  keep = 14d }}"))
        .replace("cloud = self_hosted  regions = [eu-west-1]", "cloud = kubernetes  regions = [hall]")
        .replace("home = eu-west-1", "home = hall");
    let tree = Workspace::of(&(text + "region hall { cloud = kubernetes  jurisdiction = eu }\n")).build(&[]);
    texts(&tree, "setup.json").remove(0)
}

#[test]
fn configuration() {
    for (version, jars) in RELEASES {
        let mut all = Vec::new();
        for workload in ["read_heavy", "write_heavy", "analytics", "realtime"] {
            let tree = Workspace::of(&spec(version, &format!("workload = {workload}  certificates = true  {WATCHED}")))
                .build(&[]);
            all.extend(texts(&tree, "elasticsearch.yml"));
            all.extend(texts(&tree, "setup.json"));
        }
        for every in ["15min", "6h", "24h"] {
            all.push(on_kubernetes(version, every));
        }
        let Some((lines, said)) = judged(jars, &all) else { return };
        assert!(said.ok, "{version}: {}", said.words());
        // Of each of four workloads and two cells: its file and a lifecycle; of four open tenants, two a cell, ten things.
        // Of three more on Kubernetes: a lifecycle and a policy of snapshots.
        let of = |kind: &str| lines.iter().filter(|line| line.contains(kind)).count();
        let kinds = [".yml", "/_ilm/", "/_slm/", "/_watcher/", "/_ml/anomaly_detectors/", "/_ml/datafeeds/"];
        assert_eq!(kinds.map(of), [8, 8 + 3, 3, 4 * 4 * 2, 4 * 4 * 4, 4 * 4 * 4], "{version}: {lines:?}");
    }
}

#[test]
fn broken_configuration() {
    let tree = Workspace::of(&spec("8.17", WATCHED)).build(&[]);
    let yml = texts(&tree, "elasticsearch.yml").remove(0);
    let json = texts(&tree, "setup.json").remove(0);
    let snapshots = on_kubernetes("8.17", "6h").replace("/_ilm/", "/_not/");
    let cases = [
        (&yml, "xpack.security.http.ssl.enabled:", "xpack.security.http.ssl.enable:", "unknown setting"),
        (
            &yml,
            "indices.fielddata.cache.size: 20%",
            "indices.fielddata.cache.size: 10 gigs",
            "unit is missing or unrecognized",
        ),
        (&yml, "disk.watermark.low: 85%", "disk.watermark.low: 97%", "more than high disk watermark"),
        (
            &yml,
            "search.max_buckets: 65536",
            "search.max_buckets: 65536\nindex.number_of_shards: 3",
            "must not contain any index level settings",
        ),
        (&yml, "search.max_buckets: 65536", "search.max_buckets: 65536\nsearch.max_buckets: 1", "Duplicate field"),
        (&json, "\"warm\":", "\"wram\":", "does not support phase"),
        (
            &json,
            "\"forcemerge\": { \"max_num_segments\": 1 }",
            "\"rollover\": { \"max_age\": \"1d\" }",
            "invalid action [rollover] defined in phase [warm]",
        ),
        (&json, "\"function\": \"mean\"", "\"function\": \"meen\"", "Unknown function 'meen'"),
        (
            &json,
            "\"function\": \"rare\"",
            "\"function\": \"mean\"",
            "field_name must be set when the 'mean' function is used",
        ),
        (&json, "\"bucket_span\": \"3600s\"", "\"bucket_span\": \"3600\"", "unit is missing or unrecognized"),
        (&json, "\"time_field\": \"at\"", "\"time_feld\": \"at\"", "unknown field [time_feld]"),
        (&json, "-hosts\", \"once\"", "-Hosts!\", \"once\"", "Invalid job_id"),
        (
            &json,
            "\"query\": { \"match_all\": {} }",
            "\"query\": { \"match_al\": {} }",
            "Datafeed query is not parsable",
        ),
        (&json, "\"job_id\":", "\"jobid\":", "unknown field [jobid]"),
        (
            &json,
            "{ \"range\": { \"at\": { \"gte\":",
            "{ \"range\": { \"at\": { \"ge\":",
            "[range] query does not support [ge]",
        ),
        (&json, "\"throttle_period\": \"0s\"", "\"throttle_period\": \"never\"", "[never]"),
        (&json, "\"throttle_period\":", "\"throttleperiod\":", "unexpected field [throttleperiod]"),
        (&json, "{ \"write_down\": { \"index\":", "{ \"write_down\": { \"indx\":", "unknown action type [indx]"),
        (&json, "{ \"write_down\":", "{ \"write down\":", "id contains whitespace"),
        (&snapshots, "\"schedule\": \"0 ", "\"schedule\": \"61 ", "must be a valid cron expression"),
        (&snapshots, "\"expire_after\": \"14d\"", "\"expire_after\": \"14 days\"", "failed to parse"),
        (&snapshots, "<backup-{now/m", "<BACKUP {now/m", "invalid snapshot name"),
    ];
    let broken = cases.map(|(text, from, to, _)| {
        assert!(text.contains(from), "no `{from}`");
        text.replacen(from, to, 1)
    });
    let Some((lines, said)) = judged("elasticsearch-8.17.10", &broken) else { return };
    let refused: Vec<_> = lines.iter().filter(|line| line.starts_with("refused")).collect();
    assert_eq!(refused.len(), cases.len(), "{}", said.words());
    for ((_, _, to, why), line) in cases.iter().zip(refused) {
        assert!(line.contains(why), "{to}: {line}");
    }
}

/// A node that runs until it is dropped.
pub struct Node {
    pub folder: TempDir,
    port: u16,
    child: Child,
}

impl Drop for Node {
    fn drop(&mut self) {
        // Its start script waits for the node, and ends it with itself.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// An administrator of this node alone, with the hash of its password.
pub const ADMIN: (&str, &str, &str) =
    ("judge", "judge-password", "$2a$04$uiIRbjAa2YBOSNjN3MH/mO/1.bjKK9DU4hTtnxfPa7gxVHVE6BOUO");

impl Node {
    /// With the files that the build made for a cell; loopback, ports that are free, keys.
    pub fn start(tree: &Tree, cell: &str) -> Option<Self> {
        java("elasticsearch-8.17.10")?;
        let home = judge("jars/elasticsearch-8.17.10/modules/judge")?.parent()?.parent()?.to_owned();
        let folder = TempDir::new().unwrap();
        let here = folder.path();
        let conf = here.join("conf");
        fs::create_dir_all(conf.join("jvm.options.d")).unwrap();
        fs::create_dir_all(conf.join("tls")).unwrap();
        let port = free_port();
        let of_cell = |file: &str| {
            let path = tree.ending(file).into_iter().find(|path| path.contains(cell)).unwrap();
            tree.read(&path)
        };
        let local = format!(
            "http.port: {port}\ntransport.port: {}\nnode.name: judge\ncluster.routing.allocation.disk.threshold_enabled: false\npath.repo: {}\n",
            free_port(),
            here.join("snapshots").display()
        );
        let yml = of_cell("elasticsearch.yml")
            .replace("\"0.0.0.0\"", "\"127.0.0.1\"")
            .replace("/usr/share/elasticsearch", here.to_str().unwrap());
        fs::write(conf.join("elasticsearch.yml"), yml + &local).unwrap();
        for file in ["roles.yml", "role_mapping.yml"] {
            fs::write(conf.join(file), of_cell(file)).unwrap();
        }
        fs::copy(home.join("config/log4j2.properties"), conf.join("log4j2.properties")).unwrap();
        fs::write(conf.join("jvm.options.d/tenantc.options"), of_cell("tenantc.options")).unwrap();
        // The distribution's own logs go to its own folder.
        let options = fs::read_to_string(home.join("config/jvm.options")).unwrap();
        let kept: Vec<&str> = options.lines().filter(|line| !line.contains("logs/")).collect();
        fs::write(conf.join("jvm.options"), kept.join("\n")).unwrap();
        let (user, _, hash) = ADMIN;
        fs::write(conf.join("users"), format!("{user}:{hash}\n")).unwrap();
        fs::write(conf.join("users_roles"), format!("superuser:{user}\n")).unwrap();
        certificate(here);
        for (from, to) in [("key.pem", "tls.key"), ("cert.pem", "tls.crt"), ("cert.pem", "ca.crt")] {
            fs::copy(here.join(from), conf.join("tls").join(to)).unwrap();
        }
        let java_home =
            Said::of(Command::new("sh").args(["-c", "dirname $(dirname $(readlink -f $(command -v java)))"])).fine();
        // Elasticsearch refuses to run as root.
        let mut command = if Said::of(Command::new("id").arg("-u")).fine().trim() == "0" {
            Said::of(Command::new("chown").args(["-R", "65534:65534"]).arg(here)).fine();
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
            command.arg(home.join("bin/elasticsearch"));
            command
        } else {
            Command::new(home.join("bin/elasticsearch"))
        };
        let log = fs::File::create(here.join("out")).unwrap();
        let child = command
            .env("ES_PATH_CONF", &conf)
            .env("ES_JAVA_HOME", java_home.trim())
            .env("ES_TMPDIR", here)
            .env("ES_JAVA_OPTS", "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1")
            .current_dir(here)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut node = Self { folder, port, child };
        let until = Instant::now() + Duration::from_mins(2);
        while node.ask(ADMIN.0, ADMIN.1, "GET", "/_cluster/health?wait_for_status=yellow", "").0 != 200 {
            let ended = node.child.try_wait().unwrap();
            let log = fs::read_to_string(node.folder.path().join("out")).unwrap_or_default();
            assert!(ended.is_none() && Instant::now() < until, "the node did not start: {log}");
            std::thread::sleep(Duration::from_millis(300));
        }
        Some(node)
    }

    /// The status and the body of an answer.
    pub fn ask(&self, user: &str, password: &str, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut command = Command::new("curl");
        command
            .args(["-s", "-g", "-m", "60", "-w", "\n%{http_code}", "--cacert"])
            .arg(self.folder.path().join("cert.pem"));
        command.args(["-u", &format!("{user}:{password}"), "-H", "Content-Type: application/json", "-X", method]);
        if !body.is_empty() {
            command.args(["--data-binary", body]);
        }
        let said = Said::of(command.arg(format!("https://localhost:{}{path}", self.port)));
        let (body, status) = said.out.rsplit_once('\n').unwrap_or(("", "0"));
        (status.parse().unwrap_or(0), body.to_owned())
    }

    /// Runs the tool of the build on a list of requests.
    pub fn apply(&self, tree: &Tree, file: &Path) -> Said {
        let mut tool = Command::new("python3");
        Said::of(
            self.reached(tool.arg(tree.path("elasticsearch/apply")).arg(file)).env("PASSWORDS", "echo password-of"),
        )
    }

    /// A tool, told where the node is and who asks.
    pub fn reached<'a>(&self, tool: &'a mut Command) -> &'a mut Command {
        tool.env("ELASTICSEARCH", format!("https://localhost:{}", self.port))
            .env("ELASTICSEARCH_LOGIN", format!("{}:{}", ADMIN.0, ADMIN.1))
            .env("ELASTICSEARCH_CA", self.folder.path().join("cert.pem"))
    }

    /// The requests of a file, without those for which this node has no module.
    pub fn requests(&self, tree: &Tree, cell: &str, name: &str) -> PathBuf {
        let path = tree.ending(name).into_iter().find(|path| path.contains(cell)).unwrap();
        let all: Vec<serde_json::Value> = serde_json::from_str(&tree.read(&path)).unwrap();
        let absent = ["/_ilm/", "/_ml/", "/_watcher/"];
        let here = |one: &&serde_json::Value| {
            let path = one["path"].as_str().unwrap_or_default();
            !absent.iter().any(|module| path.starts_with(module))
        };
        let text = serde_json::to_string(&all.iter().filter(here).collect::<Vec<_>>()).unwrap();
        let file = self.folder.path().join(name);
        fs::write(&file, text).unwrap();
        file
    }

    /// The password that the tool gave to a login, by its secret.
    fn password(&self, tree: &Tree, cell: &str, user: &str) -> String {
        let path = tree.ending("setup.json").into_iter().find(|path| path.contains(cell)).unwrap();
        let all: Vec<serde_json::Value> = serde_json::from_str(&tree.read(&path)).unwrap();
        let path = format!("/_security/user/{user}");
        let one = all.iter().find(|one| one["path"] == path.as_str()).unwrap_or_else(|| panic!("no {path}"));
        format!("password-of {}", one["secret"].as_str().unwrap())
    }
}

pub fn uuid(tree: &Tree, tenant: &str) -> String {
    let catalog: serde_json::Value = serde_json::from_str(&tree.read("catalog/production.json")).unwrap();
    catalog["tenants"][tenant]["tenant_id"].as_str().unwrap().to_owned()
}

/// Tenants that share an index: each reads its own documents and nothing else, and writes nothing.
#[test]
fn tenants_of_one_index() {
    let tree = Workspace::of(&spec("8.17", WATCHED)).build(&[]);
    let Some(node) = Node::start(&tree, "row") else { return };
    let admin = |method: &str, path: &str, body: &str| node.ask(ADMIN.0, ADMIN.1, method, path, body);
    let trial = admin("POST", "/_license/start_trial?acknowledge=true", "");
    assert_eq!(trial.0, 200, "{}", trial.1);
    let setup = node.requests(&tree, "row", "setup.json");
    for _ in 0..2 {
        node.apply(&tree, &setup).fine();
    }
    let own = admin("GET", "/shared.tracks.v-000001/_settings?flat_settings=true", "").1;
    for said in [
        "\"index.max_result_window\":\"20000\"",
        "\"index.translog.flush_threshold_size\":\"1gb\"",
        "\"index.refresh_interval\":\"2s\"",
    ] {
        assert!(own.contains(said), "{own}");
    }
    let [acme, nova, shut] = ["acme", "nova", "shut"].map(|tenant| uuid(&tree, tenant));
    let app = ("search_app", node.password(&tree, "row", "search_app"));
    for (tenant, title) in [(&acme, "running songs"), (&nova, "running secrets"), (&shut, "running xylophones")] {
        let body = format!("{{\"tenant_id\":\"{tenant}\",\"title\":\"{title}\",\"isrc\":\"{tenant}\"}}");
        let (status, said) =
            node.ask(app.0, &app.1, "PUT", &format!("/shared.tracks/_doc/{tenant}?refresh=true"), &body);
        assert_eq!(status, 201, "{said}");
    }
    let password = node.password(&tree, "row", &acme);
    let mine = |method: &str, path: &str, body: &str| node.ask(&acme, &password, method, path, body);

    // Its own, found by a word's root in English.
    let found = mine("GET", &format!("/{acme}.tracks/_search"), "{\"query\":{\"match\":{\"title.en\":\"runs song\"}}}");
    assert!(found.0 == 200 && found.1.contains("running songs"), "{}", found.1);

    // Every way to see what is there shows one document, its own.
    let hidden = ["secrets", "xylophones", &nova, &shut];
    let searches = [
        ("GET", "/shared.tracks/_search", ""),
        ("GET", "/shared.tracks.v-000001/_search?q=*:*", ""),
        ("GET", "/shared.*/_search", "{\"query\":{\"match_all\":{}}}"),
        ("GET", "/_search", ""),
        ("GET", "/_all/_search", ""),
        ("GET", "/shared.tracks/_search", "{\"query\":{\"ids\":{\"values\":[\"@nova@\"]}}}"),
        (
            "GET",
            "/shared.tracks/_search",
            "{\"query\":{\"bool\":{\"should\":[{\"term\":{\"tenant_id\":\"@nova@\"}}]}}}",
        ),
        (
            "GET",
            "/shared.tracks/_search",
            "{\"size\":0,\"aggs\":{\"all\":{\"global\":{},\"aggs\":{\"t\":{\"terms\":{\"field\":\"isrc\"}}}}}}",
        ),
        (
            "GET",
            "/shared.tracks/_search",
            "{\"size\":0,\"aggs\":{\"t\":{\"terms\":{\"field\":\"tenant_id\",\"min_doc_count\":0}}}}",
        ),
        (
            "GET",
            "/shared.tracks/_search",
            "{\"suggest\":{\"s\":{\"text\":\"secretz\",\"term\":{\"field\":\"title\"}}}}",
        ),
        (
            "GET",
            "/shared.tracks/_search",
            "{\"query\":{\"more_like_this\":{\"fields\":[\"title\"],\"like\":[{\"_id\":\"@nova@\"}],\"min_term_freq\":1,\"min_doc_freq\":1}}}",
        ),
        (
            "GET",
            "/shared.tracks/_search",
            "{\"query\":{\"terms\":{\"isrc\":{\"index\":\"shared.tracks.v-000001\",\"id\":\"@nova@\",\"path\":\"isrc\"}}}}",
        ),
        ("GET", "/shared.tracks/_doc/@nova@", ""),
        ("GET", "/shared.tracks/_source/@nova@", ""),
        ("GET", "/shared.tracks.v-000001/_doc/@nova@?realtime=true", ""),
        ("POST", "/shared.tracks/_mget", "{\"ids\":[\"@nova@\",\"@shut@\"]}"),
        ("GET", "/shared.tracks/_explain/@nova@", "{\"query\":{\"match_all\":{}}}"),
        ("GET", "/shared.tracks/_termvectors/@nova@?fields=title", ""),
        ("POST", "/_msearch", "{\"index\":\"shared.tracks\"}\n{\"query\":{\"match_all\":{}}}\n"),
        ("POST", "/shared.tracks/_search?scroll=1m", "{\"query\":{\"match_all\":{}}}"),
        ("GET", "/shared.tracks/_field_caps?fields=*", ""),
        ("POST", "/shared.tracks/_terms_enum", "{\"field\":\"isrc\",\"string\":\"\"}"),
        ("GET", "/@nova@.tracks/_search", ""),
        ("GET", "/@nova@.tracks/_doc/@nova@", ""),
    ];
    let named = |text: &str| text.replace("@nova@", &nova).replace("@shut@", &shut);
    for (method, path, body) in searches {
        let (status, said) = mine(method, &named(path), &named(body));
        // What it asked for by name is said back to it.
        let answer = said.replace(&format!("\"_id\":\"{nova}\""), "").replace(&format!("\"_id\":\"{shut}\""), "");
        let answer = if status == 403 || status == 404 { String::new() } else { answer };
        assert!(hidden.iter().all(|secret| !answer.contains(secret)), "{method} {path} {body}: {said}");
    }
    let count = mine("GET", "/shared.tracks/_count", "");
    assert!(count.1.contains("\"count\":1,"), "{}", count.1);

    // What a job would have found: each in an index of its own.
    for (tenant, found) in [(&acme, "hiccups"), (&nova, "secrets")] {
        let path = format!("/.ml-anomalies-custom-{tenant}/_doc/1?refresh=true");
        assert_eq!(admin("PUT", &path, &format!("{{\"found\":\"{found}\"}}")).0, 201);
    }
    let results = mine("GET", &format!("/.ml-anomalies-custom-{acme}/_search"), "");
    assert!(results.1.contains("hiccups"), "{}", results.1);
    for path in [format!("/.ml-anomalies-custom-{nova}/_search"), format!("/.ml-anomalies-custom-{nova}/_doc/1")] {
        assert_eq!(mine("GET", &path, "").0, 403, "{path}");
    }
    let every = mine("GET", "/.ml-anomalies-*/_search?expand_wildcards=all", "");
    assert!(every.1.contains("hiccups") && !every.1.contains("secrets"), "{}", every.1);

    // What it may not do at all.
    let refused = [
        ("PUT", "/shared.tracks/_doc/x", "{\"tenant_id\":\"@nova@\"}"),
        ("POST", "/@acme@.tracks/_doc", "{\"tenant_id\":\"@acme@\"}"),
        ("POST", "/shared.tracks/_update/@nova@", "{\"doc\":{\"title\":\"x\"}}"),
        ("DELETE", "/shared.tracks/_doc/@nova@", ""),
        ("DELETE", "/shared.tracks.v-000001", ""),
        ("PUT", "/shared.tracks.v-000001/_mapping", "{\"properties\":{\"x\":{\"type\":\"keyword\"}}}"),
        ("PUT", "/shared.tracks.v-000001/_settings", "{\"index.number_of_replicas\":0}"),
        ("GET", "/shared.tracks.v-000001/_settings", ""),
        ("GET", "/shared.tracks.v-000001/_stats", ""),
        ("POST", "/_aliases", "{\"actions\":[{\"add\":{\"index\":\"shared.tracks.v-000001\",\"alias\":\"mine\"}}]}"),
        ("PUT", "/_security/role/@acme@", "{\"indices\":[{\"names\":[\"*\"],\"privileges\":[\"all\"]}]}"),
        ("GET", "/_security/role", ""),
        ("GET", "/_security/user", ""),
        ("PUT", "/_security/user/spy", "{\"password\":\"password-of-spy\",\"roles\":[\"superuser\"]}"),
        ("GET", "/.security/_search", ""),
        ("GET", "/_cluster/settings", ""),
        ("PUT", "/_cluster/settings", "{\"persistent\":{\"action.destructive_requires_name\":null}}"),
        ("GET", "/_nodes", ""),
        ("GET", "/_cat/indices", ""),
        ("PUT", "/_index_template/spy", "{\"index_patterns\":[\"spy*\"]}"),
        ("PUT", "/spy", ""),
        ("GET", "/_snapshot", ""),
        ("PUT", "/.ml-anomalies-custom-@acme@/_doc/2", "{\"found\":\"nothing\"}"),
    ];
    assert!(refused.len() >= 20);
    for (method, path, body) in refused {
        let named = |text: &str| named(text).replace("@acme@", &acme);
        let (status, said) = mine(method, &named(path), &named(body));
        let nothing = path == "/_cat/indices" && !said.contains("shared");
        assert!(status == 403 || nothing, "{method} {path}: {status} {said}");
    }

    // The query in its role is what hides the others: without it they are seen.
    let roles = node.folder.path().join("conf/roles.yml");
    let text = fs::read_to_string(&roles).unwrap();
    let open: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("query:")).collect();
    fs::write(&roles, open.join("\n") + "\n").unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while !mine("GET", "/shared.tracks/_count", "").1.contains("\"count\":3,") {
        assert!(Instant::now() < until, "the others are hidden by something else");
        std::thread::sleep(Duration::from_millis(500));
    }

    // What one leaves goes, and no other's.
    let all = || node.ask(ADMIN.0, ADMIN.1, "GET", "/shared.tracks/_count", "").1;
    assert!(all().contains("\"count\":3,"), "{}", all());
    let leaving = tree.path(&tree.ending("row-1/search/erase.json")[0]);
    assert!(!fs::read_to_string(&leaving).unwrap().contains("documents"), "nobody leaves");
    let gone =
        Workspace::of(&spec("8.17", WATCHED).replace("state = suspended", "state = offboarding  since = 2026-10-01"))
            .build(&[]);
    let erase = gone.read(&gone.ending("row-1/search/erase.json")[0]);
    let theirs = gone.read(&gone.ending("row-1/search/setup.json")[0]);
    assert!(erase.contains(&shut) && !theirs.is_empty(), "{erase}");
    node.apply(&gone, &node.requests(&gone, "row", "erase.json")).fine();
    assert!(all().contains("\"count\":2,"), "{}", all());
    assert_eq!(node.ask(ADMIN.0, ADMIN.1, "GET", &format!("/shared.tracks/_doc/{nova}"), "").0, 200);

    // A closed tenant's login is not taken, and would have no role.
    let closed = node.ask(&shut, &node.password(&tree, "row", &shut), "GET", "/shared.tracks/_search", "");
    assert_eq!(closed.0, 401, "{}", closed.1);
    let wrong = node.ask(&acme, "wrong", "GET", "/shared.tracks/_search", "");
    assert_eq!(wrong.0, 401);
}

/// Tenants with indices of their own: each is refused the other's, and nothing is left of one that went.
#[test]
fn tenants_with_own_indices() {
    // Two indices: their templates may not be of the same names.
    let more = "edition = basic  isolation = schema\n  index albums { keywords = [label] }";
    let tree = Workspace::of(&spec("8.17", more)).build(&[]);
    let Some(node) = Node::start(&tree, "schema") else { return };
    let setup = node.requests(&tree, "schema", "setup.json");
    for _ in 0..2 {
        node.apply(&tree, &setup).fine();
    }
    let pure = node.password(&tree, "schema", "t-pure");
    let posh = node.password(&tree, "schema", "t-posh");
    for (user, password) in [("t-pure", &pure), ("t-posh", &posh)] {
        let (status, said) = node.ask(
            user,
            password,
            "PUT",
            &format!("/own-{user}.tracks/_doc/1?refresh=true"),
            "{\"title\":\"singing\"}",
        );
        assert_eq!(status, 201, "{said}");
        let found = node.ask(user, password, "GET", &format!("/own-{user}.tracks/_search?q=title.en:sing"), "");
        assert!(found.1.contains("singing"), "{}", found.1);
    }
    let attacks = [
        ("GET", "/own-t-posh.tracks/_search", ""),
        ("GET", "/own-t-posh.tracks.v-000001/_search", ""),
        ("GET", "/own-t-posh.tracks/_doc/1", ""),
        ("GET", "/own-t-posh.tracks/_source/1", ""),
        ("POST", "/own-t-posh.tracks/_mget?refresh", "{\"ids\":[\"1\"]}"),
        ("GET", "/own-t-posh.tracks/_count", ""),
        ("GET", "/own-t-posh.tracks/_mapping", ""),
        ("GET", "/own-t-posh.tracks/_settings", ""),
        ("GET", "/own-t-posh.tracks/_stats", ""),
        ("GET", "/own-t-posh.tracks/_field_caps?fields=*", ""),
        ("GET", "/own-t-posh.tracks/_termvectors/1?fields=title", ""),
        ("PUT", "/own-t-posh.tracks/_doc/2", "{\"title\":\"x\"}"),
        ("POST", "/own-t-posh.tracks/_update/1", "{\"doc\":{\"title\":\"x\"}}"),
        ("DELETE", "/own-t-posh.tracks/_doc/1", ""),
        ("DELETE", "/own-t-posh.tracks.v-000001", ""),
        ("POST", "/own-t-posh.tracks/_refresh", ""),
        ("POST", "/own-t-posh.tracks/_close", ""),
        ("POST", "/own-t-posh.tracks/_rollover", ""),
        ("PUT", "/own-t-posh.tracks.v-000001/_alias/own-t-pure.spy", ""),
        (
            "POST",
            "/_aliases",
            "{\"actions\":[{\"add\":{\"index\":\"own-t-posh.tracks.v-000001\",\"alias\":\"own-t-pure.spy\"}}]}",
        ),
        ("POST", "/own-t-posh.tracks.v-000001/_clone/own-t-pure.copy", ""),
        ("PUT", "/_security/role/t-pure", "{\"indices\":[{\"names\":[\"*\"],\"privileges\":[\"all\"]}]}"),
        ("POST", "/_security/user/t-posh/_password", "{\"password\":\"password-of-mine\"}"),
        ("GET", "/.security/_search", ""),
    ];
    assert!(attacks.len() >= 20);
    for (method, path, body) in attacks {
        let (status, said) = node.ask("t-pure", &pure, method, path, body);
        // `_mget` answers for each document.
        let refused = status == 403 || said.contains("security_exception") && !said.contains("_source");
        assert!(refused, "{method} {path}: {status} {said}");
    }
    let everywhere = node.ask("t-pure", &pure, "GET", "/_search", "");
    assert!(everywhere.1.contains("own-t-pure") && !everywhere.1.contains("own-t-posh"), "{}", everywhere.1);
    let closed = node.ask("t-dark", &node.password(&tree, "schema", "t-dark"), "GET", "/own-t-dark.tracks/_search", "");
    assert_eq!(closed.0, 401, "{}", closed.1);

    let there = node.ask(ADMIN.0, ADMIN.1, "GET", "/own-t-gone.*", "");
    assert!(there.0 == 200 && there.1.contains("own-t-gone"), "{}", there.1);
    node.apply(&tree, &node.requests(&tree, "schema", "erase.json")).fine();
    let left = node.ask(ADMIN.0, ADMIN.1, "GET", "/own-t-gone.*", "");
    assert!(!left.1.contains("own-t-gone"), "{}", left.1);
    assert_eq!(node.ask(ADMIN.0, ADMIN.1, "GET", "/_security/user/t-gone", "").0, 404);
    assert_eq!(node.ask(ADMIN.0, ADMIN.1, "GET", "/own-t-posh.tracks/_doc/1", "").0, 200);
}
