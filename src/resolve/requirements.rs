//! What policies and engines require: `for KIND where CONDITION { require CONDITION else "…" }`.

use std::sync::Arc;

use ecow::EcoString;

use super::facts::{Body, BodyReader, Place, RuleFact};
use super::lower::Lowering;
use super::typed::Typed;
use super::types::Type;
use crate::diag::{Code, did_you_mean};
use crate::parse::ast::{Item, Require, Rule};

impl BodyReader<'_> {
    /// A requirement as it is settled; nothing where it was told to be wrong.
    pub(super) fn require(
        &mut self,
        place: &Place<'_>,
        require: &Require,
        filter: Option<Arc<Typed>>,
    ) -> Option<RuleFact> {
        let mut lowering =
            Lowering { names: self.names, scopes: vec![place.shape], row: false, diagnostics: self.diagnostics };
        let condition = lowering.lower(&require.condition, &Type::Bool);
        let otherwise = require.otherwise.as_ref().map(|text| lowering.lower(text, &Type::Text));
        let otherwise = match otherwise {
            Some(text) => Some(Arc::new(text?)),
            None => None,
        };
        Some(RuleFact {
            subject: place.kind.name.clone(),
            filter,
            condition: Arc::new(condition?),
            otherwise,
            only_in: place.only_in.clone(),
            clause: EcoString::new(),
            name: EcoString::new(),
            span: require.span,
        })
    }

    /// Adds what a rule requires.
    pub(super) fn rule(&mut self, place: &Place<'_>, rule: &Rule, body: &mut Body, name: &str, clause: &str) {
        let subjects = ["tenant", "database", "environment", "tier", "region", "table", "column"];
        let subject = rule.subject.text.as_str();
        if !matches!(place.kind.name.as_str(), "policy" | "framework") {
            self.diagnostics.push(
                Code::Misplaced
                    .at(rule.span, "a `for` stands in a policy")
                    .help("write `policy NAME { for tenant where … { require … } }`"),
            );
            return;
        }
        // A rule about an engine sees its settings.
        let engine = self.names.engine_shape(subject);
        if engine.is_none() && self.names.engines().any(|name| name == subject) {
            // No database here is of that engine.
            return;
        }
        let word = if engine.is_some() { "database" } else { subject };
        let Some(kind) = subjects.contains(&word).then(|| self.names.kind(word).cloned()).flatten() else {
            let near = did_you_mean(subject, subjects.into_iter().chain(self.names.engines()));
            self.diagnostics.push(
                Code::UnknownKind.at(rule.subject.span, format!("a rule can't be about `{subject}`")).maybe_help(near),
            );
            return;
        };
        let shape = engine.unwrap_or_else(|| Arc::clone(&kind.shape));
        let inner = Place { shape: &shape, kind: &kind, prefix: EcoString::new(), only_in: None };
        let filter = match &rule.condition {
            Some(condition) => {
                let mut lowering =
                    Lowering { names: self.names, scopes: vec![&shape], row: false, diagnostics: self.diagnostics };
                let Some(filter) = lowering.lower(condition, &Type::Bool) else { return };
                Some(Arc::new(filter))
            }
            None => None,
        };
        for item in &rule.body {
            match item {
                Item::Require(require) => {
                    if let Some(mut fact) = self.require(&inner, require, filter.clone()) {
                        fact.subject = subject.into();
                        fact.name = name.into();
                        fact.clause = clause.into();
                        body.rules.push(fact);
                    }
                }
                _ => self.diagnostics.push(
                    Code::Misplaced
                        .at(rule.span, "a `for` holds `require` lines")
                        .help("write `require condition else \"message\"`"),
                ),
            }
        }
    }
}
