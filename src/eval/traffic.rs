//! `traffic` blocks and hours in which an environment is awake → windows of load; `change_window`s → windows of changes; and
//! whether their hours exist where they are.
//!
//! What follows a window runs by the wall clock of its zone. An hour that a zone skips in spring would be skipped on that
//! day, and with it the growth.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span as Length, Timestamp, civil};

use super::Evaluator;
use crate::diag::{Code, Diagnostic, nearest};
use crate::model::{Maintenance, Window};
use crate::resolve::{DefId, Object, Value};
use crate::source::Span;

/// Years whose clock changes are looked at. Zones repeat their rules; a fixed range keeps builds alike.
const YEARS: (i16, i16) = (2026, 2036);

/// A tenant's `traffic` entry as a window.
pub fn window(evaluator: &Evaluator<'_>, traffic: &Value) -> Option<Window> {
    let Value::Object(Object::Definition(id), name) = traffic else { return None };
    read(evaluator, *id, "", name)
}

/// The hours in which the environment is awake; nothing where it always is.
pub fn awake(evaluator: &Evaluator<'_>) -> Option<Window> {
    read(evaluator, evaluator.environment?, "awake.", "awake")
}

fn read(evaluator: &Evaluator<'_>, id: DefId, before: &str, name: &str) -> Option<Window> {
    let value =
        |path: &str| evaluator.value(Object::Definition(id), &format!("{before}{path}")).unwrap_or(Value::Nothing);
    let (Value::Time(from), Value::Time(to)) = (value("from"), value("to")) else { return None };
    let Value::List(days) = value("days") else { return None };
    let mut days: Vec<u8> = days.iter().filter_map(|day| weekday(&day.to_string())).collect();
    days.sort_unstable();
    days.dedup();
    let scale = super::number(&value("scale")).unwrap_or(1.0);
    Some(Window { name: name.into(), days, from, to, zone: value("zone").to_string().into(), scale })
}

/// When changes may be applied in an environment.
pub fn change_window(evaluator: &Evaluator<'_>, environment: DefId) -> Option<Window> {
    let value = |path: &str| evaluator.value(Object::Definition(environment), path).unwrap_or(Value::Nothing);
    let days = vec![weekday(&value("change_window.day").to_string())?];
    let (Value::Time(from), Value::Time(to)) = (value("change_window.from"), value("change_window.to")) else {
        return None;
    };
    let definition = evaluator.program.definition(environment)?;
    let zone = value("change_window.zone").to_string().into();
    let window = Window { name: definition.name.clone(), days, from, to, zone, scale: 1.0 };
    let at = |path: &str| place(evaluator, environment, &format!("change_window.{path}"), definition.span);
    if let Some(told) = fault(&window, &at) {
        evaluator.tell(told);
    }
    Some(window)
}

/// The first whole hour that is inside a window of changes whatever the season, in UTC: services know no other zone. Nothing
/// where Terraform makes no services; told where a cloud has them and there is no such hour.
pub fn maintenance(evaluator: &Evaluator<'_>, environment: DefId, window: &Window) -> Option<Maintenance> {
    let platform = Object::Definition(evaluator.program.platform?);
    let cloud = evaluator.value(platform, "cloud").map(|cloud| cloud.to_string()).unwrap_or_default();
    if !matches!(cloud.as_str(), "aws" | "gcp" | "azure") {
        return None;
    }
    let zone = TimeZoneDatabase::bundled().get(&window.zone).ok()?;
    let hour = whole_hour(&zone, window);
    if hour.is_none() {
        let definition = evaluator.program.definition(environment)?;
        let span = place(evaluator, environment, "change_window.to", definition.span);
        let message = format!(
            "the change window of {} has no hour that is inside it in summer and in winter; services keep their usual one",
            definition.name
        );
        evaluator.tell(Code::MaintenanceWindow.at(span, message).help("make it two hours or longer, or say it in UTC"));
    }
    hour
}

fn whole_hour(zone: &TimeZone, window: &Window) -> Option<Maintenance> {
    let days = (YEARS.0..=YEARS.1).flat_map(|year| (1..=12).map(move |month| civil::date(year, month, 15)));
    let offsets = days.filter_map(|day| Some(day.to_zoned(zone.clone()).ok()?.offset().seconds().div_euclid(60)));
    let offsets: Vec<i32> = offsets.collect();
    let (from, to) = (i32::from(window.from), i32::from(window.to));
    let to = if to > from { to } else { to + 1440 };
    // Clocks that are ahead by more minutes say the same time earlier.
    let (begin, end) = (from - offsets.iter().min()?, to - offsets.iter().max()?);
    let hour = (begin + 59).div_euclid(60);
    let day = i32::from(*window.days.first()?) + hour.div_euclid(24);
    ((hour + 1) * 60 <= end).then_some(Maintenance {
        day: u8::try_from(day.rem_euclid(7)).ok()?,
        hour: u8::try_from(hour.rem_euclid(24)).ok()?,
    })
}

fn weekday(name: &str) -> Option<u8> {
    let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    days.iter().position(|day| *day == name).and_then(|day| u8::try_from(day).ok())
}

/// Tells windows that can't be: a zone that is not known, no length, an hour that is skipped.
pub fn check(evaluator: &Evaluator<'_>) {
    for (id, definition) in evaluator.program.of_kind("traffic") {
        let traffic = Value::Object(Object::Definition(id), definition.name.clone());
        let Some(window) = window(evaluator, &traffic) else { continue };
        if let Some(told) = fault(&window, &|path| place(evaluator, id, path, definition.span)) {
            evaluator.tell(told);
        }
    }
    for (id, definition) in evaluator.program.of_kind("environment") {
        let Some(window) = read(evaluator, id, "awake.", "awake") else { continue };
        let place = |path: &str| place(evaluator, id, &format!("awake.{path}"), definition.span);
        if let Some(told) = fault(&window, &place) {
            evaluator.tell(told);
        }
    }
}

fn place(evaluator: &Evaluator<'_>, id: DefId, path: &str, block: Span) -> Span {
    let said = evaluator.candidates(Object::Definition(id), path);
    said.first().map_or(block, |winner| winner.fact.span)
}

fn fault(window: &Window, place: &dyn Fn(&str) -> Span) -> Option<Diagnostic> {
    let zones = TimeZoneDatabase::bundled();
    let Ok(zone) = zones.get(&window.zone) else {
        let known: Vec<String> = zones.available().map(|name| name.to_string()).collect();
        let near =
            nearest(&window.zone, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
        let usual = "write the name of a place: `zone = \"Europe/Berlin\"`";
        return Some(
            Code::Schedule
                .at(place("zone"), format!("there is no time zone `{}`", window.zone))
                .help(near.unwrap_or_else(|| usual.to_owned())),
        );
    };
    if window.from == window.to {
        return Some(
            Code::Schedule
                .at(place("to"), format!("{} begins and ends at {}", window.name, clock(window.from)))
                .help("a whole day is `from = 00:00  to = 24:00`"),
        );
    }
    let ends: Vec<u8> = if window.to > window.from {
        window.days.clone()
    } else {
        window.days.iter().map(|day| (day + 1) % 7).collect()
    };
    for (path, at, days) in [("from", window.from, &window.days), ("to", window.to % 1440, &ends)] {
        if let Some(gap) = skipped(&zone, at, days) {
            return Some(
                Code::Schedule
                    .at(place(path), format!("{} does not exist in {} on {}", clock(at), window.zone, gap.day))
                    .here(format!("clocks go from {} to {} that day", clock(gap.from), clock(gap.to)))
                    .help(format!("choose {}, or an hour before {}", clock(gap.to), clock(gap.from))),
            );
        }
    }
    None
}

/// Wall clock times that a day lacks.
struct Gap {
    day: civil::Date,
    from: u16,
    to: u16,
}

/// The first day, of those days of the week, on which a time is skipped.
fn skipped(zone: &TimeZone, at: u16, days: &[u8]) -> Option<Gap> {
    let start: Timestamp = civil::date(YEARS.0, 1, 1).to_zoned(TimeZone::UTC).ok()?.timestamp();
    let minutes =
        |time: civil::Time| u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).unwrap_or(0);
    for change in zone.following(start) {
        let instant = change.timestamp();
        let before = zone.to_offset(instant.checked_sub(Length::new().seconds(1)).ok()?);
        let (old, new) = (before.to_datetime(instant), change.offset().to_datetime(instant));
        if old.year() > YEARS.1 {
            return None;
        }
        let day = u8::try_from(old.weekday().to_sunday_zero_offset()).unwrap_or(0);
        let (from, to) = (minutes(old.time()), minutes(new.time()));
        if new > old && days.contains(&day) && (from..to).contains(&at) {
            return Some(Gap { day: old.date(), from, to });
        }
    }
    None
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
