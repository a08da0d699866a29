//! "Did you mean": the nearest right name, or none when nothing is near.

/// The candidate nearest to `wrong`: Jaro-Winkler of at least 0.8, or the same letters in another case or with `-` for `_`.
#[must_use]
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = wrong.to_lowercase().replace('-', "_");
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let score = strsim::jaro_winkler(&folded, &candidate.to_lowercase().replace('-', "_"));
        let better =
            best.is_none_or(|(top, name)| score > top || ((score - top).abs() < f64::EPSILON && candidate < name));
        if score >= 0.8 && better {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, name)| name)
}

/// A help line: the nearest name, or all of them when they are few.
#[must_use]
pub fn did_you_mean<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let all: Vec<&str> = candidates.into_iter().collect();
    match nearest(wrong, all.iter().copied()) {
        Some(name) => Some(format!("did you mean `{name}`?")),
        None if all.is_empty() || all.len() > 16 => None,
        None => Some(format!("use {}", one_of(all))),
    }
}

/// `` `a`, `b` or `c` ``.
#[must_use]
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    listed(&quoted, "or")
}

/// `a, b and c`.
#[must_use]
pub fn all_of(words: &[String]) -> String {
    listed(words, "and")
}

fn listed(words: &[String], before_last: &str) -> String {
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {before_last} {last}", rest.join(", ")),
        None => String::new(),
    }
}
