//! Longest-prefix match of an address to a view.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;

/// Reads a network of clients: an address and its length, or an address alone for one host.
///
/// ```
/// let read = |text| adr_bundle::read_network(text).map(|network| network.to_string());
/// assert_eq!(read("10.20.0.0/16").unwrap(), "10.20.0.0/16");
/// assert_eq!(read("2001:db8::9").unwrap(), "2001:db8::9/128");
/// assert!(read("10.20.0.7/16").is_err());
/// ```
///
/// # Errors
///
/// See [`InvalidNetwork`].
pub fn read_network(text: &str) -> Result<IpNet, InvalidNetwork> {
    let host = || text.parse::<IpAddr>().map(IpNet::from);
    let Ok(given) = text.parse::<IpNet>().or_else(|_| host()) else {
        return Err(InvalidNetwork::Unreadable(text.to_owned()));
    };
    let network = given.trunc();
    if network == given { Ok(given) } else { Err(InvalidNetwork::Host { given, network }) }
}

/// Why a text is not a network of clients.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNetwork {
    /// It is neither an address with a length nor an address.
    #[error("{0:?} is not a network; for example 10.20.0.0/16, 2001:db8:20::/48 or 10.0.0.9")]
    Unreadable(String),
    /// The address has bits beyond its length.
    #[error(
        "{given} is a host inside the network {network}; write the network, or the host without a \
         length"
    )]
    Host {
        /// What is written.
        given: IpNet,
        /// The network that contains it.
        network: IpNet,
    },
}

/// The networks of all views, by prefix length. A lookup takes one probe per length in use.
///
/// ```
/// use adr_bundle::Networks;
///
/// let mut networks = Networks::default();
/// networks.insert("10.0.0.0/8".parse()?, 1).unwrap();
/// networks.insert("10.20.0.0/16".parse()?, 2).unwrap();
/// assert_eq!(networks.find("10.20.1.1".parse()?), Some(2));
/// assert_eq!(networks.find("192.0.2.1".parse()?), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Networks {
    /// Prefix length, and the view of each network of that length; longest first.
    by_length: Vec<(u8, HashMap<IpNet, usize>)>,
}

impl Networks {
    /// Assigns a network to the view with an index.
    ///
    /// # Errors
    ///
    /// The index of the view to which the network already belongs.
    pub fn insert(&mut self, network: IpNet, view: usize) -> Result<(), usize> {
        let network = network.trunc();
        let length = network.prefix_len();
        let position = self.by_length.binary_search_by(|(known, _)| length.cmp(known));
        let position = position.unwrap_or_else(|position| {
            self.by_length.insert(position, (length, HashMap::new()));
            position
        });
        match self.by_length[position].1.insert(network, view) {
            Some(other) => Err(other),
            None => Ok(()),
        }
    }

    /// The view of an address; `None` for an address in none of the networks, which gets the
    /// default view. If several networks contain it, the longest one wins. An IPv4-mapped IPv6
    /// address (`::ffff:10.0.0.1`) counts as IPv4.
    #[must_use]
    pub fn find(&self, address: IpAddr) -> Option<usize> {
        let address = address.to_canonical();
        self.by_length.iter().find_map(|(length, networks)| {
            let network = IpNet::new(address, *length).ok()?.trunc();
            networks.get(&network).copied()
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn networks(texts: &[&str]) -> Networks {
        let mut networks = Networks::default();
        for (view, text) in texts.iter().enumerate() {
            networks.insert(text.parse().unwrap(), view).unwrap();
        }
        networks
    }

    #[test]
    fn longest_network_wins() {
        let networks = networks(&["10.0.0.0/8", "10.20.0.0/16", "10.20.3.4/32", "2001:db8::/32"]);
        let find = |text: &str| networks.find(text.parse().unwrap());
        assert_eq!(find("10.1.1.1"), Some(0));
        assert_eq!(find("10.20.1.1"), Some(1));
        assert_eq!(find("10.20.3.4"), Some(2));
        assert_eq!(find("::ffff:10.20.3.4"), Some(2));
        assert_eq!(find("2001:db8:1::1"), Some(3));
        assert_eq!(find("11.0.0.1"), None);
        assert_eq!(find("::10.20.3.4"), None);
    }

    #[test]
    fn second_view_for_a_network_is_an_error() {
        let mut networks = networks(&["10.0.0.0/8"]);
        let same = "10.1.2.3/8".parse().unwrap();
        assert_eq!(networks.insert(same, 1), Err(0));
    }

    proptest! {
        #[test]
        fn lookup_agrees_with_a_linear_search(
            nets in prop::collection::hash_map((any::<u32>(), 1u8..=32), 0usize..9, 0..40),
            bits in any::<u32>(),
            close in any::<bool>(),
        ) {
            let parsed: Vec<_> = nets.iter().map(|((bits, length), view)| {
                (IpNet::new(IpAddr::V4((*bits).into()), *length).unwrap().trunc(), *view)
            }).collect();
            let mut networks = Networks::default();
            let mut kept: Vec<(IpNet, usize)> = Vec::new();
            for (net, view) in parsed {
                if kept.iter().all(|(known, _)| *known != net) {
                    kept.push((net, view));
                    prop_assert!(networks.insert(net, view).is_ok());
                }
            }
            let address = kept.first().filter(|_| close).map_or(IpAddr::V4(bits.into()), |(net, _)| net.addr());
            let all = kept.iter().filter(|(net, _)| net.contains(&address));
            let longest = all.max_by_key(|(net, _)| net.prefix_len()).map(|(_, view)| *view);
            prop_assert_eq!(networks.find(address), longest);
        }
    }
}
