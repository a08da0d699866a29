//! Rules of the frameworks in `lang/frameworks`: each is broken by one change to a platform that meets all of them, and by no
//! other; a waiver silences it until its day is over.
#![allow(clippy::disallowed_methods, reason = "the frameworks are files")]

use std::collections::BTreeSet;

use tenantc::diag::fancy::Style;
use tenantc::diag::{Code, Format, render};
use tenantc::emit::Selection;
use tenantc::source::Memory;
use tenantc::{Compilation, compile};

/// A platform that meets every rule; `FRAMEWORK` is the one in force.
const RIGHT: &str = "
platform example {
  cloud        = aws
  regions      = [eu-west-1]
  environments = [staging, production]
  keys { per = tenant  rotate = 365d }
}

environment staging    { data = masked }
environment production { data = production }

schema records {
  shared table codes { id: int primary  name: text }
  table people { id: uuid primary  name: text personal  note: text }
}

database main: postgresql {
  memory              = 16GiB
  schema              = records
  deletion_protection = true
  backup { every = 24h  keep = 30d  point_in_time = true }
}

tenant acme: standard { home = eu-west-1  compliance = [FRAMEWORK]  state = offboarding  since = 2026-01-31 }
";

/// A rule, what breaks it (texts with what stands there instead), and for whom it is waived.
struct Case {
    rule: &'static str,
    breaks: &'static [(&'static str, &'static str)],
    waived_for: &'static str,
}

const fn case(rule: &'static str, breaks: &'static [(&'static str, &'static str)], waived_for: &'static str) -> Case {
    Case { rule, breaks, waived_for }
}

/// A sealed one, for no other may be kept.
const SHARED_SECRET: &[(&str, &str)] = &[
    ("primary  name: text }", "primary  name: bytea secret }"),
    ("deletion_protection = true", "deletion_protection = true  extensions = [pgcrypto]"),
];
const NO_RECOVERY: &[(&str, &str)] = &[("point_in_time = true", "point_in_time = false")];
const LATE_BACKUPS: &[(&str, &str)] = &[("every = 24h", "every = 48h")];
const EMPTY_PROMISE: &[(&str, &str)] = &[("point_in_time = true", "point_in_time = false  rpo = 1h")];
const ONE_COPY: &[(&str, &str)] = &[("schema              = records", "schema = records  replicas = 0  zones = 1")];
const UNPROTECTED: &[(&str, &str)] = &[("deletion_protection = true", "deletion_protection = false")];
const LIVE_TESTS: &[(&str, &str)] = &[("data = masked", "data = production")];
/// Amazon RDS would not take it.
const IN_THE_CLEAR: &[(&str, &str)] = &[
    ("cloud        = aws", "cloud = self_hosted"),
    ("deletion_protection = true", "deletion_protection = true  settings { ssl = false }"),
];
const OLD_TLS: &[(&str, &str)] = &[(
    "deletion_protection = true",
    "deletion_protection = true  settings { ssl_min_protocol_version = \"TLSv1.1\" }",
)];
const CELL_KEYS: &[(&str, &str)] = &[("per = tenant", "per = cell")];

const CASES: &[Case] = &[
    case("gdpr.art_5_1_f", &[("primary  name: text }", "primary  name: text personal }")], "codes"),
    case("gdpr.art_25", LIVE_TESTS, "main"),
    case("gdpr.art_28_3_g", &[("since = 2026-01-31", "")], "acme"),
    case("gdpr.art_32_1_b", ONE_COPY, "main"),
    case("gdpr.art_32_1_c", NO_RECOVERY, "main"),
    case("gdpr.art_32_1_c_promise", EMPTY_PROMISE, "main"),
    case("pci_dss.req_3_3_1", &[("note: text", "note: text sad")], "\"people.note\""),
    case("pci_dss.req_3_6_1_2", CELL_KEYS, "main"),
    case("pci_dss.req_3_7_4", &[("rotate = 365d", "rotate = 400d")], "main"),
    case("pci_dss.req_6_5_5", LIVE_TESTS, "main"),
    case("pci_dss.req_a1_1_2", &[("primary  name: text }", "primary  name: text cardholder }")], "codes"),
    case("hipaa.s164_308_a_7_ii_a", LATE_BACKUPS, "main"),
    case("hipaa.s164_308_a_7_ii_b", NO_RECOVERY, "main"),
    case("hipaa.s164_312_a_1", &[("primary  name: text }", "primary  name: text health }")], "codes"),
    case("hipaa.s164_312_c_1", UNPROTECTED, "main"),
    case("sox.itgc_access", &[("primary  name: text }", "primary  name: text financial }")], "codes"),
    case("sox.itgc_development", LIVE_TESTS, "main"),
    case("sox.itgc_operations_backup", LATE_BACKUPS, "main"),
    case("sox.itgc_operations_records", UNPROTECTED, "main"),
    case("iso_27001.a_5_30", EMPTY_PROMISE, "main"),
    case("iso_27001.a_5_34", &[("primary  name: text }", "primary  name: text special }")], "codes"),
    case("iso_27001.a_8_13", LATE_BACKUPS, "main"),
    case("iso_27001.a_8_14", ONE_COPY, "main"),
    case("iso_27001.a_8_24", &[("rotate = 365d", "rotate = 900d")], "main"),
    case("iso_27001.a_8_33", LIVE_TESTS, "main"),
    case("soc_2.a1_2", LATE_BACKUPS, "main"),
    case("soc_2.a1_2_redundancy", ONE_COPY, "main"),
    case("soc_2.cc6_1", SHARED_SECRET, "codes"),
    case("soc_2.cc6_1_keys", CELL_KEYS, "main"),
    case("soc_2.cc7_5", EMPTY_PROMISE, "main"),
    case("gdpr.art_32_1_a", IN_THE_CLEAR, "main"),
    case("hipaa.s164_312_e_1", IN_THE_CLEAR, "main"),
    case("iso_27001.a_8_24_transit", OLD_TLS, "main"),
    case("pci_dss.req_4_2_1", OLD_TLS, "main"),
    case("soc_2.cc6_7", IN_THE_CLEAR, "main"),
];

/// Rules that one change breaks together, when no smaller change breaks the first.
const TOGETHER: [(&str, &str); 1] = [("gdpr.art_32_1_c_promise", "gdpr.art_32_1_c")];

impl Case {
    fn framework(&self) -> &'static str {
        self.rule.split_once('.').map_or(self.rule, |(framework, _)| framework)
    }

    fn right(&self) -> String {
        RIGHT.replace("FRAMEWORK", self.framework())
    }

    /// The spec with what breaks the rule.
    fn wrong(&self) -> String {
        self.breaks.iter().fold(self.right(), |spec, (there, instead)| {
            assert!(spec.contains(there), "{}: `{there}` is not in RIGHT: mend the case", self.rule);
            spec.replace(there, instead)
        })
    }

    /// Waivers for this rule and those that the same change breaks.
    fn waivers(&self, until: &str) -> String {
        let with = TOGETHER.iter().filter(|(first, _)| *first == self.rule).map(|(_, other)| *other);
        let one = |(number, rule): (usize, &str)| {
            let subject = self.waived_for;
            format!(
                "waiver w{number} {{ rule = {rule}  for = {subject}  because = \"being mended\"  by = \"cto\"  until = {until} }}\n"
            )
        };
        std::iter::once(self.rule).chain(with).enumerate().map(one).collect()
    }
}

fn compiled(spec: &str, today: (i16, u8, u8)) -> Compilation {
    let world = Memory { today: Some(today), ..Memory::of([("main.tenant", spec)]) };
    compile(&world, &Selection::default()).0
}

fn shown(compilation: &Compilation) -> String {
    render(Format::Short, &compilation.diagnostics, &compilation.sources, Style::default())
}

/// Names of rules at the end of messages: `… (gdpr.art_25)`.
fn broken(compilation: &Compilation) -> BTreeSet<String> {
    let failed = compilation.diagnostics.iter().filter(|one| one.code == Code::PolicyFailed);
    failed.filter_map(|one| Some(one.message.strip_suffix(')')?.rsplit_once(" (")?.1.to_owned())).collect()
}

#[track_caller]
fn listed(faults: &[String]) {
    assert!(faults.is_empty(), "{} to mend:\n\n{}\n", faults.len(), faults.join("\n"));
}

const TODAY: (i16, u8, u8) = (2026, 10, 1);

#[test]
fn every_rule_has_a_case_and_a_clause_with_its_basis() {
    let cases: BTreeSet<&str> = CASES.iter().map(|case| case.rule).collect();
    let mut faults = Vec::new();
    let mut rules = BTreeSet::new();
    for framework in ["gdpr", "hipaa", "iso_27001", "pci_dss", "soc_2", "sox"] {
        let path = format!("{}/lang/frameworks/{framework}.tenant", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let mut lines = text.lines().map(str::trim);
        while let Some(line) = lines.next() {
            let Some(name) = line.strip_prefix("rule ").and_then(|rest| rest.strip_suffix(" {")) else { continue };
            let clause = lines.next().unwrap_or_default();
            let basis = clause.rsplit_once(" (").map_or("", |(_, basis)| basis);
            if !clause.starts_with("clause = \"")
                || !["clause", "interpretation"].iter().any(|word| basis.starts_with(word))
            {
                faults.push(format!(
                    "{framework}.{name}: write `clause = \"…\"` first, ending in `(clause)` or `(interpretation)`"
                ));
            }
            rules.insert(format!("{framework}.{name}"));
        }
    }
    faults.extend(
        rules
            .iter()
            .filter(|rule| !cases.contains(rule.as_str()))
            .map(|rule| format!("{rule} has no case: add one to CASES")),
    );
    faults.extend(
        cases
            .iter()
            .filter(|case| !rules.contains(**case))
            .map(|case| format!("there is no rule {case}: take it out of CASES")),
    );
    listed(&faults);
}

#[test]
fn each_framework_is_met() {
    let frameworks: BTreeSet<&str> = CASES.iter().map(Case::framework).collect();
    let mut faults = Vec::new();
    for framework in frameworks {
        let compilation = compiled(&RIGHT.replace("FRAMEWORK", framework), TODAY);
        if !compilation.diagnostics.is_empty() {
            faults.push(format!("{framework}: the platform that should meet it raises\n{}", shown(&compilation)));
        }
        // What tenantc brings meets every rule too: nothing is set here but what must be.
        let bare = format!(
            "platform example {{ regions = [eu-west-1]  environments = [development, testing, staging, sandbox, performance, production]  compliance = [{framework}] }}
             database main: postgresql {{ memory = 8GiB }}
             database cache: redis {{ memory = 4GiB  isolation = row }}
             tenant a: free {{ home = eu-west-1 }}  tenant b: enterprise {{ home = eu-west-1 }}"
        );
        let compilation = compiled(&bare.replace("}  tenant", "}\n tenant"), TODAY);
        if !compilation.diagnostics.is_empty() {
            faults.push(format!("{framework}: the defaults raise\n{}", shown(&compilation)));
        }
    }
    listed(&faults);
}

#[test]
fn one_change_breaks_one_rule() {
    let mut faults = Vec::new();
    for case in CASES {
        let compilation = compiled(&case.wrong(), TODAY);
        let mut wanted = BTreeSet::from([case.rule.to_owned()]);
        wanted.extend(TOGETHER.iter().filter(|(first, _)| *first == case.rule).map(|(_, other)| (*other).to_owned()));
        let others = compilation.diagnostics.iter().any(|one| one.code != Code::PolicyFailed);
        if broken(&compilation) != wanted || others {
            faults.push(format!(
                "{}: its case should raise T0801 for {wanted:?} alone, and raises\n{}",
                case.rule,
                shown(&compilation)
            ));
        }
        let clauses =
            compilation.diagnostics.iter().all(|one| one.notes.iter().any(|note| note.starts_with("clause: ")));
        if !clauses {
            faults.push(format!("{}: the diagnostic does not name its clause", case.rule));
        }
    }
    listed(&faults);
}

/// A framework holds for those who are under it, and for nobody else.
#[test]
fn a_framework_that_nobody_is_under_is_silent() {
    let mut faults = Vec::new();
    for case in CASES {
        let spec = case.wrong().replace(&format!("compliance = [{}]", case.framework()), "compliance = []");
        let compilation = compiled(&spec, TODAY);
        if !compilation.diagnostics.is_empty() {
            faults.push(format!(
                "{}: without {} in `compliance` it still raises\n{}",
                case.rule,
                case.framework(),
                shown(&compilation)
            ));
        }
    }
    listed(&faults);
}

#[test]
fn a_waiver_holds_until_its_day_is_over() {
    let mut faults = Vec::new();
    for case in CASES {
        let spec = case.wrong() + &case.waivers("2026-10-31");
        for (today, silent) in [((2026, 10, 31), true), ((2026, 11, 1), false)] {
            let compilation = compiled(&spec, today);
            let right =
                if silent { compilation.diagnostics.is_empty() } else { broken(&compilation).contains(case.rule) };
            if !right {
                let wish = if silent { "silence it" } else { "be over" };
                faults.push(format!(
                    "{}: on {today:?} the waiver until 2026-10-31 should {wish}; told is\n{}",
                    case.rule,
                    shown(&compilation)
                ));
            }
            let ended = compilation
                .diagnostics
                .iter()
                .any(|one| one.code == Code::PolicyFailed && one.message.contains("ended on 2026-10-31"));
            if ended == silent {
                faults.push(format!(
                    "{}: on {today:?} it should be told {}that the waiver ended",
                    case.rule,
                    if silent { "nothing, not " } else { "" }
                ));
            }
        }
    }
    listed(&faults);
}

/// A waiver is for what it names: another subject or another rule stays told, and the waiver is told to be of no use.
#[test]
fn a_waiver_for_something_else_waives_nothing() {
    let Some(case) = CASES.iter().find(|case| case.rule == "gdpr.art_32_1_b") else { panic!("the case is gone") };
    for (from, to) in [("for = main", "for = acme"), ("rule = gdpr.art_32_1_b", "rule = gdpr.art_32_1_c")] {
        let compilation = compiled(&(case.wrong() + &case.waivers("2026-10-31").replace(from, to)), TODAY);
        let codes: BTreeSet<Code> = compilation.diagnostics.iter().map(|one| one.code).collect();
        assert_eq!(codes, BTreeSet::from([Code::PolicyFailed, Code::WaiverUnused]), "{to}:\n{}", shown(&compilation));
    }
}
