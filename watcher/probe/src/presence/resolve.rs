//! Names to addresses, by the resolver of the system.

use std::io;
use std::net::IpAddr;

use adr_doctor::presence::observation::Resolution;
use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::limits;

/// What resolvers say if a name server answered that the name has no address. The standard library
/// keeps no code of `getaddrinfo`, only its text: of glibc, musl, macOS and Windows.
const UNKNOWN: [&str; 7] = [
    "name or service not known",
    "no address associated with",
    "name does not resolve",
    "nodename nor servname provided",
    "no such host is known",
    "name has no usable address",
    "os error 11001",
];

/// The addresses of a gateway. An address stays as it is.
pub(super) async fn resolve(gateway: &str) -> Resolution {
    let bare = gateway.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Ok(address) = bare.unwrap_or(gateway).parse::<IpAddr>() {
        return Resolution::Address(address);
    }
    // the port is not a part of the question
    match timeout(limits::RESOLVE, lookup_host((gateway, 0))).await {
        Err(_) => {
            Resolution::NoAnswer(format!("no answer in {} seconds", limits::RESOLVE.as_secs()))
        }
        Ok(Err(error)) => failed(&error),
        Ok(Ok(found)) => {
            let addresses = distinct(found.map(|it| it.ip()), limits::LISTED_ADDRESSES);
            match addresses.is_empty() {
                true => Resolution::UnknownName,
                false => Resolution::Addresses(addresses),
            }
        }
    }
}

/// Each address once, in their order, up to a limit.
fn distinct(found: impl Iterator<Item = IpAddr>, most: usize) -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in found {
        if addresses.len() == most {
            break;
        }
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

fn failed(error: &io::Error) -> Resolution {
    let text = error.to_string();
    let lower = text.to_lowercase();
    // the system asks name servers only for names that can be one: not with a blank
    let is_not_a_name = error.kind() == io::ErrorKind::InvalidInput;
    match is_not_a_name || UNKNOWN.iter().any(|known| lower.contains(known)) {
        true => Resolution::UnknownName,
        false => Resolution::NoAnswer(
            text.trim_start_matches("failed to lookup address information: ").to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_resolvers_are_distinguished() {
        let of = |text: &str| failed(&io::Error::other(text.to_owned()));
        let lookup = "failed to lookup address information: ";
        assert_eq!(of(&format!("{lookup}Name or service not known")), Resolution::UnknownName);
        assert_eq!(of(&format!("{lookup}Name does not resolve")), Resolution::UnknownName);
        assert_eq!(of("No such host is known. (os error 11001)"), Resolution::UnknownName);
        let again = "Temporary failure in name resolution";
        assert_eq!(of(&format!("{lookup}{again}")), Resolution::NoAnswer(again.to_owned()));
    }

    #[test]
    fn addresses_are_distinct_and_end_at_the_limit() {
        let address = |last: u8| IpAddr::from([10, 0, 0, last]);
        let found = [1, 1, 2, 1, 3, 4].map(address);
        assert_eq!(distinct(found.into_iter(), 3), [1, 2, 3].map(address));
        // a name server may send addresses without end
        let endless = (0..=u8::MAX).cycle().map(address);
        assert_eq!(distinct(endless, limits::LISTED_ADDRESSES).len(), limits::LISTED_ADDRESSES);
    }

    #[tokio::test]
    async fn addresses_are_not_resolved() {
        for (text, address) in [("192.168.1.100", "192.168.1.100"), ("[::1]", "::1")] {
            let address = address.parse().unwrap();
            assert_eq!(resolve(text).await, Resolution::Address(address));
        }
        let here = resolve("localhost").await;
        assert!(matches!(&here, Resolution::Addresses(found) if !found.is_empty()), "{here:?}");
    }
}
