//! What was seen of each server.

use super::observation::{FetchFailure, FileOutcome, FileSeen, Observations, Transport};

/// A server, and what came from it.
pub(super) struct ServerSeen<'o> {
    /// Its name in the settings.
    pub(super) name: &'o str,
    files: Vec<&'o FileSeen>,
}

/// The servers, in the order in which they were asked.
pub(super) fn servers(seen: &Observations) -> Vec<ServerSeen<'_>> {
    let mut servers: Vec<ServerSeen<'_>> = Vec::new();
    for file in &seen.files {
        match servers.iter_mut().find(|server| server.name == file.server) {
            Some(server) => server.files.push(file),
            None => servers.push(ServerSeen { name: &file.server, files: vec![file] }),
        }
    }
    servers
}

impl ServerSeen<'_> {
    /// Whether it has an address and answers nothing at all.
    pub(super) fn is_silent(&self) -> bool {
        self.has_address() && self.files.iter().all(|file| failure(file).is_some())
    }

    /// Whether it answers by one transport, and not by another.
    pub(super) fn is_partly_silent(&self) -> bool {
        let fails = |transport| {
            let mut files = self.files.iter().filter(|file| file.transport == transport).peekable();
            files.peek().is_some() && files.all(|file| failure(file).is_some())
        };
        self.has_address() && fails(Transport::Http) != fails(Transport::Tftp)
    }

    /// Whether anything answered.
    pub(super) fn answers(&self) -> bool {
        self.files.iter().any(|file| failure(file).is_none())
    }

    /// Why files did not come, each once.
    pub(super) fn failures(&self) -> Vec<String> {
        let mut facts: Vec<String> = Vec::new();
        for file in &self.files {
            let Some(failure) = failure(file) else { continue };
            let fact = format!("{}: {failure}", file.transport);
            if !facts.contains(&fact) {
                facts.push(fact);
            }
        }
        facts
    }

    fn has_address(&self) -> bool {
        let is_unknown =
            |file: &&&FileSeen| matches!(failure(file), Some(FetchFailure::NoAddress(_)));
        !self.files.iter().any(|file| is_unknown(&file))
    }
}

fn failure(file: &FileSeen) -> Option<&FetchFailure> {
    match &file.outcome {
        FileOutcome::Failed(failure) => Some(failure),
        FileOutcome::Read(_) | FileOutcome::Missing => None,
    }
}
