//! Tables whose rows every tenant reads.

use super::{Proof, Step, leak};
use crate::diag::{Code, Diagnostic};

/// Nobody but maintenance writes them. What they may hold is for frameworks to say, each with its clause.
pub fn check(proof: &Proof<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for table in proof.schema.tables.iter().filter(|table| table.shared) {
        for role in &proof.model.roles {
            let writes = role.grants.iter().find(|grant| grant.write && grant.table.as_ref() == Some(&table.name));
            if let Some(grant) = writes {
                let message = format!("role {} would write what every tenant reads", role.name);
                let first = Step { what: format!("a write to `{}` as {}", table.name, role.name), span: grant.span };
                let rest = vec![Step { what: "the same row, read by every other tenant".to_owned(), span: table.span }];
                diagnostics.push(leak(Code::SharedWrite, grant.span, message, first, rest).help(format!(
                    "write `grant read on {}`; its rows are changed by the maintenance role",
                    table.name
                )));
            }
        }
    }
}
