//! The second step: the files of rules.

use std::sync::Arc;

use adr_engine::Rule;
use adr_engine::xml::read_as_client;

use super::candidate::Candidate;
use super::policy::Policy;
use crate::answer::Answer;
use crate::rejection::{Rejection, RejectionCause};
use crate::snapshot::{APPLICATION, KnownFile, LOOKUP, RuleSnapshot};

/// Most characters of a value of a rule, the limit of CUCM's own page.
pub const MAX_VALUE_CHARACTERS: usize = 100;

/// What to do after a request for the files.
#[derive(Clone, Debug)]
pub enum FilesVerdict {
    /// Dial by this snapshot from now on.
    Accept(RuleSnapshot),
    /// The manifest and the files are the running ones, and the signature is not renewed.
    Unchanged,
    /// The server may be in the middle of a change: ask again.
    Retry(Rejection),
    /// The candidate is rejected.
    Reject(Rejection),
}

/// Verifies the two files of rules against their manifest; without a candidate, the files of a
/// server that has no manifest.
#[must_use]
pub fn verify_files(
    candidate: Option<&Candidate>,
    application: &Answer,
    lookup: &Answer,
    policy: Policy<'_>,
) -> FilesVerdict {
    let generation = candidate.map(|candidate| candidate.provenance.generation);
    let reject = |cause| policy.reject(cause).with_generation(generation);
    let snapshot = match candidate {
        Some(candidate) => match_view(candidate, application, lookup, policy),
        None => without_manifest(application, lookup, policy),
    };
    let snapshot = match snapshot {
        Ok(snapshot) => snapshot,
        Err(cause) if may_be_changing(&cause) => return FilesVerdict::Retry(reject(cause)),
        Err(cause) => return FilesVerdict::Reject(reject(cause)),
    };
    if let Err(cause) = check_readable(&snapshot) {
        return FilesVerdict::Reject(reject(cause));
    }
    let is_running = policy.running.is_some_and(|running| {
        running.has_same_files(&snapshot)
            && running.sha256() == snapshot.sha256()
            && running.signed() >= snapshot.signed()
    });
    if is_running { FilesVerdict::Unchanged } else { FilesVerdict::Accept(snapshot) }
}

/// Whether a later request may find what the manifest names: the server publishes a generation
/// while its files are fetched.
fn may_be_changing(cause: &RejectionCause) -> bool {
    matches!(
        cause,
        RejectionCause::NoSuchView | RejectionCause::FileMissing { is_in_manifest: true, .. }
    )
}

/// The files, if one view of the manifest has exactly these two.
fn match_view(
    candidate: &Candidate,
    application: &Answer,
    lookup: &Answer,
    policy: Policy<'_>,
) -> Result<RuleSnapshot, RejectionCause> {
    let application = required(APPLICATION, application, true)?;
    let lookup = required(LOOKUP, lookup, true)?;
    if !candidate.has_view(&application, &lookup) {
        return Err(RejectionCause::NoSuchView);
    }
    Ok(RuleSnapshot {
        server: policy.server.to_owned(),
        provenance: Some(candidate.provenance.clone()),
        application,
        lookup: Some(lookup),
    })
}

/// The files of a server without a manifest. The lookup file is optional, but not if the running
/// snapshot has one.
fn without_manifest(
    application: &Answer,
    lookup: &Answer,
    policy: Policy<'_>,
) -> Result<RuleSnapshot, RejectionCause> {
    let had_lookup = policy.running.is_some_and(|running| running.lookup.is_some());
    let application = required(APPLICATION, application, false)?;
    let lookup = match lookup {
        Answer::Missing if !had_lookup => None,
        lookup => Some(required(LOOKUP, lookup, false)?),
    };
    Ok(RuleSnapshot { server: policy.server.to_owned(), provenance: None, application, lookup })
}

fn required(
    path: &'static str,
    answer: &Answer,
    is_in_manifest: bool,
) -> Result<KnownFile, RejectionCause> {
    match answer {
        Answer::Bytes(bytes) => Ok(KnownFile::of(bytes)),
        Answer::Missing => Err(RejectionCause::FileMissing { path, is_in_manifest }),
        Answer::Failed(error) => {
            Err(RejectionCause::Unreachable { path: Some(path), source: Arc::clone(error) })
        }
    }
}

/// Whether a softphone reads both files without an error, and CUCM could have written them.
fn check_readable(snapshot: &RuleSnapshot) -> Result<(), RejectionCause> {
    let lookup = snapshot.lookup.as_ref().map(|file| (LOOKUP, file));
    for (path, file) in [(APPLICATION, &snapshot.application)].into_iter().chain(lookup) {
        let read = read_as_client(&file.bytes);
        if let Some(error) = read.error {
            return Err(RejectionCause::InvalidFile { path, error });
        }
        if let Some(rule) = read.rules.iter().position(has_long_value) {
            return Err(RejectionCause::LongValue { path, rule: rule + 1 });
        }
    }
    Ok(())
}

/// Whether a value of a rule is longer than CUCM accepts.
fn has_long_value(rule: &Rule) -> bool {
    let is_long = |value: &str| value.chars().nth(MAX_VALUE_CHARACTERS).is_some();
    is_long(rule.begins_with()) || is_long(rule.prefix())
}
