//! Why a request to NATS fails, and what that means for a publication.

use std::fmt::Display;

use adr_watcher::publication::PublicationError;
use async_nats::ConnectErrorKind;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};

/// Why a request to NATS fails. The texts are phrases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Trying again can succeed: no answer, or no leader.
    Temporary(String),
    /// The server rejects the credentials, or they do not permit this.
    Denied(String),
    /// A stream is missing.
    NotPrepared(String),
    /// JetStream is off.
    NoJetStream(String),
    /// Something is there that adrc did not write.
    Foreign(String),
    /// What was asked for is not possible; what to do, a phrase in the imperative.
    Impossible(String, &'static str),
    /// The revision is another one than expected.
    Conflict,
    /// The object is missing or is not what its name says.
    Damaged(String),
}

/// Texts of NATS that lead to something else than [`Fault::Temporary`]. NATS gives many errors
/// their meaning by a code in the text only.
const DENIED: [&str; 5] = [
    "authorization violation",
    "permissions violation",
    "failed signing nonce",
    "user authentication expired",
    "authentication revoked",
];
/// What NATS answers about a stream without a leader, and about all streams if too few servers run.
const NO_LEADER: &str = "error code 10008";

/// The reason that says so, before the words of NATS.
const ELECTION: &str = "no leader, because NATS servers are away or elect one";

/// The reason if a stream does not exist.
pub(crate) const STREAM_MISSING: &str = "a stream is missing";

/// What NATS answers about a stream that does not exist.
const NO_STREAM: &str = "error code 10059";

/// What the library says if nobody answers requests to JetStream, also for a moment only.
const NO_RESPONDERS: &str = "requested jetstream resource does not exist";

/// The reason if no server answers for JetStream: also that of a leaf node whose main site is away.
const NOBODY: &str = "nobody answers for JetStream";

const WITHOUT_JETSTREAM: [(&str, &str); 2] = [
    ("error code 10039", "JetStream is not enabled for this account"),
    ("error code 10076", "JetStream is not enabled in the server"),
];

impl Fault {
    /// Whether JetStream has no leader, if the server is one of a cluster. Without a quorum, NATS
    /// says so after some time only; before, it does not answer.
    pub(crate) fn is_without_leader(&self) -> bool {
        let Self::Temporary(reason) = self else { return false };
        let reason = reason.to_lowercase();
        [NO_LEADER, "timed out", "no answer"].iter().any(|text| reason.contains(text))
    }

    /// Whether nobody answers requests to JetStream: it is off, or begins.
    pub(crate) fn is_without_responders(&self) -> bool {
        matches!(self, Self::Temporary(reason) if reason.to_lowercase().contains(NO_RESPONDERS))
    }

    /// The fault if that lasts, and the server says that it has no JetStream.
    pub(crate) fn no_jetstream() -> Self {
        Self::NoJetStream(NOBODY.to_owned())
    }

    /// The fault of an error of NATS.
    pub(crate) fn of(error: impl Display) -> Self {
        let text = error.to_string();
        let lower = text.to_lowercase();
        if lower.contains(NO_STREAM) {
            return Self::NotPrepared(STREAM_MISSING.to_owned());
        }
        let mut without = WITHOUT_JETSTREAM.iter();
        if let Some((_, reason)) = without.find(|(code, _)| lower.contains(code)) {
            return Self::NoJetStream((*reason).to_owned());
        }
        if DENIED.iter().any(|denied| lower.contains(denied)) {
            return Self::Denied(text);
        }
        if lower.contains(NO_LEADER) {
            return Self::Temporary(format!("{ELECTION}: {text}"));
        }
        Self::Temporary(text)
    }

    /// The fault of a connection that was not made.
    pub(crate) fn of_connect(error: &async_nats::ConnectError) -> Self {
        match error.kind() {
            ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
                Self::Denied(error.to_string())
            }
            _ => Self::of(error),
        }
    }

    /// The fault of a message that was not stored.
    pub(crate) fn of_publish(error: &PublishError) -> Self {
        match error.kind() {
            PublishErrorKind::WrongLastSequence => Self::Conflict,
            // also while the stream has no leader: the caller asks for the stream
            PublishErrorKind::StreamNotFound => Self::Temporary("no stream answers".to_owned()),
            _ => Self::of(error),
        }
    }

    /// The error for the caller of a publication; `generation` is what was asked for, 0 if nothing
    /// was.
    pub(crate) fn into_error(self, name: &str, generation: u64) -> PublicationError {
        let name = name.to_owned();
        match self {
            Self::Temporary(reason) => PublicationError::Unreachable { name, reason },
            Self::Denied(reason) => PublicationError::Denied { name, reason },
            Self::NotPrepared(reason) => PublicationError::NotPrepared { name, reason },
            Self::NoJetStream(reason) => PublicationError::NoJetStream { name, reason },
            Self::Foreign(reason) => PublicationError::Foreign { name, reason },
            Self::Impossible(reason, help) => PublicationError::Impossible { name, reason, help },
            Self::Conflict => PublicationError::Unreachable {
                name,
                reason: "others write the same value all the time".to_owned(),
            },
            Self::Damaged(reason) => PublicationError::Damaged { name, generation, reason },
        }
    }
}
