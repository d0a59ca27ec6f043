//! The format of a saved snapshot: one line of JSON, then the files one after the other.

use adr_bundle::sha256;
use serde::{Deserialize, Serialize};

use crate::snapshot::RuleSnapshot;

/// The version of this format.
const FORMAT_VERSION: u32 = 2;

/// Manifest, signature, application rules and lookup rules, in this order.
const PARTS: usize = 4;

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format_version: u32,
    /// The address of the server that sent the files.
    server: String,
    /// SHA-256 of the other fields of this line and everything after it, lower-case hexadecimal.
    sha256: String,
    /// The length of each file in bytes; `null` for a file that the snapshot does not have.
    parts: [Option<usize>; PARTS],
}

impl Header {
    /// The hash of all that this line and the files say.
    fn digest(&self, body: &[u8]) -> String {
        let fields = (self.format_version, &self.server, &self.parts);
        let mut bytes = serde_json::to_vec(&fields).unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend_from_slice(body);
        sha256(&bytes)
    }
}

/// The files of a snapshot as they were saved, not yet verified.
pub(super) struct CachedFiles {
    /// The address of the server that sent the files.
    pub(super) server: String,
    /// Manifest, signature, application rules and lookup rules.
    pub(super) parts: [Option<Vec<u8>>; PARTS],
}

pub(super) fn encode(snapshot: &RuleSnapshot) -> Vec<u8> {
    let provenance = snapshot.provenance.as_ref();
    let parts: [Option<&[u8]>; PARTS] = [
        provenance.map(|provenance| provenance.manifest.as_slice()),
        provenance.and_then(|provenance| provenance.signature.as_deref()).map(str::as_bytes),
        Some(&snapshot.application.bytes),
        snapshot.lookup.as_ref().map(|file| file.bytes.as_slice()),
    ];
    let body: Vec<u8> = parts.iter().flatten().flat_map(|part| part.iter().copied()).collect();
    let header = Header {
        format_version: FORMAT_VERSION,
        server: snapshot.server.clone(),
        sha256: String::new(),
        parts: parts.map(|part| part.map(<[u8]>::len)),
    };
    let header = Header { sha256: header.digest(&body), ..header };
    let mut bytes = serde_json::to_vec(&header).unwrap_or_default();
    bytes.push(b'\n');
    bytes.extend(body);
    bytes
}

/// The files; `None` if the bytes are damaged or have another format version.
pub(super) fn decode(bytes: &[u8]) -> Option<CachedFiles> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let header: Header = serde_json::from_slice(&bytes[..end]).ok()?;
    let mut body = &bytes[end + 1..];
    if header.format_version != FORMAT_VERSION || header.digest(body) != header.sha256 {
        return None;
    }
    let mut parts = [const { None }; PARTS];
    for (part, length) in parts.iter_mut().zip(header.parts) {
        if let Some(length) = length {
            let (bytes, rest) = body.split_at_checked(length)?;
            *part = Some(bytes.to_vec());
            body = rest;
        }
    }
    body.is_empty().then_some(CachedFiles { server: header.server, parts })
}
