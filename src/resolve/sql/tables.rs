//! Imported tables with their columns, indexes, partitions and counters.

use ecow::EcoString;
use squawk_syntax::ast::{self, AstNode as _};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::constraints::{identity, require, set_default};
use super::text::{child, holds, last_name, unquoted, words};
use super::{Counter, Importer};
use crate::diag::Code;
use crate::resolve::objects::DbKind;
use crate::resolve::schema::{Column, Index, IndexKey, Part, Partition, Table};

impl Importer<'_> {
    pub(super) fn table(&mut self, create: &ast::CreateTable) {
        let node = create.syntax();
        let Some(name) = create.table_name().map(|name| last_name(name.syntax())) else { return };
        let faults = [
            (create.inherits().is_some(), "inherits from another one"),
            (create.of_type().is_some(), "is made of a type"),
            (create.persistence().is_some(), "is unlogged or temporary, and would be empty after a crash"),
            (create.table_params().is_some(), "has storage parameters"),
            (create.tablespace_clause().is_some(), "lies in a tablespace of its own"),
        ];
        if let Some((_, why)) = faults.iter().find(|(is, _)| *is) {
            self.left(node, Some(&format!("table `{name}` {why}, which is not carried")));
            return;
        }
        let span = create.table_name().map_or_else(|| self.place(node), |name| self.place(name.syntax()));
        if let Some(of) = create.partition_of() {
            let parent = last_name(of.syntax());
            let bounds = create.partition_type().and_then(|bounds| self.sql(bounds.syntax()));
            if create.partition_by().is_some() {
                self.left(node, Some(&format!("partition `{name}` is partitioned itself, which is not carried")));
            } else if let Some(bounds) = bounds {
                self.part(node, &parent, Part { name, bounds, span });
            }
            return;
        }
        let mut table = Table { name, span, ..Table::default() };
        for argument in create.table_arg_list().into_iter().flat_map(|list| list.args()) {
            match argument {
                ast::TableArg::Column(column) => self.column(&column, &mut table),
                ast::TableArg::TableConstraint(constraint) => self.constraint(constraint.syntax(), None, &mut table),
                ast::TableArg::LikeClause(like) => {
                    self.left(like.syntax(), Some("LIKE is not carried: write the columns"));
                }
            }
        }
        if let Some(by) = create.partition_by() {
            table.partition = self.partition(&by);
        }
        self.schema.tables.push(table);
    }

    fn partition(&mut self, by: &ast::PartitionBy) -> Option<Partition> {
        let strategy = by.partition_strategy().map(|strategy| words(strategy.syntax()).collect::<String>())?;
        let mut columns = Vec::new();
        for item in by.partition_item_list().into_iter().flat_map(|list| list.partition_items()) {
            let all: Vec<SyntaxNode> = item.syntax().children().collect();
            match all.as_slice() {
                [only] if only.kind() == SyntaxKind::NAME_REF => columns.push(last_name(only)),
                _ => {
                    self.left(
                        item.syntax(),
                        Some("a table partitioned by an expression has no key that could hold it"),
                    );
                    return None;
                }
            }
        }
        Some(Partition { strategy: strategy.into(), columns, parts: Vec::new(), span: self.place(by.syntax()) })
    }

    fn part(&mut self, node: &SyntaxNode, parent: &EcoString, part: Part) {
        let table = self.schema.tables.iter_mut().find(|table| table.name == *parent);
        match table.and_then(|table| table.partition.as_mut()) {
            Some(partition) => partition.parts.push(part),
            None => self.left(node, Some(&format!("there is no partitioned table `{parent}` before this"))),
        }
    }

    fn column(&mut self, column: &ast::Column, table: &mut Table) {
        let Some(name) = column.name().map(|name| last_name(name.syntax())) else { return };
        let Some(mut ty) = column.ty().and_then(|ty| self.sql(ty.syntax())) else { return };
        let span = self.place(column.syntax());
        if name == "tenant_id" {
            table.has_tenant = true;
            if !ty.eq_ignore_ascii_case("uuid") {
                let told = Code::TenantColumn
                    .at(span, format!("tenant_id of `{}` is {ty}; a tenant's key is a uuid", table.name));
                self.diagnostics.push(told.help(
                    "make it `uuid`: text compares by collation, and numbers of tenants tell how many there are",
                ));
            }
            return;
        }
        let counts = match ty.to_lowercase().as_str() {
            "serial" | "serial4" => Some("integer"),
            "bigserial" | "serial8" => Some("bigint"),
            "smallserial" | "serial2" => Some("smallint"),
            _ => None,
        };
        if let Some(plain) = counts {
            ty = plain.into();
        }
        for clause in column.clauses() {
            match clause.syntax().kind() {
                SyntaxKind::COLLATE => {
                    if let Some(collation) = self.sql(clause.syntax()) {
                        ty = ecow::eco_format!("{ty} {collation}");
                    }
                }
                SyntaxKind::STORAGE | SyntaxKind::COMPRESSION_METHOD | SyntaxKind::WITH_OPTIONS => {
                    self.left(clause.syntax(), Some("how a column is stored is not carried"));
                }
                _ => {}
            }
        }
        table.columns.push(Column {
            name: name.clone(),
            ty,
            required: counts.is_some(),
            default: counts.map(|_| identity("BY DEFAULT", "")),
            classes: Vec::new(),
            doc: EcoString::new(),
            span,
        });
        for clause in column.clauses() {
            if let ast::ColumnClause::ColumnConstraint(constraint) = clause {
                self.constraint(constraint.syntax(), Some(&name), table);
            }
        }
    }

    pub(super) fn alter_table(&mut self, alter: &ast::AlterTable) {
        let Some(name) = alter.table_relation_name().map(|name| name_of(name.syntax())) else { return };
        let Some(at) = self.schema.tables.iter().position(|table| table.name == name) else {
            let known = self.counters.contains_key(&name)
                || self.schema.objects.iter().any(|object| object.name == name && object.kind != DbKind::Function)
                || self.is_part(&name);
            // A dump writes ALTER TABLE for owners of views and sequences, and gives each partition its parent's keys.
            if known && holds(alter.syntax(), SyntaxKind::OWNER_TO) {
                self.pass("owners", alter.syntax());
            } else if !(known && self.is_part(&name)) {
                self.left(alter.syntax(), Some(&format!("there is no table `{name}` before this")));
            }
            return;
        };
        let mut table = self.schema.tables.remove(at);
        for action in alter.actions() {
            match action {
                ast::AlterTableAction::AddConstraint(add) => {
                    for constraint in add.syntax().children() {
                        self.constraint(&constraint, None, &mut table);
                    }
                }
                ast::AlterTableAction::AlterColumn(column) => self.alter_column(&column, &mut table),
                ast::AlterTableAction::AttachPartition(attach) => self.attach(&attach, &mut table),
                ast::AlterTableAction::OwnerTo(owner) => self.pass("owners", owner.syntax()),
                // The build switches it on for every table.
                ast::AlterTableAction::EnableRls(_) | ast::AlterTableAction::ForceRls(_) => {}
                ast::AlterTableAction::ReplicaIdentity(identity) => self.pass("replica identities", identity.syntax()),
                ast::AlterTableAction::ValidateConstraint(_) => {}
                other => self.left(other.syntax(), None),
            }
        }
        self.schema.tables.insert(at.min(self.schema.tables.len()), table);
    }

    fn is_part(&self, name: &EcoString) -> bool {
        let partitions = self.schema.tables.iter().filter_map(|table| table.partition.as_ref());
        partitions.flat_map(|partition| &partition.parts).any(|part| part.name == *name)
    }

    /// A table that is attached becomes a partition; its columns are its parent's.
    fn attach(&mut self, attach: &ast::AttachPartition, table: &mut Table) {
        let node = attach.syntax();
        let Some(name) = attach.table_name_ref().map(|name| last_name(name.syntax())) else { return };
        let Some(bounds) = attach.partition_type().and_then(|bounds| self.sql(bounds.syntax())) else { return };
        let at = self.schema.tables.iter().position(|other| other.name == name);
        let whole = at.and_then(|at| self.schema.tables.get(at)).is_some_and(|other| other.partition.is_none());
        match (at, table.partition.as_mut()) {
            (Some(at), Some(partition)) if whole => {
                let part = self.schema.tables.remove(at);
                partition.parts.push(Part { name, bounds, span: part.span });
            }
            _ => self.left(node, Some(&format!("`{name}` is no plain table, or `{}` not partitioned", table.name))),
        }
    }

    fn alter_column(&mut self, alter: &ast::AlterColumn, table: &mut Table) {
        let node = alter.syntax();
        let Some(name) = alter.column_name_ref().map(|name| last_name(name.syntax())) else { return };
        if name == "tenant_id" {
            return;
        }
        match alter.option() {
            Some(ast::AlterColumnOption::AddGenerated(add)) => {
                let when = if holds(add.syntax(), SyntaxKind::GENERATED_ALWAYS) { "ALWAYS" } else { "BY DEFAULT" };
                let Some(options) = self.counter_options(add.syntax()) else { return };
                set_default(table, Some(&name), identity(when, &options));
                require(table, &name);
            }
            Some(ast::AlterColumnOption::SetDefault(set)) => {
                if let Some(expression) = set.syntax().children().find_map(ast::Expr::cast) {
                    self.default(expression.syntax(), Some(&name), table);
                }
            }
            Some(ast::AlterColumnOption::SetNotNull(_)) => require(table, &name),
            _ => self.left(node, None),
        }
    }

    pub(super) fn sequence(&mut self, create: &ast::CreateSequence) {
        let node = create.syntax();
        let Some(name) = create.sequence().map(|name| last_name(name.syntax())) else { return };
        let Some(options) = self.counter_options(node) else { return };
        let span = self.place(node);
        self.counters.insert(name, Counter { options, used: false, span });
    }

    /// `OWNED BY` says nothing that the column's default does not; anything else would be lost.
    pub(super) fn alter_sequence(&mut self, node: &SyntaxNode) {
        if holds(node, SyntaxKind::OWNER_TO) {
            self.pass("owners", node);
        } else if !holds(node, SyntaxKind::OPTION_OWNED_BY) {
            self.left(node, None);
        }
    }

    /// What a sequence says besides what every sequence does.
    fn counter_options(&mut self, node: &SyntaxNode) -> Option<EcoString> {
        const DEFAULTS: [&str; 5] = ["START WITH 1", "INCREMENT BY 1", "NO MINVALUE", "NO MAXVALUE", "CACHE 1"];
        const OPTIONS: [SyntaxKind; 9] = [
            SyntaxKind::OPTION_CACHE,
            SyntaxKind::OPTION_INCREMENT,
            SyntaxKind::OPTION_START,
            SyntaxKind::OPTION_MAX_VALUE,
            SyntaxKind::OPTION_MIN_VALUE,
            SyntaxKind::OPTION_NO_MAX_VALUE,
            SyntaxKind::OPTION_NO_MIN_VALUE,
            SyntaxKind::OPTION_NO_CYCLE,
            SyntaxKind::OPTION_CYCLE,
        ];
        let mut all = Vec::new();
        for option in node.descendants().filter(|inner| OPTIONS.contains(&inner.kind())) {
            let text = self.sql(&option)?.to_uppercase();
            if !DEFAULTS.contains(&text.as_str()) && text != "NO CYCLE" {
                all.push(text);
            }
        }
        Some(all.join(" ").into())
    }

    pub(super) fn index(&mut self, create: &ast::CreateIndex) {
        let node = create.syntax();
        let Some(name) = create.table_relation_name().map(|name| name_of(name.syntax())) else { return };
        if self.is_part(&name) {
            return;
        }
        let Some(at) = self.schema.tables.iter().position(|table| table.name == name) else {
            self.left(node, Some(&format!("there is no table `{name}` before this")));
            return;
        };
        for (kind, why) in [
            (SyntaxKind::NULLS_NOT_DISTINCT, "NULLS NOT DISTINCT is not carried: PostgreSQL 14 does not know it"),
            (SyntaxKind::WITH_PARAMS, "storage parameters of an index are not carried"),
            (SyntaxKind::TABLESPACE_CLAUSE, "the tablespace of an index is not carried"),
        ] {
            if child(node, kind).is_some() {
                self.left(node, Some(why));
                return;
            }
        }
        let mut keys = Vec::new();
        for item in create.partition_item_list().into_iter().flat_map(|list| list.partition_items()) {
            let Some(key) = self.index_key(item.syntax()) else { return };
            keys.push(key);
        }
        let mut include = Vec::new();
        for item in create.index_include_clause().into_iter().flat_map(|clause| {
            clause.syntax().descendants().filter(|inner| inner.kind() == SyntaxKind::PARTITION_ITEM).collect::<Vec<_>>()
        }) {
            include.push(last_name(&item));
        }
        let expression = create
            .where_clause()
            .and_then(|clause| clause.syntax().children().find_map(ast::Expr::cast))
            .map(|expression| self.sql(expression.syntax()));
        let condition = match expression {
            Some(None) => return,
            Some(text) => text,
            None => None,
        };
        let method = create.using_method().map_or_else(
            || "btree".into(),
            |method| words(method.syntax()).last().map(|word| EcoString::from(word.to_lowercase())).unwrap_or_default(),
        );
        let own = create.index().map_or_else(|| "index".into(), |index| last_name(index.syntax()));
        let span = self.place(node);
        let unique = create.unique_token().is_some();
        let Some(table) = self.schema.tables.get_mut(at) else { return };
        if unique && !keys.iter().any(|key| key.column == "tenant_id") {
            table.widened.push(crate::resolve::schema::Widened {
                what: ecow::eco_format!("UNIQUE INDEX {own}"),
                columns: keys.iter().map(|key| key.column.clone()).collect(),
                table: None,
                span,
            });
        }
        let short = own.strip_prefix(&format!("{name}_")).map_or(own.as_str(), |rest| rest.trim_end_matches("_idx"));
        table.indexes.push(Index { name: short.into(), keys, include, unique, method, condition, span });
    }

    /// A column, or an expression, with what stands behind it.
    fn index_key(&mut self, item: &SyntaxNode) -> Option<IndexKey> {
        let first = item.children().next()?;
        let text = self.sql(&first)?;
        let rest: Vec<Option<EcoString>> = item.children().skip(1).map(|part| self.sql(&part)).collect();
        let rest: Option<Vec<EcoString>> = rest.into_iter().collect();
        let mut rest = rest?.join(" ").replace("ASC", "");
        if !rest.is_empty() && !rest.starts_with(' ') {
            rest.insert(0, ' ');
        }
        let rest = EcoString::from(rest.trim_end());
        Some(if first.kind() == SyntaxKind::NAME_REF {
            IndexKey { column: unquoted(&text), expression: EcoString::new(), rest }
        } else {
            let whole = if first.kind() == SyntaxKind::PAREN_EXPR || first.kind() == SyntaxKind::CALL_EXPR {
                text
            } else {
                ecow::eco_format!("({text})")
            };
            IndexKey { column: EcoString::new(), expression: whole, rest }
        })
    }
}

/// The table in `ONLY public.users`.
fn name_of(node: &SyntaxNode) -> EcoString {
    let table = node.descendants().find(|inner| inner.kind() == SyntaxKind::TABLE_NAME_REF);
    last_name(table.as_ref().unwrap_or(node))
}
