//! `import "schema.sql"`
use std::sync::Arc;

use super::schema::Schema;
use crate::diag::Diagnostic;
use crate::source::Span;

/// later
pub fn import(_name: &str, _text: &Arc<str>, _base: Span, _schema: &mut Schema, _diagnostics: &mut Vec<Diagnostic>) {}
