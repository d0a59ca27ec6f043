//! Fetched files and their verification. Large ones are verified in another thread, so that the
//! control socket keeps answering.

use std::sync::Arc;

use super::{Attempt, Outcome, RoundInput};
use crate::answer::Answer;
use crate::rejection::{Rejection, RejectionCause};
use crate::rules::Rules;
use crate::verify::{Candidate, FilesVerdict, ManifestVerdict, verify_files, verify_manifest};

/// Files up to this size in bytes are parsed in less time than another thread takes to start and
/// to answer.
const PARSED_IN_PLACE: usize = 32 * 1024;

/// A manifest and its signature, not yet verified.
pub(super) struct FetchedManifest {
    /// The address of the server.
    pub(super) address: String,
    pub(super) manifest: Answer,
    pub(super) signature: Answer,
}

impl FetchedManifest {
    pub(super) async fn verify(self, input: &RoundInput) -> ManifestVerdict {
        if self.manifest.size() <= PARSED_IN_PLACE {
            return self.verify_in_place(input);
        }
        let input = input.clone();
        let verified = tokio::task::spawn_blocking(move || self.verify_in_place(&input));
        verified.await.unwrap_or_else(|_| ManifestVerdict::Reject(failed("reading the manifest")))
    }

    fn verify_in_place(&self, input: &RoundInput) -> ManifestVerdict {
        verify_manifest(&self.manifest, &self.signature, input.policy(&self.address))
    }
}

/// The files of a candidate, not yet verified.
pub(super) struct FetchedFiles {
    /// The address of the server.
    pub(super) address: String,
    pub(super) candidate: Option<Candidate>,
    pub(super) application: Answer,
    pub(super) lookup: Answer,
}

impl FetchedFiles {
    /// Verifies the files and compiles their rules.
    pub(super) async fn compile(self, input: RoundInput) -> Attempt {
        if self.application.size() + self.lookup.size() <= PARSED_IN_PLACE {
            return self.compile_in_place(&input);
        }
        let compiled = tokio::task::spawn_blocking(move || self.compile_in_place(&input));
        let failed = |_| Attempt::Done(Outcome::Rejected(failed("reading the files")));
        compiled.await.unwrap_or_else(failed)
    }

    fn compile_in_place(&self, input: &RoundInput) -> Attempt {
        let policy = input.policy(&self.address);
        let Self { candidate, application, lookup, .. } = self;
        match verify_files(candidate.as_ref(), application, lookup, policy) {
            FilesVerdict::Accept(snapshot) => {
                Attempt::Done(Outcome::Accepted(Arc::new(Rules::from_snapshot(snapshot))))
            }
            FilesVerdict::Unchanged => Attempt::Done(Outcome::Unchanged),
            FilesVerdict::Retry(rejection) => Attempt::Retry(Outcome::Rejected(rejection)),
            FilesVerdict::Reject(rejection) => Attempt::Done(Outcome::Rejected(rejection)),
        }
    }
}

fn failed(task: &'static str) -> Rejection {
    Rejection::local(RejectionCause::TaskFailed { task })
}
