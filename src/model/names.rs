//! Names that every reader takes: letters that it allows, as long as it allows, and never the same for two.
//!
//! A name that had to be changed or cut ends in a hash of the whole, so two that are alike at the start stay two, and
//! the same input gives the same name for ever.

use ecow::EcoString;
use sha2::{Digest, Sha256};

/// The longest identifier of PostgreSQL: 63 bytes.
pub const SQL_LIMIT: usize = 63;

/// A DNS label of at most `limit` letters: lower case letters, digits, `-`.
#[must_use]
pub fn dns(name: &str, limit: usize) -> EcoString {
    shaped(name, limit, '-')
}

/// A PostgreSQL identifier that needs no quotes when `name` is plain: lower case letters, digits, `_`.
#[must_use]
pub fn sql(name: &str) -> EcoString {
    shaped(name, SQL_LIMIT, '_')
}

/// A name as it is, cut with a hash when it is longer than `limit` bytes.
#[must_use]
pub fn cut(name: &str, limit: usize) -> EcoString {
    if name.len() <= limit { name.into() } else { hashed(name, name, limit, '_') }
}

/// The start of a name and a hash of something longer, for what has one name in a whole cloud and few letters.
#[must_use]
pub fn unique(shown: &str, whole: &str, limit: usize) -> EcoString {
    hashed(dns(shown, limit).trim_start_matches(|c: char| c.is_ascii_digit() || c == '-'), whole, limit, '-')
}

/// The name that an instance is reached by outside of Kubernetes.
#[must_use]
pub fn host(identifier: &str, environment: &str, platform: &str) -> String {
    format!("{identifier}.{environment}.{platform}.internal")
}

/// The namespace of a cell's databases.
#[must_use]
pub fn data_namespace(environment: &str, cell: &str) -> EcoString {
    dns(&format!("data-{environment}-{cell}"), 63)
}

/// The name that a service is reached by in its own cluster.
#[must_use]
pub fn service(name: &str, namespace: &str) -> String {
    format!("{name}.{namespace}.svc.cluster.local")
}

fn shaped(name: &str, limit: usize, filler: char) -> EcoString {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == filler;
    let mut out: String =
        name.chars().map(|c| c.to_ascii_lowercase()).map(|c| if allowed(c) { c } else { filler }).collect();
    let first = if filler == '_' { out.chars().next().is_some_and(|c| c.is_ascii_digit()) } else { false };
    if first {
        out.insert(0, '_');
    }
    let tidy = out.trim_matches(if filler == '-' { '-' } else { '\0' });
    if tidy == name && tidy.len() <= limit && !tidy.is_empty() {
        tidy.into()
    } else {
        hashed(tidy, name, limit, filler)
    }
}

/// The start of `shown`, and eight digits of the hash of `whole`.
fn hashed(shown: &str, whole: &str, limit: usize, filler: char) -> EcoString {
    let digest = Sha256::digest(whole.as_bytes());
    let hash = digest.first_chunk::<4>().map_or_else(String::new, |head| format!("{:08x}", u32::from_be_bytes(*head)));
    let mut room = limit.saturating_sub(hash.len() + 1).min(shown.len());
    while !shown.is_char_boundary(room) {
        room -= 1;
    }
    let start = shown.get(..room).unwrap_or_default().trim_end_matches(filler);
    if start.is_empty() { format!("x{hash}").into() } else { format!("{start}{filler}{hash}").into() }
}

#[cfg(test)]
mod tests {
    use super::{cut, dns, sql};

    #[test]
    fn plain_names_stay_and_others_never_meet() {
        assert_eq!(sql("t_acme"), "t_acme");
        assert_eq!(dns("eu-west-1-row-1", 63), "eu-west-1-row-1");
        let all =
            [sql("t_a-b"), sql("t_a_b"), sql("t_A_b"), sql("t_a.b"), dns("a_b", 63), dns("a-b", 63), dns("A-b", 63)];
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len(), "{all:?}");
        let long = "x".repeat(300);
        assert_eq!(sql(&long).len(), 63);
        assert_ne!(cut(&long, 63), cut(&format!("{long}y"), 63));
        assert!(
            dns("'; DROP TABLE x; --", 40).chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        );
        assert!(!dns("!!!", 40).is_empty());
    }
}
