//! What a cell has of the platform's network, and the hour in which services change by themselves, as clouds say it.
//!
//! in: the cell's number, the environment's hour. out: a range of addresses; words of three clouds.

use minijinja::{Value, context};

use super::Place;
use crate::diag::{Code, Diagnostic};
use crate::model::Maintenance;

/// The cell's part of the network; told where it has no more parts.
pub fn part(place: &Place<'_>, diagnostics: &mut Vec<Diagnostic>) -> String {
    let platform = &place.model.platform;
    let part = place.network();
    if part.is_none() {
        let cells = place.model.environments.iter().flat_map(|environment| &environment.cells);
        let most = cells.map(|cell| cell.network).max().unwrap_or(0);
        let bits = u32::BITS - most.leading_zeros();
        let length = place.network_length().saturating_sub(bits);
        let message = format!("{} has no part left for every cell: {} are wanted", platform.cidr, u64::from(most) + 1);
        diagnostics.push(Code::NetworkParts.at(platform.span, message).help(format!(
            "write a range of /{length} or larger in the platform: `network {{ cidr = \"10.0.0.0/{length}\" }}`"
        )));
    }
    part.unwrap_or_default()
}

/// When services change by themselves, as each cloud says it. Backups of Amazon may not be made in the same hour.
pub fn maintenance(window: Maintenance) -> Value {
    let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    let name = |day: u8| days.get(usize::from(day % 7)).copied().unwrap_or("sunday");
    let (day, hour) = (window.day, window.hour);
    let short = |day: u8| name(day).get(..3).unwrap_or_default();
    let (next_day, next) = if hour == 23 { (day + 1, 0) } else { (day, hour + 1) };
    context! {
        // From Sunday, which is 0; from Monday, which is 1; in capitals.
        day => day,
        number => if day == 0 { 7 } else { day },
        name => name(day).to_uppercase(),
        hour => hour,
        weekly => format!("{}:{hour:02}:00-{}:{next:02}:00", short(day), short(next_day)),
        backups => if hour == 2 { "04:00-05:00" } else { "02:00-03:00" },
    }
}
