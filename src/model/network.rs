//! Ranges of IPv4 addresses.
//!
//! in: a range as it is written. out: whether two overlap, and the parts that one is cut into.

/// A range of IPv4 addresses: the first one, and the length of what all share.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Range {
    first: u32,
    length: u32,
}

impl Range {
    /// A range as it is written: `10.0.0.0/16`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let address: std::net::Ipv4Addr = address.parse().ok()?;
        let length: u32 = length.parse().ok().filter(|length| *length <= 32)?;
        let range = Self { first: u32::from(address), length };
        (range.first & !range.mask() == 0).then_some(range)
    }

    fn mask(self) -> u32 {
        u32::MAX.checked_shl(32 - self.length).unwrap_or(0)
    }

    /// How many bits all addresses share.
    #[must_use]
    pub fn length(self) -> u32 {
        self.length
    }

    /// True where an address is in both.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        let mask = self.mask() & other.mask();
        self.first & mask == other.first & mask
    }

    /// How many parts of a length it has.
    #[must_use]
    pub fn parts(self, length: u32) -> u64 {
        length.checked_sub(self.length).map_or(0, |bits| 1 << bits)
    }

    /// One of its parts, counted from 0; nothing behind the last one.
    #[must_use]
    pub fn part(self, length: u32, number: u32) -> Option<Self> {
        (u64::from(number) < self.parts(length))
            .then(|| Self { first: self.first + number.checked_shl(32 - length).unwrap_or(0), length })
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", std::net::Ipv4Addr::from(self.first), self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::Range;

    #[test]
    fn ranges_are_read_and_compared() {
        let range = |text: &str| Range::parse(text);
        assert!(range("10.0.0.0/16").is_some() && range("0.0.0.0/0").is_some() && range("10.1.2.3/32").is_some());
        for odd in ["10.0.0.0", "10.0.0.1/16", "10.0.0.0/33", "10.0.0/16", "ten/16", ""] {
            assert_eq!(range(odd), None, "{odd}");
        }
        let overlaps = |a: &str, b: &str| range(a).zip(range(b)).is_some_and(|(a, b)| a.overlaps(b) && b.overlaps(a));
        assert!(overlaps("10.0.0.0/8", "10.20.0.0/16") && overlaps("0.0.0.0/0", "192.168.0.0/24"));
        assert!(!overlaps("10.0.0.0/16", "10.1.0.0/16"));
    }

    #[test]
    fn parts_follow_each_other() {
        let part = |text: &str, length, number| {
            Range::parse(text).and_then(|range| range.part(length, number)).map(|range| range.to_string())
        };
        assert_eq!(part("10.20.0.0/16", 24, 0).as_deref(), Some("10.20.0.0/24"));
        assert_eq!(part("10.20.0.0/16", 24, 255).as_deref(), Some("10.20.255.0/24"));
        assert_eq!(part("10.20.0.0/16", 24, 256), None);
        assert_eq!(part("10.20.4.0/24", 24, 0).as_deref(), Some("10.20.4.0/24"));
        assert_eq!(part("10.20.4.0/24", 23, 0), None);
        assert_eq!(part("10.0.0.0/8", 23, 32767).as_deref(), Some("10.255.254.0/23"));
    }
}
