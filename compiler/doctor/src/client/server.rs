//! What was seen of each server, and how a person asks it for a file.

use std::net::Ipv6Addr;

use super::observation::{FetchFailure, FileOutcome, FileSeen, List, Observations, Transport};

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
        self.has_address() && self.fails_by(Transport::Http) != self.fails_by(Transport::Tftp)
    }

    /// Whether it was asked by a transport, and no request by it was answered.
    pub(super) fn fails_by(&self, transport: Transport) -> bool {
        let mut files = self.files.iter().filter(|file| file.transport == transport).peekable();
        files.peek().is_some() && files.all(|file| failure(file).is_some())
    }

    /// The requests for the file of a list.
    pub(super) fn of_list(&self, list: List) -> impl Iterator<Item = &FileSeen> {
        self.files.iter().copied().filter(move |file| file.list == list)
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

    /// Whether its name has an address.
    pub(super) fn has_address(&self) -> bool {
        let is_unknown =
            |file: &&&FileSeen| matches!(failure(file), Some(FetchFailure::NoAddress(_)));
        !self.files.iter().any(|file| is_unknown(&file))
    }
}

/// A command that fetches a file by HTTP into `file.xml`, from the port that was used.
pub(super) fn fetch_command(seen: &Observations, server: &str, list: List) -> String {
    let (port, path) = (seen.ports.http, list.path());
    let bare = server.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<Ipv6Addr>() {
        // shells take brackets as a pattern of names
        Ok(address) => format!("curl -o file.xml \"http://[{address}]:{port}/{path}\""),
        Err(_) => format!("curl -o file.xml http://{server}:{port}/{path}"),
    }
}

/// Why no file came; `None` if the server answered.
pub(super) fn failure(file: &FileSeen) -> Option<&FetchFailure> {
    match &file.outcome {
        FileOutcome::Failed(failure) => Some(failure),
        FileOutcome::Read(_) | FileOutcome::Missing => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::observation::Ports;

    #[test]
    fn command_has_the_port_and_brackets_around_an_address_of_ipv6() {
        let seen =
            Observations { ports: Ports { http: 8080, tftp: 69 }, ..Observations::default() };
        let command = |server| fetch_command(&seen, server, List::Application);
        let address = "curl -o file.xml \"http://[2001:db8::5]:8080/CUPC/AppDialRules.xml\"";
        assert_eq!(command("2001:db8::5"), address);
        assert_eq!(command("[2001:db8::5]"), address);
        let name = "curl -o file.xml http://tftp1:8080/CUPC/AppDialRules.xml";
        assert_eq!(command("tftp1"), name);
    }
}
