//! A request to refresh the rules.

use std::sync::Arc;

use adr_protocol::State;

use crate::fetch::enclosed::EnclosedFiles;

/// What the next round is to check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RefreshRequest {
    /// The state that a server announced.
    pub(super) announced: Option<State>,
    /// The files that came with that state.
    pub(super) enclosed: Option<Arc<EnclosedFiles>>,
    /// Whether to fetch and compare the files even if the generation is the running one.
    pub(super) compare_files: bool,
}

impl RefreshRequest {
    /// Adds what another request checks. Of two announced states, the later one stays.
    pub(super) fn merge(&mut self, other: Self) {
        self.compare_files |= other.compare_files;
        if other.generation() >= self.generation() {
            self.announced = other.announced;
            self.enclosed = other.enclosed;
        }
    }

    /// Whether the request already covers a generation.
    pub(super) fn covers(&self, generation: u64) -> bool {
        self.generation().is_some_and(|announced| announced >= generation)
    }

    /// The generation that was announced.
    pub(super) fn generation(&self) -> Option<u64> {
        self.announced.as_ref().map(|announced| announced.generation)
    }
}
