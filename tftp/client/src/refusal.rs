//! Why something that a server offered was not taken.

use std::fmt;

pub use adr_tree::Reason;

/// What was not taken, and why. What ran before runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its kind.
    pub reason: Reason,
    /// The generation that was offered, where that is known.
    pub generation: Option<u64>,
    /// Who offered it; empty where nobody did.
    pub server: String,
    /// What happened: one line for people, lower case, without dialled numbers.
    pub detail: String,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, server: &str, detail: impl Into<String>) -> Self {
        Self {
            reason,
            generation: None,
            server: server.to_owned(),
            detail: detail.into(),
        }
    }

    pub(crate) fn of_generation(mut self, generation: u64) -> Self {
        self.generation = Some(generation);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.server.is_empty() {
            write!(f, "{}: ", self.server)?;
        }
        if let Some(generation) = self.generation {
            write!(f, "generation {generation}: ")?;
        }
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Refusal {}
