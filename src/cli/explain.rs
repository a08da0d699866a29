//! `tenantc explain`: a code's page, a value's layers, or a line's origin.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Common, End, apart, complain, influence, print, report, workspace};
use crate::diag::{Code, nearest};
use crate::emit::{OutFile, Selection};
use crate::eval::{Evaluator, Seed, variant};
use crate::resolve::{DefId, Node, Object, Typed, Value};
use crate::source::{Span, World};
use crate::{Compilation, analyse, compile};

/// What `explain` takes.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenantc explain T0102                                  a code
  tenantc explain acme.main.shared_buffers --in production   a tenant's database
  tenantc explain main.backup.keep                       a database
  tenantc explain acme.quota.connections                 a tenant
  tenantc explain out/config/production/eu-west-1-row-1/main/postgresql.conf:41")]
pub struct Arguments {
    /// A code, a dotted path, or FILE:LINE of the output
    what: String,
    /// In which environment; production, or the last one, when left out
    #[arg(long = "in", value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// The workspace; the one around this folder (or the file) when left out
    #[arg(long)]
    workspace: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, common: Common) -> End {
    let what = arguments.what.as_str();
    if let Some(code) = Code::parse(what) {
        print(&format!("{} {}\n\n{}", code.id(), code.name(), code.page()));
        return End::Fine;
    }
    let looks_like_code = what.len() == 5
        && what.starts_with(['T', 't'])
        && what.get(1..).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()));
    if looks_like_code {
        complain(&format!("tenantc: there is no code {what}\n"));
        return End::Trouble;
    }
    let line = what.rsplit_once(':').and_then(|(file, line)| Some((PathBuf::from(file), line.parse::<u32>().ok()?)));
    let around =
        line.as_ref().and_then(|(file, _)| file.canonicalize().ok()).and_then(|file| crate::disk::find(file.parent()?));
    let workspace = match workspace(arguments.workspace.as_deref().or(around.as_deref()), None) {
        Ok(workspace) => workspace,
        Err(end) => return end,
    };
    if let Some((file, line)) = line {
        let (compilation, files) = compile(&workspace, &Selection::default());
        if compilation.is_broken() {
            return report::show(&compilation.diagnostics, &compilation.sources, common);
        }
        return of_line(&workspace, &compilation, &files, &file, line);
    }
    let compilation = analyse(&workspace);
    if compilation.is_broken() {
        return report::show(&compilation.diagnostics, &compilation.sources, common);
    }
    of_value(&compilation, what, arguments.environment.as_deref())
}

/// The output file that a path names, by the longest common end.
fn of_line(world: &dyn World, compilation: &Compilation, files: &[OutFile], path: &Path, line: u32) -> End {
    let wanted = path.to_string_lossy().replace('\\', "/");
    let Some(file) = files
        .iter()
        .filter(|file| wanted == file.path || wanted.ends_with(&format!("/{}", file.path)))
        .max_by_key(|file| file.path.len())
    else {
        complain(&format!("tenantc: this build makes no file {wanted}\n"));
        return End::Fault;
    };
    let Some(text) = usize::try_from(line).ok().and_then(|line| file.text.lines().nth(line.checked_sub(1)?)) else {
        complain(&format!("tenantc: {} has {} lines\n", file.path, file.text.lines().count()));
        return End::Fault;
    };
    let mut out = format!("{}:{line}\n  {text}\n", file.path);
    // A setting's comment stands above it: the next setting line is the one meant.
    match file.lines.iter().find(|(at, _)| *at >= line).filter(|_| !text.is_empty()) {
        Some((_, span)) => out.push_str(&quoted(compilation, "set by", *span)),
        None => follows(&mut out, world, compilation, file, text),
    }
    for (table, span) in tables_in(compilation, text) {
        out.push_str(&quoted(compilation, &format!("speaks of table {table},"), span));
    }
    for (tenant, span) in tenants_in(compilation, text) {
        out.push_str(&quoted(compilation, &format!("speaks of tenant {tenant},"), span));
    }
    out.push_str(&quoted(compilation, "the file is made for", file.origin));
    let _ = writeln!(out, "made by {} (target/template); `tenantc build --check` finds edits", file.made_by);
    print(&out);
    End::Fine
}

/// The facts that a template's line follows from; eight at most.
fn follows(out: &mut String, world: &dyn World, compilation: &Compilation, file: &OutFile, text: &str) {
    const SHOWN: usize = 8;
    if text.trim().is_empty() {
        return;
    }
    match influence::of_line(world, compilation, file, text) {
        Some(spans) if spans.is_empty() => {
            out.push_str(
                "no fact of this workspace changes it: it is a default of the language, or the target's text\n",
            );
        }
        Some(spans) => {
            for span in spans.iter().take(SHOWN) {
                out.push_str(&quoted(compilation, "follows from", *span));
            }
            if spans.len() > SHOWN {
                let _ = writeln!(out, "and from {} more", spans.len() - SHOWN);
            }
        }
        None => {
            let _ = writeln!(out, "text of {}", file.made_by);
        }
    }
}

/// Tables whose names stand in a line, with where each is declared; three at most.
fn tables_in<'c>(compilation: &'c Compilation, text: &str) -> Vec<(&'c str, Span)> {
    let words: Vec<&str> = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).collect();
    let tables = compilation.program.schemas.values().flat_map(|schema| &schema.tables);
    let named = tables.filter(|table| words.contains(&table.name.as_str()));
    named.map(|table| (table.name.as_str(), table.span)).take(3).collect()
}

/// Tenants whose names stand in a line, with where each is declared; three at most.
fn tenants_in<'c>(compilation: &'c Compilation, text: &'c str) -> Vec<(&'c str, Span)> {
    let word = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let mut found: Vec<(&str, Span)> = Vec::new();
    for word in text.split(word) {
        if let Some(Object::Tenant(tenant)) = compilation.program.names.object("tenant", word)
            && let Some(declared) = compilation.program.tenants.get(tenant as usize)
            && !found.iter().any(|(known, _)| *known == word)
        {
            found.push((word, declared.span));
        }
    }
    found.truncate(3);
    found
}

fn quoted(compilation: &Compilation, what: &str, span: Span) -> String {
    let sources = &compilation.sources;
    let line = sources
        .file_at(span.start)
        .map(|file| file.line(sources.position(span.start).line).trim().to_owned())
        .unwrap_or_default();
    format!("{what} {}\n  {line}\n", sources.place(span))
}

fn of_value(compilation: &Compilation, what: &str, environment: Option<&str>) -> End {
    let Some(built) = &compilation.built else { return End::Fault };
    let program = &compilation.program;
    let known: Vec<&str> = built.model.environments.iter().map(|environment| environment.name.as_str()).collect();
    let usual = known.iter().find(|name| **name == "production").or(known.last()).copied();
    let chosen = environment.or(usual).unwrap_or_default();
    let Some((id, seeds)) =
        built.seeds.iter().find(|(id, _)| program.definition(*id).is_some_and(|definition| definition.name == chosen))
    else {
        let near =
            nearest(chosen, known.iter().copied()).map(|near| format!(": did you mean {near}?")).unwrap_or_default();
        complain(&format!("tenantc: there is no environment {chosen}{near}\n"));
        return End::Fault;
    };
    let evaluator = Evaluator::new(program, Some(*id), seeds);
    let mut parts = what.splitn(3, '.');
    let (first, second, rest) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let found = match program.names.object("tenant", first) {
        Some(Object::Tenant(tenant)) => {
            match (second.and_then(|second| program.names.object("database", second)), rest) {
                (Some(Object::Definition(database)), Some(rest)) => {
                    instance(seeds, database, Some(tenant)).map(|object| (object, rest.to_owned()))
                }
                _ => Some((Object::Tenant(tenant), joined(second, rest))),
            }
        }
        _ => match program.names.object("database", first) {
            Some(Object::Definition(database)) => {
                instance(seeds, database, None).map(|object| (object, joined(second, rest)))
            }
            _ => program.names.only(first).map(|(_, id)| (Object::Definition(id), joined(second, rest))),
        },
    };
    let Some((object, path)) = found.filter(|(_, path)| !path.is_empty()) else {
        complain(&format!(
            "tenantc: nothing is called {first}, or it is not in {chosen}\n  write TENANT.DATABASE.FACT, DATABASE.FACT or TENANT.FACT\n"
        ));
        return End::Fault;
    };
    if path == "isolation"
        && let Object::Instance(_) = object
    {
        return apart::tell(compilation, what, chosen);
    }
    tell(compilation, &evaluator, seeds, object, &path, chosen)
}

fn joined(second: Option<&str>, rest: Option<&str>) -> String {
    [second, rest].into_iter().flatten().collect::<Vec<_>>().join(".")
}

/// The instance of a database that a tenant is on; the first one when no tenant is named.
fn instance(seeds: &[Seed], database: DefId, tenant: Option<u32>) -> Option<Object> {
    let place = seeds
        .iter()
        .position(|seed| seed.database == database && tenant.is_none_or(|tenant| seed.tenants.contains(&tenant)))?;
    Some(Object::Instance(u32::try_from(place).ok()?))
}

fn tell(
    compilation: &Compilation,
    evaluator: &Evaluator<'_>,
    seeds: &[Seed],
    object: Object,
    path: &str,
    environment: &str,
) -> End {
    let program = &compilation.program;
    let engine = match object {
        Object::Instance(number) => {
            seeds.get(number as usize).and_then(|seed| program.definition(seed.database)?.engine.clone())
        }
        _ => None,
    };
    let shape = match object {
        Object::Instance(_) => {
            engine.as_ref().and_then(|engine| program.engines.get(engine)).map(|engine| engine.shape.clone())
        }
        Object::Tenant(_) => program.names.kind("tenant").map(|kind| kind.shape.clone()),
        Object::Definition(id) => program
            .definition(id)
            .and_then(|definition| program.names.kind(&definition.kind))
            .map(|kind| kind.shape.clone()),
        Object::Table(_) | Object::Column(..) => None,
    };
    let Some(shape) = shape else { return End::Fault };
    // A setting may be named without its group.
    let groups = shape.groups().filter(|group| group.rsplit('.').next() == Some("settings"));
    let mut candidates = std::iter::once(path.to_owned()).chain(groups.map(|group| format!("{group}.{path}")));
    let Some(field) = candidates.find_map(|path| shape.find(&path)) else {
        let near = nearest(path, shape.fields().map(|field| field.path.as_str()))
            .map(|near| format!("\n  did you mean {near}?"))
            .unwrap_or_default();
        complain(&format!("tenantc: {path} is no fact here{near}\n"));
        return End::Fault;
    };
    let Ok(found) = evaluator.found(object, &field.path) else {
        complain("tenantc: the value can't be worked out; run `tenantc check`\n");
        return End::Fault;
    };
    let sources = &compilation.sources;
    let mut out = format!("{} = {}   in {environment}", field.path, found.value);
    if let Object::Instance(number) = object
        && let Some(seed) = seeds.get(number as usize)
    {
        let _ = write!(
            out,
            ", cell {}, {} tenant{}",
            seed.cell,
            seed.tenants.len(),
            if seed.tenants.len() == 1 { "" } else { "s" }
        );
    }
    out.push('\n');
    for line in field.doc.lines() {
        let _ = writeln!(out, "  {line}");
    }
    let all = evaluator.candidates(object, &field.path);
    if let Some(winner) = all.first() {
        formula(&mut out, compilation, evaluator, object, &winner.fact.value);
        out.push_str("who says so, the winner first:\n");
    } else if let Some(default) = evaluator.default(object, &field.path) {
        formula(&mut out, compilation, evaluator, object, &default);
        let _ = writeln!(out, "nobody set it: the default, {}", sources.place(field.span));
    } else {
        let _ = writeln!(out, "nobody set it; declared in {}", sources.place(field.span));
    }
    for (index, candidate) in all.iter().enumerate() {
        let mark = if index == 0 { "*" } else { " " };
        let said = sources.text(candidate.fact.value.span).split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(out, "  {mark} {}: {said}   {}", candidate.layer, sources.place(candidate.fact.span));
    }
    setting(&mut out, &field, evaluator, object);
    print(&out);
    End::Fine
}

/// The formula with its numbers.
fn formula(out: &mut String, compilation: &Compilation, evaluator: &Evaluator<'_>, object: Object, typed: &Typed) {
    if matches!(typed.node, Node::Value(_)) {
        return;
    }
    let text = compilation.sources.text(typed.span).split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = writeln!(out, "  = {text}");
    let mut fields = Vec::new();
    inputs(typed, &mut fields);
    fields.sort();
    fields.dedup();
    for path in fields {
        if let Ok(value) = evaluator.value(object, &path) {
            let said = evaluator.candidates(object, &path).into_iter().next();
            let from = said
                .map(|said| format!("   {}, {}", said.layer, compilation.sources.place(said.fact.span)))
                .unwrap_or_default();
            let shown = if let Value::List(values) = &value {
                format!("{} in the list", values.len())
            } else {
                value.to_string()
            };
            let _ = writeln!(out, "    {path} = {shown}{from}");
        }
    }
}

fn inputs(typed: &Typed, out: &mut Vec<String>) {
    match &typed.node {
        Node::Field { up: 0, path } => out.push(path.to_string()),
        Node::Of(inner, _) | Node::Not(inner) | Node::Minus(inner) => inputs(inner, out),
        Node::Text(parts) | Node::List(parts) | Node::Call(_, parts) | Node::Make(_, parts) => {
            for part in parts {
                inputs(part, out);
            }
        }
        Node::Binary(_, left, right) => {
            inputs(left, out);
            inputs(right, out);
        }
        Node::If(a, b, c) => [a, b, c].into_iter().for_each(|part| inputs(part, out)),
        Node::Each(_, list, _) => inputs(list, out),
        Node::Field { .. } | Node::Value(_) | Node::Row(_) => {}
    }
}

fn setting(out: &mut String, field: &crate::resolve::Field, evaluator: &Evaluator<'_>, object: Object) {
    let Some(setting) = &field.setting else { return };
    let version = evaluator.value(object, "version").map(|value| value.to_string()).unwrap_or_default();
    let Some(known) = variant(setting, &version, None).or(setting.variants.last()) else { return };
    let default = known.default.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    let _ = writeln!(out, "the engine's own default: {default}; a change needs: {}", known.change);
    if let (Some(low), Some(high)) = &known.range {
        let _ = writeln!(out, "from {low} to {high}");
    }
    if !known.see.is_empty() {
        let _ = writeln!(out, "{}", known.see);
    }
}
