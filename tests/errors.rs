//! Every page in `lang/errors` tells the truth: its wrong example raises its code and no other error, its right one
//! raises nothing.
//!
//! A page is `# CODE name: one sentence`, then `## Wrong`, `## Why it matters` and `## Right`; further sections with fences
//! are right too. The fences of a section are the files of one workspace. A fence's info string is a language, then:
//!
//! * `file=PATH`: the file's name; the first fence without one is `main.tenant`.
//! * `bytes=latin-1`: the file is saved as Latin-1, not as UTF-8.
//! * `nesting=N`: `((…` stands for N opening brackets, `…))` for N closing ones.
//! * `repeat=N`: a line that holds `{n}` stands for N lines, with 1 to N there.
//! * `platform=none`: no platform is added. Any other example without a `platform` block gets [`PLATFORM`].
#![allow(clippy::disallowed_methods, reason = "pages are files")]

mod fences;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use fences::{Fence, fences};
use tenantc::diag::fancy::Style;
use tenantc::diag::{Code, Diagnostic, Format, render};
use tenantc::emit::Selection;
use tenantc::source::Memory;
use tenantc::{Compilation, compile};

/// What an example without a platform stands on.
const PLATFORM: &str = "platform example { cloud = aws  regions = [eu-west-1]  environments = [production] }\n";

/// Where the pages are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/lang/errors");

/// Today, for every example.
const TODAY: (i16, u8, u8) = (2026, 10, 1);

/// Codes that are never raised yet; their pages are placeholders. Take one out when its stage raises it.
const SILENT: [&str; 1] = ["T0608"];

/// Errors that cannot come alone: both are told for one fault. Take a pair out when one of the two goes.
const TOGETHER: [(&str, &str); 0] = [];

/// Errors whose message says by itself what to do, or whose words are the user's own (`else "…"`).
const SAYS_ENOUGH: [&str; 9] = ["T0201", "T0202", "T0302", "T0303", "T0601", "T0602", "T0708", "T0801", "T0804"];

/// A page that is written.
struct Page {
    code: Code,
    wrong: Memory,
    /// The right examples, with their headings.
    right: Vec<(String, Memory)>,
}

/// A code's page, as it is on the disk: no need to build again after an edit.
fn text(code: Code) -> String {
    std::fs::read_to_string(format!("{FOLDER}/{code}.md")).unwrap_or_default()
}

/// The lines of a page that stand outside of its fences.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    page.lines()
        .scan(false, |inside, line| {
            let fence = line.starts_with("```");
            *inside ^= fence;
            Some((!*inside && !fence).then_some(line))
        })
        .flatten()
}

/// The text under a heading, up to the next one.
fn section<'a>(page: &'a str, heading: &str) -> Option<&'a str> {
    let after = page.split_once(&format!("\n\n## {heading}\n\n"))?.1;
    Some(after.split_once("\n\n## ").map_or(after, |(own, _)| own))
}

/// The workspace of a section's fences.
fn workspace(section: &str) -> Result<Memory, String> {
    let mut world = Memory { today: Some(TODAY), ..Memory::default() };
    let mut platform = true;
    for Fence { info, text, .. } in fences(section) {
        let mut words = info.split_whitespace();
        let (mut name, mut text) = (if words.next() == Some("tenant") { "main.tenant" } else { "" }.to_owned(), text);
        let mut latin = false;
        for word in words {
            let number = |value: &str| value.parse::<usize>().map_err(|_| format!("`{word}` is no number"));
            match word.split_once('=') {
                Some(("file", value)) => value.clone_into(&mut name),
                Some(("bytes", "latin-1")) => latin = true,
                Some(("nesting", value)) => {
                    let times = number(value)?;
                    text = text.replace("((…", &"(".repeat(times)).replace("…))", &")".repeat(times));
                }
                Some(("repeat", value)) => {
                    let times = number(value)?;
                    let repeated =
                        |line: &str| (1..=times).map(|n| line.replace("{n}", &n.to_string())).collect::<String>();
                    text = text
                        .split_inclusive('\n')
                        .map(|line| if line.contains("{n}") { repeated(line) } else { line.to_owned() })
                        .collect();
                }
                Some(("platform", "none")) => platform = false,
                _ => {
                    return Err(format!(
                        "the fence says `{word}`, which means nothing; see the top of tests/errors.rs"
                    ));
                }
            }
        }
        if name.is_empty() {
            return Err(format!("a fence of `{info}` needs `file=PATH`"));
        }
        platform &= !text.lines().any(|line| line.starts_with("platform "));
        let bytes = if latin {
            text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
        } else {
            text.into_bytes()
        };
        if world.files.insert(name.clone(), bytes).is_some() {
            return Err(format!("two fences are `{name}`"));
        }
    }
    if world.files.is_empty() {
        return Err("it has no fence".to_owned());
    }
    if platform {
        world.files.insert("platform.tenant".to_owned(), PLATFORM.as_bytes().to_vec());
    }
    Ok(world)
}

/// All pages that are written, or what is wrong with their form.
fn pages() -> Vec<Page> {
    let read = |code: Code| -> Result<Page, String> {
        let page = text(code);
        let part = |heading: &str| section(&page, heading).ok_or_else(|| format!("write a section `## {heading}`"));
        let example = |heading: &str| workspace(part(heading)?).map_err(|why| format!("under `## {heading}`, {why}"));
        let headings = prose(&page).filter_map(|line| line.strip_prefix("## "));
        let more = headings.filter(|heading| {
            !matches!(*heading, "Wrong" | "Right") && part(heading).is_ok_and(|text| text.contains("```"))
        });
        let right = std::iter::once("Right")
            .chain(more)
            .map(|heading| Ok((heading.to_owned(), example(heading)?)))
            .collect::<Result<_, String>>()?;
        Ok(Page { code, wrong: example("Wrong")?, right })
    };
    let mut faults = Vec::new();
    let mut out = Vec::new();
    for code in Code::ALL.iter().copied().filter(|code| !SILENT.contains(&code.id())) {
        match read(code) {
            Ok(page) => out.push(page),
            Err(why) => faults.push(format!("lang/errors/{code}.md: {why}")),
        }
    }
    listed(&faults);
    out
}

/// What the wrong example of each page gives, compiled once.
static WRONG: LazyLock<Vec<(Code, Compilation)>> =
    LazyLock::new(|| pages().into_iter().map(|page| (page.code, compiled(&page.wrong))).collect());

/// Fails with all faults at once.
#[track_caller]
fn listed(faults: &[String]) {
    assert!(faults.is_empty(), "{} to mend:\n\n{}\n", faults.len(), faults.join("\n"));
}

fn compiled(world: &Memory) -> Compilation {
    compile(world, &Selection::default()).0
}

fn shown(compilation: &Compilation, all: &[Diagnostic]) -> String {
    render(Format::Short, all, &compilation.sources, Style::default()).lines().fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "      {line}");
        out
    })
}

#[test]
fn first_lines_say_code_and_name() {
    let mut faults = Vec::new();
    for code in Code::ALL.iter().filter(|code| !SILENT.contains(&code.id())) {
        let head = format!("# {} {}: ", code.id(), code.name());
        let page = text(*code);
        let first = page.lines().next().unwrap_or_default();
        let sentence = first.strip_prefix(&head).unwrap_or_default();
        if sentence.is_empty() || sentence.ends_with('.') {
            faults.push(format!(
                "lang/errors/{code}.md begins with `{first}`: write `{head}` and a sentence without a full stop"
            ));
        }
        if section(&page, "Why it matters").is_none_or(|why| why.trim().is_empty()) {
            faults.push(format!("lang/errors/{code}.md: write a section `## Why it matters`"));
        }
    }
    listed(&faults);
}

#[test]
fn pages_are_those_of_the_registry() {
    let on_disk: BTreeSet<String> = std::fs::read_dir(FOLDER)
        .expect("lang/errors is a folder")
        .map(|entry| entry.expect("lang/errors can be listed").file_name().to_string_lossy().into_owned())
        .collect();
    let registered: BTreeSet<String> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
    let extra = on_disk
        .difference(&registered)
        .map(|name| format!("lang/errors/{name} has no code: register it in src/diag/codes.rs, or remove it"));
    let missing = registered.difference(&on_disk).map(|name| format!("lang/errors/{name} is missing: write it"));
    listed(&extra.chain(missing).collect::<Vec<_>>());
}

#[test]
fn wrong_examples_raise_their_code_and_no_other_error() {
    let mut faults = Vec::new();
    for (code, compilation) in &*WRONG {
        let all = &compilation.diagnostics;
        if !all.iter().any(|one| one.code == *code) {
            faults.push(format!(
                "{code} {}: the wrong example does not raise it, but\n{}",
                code.name(),
                shown(compilation, all)
            ));
        }
        let paired = |one: &Diagnostic| TOGETHER.contains(&(code.id(), one.code.id()));
        let others: Vec<Diagnostic> =
            all.iter().filter(|one| one.code != *code && one.is_error() && !paired(one)).cloned().collect();
        if !others.is_empty() {
            faults.push(format!(
                "{code} {}: the wrong example raises other errors too; make it smaller\n{}",
                code.name(),
                shown(compilation, &others)
            ));
        }
    }
    for (code, with) in TOGETHER {
        let there = WRONG.iter().any(|(own, compilation)| {
            own.id() == code && compilation.diagnostics.iter().any(|one| one.code.id() == with)
        });
        if !there {
            faults.push(format!("{code} comes without {with} now: take the pair out of TOGETHER"));
        }
    }
    listed(&faults);
}

#[test]
fn right_examples_raise_nothing() {
    let mut faults = Vec::new();
    for page in pages() {
        for (heading, world) in &page.right {
            let compilation = compiled(world);
            if !compilation.diagnostics.is_empty() {
                faults.push(format!(
                    "{} {}: what stands under `## {heading}` raises\n{}",
                    page.code,
                    page.code.name(),
                    shown(&compilation, &compilation.diagnostics)
                ));
            }
        }
    }
    listed(&faults);
}

/// A code that no page can raise is in the registry for nothing.
#[test]
fn every_code_is_raised() {
    let raised: BTreeSet<Code> =
        WRONG.iter().flat_map(|(_, compilation)| &compilation.diagnostics).map(|one| one.code).collect();
    let mut faults = Vec::new();
    for code in Code::ALL {
        match (raised.contains(code), SILENT.contains(&code.id())) {
            (false, false) => faults.push(format!(
                "{code} {} is raised by no wrong example: mend its page, or take the code out of src/diag/codes.rs",
                code.name()
            )),
            (true, true) => {
                faults.push(format!("{code} {} is raised: write its page, and take it out of SILENT", code.name()));
            }
            _ => {}
        }
    }
    listed(&faults);
}

/// A message is a sentence without a full stop; an error says what to do, in its help or in the message itself.
#[test]
fn words_are_as_agreed() {
    let mut faults = Vec::new();
    for (_, compilation) in &*WRONG {
        for one in &compilation.diagnostics {
            let notes = one.notes.iter().map(|note| ("note", note));
            for (what, text) in std::iter::once(("message", &one.message))
                .chain(one.help.as_ref().map(|help| ("help", help)))
                .chain(notes)
            {
                if text.trim() != text || text.is_empty() || text.ends_with('.') {
                    faults.push(format!(
                        "{}: the {what} `{text}` is empty or ends in a full stop or a space: cut that off",
                        one.code
                    ));
                }
            }
            if one.is_error() && one.help.is_none() && !SAYS_ENOUGH.contains(&one.code.id()) {
                faults.push(format!(
                    "{}: `{}` has no help: say what to write instead, or add it to SAYS_ENOUGH",
                    one.code, one.message
                ));
            }
        }
    }
    listed(&faults);
}

/// Every format tells every wrong example.
#[test]
fn every_format_tells_it() {
    let mut faults = Vec::new();
    for (code, compilation) in &*WRONG {
        let (all, sources) = (&compilation.diagnostics, &compilation.sources);
        let made = |format: Format| render(format, all, sources, Style::default());
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).map_err(|why| why.to_string());
        let mut wants = |what: &str, right: bool, text: &str| {
            if !right {
                faults.push(format!("{code}: {what}:\n{text}"));
            }
        };
        let (fancy, short, lines, sarif, github) =
            (made(Format::Fancy), made(Format::Short), made(Format::Json), made(Format::Sarif), made(Format::Github));
        wants(
            "Fancy leaves out the code or the message",
            fancy.contains(code.id()) && fancy.contains(code.name()),
            &fancy,
        );
        let coloured = render(Format::Fancy, all, sources, Style { colour: true, ..Style::default() });
        wants(
            "Fancy writes escape sequences without being asked",
            !fancy.contains('\u{1b}') && coloured.contains('\u{1b}'),
            &fancy,
        );
        wants(
            "narrated leaves out the code",
            render(Format::Fancy, all, sources, Style { narrated: true, ..Style::default() }).contains(code.id()),
            "",
        );
        wants("Short is not a line each", short.lines().count() == all.len() && short.contains(code.id()), &short);
        let objects: Vec<_> = lines.lines().map(json).collect();
        let whole = objects.iter().zip(all).all(|(object, one)| {
            object.as_ref().is_ok_and(|object| {
                object.get("code").is_some_and(|code| code == one.code.id())
                    && object.get("message").is_some_and(|text| *text == one.message)
            })
        });
        wants("Json is not an object a line, with code and message", objects.len() == all.len() && whole, &lines);
        let results =
            json(&sarif).ok().and_then(|log| log.pointer("/runs/0/results")?.as_array().cloned()).unwrap_or_default();
        let named = results.iter().any(|result| result.get("ruleId").is_some_and(|rule| rule == code.id()));
        let placed = results.iter().all(|result| {
            result
                .pointer("/locations/0/physicalLocation/region/startLine")
                .and_then(serde_json::Value::as_u64)
                .is_some_and(|line| line > 0)
        });
        wants(
            "Sarif is not JSON with a result of this ruleId and a region each",
            results.len() == all.len() && named && placed,
            &sarif,
        );
        let commands =
            github.lines().all(|line| line.starts_with("::error file=") || line.starts_with("::warning file="));
        wants(
            "Github is not a command a line",
            commands && github.lines().count() == all.len() && github.contains(&format!("title={code} ")),
            &github,
        );
    }
    listed(&faults);
}

/// What users meet most, as they see it.
#[test]
fn drawn() {
    for chosen in
        ["T0004", "T0007", "T0101", "T0104", "T0106", "T0202", "T0204", "T0302", "T0305", "T0402", "T0707", "T0801"]
    {
        let Some((code, compilation)) = WRONG.iter().find(|(code, _)| code.id() == chosen) else {
            panic!("{chosen} has no page")
        };
        let text = render(
            Format::Fancy,
            &compilation.diagnostics,
            &compilation.sources,
            Style { width: 80, ..Style::default() },
        );
        insta::assert_snapshot!(format!("{code}-{}", code.name()), text);
    }
}
