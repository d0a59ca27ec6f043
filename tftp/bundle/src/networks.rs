//! Which view an address belongs to: the longest network that holds it wins.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;

/// Networks of all views, by their length. A look-up costs one probe for each length that occurs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Networks {
    /// Longest first.
    by_length: Vec<(u8, HashMap<IpNet, usize>)>,
}

impl Networks {
    /// Notes that the clients in `network` get the view with this index.
    ///
    /// # Errors
    ///
    /// The index of the view that has this network already.
    pub(crate) fn insert(&mut self, network: IpNet, view: usize) -> Result<(), usize> {
        let network = network.trunc();
        let length = network.prefix_len();
        let place = self.by_length.binary_search_by(|(known, _)| length.cmp(known));
        let place = place.unwrap_or_else(|place| {
            self.by_length.insert(place, (length, HashMap::new()));
            place
        });
        match self.by_length[place].1.insert(network, view) {
            Some(other) => Err(other),
            None => Ok(()),
        }
    }

    /// The view of an address. An IPv4 address that comes as an IPv6 one (`::ffff:10.0.0.1`) is an
    /// IPv4 address.
    pub(crate) fn find(&self, address: IpAddr) -> Option<usize> {
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
    fn the_longest_network_wins() {
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
    fn a_network_belongs_to_one_view() {
        let mut networks = networks(&["10.0.0.0/8"]);
        let same = "10.1.2.3/8".parse().unwrap();
        assert_eq!(networks.insert(same, 1), Err(0));
    }

    proptest! {
        #[test]
        fn probing_by_length_is_looking_at_all(
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
