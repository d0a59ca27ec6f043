//! What a candidate must meet.

use adr_bundle::signature::PublicKey;

use crate::rejection::{Rejection, RejectionCause};
use crate::snapshot::RuleSnapshot;

/// What a candidate must meet.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'p> {
    /// The address of the server that sends the candidate.
    pub server: &'p str,
    /// The snapshot that is running; `None` before there are any rules.
    pub running: Option<&'p RuleSnapshot>,
    /// The pinned key; `None`: signatures are ignored.
    pub key: Option<&'p PublicKey>,
    /// The name of the folder that a signature must name; `None`: any.
    pub folder: Option<&'p str>,
    /// The time, in seconds since 1970, UTC.
    pub now: u64,
    /// Whether to fetch and compare the files even if the generation is the one that is running. In
    /// another network the same generation may have other files for this client.
    pub compare_files: bool,
}

impl Policy<'_> {
    pub(super) fn reject(&self, cause: RejectionCause) -> Rejection {
        Rejection::new(self.server, cause)
    }
}
