//! What clients will make of files that are deployed already.

use adr_analysis::{Domain, Fate, fates};
use adr_diagnostic::{Diagnostic, Report, Severity, Sources, Span};
use adr_engine::Rule;
use adr_engine::xml::{self, ClientFile};
use adr_language::limits::FILE_BYTES;
use adr_tree::Manifest;
use adr_watcher::sources::read_file;

use super::Found;
use crate::book::count;
use crate::failure::Failure;

/// Rows that are named in text; JSON has all of them.
const NAMED: usize = 3;

/// Checks deployed files; `notes` names rules that never win as well.
pub(super) fn files(paths: &[String], notes: bool) -> Result<Found, Failure> {
    let mut found = Found {
        sources: Sources::new(),
        report: Report::new(),
        valid: true,
        would_change: false,
        remarks: Vec::new(),
    };
    for path in paths {
        let bytes = read_file(path, FILE_BYTES).map_err(|error| Failure::reading(path, error))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let source = found.sources.add(path, text.as_str());
        let (strict, client) = xml::check(source, &text, &bytes);
        found.report.append(strict.report);
        // what a client takes and the strict reader does not has no place to point at
        if notes && client.error.is_none() && strict.spans.len() == client.rules.len() {
            found.report.append(dead_rows(&client.rules, &strict.spans));
        }
        found.valid &= client.error.is_none();
        found.remarks.push(format!("{path}: {}", words(&client)));
    }
    Ok(found)
}

/// Rows that never win, as notes: the file does what it did before. Equal rows are `duplicate-row` already.
fn dead_rows(rules: &[Rule], places: &[Span]) -> Report {
    let name = |at: usize| format!("row {}", at + 1);
    let fates = fates(rules, Domain::Dialable).into_iter().enumerate();
    let dead = fates.filter_map(|(at, fate)| match fate {
        Fate::Dead(by) if by.iter().all(|other| rules[*other] != rules[at]) => Some((at, by)),
        _ => None,
    });
    dead.map(|(at, by)| {
        let names: Vec<String> = by.iter().map(|other| name(*other)).collect();
        let shown = names
            .iter()
            .take(NAMED)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        let more = match names.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let takes = if names.len() == 1 {
            "takes"
        } else {
            "together take"
        };
        let message = format!(
            "this row never wins: {shown}{more} above {takes} every number that it matches"
        );
        let mut found = Diagnostic::new("dead-rule", Severity::Information, message).at(places[at]);
        found = found.with_rule(u32::try_from(at + 1).unwrap_or(u32::MAX));
        found.covered_by = names;
        found
    })
    .collect()
}

/// Checks a published folder: its manifest first, then every file that the manifest names.
pub(super) fn published(folder: &str, notes: bool) -> Result<Found, Failure> {
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
    let mut found = files(&paths.into_iter().map(at).collect::<Vec<_>>(), notes)?;
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
