//! Checks of a request before it is routed: its host, and where its body ends.

use hyper::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use hyper::{HeaderMap, Version};

/// Whether the head of a request is malformed, so that the answer is 400 and the connection is
/// closed.
///
/// A request has one valid `Host`, which only HTTP/1.0 may leave out (RFC 9112, section 3.2). A
/// body has either a length or the transfer coding `chunked`, alone and once (section 6.1).
pub(super) fn is_malformed(version: Version, headers: &HeaderMap) -> bool {
    !has_valid_host(version, headers) || !has_valid_coding(version, headers)
}

fn has_valid_host(version: Version, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => is_host(host.as_bytes()),
        (None, _) => version == Version::HTTP_10,
        (Some(_), Some(_)) => false,
    }
}

fn has_valid_coding(version: Version, headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let Some(coding) = codings.next() else {
        return true;
    };
    version == Version::HTTP_11
        && codings.next().is_none()
        && coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked")
        && !headers.contains_key(CONTENT_LENGTH)
}

/// Whether a text is a host with an optional port, as in RFC 3986, section 3.2. It may be empty: a
/// client sends an empty `Host` if its target has no host.
fn is_host(text: &[u8]) -> bool {
    let (name, port) = match text.iter().rposition(|byte| *byte == b':') {
        Some(at) if !text[at..].contains(&b']') => (&text[..at], &text[at + 1..]),
        _ => (text, &[][..]),
    };
    port.iter().all(u8::is_ascii_digit) && (is_ipv6_in_brackets(name) || is_registered_name(name))
}

fn is_ipv6_in_brackets(name: &[u8]) -> bool {
    let inner = name.strip_prefix(b"[").and_then(|name| name.strip_suffix(b"]"));
    let text = inner.and_then(|inner| str::from_utf8(inner).ok());
    text.is_some_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok())
}

/// Whether all characters may be part of a name: unreserved, percent-encoded, or delimiters.
fn is_registered_name(name: &[u8]) -> bool {
    let mut rest = name.iter();
    while let Some(byte) = rest.next() {
        let is_known = match byte {
            b'%' => [rest.next(), rest.next()]
                .iter()
                .all(|digit| digit.is_some_and(u8::is_ascii_hexdigit)),
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(byte),
        };
        if !is_known {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    fn is_rejected(version: Version, headers: &[(HeaderName, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_static(value));
        }
        is_malformed(version, &map)
    }

    #[test]
    fn one_valid_host_is_accepted() {
        for host in [
            "x",
            "adrc.example.com",
            "adrc.example.com:6970",
            "10.0.0.5:6970",
            "[2001:db8::5]",
            "[2001:db8::5]:6970",
            "a_b",
            "%41",
            "x:",
            "",
        ] {
            assert!(!is_rejected(Version::HTTP_11, &[(HOST, host)]), "{host}");
        }
    }

    #[test]
    fn missing_repeated_and_invalid_hosts_are_rejected() {
        for host in [
            "a b", "a/b", "a b/../", "a@b", "a:b", "a:1:2", "[::1", "::1", "[x]", "a%4", "a?", "a#",
        ] {
            assert!(is_rejected(Version::HTTP_11, &[(HOST, host)]), "{host}");
            assert!(is_rejected(Version::HTTP_10, &[(HOST, host)]), "{host}");
        }
        assert!(is_rejected(Version::HTTP_11, &[(HOST, "x"), (HOST, "x")]));
        assert!(is_rejected(Version::HTTP_10, &[(HOST, "x"), (HOST, "y")]));
        assert!(is_rejected(Version::HTTP_11, &[]));
        assert!(!is_rejected(Version::HTTP_10, &[]));
    }

    #[test]
    fn only_chunked_alone_is_a_valid_transfer_coding() {
        let coded = |coding| [(HOST, "x"), (TRANSFER_ENCODING, coding)];
        for coding in ["chunked", "Chunked", " chunked "] {
            assert!(!is_rejected(Version::HTTP_11, &coded(coding)), "{coding}");
            assert!(is_rejected(Version::HTTP_10, &coded(coding)), "{coding}");
        }
        for coding in ["identity", "gzip, chunked", "chunked, chunked", "xchunked", "", "chunked;x"]
        {
            assert!(is_rejected(Version::HTTP_11, &coded(coding)), "{coding}");
        }
        let twice = [coded("chunked")[0].clone(), coded("chunked")[1].clone()];
        let twice = [&twice[..], &[(TRANSFER_ENCODING, "chunked")]].concat();
        assert!(is_rejected(Version::HTTP_11, &twice));
        let both = [&coded("chunked")[..], &[(CONTENT_LENGTH, "5")]].concat();
        assert!(is_rejected(Version::HTTP_11, &both));
    }
}
