//! Documents that come back from a snapshot, on a real node, by the tool of the build.
//!
//! in: two tenants in one index, and one with an index of its own. out: one's documents, as they were.
//! promises: no other tenant's document changes. The published node has no object store: snapshots go to a folder.

use std::process::Command;

use crate::elasticsearch::{ADMIN, Node, spec, uuid};
use crate::support::{Said, Workspace};

#[test]
fn one_tenants_documents_come_back() {
    let tree = Workspace::of(&spec("8.17", "edition = platinum")).build(&[]);
    let Some(node) = Node::start(&tree, "row") else { return };
    let fine = |method: &str, path: &str, body: &str| {
        let (status, said) = node.ask(ADMIN.0, ADMIN.1, method, path, body);
        assert!(status < 300, "{method} {path}: {status} {said}");
        said
    };
    let restore = |words: &[&str], snapshot: &str| {
        let mut tool = Command::new("python3");
        tool.arg(tree.path("elasticsearch/restore")).args(words).env("SNAPSHOT", snapshot);
        Said::of(node.reached(&mut tool))
    };
    node.apply(&tree, &node.requests(&tree, "row", "setup.json")).fine();
    let folder = node.folder.path().join("snapshots");
    let place = format!("{{\"type\":\"fs\",\"settings\":{{\"location\":\"{}\"}}}}", folder.display());
    fine("PUT", "/_snapshot/backups", &place);
    let put = |index: &str, id: &str, tenant: &str, title: &str| {
        let body = format!("{{\"tenant_id\":\"{tenant}\",\"title\":\"{title}\"}}");
        fine("PUT", &format!("/{index}/_doc/{id}?refresh=true"), &body);
    };
    let title = |index: &str, id: &str| {
        let (status, said) = node.ask(ADMIN.0, ADMIN.1, "GET", &format!("/{index}/_source/{id}"), "");
        if status == 404 {
            return String::new();
        }
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        said["title"].as_str().unwrap().to_owned()
    };
    let [acme, nova] = ["acme", "nova"].map(|tenant| uuid(&tree, tenant));
    let (shared, own) = ("shared.tracks", "own-t-pure.tracks.v-000001");
    fine("PUT", &format!("/{own}"), "");
    for (id, tenant) in [("a1", &acme), ("a2", &acme), ("n1", &nova)] {
        put(shared, id, tenant, "old");
    }
    put(own, "1", "", "old");
    fine("PUT", "/_snapshot/backups/first?wait_for_completion=true", "");

    // Nothing is asked of all tenants at once, and nothing comes of nowhere.
    for (words, snapshot, why) in [
        (vec!["shared.*"], "", "say whose come back"),
        (vec!["shared.*", &acme], "second", "no whole snapshot second"),
        (vec!["shared.*", "00000000-0000-0000-0000-000000000000"], "", "has nothing of"),
        (vec!["own-t-nobody.*"], "", "own-t-nobody"),
    ] {
        let said = restore(&words, snapshot);
        assert!(!said.ok && said.words().contains(why), "{words:?}: {}", said.words());
    }

    fine("DELETE", "/shared.tracks/_doc/a1?refresh=true", "");
    put(shared, "a2", &acme, "new");
    put(shared, "a3", &acme, "later");
    fine("DELETE", "/shared.tracks/_doc/n1?refresh=true", "");
    put(own, "1", "", "new");
    let said = restore(&["shared.*", &acme], "").fine();
    assert!(said.contains("shared.tracks.v-000001: 2 documents"), "{said}");
    for (index, id, expected) in
        [(shared, "a1", "old"), (shared, "a2", "old"), (shared, "a3", "later"), (shared, "n1", ""), (own, "1", "new")]
    {
        assert_eq!(title(index, id), expected, "{index} {id}");
    }
    restore(&["own-t-pure.*"], "first").fine();
    assert_eq!(title(own, "1"), "old");
    assert!(!fine("GET", "/_cat/indices?h=index", "").contains("back-"), "something is left");
}
