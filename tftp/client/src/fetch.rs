//! One round of requests: servers in order, until one of them sends a candidate that is accepted.

pub(crate) mod enclosed;
pub(crate) mod network;
mod request;

use std::sync::Arc;
use std::time::Duration;

use adr_bundle::signature::PublicKey;
use adr_bundle::{Manifest, SIGNATURE_FILE_NAME};
use adr_protocol::{Reason, State};

use self::enclosed::EnclosedFiles;
use self::request::{FetchFile, FileRequest};
use crate::answer::Answer;
use crate::rejection::{Rejection, RejectionCause};
use crate::rules::Rules;
use crate::server::Server;
use crate::snapshot::{APPLICATION, LOOKUP, RuleSnapshot};
use crate::verify::{
    Candidate, FilesVerdict, ManifestVerdict, Policy, verify_files, verify_manifest,
};

/// How often a server is asked that seems to be in the middle of a change.
const ATTEMPTS: u32 = 3;
/// The delay between these attempts.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);

/// Largest manifest, signature and file without a size in a manifest, in bytes.
const MAX_MANIFEST_BYTES: u64 = 16 * 1024 * 1024;
const MAX_SIGNATURE_BYTES: u64 = 4096;
const MAX_FILE_BYTES: u64 = 128 * 1024 * 1024;

/// Files up to this size in bytes are parsed in less time than another thread takes to start and
/// to answer.
const PARSED_IN_PLACE: usize = 32 * 1024;

/// What a round starts from.
#[derive(Clone, Debug)]
pub(crate) struct RoundInput {
    /// The snapshot that is running.
    pub(crate) running: Option<RuleSnapshot>,
    /// The pinned key.
    pub(crate) key: Option<PublicKey>,
    /// The time, in seconds since 1970, UTC.
    pub(crate) now: u64,
    /// The state that a server announced.
    pub(crate) announced: Option<State>,
    /// The files that came with that announcement.
    pub(crate) enclosed: Option<Arc<EnclosedFiles>>,
    /// Whether to fetch and compare the files even if the generation is the running one.
    pub(crate) compare_files: bool,
}

impl RoundInput {
    fn policy<'p>(&'p self, server: &'p str) -> Policy<'p> {
        Policy {
            server,
            running: self.running.as_ref(),
            key: self.key.as_ref(),
            now: self.now,
            announced: self.announced.as_ref(),
            compare_files: self.compare_files,
        }
    }
}

/// The result of a round.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A new snapshot was accepted, and its rules are compiled.
    Accepted(Arc<Rules>),
    /// The server has what is running.
    Unchanged,
    /// No server sent a candidate that was accepted.
    Rejected(Rejection),
}

/// The result of one attempt at one server.
enum Attempt {
    Done(Outcome),
    /// The server may be in the middle of a change.
    Retry(Rejection),
}

/// Asks servers in order until one has a candidate that is accepted or already running. If there is
/// none, the result is the first rejection that is about a candidate; if no server sent one, the
/// first rejection.
pub(crate) async fn run_round(
    fetcher: &impl FetchFile,
    servers: &[Server],
    input: &RoundInput,
) -> Outcome {
    if let Some(outcome) = accept_enclosed(input).await {
        return outcome;
    }
    let mut rejections = Vec::new();
    for server in servers {
        match ask_server(fetcher, server, input).await {
            Outcome::Rejected(rejection) => rejections.push(rejection),
            done => return done,
        }
    }
    let is_reached = |rejection: &Rejection| rejection.reason() != Reason::Unreachable;
    let reached = rejections.iter().position(is_reached).unwrap_or(0);
    let first = rejections.into_iter().nth(reached);
    Outcome::Rejected(first.unwrap_or_else(|| Rejection::local(RejectionCause::NoServers)))
}

/// Verifies the files that came with the announcement. If anything is wrong with them, servers are
/// asked as usual. A round that compares files ignores them, because the caller wants to know what
/// the servers send.
async fn accept_enclosed(input: &RoundInput) -> Option<Outcome> {
    let enclosed = input.enclosed.as_deref();
    let enclosed = enclosed.filter(|_| !input.compare_files)?;
    match attempt(enclosed, &enclosed.server, input).await {
        Attempt::Done(outcome @ Outcome::Accepted(_)) => Some(outcome),
        Attempt::Done(Outcome::Unchanged | Outcome::Rejected(_)) | Attempt::Retry(_) => None,
    }
}

async fn ask_server(fetcher: &impl FetchFile, server: &Server, input: &RoundInput) -> Outcome {
    let mut attempts = 1;
    loop {
        match attempt(fetcher, server, input).await {
            Attempt::Done(outcome) => return outcome,
            Attempt::Retry(rejection) if attempts >= ATTEMPTS => {
                return Outcome::Rejected(rejection);
            }
            Attempt::Retry(_) => tokio::time::sleep(BETWEEN_ATTEMPTS).await,
        }
        attempts += 1;
    }
}

async fn attempt(fetcher: &impl FetchFile, server: &Server, input: &RoundInput) -> Attempt {
    let fetch = |path: &'static str, max_bytes| {
        let known = input.running.as_ref().and_then(|running| running.known_file(path));
        fetcher.fetch(server, FileRequest { path, max_bytes, known })
    };
    let manifest = fetch(Manifest::FILE_NAME, MAX_MANIFEST_BYTES).await;
    let has_manifest = matches!(manifest, Answer::Bytes(_));
    let signature = if input.key.is_some() && has_manifest {
        let max_bytes = MAX_SIGNATURE_BYTES;
        let request = FileRequest { path: SIGNATURE_FILE_NAME, max_bytes, known: None };
        fetcher.fetch(server, request).await
    } else {
        Answer::Missing
    };
    let address = server.to_string();
    let candidate = match verify_manifest(&manifest, &signature, input.policy(&address)) {
        ManifestVerdict::Fetch(candidate) => Some(candidate),
        ManifestVerdict::NoManifest => None,
        ManifestVerdict::Unchanged => return Attempt::Done(Outcome::Unchanged),
        ManifestVerdict::Retry(rejection) => return Attempt::Retry(rejection),
        ManifestVerdict::Reject(rejection) => return Attempt::Done(Outcome::Rejected(rejection)),
    };
    let max_bytes =
        |path| candidate.as_ref().map_or(MAX_FILE_BYTES, |candidate| candidate.max_size(path));
    let running = input.running.as_ref().filter(|_| !input.compare_files);
    let unchanged = |path| candidate.as_ref()?.unchanged_file(path, running?).map(Answer::Bytes);
    let application = match unchanged(APPLICATION) {
        Some(answer) => answer,
        None => fetch(APPLICATION, max_bytes(APPLICATION)).await,
    };
    let lookup = match unchanged(LOOKUP) {
        Some(answer) => answer,
        None => fetch(LOOKUP, max_bytes(LOOKUP)).await,
    };
    FetchedFiles { address, candidate, application, lookup }.compile(input.clone()).await
}

/// The files of a candidate, not yet verified.
struct FetchedFiles {
    /// The address of the server.
    address: String,
    candidate: Option<Candidate>,
    application: Answer,
    lookup: Answer,
}

impl FetchedFiles {
    /// Verifies the files and compiles their rules; large files in another thread, so that the
    /// control socket keeps answering.
    async fn compile(self, input: RoundInput) -> Attempt {
        if self.application.size() + self.lookup.size() <= PARSED_IN_PLACE {
            return self.compile_in_place(&input);
        }
        let compiled = tokio::task::spawn_blocking(move || self.compile_in_place(&input));
        compiled.await.unwrap_or_else(|_| {
            let cause = RejectionCause::TaskFailed { task: "reading the files" };
            Attempt::Done(Outcome::Rejected(Rejection::local(cause)))
        })
    }

    fn compile_in_place(&self, input: &RoundInput) -> Attempt {
        let policy = input.policy(&self.address);
        let Self { candidate, application, lookup, .. } = self;
        match verify_files(candidate.as_ref(), application, lookup, policy) {
            FilesVerdict::Accept(snapshot) => {
                Attempt::Done(Outcome::Accepted(Arc::new(Rules::from_snapshot(snapshot))))
            }
            FilesVerdict::Unchanged => Attempt::Done(Outcome::Unchanged),
            FilesVerdict::Retry(rejection) => Attempt::Retry(rejection),
            FilesVerdict::Reject(rejection) => Attempt::Done(Outcome::Rejected(rejection)),
        }
    }
}
