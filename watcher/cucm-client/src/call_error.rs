//! Why a call failed.

use std::error::Error;

use adr_cucm::xml::ForbiddenCharacter;
use adr_cucm::{AnswerError, BusyReason, SchemaVersion};

use crate::node::Node;
use crate::verifier::{UntrustedCertificate, causes, untrusted_in};

/// Why a call failed. The message is one line; [`help`](Self::help) says what to do. Neither
/// repeats a password or a cookie.
///
/// A failed call says nothing about what CUCM holds: it is never an empty list. A call that changes
/// rules may have changed them if it ended with [`CutOff`](Self::CutOff),
/// [`Timeout`](Self::Timeout), [`TooLarge`](Self::TooLarge) or an unreadable answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The host name does not resolve, or nothing accepts connections there.
    #[error("cannot connect to {node}{}", cause(source))]
    Connect {
        /// The node.
        node: Node,
        /// Why.
        source: reqwest::Error,
    },
    /// adrc does not trust the certificate.
    #[error(transparent)]
    Certificate(UntrustedCertificate),
    /// The TLS handshake failed for another reason.
    #[error("TLS with {node} failed{}", cause(source))]
    Tls {
        /// The node.
        node: Node,
        /// Why.
        source: reqwest::Error,
    },
    /// CUCM was silent for too long, or the answer took too long.
    #[error("{node} did not answer in time ({phase})")]
    Timeout {
        /// The node.
        node: Node,
        /// What took too long.
        phase: Phase,
    },
    /// The connection ended before the answer did.
    #[error("the connection to {node} ended before the answer did{}", cause(source))]
    CutOff {
        /// The node.
        node: Node,
        /// Why.
        source: reqwest::Error,
    },
    /// The answer is larger than any of CUCM.
    #[error("the answer has more than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// CUCM, or something in front of it, redirects. adrc does not follow.
    #[error("{node} redirects to {} (HTTP {status}); adrc does not follow", place(target.as_ref()))]
    Redirected {
        /// The node.
        node: Node,
        /// The HTTP status.
        status: u16,
        /// Scheme, host and port of the other address, if the answer has a usable one.
        target: Option<String>,
    },
    /// CUCM was busy at every attempt.
    #[error("CUCM is still busy after {attempts} attempts: {reason}")]
    Busy {
        /// Why, at the last attempt.
        reason: BusyReason,
        /// How often adrc asked.
        attempts: usize,
    },
    /// CUCM rejects every AXL version that adrc speaks.
    #[error(
        "CUCM supports none of the AXL versions of adrc ({} to {})",
        SchemaVersion::OLDEST,
        SchemaVersion::NEWEST
    )]
    NoCommonVersion,
    /// This AXL version has no `listChange`.
    #[error("AXL {version} has no list of changes")]
    NoChangeList {
        /// The version that CUCM and adrc speak.
        version: SchemaVersion,
    },
    /// The pages of a list did not fit together at any attempt.
    #[error("the list changed while adrc read its pages")]
    Unstable,
    /// A list has more records than adrc reads.
    #[error("the list has more than {limit} records")]
    TooManyRecords {
        /// The limit.
        limit: usize,
    },
    /// A text of the request holds a character that XML cannot carry.
    #[error(transparent)]
    Request(#[from] ForbiddenCharacter),
    /// CUCM answered, but with another thing than the result.
    #[error(transparent)]
    Answer(#[from] AnswerError),
}

/// What took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Phase {
    /// The connection with its TLS handshake.
    #[error("connection")]
    Connection,
    /// The next byte of the answer.
    #[error("no data")]
    Silence,
    /// The request and its whole answer.
    #[error("whole answer")]
    Answer,
}

impl CallError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Connect { .. } => {
                "check the name of the node, and that no firewall blocks its port"
            }
            Self::Certificate(_) => {
                "compare the fingerprint with the one of the tomcat certificate in OS \
                 Administration, Security; then set `fingerprint` or `ca` of the cluster"
            }
            Self::Tls { .. } => "adrc needs TLS 1.2 or 1.3 with ECDHE, on port 8443 of the node",
            Self::Timeout { .. } | Self::CutOff { .. } => {
                "check the network and the load of the node, then try again"
            }
            Self::TooLarge { .. } | Self::TooManyRecords { .. } => {
                "check that the address is one of CUCM"
            }
            Self::Redirected { .. } => "write the address of the publisher itself, without a proxy",
            Self::Busy { .. } => "try again later, or find out which program uses AXL so much",
            Self::NoCommonVersion => "adrc supports CUCM 8.5 to 15",
            Self::NoChangeList { .. } => "adrc can compare whole lists instead",
            Self::Unstable => "try again when nobody edits the rules",
            Self::Request(_) => "remove the control character from the text",
            Self::Answer(error) => help_for(error),
        }
    }

    /// Whether the same call may succeed later although nobody changes a setting. After any other
    /// error do not repeat the call: CUCM locks users after some wrong passwords.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::Tls { .. }
            | Self::Timeout { .. }
            | Self::CutOff { .. }
            | Self::TooLarge { .. }
            | Self::Redirected { .. }
            | Self::Busy { .. }
            | Self::Unstable => true,
            Self::Certificate(_)
            | Self::NoCommonVersion
            | Self::NoChangeList { .. }
            | Self::TooManyRecords { .. }
            | Self::Request(_) => false,
            Self::Answer(error) => is_transient(error),
        }
    }

    /// The error of a request that the HTTP library reports.
    pub(crate) fn of_request(node: &Node, source: reqwest::Error) -> Self {
        let node = node.clone();
        if let Some(untrusted) = untrusted_in(&source) {
            return Self::Certificate(untrusted.clone());
        }
        match (source.is_timeout(), source.is_connect()) {
            (true, true) => Self::Timeout { node, phase: Phase::Connection },
            (true, false) => Self::Timeout { node, phase: Phase::Silence },
            (false, true) if is_from_tls(&source) => Self::Tls { node, source },
            (false, true) => Self::Connect { node, source },
            (false, false) => Self::CutOff { node, source },
        }
    }
}

fn help_for(error: &AnswerError) -> &'static str {
    match error {
        AnswerError::Unauthorized { .. } => {
            "check user and password; CUCM may have locked the user after wrong passwords"
        }
        AnswerError::Forbidden { .. } => {
            "give the user the role: Standard AXL Read Only API Access to read, Standard AXL API \
             Users to change, Standard SERVICEABILITY Administration for services and devices"
        }
        AnswerError::NotFound => {
            "activate the service, for example Cisco AXL Web Service, in Serviceability"
        }
        AnswerError::Redirected { .. } => {
            "write the address of the publisher itself, without a proxy"
        }
        AnswerError::UnsupportedVersion { .. } => "adrc supports CUCM 8.5 to 15",
        AnswerError::Busy(_) => "try again later",
        AnswerError::QueueRestarted => "read everything once, then ask for changes again",
        AnswerError::TooManyRows { .. } => "ask in pages",
        AnswerError::Fault(_) => "look up the message in the AXL documentation of the release",
        AnswerError::Html { .. } | AnswerError::Unexpected { .. } => {
            "check that the address is one of CUCM, and that there is no proxy in between"
        }
        AnswerError::Status { .. }
        | AnswerError::Malformed(_)
        | AnswerError::DamagedAttachment
        | AnswerError::Missing { .. } => "try again; if it stays, report it with the release",
    }
}

fn is_transient(error: &AnswerError) -> bool {
    !matches!(
        error,
        AnswerError::Unauthorized { .. }
            | AnswerError::Forbidden { .. }
            | AnswerError::UnsupportedVersion { .. }
    )
}

fn is_from_tls(error: &reqwest::Error) -> bool {
    causes(error).any(<dyn Error>::is::<rustls::Error>)
}

/// `: ` and the innermost cause of an error, which leaves out the URL; empty without a cause.
fn cause(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(String::new, |cause| format!(": {cause}"))
}

fn place(target: Option<&String>) -> String {
    target.map_or_else(|| "another address".to_owned(), |target| format!("`{target}`"))
}
