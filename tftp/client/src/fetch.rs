//! Fetching and verifying what a server offers.

pub(crate) mod enclosed;
mod files;
pub(crate) mod network;
mod request;
mod round;
pub(crate) mod tls;

use std::sync::Arc;
use std::time::Duration;

use adr_bundle::signature::PublicKey;
use adr_bundle::{Manifest, SIGNATURE_FILE_NAME};
use adr_protocol::State;

use self::enclosed::EnclosedFiles;
use self::files::{FetchedFiles, FetchedManifest};
use self::request::{FetchFile, FileRequest};
pub(crate) use self::round::{RoundReport, run_round};
use crate::answer::Answer;
use crate::rejection::{Rejection, RejectionCause};
use crate::rejections::Offer;
use crate::rules::Rules;
use crate::server::Server;
use crate::snapshot::{APPLICATION, LOOKUP, RuleSnapshot};
use crate::verify::{Candidate, Identity, ManifestVerdict, Policy};

/// Largest manifest and signature in bytes. They are read before anything is verified.
const MAX_MANIFEST_BYTES: u64 = 1024 * 1024;
const MAX_SIGNATURE_BYTES: u64 = 4096;
/// Largest file of rules in bytes, whatever the manifest says.
const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// How long a server may take to begin an answer while another one can still be asked.
pub(crate) const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(3);

/// What a round starts from.
#[derive(Clone, Debug)]
pub(crate) struct RoundInput {
    /// The snapshot that is running.
    pub(crate) running: Option<RuleSnapshot>,
    /// The pinned key.
    pub(crate) key: Option<PublicKey>,
    /// The pinned folder.
    pub(crate) folder: Option<String>,
    /// The time, in seconds since 1970, UTC.
    pub(crate) now: u64,
    /// The state that is the reason for the round.
    pub(crate) hint: Option<State>,
    /// What the servers that the core listens to have announced.
    pub(crate) offers: Vec<Offer>,
    /// Those of the servers that are asked also if another one has what is running: the core
    /// rejected a newer generation of theirs.
    pub(crate) doubted: Vec<Server>,
    /// Whether to fetch and compare the files even if the generation is the running one.
    pub(crate) compare_files: bool,
    /// Whether the core has one server only.
    pub(crate) is_only_server: bool,
    /// How long a server may take for its first answer before the next one is asked as well.
    pub(crate) first_answer: Duration,
    /// Timeout for the whole round, of which each server gets an equal share.
    pub(crate) timeout: Duration,
}

impl RoundInput {
    fn policy<'p>(&'p self, server: &'p str) -> Policy<'p> {
        Policy {
            server,
            running: self.running.as_ref(),
            key: self.key.as_ref(),
            folder: self.folder.as_deref(),
            now: self.now,
            compare_files: self.compare_files,
        }
    }

    /// Whether a later generation was announced than the one that is running.
    fn expects_more(&self) -> bool {
        self.expected().is_some()
    }

    /// The generation that was announced, if it is later than the one that is running.
    fn expected(&self) -> Option<u64> {
        let announced = self.hint.as_ref().map(|hint| hint.generation);
        announced.filter(|announced| *announced > self.running_generation())
    }

    /// The generation that is running; 0 without one.
    fn running_generation(&self) -> u64 {
        self.running.as_ref().and_then(RuleSnapshot::generation).unwrap_or(0)
    }
}

/// The result of a round.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A new snapshot was accepted, and its rules are compiled.
    Accepted(Arc<Rules>),
    /// The server has what is running, maybe under another identity.
    Unchanged(Option<Identity>),
    /// No server sent a candidate that was accepted.
    Rejected(Rejection),
}

/// The result of one attempt at one server.
enum Attempt {
    Done(Outcome),
    /// The server may be in the middle of a change.
    Retry(Outcome),
}

async fn attempt(
    fetcher: &impl FetchFile,
    server: &Server,
    input: &RoundInput,
    patience: Duration,
) -> Attempt {
    let request = |path, max_bytes, known| FileRequest { path, max_bytes, known, patience };
    let known = |path| input.running.as_ref().and_then(|running| running.known_file(path));
    let fetch = |path: &'static str, max_bytes, known| {
        fetcher.fetch(server, request(path, max_bytes, known))
    };
    let manifest = Manifest::FILE_NAME;
    let manifest = fetch(manifest, MAX_MANIFEST_BYTES, known(manifest)).await;
    let has_manifest = matches!(manifest, Answer::Bytes(_));
    let signature = if input.key.is_some() && has_manifest {
        fetch(SIGNATURE_FILE_NAME, MAX_SIGNATURE_BYTES, None).await
    } else {
        Answer::Missing
    };
    let address = server.to_string();
    let fetched = FetchedManifest { address: address.clone(), manifest, signature };
    let candidate = match fetched.verify(input).await {
        ManifestVerdict::Fetch(candidate) => Some(candidate),
        ManifestVerdict::NoManifest => None,
        ManifestVerdict::Unchanged if input.expects_more() => {
            return Attempt::Retry(Outcome::Unchanged(None));
        }
        ManifestVerdict::Unchanged => return Attempt::Done(Outcome::Unchanged(None)),
        ManifestVerdict::SameRules(identity) if input.expects_more() => {
            return Attempt::Retry(Outcome::Unchanged(Some(identity)));
        }
        ManifestVerdict::SameRules(identity) => {
            return Attempt::Done(Outcome::Unchanged(Some(identity)));
        }
        // behind a balancer, another node may have the running generation
        ManifestVerdict::Reject(rejection) if input.is_only_server && is_behind(&rejection) => {
            return Attempt::Retry(Outcome::Rejected(rejection));
        }
        ManifestVerdict::Reject(rejection) => return Attempt::Done(Outcome::Rejected(rejection)),
    };
    let is_running = |candidate: &Candidate| {
        !input.compare_files && input.running.as_ref().is_some_and(|it| candidate.is_of(it))
    };
    // a renewed signature does not end a round that expects more
    if input.expects_more() && candidate.as_ref().is_some_and(is_running) {
        return Attempt::Retry(Outcome::Unchanged(None));
    }
    let max_bytes = |path| match &candidate {
        Some(candidate) => candidate.max_size(path).min(MAX_FILE_BYTES),
        None => MAX_FILE_BYTES,
    };
    let running = input.running.as_ref().filter(|_| !input.compare_files);
    let unchanged = |path| candidate.as_ref()?.unchanged_file(path, running?).map(Answer::Bytes);
    let application = match unchanged(APPLICATION) {
        Some(answer) => answer,
        None => fetch(APPLICATION, max_bytes(APPLICATION), known(APPLICATION)).await,
    };
    let lookup = match unchanged(LOOKUP) {
        Some(answer) => answer,
        None => fetch(LOOKUP, max_bytes(LOOKUP), known(LOOKUP)).await,
    };
    FetchedFiles { address, candidate, application, lookup }.compile(input.clone()).await
}

/// Whether a server has other rules than those that run, and not a later generation.
pub(crate) fn is_behind(rejection: &Rejection) -> bool {
    matches!(*rejection.cause, RejectionCause::Older { .. } | RejectionCause::DifferentContent)
}

/// Verifies the files that came with an announced state. `None` if anything is wrong with them, or
/// they are not what was announced: then the servers are asked.
pub(crate) async fn judge_enclosed(
    files: &EnclosedFiles,
    state: &State,
    input: &RoundInput,
) -> Option<Arc<Rules>> {
    match attempt(files, &files.server, input, input.timeout).await {
        Attempt::Done(Outcome::Accepted(rules)) if is_announced(&rules, state) => Some(rules),
        Attempt::Done(_) | Attempt::Retry(_) => None,
    }
}

fn is_announced(rules: &Rules, state: &State) -> bool {
    let sha256 = rules.snapshot().and_then(RuleSnapshot::sha256);
    rules.generation() == state.generation
        && (state.sha256.is_empty() || sha256 == Some(state.sha256.as_str()))
}
