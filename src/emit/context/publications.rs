//! An instance's publications: which changes of which tables are told to another system.

use ecow::EcoString;
use minijinja::{Value, context};

use crate::emit::escape::ident;
use crate::model::{Instance, Schema, Table};

/// One publication.
pub struct Publication<'m> {
    name: &'m str,
    /// Its tables, by name.
    pub tables: Vec<&'m Table>,
    changes: Vec<EcoString>,
}

/// The publications of an instance, by name. Tables that its schema has not are left out: they were told.
pub fn of<'m>(instance: &'m Instance, schema: Option<&'m Schema>) -> Vec<Publication<'m>> {
    let all = &schema.map_or(&[][..], |schema| &schema.tables);
    instance
        .blocks("publication")
        .into_iter()
        .map(|name| {
            let tables = instance.list(&format!("publication.{name}.tables"));
            let changes = instance.list(&format!("publication.{name}.changes"));
            Publication { name, tables: all.iter().filter(|table| tables.contains(&table.name)).collect(), changes }
        })
        .collect()
}

impl Publication<'_> {
    /// What templates see. `changes` stand in the order in which PostgreSQL lists them.
    pub fn value(&self) -> Value {
        let changes: Vec<&str> = ["insert", "update", "delete"]
            .into_iter()
            .filter(|change| self.changes.iter().any(|one| one == change))
            .collect();
        context! {
            name => ident(self.name),
            changes => changes.join(", "),
            tables => self.tables.iter().map(|table| context! { name => ident(&table.name), shared => table.shared }).collect::<Vec<_>>(),
        }
    }
}
