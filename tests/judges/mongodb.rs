//! MongoDB's scripts, run in Node against a `db` that writes down what they ask (`judges/mongodb.mjs`). No server can be had.
//!
//! in: a store with collections, two open tenants and a suspended one. out: the roles, users, indexes and views that result.
//! promises: a tenant's role reaches nothing of another's; the judge refuses unknown actions, indexes and resources.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Said, Tree, Workspace, repository};

fn tree(database: &str, isolation: &str) -> Tree {
    Workspace::of(&format!(
        "platform market {{ cloud = self_hosted  regions = [eu-west-1]  environments = [production] }}\n\
         database content: mongodb {{\n version = \"7.0\"  memory = 8GiB  isolation = {isolation}  {database}\n\
         collection releases {{\n index catalogue {{ keys = [tenant, id]  unique = true }}\n index by_artist {{ keys = [artist, -released_at] }}\n\
         index words {{ text = [title] }}\n index archive {{ keys = [archived_at]  ttl = 400d }}\n index near {{ geo = [venue] }}\n\
         index some {{ keys = [draft]  only_with = draft }}\n index any {{ wildcard = extra }} }}\n\
         collection genres {{ shared = true  index code {{ keys = [code]  unique = true }} }} }}\n\
         tenant acme: standard {{ home = eu-west-1 }}\n\
         tenant bolt: standard {{ home = eu-west-1 }}\n\
         tenant cove: standard {{ home = eu-west-1  state = suspended }}\n"
    ))
    .build(&["--target", "config", "--target", "mongodb"])
}

fn run(tree: &Tree) -> Said {
    let all = ["006_shards.js", "010_collections.js", "020_users.js", "030_sharding.js", "erase.js"];
    let made: Vec<&str> = all.into_iter().filter(|name| tree.files().iter().any(|file| file.ends_with(name))).collect();
    said(tree, r#"{"shards":{"content-1":["a:1","b:1"],"content-2":["c:1"],"content-3":["d:1"]}}"#, &made)
}

/// What the judge says of these scripts, with what somebody says by `--eval`.
fn said(tree: &Tree, eval: &str, scripts: &[&str]) -> Said {
    let folder = tree.path(&tree.ending("/content/010_collections.js")[0]);
    let folder = folder.parent().unwrap();
    std::fs::write(folder.join("eval.json"), eval).unwrap();
    let files = std::iter::once("eval.json").chain(scripts.iter().copied()).map(|name| folder.join(name));
    Said::of(Command::new("node").arg(repository().join("judges/mongodb.mjs")).args(files))
}

fn state(tree: &Tree) -> Value {
    serde_json::from_str(&run(tree).fine()).unwrap()
}

/// What a user may do with a collection of a database, by its roles.
fn may(state: &Value, user: &str, action: &str, database: &str, collection: &str) -> bool {
    let roles = state["users"][user]["roles"].as_array().unwrap();
    roles.iter().any(|role| {
        let privileges = state["roles"][role.as_str().unwrap()]["privileges"].as_array().unwrap();
        privileges.iter().any(|privilege| {
            let resource = &privilege["resource"];
            let actions = privilege["actions"].as_array().unwrap();
            resource["db"] == database
                && (resource["collection"] == "" || resource["collection"] == collection)
                && actions.iter().any(|one| one == action)
        })
    })
}

const ACTIONS: [&str; 12] = [
    "find",
    "insert",
    "update",
    "remove",
    "changeStream",
    "listIndexes",
    "listCollections",
    "collStats",
    "createIndex",
    "dropCollection",
    "collMod",
    "createCollection",
];

#[test]
fn a_tenant_reaches_its_own_database() {
    let state = state(&tree("change_streams = true  gridfs = true", "database"));
    for (own, other) in [("t_acme", "t_bolt"), ("t_bolt", "t_acme")] {
        let user = format!("{own}.{own}");
        for action in ["find", "insert", "update", "remove", "changeStream"] {
            assert!(may(&state, &user, action, own, "releases"), "{action}");
        }
        for action in ACTIONS {
            for database in [other, "content", "admin", "local", "config", "t_cove"] {
                assert!(!may(&state, &user, action, database, "releases"), "{user} may {action} {database}");
            }
        }
    }
    assert!(state["users"]["t_cove.t_cove"].is_null(), "{}", state["users"]);
    assert_eq!(state["indexes"]["t_acme.releases"].as_object().unwrap().len(), 7);
    assert!(state["collections"]["t_acme.fs.chunks"].is_object());
}

#[test]
fn a_tenant_reads_views_of_its_own_documents() {
    let state = state(&tree("", "row"));
    for (own, other) in [("acme", "bolt"), ("bolt", "acme")] {
        let user = format!("content.t_{own}");
        let view = &state["views"][format!("content.t_{own}.releases")];
        assert_eq!(view["source"], "releases");
        assert_eq!(view["pipeline"][0]["$match"]["tenant"], own);
        assert!(may(&state, &user, "find", "content", &format!("t_{own}.releases")));
        assert!(may(&state, &user, "find", "content", "genres"));
        for action in ACTIONS {
            for collection in ["releases", &format!("t_{other}.releases"), "system.users", "system.views", ""] {
                assert!(!may(&state, &user, action, "content", collection), "{user} may {action} {collection}");
            }
        }
    }
    // Documents of one tenant stand together, and a unique key is unique within a tenant.
    let catalogue = &state["indexes"]["content.releases"]["catalogue"]["keys"];
    assert_eq!(catalogue.as_object().unwrap().keys().collect::<Vec<_>>(), ["tenant", "id"]);
    assert_eq!(
        state["indexes"]["content.releases"]["by_artist"]["keys"].to_string(),
        r#"{"tenant":1,"artist":1,"released_at":-1}"#
    );
    assert!(state["views"]["content.t_cove.releases"].is_null());
}

#[test]
fn shards_and_zones() {
    let state = state(&tree("shards = 3  zones_by = region", "row"));
    assert_eq!(state["shards"]["content.releases"].to_string(), r#"{"tenant":1,"_id":1}"#);
    let zones: Vec<&str> =
        state["zones"].as_array().unwrap().iter().map(|zone| zone["zone"].as_str().unwrap()).collect();
    assert_eq!(zones, ["eu-west-1", "eu-west-1", "eu-west-1"]);
    assert_eq!(state["hosts"]["content-1"].to_string(), r#"["a:1","b:1"]"#);
    assert_eq!(state["zoned"]["content-3"], "eu-west-1");
}

/// Each set of a cluster is made with its own name and as many members as the spec says, once.
#[test]
fn replica_sets() {
    let sharded = tree("shards = 3  replicas = 2", "database");
    let one = tree("replicas = 1", "database");
    let make = |tree: &Tree, set: &str, members: &str| {
        said(tree, &format!(r#"{{"set":"{set}","members":[{members}]}}"#), &["005_replica_set.js"])
    };
    let state = |said: Said| -> Value { serde_json::from_str(&said.fine()).unwrap() };
    let three = r#""a:27017","b:27017","c:27017""#;
    for (set, config) in [("content-1", false), ("content-3", false), ("content-config", true)] {
        let made = state(make(&sharded, set, three));
        assert_eq!(made["set"]["_id"], set);
        assert_eq!(made["set"]["members"].as_array().unwrap().len(), 3);
        assert_eq!(made["set"]["configsvr"] == true, config);
        assert!(made["set"]["members"][2]["arbiterOnly"].is_null(), "{made}");
    }
    // Two that hold documents are even: the third votes only.
    let made = state(make(&one, "content", three));
    assert_eq!(made["set"]["members"][2]["arbiterOnly"], true, "{made}");
    for (tree, set, members, message) in [
        (&sharded, "content", three, "is none of content-1, content-2, content-3, content-config"),
        (&sharded, "content-1", r#""a:1","b:1""#, "has 3 members"),
        (&sharded, "content-1", r#""a:1","b:1","b:1""#, "a name of its own"),
        (&sharded, "content-1", r#""a","b","c""#, "no HOST:PORT"),
    ] {
        let said = make(tree, set, members);
        assert!(!said.ok && said.words().contains(message), "{set} {members}: {}", said.words());
    }
    // What is there already stays, and a member that is missing is added.
    let grown = sharded.read(&sharded.ending("/content/005_replica_set.js")[0]);
    assert!(grown.contains("rs.add(host)"));
    let file = &sharded.ending("/content/005_replica_set.js")[0];
    sharded.change(
        file,
        "const now = configured();",
        "rs.initiate({ _id: set, members: [{ _id: 0, host: members[0] }] });\nconst now = configured();",
    );
    let said = make(&sharded, "content-2", three);
    assert!(
        said.words().contains("already initialized"),
        "the second run must begin where the first ended: {}",
        said.words()
    );
}

/// Servers that know which documents are where, and routers, are there with shards only.
#[test]
fn files_of_a_cluster() {
    let (sharded, one) = (tree("shards = 3", "database"), tree("", "database"));
    let odd = |file: &&String| file.ends_with("mongos.conf") || file.ends_with("mongod-config.conf");
    assert_eq!(one.files().iter().find(odd), None);
    let config = sharded.read(&sharded.ending("/mongod-config.conf")[0]);
    assert!(config.contains("clusterRole: \"configsvr\"") || config.contains("clusterRole: configsvr"), "{config}");
    assert!(config.contains("replSetName: \"content-config\""), "{config}");
    assert!(config.contains("authorization") && config.contains("requireTLS"), "{config}");
    let router = sharded.read(&sharded.ending("/mongos.conf")[0]);
    assert!(router.contains("content-config/"), "{router}");
}

#[test]
fn the_judge_refuses_mistakes() {
    let folder = |tree: &Tree| {
        Path::new(&tree.ending("/content/010_collections.js")[0]).parent().unwrap().to_str().unwrap().to_owned()
    };
    for (file, from, to, message) in [
        ("020_users.js", "\"find\"", "\"finds\"", "no action is called finds"),
        ("020_users.js", "collection: \"\"", "collection: \"\", cluster: true, any: 1", "reach"),
        ("020_users.js", "{ db: \"t_acme\", collection", "{ db: \"t_bolt\", collection", "can't reach into t_bolt"),
        ("010_collections.js", "\"2dsphere\"", "\"2dspheres\"", "no index of kind"),
        ("010_collections.js", ": -1", ": 7", "no index of kind 7"),
        ("010_collections.js", "\"expireAfterSeconds\": 34560000", "\"expireAfterSeconds\": -1", "time to live"),
        ("010_collections.js", "\"unique\": true", "\"uniqe\": true", "knows no uniqe"),
    ] {
        let tree = tree("", "database");
        let file = format!("{}/{file}", folder(&tree));
        if message == "reach" {
            tree.change(&file, "{ db: \"t_acme\", collection: \"\" }", "{ db: \"\", collection: \"\" }");
        } else {
            tree.change(&file, from, to);
        }
        let said = run(&tree);
        assert!(!said.ok && said.words().contains(message), "{to}: {}", said.words());
    }
}

/// mongod.conf holds what its version and edition have.
#[test]
fn the_file_follows_version_and_edition() {
    let conf = |database: &str| {
        let tree = tree(database, "database");
        tree.read(&tree.ending("/content/mongod.conf")[0])
    };
    let community = conf("edition = community");
    assert!(!community.contains("auditLog") && community.contains("cacheSizeGB: 3.5"), "{community}");
    assert!(
        conf("edition = enterprise").contains("destination: \"console\"")
            || conf("edition = enterprise").contains("destination: console")
    );
    assert!(conf("shards = 3").contains("clusterRole") && !community.contains("clusterRole"));
}
