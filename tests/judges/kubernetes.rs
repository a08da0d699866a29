//! Charts and values, read by Helm and judged by Kubernetes' schemas.
//!
//! in: every `tenants.values.yaml` of two trees. out: rendered objects.
//! promises: each is valid for Kubernetes 1.32, a real API server takes it, names come back unchanged, and a key that nobody
//! reads is found.

use std::collections::BTreeMap;
use std::process::Command;

use serde::Deserialize;
use serde_yaml::Value;

use crate::apiserver::{Ask, api};
use crate::readers::hostile;
use crate::server::Place;
use crate::support::{HOSTILE, Said, Tree, Workspace, judge, repository};

/// A Helm that is built from source believes in a much older cluster.
pub const VERSION: &str = "1.32.0";
const CHART: &str = "kubernetes/charts/tenants";

fn helm(tree: &Tree, verb: &[&str], values: &str) -> Said {
    let mut helm = Command::new(judge("bin/helm").unwrap());
    helm.args(verb).arg(tree.path(CHART)).args(["--kube-version", VERSION, "-f"]);
    Said::of(helm.arg(tree.path(values)))
}

fn rendered(tree: &Tree, values: &str) -> Said {
    helm(tree, &["template", "cell"], values)
}

fn conforms(objects: &str) -> Said {
    let place = Place::new();
    let file = place.put("objects.yaml", objects);
    let schemas = judge("schemas/kubernetes").unwrap();
    let schemas = schemas.parent().unwrap().display();
    let kubernetes = format!(
        "{schemas}/kubernetes/{{{{ .NormalizedKubernetesVersion }}}}{{{{ .StrictSuffix }}}}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json"
    );
    let custom = format!("{schemas}/crd/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json");
    let mut kubeconform = Command::new(judge("bin/kubeconform").unwrap());
    kubeconform.args([
        "-strict",
        "-summary",
        "-kubernetes-version",
        VERSION,
        "-schema-location",
        &kubernetes,
        "-schema-location",
        &custom,
    ]);
    Said::of(kubeconform.arg(file))
}

pub fn installed() -> bool {
    ["bin/helm", "bin/kubeconform", "schemas/kubernetes", "schemas/crd"].iter().all(|path| judge(path).is_some())
}

pub fn objects(text: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(text)
        .map(|one| Value::deserialize(one).unwrap())
        .filter(|one| !one.is_null())
        .collect()
}

#[test]
fn every_cell_renders_to_valid_objects() {
    if !installed() {
        return;
    }
    let tree = Workspace::example("streaming").build(&["--target", "kubernetes"]);
    for values in tree.ending("tenants.values.yaml") {
        helm(&tree, &["lint", "--strict"], &values).fine();
        let said = conforms(&rendered(&tree, &values).fine()).fine();
        assert!(said.contains("Invalid: 0, Errors: 0, Skipped: 0") && !said.contains("Valid: 0,"), "{values}: {said}");
    }
}

#[test]
fn hostile_names_are_text_in_every_object() {
    if !installed() {
        return;
    }
    let tree = hostile("kubernetes", "local").build(&["--target", "kubernetes"]);
    let mut names = BTreeMap::new();
    for values in tree.ending("tenants.values.yaml") {
        let text = rendered(&tree, &values).fine();
        let said = conforms(&text).fine();
        assert!(said.contains("Invalid: 0, Errors: 0, Skipped: 0"), "{values}: {said}");
        for object in objects(&text).iter().filter(|object| object["kind"] == "Namespace") {
            let id = object["metadata"]["name"].as_str().unwrap().to_owned();
            names.insert(id, object["metadata"]["annotations"]["tenantc.dev/name"].as_str().unwrap().to_owned());
        }
    }
    let wanted: BTreeMap<String, String> =
        HOSTILE.iter().enumerate().map(|(index, (_, name))| (format!("tenant-t{index}"), (*name).to_owned())).collect();
    assert_eq!(names, wanted);
}

#[test]
fn broken_values_are_refused() {
    if !installed() {
        return;
    }
    let tree = Workspace::example("streaming").build(&["--target", "kubernetes", "--environment", "production"]);
    let values = "kubernetes/live/production/eu-west-1-row-1/tenants.values.yaml";
    for (from, to, words) in [
        ("    quota:", "    quotas:", "additional properties 'quotas' not allowed"),
        ("platform:", "plattform:", "additional properties 'plattform' not allowed"),
        ("      pods: ", "      pods: a", "want integer"),
    ] {
        let good = tree.read(values);
        tree.change(values, from, to);
        let said = rendered(&tree, values);
        std::fs::write(tree.path(values), good).unwrap();
        assert!(!said.ok && said.words().contains(words), "{to}: {}", said.words());
    }
    let bad = "apiVersion: v1\nkind: Namespace\nmetadata: { name: a, labls: { a: b } }\n";
    assert!(!conforms(bad).ok, "a misspelt field of an object");
    let unknown = conforms("apiVersion: v1\nkind: Namespce\nmetadata: { name: a }\n");
    assert!(!unknown.ok, "{unknown:?}");
}

/// What a server takes of our chart, and what each account may do once it has.
#[test]
fn a_server_takes_every_object_of_our_chart() {
    let Some(api) = api().filter(|_| installed()) else { return };
    for example in ["streaming", "clinics"] {
        let tree = Workspace::example(example).build(&["--target", "kubernetes", "--environment", "production"]);
        let values = tree.ending("tenants.values.yaml");
        for values in &values {
            let said = api.take(&rendered(&tree, values).fine());
            assert!(said.ok, "{values}: {}", said.words());
        }
        let good = rendered(&tree, &values[0]).fine();
        for (from, to, words) in [
            ("  name: \"default-deny\"", "  name: \"Default_Deny\"", "a lowercase RFC 1123 subdomain"),
            ("policyTypes:", "policyTypez:", "field not declared in schema"),
            ("limits.cpu: \"", "limits.cpu: \"a ", "quantities must match"),
            ("kind: RoleBinding", "kind: RoleBindings", "no matches for kind"),
        ] {
            assert!(good.contains(from), "no `{from}`");
            let said = api.take(&good.replacen(from, to, 1));
            assert!(!said.ok && said.words().contains(words), "{to}: {}", said.words());
        }
    }
}

#[test]
fn an_account_may_do_its_work_and_nothing_else() {
    let Some(api) = api().filter(|_| installed()) else { return };
    let text = "platform rights { cloud = kubernetes  regions = [hall]  environments = [production] }\n\
                region hall { cloud = kubernetes  jurisdiction = eu }\n\
                tenant rosa: premium { name = \"Rosa\"  home = hall }\n\
                tenant shut: premium { name = \"Shut\"  home = hall  state = suspended }\n\
                tenant other: premium { name = \"Other\"  home = hall }\n\
                schema shop { table items { id: uuid primary } }\n\
                database main: postgresql { schema = shop  memory = 1GiB }\n";
    let tree = Workspace::of(text).build(&["--target", "kubernetes"]);
    for values in tree.ending("tenants.values.yaml") {
        tree.change(&values, "    name: \"Rosa\"", "    name: \"Rosa\"\n    viewGroups: [\"rosa-team\"]");
        api.take(&rendered(&tree, &values).fine()).fine();
    }
    let (app, deployer) = ("system:serviceaccount:tenant-rosa:tenant", "system:serviceaccount:tenant-rosa:deployer");
    let (viewer, backup) = ("group:rosa-team", "system:serviceaccount:tenant-rosa:backup");
    let shut = "system:serviceaccount:tenant-shut:deployer";
    let own = "tenant-rosa";
    let cases = [
        (deployer, "create", "apps", "deployments", own, true),
        (deployer, "patch", "argoproj.io", "rollouts", own, true),
        (deployer, "delete", "batch", "jobs", own, true),
        (deployer, "get", "", "pods/log", own, true),
        (deployer, "get", "", "secrets", own, false),
        (deployer, "list", "", "secrets", own, false),
        (deployer, "create", "", "pods/exec", own, false),
        (deployer, "create", "", "serviceaccounts/token", own, false),
        (deployer, "create", "rbac.authorization.k8s.io", "rolebindings", own, false),
        (deployer, "delete", "networking.k8s.io", "networkpolicies", own, false),
        (deployer, "update", "", "resourcequotas", own, false),
        (deployer, "update", "", "limitranges", own, false),
        (deployer, "patch", "", "namespaces", own, false),
        (deployer, "create", "external-secrets.io", "externalsecrets", own, false),
        (deployer, "create", "apps", "deployments", "tenant-other", false),
        (deployer, "get", "", "pods", "tenant-other", false),
        (deployer, "create", "apps", "deployments", "kube-system", false),
        (deployer, "list", "apps", "deployments", "", false),
        (deployer, "get", "", "nodes", "", false),
        (viewer, "get", "", "pods", own, true),
        (viewer, "list", "networking.k8s.io", "networkpolicies", own, true),
        (viewer, "get", "", "secrets", own, false),
        (viewer, "delete", "", "pods", own, false),
        (viewer, "get", "", "pods", "tenant-other", false),
        (viewer, "list", "", "pods", "", false),
        (app, "get", "", "pods", own, false),
        (app, "get", "", "secrets", own, false),
        (app, "create", "apps", "deployments", own, false),
        (app, "get", "", "pods", "tenant-other", false),
        (app, "list", "", "namespaces", "", false),
        (backup, "get", "", "secrets", own, false),
        (backup, "get", "", "pods", own, false),
        (shut, "create", "apps", "deployments", "tenant-shut", false),
        ("system:serviceaccount:tenant-other:deployer", "create", "apps", "deployments", own, false),
    ];
    let questions: Vec<Ask<'_>> = cases
        .iter()
        .map(|(user, verb, group, resource, namespace, _)| Ask { user, verb, group, resource, namespace })
        .collect();
    for (case, answer) in cases.iter().zip(api.may(&questions)) {
        assert_eq!(answer, case.5, "{case:?}");
    }
}

/// What a vendor's chart reads.
pub struct Keys(pub serde_json::Value);

impl Keys {
    pub fn read(table: &str) -> Self {
        let text = std::fs::read_to_string(repository().join("targets").join(table)).unwrap();
        Self(serde_json::from_str(&text).unwrap())
    }

    /// Keys and values that the chart would not read so.
    fn wrong(&self, value: &Value, path: &str, found: &mut Vec<String>) {
        if !path.is_empty() {
            let Some(fact) = self.0["keys"].get(path) else {
                found.push(format!("{path}: no such key"));
                return;
            };
            if !is_a(value, fact["type"].as_str().unwrap()) {
                found.push(format!("{path}: {value:?} is no {}", fact["type"]));
            }
            if fact["items"] == "any" {
                return;
            }
            if fact["free"] == true {
                let inside = value.as_mapping().into_iter().flatten().map(|(_, inner)| inner);
                let odd = inside.filter(|inner| fact["values"] == "string" && !inner.is_string());
                found.extend(odd.map(|inner| format!("{path}: {inner:?} is no string")));
                return;
            }
        }
        for (key, inner) in value.as_mapping().into_iter().flatten() {
            let key = key.as_str().unwrap();
            self.wrong(inner, &if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }, found);
        }
        for (key, inner) in value.as_sequence().into_iter().flatten().filter_map(Value::as_mapping).flatten() {
            self.wrong(inner, &format!("{path}[].{}", key.as_str().unwrap()), found);
        }
    }

    pub fn faults(&self, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        self.wrong(&serde_yaml::from_str(text).unwrap(), "", &mut found);
        found
    }
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_bool(),
        "object" => value.is_mapping(),
        "list" => value.is_sequence(),
        _ => kind == "any",
    }
}

#[test]
fn an_environment_that_sleeps_has_no_pods_at_night() {
    let text = "platform nap { cloud = kubernetes  regions = [hall]  environments = [testing] }\n\
                region hall { cloud = kubernetes  jurisdiction = eu }\n\
                environment testing { awake { from = 07:00  to = 20:00  zone = \"Europe/Berlin\" } }\n\
                tenant rosa: premium { name = \"Rosa\"  home = hall }\n\
                schema shop { table items { id: uuid primary } }\n\
                database main: postgresql { schema = shop  memory = 1GiB }\n";
    let tree = Workspace::of(text).build(&["--target", "kubernetes"]);
    let values: Value = serde_yaml::from_str(&tree.read(&tree.ending("tenants.values.yaml")[0])).unwrap();
    let scaling = &values["tenants"]["rosa"]["scaling"];
    assert_eq!(scaling["minReplicas"], 0);
    assert_eq!(scaling["windows"][0]["start"], "0 7 * * 1,2,3,4,5");
    assert_eq!(scaling["windows"][0]["end"], "0 20 * * 1,2,3,4,5");
    assert_eq!(scaling["windows"][0]["replicas"], 1);

    let night = Workspace::of(&text.replace("from = 07:00", "days = [sunday]  from = 02:30"));
    let said = night.check();
    assert!(
        !said.ok && said.words().contains("T0505") && said.words().contains("02:30 does not exist"),
        "{}",
        said.words()
    );
}

#[test]
fn a_rollout_is_taken_and_scaled() {
    let Some(api) = api().filter(|_| installed()) else { return };
    let text = |rollout: &str| {
        format!(
            "platform roll {{ cloud = kubernetes  regions = [hall]  environments = [production] }}\n\
             region hall {{ cloud = kubernetes  jurisdiction = eu }}\n\
             tier slow: premium {{ rollout {{ {rollout} }} }}\n\
             tenant rolf: slow {{ name = \"Rolf\"  home = hall  traffic = [morning_rush] }}\n\
             tenant ruth: slow {{ name = \"Ruth\"  home = hall }}\n\
             schema shop {{ table items {{ id: uuid primary }} }}\n\
             database main: postgresql {{ schema = shop  memory = 1GiB }}\n"
        )
    };
    let watched =
        "how = canary  steps = [5%, 50%]  every = 15min  watch = \"sum(rate(errors[5m])) > \\\"x\\\"\"  at_most = 0.01";
    for (rollout, words) in [
        (
            watched,
            vec!["setWeight: 5", "setWeight: 50", "duration: \"900s\"", "kind: AnalysisTemplate", "result[0] <= 0.01"],
        ),
        ("how = blue_green  every = 5min", vec!["activeService: \"app\"", "autoPromotionSeconds: 300"]),
    ] {
        let tree = Workspace::of(&text(rollout)).build(&["--target", "kubernetes"]);
        let objects = rendered(&tree, &tree.ending("tenants.values.yaml")[0]).fine();
        for word in words {
            assert!(objects.contains(word), "no `{word}`:\n{objects}");
        }
        // Only one of the two says how many pods there are.
        let rollouts = self::objects(&objects).into_iter().filter(|object| object["kind"] == "Rollout");
        let counted: Vec<bool> = rollouts.map(|object| object["spec"]["replicas"].is_number()).collect();
        assert_eq!(counted, [false, true]);
        assert!(objects.contains("scaleTargetRef:\n    apiVersion: argoproj.io/v1alpha1\n    kind: Rollout"));
        api.take(&objects).fine();
        let said = api.take(&objects.replace("workloadRef:", "workloadReff:"));
        assert!(!said.ok && said.words().contains("field not declared in schema"), "{}", said.words());
    }
}
