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
            FilesVerdict::Unchanged => {
                let offered = candidate.as_ref().and_then(|candidate| candidate.offered.clone());
                Attempt::Done(Outcome::Unchanged(offered))
            }
            FilesVerdict::Retry(rejection) => Attempt::Retry(Outcome::Rejected(rejection)),
            FilesVerdict::Reject(rejection) => Attempt::Done(Outcome::Rejected(rejection)),
        }
    }
}

fn failed(task: &'static str) -> Rejection {
    Rejection::local(RejectionCause::TaskFailed { task })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    fn input() -> RoundInput {
        RoundInput {
            running: None,
            key: None,
            folder: None,
            now: 0,
            hint: None,
            offers: Vec::new(),
            doubted: Vec::new(),
            compare_files: false,
            is_only_server: true,
            first_answer: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
        }
    }

    /// How often another task of the runtime, which serves the control socket as well, gets its
    /// turn while something is verified.
    fn turns_during<T>(verify: impl Future<Output = T>) -> (T, usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let turns = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&turns);
            tokio::spawn(async move {
                loop {
                    counted.fetch_add(1, Ordering::Relaxed);
                    tokio::task::yield_now().await;
                }
            });
            (verify.await, turns.load(Ordering::Relaxed))
        })
    }

    #[test]
    fn large_files_are_verified_while_the_socket_is_served() {
        let compile = |bytes: usize| {
            let files = FetchedFiles {
                address: "http://h/".to_owned(),
                candidate: None,
                application: Answer::bytes(format!("<DialRules{}/>", " ".repeat(bytes)).as_bytes()),
                lookup: Answer::Missing,
            };
            let (compiled, turns) = turns_during(files.compile(input()));
            assert!(matches!(compiled, Attempt::Done(Outcome::Accepted(_))), "{bytes}");
            turns
        };
        assert_eq!(compile(10), 0, "a small file is verified at once");
        assert!(compile(1 << 20) > 0);
        let manifest = |bytes: usize| {
            let manifest = Answer::bytes(&vec![b'['; bytes]);
            let signature = Answer::Missing;
            let fetched = FetchedManifest { address: String::new(), manifest, signature };
            turns_during(fetched.verify(&input())).1
        };
        assert_eq!(manifest(10), 0);
        assert!(manifest(1 << 20) > 0);
    }
}
