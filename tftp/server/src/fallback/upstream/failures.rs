//! The answer to a client if no upstream server gave the file.

use super::fetch_error::FetchError;
use crate::fallback::not_served::NotServed;

/// The answers of servers that did not give a file.
#[derive(Default)]
pub(super) struct Failures<'s> {
    /// Hosts that answered that they do not have it, by either protocol.
    answered: Vec<&'s str>,
    /// Hosts that did not answer by one protocol.
    unreachable: Vec<&'s str>,
    has_fault: bool,
    /// Whether this machine could not ask one of them.
    is_local: bool,
    is_too_large: bool,
}

impl<'s> Failures<'s> {
    pub(super) fn add(&mut self, host: &'s str, error: &FetchError) {
        match error {
            FetchError::Missing => self.answered.push(host),
            FetchError::TooLarge => {
                self.answered.push(host);
                self.is_too_large = true;
            }
            FetchError::Unreachable(_) | FetchError::Silent(_) => self.unreachable.push(host),
            FetchError::Local(_) => self.is_local = true,
            FetchError::Faulty(_) => self.has_fault = true,
        }
    }

    /// Whether a host has already answered.
    pub(super) fn has_answer_of(&self, host: &str) -> bool {
        self.answered.contains(&host)
    }

    /// The answer to the client. A host that answered by one protocol need not offer the other.
    pub(super) fn not_served(&self) -> NotServed {
        let mut unreachable = self.unreachable.iter();
        if self.is_local {
            NotServed::Unavailable
        } else if self.has_fault || unreachable.any(|host| !self.has_answer_of(host)) {
            NotServed::Failed
        } else if self.is_too_large {
            NotServed::Denied
        } else {
            NotServed::Missing
        }
    }
}
