//! What templates of stores on Kubernetes see beside an engine's own: sizes as quantities, how many pods there are and how
//! they are spread, images, schedules, and the settings that an operator takes.
//!
//! promises: a setting that an operator is given has the value that the engine's own file has, letter for letter.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use minijinja::{Value, context};
use serde::Deserialize;

use super::kubernetes::{bytes, datacenter, name, namespace, quantity};
use super::{Place, shared_secret};
use crate::diag::{Code, Diagnostic};
use crate::emit::settings::{self, Format};
use crate::eval::{Layer, number};
use crate::model::{Instance, SettingValue, names};
use crate::resolve::Value as Fact;

#[derive(Default, Deserialize)]
struct Stores {
    /// Engine → version → image.
    images: BTreeMap<String, BTreeMap<String, String>>,
    /// Engine → extensions that its images have not.
    #[serde(default)]
    absent: BTreeMap<String, Vec<String>>,
    /// Engine → settings that its operator makes itself.
    #[serde(default)]
    owned: BTreeMap<String, Vec<String>>,
    /// Engine → the image of what makes its backups.
    #[serde(default)]
    backups: BTreeMap<String, String>,
}

fn stores() -> &'static Stores {
    static FACTS: OnceLock<Stores> = OnceLock::new();
    FACTS.get_or_init(|| {
        let read = |text: &str| serde_yaml::from_str::<Stores>(text).unwrap_or_default();
        let mut all = read(include_str!("../../../targets/kubernetes/stores.yaml"));
        let said = read(include_str!("../../../targets/kubernetes/operators.yaml"));
        all.images.extend(said.images);
        all.backups.extend(said.backups);
        for (engine, names) in said.owned {
            all.owned.entry(engine).or_default().extend(names);
        }
        all
    })
}

/// True for a setting that the operator of this engine makes itself.
pub fn is_owned(engine: &str, name: &str) -> bool {
    stores().owned.get(engine).into_iter().flatten().any(|owned| match owned.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == owned,
    })
}

/// An instance on Kubernetes.
pub fn instance(place: &Place<'_>, instance: &Instance, diagnostics: &mut Vec<Diagnostic>) -> Value {
    let pods = instance.int("replicas") + 1;
    refuse(place, instance, diagnostics);
    absent(place, instance, diagnostics);
    unsaved(place, instance, diagnostics);
    let name = &name(instance);
    let memory = instance.int("memory");
    let heap = |option: &str| match instance.setting("jvm.settings", option).map(|setting| &setting.value) {
        Some(Fact::Size(size)) => Some(bytes(*size)),
        _ => None,
    };
    let (mount, secrets) = (super::secrets(place).0, shared_secret(place, instance));
    context! {
        store => context! {
            name => name.as_str(),
            namespace => namespace(place),
            image => image(place, instance, diagnostics),
            pods => pods,
            inside => place.services.on_kubernetes(instance),
            // A pod a zone, where there are enough of them; else as even as they go.
            spread => if instance.int("zones") >= pods { "DoNotSchedule" } else { "ScheduleAnyway" },
            spare => pods / 2,
            cpu => quantity(instance.fact("cpu").and_then(number).unwrap_or(1.0)),
            memory => bytes(memory),
            storage => bytes(instance.int("storage")),
            config => config(instance, "settings"),
            jvm => jvm(instance, false),
            jvm_all => jvm(instance, true).join(" "),
            heap_first => heap("Xms"),
            heap_most => heap("Xmx"),
            cache_share => cache_share(instance, memory),
            files => instance.files.iter().map(|file| file.name.to_string()).collect::<Vec<_>>(),
            files_folder => files_folder(place, &instance.database, 0),
            backup => backup(place, instance),
            secret_mount => mount,
            secret_path => secrets,
            nodes => nodes(place, instance),
            // Who is the primary before anybody was elected.
            first => if place.services.on_kubernetes(instance) {
                format!("{name}-0.{}", names::service(&format!("{name}-nodes"), &namespace(place)))
            } else {
                place.host(instance)
            },
            datacenter => datacenter(instance),
            labels => context! {
                platform => place.model.platform.name.as_str(),
                environment => place.environment.name.as_str(),
                cell => place.cell.name.as_str(),
                database => instance.database.as_str(),
            },
        },
    }
}

/// What a store can't do on Kubernetes.
fn refuse(place: &Place<'_>, instance: &Instance, diagnostics: &mut Vec<Diagnostic>) {
    let sharded = matches!(instance.engine.as_str(), "redis" | "valkey") && instance.int("shards") > 1;
    if sharded && place.services.on_kubernetes(instance) {
        diagnostics.push(
            Code::CloudLimit
                .at(
                    instance.place_of("shards"),
                    format!("{} with {} primaries can't be had on Kubernetes", instance.database, instance.int("shards")),
                )
                .note("joining them into a cluster, and moving keys when one is added, wants an operator, and none is kept by the vendor")
                .help("write `shards = 1` and give it more memory"),
        );
    }
}

/// Extensions that the image has not: the server would not start with the library of one.
fn absent(place: &Place<'_>, instance: &Instance, diagnostics: &mut Vec<Diagnostic>) {
    let Some(absent) = stores().absent.get(instance.engine.as_str()).filter(|_| place.services.on_kubernetes(instance))
    else {
        return;
    };
    for extension in instance.list("extensions").iter().filter(|one| absent.iter().any(|other| other == one.as_str())) {
        diagnostics.push(
            Code::CloudLimit
                .at(
                    instance.place_of("extensions"),
                    format!(
                        "{} can't have {extension} on Kubernetes: the operator's image is without it",
                        instance.database
                    ),
                )
                .help(format!("take {extension} out of `extensions`")),
        );
    }
}

/// What the spec promises of a database's backups, and nobody keeps.
fn unsaved(place: &Place<'_>, instance: &Instance, diagnostics: &mut Vec<Diagnostic>) {
    if !place.services.on_kubernetes(instance) {
        return;
    }
    let said = |path: &&&str| {
        let layer = instance.facts.get(**path).and_then(|fact| fact.origin.layer.as_ref());
        matches!(layer, Some(Layer::Database(..) | Layer::Tenant(..)))
    };
    let every = instance.int("backup.every");
    let why = match instance.engine.as_str() {
        "neo4j" if instance.fact("edition").is_some_and(|edition| edition.to_string() == "enterprise") => {
            "nothing is made for it on Kubernetes"
        }
        "neo4j" => "Neo4j's community edition can't be while it runs",
        _ => "",
    };
    let all = ["backup.every", "backup.keep", "backup.rpo", "backup.rto"];
    if !why.is_empty() {
        if let Some(path) = all.iter().find(said) {
            diagnostics.push(
                Code::NoBackup
                    .at(instance.place_of(path), format!("{} is backed up by nobody: {why}", instance.database))
                    .help("take snapshots of its volumes on this schedule, or leave `backup` out here, so that nobody counts on it"),
            );
        }
    } else if every < least(instance) && !log_is_kept(instance) && said(&&"backup.every") {
        let minutes = least(instance) / 60_000_000;
        diagnostics.push(
            Code::SeldomBackup
                .at(
                    instance.place_of("backup.every"),
                    format!("{} can be backed up every {minutes} minutes at most", instance.database),
                )
                .help(format!("write `every = {minutes}min`, and count on losing that much")),
        );
    }
}

/// Engines whose log goes to the store all the time, so that a base backup may be old.
fn log_is_kept(instance: &Instance) -> bool {
    instance.family == "postgresql" || instance.engine == "mongodb" && instance.is("backup.point_in_time")
}

/// The image, or the release that the operator finds the image for.
pub fn image(place: &Place<'_>, instance: &Instance, diagnostics: &mut Vec<Diagnostic>) -> Option<&'static str> {
    let known = stores().images.get(instance.engine.as_str())?;
    let found = known.get(instance.engine_version.as_str());
    if found.is_none() && place.services.on_kubernetes(instance) {
        let versions: Vec<&str> = known.keys().map(String::as_str).collect();
        diagnostics.push(
            Code::NoImage
                .at(
                    instance.place_of("version"),
                    format!("{} {} can't be had on Kubernetes", instance.engine, instance.engine_version),
                )
                .help(format!(
                    "write `version = \"{}\"`; there is {}",
                    versions.last().unwrap_or(&""),
                    versions.join(", ")
                )),
        );
    }
    found.map(String::as_str)
}

/// Settings without those that the operator makes itself: nested where the file is, flat where it is.
fn config(instance: &Instance, group: &str) -> Value {
    let Some(file) = instance.files.iter().find(|file| file.settings == group) else { return Value::from(()) };
    let Ok(format) = Format::of(file) else { return Value::from(()) };
    let mut root = Tree::default();
    let all = instance.settings.get(group).into_iter().flatten();
    for setting in all.filter(|setting| !is_owned(&instance.engine, &setting.name)) {
        let Ok(literal) = settings::literal(&format, setting) else { continue };
        // What stands in a YAML file stands in the resource as it is; other files' words are texts there.
        let value =
            if file.format.starts_with("yaml") { Value::from_safe_string(literal) } else { Value::from(literal) };
        if file.format == "yaml" {
            root.insert(setting.name.split('.'), value);
        } else {
            root.insert(std::iter::once(setting.name.as_str()), value);
        }
    }
    root.value()
}

#[derive(Default)]
struct Tree<'a> {
    own: Option<Value>,
    below: BTreeMap<&'a str, Self>,
}

impl<'a> Tree<'a> {
    fn insert(&mut self, mut path: impl Iterator<Item = &'a str>, value: Value) {
        match path.next() {
            Some(name) => self.below.entry(name).or_default().insert_boxed(&mut path, value),
            None => self.own = Some(value),
        }
    }

    fn insert_boxed(&mut self, path: &mut dyn Iterator<Item = &'a str>, value: Value) {
        match path.next() {
            Some(name) => self.below.entry(name).or_default().insert_boxed(path, value),
            None => self.own = Some(value),
        }
    }

    fn value(self) -> Value {
        match self.own {
            Some(own) => own,
            None => Value::from(
                self.below
                    .into_iter()
                    .map(|(name, below)| (name.to_owned(), below.value()))
                    .collect::<BTreeMap<_, _>>(),
            ),
        }
    }
}

/// Options of the Java machine, with the size of the heap or without.
fn jvm(instance: &Instance, heap: bool) -> Vec<String> {
    // Neo4j's are words of one setting.
    if let Some(words) = instance.setting("settings", "server.jvm.additional") {
        return words.value.to_string().split_whitespace().map(str::to_owned).collect();
    }
    let Some(file) = instance.files.iter().find(|file| file.settings == "jvm.settings") else { return Vec::new() };
    let Ok(format) = Format::of(file) else { return Vec::new() };
    let wanted = |setting: &&SettingValue| heap || !matches!(setting.name.as_str(), "Xms" | "Xmx");
    let option = |setting: &SettingValue| {
        let literal = settings::literal(&format, setting).ok()?;
        Some(settings::option(&setting.name, &setting.value, &literal))
    };
    instance.settings.get("jvm.settings").into_iter().flatten().filter(wanted).filter_map(option).collect()
}

/// MongoDB's cache as its operator asks for it: a share of the memory beyond the first gigabyte.
fn cache_share(instance: &Instance, memory: i64) -> Option<f64> {
    let setting = instance.setting("settings", "storage.wiredTiger.engineConfig.cacheSizeGB")?;
    let gigabytes = number(&setting.value)?;
    #[allow(clippy::cast_precision_loss, reason = "a share of a few digits")]
    let rest = (memory - (1 << 30)) as f64 / f64::from(1 << 30);
    (rest > 0.0).then(|| (gigabytes / rest * 10_000.0).floor() / 10_000.0)
}

/// When it is backed up, where to, and for how long that is kept.
fn backup(place: &Place<'_>, instance: &Instance) -> Value {
    let platform = &place.model.platform.name;
    let schedule = schedule(instance.int("backup.every").max(least(instance)), &instance.identifier);
    context! {
        schedule_elastic => elastic(&schedule),
        schedule => schedule,
        days => (instance.int("backup.keep") / 86_400_000_000).max(1),
        bucket => names::dns(&format!("{platform}-{}-backups", place.environment.name), 63).as_str(),
        prefix => format!("{}/{}", place.prefix(), instance.database),
        // How many are there at once.
        count => (instance.int("backup.keep") / instance.int("backup.every").max(1)).max(1),
        endpoint => object_store(place),
        host => object_store(place).trim_start_matches("https://"),
        region => place.cell.region.name.as_str(),
        secret => names::dns(&format!("{}-backup", name(instance)), 63).as_str(),
        point_in_time => instance.is("backup.point_in_time"),
        image => stores().backups.get(instance.engine.as_str()).map(String::as_str),
    }
}

/// Where backups go: any store that speaks S3.
pub fn object_store(place: &Place<'_>) -> String {
    format!("https://objects.{}.{}.internal", place.environment.name, place.model.platform.name)
}

/// Five fields of cron, at least as often as is asked for. The minute follows from the name, so that not all begin at once.
pub fn schedule(every: i64, name: &str) -> String {
    let minute = name.bytes().fold(7_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 60);
    match every / 60_000_000 {
        minutes @ 0..60 => format!("*/{} * * * *", minutes.max(5)),
        minutes if minutes < 1440 => format!("{minute} */{} * * *", minutes / 60),
        _ => format!("{minute} 2 * * *"),
    }
}

/// The shortest time between two backups, in microseconds: cron jobs begin every five minutes at most, and Elasticsearch's
/// policies every fifteen (`slm.minimum_interval`).
fn least(instance: &Instance) -> i64 {
    let minutes = if instance.engine == "elasticsearch" { 15 } else { 5 };
    minutes * 60_000_000
}

/// The same as Elasticsearch says it: seconds first, and no day of the week.
fn elastic(schedule: &str) -> String {
    let (minute, rest) = schedule.split_once(' ').unwrap_or(("0", "2"));
    let hour = rest.split(' ').next().unwrap_or("2");
    format!("0 {} {} * * ?", minute.replace("*/", "0/"), hour.replace("*/", "0/"))
}

/// The folder of the engine's own files, as seen from that of its resources or from one above it.
pub fn files_folder(place: &Place<'_>, database: &str, above: usize) -> String {
    let path = format!("{}/{}/{database}", place.environment.name, place.cell.path);
    let up = "../".repeat(path.split('/').count() + 2 - above);
    format!("{up}config/{path}")
}

/// Names of the pods of each shard, and of the keepers that they ask.
fn nodes(place: &Place<'_>, instance: &Instance) -> Value {
    let shards = match instance.fact("shards") {
        Some(Fact::Int(shards)) => *shards,
        _ => 1,
    };
    let (host, name) = (place.host(instance), name(instance));
    let inside = place.services.on_kubernetes(instance);
    let node = |shard: i64, replica: i64| {
        if inside {
            format!("{name}-s{shard}-{replica}.{}", names::service(&format!("{name}-nodes"), &namespace(place)))
        } else {
            format!("s{shard}r{replica}.{host}")
        }
    };
    let keeper = |number: i64| {
        if inside {
            format!("{name}-keeper-{number}.{}", names::service(&format!("{name}-keepers"), &namespace(place)))
        } else {
            format!("k{number}.{host}")
        }
    };
    let of = |shard: i64| (0..=instance.int("replicas")).map(|replica| node(shard, replica)).collect::<Vec<_>>();
    context! {
        shards => (0..shards).map(of).collect::<Vec<_>>(),
        keepers => (0..instance.int("keepers")).map(keeper).collect::<Vec<_>>(),
    }
}

#[cfg(test)]
mod tests {
    use super::{elastic, schedule};

    #[test]
    fn a_backup_is_never_rarer_than_asked() {
        let minute = |schedule: String| schedule.split(' ').next().unwrap_or_default().to_owned();
        assert_eq!(schedule(15 * 60_000_000, "main"), "*/15 * * * *");
        assert!(schedule(90 * 60_000_000, "main").ends_with(" */1 * * *"));
        assert!(schedule(6 * 3_600_000_000, "main").ends_with(" */6 * * *"));
        assert!(schedule(48 * 3_600_000_000, "main").ends_with(" 2 * * *"));
        assert_eq!(elastic("*/15 * * * *"), "0 0/15 * * * ?");
        assert_eq!(elastic("7 */6 * * *"), "0 7 0/6 * * ?");
        assert_eq!(elastic("7 2 * * *"), "0 7 2 * * ?");
        assert_ne!(minute(schedule(24 * 3_600_000_000, "main")), minute(schedule(24 * 3_600_000_000, "cache")));
    }
}
