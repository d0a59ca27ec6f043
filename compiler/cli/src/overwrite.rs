//! Writes a rule source that may exist already: shows the difference, and asks.

use std::path::Path;

use adr_analysis::Domain;
use adr_language::limits::FILE_BYTES;
use adr_render::diff;
use adr_watcher::sources::{Overlay, read_file};
use adr_watcher::write::{Replacement, WriteError, create, replace_all};
use similar::TextDiff;

use crate::console::Console;
use crate::cucm::asks;
use crate::failure::Failure;
use crate::rules::{Lines, read_lists, read_lists_in};

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Created,
    /// The file has exactly this content already.
    Unchanged,
    Overwritten,
}

/// Writes a rule source. If the file has other content, a person decides, or `force` does.
pub(crate) fn write(
    path: &str,
    text: &str,
    force: bool,
    console: &Console,
) -> Result<Written, Failure> {
    let exists = Path::new(path).exists();
    match create(path.as_ref(), text.as_bytes()) {
        Ok(()) if exists => return Ok(Written::Unchanged),
        Ok(()) => return Ok(Written::Created),
        Err(WriteError::Exists { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let before = read_file(path, FILE_BYTES).map_err(|error| Failure::reading(path, error))?;
    if !force {
        console.message(difference(path, &String::from_utf8_lossy(&before), text, console)?);
        if !asks(&format!("Overwrite {path}?")) {
            return Err(Failure::conflict(
                format!("{path}: the file has other content, and nothing is written"),
                "`--force` overwrites it; `-o` with another name keeps both",
            ));
        }
    }
    let (path, before, after) = (path.as_ref(), before.as_slice(), text.as_bytes());
    replace_all(&[Replacement { path, before, after }])?;
    Ok(Written::Overwritten)
}

/// The lines that differ, and the calls that would change if both are dial plans.
fn difference(path: &str, before: &str, after: &str, console: &Console) -> Result<String, Failure> {
    let imported = format!("{path} (imported)");
    let lines = TextDiff::from_lines(before, after);
    let lines = lines.unified_diff().header(path, &imported).to_string();
    let mut world = Overlay::default();
    world.insert(&imported, after);
    let old = read_lists(&[path.to_owned()], Lines::Unknown, console);
    let new = read_lists_in(&world, std::slice::from_ref(&imported), Lines::Unknown, console)?;
    let (Ok(Ok(old)), Ok(new)) = (&old, &new) else {
        let path = if matches!(old, Ok(Ok(_))) { &imported } else { path };
        return Ok(format!("{lines}{path} has errors, so adrc cannot show which calls change"));
    };
    let compared = diff::compare(old, new, Domain::Dialable);
    let calls = diff::to_text(&compared, Domain::Dialable, console.terminal());
    let calls = if calls.is_empty() { diff::NO_CHANGES } else { &calls };
    Ok(format!("{lines}\n{}", calls.trim_end()))
}
