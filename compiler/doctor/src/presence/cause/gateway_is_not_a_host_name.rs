//! `gateway-is-not-a-host-name`: the field of the gateway has more than a host name or an address.

use std::net::Ipv6Addr;

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check};
use crate::found::{Found, Place};
use crate::presence::observation::Observations;
use crate::presence::words::{CALENDAR_GUIDE, GATEWAY_PAGE};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "gateway-is-not-a-host-name",
        "the field of the gateway has more than a host name or an address",
        include_str!("../../pages/gateway-is-not-a-host-name.md"),
    ),
    step: Step::You,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

/// Characters that only an address of a page, a path or a list has.
const FOREIGN: [char; 6] = ['/', '@', ',', ';', '\\', '?'];

fn find(seen: &Observations) -> Vec<Found> {
    let gateway = &seen.gateway;
    let is_foreign = |c: char| c.is_whitespace() || c.is_control() || FOREIGN.contains(&c);
    // only an address of IPv6 has colons; behind others there is a port
    let has_port = gateway.contains(':') && gateway.parse::<Ipv6Addr>().is_err();
    if !gateway.is_empty() && !gateway.contains(is_foreign) && !has_port {
        return Vec::new();
    }
    let host = gateway.trim().rsplit("://").next().unwrap_or_default();
    let host = host.split(is_foreign).next().unwrap_or_default();
    let host = match (host.parse::<Ipv6Addr>(), host.strip_prefix('[')) {
        (Ok(_), _) => host,
        (Err(_), Some(address)) => address.split(']').next().unwrap_or_default(),
        (Err(_), None) => host.split(':').next().unwrap_or_default(),
    };
    let (fact, value) = match host {
        "" => ("the field is empty, or has no host name".to_owned(), "HOST".to_owned()),
        host => (format!("the host in it is `{host}`"), host.to_owned()),
    };
    let found = CAUSE.found(format!("`{gateway}` is not a host name")).because(fact).fix(
        Place::CucmPage,
        "write the host name alone, without protocol, port, path and blanks",
        [format!("{GATEWAY_PAGE}: {value}")],
    );
    vec![found]
}
