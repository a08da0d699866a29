//! What templates of PostgreSQL by CloudNativePG's operator see beside a store's own: parameters, the pool, the image.

use minijinja::{Value, context};

use super::Place;
use super::kubernetes::bytes;
use super::workload::{self, image};
use crate::diag::Diagnostic;
use crate::emit::settings;
use crate::model::{Instance, SettingValue};
use crate::resolve::Value as Fact;

/// An instance's parts of the operator's resources; nothing where it is not PostgreSQL.
pub fn instance(place: &Place<'_>, instance: &Instance, diagnostics: &mut Vec<Diagnostic>) -> Value {
    if instance.family != "postgresql" {
        return Value::from(std::collections::BTreeMap::<String, Value>::new());
    }
    let text = |name: &str| instance.setting("settings", name).map(|setting| setting.value.to_string());
    let libraries = text("shared_preload_libraries").unwrap_or_default();
    let libraries: Vec<String> =
        libraries.split(',').filter(|library| !library.is_empty()).map(str::to_owned).collect();
    let all = instance.settings.get("settings").into_iter().flatten();
    let parameters: Vec<Value> = all
        .filter(|setting| !workload::is_owned("postgresql", &setting.name))
        .map(|setting| parameter(setting, instance, "settings"))
        .collect();
    // What its pooler lets itself be told; the rest it sets (AllowedPgbouncerGenericConfigurationParameters).
    let pool: Vec<Value> =
        ["max_client_conn", "default_pool_size", "max_db_connections", "query_wait_timeout", "server_idle_timeout"]
            .iter()
            .filter_map(|name| instance.setting("pool.settings", name))
            .map(|setting| parameter(setting, instance, "pool.settings"))
            .collect();
    let synchronous = instance.int("synchronous");
    context! {
        postgresql => context! {
            image => if instance.engine == "timescaledb" {
                // Named so by its makers, and by templates/image-catalog-timescaledb-ha.yaml of the operator's own chart 0.8.1.
                Some(format!("docker.io/timescale/timescaledb-ha:pg{}-ts{}", instance.family_version, instance.engine_version))
            } else {
                image(place, instance, diagnostics).map(str::to_owned)
            },
            major => instance.family_version.parse::<i64>().ok(),
            database => instance.names.database.as_str(),
            owner => instance.names.owner.as_str(),
            wal_storage => bytes(wal(instance)),
            synchronous => (synchronous > 0).then_some(synchronous),
            libraries => libraries,
            parameters => parameters,
            pool => pool,
            pool_mode => instance.setting("pool.settings", "pool_mode").map(|mode| mode.value.to_string()),
            // Base backups once an hour at most: what comes between is in the log.
            schedule => format!("0 {}", workload::schedule(instance.int("backup.every").max(3_600_000_000), &instance.identifier)),
        },
    }
}

/// What the volume of the log holds: all that the server lets gather, and a quarter more; a tenth of the data's at least.
/// The operator refuses one that `max_wal_size` could fill.
fn wal(instance: &Instance) -> i64 {
    const GIGABYTE: i64 = 1 << 30;
    let size = |name: &str| match instance.setting("settings", name).map(|setting| &setting.value) {
        Some(Fact::Size(size)) => (*size).max(0),
        _ => 0,
    };
    let gathers = size("max_wal_size") + size("max_slot_wal_keep_size");
    let wanted = (gathers + gathers / 4).max(instance.int("storage") / 10);
    (wanted + GIGABYTE - 1).div_euclid(GIGABYTE).max(1) * GIGABYTE
}

fn parameter(setting: &SettingValue, instance: &Instance, group: &str) -> Value {
    let file = instance.files.iter().find(|file| file.settings == group);
    let format = file.and_then(|file| settings::Format::of(file).ok());
    let literal = format.and_then(|format| settings::literal(&format, setting).ok()).unwrap_or_default();
    // The operator takes strings; quotes belong to the file format alone.
    let bare = literal
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .map_or(literal.clone(), |inner| inner.replace("''", "'").replace("\\\\", "\\"));
    context! { name => setting.name.as_str(), value => bare }
}
