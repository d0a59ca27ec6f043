//! Names of hosts in the settings.

use std::net::IpAddr;

use super::{InvalidSetting, UpstreamServer};

/// Longest host name, and longest part of one. See RFC 1035, section 2.3.4.
const MAX_NAME: usize = 253;
const MAX_PART: usize = 63;

/// Whether a text can be the name of a host: parts of letters, digits, `-` and `_`, joined by dots.
/// A name whose last part is a number is an address that was mistyped, and never resolves.
pub(super) fn is_host_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_part = |part: &str| (1..=MAX_PART).contains(&part.len()) && part.bytes().all(known);
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let name = text.strip_suffix('.').unwrap_or(text);
    name.len() <= MAX_NAME
        && name.split('.').all(is_part)
        && !name.rsplit('.').next().is_some_and(is_number)
}

/// The host names of the admin port that no request can have: its port is not part of the name.
pub(super) fn wrong_admin_hosts(hosts: &[String]) -> Vec<InvalidSetting> {
    let bare = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let is_host = |host: &str| is_host_name(host) || bare(host).parse::<IpAddr>().is_ok();
    let wrong = hosts.iter().enumerate().filter(|(_, host)| !is_host(host));
    wrong
        .map(|(position, host)| InvalidSetting {
            setting: format!("admin_hosts.{position}"),
            reason: format!(
                "`{host}` in `admin_hosts` is not the name of a host; write the name alone, \
                 without a scheme or a port, such as `adrc.example.com`"
            ),
        })
        .collect()
}

/// The upstream servers that one before them repeats: the same host and port of one protocol.
pub(super) fn repeated_upstream(servers: &[UpstreamServer]) -> Vec<InvalidSetting> {
    let is_same = |one: u16, other: u16| one != 0 && one == other;
    let repeats = |one: &UpstreamServer, other: &UpstreamServer| {
        is_same_host(&one.host, &other.host)
            && (is_same(one.http, other.http) || is_same(one.tftp, other.tftp))
    };
    let is_repeated = |position: usize, server: &UpstreamServer| {
        servers[..position].iter().any(|before| repeats(before, server))
    };
    let servers = servers.iter().enumerate();
    let repeated = servers.filter(|(position, server)| is_repeated(*position, server));
    repeated
        .map(|(position, UpstreamServer { host, .. })| InvalidSetting {
            setting: format!("upstream.{position}"),
            reason: format!("`{host}` is listed twice in `upstream`; name each server once"),
        })
        .collect()
}

/// Whether two hosts have the same name, or the same address in two spellings.
fn is_same_host(one: &str, other: &str) -> bool {
    match (one.parse::<IpAddr>(), other.parse::<IpAddr>()) {
        (Ok(one), Ok(other)) => one.to_canonical() == other.to_canonical(),
        _ => one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_name_has_parts_of_letters_and_digits() {
        let long = "a".repeat(64);
        for name in ["cucm1", "cucm-tftp_1", "adrc.example.com", "adrc.example.com.", "3com.lan"] {
            assert!(is_host_name(name), "{name}");
        }
        for text in
            ["", ".", "a..b", "a b", "a:1", "http://a", "*.a", "ä", "10.0.0.300", "7", &long]
        {
            assert!(!is_host_name(text), "{text}");
        }
    }

    #[test]
    fn admin_host_is_a_name_or_an_address_without_a_port() {
        let wrong = |host: &str| wrong_admin_hosts(&[host.to_owned()]);
        for host in ["adrc", "adrc.example.com", "10.0.0.5", "::1", "[::1]"] {
            assert_eq!(wrong(host), [], "{host}");
        }
        for host in ["adrc.example.com:17571", "a b", "http://adrc", "", "*", "10.0.0.5:6980"] {
            assert!(wrong(host)[0].reason.contains("`adrc.example.com`"), "{host}");
        }
    }

    #[test]
    fn upstream_server_is_repeated_by_host_and_port() {
        let repeated = |one: (&str, u16, u16), other: (&str, u16, u16)| {
            let servers = [one, other].map(|(host, http, tftp)| {
                let host = host.to_owned();
                UpstreamServer { host, http, tftp }
            });
            !repeated_upstream(&servers).is_empty()
        };
        let first = ("cucm1", 6970, 69);
        assert!(repeated(first, first));
        assert!(repeated(first, ("CUCM1.", 6970, 0)));
        assert!(repeated(first, ("cucm1", 80, 69)));
        assert!(repeated(("2001:db8::1", 1, 0), ("2001:db8:0::1", 1, 0)));
        assert!(!repeated(first, ("cucm2", 6970, 69)));
        // first both by HTTP, then by TFTP: such an order is of use
        assert!(!repeated(("cucm1", 6970, 0), ("cucm1", 0, 69)));
    }
}
