//! Numbers with their units: the text of a number token → a [`Literal`].
//!
//! | kind | units | held as |
//! |---|---|---|
//! | size | `B KiB MiB GiB TiB PiB` | bytes |
//! | duration | `us ms s min h d w y` (a year is 365 days) | microseconds |
//! | percent | `%` | a fraction: `95%` is 0.95 |
//! | rate | `/s /min /h /d`, or a size a second: `64MiB/s` | per second |
//! | time of day | `07:30` | minutes since midnight |
//! | date | `2026-10-01` | year, month, day |

/// A literal as written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Literal {
    /// `true`, `false`.
    Bool(bool),
    /// A whole number without a unit.
    Int(i64),
    /// A number with a fraction.
    Number(f64),
    /// Bytes.
    Size(i64),
    /// Microseconds.
    Duration(i64),
    /// A fraction of one.
    Percent(f64),
    /// Per second.
    Rate(f64),
    /// Minutes since midnight.
    Time(u16),
    /// Year, month, day.
    Date(i16, u8, u8),
}

/// Bytes of a size unit.
#[must_use]
pub fn size_unit(unit: &str) -> Option<i64> {
    Some(match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        "PiB" => 1 << 50,
        _ => return None,
    })
}

/// Microseconds of a duration unit.
#[must_use]
pub fn duration_unit(unit: &str) -> Option<i64> {
    Some(match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "min" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        "w" => 7 * 86_400_000_000,
        "y" => 365 * 86_400_000_000,
        _ => return None,
    })
}

/// Why a number can't be read, with what to write instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadQuantity {
    /// What is wrong.
    pub message: String,
    /// What to write.
    pub help: Option<String>,
}

/// Reads a number token. Exact: what does not come out as a whole number of bytes or microseconds is refused.
///
/// # Errors
/// An unknown unit, a number too large, an impossible time or date.
pub fn read(text: &str) -> Result<Literal, BadQuantity> {
    if let Some((hours, minutes)) = text.split_once(':') {
        return time(hours, minutes)
            .ok_or_else(|| bad(format!("`{text}` is not a time of day"), "write it from `00:00` to `24:00`"));
    }
    if text.matches('-').count() == 2 {
        return date(text).ok_or_else(|| bad(format!("`{text}` is not a date"), "write it as `2026-10-31`"));
    }
    let split = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '_')).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let digits = digits.replace('_', "");
    let number: f64 = digits
        .parse()
        .map_err(|_| bad(format!("`{text}` is not a number"), "write digits, then a unit, as in `4GiB`"))?;
    match unit {
        "" if digits.contains('.') => Ok(Literal::Number(number)),
        "" => digits.parse().map(Literal::Int).map_err(|_| too_large(text)),
        "%" => Ok(Literal::Percent(number / 100.0)),
        "/s" => Ok(Literal::Rate(number)),
        "/min" => Ok(Literal::Rate(number / 60.0)),
        "/h" => Ok(Literal::Rate(number / 3_600.0)),
        "/d" => Ok(Literal::Rate(number / 86_400.0)),
        _ => {
            if let Some(factor) = unit.strip_suffix("/s").and_then(size_unit) {
                #[allow(clippy::cast_precision_loss, reason = "rates are no counts")]
                Ok(Literal::Rate(number * factor as f64))
            } else if let Some(factor) = size_unit(unit) {
                scaled(&digits, factor).map(Literal::Size).ok_or_else(|| not_whole(text, "bytes"))
            } else if let Some(factor) = duration_unit(unit) {
                scaled(&digits, factor).map(Literal::Duration).ok_or_else(|| not_whole(text, "microseconds"))
            } else {
                Err(unknown_unit(&digits, unit))
            }
        }
    }
}

fn bad(message: String, help: &str) -> BadQuantity {
    BadQuantity { message, help: Some(help.to_owned()) }
}

fn too_large(text: &str) -> BadQuantity {
    bad(format!("`{text}` is larger than any number here can be"), "the largest whole number is 9223372036854775807")
}

fn not_whole(text: &str, what: &str) -> BadQuantity {
    bad(format!("`{text}` is not a whole number of {what} that fits 64 bits"), "use a smaller unit or fewer digits")
}

fn unknown_unit(digits: &str, unit: &str) -> BadQuantity {
    let right = match unit {
        "K" | "k" | "KB" | "kB" | "kb" | "Ki" => Some("KiB"),
        "M" | "MB" | "Mb" | "mb" | "Mi" => Some("MiB"),
        "G" | "GB" | "Gb" | "gb" | "g" | "Gi" => Some("GiB"),
        "T" | "TB" | "Tb" | "tb" | "Ti" => Some("TiB"),
        "m" | "mins" | "minute" | "minutes" => Some("min"),
        "sec" | "secs" | "second" | "seconds" => Some("s"),
        "hour" | "hours" | "hr" => Some("h"),
        "day" | "days" => Some("d"),
        "week" | "weeks" => Some("w"),
        "year" | "years" | "yr" => Some("y"),
        _ => None,
    };
    let help = match right {
        Some(right) => format!("did you mean `{digits}{right}`?"),
        None => "units are B KiB MiB GiB TiB PiB, us ms s min h d w y, %, /s /min /h /d".to_owned(),
    };
    BadQuantity { message: format!("`{unit}` is not a unit"), help: Some(help) }
}

/// `digits × factor`, exactly, or nothing.
fn scaled(digits: &str, factor: i64) -> Option<i64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut value = i128::from(whole.parse::<i64>().ok()?) * i128::from(factor);
    if !fraction.is_empty() {
        let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let part = fraction.parse::<i128>().ok()?.checked_mul(i128::from(factor))?;
        if part % scale != 0 {
            return None;
        }
        value += part / scale;
    }
    i64::try_from(value).ok()
}

fn time(hours: &str, minutes: &str) -> Option<Literal> {
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= 24 * 60).then_some(Literal::Time(total))
}

fn date(text: &str) -> Option<Literal> {
    let mut parts = text.split('-');
    let year: i16 = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day: u8 = parts.next()?.parse().ok()?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    (1..=days).contains(&day).then_some(Literal::Date(year, month, day))
}

#[cfg(test)]
mod tests {
    use super::{Literal, read};

    #[test]
    fn exact_or_refused() {
        assert_eq!(read("1.5GiB"), Ok(Literal::Size(1_610_612_736)));
        assert_eq!(read("128KiB"), Ok(Literal::Size(131_072)));
        assert_eq!(read("90d"), Ok(Literal::Duration(7_776_000_000_000)));
        assert_eq!(read("64MiB/s"), Ok(Literal::Rate(67_108_864.0)));
        assert_eq!(read("07:30"), Ok(Literal::Time(450)));
        assert_eq!(read("2024-02-29"), Ok(Literal::Date(2024, 2, 29)));
        assert_eq!(read("1_000"), Ok(Literal::Int(1000)));
        for wrong in ["1.3B", "2023-02-29", "24:01", "9223372036854775808", "1.2.3", "9000PiB", "0.0000001s"] {
            assert!(read(wrong).is_err(), "{wrong} was read");
        }
        assert_eq!(read("4GB").unwrap_err().help.as_deref(), Some("did you mean `4GiB`?"));
    }
}
