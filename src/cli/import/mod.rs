//! `tenantc import`: what others wrote → `.tenant` files.

mod rest;
mod tables;

use std::path::{Path, PathBuf};

use super::{Common, End, complain, print, report};
use crate::parse;
use crate::resolve::{Schema, read_sql};
use crate::source::{Origin, SourceMap};

/// What `import` takes.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    from: From,
}

#[derive(clap::Subcommand)]
enum From {
    /// Tables of a PostgreSQL schema, as `pg_dump --schema-only` writes it
    #[command(after_help = "Examples:
  pg_dump --schema-only --no-owner --no-privileges shop > shop.sql
  tenantc import sql shop.sql --rest more.sql > shop.tenant")]
    Sql {
        /// The SQL
        file: PathBuf,
        /// The schema's name; the file's when left out
        #[arg(long)]
        schema: Option<String>,
        /// Where to write what only SQL can say; the schema then imports it, and nothing is lost
        #[arg(long, value_name = "FILE")]
        rest: Option<PathBuf>,
    },
}

/// Runs the command.
pub fn run(arguments: &Arguments, common: Common) -> End {
    let From::Sql { file, schema, rest } = &arguments.from;
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(why) => {
            complain(&format!("tenantc: {}: {why}\n", file.display()));
            return End::Trouble;
        }
    };
    let mut sources = SourceMap::default();
    let mut diagnostics = Vec::new();
    let name = schema.clone().unwrap_or_else(|| stem(file));
    let read = read_sql(&mut sources, &file.display().to_string(), &text, &name, &mut diagnostics);
    let end = report::show(&crate::diag::settle(diagnostics), &sources, common);
    let Some(read) = read.filter(|_| end == End::Fine) else { return End::Fault };
    let (said, left) = written(&read, &name, rest.as_deref());
    let kept: String = left.iter().flat_map(|(_, sql)| [sql.as_str(), "\n"]).collect();
    if let Some(rest) = rest.as_deref().filter(|_| !left.is_empty())
        && let Err(why) = std::fs::write(rest, kept)
    {
        complain(&format!("tenantc: {}: {why}\n", rest.display()));
        return End::Trouble;
    }
    print(&said);
    let plural = if left.len() == 1 { "" } else { "s" };
    if !left.is_empty() && rest.is_none() {
        let all = left.iter().map(|(what, _)| format!("  {what}\n")).collect::<Vec<_>>().concat();
        complain(&format!(
            "{} thing{plural} left, which only SQL can say; `--rest FILE` keeps them:\n{all}",
            left.len()
        ));
    } else if let Some(rest) = rest {
        complain(&format!("{} thing{plural} kept in {}\n", left.len(), rest.display()));
    }
    End::Fine
}

/// A schema's name out of a file's.
fn stem(file: &Path) -> String {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    let plain: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if plain.starts_with(|c: char| c.is_ascii_alphabetic()) { plain } else { format!("s{plain}") }
}

/// The `.tenant` text, and what it can't say: a word for people, and its SQL.
fn written(schema: &Schema, name: &str, rest: Option<&Path>) -> (String, Vec<(String, String)>) {
    let mut left = rest::before_tables(schema);
    let mut out = String::new();
    let mut later = Vec::new();
    for table in &schema.tables {
        let (block, beside) = tables::table(table, schema);
        match block.filter(|block| can_be_read(block)) {
            Some(block) => {
                out.push_str(&block);
                later.extend(beside);
            }
            None => left.extend(rest::table(table)),
        }
    }
    left.extend(later);
    left.extend(rest::after_tables(schema));
    let import = rest
        .filter(|_| !left.is_empty())
        .and_then(|rest| rest.file_name())
        .map(|file| format!("\n  import \"{}\"\n", file.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"")));
    (formatted(&format!("schema {name} {{\n{out}{}}}\n", import.unwrap_or_default())), left)
}

fn can_be_read(block: &str) -> bool {
    let mut sources = SourceMap::default();
    let added = sources.add("x.tenant", format!("schema x {{\n{block}}}\n"), Origin::Workspace).is_some();
    added && sources.files().first().is_some_and(|file| parse::parse(file).1.is_empty())
}

fn formatted(text: &str) -> String {
    let mut sources = SourceMap::default();
    sources.add("x.tenant", text.to_owned(), Origin::Workspace);
    sources.files().first().and_then(parse::format).unwrap_or_else(|| text.to_owned())
}
