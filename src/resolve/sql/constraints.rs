//! Keys, references, conditions and defaults of an imported table.
//!
//! A form that means more than its columns (INCLUDE, DEFERRABLE, NULLS NOT DISTINCT, MATCH FULL, ON UPDATE) is told and
//! left: carried without it, the constraint would be another one.

use ecow::EcoString;
use squawk_syntax::ast::{self, AstNode as _};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::text::{child, columns, holds, last_name, words};
use super::{Importer, named};
use crate::resolve::schema::{Reference, Table, Widened};

/// Parts of a constraint that would be lost, and what to say.
const MORE: [(SyntaxKind, &str); 6] = [
    (SyntaxKind::CONSTRAINT_INCLUDE_CLAUSE, "INCLUDE in a constraint is not carried: make an index with INCLUDE"),
    (SyntaxKind::NULLS_NOT_DISTINCT, "NULLS NOT DISTINCT is not carried: PostgreSQL 14 does not know it"),
    (SyntaxKind::DEFERRABLE_CONSTRAINT_OPTION, "a deferrable constraint is not carried"),
    (SyntaxKind::INITIALLY_DEFERRED_CONSTRAINT_OPTION, "a deferred constraint is not carried"),
    (
        SyntaxKind::MATCH_FULL,
        "MATCH FULL is not carried: with tenant_id in the key it would refuse every empty reference",
    ),
    (SyntaxKind::WITH_PARAMS, "storage parameters of a constraint are not carried"),
];

impl Importer<'_> {
    /// A constraint of a column, or of the table when `column` is none.
    pub(super) fn constraint(&mut self, node: &SyntaxNode, column: Option<&EcoString>, table: &mut Table) {
        if let Some((_, why)) = MORE.iter().find(|(kind, _)| holds(node, *kind)) {
            self.left(node, Some(why));
            return;
        }
        match node.kind() {
            SyntaxKind::PRIMARY_KEY_CONSTRAINT => {
                table.primary = self.key(node, column, table);
                for name in table.primary.clone() {
                    require(table, &name);
                }
            }
            SyntaxKind::UNIQUE_CONSTRAINT => {
                let key = self.key(node, column, table);
                if key.is_empty() {
                    self.left(
                        node,
                        Some("a unique key of tenant_id alone allows one row a tenant, and is not carried"),
                    );
                } else {
                    table.uniques.push(key);
                }
            }
            SyntaxKind::NOT_NULL_CONSTRAINT => {
                let listed = child(node, SyntaxKind::COLUMN_NAME_REF).map(|name| last_name(&name));
                if let Some(name) = column.cloned().or(listed) {
                    require(table, &name);
                }
            }
            SyntaxKind::NULL_CONSTRAINT => {}
            SyntaxKind::DEFAULT_CONSTRAINT => {
                if let Some(expression) = node.children().find_map(ast::Expr::cast) {
                    self.default(expression.syntax(), column, table);
                }
            }
            SyntaxKind::GENERATED_CONSTRAINT => {
                if let Some(text) = self.sql(node) {
                    let clause =
                        text.to_uppercase().find("GENERATED").and_then(|at| text.get(at..)).unwrap_or_default();
                    // The word decides whether it is a default, so it is written one way.
                    set_default(table, column, clause.replacen("generated ", "GENERATED ", 1).into());
                }
            }
            SyntaxKind::CHECK_CONSTRAINT => {
                let expression = node.children().find_map(ast::Expr::cast);
                if let Some(text) = expression.and_then(|expression| self.sql(expression.syntax())) {
                    table.checks.push(bare(&text));
                }
            }
            SyntaxKind::REFERENCES_CONSTRAINT | SyntaxKind::FOREIGN_KEY_CONSTRAINT => {
                self.reference(node, column, table);
            }
            _ => self.left(node, None),
        }
    }

    /// A key's columns without `tenant_id`; what it says of tenants is kept for the proof.
    fn key(&mut self, node: &SyntaxNode, column: Option<&EcoString>, table: &mut Table) -> Vec<EcoString> {
        let list = node.descendants().find(|inner| inner.kind() == SyntaxKind::CONSTRAINT_COLUMN_REF_LIST);
        let listed = list.map(|list| columns(&list)).unwrap_or_default();
        let names = if listed.is_empty() { column.cloned().into_iter().collect() } else { listed };
        if !names.iter().any(|name| name == "tenant_id") {
            let word = if node.kind() == SyntaxKind::PRIMARY_KEY_CONSTRAINT { "PRIMARY KEY" } else { "UNIQUE" };
            table.widened.push(Widened {
                what: ecow::eco_format!("{word} ({})", names.join(", ")),
                columns: names.clone(),
                table: None,
                span: self.place(node),
            });
        }
        names.into_iter().filter(|name| name != "tenant_id").collect()
    }

    /// A column's default: an expression, or a counter.
    pub(super) fn default(&mut self, expression: &SyntaxNode, column: Option<&EcoString>, table: &mut Table) {
        if let Some(counter) = counter_of(expression) {
            let options = self.counters.get_mut(&counter).map(|known| {
                let again = std::mem::replace(&mut known.used, true);
                (known.options.clone(), again)
            });
            match options {
                Some((_, true)) => self.left(
                    expression,
                    Some(&format!("two columns draw from sequence `{counter}`, which an identity can't do")),
                ),
                Some((options, false)) => set_default(table, column, identity("BY DEFAULT", &options)),
                None => self.left(expression, Some(&format!("there is no sequence `{counter}` before this"))),
            }
        } else if let Some(text) = self.sql(expression) {
            set_default(table, column, text);
        }
    }

    fn reference(&mut self, node: &SyntaxNode, column: Option<&EcoString>, table: &mut Table) {
        let mut lists = node.children().filter(|child| child.kind() == SyntaxKind::FOREIGN_KEY_COLUMN_LIST);
        let from = match column {
            Some(column) => vec![column.clone()],
            None => lists.next().map(|list| columns(&list)).unwrap_or_default(),
        };
        let to =
            if column.is_some() { columns(node) } else { lists.next().map(|list| columns(&list)).unwrap_or_default() };
        let Some(other) = named(node).next().map(|name| last_name(&name)) else { return };
        if let Some(update) = child(node, SyntaxKind::ON_UPDATE_ACTION)
            && !words(&update).any(|word| word == "ACTION" || word == "RESTRICT")
        {
            self.left(&update, Some("ON UPDATE is not carried: a key that changes would move rows between tenants"));
            return;
        }
        let action = child(node, SyntaxKind::ON_DELETE_ACTION).map(|action| words(&action).collect::<Vec<_>>());
        let on_delete = match action.as_deref().and_then(|all| all.get(2)).map(String::as_str) {
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
        let span = self.place(node);
        if !from.iter().any(|name| name == "tenant_id") {
            table.widened.push(Widened {
                what: ecow::eco_format!("FOREIGN KEY ({}) REFERENCES {other}", from.join(", ")),
                columns: from.clone(),
                table: Some(other.clone()),
                span,
            });
        }
        let strip = |names: Vec<EcoString>| names.into_iter().filter(|name| name != "tenant_id").collect::<Vec<_>>();
        table.references.push(Reference { columns: strip(from), table: other, targets: strip(to), on_delete, span });
    }
}

/// An expression without the brackets that a dump puts around the whole of it.
fn bare(text: &str) -> EcoString {
    let mut inner = text;
    while let Some(next) = inner.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        let mut depth = 0_i32;
        let closed_before = next.chars().any(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth < 0
        });
        // A bracket inside of a string makes the count wrong; then all stays as it is.
        if closed_before || depth != 0 || next.contains('\'') {
            break;
        }
        inner = next;
    }
    inner.into()
}

/// The clause of a counter.
pub(super) fn identity(when: &str, options: &str) -> EcoString {
    let options = if options.is_empty() { String::new() } else { format!(" ({options})") };
    ecow::eco_format!("GENERATED {when} AS IDENTITY{options}")
}

/// The sequence in `nextval('public.orders_id_seq'::regclass)`.
fn counter_of(expression: &SyntaxNode) -> Option<EcoString> {
    let mut all = super::tokens(expression).into_iter().filter(|token| !super::is_blank(token.kind()));
    all.find(|token| token.text().eq_ignore_ascii_case("nextval"))?;
    let text = all.find(|token| token.kind() == SyntaxKind::STRING)?;
    let value = super::text::string_value(text.text())?;
    Some(super::text::unquoted(value.rsplit('.').next().unwrap_or_default()))
}

/// A column that may not be empty.
pub(super) fn require(table: &mut Table, name: &EcoString) {
    if let Some(column) = table.columns.iter_mut().find(|column| column.name == *name) {
        column.required = true;
    }
}

/// A column's default, or the clause that makes its value.
pub(super) fn set_default(table: &mut Table, name: Option<&EcoString>, sql: EcoString) {
    if let Some(column) = table.columns.iter_mut().find(|column| Some(&column.name) == name) {
        column.default = Some(sql);
    }
}
