//! Fleets of tenants: time, peak memory and files, as ratios in the same run. `docs/benchmarks.md` says what and how.
//!
//! `cargo bench --bench fleets -- --fleets 1k,10k,100k --runs 3 --in FOLDER --parts abcde`

#![allow(clippy::print_stdout, reason = "a table for people")]
#![allow(clippy::disallowed_methods, reason = "the core's rule; this is a program around it")]

#[path = "fleets/fleet.rs"]
mod fleet;
#[path = "fleets/jsonnet.rs"]
mod jsonnet;
#[path = "fleets/run.rs"]
mod run;
#[path = "fleets/tree.rs"]
mod tree;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use run::{Runs, head, run};

const RSJSONNET: &str = "0.5.1";

struct Options {
    fleets: Vec<usize>,
    runs: usize,
    folder: PathBuf,
    parts: String,
}

/// What a fleet's first builds gave.
struct Built {
    tenants: usize,
    runs: Runs,
    copies: Runs,
    files: u64,
    bytes: u64,
}

fn main() -> io::Result<()> {
    let options = options()?;
    let home = tempfile::Builder::new().prefix("tenantc-fleets-").tempdir_in(&options.folder)?;
    println!("{}", machine(home.path()));
    let on = |part: char| options.parts.contains(part);
    let mut built = Vec::new();
    if on('a') || on('b') || on('c') {
        for &tenants in &options.fleets {
            built.push(fleet_of(home.path(), tenants, &options)?);
        }
    }
    if on('c') {
        growth(&built);
    }
    if on('d')
        && let Some(&tenants) = options.fleets.iter().filter(|tenants| **tenants <= 10_000).max()
    {
        threads(home.path(), tenants, options.runs)?;
    }
    if on('e') {
        parsing(home.path(), options.runs)?;
    }
    home.close()
}

fn options() -> io::Result<Options> {
    let mut out = Options { fleets: vec![1_000, 10_000], runs: 3, folder: env::temp_dir(), parts: "abcde".to_owned() };
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| wrong(&format!("{argument} wants a value")));
        match argument.as_str() {
            "--fleets" => out.fleets = value()?.split(',').map(count).collect::<io::Result<_>>()?,
            "--runs" => out.runs = count(&value()?)?.max(1),
            "--in" => out.folder = value()?.into(),
            "--parts" => out.parts = value()?,
            // What `cargo bench` adds.
            "--bench" => {}
            other => {
                return Err(wrong(&format!(
                    "`{other}`? It takes --fleets 1k,10k,100k  --runs 3  --in FOLDER  --parts abcde"
                )));
            }
        }
    }
    out.fleets.sort_unstable();
    Ok(out)
}

fn wrong(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

/// `10k` → 10 000
fn count(text: &str) -> io::Result<usize> {
    let (digits, unit) = text.strip_suffix('k').map_or((text, 1), |digits| (digits, 1_000));
    digits.parse::<usize>().map(|number| number * unit).map_err(|_| wrong(&format!("`{text}` is no number")))
}

/// Processors, memory, and the file system of a folder.
fn machine(folder: &Path) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok())
        .unwrap_or(0)
        / (1 << 20);
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let system = mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ').skip(1);
            Some((fields.next()?, fields.next()?))
        })
        .filter(|(at, _)| folder.starts_with(at))
        .max_by_key(|(at, _)| at.len())
        .map_or("?", |(_, system)| system);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("{cores} processors, {total} GiB of memory, {system}, load {}", load.split(' ').next().unwrap_or("?"))
}

fn tenantc(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantc"));
    command.args(words);
    command
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}

/// By the clock, and by the processors: the second holds on a busy machine too.
fn ratio(a: &Runs, b: &Runs) -> String {
    let cpu = a.cpu().zip(b.cpu()).map_or_else(|| "–".to_owned(), |(a, b)| format!("{:.2}", a / b));
    format!("{:.2} by the clock, {cpu} by the processors", a.median() / b.median())
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

/// First builds, `cp -r` of the same, rebuilds, `--check`; for the smallest fleet `rsjsonnet` too.
///
/// Each first build is of a new workspace into a new folder, and nothing is removed before all is done: some file
/// systems are slow to make files right after many were removed.
fn fleet_of(home: &Path, tenants: usize, options: &Options) -> io::Result<Built> {
    let on = |part: char| options.parts.contains(part);
    let times = if tenants > 20_000 { 1 } else { options.runs };
    let (mut first, mut copied) = (Runs::default(), Runs::default());
    let at = |what: &str, number: usize| home.join(format!("{tenants}-{what}-{number}"));
    for number in 0..times {
        fleet::write(&at("spec", number), tenants)?;
        first.0.push(run(tenantc(&["build", text(&at("spec", number)), "--out", text(&at("out", number))])
            .env_remove("RAYON_NUM_THREADS"))?);
        copied.0.push(run(Command::new("cp").args(["-r", text(&at("out", number)), text(&at("copy", number))]))?);
    }
    let (spec, out) = (at("spec", times - 1), at("out", times - 1));
    let (files, bytes) = tree::size(&out)?;
    head(&format!("{tenants} tenants: {files} files, {:.1} MB", megabytes(bytes)));
    first.row("tenantc build, first");
    copied.row("cp -r of its output");
    println!(
        "  tenantc / cp -r: {}; aim at most 1.50: {}",
        ratio(&first, &copied),
        verdict(first.median() <= 1.5 * copied.median())
    );
    if on('b') {
        rebuilds(&spec, &out, times, &first)?;
    }
    if on('a') && options.fleets.first() == Some(&tenants) {
        against_jsonnet(home, &at("out", 0), tenants, times, &first)?;
    }
    Ok(Built { tenants, runs: first, copies: copied, files, bytes })
}

fn rebuilds(spec: &Path, out: &Path, times: usize, first: &Runs) -> io::Result<()> {
    let (mut same, mut fresh, mut check, mut more) =
        (Runs::default(), Runs::default(), Runs::default(), Runs::default());
    let build = |more: &[&str]| run(tenantc(&["build", text(spec), "--out", text(out)]).args(more));
    // The first run after a build may find the stamp too young to be trusted; it is not counted.
    build(&[])?;
    for _ in 0..times {
        same.0.push(build(&[])?);
        check.0.push(build(&["--check"])?);
        fresh.0.push(build(&["--fresh"])?);
    }
    for number in 0..times {
        fleet::add(spec, number)?;
        more.0.push(build(&[])?);
    }
    same.row("tenantc build, nothing changed");
    check.row("tenantc build --check");
    fresh.row("tenantc build --fresh, nothing changed");
    more.row("tenantc build, one tenant more");
    println!(
        "  nothing changed / first: {}; aim well under 0.10: {}",
        ratio(&same, first),
        verdict(same.median() < 0.1 * first.median())
    );
    for (what, runs) in [("--check", &check), ("--fresh", &fresh), ("one tenant more", &more)] {
        println!("  {what} / first: {}", ratio(runs, first));
    }
    Ok(())
}

/// `rsjsonnet` writing the same files; see `jsonnet.rs` for what it is given.
fn against_jsonnet(home: &Path, ours: &Path, tenants: usize, times: usize, first: &Runs) -> io::Result<()> {
    let program = rsjsonnet(home)?;
    let folder = home.join("jsonnet");
    let out = |number: usize| home.join(format!("jsonnet-out-{number}"));
    let mut theirs = Runs::default();
    for number in 0..times {
        jsonnet::write(&folder, &out(number), ours, tenants)?;
        theirs.0.push(run(Command::new(&program).args([
            "-S",
            "--no-trailing-newline",
            "-m",
            text(&out(number)),
            text(&folder.join("fleet.jsonnet")),
        ]))?);
    }
    theirs.row(&format!("rsjsonnet {RSJSONNET}"));
    let (ours, theirs_tree) = (tree::read(ours)?, tree::read(&out(0))?);
    let same = ours.iter().filter(|(path, file)| theirs_tree.get(*path) == Some(*file)).count();
    println!(
        "  tenantc / rsjsonnet: {}; aim under 1.00: {}",
        ratio(first, &theirs),
        verdict(first.median() < theirs.median())
    );
    println!("  of {} files, rsjsonnet wrote {}, {same} of them byte for byte the same", ours.len(), theirs_tree.len());
    for (path, _) in ours.iter().filter(|(path, file)| theirs_tree.get(*path) != Some(*file)).take(3) {
        println!("  differs: {path}");
    }
    Ok(())
}

/// `rsjsonnet` of the judges' folder, of the path, or installed for this run.
fn rsjsonnet(home: &Path) -> io::Result<PathBuf> {
    let judges = Path::new(env!("CARGO_MANIFEST_DIR")).join(".judges/bin/rsjsonnet");
    if judges.is_file() {
        return Ok(judges);
    }
    if Command::new("rsjsonnet").arg("--help").output().is_ok_and(|output| output.status.success()) {
        return Ok("rsjsonnet".into());
    }
    let root = home.join("tools");
    run(Command::new("cargo").args([
        "install",
        "rsjsonnet",
        "--version",
        RSJSONNET,
        "--locked",
        "--root",
        text(&root),
    ]))?;
    Ok(root.join("bin/rsjsonnet"))
}

fn megabytes(bytes: u64) -> f64 {
    float(bytes) / 1e6
}

fn float(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Each fleet against the one before it, beside what `cp -r` needed more: making ten times the files is more than ten
/// times the work for some systems.
fn growth(built: &[Built]) {
    println!("\n   tenants    files        MB        s    CPU s peak MiB  CPU ms/tenant  KiB/tenant");
    let mut before: Option<&Built> = None;
    let tenants = |one: &Built| float(u64::try_from(one.tenants).unwrap_or(u64::MAX));
    let cpu = |runs: &Runs| runs.cpu().unwrap_or_else(|| runs.median());
    for one in built {
        let peak = one.runs.peak().unwrap_or(f64::NAN);
        println!(
            "{:>10} {:>8} {:>9.1} {:>8.2} {:>8.2} {peak:>8.0} {:>14.3} {:>11.1}",
            one.tenants,
            one.files,
            megabytes(one.bytes),
            one.runs.median(),
            cpu(&one.runs),
            cpu(&one.runs) * 1e3 / tenants(one),
            peak * 1024.0 / tenants(one)
        );
        if let Some(before) = before {
            let more = tenants(one) / tenants(before);
            let (ours, copies) = (cpu(&one.runs) / cpu(&before.runs), cpu(&one.copies) / cpu(&before.copies));
            let met = verdict(ours < 1.25 * more.max(copies));
            println!("  {more:.0} × the tenants: {ours:.1} × the processor time, cp -r {copies:.1} ×; linear: {met}");
        }
        before = Some(one);
    }
}

/// One thread against two: time, and the same bytes.
fn threads(home: &Path, tenants: usize, times: usize) -> io::Result<()> {
    let mut all = [Runs::default(), Runs::default()];
    let out = |threads: usize, number: usize| home.join(format!("threads-{threads}-{number}"));
    for number in 0..times {
        for (threads, runs) in (1..).zip(&mut all) {
            let spec = home.join(format!("threads-spec-{threads}-{number}"));
            fleet::write(&spec, tenants)?;
            runs.0.push(run(tenantc(&["build", text(&spec), "--out", text(&out(threads, number))])
                .env("RAYON_NUM_THREADS", threads.to_string()))?);
        }
    }
    head(&format!("{tenants} tenants"));
    let [one, two] = &all;
    one.row("tenantc build, one thread");
    two.row("tenantc build, two threads");
    let same = tree::read(&out(1, 0))? == tree::read(&out(2, 0))?;
    println!(
        "  two threads / one: {}; the trees are {}",
        ratio(two, one),
        if same { "the same, byte for byte" } else { "NOT THE SAME" }
    );
    Ok(())
}

/// Files twice as long each: twice the time each.
fn parsing(home: &Path, times: usize) -> io::Result<()> {
    head("parsing and laying out one file");
    let mut before: Option<f64> = None;
    for size in [1, 2, 4, 8] {
        let path = home.join(format!("{size}.tenant"));
        fs::write(&path, fleet::blocks(size << 20))?;
        run(&mut tenantc(&["fmt", text(&path)]))?;
        let mut runs = Runs::default();
        for _ in 0..times {
            runs.0.push(run(&mut tenantc(&["fmt", "--check", text(&path)]))?);
        }
        runs.row(&format!("tenantc fmt --check, {size} MiB"));
        if let Some(before) = before {
            println!(
                "  twice the text took {:.2} × the time; linear: {}",
                runs.min() / before,
                verdict(runs.min() < 2.5 * before)
            );
        }
        before = Some(runs.min());
    }
    Ok(())
}
