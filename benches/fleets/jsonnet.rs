//! A Jsonnet program that writes the same files.
//!
//! It is learned from a tree that `tenantc` wrote: of each environment, region and kind of cell (shared tables, schemas,
//! a tenant's own) one cell's files become functions of environment, cell and tenant, and lists of tenants become a join
//! over a function of one tenant. The program then reads the tenants from JSON, places them in cells, calls the
//! functions for each environment, cell and tenant, and hashes the results for the manifest. Nothing of any other cell
//! or tenant is pasted into it; that its tree is `tenantc`'s byte for byte is checked and printed.
//!
//! What it does *not* do: evaluate facts (settings, sizes, quotas, instance classes and tables stand in the functions,
//! ready), check anything, make keys (each tenant's UUID is in the JSON), or put a new tree in an old one's place.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use super::fleet::{self, ENVIRONMENTS, REGIONS, Tenant};

/// A tenant as the program sees it.
struct Known {
    tenant: Tenant,
    uuid: String,
    cell: Cell,
}

/// A cell.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    name: String,
    path: String,
    region: &'static str,
}

/// What stands for a field while a text is learned: private characters that no output holds.
const FIELDS: [(char, &str); 8] = [
    ('\u{e000}', "t.q"),
    ('\u{e001}', "t.uuid"),
    ('\u{e002}', "t.id"),
    ('\u{e003}', "c.path"),
    ('\u{e004}', "c.name"),
    ('\u{e005}', "c.region"),
    ('\u{e006}', "e"),
    ('\u{e007}', "L"),
];

fn mark(text: &str, environment: &str, cell: Option<&Cell>, tenant: Option<&Known>) -> String {
    let mut out = text.to_owned();
    let mut swap = |from: &str, to: char| out = out.replace(from, &to.to_string());
    if let Some(known) = tenant {
        swap(&quoted(&known.tenant.name), '\u{e000}');
        swap(&known.uuid, '\u{e001}');
    }
    if let Some(cell) = cell {
        swap(&cell.path, '\u{e003}');
        // A tenant's own cell is called as the tenant.
        swap(&cell.name, '\u{e004}');
        swap(cell.region, '\u{e005}');
    }
    if let Some(known) = tenant {
        swap(&known.tenant.id, '\u{e002}');
    }
    swap(environment, '\u{e006}');
    out
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A marked text as a Jsonnet expression.
fn expression(marked: &str, lists: &[String]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut plain = String::new();
    let mut list = lists.iter();
    for c in marked.chars() {
        let Some((_, field)) = FIELDS.iter().find(|(mark, _)| *mark == c) else {
            plain.push(c);
            continue;
        };
        if !plain.is_empty() {
            parts.push(quoted(&std::mem::take(&mut plain)));
        }
        parts.push(if *field == "L" { list.next().cloned().unwrap_or_default() } else { (*field).to_owned() });
    }
    if !plain.is_empty() || parts.is_empty() {
        parts.push(quoted(&plain));
    }
    parts.join(" + ")
}

/// The program while it is learned.
#[derive(Default)]
struct Program {
    /// Functions of one tenant, each with its number.
    blocks: BTreeMap<String, usize>,
    /// Functions of a file, each with its number.
    files: BTreeMap<String, usize>,
}

fn numbered(map: &mut BTreeMap<String, usize>, text: String) -> usize {
    let next = map.len();
    *map.entry(text).or_insert(next)
}

impl Program {
    /// A file's function: lists of `members` become joins.
    fn file(&mut self, text: &str, environment: &str, cell: Option<&Cell>, members: &[&Known]) -> usize {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut marked = String::new();
        let mut lists = Vec::new();
        let mut at = 0;
        while at < lines.len() {
            if members.len() > 1
                && let Some((list, after)) = self.list(&lines, at, environment, members)
            {
                marked.push('\u{e007}');
                lists.push(list);
                at = after;
                continue;
            }
            // A tenant's own cell: its fields stand anywhere.
            let only = members.first().copied().filter(|_| members.len() == 1);
            marked.push_str(&mark(lines.get(at).copied().unwrap_or_default(), environment, cell, only));
            at += 1;
        }
        numbered(&mut self.files, expression(&marked, &lists))
    }

    /// A list of all members that begins at a line: the join, and the line after it.
    fn list(&mut self, lines: &[&str], at: usize, environment: &str, members: &[&Known]) -> Option<(String, usize)> {
        let holds = |line: usize, known: &Known| {
            lines.get(line).is_some_and(|text| text.contains(&known.tenant.id) || text.contains(&known.uuid))
        };
        let (first, second, last) = (members.first()?, members.get(1)?, members.last()?);
        if !holds(at, first) {
            return None;
        }
        if holds(at, last) {
            return Some((in_line(lines.get(at)?, members)?, at + 1));
        }
        let period = (1..40).find(|period| holds(at + period, second))?;
        let start = |number: usize| at + number * period;
        let block = |number: usize, known: &Known| -> Option<Vec<String>> {
            let all = lines.get(start(number)..(start(number) + period).min(lines.len()))?;
            Some(
                all.iter()
                    .map(|line| mark(line.trim_end_matches('\n'), environment, Some(&known.cell), Some(known)))
                    .collect(),
            )
        };
        let mut by_tier: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (number, known) in members.iter().enumerate().take(members.len() - 1) {
            let block = block(number, known)?;
            if by_tier.entry(known.tenant.tier).or_insert_with(|| block.clone()) != &block {
                return None;
            }
        }
        // The last one may end otherwise: in `;` for `,`, or without lines that stand between two.
        let end = block(members.len() - 1, last)?;
        let model = by_tier.get(last.tenant.tier).or_else(|| by_tier.values().next())?.clone();
        let bare = |line: &String| line.trim_end_matches([',', ';']).to_owned();
        let same = model.iter().zip(&end).take_while(|(model, end)| bare(model) == bare(end)).count();
        let cut = |line: &String| line.get(bare(line).len()..).unwrap_or_default().to_owned();
        let separator = [vec![cut(model.get(same.checked_sub(1)?)?)], model.get(same..)?.to_vec(), vec![String::new()]]
            .concat()
            .join("\n");
        let tail = cut(end.get(same - 1)?) + "\n";
        if separator.chars().any(|c| FIELDS.iter().any(|(mark, _)| *mark == c)) {
            return None;
        }
        let own = |block: &[String]| {
            let mut kept: Vec<String> = block.iter().take(same).cloned().collect();
            if let Some(line) = kept.last_mut() {
                *line = bare(line);
            }
            expression(&kept.join("\n"), &[])
        };
        let functions: Vec<String> =
            by_tier.iter().map(|(tier, block)| format!("{tier}(e, c, t):: {}", own(block))).collect();
        let number = numbered(&mut self.blocks, format!("{{ {} }}", functions.join(", ")));
        let list = format!(
            "std.join({}, [b{number}[t.tier](e, at[t.id], t) for t in ts]) + {}",
            quoted(&separator),
            quoted(&tail)
        );
        Some((list, start(members.len() - 1) + same))
    }
}

/// A line that lists the keys of all members.
fn in_line(line: &str, members: &[&Known]) -> Option<String> {
    let (first, second) = (&members.first()?.uuid, &members.get(1)?.uuid);
    let from = line.find(first.as_str())?;
    let separator = line.get(from + first.len()..line.find(second.as_str())?)?;
    let all: Vec<&str> = members.iter().map(|known| known.uuid.as_str()).collect();
    let (before, after) = line.split_once(&all.join(separator))?;
    Some(format!("{} + std.join({}, [t.uuid for t in ts]) + {}", quoted(before), quoted(separator), quoted(after)))
}

/// Places tenants as `tenantc` does: in order, the first cell with room.
fn place(tenants: Vec<Tenant>, tree: &Path) -> io::Result<Vec<Known>> {
    let catalog: serde_json::Value = serde_json::from_slice(&fs::read(tree.join("catalog/staging.json"))?)?;
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut out = Vec::new();
    for tenant in tenants {
        let uuid = catalog
            .pointer(&format!("/tenants/{}/tenant_id", tenant.id))
            .and_then(|uuid| uuid.as_str())
            .unwrap_or_default()
            .to_owned();
        let (word, capacity) =
            if tenant.tier == "free" { ("row", fleet::CAPACITY.0) } else { ("schema", fleet::CAPACITY.1) };
        let cell = if tenant.tier == "dedicated" {
            Cell { name: tenant.id.clone(), path: format!("dedicated/{}", tenant.id), region: tenant.region }
        } else {
            let count = counts.entry((tenant.tier, tenant.region)).or_default();
            *count += 1;
            let name = format!("{}-{word}-{}", tenant.region, (*count - 1) / capacity + 1);
            Cell { path: name.clone(), name, region: tenant.region }
        };
        out.push(Known { tenant, uuid, cell });
    }
    Ok(out)
}

/// Learns the program from a tree and writes it, its data, and the folders that it writes into: `rsjsonnet` makes none.
pub fn write(folder: &Path, out: &Path, tree: &Path, count: usize) -> io::Result<()> {
    let all = place(fleet::tenants(count), tree)?;
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(tree.join("manifest.json"))?)?;
    let paths: BTreeSet<String> = super::tree::read(tree)?.into_keys().collect();
    // What the manifest says about a file, besides its hash.
    let about = |path: &str| {
        let entry = manifest.get("files").and_then(|files| files.get(path));
        let word = |key: &str| entry.and_then(|entry| entry.get(key)).cloned().unwrap_or_default().to_string();
        format!("{}, {}", word("made_by"), word("from"))
    };
    let mut program = Program::default();
    let mut result = String::new();
    // The first cell of each kind stands for the others of its region: regions differ in zones.
    let kinds = ["free", "premium", "dedicated"].into_iter().flat_map(|tier| REGIONS.map(|region| (tier, region)));
    for environment in ENVIRONMENTS {
        for (tier, region) in kinds.clone() {
            let mut first = all.iter().filter(|known| known.tenant.tier == tier && known.tenant.region == region);
            let Some(example) = first.next() else { continue };
            let members: Vec<&Known> = all.iter().filter(|known| known.cell == example.cell).collect();
            let middle = format!("/{environment}/{}/", example.cell.path);
            let mut files = String::new();
            for path in &paths {
                let Some((head, tail)) = path.split_once(&middle) else { continue };
                let text = fs::read_to_string(tree.join(path))?;
                let number = program.file(&text, environment, Some(&example.cell), &members);
                let name = format!("\"{head}/{environment}/\" + c.path + \"/{tail}\"");
                let call = format!("f{number}(\"{environment}\", c, c.tenants[0], c.tenants)");
                let _ = writeln!(files, "  [{name}, {call}, {}],", about(path));
            }
            let wanted = format!("c.tier == \"{tier}\" && c.region == \"{region}\"");
            let _ = writeln!(result, "+ [file for c in cells if {wanted} for file in [\n{files}]]");
        }
        let everyone: Vec<&Known> = all.iter().collect();
        let path = format!("catalog/{environment}.json");
        let number = program.file(&fs::read_to_string(tree.join(&path))?, environment, None, &everyone);
        let call = format!("f{number}(\"{environment}\", {{}}, {{}}, tenants)");
        let _ = writeln!(result, "+ [[\"{path}\", {call}, {}]]", about(&path));
    }
    // What does not depend on a tenant stands ready.
    let varies = ["sql/", "config/", "catalog/", "kubernetes/live/", "terraform/live/", "manifest.json"];
    for path in paths.iter().filter(|path| !varies.iter().any(|start| path.starts_with(start))) {
        let text = quoted(&fs::read_to_string(tree.join(path))?);
        let _ = writeln!(result, "+ [[\"{path}\", {text}, {}]]", about(path));
    }
    let mut text =
        String::from("local tenants = [t + { q:: std.escapeStringJson(t.name) } for t in import 'tenants.json'];\n");
    let _ = writeln!(text, "local regions = {};", quoted_list(&REGIONS));
    text.push_str(
        "local of(tier, region) = [t for t in tenants if t.tier == tier && t.region == region];\n\
         local shared(tier, word, room) = [\n\
         \x20 local name = region + '-' + word + '-' + (number + 1);\n\
         \x20 { name: name, path: name, region: region, tier: tier, tenants: all[number * room:(number + 1) * room] }\n\
         \x20 for region in regions for all in [of(tier, region)] for number in std.range(0, std.ceil(std.length(all) / room) - 1)\n\
         ];\n",
    );
    let _ = writeln!(
        text,
        "local cells = shared('free', 'row', {}) + shared('premium', 'schema', {})\n  + [{{ name: t.id, path: 'dedicated/' + t.id, region: t.region, tier: t.tier, tenants: [t] }} for t in tenants if t.tier == 'dedicated'];\nlocal at = {{ [t.id]: c for c in cells for t in c.tenants }};",
        fleet::CAPACITY.0,
        fleet::CAPACITY.1
    );
    for (function, number) in &program.blocks {
        let _ = writeln!(text, "local b{number} = {function};");
    }
    for (function, number) in &program.files {
        let _ = writeln!(text, "local f{number}(e, c, t, ts) = {function};");
    }
    let _ = writeln!(text, "local files = std.sort([]\n{result}, function(file) file[0]);");
    let version = manifest.get("tenantc").cloned().unwrap_or_default();
    let head = quoted(&format!("{{\n  \"tenantc\": {version},\n  \"files\": {{\n"));
    let _ =
        writeln!(text, "{{ [file[0]]: file[1] for file in files }} + {{ 'manifest.json': {head} + std.join(',\\n', [");
    text.push_str(
        "  '    \"' + file[0] + '\": {\"sha256\":\"' + std.sha256(file[1]) + '\",\"made_by\":\"' + file[2] + \
         '\",\"from\":\"' + file[3] + '\"}'\n  for file in files\n",
    );
    let _ = writeln!(text, "]) + {} }}", quoted("\n  }\n}\n"));
    fs::create_dir_all(folder)?;
    fs::write(folder.join("fleet.jsonnet"), text)?;
    let data: Vec<serde_json::Value> = all
        .iter()
        .map(|known| serde_json::json!({ "id": known.tenant.id, "name": known.tenant.name, "tier": known.tenant.tier, "region": known.tenant.region, "uuid": known.uuid }))
        .collect();
    fs::write(folder.join("tenants.json"), serde_json::to_vec(&data)?)?;
    for path in &paths {
        if let Some(parent) = out.join(path).parent() {
            fs::create_dir_all(parent)?;
        }
    }
    Ok(())
}

fn quoted_list(all: &[&str]) -> String {
    serde_json::Value::from(all.to_vec()).to_string()
}
