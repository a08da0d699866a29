//! `import "schema.sql"`: PostgreSQL's own DDL, as `pg_dump --schema-only` writes it → tables and what goes with them, by
//! a parser of the whole grammar.
//!
//! Tables, keys, checks, references, indexes, partitions, counters, types, functions, views, triggers and comments are
//! carried; `tenant_id` is taken out, for it is put into every key anyway. What the build decides itself (owners,
//! privileges, policies) is passed over with a word; what can't be carried is an error at its place. Nothing is dropped
//! in silence. Lines for psql (`\restrict`) and settings are no part of a schema.

mod constraints;
mod objects;
mod tables;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;
use squawk_syntax::ast::{self, AstNode as _};
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use super::schema::Schema;
use crate::diag::{Code, Diagnostic};
use crate::source::Span;
use text::{Printer, Unfit, is_blank, last_name, path, tokens, words};

/// Adds what a file makes to a schema.
pub fn import(name: &str, text: &Arc<str>, base: Span, schema: &mut Schema, diagnostics: &mut Vec<Diagnostic>) {
    let plain = without_psql(text);
    let parsed = SourceFile::parse(&plain);
    let faults = parsed.errors();
    for fault in faults.iter().take(5) {
        let range = fault.range();
        let span = Span::new(base.start + u32::from(range.start()), base.start + u32::from(range.end()));
        diagnostics.push(Code::BadSql.at(
            span,
            format!("{name} is not PostgreSQL's SQL here: {}", fault.message().to_lowercase().trim_end_matches('.')),
        ));
    }
    if !faults.is_empty() {
        return;
    }
    let statements: Vec<ast::Stmt> = parsed.tree().stmts().collect();
    let printer = Printer { own: statements.iter().filter_map(made_in).collect() };
    let mut importer = Importer {
        file: name,
        base: base.start,
        schema,
        diagnostics,
        printer,
        counters: BTreeMap::new(),
        passed: BTreeMap::new(),
        open: Vec::new(),
    };
    for statement in &statements {
        importer.statement(statement);
    }
    importer.finish();
}

/// The schema that a statement makes something in.
fn made_in(statement: &ast::Stmt) -> Option<EcoString> {
    let node = match statement {
        ast::Stmt::CreateTable(it) => it.table_name()?.syntax().clone(),
        ast::Stmt::CreateType(it) => it.type_name()?.syntax().clone(),
        ast::Stmt::CreateDomain(it) => it.domain()?.syntax().clone(),
        ast::Stmt::CreateFunction(it) => it.name()?.syntax().clone(),
        ast::Stmt::CreateView(it) => it.view()?.syntax().clone(),
        ast::Stmt::CreateMaterializedView(it) => it.view()?.syntax().clone(),
        ast::Stmt::CreateSequence(it) => it.sequence()?.syntax().clone(),
        ast::Stmt::CreateExtension(it) => return it.extension_schema().map(|schema| last_name(schema.syntax())),
        _ => return None,
    };
    let mut parts = path(&node);
    parts.pop();
    parts.pop()
}

/// The text with psql's own lines blanked, byte for byte, so that places stay right.
fn without_psql(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| if line.starts_with('\\') { line.replace(|c: char| c != '\n', " ") } else { line.to_owned() })
        .collect()
}

/// A sequence: what it says besides its defaults, who owns it, where it is made.
struct Counter {
    options: EcoString,
    used: bool,
    span: Span,
}

struct Importer<'a> {
    file: &'a str,
    base: u32,
    schema: &'a mut Schema,
    diagnostics: &'a mut Vec<Diagnostic>,
    printer: Printer,
    counters: BTreeMap<EcoString, Counter>,
    /// What the build decides itself: how often, and where first.
    passed: BTreeMap<&'static str, (usize, Span)>,
    /// What is open in the database that the file came from.
    open: Vec<String>,
}

impl Importer<'_> {
    /// Where a node is, without the blanks around it.
    fn place(&self, node: &SyntaxNode) -> Span {
        let all = tokens(node);
        let mut seen = all.iter().filter(|token| !is_blank(token.kind()));
        let start = seen.next().map_or(node.text_range().start(), |token| token.text_range().start());
        let end = seen.next_back().map_or(node.text_range().end(), |token| token.text_range().end());
        Span::new(self.base + u32::from(start), self.base + u32::from(end))
    }

    /// A node as SQL; told, and nothing, where it can't be carried.
    fn sql(&mut self, node: &SyntaxNode) -> Option<EcoString> {
        match self.printer.print(node) {
            Ok(text) => Some(text),
            Err(Unfit(why)) => {
                self.left(node, Some(&why));
                None
            }
        }
    }

    fn statement(&mut self, statement: &ast::Stmt) {
        let node = statement.syntax();
        match statement {
            ast::Stmt::CreateTable(create) => self.table(create),
            ast::Stmt::CreateIndex(create) => self.index(create),
            ast::Stmt::AlterTable(alter) => self.alter_table(alter),
            ast::Stmt::CreateSequence(create) => self.sequence(create),
            ast::Stmt::CreateType(create) => self.type_(create),
            ast::Stmt::CreateDomain(create) => self.domain(create),
            ast::Stmt::CreateFunction(create) => self.function(create),
            ast::Stmt::CreateView(create) => self.view(create),
            ast::Stmt::CreateMaterializedView(create) => self.materialized_view(create),
            ast::Stmt::CreateTrigger(create) => self.trigger(create),
            ast::Stmt::CommentOn(comment) => self.comment(comment),
            ast::Stmt::CreateExtension(create) => {
                if let Some(name) = create.extension().map(|name| last_name(name.syntax())) {
                    let span = self.place(node);
                    self.schema.extensions.push((name, span));
                }
            }
            ast::Stmt::Grant(_) => self.grant(node),
            ast::Stmt::Revoke(_) | ast::Stmt::AlterDefaultPrivileges(_) => self.pass("privileges", node),
            ast::Stmt::CreatePolicy(_) | ast::Stmt::AlterPolicy(_) => self.policy(node),
            ast::Stmt::CreateSchema(_) | ast::Stmt::AlterSchema(_) => self.pass("names of schemas", node),
            ast::Stmt::CreatePublication(_) | ast::Stmt::AlterPublication(_) => self.pass("publications", node),
            // Of these, a dump writes who owns something, and which index belongs to which partition.
            ast::Stmt::AlterView(_)
            | ast::Stmt::AlterMaterializedView(_)
            | ast::Stmt::AlterType(_)
            | ast::Stmt::AlterDomain(_)
            | ast::Stmt::AlterFunction(_)
                if text::holds(node, SyntaxKind::OWNER_TO) =>
            {
                self.pass("owners", node);
            }
            ast::Stmt::AlterSequence(_) => self.alter_sequence(node),
            ast::Stmt::AlterIndex(_) if text::holds(node, SyntaxKind::ATTACH_INDEX_PARTITION) => {}
            ast::Stmt::Set(_) | ast::Stmt::Select(_) | ast::Stmt::EmptyStmt(_) => {}
            ast::Stmt::Begin(_) | ast::Stmt::Commit(_) => {}
            _ => self.left(node, None),
        }
    }

    /// Tells what is not carried.
    fn left(&mut self, node: &SyntaxNode, why: Option<&str>) {
        let first: Vec<String> = words(node).take(2).collect();
        let what = why.map_or_else(|| format!("{} is not carried into the schema", first.join(" ")), str::to_owned);
        let told = Code::NotCarried.at(self.place(node), what);
        self.diagnostics.push(told.help(
            "keep it in a migration of your own and take it out of this file; `tenantc explain T0605` lists what is carried",
        ));
    }

    /// Counts what the build decides itself.
    fn pass(&mut self, what: &'static str, node: &SyntaxNode) {
        let span = self.place(node);
        self.passed.entry(what).or_insert((0, span)).0 += 1;
    }

    fn grant(&mut self, node: &SyntaxNode) {
        self.pass("privileges", node);
        let Some(on) = text::child(node, SyntaxKind::ON_PRIVILEGE_OBJECTS_CLAUSE) else { return };
        let relation = text::holds(&on, SyntaxKind::PRIVILEGE_TABLE);
        let verbs: Vec<String> = words(node).skip(1).take_while(|word| word != "ON").collect();
        let names: Vec<EcoString> = named(&on).map(|inner| last_name(&inner)).collect();
        let to = text::child(node, SyntaxKind::ROLE_REF_LIST).map(|list| words(&list).collect::<Vec<_>>());
        let public = to.is_some_and(|to| to.iter().any(|role| role == "PUBLIC"));
        if public && relation {
            self.open.push(format!(
                "every role may {} {}: `REVOKE ALL ON {} FROM PUBLIC`",
                verbs.concat().replace(',', ", ").to_lowercase(),
                names.join(", "),
                names.join(", ")
            ));
        }
        let beside = verbs
            .iter()
            .find(|verb| matches!(verb.as_str(), "ALL" | "TRUNCATE" | "REFERENCES" | "TRIGGER" | "MAINTAIN"));
        if let Some(verb) = beside.filter(|_| relation) {
            self.open.push(format!(
                "{verb} on {} is more than rows: row security does not see TRUNCATE, and REFERENCES looks past it",
                names.join(", ")
            ));
        }
    }

    fn policy(&mut self, node: &SyntaxNode) {
        self.pass("policies", node);
        let all: Vec<String> = words(node).collect();
        let permissive = !all.iter().any(|word| word == "RESTRICTIVE");
        let everything = text::child(node, SyntaxKind::USING_EXPR_CLAUSE)
            .is_some_and(|using| words(&using).any(|word| word == "TRUE"));
        if permissive && everything {
            let name = text::child(node, SyntaxKind::POLICY).map(|name| last_name(&name)).unwrap_or_default();
            self.open.push(format!(
                "policy {name} lets every row through: permissive policies are joined by OR, so drop it"
            ));
        }
    }

    /// What only the whole file shows.
    fn finish(mut self) {
        let counters = std::mem::take(&mut self.counters);
        for (name, counter) in counters.into_iter().filter(|(_, counter)| !counter.used) {
            let message = format!("sequence `{name}` belongs to no column, and tenants would draw from it together");
            self.diagnostics.push(Code::NotCarried.at(counter.span, message).help(
                "give each row a `uuid`, or count within the tenant; a sequence of one column is carried as its identity",
            ));
        }
        if let Some((_, first)) = self.passed.values().min_by_key(|(_, span)| span.start) {
            let what: Vec<String> = self.passed.iter().map(|(what, (times, _))| format!("{what} ({times})")).collect();
            let mut told = Code::BuildDecides
                .at(*first, format!("{} says what the build decides itself: {}", self.file, what.join(", ")))
                .here("the first of them; they are passed over")
                .help("declare `role`s for who may do what, and dump with `--no-owner --no-privileges`");
            told.notes.extend(self.open.iter().map(|open| format!("where this came from, {open}")));
            self.diagnostics.push(told);
        }
    }
}

/// Nodes that name a table or a view.
fn named(node: &SyntaxNode) -> impl Iterator<Item = SyntaxNode> {
    node.descendants()
        .filter(|inner| matches!(inner.kind(), SyntaxKind::RELATION_NAME_REF | SyntaxKind::TABLE_NAME_REF))
}
