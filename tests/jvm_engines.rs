//! Engines that are not PostgreSQL: what is wrong is told at the user's line, with what to write instead.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test reads files and fails loudly"
)]

use tenantc::compile;
use tenantc::emit::Selection;
use tenantc::source::Memory;

/// What is told of a database with these facts.
fn told(engine: &str, facts: &str) -> String {
    let facts = facts.replace("  ", "\n  ");
    let spec = format!(
        "platform demo {{ cloud = self_hosted  regions = [eu-west-1]  environments = [development] }}\n\
         tenant acme: free {{ home = eu-west-1 }}\n\
         database main: {engine} {{\n  memory = 8GiB\n  {facts}\n}}\n"
    );
    let (compilation, _) = compile(&Memory::of([("a.tenant", spec.as_str())]), &Selection::default());
    let said = compilation.diagnostics.iter().filter(|told| told.is_error()).map(|told| {
        let line = compilation.sources.place(told.span());
        let help = told.help.iter().map(|help| format!(" ({help})")).collect::<Vec<_>>().concat();
        format!("    {line}: {} {}{help}\n", told.code.id(), told.message)
    });
    said.collect::<String>()
}

#[test]
fn mistakes() {
    let all = [
        ("cassandra", ""),
        ("cassandra", "isolation = schema  version = \"4.1\"  settings { partition_size_warn_threshold = 1GiB }"),
        ("cassandra", "isolation = schema  settings { read_request_timeout_in_ms = 500 }"),
        ("cassandra", "isolation = schema  settings { concurrent_writes = 1 }"),
        ("cassandra", "isolation = schema  settings { commitlog_sync_period = 10MiB }"),
        ("cassandra", "isolation = schema  settings { compaction_throughput = 64MiB }"),
        ("cassandra", "isolation = schema  settings { concurent_writes = 64 }"),
        ("cassandra", "isolation = schema  settings { client_encryption_options.keystore_password = \"hunter2\" }"),
        ("cassandra", "isolation = schema  settings { client_encryption_options.keystore_password = secret(\"x\") }"),
        ("cassandra", "isolation = schema  replication = 3"),
        ("cassandra", "isolation = schema  replicas = 1"),
        ("cassandra", "isolation = schema  zones = 3"),
        ("cassandra", "isolation = schema  gc_grace = 1h"),
        ("cassandra", "isolation = schema  version = \"4.1\"  compaction = unified"),
        ("cassandra", "isolation = schema  jvm { settings { Xmx = 8GiB } }"),
        ("cassandra", "isolation = schema  jvm { settings { Xms = 1GiB } }"),
        ("cassandra", "isolation = schema  synchronous = 1  replicas = 2"),
        ("cassandra", "table plays {\n column at { type = date }\n partition = [aat]\n order = [-at, track] }"),
        (
            "clickhouse",
            "table plays {\n column at { type = date }\n order = [att]\n ttl = 9d\n ttl_from = when }  rollup daily { table = play  by = [at] }",
        ),
        ("cassandra", "table plays {\n column at { type = date }\n partition = [] }"),
        ("cassandra", "table plays {\n column at { type = date  many = true }\n partition = [at]\n order = [-at] }"),
        ("clickhouse", "table plays {\n column id { type = uuid }\n order = [id]\n partition = id\n ttl = 3d }"),
        ("mongodb", "collection c {\n index i {} }"),
        ("mongodb", "collection c {\n index i { keys = [a, b]  ttl = 1d } }"),
        (
            "mongodb",
            "collection c {\n index i { keys = [a]  ttl = 1d  text = [b] }\n index j { text = [b]  unique = true } }",
        ),
        ("mongodb", "collection c {\n index i { wildcard = a  keys = [b] } }"),
        ("mongodb", "shards = 2  config_servers = 2"),
        ("mongodb", "replicas = 8  zones = 6"),
        ("mongodb", "settings { setParameter.ttlMonitorEnable = false }"),
        ("mongodb", "version = \"6.0\"  settings { setParameter.slowConnectionThresholdMillis = 100ms }"),
        ("mongodb", "version = \"7.0\"  settings { setParameter.wiredTigerConcurrentReadTransactions = 64 }"),
        ("mongodb", "settings { setParameter.replWriterThreadCount = 300 }"),
        ("mongodb", "settings { setParameter.scramSHA256IterationCount = 1000 }"),
        ("mongodb", "settings { setParameter.transactionLifetimeLimitSeconds = 60 }"),
        ("mongodb", "settings { setParameter.auditAuthorizationSuccess = true }"),
        ("mongodb", "settings { setParameter.taskExecutorPoolSize = 4 }"),
        ("mongodb", "settings { setParameter.tlsMode = \"preferTLS\" }"),
        ("mongodb", "collection c {\n index i { keys = [host, -region, port, memory]  ttl = 1d } }"),
        ("timescaledb", "rollup r { hypertable = x  every = 1d }"),
        ("elasticsearch", "index tracks { lifecycle { warm = 10d  delete = 5d } }"),
        ("redis", "shards = 3  balance = round_robin"),
        ("redis", "isolation = schema"),
        ("redis", "balance = response_time"),
        ("redis", "balance = weighted"),
        ("redis", "replicas = 1  server a { host = \"a\" }  server b { host = \"b\" }"),
        (
            "redis",
            "replicas = 1  balance = weighted  server a { host = \"a:6379\" }  server b { host = \"b\"  weight = 300 }",
        ),
        (
            "valkey",
            "replicas = 1  balance = weighted  server a { host = \"a\"  weight = 0 }  server b { host = \"a\"  weight = 0 }",
        ),
        ("clickhouse", "shards = 2  balance = weighted  server a { host = \"a\" }"),
        ("redis", "modules = [ldap]"),
        ("valkey", "modules = [json, timeseries]"),
        ("valkey", "version = \"8.0\"  modules = [bloom, search]"),
        ("valkey", "version = \"8.0\"  modules = [bloom]"),
        ("redis", "stream orders { length = 0  age = 3ms }"),
        ("redis", "stream orders { length = 1  age = 3  groups = [1st]  add = everybody }"),
        ("neo4j", ""),
        ("neo4j", "isolation = database"),
        ("neo4j", "isolation = row"),
        ("neo4j", "isolation = cluster  replicas = 2"),
        ("neo4j", "isolation = cluster  settings { server.metrics.prometheus.enabled = false }"),
        ("neo4j", "isolation = cluster  settings { dbms.memory.heap.max_size = 2GiB }"),
        ("neo4j", "isolation = cluster  settings { db.transaction.timout = 3s }"),
        ("neo4j", "isolation = cluster  settings { db.checkpoint = \"CONTINUOUS\" }"),
        ("neo4j", "isolation = cluster  settings { server.memory.pagecache.size = 7GiB }"),
        ("neo4j", "isolation = database  edition = enterprise  replicas = 3  primaries = 4"),
        ("neo4j", "isolation = database  edition = enterprise  primaries = 3"),
        (
            "neo4j",
            "isolation = database  edition = enterprise  version = \"5.13\"  settings { db.cluster.raft.so_keepalive_enabled = true }",
        ),
        ("elasticsearch", ""),
        ("elasticsearch", "edition = platinum  settings { index.number_of_shards = 3 }"),
        ("elasticsearch", "edition = platinum  settings { search.max_bucket = 3 }"),
        ("elasticsearch", "edition = platinum  settings { indices.fielddata.cache.size = 3s }"),
        ("elasticsearch", "edition = platinum  copies = 2"),
        ("elasticsearch", "edition = platinum  jvm { settings { Xmx = 6GiB } }"),
        ("elasticsearch", "isolation = schema  certificates = true"),
        ("elasticsearch", "edition = platinum  index tracks { languages = [en, tlh] }"),
        ("elasticsearch", "edition = platinum  version = \"7.17\""),
        ("elasticsearch", "isolation = schema  index a { times = [at] }  anomaly many { index = a  time = at }"),
        (
            "elasticsearch",
            "edition = platinum  index logs { times = [at] }  watch w { index = log  time = at  into = logs  field = level }",
        ),
        (
            "elasticsearch",
            "edition = platinum  index logs { times = [at]  keywords = [host] }  anomaly Slow { index = logs  time = att  function = mean  of = host }",
        ),
        (
            "elasticsearch",
            "edition = platinum  index logs { times = [at]  keywords = [host] }  anomaly a { index = logs  time = at  function = rare  memory = 4GiB }",
        ),
    ];
    let shown = all.map(|(engine, facts)| format!("{engine} {facts}\n{}", told(engine, facts))).concat();
    insta::assert_snapshot!(shown);
}
