//! The last good copy on disk: one file, replaced as a whole, and read as if a server had sent it.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the cache is where the core's copy lies on disk"
)]

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use adr_bundle::signature::PublicKey;
use adr_bundle::{Folder, sha256};
use adr_protocol::is_client_name;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::copy::Copy;
use crate::judge::{self, Answer, FilesVerdict, ManifestVerdict, Terms};

const COPY: &str = "copy";
const NAME: &str = "client";

/// Most bytes of a cache that are read.
const LIMIT: u64 = 512 * 1024 * 1024;

/// Most bytes of the file with the core's name.
const NAME_BYTES: u64 = 1024;

/// A folder that only its owner can write to.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// What stands in the first line of the file; the parts follow in this order, one behind the other.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format_version: u32,
    server: String,
    /// Of everything behind the first line.
    sha256: String,
    /// Lengths in bytes: manifest, signature, application, lookup.
    parts: [Option<usize>; 4],
}

impl Cache {
    /// Opens a folder, and makes it if it is not there.
    ///
    /// # Errors
    ///
    /// It cannot be made, or somebody else can write to it.
    pub fn open(folder: &Path) -> Result<Self, CacheError> {
        let failed = |reason: String| CacheError { path: folder.to_owned(), reason };
        make(folder).map_err(|error| failed(error.to_string()))?;
        is_private(folder).map_err(failed)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The name of this core, made from `bits` of chance when there is none yet.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn client(&self, bits: u128) -> Result<String, CacheError> {
        let known = self.read(NAME, NAME_BYTES).ok();
        let known = known.and_then(|bytes| String::from_utf8(bytes).ok());
        match known.as_deref().map(str::trim) {
            Some(name) if is_client_name(name) => Ok(name.to_owned()),
            _ => {
                let name = format!("{bits:032x}");
                self.replace(NAME, format!("{name}\n").as_bytes())?;
                Ok(name)
            }
        }
    }

    /// The copy that was kept; `None` when there is none. A pinned key must have signed it, but it
    /// does not expire: it ran when it was taken.
    ///
    /// # Errors
    ///
    /// The file cannot be read, was damaged, or does not verify. It is left where it is.
    pub fn load(&self, key: Option<&PublicKey>) -> Result<Option<Copy>, CacheError> {
        let path = self.folder.join(COPY);
        let failed = |reason: &str| CacheError { path: path.clone(), reason: reason.to_owned() };
        let bytes = match self.read(COPY, LIMIT) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&error.to_string())),
            Ok(bytes) => bytes,
        };
        let (head, parts) = split(&bytes).ok_or_else(|| failed("damaged"))?;
        judge_parts(&head.server, parts, key).map(Some).map_err(|reason| failed(&reason))
    }

    /// Keeps a copy: written aside, synced, switched by one rename.
    ///
    /// # Errors
    ///
    /// The operating system refused; the copy before is there still.
    pub fn store(&self, copy: &Copy) -> Result<(), CacheError> {
        self.replace(COPY, &join(copy))
    }

    /// Reads a file of the cache: a regular one, without following links or waiting on pipes.
    fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        let read = Folder::open(&self.folder)?.read(name, most)?;
        Ok(read.bytes)
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), CacheError> {
        let path = self.folder.join(name);
        let write = || {
            let mut aside = NamedTempFile::with_prefix_in(".adrc-", &self.folder)?;
            aside.write_all(bytes)?;
            aside.as_file().sync_all()?;
            aside.persist(&path).map_err(|error| error.error)?;
            sync(&self.folder)
        };
        write().map_err(|error: io::Error| CacheError {
            path: path.clone(),
            reason: error.to_string(),
        })
    }
}

#[cfg(unix)]
fn make(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes a folder; who may write to it, it has from the folder around it.
#[cfg(windows)]
fn make(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn is_private(folder: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(folder).map_err(|error| error.to_string())?;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err("belongs to somebody else; name a folder of your own".into());
    }
    if metadata.mode() & 0o022 != 0 {
        return Err("others can write to it; `chmod go-w` it, or name another folder".into());
    }
    Ok(())
}

/// Only that it is a folder: nobody looks at the lists of who may write to it.
#[cfg(windows)]
fn is_private(folder: &Path) -> Result<(), String> {
    let metadata = fs::metadata(folder).map_err(|error| error.to_string())?;
    let is_folder = metadata.is_dir();
    is_folder.then_some(()).ok_or_else(|| "is no folder".into())
}

/// Makes renames in a folder last.
#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Windows has nothing for this: a rename lasts as its file system has it.
#[cfg(windows)]
fn sync(_folder: &Path) -> io::Result<()> {
    Ok(())
}

fn join(copy: &Copy) -> Vec<u8> {
    let seal = copy.seal.as_ref();
    let parts: [Option<&[u8]>; 4] = [
        seal.map(|seal| seal.manifest.as_slice()),
        seal.and_then(|seal| seal.signature.as_deref()).map(str::as_bytes),
        Some(&copy.application),
        copy.lookup.as_ref().map(|bytes| bytes.as_slice()),
    ];
    let body: Vec<u8> = parts.iter().flatten().flat_map(|part| part.iter().copied()).collect();
    let head = Head {
        format_version: 1,
        server: copy.server.clone(),
        sha256: sha256(&body),
        parts: parts.map(|part| part.map(<[u8]>::len)),
    };
    let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
    bytes.push(b'\n');
    bytes.extend(body);
    bytes
}

fn split(bytes: &[u8]) -> Option<(Head, [Answer; 4])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let head: Head = serde_json::from_slice(&bytes[..end]).ok()?;
    let mut body = &bytes[end + 1..];
    if head.format_version != 1 || sha256(body) != head.sha256 {
        return None;
    }
    let mut parts = [const { Answer::Missing }; 4];
    for (part, length) in parts.iter_mut().zip(head.parts) {
        if let Some(length) = length {
            let (taken, rest) = body.split_at_checked(length)?;
            *part = Answer::bytes(taken);
            body = rest;
        }
    }
    body.is_empty().then_some((head, parts))
}

/// Judges what was kept as if it was offered to a core that has nothing.
fn judge_parts(server: &str, parts: [Answer; 4], key: Option<&PublicKey>) -> Result<Copy, String> {
    let terms = Terms { server, held: None, key, now: 0, told: None, is_thorough: false };
    let [manifest, signature, application, lookup] = parts;
    let offer = match judge::manifest(&manifest, &signature, terms) {
        ManifestVerdict::Verify(offer) => Some(offer),
        ManifestVerdict::Plain => None,
        ManifestVerdict::Again(refusal) | ManifestVerdict::Refuse(refusal) => {
            return Err(refusal.detail);
        }
        ManifestVerdict::Same => return Err("damaged".to_owned()),
    };
    match judge::files(offer.as_ref(), &application, &lookup, terms) {
        FilesVerdict::Take(copy) => Ok(copy),
        FilesVerdict::Again(refusal) | FilesVerdict::Refuse(refusal) => Err(refusal.detail),
        FilesVerdict::Same => Err("damaged".to_owned()),
    }
}

/// Why the cache cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheError {
    /// The file or folder.
    pub path: PathBuf,
    /// What happened, and what to do: a phrase.
    pub reason: String,
}

impl std::fmt::Display for CacheError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for CacheError {}
