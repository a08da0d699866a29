//! What tenantc writes, judged by the programs that will read it.
//!
//! in: workspaces, built by the real command into temporary folders; programs that `judges/install` brought.
//! out: pass or fail; a program that is not there is a skip, said on stderr, and a failure where `CI=true`.
//! promises: no network but this machine's own, nothing left running, nothing written into the repository; every judge is also
//! shown to refuse what is broken.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "these tests run programs on files"
)]

#[path = "judges/support.rs"]
mod support;

#[path = "judges/server.rs"]
mod server;

#[path = "judges/readers.rs"]
mod readers;

#[path = "judges/postgresql.rs"]
mod postgresql;

#[path = "judges/pgbouncer.rs"]
mod pgbouncer;

#[path = "judges/redis.rs"]
mod redis;

#[path = "judges/redis_backup.rs"]
mod redis_backup;

#[path = "judges/clickhouse.rs"]
mod clickhouse;

#[path = "judges/clickhouse_backup.rs"]
mod clickhouse_backup;

#[path = "judges/mongodb.rs"]
mod mongodb;

#[path = "judges/timescaledb.rs"]
mod timescaledb;

#[path = "judges/sql.rs"]
mod sql;

#[path = "judges/publications.rs"]
mod publications;

#[path = "judges/changes.rs"]
mod changes;

#[path = "judges/rules.rs"]
mod rules;

#[path = "judges/imported.rs"]
mod imported;

#[path = "judges/audit.rs"]
mod audit;

#[path = "judges/privacy.rs"]
mod privacy;

#[path = "judges/lints.rs"]
mod lints;

#[path = "judges/mutants.rs"]
mod mutants;

#[path = "judges/terraform.rs"]
mod terraform;

#[path = "judges/pipelines.rs"]
mod pipelines;

#[path = "judges/apiserver.rs"]
mod apiserver;

#[path = "judges/kubernetes.rs"]
mod kubernetes;

#[path = "judges/kubernetes_backup.rs"]
mod kubernetes_backup;

#[path = "judges/kubernetes_stores.rs"]
mod kubernetes_stores;

#[path = "judges/operators.rs"]
mod operators;

#[path = "judges/jvm.rs"]
mod jvm;

#[path = "judges/neo4j.rs"]
mod neo4j;

#[path = "judges/facts.rs"]
mod facts;
#[path = "judges/haproxy.rs"]
mod haproxy;

#[path = "judges/elasticsearch.rs"]
mod elasticsearch;

#[path = "judges/elasticsearch_backup.rs"]
mod elasticsearch_backup;

#[path = "judges/cassandra.rs"]
mod cassandra;

#[path = "judges/mariadb.rs"]
mod mariadb;
