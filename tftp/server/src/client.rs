//! Who asks: the address that chooses the view, also behind proxies that are named.

use std::net::IpAddr;

use ipnet::IpNet;

/// The client behind `peer`, given the `X-Forwarded-For` headers of a request in their order.
///
/// Each proxy adds, at the right, the address it was asked by. So the list is read from the right
/// for as long as the addresses are those of `proxies`, beginning with the peer; the first that is
/// none of them is the client. What stands left of it could have been written by anybody, and is
/// not looked at. What is no address ends the reading.
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
        match hop.trim().parse::<IpAddr>() {
            Ok(address) => client = address.to_canonical(),
            Err(_) => break,
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, headers: &[&str]) -> String {
        let proxies = ["10.0.0.0/24", "2001:db8::/64"].map(|text| text.parse().unwrap());
        forwarded_for(peer.parse().unwrap(), headers.iter().copied(), &proxies).to_string()
    }

    #[test]
    fn only_named_proxies_are_believed() {
        assert_eq!(client("192.0.2.1", &["10.20.0.1"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["10.20.0.1"]), "10.20.0.1");
        assert_eq!(client("::ffff:10.0.0.1", &["::ffff:10.20.0.1"]), "10.20.0.1");
        assert_eq!(client("2001:db8::1", &["2001:db8:20::7"]), "2001:db8:20::7");
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_looked_at() {
        assert_eq!(client("10.0.0.1", &["10.30.0.1, 10.20.0.1"]), "10.20.0.1");
        assert_eq!(client("10.0.0.1", &["10.30.0.1", "10.20.0.1, 10.0.0.2"]), "10.20.0.1");
        assert_eq!(client("10.0.0.1", &["10.20.0.1, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[""]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["10.0.0.2"]), "10.0.0.2");
    }
}
