//! The first step: the manifest and its signature.

use std::sync::Arc;

use adr_bundle::signature::PublicKey;
use adr_bundle::{Manifest, sha256};

use super::candidate::Candidate;
use super::policy::Policy;
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
    /// The generation is the running one.
    Unchanged,
    /// The server may be in the middle of a change: ask again.
    Retry(Rejection),
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
            Ok(candidate) => compare(candidate, policy),
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

/// Parses a manifest and, where a key is pinned, checks its signature.
fn parse(
    bytes: &Arc<Vec<u8>>,
    signature: &Answer,
    policy: Policy<'_>,
) -> Result<Candidate, Rejection> {
    let manifest = Manifest::parse(bytes)
        .map_err(|error| policy.reject(RejectionCause::InvalidManifest(error)))?;
    let mut provenance = Provenance {
        generation: manifest.generation,
        manifest: Arc::clone(bytes),
        sha256: sha256(bytes),
        signature: None,
        expires: None,
    };
    if let Some(key) = policy.key {
        check_signature(&mut provenance, key, signature, policy.now)
            .map_err(|cause| policy.reject(cause).with_generation(Some(manifest.generation)))?;
    }
    Ok(Candidate { manifest, provenance })
}

/// Checks a signature and stores it in the provenance.
fn check_signature(
    provenance: &mut Provenance,
    key: &PublicKey,
    signature: &Answer,
    now: u64,
) -> Result<(), RejectionCause> {
    let bytes = match signature {
        Answer::Bytes(bytes) => bytes,
        Answer::Missing => return Err(RejectionCause::SignatureMissing),
        Answer::Failed(error) => {
            return Err(RejectionCause::Unreachable { path: None, source: Arc::clone(error) });
        }
    };
    let text = std::str::from_utf8(bytes).map_err(|_| RejectionCause::SignatureNotText)?;
    let statement =
        key.verify(&provenance.manifest, text).map_err(RejectionCause::InvalidSignature)?;
    if statement.generation.is_some_and(|generation| generation != provenance.generation) {
        return Err(RejectionCause::SignatureOfOtherGeneration);
    }
    if statement.is_expired(now) {
        return Err(RejectionCause::Expired);
    }
    provenance.signature = Some(text.to_owned());
    provenance.expires = statement.expires;
    Ok(())
}

/// Compares a manifest with the running one and with the announced one.
fn compare(candidate: Candidate, policy: Policy<'_>) -> ManifestVerdict {
    let generation = candidate.provenance.generation;
    let reject = |cause| policy.reject(cause).with_generation(Some(generation));
    let running = policy.running.and_then(|running| running.provenance.as_ref());
    if let Some(running) = running {
        if generation < running.generation {
            let cause = RejectionCause::Older { running: running.generation };
            return ManifestVerdict::Reject(reject(cause));
        }
        if generation == running.generation && candidate.provenance.sha256 != running.sha256 {
            return ManifestVerdict::Reject(reject(RejectionCause::DifferentContent));
        }
    }
    if let Some(cause) = mismatch(&candidate.provenance, policy) {
        return ManifestVerdict::Retry(reject(cause));
    }
    let is_running = running.is_some_and(|running| running.generation == generation);
    if is_running && !policy.compare_files {
        return ManifestVerdict::Unchanged;
    }
    ManifestVerdict::Fetch(candidate)
}

/// How a manifest differs from the announced one.
fn mismatch(provenance: &Provenance, policy: Policy<'_>) -> Option<RejectionCause> {
    let announced = policy.announced?;
    if provenance.generation < announced.generation {
        return Some(RejectionCause::OlderThanAnnounced { announced: announced.generation });
    }
    let is_other = provenance.generation == announced.generation
        && provenance.sha256 != announced.sha256
        && !announced.sha256.is_empty();
    is_other.then_some(RejectionCause::NotAnnounced)
}
