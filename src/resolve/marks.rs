//! What a schema says of imported tables, for which SQL has no words: `shared = [countries]`, `personal = [users.email]`.

use ecow::EcoString;

use super::Names;
use super::schema::Schema;
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::parse::ast::{Attribute, Node};
use crate::source::Span;

/// `personal = [users.email]`, `shared = [countries]`
#[derive(Clone, Debug)]
pub struct Mark {
    word: EcoString,
    table: EcoString,
    column: Option<EcoString>,
    span: Span,
}

/// `shared = [countries]`, `personal = [users.email]`: what SQL has no words for, said of imported tables.
pub fn read(attribute: &Attribute, names: &Names, schema: &mut Schema, diagnostics: &mut Vec<Diagnostic>) {
    let word = &attribute.name.text;
    let takes_columns = word == "subject" || names.object("class", word).is_some();
    if word != "shared" && !takes_columns {
        let classes = names.all("class");
        let known = ["shared", "subject"].into_iter().chain(classes.iter().map(EcoString::as_str));
        let near = did_you_mean(word, known);
        diagnostics.push(
            Code::UnknownAttribute.at(attribute.name.span, format!("a schema has no `{word}`")).maybe_help(
                near.or_else(|| {
                    Some(
                        "a schema says of imported tables `shared = [table]`, `personal = [table.column]` and the like"
                            .to_owned(),
                    )
                }),
            ),
        );
        return;
    }
    let Node::List(elements) = &attribute.value.node else {
        diagnostics.push(Code::TypeMismatch.at(attribute.value.span, format!("`{word}` is a list")).help(
            if takes_columns {
                format!("write `{word} = [table.column]`")
            } else {
                "write `shared = [table]`".to_owned()
            },
        ));
        return;
    };
    for element in elements {
        let (table, column) = match &element.node {
            Node::Name(table) if !takes_columns => (table.clone(), None),
            Node::Path(table, column) if takes_columns => match &table.node {
                Node::Name(table) => (table.clone(), Some(column.text.clone())),
                _ => (EcoString::new(), None),
            },
            _ => (EcoString::new(), None),
        };
        if table.is_empty() {
            let wanted =
                if takes_columns { "a column is written `table.column` here" } else { "a table's name is wanted here" };
            diagnostics.push(Code::TypeMismatch.at(element.span, wanted));
            continue;
        }
        schema.marks.push(Mark { word: word.clone(), table, column, span: element.span });
    }
}

/// Carries the marks to the tables and columns that they name.
pub fn settle(schema: &mut Schema, diagnostics: &mut Vec<Diagnostic>) {
    for mark in std::mem::take(&mut schema.marks) {
        let Some(table) = schema.tables.iter_mut().find(|table| table.name == mark.table) else {
            let near = did_you_mean(&mark.table, schema.tables.iter().map(|table| table.name.as_str()));
            let message = format!("there is no table `{}` in schema {}", mark.table, schema.name);
            diagnostics.push(Code::UnknownReference.at(mark.span, message).maybe_help(near));
            continue;
        };
        let Some(name) = &mark.column else {
            table.shared = true;
            continue;
        };
        if mark.word == "subject" && table.columns.iter().any(|column| column.name == *name) {
            table.subject = Some(name.clone());
            continue;
        }
        match table.columns.iter_mut().find(|column| column.name == *name) {
            Some(column) if !column.classes.contains(&mark.word) => column.classes.push(mark.word),
            Some(_) => {}
            None => {
                let near = did_you_mean(name, table.columns.iter().map(|column| column.name.as_str()));
                diagnostics.push(
                    Code::UnknownReference
                        .at(mark.span, format!("`{}` has no column `{name}`", table.name))
                        .maybe_help(near),
                );
            }
        }
    }
}
