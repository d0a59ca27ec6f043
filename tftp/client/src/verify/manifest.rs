//! The first step: the manifest and its signature.

use std::sync::Arc;

use adr_bundle::signature::{PublicKey, Statement};
use adr_bundle::{Manifest, sha256};

use super::candidate::Candidate;
use super::policy::Policy;
use super::relation::{Identity, Relation, has_content_of, relation};
use crate::answer::Answer;
use crate::rejection::{Rejection, RejectionCause};
use crate::snapshot::{Provenance, RuleSnapshot};

/// What to do after a request for the manifest.
#[derive(Clone, Debug)]
pub enum ManifestVerdict {
    /// Fetch the files and verify them against this manifest.
    Fetch(Candidate),
    /// The server has no manifest, as has the running snapshot: fetch the files.
    NoManifest,
    /// The generation is the running one, and its signature is not renewed.
    Unchanged,
    /// The server has the running rules under this identity.
    SameRules(Identity),
    /// The candidate is rejected.
    Reject(Rejection),
}

/// Verifies a manifest. `signature` is the answer to the request for the signature;
/// [`Answer::Missing`] where no key is pinned.
#[must_use]
pub fn verify_manifest(
    manifest: &Answer,
    signature: &Answer,
    policy: Policy<'_>,
) -> ManifestVerdict {
    match manifest {
        Answer::Failed(error) => {
            let cause = RejectionCause::Unreachable { path: None, source: Arc::clone(error) };
            ManifestVerdict::Reject(policy.reject(cause))
        }
        Answer::Missing => without_manifest(policy),
        Answer::Bytes(bytes) => match parse(bytes, signature, policy) {
            Ok((manifest, candidate)) => compare(&manifest, candidate, policy),
            Err(rejection) => ManifestVerdict::Reject(rejection),
        },
    }
}

fn without_manifest(policy: Policy<'_>) -> ManifestVerdict {
    let running = policy.running.and_then(RuleSnapshot::generation);
    let cause = match (policy.key, running) {
        (Some(_), _) => RejectionCause::UnsignedServer,
        (None, Some(running)) => RejectionCause::ManifestMissing { running },
        (None, None) => return ManifestVerdict::NoManifest,
    };
    ManifestVerdict::Reject(policy.reject(cause))
}

/// Checks the signature of a manifest where a key is pinned, and then parses it: bytes that nobody
/// signed do not reach the parser.
fn parse(
    bytes: &Arc<Vec<u8>>,
    signature: &Answer,
    policy: Policy<'_>,
) -> Result<(Manifest, Candidate), Rejection> {
    let signed = policy.key.map(|key| check_signature(bytes, key, signature)).transpose();
    let signed = signed
        .map_err(|cause| policy.reject(cause).with_generation(running_generation(bytes, policy)))?;
    let manifest = Manifest::parse(bytes)
        .map_err(|error| policy.reject(RejectionCause::InvalidManifest(error)))?;
    let generation = manifest.generation;
    if let Some(signed) = &signed {
        check_statement(&signed.statement, generation, policy)
            .map_err(|cause| policy.reject(cause).with_generation(Some(generation)))?;
    }
    let provenance = Provenance {
        generation,
        manifest: Arc::clone(bytes),
        sha256: sha256(bytes),
        signed: signed.as_ref().map(|signed| signed.statement.timestamp),
        expires: signed.as_ref().and_then(|signed| signed.statement.expires),
        signature: signed.map(|signed| signed.text),
    };
    let candidate = Candidate::new(&manifest, provenance);
    Ok((manifest, candidate))
}

/// The running generation if these bytes are its manifest, which needs no parser.
fn running_generation(manifest: &[u8], policy: Policy<'_>) -> Option<u64> {
    let running = policy.running.filter(|it| it.sha256() == Some(sha256(manifest).as_str()))?;
    running.generation()
}

/// A signature that verified.
struct Signed {
    text: String,
    statement: Statement,
}

fn check_signature(
    manifest: &[u8],
    key: &PublicKey,
    signature: &Answer,
) -> Result<Signed, RejectionCause> {
    let bytes = match signature {
        Answer::Bytes(bytes) => bytes,
        Answer::Missing => return Err(RejectionCause::SignatureMissing),
        Answer::Failed(error) => {
            return Err(RejectionCause::Unreachable { path: None, source: Arc::clone(error) });
        }
    };
    let text = std::str::from_utf8(bytes).map_err(|_| RejectionCause::SignatureNotText)?;
    let statement = key.verify(manifest, text).map_err(RejectionCause::InvalidSignature)?;
    Ok(Signed { text: text.to_owned(), statement })
}

fn check_statement(
    statement: &Statement,
    generation: u64,
    policy: Policy<'_>,
) -> Result<(), RejectionCause> {
    if statement.generation.is_some_and(|signed| signed != generation) {
        return Err(RejectionCause::SignatureOfOtherGeneration);
    }
    if let Some(pinned) = policy.folder
        && statement.folder.as_deref() != Some(pinned)
    {
        let pinned = pinned.to_owned();
        return Err(RejectionCause::OtherFolder { signed: statement.folder.clone(), pinned });
    }
    if statement.is_expired(policy.now) {
        return Err(RejectionCause::Expired);
    }
    Ok(())
}

/// Compares a manifest with the running one. Of two signatures of the same manifest, the later one
/// counts: a renewed one replaces the running one, and an older one never does.
fn compare(manifest: &Manifest, mut candidate: Candidate, policy: Policy<'_>) -> ManifestVerdict {
    let generation = candidate.provenance.generation;
    let reject = |cause| policy.reject(cause).with_generation(Some(generation));
    let Some(running) = policy.running.and_then(|running| running.provenance.as_ref()) else {
        return ManifestVerdict::Fetch(candidate);
    };
    let identity = candidate.provenance.identity();
    let same_content = || has_content_of(manifest, running);
    match relation(&identity, &running.identity(), same_content) {
        Relation::Newer => ManifestVerdict::Fetch(candidate),
        Relation::Same if candidate.provenance.signed > running.signed => {
            ManifestVerdict::Fetch(candidate)
        }
        Relation::Same if !policy.compare_files => ManifestVerdict::Unchanged,
        Relation::Same => {
            if policy.key.is_some() {
                candidate.provenance = running.clone();
            }
            ManifestVerdict::Fetch(candidate)
        }
        Relation::SameRules if !policy.compare_files => ManifestVerdict::SameRules(identity),
        Relation::SameRules => {
            candidate.provenance = running.clone();
            candidate.offered = Some(identity);
            ManifestVerdict::Fetch(candidate)
        }
        Relation::Conflict => ManifestVerdict::Reject(reject(RejectionCause::DifferentContent)),
        Relation::Older => {
            let cause = RejectionCause::Older { running: running.generation };
            ManifestVerdict::Reject(reject(cause))
        }
    }
}
