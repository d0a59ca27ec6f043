//! What becomes of an offer: pure decisions about bytes, held apart from fetching them.
//!
//! An offer is judged in two steps, because the manifest decides whether the files are worth asking
//! for: [`manifest`], then [`files`]. Whatever is offered, what is held is replaced only by
//! something that verifies, that a client reads, and that is no step back.

use std::sync::Arc;

use adr_bundle::signature::PublicKey;
use adr_bundle::{Manifest, ManifestFile, sha256};
use adr_engine::xml::{ClientError, read_as_client};

use crate::copy::{APPLICATION, Copy, LOOKUP, Seal};
use crate::refusal::{Reason, Refusal};

/// What a server said when it was asked for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The file.
    Bytes(Arc<Vec<u8>>),
    /// It has no such file.
    Missing,
    /// No answer, or one that is no file; the reason is a phrase.
    Failed(String),
}

impl Answer {
    /// An answer with these bytes.
    #[must_use]
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::Bytes(Arc::new(bytes.to_vec()))
    }

    /// Bytes that came; 0 where there is no file.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Missing | Self::Failed(_) => 0,
        }
    }
}

/// What an offer is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'t> {
    /// Who offers.
    pub server: &'t str,
    /// What is held now.
    pub held: Option<&'t Copy>,
    /// The key that must have signed; `None`: signatures are not looked at.
    pub key: Option<&'t PublicKey>,
    /// Seconds since 1970, UTC.
    pub now: u64,
    /// What a signal has told: at least this generation, and the SHA-256 of its manifest.
    pub told: Option<(u64, &'t str)>,
    /// Whether to look at the files even if the generation is the one that is held: after a move to
    /// another network, the same generation may have other files for this client.
    pub is_thorough: bool,
}

/// What becomes of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManifestVerdict {
    /// Ask for the files, and verify them by this.
    Verify(Offer),
    /// There is no manifest and never was one: ask for the files.
    Plain,
    /// It is the generation that is held.
    Same,
    /// The server may be in the middle of a change: ask again.
    Again(Refusal),
    /// Not to be taken.
    Refuse(Refusal),
}

/// A manifest that may replace what is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    manifest: Manifest,
    seal: Seal,
}

impl Offer {
    /// The most bytes that the file below a view's folder can have.
    #[must_use]
    pub fn size(&self, path: &str) -> u64 {
        let files = self.manifest.files.iter();
        let sizes = files.filter(|file| file.path.ends_with(path));
        sizes.map(|file| file.size).max().unwrap_or(0)
    }

    /// What is held of the file below a view's folder, when all views have exactly that: then there
    /// is nothing to ask for, whichever view is this client's.
    #[must_use]
    pub fn unchanged(&self, path: &str, held: &Copy) -> Option<Arc<Vec<u8>>> {
        let (sha256, bytes) = held.known(path)?;
        let has = |folder: &str| {
            let mut files = self.manifest.files.iter();
            files.any(|file| {
                file.path.strip_prefix(folder) == Some(path)
                    && file.sha256 == sha256
                    && file.size == bytes.len() as u64
            })
        };
        let views = &self.manifest.views;
        let is_everywhere = !views.is_empty() && views.iter().all(|view| has(&view.folder));
        is_everywhere.then_some(bytes)
    }
}

/// What becomes of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesVerdict {
    /// Dial by this from now on.
    Take(Copy),
    /// It is what is held.
    Same,
    /// The server may be in the middle of a change: ask again.
    Again(Refusal),
    /// Not to be taken.
    Refuse(Refusal),
}

/// Judges a manifest; `signature` is what the server said when asked for it.
#[must_use]
pub fn manifest(answer: &Answer, signature: &Answer, terms: Terms<'_>) -> ManifestVerdict {
    match answer {
        Answer::Failed(reason) => ManifestVerdict::Refuse(unreachable(terms, reason)),
        Answer::Missing => without_manifest(terms),
        Answer::Bytes(bytes) => match seal(bytes, signature, terms) {
            Ok((manifest, seal)) => compare(manifest, seal, terms),
            Err(refusal) => ManifestVerdict::Refuse(refusal),
        },
    }
}

fn unreachable(terms: Terms<'_>, reason: &str) -> Refusal {
    Refusal::new(Reason::Unreachable, terms.server, reason)
}

fn without_manifest(terms: Terms<'_>) -> ManifestVerdict {
    let refuse = |reason, detail: String| {
        ManifestVerdict::Refuse(Refusal::new(reason, terms.server, detail))
    };
    if terms.key.is_some() {
        return refuse(Reason::BadSignature, "no manifest, and a key is pinned".into());
    }
    match terms.held.and_then(Copy::generation) {
        Some(held) => refuse(
            Reason::BadManifest,
            format!("no manifest, and generation {held} runs, which only a later one replaces"),
        ),
        None => ManifestVerdict::Plain,
    }
}

/// Reads a manifest and verifies its signature where a key is pinned.
fn seal(
    bytes: &Arc<Vec<u8>>,
    signature: &Answer,
    terms: Terms<'_>,
) -> Result<(Manifest, Seal), Refusal> {
    let manifest = Manifest::parse(bytes)
        .map_err(|error| Refusal::new(Reason::BadManifest, terms.server, error.to_string()))?;
    let mut seal = Seal {
        generation: manifest.generation,
        manifest: Arc::clone(bytes),
        sha256: sha256(bytes),
        signature: None,
        expires: None,
    };
    if let Some(key) = terms.key {
        sign_off(&mut seal, key, signature, terms)
            .map_err(|refusal| refusal.of_generation(manifest.generation))?;
    }
    Ok((manifest, seal))
}

/// Verifies a signature, and takes it into the seal.
fn sign_off(
    seal: &mut Seal,
    key: &PublicKey,
    signature: &Answer,
    terms: Terms<'_>,
) -> Result<(), Refusal> {
    let bad = |detail: &str| Refusal::new(Reason::BadSignature, terms.server, detail);
    let text = match signature {
        Answer::Bytes(bytes) => {
            std::str::from_utf8(bytes).map_err(|_| bad("the signature is no text"))?
        }
        Answer::Missing => return Err(bad("no signature, and a key is pinned")),
        Answer::Failed(reason) => return Err(unreachable(terms, reason)),
    };
    let verified = key.verify(&seal.manifest, text);
    let statement = verified.map_err(|error| bad(&error.to_string()))?;
    if statement.generation.is_some_and(|generation| generation != seal.generation) {
        return Err(bad("the signature is one of another generation"));
    }
    if statement.is_expired(terms.now) {
        return Err(Refusal::new(
            Reason::Expired,
            terms.server,
            "the signature has expired; publish again",
        ));
    }
    seal.signature = Some(text.to_owned());
    seal.expires = statement.expires;
    Ok(())
}

/// No step back, and one number is one content.
fn compare(manifest: Manifest, seal: Seal, terms: Terms<'_>) -> ManifestVerdict {
    let generation = seal.generation;
    let refusal = |reason, detail: String| {
        Refusal::new(reason, terms.server, detail).of_generation(generation)
    };
    if let Some((held, known)) =
        terms.held.and_then(|held| Some((held.generation()?, held.sha256()?)))
    {
        if generation < held {
            let detail = format!("older than generation {held}, which runs");
            return ManifestVerdict::Refuse(refusal(Reason::Older, detail));
        }
        if generation == held && seal.sha256 != known {
            let detail =
                "its content is not that of the one with this number that runs; publish again";
            return ManifestVerdict::Refuse(refusal(Reason::Other, detail.into()));
        }
    }
    if let Some(detail) = is_behind(&seal, terms) {
        return ManifestVerdict::Again(refusal(Reason::NotVerified, detail));
    }
    if terms.held.and_then(Copy::generation) == Some(generation) && !terms.is_thorough {
        return ManifestVerdict::Same;
    }
    ManifestVerdict::Verify(Offer { manifest, seal })
}

/// Whether a signal has told of something that this manifest is not, or not yet.
fn is_behind(seal: &Seal, terms: Terms<'_>) -> Option<String> {
    let (generation, sha256) = terms.told?;
    if seal.generation < generation {
        return Some(format!("generation {generation} was announced"));
    }
    let other = seal.generation == generation && seal.sha256 != sha256 && !sha256.is_empty();
    other.then(|| "the manifest has another SHA-256 than was announced".to_owned())
}

/// Judges the two files that go with a manifest, or that stand alone where there is none.
#[must_use]
pub fn files(
    offer: Option<&Offer>,
    application: &Answer,
    lookup: &Answer,
    terms: Terms<'_>,
) -> FilesVerdict {
    let generation = offer.map(|offer| offer.seal.generation);
    let name = |refusal: Refusal| Refusal { generation, ..refusal };
    let copy = match offer {
        Some(offer) => match verified(offer, application, lookup, terms) {
            Ok(copy) => copy,
            Err(verdict) => return verdict,
        },
        None => match plain(application, lookup, terms) {
            Ok(copy) => copy,
            Err(refusal) => return FilesVerdict::Refuse(refusal),
        },
    };
    if let Err(refusal) = readable(&copy, terms) {
        return FilesVerdict::Refuse(name(refusal));
    }
    let is_held =
        terms.held.is_some_and(|held| held.has_same_files(&copy) && held.sha256() == copy.sha256());
    if is_held { FilesVerdict::Same } else { FilesVerdict::Take(copy) }
}

/// The files, if one view of the manifest has exactly these.
fn verified(
    offer: &Offer,
    application: &Answer,
    lookup: &Answer,
    terms: Terms<'_>,
) -> Result<Copy, FilesVerdict> {
    let generation = offer.seal.generation;
    let bytes = |path: &str, answer: &Answer| match answer {
        Answer::Bytes(bytes) => Ok(Arc::clone(bytes)),
        Answer::Missing => Err(FilesVerdict::Again(
            Refusal::new(Reason::NotVerified, terms.server, format!("{path}: not there"))
                .of_generation(generation),
        )),
        Answer::Failed(reason) => Err(FilesVerdict::Refuse(
            unreachable(terms, &format!("{path}: {reason}")).of_generation(generation),
        )),
    };
    let application = bytes(APPLICATION, application)?;
    let lookup = bytes(LOOKUP, lookup)?;
    if !has_view(&offer.manifest, &application, &lookup) {
        let detail = "no view of the manifest has the files that the server gives";
        return Err(FilesVerdict::Again(
            Refusal::new(Reason::NotVerified, terms.server, detail).of_generation(generation),
        ));
    }
    Ok(Copy {
        server: terms.server.to_owned(),
        seal: Some(offer.seal.clone()),
        application,
        lookup: Some(lookup),
    })
}

fn has_view(manifest: &Manifest, application: &[u8], lookup: &[u8]) -> bool {
    let (application, lookup) = (ManifestFile::of("", application), ManifestFile::of("", lookup));
    let has = |folder: &str, name: &str, wanted: &ManifestFile| {
        let files = &mut manifest.files.iter();
        let path = format!("{folder}{name}");
        files.any(|file| {
            file.path == path && file.size == wanted.size && file.sha256 == wanted.sha256
        })
    };
    let mut views = manifest.views.iter();
    views.any(|view| {
        has(&view.folder, APPLICATION, &application) && has(&view.folder, LOOKUP, &lookup)
    })
}

/// The files of a server without a manifest. One that had a lookup file and has none now is
/// refused.
fn plain(application: &Answer, lookup: &Answer, terms: Terms<'_>) -> Result<Copy, Refusal> {
    let had_lookup = terms.held.is_some_and(|held| held.lookup.is_some());
    let failed = |path: &str, reason: &str| unreachable(terms, &format!("{path}: {reason}"));
    let missing =
        |path: &str| Refusal::new(Reason::Other, terms.server, format!("{path}: not there"));
    let application = match application {
        Answer::Bytes(bytes) => Arc::clone(bytes),
        Answer::Missing => return Err(missing(APPLICATION)),
        Answer::Failed(reason) => return Err(failed(APPLICATION, reason)),
    };
    let lookup = match lookup {
        Answer::Bytes(bytes) => Some(Arc::clone(bytes)),
        Answer::Missing if had_lookup => return Err(missing(LOOKUP)),
        Answer::Missing => None,
        Answer::Failed(reason) => return Err(failed(LOOKUP, reason)),
    };
    Ok(Copy { server: terms.server.to_owned(), seal: None, application, lookup })
}

/// Whether a client calls both files valid.
fn readable(copy: &Copy, terms: Terms<'_>) -> Result<(), Refusal> {
    let lookup = copy.lookup.as_ref().map(|bytes| (LOOKUP, bytes));
    for (path, bytes) in [(APPLICATION, &copy.application)].into_iter().chain(lookup) {
        if let Some(error) = read_as_client(bytes).error {
            let detail = format!("{path}: {}", words(error));
            return Err(Refusal::new(Reason::InvalidFile, terms.server, detail));
        }
    }
    Ok(())
}

fn words(error: ClientError) -> &'static str {
    match error {
        ClientError::Empty => "empty, and a client calls that invalid",
        ClientError::NotWellFormed => "not well-formed, and a client calls that invalid",
        ClientError::WrongRoot => "no file of dial rules, and a client calls that invalid",
    }
}
