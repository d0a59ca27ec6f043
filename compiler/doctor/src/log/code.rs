//! What a line says: a status, a response code, or words about a certificate or a connection.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::words::{Word, words};

/// What a line says about a request to Exchange.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// An HTTP status, 200 to 599.
    Status(u16),
    /// A response code of Exchange Web Services, such as `ErrorAccessDenied`.
    Ews(String),
    /// A certificate is not accepted.
    Certificate(CertificateProblem),
    /// No connection, or it broke.
    Network(NetworkProblem),
}

/// Why a certificate is not accepted, as far as the words of a line say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateProblem {
    /// The name is not on it.
    Name,
    /// An issuer is missing or not trusted.
    Issuer,
    /// It has expired, or is not valid yet.
    Dates,
    /// The handshake of TLS failed.
    Handshake,
    /// Something else about a certificate.
    Other,
}

/// Why a connection fails, as far as the words of a line say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkProblem {
    /// The name has no address.
    Name,
    /// Nothing answered in time.
    Timeout,
    /// The port is closed.
    Refused,
    /// No route leads there.
    Unreachable,
    /// The connection broke.
    Broken,
}

impl Code {
    /// Whether it says that a request succeeded.
    #[must_use]
    pub fn is_success(&self) -> bool {
        match self {
            Self::Status(status) => (200..300).contains(status),
            Self::Ews(code) => code == NO_ERROR,
            Self::Certificate(_) | Self::Network(_) => false,
        }
    }

    /// What a line says; `None` if the reader does not know. A response code counts more than a
    /// status, because Exchange sends it with one; a status counts more than words.
    pub(super) fn of(line: &str) -> Option<Self> {
        let words: Vec<Word<'_>> = words(line).take(MAX_WORDS).collect();
        ews(&words)
            .or_else(|| status(line, &words))
            .or_else(|| certificate(&words).map(Self::Certificate))
            .or_else(|| network(&words).map(Self::Network))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "HTTP {status}"),
            Self::Ews(code) => f.write_str(code),
            Self::Certificate(problem) => f.write_str(match problem {
                CertificateProblem::Name => "the certificate has another name",
                CertificateProblem::Issuer => "the issuer of the certificate is not trusted",
                CertificateProblem::Dates => "the certificate is not valid at this time",
                CertificateProblem::Handshake => "the handshake of TLS failed",
                CertificateProblem::Other => "the certificate is not accepted",
            }),
            Self::Network(problem) => f.write_str(match problem {
                NetworkProblem::Name => "the name has no address",
                NetworkProblem::Timeout => "nothing answered in time",
                NetworkProblem::Refused => "the connection was refused",
                NetworkProblem::Unreachable => "the server is unreachable",
                NetworkProblem::Broken => "the connection broke",
            }),
        }
    }
}

/// Most words of a line that are looked at.
const MAX_WORDS: usize = 400;

/// How many words before a number may say that it is a status.
const CUE_DISTANCE: usize = 3;

/// Longest response code, in bytes. Those of Microsoft have up to 58.
const MAX_CODE_BYTES: usize = 80;

const NO_ERROR: &str = "NoError";

/// Words before a status.
const CUES: &[&str] = &[
    "http",
    "https",
    "status",
    "statuscode",
    "httpstatus",
    "httpcode",
    "code",
    "response",
    "responsecode",
    "result",
    "returned",
    "return",
    "error",
    "errorcode",
    "httperror",
    "got",
    "received",
    "rc",
];

/// Words behind a number that is not a status.
const UNITS: &[&str] =
    &["ms", "msec", "milliseconds", "s", "sec", "seconds", "bytes", "byte", "kb", "users", "items"];

/// Words behind a status.
const PHRASES: &[&str] = &[
    "ok",
    "unauthorized",
    "forbidden",
    "login",
    "authentication",
    "found",
    "moved",
    "not",
    "proxy",
    "internal",
    "bad",
    "service",
    "gateway",
    "multi",
    "redirect",
    "temporary",
];

fn ews(words: &[Word<'_>]) -> Option<Code> {
    let is_code = |text: &str| {
        let behind = text.strip_prefix("Error").unwrap_or_default();
        behind.len() >= 4
            && text.len() <= MAX_CODE_BYTES
            && behind.starts_with(|c: char| c.is_ascii_uppercase())
            && behind.chars().any(|c| c.is_ascii_lowercase())
            && behind.chars().all(|c| c.is_ascii_alphanumeric())
            && !matches!(behind, "Code" | "Message" | "Text" | "Status" | "Number" | "Type")
    };
    let code = words.iter().find(|word| is_code(word.text) || word.text == NO_ERROR)?;
    Some(Code::Ews(code.text.to_owned()))
}

fn status(line: &str, words: &[Word<'_>]) -> Option<Code> {
    let statuses = words.iter().enumerate().filter_map(|(at, word)| {
        let is_number = word.text.len() == 3 && word.text.bytes().all(|it| it.is_ascii_digit());
        let number: u16 = is_number.then(|| word.text.parse().ok())??;
        if !(200..600).contains(&number) || is_in_number(line, *word) {
            return None;
        }
        let behind = words.get(at + 1);
        if behind.is_some_and(|word| word.is_one_of(UNITS)) {
            return None;
        }
        let before = &words[at.saturating_sub(CUE_DISTANCE)..at];
        let has_cue = before.iter().any(|word| word.is_one_of(CUES));
        let has_phrase = behind.is_some_and(|word| word.is_one_of(PHRASES));
        (has_cue || has_phrase).then_some(number)
    });
    // of several, such as a redirect and its end, the worst
    statuses.max().map(Code::Status)
}

/// Whether a number of three digits is a part of an address, a version, a time or a larger number.
fn is_in_number(line: &str, word: Word<'_>) -> bool {
    let bytes = line.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let joins = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(|byte| matches!(byte, b'.' | b',' | b':' | b'-'))
    };
    let (before, behind) = (word.start.checked_sub(1), Some(word.end()));
    (joins(before) && digit(word.start.checked_sub(2)))
        || (joins(behind) && digit(Some(word.end() + 1)))
}

/// Words that say that something is wrong.
const FAILED: &[&str] = &[
    "fail",
    "failed",
    "fails",
    "failure",
    "error",
    "errors",
    "invalid",
    "mismatch",
    "mismatched",
    "match",
    "expired",
    "untrusted",
    "trusted",
    "unknown",
    "refused",
    "rejected",
    "reject",
    "bad",
    "missing",
    "unable",
    "cannot",
    "could",
    "denied",
    "exception",
    "alert",
    "wrong",
    "unsupported",
];

fn certificate(words: &[Word<'_>]) -> Option<CertificateProblem> {
    let has = |list: &[&str]| words.iter().any(|word| word.is_one_of(list));
    let is_about = has(&[
        "certificate",
        "certificates",
        "cert",
        "certs",
        "ssl",
        "tls",
        "x509",
        "handshake",
        "sslv3",
        "tlsv1",
        "issuer",
        "pkix",
    ]);
    if !is_about || !has(FAILED) {
        return None;
    }
    let about_certificate =
        has(&["certificate", "certificates", "cert", "certs", "x509", "subject"]);
    Some(if has(&["expired", "notbefore", "notafter"]) || follows(words, "not", "yet") {
        CertificateProblem::Dates
    } else if has(&["cn", "san", "hostname", "mismatch", "mismatched"])
        || follows(words, "common", "name")
    {
        CertificateProblem::Name
    } else if has(&["ca", "issuer", "chain", "pkix", "untrusted", "trusted"])
        || follows(words, "self", "signed")
    {
        CertificateProblem::Issuer
    } else if has(&["handshake", "alert"]) || !about_certificate {
        CertificateProblem::Handshake
    } else {
        CertificateProblem::Other
    })
}

fn network(words: &[Word<'_>]) -> Option<NetworkProblem> {
    let has = |list: &[&str]| words.iter().any(|word| word.is_one_of(list));
    let is_name = has(&["getaddrinfo", "unresolved", "nxdomain", "unknownhostexception"])
        || follows(words, "unknown", "host")
        || (has(&["resolve", "resolution", "dns"]) && has(FAILED));
    Some(if is_name {
        NetworkProblem::Name
    } else if has(&["timedout", "etimedout", "timeoutexception", "sockettimeoutexception"])
        || follows(words, "timed", "out")
        || ((has(&["timeout"]) || follows(words, "time", "out")) && has(FAILED))
    {
        NetworkProblem::Timeout
    } else if has(&["econnrefused"]) || (has(&["refused"]) && has(&["connection", "connect"])) {
        NetworkProblem::Refused
    } else if has(&["unreachable", "ehostunreach", "enetunreach"]) || follows(words, "no", "route")
    {
        NetworkProblem::Unreachable
    } else if has(&["econnreset"])
        || (has(&["reset", "broken"]) && has(&["connection", "pipe", "peer"]))
    {
        NetworkProblem::Broken
    } else {
        return None;
    })
}

/// Whether one word stands right behind another.
fn follows(words: &[Word<'_>], first: &str, second: &str) -> bool {
    words.windows(2).any(|pair| pair[0].is(first) && pair[1].is(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<String> {
        Code::of(line).map(|code| code.to_string())
    }

    #[test]
    fn statuses_are_found_beside_their_cues() {
        let cases = [
            ("OWA HTTP/1.1 401 Unauthorized", "HTTP 401"),
            ("owa request returned 440", "HTTP 440"),
            ("exchange status=503", "HTTP 503"),
            ("ews: 403 Forbidden", "HTTP 403"),
            ("owa code: 302, then response 440", "HTTP 440"),
            ("exchange HTTP/1.1 200 OK", "HTTP 200"),
        ];
        for (line, code) in cases {
            assert_eq!(of(line).as_deref(), Some(code), "{line}");
        }
    }

    #[test]
    fn other_numbers_are_not_statuses() {
        let lines = [
            "owa response took 401 ms",
            "ews port 443",
            "exchange user 401 signed in",
            "owa code 401.123.1.5",
            "ews at 10.1.1.401",
            "exchange error 4011",
            "ews status 12:401",
            "owa code 100",
            "exchange code 600",
        ];
        for line in lines {
            assert_eq!(of(line), None, "{line}");
        }
    }

    #[test]
    fn response_codes_count_more_than_statuses() {
        assert_eq!(of("ews HTTP/1.1 500 ErrorAccessDenied").as_deref(), Some("ErrorAccessDenied"));
        assert_eq!(of("ews ErrorCode=500 status 500").as_deref(), Some("HTTP 500"));
        assert_eq!(of("ews NoError").as_deref(), Some("NoError"));
    }

    #[test]
    fn words_name_the_problem() {
        let cases = [
            (
                "owa SSL certificate verify failed: certificate has expired",
                CertificateProblem::Dates,
            ),
            ("owa certificate subject CN mismatch", CertificateProblem::Name),
            ("owa tls error: unable to get local issuer certificate", CertificateProblem::Issuer),
            ("owa certificate rejected: self signed certificate", CertificateProblem::Issuer),
            ("owa TLS handshake failed", CertificateProblem::Handshake),
            ("owa bad certificate", CertificateProblem::Other),
        ];
        for (line, problem) in cases {
            assert_eq!(Code::of(line), Some(Code::Certificate(problem)), "{line}");
        }
        let cases = [
            ("owa: could not resolve the name", NetworkProblem::Name),
            ("owa connect timed out", NetworkProblem::Timeout),
            ("owa request failed: timeout", NetworkProblem::Timeout),
            ("owa connection refused", NetworkProblem::Refused),
            ("ews: no route to host", NetworkProblem::Unreachable),
            ("ews connection reset by peer", NetworkProblem::Broken),
        ];
        for (line, problem) in cases {
            assert_eq!(Code::of(line), Some(Code::Network(problem)), "{line}");
        }
        let lines = [
            "owa certificate loaded",
            "exchange subscription renewed",
            "ews",
            "owa idle timeout set to 60",
            "ews time out value 30",
        ];
        for line in lines {
            assert_eq!(Code::of(line), None, "{line}");
        }
    }
}
