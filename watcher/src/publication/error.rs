//! Why a publication does not give or take a generation.

use thiserror::Error;

use crate::publish::Base;

/// Why a [`Publication`](super::Publication) does not give or take a generation. Messages name the
/// publication and the cause; [`Self::help`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PublicationError {
    /// Another generation is current than the one that the publisher expected.
    #[error("{name}: generation {} is current, not {}", number(.current), number(.expected))]
    Refused {
        /// The publication.
        name: String,
        /// What the publisher expected.
        expected: Option<Base>,
        /// What is current.
        current: Option<Base>,
    },
    /// No answer came in time, or no connection was possible.
    #[error("{name} does not answer: {reason}")]
    Unreachable {
        /// The publication.
        name: String,
        /// Why, a phrase.
        reason: String,
    },
    /// The generation was sent, and the answer was lost: it may be current or not.
    #[error("{name} did not confirm generation {generation}: {reason}")]
    Unconfirmed {
        /// The publication.
        name: String,
        /// The generation.
        generation: u64,
        /// Why, a phrase.
        reason: String,
    },
    /// The server rejects the credentials, or they do not permit this.
    #[error("{name} rejects the credentials: {reason}")]
    Denied {
        /// The publication.
        name: String,
        /// Why, a phrase.
        reason: String,
    },
    /// Nobody has prepared the publication.
    #[error("{name} is not prepared for adrc yet: {reason}")]
    NotPrepared {
        /// The publication.
        name: String,
        /// What is missing, a phrase.
        reason: String,
    },
    /// The servers answer, and keep nothing.
    #[error("{name} cannot keep generations: {reason}")]
    NoJetStream {
        /// The publication.
        name: String,
        /// Where JetStream is missing, a phrase.
        reason: String,
    },
    /// The publication holds something that adrc did not write, or a newer format.
    #[error("{name}: {reason}")]
    Foreign {
        /// The publication.
        name: String,
        /// What was found, a phrase.
        reason: String,
    },
    /// What was asked for is not possible here.
    #[error("{name}: {reason}")]
    Impossible {
        /// The publication.
        name: String,
        /// Why, a phrase.
        reason: String,
        /// What to do instead, a phrase in the imperative.
        help: &'static str,
    },
    /// The generation is not kept.
    #[error("{name}: generation {generation} is not kept")]
    Missing {
        /// The publication.
        name: String,
        /// The generation.
        generation: u64,
    },
    /// A generation is not what its manifest lists.
    #[error("{name}: generation {generation} is damaged: {reason}")]
    Damaged {
        /// The publication.
        name: String,
        /// The generation.
        generation: u64,
        /// What is wrong, a phrase.
        reason: String,
    },
}

impl PublicationError {
    /// What to do, a phrase in the imperative.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "look again at what would change, and publish again",
            Self::Unreachable { .. } => "check the address, and the NATS servers or the drive",
            Self::Unconfirmed { .. } => {
                "run the command again: it tells which generation is current"
            }
            Self::Denied { .. } => "check the credentials and the permissions of their user",
            Self::NotPrepared { .. } => {
                "run `adrc cluster init` once; if that was done, find out who removed it"
            }
            Self::NoJetStream { .. } => {
                "write `jetstream {}` into the configuration of the NATS server; for a leaf node, see \
                 that it reaches its main site"
            }
            Self::Foreign { .. } => "choose another bucket or folder, or update adrc",
            Self::Impossible { help, .. } => help,
            Self::Missing { .. } => "see `adrc history` for the generations that are kept",
            Self::Damaged { .. } => {
                "publish again: the next generation replaces it, and nodes keep what they serve"
            }
        }
    }

    /// Whether trying again later can succeed without a person: also without JetStream, because a
    /// leaf node whose main site is away looks the same.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::Unconfirmed { .. } | Self::NoJetStream { .. }
        )
    }
}

/// The number of a generation; 0 for none.
fn number(base: &Option<Base>) -> u64 {
    base.as_ref().map_or(0, |base| base.generation)
}
