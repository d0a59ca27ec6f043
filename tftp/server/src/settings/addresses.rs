//! Addresses that cannot be listened on together.

use std::net::SocketAddr;

use super::{InvalidSetting, Settings};

/// Addresses that another address of the settings takes: the same one, or all addresses of the
/// machine with the same port.
pub(super) fn wrong(settings: &Settings) -> Vec<InvalidSetting> {
    let mut wrong = taken(&[("tftp", &settings.tftp)]);
    wrong.extend(taken(&[("http", &settings.http), ("https", &settings.https)]));
    wrong
}

/// The addresses that one before them takes; all of them are of one transport.
fn taken(lists: &[(&str, &Vec<SocketAddr>)]) -> Vec<InvalidSetting> {
    let mut seen: Vec<(String, SocketAddr)> = Vec::new();
    let mut wrong = Vec::new();
    for (name, addresses) in lists {
        for (position, address) in addresses.iter().enumerate() {
            let setting = format!("{name}.{position}");
            match seen.iter().find(|(_, other)| overlap(*other, *address)) {
                Some((first, other)) if other == address => wrong.push(InvalidSetting {
                    reason: format!("{address} is listed twice: in `{first}` and `{name}`"),
                    setting,
                }),
                Some((first, other)) => wrong.push(InvalidSetting {
                    reason: format!("{other} in `{first}` contains {address} in `{name}`"),
                    setting,
                }),
                None => seen.push(((*name).to_owned(), *address)),
            }
        }
    }
    wrong
}

/// Whether two sockets cannot have these addresses. Port 0 is a different free port each time.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let is_all = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0
        && one.port() == other.port()
        && one.is_ipv4() == other.is_ipv4()
        && (one.ip() == other.ip() || is_all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_that_is_taken_is_invalid() {
        let addresses = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        let reasons = |tftp: &[&str], http: &[&str], https: &[&str]| {
            let settings = Settings {
                tftp: addresses(tftp),
                http: addresses(http),
                https: addresses(https),
                ..Settings::default()
            };
            let wrong = wrong(&settings).into_iter();
            wrong.map(|wrong| format!("{}: {}", wrong.setting, wrong.reason)).collect::<Vec<_>>()
        };
        let same = "10.0.0.5:69";
        assert_eq!(
            reasons(&[same, same], &[], &[]),
            ["tftp.1: 10.0.0.5:69 is listed twice: in `tftp` and `tftp`"]
        );
        assert_eq!(
            reasons(&[], &["10.0.0.5:1"], &["10.0.0.5:2", "10.0.0.5:1"]),
            ["https.1: 10.0.0.5:1 is listed twice: in `http` and `https`"]
        );
        assert_eq!(
            reasons(&[], &["0.0.0.0:1", "10.0.0.5:1"], &[]),
            ["http.1: 0.0.0.0:1 in `http` contains 10.0.0.5:1 in `http`"]
        );
        // TFTP and HTTP have separate ports, and so have IPv4 and IPv6
        assert!(reasons(&[same], &[same], &[]).is_empty());
        assert!(reasons(&["0.0.0.0:69", "[::]:69", "[::1]:70"], &[], &[]).is_empty());
        assert!(reasons(&["127.0.0.1:0", "127.0.0.1:0"], &[], &[]).is_empty());
    }
}
