//! Properties of every dial plan, checked by oracles that share no code with the compiler.
#![allow(clippy::unwrap_used, reason = "a failure here fails the test")]

mod advice;
mod damage;
mod expansion;
mod fixes;
mod import;
mod levels;
mod model;
mod patterns;

use std::collections::HashMap;

use adr_language::{Checked, EntryFile, Levels, ReadError, World, load};

/// Files in memory.
pub(crate) struct Files(pub(crate) HashMap<String, Vec<u8>>);

impl World for Files {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.0
            .get(path)
            .cloned()
            .ok_or_else(|| ReadError { reason: "no such file".to_owned(), help: String::new() })
    }
}

/// Checks a dial plan that begins at `main.adr`.
pub(crate) fn check(files: &[(&str, &[u8])], levels: &Levels) -> Checked {
    let files = files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()));
    let entry = EntryFile { path: "main.adr".to_owned(), root: String::new() };
    load(&Files(files.collect()), &[entry]).check(levels)
}

/// Checks one text.
pub(crate) fn check_text(text: &str) -> Checked {
    check(&[("main.adr", text.as_bytes())], &Levels::default())
}

/// The findings, for messages.
pub(crate) fn found(checked: &Checked) -> Vec<String> {
    let found = checked.report().diagnostics().iter();
    found.map(|found| format!("{}: {}", found.name, found.message)).collect()
}
