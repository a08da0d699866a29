//! A real API server of Kubernetes, with the definitions of every operator that is written for.
//!
//! in: objects. out: what it says of them, and who may do what once they are there.
//! promises: one server for all tests of a run; it goes when they do. No controller and no operator runs behind it.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::server::Place;
use crate::support::{Said, judge, repository};

/// A server that answers.
pub struct Api {
    /// Its standard input is open as long as this process lives; the server ends with it.
    _child: Child,
    place: Place,
    kubectl: PathBuf,
}

/// The server of this run; none where it is not installed.
pub fn api() -> Option<&'static Api> {
    static SERVER: OnceLock<Option<Api>> = OnceLock::new();
    SERVER.get_or_init(Api::start).as_ref()
}

/// A question: may this user do this?
pub struct Ask<'a> {
    /// An account, or `group:NAME` for somebody of a group.
    pub user: &'a str,
    pub verb: &'a str,
    pub group: &'a str,
    pub resource: &'a str,
    /// Everywhere when empty.
    pub namespace: &'a str,
}

impl Api {
    fn start() -> Option<Self> {
        judge("apiserver/kube-apiserver")?;
        let definitions = judge("schemas/definitions")?;
        let place = Place::new();
        let mut run = place.command(&repository().join("judges/apiserver/run"));
        let mut child = run
            .arg(place.path())
            .arg(ports().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|why| panic!("{why}"));
        let mut word = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut word).unwrap();
        assert_eq!(word.trim(), "ready", "the API server did not start");
        let api = Self { _child: child, kubectl: place.path().join("kubectl"), place };
        Said::of(api.ask().args(["create", "-f"]).arg(definitions)).fine();
        Said::of(api.ask().args(["wait", "--for=condition=established", "--timeout=60s", "crd", "--all"])).fine();
        Some(api)
    }

    fn ask(&self) -> Command {
        self.place.command(&self.kubectl)
    }

    /// Takes objects as a pipeline would, refusing a field that it does not know.
    pub fn take(&self, objects: &str) -> Said {
        let file = self.place.put(&format!("{}.yaml", ports()), objects);
        let mut apply = self.ask();
        apply.args(["apply", "--server-side", "--force-conflicts", "--validate=strict", "-f"]).arg(file);
        Said::of(&mut apply)
    }

    /// Answers to many questions, in their order.
    pub fn may(&self, questions: &[Ask<'_>]) -> Vec<bool> {
        let mut text = String::new();
        for ask in questions {
            let group = ask.user.strip_prefix("group:");
            let mut groups = vec!["system:authenticated"];
            groups.extend(group);
            let review = json!({
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SubjectAccessReview",
                "spec": { "user": if group.is_some() { "somebody" } else { ask.user }, "groups": groups, "resourceAttributes": {
                    "verb": ask.verb, "group": ask.group, "resource": ask.resource, "namespace": ask.namespace } },
            });
            writeln!(text, "---\n{review}").unwrap();
        }
        let file = self.place.put(&format!("{}.yaml", ports()), &text);
        let said = Said::of(self.ask().args(["create", "-o", "json", "-f"]).arg(file)).fine();
        let answers: Vec<bool> = serde_json::Deserializer::from_str(&said)
            .into_iter::<Value>()
            .flat_map(|one| match one.unwrap() {
                Value::Object(mut one) if one.contains_key("items") => one["items"].take().as_array().unwrap().clone(),
                one => vec![one],
            })
            .map(|review| review["status"]["allowed"] == true)
            .collect();
        assert_eq!(answers.len(), questions.len());
        answers
    }
}

/// The first of three ports in a row that nothing listens on.
fn ports() -> u16 {
    let free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    loop {
        let port = crate::jvm::free_port();
        if port < 65_000 && free(port + 1) && free(port + 2) {
            return port;
        }
    }
}
