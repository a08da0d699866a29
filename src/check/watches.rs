//! Elasticsearch's watches and anomaly jobs: what they name is there, and is of the kind that they need.

use std::collections::BTreeSet;

use super::Subject;
use super::shapes::{place, refuse};
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::model::Instance;

/// The longest name of an anomaly job (`MlStrings.ID_LENGTH_LIMIT`), and what a tenant's id and a hyphen take of it.
const JOB_NAME: usize = 64 - 37;
/// What of a node's memory models may have: `xpack.ml.max_machine_memory_percent`.
const MODELS: i64 = 30;

/// Watches and anomaly jobs of a store, and the memory of all its models.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    if instance.family != "elasticsearch" {
        return;
    }
    for name in instance.blocks("watch") {
        Asked { instance, block: format!("watch.{name}"), diagnostics }.watch();
    }
    let anomalies = instance.blocks("anomaly");
    for name in &anomalies {
        Asked { instance, block: format!("anomaly.{name}"), diagnostics }.anomaly(name);
    }
    models(subject, &anomalies, diagnostics);
}

/// A job that does not fit is not opened.
fn models(subject: &Subject<'_>, anomalies: &BTreeSet<&str>, diagnostics: &mut Vec<Diagnostic>) {
    let instance = subject.instance;
    let open = |placed: &&crate::model::Placement| {
        let tenant = subject.environment.tenants.get(placed.tenant as usize);
        tenant.is_some_and(|tenant| tenant.state == "active")
    };
    let tenants = i64::try_from(instance.placements.iter().filter(open).count()).unwrap_or(i64::MAX);
    let each: i64 = anomalies.iter().map(|name| instance.int(&format!("anomaly.{name}.memory"))).sum();
    let nodes = instance.int("replicas") + 1;
    let (needed, room) = (each.saturating_mul(tenants), instance.int("memory") / 100 * MODELS * nodes);
    if needed > room {
        let mebibytes = |bytes: i64| bytes >> 20;
        let message = format!(
            "anomaly jobs of {tenants} tenants of {} need {} MiB, and {nodes} nodes give models {} MiB: the next one is not opened",
            instance.database,
            mebibytes(needed),
            mebibytes(room)
        );
        diagnostics.push(Code::ObjectBudget.at(instance.span, message).help(
            "give models less (`memory` of the anomaly), raise `memory` or `replicas` of the store, or make cells smaller",
        ));
    }
}

struct Asked<'a> {
    instance: &'a Instance,
    block: String,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Asked<'_> {
    fn said(&self, fact: &str) -> Option<String> {
        self.instance.fact(&format!("{}.{fact}", self.block)).map(ToString::to_string)
    }

    /// The index that a fact names.
    fn index(&mut self, fact: &str) -> Option<String> {
        let name = self.said(fact)?;
        let known = self.instance.blocks("index");
        if known.contains(name.as_str()) {
            return Some(name);
        }
        let near = did_you_mean(&name, known.iter().copied());
        let message = format!("{} has no index `{name}`", self.instance.database);
        let at = place(self.instance, &format!("{}.{fact}", self.block));
        self.diagnostics.push(Code::UnknownReference.at(at, message).maybe_help(near));
        None
    }

    /// The field that a fact names is one of the index's `kind`.
    fn field(&mut self, index: &str, fact: &str, kind: &str) {
        let Some(name) = self.said(fact) else { return };
        let known = self.instance.list(&format!("index.{index}.{kind}"));
        if !known.iter().any(|one| *one == name) {
            let at = place(self.instance, &format!("{}.{fact}", self.block));
            let near = did_you_mean(&name, known.iter().map(ecow::EcoString::as_str));
            let message = format!("index {index} has no `{name}` among its {kind}");
            let help = near.unwrap_or_else(|| format!("write `{kind} = [{name}]` in it"));
            self.diagnostics.push(Code::UnknownReference.at(at, message).help(help));
        }
    }

    fn refuse(&mut self, fact: &str, message: String, help: &str) {
        refuse(place(self.instance, &format!("{}{fact}", self.block)), message, help, self.diagnostics);
    }

    fn watch(&mut self) {
        let name = self.block.clone();
        if let Some(index) = self.index("index") {
            self.field(&index, "time", "times");
            self.field(&index, "field", "keywords");
        }
        if self.said("field").is_some() != self.said("equals").is_some() {
            let help = "write both, `field = level  equals = \"error\"`, or none";
            self.refuse("", format!("{name} picks documents by `field` and `equals` together"), help);
        }
        if let Some(into) = self.index("into") {
            for (field, kind) in [("watch", "keywords"), ("at", "times"), ("found", "numbers")] {
                if !self.instance.list(&format!("index.{into}.{kind}")).iter().any(|one| one == field) {
                    let help = "give it `keywords = [watch]  times = [at]  numbers = [found]`";
                    let message = format!(
                        "index {into} has no `{field}` among its {kind}, so what {name} finds could not be looked for"
                    );
                    self.refuse(".into", message, help);
                }
            }
        }
    }

    fn anomaly(&mut self, name: &str) {
        let function = self.said("function").unwrap_or_default();
        if let Some(index) = self.index("index") {
            self.field(&index, "time", "times");
            self.field(&index, "by", "keywords");
            self.field(&index, "of", if function == "distinct_count" { "keywords" } else { "numbers" });
        }
        let wants = !matches!(function.as_str(), "count" | "rare");
        match (wants, self.said("of").is_some()) {
            (true, false) => {
                self.refuse("", format!("`{function}` of what? anomaly {name} names no field"), "write `of = field`");
            }
            (false, true) => {
                self.refuse(
                    ".of",
                    format!("`{function}` looks at documents, not at a field of them"),
                    "leave `of` out, or choose another `function`",
                );
            }
            _ => {}
        }
        if function == "rare" && self.said("by").is_none() {
            self.refuse(
                "",
                format!("anomaly {name} looks for words that are seldom, and names no field"),
                "write `by = field`",
            );
        }
        let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        let ends = name.starts_with(plain) && name.ends_with(plain);
        let middle = name.chars().all(|letter| plain(letter) || letter == '_' || letter == '-');
        if !(ends && middle && name.len() <= JOB_NAME) {
            let help = "begin and end with a small letter or a digit, with `-` and `_` between; 27 letters at most";
            self.refuse("", format!("no job can be called `{name}`: a tenant's id stands before it"), help);
        }
    }
}
