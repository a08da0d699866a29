//! What pipelines see: every Terraform root with its place in the order, and a job for each environment and layer.

use std::collections::BTreeSet;

use minijinja::{Value, context};

use crate::emit::escape::raw;
use crate::emit::services::{DATA, Services};
use crate::model::{Cell, Instance, Model, Window, names};

/// Layers of a cell on the cloud itself, in the order in which they are applied. Those of vendors come after them.
const LAYERS: [&str; 3] = ["foundation", "data", "access"];

/// When changes may be applied, as `date` says it: days of the week from Monday, which is 1, and minutes after midnight.
fn hours(window: &Window) -> Value {
    let day = |later: u8| window.days.first().map_or(0, |day| (day + later + 6) % 7 + 1);
    context! {
        zone => window.zone.as_str(),
        day => day(0).to_string(),
        // The day on which it ends, where that is not the day on which it begins.
        next => if window.to <= window.from { day(1) } else { 0 }.to_string(),
        from => window.from.to_string(),
        to => window.to.to_string(),
    }
}

/// Roots and jobs of the platform; both empty where Terraform makes nothing.
pub fn platform(model: &Model, services: &Services) -> Value {
    let folder = model.platform.output.trim_matches('/');
    let mut roots = Vec::new();
    let mut jobs: Vec<Value> = Vec::new();
    let mut before: Option<String> = None;
    let layer_of = |one: &Instance| services.managed(one).map(|service| service.layer.as_str());
    let vendors: BTreeSet<&str> = model.instances().filter_map(layer_of).filter(|layer| *layer != DATA).collect();
    let layers: Vec<&str> = LAYERS.into_iter().chain(vendors).collect();
    for (turn, environment) in model.environments.iter().enumerate() {
        for (step, layer) in layers.iter().enumerate() {
            let own = step < LAYERS.len();
            let wanted = if own { DATA } else { layer };
            let here = |cell: &&Cell| cell.instances.iter().any(|one| layer_of(one) == Some(wanted));
            let cells: Vec<&Cell> = environment.cells.iter().filter(here).collect();
            for cell in &cells {
                let name = |layer: &str| {
                    names::dns(&format!("{}-{}-{layer}", environment.name, cell.path.as_str().replace('/', "-")), 100)
                };
                let below = format!("terraform/live/{}/{}/{layer}", environment.name, cell.path);
                let up = "../".repeat(below.matches('/').count());
                let needs = step
                    .checked_sub(1)
                    .filter(|_| own)
                    .and_then(|step| LAYERS.get(step))
                    .map(|layer| name(layer).to_string());
                roots.push(context! {
                    name => name(layer).as_str(),
                    folder => format!("{folder}/{below}"),
                    modules => format!("{up}modules/**/*.tf"),
                    environment => environment.name.as_str(),
                    layer => *layer,
                    order => turn * layers.len() + step,
                    needs => needs.into_iter().collect::<Vec<_>>(),
                });
            }
            if !cells.is_empty() {
                let id = format!("{}-{layer}", environment.name);
                jobs.push(context! {
                    id => raw(&id),
                    environment => environment.name.as_str(),
                    window => environment.change_window.as_ref().map(hours),
                    needs => before.replace(id.clone()).iter().map(|id| raw(id)).collect::<Vec<_>>(),
                });
            }
        }
    }
    context! { folder => folder, roots => roots, jobs => jobs }
}
