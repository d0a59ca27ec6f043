//! Reads profiles of clients and what a PC has, and writes the files of a profile.

pub mod output_folder;
mod this_pc;

use std::collections::BTreeSet;

use adr_diagnostic::{Report, Sources};
use adr_provision::{
    ClientFile, MAX_FILE_BYTES, OutputFile, Profile, Refusal, files, read_client_file,
    refusal_findings,
};

use crate::sources::{InputError, read_file};

/// Largest profile, in bytes.
const PROFILE_BYTES: u64 = 1 << 20;

/// A profile and its findings.
#[derive(Debug)]
pub struct ReadProfile {
    /// The text of the profile.
    pub sources: Sources,
    /// The findings of the profile.
    pub report: Report,
    /// The profile; `None` if it has errors.
    pub profile: Option<Profile>,
}

/// The files that a profile becomes.
#[derive(Debug, Default)]
pub struct ProfileFiles {
    /// The files of all targets.
    pub files: Vec<OutputFile>,
    /// How many files cannot be written, because a format cannot hold a setting.
    pub refused: usize,
}

impl ReadProfile {
    /// Makes the files of all targets; none if the profile has errors. Adds a finding for each
    /// setting that a format cannot hold.
    pub fn make_files(&mut self) -> ProfileFiles {
        let mut made = ProfileFiles::default();
        made.refused = self.each_target(|files| made.files.extend(files));
        made
    }

    /// Adds a finding for each setting that a format cannot hold. The files of one target at a time
    /// are in memory.
    pub fn check_files(&mut self) {
        self.each_target(drop);
    }

    /// The number of files that cannot be written.
    fn each_target(&mut self, mut take: impl FnMut(Vec<OutputFile>)) -> usize {
        let mut refusals: Vec<Refusal> = Vec::new();
        for target in self.profile.iter().flat_map(Profile::targets) {
            let output = files(target);
            take(output.files);
            refusals.extend(output.refusals);
        }
        self.report.append(refusal_findings(&refusals));
        let paths = refusals.iter().flat_map(|it| it.files.iter().map(|file| (&it.site, *file)));
        paths.collect::<BTreeSet<_>>().len()
    }
}

/// Reads a profile; `-` for standard input.
///
/// # Errors
///
/// The file is not readable or not UTF-8.
pub fn read_profile(path: &str) -> Result<ReadProfile, InputError> {
    let bytes = read(path, PROFILE_BYTES)?;
    let text = String::from_utf8(bytes).map_err(|_| InputError::Unreadable {
        message: format!("{path}: this is not UTF-8"),
        help: "save it as UTF-8".to_owned(),
    })?;
    let mut sources = Sources::new();
    let (profile, report) = Profile::read(&mut sources, path, &text);
    Ok(ReadProfile { sources, report, profile })
}

/// Reads what a PC has, in this order: with `this_pc`, the registry and the bootstrap file of the
/// PC that adrc runs on; then the files with these paths. The texts are added to `sources`.
///
/// # Errors
///
/// A file or the registry is not readable, or this system has no registry.
pub fn read_client_files(
    paths: &[String],
    this_pc: bool,
    sources: &mut Sources,
) -> Result<Vec<ClientFile>, InputError> {
    let mut files = if this_pc { this_pc::read(sources)? } else { Vec::new() };
    for path in paths {
        files.push(read_client_file(path, &read(path, MAX_FILE_BYTES as u64)?, sources));
    }
    Ok(files)
}

fn read(path: &str, limit: u64) -> Result<Vec<u8>, InputError> {
    read_file(path, limit).map_err(|error| InputError::Unreadable {
        message: format!("{path}: {}", error.reason),
        help: error.help,
    })
}
