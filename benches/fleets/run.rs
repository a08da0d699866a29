//! Running a program and seeing what it took.

use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// What one run took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    /// Seconds by the clock.
    pub wall: f64,
    /// Seconds of processors, in steps of 10 ms; Linux only.
    pub cpu: Option<f64>,
    /// Most memory at a time (`VmHWM`), in KiB; Linux only. What is taken in the very last milliseconds may be missed.
    pub peak: Option<u64>,
}

/// Runs a program to its end.
///
/// On Linux the program is watched through `/proc`: its peak while it runs, its processor time when it has ended and
/// was not waited for yet. Elsewhere only the clock is read.
pub fn run(command: &mut Command) -> io::Result<Run> {
    let mut told = tempfile::tempfile()?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(told.try_clone()?);
    let started = Instant::now();
    let mut child = command.spawn()?;
    let proc = format!("/proc/{}", child.id());
    let mut run = Run::default();
    while let Ok(stat) = fs::read_to_string(format!("{proc}/stat")) {
        // What follows the name: state, then numbers; processor time stands at places 14 and 15, counted from 1.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        if matches!(fields.first(), Some(&("Z" | "X"))) {
            run.wall = started.elapsed().as_secs_f64();
            let ticks = |place: usize| fields.get(place - 3).and_then(|ticks| ticks.parse::<f64>().ok());
            run.cpu = ticks(14).zip(ticks(15)).map(|(user, system)| (user + system) / 100.0);
            break;
        }
        let status = fs::read_to_string(format!("{proc}/status")).unwrap_or_default();
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        run.peak = peak.max(run.peak);
        thread::sleep(Duration::from_millis(if started.elapsed() < Duration::from_secs(1) { 1 } else { 5 }));
    }
    let status = child.wait()?;
    if run.wall == 0.0 {
        run.wall = started.elapsed().as_secs_f64();
    }
    if !status.success() {
        let mut text = String::new();
        told.seek(SeekFrom::Start(0))?;
        told.read_to_string(&mut text)?;
        let start: String = text.chars().take(2_000).collect();
        return Err(io::Error::other(format!("{command:?} ended with {status}:\n{start}")));
    }
    Ok(run)
}

/// Several runs of the same.
#[derive(Clone, Debug, Default)]
pub struct Runs(pub Vec<Run>);

impl Runs {
    /// The shortest, by the clock.
    pub fn min(&self) -> f64 {
        self.0.iter().map(|run| run.wall).fold(f64::INFINITY, f64::min)
    }

    /// The middle one, by the clock.
    pub fn median(&self) -> f64 {
        middle(self.0.iter().map(|run| run.wall).collect())
    }

    /// The middle one, by the processors.
    pub fn cpu(&self) -> Option<f64> {
        let all: Vec<f64> = self.0.iter().filter_map(|run| run.cpu).collect();
        (!all.is_empty()).then(|| middle(all))
    }

    /// The largest peak, in MiB.
    pub fn peak(&self) -> Option<f64> {
        let peak = self.0.iter().filter_map(|run| run.peak).max()?;
        Some(f64::from(u32::try_from(peak).unwrap_or(u32::MAX)) / 1024.0)
    }

    /// One line of a table.
    pub fn row(&self, what: &str) {
        let seconds = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"));
        let peak = self.peak().map_or_else(|| "–".to_owned(), |peak| format!("{peak:.0}"));
        println!(
            "{what:<44} {:>4} {:>8.3} {:>8.3} {:>8} {peak:>8}",
            self.0.len(),
            self.min(),
            self.median(),
            seconds(self.cpu())
        );
    }
}

/// The line above [`Runs::row`]s.
pub fn head(title: &str) {
    println!("\n{title:<44} runs   min s median s    CPU s peak MiB");
}

fn middle(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    let half = all.len() / 2;
    let at = |place: usize| all.get(place).copied().unwrap_or(f64::NAN);
    if all.len().is_multiple_of(2) { f64::midpoint(at(half.wrapping_sub(1)), at(half)) } else { at(half) }
}
