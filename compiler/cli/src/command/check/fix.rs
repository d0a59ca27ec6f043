//! `--fix`: applies the fixes that change no number's result.

use std::collections::BTreeMap;

use adr_diagnostic::{Applicability, Edit, Report, SourceId};
use adr_language::{Entry, Levels};
use adr_watcher::write::replace;

use crate::book::{check, count};
use crate::console::Console;
use crate::failure::Failure;

/// Rounds of mending and checking again; a fix may uncover another one.
const ROUNDS: usize = 10;

/// Mends what can be mended by itself, file by file.
pub(super) fn run(entries: &[Entry], levels: &Levels, console: &Console) -> Result<(), Failure> {
    if entries.iter().any(|entry| entry.path == "-") {
        return Err(Failure::new(
            "standard input: there is no file to mend",
            "name the file",
        ));
    }
    let mut applied = 0;
    for _ in 0..ROUNDS {
        let checked = check(entries, levels)?;
        let (edits, fixes) = edits(checked.report());
        if fixes == 0 {
            break;
        }
        for (source, edits) in edits {
            let source = checked.sources().get(source);
            let mended = mend(source.text(), &edits);
            replace(source.name().as_ref(), mended.as_bytes())?;
        }
        applied += fixes;
    }
    if applied > 0 {
        console.message(format_args!("mended {}", count(applied, "finding")));
    }
    Ok(())
}

/// Edits of automatic fixes that do not meet, by source, and of how many fixes they are.
fn edits(report: &Report) -> (BTreeMap<SourceId, Vec<&Edit>>, usize) {
    let mut chosen: BTreeMap<SourceId, Vec<&Edit>> = BTreeMap::new();
    let mut fixes = 0;
    let automatic = report
        .diagnostics()
        .iter()
        .filter_map(|found| found.fix.as_ref());
    for fix in automatic.filter(|fix| fix.applicability == Applicability::Automatic) {
        let meets = |edit: &Edit| {
            let others = chosen.get(&edit.span.source).into_iter().flatten();
            others
                .into_iter()
                .any(|other| edit.span.start <= other.span.end && other.span.start <= edit.span.end)
        };
        if fix.edits.is_empty() || fix.edits.iter().any(meets) {
            continue;
        }
        for edit in &fix.edits {
            chosen.entry(edit.span.source).or_default().push(edit);
        }
        fixes += 1;
    }
    (chosen, fixes)
}

/// The text with edits made.
fn mend(text: &str, edits: &[&Edit]) -> String {
    let mut sorted = edits.to_vec();
    sorted.sort_by_key(|edit| edit.span.start);
    let (mut mended, mut at) = (String::with_capacity(text.len()), 0);
    for edit in sorted {
        let range = edit.span.range();
        mended.push_str(text.get(at..range.start).unwrap_or_default());
        mended.push_str(&edit.replacement);
        at = range.end;
    }
    mended + text.get(at..).unwrap_or_default()
}
