//! `grant … on table where …` → the rows a role may see, as SQL of one row of the table.
//!
//! A rule reads columns of the row, columns of what the row refers to (`owner.country`), and what the application says
//! of its user (`user.countries` is the session's `app.user_countries`, texts between commas). What is not said is
//! NULL, and NULL lets nothing through. Columns behind a reference are read as the role itself: it must be granted them.

use ecow::{EcoString, eco_format};

use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::model::SqlPart;
use crate::parse::ast::{Binary, Expr, Name, Node, Part, Unary};
use crate::parse::quantity::Literal;
use crate::quoting;
use crate::resolve::{Column, Table};
use crate::source::Span;

/// A rule, compiled.
#[derive(Debug, Default)]
pub struct Condition {
    /// Its SQL.
    pub sql: Vec<SqlPart>,
    /// Columns of other tables that it reads: table, column, where it says so.
    pub reads: Vec<(EcoString, EcoString, Span)>,
}

/// Compiles a rule about a row of `table`. `None` after telling why not.
pub fn compile(expr: &Expr, table: &Table, tables: &[&Table], diagnostics: &mut Vec<Diagnostic>) -> Option<Condition> {
    let mut reader = Reader { table, tables, reads: Vec::new(), aliases: 0, diagnostics };
    let sql = reader.truth(expr)?;
    Some(Condition { sql: joined(sql), reads: reader.reads })
}

/// What an operand is: its SQL and its type.
struct Operand {
    sql: Vec<SqlPart>,
    /// As PostgreSQL calls it.
    ty: EcoString,
}

/// Kinds of types that can be compared with each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Number,
    Truth,
    Time,
    /// Compared with its own kind only.
    Other,
}

struct Reader<'a> {
    table: &'a Table,
    tables: &'a [&'a Table],
    reads: Vec<(EcoString, EcoString, Span)>,
    aliases: usize,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn tell<T>(&mut self, told: Diagnostic) -> Option<T> {
        self.diagnostics.push(told);
        None
    }

    /// Something that is true or false of the row.
    fn truth(&mut self, expr: &Expr) -> Option<Vec<SqlPart>> {
        match &expr.node {
            Node::Binary(sign @ (Binary::And | Binary::Or), left, right) => {
                let (left, right) = (self.truth(left), self.truth(right));
                let word = if *sign == Binary::And { " AND " } else { " OR " };
                Some(chain([text("("), left?, text(word), right?, text(")")]))
            }
            Node::Unary(Unary::Not, inner) => Some(chain([text("NOT ("), self.truth(inner)?, text(")")])),
            Node::Binary(Binary::In, left, right) => self.one_of(left, right),
            Node::Binary(sign, left, right) => {
                let word = match sign {
                    Binary::Equal => " = ",
                    Binary::Unequal => " <> ",
                    Binary::Less => " < ",
                    Binary::AtMost => " <= ",
                    Binary::More => " > ",
                    Binary::AtLeast => " >= ",
                    _ => return self.unknown(expr),
                };
                let (left, right) = self.pair(left, right)?;
                Some(chain([left, text(word), right]))
            }
            Node::Name(_) | Node::Path(..) => {
                let operand = self.operand(expr, Some("boolean"))?;
                if family(&operand.ty) == Family::Truth {
                    return Some(operand.sql);
                }
                self.tell(
                    Code::TypeMismatch
                        .at(expr.span, format!("expected true or false, found {}", operand.ty))
                        .help("compare it with something: `country == \"fr\"`"),
                )
            }
            _ => self.unknown(expr),
        }
    }

    fn unknown<T>(&mut self, expr: &Expr) -> Option<T> {
        self.tell(
            Code::TypeMismatch
                .at(expr.span, "a grant can't ask this of a row")
                .help("compare columns with texts, numbers, columns or `user.NAME`, and join with `and`, `or`, `not`"),
        )
    }

    /// Both sides of a comparison; each gives the other its type.
    fn pair(&mut self, left: &Expr, right: &Expr) -> Option<(Vec<SqlPart>, Vec<SqlPart>)> {
        let (first, second, turned) = if needs_type(left) { (right, left, true) } else { (left, right, false) };
        let first_operand = self.operand(first, None)?;
        let second_operand = self.operand(second, Some(&first_operand.ty))?;
        self.alike(&first_operand.ty, &second_operand.ty, second.span)?;
        Some(if turned { (second_operand.sql, first_operand.sql) } else { (first_operand.sql, second_operand.sql) })
    }

    fn alike(&mut self, wanted: &str, found: &str, span: Span) -> Option<()> {
        let both = (family(wanted), family(found));
        if both.0 == both.1 && (both.0 != Family::Other || wanted == found) {
            return Some(());
        }
        self.tell(Code::TypeMismatch.at(span, format!("{wanted} can't be compared with {found}")))
    }

    /// `country in user.countries`, `state in ["new", "open"]`, `"rock" in tags`.
    fn one_of(&mut self, left: &Expr, right: &Expr) -> Option<Vec<SqlPart>> {
        if let Node::List(values) = &right.node {
            let own = self.operand(left, None)?;
            let mut parts = chain([own.sql, text(" IN (")]);
            for (index, value) in values.iter().enumerate() {
                let one = self.operand(value, Some(&own.ty))?;
                self.alike(&own.ty, &one.ty, value.span)?;
                if index > 0 {
                    parts.extend(text(", "));
                }
                parts.extend(one.sql);
            }
            if values.is_empty() {
                return self.tell(
                    Code::TypeMismatch.at(right.span, "nothing is in an empty list").help("name at least one value"),
                );
            }
            parts.extend(text(")"));
            return Some(parts);
        }
        if let Some(name) = attribute(right) {
            let own = self.operand(left, None)?;
            let list =
                eco_format!(" = ANY ((SELECT pg_catalog.string_to_array({}, ','))::{}[])", setting(&name.text), own.ty);
            return Some(chain([own.sql, vec![SqlPart::Sql(list)]]));
        }
        let list = self.operand(right, None)?;
        let Some(element) = list.ty.strip_suffix("[]").map(EcoString::from) else {
            return self.tell(
                Code::TypeMismatch
                    .at(right.span, format!("expected a list, found {}", list.ty))
                    .help("a list is written in brackets: `[\"a\", \"b\"]`"),
            );
        };
        let own = self.operand(left, Some(&element))?;
        self.alike(&element, &own.ty, left.span)?;
        Some(chain([own.sql, text(" = ANY ("), list.sql, text(")")]))
    }

    fn operand(&mut self, expr: &Expr, wanted: Option<&str>) -> Option<Operand> {
        let plain = |sql: EcoString, ty: &str| Some(Operand { sql: vec![SqlPart::Sql(sql)], ty: ty.into() });
        match &expr.node {
            Node::Literal(Literal::Int(value)) => plain(eco_format!("{value}"), "bigint"),
            Node::Literal(Literal::Number(value)) => plain(eco_format!("{value}"), "numeric"),
            Node::Literal(Literal::Bool(value)) => plain(if *value { "TRUE" } else { "FALSE" }.into(), "boolean"),
            Node::Literal(Literal::Date(year, month, day)) => {
                plain(eco_format!("DATE '{year:04}-{month:02}-{day:02}'"), "date")
            }
            Node::Text(parts) => {
                let letters = match parts.as_slice() {
                    [] => EcoString::new(),
                    [Part::Letters(letters)] => letters.clone(),
                    _ => return self.unknown(expr),
                };
                let literal = quoting::text(&letters);
                match wanted {
                    // A text stands for a value of the other side's type, as it does in SQL.
                    Some(ty) if !ty.ends_with("[]") && !matches!(family(ty), Family::Number | Family::Truth) => {
                        plain(literal, ty)
                    }
                    _ => plain(literal, "text"),
                }
            }
            Node::Name(word) => {
                let column = self.column(self.table, word, expr.span)?;
                let sql = eco_format!("{}.{}", quoting::name(&self.table.name), quoting::name(&column.name));
                plain(sql, &column.ty.clone())
            }
            Node::Path(..) => {
                if let Some(name) = attribute(expr) {
                    let ty = wanted.unwrap_or("text");
                    let sql = eco_format!("(SELECT {}::{ty})", setting(&name.text));
                    return plain(sql, ty);
                }
                self.behind(expr)
            }
            _ => self.unknown(expr),
        }
    }

    fn column<'t>(&mut self, table: &'t Table, word: &str, span: Span) -> Option<&'t Column> {
        let found = table.columns.iter().find(|column| column.name == word);
        if found.is_none() {
            let near = did_you_mean(word, table.columns.iter().map(|column| column.name.as_str()));
            let text = format!("a text stands in quotes: `\"{word}\"`");
            self.diagnostics.push(
                Code::UnknownReference
                    .at(span, format!("`{}` has no column `{word}`", table.name))
                    .help(near.unwrap_or(text)),
            );
        }
        found
    }

    /// `owner.country`: a column of the row that a reference leads to.
    fn behind(&mut self, expr: &Expr) -> Option<Operand> {
        let mut names: Vec<(&str, Span)> = Vec::new();
        let mut at = expr;
        while let Node::Path(inner, name) = &at.node {
            names.push((name.text.as_str(), name.span));
            at = inner;
        }
        let Node::Name(first) = &at.node else { return self.unknown(expr) };
        names.push((first.as_str(), at.span));
        names.reverse();
        let (last, steps) = names.split_last()?;
        let tables = self.tables;
        let mut from: &Table = self.table;
        let mut alias = quoting::name(&from.name);
        let mut parts = Vec::new();
        for (name, span) in steps {
            let column = self.column(from, name, *span)?.name.clone();
            let Some(reference) = from.references.iter().find(|reference| reference.columns == [column.clone()]) else {
                return self.tell(
                    Code::UnknownReference
                        .at(*span, format!("`{}.{column}` refers to no table", from.name))
                        .help("only a column with `references` leads to another table"),
                );
            };
            // A reference to a table that is not there was told where it stands.
            let target = tables.iter().find(|table| table.name == reference.table)?;
            let keys = if reference.targets.is_empty() { &target.primary } else { &reference.targets };
            let Some(key) = keys.iter().find(|key| *key != "tenant_id") else { return self.unknown(expr) };
            self.aliases += 1;
            let next = eco_format!("r{}", self.aliases);
            let tenant = if target.shared || from.shared {
                EcoString::new()
            } else {
                eco_format!("{next}.tenant_id = {alias}.tenant_id AND ")
            };
            // The row's own key reads nothing that the row does not hold already, but the role must be let to it.
            self.reads.push((target.name.clone(), key.clone(), *span));
            parts.push((
                target.name.clone(),
                target.shared,
                next.clone(),
                eco_format!("{tenant}{next}.{} = {alias}.{}", quoting::name(key), quoting::name(&column)),
            ));
            (from, alias) = (target, next);
        }
        let column = self.column(from, last.0, last.1)?;
        self.reads.push((from.name.clone(), column.name.clone(), last.1));
        let mut sql = text("(SELECT ");
        sql.extend(text(&format!("{alias}.{} FROM ", quoting::name(&column.name))));
        let mut conditions = Vec::new();
        for (index, (table, shared, alias, on)) in parts.into_iter().enumerate() {
            if index > 0 {
                sql.extend(text(", "));
            }
            sql.push(SqlPart::Table { name: table, shared });
            sql.extend(text(&format!(" AS {alias}")));
            conditions.push(on);
        }
        sql.extend(text(&format!(" WHERE {})", conditions.join(" AND "))));
        Some(Operand { sql, ty: column.ty.clone() })
    }
}

/// `user.NAME`: what the application says of who asks.
fn attribute(expr: &Expr) -> Option<&Name> {
    match &expr.node {
        Node::Path(inner, name) if matches!(&inner.node, Node::Name(word) if word == "user") => Some(name),
        _ => None,
    }
}

/// An operand whose type follows from the other side.
fn needs_type(expr: &Expr) -> bool {
    attribute(expr).is_some() || matches!(expr.node, Node::Text(_))
}

/// A setting of the session; nothing where it is not set.
fn setting(name: &str) -> EcoString {
    let name = quoting::text(&format!("app.user_{}", name.replace('-', "_")));
    eco_format!("nullif(pg_catalog.current_setting({name}, TRUE), '')")
}

fn family(ty: &str) -> Family {
    if ty.ends_with("[]") {
        return Family::Other;
    }
    match ty.split('(').next().unwrap_or(ty).trim() {
        "text" | "varchar" | "char" | "citext" | "character varying" | "character" | "bpchar" | "name" => Family::Text,
        "smallint" | "int2" | "int" | "integer" | "int4" | "bigint" | "int8" | "numeric" | "decimal" | "real"
        | "float4" | "float8" | "double precision" | "smallserial" | "serial" | "bigserial" => Family::Number,
        "bool" | "boolean" => Family::Truth,
        "date" | "timestamp" | "timestamptz" => Family::Time,
        _ => Family::Other,
    }
}

fn text(sql: &str) -> Vec<SqlPart> {
    vec![SqlPart::Sql(sql.into())]
}

fn chain<const N: usize>(parts: [Vec<SqlPart>; N]) -> Vec<SqlPart> {
    parts.into_iter().flatten().collect()
}

/// Neighbouring pieces of SQL as one.
fn joined(parts: Vec<SqlPart>) -> Vec<SqlPart> {
    let mut out: Vec<SqlPart> = Vec::new();
    for part in parts {
        match (out.last_mut(), part) {
            (Some(SqlPart::Sql(before)), SqlPart::Sql(more)) => before.push_str(&more),
            (_, part) => out.push(part),
        }
    }
    out
}
