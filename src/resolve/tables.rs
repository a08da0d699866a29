//! `schema` blocks → [`Schema`]s: tables, columns, references, indexes and partitions, each told where it is wrong by itself.

use super::Names;
use super::column_types::column_type;
use super::kinds::{Facts, literal};
use super::marks::{self};
use super::schema::{Column, Index, IndexKey, Part, Partition, Reference, Schema, Table};
use super::typed::Value;
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::parse::ast::{Block, Expr, Field, Item, Name, Node, Unary};
use crate::quoting;
use crate::source::Span;
use ecow::{EcoString, eco_format};

/// Reads a `schema` block.
pub fn read(block: &Block, names: &Names, diagnostics: &mut Vec<Diagnostic>) -> Schema {
    let mut schema = Schema::empty(block.name().map_or("", |name| name.text.as_str()));
    schema.doc = block.doc.text.clone();
    schema.span = block.head;
    for item in block.items() {
        match item {
            Item::Import(path) => schema.imports.push(path.clone()),
            Item::Block(inner) => {
                let words: Vec<&str> = inner.words.iter().map(|word| word.text.as_str()).collect();
                match words.as_slice() {
                    ["table", _] => schema.tables.push(TableReader { names, diagnostics }.table(inner, false)),
                    ["shared", "table", _] => schema.tables.push(TableReader { names, diagnostics }.table(inner, true)),
                    _ => diagnostics.push(
                        Code::UnknownKind.at(inner.head, format!("a schema has no block `{}`", inner.kind())).help(
                            "a schema holds `table NAME { … }`, `shared table NAME { … }` and `import \"file.sql\"`",
                        ),
                    ),
                }
            }
            Item::Attribute(attribute) => marks::read(attribute, names, &mut schema, diagnostics),
            _ => diagnostics.push(Code::Misplaced.at(block.head, "a schema holds tables and imports")),
        }
    }
    schema
}

struct TableReader<'a> {
    names: &'a Names,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl TableReader<'_> {
    fn table(&mut self, block: &Block, shared: bool) -> Table {
        let mut table = Table {
            name: block.name().map(|name| name.text.clone()).unwrap_or_default(),
            shared,
            doc: block.doc.text.clone(),
            span: block.head,
            ..Table::default()
        };
        for item in block.items() {
            match item {
                Item::Field(field) => self.column(field, &mut table),
                Item::Block(inner) if inner.kind() == "index" && inner.words.len() == 2 => {
                    table.indexes.extend(self.index(inner));
                }
                Item::Block(inner) if inner.kind() == "retention" && inner.words.len() == 1 => self.retention(inner, &mut table),
                Item::Block(inner) if inner.kind() == "partition" && inner.words.len() == 1 => self.partition(inner, &mut table),
                Item::Block(inner) => self.diagnostics.push(
                    Code::UnknownKind
                        .at(inner.head, format!("a table has no block `{}`", inner.kind()))
                        .help("a table holds columns (`name: type`), `index NAME { keys = [a, b] }`, `retention { keep = 3y  from = column }` and `partition { hash = 16 }`"),
                ),
                Item::Attribute(attribute) if attribute.name.text == "subject" => match literal(&attribute.value) {
                    Some(Value::Word(column)) => table.subject = Some(column),
                    _ => self
                        .diagnostics
                        .push(Code::TypeMismatch.at(attribute.value.span, "`subject` is a column of this table")),
                },
                Item::Attribute(attribute) => self.diagnostics.push(
                    Code::UnknownAttribute
                        .at(attribute.name.span, format!("a table has no `{}`", attribute.name.text))
                        .help(match attribute.name.text.as_str() {
                            word @ ("primary" | "unique" | "required") => {
                                format!("a column's words stand behind its default: `at: timestamptz = now {word}`")
                            }
                            other => format!("a column is written with a colon: `{other}: text`"),
                        }),
                ),
                _ => self.diagnostics.push(Code::Misplaced.at(block.head, "a table holds columns and indexes")),
            }
        }
        self.whole(&mut table);
        table
    }

    /// `partition { hash = 16 }`: tenants are spread over so many tables of equal shape.
    fn partition(&mut self, block: &Block, table: &mut Table) {
        let count = Facts::of(block.items()).expr("hash").and_then(literal);
        let Some(Value::Int(count @ 2..=64)) = count else {
            self.diagnostics.push(
                Code::MissingAttribute
                    .at(block.head, "a partition says over how many tables tenants are spread, from 2 to 64")
                    .help("write `partition { hash = 16 }`"),
            );
            return;
        };
        if table.shared {
            let message = format!("`{}` is shared by all tenants, so it is not spread by tenant", table.name);
            self.diagnostics.push(Code::PartitionKey.at(block.head, message).help("leave the partition out"));
            return;
        }
        let part = |place: i64| Part {
            name: eco_format!("{}_part_{place}", table.name),
            bounds: eco_format!("FOR VALUES WITH (MODULUS {count}, REMAINDER {place})"),
            span: block.head,
        };
        let parts = (0..count).map(part).collect();
        table.partition =
            Some(Partition { strategy: "HASH".into(), columns: vec!["tenant_id".into()], parts, span: block.head });
    }

    /// `retention { keep = 3y  from = created_at }`
    fn retention(&mut self, block: &Block, table: &mut Table) {
        let facts = Facts::of(block.items());
        let from = facts.word("from");
        let keep = facts.expr("keep").map(literal);
        let Some(Some(Value::Duration(micros))) = keep else {
            self.diagnostics.push(
                Code::MissingAttribute
                    .at(block.head, "a retention says how long rows are kept")
                    .help("write `retention { keep = 3y  from = created_at }`"),
            );
            return;
        };
        match table.columns.iter().find(|column| column.name == from) {
            Some(column) if column.ty.starts_with("timestamp") || column.ty == "date" => {
                table.retention = Some((micros / 1_000_000, from));
            }
            Some(column) => self.diagnostics.push(
                Code::TypeMismatch
                    .at(block.head, format!("`{from}` is {}, not a time", column.ty))
                    .help("keep rows from a column of type `timestamptz` or `date`"),
            ),
            None => {
                let near = did_you_mean(&from, table.columns.iter().map(|column| column.name.as_str()));
                self.diagnostics.push(
                    Code::UnknownReference
                        .at(block.head, format!("`{}` has no column `{from}`", table.name))
                        .maybe_help(
                            near.or_else(|| {
                                Some("write the retention behind the column that it counts from".to_owned())
                            }),
                        ),
                );
            }
        }
    }

    /// Keys and columns that the parts name must be there.
    fn whole(&mut self, table: &mut Table) {
        let mut seen: std::collections::HashMap<EcoString, Span> = std::collections::HashMap::new();
        for column in &table.columns {
            if let Some(first) = seen.insert(column.name.clone(), column.span) {
                self.diagnostics.push(
                    Code::DuplicateName
                        .at(column.span, format!("there are two columns `{}`", column.name))
                        .and(first, "first here"),
                );
            }
        }
        if table.primary.is_empty() {
            self.diagnostics.push(
                Code::MissingAttribute
                    .at(table.span, format!("table `{}` has no primary key", table.name))
                    .help("add one: `id: uuid primary`"),
            );
        }
        let known = |name: &EcoString| table.columns.iter().any(|column| column.name == *name) || name == "tenant_id";
        for index in &table.indexes {
            for key in index.keys.iter().map(|key| &key.column).filter(|column| !column.is_empty()) {
                if !known(key) {
                    let near = did_you_mean(key, table.columns.iter().map(|column| column.name.as_str()));
                    self.diagnostics.push(
                        Code::UnknownReference
                            .at(
                                table.span,
                                format!("index `{}` names a column `{key}` that `{}` has not", index.name, table.name),
                            )
                            .maybe_help(near),
                    );
                }
            }
        }
        if let Some(subject) = &table.subject
            && !known(subject)
        {
            self.diagnostics
                .push(Code::UnknownReference.at(table.span, format!("`{}` has no column `{subject}`", table.name)));
        }
    }

    fn column(&mut self, field: &Field, table: &mut Table) {
        if field.name.text == "tenant_id" {
            self.diagnostics.push(
                Code::TenantColumn
                    .at(field.name.span, "`tenant_id` is there by itself")
                    .help("remove this line; a table that all tenants share is written `shared table`"),
            );
            return;
        }
        let ty = match column_type(&field.ty) {
            Ok(ty) => ty,
            Err(told) => {
                self.diagnostics.push(told);
                "text".into()
            }
        };
        let name = field.name.text.clone();
        let mut column = Column {
            name: name.clone(),
            ty,
            required: false,
            default: None,
            classes: Vec::new(),
            doc: field.doc.text.clone(),
            span: field.name.span,
        };
        let mut words = field.words.iter();
        while let Some(word) = words.next() {
            match word.text.as_str() {
                "primary" => {
                    table.primary.push(name.clone());
                    column.required = true;
                }
                "unique" => table.uniques.push(vec![name.clone()]),
                "required" => column.required = true,
                "references" => match words.next() {
                    Some(target) => table.references.push(self.reference(field, target)),
                    None => self.diagnostics.push(
                        Code::Syntax.at(word.span, "`references` wants a table").help("write `references users`"),
                    ),
                },
                class if self.names.object("class", class).is_some() => column.classes.push(class.into()),
                // What follows is the block's own.
                block @ ("index" | "partition" | "retention") => {
                    let told = Code::UnknownChoice.at(word.span, format!("`{block}` stands on a column's line"));
                    self.diagnostics.push(told.help(format!("begin a new line before `{block}`")));
                    break;
                }
                other => self.unknown_word(word, other),
            }
        }
        column.default = match &field.value {
            Some(value) => self.default(value),
            None if column.ty == "uuid" && table.primary.contains(&name) && !table.shared => {
                Some("gen_random_uuid()".into())
            }
            None => None,
        };
        table.columns.push(column);
    }

    fn unknown_word(&mut self, word: &Name, text: &str) {
        let classes = self.names.all("class");
        let known =
            ["primary", "unique", "required", "references"].into_iter().chain(classes.iter().map(EcoString::as_str));
        let near = did_you_mean(text, known);
        let hint = near.unwrap_or_else(|| "a column's words are `primary`, `unique`, `required`, `references TABLE` and classes such as `personal`".into());
        self.diagnostics.push(Code::UnknownChoice.at(word.span, format!("a column can't be `{text}`")).help(hint));
    }

    fn reference(&mut self, field: &Field, target: &Name) -> Reference {
        let facts = Facts::of(field.body.as_deref().unwrap_or_default());
        let on_delete = match facts.word("on_delete").as_str() {
            "" => None,
            "cascade" => Some("CASCADE".into()),
            "restrict" => Some("RESTRICT".into()),
            // SET NULL of a composite key would empty tenant_id too; PostgreSQL 15 can name the columns, 14 can't.
            other => {
                let span = facts.expr("on_delete").map_or(field.span, |value| value.span);
                self.diagnostics.push(
                    Code::UnknownChoice
                        .at(span, format!("`{other}` can't be done to a tenant's row"))
                        .help("use `cascade` or `restrict`"),
                );
                None
            }
        };
        let span = target.span;
        Reference {
            columns: vec![field.name.text.clone()],
            table: target.text.clone(),
            targets: Vec::new(),
            on_delete,
            span,
        }
    }

    /// A default as SQL: a literal, `now` or `uuid`.
    fn default(&mut self, value: &Expr) -> Option<EcoString> {
        let sql = match literal(value) {
            Some(Value::Word(word)) if word == "now" => Some("now()".into()),
            Some(Value::Word(word)) if word == "uuid" => Some("gen_random_uuid()".into()),
            Some(Value::Text(text)) if !text.contains('\0') => Some(quoting::text(&text)),
            Some(Value::Int(number)) => Some(eco_format!("{number}")),
            Some(Value::Number(number)) => Some(eco_format!("{number}")),
            Some(Value::Bool(value)) => Some(eco_format!("{value}")),
            Some(Value::Date(..)) => literal(value).map(|date| eco_format!("'{date}'")),
            _ => None,
        };
        if sql.is_none() {
            self.diagnostics
                .push(Code::TypeMismatch.at(value.span, "a column's default is a literal, `now` or `uuid`"));
        }
        sql
    }

    fn index(&mut self, block: &Block) -> Option<Index> {
        let facts = Facts::of(block.items());
        let name = block.name()?.text.clone();
        let Some(Node::List(elements)) = facts.expr("keys").map(|expr| &expr.node) else {
            self.diagnostics.push(
                Code::MissingAttribute
                    .at(block.head, format!("index `{name}` has no keys"))
                    .help("write `keys = [a, -b]`"),
            );
            return None;
        };
        let mut keys = Vec::new();
        for element in elements {
            match &element.node {
                Node::Name(column) => keys.push(IndexKey::of(column, "")),
                Node::Unary(Unary::Minus, inner) if matches!(inner.node, Node::Name(_)) => {
                    if let Node::Name(column) = &inner.node {
                        keys.push(IndexKey::of(column, " DESC"));
                    }
                }
                _ => self
                    .diagnostics
                    .push(Code::TypeMismatch.at(element.span, "a key is a column, or `-column` for the largest first")),
            }
        }
        let method = match facts.word("method").as_str() {
            "" => "btree".into(),
            known @ ("btree" | "hash" | "gin" | "gist" | "brin" | "spgist") => known.into(),
            other => {
                self.diagnostics.push(
                    Code::UnknownChoice
                        .at(block.head, format!("there is no index method `{other}`"))
                        .help("use btree, hash, gin, gist, brin or spgist"),
                );
                "btree".into()
            }
        };
        let unique = facts.word("unique") == "true";
        Some(Index { name, keys, include: Vec::new(), unique, method, condition: None, span: block.head })
    }
}
