//! Personal columns that nobody would find when a person asks for what is held.

use crate::diag::{Code, Diagnostic};
use crate::model::Model;
use crate::resolve::Program;

/// Where a schema says who its people are, each personal column belongs to one of them.
pub fn check(program: &Program, model: &Model, diagnostics: &mut Vec<Diagnostic>) {
    for (name, schema) in &model.schemas {
        if !schema.tables.iter().any(|table| table.subject.is_some()) {
            continue;
        }
        let people: Vec<&str> =
            schema.tables.iter().filter(|table| table.subject.is_some()).map(|table| table.name.as_str()).collect();
        for table in schema.tables.iter().filter(|table| !table.shared && table.about_person.is_none()) {
            for column in table.columns.iter().filter(|column| column.personal) {
                let declared = program.schemas.get(name).and_then(|schema| {
                    let table = schema.tables.iter().find(|known| known.name == table.name)?;
                    table.columns.iter().find(|known| known.name == column.name)
                });
                let span = declared.map_or(table.span, |column| column.span);
                let message = format!(
                    "no way leads from `{}.{}` to a person, so no access, export or erasure would find it",
                    table.name, column.name
                );
                diagnostics.push(Code::UnreachablePersonal.at(span, message).and(table.span, "in this table").help(format!(
                    "refer to a person (`who: uuid references {}`), or say `subject = {}` where the table has people of its own",
                    people.first().unwrap_or(&"users"),
                    column.name
                )));
            }
        }
    }
}
