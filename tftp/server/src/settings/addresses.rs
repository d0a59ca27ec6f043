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

/// The address of the admin port, if an address for HTTP or HTTPS takes it. A socket of the admin
/// port for all IPv6 addresses accepts IPv4 as well.
pub(super) fn wrong_admin(settings: &Settings, admin: SocketAddr) -> Option<InvalidSetting> {
    let lists = [("http", &settings.http), ("https", &settings.https)];
    let all = lists.iter().flat_map(|(name, list)| list.iter().map(move |other| (*name, *other)));
    let has_both = admin.is_ipv6() && admin.ip().is_unspecified();
    let takes_all = |other: SocketAddr| has_both && is_same_port(admin, other);
    let (name, other) =
        all.into_iter().find(|(_, other)| overlap(*other, admin) || takes_all(*other))?;
    let reason = conflict((name, other), ("admin", admin));
    Some(InvalidSetting { setting: "admin".to_owned(), reason })
}

/// The addresses that one before them takes; all of them are of one transport.
fn taken(lists: &[(&str, &Vec<SocketAddr>)]) -> Vec<InvalidSetting> {
    let mut seen: Vec<(&str, SocketAddr)> = Vec::new();
    let mut wrong = Vec::new();
    for (name, addresses) in lists {
        for (position, address) in addresses.iter().enumerate() {
            match seen.iter().find(|(_, other)| overlap(*other, *address)) {
                Some(first) => wrong.push(InvalidSetting {
                    setting: format!("{name}.{position}"),
                    reason: conflict(*first, (name, *address)),
                }),
                None => seen.push((name, *address)),
            }
        }
    }
    wrong
}

/// Why a second setting cannot have its address beside the first one.
fn conflict(first: (&str, SocketAddr), second: (&str, SocketAddr)) -> String {
    let ((first, other), (name, address)) = (first, second);
    if other == address {
        format!("{address} is listed twice: in `{first}` and `{name}`")
    } else if other.ip().is_unspecified() && other.is_ipv4() == address.is_ipv4() {
        format!("{other} in `{first}` contains {address} in `{name}`")
    } else {
        format!("{address} in `{name}` contains {other} in `{first}`")
    }
}

/// Whether two sockets cannot have these addresses.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let is_all = one.ip().is_unspecified() || other.ip().is_unspecified();
    is_same_port(one, other)
        && one.is_ipv4() == other.is_ipv4()
        && (one.ip() == other.ip() || is_all)
}

/// Whether both have the same port. Port 0 is a different free port each time.
fn is_same_port(one: SocketAddr, other: SocketAddr) -> bool {
    one.port() != 0 && one.port() == other.port()
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
        assert_eq!(
            reasons(&[], &["10.0.0.5:1", "0.0.0.0:1"], &[]),
            ["http.1: 0.0.0.0:1 in `http` contains 10.0.0.5:1 in `http`"]
        );
        // TFTP and HTTP have separate ports, and so have IPv4 and IPv6
        assert!(reasons(&[same], &[same], &[]).is_empty());
        assert!(reasons(&["0.0.0.0:69", "[::]:69", "[::1]:70"], &[], &[]).is_empty());
        assert!(reasons(&["127.0.0.1:0", "127.0.0.1:0"], &[], &[]).is_empty());
    }

    #[test]
    fn address_of_the_admin_port_that_is_taken_is_invalid() {
        let reason = |http: &str, admin: &str| {
            let http = vec![http.parse().unwrap()];
            let settings = Settings { http, ..Settings::default() };
            wrong_admin(&settings, admin.parse().unwrap()).map(|wrong| wrong.reason)
        };
        for (http, admin, expected) in [
            ("10.0.0.5:1", "10.0.0.5:1", "10.0.0.5:1 is listed twice: in `http` and `admin`"),
            ("0.0.0.0:1", "10.0.0.5:1", "0.0.0.0:1 in `http` contains 10.0.0.5:1 in `admin`"),
            ("10.0.0.5:1", "0.0.0.0:1", "0.0.0.0:1 in `admin` contains 10.0.0.5:1 in `http`"),
            ("0.0.0.0:1", "[::]:1", "[::]:1 in `admin` contains 0.0.0.0:1 in `http`"),
        ] {
            assert_eq!(reason(http, admin).as_deref(), Some(expected));
        }
        for (http, admin) in
            [("0.0.0.0:1", "10.0.0.5:2"), ("[::]:1", "10.0.0.5:1"), ("0.0.0.0:0", "10.0.0.5:0")]
        {
            assert_eq!(reason(http, admin), None);
        }
    }
}
