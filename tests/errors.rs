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

use std::collections::BTreeSet;
use std::fmt::Write as _;

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
const SILENT: [&str; 3] = ["T0601", "T0605", "T0608"];

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
    page.lines().scan(false, |inside, line| {
        let fence = line.starts_with("```");
        *inside ^= fence;
        Some((!*inside && !fence).then_some(line))
    }).flatten()
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
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let text: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
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
                    let repeated = |line: &str| (1..=times).map(|n| line.replace("{n}", &n.to_string())).collect::<String>();
                    text = text.split_inclusive('\n').map(|line| if line.contains("{n}") { repeated(line) } else { line.to_owned() }).collect();
                }
                Some(("platform", "none")) => platform = false,
                _ => return Err(format!("the fence says `{word}`, which means nothing; see the top of tests/errors.rs")),
            }
        }
        if name.is_empty() {
            return Err(format!("a fence of `{info}` needs `file=PATH`"));
        }
        platform &= !text.lines().any(|line| line.starts_with("platform "));
        let bytes = if latin { text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect() } else { text.into_bytes() };
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
        let more = headings.filter(|heading| !matches!(*heading, "Wrong" | "Right") && part(heading).is_ok_and(|text| text.contains("```")));
        let right = std::iter::once("Right").chain(more).map(|heading| Ok((heading.to_owned(), example(heading)?))).collect::<Result<_, String>>()?;
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
            faults.push(format!("lang/errors/{code}.md begins with `{first}`: write `{head}` and a sentence without a full stop"));
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
    let extra = on_disk.difference(&registered).map(|name| format!("lang/errors/{name} has no code: register it in src/diag/codes.rs, or remove it"));
    let missing = registered.difference(&on_disk).map(|name| format!("lang/errors/{name} is missing: write it"));
    listed(&extra.chain(missing).collect::<Vec<_>>());
}

#[test]
fn wrong_examples_raise_their_code_and_no_other_error() {
    let mut faults = Vec::new();
    for page in pages() {
        let compilation = compiled(&page.wrong);
        let all = &compilation.diagnostics;
        if !all.iter().any(|one| one.code == page.code) {
            faults.push(format!("{} {}: the wrong example does not raise it, but\n{}", page.code, page.code.name(), shown(&compilation, all)));
        }
        let others: Vec<Diagnostic> = all.iter().filter(|one| one.code != page.code && one.is_error()).cloned().collect();
        if !others.is_empty() {
            faults.push(format!("{} {}: the wrong example raises other errors too; make it smaller\n{}", page.code, page.code.name(), shown(&compilation, &others)));
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
                faults.push(format!("{} {}: what stands under `## {heading}` raises\n{}", page.code, page.code.name(), shown(&compilation, &compilation.diagnostics)));
            }
        }
    }
    listed(&faults);
}

/// A code that no page can raise is not in the registry for anything; one that is raised again is not silent.
#[test]
fn every_code_is_raised() {
    let raised: BTreeSet<Code> = pages().iter().flat_map(|page| compiled(&page.wrong).diagnostics).map(|one| one.code).collect();
    let mut faults = Vec::new();
    for code in Code::ALL {
        match (raised.contains(code), SILENT.contains(&code.id())) {
            (false, false) => faults.push(format!("{code} {} is raised by no wrong example: mend its page, or take the code out of src/diag/codes.rs", code.name())),
            (true, true) => faults.push(format!("{code} {} is raised: write its page, and take it out of SILENT", code.name())),
            _ => {}
        }
    }
    listed(&faults);
}

#[test]
fn words_are_as_agreed() {
    let mut faults = Vec::new();
    for page in pages() {
        for one in compiled(&page.wrong).diagnostics {
            let texts = [("message", Some(&one.message)), ("help", one.help.as_ref())];
            for (what, text) in texts.into_iter().filter_map(|(what, text)| Some((what, text?))) {
                if text.is_empty() || text.ends_with(['.', ' ', '\n']) {
                    faults.push(format!("{}: the {what} `{text}` is empty or ends in a full stop or a space: cut it off", one.code));
                }
            }
        }
    }
    listed(&faults);
}
