//! Requirements on final values: `require` of blocks, of policies, of frameworks; waivers.

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;

use super::tenants::Known;
use super::{Evaluator, Scope};
use crate::diag::{Code, Diagnostic};
use crate::resolve::{DefId, Object, Program, RuleFact, Value};
use crate::source::Origin;
use crate::source::Span;

/// How many subjects of one rule are told before the rest is counted.
const SHOWN: usize = 5;

/// A rule that a subject does not meet.
fn failed(evaluator: &Evaluator<'_>, rule: &RuleFact, subject: Object) -> Option<EcoString> {
    let scope = Scope { objects: &[subject], row: None };
    if let Some(filter) = &rule.filter
        && evaluator.eval(filter, scope) != Ok(Value::Bool(true))
    {
        return None;
    }
    if let Some(only_in) = &rule.only_in
        && !evaluator.environment_names().contains(only_in)
    {
        return None;
    }
    match evaluator.eval(&rule.condition, scope) {
        Ok(Value::Bool(false)) => {}
        // What can't be had was told; what is not set can't fail.
        _ => return None,
    }
    Some(match &rule.otherwise {
        Some(text) => {
            evaluator.eval(text, scope).map_or_else(|_| "this must hold".into(), |value| eco_format!("{value}"))
        }
        None => "this must hold, and does not".into(),
    })
}

/// Requirements of an instance's database and of its engine.
pub fn instance(evaluator: &Evaluator<'_>, number: u32) {
    let Some(seed) = evaluator.seeds.get(number as usize) else { return };
    let Some(database) = evaluator.program.definition(seed.database) else { return };
    let engine = database
        .engine
        .as_ref()
        .and_then(|engine| evaluator.program.engine_rules.get(engine))
        .map_or(&[][..], Vec::as_slice);
    let object = Object::Instance(number);
    for rule in engine {
        if let Some(message) = failed(evaluator, rule, object) {
            // The place to mend is the user's: the last line that had a say in it.
            let said = culprits(evaluator, rule, object);
            let told = match said {
                Some((span, _)) => Code::OrderedPair.at(span, message).and(rule.span, "required here"),
                None => Code::OrderedPair.at(database.span, message).and(rule.span, "required here"),
            };
            evaluator.tell(told);
        }
    }
    for rule in &database.body.rules {
        if let Some(message) = failed(evaluator, rule, object) {
            evaluator.tell(
                Code::RequireFailed.at(rule.span, message).here("required here").and(database.span, "of this database"),
            );
        }
    }
}

/// The user's line among the facts that a rule reads.
fn culprits(evaluator: &Evaluator<'_>, rule: &RuleFact, object: Object) -> Option<(Span, EcoString)> {
    let mut paths = Vec::new();
    fields(&rule.condition, &mut paths);
    paths.into_iter().find_map(|path| {
        let winner = evaluator.candidates(object, &path).into_iter().next()?;
        let language = winner.layer.is_usual();
        (!language).then_some((winner.fact.span, path))
    })
}

fn fields(value: &crate::resolve::Typed, out: &mut Vec<EcoString>) {
    use crate::resolve::Node;
    match &value.node {
        Node::Field { path, .. } => out.push(path.clone()),
        Node::Binary(_, left, right) => {
            fields(left, out);
            fields(right, out);
        }
        Node::Call(_, parts) | Node::List(parts) => parts.iter().for_each(|part| fields(part, out)),
        Node::Not(inner) | Node::Minus(inner) | Node::Of(inner, _) => fields(inner, out),
        _ => {}
    }
}

/// Requirements of blocks that are no database and no tenant: tiers, regions, the platform.
pub fn blocks(evaluator: &Evaluator<'_>) {
    let program = evaluator.program;
    for kind in ["tier", "region", "platform", "traffic", "class"] {
        for (id, definition) in program.of_kind(kind) {
            // What a parent requires holds for all that start from it.
            let bodies = program.lineage(id).into_iter().filter_map(|id| program.definition(id)).map(|one| &one.body);
            for rule in bodies.flat_map(|body| &body.rules).filter(|rule| rule.subject == kind) {
                if let Some(message) = failed(evaluator, rule, Object::Definition(id)) {
                    let told = Code::RequireFailed.at(rule.span, message).here("required here");
                    evaluator.tell(told.and(definition.span, format!("of this {kind}")));
                }
            }
        }
    }
}

/// A policy or a framework with its rules.
struct Book<'p> {
    /// `policy.NAME` or the framework's name.
    name: EcoString,
    /// The framework, when it is one: its rules hold for those under it.
    framework: Option<EcoString>,
    /// It is the language's own: a fault points at the user's block first.
    ours: bool,
    rules: Vec<&'p RuleFact>,
}

fn books(program: &Program) -> Vec<Book<'_>> {
    let mut out = Vec::new();
    for (_, definition) in program.of_kind("policy") {
        out.push(Book {
            name: eco_format!("policy.{}", definition.name),
            framework: None,
            ours: false,
            rules: definition.body.rules.iter().collect(),
        });
    }
    for (id, definition) in program.of_kind("framework") {
        let rules = program
            .lineage(id)
            .into_iter()
            .filter_map(|id| program.definition(id))
            .flat_map(|definition| &definition.body.rules)
            .collect();
        out.push(Book {
            name: definition.name.clone(),
            framework: Some(definition.name.clone()),
            ours: definition.origin == Origin::Prelude,
            rules,
        });
    }
    out
}

/// A waiver as read.
struct Waiver {
    rule: EcoString,
    subject: EcoString,
    until: Value,
    span: Span,
    used: std::cell::Cell<bool>,
}

/// What rules are about, in one environment.
pub struct Subjects<'a> {
    /// Tenants.
    pub tenants: &'a [Known],
    /// The environment.
    pub environment: DefId,
}

/// Requirements of tenants, policies and frameworks in one environment; `used` collects the waivers that were needed.
pub fn everything(
    evaluator: &Evaluator<'_>,
    subjects: &Subjects<'_>,
    today: Option<(i16, u8, u8)>,
    used: &mut Vec<Span>,
) {
    let program = evaluator.program;
    for (tenant, resident) in subjects.tenants {
        if let crate::resolve::TenantSource::Block(id) = program
            .tenants
            .get(resident.tenant as usize)
            .map_or(crate::resolve::TenantSource::Row { bulk: 0, row: 0 }, |tenant| tenant.source)
        {
            for rule in program.definition(id).map_or(&[][..], |definition| definition.body.rules.as_slice()) {
                if let Some(message) = failed(evaluator, rule, Object::Tenant(resident.tenant)) {
                    evaluator.tell(
                        Code::RequireFailed
                            .at(rule.span, message)
                            .here("required here")
                            .and(tenant.span, "of this tenant"),
                    );
                }
            }
        }
    }
    let waivers = waivers(evaluator);
    let under: FxHashMap<&EcoString, usize> = subjects.tenants.iter().flat_map(|(tenant, _)| &tenant.compliance).fold(
        FxHashMap::default(),
        |mut all, framework| {
            *all.entry(framework).or_default() += 1;
            all
        },
    );
    for book in books(program) {
        if book.framework.as_ref().is_some_and(|framework| !under.contains_key(framework)) {
            continue;
        }
        for rule in &book.rules {
            let full = match &book.framework {
                Some(framework) if !rule.name.is_empty() => eco_format!("{framework}.{}", rule.name),
                _ => book.name.clone(),
            };
            let mut failures: Vec<Failure> = Vec::new();
            for (object, name, span) in of_kind(evaluator, subjects, &rule.subject, book.framework.as_ref()) {
                let Some(message) = failed(evaluator, rule, object) else { continue };
                if !waived(evaluator, &waivers, &full, &name, today) {
                    failures.push((message, span, name));
                }
            }
            tell(evaluator, rule, &full, &failures, book.ours);
        }
    }
    used.extend(waivers.iter().filter(|waiver| waiver.used.get()).map(|waiver| waiver.span));
}

/// What is said, about which place, by whose name.
type Failure = (EcoString, Span, EcoString);

fn tell(evaluator: &Evaluator<'_>, rule: &RuleFact, full: &EcoString, failures: &[Failure], ours: bool) {
    for (message, span, _) in failures.iter().take(SHOWN) {
        let message = format!("{message} ({full})");
        let subject = format!("by this {}", rule.subject);
        let mut told = if ours {
            Code::PolicyFailed.at(*span, message).here(subject).and(rule.span, "required here")
        } else {
            Code::PolicyFailed.at(rule.span, message).here("required here").and(*span, subject)
        };
        if !rule.clause.is_empty() {
            told = told.note(format!("clause: {}", rule.clause));
        }
        if failures.len() > SHOWN {
            told = told.note(format!("and {} more", failures.len() - SHOWN));
        }
        evaluator.tell(told);
    }
}

/// The objects of a kind that a rule is about, with name and place.
fn of_kind(
    evaluator: &Evaluator<'_>,
    subjects: &Subjects<'_>,
    kind: &str,
    framework: Option<&EcoString>,
) -> Vec<(Object, EcoString, Span)> {
    let program = evaluator.program;
    let engine = program.engines.contains_key(kind);
    match kind {
        "tenant" => subjects
            .tenants
            .iter()
            .filter(|(tenant, _)| framework.is_none_or(|framework| tenant.compliance.contains(framework)))
            .map(|(tenant, resident)| (Object::Tenant(resident.tenant), tenant.id.clone(), tenant.span))
            .collect(),
        _ if kind == "database" || engine => {
            let bound: Vec<bool> = evaluator
                .seeds
                .iter()
                .map(|seed| {
                    framework.is_none_or(|framework| {
                        subjects.tenants.iter().any(|(tenant, resident)| {
                            seed.tenants.binary_search(&resident.tenant).is_ok()
                                && tenant.compliance.contains(framework)
                        })
                    })
                })
                .collect();
            let seeds = evaluator.seeds.iter().enumerate().zip(bound).filter(|(_, bound)| *bound);
            seeds
                .filter_map(|((index, seed), _)| {
                    let database = program.definition(seed.database)?;
                    let own = database.engine.as_ref().and_then(|own| program.engines.get(own));
                    if engine && !own.is_some_and(|own| own.lineage.iter().any(|one| one == kind)) {
                        return None;
                    }
                    Some((Object::Instance(u32::try_from(index).ok()?), database.name.clone(), database.span))
                })
                .collect()
        }
        "environment" => program
            .definition(subjects.environment)
            .map(|environment| (Object::Definition(subjects.environment), environment.name.clone(), environment.span))
            .into_iter()
            .collect(),
        "table" => evaluator
            .tables()
            .enumerate()
            .map(|(index, (_, table))| {
                (Object::Table(u32::try_from(index).unwrap_or(0)), table.name.clone(), table.span)
            })
            .collect(),
        "column" => {
            let mut out = Vec::new();
            for (index, (_, table)) in evaluator.tables().enumerate() {
                for (column, facts) in table.columns.iter().enumerate() {
                    let object = Object::Column(u32::try_from(index).unwrap_or(0), u32::try_from(column).unwrap_or(0));
                    out.push((object, eco_format!("{}.{}", table.name, facts.name), facts.span));
                }
            }
            out
        }
        other => program
            .of_kind(other)
            .map(|(id, definition)| (Object::Definition(id), definition.name.clone(), definition.span))
            .collect(),
    }
}

fn waivers(evaluator: &Evaluator<'_>) -> Vec<Waiver> {
    let program = evaluator.program;
    program
        .of_kind("waiver")
        .map(|(id, definition)| {
            let value = |path: &str| evaluator.value(Object::Definition(id), path).unwrap_or(Value::Nothing);
            for path in ["rule", "for", "because", "by", "until"] {
                if value(path) == Value::Nothing {
                    evaluator.tell(
                        Code::MissingAttribute
                            .at(definition.span, format!("waiver {} has no `{path}`", definition.name))
                            .help("a waiver says `rule`, `for`, `because`, `by` and `until`"),
                    );
                }
            }
            let (rule, subject) = (eco_format!("{}", value("rule")), eco_format!("{}", value("for")));
            Waiver { rule, subject, until: value("until"), span: definition.span, used: std::cell::Cell::new(false) }
        })
        .collect()
}

fn waived(
    evaluator: &Evaluator<'_>,
    waivers: &[Waiver],
    rule: &str,
    subject: &str,
    today: Option<(i16, u8, u8)>,
) -> bool {
    let Some(waiver) = waivers.iter().find(|waiver| waiver.rule == rule && waiver.subject == subject) else {
        return false;
    };
    waiver.used.set(true);
    let Value::Date(year, month, day) = waiver.until else { return true };
    let over = today.is_some_and(|today| today > (year, month, day));
    if over {
        evaluator.tell(
            Code::PolicyFailed
                .at(waiver.span, format!("the waiver of {rule} for {subject} ended on {}", waiver.until))
                .help("meet the rule, or have the waiver renewed"),
        );
    }
    !over
}

/// Waivers that no environment needed.
pub fn unused(program: &Program, used: &[Span], diagnostics: &mut Vec<Diagnostic>) {
    for (_, definition) in program.of_kind("waiver").filter(|(_, definition)| !used.contains(&definition.span)) {
        diagnostics.push(
            Code::WaiverUnused
                .at(definition.span, format!("waiver {} waives nothing", definition.name))
                .help("remove it, or check `rule` and `for`"),
        );
    }
}
