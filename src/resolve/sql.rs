//! `import "schema.sql"`: PostgreSQL's own DDL → tables, by a parser of its whole grammar.
//!
//! Tables, keys, checks, references and indexes are carried; `tenant_id` is taken out, for it is put into every key
//! anyway. What can't be carried is told at its place, never dropped in silence. Lines for psql (`\restrict`) and
//! settings are passed over.

use std::sync::Arc;

use ecow::EcoString;
use squawk_syntax::ast::{self, AstNode as _};
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use super::schema::{Column, Index, Reference, Schema, Table};
use crate::diag::{Code, Diagnostic};
use crate::source::Span;

/// Adds the tables of a file to a schema.
pub fn import(name: &str, text: &Arc<str>, base: Span, schema: &mut Schema, diagnostics: &mut Vec<Diagnostic>) {
    let plain = without_psql(text);
    let parsed = SourceFile::parse(&plain);
    let place = |node: &SyntaxNode| {
        let range = node.text_range();
        let first = node
            .descendants_with_tokens()
            .filter_map(squawk_syntax::SyntaxElement::into_token)
            .find(|token| !is_blank(token.kind()));
        let start = first.map_or(range.start(), |token| token.text_range().start());
        Span::new(base.start + u32::from(start), base.start + u32::from(range.end()))
    };
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
    let mut importer = Importer { schema, diagnostics, place: &place };
    for statement in parsed.tree().stmts() {
        importer.statement(&statement);
    }
}

/// The text with psql's own lines blanked, byte for byte, so that places stay right.
fn without_psql(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| if line.starts_with('\\') { line.replace(|c: char| c != '\n', " ") } else { line.to_owned() })
        .collect()
}

/// Blanks and comments.
fn is_blank(kind: SyntaxKind) -> bool {
    matches!(kind, SyntaxKind::WHITESPACE | SyntaxKind::COMMENT)
}

struct Importer<'a> {
    schema: &'a mut Schema,
    diagnostics: &'a mut Vec<Diagnostic>,
    place: &'a dyn Fn(&SyntaxNode) -> Span,
}

impl Importer<'_> {
    fn statement(&mut self, statement: &ast::Stmt) {
        match statement {
            ast::Stmt::CreateTable(create) => self.table(create),
            ast::Stmt::CreateIndex(create) => self.index(create),
            ast::Stmt::AlterTable(alter) => self.alter(alter),
            ast::Stmt::Set(_) | ast::Stmt::Select(_) | ast::Stmt::CommentOn(_) | ast::Stmt::EmptyStmt(_) => {}
            other => self.left(other.syntax(), None),
        }
    }

    /// Tells what is not carried.
    fn left(&mut self, node: &SyntaxNode, why: Option<&str>) {
        let words: Vec<String> = words(node).take(2).collect();
        let what = why.map_or_else(|| format!("{} is not carried into the schema", words.join(" ")), str::to_owned);
        let told = Code::NotCarried.at((self.place)(node), what);
        self.diagnostics.push(told.help("keep it in a migration of your own and take it out of this file; tables, keys, checks and indexes are carried"));
    }

    fn table(&mut self, create: &ast::CreateTable) {
        let node = create.syntax();
        let Some(name) = create.table_name().map(|name| last_name(name.syntax())) else { return };
        if create.partition_by().is_some()
            || create.partition_of().is_some()
            || create.inherits().is_some()
            || create.of_type().is_some()
        {
            self.left(node, Some(&format!("table `{name}` is partitioned, inherited or typed, which is not carried")));
            return;
        }
        let span = create.table_name().map_or_else(|| (self.place)(node), |name| (self.place)(name.syntax()));
        let mut table = Table {
            name,
            shared: false,
            doc: EcoString::new(),
            columns: Vec::new(),
            primary: Vec::new(),
            uniques: Vec::new(),
            checks: Vec::new(),
            references: Vec::new(),
            indexes: Vec::new(),
            subject: None,
            span,
        };
        for argument in create.table_arg_list().into_iter().flat_map(|list| list.args()) {
            match argument {
                ast::TableArg::Column(column) => self.column(&column, &mut table),
                ast::TableArg::TableConstraint(constraint) => self.constraint(constraint.syntax(), None, &mut table),
                ast::TableArg::LikeClause(like) => {
                    self.left(like.syntax(), Some("LIKE is not carried: write the columns"));
                }
            }
        }
        self.schema.tables.push(table);
    }

    fn column(&mut self, column: &ast::Column, table: &mut Table) {
        let Some(name) = column.name().map(|name| last_name(name.syntax())) else { return };
        let ty = column.ty().map(|ty| sql_of(ty.syntax())).unwrap_or_default();
        let span = (self.place)(column.syntax());
        if name == "tenant_id" {
            if !ty.eq_ignore_ascii_case("uuid") {
                let told = Code::TenantColumn
                    .at(span, format!("tenant_id of `{}` is {ty}; a tenant's key is a uuid", table.name));
                self.diagnostics.push(told.help(
                    "make it `uuid`: text compares by collation, and numbers of tenants tell how many there are",
                ));
            }
            return;
        }
        let (ty, identity) = match ty.to_lowercase().as_str() {
            "serial" | "serial4" => ("integer".into(), true),
            "bigserial" | "serial8" => ("bigint".into(), true),
            "smallserial" | "serial2" => ("smallint".into(), true),
            _ => (ty, false),
        };
        let default = identity.then(|| "GENERATED BY DEFAULT AS IDENTITY".into());
        table.columns.push(Column {
            name: name.clone(),
            ty,
            required: identity,
            default,
            classes: Vec::new(),
            doc: EcoString::new(),
            span,
        });
        for clause in column.clauses() {
            self.constraint(clause.syntax(), Some(&name), table);
        }
    }

    /// A constraint of a column, or of the table when `column` is none.
    fn constraint(&mut self, node: &SyntaxNode, column: Option<&EcoString>, table: &mut Table) {
        let own = |node: &SyntaxNode| -> Vec<EcoString> {
            let listed = groups(node).into_iter().next().unwrap_or_default();
            let names = if listed.is_empty() { column.cloned().into_iter().collect() } else { listed };
            names.into_iter().filter(|name| name != "tenant_id").collect()
        };
        match node.kind() {
            SyntaxKind::PRIMARY_KEY_CONSTRAINT => {
                table.primary = own(node);
                for name in table.primary.clone() {
                    require(table, &name);
                }
            }
            SyntaxKind::UNIQUE_CONSTRAINT => {
                let columns = own(node);
                if columns.is_empty() {
                    self.left(
                        node,
                        Some("a unique key of tenant_id alone allows one row a tenant, which is not carried"),
                    );
                } else {
                    table.uniques.push(columns);
                }
            }
            SyntaxKind::NOT_NULL_CONSTRAINT => {
                if let Some(name) = column {
                    require(table, name);
                }
            }
            SyntaxKind::NULL_CONSTRAINT => {}
            SyntaxKind::DEFAULT_CONSTRAINT => self.default(node, column, table),
            SyntaxKind::GENERATED_CONSTRAINT => {
                let text = sql_of(node);
                let clause = text.to_uppercase().find("GENERATED").and_then(|at| text.get(at..)).unwrap_or_default();
                let clause = EcoString::from(clause.replace("generated ", "GENERATED "));
                if self.is_plain(node, &clause) {
                    set_default(table, column, clause);
                }
            }
            SyntaxKind::CHECK_CONSTRAINT => {
                let expression = node.children().find_map(ast::Expr::cast).map(|expr| sql_of(expr.syntax()));
                if let Some(expression) = expression.filter(|expression| self.is_plain(node, expression)) {
                    table.checks.push(expression);
                }
            }
            SyntaxKind::REFERENCES_CONSTRAINT | SyntaxKind::FOREIGN_KEY_CONSTRAINT => {
                self.reference(node, column, table);
            }
            _ => self.left(node, None),
        }
    }

    fn default(&mut self, node: &SyntaxNode, column: Option<&EcoString>, table: &mut Table) {
        let Some(expression) = node.children().find_map(ast::Expr::cast).map(|expr| sql_of(expr.syntax())) else {
            return;
        };
        if expression.to_lowercase().starts_with("nextval(") {
            set_default(table, column, "GENERATED BY DEFAULT AS IDENTITY".into());
        } else if self.is_plain(node, &expression) {
            set_default(table, column, expression);
        }
    }

    fn reference(&mut self, node: &SyntaxNode, column: Option<&EcoString>, table: &mut Table) {
        let all = groups(node);
        let mut lists = all.into_iter();
        let columns = match column {
            Some(column) => vec![column.clone()],
            None => lists.next().unwrap_or_default(),
        };
        let targets = lists.next().unwrap_or_default();
        let strip = |names: Vec<EcoString>| names.into_iter().filter(|name| name != "tenant_id").collect::<Vec<_>>();
        let words: Vec<String> = words(node).collect();
        let other = node
            .descendants()
            .find(|inner| matches!(inner.kind(), SyntaxKind::TABLE_NAME_REF))
            .map(|inner| last_name(&inner))
            .unwrap_or_default();
        let action = words
            .windows(3)
            .find(|three| {
                three.first().is_some_and(|word| word == "ON") && three.get(1).is_some_and(|word| word == "DELETE")
            })
            .and_then(|three| three.get(2).cloned());
        let on_delete = match action.as_deref() {
            None | Some("NO") => None,
            Some("CASCADE") => Some("CASCADE".into()),
            Some("RESTRICT") => Some("RESTRICT".into()),
            Some(_) => {
                self.left(
                    node,
                    Some("ON DELETE SET would empty tenant_id too, and is not carried: use CASCADE or RESTRICT"),
                );
                None
            }
        };
        let span = (self.place)(node);
        table.references.push(Reference {
            columns: strip(columns),
            table: other,
            targets: strip(targets),
            on_delete,
            span,
        });
    }

    fn alter(&mut self, alter: &ast::AlterTable) {
        let Some(name) = alter.table_relation_name().map(|name| last_name(name.syntax())) else { return };
        let Some(place) = self.schema.tables.iter().position(|table| table.name == name) else {
            self.left(alter.syntax(), Some(&format!("there is no table `{name}` before this")));
            return;
        };
        let mut table = self.schema.tables.remove(place);
        for action in alter.actions() {
            match action {
                ast::AlterTableAction::AddConstraint(add) => {
                    for constraint in add.syntax().children() {
                        self.constraint(&constraint, None, &mut table);
                    }
                }
                // Who owns a table is decided by the build.
                ast::AlterTableAction::OwnerTo(_)
                | ast::AlterTableAction::EnableRls(_)
                | ast::AlterTableAction::ForceRls(_) => {}
                other => self.left(other.syntax(), None),
            }
        }
        self.schema.tables.insert(place, table);
    }

    fn index(&mut self, create: &ast::CreateIndex) {
        let node = create.syntax();
        let Some(name) = create.table_relation_name().map(|name| last_name(name.syntax())) else { return };
        let Some(place) = self.schema.tables.iter().position(|table| table.name == name) else {
            self.left(node, Some(&format!("there is no table `{name}` before this")));
            return;
        };
        let mut keys = Vec::new();
        for item in create.partition_item_list().into_iter().flat_map(|list| list.partition_items()) {
            let text = sql_of(item.syntax());
            let (column, largest_first) = match text.to_uppercase().strip_suffix(" DESC") {
                Some(rest) => (text.get(..rest.len()).unwrap_or_default().to_owned(), true),
                None => (text.to_string(), false),
            };
            if !column.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '"') {
                self.left(item.syntax(), Some("an index on an expression is not carried"));
                return;
            }
            keys.push((unquoted(&column), largest_first));
        }
        let condition = create
            .where_clause()
            .and_then(|clause| clause.syntax().children().find_map(ast::Expr::cast))
            .map(|expr| sql_of(expr.syntax()));
        if condition.as_ref().is_some_and(|condition| !self.is_plain(node, condition)) {
            return;
        }
        let method = create.using_method().map_or_else(
            || "btree".into(),
            |method| words(method.syntax()).last().map(|word| EcoString::from(word.to_lowercase())).unwrap_or_default(),
        );
        let own = create.index().map_or_else(|| "index".into(), |index| last_name(index.syntax()));
        let Some(table) = self.schema.tables.get_mut(place) else { return };
        let short = own.strip_prefix(&format!("{name}_")).map_or(own.as_str(), |rest| rest.trim_end_matches("_idx"));
        table.indexes.push(Index {
            name: short.into(),
            keys,
            unique: create.unique_token().is_some(),
            method,
            condition,
        });
    }

    /// A fragment goes into files that psql reads: what psql would take for its own is refused.
    fn is_plain(&mut self, node: &SyntaxNode, sql: &str) -> bool {
        let mut quoted = false;
        let mut before = [' ', ' '];
        let mut fault = sql.contains('\0');
        for c in sql.chars() {
            quoted ^= c == '\'';
            let variable =
                before == [before[0], ':'] && before[0] != ':' && (c.is_alphabetic() || matches!(c, '_' | '\'' | '"'));
            fault |= !quoted && (c == '\\' || variable);
            before = [before[1], c];
        }
        if fault {
            self.left(node, Some("psql would read this expression as its own variable or command; it is not carried"));
        }
        !fault
    }
}

fn require(table: &mut Table, name: &EcoString) {
    if let Some(column) = table.columns.iter_mut().find(|column| column.name == *name) {
        column.required = true;
    }
}

fn set_default(table: &mut Table, name: Option<&EcoString>, sql: EcoString) {
    if let Some(column) = table.columns.iter_mut().find(|column| Some(&column.name) == name) {
        column.default = Some(sql);
    }
}

/// The words of a node in upper case, without blanks and comments.
fn words(node: &SyntaxNode) -> impl Iterator<Item = String> {
    let tokens = node.descendants_with_tokens().filter_map(squawk_syntax::SyntaxElement::into_token);
    tokens.filter(|token| !is_blank(token.kind())).map(|token| token.text().to_uppercase())
}

/// The last name of a dotted one: `public.users` is `users`.
fn last_name(node: &SyntaxNode) -> EcoString {
    let text: String = node.text().to_string();
    unquoted(text.trim().rsplit('.').next().unwrap_or_default().trim())
}

/// A name as PostgreSQL takes it: quotes off, else lower case.
fn unquoted(name: &str) -> EcoString {
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\"").into(),
        None => name.to_lowercase().into(),
    }
}

/// Lists of names in parentheses, in order; lists that hold anything else are left out.
fn groups(node: &SyntaxNode) -> Vec<Vec<EcoString>> {
    let mut out = Vec::new();
    let mut open: Option<Vec<EcoString>> = None;
    for token in node.descendants_with_tokens().filter_map(squawk_syntax::SyntaxElement::into_token) {
        match token.kind() {
            SyntaxKind::L_PAREN => open = Some(Vec::new()),
            SyntaxKind::R_PAREN => out.extend(open.take()),
            kind if is_blank(kind) || kind == SyntaxKind::COMMA => {}
            _ => {
                if let Some(names) = &mut open {
                    names.push(unquoted(token.text()));
                }
            }
        }
    }
    out
}

/// A node's SQL with every run of blanks and comments between tokens as one space; strings stay as they are.
fn sql_of(node: &SyntaxNode) -> EcoString {
    let mut out = EcoString::new();
    let mut gap = false;
    for token in node.descendants_with_tokens().filter_map(squawk_syntax::SyntaxElement::into_token) {
        if is_blank(token.kind()) {
            gap = !out.is_empty();
        } else {
            if std::mem::take(&mut gap) {
                out.push(' ');
            }
            out.push_str(token.text());
        }
    }
    out
}
