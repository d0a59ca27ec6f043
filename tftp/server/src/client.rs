//! Clients: their addresses, also behind trusted proxies, and the limits that apply to them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use crate::settings::Settings;

/// The client of an HTTP request, in the extensions of every request that reaches
/// [`Parts::extra`](crate::Parts::extra).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The remote address of the connection.
    pub address: SocketAddr,
    /// The client: the address of the connection, or the one that a trusted proxy forwarded.
    pub client: IpAddr,
}

/// What counts as one client in every limit: an IPv4 address, or a whole /64 of IPv6, because one
/// host can have every address of its /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ClientKey {
    /// An IPv4 address, also one that is mapped to IPv6.
    V4(Ipv4Addr),
    /// The upper 64 bits of an IPv6 address.
    V6(u64),
}

impl From<IpAddr> for ClientKey {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6((address.to_bits() >> 64) as u64),
        }
    }
}

/// The sender of one request, classified once when the request arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    /// Source address of the request. Behind a trusted proxy: the forwarded address, with port 0.
    pub(crate) address: SocketAddr,
    /// Whether limits per client do not apply to this address.
    pub(crate) is_exempt: bool,
    /// Whether another server passes the request on. Such a request is answered from local files
    /// only: two servers that ask each other must not form a loop.
    pub(crate) is_proxy: bool,
    /// Whether the address is not forged: of a TCP connection, or of a client that acknowledged a
    /// TFTP transfer lately. An exempt address counts as confirmed.
    pub(crate) is_confirmed: bool,
}

impl Client {
    /// A client that is not a proxy, at an address that is not forged.
    pub(crate) fn new(address: SocketAddr, settings: &Settings) -> Self {
        let ip = address.ip().to_canonical();
        let mut networks = settings.exempt.iter().chain(&settings.trusted_proxies);
        let is_exempt = networks.any(|network| network.contains(&ip));
        Self { address, is_exempt, is_proxy: false, is_confirmed: true }
    }

    /// The address without its port; IPv4 addresses mapped to IPv6 become IPv4.
    pub(crate) fn ip(&self) -> IpAddr {
        self.address.ip().to_canonical()
    }

    /// The client as limits count it; `None` for an exempt client.
    pub(crate) fn limit_key(&self) -> Option<ClientKey> {
        (!self.is_exempt).then(|| self.ip().into())
    }
}

/// Returns the client behind `peer`, given the `X-Forwarded-For` headers of a request in order.
///
/// Each proxy appends, at the right, the address from which it received the request. The list is
/// therefore read from the right, starting with the peer, while the addresses belong to `proxies`.
/// The first address outside `proxies` is the client. Entries left of it are ignored, because
/// every client can write them. An entry is an address, with or without a port, and an IPv6 address
/// may be in brackets. Any other entry ends the search.
///
/// ```
/// use adr_server::forwarded_for;
///
/// let (proxy, client) = ("10.0.0.9".parse().unwrap(), "10.20.0.7".parse().unwrap());
/// let proxies = ["10.0.0.9/32".parse().unwrap()];
/// assert_eq!(forwarded_for(proxy, ["192.0.2.1, 10.20.0.7"], &proxies), client);
/// assert_eq!(forwarded_for(client, ["192.0.2.1"], &proxies), client);
/// ```
#[must_use]
pub fn forwarded_for<'h>(
    peer: IpAddr,
    headers: impl IntoIterator<Item = &'h str, IntoIter: DoubleEndedIterator>,
    proxies: &[IpNet],
) -> IpAddr {
    let is_proxy = |address: &IpAddr| proxies.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    let hops = headers.into_iter().rev().flat_map(|header| header.rsplit(','));
    for hop in hops {
        if !is_proxy(&client) {
            break;
        }
        match hop_address(hop.trim()) {
            Some(address) => client = address.to_canonical(),
            None => break,
        }
    }
    client
}

/// Reads `10.20.0.7`, `10.20.0.7:4711`, `2001:db8::7`, `[2001:db8::7]` or `[2001:db8::7]:4711`.
fn hop_address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
    let address = text.parse().or_else(|_| with_port()).ok();
    address.or_else(|| bracketed().map(IpAddr::V6))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, headers: &[&str]) -> String {
        let proxies = ["10.0.0.0/24", "2001:db8::/64"].map(|text| text.parse().unwrap());
        forwarded_for(peer.parse().unwrap(), headers.iter().copied(), &proxies).to_string()
    }

    #[test]
    fn ipv6_addresses_of_one_64_are_one_client() {
        let key = |text: &str| ClientKey::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(key("fd00:1::1"), key("fd00:1:0:0:ffff::2"));
        assert_ne!(key("fd00:1::1"), key("fd00:1:0:1::1"));
        assert_ne!(key("10.0.0.1"), key("10.0.0.2"));
        assert_eq!(key("10.0.0.1"), key("::ffff:10.0.0.1"));
    }

    #[test]
    fn forwarded_address_from_untrusted_peer_is_ignored() {
        assert_eq!(client("192.0.2.1", &["10.20.0.1"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["10.20.0.1"]), "10.20.0.1");
        assert_eq!(client("::ffff:10.0.0.1", &["::ffff:10.20.0.1"]), "10.20.0.1");
        assert_eq!(client("2001:db8::1", &["2001:db8:20::7"]), "2001:db8:20::7");
    }

    #[test]
    fn forwarded_address_may_have_a_port_and_brackets() {
        for (forwarded, expected) in [
            ("10.20.0.1:4711", "10.20.0.1"),
            ("[::ffff:10.20.0.1]:99", "10.20.0.1"),
            ("[2001:db8:20::7]:4711", "2001:db8:20::7"),
            ("[2001:db8:20::7]", "2001:db8:20::7"),
            ("10.30.0.1:1, 10.20.0.1:2, 10.0.0.2:3", "10.20.0.1"),
        ] {
            assert_eq!(client("10.0.0.1", &[forwarded]), expected, "{forwarded}");
        }
        for other in [
            "10.20.0.1:",
            "10.20.0.1:x",
            "10.20.0.1:70000",
            "[10.20.0.1]:80",
            "[10.20.0.1]",
            "[2001:db8:20::7",
            "fe80::1%lo",
            "127.030.0.1",
            "127.30.1",
            "0x7f.30.0.1",
            "2132672513",
            "\"10.20.0.1\"",
            "for=10.20.0.1",
            "10.20.0.1,",
            ",",
        ] {
            assert_eq!(client("10.0.0.1", &[other]), "10.0.0.1", "{other}");
        }
    }

    #[test]
    fn forwarded_addresses_left_of_the_client_are_ignored() {
        assert_eq!(client("10.0.0.1", &["10.30.0.1, 10.20.0.1"]), "10.20.0.1");
        assert_eq!(client("10.0.0.1", &["10.30.0.1", "10.20.0.1, 10.0.0.2"]), "10.20.0.1");
        assert_eq!(client("10.0.0.1", &["10.20.0.1, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[""]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["10.0.0.2"]), "10.0.0.2");
    }
}
