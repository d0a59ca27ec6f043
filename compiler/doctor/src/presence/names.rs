//! Names of certificates, and how the gateway is compared with them.
//!
//! With subject alternative names only they count, else the common names. The field of the gateway
//! must be equal to one of them, character for character.

use std::net::IpAddr;

use super::observation::{AlternativeName, Certificate, Observations};
use super::words::GATEWAY_PAGE;
use crate::found::{Found, Place};

/// The most names that a message lists.
const LISTED: usize = 3;

impl Certificate {
    /// The subject alternative names that are hosts or addresses, as texts.
    pub(super) fn alternative_hosts(&self) -> Vec<String> {
        let names = self.alternative_names.iter().flatten();
        let text = |name: &AlternativeName| match name {
            AlternativeName::Dns(name) => Some(name.clone()),
            AlternativeName::Ip(address) => Some(address.to_string()),
            AlternativeName::Other(_) => None,
        };
        names.filter_map(text).collect()
    }

    /// The names that the gateway is compared with.
    pub(super) fn names_that_count(&self) -> Vec<String> {
        match self.alternative_names {
            Some(_) => self.alternative_hosts(),
            None => self.common_names.clone(),
        }
    }

    /// Whether a wildcard among the names that count covers a host.
    pub(super) fn wildcard_covers(&self, host: &str) -> bool {
        self.names_that_count().iter().any(|name| is_covered_by(host, name))
    }
}

/// Whether two names differ in case only, or are equal.
pub(super) fn is_same_but_for_case(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Whether a host is covered by a wildcard such as `*.apps.local`: one label more, by RFC 6125.
fn is_covered_by(host: &str, wildcard: &str) -> bool {
    let (Some(domain), Some((label, rest))) = (wildcard.strip_prefix("*."), host.split_once('.'))
    else {
        return false;
    };
    !label.is_empty() && rest.eq_ignore_ascii_case(domain)
}

/// Whether a name of a certificate can be entered as a gateway: an address, or a host name without
/// wildcards.
fn is_host(name: &str) -> bool {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_name = |name: &str| !name.is_empty() && name.chars().all(is_legal);
    name.parse::<IpAddr>().is_ok() || is_name(name.trim_matches('.'))
}

/// The first names in backticks: "`a`, `b` and 4 more".
pub(super) fn quoted(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Adds how the field of the gateway and the certificate become equal.
pub(super) fn write_the_name(found: Found, seen: &Observations, names: &[String]) -> Found {
    let gateway = &seen.gateway;
    let found = match names.iter().find(|name| is_host(name)) {
        None => found,
        Some(name) => found
            .fix(
                Place::CucmPage,
                "write a name of the certificate, exactly",
                [format!("{GATEWAY_PAGE}: {name}")],
            )
            .fix(
                Place::DnsServer,
                "let the name servers of the presence server know that name",
                [format!("{name} A ADDRESS")],
            ),
    };
    if gateway.parse::<IpAddr>().is_ok() {
        return found;
    }
    found.fix(
        Place::ExchangeShell,
        "or request a certificate that has the name of the gateway",
        [format!(
            "New-ExchangeCertificate -GenerateRequest -SubjectName \"CN={gateway}\" -DomainName \
             {gateway}"
        )],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcard_covers_one_label() {
        assert!(is_covered_by("owa.apps.local", "*.apps.local"));
        assert!(is_covered_by("OWA.APPS.LOCAL", "*.apps.local"));
        assert!(!is_covered_by("apps.local", "*.apps.local"));
        assert!(!is_covered_by("a.owa.apps.local", "*.apps.local"));
        assert!(!is_covered_by(".apps.local", "*.apps.local"));
        assert!(!is_covered_by("192.168.1.100", "owa.apps.local"));
    }

    #[test]
    fn only_hosts_are_written_as_a_gateway() {
        for name in ["owa.apps.local", "owa", "192.168.1.100", "2001:db8::5", "xn--e1afmkfd.local"]
        {
            assert!(is_host(name), "{name}");
        }
        for name in ["*.corp.example", "", ".", "owa.apps.local\0.net", "Apps CA", "https://owa"] {
            assert!(!is_host(name), "{name}");
        }
        let found = Found::new(crate::cause::causes()[0].1, String::new());
        let seen = Observations { gateway: "192.168.1.100".to_owned(), ..Observations::default() };
        let names = ["*.corp.example".to_owned(), "owa.corp.example".to_owned()];
        let commands = |names: &[String]| -> Vec<String> {
            let fixes = write_the_name(found.clone(), &seen, names).fixes;
            fixes.into_iter().flat_map(|fix| fix.commands).collect()
        };
        assert_eq!(commands(&names)[1], "owa.corp.example A ADDRESS");
        assert!(commands(&names[..1]).is_empty());
    }

    #[test]
    fn long_list_of_names_is_shortened() {
        let names: Vec<String> = (0..10_000).map(|number| format!("h{number}")).collect();
        assert_eq!(quoted(&names), "`h0`, `h1`, `h2` and 9997 more");
    }
}
