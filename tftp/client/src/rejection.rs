//! Why a candidate from a server was rejected.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use adr_bundle::ManifestError;
use adr_bundle::signature::SignatureError;
use adr_engine::xml::ClientError;
use adr_protocol::{Reason, Refusal};

use crate::answer::FetchError;
use crate::detail::one_line;
use crate::verify::MAX_VALUE_CHARACTERS;

/// Why a candidate was rejected. The rules that were running before keep running.
///
/// The message is one line: the server, the generation and the [cause](RejectionCause), each where
/// it is known. It never contains a dialed number.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// The generation of the candidate, where it is known.
    pub generation: Option<u64>,
    /// The address of the server that sent the candidate; empty when no server is involved.
    pub server: String,
    /// What is wrong.
    pub cause: Arc<RejectionCause>,
}

/// What is wrong with a candidate.
#[derive(Debug, thiserror::Error)]
pub enum RejectionCause {
    /// A server did not send a file.
    #[error("{}{source}", prefix(.path))]
    Unreachable {
        /// The path of the file; `None` for the manifest.
        path: Option<&'static str>,
        /// What went wrong.
        source: Arc<FetchError>,
    },
    /// The settings name no servers.
    #[error("no servers are configured")]
    NoServers,
    /// The servers did not answer a reload in time.
    #[error("no answer within {seconds} seconds")]
    ReloadTimeout {
        /// The timeout in seconds.
        seconds: u64,
    },
    /// The manifest does not parse.
    #[error("{0}")]
    InvalidManifest(#[source] ManifestError),
    /// A server without a manifest cannot replace a generation.
    #[error(
        "the server has no manifest; generation {running} is running, and only a later generation \
         replaces it"
    )]
    ManifestMissing {
        /// The generation that is running.
        running: u64,
    },
    /// A key is pinned, so a manifest is required.
    #[error("the server has no manifest, and a key is pinned")]
    UnsignedServer,
    /// A key is pinned, so a signature is required.
    #[error("the manifest has no signature, and a key is pinned")]
    SignatureMissing,
    /// The signature is not UTF-8.
    #[error("the signature is not UTF-8 text")]
    SignatureNotText,
    /// The signature does not verify.
    #[error("{0}")]
    InvalidSignature(#[source] SignatureError),
    /// The signature states another generation than the manifest.
    #[error("the signature belongs to another generation")]
    SignatureOfOtherGeneration,
    /// The signature was made for another folder.
    #[error(
        "the signature is for {}, and the folder `{pinned}` is pinned",
        signed.as_ref().map_or("no folder".to_owned(), |name| format!("the folder `{name}`"))
    )]
    OtherFolder {
        /// The folder that the signature names.
        signed: Option<String>,
        /// The folder that is pinned.
        pinned: String,
    },
    /// The signature has expired.
    #[error("the signature has expired; publish again")]
    Expired,
    /// A generation never replaces a later one.
    #[error(
        "older than generation {running}, which is running; to accept it, start the core once \
         with --forget"
    )]
    Older {
        /// The generation that is running.
        running: u64,
    },
    /// One generation number never stands for different rules.
    #[error("other rules than those of the running generation of the same number; publish again")]
    DifferentContent,
    /// The server does not have a file.
    #[error("{path}: the server does not have this file")]
    FileMissing {
        /// The path of the file.
        path: &'static str,
        /// Whether the server has a manifest, which names the file.
        is_in_manifest: bool,
    },
    /// The files belong to different views or generations.
    #[error("no view of the manifest has the files that the server sent")]
    NoSuchView,
    /// A softphone would not read the file.
    #[error("{path}: {}", invalid_file(*.error))]
    InvalidFile {
        /// The path of the file.
        path: &'static str,
        /// The softphone's own error.
        error: ClientError,
    },
    /// A value of a rule is longer than CUCM accepts.
    #[error(
        "{path}: rule {rule} has a value of more than {MAX_VALUE_CHARACTERS} characters, which \
         CUCM does not accept"
    )]
    LongValue {
        /// The path of the file.
        path: &'static str,
        /// The position of the rule, from 1.
        rule: usize,
    },
    /// The rules are running, but the snapshot was not saved.
    #[error("{0}; the rules are running, but were not saved")]
    NotSaved(#[source] Box<dyn Error + Send + Sync>),
    /// A task of the core ended abnormally.
    #[error("internal error: {task} ended abnormally")]
    TaskFailed {
        /// What the task does.
        task: &'static str,
    },
    /// The core is closed.
    #[error("the core is closed")]
    Closed,
}

impl Rejection {
    pub(crate) fn new(server: &str, cause: RejectionCause) -> Self {
        Self { generation: None, server: server.to_owned(), cause: Arc::new(cause) }
    }

    /// A rejection in which no server is involved.
    pub(crate) fn local(cause: RejectionCause) -> Self {
        Self::new("", cause)
    }

    pub(crate) fn with_generation(self, generation: Option<u64>) -> Self {
        Self { generation, ..self }
    }

    /// The kind of the cause, for the report to the server.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.cause.reason()
    }

    /// The cause as one line of at most [`DETAIL_CHARACTERS`](adr_protocol::DETAIL_CHARACTERS)
    /// characters.
    #[must_use]
    pub fn detail(&self) -> String {
        one_line(&self.cause.to_string())
    }

    /// The rejection, for the report to the server.
    pub(crate) fn to_refusal(&self) -> Refusal {
        Refusal {
            generation: self.generation.unwrap_or(0),
            reason: self.reason(),
            detail: one_line(&self.to_string()),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.server.is_empty() {
            write!(f, "{}: ", self.server)?;
        }
        if let Some(generation) = self.generation {
            write!(f, "generation {generation}: ")?;
        }
        f.write_str(&self.detail())
    }
}

impl Error for Rejection {
    /// The source of the cause: the message of the cause is part of this error's message.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.source()
    }
}

impl RejectionCause {
    /// Whether the server has a manifest that does not say which generation it is of: its signature
    /// does not verify, or it does not parse.
    pub(crate) fn is_about_a_manifest(&self) -> bool {
        matches!(
            self,
            Self::InvalidManifest(_)
                | Self::SignatureMissing
                | Self::SignatureNotText
                | Self::InvalidSignature(_)
        )
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Unreachable { .. } | Self::NoServers | Self::ReloadTimeout { .. } => {
                Reason::Unreachable
            }
            Self::InvalidManifest(_) | Self::ManifestMissing { .. } => Reason::BadManifest,
            Self::UnsignedServer
            | Self::SignatureMissing
            | Self::SignatureNotText
            | Self::InvalidSignature(_)
            | Self::SignatureOfOtherGeneration
            | Self::OtherFolder { .. } => Reason::BadSignature,
            Self::Expired => Reason::Expired,
            Self::Older { .. } => Reason::Older,
            Self::NoSuchView | Self::FileMissing { is_in_manifest: true, .. } => {
                Reason::NotVerified
            }
            Self::InvalidFile { .. } | Self::LongValue { .. } => Reason::InvalidFile,
            Self::NotSaved(_) => Reason::Disk,
            Self::DifferentContent
            | Self::FileMissing { is_in_manifest: false, .. }
            | Self::TaskFailed { .. }
            | Self::Closed => Reason::Other,
        }
    }
}

fn prefix(path: &Option<&'static str>) -> String {
    path.map_or_else(String::new, |path| format!("{path}: "))
}

fn invalid_file(error: ClientError) -> &'static str {
    match error {
        ClientError::Empty => "the file is empty, and softphones reject an empty file",
        ClientError::NotWellFormed => "softphones reject the file: it is not well-formed XML",
        ClientError::WrongRoot => "softphones reject the file: its root element is not `DialRules`",
    }
}
