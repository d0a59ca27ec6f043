//! Observations without names, so that a record can be shared.
//!
//! Names, addresses, serial numbers, subjects and hashes are replaced, equal ones by equal ones. So
//! the same causes are found. Free texts of systems and servers are removed.

mod names;

use std::collections::HashMap;

use names::Names;

use super::codes::cause_of_code;
use super::locale::{calendar_names, is_calendar_name};
use super::observation::{
    AlternativeName, Certificate, Chain, ConnectionFailure, Handshake, HandshakeFailure,
    HttpExchange, Observations, PresenceServer, Resolution, Uploaded,
};

/// What stands for a text that was removed.
const REMOVED: &str = "removed";

/// The most characters of a word that is kept.
const WORD: usize = 40;

/// Authentication schemes that are kept.
const SCHEMES: [&str; 6] = ["basic", "ntlm", "negotiate", "bearer", "digest", "kerberos"];

/// Response codes of Exchange Web Services that are kept, besides those that have a cause.
const CODES: [&str; 21] = [
    "NoError",
    "ErrorAccountDisabled",
    "ErrorConnectionFailed",
    "ErrorExceededConnectionCount",
    "ErrorFolderNotFound",
    "ErrorFreeBusyGenerationFailed",
    "ErrorInternalServerError",
    "ErrorInternalServerTransientError",
    "ErrorInvalidRequest",
    "ErrorInvalidServerVersion",
    "ErrorItemNotFound",
    "ErrorMailboxLogonFailed",
    "ErrorMailboxStoreUnavailable",
    "ErrorNoFreeBusyAccess",
    "ErrorPasswordChangeRequired",
    "ErrorPasswordExpired",
    "ErrorProxyRequestProcessingFailed",
    "ErrorQuotaExceeded",
    "ErrorSchemaValidation",
    "ErrorTimeoutExpired",
    "ErrorTooManyObjectsOpened",
];

/// Parts of paths that are kept.
const SEGMENTS: [&str; 8] = [
    "owa",
    "ews",
    "exchange",
    "auth",
    "logon.aspx",
    "owaauth.dll",
    "exchange.asmx",
    "autodiscover",
];

impl Observations {
    /// The same observations without names: equal texts become equal stand-ins, so that the same
    /// causes are found.
    ///
    /// The state of the calendar is left out. Times, statuses, algorithms and sizes remain.
    ///
    /// ```
    /// use adr_doctor::presence::observation::{Observations, Resolution};
    ///
    /// let seen = Observations {
    ///     gateway: "owa.apps.local".to_owned(),
    ///     resolution: Some(Resolution::UnknownName),
    ///     ..Observations::default()
    /// };
    /// assert_eq!(seen.anonymized().gateway, "label1.label2.label3");
    /// ```
    #[must_use]
    pub fn anonymized(&self) -> Self {
        let mut to = Anonymizer::default();
        let mut seen = self.clone();
        seen.calendar = None;
        seen.gateway = to.names.text(&seen.gateway);
        seen.resolution = seen.resolution.map(|resolution| to.resolution(resolution));
        for connection in &mut seen.connections {
            connection.address = to.names.address(connection.address);
            if let Some(ConnectionFailure::Other(text)) = &mut connection.failure {
                REMOVED.clone_into(text);
            }
        }
        seen.handshake.iter_mut().for_each(handshake);
        seen.chain.iter_mut().for_each(|chain| to.chain(chain));
        for exchange in &mut seen.exchanges {
            to.exchange(exchange);
        }
        for answer in &mut seen.ews {
            answer.code.iter_mut().for_each(code);
            answer.version.iter_mut().for_each(word);
        }
        to.server(&mut seen.server);
        seen
    }
}

/// The stand-ins that were given so far.
#[derive(Default)]
struct Anonymizer {
    names: Names,
    subjects: Numbers,
    hashes: Numbers,
    serials: Numbers,
    segments: Numbers,
}

/// Numbers for texts, from 1 in the order in which they are seen.
#[derive(Default)]
struct Numbers(HashMap<String, usize>);

impl Numbers {
    fn of(&mut self, text: &str) -> usize {
        let next = self.0.len() + 1;
        *self.0.entry(text.to_owned()).or_insert(next)
    }
}

impl Anonymizer {
    fn resolution(&mut self, resolution: Resolution) -> Resolution {
        match resolution {
            Resolution::Address(address) => Resolution::Address(self.names.address(address)),
            Resolution::Addresses(all) => {
                Resolution::Addresses(all.into_iter().map(|one| self.names.address(one)).collect())
            }
            Resolution::UnknownName => Resolution::UnknownName,
            Resolution::NoAnswer(_) => Resolution::NoAnswer(REMOVED.to_owned()),
        }
    }

    fn chain(&mut self, chain: &mut Chain) {
        for why in &mut chain.unreadable {
            let place = why.split_once(':').map(|(place, _)| place);
            let place = place.filter(|place| place.chars().all(|c| c.is_ascii_digit()));
            *why = place.map_or_else(|| REMOVED.to_owned(), |place| format!("{place}: {REMOVED}"));
        }
        for certificate in &mut chain.sent {
            self.certificate(certificate);
        }
        for (number, uploaded) in chain.uploaded.iter_mut().flatten().enumerate() {
            let Uploaded { file, certificate } = uploaded;
            *file = format!("file-{}", number + 1);
            match certificate {
                Ok(certificate) => self.certificate(certificate),
                Err(why) => REMOVED.clone_into(why),
            }
        }
    }

    fn certificate(&mut self, certificate: &mut Certificate) {
        certificate.subject = format!("CN=subject-{}", self.subjects.of(&certificate.subject));
        certificate.issuer = format!("CN=subject-{}", self.subjects.of(&certificate.issuer));
        let sign = if certificate.serial.starts_with('-') { "-" } else { "" };
        certificate.serial = format!("{sign}{:02x}", self.serials.of(&certificate.serial));
        for name in &mut certificate.common_names {
            *name = self.names.text(name);
        }
        for name in certificate.alternative_names.iter_mut().flatten() {
            match name {
                AlternativeName::Dns(name) => *name = self.names.text(name),
                AlternativeName::Ip(address) => *address = self.names.address(*address),
                AlternativeName::Other(kind) => word(kind),
            }
        }
        self.hash(&mut certificate.sha256);
        self.hash(&mut certificate.public_key.sha256);
        for issuer in certificate.signed_by.iter_mut().chain(&mut certificate.perhaps_signed_by) {
            self.hash(issuer);
        }
    }

    fn hash(&mut self, hash: &mut String) {
        *hash = format!("{:064x}", self.hashes.of(hash));
    }

    fn exchange(&mut self, exchange: &mut HttpExchange) {
        for redirect in &mut exchange.redirects {
            let segments = redirect.split('/').map(|segment| self.segment(segment));
            *redirect = segments.collect::<Vec<_>>().join("/");
        }
        for scheme in &mut exchange.schemes {
            if !SCHEMES.contains(&scheme.as_str()) {
                REMOVED.clone_into(scheme);
            }
        }
        for (name, value) in &mut exchange.headers {
            *value = header(name, value);
        }
    }

    /// A part of a path. What begins with `owa` still does.
    fn segment(&mut self, segment: &str) -> String {
        let lower = segment.to_ascii_lowercase();
        match lower.as_str() {
            "" => String::new(),
            known if SEGMENTS.contains(&known) => lower,
            owa if owa.starts_with("owa") => format!("owa-{}", self.segments.of(&lower)),
            _ => format!("segment-{}", self.segments.of(&lower)),
        }
    }

    fn server(&mut self, server: &mut PresenceServer) {
        for gateway in server.gateways.iter_mut().flatten() {
            gateway.name = self.names.text(&gateway.name);
            if let Some(name) = &mut gateway.calendar_name
                && !is_calendar_name(name)
            {
                *name = format!("folder-{}", self.segments.of(name));
            }
        }
        if let Some(locale) = &mut server.user_locale {
            let language = locale.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
            *locale = match calendar_names(locale) {
                Some(_) => language.to_owned(),
                None => REMOVED.to_owned(),
            };
        }
    }
}

fn handshake(handshake: &mut Handshake) {
    handshake.version.iter_mut().for_each(word);
    handshake.versions.iter_mut().for_each(word);
    match &mut handshake.failure {
        Some(HandshakeFailure::OtherProtocol(text) | HandshakeFailure::Alert(text)) => word(text),
        Some(HandshakeFailure::Other(text)) => REMOVED.clone_into(text),
        _ => {}
    }
}

/// Removes a text that is not a short word of the doctor's own, such as `TLS 1.2` or `HTTP`.
fn word(text: &mut String) {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '/');
    if text.len() > WORD || !text.chars().all(fits) {
        REMOVED.clone_into(text);
    }
}

/// Removes a response code that is not listed: a hostile server may write anything there.
fn code(text: &mut String) {
    if cause_of_code(text).is_none() && !CODES.contains(&text.as_str()) {
        "ErrorRemoved".clone_into(text);
    }
}

/// What remains of a header.
fn header(name: &str, value: &str) -> String {
    let is_word = |text: &str| {
        text.len() <= WORD && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_/.".contains(c))
    };
    let number: String = value.chars().take_while(char::is_ascii_digit).take(WORD).collect();
    match name {
        "x-ews-policy-reason" if is_word(value) && !value.contains('.') => value.to_owned(),
        "server" if value.starts_with("Microsoft-") && is_word(value) => value.to_owned(),
        "x-ms-diagnostics" | "retry-after" if !number.is_empty() => number,
        _ => REMOVED.to_owned(),
    }
}
