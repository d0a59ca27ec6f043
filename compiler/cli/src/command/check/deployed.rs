//! What clients will make of files that are deployed already.

use adr_diagnostic::{Report, Sources};
use adr_engine::xml::{self, ClientFile};
use adr_language::limits::FILE_BYTES;
use adr_tree::Manifest;
use adr_watcher::sources::read_file;

use super::Found;
use crate::book::count;
use crate::failure::Failure;

/// Checks deployed files.
pub(super) fn files(paths: &[String]) -> Result<Found, Failure> {
    let mut found = Found {
        sources: Sources::new(),
        report: Report::new(),
        valid: true,
        remarks: Vec::new(),
    };
    for path in paths {
        let bytes = read_file(path, FILE_BYTES).map_err(|error| Failure::reading(path, error))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let source = found.sources.add(path, text.as_str());
        let (strict, client) = xml::check(source, &text, &bytes);
        found.report.append(strict.report);
        found.valid &= client.error.is_none();
        found.remarks.push(format!("{path}: {}", words(&client)));
    }
    Ok(found)
}

/// Checks a published folder: its manifest first, then every file that the manifest names.
pub(super) fn published(folder: &str) -> Result<Found, Failure> {
    let manifest = manifest(folder)?;
    let at = |path: &str| format!("{folder}/{path}");
    let damage =
        manifest.verify(|path| read_file(&at(path), FILE_BYTES).map_err(|error| error.reason));
    if let Err(damage) = damage {
        return Err(Failure::new(
            format!("{}: {}", at(&damage.path), damage.what),
            "the folder was changed after it was published; compile the book again",
        ));
    }
    let mut paths: Vec<&str> = manifest
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    // The same file lies below `CUPC/` once more.
    paths.retain(|path| !path.contains("CUPC/"));
    let mut found = files(&paths.into_iter().map(at).collect::<Vec<_>>())?;
    found.remarks.push(format!(
        "{folder}: generation {}, {}, {}, as published by adrc {}",
        manifest.generation,
        count(manifest.views.len(), "view"),
        count(manifest.files.len(), "intact file"),
        manifest.tool
    ));
    Ok(found)
}

/// The manifest of a published folder.
pub(crate) fn manifest(folder: &str) -> Result<Manifest, Failure> {
    let path = format!("{folder}/{}", Manifest::FILE_NAME);
    let text = read_file(&path, FILE_BYTES).map_err(|error| Failure::reading(&path, error))?;
    Manifest::parse(&text)
        .map_err(|error| Failure::new(format!("{path}: {error}"), "compile the book again"))
}

/// What a client makes of a file, in one phrase.
pub(crate) fn words(client: &ClientFile) -> String {
    match client.error {
        None => format!("a client reads {}", count(client.rules.len(), "rule")),
        Some(error) => format!(
            "a client calls this file invalid (error {}), has no rules, and leaves every number unchanged",
            error.code()
        ),
    }
}
