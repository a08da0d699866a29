//! Address ranges: of the platform's network, and of those who come from outside of it.
//!
//! Each cell has a part of the network, which a cloud cuts further, so it wants /16 to /24; where two ranges overlap, packets
//! go to the wrong one.

use crate::diag::{Code, Diagnostic};
use crate::model::{Model, Range};
use crate::resolve::Program;
use crate::source::Span;

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
        Some(range) if is_cloud && !(8..=24).contains(&range.length()) => tell(
            "network.cidr",
            format!("a network of {} can't be cut into the parts that a cloud wants", platform.cidr),
            "write a range between /8 and /24: `cidr = \"10.20.0.0/16\"`",
        ),
        Some(range) if is_cloud && platform.cell_network.is_some_and(|length| length < range.length()) => tell(
            "network.cell",
            format!("a cell's part can't be larger than the whole network, {}", platform.cidr),
            "write a longer prefix in `cell`, or a shorter one in `cidr`",
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
        if range.length() == 0 {
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
