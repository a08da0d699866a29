//! Address ranges: of the platform's network, and of those who come from outside of it.
//!
//! A cloud cuts the network into parts, so it wants /16 to /24; where two ranges overlap, packets go to the wrong one.

use crate::diag::{Code, Diagnostic};
use crate::model::Model;
use crate::resolve::Program;
use crate::source::Span;

/// A range of IPv4 addresses: the first one, and the length of what all share.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Range {
    first: u32,
    length: u32,
}

impl Range {
    /// A range as it is written: `10.0.0.0/16`.
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let address: std::net::Ipv4Addr = address.parse().ok()?;
        let length: u32 = length.parse().ok().filter(|length| *length <= 32)?;
        let range = Self { first: u32::from(address), length };
        (range.first & !range.mask() == 0).then_some(range)
    }

    fn mask(self) -> u32 {
        u32::MAX.checked_shl(32 - self.length).unwrap_or(0)
    }

    fn overlaps(self, other: Self) -> bool {
        let mask = self.mask() & other.mask();
        self.first & mask == other.first & mask
    }
}

/// Checks the platform's ranges.
pub fn check(program: &Program, model: &Model, diagnostics: &mut Vec<Diagnostic>) {
    let platform = &model.platform;
    let place = |path: &str| place(program, path).unwrap_or(platform.span);
    let mut tell = |path: &str, message: String, help: &str| {
        diagnostics.push(Code::NetworkRange.at(place(path), message).help(help));
    };
    let own = Range::parse(&platform.cidr);
    let is_cloud = !matches!(platform.cloud.as_str(), "kubernetes" | "self_hosted");
    match own {
        None => tell(
            "network.cidr",
            format!("`{}` is not a range of addresses", platform.cidr),
            "write its first address and a length: `cidr = \"10.20.0.0/16\"`",
        ),
        Some(range) if is_cloud && !(16..=24).contains(&range.length) => tell(
            "network.cidr",
            format!("a network of {} can't be cut into the parts that a cloud wants", platform.cidr),
            "write a range between /16 and /24: `cidr = \"10.20.0.0/16\"`",
        ),
        Some(_) => {}
    }
    for client in &platform.clients {
        let Some(range) = Range::parse(client) else {
            tell(
                "network.clients",
                format!("`{client}` is not a range of addresses"),
                "write its first address and a length: `clients = [\"10.1.0.0/16\"]`",
            );
            continue;
        };
        if range.length == 0 {
            let message = "the whole internet may not connect to stores".to_owned();
            tell("network.clients", message, "write the ranges that your applications come from");
        } else if own.is_some_and(|own| own.overlaps(range)) {
            let message = format!("clients come from {client}, which overlaps the network's own {}", platform.cidr);
            tell(
                "network.clients",
                message,
                "give the platform another `cidr`, or leave this range out: what is inside may connect",
            );
        }
    }
}

/// Where the platform says a fact.
fn place(program: &Program, path: &str) -> Option<Span> {
    let platform = program.definition(program.platform?)?;
    platform.body.facts.iter().find(|fact| fact.field.path == path).map(|fact| fact.value.span)
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
}
