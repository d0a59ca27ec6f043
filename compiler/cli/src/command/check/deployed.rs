//! Checks of deployed files and published folders.

use std::path::Path;

use adr_analysis::{Domain, Reachability, reachability};
use adr_diagnostic::{Diagnostic, Report, Severity, Sources, Span};
use adr_engine::Rule;
use adr_engine::xml;
use adr_language::limits::FILE_BYTES;
use adr_watcher::sources::read_file;

use super::Found;
use crate::failure::Failure;
use crate::published::Published;
use adr_render::text::{client_words, count, first_names};

/// Most rows that a message names; JSON has all of them.
const NAMED: usize = 3;

/// Checks deployed files; with `notes`, also for rules that never win.
pub(super) fn files(paths: &[String], notes: bool) -> Result<Found, Failure> {
    let mut found = nothing();
    for path in paths {
        let bytes = read_file(path, FILE_BYTES).map_err(|error| Failure::reading(path, error))?;
        found.add(path, &bytes, notes);
    }
    Ok(found)
}

fn nothing() -> Found {
    Found {
        sources: Sources::new(),
        report: Report::new(),
        valid: true,
        would_change: false,
        remarks: Vec::new(),
    }
}

impl Found {
    /// Adds the findings about a deployed file, and what a client reads in it.
    fn add(&mut self, path: &str, bytes: &[u8], notes: bool) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let source = self.sources.add(path, text.as_str());
        let (strict, client) = xml::check(source, &text, bytes);
        self.report.append(strict.report);
        // rules that only the client reader accepts have no span
        if notes && client.error.is_none() && strict.spans.len() == client.rules.len() {
            self.report.append(dead_rows(&client.rules, &strict.spans));
        }
        self.valid &= client.error.is_none();
        self.remarks.push(format!("{path}: {}", client_words(&client)));
    }
}

/// Rows that never win, as notes, because they change no result. Equal rows are a finding of their
/// own, `duplicate-row`.
fn dead_rows(rules: &[Rule], places: &[Span]) -> Report {
    let name = |at: usize| format!("row {}", at + 1);
    let reachability = reachability(rules, Domain::Dialable).into_iter().enumerate();
    let dead = reachability.filter_map(|(at, reachability)| match reachability {
        Reachability::Shadowed(by) if by.iter().all(|other| rules[*other] != rules[at]) => {
            Some((at, by))
        }
        _ => None,
    });
    dead.map(|(at, by)| {
        let names: Vec<String> = by.iter().map(|other| name(*other)).collect();
        let shown = first_names(&names, NAMED);
        let takes = if names.len() == 1 { "takes" } else { "together take" };
        let message =
            format!("this row never wins: {shown} above {takes} every number that it matches");
        let mut found = Diagnostic::new("dead-rule", Severity::Information, message).at(places[at]);
        found = found.with_rule(u32::try_from(at + 1).unwrap_or(u32::MAX));
        found.covered_by = names;
        found
    })
    .collect()
}

/// Checks a published folder as `adrc serve` does, then every file that its manifest names.
pub(super) fn published(path: &str, notes: bool) -> Result<Found, Failure> {
    adr_server::load(Path::new(path)).map_err(adr_daemon::Error::Load)?;
    let published = Published::open(path)?;
    let manifest = published.manifest();
    let mut found = nothing();
    for listed in &manifest.files {
        let bytes = published.read_listed(listed)?;
        // `CUPC/` has the same files again
        if !listed.path.contains("CUPC/") {
            found.add(&published.name_of(&listed.path), &bytes, notes);
        }
    }
    let by = published.tool();
    found.remarks.push(format!(
        "{path}: generation {}, {}, {}{}",
        manifest.generation,
        count(manifest.views.len(), "view"),
        count(manifest.files.len(), "intact file"),
        by.map_or(String::new(), |it| format!(", as published by adrc {}", it.escape_debug()))
    ));
    Ok(found)
}
